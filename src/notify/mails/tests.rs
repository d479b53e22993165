use super::*;
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::notifications::NotificationKind;
use crate::domain::text_enum::TextEnum;

fn notification(kind: NotificationKind) -> Notification {
    let digest = (kind == NotificationKind::DailyDigest).then(|| Digest {
        late: vec!["REL-2026-000101-5".into()],
        soon_late: vec![],
        unrouted: vec!["REL-2026-000102-3".into(), "REL-2026-000103-1".into()],
        triage: vec![],
        paused: vec!["REL-2026-000104-X".into()],
        open: 9,
    });
    let noted = |kind, reference: &str| Noted {
        kind,
        reference: Some(reference.to_owned()),
    };
    let summary = match kind {
        NotificationKind::Summary => vec![
            noted(NotificationKind::OpinionReady, "REL-2026-000105-8"),
            noted(NotificationKind::Receipt, "REL-2026-000106-6"),
            noted(NotificationKind::OpinionReady, "REL-2026-000107-4"),
        ],
        _ => Vec::new(),
    };
    let of_a_person = [
        NotificationKind::OnCall,
        NotificationKind::WebhookStopped,
        NotificationKind::Invitation,
        NotificationKind::Recovery,
        NotificationKind::PasswordChanged,
    ];
    let about_a_case = digest.is_none() && summary.is_empty() && !of_a_person.contains(&kind);
    Notification {
        kind,
        to: PersonId(Uuid::nil()),
        case: about_a_case.then(|| CaseId(Uuid::from_u128(1))),
        reference: about_a_case.then(|| "REL-2026-000123-4".into()),
        urgency: about_a_case.then_some(Urgency::Urgent),
        at: Some("2026-12-01T02:30:00Z".parse().unwrap()),
        digest,
        summary,
        link: None,
    }
}

fn composed(kind: NotificationKind, language: &str) -> OutgoingMail {
    let recipient = Recipient::new(
        "a@example.org".into(),
        "Dr <Rivaud> & fils".into(),
        language,
        "Pacific/Noumea",
    )
    .unwrap();
    let links = [NotificationKind::Invitation, NotificationKind::Recovery];
    let token = links.contains(&kind).then_some("0123456789abcdef");
    compose(
        &notification(kind),
        &recipient,
        (&"https://relecture.example.org/".parse().unwrap(), token),
        Uuid::from_u128(7),
    )
    .unwrap()
}

/// Every mail in both languages, to be read by a person when it changes.
#[test]
fn every_mail_reads_as_meant() {
    let mut all = String::new();
    for kind in NotificationKind::ALL {
        for language in ["fr", "en"] {
            let mail = composed(*kind, language);
            all.push_str(&format!(
                "=== {kind} {language}\n{}\n\n{}\n",
                mail.subject, mail.text
            ));
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_html_says_the_same_escaped_with_its_language_and_no_picture() {
    insta::assert_snapshot!(composed(NotificationKind::Offer, "fr").html);
    for kind in NotificationKind::ALL {
        let html = composed(*kind, "en").html;
        assert!(
            html.contains(r#"lang="en""#) && !html.contains("<img") && !html.contains("<Rivaud>"),
            "{kind}"
        );
    }
}
