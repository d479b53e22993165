//! The expert's structured answer and its versions.

use serde::{Deserialize, Serialize};

use super::cases::{InitialDiagnosis, InitialDiagnosisStatus};
use super::codes::CodeSystem;
use super::commands::TextCheck;
use super::ids::SlideId;
use super::problems::{FieldProblem, FieldRule};
use super::snapshots::{self, SnapshotSaid};
use super::synoptic::Synoptic;
use super::text_enum::text_enum;

text_enum! {
    /// Expert against submitter's diagnosis.
    pub enum Concordance {
        /// The same diagnosis.
        Concordant = "concordant",
        /// A difference without effect on care.
        MinorDiscordance = "minor_discordance",
        /// A difference that affects care.
        MajorDiscordance = "major_discordance",
        /// Cannot be compared: no initial diagnosis, or the material does not allow an answer.
        NotAssessable = "not_assessable",
    }
}

text_enum! {
    /// How sure the expert is of the conclusion.
    pub enum Confidence {
        /// Further work would hardly change it.
        High = "high",
        /// Further work may refine it.
        Moderate = "moderate",
        /// Further work may overturn it.
        Low = "low",
    }
}

/// A program that took part in the reading.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AiAssistance {
    /// Its name and maker.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// What its maker says it is for.
    pub intended_use: String,
    /// Whether it bears the CE marking for that.
    pub ce_marked: bool,
    /// What it changed in the reading.
    pub effect: String,
}

text_enum! {
    /// What a version of an opinion is, beside those before it.
    pub enum OpinionKind {
        /// Released before signing; may still change.
        Preliminary = "preliminary",
        /// The signed opinion that answers the case, one for each clock cycle.
        Opinion = "opinion",
        /// Adds to the opinion, alters nothing.
        Addendum = "addendum",
        /// Mends an error that is not diagnostic.
        Correction = "correction",
        /// Changes the conclusion.
        Amendment = "amendment",
        /// What one reader of a panel read; its number is that of the seat. It is no version of the opinion.
        Reading = "reading",
        /// That another reader of the panel signs the version too that it follows; its number is that of the seat, its content empty.
        Cosignature = "cosignature",
        /// That another reader of the panel dissents from the version that it follows, with the reason; as a co-signature.
        Dissent = "dissent",
    }
}

/// The sections of an opinion, after IHE APSR 2.1; only the conclusion is mandatory there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpinionContent {
    /// Clinical information as the expert understood it.
    #[serde(default)]
    pub clinical_information: String,
    /// Macroscopy.
    #[serde(default)]
    pub macroscopy: String,
    /// Microscopy.
    #[serde(default)]
    pub microscopy: String,
    /// Ancillary studies.
    #[serde(default)]
    pub ancillary_studies: String,
    /// The diagnostic conclusion.
    #[serde(default)]
    pub conclusion: String,
    /// Comment.
    #[serde(default)]
    pub comment: String,
    /// Recommended further work.
    #[serde(default)]
    pub recommendation: String,
    /// What could not be assessed, image quality.
    #[serde(default)]
    pub limits: String,
    /// Publications and classifications that the conclusion rests on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub references: String,
    /// Technical incidents of the teleexpertise (CSP art. R.6316-4).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub technical_incidents: String,
    /// How sure the expert is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The slides that the expert looked at, of those linked to the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slides_consulted: Vec<SlideId>,
    /// Pictures of what the expert saw, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotSaid>,
    /// The program that took part; none is a declaration too, and is signed as `null`.
    #[serde(default)]
    pub ai_assistance: Option<AiAssistance>,
    /// ADICAP code of the conclusion, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adicap: Option<String>,
    /// ICD-O-3 topography, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topography: Option<String>,
    /// ICD-O-3 morphology with its behaviour, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub morphology: Option<String>,
    /// Against the submitter's diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concordance: Option<Concordance>,
    /// The answers to a synoptic template, where one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synoptic: Option<Synoptic>,
}

/// Longest text of one section, in characters.
pub const SECTION_MAX: usize = 20_000;
/// Most slides that an opinion names.
const SLIDES_MAX: usize = 500;
/// Longest name or version of a program, in characters.
const NAME_MAX: usize = 200;
/// Longest text in the place of a code, in characters: a draft may hold the words by which the code is looked for.
const CODE_MAX: usize = 200;

impl OpinionContent {
    /// The sections with their field names, in reading order.
    fn sections(&self) -> [(&'static str, &str); 10] {
        [
            ("clinical_information", &self.clinical_information),
            ("macroscopy", &self.macroscopy),
            ("microscopy", &self.microscopy),
            ("ancillary_studies", &self.ancillary_studies),
            ("conclusion", &self.conclusion),
            ("comment", &self.comment),
            ("recommendation", &self.recommendation),
            ("limits", &self.limits),
            ("references", &self.references),
            ("technical_incidents", &self.technical_incidents),
        ]
    }

    /// The codes as typed, each with its field.
    pub fn codes(&self) -> impl Iterator<Item = (CodeSystem, &'static str, &str)> {
        [
            (CodeSystem::Adicap, "adicap", &self.adicap),
            (CodeSystem::Topography, "topography", &self.topography),
            (CodeSystem::Morphology, "morphology", &self.morphology),
        ]
        .into_iter()
        .filter_map(|(system, field, typed)| Some((system, field, typed.as_deref()?)))
    }

    /// What makes the content unfit to be kept even as a draft: texts that are too long, and control characters.
    pub fn draft_problems(&self) -> Vec<FieldProblem> {
        let mut check = TextCheck::default();
        for (name, text) in self.sections() {
            check.at_most(format!("/{name}"), text, SECTION_MAX);
        }
        for (_, field, typed) in self.codes() {
            check.at_most(format!("/{field}"), typed, CODE_MAX);
        }
        if let Some(tool) = &self.ai_assistance {
            check.at_most("/ai_assistance/tool", &tool.tool, NAME_MAX);
            check.at_most("/ai_assistance/version", &tool.version, NAME_MAX);
            check.at_most(
                "/ai_assistance/intended_use",
                &tool.intended_use,
                SECTION_MAX,
            );
            check.at_most("/ai_assistance/effect", &tool.effect, SECTION_MAX);
        }
        let mut problems = check.problems;
        problems.extend(self.slide_problems());
        problems.extend(snapshots::draft_problems(&self.snapshots));
        problems.extend(self.synoptic.iter().flat_map(Synoptic::draft_problems));
        problems
    }

    /// Too many slides, or one that is named twice.
    fn slide_problems(&self) -> Vec<FieldProblem> {
        let slides = &self.slides_consulted;
        if slides.len() > SLIDES_MAX {
            let rule = FieldRule::TooLong { max: SLIDES_MAX };
            return vec![FieldProblem::new("/slides_consulted", rule)];
        }
        let mut seen = std::collections::HashSet::new();
        let twice = |(_, slide): &(usize, &SlideId)| !seen.insert(**slide);
        let twice: Vec<_> = slides.iter().enumerate().filter(twice).collect();
        twice
            .into_iter()
            .map(|(n, _)| FieldProblem::new(format!("/slides_consulted/{n}"), FieldRule::Duplicate))
            .collect()
    }

    /// Slides that are none of the case's.
    pub fn foreign_slides(&self, of_case: &[SlideId]) -> Vec<FieldProblem> {
        let slides = self.slides_consulted.iter().enumerate();
        slides
            .filter(|(_, slide)| !of_case.contains(slide))
            .map(|(n, _)| {
                FieldProblem::new(format!("/slides_consulted/{n}"), FieldRule::UnknownCode)
            })
            .collect()
    }

    /// The lesion of the diagnosis, where its ADICAP code is whole.
    pub fn lesion(&self) -> Option<String> {
        lesion(self.adicap.as_deref()?)
    }

    /// What the declared concordance cannot stand beside: the same diagnosis cannot have two lesions.
    pub fn contradiction(&self, initial: Option<&InitialDiagnosis>) -> Option<FieldProblem> {
        let theirs = initial.and_then(|one| lesion(one.adicap.as_deref()?))?;
        let ours = self.lesion()?;
        (self.concordance == Some(Concordance::Concordant) && ours != theirs)
            .then(|| FieldProblem::new("/concordance", FieldRule::Contradicts))
    }

    /// What keeps the content from being released or signed, for a case whose submitter's diagnosis had that status.
    pub fn signing_problems(&self, initial: Option<InitialDiagnosisStatus>) -> Vec<FieldProblem> {
        let mut problems = self.draft_problems();
        if self.conclusion.trim().is_empty() {
            problems.push(FieldProblem::new("/conclusion", FieldRule::Required));
        }
        if let Some(tool) = &self.ai_assistance {
            // A declaration that leaves out what was used, in which version or for what declares nothing.
            for (name, text) in [
                ("tool", &tool.tool),
                ("version", &tool.version),
                ("intended_use", &tool.intended_use),
                ("effect", &tool.effect),
            ] {
                if text.trim().is_empty() {
                    let pointer = format!("/ai_assistance/{name}");
                    problems.push(FieldProblem::new(pointer, FieldRule::Required));
                }
            }
        }
        match (self.concordance, initial) {
            (None, _) => problems.push(FieldProblem::new("/concordance", FieldRule::Required)),
            (Some(said), Some(InitialDiagnosisStatus::None) | None)
                if said != Concordance::NotAssessable =>
            {
                problems.push(FieldProblem::new(
                    "/concordance",
                    FieldRule::NothingToCompare,
                ));
            }
            _ => {}
        }
        problems
    }
}

/// The lesion of a whole ADICAP code: its last four characters, after sampling, technique and organ.
fn lesion(code: &str) -> Option<String> {
    let letters: Vec<char> = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let whole = letters.len() == 8;
    let lesion = letters.get(4..)?.iter();
    whole.then(|| lesion.map(char::to_ascii_uppercase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_diagnosis_has_one_lesion() {
        let initial = |adicap: Option<&str>| InitialDiagnosis {
            status: InitialDiagnosisStatus::Formal,
            text: None,
            adicap: adicap.map(Into::into),
        };
        let mut answer = content("x", Some(Concordance::Concordant));
        for (theirs, ours, contradicts) in [
            (Some("BHGSA7A0"), Some("BHGSA7B5"), true),
            (Some("BHGSA7A0"), Some("OHGSa7a0"), false),
            (Some("A7A0"), Some("BHGSA7B5"), false),
            (None, Some("BHGSA7B5"), false),
            (Some("BHGSA7A0"), None, false),
        ] {
            answer.adicap = ours.map(Into::into);
            let found = answer.contradiction(Some(&initial(theirs)));
            assert_eq!(found.is_some(), contradicts, "{theirs:?} {ours:?}");
        }
        answer.adicap = Some("BHGSA7B5".into());
        answer.concordance = Some(Concordance::MinorDiscordance);
        assert_eq!(answer.contradiction(Some(&initial(Some("BHGSA7A0")))), None);
    }

    #[test]
    fn a_declared_program_is_declared_whole() {
        let mut answer = content("x", Some(Concordance::Concordant));
        answer.ai_assistance = Some(AiAssistance::default());
        assert_eq!(answer.draft_problems(), []);
        let problems = answer.signing_problems(Some(InitialDiagnosisStatus::Formal));
        assert_eq!(problems.len(), 4, "{problems:?}");
    }

    fn content(conclusion: &str, concordance: Option<Concordance>) -> OpinionContent {
        OpinionContent {
            conclusion: conclusion.into(),
            concordance,
            ..OpinionContent::default()
        }
    }

    #[test]
    fn an_opinion_needs_a_conclusion_and_an_honest_concordance() {
        use Concordance::*;
        use InitialDiagnosisStatus as Status;
        let cases = [
            ("adenoma", Some(Concordant), Some(Status::Formal), 0),
            ("adenoma", Some(NotAssessable), Some(Status::None), 0),
            ("adenoma", Some(Concordant), Some(Status::None), 1),
            ("adenoma", None, Some(Status::Provisional), 1),
            ("  ", None, Some(Status::Formal), 2),
        ];
        for (conclusion, concordance, status, expected) in cases {
            let problems = content(conclusion, concordance).signing_problems(status);
            assert_eq!(
                problems.len(),
                expected,
                "{conclusion:?} {concordance:?} {status:?}: {problems:?}"
            );
        }
    }

    #[test]
    fn control_characters_and_long_codes_are_refused_even_in_a_draft() {
        let mut bad = content("a\u{0}b", None);
        bad.adicap = Some("B".repeat(CODE_MAX + 1));
        assert_eq!(bad.draft_problems().len(), 2);
        assert!(
            content("first\nsecond\tline", None)
                .draft_problems()
                .is_empty()
        );
    }

    #[test]
    fn an_overlong_section_is_refused_even_in_a_draft() {
        let problems = content(&"é".repeat(SECTION_MAX + 1), None).draft_problems();
        assert_eq!(problems.len(), 1);
        assert!(
            content(&"é".repeat(SECTION_MAX), None)
                .draft_problems()
                .is_empty()
        );
    }
}
