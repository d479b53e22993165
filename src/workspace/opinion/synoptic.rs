//! The elements of a synoptic template as fields of the editor, and as what they send.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::super::form::Fields;
use super::super::page::Page;
use super::super::problems;
use super::super::texts::Language;
use crate::domain::opinions::OpinionContent;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::synoptic::{
    Answer, Element, Kind, Measure, Synoptic, Template, Templates, Word, pointer,
};

/// The field that names the template whose elements the form shows. Its underscore keeps it out of the browser's copy, which would
/// bring back the one that was shown before.
const SHOWN: &str = "_synoptic";
/// The field in which another one is chosen.
const CHOSEN: &str = "synoptic_chosen";

/// What the editor shows of a template, and the others to choose from.
pub(super) struct SynopticPart {
    /// The name and version of the one that is shown; empty when none is.
    pub(super) shown: String,
    /// What it is called.
    pub(super) title: String,
    /// What it follows.
    pub(super) source: String,
    pub(super) problem: Option<String>,
    /// Those to choose from, each with its name and version, and whether it is chosen.
    pub(super) offered: Vec<(String, String, bool)>,
    pub(super) fields: Vec<ElementField>,
}

/// A field of an element.
pub(super) struct ElementField {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) required: bool,
    pub(super) problem: Option<String>,
    /// What was typed, where something is typed.
    pub(super) text: String,
    /// The unit behind it.
    pub(super) unit: String,
    /// Whether a number is typed.
    pub(super) number: bool,
    /// Options, each with its words, and whether it is chosen.
    pub(super) options: Vec<(String, String, bool)>,
    /// Whether several may be chosen.
    pub(super) several: bool,
}

fn named(template: &Template) -> String {
    format!("{}/{}", template.id, template.version)
}

fn template<'t>(templates: &'t Templates, named: &str) -> Option<&'t Template> {
    let (id, version) = named.split_once('/')?;
    templates.find(id, version.parse().ok()?)
}

/// What a form says of the template that it shows, or of the one that is to be shown next.
pub(super) fn typed(templates: &Templates, fields: &Fields) -> Option<Synoptic> {
    let choosing = fields.get("_do") == "choose_template";
    let named = fields.given(if choosing { CHOSEN } else { SHOWN })?;
    let Some(template) = template(templates, named) else {
        // Kept, and refused by name at the signature.
        let (id, version) = named.split_once('/').unwrap_or((named, ""));
        return Some(Synoptic {
            template: id.to_owned(),
            version: version.parse().unwrap_or_default(),
            answers: BTreeMap::new(),
        });
    };
    let answers = template.elements.iter().filter_map(|element| {
        let answer = answer(element, fields)?;
        Some((element.id.clone(), answer))
    });
    Some(Synoptic {
        template: template.id.clone(),
        version: template.version,
        answers: answers.collect(),
    })
}

fn field_name(element: &Element) -> String {
    format!("synoptic.{}", element.id)
}

fn answer(element: &Element, fields: &Fields) -> Option<Answer> {
    let name = field_name(element);
    let typed = fields.given(&name).map(ToOwned::to_owned);
    match &element.kind {
        Kind::Several(_) => {
            let chosen: Vec<String> = fields.all(&name).map(ToOwned::to_owned).collect();
            (!chosen.is_empty()).then_some(Answer::Several(chosen))
        }
        Kind::Measure(measure) => {
            let typed = typed?;
            Some(
                measure
                    .typed(&typed)
                    .map_or(Answer::Text(typed), Answer::Number),
            )
        }
        Kind::Choice(_) | Kind::Text => typed.map(Answer::Text),
    }
}

/// What the editor shows.
pub(super) fn part(
    page: &Page,
    templates: &Templates,
    content: &OpinionContent,
    subspecialty: Option<&str>,
    now: DateTime<Utc>,
    wrong: &[FieldProblem],
) -> SynopticPart {
    let synoptic = content.synoptic.as_ref();
    let known = synoptic.and_then(|one| templates.find(&one.template, one.version));
    let rule_at = |at: &str| {
        let found = wrong.iter().find(|one| one.pointer.ends_with(at));
        found.map(|one| &one.rule)
    };
    let offered = templates.offered(subspecialty, now.date_naive());
    let suits = offered.first().filter(|one| {
        subspecialty.is_some_and(|code| one.subspecialties.iter().any(|known| known == code))
    });
    let chosen = known.or(suits.copied()).map(named);
    SynopticPart {
        shown: synoptic.map_or_else(String::new, |one| {
            format!("{}/{}", one.template, one.version)
        }),
        title: known.map_or_else(String::new, |one| either(page.language, &one.fr, &one.en)),
        source: known.map_or_else(String::new, |one| one.source.clone()),
        problem: rule_at("/synoptic/template").map(|rule| problems::words(page, rule)),
        offered: offered
            .iter()
            .map(|one| {
                let name = either(page.language, &one.fr, &one.en);
                (named(one), name, chosen.as_ref() == Some(&named(one)))
            })
            .collect(),
        fields: known
            .into_iter()
            .flat_map(|one| &one.elements)
            .map(|element| {
                let answer = synoptic.and_then(|one| one.answers.get(&element.id));
                let rule = rule_at(&pointer(&element.id));
                field(page, element, answer, rule)
            })
            .collect(),
    }
}

fn either(language: Language, french: &str, english: &str) -> String {
    match language {
        Language::French => french.to_owned(),
        Language::English => english.to_owned(),
    }
}

fn field(
    page: &Page,
    element: &Element,
    answer: Option<&Answer>,
    rule: Option<&FieldRule>,
) -> ElementField {
    let none: &[Word] = &[];
    let (words, several) = match &element.kind {
        Kind::Choice(words) => (words.as_slice(), false),
        Kind::Several(words) => (words.as_slice(), true),
        Kind::Measure(_) | Kind::Text => (none, false),
    };
    let chosen = |id: &String| match answer {
        Some(Answer::Text(one)) => one == id,
        Some(Answer::Several(all)) => all.contains(id),
        Some(Answer::Number(_)) | None => false,
    };
    let measure = match &element.kind {
        Kind::Measure(measure) => Some(measure),
        _ => None,
    };
    ElementField {
        name: field_name(element),
        label: either(page.language, &element.fr, &element.en),
        required: element.required,
        problem: rule.map(|rule| said(page, rule, measure)),
        text: text(page, answer, measure),
        unit: measure.map_or_else(String::new, |measure| measure.shown.clone()),
        number: measure.is_some(),
        options: words
            .iter()
            .map(|word| {
                let label = either(page.language, &word.fr, &word.en);
                (word.id.clone(), label, chosen(&word.id))
            })
            .collect(),
        several,
    }
}

fn sign(page: &Page) -> char {
    match page.language {
        Language::French => ',',
        Language::English => '.',
    }
}

/// What stands in a field in which something is typed.
fn text(page: &Page, answer: Option<&Answer>, measure: Option<&Measure>) -> String {
    match (answer, measure) {
        (Some(Answer::Number(number)), Some(measure)) => measure.decimal(*number, sign(page)),
        (Some(Answer::Text(text)), _) => text.clone(),
        (Some(Answer::Number(number)), None) => number.to_string(),
        (Some(Answer::Several(_)) | None, _) => String::new(),
    }
}

/// A rule in words; that of a measure in the unit that is typed.
fn said(page: &Page, rule: &FieldRule, measure: Option<&Measure>) -> String {
    match (rule, measure) {
        (FieldRule::Malformed { .. } | FieldRule::OutOfRange { .. }, Some(measure)) => {
            let end = |number| measure.decimal(number, sign(page));
            let range = format!(
                "{}–{} {}",
                end(measure.min),
                end(measure.max),
                measure.shown
            );
            page.ts("synoptic-number", range.trim())
        }
        _ => problems::words(page, rule),
    }
}
