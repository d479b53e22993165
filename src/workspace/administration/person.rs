//! One person: account, roles, profile, and whether they are let in.

use actix_web::{HttpRequest, web};

use super::super::form::{Fields, Sent};
use super::super::respond::{Answer, to};
use super::super::times;
use super::super::visitor::Visitor;
use super::people::HERE;
use super::person_forms::{
    account, entry, invitation as invitation_forms, let_in, offer_role, profile, renewal, wanted,
};
use super::places::Places;
use super::record::{Record, Tried};
use super::{by, crumbs, frame};
use crate::domain::ids::PersonId;
use crate::service::ServiceError;
use crate::service::administration::invitations;
use crate::service::administration::people::{self, PersonDocument};

/// The parts of the page that are sent, and what is said once they are done.
const PARTS: [(&str, &str); 6] = [
    ("account", "done-person"),
    ("give", "done-role-given"),
    ("take", "done-role-taken"),
    ("profile", "done-profile"),
    ("out", "done-person-out"),
    ("in", "done-person-in"),
];

/// The page.
pub(in crate::workspace) async fn show(
    visitor: Visitor,
    wanted: web::Path<PersonId>,
    request: HttpRequest,
) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let person = people::read(visitor.exchange(), visitor.actor(), *wanted).await?;
    let mut record = record(&visitor, &person).await?;
    record.page.take_notice(&asked);
    record.answer()
}

/// Changes what one of the forms changes.
pub(in crate::workspace) async fn save(sent: Sent, id: web::Path<PersonId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let (exchange, id) = (visitor.exchange(), *id);
    let (part, said) = PARTS
        .into_iter()
        .find(|(part, _)| *part == fields.get("_part"))
        .ok_or(ServiceError::NotFound)?;
    let kept = people::read(exchange, visitor.actor(), id).await?;
    let version = fields.get("_version").parse().unwrap_or(-1);
    let done = match wanted(&visitor, part, &fields, &kept) {
        Ok(content) => people::change(exchange, &by(&visitor), id, version, content).await,
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    match done {
        Ok(_) => Ok(to(&format!("{HERE}/{id}?done={said}&kept={part}-{id}"))),
        Err(
            error @ (ServiceError::Invalid(_)
            | ServiceError::Stale { .. }
            | ServiceError::Conflict(_)),
        ) => {
            // As it is now: somebody else may just have changed it.
            let kept = people::read(visitor.exchange(), visitor.actor(), id).await?;
            let mut record = record(&visitor, &kept).await?;
            let tried = Tried {
                part,
                fields,
                error,
            };
            record.tried(&tried, "person-last-administrator");
            record.answer()
        }
        Err(other) => Err(other.into()),
    }
}

/// Makes a new password, and shows it, which no other page does.
pub(in crate::workspace) async fn renew_password(sent: Sent, id: web::Path<PersonId>) -> Answer {
    let visitor = sent.visitor;
    let (exchange, by) = (visitor.exchange(), by(&visitor));
    match people::renew_password(exchange, &by, *id).await {
        Ok(password) => {
            let person = people::read(exchange, visitor.actor(), *id).await?;
            with_password(&visitor, person, Some(password)).await
        }
        // Kept out in the meantime: the page says so.
        Err(ServiceError::Conflict(_)) => Ok(to(&format!("{HERE}/{id}"))),
        Err(other) => Err(other.into()),
    }
}

/// Sends an invitation, again where one was sent before, or withdraws it.
pub(in crate::workspace) async fn invitation(sent: Sent, id: web::Path<PersonId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let (exchange, by) = (visitor.exchange(), by(&visitor));
    let (done, said) = match fields.get("_part") {
        "invite" => {
            let invited = invitations::invite(exchange, &by, *id).await;
            (invited.map(drop), "done-invited")
        }
        _ => (
            invitations::withdraw(exchange, &by, *id).await,
            "done-uninvited",
        ),
    };
    match done {
        Ok(()) => Ok(to(&format!("{HERE}/{id}?done={said}"))),
        // They have chosen a password meanwhile, or it was withdrawn in another window: the page says so.
        Err(ServiceError::Conflict(_) | ServiceError::NotFound) => Ok(to(&format!("{HERE}/{id}"))),
        Err(other) => Err(other.into()),
    }
}

/// The page with a password that is told this once; without one, that it was told already.
pub(super) async fn with_password(
    visitor: &Visitor,
    person: PersonDocument,
    password: Option<String>,
) -> Answer {
    let mut record = record(visitor, &person).await?;
    match password {
        Some(password) => {
            record.secret = Some((
                record.page.ts("person-password-once", &person.login),
                password,
            ));
        }
        None => record.page.done = Some(record.page.t("person-password-told")),
    }
    record.answer()
}

async fn record(visitor: &Visitor, person: &PersonDocument) -> Result<Record, ServiceError> {
    let places = Places::read(visitor).await?;
    let page = frame(visitor, person.name.clone());
    let way = crumbs(&page, Some((HERE, "admin-people")));
    let mut record = Record::new(page, way);
    let page = &record.page;
    let since = times::instant(
        visitor.language,
        person.created_at,
        visitor.zone,
        visitor.now,
    );
    let state = match (person.active, person.has_password) {
        _ if person.invitation.is_some() => "person-invited",
        (false, _) => "person-active-no",
        (true, false) => "person-no-password",
        (true, true) => "person-active-yes",
    };
    let facts = vec![
        (page.t("login-name"), person.login.clone()),
        (page.t("person-login-state"), page.t(state)),
        (page.t("person-since"), since),
        (page.t("person-open-cases"), person.open_cases.to_string()),
    ];
    let entries = person
        .roles
        .iter()
        .map(|held| entry(page, &places, person, held));
    let entries = (page.t("person-roles"), entries.collect());
    let (mut forms, mut beside) = (Vec::new(), Vec::new());
    if person.changeable {
        forms.push(account(visitor, page, person));
        forms.extend(profile(visitor, page, person));
        beside.push(offer_role(visitor, page, &places, person));
        beside.extend(invitation_forms(visitor, page, person));
        beside.extend(renewal(page, person));
        // Who was invited comes in by the password that they choose.
        if person.active || person.has_password {
            beside.push(let_in(page, person));
        }
    }
    let elsewhere = (!person.changeable).then(|| page.t("person-elsewhere"));
    (record.forms, record.beside) = (forms, beside);
    (record.facts, record.entries) = (facts, Some(entries));
    record.found = elsewhere.map(|said| (vec![said], "warn"));
    Ok(record)
}
