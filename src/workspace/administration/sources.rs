//! Slide sources: the list, one source, and the button that asks it now.

use actix_web::{HttpRequest, web};

use super::super::form::{Fields, PASSWORD, PRIVATE_KEY, Sent};
use super::super::page::Page;
use super::super::respond::Answer;
use super::super::texts::text;
use super::super::times::day;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row};
use super::places::Places;
use super::record::{Field, Form, Record, Tried};
use super::things::{Thing, form};
use super::{by, crumbs, frame};
use crate::domain::ids::SlideSourceId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::slides::SourceKind;
use crate::domain::text_enum::TextEnum;
use crate::service::administration::slide_sources::{
    self, NewCredentials, Sample, SourceContent, SourceDocument, Tested,
};
use crate::service::{Idempotency, ServiceError};

/// Where slide sources are listed.
pub(super) const HERE: &str = "/administration/slide-sources";
/// Where one is registered.
pub(super) const NEW: &str = "/administration/slide-sources/new";

/// The list.
pub(in crate::workspace) async fn list(visitor: Visitor, request: HttpRequest) -> Answer {
    let found = slide_sources::list(visitor.exchange(), visitor.actor()).await?;
    let places = Places::read(&visitor).await?;
    let mut page = frame(&visitor, text(visitor.language, "admin-sources", &[]));
    page.take_notice(&Fields::of_query(request.query_string()));
    let rows = found.into_iter().map(|source| Row {
        href: format!("{HERE}/{}", source.id),
        name: source.name,
        cells: vec![
            Cell::of(places.name(source.laboratory)),
            Cell::of(page.word("source-kind", source.kind)),
            Cell::of(source.base_url),
            if source.internal {
                Cell::marked(page.t("source-internal-mark"), "still")
            } else {
                Cell::default()
            },
        ],
        ..Row::default()
    });
    let list = Listing {
        crumbs: crumbs(&page, None),
        lead: page.t("admin-sources-about"),
        here: HERE.to_owned(),
        add: Some((NEW.to_owned(), page.t("source-add"))),
        columns: [
            "source-name",
            "case-from",
            "source-kind",
            "source-address",
            "source-reach",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: rows.collect(),
        empty: page.t("source-none"),
        more: None,
        search: Vec::new(),
        page,
    };
    list.answer()
}

/// Slide sources.
pub(super) struct Sources;

impl Thing for Sources {
    type Id = SlideSourceId;
    type Content = SourceContent;
    type Kept = SourceDocument;
    const PART: &'static str = "source";
    const HERE: &'static str = HERE;

    fn content(
        _: &Visitor,
        sent: &Fields,
        _: Option<&SourceDocument>,
    ) -> Result<SourceContent, Vec<FieldProblem>> {
        content(sent)
    }

    async fn add(
        visitor: &Visitor,
        content: SourceContent,
        key: Option<Idempotency>,
    ) -> Result<(SlideSourceId, Option<String>), ServiceError> {
        let made = slide_sources::add(visitor.exchange(), &by(visitor), content, key)
            .await
            .map_err(placed);
        Ok((made?.document.id, None))
    }

    async fn read(visitor: &Visitor, id: SlideSourceId) -> Result<SourceDocument, ServiceError> {
        slide_sources::read(visitor.exchange(), visitor.actor(), id).await
    }

    async fn change(
        visitor: &Visitor,
        id: SlideSourceId,
        version: i64,
        content: SourceContent,
    ) -> Result<(), ServiceError> {
        let exchange = visitor.exchange();
        let done = slide_sources::change(exchange, &by(visitor), id, version, content)
            .await
            .map_err(placed);
        done.map(drop)
    }

    async fn record(
        visitor: &Visitor,
        kept: Option<&SourceDocument>,
    ) -> Result<Record, ServiceError> {
        record(visitor, kept).await
    }
}

/// Asks the source now, and says in words what answered.
pub(in crate::workspace) async fn test(sent: Sent, id: web::Path<SlideSourceId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let slide = fields.given("slide").map(ToOwned::to_owned);
    let exchange = visitor.exchange();
    let tested = slide_sources::test(exchange, &by(&visitor), *id, Sample { slide }).await;
    let kept = slide_sources::read(exchange, visitor.actor(), *id).await?;
    let mut record = record(&visitor, Some(&kept)).await?;
    match tested {
        Ok(tested) => record.found = Some(said(&record.page, &kept, &tested)),
        Err(error @ ServiceError::Invalid(_)) => {
            let part = "test";
            record.tried(
                &Tried {
                    part,
                    fields,
                    error,
                },
                "error-conflict",
            );
        }
        Err(other) => return Err(other.into()),
    }
    record.answer()
}

/// What a test found, in words.
fn said(page: &Page, source: &SourceDocument, tested: &Tested) -> (Vec<String>, &'static str) {
    let kind = page.word("source-kind", source.kind);
    let took = page.tn("source-took", tested.milliseconds);
    if let Some(failure) = &tested.failure {
        let why = page.ts("source-failed", &page.name("failure", failure));
        let more = match failure.as_str() {
            "address_refused" => page.t("source-private"),
            _ if tested.reached => took,
            _ => page.tn("source-waited", tested.milliseconds),
        };
        return (vec![why, more], "bad");
    }
    match (tested.of_its_kind, &tested.slide) {
        (_, Some(slide)) => {
            let size = format!("{} × {}", slide.width, slide.height);
            (vec![page.ts("source-slide-read", &size), took], "good")
        }
        (Some(true), None) => (vec![page.ts("source-speaks", &kind), took], "good"),
        (Some(false), None) => (vec![page.ts("source-speaks-not", &kind), took], "bad"),
        (None, None) => (vec![page.t("source-answers"), took], "good"),
    }
}

async fn record(visitor: &Visitor, kept: Option<&SourceDocument>) -> Result<Record, ServiceError> {
    let places = Places::read(visitor).await?;
    let title = match kept {
        Some(source) => source.name.clone(),
        None => text(visitor.language, "source-add", &[]),
    };
    let page = frame(visitor, title);
    let way = crumbs(&page, Some((HERE, "admin-sources")));
    let mut record = Record::new(page, way);
    let page = &record.page;
    let at = kept.map(|source| (source.id, source.version));
    let mut keeping = form::<Sources>(page, at, fields(page, &places, kept));
    match kept {
        None => keeping.submit = page.t("source-add"),
        Some(source) => record.beside = vec![test_form(page, source)],
    }
    if let Some(until) = kept.and_then(|kept| kept.certificate_expires_at) {
        let day = day(record.page.language, until.date_naive(), 0);
        record.facts = vec![(record.page.t("source-certificate-until"), day)];
    }
    record.forms = vec![keeping];
    Ok(record)
}

fn test_form(page: &Page, source: &SourceDocument) -> Form {
    let slide = Field::line("slide", page.t("source-slide"), "").hint(page.t("source-slide-hint"));
    Form {
        part: "test",
        title: page.t("source-test"),
        lead: page.t("source-test-lead"),
        action: format!("{HERE}/{}/test", source.id),
        fields: vec![slide],
        submit: page.t("source-test-now"),
        ..Form::default()
    }
}

fn fields(page: &Page, places: &Places, kept: Option<&SourceDocument>) -> Vec<Field> {
    let kinds = SourceKind::ALL.iter();
    let kinds = kinds.map(|kind| (kind.to_string(), page.word("source-kind", *kind)));
    let has = kept.is_some_and(|kept| kept.has_credentials);
    let schemes = [
        "keep",
        "none",
        "basic",
        "bearer",
        "client_credentials",
        "certificate",
    ]
    .into_iter()
    .filter(|scheme| *scheme != "keep" || has)
    .map(|scheme| (scheme.to_owned(), page.name("source-scheme", scheme)));
    let text = |value: fn(&SourceDocument) -> String| kept.map(value).unwrap_or_default();
    vec![
        Field::line(
            "name",
            page.t("source-name"),
            text(|kept| kept.name.clone()),
        ),
        Field::select(
            page,
            "laboratory",
            page.t("case-from"),
            text(|kept| kept.laboratory.to_string()),
            places.laboratories_kept(),
        ),
        Field::select(
            page,
            "kind",
            page.t("source-kind"),
            text(|kept| kept.kind.to_string()),
            kinds.collect(),
        ),
        Field::line(
            "base_url",
            page.t("source-address"),
            text(|kept| kept.base_url.clone()),
        )
        .hint(page.t("source-address-hint"))
        .kind("url"),
        Field::select(
            page,
            "scheme",
            page.t("source-scheme"),
            if has { "keep" } else { "none" },
            schemes.collect(),
        )
        .at("/credentials/scheme"),
        Field::line("user", page.t("source-user"), "").at("/credentials/user"),
        Field::line(PASSWORD, page.t("source-secret"), "")
            .hint(page.t("source-secret-hint"))
            .kind("password")
            .at("/credentials/password"),
        Field::line("token_url", page.t("source-token-url"), "")
            .hint(page.t("source-token-url-hint"))
            .kind("url")
            .at("/credentials/token_url"),
        Field::line("scope", page.t("source-scope"), "")
            .hint(page.t("source-scope-hint"))
            .at("/credentials/scope"),
        Field::line("certificate", page.t("source-certificate"), "")
            .hint(page.t("source-certificate-hint"))
            .kind("words")
            .at("/credentials/certificate"),
        Field::line(PRIVATE_KEY, page.t("source-key"), "")
            .hint(page.t("source-key-hint"))
            .kind("words")
            .at("/credentials/key"),
        Field::line("authority", page.t("source-authority"), "")
            .hint(page.t("source-authority-hint"))
            .kind("words")
            .at("/credentials/authority"),
        Field::tick(
            "internal",
            page.t("source-internal"),
            kept.is_some_and(|kept| kept.internal),
        )
        .hint(page.t("source-internal-hint")),
    ]
}

/// The source that a form stands for.
fn content(sent: &Fields) -> Result<SourceContent, Vec<FieldProblem>> {
    let required = |name: &str| FieldProblem::new(format!("/{name}"), FieldRule::Required);
    let laboratory = sent.get("laboratory").parse();
    let kind = SourceKind::parse(sent.get("kind"));
    let (Ok(laboratory), Some(kind)) = (&laboratory, kind) else {
        let laboratory = laboratory.err().map(|_| required("laboratory"));
        let kind = kind.is_none().then(|| required("kind"));
        return Err(laboratory.into_iter().chain(kind).collect());
    };
    let secret = sent.get(PASSWORD).to_owned();
    Ok(SourceContent {
        laboratory: *laboratory,
        name: sent.get("name").trim().to_owned(),
        kind,
        base_url: sent.get("base_url").trim().to_owned(),
        internal: !sent.get("internal").is_empty(),
        credentials: match sent.get("scheme") {
            "none" => NewCredentials::None,
            "basic" => NewCredentials::Basic {
                user: sent.get("user").trim().to_owned(),
                password: secret,
            },
            "bearer" => NewCredentials::Bearer { token: secret },
            "client_credentials" => NewCredentials::ClientCredentials {
                token_url: sent.get("token_url").trim().to_owned(),
                client_id: sent.get("user").trim().to_owned(),
                client_secret: secret,
                scope: sent.given("scope").map(ToOwned::to_owned),
            },
            "certificate" => NewCredentials::Certificate {
                certificate: sent.get("certificate").to_owned(),
                key: sent.get(PRIVATE_KEY).to_owned(),
                authority: sent.given("authority").map(ToOwned::to_owned),
            },
            _ => NewCredentials::Keep,
        },
    })
}

/// The error, its problems at the fields of the form: one field takes a password or a token.
fn placed(error: ServiceError) -> ServiceError {
    let ServiceError::Invalid(problems) = error else {
        return error;
    };
    let place = |problem: FieldProblem| match problem.pointer.as_str() {
        "/credentials" => FieldProblem::new("/credentials/scheme", problem.rule),
        "/credentials/token" | "/credentials/client_secret" => {
            FieldProblem::new("/credentials/password", problem.rule)
        }
        "/credentials/client_id" => FieldProblem::new("/credentials/user", problem.rule),
        _ => problem,
    };
    ServiceError::Invalid(problems.into_iter().map(place).collect())
}
