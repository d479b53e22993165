//! What a case says in words: its texts, who has to do with it, its patient, what came of it.

use super::page::Page;
use super::visitor::Visitor;
use crate::domain::permissions::View;
use crate::service::documents::CaseDocument;

/// A text of the case under its heading.
pub(super) struct Text {
    pub(super) heading: String,
    pub(super) words: String,
}

/// The name behind a code.
pub(super) fn named(all: &[(String, String)], code: Option<&str>) -> String {
    all.iter()
        .find(|(known, _)| Some(known.as_str()) == code)
        .map_or_else(String::new, |(_, name)| name.clone())
}

pub(super) fn texts(page: &Page, case: &CaseDocument) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut add = |heading: String, words: &str| {
        if !words.trim().is_empty() {
            texts.push(Text {
                heading,
                words: words.to_owned(),
            });
        }
    };
    if let Some(diagnosis) = &case.initial_diagnosis {
        let status = page.word("initial", diagnosis.status);
        let text = diagnosis.text.as_deref().unwrap_or_default();
        let code = diagnosis
            .adicap
            .as_deref()
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        add(
            page.t("case-initial"),
            format!("{status}\n{text}{code}").trim(),
        );
    }
    add(
        page.t("case-context"),
        case.clinical_context.as_deref().unwrap_or_default(),
    );
    add(
        page.t("case-macroscopy"),
        case.macroscopy.as_deref().unwrap_or_default(),
    );
    texts
}

pub(super) fn facts(visitor: &Visitor, page: &Page, case: &CaseDocument) -> Vec<(String, String)> {
    let mut facts = vec![
        (
            page.t("case-from"),
            format!(
                "{} ({})",
                case.laboratory.name,
                named(&visitor.territories(), Some(&case.territory))
            ),
        ),
        (page.t("case-submitter"), case.submitter.name.clone()),
        (page.t("case-network"), case.network.name.clone()),
    ];
    if let Some(expert) = &case.expert {
        facts.push((page.t("case-expert"), expert.name.clone()));
    }
    let allowed: Vec<String> = [
        (case.pre_authorisations.further_stains, "allow-stains"),
        (case.pre_authorisations.send_block, "allow-block"),
        (case.pre_authorisations.panel, "allow-panel"),
    ]
    .into_iter()
    .filter(|(allowed, _)| *allowed)
    .map(|(_, key)| page.t(key))
    .collect();
    facts.push((
        page.t("case-allowed"),
        if allowed.is_empty() {
            page.t("allow-nothing")
        } else {
            allowed.join(", ")
        },
    ));
    if let Some(number) = &case.diaginter_number {
        facts.push((page.t("case-diaginter"), number.clone()));
    }
    if let Some(earlier) = &case.follows {
        let by = case.follows_named_by.map(|by| page.word("relation", by));
        let by = by.map(|by| format!(" ({by})")).unwrap_or_default();
        facts.push((page.t("case-follows"), earlier.clone() + &by));
    }
    facts
}

pub(super) fn patient(page: &Page, case: &CaseDocument) -> Vec<(String, String)> {
    let Some(patient) = case.patient.as_ref().filter(|_| case.view == View::Full) else {
        return Vec::new();
    };
    let mut facts = vec![
        (
            page.t("patient-accession"),
            patient.accession_number.clone(),
        ),
        (page.t("patient-sex"), page.word("sex", patient.sex)),
    ];
    if let Some(year) = patient.birth_year {
        facts.push((page.t("patient-birth-year"), year.to_string()));
    }
    if let Some(ins) = &patient.ins {
        facts.push((page.t("patient-ins"), ins.clone()));
    }
    facts
}

/// What the submitter made of the opinion, and what came later.
pub(super) fn after(page: &Page, case: &CaseDocument) -> Vec<Text> {
    let mut after = Vec::new();
    let mut add = |heading: &str, words: String| {
        after.push(Text {
            heading: page.t(heading),
            words,
        })
    };
    if let Some(said) = &case.acknowledgement {
        add("case-acknowledged", page.name("acknowledgement", said));
    }
    if let Some(reason) = &case.contested_reason {
        add("case-contested", reason.clone());
    }
    if let Some(outcome) = &case.outcome {
        let field = |name: &str| {
            outcome
                .get(name)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        };
        add(
            "case-outcome",
            format!(
                "{}\n{}",
                page.name("verdict", field("verdict")),
                field("text")
            ),
        );
    }
    after
}
