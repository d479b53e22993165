//! An opinion as the editor's form sends it.

use super::super::form::Fields;
use super::snapshots::WORDS;
use super::synoptic;
use crate::domain::opinions::{AiAssistance, Concordance, Confidence, OpinionContent};
use crate::domain::snapshots::SnapshotSaid;
use crate::domain::synoptic::Templates;
use crate::domain::text_enum::TextEnum;

/// The content of a form.
pub(super) fn content(templates: &Templates, fields: &Fields) -> OpinionContent {
    let text = |name: &str| fields.get(name).to_owned();
    let code = |name: &str| fields.given(name).map(ToOwned::to_owned);
    OpinionContent {
        clinical_information: text("clinical_information"),
        macroscopy: text("macroscopy"),
        microscopy: text("microscopy"),
        ancillary_studies: text("ancillary_studies"),
        conclusion: text("conclusion"),
        comment: text("comment"),
        recommendation: text("recommendation"),
        limits: text("limits"),
        references: text("references"),
        technical_incidents: text("technical_incidents"),
        confidence: Confidence::parse(fields.get("confidence")),
        slides_consulted: fields
            .all("slides_consulted")
            .filter_map(|slide| slide.parse().ok())
            .collect(),
        snapshots: fields
            .beginning(WORDS)
            .filter_map(|(snapshot, words)| {
                Some(SnapshotSaid {
                    snapshot: snapshot.parse().ok()?,
                    words: words.to_owned(),
                })
            })
            .collect(),
        ai_assistance: tool(fields),
        adicap: code("adicap"),
        topography: code("topography"),
        morphology: code("morphology"),
        concordance: Concordance::parse(fields.get("concordance")),
        synoptic: synoptic::typed(templates, fields),
    }
}

/// The program that took part, when anything is said of one.
fn tool(fields: &Fields) -> Option<AiAssistance> {
    let text = |name: &str| fields.get(name).to_owned();
    let tool = AiAssistance {
        tool: text("tool"),
        version: text("version"),
        intended_use: text("intended_use"),
        ce_marked: fields.get("ce_marked") == "yes",
        effect: text("effect"),
    };
    (tool != AiAssistance::default()).then_some(tool)
}
