//! What administrators do, and what makes an account, a role or a name fit to be kept.

use super::people::Role;
use super::problems::{FieldProblem, FieldRule};
use super::text_enum::text_enum;

/// Longest name of a person, an organisation or a slide source, in characters.
pub const NAME_MAX: usize = 120;
/// Longest mail address and login, in characters (RFC 5321, 4.5.3.1.3).
pub const ADDRESS_MAX: usize = 254;
/// Most roles of a person.
pub const ROLES_MAX: usize = 40;

text_enum! {
    /// What an administrator did, as the audit names it.
    pub enum Act {
        /// Added a person.
        AddPerson = "add_person",
        /// Changed name, mail address, language, zone or number of a person.
        EditPerson = "edit_person",
        /// Gave a person a role.
        GiveRole = "give_role",
        /// Took a role from a person.
        TakeRole = "take_role",
        /// Changed an expert's profile.
        EditProfile = "edit_profile",
        /// Kept a person out.
        DeactivatePerson = "deactivate_person",
        /// Let a person in again.
        ReactivatePerson = "reactivate_person",
        /// Made a new password for a person.
        RenewPassword = "renew_password",
        /// Had a person choose a password by a link in a mail.
        InvitePerson = "invite_person",
        /// Withdrew that link.
        WithdrawInvitation = "withdraw_invitation",
        /// Registered a slide source.
        AddSlideSource = "add_slide_source",
        /// Changed a slide source.
        EditSlideSource = "edit_slide_source",
        /// Asked a slide source whether it answers.
        TestSlideSource = "test_slide_source",
        /// Added a network.
        AddNetwork = "add_network",
        /// Changed a network.
        EditNetwork = "edit_network",
        /// Added a laboratory.
        AddLaboratory = "add_laboratory",
        /// Changed a laboratory.
        EditLaboratory = "edit_laboratory",
        /// Added an agreement.
        AddAgreement = "add_agreement",
        /// Changed an agreement.
        EditAgreement = "edit_agreement",
        /// Put a message that was given up back.
        RetryMessage = "retry_message",
        /// Registered a webhook.
        AddWebhook = "add_webhook",
        /// Changed a webhook.
        EditWebhook = "edit_webhook",
        /// Sent a webhook a trial.
        TestWebhook = "test_webhook",
        /// Made a webhook a new secret.
        RenewWebhookSecret = "renew_webhook_secret",
        /// Had an event sent to a webhook again.
        SendEventAgain = "send_event_again",
        /// Searched the audit.
        SearchAudit = "search_audit",
    }
}

text_enum! {
    /// What it was done to.
    pub enum Subject {
        /// A person.
        Person = "person",
        /// A slide source.
        SlideSource = "slide_source",
        /// A network.
        Network = "network",
        /// A laboratory.
        Laboratory = "laboratory",
        /// An agreement.
        Agreement = "agreement",
        /// A message of the outbox.
        Message = "message",
        /// A webhook.
        Webhook = "webhook",
    }
}

/// Which organisations a role is held in: one of a laboratory, one of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It must be named.
    Needed,
    /// It may be named.
    Possible,
    /// The role has none.
    None,
}

/// Where a role is held: its laboratory, its network. A role without its organisation would let its holder do nothing.
pub fn places(role: Role) -> (Place, Place) {
    match role {
        Role::Submitter => (Place::Needed, Place::None),
        Role::Expert => (Place::Needed, Place::Needed),
        Role::Coordinator => (Place::None, Place::Needed),
        Role::Auditor => (Place::None, Place::None),
        Role::Administrator => (Place::None, Place::Possible),
    }
}

/// What is wrong with the organisations that a role at `pointer` is said to be held in.
pub fn place_problems(
    pointer: &str,
    role: Role,
    laboratory: bool,
    network: bool,
) -> Vec<FieldProblem> {
    let (of_laboratory, of_network) = places(role);
    [
        ("laboratory", of_laboratory, laboratory),
        ("network", of_network, network),
    ]
    .into_iter()
    .filter_map(|(name, place, given)| {
        let rule = match (place, given) {
            (Place::Needed, false) => FieldRule::Required,
            (Place::None, true) => FieldRule::NotAllowedHere,
            _ => return None,
        };
        Some(FieldProblem::new(format!("{pointer}/{name}"), rule))
    })
    .collect()
}

/// What is wrong with a name that people read.
pub fn name_problem(pointer: &str, name: &str) -> Option<FieldProblem> {
    line_problem(pointer, name, NAME_MAX)
}

/// What is wrong with a text of one line that must be given.
pub fn line_problem(pointer: &str, text: &str, max: usize) -> Option<FieldProblem> {
    let rule = if text.trim().is_empty() {
        FieldRule::Required
    } else if text.chars().count() > max {
        FieldRule::TooLong { max }
    } else if text.chars().any(char::is_control) {
        FieldRule::ControlCharacters
    } else {
        return None;
    };
    Some(FieldProblem::new(pointer, rule))
}

/// What is wrong with a mail address, which a login is too. Whether it arrives only a mail can tell: what is refused here is what
/// no mail server takes, or what would break a header.
pub fn address_problem(pointer: &str, address: &str) -> Option<FieldProblem> {
    if let Some(problem) = line_problem(pointer, address, ADDRESS_MAX) {
        return Some(problem);
    }
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | ',' | ';' | '"');
    let parts = address.rsplit_once('@');
    let fits = address.chars().all(plain)
        && parts.is_some_and(|(name, domain)| {
            !name.is_empty() && domain.contains('.') && !domain.starts_with('.')
        });
    (!fits).then(|| {
        let expected = "a mail address".to_owned();
        FieldProblem::new(pointer, FieldRule::Malformed { expected })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text_enum::TextEnum;

    #[test]
    fn a_role_is_held_where_it_can_do_something() {
        let told = |role, laboratory, network| {
            place_problems("/roles/0", role, laboratory, network)
                .into_iter()
                .map(|problem| problem.pointer)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(Role::Expert, false, false),
            ["/roles/0/laboratory", "/roles/0/network"]
        );
        assert!(told(Role::Expert, true, true).is_empty());
        assert_eq!(told(Role::Submitter, true, true), ["/roles/0/network"]);
        assert_eq!(told(Role::Coordinator, false, false), ["/roles/0/network"]);
        assert!(told(Role::Administrator, false, true).is_empty());
        assert!(told(Role::Administrator, false, false).is_empty());
        assert_eq!(told(Role::Auditor, true, false), ["/roles/0/laboratory"]);
    }

    #[test]
    fn an_address_is_one_that_a_header_can_carry() {
        for good in ["a@b.fr", "dr.marie+avis@chu-nantes.fr", "é@exemple.fr"] {
            assert_eq!(address_problem("/email", good), None, "{good}");
        }
        for bad in [
            "",
            " ",
            "marie",
            "@b.fr",
            "a@b",
            "a@.fr",
            "a b@c.fr",
            "a@b.fr\nBcc: x@y.fr",
            "<a@b.fr>",
            "a@b.fr,c@d.fr",
        ] {
            assert!(address_problem("/email", bad).is_some(), "{bad:?}");
        }
        let long = format!("{}@b.fr", "a".repeat(250));
        assert!(address_problem("/email", &long).is_some());
    }

    #[test]
    fn a_name_is_one_line_that_can_be_read() {
        assert_eq!(name_problem("/name", "Dr Marie Martin"), None);
        for bad in ["", "  ", "a\u{0}b", "a\nb"] {
            assert!(name_problem("/name", bad).is_some(), "{bad:?}");
        }
        assert!(name_problem("/name", &"a".repeat(NAME_MAX + 1)).is_some());
    }

    #[test]
    fn every_act_has_a_name_of_its_own() {
        let mut names: Vec<&str> = Act::ALL.iter().map(|act| act.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Act::ALL.len());
    }
}
