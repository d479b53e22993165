//! What the cases of the demonstration are about: requests adapted from published reports.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::domain::cases::*;
use crate::domain::ids::SlideSourceId;
use crate::domain::opinions::{Concordance, OpinionContent};
use crate::domain::randomness::Randomness;
use crate::domain::slides::SlideLocation;
use crate::domain::turnaround::Urgency;

/// `data/demo/cases.json`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CaseFile {
    pub(super) cases: Vec<Template>,
    pub(super) information_requests: Vec<Question>,
    pub(super) decline_comments: std::collections::BTreeMap<String, String>,
}

/// A question that an expert sends back, and its answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Question {
    pub(super) kind: InformationKind,
    pub(super) question: String,
    pub(super) reply: String,
}

/// A request with its answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Template {
    pub(super) subspecialty: String,
    sex: Sex,
    age: u16,
    site: String,
    procedure: String,
    clinical_context: String,
    macroscopy: String,
    initial_status: InitialDiagnosisStatus,
    initial_text: Option<String>,
    question: String,
    stains: Vec<String>,
    work_done: Vec<WorkDone>,
    microscopy: String,
    conclusion: String,
    concordance: Concordance,
    recommendation: String,
}

/// Where a laboratory's slides are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sources {
    pub(super) deep_zoom: SlideSourceId,
    pub(super) iiif: SlideSourceId,
}

impl Template {
    /// The request as a submitter writes it.
    pub(super) fn content(
        &self,
        sources: Sources,
        number: u32,
        today: NaiveDate,
        urgency: Urgency,
        random: &mut Randomness,
    ) -> CaseContent {
        let year = today.year() % 100;
        let diaginter_number = random
            .chance(0.8)
            .then(|| format!("DI-{year:02}-{:06}", 100_000 + number));
        CaseContent {
            question: self.question.clone(),
            subspecialty: Some(self.subspecialty.clone()),
            urgency: Some(urgency),
            urgency_reason: match urgency {
                Urgency::Routine => None,
                Urgency::Urgent => Some("Décision thérapeutique en attente.".into()),
                Urgency::IntraOperative => Some("Patient au bloc opératoire.".into()),
            },
            clinical_context: self.clinical_context.clone(),
            macroscopy: self.macroscopy.clone(),
            initial_diagnosis: Some(InitialDiagnosis {
                status: self.initial_status,
                text: self.initial_text.clone(),
                adicap: None,
            }),
            work_done: self.work_done.clone(),
            pre_authorisations: PreAuthorisations {
                further_stains: random.chance(0.7),
                send_block: random.chance(0.4),
                panel: random.chance(0.3),
            },
            patient: Some(PatientContext {
                accession_number: format!("{year:02}H{:05}", 1000 + number * 7),
                birth_year: u16::try_from(today.year()).ok().map(|year| year - self.age),
                sex: self.sex,
                ins: None,
            }),
            patient_information: Some(PatientInformation {
                informed: true,
                non_opposition: true,
                date: today,
            }),
            diaginter_number,
            follows: None,
            languages: Vec::new(),
            specimens: vec![self.specimen(sources)],
        }
    }

    fn specimen(&self, sources: Sources) -> SpecimenContent {
        let slide = |label: &str, source, location| SlideContent {
            label: label.into(),
            stain: "H&E".into(),
            source,
            location,
            unreadable_because: None,
        };
        let mut slides = vec![slide(
            "A1-1",
            sources.deep_zoom,
            SlideLocation::DeepZoom {
                path: "cmu-1-small-region.dzi".into(),
            },
        )];
        if self.stains.len() > 3 {
            slides.push(slide(
                "A1-2",
                sources.iiif,
                SlideLocation::Iiif {
                    identifier: "cmu-1-small-region".into(),
                },
            ));
        }
        SpecimenContent {
            label: "A".into(),
            site: self.site.clone(),
            procedure: self.procedure.clone(),
            blocks: vec![BlockContent {
                label: "A1".into(),
                slides,
            }],
        }
    }

    /// The opinion as an expert writes it.
    pub(super) fn opinion(&self) -> OpinionContent {
        OpinionContent {
            microscopy: self.microscopy.clone(),
            conclusion: self.conclusion.clone(),
            recommendation: self.recommendation.clone(),
            limits: "Second avis sur lames numériques seulement.".into(),
            concordance: Some(self.concordance),
            ..OpinionContent::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::submission::{Surroundings, draft_problems, missing_for_submission};
    use crate::domain::territories::Reference;

    #[test]
    fn every_request_can_be_sent_and_every_answer_signed() {
        let file: CaseFile =
            serde_json::from_str(include_str!("../../data/demo/cases.json")).unwrap();
        let reference = Reference::embedded().unwrap();
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let around = Surroundings {
            today,
            subspecialties: reference.subspecialty_codes(),
            requires_ins: false,
            ins_exists: true,
        };
        let id = |n| SlideSourceId(uuid::Uuid::from_u128(n));
        for template in &file.cases {
            for urgency in [Urgency::Routine, Urgency::IntraOperative] {
                let content = template.content(
                    Sources {
                        deep_zoom: id(1),
                        iiif: id(2),
                    },
                    1,
                    today,
                    urgency,
                    &mut Randomness::new(1),
                );
                let problems = [
                    draft_problems(&content, &around),
                    missing_for_submission(&content, &around),
                ]
                .concat();
                assert_eq!(problems, [], "{}", template.question);
            }
            assert_eq!(
                template
                    .opinion()
                    .signing_problems(Some(template.initial_status)),
                [],
                "{}",
                template.question
            );
        }
        assert!(file.decline_comments.keys().all(|code| {
            crate::domain::text_enum::TextEnum::parse(code)
                .map(|_: DeclineReason| ())
                .is_some()
        }));
    }
}
