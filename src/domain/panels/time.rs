//! Until when a seat of a panel is answered and read, and what the exchange does by itself when that is over.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::calendar::WorkingCalendar;
use crate::domain::text_enum::text_enum;
use crate::domain::turnaround::Target;

text_enum! {
    /// Which time of a seat.
    pub enum SeatLimit {
        /// Until the invitation is answered.
        Answer = "answer",
        /// Until the reading is signed.
        Reading = "reading",
    }
}

text_enum! {
    /// What the exchange does when a time of a seat is over.
    #[derive(Default)]
    pub enum SeatAct {
        /// Takes the seat back.
        #[default]
        Free = "free",
        /// Tells the coordinators, and leaves the seat as it is.
        Tell = "tell",
        /// Nothing.
        Leave = "leave",
    }
}

text_enum! {
    /// A step that was taken about a seat whose time runs out: each once.
    pub enum SeatStep {
        /// Its reader was reminded of the invitation.
        RemindedToAnswer = "reminded_to_answer",
        /// Its reader was reminded of the reading.
        RemindedToRead = "reminded_to_read",
        /// The coordinators were told that the invitation is not answered.
        ToldUnanswered = "told_unanswered",
        /// The coordinators were told that the reading is not signed.
        ToldUnread = "told_unread",
    }
}

impl SeatStep {
    /// The reminder before a time is over.
    pub fn reminder(limit: SeatLimit) -> Self {
        match limit {
            SeatLimit::Answer => Self::RemindedToAnswer,
            SeatLimit::Reading => Self::RemindedToRead,
        }
    }

    /// What the coordinators are told when it is.
    pub fn telling(limit: SeatLimit) -> Self {
        match limit {
            SeatLimit::Answer => Self::ToldUnanswered,
            SeatLimit::Reading => Self::ToldUnread,
        }
    }
}

text_enum! {
    /// Why the exchange took a seat back.
    pub enum SeatLost {
        /// The invitation was not answered in time.
        Unanswered = "unanswered",
        /// The reading was not signed in time.
        Unread = "unread",
        /// The reader is away until the invitation ends, and had not answered it.
        Absence = "absence",
        /// A conflict of interest with the laboratory was declared before the invitation was answered.
        Recused = "recused",
        /// The reader left the pool before answering.
        Left = "left",
    }
}

impl SeatLost {
    /// That a time was over.
    pub fn late(limit: SeatLimit) -> Self {
        match limit {
            SeatLimit::Answer => Self::Unanswered,
            SeatLimit::Reading => Self::Unread,
        }
    }
}

/// What the exchange does about seats by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatRules {
    /// When the invitation is not answered in time.
    #[serde(default)]
    pub unanswered: SeatAct,
    /// When the reading is not signed in time. The seat of who holds the case is never taken back: the coordinators are told.
    #[serde(default)]
    pub unread: SeatAct,
    /// Whether a seat that was taken back is offered to somebody else at once.
    #[serde(default = "yes")]
    pub replace: bool,
}

fn yes() -> bool {
    true
}

impl Default for SeatRules {
    fn default() -> Self {
        Self {
            unanswered: SeatAct::Free,
            unread: SeatAct::Free,
            replace: true,
        }
    }
}

impl SeatRules {
    /// What is done when that time of a seat is over. `holds` for the seat of who holds the case.
    pub fn act(&self, limit: SeatLimit, holds: bool) -> SeatAct {
        let act = match limit {
            SeatLimit::Answer => self.unanswered,
            SeatLimit::Reading => self.unread,
        };
        match act {
            SeatAct::Free if holds => SeatAct::Tell,
            act => act,
        }
    }
}

/// When a reading is due whose seat is offered at an instant: not before the invitation has to be answered. None when the calendar
/// ends before.
pub fn due(
    target: &Target,
    from: DateTime<Utc>,
    answer_by: Option<DateTime<Utc>>,
    calendar: &WorkingCalendar,
) -> Option<DateTime<Utc>> {
    let minutes = Duration::minutes(i64::from(target.answer_minutes));
    let due = target.after(from, minutes, calendar)?;
    Some(answer_by.map_or(due, |by| by.max(due)))
}

/// When it is due after the clock stood still since `stood`: what was left of the time goes on now. A seat that was offered while it
/// stood has all of its time, not more.
pub fn goes_on(
    target: &Target,
    (stood, due): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
    calendar: &WorkingCalendar,
) -> Option<DateTime<Utc>> {
    let whole = Duration::minutes(i64::from(target.answer_minutes));
    let left = target.measure(stood, due, calendar).max(Duration::zero());
    target.after(now, left.min(whole), calendar)
}

/// When a reader is reminded of a reading that is due then: after the share of its time that is used when a warning is given.
pub fn reminder(
    target: &Target,
    (from, due): (DateTime<Utc>, DateTime<Utc>),
    calendar: &WorkingCalendar,
) -> Option<DateTime<Utc>> {
    let whole = target.measure(from, due, calendar);
    let seconds = whole.num_seconds() as f64 * target.warning_share;
    let before = Duration::seconds(seconds.round() as i64);
    target.after(from, before, calendar).map(|at| at.min(due))
}

/// What a panel adds to the minutes in which a case is to be answered: the time that its readers have, as the case counts it.
pub fn added(
    case: &Target,
    (from, due): (DateTime<Utc>, DateTime<Utc>),
    calendar: &WorkingCalendar,
) -> u32 {
    let minutes = case.measure(from, due, calendar).num_minutes().max(0);
    u32::try_from(minutes).unwrap_or(u32::MAX)
}
