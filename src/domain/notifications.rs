//! What people are told by mail: who, which case, which facts. Typed, so that no patient data can slip in.

mod choices;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{AccountLinkId, CaseId, PersonId};
use super::text_enum::text_enum;
use super::turnaround::Urgency;

pub use choices::{Choices, Rule, Safety, Timing};

text_enum! {
    /// Which mail.
    pub enum NotificationKind {
        /// To an expert: a case is offered.
        Offer = "offer",
        /// To an expert: the offer will expire.
        OfferReminder = "offer_reminder",
        /// To an expert: the offer has expired and the case has gone on.
        OfferExpired = "offer_expired",
        /// To an expert: the case was taken back, withdrawn or refused.
        CaseLeft = "case_left",
        /// To an expert and the coordinators: the answer is about to be late.
        Warning = "warning",
        /// To an expert and the coordinators: the answer is late.
        Breach = "breach",
        /// To the submitter: the case has arrived.
        Receipt = "receipt",
        /// To the submitter: a question waits for an answer.
        Question = "question",
        /// To an expert: the question was answered, the work done, the material received; nothing is waited for any more.
        AnswerReceived = "answer_received",
        /// To an expert: one thing that was waited for has come, another has not; the clock still stands.
        PartReceived = "part_received",
        /// To whom it goes, the expert or the submitter: material is on its way; the clock stands until it has arrived.
        MaterialSent = "material_sent",
        /// To the submitter: a preliminary opinion can be read.
        PreliminaryReady = "preliminary_ready",
        /// To the submitter: the signed opinion can be read.
        OpinionReady = "opinion_ready",
        /// To the submitter: the opinion has an addendum, a correction or an amendment.
        OpinionChanged = "opinion_changed",
        /// To the expert who has the case now, and to the submitter who waits for their answer: who signed before it was reopened
        /// has added to that opinion, or mended it.
        EarlierOpinionChanged = "earlier_opinion_changed",
        /// To the submitter: the pool refused the case.
        CaseRefused = "case_refused",
        /// To the submitter: the expert asks again on a case that was answered.
        Reopened = "reopened",
        /// To the submitter: the case that they asked back is theirs again.
        WithdrawalAgreed = "withdrawal_agreed",
        /// To an expert: the submitter contests, or tells the outcome.
        Feedback = "feedback",
        /// To an expert or the coordinators: the submitter asks for an accepted case back.
        WithdrawalRequested = "withdrawal_requested",
        /// To an expert: a seat on a panel is offered.
        PanelInvitation = "panel_invitation",
        /// To an expert: a time of their seat on a panel is about to be over.
        SeatReminder = "seat_reminder",
        /// To an expert: their seat on a panel was taken back.
        SeatFreed = "seat_freed",
        /// To the coordinators: a seat on a panel is free.
        ReaderLeft = "reader_left",
        /// To the coordinators: a seat on a panel was taken back, and another expert was invited.
        ReaderReplaced = "reader_replaced",
        /// To the coordinators: a time of a seat on a panel is over.
        SeatLate = "seat_late",
        /// To the panel and the coordinators: the readings lie open.
        PanelRevealed = "panel_revealed",
        /// To the readers of a panel: another signed the consensus; whether they sign it too or dissent is awaited.
        PositionAsked = "position_asked",
        /// To the submitter, to who signed it and to the coordinators: a reader dissents from the consensus.
        Dissent = "dissent",
        /// To an expert: a coordinator has put them on call.
        OnCall = "on_call",
        /// To the coordinators: a case waits for triage.
        TriageNeeded = "triage_needed",
        /// To the coordinators: nobody is eligible.
        Unrouted = "unrouted",
        /// To the coordinators: the day's counts.
        DailyDigest = "daily_digest",
        /// To anybody: what they wanted to read once a day.
        Summary = "summary",
        /// To who was added: a password is to be chosen.
        Invitation = "invitation",
        /// To who has forgotten their password: another one may be chosen.
        Recovery = "recovery",
        /// To anybody: their password was changed.
        PasswordChanged = "password_changed",
        /// To administrators: a webhook takes nothing any more, and is sent nothing more.
        WebhookStopped = "webhook_stopped",
    }
}

/// The counts of a coordinator's day, with case references, which say nothing about anybody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// Late cases.
    pub late: Vec<String>,
    /// Cases past their warning time.
    pub soon_late: Vec<String>,
    /// Cases that nobody is eligible for.
    pub unrouted: Vec<String>,
    /// Cases held for triage.
    pub triage: Vec<String>,
    /// Cases whose clock stands still.
    pub paused: Vec<String>,
    /// All open cases.
    pub open: u32,
}

/// What a daily summary says of one mail that was not sent by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// Which mail it would have been.
    pub kind: NotificationKind,
    /// The case's human reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Which mail.
    pub kind: NotificationKind,
    /// To whom.
    pub to: PersonId,
    /// About which case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// Its human reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its urgency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// The instant the mail speaks of: when an offer expires, when the answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// The counts of a daily digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What a daily summary tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary: Vec<Noted>,
    /// The link by which a password is chosen; its token is made when the mail is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<AccountLinkId>,
}
