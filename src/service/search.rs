//! Finding cases: folded words of reference and question, and the accession number as a keyed hash.

use std::collections::BTreeSet;

use crate::domain::cases::PatientContext;
use crate::domain::folding::folded;
use crate::domain::ids::CaseId;
use crate::sealing::{Sealing, SealingError};

/// Words longer than that are cut: nobody types them whole.
const WORD_MAX: usize = 40;
/// Words of one text kept at most.
const WORDS_MAX: usize = 400;

/// The words of a text: lower case, without diacritics, of at least two characters.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    folded(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= 2)
        .map(|word| word.chars().take(WORD_MAX).collect())
        .take(WORDS_MAX)
        .collect()
}

/// What to look for when somebody types `text`: its words, and the whole of it as an accession number.
pub(super) fn looked_for(sealing: &Sealing, text: &str) -> (Vec<String>, String) {
    (
        words(text).into_iter().collect(),
        accession_word(sealing, text),
    )
}

/// The word under which an accession number is found: a keyed hash, so that it is found whole but never read.
pub(super) fn accession_word(sealing: &Sealing, number: &str) -> String {
    let plain: String = folded(number)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    format!("#{}", sealing.keyed_hash(&plain))
}

impl Sealing {
    /// Seals the patient context of a case.
    pub(super) fn seal_patient(
        &self,
        case: CaseId,
        patient: &PatientContext,
    ) -> Result<String, SealingError> {
        self.seal(&format!("case_patients/{case}"), patient)
    }

    /// Opens the patient context of a case.
    pub(super) fn open_patient(
        &self,
        case: CaseId,
        sealed: &str,
    ) -> Result<PatientContext, SealingError> {
        self.open(&format!("case_patients/{case}"), sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diacritics_case_and_ligatures_are_forgiven() {
        let found: Vec<String> = words("Métastase d'un ADÉNOCARCINOME ? œil, 3e lecture")
            .into_iter()
            .collect();
        assert_eq!(
            found,
            ["3e", "adenocarcinome", "lecture", "metastase", "un", "œil"]
        );
        assert_eq!(words("  -- ! a"), BTreeSet::new());
    }

    #[test]
    fn an_accession_number_is_found_however_it_is_spaced_and_stays_unread() {
        let sealing = Sealing::new(&[3; 32]);
        let word = accession_word(&sealing, "26H00123");
        assert_eq!(word, accession_word(&sealing, " 26h-00123 "));
        assert_ne!(word, accession_word(&sealing, "26H00124"));
        assert!(!word.contains("26"[..].trim()) || !word.contains("00123"));
    }
}
