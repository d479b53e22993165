//! What each command of the transition table carries.

use serde::{Deserialize, Serialize};

use super::cases::{
    Acknowledgement, AncillaryKind, CaseContent, DeclineReason, InformationKind, OutcomeVerdict,
    RefusalReason, TakeoverReason,
};
use super::identifiers::CaseReference;
use super::ids::{NetworkId, PersonId, RequestId};
use super::opinions::OpinionContent;
use super::panels::READERS_MAX;
use super::problems::{FieldProblem, FieldRule};
use super::transitions::Command;
use super::turnaround::Urgency;

/// Longest free text of a command, in characters.
pub const TEXT_MAX: usize = 4_000;

macro_rules! bodies {
    ($($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type),* }
    )+};
}

bodies! {
    /// A command that carries nothing.
    Nothing {}
    /// Releases a held case to routing.
    Triage {
        /// Another urgency than the submitter's.
        #[serde(default)] urgency: Option<Urgency>,
        /// Another subspecialty than the submitter's.
        #[serde(default)] subspecialty: Option<String>,
    }
    /// Offers the case to a chosen expert.
    Offer {
        /// The expert.
        expert: PersonId,
        /// Why this one.
        reason: String,
    }
    /// A decision about an expert and the case that lasts.
    Instruct {
        /// The expert.
        expert: PersonId,
        /// Why; for coordinators only.
        reason: String,
    }
    /// Takes such a decision back.
    Lift {
        /// The expert it was about.
        expert: PersonId,
    }
    /// Names the earlier case that the case goes on from.
    NameEarlier {
        /// Its reference; without it, what a coordinator named before is taken back.
        #[serde(default)] follows: Option<String>,
        /// Why; whoever reads the case reads it.
        reason: String,
    }
    /// Gives the case back.
    Decline {
        /// Coded reason.
        reason: DeclineReason,
        /// In words; no patient identity.
        #[serde(default)] comment: String,
    }
    /// Takes the case back from its expert.
    TakeOver {
        /// Coded reason.
        reason: TakeoverReason,
        /// In words.
        #[serde(default)] comment: String,
        /// The expert who gets it next; the router chooses when left out.
        #[serde(default)] expert: Option<PersonId>,
    }
    /// Hands the case to another pool.
    Redirect {
        /// The other network.
        network: NetworkId,
        /// Why.
        reason: String,
    }
    /// Asks the submitter.
    RequestInformation {
        /// What is asked for.
        kind: InformationKind,
        /// The question.
        question: String,
    }
    /// Answers a question, closes an ancillary order, or confirms a shipment.
    Reply {
        /// The request that is answered.
        request: RequestId,
        /// The answer.
        reply: String,
    }
    /// Orders ancillary work.
    OrderAncillary {
        /// Its kind.
        kind: AncillaryKind,
        /// Markers, block, question.
        detail: String,
    }
    /// Sends glass or blocks.
    SendMaterial {
        /// What is sent, item by item, by the laboratory's own labels.
        items: Vec<String>,
        /// Who carries it.
        carrier: String,
        /// The carrier's tracking number.
        #[serde(default)] tracking: Option<String>,
    }
    /// Says something in words.
    Reason {
        /// The words.
        reason: String,
    }
    /// Refuses the case for the pool.
    Refuse {
        /// Coded reason.
        reason: RefusalReason,
        /// In words.
        #[serde(default)] comment: String,
    }
    /// Releases or signs an opinion: what is sent is what is kept.
    Answered {
        /// The opinion.
        opinion: OpinionContent,
    }
    /// A further version of a signed opinion.
    Revised {
        /// Why, and what changed.
        reason: String,
        /// The new version, whole.
        opinion: OpinionContent,
    }
    /// Has other experts read the case beside the one who holds it.
    Convene {
        /// The other experts, one to four.
        readers: Vec<PersonId>,
        /// Why a panel; for coordinators only.
        reason: String,
    }
    /// Gives a seat of the panel to somebody else.
    ReplaceReader {
        /// Whose seat it is, or was before they gave it back.
        reader: PersonId,
        /// Who gets it.
        expert: PersonId,
    }
    /// Says what becomes of the opinion.
    Acknowledge {
        /// Coded.
        acknowledgement: Acknowledgement,
        /// In words.
        #[serde(default)] comment: String,
    }
    /// Tells what follow-up showed.
    RecordOutcome {
        /// Who was right.
        verdict: OutcomeVerdict,
        /// What showed it.
        text: String,
    }
}

/// Reads the body of a command: a door knows how, the command knows as what.
pub trait ReadBody {
    /// Why a body is not what it should be.
    type Error;

    /// The body as a document of that type.
    ///
    /// # Errors
    /// When it is none.
    fn read<T: serde::de::DeserializeOwned + Serialize>(&mut self) -> Result<T, Self::Error>;

    /// The body of a command that carries nothing, which may be left out.
    ///
    /// # Errors
    /// When it carries something.
    fn read_nothing(&mut self) -> Result<Nothing, Self::Error>;
}

/// A command with what it carries, as a person gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandBody {
    /// See [`Command::SaveDraft`].
    SaveDraft(Box<CaseContent>),
    /// See [`Command::Submit`].
    Submit,
    /// See [`Command::Triage`].
    Triage(Triage),
    /// See [`Command::Offer`].
    Offer(Offer),
    /// See [`Command::Accept`].
    Accept,
    /// See [`Command::Decline`].
    Decline(Decline),
    /// See [`Command::Pin`].
    Pin(Instruct),
    /// See [`Command::Exclude`].
    Exclude(Instruct),
    /// See [`Command::Lift`].
    Lift(Lift),
    /// See [`Command::NameEarlier`].
    NameEarlier(NameEarlier),
    /// See [`Command::TakeOver`].
    TakeOver(TakeOver),
    /// See [`Command::Redirect`].
    Redirect(Redirect),
    /// See [`Command::RequestInformation`].
    RequestInformation(RequestInformation),
    /// See [`Command::Answer`].
    Answer(Reply),
    /// See [`Command::OrderAncillary`].
    OrderAncillary(OrderAncillary),
    /// See [`Command::CompleteAncillary`].
    CompleteAncillary(Reply),
    /// See [`Command::SendMaterial`].
    SendMaterial(SendMaterial),
    /// See [`Command::ReceiveMaterial`].
    ReceiveMaterial(Reply),
    /// See [`Command::ReportSlidesUnavailable`].
    ReportSlidesUnavailable(Reason),
    /// See [`Command::RestoreSlides`].
    RestoreSlides(Reason),
    /// See [`Command::Withdraw`].
    Withdraw(Reason),
    /// See [`Command::RequestWithdrawal`].
    RequestWithdrawal(Reason),
    /// See [`Command::AgreeWithdrawal`].
    AgreeWithdrawal,
    /// See [`Command::Refuse`].
    Refuse(Refuse),
    /// See [`Command::SaveOpinion`].
    SaveOpinion(Box<OpinionContent>),
    /// See [`Command::ReleasePreliminary`].
    ReleasePreliminary(Box<Answered>),
    /// See [`Command::Convene`].
    Convene(Convene),
    /// See [`Command::ReplaceReader`].
    ReplaceReader(ReplaceReader),
    /// See [`Command::JoinPanel`].
    JoinPanel,
    /// See [`Command::LeavePanel`].
    LeavePanel(Decline),
    /// See [`Command::SignReading`].
    SignReading(Box<Answered>),
    /// See [`Command::ClosePanel`].
    ClosePanel(Reason),
    /// See [`Command::Cosign`].
    Cosign,
    /// See [`Command::Dissent`].
    Dissent(Reason),
    /// See [`Command::Sign`].
    Sign(Box<Answered>),
    /// See [`Command::Acknowledge`].
    Acknowledge(Acknowledge),
    /// See [`Command::Contest`].
    Contest(Reason),
    /// See [`Command::RecordOutcome`].
    RecordOutcome(RecordOutcome),
    /// See [`Command::Close`].
    Close,
    /// See [`Command::AddAddendum`].
    AddAddendum(Box<Revised>),
    /// See [`Command::Correct`].
    Correct(Box<Revised>),
    /// See [`Command::Amend`].
    Amend(Box<Revised>),
    /// See [`Command::Reopen`].
    Reopen(Reason),
}

impl CommandBody {
    /// Reads what a command carries, each as its own type. `None` for the commands that only the exchange itself gives.
    ///
    /// # Errors
    /// The reader's, for a body that is not what the command carries.
    pub fn read<R: ReadBody>(command: Command, body: &mut R) -> Option<Result<Self, R::Error>> {
        Some(match command {
            Command::SaveDraft => body.read().map(Self::SaveDraft),
            Command::Submit => body.read_nothing().map(|Nothing {}| Self::Submit),
            Command::Triage => body.read().map(Self::Triage),
            Command::Offer => body.read().map(Self::Offer),
            Command::Accept => body.read_nothing().map(|Nothing {}| Self::Accept),
            Command::Decline => body.read().map(Self::Decline),
            Command::Pin => body.read().map(Self::Pin),
            Command::Exclude => body.read().map(Self::Exclude),
            Command::Lift => body.read().map(Self::Lift),
            Command::NameEarlier => body.read().map(Self::NameEarlier),
            Command::TakeOver => body.read().map(Self::TakeOver),
            Command::Redirect => body.read().map(Self::Redirect),
            Command::RequestInformation => body.read().map(Self::RequestInformation),
            Command::Answer => body.read().map(Self::Answer),
            Command::OrderAncillary => body.read().map(Self::OrderAncillary),
            Command::CompleteAncillary => body.read().map(Self::CompleteAncillary),
            Command::SendMaterial => body.read().map(Self::SendMaterial),
            Command::ReceiveMaterial => body.read().map(Self::ReceiveMaterial),
            Command::ReportSlidesUnavailable => body.read().map(Self::ReportSlidesUnavailable),
            Command::RestoreSlides => body.read().map(Self::RestoreSlides),
            Command::Withdraw => body.read().map(Self::Withdraw),
            Command::RequestWithdrawal => body.read().map(Self::RequestWithdrawal),
            Command::AgreeWithdrawal => body.read_nothing().map(|Nothing {}| Self::AgreeWithdrawal),
            Command::Refuse => body.read().map(Self::Refuse),
            Command::SaveOpinion => body.read().map(Self::SaveOpinion),
            Command::ReleasePreliminary => body.read().map(Self::ReleasePreliminary),
            Command::Convene => body.read().map(Self::Convene),
            Command::ReplaceReader => body.read().map(Self::ReplaceReader),
            Command::JoinPanel => body.read_nothing().map(|Nothing {}| Self::JoinPanel),
            Command::LeavePanel => body.read().map(Self::LeavePanel),
            Command::SignReading => body.read().map(Self::SignReading),
            Command::ClosePanel => body.read().map(Self::ClosePanel),
            Command::Cosign => body.read_nothing().map(|Nothing {}| Self::Cosign),
            Command::Dissent => body.read().map(Self::Dissent),
            Command::Sign => body.read().map(Self::Sign),
            Command::Acknowledge => body.read().map(Self::Acknowledge),
            Command::Contest => body.read().map(Self::Contest),
            Command::RecordOutcome => body.read().map(Self::RecordOutcome),
            Command::Close => body.read_nothing().map(|Nothing {}| Self::Close),
            Command::AddAddendum => body.read().map(Self::AddAddendum),
            Command::Correct => body.read().map(Self::Correct),
            Command::Amend => body.read().map(Self::Amend),
            Command::Reopen => body.read().map(Self::Reopen),
            Command::MarkUnrouted
            | Command::Claim
            | Command::Expire
            | Command::Move
            | Command::FreeSeat
            | Command::Escalate => {
                return None;
            }
        })
    }

    /// The row of the transition table that this command reads.
    pub fn command(&self) -> Command {
        match self {
            Self::SaveDraft(_) => Command::SaveDraft,
            Self::Submit => Command::Submit,
            Self::Triage(_) => Command::Triage,
            Self::Offer(_) => Command::Offer,
            Self::Accept => Command::Accept,
            Self::Decline(_) => Command::Decline,
            Self::Pin(_) => Command::Pin,
            Self::Exclude(_) => Command::Exclude,
            Self::Lift(_) => Command::Lift,
            Self::NameEarlier(_) => Command::NameEarlier,
            Self::TakeOver(_) => Command::TakeOver,
            Self::Redirect(_) => Command::Redirect,
            Self::RequestInformation(_) => Command::RequestInformation,
            Self::Answer(_) => Command::Answer,
            Self::OrderAncillary(_) => Command::OrderAncillary,
            Self::CompleteAncillary(_) => Command::CompleteAncillary,
            Self::SendMaterial(_) => Command::SendMaterial,
            Self::ReceiveMaterial(_) => Command::ReceiveMaterial,
            Self::ReportSlidesUnavailable(_) => Command::ReportSlidesUnavailable,
            Self::RestoreSlides(_) => Command::RestoreSlides,
            Self::Withdraw(_) => Command::Withdraw,
            Self::RequestWithdrawal(_) => Command::RequestWithdrawal,
            Self::AgreeWithdrawal => Command::AgreeWithdrawal,
            Self::Refuse(_) => Command::Refuse,
            Self::SaveOpinion(_) => Command::SaveOpinion,
            Self::ReleasePreliminary(_) => Command::ReleasePreliminary,
            Self::Convene(_) => Command::Convene,
            Self::ReplaceReader(_) => Command::ReplaceReader,
            Self::JoinPanel => Command::JoinPanel,
            Self::LeavePanel(_) => Command::LeavePanel,
            Self::SignReading(_) => Command::SignReading,
            Self::ClosePanel(_) => Command::ClosePanel,
            Self::Cosign => Command::Cosign,
            Self::Dissent(_) => Command::Dissent,
            Self::Sign(_) => Command::Sign,
            Self::Acknowledge(_) => Command::Acknowledge,
            Self::Contest(_) => Command::Contest,
            Self::RecordOutcome(_) => Command::RecordOutcome,
            Self::Close => Command::Close,
            Self::AddAddendum(_) => Command::AddAddendum,
            Self::Correct(_) => Command::Correct,
            Self::Amend(_) => Command::Amend,
            Self::Reopen(_) => Command::Reopen,
        }
    }

    /// What is wrong with the texts the command carries, field by field. Drafts and opinions have their own rules.
    pub fn field_problems(&self) -> Vec<FieldProblem> {
        let mut check = TextCheck::default();
        match self {
            Self::Offer(b) => check.required("/reason", &b.reason),
            Self::Pin(b) | Self::Exclude(b) => check.required("/reason", &b.reason),
            Self::Decline(b) | Self::LeavePanel(b) => check.optional("/comment", &b.comment),
            Self::Convene(b) => check.convened(b),
            Self::NameEarlier(b) => check.earlier(b),
            Self::TakeOver(b) => check.optional("/comment", &b.comment),
            Self::Redirect(b) => check.required("/reason", &b.reason),
            Self::RequestInformation(b) => check.required("/question", &b.question),
            Self::Answer(b) | Self::CompleteAncillary(b) => check.required("/reply", &b.reply),
            Self::ReceiveMaterial(b) => check.optional("/reply", &b.reply),
            Self::OrderAncillary(b) => check.required("/detail", &b.detail),
            Self::SendMaterial(b) => check.material(b),
            Self::ReportSlidesUnavailable(b)
            | Self::Withdraw(b)
            | Self::RequestWithdrawal(b)
            | Self::Contest(b)
            | Self::Dissent(b)
            | Self::ClosePanel(b)
            | Self::Reopen(b) => return b.field_problems(),
            Self::RestoreSlides(b) => check.optional("/reason", &b.reason),
            Self::Refuse(b) => check.optional("/comment", &b.comment),
            Self::Acknowledge(b) => check.optional("/comment", &b.comment),
            Self::RecordOutcome(b) => check.required("/text", &b.text),
            Self::AddAddendum(b) | Self::Correct(b) | Self::Amend(b) => {
                check.required("/reason", &b.reason)
            }
            Self::Lift(_)
            | Self::Triage(_)
            | Self::SaveDraft(_)
            | Self::SaveOpinion(_)
            | Self::ReleasePreliminary(_)
            | Self::SignReading(_)
            | Self::ReplaceReader(_)
            | Self::Sign(_) => {}
            Self::JoinPanel
            | Self::Cosign
            | Self::Submit
            | Self::Accept
            | Self::AgreeWithdrawal
            | Self::Close => {}
        }
        check.problems
    }
}

impl Reason {
    /// What is wrong with it.
    pub fn field_problems(&self) -> Vec<FieldProblem> {
        let mut check = TextCheck::default();
        check.required("/reason", &self.reason);
        check.problems
    }
}

/// Collects what is wrong with texts.
#[derive(Default)]
pub(super) struct TextCheck {
    /// What was found.
    pub(super) problems: Vec<FieldProblem>,
}

impl TextCheck {
    pub(super) fn required(&mut self, pointer: impl Into<String>, text: &str) {
        self.required_at_most(pointer, text, TEXT_MAX);
    }

    pub(super) fn required_at_most(&mut self, pointer: impl Into<String>, text: &str, max: usize) {
        let pointer = pointer.into();
        if text.trim().is_empty() {
            self.problems
                .push(FieldProblem::new(pointer, FieldRule::Required));
        } else {
            self.at_most(pointer, text, max);
        }
    }

    pub(super) fn optional(&mut self, pointer: impl Into<String>, text: &str) {
        self.at_most(pointer, text, TEXT_MAX);
    }

    /// A text of at most `max` characters without control characters other than line ends and tabs.
    pub(super) fn at_most(&mut self, pointer: impl Into<String>, text: &str, max: usize) {
        let pointer = pointer.into();
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            self.problems
                .push(FieldProblem::new(pointer, FieldRule::ControlCharacters));
        } else if text.chars().count() > max {
            self.problems
                .push(FieldProblem::new(pointer, FieldRule::TooLong { max }));
        }
    }

    /// What is no reference of a case is told as it is in a draft.
    pub(super) fn reference(&mut self, pointer: &str, reference: Option<&str>) {
        if reference.is_some_and(|one| one.parse::<CaseReference>().is_err()) {
            let expected = "a case reference, REL-2026-000123-5".to_owned();
            let rule = FieldRule::Malformed { expected };
            self.problems.push(FieldProblem::new(pointer, rule));
        }
    }

    fn earlier(&mut self, body: &NameEarlier) {
        self.reference("/follows", body.follows.as_deref());
        self.required("/reason", &body.reason);
    }

    fn convened(&mut self, body: &Convene) {
        self.required("/reason", &body.reason);
        let others = READERS_MAX - 1;
        if body.readers.is_empty() {
            let rule = FieldRule::TooFew { min: 1 };
            self.problems.push(FieldProblem::new("/readers", rule));
        } else if body.readers.len() > others {
            let rule = FieldRule::TooLong { max: others };
            self.problems.push(FieldProblem::new("/readers", rule));
        }
    }

    fn material(&mut self, body: &SendMaterial) {
        if body.items.is_empty() {
            self.problems
                .push(FieldProblem::new("/items", FieldRule::TooFew { min: 1 }));
        }
        if body.items.len() > 50 {
            self.problems
                .push(FieldProblem::new("/items", FieldRule::TooLong { max: 50 }));
        }
        for (i, item) in body.items.iter().take(50).enumerate() {
            if item.trim().is_empty() {
                self.problems.push(FieldProblem::new(
                    format!("/items/{i}"),
                    FieldRule::Required,
                ));
            }
            self.at_most(format!("/items/{i}"), item, 200);
        }
        if body.carrier.trim().is_empty() {
            self.problems
                .push(FieldProblem::new("/carrier", FieldRule::Required));
        }
        self.at_most("/carrier", &body.carrier, 200);
        self.at_most(
            "/tracking",
            body.tracking.as_deref().unwrap_or_default(),
            200,
        );
    }
}
