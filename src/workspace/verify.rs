//! For whoever holds a signed opinion: is it as it was signed? Open to everybody; shows nothing that is not in the file.

mod given;

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::{DateTime, Utc};

use self::given::Given;
use super::Workspace;
use super::page::Page;
use super::respond::{Answer, page};
use super::visitor::language_of;
use crate::domain::statement::Statement;
use crate::domain::text_enum::TextEnum;
use crate::http::client_address;
use crate::service::ServiceError;
use crate::service::examining::{self, Examined, ReadingFound, Whose};

/// Files that one address may have looked at in a minute.
pub(super) const MOST: std::num::NonZeroU32 = std::num::NonZeroU32::MIN.saturating_add(29);

/// A check, in words.
struct Looked {
    holds: bool,
    sentence: String,
}

#[derive(Template)]
#[template(path = "workspace/verify.html")]
struct VerifyPage {
    page: Page,
    file: String,
    problem: Option<String>,
    examined: bool,
    holds: bool,
    /// What must not be overlooked although it holds.
    cautions: Vec<String>,
    checks: Vec<Looked>,
    facts: Vec<(String, String)>,
}

/// The page before a file was given.
pub(super) async fn show(request: HttpRequest) -> Answer {
    let frame = Page::outside(language_of(&request), "verify-title", "/verify");
    page(StatusCode::OK, &empty(frame, String::new(), None))
}

/// Looks at a file.
pub(super) async fn examine(
    request: HttpRequest,
    workspace: web::Data<Workspace>,
    given: Given,
) -> Answer {
    let frame = Page::outside(language_of(&request), "verify-title", "/verify");
    let exchange = &workspace.exchange;
    let nobody = IpAddr::from([0, 0, 0, 0]);
    let address = client_address(&request).unwrap_or(nobody);
    let allowance = workspace.verifying.take(address, exchange.core.clock.now());
    if let Some(retry_after_seconds) = allowance.retry_after {
        return Err(ServiceError::Throttled {
            retry_after_seconds,
        }
        .into());
    }
    if given.is_empty() {
        let problem = frame.t("verify-empty");
        let form = empty(frame, String::new(), Some(problem));
        return page(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    let Given { file, text } = given;
    let found = examining::examine(exchange, file).await?;
    page(StatusCode::OK, &told(frame, text, &found))
}

fn empty(page: Page, file: String, problem: Option<String>) -> VerifyPage {
    VerifyPage {
        page,
        file,
        problem,
        examined: false,
        holds: false,
        cautions: Vec::new(),
        checks: Vec::new(),
        facts: Vec::new(),
    }
}

fn told(frame: Page, text: String, found: &Examined) -> VerifyPage {
    let checks = found
        .findings
        .iter()
        .map(|one| {
            let key = if one.holds { "check" } else { "check-failed" };
            Looked {
                holds: one.holds,
                sentence: frame.name(key, one.check),
            }
        })
        .collect();
    let facts = found.statement.as_ref().map(|statement| {
        let mut all = facts(&frame, statement, found);
        all.extend(readings(&frame, statement, &found.readings));
        all.extend(positions(&frame, statement, found));
        all
    });
    VerifyPage {
        examined: true,
        holds: found.statement.is_some(),
        cautions: cautions(&frame, found),
        checks,
        facts: facts.unwrap_or_default(),
        ..empty(frame, text, None)
    }
}

/// That the pages of a report are not its opinion's, and that there is a later version.
fn cautions(frame: &Page, found: &Examined) -> Vec<String> {
    if found.statement.is_none() {
        return Vec::new();
    }
    let pages = (found.pages == Some(false)).then(|| frame.t("verify-pages"));
    let later = found.later.as_ref().map(|(number, kind)| {
        let kind = frame.name("opinion", kind);
        frame.ts("verify-later", &format!("{number}, {kind}"))
    });
    pages.into_iter().chain(later).collect()
}

/// Who signed what, when: never the content, which a passer-by need not read over a shoulder.
fn facts(frame: &Page, statement: &Statement, found: &Examined) -> Vec<(String, String)> {
    let opinion = &statement.opinion;
    let mut facts = vec![
        ("verify-case", statement.case.reference.clone()),
        (
            "verify-asked-by",
            format!(
                "{}, {}",
                statement.requested_by.name, statement.requested_by.laboratory_name
            ),
        ),
        (
            "verify-signed-by",
            format!(
                "{}, {}",
                statement.signed_by.name, statement.signed_by.network_name
            ),
        ),
        ("verify-signed-at", utc(statement.signed_at)),
        (
            "verify-version",
            format!(
                "{} ({})",
                opinion.version,
                frame.name("opinion", opinion.kind.as_str())
            ),
        ),
    ];
    if let Some(whose) = &found.authority {
        facts.push((
            "verify-certified",
            match whose {
                Whose::Own => frame.t("verify-own-authority"),
                Whose::Registered(name) => frame.ts("verify-registered-authority", name),
            },
        ));
    }
    facts.push(match &found.timestamp {
        Some((at, authority)) => ("verify-stamped", format!("{}, {authority}", utc(*at))),
        None => ("verify-stamp", frame.t("verify-stamp-none")),
    });
    if let Some(followed) = &opinion.follows {
        facts.push(("verify-follows", followed.sha256.clone()));
    }
    facts
        .into_iter()
        .map(|(key, value)| (frame.t(key), value))
        .collect()
}

/// Whose readings of a panel the opinion rests on, and what is in the file of each.
fn readings(frame: &Page, statement: &Statement, found: &[ReadingFound]) -> Vec<(String, String)> {
    let each = statement.panel.iter().map(|named| {
        let mut said = vec![named.name.clone()];
        match found.iter().find(|one| one.seat == named.seat) {
            None => said.push(frame.t("verify-reading-elsewhere")),
            Some(one) => {
                said.push(frame.ts("verify-reading-signed", &utc(one.signed_at)));
                let stamp = one.timestamp.as_ref().map(|stamp| utc(stamp.at));
                said.extend(stamp.map(|at| frame.ts("verify-reading-stamped", &at)));
                let logged = one.logged.as_ref();
                said.extend(logged.map(|_| frame.t("verify-reading-logged")));
            }
        }
        (frame.tn("verify-reading", named.seat), said.join(", "))
    });
    each.collect()
}

/// What the other readers say of the opinion: whether they sign it too or dissent, never why; and whose word the file does not have.
fn positions(frame: &Page, statement: &Statement, found: &Examined) -> Vec<(String, String)> {
    let signer = statement.signed_by.person;
    let others = statement.panel.iter().filter(|one| one.reader != signer);
    // Only a bundle tells of them.
    let others = others.filter(|_| !found.readings.is_empty());
    let each = others.map(|reader| {
        let said = found.positions.iter().find(|one| one.seat == reader.seat);
        let said = match said {
            None => frame.t("verify-position-none"),
            Some(one) => {
                let mut said = vec![
                    frame.word("stance", one.stance),
                    frame.ts("verify-reading-signed", &utc(one.signed_at)),
                ];
                let stamp = one.timestamp.as_ref().map(|stamp| utc(stamp.at));
                said.extend(stamp.map(|at| frame.ts("verify-reading-stamped", &at)));
                let logged = one.logged.as_ref();
                said.extend(logged.map(|_| frame.t("verify-reading-logged")));
                said.join(", ")
            }
        };
        let heading = frame.tn("verify-position", reader.seat);
        (heading, format!("{}, {said}", reader.name))
    });
    each.collect()
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
