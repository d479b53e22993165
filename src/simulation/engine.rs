//! The events of a year, in order: cases are sent, sessions begin, readings end, questions are answered.

mod holding;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use chrono::{DateTime, Duration, Utc};

use super::figures::{Answered, Figures};
use super::policies::Policy;
use super::world::{Sent, World};
use crate::domain::ids::PersonId;
use crate::domain::randomness::Randomness;
use crate::domain::routing::Candidate;
use crate::domain::routing::next_case::{NextCasePolicy, Waiting, next_case};
use crate::domain::turnaround::Urgency;

/// How often everything is planned again, where it is.
const REOPTIMISE_EVERY: Duration = Duration::hours(4);
/// Minutes lost in finding that a case is not what its label says.
const MISLABELLED_MINUTES: f64 = 5.0;
/// How long it takes until somebody is known to be gone.
const NOTICED_AFTER: Duration = Duration::days(7);
/// How long after the year unanswered cases are followed.
const FOLLOWED: Duration = Duration::weeks(12);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Sent(usize),
    SessionBegins(usize, usize),
    ReadingEnds(usize, usize),
    QuestionAnswered(usize),
    /// An offer ends that nobody answered.
    Lapses(usize, usize),
    /// Another network takes the case.
    GoesOver(usize),
    Noticed(usize),
    Reoptimise,
}

/// A reader as the year goes on.
struct Desk {
    /// With everything that waits for them: what a queue is measured by.
    candidate: Candidate,
    /// With nothing that waits: what a plan starts from.
    bare: Candidate,
    session_ends: DateTime<Utc>,
    /// Whether the session is one on call.
    on_call: bool,
    busy: bool,
    /// What was read beyond the end of a session is taken off the next one.
    debt: Duration,
    minutes_read: f64,
    /// What they answered in the time over which work is compared, and what each answer counts for.
    done: VecDeque<(DateTime<Utc>, u32)>,
}

/// A case as the year goes on.
#[derive(Clone)]
struct File {
    holder: Option<usize>,
    due: DateTime<Utc>,
    paused: Duration,
    minutes: f64,
    /// Its reader waits for an answer, and keeps it.
    pinned: bool,
    label: String,
    tried: Vec<PersonId>,
    moves: u32,
    asked: bool,
}

struct Run<'w> {
    world: &'w World,
    policy: Policy,
    now: DateTime<Utc>,
    agenda: BinaryHeap<Reverse<(DateTime<Utc>, usize, Event)>>,
    scheduled: usize,
    desks: Vec<Desk>,
    files: Vec<File>,
    /// Sent and not being read, by number.
    waiting: BTreeMap<usize, Waiting>,
    readers: BTreeMap<String, u32>,
    turn: usize,
    answered: Vec<Answered>,
}

/// Runs the year under a policy.
pub(super) fn run(world: &World, policy: Policy) -> Figures {
    let mut run = Run::new(world, policy);
    run.fill_agenda();
    let last = world
        .measured
        .1
        .max(world.cases.last().map_or(world.measured.1, |sent| sent.at));
    while let Some(Reverse((at, _, event))) = run.agenda.pop() {
        if at > last + FOLLOWED {
            break;
        }
        run.now = at;
        run.happen(event);
    }
    run.figures()
}

#[expect(
    clippy::indexing_slicing,
    reason = "readers and cases are numbered by their own tables, which never shrink"
)]
impl<'w> Run<'w> {
    fn new(world: &'w World, policy: Policy) -> Self {
        let mut readers = BTreeMap::new();
        for reader in &world.readers {
            let fields = std::iter::once(&reader.candidate.primary).chain(&reader.candidate.others);
            for field in fields {
                *readers.entry(field.clone()).or_default() += 1;
            }
        }
        Self {
            world,
            policy,
            now: DateTime::<Utc>::MIN_UTC,
            agenda: BinaryHeap::new(),
            scheduled: 0,
            desks: world
                .readers
                .iter()
                .map(|reader| Desk {
                    candidate: reader.candidate.clone(),
                    bare: reader.candidate.clone(),
                    session_ends: DateTime::<Utc>::MIN_UTC,
                    on_call: false,
                    busy: false,
                    debt: Duration::zero(),
                    minutes_read: 0.0,
                    done: reader.done.iter().copied().collect(),
                })
                .collect(),
            files: world
                .cases
                .iter()
                .map(|sent| File {
                    holder: None,
                    due: sent.due,
                    paused: Duration::zero(),
                    minutes: sent.minutes,
                    pinned: false,
                    label: sent.case.subspecialty.clone(),
                    tried: Vec::new(),
                    moves: 0,
                    asked: false,
                })
                .collect(),
            waiting: BTreeMap::new(),
            readers,
            turn: 0,
            answered: Vec::new(),
        }
    }

    fn schedule(&mut self, at: DateTime<Utc>, event: Event) {
        self.scheduled += 1;
        self.agenda.push(Reverse((at, self.scheduled, event)));
    }

    fn fill_agenda(&mut self) {
        let world = self.world;
        for (case, sent) in world.cases.iter().enumerate() {
            self.schedule(sent.at, Event::Sent(case));
            if let Some((at, _)) = sent.fate.helped {
                self.schedule(at.max(sent.at), Event::GoesOver(case));
            }
        }
        for (reader, of) in world.readers.iter().enumerate() {
            for (session, (from, _)) in of.sessions.iter().enumerate() {
                self.schedule(*from, Event::SessionBegins(reader, session));
            }
            if let Some(at) = of.vanishes {
                self.schedule(at + NOTICED_AFTER, Event::Noticed(reader));
            }
        }
        if self.policy == Policy::Reoptimised
            && let Some(first) = world.cases.first()
        {
            self.schedule(first.at + REOPTIMISE_EVERY, Event::Reoptimise);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Sent(case) => {
                self.hand_out(case);
                self.offer_to_idle();
            }
            Event::SessionBegins(reader, session) => self.begin(reader, session),
            Event::ReadingEnds(reader, case) => self.end(reader, case),
            Event::QuestionAnswered(case) => {
                self.wait(case);
                self.offer_to_idle();
            }
            Event::Lapses(case, reader) => self.lapse(case, reader),
            Event::GoesOver(case) => self.go_over(case),
            Event::Noticed(reader) => self.notice(reader),
            Event::Reoptimise => {
                self.reoptimise();
                if self.now < self.world.measured.1 + FOLLOWED {
                    self.schedule(self.now + REOPTIMISE_EVERY, Event::Reoptimise);
                }
                self.offer_to_idle();
            }
        }
    }

    // Sessions -------------------------------------------------------------------------------------------------------------

    fn begin(&mut self, reader: usize, session: usize) {
        let (from, to) = self.world.readers[reader].sessions[session];
        let on_call = self.world.readers[reader].on_call.get(session).copied();
        let desk = &mut self.desks[reader];
        desk.on_call = on_call.unwrap_or(false);
        let used = desk.debt.min(to - from);
        if desk.debt > Duration::zero() {
            desk.debt -= used;
            if from + used < to {
                // Begins later by what was read beyond the last one.
                desk.session_ends = to;
                desk.busy = true;
                self.schedule(from + used, Event::ReadingEnds(reader, usize::MAX));
            }
            return;
        }
        desk.session_ends = to;
        self.ready(reader);
    }

    /// Whoever is in session and has nothing to do looks again.
    fn offer_to_idle(&mut self) {
        for reader in 0..self.desks.len() {
            if !self.desks[reader].busy && self.now < self.desks[reader].session_ends {
                self.ready(reader);
            }
        }
    }

    fn ready(&mut self, reader: usize) {
        // A reader may give back what they open; each case at most once.
        for _ in 0..=self.waiting.len() {
            if self.desks[reader].busy || self.now >= self.desks[reader].session_ends {
                return;
            }
            let Some(case) = self.pick(reader) else {
                return;
            };
            self.give(case, Some(reader));
            if self.declines(case, reader) {
                self.files[case]
                    .tried
                    .push(self.desks[reader].candidate.expert);
                self.give(case, None);
                self.hand_out(case);
                continue;
            }
            self.read(reader, case);
        }
    }

    fn pick(&self, reader: usize) -> Option<usize> {
        let expert = &self.desks[reader].candidate;
        let own = || {
            self.waiting
                .iter()
                .filter(|(case, one)| {
                    one.holder == Some(expert.expert) && self.may_open(reader, **case)
                })
                .min_by_key(|(case, one)| (one.due, **case))
                .map(|(case, _)| *case)
        };
        if !self.policy.shares() {
            return own();
        }
        if self.policy == Policy::Planned {
            let given = self
                .planned()
                .into_iter()
                .filter(|(_, to, from)| *to == Some(reader) && *from == self.now)
                .min_by_key(|(case, _, _)| (self.files[*case].due, *case));
            if let Some((case, _, _)) = given {
                return Some(case);
            }
        }
        let openable = || {
            let all = self.waiting.iter();
            all.filter(|(case, _)| self.may_open(reader, **case))
        };
        let numbers: Vec<usize> = openable().map(|(case, _)| *case).collect();
        let waiting: Vec<Waiting> = openable().map(|(_, one)| one.clone()).collect();
        let readers = |field: &str| self.readers.get(field).copied().unwrap_or(0);
        let next = next_case(
            expert,
            &waiting,
            readers,
            NextCasePolicy::default(),
            self.now,
        )?;
        let place = waiting.iter().position(|one| one.case.id == next.case)?;
        numbers.get(place).copied()
    }

    /// Whether this reader looks at this case now: on call at what is urgent alone, and never at what they let lapse.
    fn may_open(&self, reader: usize, case: usize) -> bool {
        let (desk, sent) = (&self.desks[reader], &self.world.cases[case]);
        let read_now = !desk.on_call || sent.case.urgency.answered_on_call();
        read_now && !sent.fate.let_lapse.contains(&desk.candidate.expert)
    }

    /// The offer that nobody answered ends, if it stands still; the case goes on.
    fn lapse(&mut self, case: usize, reader: usize) {
        let stands = self.files[case].holder == Some(reader) && self.waiting.contains_key(&case);
        if stands && !self.files[case].pinned {
            let expert = self.desks[reader].candidate.expert;
            self.files[case].tried.push(expert);
            self.files[case].moves += 1;
            self.give(case, None);
            self.hand_out(case);
            self.offer_to_idle();
        }
    }

    /// Another network takes the case, if nobody has opened it, and answers when it did.
    fn go_over(&mut self, case: usize) {
        let sent = &self.world.cases[case];
        let Some((_, answered)) = sent.fate.helped else {
            return;
        };
        if self.files[case].pinned || self.waiting.remove(&case).is_none() {
            return;
        }
        let file = &mut self.files[case];
        file.moves += 1;
        // It stood still while it was there, too.
        let paused = sent.question.unwrap_or_default();
        file.due += paused;
        file.paused = paused;
        self.give(case, None);
        self.count_answer(case, answered, true);
    }

    /// Whether this reader gives this case back: the same whatever the policy.
    fn declines(&self, case: usize, reader: usize) -> bool {
        let file = &self.files[case];
        let expert = self.desks[reader].candidate.expert;
        let gave_back = &self.world.cases[case].fate.gave_back;
        if gave_back.contains(&expert) && !file.pinned {
            return true;
        }
        if file.pinned || file.tried.len() > 2 {
            return false;
        }
        let pair = (case as u64) << 20 | reader as u64;
        Randomness::new(self.world.seed ^ pair.wrapping_mul(0x9e37_79b9))
            .chance(self.world.decline_share)
    }

    fn read(&mut self, reader: usize, case: usize) {
        self.waiting.remove(&case);
        let sent = &self.world.cases[case];
        let expert = &self.desks[reader].candidate;
        let primary = expert.primary == sent.subspecialty;
        let able = primary || expert.others.contains(&sent.subspecialty);
        let minutes = if !able {
            MISLABELLED_MINUTES
        } else if primary {
            self.files[case].minutes
        } else {
            self.files[case].minutes * self.world.outside_primary
        };
        let desk = &mut self.desks[reader];
        desk.busy = true;
        desk.minutes_read += minutes;
        let end = self.now + Duration::seconds((minutes * 60.0) as i64 + 1);
        self.schedule(end, Event::ReadingEnds(reader, case));
    }

    fn end(&mut self, reader: usize, case: usize) {
        self.desks[reader].busy = false;
        if let Some(sent) = self.world.cases.get(case) {
            self.close_or_ask(reader, case, sent);
        }
        let over = self.now - self.desks[reader].session_ends;
        if over > Duration::zero() {
            self.desks[reader].debt += over;
        }
        self.ready(reader);
        self.offer_to_idle();
    }

    fn close_or_ask(&mut self, reader: usize, case: usize, sent: &Sent) {
        let expert = &self.desks[reader].candidate;
        let able =
            expert.primary == sent.subspecialty || expert.others.contains(&sent.subspecialty);
        if !able {
            self.files[case].label.clone_from(&sent.subspecialty);
            self.give(case, None);
            self.files[case].moves += 1;
            self.hand_out(case);
            return;
        }
        if let (Some(answer), false) = (sent.question, self.files[case].asked) {
            let file = &mut self.files[case];
            file.asked = true;
            file.pinned = true;
            file.paused = answer;
            file.due += answer;
            file.minutes = self.world.minutes_after_question;
            self.schedule(self.now + answer, Event::QuestionAnswered(case));
            return;
        }
        self.count_work(reader, sent);
        let elsewhere = sent.region != self.world.readers[reader].region;
        self.count_answer(case, self.now, elsewhere);
        self.give(case, None);
    }

    fn count_answer(&mut self, case: usize, at: DateTime<Utc>, elsewhere: bool) {
        let (sent, file) = (&self.world.cases[case], &self.files[case]);
        let (from, to) = self.world.measured;
        if from <= sent.at && sent.at < to {
            self.answered.push(Answered {
                place: sent.place,
                overseas: sent.case.territory != "FR",
                urgent: sent.case.urgency != Urgency::Routine,
                hours: (at - sent.at - file.paused).num_seconds() as f64 / 3600.0,
                on_time: at <= file.due,
                moves: file.moves,
                elsewhere,
            });
        }
    }

    /// Somebody is known to be gone: what waits for them goes on to others.
    fn notice(&mut self, reader: usize) {
        let gone = (self.now, DateTime::<Utc>::MAX_UTC);
        self.desks[reader].candidate.absences.push(gone);
        self.desks[reader].bare.absences.push(gone);
        let left: Vec<usize> = (0..self.files.len())
            .filter(|case| {
                self.files[*case].holder == Some(reader) && self.waiting.contains_key(case)
            })
            .collect();
        for case in left {
            self.files[case].pinned = false;
            self.give(case, None);
            self.files[case].moves += 1;
            self.hand_out(case);
        }
    }

    fn figures(self) -> Figures {
        let (from, to) = self.world.measured;
        let sent = self
            .world
            .cases
            .iter()
            .filter(|sent| from <= sent.at && sent.at < to)
            .count();
        let places = self
            .world
            .cases
            .iter()
            .map(|sent| sent.place + 1)
            .max()
            .unwrap_or(0);
        let work = self
            .desks
            .iter()
            .zip(&self.world.readers)
            .filter(|(_, reader)| reader.vanishes.is_none())
            .map(|(desk, reader)| {
                let held: Duration = reader.sessions.iter().map(|(from, to)| *to - *from).sum();
                desk.minutes_read / (held.num_minutes().max(1) as f64)
            })
            .collect();
        Figures::of(&self.answered, sent - self.answered.len(), places, work)
    }
}
