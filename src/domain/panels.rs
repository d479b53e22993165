//! Panels: several experts of different laboratories read one case, each without knowing what the others read.
//!
//! The expert who holds the case is the chair and has the first seat. Each reader signs a reading of their own; when all have, or a
//! coordinator closes the panel, the readings are revealed, and the chair writes the consensus opinion over them. Who may read what
//! of a reading is decided in [`super::permissions::seat_sight`].

use serde::{Deserialize, Serialize};

use super::agreement;
use super::opinions::{OpinionContent, OpinionKind};
use super::text_enum::text_enum;

pub mod time;

/// Most readers of a panel, the chair among them; the fewest are two.
pub const READERS_MAX: usize = 5;

text_enum! {
    /// What became of a seat.
    pub enum SeatState {
        /// The expert has not answered yet.
        Invited = "invited",
        /// The expert reads.
        Accepted = "accepted",
        /// The expert has signed their reading.
        Signed = "signed",
        /// The expert gave the seat back.
        Declined = "declined",
        /// The exchange took the seat back, and nobody else has it.
        Freed = "freed",
        /// The seat went to somebody else.
        Replaced = "replaced",
    }
}

impl SeatState {
    /// Whether the expert sits on the panel.
    pub fn sits(self) -> bool {
        matches!(self, Self::Invited | Self::Accepted | Self::Signed)
    }

    /// Whether a coordinator may give the seat to somebody else: nobody has signed for it, and nobody else has it.
    pub fn goes_elsewhere(self) -> bool {
        matches!(
            self,
            Self::Invited | Self::Accepted | Self::Declined | Self::Freed
        )
    }
}

text_enum! {
    /// Where a panel stands: what everybody may read of its readings follows from it.
    pub enum PanelPhase {
        /// Each reads alone.
        Blind = "blind",
        /// The readings lie open among the panel.
        Revealed = "revealed",
        /// The consensus opinion is signed.
        Answered = "answered",
    }
}

text_enum! {
    /// What a reader says of the consensus that somebody else signed.
    pub enum Stance {
        /// They sign it too.
        Cosigned = "cosigned",
        /// They dissent.
        Dissented = "dissented",
    }
}

impl Stance {
    /// What a signed form of that kind says; none when it says nothing of another one.
    pub fn of(kind: OpinionKind) -> Option<Self> {
        match kind {
            OpinionKind::Cosignature => Some(Self::Cosigned),
            OpinionKind::Dissent => Some(Self::Dissented),
            OpinionKind::Preliminary
            | OpinionKind::Opinion
            | OpinionKind::Addendum
            | OpinionKind::Correction
            | OpinionKind::Amendment
            | OpinionKind::Reading => None,
        }
    }
}

/// How many of the pairs of readings say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    /// Readings that say something in this respect.
    pub readings: usize,
    /// Their pairs.
    pub pairs: usize,
    /// Those of the pairs that say the same.
    pub alike: usize,
}

/// How far the readings of a panel agree, in each respect in which at least two of them say something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelAgreement {
    /// On the submitter's diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concordance: Option<Alike>,
    /// On the lesion, of readings with a whole ADICAP code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesion: Option<Alike>,
    /// On the ICD-O-3 morphology with its behaviour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub morphology: Option<Alike>,
}

/// How far readings agree.
pub fn agreement(readings: &[OpinionContent]) -> PanelAgreement {
    let of = |said: &dyn Fn(&OpinionContent) -> Option<String>| {
        let said: Vec<String> = readings.iter().filter_map(said).collect();
        let (alike, pairs) = agreement::pairs_alike(&said);
        (pairs > 0).then_some(Alike {
            readings: said.len(),
            pairs,
            alike,
        })
    };
    PanelAgreement {
        concordance: of(&|one| one.concordance.map(|said| said.to_string())),
        lesion: of(&OpinionContent::lesion),
        morphology: of(&|one| one.morphology.as_deref().map(plain)),
    }
}

/// A code without what people write between its parts.
fn plain(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|one| one.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::opinions::Concordance;

    fn reading(
        said: Concordance,
        adicap: Option<&str>,
        morphology: Option<&str>,
    ) -> OpinionContent {
        OpinionContent {
            concordance: Some(said),
            adicap: adicap.map(Into::into),
            morphology: morphology.map(Into::into),
            ..OpinionContent::default()
        }
    }

    #[test]
    fn readings_are_compared_in_each_respect_by_those_who_say_something_in_it() {
        use Concordance::{Concordant, MajorDiscordance};
        let three = [
            reading(Concordant, Some("BHGSA7B5"), Some("8500/3")),
            reading(Concordant, Some("OHGSa7b5"), None),
            reading(MajorDiscordance, Some("A7B0"), Some("8520/3")),
        ];
        let alike = |readings, pairs, alike| {
            Some(Alike {
                readings,
                pairs,
                alike,
            })
        };
        let found = agreement(&three);
        assert_eq!(found.concordance, alike(3, 3, 1));
        assert_eq!(found.lesion, alike(2, 1, 1), "a part of a code is none");
        assert_eq!(found.morphology, alike(2, 1, 0));
        assert_eq!(agreement(&three[..1]), PanelAgreement::default());
        assert_eq!(agreement(&[]), PanelAgreement::default());
    }
}
