//! Laboratories: the list, and one with its numbers and its network.

use actix_web::{HttpRequest, web};

use super::super::form::{Fields, Sent};
use super::super::respond::{Answer, to};
use super::super::texts::text;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row};
use super::places::Places;
use super::record::{Field, Form, Record, Tried};
use super::{by, crumbs, frame};
use crate::domain::ids::LaboratoryId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::service::ServiceError;
use crate::service::administration::laboratories::{self, KeptLaboratory, LaboratoryContent};

/// Where laboratories are listed.
pub(super) const HERE: &str = "/administration/laboratories";
/// Where one is added.
pub(super) const NEW: &str = "/administration/laboratories/new";

/// The list.
pub(in crate::workspace) async fn list(visitor: Visitor, request: HttpRequest) -> Answer {
    let found = laboratories::list(visitor.exchange(), visitor.actor()).await?;
    let places = Places::read(&visitor).await?;
    let mut page = frame(&visitor, text(visitor.language, "admin-laboratories", &[]));
    page.take_notice(&Fields::of_query(request.query_string()));
    let names = visitor.territories();
    let rows = found.into_iter().map(|one| Row {
        href: format!("{HERE}/{}", one.id),
        cells: vec![
            Cell::of(one.content.commune),
            Cell::of(super::super::case_words::named(
                &names,
                Some(&one.content.territory),
            )),
            Cell::of(places.name(one.content.network)),
            Cell::all(
                one.content
                    .finess
                    .into_iter()
                    .chain(one.content.local_number)
                    .collect(),
            ),
        ],
        name: one.content.name,
        ..Row::default()
    });
    let list = Listing {
        crumbs: crumbs(&page, None),
        lead: page.t("admin-laboratories-about"),
        here: HERE,
        add: Some((NEW.to_owned(), page.t("laboratory-add"))),
        columns: [
            "laboratory-name",
            "laboratory-commune",
            "territory",
            "case-network",
            "laboratory-number",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: rows.collect(),
        empty: page.t("laboratory-none"),
        more: None,
        search: Vec::new(),
        page,
    };
    list.answer()
}

/// The form that adds one.
pub(in crate::workspace) async fn new(visitor: Visitor) -> Answer {
    record(&visitor, None).await?.answer()
}

/// Adds one.
pub(in crate::workspace) async fn add(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let done = match content(&fields) {
        Ok(content) => {
            let key = fields.idempotency(NEW);
            laboratories::add(visitor.exchange(), &by(&visitor), content, key).await
        }
        Err(problem) => Err(ServiceError::Invalid(vec![problem])),
    };
    match done {
        Ok(made) => {
            let id = made.document.id;
            Ok(to(&format!(
                "{HERE}/{id}?done=done-laboratory&kept=laboratory-new"
            )))
        }
        Err(error @ ServiceError::Invalid(_)) => again(&visitor, None, fields, error).await,
        Err(other) => Err(other.into()),
    }
}

/// One laboratory.
pub(in crate::workspace) async fn show(
    visitor: Visitor,
    id: web::Path<LaboratoryId>,
    request: HttpRequest,
) -> Answer {
    let kept = laboratories::read(visitor.exchange(), visitor.actor(), *id).await?;
    let mut record = record(&visitor, Some(&kept)).await?;
    record
        .page
        .take_notice(&Fields::of_query(request.query_string()));
    record.answer()
}

/// Keeps what the form holds.
pub(in crate::workspace) async fn save(sent: Sent, id: web::Path<LaboratoryId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let version = fields.get("_version").parse().unwrap_or(-1);
    let exchange = visitor.exchange();
    let done = match content(&fields) {
        Ok(content) => laboratories::change(exchange, &by(&visitor), *id, version, content).await,
        Err(problem) => Err(ServiceError::Invalid(vec![problem])),
    };
    match done {
        Ok(_) => Ok(to(&format!(
            "{HERE}/{id}?done=done-laboratory&kept=laboratory-{id}"
        ))),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Stale { .. })) => {
            let kept = laboratories::read(exchange, visitor.actor(), *id).await?;
            again(&visitor, Some(&kept), fields, error).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The page as it was typed, with what is wrong.
async fn again(
    visitor: &Visitor,
    kept: Option<&KeptLaboratory>,
    fields: Fields,
    error: ServiceError,
) -> Answer {
    let mut record = record(visitor, kept).await?;
    let part = "laboratory";
    record.tried(
        &Tried {
            part,
            fields,
            error,
        },
        "error-conflict",
    );
    record.answer()
}

async fn record(visitor: &Visitor, kept: Option<&KeptLaboratory>) -> Result<Record, ServiceError> {
    let places = Places::read(visitor).await?;
    let title = match kept {
        Some(kept) => kept.content.name.clone(),
        None => text(visitor.language, "laboratory-add", &[]),
    };
    let page = frame(visitor, title);
    let way = crumbs(&page, Some((HERE, "admin-laboratories")));
    let mut record = Record::new(page, way);
    let page = &record.page;
    let id = kept.map_or_else(|| "new".to_owned(), |kept| kept.id.to_string());
    let value = |value: fn(&LaboratoryContent) -> String| {
        kept.map(|kept| value(&kept.content)).unwrap_or_default()
    };
    let fields = vec![
        Field::line(
            "name",
            page.t("laboratory-name"),
            value(|kept| kept.name.clone()),
        ),
        Field::line(
            "commune",
            page.t("laboratory-commune"),
            value(|kept| kept.commune.clone()),
        ),
        Field::select(
            page,
            "territory",
            page.t("territory"),
            value(|kept| kept.territory.clone()),
            visitor.territories(),
        ),
        Field::select(
            page,
            "network",
            page.t("case-network"),
            value(|kept| kept.network.to_string()),
            places.networks(),
        ),
        Field::line(
            "finess",
            page.t("laboratory-finess"),
            value(|kept| kept.finess.clone().unwrap_or_default()),
        )
        .hint(page.t("laboratory-finess-hint")),
        Field::line(
            "local_number",
            page.t("laboratory-local-number"),
            value(|kept| kept.local_number.clone().unwrap_or_default()),
        )
        .hint(page.t("laboratory-local-hint")),
    ];
    record.forms = vec![Form {
        part: "laboratory",
        action: format!("{HERE}/{id}"),
        fields,
        version: kept.map(|kept| kept.version),
        submit: page.t("profile-save"),
        class: "first",
        keep: Some(format!("laboratory-{id}")),
        ..Form::default()
    }];
    Ok(record)
}

/// The laboratory that a form stands for.
fn content(sent: &Fields) -> Result<LaboratoryContent, FieldProblem> {
    let network = sent.get("network").parse();
    let network = network.map_err(|_| FieldProblem::new("/network", FieldRule::Required))?;
    Ok(LaboratoryContent {
        name: sent.get("name").trim().to_owned(),
        commune: sent.get("commune").trim().to_owned(),
        territory: sent.get("territory").to_owned(),
        network,
        finess: sent
            .given("finess")
            .map(|finess| finess.replace([' ', '\u{a0}'], "")),
        local_number: sent.given("local_number").map(ToOwned::to_owned),
    })
}
