//! An opinion in words: its sections, and what the expert declares beside them.

use super::page::Page;
use crate::domain::ids::SlideId;
use crate::domain::opinions::{AiAssistance, OpinionContent};
use crate::domain::statement::SlideRead;
use crate::service::documents::CaseDocument;
use crate::texts::slide_read;

/// The case's slides, by the laboratory's own labels.
pub(super) fn slides(case: &CaseDocument) -> Vec<(SlideId, String)> {
    case.specimens
        .iter()
        .flat_map(|specimen| &specimen.blocks)
        .flat_map(|block| &block.slides)
        .map(|slide| (slide.id, format!("{} · {}", slide.label, slide.stain)))
        .collect()
}

/// The sections that were written and the declarations, each with its heading. That no program took part is a declaration.
pub(super) fn told(
    page: &Page,
    content: &OpinionContent,
    slides: &[(SlideId, String)],
) -> Vec<(String, String)> {
    let sections = [
        ("opinion-field-conclusion", &content.conclusion),
        (
            "opinion-field-clinical-information",
            &content.clinical_information,
        ),
        ("opinion-field-macroscopy", &content.macroscopy),
        ("opinion-field-microscopy", &content.microscopy),
        (
            "opinion-field-ancillary-studies",
            &content.ancillary_studies,
        ),
        ("opinion-field-comment", &content.comment),
        ("opinion-field-recommendation", &content.recommendation),
        ("opinion-field-limits", &content.limits),
        ("opinion-field-references", &content.references),
        (
            "opinion-field-technical-incidents",
            &content.technical_incidents,
        ),
    ];
    let written = sections
        .into_iter()
        .filter(|(_, words)| !words.trim().is_empty())
        .map(|(heading, words)| (heading, words.clone()));
    let confidence = content
        .confidence
        .map(|one| ("confidence", page.word("confidence", one)));
    let consulted: Vec<&str> = slides
        .iter()
        .filter(|(id, _)| content.slides_consulted.contains(id))
        .map(|(_, name)| name.as_str())
        .collect();
    let consulted = (!consulted.is_empty()).then(|| ("slides-consulted", consulted.join(", ")));
    let program = content
        .ai_assistance
        .as_ref()
        .map_or_else(|| page.t("ai-none"), |tool| program(page, tool));
    written
        .chain(confidence)
        .chain(consulted)
        .chain([("ai-title", program)])
        .map(|(heading, words)| (page.t(heading), words))
        .collect()
}

/// How the slides were read, as the signature says beside what the expert declares.
pub(super) fn read(
    page: &Page,
    reading: Option<&[SlideRead]>,
    slides: &[(SlideId, String)],
) -> Option<(String, String)> {
    let lines = reading?.iter();
    let read_of = |slide: &SlideId| lines.clone().find(|one| one.slide == *slide);
    let told: Vec<String> = slides
        .iter()
        .map(|(slide, name)| format!("{name} – {}", slide_read(page.language, read_of(slide))))
        .collect();
    (!told.is_empty()).then(|| (page.t("reading-title"), told.join("\n")))
}

fn program(page: &Page, tool: &AiAssistance) -> String {
    let marking = if tool.ce_marked {
        "ai-ce-marked"
    } else {
        "ai-not-ce-marked"
    };
    let (name, version, marking) = (&tool.tool, &tool.version, page.t(marking));
    format!(
        "{name} {version} ({marking}). {}\n{}",
        tool.intended_use, tool.effect
    )
}
