//! Agreements: the list, and one with its conditions and its validity.

use actix_web::HttpRequest;
use chrono::{Datelike, NaiveDate};

use super::super::form::Fields;
use super::super::respond::Answer;
use super::super::texts::text;
use super::super::times;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row};
use super::places::Places;
use super::record::{Choices, Field, Record, picked};
use super::things::{Thing, form};
use super::{by, crumbs, frame};
use crate::domain::ids::AgreementId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;
use crate::service::administration::agreements::{self, AgreementContent, KeptAgreement};
use crate::service::{Idempotency, ServiceError};

/// Where agreements are listed.
pub(super) const HERE: &str = "/administration/agreements";
/// Where one is added.
pub(super) const NEW: &str = "/administration/agreements/new";

/// The list.
pub(in crate::workspace) async fn list(visitor: Visitor, request: HttpRequest) -> Answer {
    let found = agreements::list(visitor.exchange(), visitor.actor()).await?;
    let places = Places::read(&visitor).await?;
    let mut page = frame(&visitor, text(visitor.language, "admin-agreements", &[]));
    page.take_notice(&Fields::of_query(request.query_string()));
    let fields = visitor.subspecialties();
    let today = visitor.now.with_timezone(&visitor.zone).date_naive();
    let day = |date| times::day(visitor.language, date, today.year());
    let rows = found.into_iter().map(|one| {
        let content = one.content;
        let all = |said: Vec<String>| {
            if said.is_empty() {
                vec![page.t("agreement-all")]
            } else {
                said
            }
        };
        let urgencies = content
            .urgencies
            .iter()
            .map(|one| page.word("urgency", *one));
        let codes = content.subspecialties.iter();
        let codes = codes.map(|code| super::super::case_words::named(&fields, Some(code)));
        let (words, class) = state(&content, today);
        Row {
            href: format!("{HERE}/{}", one.id),
            name: format!(
                "{} → {}",
                places.name(content.from_network),
                places.name(content.to_network)
            ),
            cells: vec![
                Cell::all(all(codes.collect())),
                Cell::all(all(urgencies.collect())),
                Cell::of(match content.valid_until {
                    Some(last) => format!("{} – {}", day(content.valid_from), day(last)),
                    None => page.ts("agreement-since", &day(content.valid_from)),
                }),
                Cell::marked(page.t(words), class),
            ],
            ..Row::default()
        }
    });
    let list = Listing {
        crumbs: crumbs(&page, None),
        lead: page.t("admin-agreements-about"),
        here: HERE.to_owned(),
        add: Some((NEW.to_owned(), page.t("agreement-add"))),
        columns: [
            "agreement-between",
            "subspecialty",
            "urgency",
            "agreement-valid",
            "column-state",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: rows.collect(),
        empty: page.t("agreement-none"),
        more: None,
        search: Vec::new(),
        page,
    };
    list.answer()
}

/// Whether an agreement holds today.
fn state(content: &AgreementContent, today: NaiveDate) -> (&'static str, &'static str) {
    if today < content.valid_from {
        ("agreement-later", "soon")
    } else if content.valid_until.is_some_and(|last| last < today) {
        ("agreement-over", "still")
    } else {
        ("agreement-holds", "done")
    }
}

/// Agreements between networks.
pub(super) struct Agreements;

impl Thing for Agreements {
    type Id = AgreementId;
    type Content = AgreementContent;
    type Kept = KeptAgreement;
    const PART: &'static str = "agreement";
    const HERE: &'static str = HERE;

    fn content(
        visitor: &Visitor,
        sent: &Fields,
        kept: Option<&KeptAgreement>,
    ) -> Result<AgreementContent, Vec<FieldProblem>> {
        content(visitor, sent, kept)
    }

    async fn add(
        visitor: &Visitor,
        content: AgreementContent,
        key: Option<Idempotency>,
    ) -> Result<(AgreementId, Option<String>), ServiceError> {
        let made = agreements::add(visitor.exchange(), &by(visitor), content, key).await;
        Ok((made?.document.id, None))
    }

    async fn read(visitor: &Visitor, id: AgreementId) -> Result<KeptAgreement, ServiceError> {
        agreements::read(visitor.exchange(), visitor.actor(), id).await
    }

    async fn change(
        visitor: &Visitor,
        id: AgreementId,
        version: i64,
        content: AgreementContent,
    ) -> Result<(), ServiceError> {
        let exchange = visitor.exchange();
        let done = agreements::change(exchange, &by(visitor), id, version, content).await;
        done.map(drop)
    }

    async fn record(
        visitor: &Visitor,
        kept: Option<&KeptAgreement>,
    ) -> Result<Record, ServiceError> {
        record(visitor, kept).await
    }
}

async fn record(visitor: &Visitor, kept: Option<&KeptAgreement>) -> Result<Record, ServiceError> {
    let places = Places::read(visitor).await?;
    let title = match kept {
        Some(kept) => {
            let (from, to) = (kept.content.from_network, kept.content.to_network);
            format!("{} → {}", places.name(from), places.name(to))
        }
        None => text(visitor.language, "agreement-add", &[]),
    };
    let page = frame(visitor, title);
    let way = crumbs(&page, Some((HERE, "admin-agreements")));
    let mut record = Record::new(page, way);
    if kept.is_some_and(|kept| !kept.changeable) {
        record.found = Some((vec![record.page.t("agreement-elsewhere")], "warn"));
        return Ok(record);
    }
    let page = &record.page;
    let value = |value: fn(&AgreementContent) -> String| {
        kept.map(|kept| value(&kept.content)).unwrap_or_default()
    };
    let urgencies: Choices = Urgency::ALL
        .iter()
        .map(|one| (one.to_string(), page.word("urgency", *one)))
        .collect();
    let (fields_of, urgencies_of) = kept.map_or((Vec::new(), Vec::new()), |kept| {
        let urgencies = kept.content.urgencies.iter().map(ToString::to_string);
        (kept.content.subspecialties.clone(), urgencies.collect())
    });
    let fields = vec![
        Field::select(
            page,
            "from_network",
            page.t("agreement-from"),
            value(|kept| kept.from_network.to_string()),
            places.networks(),
        ),
        Field::select(
            page,
            "to_network",
            page.t("agreement-to"),
            value(|kept| kept.to_network.to_string()),
            places.networks(),
        ),
        Field::line(
            "valid_from",
            page.t("agreement-first"),
            value(|kept| kept.valid_from.to_string()),
        )
        .kind("date"),
        Field::line(
            "valid_until",
            page.t("agreement-last"),
            value(|kept| {
                kept.valid_until
                    .map(|day| day.to_string())
                    .unwrap_or_default()
            }),
        )
        .hint(page.t("agreement-last-hint"))
        .kind("date"),
        Field::ticks("urgencies", page.t("urgency"), &urgencies_of, urgencies)
            .hint(page.t("agreement-ticks-hint")),
        Field::ticks(
            "subspecialties",
            page.t("subspecialty"),
            &fields_of,
            visitor.subspecialties(),
        )
        .hint(page.t("agreement-ticks-hint")),
    ];
    let kept = kept.map(|kept| (kept.id, kept.version));
    record.forms = vec![form::<Agreements>(page, kept, fields)];
    Ok(record)
}

/// The agreement that a form stands for.
fn content(
    visitor: &Visitor,
    sent: &Fields,
    kept: Option<&KeptAgreement>,
) -> Result<AgreementContent, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut required = |name: &str| {
        problems.push(FieldProblem::new(format!("/{name}"), FieldRule::Required));
    };
    let from = sent.get("from_network").parse().ok();
    let to = sent.get("to_network").parse().ok();
    let first = sent.given("valid_from").and_then(|day| day.parse().ok());
    let last = sent.given("valid_until").map(str::parse).transpose().ok();
    for (name, missing) in [
        ("from_network", from.is_none()),
        ("to_network", to.is_none()),
        ("valid_from", first.is_none()),
        ("valid_until", last.is_none()),
    ] {
        if missing {
            required(name);
        }
    }
    let (Some(from_network), Some(to_network), Some(valid_from), Some(valid_until)) =
        (from, to, first, last)
    else {
        return Err(problems);
    };
    let offered: Vec<String> = visitor
        .subspecialties()
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    let subspecialties = picked(sent, "subspecialties", offered.iter().cloned());
    // None stands for all: one whose only fields are no longer offered must not come to hold for all by itself.
    let before = kept.map_or(&[][..], |kept| &kept.content.subspecialties);
    let gone = !before.is_empty() && before.iter().all(|code| !offered.contains(code));
    if subspecialties.is_empty() && gone {
        return Err(vec![FieldProblem::new(
            "/subspecialties",
            FieldRule::Required,
        )]);
    }
    let urgencies = Urgency::ALL.iter().map(ToString::to_string);
    let urgencies = picked(sent, "urgencies", urgencies);
    Ok(AgreementContent {
        from_network,
        to_network,
        subspecialties,
        urgencies: urgencies
            .iter()
            .filter_map(|name| Urgency::parse(name))
            .collect(),
        valid_from,
        valid_until,
    })
}
