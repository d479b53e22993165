//! A case: what a submitter sends, and where it stands.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{LaboratoryId, NetworkId, PersonId, SlideSourceId};
use super::panels::{PanelPhase, SeatState};
use super::slides::SlideLocation;
use super::text_enum::text_enum;
use super::turnaround::Urgency;

text_enum! {
    /// Where a case stands in its life.
    pub enum CaseState {
        /// Being written by its submitter; nobody else sees it.
        Draft = "draft",
        /// Sent: held for triage, waiting for routing, or unrouted with reasons.
        Submitted = "submitted",
        /// Offered to one expert, who has not answered the offer yet.
        Offered = "offered",
        /// An expert has accepted and reads.
        Accepted = "accepted",
        /// The opinion is signed; the submitter has not acknowledged it yet.
        Signed = "signed",
        /// The submitter has read the opinion and said what they make of it.
        Acknowledged = "acknowledged",
        /// Nothing more is expected, but for the outcome that follow-up may show.
        Closed = "closed",
        /// An end: taken back by the submitter.
        Withdrawn = "withdrawn",
        /// An end: refused by the pool.
        Refused = "refused",
    }
}

impl CaseState {
    /// Whether an answer is still owed: the states whose cases the queues show and the partial indexes hold.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::Offered | Self::Accepted)
    }

    /// Whether nothing more is expected of it, unless it is reopened.
    pub fn is_over(self) -> bool {
        self == Self::Closed || self.is_terminal()
    }

    /// Whether nothing leads out of it. What was signed before can still be mended.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Refused)
    }
}

text_enum! {
    /// Why a submitted case is not offered to anybody yet.
    pub enum WaitingFor {
        /// A coordinator's triage: this pool does not route by itself.
        Triage = "triage",
        /// The router, which has not run yet.
        Routing = "routing",
        /// A coordinator: no expert is eligible; the reasons stand with the case.
        Candidate = "candidate",
    }
}

text_enum! {
    /// What the submitter's own diagnosis is worth. Discordance is comparable only when stratified by it
    /// (Lymphopath: 3.7 % changed after a formal diagnosis, 37.8 % after a provisional one).
    pub enum InitialDiagnosisStatus {
        /// A diagnosis the submitter would sign.
        Formal = "formal",
        /// A working diagnosis.
        Provisional = "provisional",
        /// No diagnosis was made.
        None = "none",
    }
}

text_enum! {
    /// Administrative sex as far as a reading needs it.
    pub enum Sex {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// Neither, or both.
        Other = "other",
        /// Not known.
        Unknown = "unknown",
    }
}

text_enum! {
    /// Why an expert gives an offer or an accepted case back.
    pub enum DeclineReason {
        /// A conflict of interest: same establishment, an own earlier report, a relation.
        ConflictOfInterest = "conflict_of_interest",
        /// Away at the time.
        Absent = "absent",
        /// Too much to read already.
        Overloaded = "overloaded",
        /// Not the expert's field.
        OutOfScope = "out_of_scope",
        /// Cannot be answered on digital slides: glass or a block is needed.
        NeedsGlass = "needs_glass",
    }
}

text_enum! {
    /// Why a pool refuses a case.
    pub enum RefusalReason {
        /// Not a question for this service.
        OutOfScope = "out_of_scope",
        /// The slides cannot be read and no better ones can be had.
        Quality = "quality",
        /// The same question has been asked already.
        Duplicate = "duplicate",
        /// Slides or context belong to another patient.
        WrongPatient = "wrong_patient",
    }
}

text_enum! {
    /// Why a coordinator takes a case back from an expert.
    pub enum TakeoverReason {
        /// The expert is away.
        Absence = "absence",
        /// The expert does not answer.
        NoAnswer = "no_answer",
        /// The expert has too much to read.
        Overload = "overload",
        /// A conflict of interest came to light.
        ConflictOfInterest = "conflict_of_interest",
        /// The expert asked for it.
        OnRequest = "on_request",
    }
}

text_enum! {
    /// Why an unopened case goes from one expert to another by itself.
    pub enum MoveReason {
        /// The expert is away until the offer ends.
        Absence = "absence",
        /// A coordinator keeps the case for somebody else.
        Pinned = "pinned",
        /// A coordinator excludes the expert from the case.
        Excluded = "excluded",
        /// Its time ran out unopened, and somebody else would answer clearly sooner.
        Escalated = "escalated",
        /// A coordinator agreed to a proposal that gives it to somebody else.
        Rebalanced = "rebalanced",
        /// The expert left the pool.
        Left = "left",
        /// A conflict of interest with the laboratory was declared.
        Recused = "recused",
        /// A coordinator named the earlier case that it goes on from.
        Earlier = "earlier",
    }
}

text_enum! {
    /// What a coordinator decided about an expert and a case.
    pub enum InstructionKind {
        /// Nobody else is given it.
        Pin = "pin",
        /// They are not given it.
        Exclude = "exclude",
    }
}

text_enum! {
    /// What an expert or a coordinator asks of the submitter.
    pub enum InformationKind {
        /// History, imaging, treatment.
        ClinicalData = "clinical_data",
        /// A sharper or more complete scan.
        BetterScan = "better_scan",
        /// Further slides of the same blocks, deeper levels.
        MoreSlides = "more_slides",
        /// A further stain.
        Stain = "stain",
        /// A paraffin block.
        Block = "block",
        /// An earlier report.
        PriorReport = "prior_report",
        /// Anything else.
        Other = "other",
    }
}

text_enum! {
    /// Ancillary work done on the material while the answer waits.
    pub enum AncillaryKind {
        /// Immunohistochemistry.
        Immunohistochemistry = "immunohistochemistry",
        /// A special stain.
        SpecialStain = "special_stain",
        /// In situ hybridisation.
        InSituHybridisation = "in_situ_hybridisation",
        /// A molecular test.
        Molecular = "molecular",
    }
}

text_enum! {
    /// What the submitter makes of a signed opinion.
    pub enum Acknowledgement {
        /// Agrees with the opinion.
        Agrees = "agrees",
        /// Has integrated it into the laboratory's own report.
        Integrated = "integrated",
        /// Has read it and reserves judgement.
        Noted = "noted",
    }
}

text_enum! {
    /// What follow-up showed about who was right.
    pub enum OutcomeVerdict {
        /// Follow-up supports the expert's opinion.
        ExpertRight = "expert_right",
        /// Follow-up supports the submitter's diagnosis.
        SubmitterRight = "submitter_right",
        /// Follow-up supports both.
        BothRight = "both_right",
        /// Follow-up supports neither.
        NeitherRight = "neither_right",
        /// Follow-up does not tell.
        Undetermined = "undetermined",
    }
}

/// The submitter's own diagnosis and its status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialDiagnosis {
    /// Formal, provisional or none.
    pub status: InitialDiagnosisStatus,
    /// The diagnosis in words; required unless the status is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// ADICAP code, where the laboratory codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adicap: Option<String>,
}

/// The least patient data that a reading needs. Sealed at rest, in one table, never in a queue, URL, log or message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientContext {
    /// The laboratory's own accession number, by which it finds the case again.
    pub accession_number: String,
    /// Year of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<u16>,
    /// Administrative sex.
    pub sex: Sex,
    /// INS, only where the network's regime requires it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ins: Option<String>,
}

impl std::fmt::Debug for PatientContext {
    /// Says nothing: a debug print must not carry patient data into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientContext(sealed)")
    }
}

/// That the patient was told and did not object (CSP R.6316-2, HAS guide of May 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientInformation {
    /// The patient, or who answers for them, was informed of the second opinion.
    pub informed: bool,
    /// And did not object.
    pub non_opposition: bool,
    /// On that day, in the laboratory's territory.
    pub date: NaiveDate,
}

/// What the submitter allows beforehand, so that nobody waits for a yes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreAuthorisations {
    /// Further stains on the laboratory's material.
    #[serde(default)]
    pub further_stains: bool,
    /// Sending a block to the expert.
    #[serde(default)]
    pub send_block: bool,
    /// Widening the reading to a panel.
    #[serde(default)]
    pub panel: bool,
}

/// A stain or test done before the case was sent, with its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkDone {
    /// The marker, stain or test.
    pub technique: String,
    /// Its result in words.
    #[serde(default)]
    pub result: String,
}

/// A slide and where its pixels live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlideContent {
    /// The laboratory's own name of the slide; no identity.
    pub label: String,
    /// H&E, an IHC marker, a special stain.
    pub stain: String,
    /// The registered slide source that holds it.
    pub source: SlideSourceId,
    /// Where on that source.
    pub location: SlideLocation,
    /// Why the case goes out although this slide cannot be read; required then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable_because: Option<String>,
}

/// A block of a specimen with its slides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockContent {
    /// The block's name in the laboratory, such as `A1`.
    pub label: String,
    /// Its slides.
    pub slides: Vec<SlideContent>,
}

/// A specimen with its blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecimenContent {
    /// The specimen's name in the laboratory, such as `A`.
    pub label: String,
    /// Anatomical site in words.
    pub site: String,
    /// Kind of sampling in words: biopsy, resection, cytology.
    pub procedure: String,
    /// Its blocks.
    pub blocks: Vec<BlockContent>,
}

/// Everything a submitter writes. A draft may lack nearly all of it; [`missing_for_submission`] tells what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseContent {
    /// The question to the expert, in words.
    #[serde(default)]
    pub question: String,
    /// Subspecialty code, which routing reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subspecialty: Option<String>,
    /// Urgency; routine unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// Why it is urgent; required unless routine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency_reason: Option<String>,
    /// History, imaging, treatment: what the reading needs, without identity.
    #[serde(default)]
    pub clinical_context: String,
    /// Macroscopy in words.
    #[serde(default)]
    pub macroscopy: String,
    /// The submitter's own diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_diagnosis: Option<InitialDiagnosis>,
    /// What has been done already.
    #[serde(default)]
    pub work_done: Vec<WorkDone>,
    /// What is allowed beforehand.
    #[serde(default)]
    pub pre_authorisations: PreAuthorisations,
    /// The patient, sealed at rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientContext>,
    /// That the patient was informed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_information: Option<PatientInformation>,
    /// Number in the national tracker of second opinions; reimbursement depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diaginter_number: Option<String>,
    /// Reference of an earlier case of the laboratory that this one goes on from: the same patient under another accession number, a
    /// relative, a comparison. Whoever answered that one reads this one too, unless it would be late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// Languages the submitter reads, ISO 639-1; French when empty.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Specimens with their blocks and linked slides.
    #[serde(default)]
    pub specimens: Vec<SpecimenContent>,
}

impl CaseContent {
    /// The slides of every specimen and block, each with its JSON pointer.
    pub fn slides(&self) -> impl Iterator<Item = (String, &SlideContent)> {
        self.specimens.iter().enumerate().flat_map(|(s, specimen)| {
            specimen
                .blocks
                .iter()
                .enumerate()
                .flat_map(move |(b, block)| {
                    block.slides.iter().enumerate().map(move |(l, slide)| {
                        (format!("/specimens/{s}/blocks/{b}/slides/{l}"), slide)
                    })
                })
        })
    }

    /// The urgency, routine unless said otherwise.
    pub fn urgency_or_routine(&self) -> Urgency {
        self.urgency.unwrap_or(Urgency::Routine)
    }
}

/// The case as its rules see it: what decides which command may run, without content.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseFacts {
    /// Where it stands.
    pub state: CaseState,
    /// Whether it was ever sent. A draft that is withdrawn never was, and stays its laboratory's own.
    pub sent: bool,
    /// Why it is not offered, when submitted.
    pub waiting_for: Option<WaitingFor>,
    /// The laboratory that owns it.
    pub laboratory: LaboratoryId,
    /// The network whose pool holds it now.
    pub network: NetworkId,
    /// The expert it is offered to, or who accepted it, or who signed it.
    pub expert: Option<PersonId>,
    /// When the live offer expires.
    pub offer_expires_at: Option<DateTime<Utc>>,
    /// Why the clock stands still, each kind with how many things it waits for.
    pub pauses: Vec<super::turnaround::PauseKind>,
    /// The submitter has asked for an accepted case back.
    pub withdrawal_requested: bool,
    /// What the submitter allowed beforehand.
    pub pre_authorisations: PreAuthorisations,
    /// What the submitter's own diagnosis was worth.
    pub initial_status: Option<InitialDiagnosisStatus>,
    /// Who signed an opinion, or a reading of a panel, on it before it was last reopened.
    pub former_signers: Vec<PersonId>,
    /// Where the panel of this cycle stands; none without one.
    pub panel: Option<PanelPhase>,
    /// Who sits or sat on it, and how.
    pub seats: Vec<(PersonId, SeatState)>,
}
