//! What an expert signs: the opinion with everything that tells whose it is, on which case, after which slides. No patient: a
//! signed statement leaves the exchange as a file.
//!
//! It carries the five things that CSP art. R.6316-4 asks of a teleexpertise: the report, the acts, the professionals, the day
//! and hour, and the technical incidents.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cases::InitialDiagnosisStatus;
use super::codes::Coded;
use super::ids::{CaseId, LaboratoryId, NetworkId, OpinionId, PersonId, SlideId};
use super::opinions::{Concordance, OpinionContent, OpinionKind};
use super::panels::Stance;
use super::snapshots::SnapshotNamed;
use super::synoptic::SynopticSaid;

/// The form of the statement, so that a reader of twenty years from now knows what it holds.
pub const FORM: &str = "relecture-opinion-7";
/// Forms that are still read: earlier ones knew fewer fields and kinds, and no other meaning.
pub const READ: [&str; 7] = [
    "relecture-opinion-1",
    "relecture-opinion-2",
    "relecture-opinion-3",
    "relecture-opinion-4",
    "relecture-opinion-5",
    "relecture-opinion-6",
    FORM,
];

/// A version of an opinion, as it is signed. Numbers in it are whole: decimals have no single canonical form (RFC 8785).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`FORM`].
    pub form: String,
    /// The case.
    pub case: CaseNamed,
    /// Who asked.
    pub requested_by: Requester,
    /// Who answers.
    pub signed_by: Signer,
    /// The instant of the signature, RFC 3339 in UTC.
    pub signed_at: DateTime<Utc>,
    /// The version that is signed.
    pub opinion: OpinionNamed,
    /// What the submitter's own diagnosis was worth when it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_diagnosis_status: Option<InitialDiagnosisStatus>,
    /// The codes of the diagnosis with what they stood for when it was signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Coded>,
    /// The answers to the synoptic template with the words that they had when it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synoptic: Option<SynopticSaid>,
    /// The slides linked to the case at that instant.
    pub slides: Vec<SlideNamed>,
    /// How the signer read these slides, as far as their viewers told. Empty when nothing was opened here; left out by the forms
    /// that did not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Vec<SlideRead>>,
    /// The readings of the panel that the answer was written over, those that disagree with it among them. Empty without a panel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panel: Vec<ReadingNamed>,
    /// The pictures that the content shows, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotNamed>,
    /// The answer.
    pub content: OpinionContent,
}

impl Statement {
    /// What this says of a version that another reader of the panel signed, by its digest; in words why it says nothing of it.
    ///
    /// # Errors
    /// In words.
    pub fn stance_on(&self, opinion: &Self, sha256: &str) -> Result<Stance, String> {
        let seat = self.opinion.version;
        let stance = Stance::of(self.opinion.kind);
        let stance = stance.ok_or("it neither co-signs an opinion nor dissents from one")?;
        let follows = self.opinion.follows.as_ref();
        let names = |one: &Followed| one.id == opinion.opinion.id && one.sha256 == sha256;
        if self.case != opinion.case || !follows.is_some_and(names) {
            return Err("it is about another opinion".into());
        }
        let reader = self.signed_by.person;
        let named = opinion.panel.iter().find(|one| one.seat == seat);
        if named.is_none_or(|one| one.reader != reader) || reader == opinion.signed_by.person {
            return Err("it is of no other reader of the panel".into());
        }
        Ok(stance)
    }
}

/// The case, by its own names only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseNamed {
    /// Identifier.
    pub id: CaseId,
    /// Human reference.
    pub reference: String,
}

/// The laboratory and the pathologist who asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// The laboratory.
    pub laboratory: LaboratoryId,
    /// Its name.
    pub laboratory_name: String,
    /// Its FINESS number, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finess: Option<String>,
    /// The submitter.
    pub person: PersonId,
    /// The submitter's name.
    pub name: String,
}

/// The expert and the pool they answer for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The expert.
    pub person: PersonId,
    /// The expert's name.
    pub name: String,
    /// RPPS number, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpps: Option<String>,
    /// The network whose pool held the case.
    pub network: NetworkId,
    /// Its name.
    pub network_name: String,
}

/// Which version of the opinion it is, and the one it follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpinionNamed {
    /// Identifier.
    pub id: OpinionId,
    /// Its number within the case, from 1.
    pub version: u32,
    /// Opinion, addendum, correction, amendment; or what a reader of a panel signs.
    pub kind: OpinionKind,
    /// The clock cycle it answers; of what adds to an opinion or mends it, that of the opinion.
    pub cycle: u32,
    /// The signed version before it, of whatever cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Followed>,
    /// Why there is another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The version before, named and hashed: a chain that cannot lose a link unseen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// Identifier.
    pub id: OpinionId,
    /// SHA-256 of the signed form of that version, lower-case hexadecimal.
    pub sha256: String,
}

/// A reading of a panel, named and hashed, with what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingNamed {
    /// Identifier.
    pub id: OpinionId,
    /// Number of the seat.
    pub seat: u32,
    /// The reader.
    pub reader: PersonId,
    /// The reader's name.
    pub name: String,
    /// SHA-256 of the signed form of the reading, lower-case hexadecimal.
    pub sha256: String,
    /// The reader's conclusion.
    pub conclusion: String,
    /// Against the submitter's diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concordance: Option<Concordance>,
}

/// How a slide was read before the signature: evidence beside what the expert declares. Nobody who reads elsewhere, at a microscope
/// or with another viewer, leaves any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlideRead {
    /// The slide.
    pub slide: SlideId,
    /// In how many sessions it was opened.
    pub sessions: u32,
    /// For how long it was in sight, seconds.
    pub seconds: i64,
    /// For how long of them in lighter pictures than the scanner's own.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub light_seconds: i64,
    /// The nearest look at it, nanometres of the slide in a pixel of the screen; left out where the slide's scale is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finest_nanometres: Option<i64>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl SlideRead {
    /// The magnification of the nearest look, as microscopes say it: 40 is 250 nanometres in a pixel.
    pub fn magnification(&self) -> Option<i64> {
        let times = self.finest_nanometres.map(|one| 10_000 / one.max(1));
        times.filter(|times| *times > 0)
    }
}

/// A slide of the case, without its address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlideNamed {
    /// Identifier.
    pub id: SlideId,
    /// The laboratory's label.
    pub label: String,
    /// Stain.
    pub stain: String,
    /// Whether its link could be read when it was checked last.
    pub readable: bool,
}
