//! The audit, searched: for auditors all of it, for administrators what was done in administering.

use actix_web::HttpRequest;
use chrono::{Days, NaiveDate};

use super::super::form::Fields;
use super::super::page::Page;
use super::super::respond::Answer;
use super::super::texts::text;
use super::super::times;
use super::super::visitor::Visitor;
use super::crumbs;
use super::listing::{Cell, Listing, Row, address};
use super::record::{Choices, Field};
use crate::domain::administration::Act;
use crate::domain::permissions::{AuditSight, audit_sight};
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::Standing;
use crate::domain::transitions::Command;
use crate::service::ServiceError;
use crate::service::administration::audit::{self, AuditItem, AuditQuery};

/// Where the audit is searched.
pub(super) const HERE: &str = "/audit";

/// What is done to a case that is no command, as the audit names it: what is read of it above all.
const READS: [&str; 18] = [
    "read_case",
    "read_opinions",
    "read_requests",
    "read_attachments",
    "read_signature",
    "read_timeline",
    "prepare_slide",
    "read_report",
    "read_snapshot",
    "remove_snapshot",
    "take_snapshot",
    "read_bundle",
    "read_annotations",
    "read_reading_draft",
    "save_reading",
    "view_slide",
    "read_audit",
    "prove_presence",
];

/// What is done with one's own account, and at the command line of the machine.
const ACCOUNTS: [&str; 18] = [
    "login",
    "logout",
    "reuse_refresh_token",
    "change_password",
    "ask_recovery",
    "choose_password",
    "update_expert_profile",
    "choose_notifications",
    "keep_snippets",
    "add_absence",
    "remove_absence",
    "add_duty",
    "remove_duty",
    "declare_conflict",
    "withdraw_conflict",
    "lock_person",
    "import",
    "unlink_opinion",
];

/// The search and what it found.
pub(in crate::workspace) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let refused = ServiceError::Forbidden("the audit is for auditors");
    let sight = audit_sight(visitor.actor()).ok_or(refused)?;
    let whole = sight == AuditSight::Everything;
    // Nothing that is looked for has a control character, and one database takes none.
    let sought = |name: &str| {
        let given = asked.given(name)?;
        (!given.chars().any(char::is_control)).then(|| given.to_owned())
    };
    let day = |name: &str| {
        asked
            .given(name)
            .and_then(|day| day.parse::<NaiveDate>().ok())
    };
    let (from, last) = (day("from"), day("until"));
    let after = last.and_then(|day| day.checked_add_days(Days::new(1)));
    let midnight = |day| times::midnight(day, visitor.zone);
    let query = AuditQuery {
        words: sought("q"),
        person: asked.given("person").and_then(|id| id.parse().ok()),
        case: sought("case").filter(|_| whole),
        action: sought("action"),
        from: from.map(midnight),
        to: after.map(midnight),
        cursor: asked.given("cursor").map(ToOwned::to_owned),
    };
    let found = audit::search(
        visitor.exchange(),
        visitor.actor(),
        query,
        &visitor.request_id,
    );
    let found = found.await?;
    let page = Page::new(&visitor, text(visitor.language, "admin-audit", &[]), HERE);
    let search = search(&page, &asked, whole);
    let list = Listing {
        crumbs: if whole {
            Vec::new()
        } else {
            crumbs(&page, None)
        },
        lead: page.t(match sight {
            AuditSight::Everything => "audit-lead",
            AuditSight::Administration => "audit-lead-administration",
            AuditSight::Networks => "audit-lead-networks",
        }),
        here: HERE.to_owned(),
        add: None,
        columns: [
            "audit-when",
            "audit-who",
            "audit-what",
            "audit-on",
            "audit-detail",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: found
            .items
            .iter()
            .map(|item| row(&visitor, &page, item))
            .collect(),
        empty: page.t("audit-none"),
        more: found
            .next
            .as_ref()
            .map(|cursor| address(HERE, &search, cursor)),
        search,
        page,
    };
    list.answer()
}

fn search(page: &Page, asked: &Fields, whole: bool) -> Vec<Field> {
    let mut fields = vec![Field::line("q", page.t("audit-person"), asked.get("q")).kind("search")];
    if whole {
        fields.push(Field::line("case", page.t("audit-case"), asked.get("case")));
    }
    let mut action = Field::select(
        page,
        "action",
        page.t("audit-what"),
        asked.get("action"),
        actions(page, whole),
    );
    action.first = page.t("any");
    fields.push(action);
    fields.push(Field::line("from", page.t("absence-from"), asked.get("from")).kind("date"));
    fields.push(Field::line("until", page.t("absence-until"), asked.get("until")).kind("date"));
    fields
}

/// The acts to look for: what administrators do; for who sees cases' traces, what is read and done there too.
fn actions(page: &Page, whole: bool) -> Choices {
    let acts = Act::ALL.iter().map(|act| act.as_str()).chain(ACCOUNTS);
    let of_cases = READS
        .into_iter()
        .chain(Command::ALL.iter().map(|one| one.as_str()));
    let all = acts.chain(of_cases.filter(|_| whole));
    all.map(|name| (name.to_owned(), act(page, name))).collect()
}

/// An act in words.
fn act(page: &Page, name: &str) -> String {
    if Command::parse(name).is_some() {
        page.name("done", name)
    } else if Act::parse(name).is_some() || READS.contains(&name) || ACCOUNTS.contains(&name) {
        page.name("act", name)
    } else {
        name.replace('_', " ")
    }
}

fn row(visitor: &Visitor, page: &Page, item: &AuditItem) -> Row {
    let operator = item.relation == Standing::Operator.as_str();
    let who = match &item.person {
        Some(person) => Some(person.name.clone()),
        None => (!operator).then(|| page.t("audit-nobody")),
    };
    let standing = page.name("relation", &item.relation);
    let thing = item.subject_name.clone().or_else(|| item.subject.clone());
    let kind = item
        .subject_kind
        .as_deref()
        .map(|kind| page.name("subject", kind));
    let outcome = (item.outcome != "done").then(|| page.name("audit-outcome", &item.outcome));
    Row {
        name: times::instant(visitor.language, item.at, visitor.zone, visitor.now),
        cells: vec![
            Cell::all(who.into_iter().chain([standing]).collect()),
            Cell::of(act(page, &item.action)),
            Cell::all(item.case.iter().cloned().chain(kind).chain(thing).collect()),
            Cell::all(item.detail.iter().cloned().chain(outcome).collect()),
        ],
        ..Row::default()
    }
}
