//! The arithmetic of a line: when what is sent over it comes out at the other end. No clock and no socket; instants are times since
//! the line began.
//!
//! A line is two wires, one each way, that all connections share; each connection has a flow of its own on either. What is modelled:
//!
//! - the rate, byte by byte, headers of TCP and IP included, behind a queue that is bounded;
//! - the way there and the way back, each half a round trip, always the same;
//! - slow start: ten segments at first, twice as many each round trip, from the beginning again after a pause;
//! - loss, as a program sees it: a segment that is lost comes one retransmission timeout late, and whatever follows it on its
//!   connection waits for it; the window is halved and grows by one segment a round trip from then on.
//!
//! What is not: names that are looked up; acknowledgements that take room on the wire; the room that a segment takes when it is sent
//! again; fast retransmission, which would mend most losses in one round trip; jitter. A full queue makes a sender wait where
//! a router would throw away.

use std::collections::VecDeque;
use std::time::Duration;

use relecture::domain::randomness::Randomness;

/// Bytes that a full segment carries.
pub const SEGMENT: usize = 1460;
/// Bytes of TCP and IP around each.
pub const HEADERS: usize = 40;
/// Segments that may be under way before anything was heard of the other end (RFC 6928).
const FIRST_WINDOW: f64 = 10.0;
/// How long after a round trip a sender takes a segment for lost: what Linux waits at least.
const PATIENCE: Duration = Duration::from_millis(200);
/// Bytes that the queue before a wire holds at least, and for how long it holds what comes at the wire's rate.
const QUEUE: usize = 32 * 1024;
const QUEUED: Duration = Duration::from_millis(500);

/// A kind of line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// As it is called in tables.
    pub name: &'static str,
    /// Bits per second, each way.
    pub rate: u64,
    /// There and back.
    pub round_trip: Duration,
    /// The share of segments that is lost.
    pub loss: f64,
}

const fn profile(name: &'static str, rate: u64, round_trip: u64, loss: f64) -> Profile {
    Profile {
        name,
        rate,
        round_trip: Duration::from_millis(round_trip),
        loss,
    }
}

/// An island's line on a bad day.
pub const SLOW: Profile = profile("512 kbit/s, 300 ms", 512_000, 300, 0.0);
/// The same when it rains.
pub const LOSSY: Profile = profile("512 kbit/s, 300 ms, 1 % lost", 512_000, 300, 0.01);
/// An island's line on a good day.
pub const MIDDLE: Profile = profile("2 Mbit/s, 300 ms", 2_000_000, 300, 0.0);
/// A fast line from far away.
pub const FAR: Profile = profile("10 Mbit/s, 180 ms", 10_000_000, 180, 0.0);
/// Within the house.
pub const LAN: Profile = profile("LAN (100 Mbit/s, 1 ms)", 100_000_000, 1, 0.0);

impl Profile {
    /// Bytes that the wire itself holds in a round trip.
    fn under_way(&self) -> usize {
        bytes_in(self.rate, self.round_trip)
    }

    /// Bytes that wait before the wire at most.
    fn queue(&self) -> usize {
        bytes_in(self.rate, QUEUED).max(QUEUE)
    }
}

fn bytes_in(rate: u64, time: Duration) -> usize {
    (rate as f64 / 8.0 * time.as_secs_f64()) as usize
}

/// One direction of a line.
#[derive(Debug)]
pub struct Wire {
    rate: u64,
    /// How long a full queue takes to leave.
    queue: Duration,
    /// When all that was given to it has left.
    free_at: Duration,
}

impl Wire {
    /// One that is empty.
    pub fn of(profile: &Profile) -> Self {
        let mut wire = Self {
            rate: profile.rate,
            queue: Duration::ZERO,
            free_at: Duration::ZERO,
        };
        wire.queue = wire.time(profile.queue());
        wire
    }

    fn time(&self, bytes: usize) -> Duration {
        Duration::from_secs_f64(bytes as f64 * 8.0 / self.rate as f64)
    }

    /// When the queue has room for what comes now.
    pub fn room_at(&self, now: Duration) -> Duration {
        now.max(self.free_at.saturating_sub(self.queue))
    }

    /// Takes a segment with so many bytes in it, and tells when its last bit has left.
    pub fn take(&mut self, now: Duration, bytes: usize) -> Duration {
        self.free_at = self.free_at.max(now) + self.time(bytes + HEADERS);
        self.free_at
    }
}

/// One direction of a connection.
#[derive(Debug)]
pub struct Flow {
    one_way: Duration,
    timeout: Duration,
    loss: f64,
    random: Randomness,
    /// Segments that may be under way; how many before it grows slowly; how many at most.
    window: f64,
    threshold: f64,
    most: f64,
    /// What is under way: when its acknowledgement comes, and its bytes.
    under_way: VecDeque<(Duration, usize)>,
    bytes_under_way: usize,
    /// When what was sent so far has all come, in its order.
    complete_at: Duration,
}

impl Flow {
    /// A new one. The same seed loses the same segments.
    pub fn of(profile: &Profile, seed: u64) -> Self {
        let most = (profile.under_way() + profile.queue()).div_ceil(SEGMENT);
        Self {
            one_way: profile.round_trip / 2,
            timeout: profile.round_trip + PATIENCE,
            loss: profile.loss,
            random: Randomness::new(seed),
            window: FIRST_WINDOW,
            threshold: f64::INFINITY,
            most: (most as f64).max(FIRST_WINDOW),
            under_way: VecDeque::new(),
            bytes_under_way: 0,
            complete_at: Duration::ZERO,
        }
    }

    /// When the window lets a segment of so many bytes go.
    pub fn may_send_at(&mut self, now: Duration, bytes: usize) -> Duration {
        while self.under_way.front().is_some_and(|(at, _)| *at <= now) {
            self.acknowledged();
        }
        let quiet_since = self.complete_at + self.one_way;
        if self.under_way.is_empty() && now > quiet_since + self.timeout {
            self.window = self.window.min(FIRST_WINDOW);
        }
        let mut at = now;
        while (self.bytes_under_way + bytes) as f64 > self.window * SEGMENT as f64 {
            let Some(heard) = self.acknowledged() else {
                break;
            };
            at = at.max(heard);
        }
        at
    }

    /// The oldest acknowledgement, and what it does to the window.
    fn acknowledged(&mut self) -> Option<Duration> {
        let (at, bytes) = self.under_way.pop_front()?;
        self.bytes_under_way -= bytes;
        let segments = bytes as f64 / SEGMENT as f64;
        let more = if self.window < self.threshold {
            segments
        } else {
            segments / self.window
        };
        self.window = (self.window + more).min(self.most);
        Some(at)
    }

    /// Takes note of a segment that has left the wire, and tells when it is handed over at the other end.
    pub fn sent(&mut self, left: Duration, bytes: usize) -> Duration {
        let mut comes = left + self.one_way;
        if self.random.chance(self.loss) {
            comes += self.timeout;
            self.threshold = (self.window / 2.0).max(2.0);
            self.window = self.threshold;
        }
        self.complete_at = self.complete_at.max(comes);
        self.under_way
            .push_back((self.complete_at + self.one_way, bytes));
        self.bytes_under_way += bytes;
        self.complete_at
    }

    /// When the end of the stream comes, if it is sent now.
    pub fn end(&self, now: Duration) -> Duration {
        self.complete_at.max(now + self.one_way)
    }
}
