//! Turnaround: the time from submission to signature, elapsed and working, and the targets promised for it.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::WorkingCalendar;
use super::text_enum::text_enum;

text_enum! {
    /// How soon an answer is needed; the most urgent first.
    pub enum Urgency {
        /// The patient is in theatre: minutes, wall clock.
        IntraOperative = "intra_operative",
        /// Within a working day.
        Urgent = "urgent",
        /// Within some working days.
        Routine = "routine",
    }
}

text_enum! {
    /// Why the answer clock stands still. Each kind is counted apart.
    pub enum PauseKind {
        /// Waiting for the submitter's answer to a question.
        Information = "information",
        /// Waiting for a stain or a molecular test.
        Ancillary = "ancillary",
        /// Waiting for glass or blocks on their way.
        Transit = "transit",
        /// The slides cannot be opened.
        SlidesUnavailable = "slides_unavailable",
    }
}

/// What an event of a case does to its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockEffect {
    /// Nothing.
    None,
    /// A cycle begins.
    Start,
    /// The cycle ends.
    Stop,
    /// The clock stands still for that reason too.
    Pause(PauseKind),
    /// That reason has ended.
    Resume(PauseKind),
}

/// An event as the clock sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// What it does.
    pub effect: ClockEffect,
}

text_enum! {
    /// Which time a target counts.
    pub enum TargetTime {
        /// Working time of the answering pool.
        Working = "working",
        /// Time on the wall.
        Wall = "wall",
    }
}

/// The turnaround promised for an urgency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The urgency.
    pub urgency: Urgency,
    /// Which time it counts.
    pub time: TargetTime,
    /// Minutes until the signed opinion.
    pub answer_minutes: u32,
    /// Minutes until an offer is answered.
    pub first_response_minutes: u32,
    /// The share of `answer_minutes` after which a warning is given, between 0 and 1.
    pub warning_share: f64,
}

/// The targets of every urgency: of an opinion, and of a reading on a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    opinions: Vec<Target>,
    panels: Vec<Target>,
}

/// Why targets are refused.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The file is not what it should be.
    #[error("targets: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// An urgency has no target, or one that promises nothing.
    #[error("targets: {0} has no target that can be kept")]
    Unkept(Urgency),
}

impl Targets {
    /// The targets that ship with the program.
    ///
    /// # Errors
    /// [`TargetError`] naming the urgency at fault.
    pub fn embedded() -> Result<Self, TargetError> {
        Self::read(include_str!("../../data/targets.json"))
    }

    fn read(text: &str) -> Result<Self, TargetError> {
        use super::text_enum::TextEnum;
        #[derive(Deserialize)]
        struct File {
            targets: Vec<Target>,
            panels: Vec<Target>,
        }
        let File { targets, panels } = serde_json::from_str(text)?;
        for urgency in Urgency::ALL {
            let kept = |targets: &[Target]| {
                targets.iter().any(|target| {
                    target.urgency == *urgency
                        && target.answer_minutes > 0
                        && target.first_response_minutes > 0
                        && (0.0..=1.0).contains(&target.warning_share)
                })
            };
            if !(kept(&targets) && kept(&panels)) {
                return Err(TargetError::Unkept(*urgency));
            }
        }
        Ok(Self {
            opinions: targets,
            panels,
        })
    }

    /// The target of an opinion of an urgency; every urgency has one.
    pub fn of(&self, urgency: Urgency) -> Target {
        Self::among(&self.opinions, urgency)
    }

    /// The target of a reading on a panel of an urgency; every urgency has one.
    pub fn of_panel(&self, urgency: Urgency) -> Target {
        Self::among(&self.panels, urgency)
    }

    fn among(targets: &[Target], urgency: Urgency) -> Target {
        const NONE: Target = Target {
            urgency: Urgency::Routine,
            time: TargetTime::Working,
            answer_minutes: 1440,
            first_response_minutes: 240,
            warning_share: 0.75,
        };
        targets
            .iter()
            .find(|target| target.urgency == urgency)
            .copied()
            .unwrap_or(NONE)
    }
}

impl Target {
    /// The instant at which `minutes` of this target's time have passed since `from`.
    pub fn after(
        &self,
        from: DateTime<Utc>,
        minutes: Duration,
        calendar: &WorkingCalendar,
    ) -> Option<DateTime<Utc>> {
        match self.time {
            TargetTime::Working => calendar.add_working_time(from, minutes),
            TargetTime::Wall => from.checked_add_signed(minutes),
        }
    }

    /// The time of this kind between two instants.
    pub fn measure(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        calendar: &WorkingCalendar,
    ) -> Duration {
        match self.time {
            TargetTime::Working => calendar.working_time_between(from, to),
            TargetTime::Wall => to - from,
        }
    }
}

/// Time spent in one kind of pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// The kind.
    pub kind: PauseKind,
    /// Elapsed seconds. Pauses of different kinds may overlap.
    pub seconds: i64,
}

/// The figures of one clock cycle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turnaround {
    /// When the cycle began.
    pub started_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Seconds from start to end, or to now.
    pub elapsed_seconds: i64,
    /// Seconds of the answering pool's working time in which the clock ran.
    pub working_seconds: i64,
    /// Seconds during which the clock stood still for at least one reason.
    pub paused_seconds: i64,
    /// The same for each reason.
    pub pauses: Vec<Paused>,
    /// Why the clock stands still now.
    pub standing_still: Vec<PauseKind>,
    /// The intervals in which the clock ran.
    #[serde(skip)]
    running: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// When an answer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Deadlines {
    /// The due instant; none while the clock stands still.
    pub due: Option<DateTime<Utc>>,
    /// The warning instant; none while the clock stands still.
    pub warning: Option<DateTime<Utc>>,
    /// Seconds of the target's time that are left, negative when it is exceeded.
    pub remaining_seconds: i64,
}

impl Turnaround {
    /// The figures of every cycle at `now`, the first one first. Events after `now` do not count.
    pub fn cycles(
        events: &[ClockEvent],
        calendar: &WorkingCalendar,
        now: DateTime<Utc>,
    ) -> Vec<Self> {
        let mut cycles: Vec<Vec<ClockEvent>> = Vec::new();
        for event in events.iter().filter(|event| event.at <= now) {
            match (event.effect, cycles.last_mut()) {
                (ClockEffect::None, _) | (_, None) if event.effect != ClockEffect::Start => {}
                (ClockEffect::Start, _) => cycles.push(vec![*event]),
                (_, Some(cycle)) => cycle.push(*event),
                (_, None) => {}
            }
        }
        cycles
            .iter()
            .filter_map(|events| Self::of_cycle(events, calendar, now))
            .collect()
    }

    /// The figures of one cycle: its events begin with a start and have no other.
    fn of_cycle(
        events: &[ClockEvent],
        calendar: &WorkingCalendar,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let started_at = events.first()?.at;
        let stopped_at = events
            .iter()
            .find(|event| event.effect == ClockEffect::Stop)
            .map(|event| event.at);
        let end = stopped_at.unwrap_or(now);
        let mut standing: Vec<(PauseKind, DateTime<Utc>)> = Vec::new();
        let mut pauses: Vec<Paused> = Vec::new();
        let mut running = Vec::new();
        let mut runs_since = Some(started_at);
        for event in events.iter().filter(|event| event.at <= end) {
            match event.effect {
                ClockEffect::Pause(kind) if !standing.iter().any(|(known, _)| *known == kind) => {
                    standing.push((kind, event.at));
                    if let Some(since) = runs_since.take() {
                        running.push((since, event.at));
                    }
                }
                ClockEffect::Resume(kind) => {
                    if let Some(place) = standing.iter().position(|(known, _)| *known == kind) {
                        let (_, since) = standing.remove(place);
                        add_pause(&mut pauses, kind, event.at - since);
                        if standing.is_empty() {
                            runs_since = Some(event.at);
                        }
                    }
                }
                _ => {}
            }
        }
        for (kind, since) in &standing {
            add_pause(&mut pauses, *kind, end - *since);
        }
        if let Some(since) = runs_since {
            running.push((since, end));
        }
        let ran: Duration = running.iter().map(|(from, to)| *to - *from).sum();
        let worked: Duration = running
            .iter()
            .map(|(from, to)| calendar.working_time_between(*from, *to))
            .sum();
        let standing_still = if stopped_at.is_some() {
            Vec::new()
        } else {
            standing.iter().map(|(kind, _)| *kind).collect()
        };
        Some(Self {
            started_at,
            stopped_at,
            elapsed_seconds: (end - started_at).num_seconds(),
            working_seconds: worked.num_seconds(),
            paused_seconds: (end - started_at - ran).num_seconds(),
            pauses,
            standing_still,
            running,
        })
    }

    /// When the clock stopped the last time, if it runs again.
    pub fn stood_since(&self) -> Option<DateTime<Utc>> {
        match self.running.as_slice() {
            [.., (_, stopped), _] if self.standing_still.is_empty() => Some(*stopped),
            _ => None,
        }
    }

    /// When the answer of this cycle is due. After a pause the remaining time goes on; while the clock stands still nothing is
    /// due.
    pub fn deadlines(&self, target: &Target, calendar: &WorkingCalendar) -> Deadlines {
        let promised = Duration::minutes(i64::from(target.answer_minutes));
        let used: Duration = self
            .running
            .iter()
            .map(|(from, to)| target.measure(*from, *to, calendar))
            .sum();
        let remaining_seconds = (promised - used).num_seconds();
        if !self.standing_still.is_empty() {
            return Deadlines {
                due: None,
                warning: None,
                remaining_seconds,
            };
        }
        Deadlines {
            due: self.reached(target, calendar, 1.0),
            warning: self.reached(target, calendar, target.warning_share),
            remaining_seconds,
        }
    }

    /// The instant at which that share of the target's time is used up: 1 is the due time. None while the clock stands still.
    pub fn reached(
        &self,
        target: &Target,
        calendar: &WorkingCalendar,
        share: f64,
    ) -> Option<DateTime<Utc>> {
        if !self.standing_still.is_empty() {
            return None;
        }
        let promised = f64::from(target.answer_minutes) * 60.0;
        let mut left = Duration::seconds((share * promised).round() as i64);
        for (position, (from, to)) in self.running.iter().enumerate() {
            let part = target.measure(*from, *to, calendar);
            let is_last = position + 1 == self.running.len();
            if left <= part || is_last {
                return target.after(*from, left, calendar);
            }
            left -= part;
        }
        None
    }
}

fn add_pause(pauses: &mut Vec<Paused>, kind: PauseKind, time: Duration) {
    match pauses.iter_mut().find(|known| known.kind == kind) {
        Some(known) => known.seconds += time.num_seconds(),
        None => pauses.push(Paused {
            kind,
            seconds: time.num_seconds(),
        }),
    }
}

#[cfg(test)]
mod tests;
