//! Which mails a person may put off or do without, and which come at once because a patient would pay for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::NotificationKind as Kind;
use crate::domain::people::Role;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::{TextEnum, text_enum};
use crate::domain::turnaround::Urgency;

text_enum! {
    /// When a mail is sent.
    pub enum Timing {
        /// As soon as there is something to tell.
        AtOnce = "at_once",
        /// With the others of the day, in one mail.
        Daily = "daily",
        /// Not at all: it stands on the pages.
        Never = "never",
    }
}

text_enum! {
    /// Why a mail always comes at once.
    pub enum Safety {
        /// What it offers is gone if it is read too late.
        Expires = "expires",
        /// A patient waits until its reader has done something.
        PatientWaits = "patient_waits",
        /// An opinion that somebody may already have acted on is not what it was.
        OpinionChanged = "opinion_changed",
        /// Somebody else may be at work with its reader's account.
        Account = "account",
    }
}

/// What may be chosen of a mail, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Who gets it.
    pub to: &'static [Role],
    /// When it may be sent; the first is what happens when nothing was chosen.
    pub may: &'static [Timing],
    /// Why nothing else may be chosen.
    pub because: Option<Safety>,
}

const EXPERT: &[Role] = &[Role::Expert];
const SUBMITTER: &[Role] = &[Role::Submitter];
const COORDINATOR: &[Role] = &[Role::Coordinator];
const ADMINISTRATOR: &[Role] = &[Role::Administrator];
const POOL: &[Role] = &[Role::Expert, Role::Coordinator];
const BOTH_SIDES: &[Role] = &[Role::Submitter, Role::Expert];
const ALL_SIDES: &[Role] = &[Role::Submitter, Role::Expert, Role::Coordinator];

/// Comes at once, whatever its reader would rather have.
const fn always(to: &'static [Role], because: Safety) -> Rule {
    Rule {
        to,
        may: &[Timing::AtOnce],
        because: Some(because),
    }
}

/// Somebody should act on it or know of it: it may wait for the summary, and cannot be done without.
const fn soon(to: &'static [Role]) -> Rule {
    Rule {
        to,
        may: &[Timing::AtOnce, Timing::Daily],
        because: None,
    }
}

/// Good to know.
const fn free(to: &'static [Role]) -> Rule {
    Rule {
        to,
        may: &[Timing::AtOnce, Timing::Daily, Timing::Never],
        because: None,
    }
}

impl Kind {
    /// What may be chosen of this mail.
    pub const fn rule(self) -> Rule {
        match self {
            Self::Offer | Self::OfferReminder | Self::PanelInvitation | Self::SeatReminder => {
                always(EXPERT, Safety::Expires)
            }
            Self::Question | Self::CaseRefused => always(SUBMITTER, Safety::PatientWaits),
            Self::OnCall => always(EXPERT, Safety::PatientWaits),
            Self::OpinionChanged | Self::Reopened => always(SUBMITTER, Safety::OpinionChanged),
            Self::EarlierOpinionChanged => always(BOTH_SIDES, Safety::OpinionChanged),
            Self::Dissent => always(ALL_SIDES, Safety::OpinionChanged),
            Self::OpinionReady | Self::WithdrawalAgreed => soon(SUBMITTER),
            Self::CaseLeft | Self::AnswerReceived | Self::Feedback | Self::PositionAsked => {
                soon(EXPERT)
            }
            Self::Breach | Self::WithdrawalRequested => soon(POOL),
            Self::TriageNeeded | Self::Unrouted | Self::ReaderLeft | Self::SeatLate => {
                soon(COORDINATOR)
            }
            Self::ReaderReplaced => free(COORDINATOR),
            Self::Warning | Self::PanelRevealed => free(POOL),
            Self::OfferExpired | Self::SeatFreed | Self::PartReceived => free(EXPERT),
            Self::MaterialSent => free(BOTH_SIDES),
            Self::Receipt | Self::PreliminaryReady => free(SUBMITTER),
            // They are summaries themselves.
            Self::DailyDigest => Rule {
                to: COORDINATOR,
                may: &[Timing::AtOnce, Timing::Never],
                because: None,
            },
            // Of no case that a summary could name.
            Self::WebhookStopped => Rule {
                to: ADMINISTRATOR,
                may: &[Timing::AtOnce, Timing::Never],
                because: None,
            },
            Self::Recovery | Self::PasswordChanged => always(Role::ALL, Safety::Account),
            // Who is invited chooses nothing yet.
            Self::Invitation => always(&[], Safety::Account),
            Self::Summary => Rule {
                to: &[],
                may: &[Timing::AtOnce],
                because: None,
            },
        }
    }
}

/// What a person has chosen; of what is not named, the rule's first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Choices(pub BTreeMap<Kind, Timing>);

impl Choices {
    /// Choices as they were kept. A name that this version does not know is passed over: the mail comes at once.
    pub fn kept(kept: &BTreeMap<String, String>) -> Self {
        let known = kept
            .iter()
            .filter_map(|(kind, timing)| Some((Kind::parse(kind)?, Timing::parse(timing)?)));
        Self(known.collect())
    }

    /// What safety forbids among them; `pointer` is where they stand.
    pub fn problems(&self, pointer: &str) -> Vec<FieldProblem> {
        let forbidden = |(kind, timing): &(&Kind, &Timing)| !kind.rule().may.contains(timing);
        let named = self.0.iter().filter(forbidden);
        named
            .map(|(kind, _)| {
                FieldProblem::new(format!("{pointer}/{kind}"), FieldRule::NotAllowedHere)
            })
            .collect()
    }

    /// What holds of a mail. What was chosen before a rule became stricter holds no more.
    pub fn of(&self, kind: Kind) -> Timing {
        let chosen = self.0.get(&kind).copied();
        chosen
            .filter(|timing| kind.rule().may.contains(timing))
            .unwrap_or(Timing::AtOnce)
    }

    /// When that mail about a case of that urgency is sent: only what is not urgent waits for the summary.
    pub fn timing(&self, kind: Kind, urgency: Option<Urgency>) -> Timing {
        match (self.of(kind), urgency) {
            (Timing::Daily, Some(Urgency::Urgent | Urgency::IntraOperative)) => Timing::AtOnce,
            (timing, _) => timing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_at_once_unless_something_else_was_chosen() {
        for kind in Kind::ALL {
            let rule = kind.rule();
            assert_eq!(rule.may.first(), Some(&Timing::AtOnce), "{kind}");
            assert_eq!(
                rule.because.is_some(),
                rule.may.len() == 1 && *kind != Kind::Summary,
                "{kind}"
            );
            assert_eq!(Choices::default().of(*kind), Timing::AtOnce);
            for timing in Timing::ALL {
                let chosen = Choices([(*kind, *timing)].into());
                let allowed = rule.may.contains(timing);
                assert_eq!(chosen.problems("").is_empty(), allowed, "{kind} {timing}");
                assert_eq!(chosen.of(*kind) == *timing, allowed, "{kind} {timing}");
            }
        }
    }

    #[test]
    fn what_is_urgent_does_not_wait_for_the_summary() {
        let chosen = Choices(
            [
                (Kind::OpinionReady, Timing::Daily),
                (Kind::Warning, Timing::Never),
            ]
            .into(),
        );
        for (urgency, expected) in [
            (Some(Urgency::Routine), Timing::Daily),
            (Some(Urgency::Urgent), Timing::AtOnce),
            (Some(Urgency::IntraOperative), Timing::AtOnce),
            (None, Timing::Daily),
        ] {
            assert_eq!(
                chosen.timing(Kind::OpinionReady, urgency),
                expected,
                "{urgency:?}"
            );
            assert_eq!(
                chosen.timing(Kind::Warning, urgency),
                Timing::Never,
                "it was not wanted"
            );
        }
    }

    #[test]
    fn names_of_another_version_are_passed_over() {
        let text = |text: &str| text.to_owned();
        let kept = [
            ("receipt", "never"),
            ("offer", "never"),
            ("horoscope", "daily"),
            ("warning", "weekly"),
        ];
        let kept = kept.map(|(kind, timing)| (text(kind), text(timing))).into();
        let choices = Choices::kept(&kept);
        assert_eq!(choices.of(Kind::Receipt), Timing::Never);
        assert_eq!(
            choices.of(Kind::Offer),
            Timing::AtOnce,
            "the rule is stricter now"
        );
        assert_eq!(choices.of(Kind::Warning), Timing::AtOnce);
    }
}
