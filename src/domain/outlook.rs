//! Whether an open case will be answered in time, as far as it can be told now, and what speaks against it.

use chrono::{DateTime, Utc};

use super::cases::WaitingFor;
use super::text_enum::text_enum;

text_enum! {
    /// What speaks against an answer in time; where several do, the first of this order is named.
    pub enum Risk {
        /// The due time has passed.
        Late = "late",
        /// No expert is eligible.
        NoExpert = "no_expert",
        /// Who has it is away until after the due time.
        ExpertAway = "expert_away",
        /// Who has it is expected to answer after the due time.
        ExpectedLate = "expected_late",
        /// The warning time has passed and nobody has accepted it.
        NotAccepted = "not_accepted",
        /// The warning time has passed and nobody has triaged it.
        NotTriaged = "not_triaged",
    }
}

/// What is known of an open case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outlook {
    /// When the answer is due; none while the clock stands still.
    pub due_at: Option<DateTime<Utc>>,
    /// When it is about to be late.
    pub warning_at: Option<DateTime<Utc>>,
    /// Why it is not offered to anybody.
    pub waiting_for: Option<WaitingFor>,
    /// Who has it.
    pub holder: Option<Holder>,
}

/// What is known of who has a case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holder {
    /// Whether they said that they read it.
    pub accepted: bool,
    /// When they were expected to answer as the case went to them.
    pub expected_answer_at: Option<DateTime<Utc>>,
    /// When they come back, if they are away.
    pub back_at: Option<DateTime<Utc>>,
}

impl Outlook {
    /// What speaks against an answer in time; nothing where nothing is due.
    pub fn risk(&self, now: DateTime<Utc>) -> Option<Risk> {
        if self.due_at? < now {
            Some(Risk::Late)
        } else {
            self.cause(now)
        }
    }

    /// What keeps the case from being answered, whether it is late already or not; nothing while who has it can be expected to.
    pub fn cause(&self, now: DateTime<Utc>) -> Option<Risk> {
        let due = self.due_at?;
        let after_due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at > due);
        let warned = due < now || self.warning_at.is_some_and(|at| at <= now);
        let holder = self.holder.unwrap_or_default();
        if self.waiting_for == Some(WaitingFor::Candidate) {
            Some(Risk::NoExpert)
        } else if after_due(holder.back_at) {
            Some(Risk::ExpertAway)
        } else if due >= now && after_due(holder.expected_answer_at) {
            Some(Risk::ExpectedLate)
        } else if warned && self.waiting_for == Some(WaitingFor::Triage) {
            Some(Risk::NotTriaged)
        } else if warned && !holder.accepted {
            Some(Risk::NotAccepted)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> Option<DateTime<Utc>> {
        format!("2026-11-24T{hour:02}:00:00Z").parse().ok()
    }

    fn risk(outlook: Outlook) -> Option<Risk> {
        outlook.risk(at(12).unwrap())
    }

    #[test]
    fn what_speaks_against_an_answer_in_time_is_named() {
        let calm = Outlook {
            due_at: at(18),
            warning_at: at(15),
            ..Outlook::default()
        };
        let held = |holder| Outlook {
            holder: Some(holder),
            ..calm
        };
        assert_eq!(risk(calm), None);
        assert_eq!(
            risk(Outlook {
                due_at: at(11),
                ..calm
            }),
            Some(Risk::Late)
        );
        assert_eq!(
            risk(Outlook {
                waiting_for: Some(WaitingFor::Candidate),
                ..calm
            }),
            Some(Risk::NoExpert)
        );
        let away = Holder {
            accepted: true,
            back_at: at(20),
            expected_answer_at: at(21),
        };
        assert_eq!(risk(held(away)), Some(Risk::ExpertAway));
        let back_in_time = Holder {
            back_at: at(14),
            ..away
        };
        assert_eq!(risk(held(back_in_time)), Some(Risk::ExpectedLate));
        let offered = Holder {
            expected_answer_at: at(17),
            ..Holder::default()
        };
        assert_eq!(risk(held(offered)), None);
        let warned = |outlook| Outlook {
            warning_at: at(12),
            ..outlook
        };
        assert_eq!(risk(warned(held(offered))), Some(Risk::NotAccepted));
        let accepted = Holder {
            accepted: true,
            ..offered
        };
        assert_eq!(risk(warned(held(accepted))), None);
        let untriaged = Outlook {
            waiting_for: Some(WaitingFor::Triage),
            ..calm
        };
        assert_eq!(risk(untriaged), None);
        assert_eq!(risk(warned(untriaged)), Some(Risk::NotTriaged));
    }

    #[test]
    fn what_is_late_has_its_cause_beside() {
        let late = Outlook {
            due_at: at(11),
            warning_at: at(9),
            ..Outlook::default()
        };
        let now = at(12).unwrap();
        assert_eq!(late.cause(now), Some(Risk::NotAccepted));
        let holder = Some(Holder {
            accepted: true,
            ..Holder::default()
        });
        assert_eq!(Outlook { holder, ..late }.cause(now), None);
    }

    #[test]
    fn while_the_clock_stands_still_nothing_is_late() {
        let away = Holder {
            back_at: at(23),
            ..Holder::default()
        };
        let paused = Outlook {
            warning_at: at(1),
            holder: Some(away),
            ..Outlook::default()
        };
        assert_eq!(risk(paused), None);
    }
}
