//! What systems outside are told of cases: that something happened to one, and when. Never about whom, nor by whom.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::ids::CaseId;
use super::text_enum::text_enum;
use super::transitions::Command;

text_enum! {
    /// What happened to a case.
    pub enum EventKind {
        /// It was sent.
        CaseSubmitted = "case_submitted",
        /// It was offered to an expert.
        CaseOffered = "case_offered",
        /// Nobody is eligible for it.
        CaseUnrouted = "case_unrouted",
        /// An expert has begun to read it.
        CaseAccepted = "case_accepted",
        /// An expert gave it back, or did not answer in time.
        CaseDeclined = "case_declined",
        /// It went on to another pool.
        CaseRedirected = "case_redirected",
        /// Its submitter is asked something; the clock stands.
        QuestionAsked = "question_asked",
        /// Its submitter has answered.
        QuestionAnswered = "question_answered",
        /// Its submitter has it back, without an opinion.
        CaseWithdrawn = "case_withdrawn",
        /// The pool refused it.
        CaseRefused = "case_refused",
        /// A preliminary opinion can be read.
        PreliminaryReleased = "preliminary_released",
        /// The opinion is signed.
        OpinionSigned = "opinion_signed",
        /// The opinion has an addendum, a correction or an amendment.
        OpinionChanged = "opinion_changed",
        /// Its submitter has read the opinion.
        OpinionAcknowledged = "opinion_acknowledged",
        /// Its submitter contests the concordance.
        OpinionContested = "opinion_contested",
        /// Its submitter tells what follow-up showed.
        OutcomeRecorded = "outcome_recorded",
        /// It has ended.
        CaseClosed = "case_closed",
        /// It is asked again, in a clock cycle of its own.
        CaseReopened = "case_reopened",
        /// The answer is about to be late.
        AnswerDueSoon = "answer_due_soon",
        /// The answer is late.
        AnswerLate = "answer_late",
    }
}

/// What a command makes known outside; nothing of what stays between those who work on the case.
pub fn announced(command: Command) -> Option<EventKind> {
    match command {
        Command::Submit => Some(EventKind::CaseSubmitted),
        Command::Offer => Some(EventKind::CaseOffered),
        Command::MarkUnrouted => Some(EventKind::CaseUnrouted),
        Command::Accept | Command::Claim => Some(EventKind::CaseAccepted),
        Command::Decline | Command::Expire => Some(EventKind::CaseDeclined),
        Command::Redirect => Some(EventKind::CaseRedirected),
        Command::RequestInformation => Some(EventKind::QuestionAsked),
        Command::Answer => Some(EventKind::QuestionAnswered),
        Command::Withdraw | Command::AgreeWithdrawal => Some(EventKind::CaseWithdrawn),
        Command::Refuse => Some(EventKind::CaseRefused),
        Command::ReleasePreliminary => Some(EventKind::PreliminaryReleased),
        Command::Sign => Some(EventKind::OpinionSigned),
        Command::AddAddendum | Command::Correct | Command::Amend => Some(EventKind::OpinionChanged),
        Command::Acknowledge => Some(EventKind::OpinionAcknowledged),
        Command::Contest => Some(EventKind::OpinionContested),
        Command::RecordOutcome => Some(EventKind::OutcomeRecorded),
        Command::Close => Some(EventKind::CaseClosed),
        Command::Reopen => Some(EventKind::CaseReopened),
        Command::SaveDraft
        | Command::Triage
        | Command::Move
        | Command::Escalate
        | Command::Pin
        | Command::Exclude
        | Command::Lift
        | Command::TakeOver
        | Command::OrderAncillary
        | Command::CompleteAncillary
        | Command::SendMaterial
        | Command::ReceiveMaterial
        | Command::ReportSlidesUnavailable
        | Command::RestoreSlides
        | Command::RequestWithdrawal
        | Command::SaveOpinion
        | Command::Convene
        | Command::ReplaceReader
        | Command::FreeSeat
        | Command::NameEarlier
        | Command::JoinPanel
        | Command::LeavePanel
        | Command::SignReading
        | Command::ClosePanel
        | Command::Cosign
        | Command::Dissent => None,
    }
}

/// One event, as it waits to be sent: all that a receiver is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// What happened.
    pub kind: EventKind,
    /// To which case.
    pub case: CaseId,
    /// When.
    pub at: DateTime<Utc>,
}

text_enum! {
    /// Why the exchange stopped sending by itself.
    pub enum Stopped {
        /// The receiver says that it is there no more (410).
        Gone = "gone",
        /// It has taken nothing for days.
        Failing = "failing",
    }
}

/// How long a receiver may take nothing before it is sent nothing more.
pub const PATIENCE: Duration = Duration::days(3);

/// How a receiver has answered lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Failures since the last success.
    pub failures: i32,
    /// Since when there were only failures.
    pub failing_since: Option<DateTime<Utc>>,
}

impl Health {
    /// After a further failure.
    #[must_use]
    pub fn failed(self, now: DateTime<Utc>) -> Self {
        Self {
            failures: self.failures.saturating_add(1),
            failing_since: self.failing_since.or(Some(now)),
        }
    }

    /// Whether it is time to stop.
    pub fn is_hopeless(self, now: DateTime<Utc>) -> bool {
        self.failing_since
            .is_some_and(|since| now - since >= PATIENCE)
    }

    /// How long to leave the receiver alone, with all that waits for it: from the third failure in a row half a minute, doubled
    /// each time, ten minutes at most.
    pub fn pause(self) -> Option<Duration> {
        let beyond = u32::try_from(self.failures.checked_sub(3)?).ok()?;
        let seconds = 30_i64.saturating_mul(2_i64.saturating_pow(beyond));
        Some(Duration::seconds(seconds.min(600)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_fails_is_left_alone_longer_and_longer_and_given_up_after_days() {
        let begin: DateTime<Utc> = "2026-11-23T13:00:00Z".parse().unwrap();
        let mut health = Health::default();
        let mut pauses = Vec::new();
        for hour in 0..8 {
            health = health.failed(begin + Duration::hours(hour));
            pauses.push(health.pause().map(|pause| pause.num_seconds()));
        }
        let told = [30, 60, 120, 240, 480, 600].map(Some);
        assert_eq!(pauses, [[None; 2].as_slice(), &told].concat());
        assert_eq!(health.failing_since, Some(begin));
        let almost = begin + PATIENCE - Duration::seconds(1);
        assert!(!health.is_hopeless(almost) && health.is_hopeless(begin + PATIENCE));
        assert!(!Health::default().is_hopeless(begin));
        let worst = Health {
            failures: i32::MAX,
            ..health
        };
        assert_eq!(worst.failed(begin).pause(), Some(Duration::minutes(10)));
    }

    #[test]
    fn what_waits_says_nothing_but_kind_case_and_instant() {
        let one = Announcement {
            kind: EventKind::OpinionSigned,
            case: CaseId(uuid::Uuid::from_u128(1)),
            at: "2026-11-23T13:00:00Z".parse().unwrap(),
        };
        assert_eq!(
            serde_json::to_string(&one).unwrap(),
            r#"{"kind":"opinion_signed","case":"00000000-0000-0000-0000-000000000001","at":"2026-11-23T13:00:00Z"}"#
        );
    }
}
