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
use super::opinions::{OpinionContent, OpinionKind};

/// The form of the statement, so that a reader of twenty years from now knows what it holds.
pub const FORM: &str = "relecture-opinion-3";
/// Forms that are still read: earlier ones knew fewer fields, and no other meaning.
pub const READ: [&str; 3] = ["relecture-opinion-1", "relecture-opinion-2", FORM];

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
    /// The slides linked to the case at that instant.
    pub slides: Vec<SlideNamed>,
    /// The answer.
    pub content: OpinionContent,
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
    /// Opinion, addendum, correction or amendment.
    pub kind: OpinionKind,
    /// The clock cycle it answers.
    pub cycle: u32,
    /// The signed version it follows.
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
