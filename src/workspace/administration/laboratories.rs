//! Laboratories: the list, and one with its numbers and its network.

use actix_web::HttpRequest;

use super::super::form::Fields;
use super::super::respond::Answer;
use super::super::texts::text;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row};
use super::places::Places;
use super::record::{Field, Record};
use super::things::{Thing, form};
use super::{by, crumbs, frame};
use crate::domain::ids::LaboratoryId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::service::administration::laboratories::{self, KeptLaboratory, LaboratoryContent};
use crate::service::{Idempotency, ServiceError};

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
        here: HERE.to_owned(),
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

/// Laboratories.
pub(super) struct Laboratories;

impl Thing for Laboratories {
    type Id = LaboratoryId;
    type Content = LaboratoryContent;
    type Kept = KeptLaboratory;
    const PART: &'static str = "laboratory";
    const HERE: &'static str = HERE;

    fn content(
        _: &Visitor,
        sent: &Fields,
        _: Option<&KeptLaboratory>,
    ) -> Result<LaboratoryContent, Vec<FieldProblem>> {
        content(sent).map_err(|problem| vec![problem])
    }

    async fn add(
        visitor: &Visitor,
        content: LaboratoryContent,
        key: Option<Idempotency>,
    ) -> Result<(LaboratoryId, Option<String>), ServiceError> {
        let made = laboratories::add(visitor.exchange(), &by(visitor), content, key).await;
        Ok((made?.document.id, None))
    }

    async fn read(visitor: &Visitor, id: LaboratoryId) -> Result<KeptLaboratory, ServiceError> {
        laboratories::read(visitor.exchange(), visitor.actor(), id).await
    }

    async fn change(
        visitor: &Visitor,
        id: LaboratoryId,
        version: i64,
        content: LaboratoryContent,
    ) -> Result<(), ServiceError> {
        let exchange = visitor.exchange();
        let done = laboratories::change(exchange, &by(visitor), id, version, content).await;
        done.map(drop)
    }

    async fn record(
        visitor: &Visitor,
        kept: Option<&KeptLaboratory>,
    ) -> Result<Record, ServiceError> {
        record(visitor, kept).await
    }
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
    let kept = kept.map(|kept| (kept.id, kept.version));
    record.forms = vec![form::<Laboratories>(page, kept, fields)];
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
