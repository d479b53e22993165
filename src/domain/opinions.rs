//! The expert's structured answer and its versions.

use serde::{Deserialize, Serialize};

use super::cases::InitialDiagnosisStatus;
use super::commands::TextCheck;
use super::problems::{FieldProblem, FieldRule};
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
    /// ADICAP code of the conclusion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adicap: Option<String>,
    /// Against the submitter's diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concordance: Option<Concordance>,
}

/// Longest text of one section, in characters.
pub const SECTION_MAX: usize = 20_000;
/// Longest ADICAP code, in characters.
const ADICAP_MAX: usize = 20;

impl OpinionContent {
    /// The sections with their field names, in reading order.
    fn sections(&self) -> [(&'static str, &str); 8] {
        [
            ("clinical_information", &self.clinical_information),
            ("macroscopy", &self.macroscopy),
            ("microscopy", &self.microscopy),
            ("ancillary_studies", &self.ancillary_studies),
            ("conclusion", &self.conclusion),
            ("comment", &self.comment),
            ("recommendation", &self.recommendation),
            ("limits", &self.limits),
        ]
    }

    /// What makes the content unfit to be kept even as a draft: texts that are too long, and control characters.
    pub fn draft_problems(&self) -> Vec<FieldProblem> {
        let mut check = TextCheck::default();
        for (name, text) in self.sections() {
            check.at_most(format!("/{name}"), text, SECTION_MAX);
        }
        let adicap = self.adicap.as_deref().unwrap_or_default();
        check.at_most("/adicap", adicap, ADICAP_MAX);
        check.problems
    }

    /// What keeps the content from being released or signed, for a case whose submitter's diagnosis had that status.
    pub fn signing_problems(&self, initial: Option<InitialDiagnosisStatus>) -> Vec<FieldProblem> {
        let mut problems = self.draft_problems();
        if self.conclusion.trim().is_empty() {
            problems.push(FieldProblem::new("/conclusion", FieldRule::Required));
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

#[cfg(test)]
mod tests {
    use super::*;

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
        bad.adicap = Some("B".repeat(ADICAP_MAX + 1));
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
