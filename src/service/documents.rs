//! A case as a person reads it. What the person may not see is not in it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::panel_documents::PanelDocument;
use super::snapshots::SnapshotDocument;
use crate::domain::cases::{
    InitialDiagnosis, InstructionKind, PatientContext, PatientInformation, PreAuthorisations,
    WorkDone,
};
use crate::domain::ids::{CaseId, LaboratoryId, NetworkId, PersonId, SlideId, SlideSourceId};
use crate::domain::opinions::{OpinionContent, OpinionKind};
use crate::domain::permissions::{Relation, View};
use crate::domain::slides::{SlideFacts, SlideLocation};
use crate::domain::statement::SlideRead;
use crate::domain::targets::Promise;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::domain::turnaround::{PauseKind, Turnaround};
use crate::store::timestamps::TimestampRow;
use crate::store::{StoreError, instant};

/// A thing with its name.
#[derive(Debug, Clone, Serialize)]
pub struct Named<I> {
    /// Identifier.
    pub id: I,
    /// Name for people.
    pub name: String,
}

/// A slide with its link.
#[derive(Debug, Clone, Serialize)]
pub struct SlideDocument {
    /// Identifier.
    pub id: SlideId,
    /// The laboratory's label.
    pub label: String,
    /// Stain.
    pub stain: String,
    /// The slide source; only for who may open slides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SlideSourceId>,
    /// Where on the source; only for who may open slides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<SlideLocation>,
    /// Why the case went out although it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable_because: Option<String>,
    /// When the link was checked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<DateTime<Utc>>,
    /// Why it could not be read then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<SlideFacts>,
}

/// A block.
#[derive(Debug, Clone, Serialize)]
pub struct BlockDocument {
    /// The laboratory's label.
    pub label: String,
    /// Its slides.
    pub slides: Vec<SlideDocument>,
}

/// A specimen.
#[derive(Debug, Clone, Serialize)]
pub struct SpecimenDocument {
    /// The laboratory's label.
    pub label: String,
    /// Site.
    pub site: String,
    /// Kind of sampling.
    pub procedure: String,
    /// Its blocks.
    pub blocks: Vec<BlockDocument>,
}

/// An offer to an expert.
#[derive(Debug, Clone, Serialize)]
pub struct AssignmentDocument {
    /// Identifier.
    pub id: String,
    /// To whom.
    pub expert: Named<PersonId>,
    /// What became of it.
    pub state: String,
    /// When it was made.
    pub offered_at: DateTime<Utc>,
    /// When it ends unanswered.
    pub expires_at: DateTime<Utc>,
    /// When the answer was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_answer_at: Option<DateTime<Utc>>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why this expert, and what each rule said of the others; for coordinators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Value>,
}

/// What a coordinator decided about an expert and the case.
#[derive(Debug, Clone, Serialize)]
pub struct InstructionDocument {
    /// The expert.
    pub expert: Named<PersonId>,
    /// Kept for them, or never given to them.
    pub kind: InstructionKind,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub given_by: Named<PersonId>,
    /// When.
    pub given_at: DateTime<Utc>,
}

/// What a pause waits for.
#[derive(Debug, Clone, Serialize)]
pub struct RequestDocument {
    /// Identifier.
    pub id: String,
    /// Which pause it causes.
    pub pause: String,
    /// What is asked for.
    pub kind: String,
    /// In words; only for who may read content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// The reply; only for who may read content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
}

/// The time stamp of a signature.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TimestampDocument {
    /// Asked for.
    Pending,
    /// There.
    Stamped {
        /// The instant that the authority attests.
        at: DateTime<Utc>,
        /// The authority.
        authority: String,
    },
}

impl TimestampDocument {
    /// What an authority attested.
    pub(super) fn of(stamp: TimestampRow) -> Result<Self, StoreError> {
        Ok(Self::Stamped {
            at: instant(stamp.attested_at)?,
            authority: stamp.authority,
        })
    }
}

/// A version of the opinion.
#[derive(Debug, Clone, Serialize)]
pub struct OpinionDocument {
    /// Identifier.
    pub id: String,
    /// Its number, from 1.
    pub version: i32,
    /// Preliminary, opinion, addendum, correction, amendment.
    pub kind: String,
    /// The clock cycle it answers; of what adds to an opinion or mends it, that of the opinion.
    pub cycle: i32,
    /// The sections.
    pub content: OpinionContent,
    /// SHA-256 of the stored bytes of the content.
    pub sha256: String,
    /// SHA-256 of the signed form; none for a preliminary opinion, which nobody has signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_sha256: Option<String>,
    /// The time stamp of the signature; left out where nobody is asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimestampDocument>,
    /// How the signer read the slides, as the signature says; none for a preliminary opinion, and for one that was signed before it
    /// was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<Vec<SlideRead>>,
    /// The signed version before it, of whatever cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// The number of the version that it adds to or mends; none for what answers on its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revises: Option<i32>,
    /// Why there is another version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who signed or released it.
    pub signer: Named<PersonId>,
    /// When.
    pub signed_at: DateTime<Utc>,
}

impl OpinionDocument {
    /// Whether nobody has signed it.
    pub fn is_preliminary(&self) -> bool {
        self.kind == OpinionKind::Preliminary.as_str()
    }
}

/// When the answer is due, and how long it has taken.
#[derive(Debug, Clone, Serialize)]
pub struct TurnaroundDocument {
    /// Which clock cycle; 0 before submission.
    pub cycle: i32,
    /// When the answer is due; none while the clock stands still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When it is about to be late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning_at: Option<DateTime<Utc>>,
    /// Whether the due time has passed without an answer, or the answer came after it.
    pub late: bool,
    /// Seconds of the target's time that are left; negative when exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_seconds: Option<i64>,
    /// What was promised of the present cycle when it began; none before submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// The figures of each cycle, the first one first.
    pub cycles: Vec<Turnaround>,
}

/// A case as a person reads it.
#[derive(Debug, Clone, Serialize)]
pub struct CaseDocument {
    /// Identifier.
    pub id: CaseId,
    /// Human reference.
    pub reference: String,
    /// Version, which the ETag repeats.
    pub version: i64,
    /// How much of it this person sees.
    pub view: View,
    /// Where it stands.
    pub state: String,
    /// Why it is not offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
    /// Why nobody is eligible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrouted: Option<Value>,
    /// What this person may do now.
    pub commands: Vec<Command>,
    /// What is missing without being needed, such as the number of the national tracker.
    pub warnings: Vec<&'static str>,
    /// The laboratory that owns it.
    pub laboratory: Named<LaboratoryId>,
    /// Its territory.
    pub territory: String,
    /// The network that holds it.
    pub network: Named<NetworkId>,
    /// Who sent it.
    pub submitter: Named<PersonId>,
    /// Who holds or signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expert: Option<Named<PersonId>>,
    /// When the live offer ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_expires_at: Option<DateTime<Utc>>,
    /// Urgency.
    pub urgency: String,
    /// Why it is urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency_reason: Option<String>,
    /// Subspecialty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subspecialty: Option<String>,
    /// The question.
    pub question: String,
    /// History, imaging, treatment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clinical_context: Option<String>,
    /// Macroscopy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub macroscopy: Option<String>,
    /// The submitter's diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_diagnosis: Option<InitialDiagnosis>,
    /// What has been done.
    pub work_done: Vec<WorkDone>,
    /// What is allowed beforehand.
    pub pre_authorisations: PreAuthorisations,
    /// Languages the submitter reads.
    pub languages: Vec<String>,
    /// The patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientContext>,
    /// That the patient was informed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient_information: Option<PatientInformation>,
    /// Number in the national tracker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diaginter_number: Option<String>,
    /// Reference of the earlier case that it goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// As what somebody named it: submitter or coordinator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows_named_by: Option<Relation>,
    /// Specimens, blocks, slides.
    pub specimens: Vec<SpecimenDocument>,
    /// Offers, the oldest first.
    pub assignments: Vec<AssignmentDocument>,
    /// What coordinators decided about who reads it; for coordinators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<InstructionDocument>,
    /// What pauses waited or wait for.
    pub requests: Vec<RequestDocument>,
    /// Why the clock stands still.
    pub pauses: Vec<PauseKind>,
    /// Panels that read or read it, one for each cycle that had one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<PanelDocument>,
    /// Released and signed versions.
    pub opinions: Vec<OpinionDocument>,
    /// The pictures that these opinions, readings and this draft show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotDocument>,
    /// The expert's own draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion_draft: Option<OpinionContent>,
    /// Due time and figures.
    pub turnaround: TurnaroundDocument,
    /// The submitter asks for it back.
    pub withdrawal_requested: bool,
    /// What the submitter makes of the opinion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<String>,
    /// Why the submitter contests the concordance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contested_reason: Option<String>,
    /// What follow-up showed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Value>,
    /// When it was written first.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
}
