//! Load on a server, and what its answers took.
//!
//! At a rate, the requests are due at fixed instants, whether or not the answers before them have come, and each is measured from
//! the instant at which it was due: a server that stalls for a second shows a second, not one slow answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::Connection;

/// How the requests come.
#[derive(Clone, Copy)]
pub enum Pace {
    /// So many each second, whatever the server does.
    Rate(u32),
    /// The next one on a connection as soon as it has its answer.
    Saturation,
}

/// Load to put on.
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// Connections, each with a thread.
    pub connections: usize,
    /// How they come.
    pub pace: Pace,
    /// For how long.
    pub time: Duration,
}

/// What came of it.
#[derive(Default)]
pub struct Taken {
    /// Each answer's time, ascending.
    times: Vec<Duration>,
    /// How many answers had which status.
    pub statuses: BTreeMap<u16, u64>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Taken {
    /// The time within which that share of the answers came.
    pub fn within(&self, share: f64) -> Duration {
        let rank = (self.times.len() as f64 * share).ceil() as usize;
        let at = rank.clamp(1, self.times.len().max(1)) - 1;
        self.times.get(at).copied().unwrap_or_default()
    }

    /// Answers.
    pub fn count(&self) -> u64 {
        self.times.len() as u64
    }

    /// Answers in a second.
    pub fn rate(&self) -> f64 {
        self.count() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// How many answers had another status than that one.
    pub fn not(&self, status: u16) -> u64 {
        let others = self.statuses.iter().filter(|(known, _)| **known != status);
        others.map(|(_, count)| count).sum()
    }

    /// One answer more.
    pub fn note(&mut self, status: u16, took: Duration) {
        self.times.push(took);
        *self.statuses.entry(status).or_default() += 1;
    }

    /// The answers of `other` too.
    pub fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.times.sort_unstable();
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.elapsed += other.elapsed;
    }
}

impl Load {
    /// Puts the load on: `request` makes the request of each number, until the time is over or it has none left.
    pub fn run<'r>(&self, request: impl Fn(u64) -> Option<Cow<'r, [u8]>> + Sync) -> Outcome<Taken> {
        let next = AtomicU64::new(0);
        let ready = Barrier::new(self.connections + 1);
        let mut taken = Taken::default();
        let began = std::thread::scope(|scope| -> Outcome<Instant> {
            let mut threads = Vec::new();
            for _ in 0..self.connections {
                let connection = Connection::open(self.address);
                let (next, ready, request) = (&next, &ready, &request);
                threads.push(scope.spawn(move || {
                    ready.wait();
                    self.one(connection?, next, request)
                }));
            }
            ready.wait();
            let began = Instant::now();
            for thread in threads {
                taken.add(
                    thread
                        .join()
                        .map_err(|_| "a thread of the load panicked")??,
                );
            }
            Ok(began)
        })?;
        taken.elapsed = began.elapsed();
        Ok(taken)
    }

    /// What one connection does.
    fn one<'r>(
        &self,
        mut connection: Connection,
        next: &AtomicU64,
        request: &(impl Fn(u64) -> Option<Cow<'r, [u8]>> + Sync),
    ) -> Outcome<Taken> {
        let began = Instant::now();
        let mut taken = Taken::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let due = match self.pace {
                Pace::Rate(rate) => {
                    began + Duration::from_secs_f64(number as f64 / f64::from(rate))
                }
                Pace::Saturation => Instant::now(),
            };
            if due >= began + self.time {
                return Ok(taken);
            }
            let Some(request) = request(number) else {
                return Ok(taken);
            };
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let answer = connection.send(&request)?;
            taken.note(answer.status, due.elapsed());
        }
    }
}

/// Sends one request over every connection at the same instant.
pub fn race(connections: &mut [Connection], request: &[u8]) -> Outcome<Taken> {
    let ready = Barrier::new(connections.len());
    let began = Instant::now();
    let mut taken = Taken::default();
    std::thread::scope(|scope| -> Outcome<()> {
        let mut threads = Vec::new();
        for connection in connections {
            let ready = &ready;
            threads.push(scope.spawn(move || -> Outcome<(u16, Duration)> {
                ready.wait();
                let sent = Instant::now();
                let status = connection.send(request)?.status;
                Ok((status, sent.elapsed()))
            }));
        }
        for thread in threads {
            let (status, took) = thread.join().map_err(|_| "a racer panicked")??;
            taken.note(status, took);
        }
        Ok(())
    })?;
    taken.elapsed = began.elapsed();
    Ok(taken)
}
