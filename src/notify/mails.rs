//! Composing mails: subject, text and HTML, in the recipient's language and time zone.

use askama::Template;
use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use url::Url;
use uuid::Uuid;

use super::mailer::OutgoingMail;
use super::sentences::{Sentences, english, french};
use crate::domain::notifications::{Digest, Noted, Notification, NotificationKind};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;

/// Who gets a mail.
#[derive(Debug, Clone)]
pub struct Recipient {
    address: String,
    name: String,
    language: Language,
    zone: Tz,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    French,
    English,
}

/// Why a mail cannot be composed.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The recipient's zone is not one.
    #[error("unknown time zone {0}")]
    Zone(String),
    /// The link cannot be made.
    #[error("the public address is not one")]
    Link,
    /// The template failed.
    #[error("template: {0}")]
    Template(#[from] askama::Error),
}

impl Recipient {
    /// A person with their address, language and zone; French unless English.
    ///
    /// # Errors
    /// [`ComposeError::Zone`].
    pub fn new(
        address: String,
        name: String,
        language: &str,
        zone: &str,
    ) -> Result<Self, ComposeError> {
        let language = if language == "en" {
            Language::English
        } else {
            Language::French
        };
        let zone = zone
            .parse()
            .map_err(|_| ComposeError::Zone(zone.to_owned()))?;
        Ok(Self {
            address,
            name,
            language,
            zone,
        })
    }
}

/// A heading with case references below.
struct List {
    title: &'static str,
    references: Vec<String>,
}

/// What both bodies are made from.
#[derive(Template)]
#[template(path = "mail/body.html")]
struct Body {
    language: &'static str,
    subject: String,
    greeting: String,
    lead: &'static str,
    facts: Option<String>,
    instant: Option<String>,
    lists: Vec<List>,
    open: &'static str,
    link: String,
    footer: &'static str,
}

/// The same as plain text.
#[derive(Template)]
#[template(path = "mail/body.txt", escape = "none")]
struct Plain<'a> {
    body: &'a Body,
}

/// Composes the mail of a notification. It holds the case's reference and urgency, an instant, and a link that needs a login; or,
/// with a token, the one by which a password is chosen. `link` is the public address and that token.
///
/// # Errors
/// [`ComposeError`].
pub fn compose(
    notification: &Notification,
    recipient: &Recipient,
    link: (&Url, Option<&str>),
    id: Uuid,
) -> Result<OutgoingMail, ComposeError> {
    let body = body(notification, recipient, link)?;
    Ok(OutgoingMail {
        id,
        to: recipient.address.clone(),
        to_name: recipient.name.clone(),
        language: body.language,
        subject: body.subject.clone(),
        html: body.render()?,
        text: Plain { body: &body }.render()?,
    })
}

fn body(
    notification: &Notification,
    recipient: &Recipient,
    (public_url, token): (&Url, Option<&str>),
) -> Result<Body, ComposeError> {
    let french_ = recipient.language == Language::French;
    let Sentences {
        subject,
        lead,
        instant,
    } = if french_ {
        french(notification.kind)
    } else {
        english(notification.kind)
    };
    let link = match token {
        Some(token) => choosing(public_url, token)?,
        None => link(public_url, notification)?,
    };
    let reference = notification.reference.as_deref();
    let instant = instant.zip(notification.at).map(|(words, at)| {
        let stop = if french_ { "\u{a0}: " } else { ": " };
        format!("{words}{stop}{}", long_form(at, recipient))
    });
    Ok(Body {
        language: if french_ { "fr" } else { "en" },
        subject: reference.map_or_else(
            || subject.to_owned(),
            |reference| format!("{subject} ({reference})"),
        ),
        greeting: if french_ {
            format!("Bonjour {},", recipient.name)
        } else {
            format!("Dear {},", recipient.name)
        },
        lead,
        facts: match &notification.digest {
            Some(digest) if french_ => Some(format!("Cas ouverts\u{a0}: {}", digest.open)),
            Some(digest) => Some(format!("Open cases: {}", digest.open)),
            None => reference
                .zip(notification.urgency)
                .map(|(reference, urgency)| facts(reference, urgency, french_)),
        },
        instant,
        lists: match &notification.digest {
            Some(digest) => lists(digest, french_),
            None => summary(&notification.summary, french_),
        },
        open: match (french_, token.is_some()) {
            (true, false) => "Ouvrir dans Relecture (connexion nécessaire)\u{a0}:",
            (false, false) => "Open in Relecture (login needed):",
            (true, true) => {
                "Choisir votre mot de passe (le lien ne sert qu’une fois, à vous seul)\u{a0}:"
            }
            (false, true) => "Choose your password (the link works once, and is for you alone):",
        },
        link,
        footer: if french_ {
            "Message automatique de Relecture. Il ne contient aucune donnée de patient ; n’en ajoutez pas en y répondant."
        } else {
            "Automatic message from Relecture. It holds no patient data; please add none in a reply."
        },
    })
}

/// The page that a mail is about: of a case, of the webhooks, or the worklist; below the public address whether or not that has a path
/// of its own.
fn link(public_url: &Url, about: &Notification) -> Result<String, ComposeError> {
    let mut link = public_url.clone();
    let mut path = link.path_segments_mut().map_err(|()| ComposeError::Link)?;
    path.pop_if_empty();
    match (about.case, about.kind) {
        (Some(case), _) => path.push("cases").push(&case.to_string()),
        (None, NotificationKind::WebhookStopped) => path.push("administration").push("webhooks"),
        (None, _) => path.push("worklist"),
    };
    drop(path);
    Ok(link.into())
}

/// The page on which a password is chosen.
fn choosing(public_url: &Url, token: &str) -> Result<String, ComposeError> {
    let mut link = public_url.clone();
    let mut path = link.path_segments_mut().map_err(|()| ComposeError::Link)?;
    path.pop_if_empty().push("welcome");
    drop(path);
    link.query_pairs_mut().append_pair("t", token);
    Ok(link.into())
}

fn facts(reference: &str, urgency: Urgency, french: bool) -> String {
    let urgency = match (urgency, french) {
        (Urgency::IntraOperative, true) => "extemporané",
        (Urgency::Urgent, true) => "urgent",
        (Urgency::Routine, true) => "programmé",
        (Urgency::IntraOperative, false) => "intra-operative",
        (Urgency::Urgent, false) => "urgent",
        (Urgency::Routine, false) => "routine",
    };
    if french {
        format!("Cas {reference}, {urgency}.")
    } else {
        format!("Case {reference}, {urgency}.")
    }
}

fn lists(digest: &Digest, french: bool) -> Vec<List> {
    let all = [
        ("En retard", "Late", &digest.late),
        ("Bientôt en retard", "Late soon", &digest.soon_late),
        ("Sans expert", "Without an expert", &digest.unrouted),
        ("À trier", "To triage", &digest.triage),
        ("Délai suspendu", "Clock standing still", &digest.paused),
    ];
    all.into_iter()
        .filter(|(_, _, references)| !references.is_empty())
        .map(|(in_french, in_english, references)| List {
            title: if french { in_french } else { in_english },
            references: references.clone(),
        })
        .collect()
}

/// What a summary tells, under the subjects that the mails would have had.
fn summary(noted: &[Noted], in_french: bool) -> Vec<List> {
    let of_kind = |kind: &NotificationKind| {
        let these = noted.iter().filter(|one| one.kind == *kind);
        let sentences = if in_french { french } else { english };
        List {
            title: sentences(*kind).subject,
            references: these.filter_map(|one| one.reference.clone()).collect(),
        }
    };
    let all = NotificationKind::ALL.iter().map(of_kind);
    all.filter(|list| !list.references.is_empty()).collect()
}

/// An instant as the recipient's clock and calendar show it, with the zone named.
fn long_form(at: DateTime<Utc>, recipient: &Recipient) -> String {
    const DAYS: [&str; 7] = [
        "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    ];
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let local = at.with_timezone(&recipient.zone);
    let zone = recipient.zone.name();
    match recipient.language {
        Language::English => format!("{} ({zone})", local.format("%A %-d %B %Y, %H:%M")),
        Language::French => {
            let day = DAYS
                .get(local.weekday().num_days_from_monday() as usize)
                .copied()
                .unwrap_or_default();
            let month = MONTHS
                .get(local.month0() as usize)
                .copied()
                .unwrap_or_default();
            let number = if local.day() == 1 {
                "1er".to_owned()
            } else {
                local.day().to_string()
            };
            format!(
                "{day} {number} {month} {} à {}\u{a0}h\u{a0}{:02} ({zone})",
                local.year(),
                local.hour(),
                local.minute()
            )
        }
    }
}

#[cfg(test)]
mod tests;
