//! The fields of the coded diagnosis: what a code stands for, or which codes are near to what was typed.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::super::form::Fields;
use super::super::page::Page;
use super::super::respond::{Answer, page};
use super::super::texts::Language;
use super::super::visitor::Visitor;
use crate::domain::codes::{CodeSystem, CodeTables, Coded};
use crate::domain::opinions::OpinionContent;
use crate::service::ServiceError;

/// How many codes are shown beside a field.
const SHOWN: usize = 8;

/// The fields with their systems, in the order in which they are shown.
const FIELDS: [(&str, CodeSystem); 3] = [
    ("adicap", CodeSystem::Adicap),
    ("topography", CodeSystem::Topography),
    ("morphology", CodeSystem::Morphology),
];

/// A field of a code.
pub(super) struct CodeField {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) text: String,
    pub(super) problem: Option<String>,
    pub(super) near: Near,
}

/// What is said below the field.
pub(super) struct Near {
    pub(super) name: &'static str,
    /// What the code stands for, or that nothing is near.
    pub(super) said: String,
    pub(super) codes: Vec<(String, String)>,
    /// Whether choosing one sends the form, for pages without script.
    pub(super) sends: bool,
}

#[derive(Template)]
#[template(path = "workspace/near.html")]
struct NearPart {
    page: Page,
    near: Near,
}

/// What stands below a field while somebody types in it.
pub(in super::super) async fn near(
    visitor: Visitor,
    field: web::Path<String>,
    request: HttpRequest,
) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let known = FIELDS.into_iter().find(|(name, _)| **name == **field);
    let (name, system) = known.ok_or(ServiceError::NotFound)?;
    let frame = Page::new(&visitor, String::new(), "");
    let codes = &visitor.exchange().core.codes;
    let (typed, site) = (asked.get(name).trim(), asked.given("topography"));
    let near = told(&frame, codes, (name, system), typed, site, false);
    page(StatusCode::OK, &NearPart { page: frame, near })
}

/// The fields as they stand in an opinion.
pub(super) fn fields(
    frame: &Page,
    codes: &CodeTables,
    content: &OpinionContent,
    problem_of: impl Fn(&str) -> Option<String>,
) -> Vec<CodeField> {
    let site = content.topography.as_deref();
    let typed = |name: &str| {
        let mut all = content.codes();
        all.find_map(|(_, field, typed)| (field == name).then_some(typed))
            .unwrap_or_default()
    };
    FIELDS
        .into_iter()
        .map(|(name, system)| CodeField {
            label: frame.name("opinion-field", name),
            hint: frame.name("code-hint", name),
            text: typed(name).to_owned(),
            problem: problem_of(name),
            near: told(frame, codes, (name, system), typed(name), site, true),
            name,
        })
        .collect()
}

fn told(
    frame: &Page,
    codes: &CodeTables,
    (name, system): (&'static str, CodeSystem),
    typed: &str,
    site: Option<&str>,
    sends: bool,
) -> Near {
    let resolved = codes.resolve(system, typed);
    let near = match &resolved {
        None => codes.search(system, typed, site, SHOWN),
        Some(_) => Vec::new(),
    };
    Near {
        name,
        said: match &resolved {
            Some(coded) => label(frame.language, coded),
            None if near.is_empty() && !typed.is_empty() => frame.t("code-nothing-near"),
            None => String::new(),
        },
        codes: near
            .iter()
            .map(|one| (one.code.clone(), label(frame.language, one)))
            .collect(),
        sends,
    }
}

/// What a code stands for, in the reader's language where the table has it.
pub(in super::super) fn label(language: Language, coded: &Coded) -> String {
    let (fr, en) = (&coded.fr, &coded.en);
    let label = match language {
        Language::French => fr.as_ref().or(en.as_ref()),
        Language::English => en.as_ref().or(fr.as_ref()),
    };
    label.cloned().unwrap_or_default()
}

/// Puts a chosen code, `field=code`, in its field.
pub(super) fn take(content: &mut OpinionContent, chosen: &str) {
    let Some((field, code)) = chosen.split_once('=') else {
        return;
    };
    let code = Some(code.to_owned());
    match field {
        "adicap" => content.adicap = code,
        "topography" => content.topography = code,
        "morphology" => content.morphology = code,
        _ => {}
    }
}
