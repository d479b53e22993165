//! A draft that is kept, as its page shows it.

use super::{SlideRow, Values};
use crate::service::documents::{CaseDocument, SlideDocument};
use crate::service::reference::SlideSourceDocument;

/// The link that somebody pasted, made again from where it leads.
fn link(slide: &SlideDocument, sources: &[SlideSourceDocument]) -> String {
    let base = sources
        .iter()
        .find(|source| Some(source.id) == slide.source)
        .map_or("", |source| source.base_url.as_str());
    let location = slide.location.as_ref();
    location.map_or_else(String::new, |location| location.address(base))
}

/// A draft as the page shows it.
pub(in super::super) fn shown(
    case: &CaseDocument,
    sources: &[SlideSourceDocument],
) -> (Values, Vec<SlideRow>) {
    let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
    let patient = case.patient.as_ref();
    let information = case.patient_information.as_ref();
    let diagnosis = case.initial_diagnosis.as_ref();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let work_done: Vec<String> = case
        .work_done
        .iter()
        .map(|work| {
            if work.result.is_empty() {
                work.technique.clone()
            } else {
                format!("{}: {}", work.technique, work.result)
            }
        })
        .collect();
    let values = vec![
        ("question", case.question.clone()),
        ("subspecialty", text(&case.subspecialty)),
        ("urgency", case.urgency.clone()),
        ("urgency_reason", text(&case.urgency_reason)),
        (
            "initial_status",
            diagnosis
                .map(|one| one.status.to_string())
                .unwrap_or_default(),
        ),
        (
            "initial_text",
            diagnosis
                .and_then(|one| one.text.clone())
                .unwrap_or_default(),
        ),
        (
            "initial_adicap",
            diagnosis
                .and_then(|one| one.adicap.clone())
                .unwrap_or_default(),
        ),
        ("clinical_context", text(&case.clinical_context)),
        ("macroscopy", text(&case.macroscopy)),
        ("work_done", work_done.join("\n")),
        (
            "further_stains",
            tick(case.pre_authorisations.further_stains),
        ),
        ("send_block", tick(case.pre_authorisations.send_block)),
        ("panel", tick(case.pre_authorisations.panel)),
        (
            "accession_number",
            patient
                .map(|one| one.accession_number.clone())
                .unwrap_or_default(),
        ),
        (
            "birth_year",
            patient
                .and_then(|one| one.birth_year)
                .map(|year| year.to_string())
                .unwrap_or_default(),
        ),
        (
            "sex",
            patient.map(|one| one.sex.to_string()).unwrap_or_default(),
        ),
        (
            "ins",
            patient.and_then(|one| one.ins.clone()).unwrap_or_default(),
        ),
        (
            "informed",
            tick(information.is_some_and(|one| one.informed)),
        ),
        (
            "non_opposition",
            tick(information.is_some_and(|one| one.non_opposition)),
        ),
        (
            "date",
            information
                .map(|one| one.date.to_string())
                .unwrap_or_default(),
        ),
        ("diaginter_number", text(&case.diaginter_number)),
        ("follows", text(&case.follows)),
        ("languages", case.languages.join(" ")),
    ];
    let mut rows = Vec::new();
    for (s, specimen) in case.specimens.iter().enumerate() {
        for (b, block) in specimen.blocks.iter().enumerate() {
            for (l, slide) in block.slides.iter().enumerate() {
                rows.push(SlideRow {
                    link: link(slide, sources),
                    label: slide.label.clone(),
                    stain: slide.stain.clone(),
                    block: block.label.clone(),
                    specimen: specimen.label.clone(),
                    site: specimen.site.clone(),
                    procedure: specimen.procedure.clone(),
                    excuse: slide.unreadable_because.clone().unwrap_or_default(),
                    pointer: format!("/specimens/{s}/blocks/{b}/slides/{l}"),
                    failure: slide.failure.clone(),
                    found: slide
                        .facts
                        .as_ref()
                        .map(|facts| format!("{} × {} px", facts.width, facts.height)),
                });
            }
        }
    }
    (values, rows)
}
