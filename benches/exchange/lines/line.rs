//! A line between a browser and a server: a TCP proxy on this machine that lets bytes through as [`super::shape`] says. Opening
//! a connection costs a round trip, as it does on the real one.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::shape::{Flow, Profile, SEGMENT, Wire};

/// Bytes taken from a sender at a time.
const AT_ONCE: usize = 11 * SEGMENT;

/// What has gone over a line so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Bytes to the browser: all that TCP carries, so with what TLS and HTTP add, without the headers of TCP and IP.
    pub down: u64,
    /// Bytes to the server.
    pub up: u64,
    /// Connections.
    pub connections: u64,
}

/// A line that is open; it takes no more connections when this value goes.
pub struct Line {
    /// Where it begins, for the browser.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    profile: Profile,
    seed: u64,
    to: SocketAddr,
    began: Instant,
    up: Way,
    down: Way,
    connections: AtomicU64,
    closed: AtomicBool,
}

/// A direction: the wire, and what it has carried.
struct Way {
    wire: Mutex<Wire>,
    bytes: AtomicU64,
}

impl Way {
    fn of(profile: &Profile) -> Self {
        Self {
            wire: Mutex::new(Wire::of(profile)),
            bytes: AtomicU64::new(0),
        }
    }

    fn wire(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Opens one to a server. The same seed loses the same segments of the same connections.
    pub fn open(profile: Profile, to: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            profile,
            seed,
            to,
            began: Instant::now(),
            up: Way::of(&profile),
            down: Way::of(&profile),
            connections: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        });
        let line = Self {
            address,
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || {
            for client in listener.incoming() {
                if shared.closed.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(client) = client {
                    let shared = Arc::clone(&shared);
                    // A connection that fails is the browser's or the server's to complain of.
                    thread::spawn(move || shared.carry(client));
                }
            }
        });
        Ok(line)
    }

    /// What has gone over it so far.
    pub fn carried(&self) -> Carried {
        Carried {
            down: self.shared.down.bytes.load(Ordering::Relaxed),
            up: self.shared.up.bytes.load(Ordering::Relaxed),
            connections: self.shared.connections.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn wait_until(&self, at: Duration) {
        thread::sleep(at.saturating_sub(self.now()));
    }

    /// Carries both directions of a connection until both have ended.
    fn carry(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let opened = self.now() + self.profile.round_trip;
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let server = TcpStream::connect(self.to)?;
        for stream in [&client, &server] {
            stream.set_nodelay(true)?;
        }
        let seed = self.seed.wrapping_add(2 * number);
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        let shared = Arc::clone(self);
        let up = thread::spawn(move || shared.pass(from, to, &shared.up, seed, opened));
        let down = self.pass(server, client, &self.down, seed + 1, opened);
        let up = up.join().map_err(|_| io::Error::other("a thread panicked"));
        down.and(up?)
    }

    /// Carries one direction. Whichever end breaks, the other is told.
    fn pass(
        self: &Arc<Self>,
        mut from: TcpStream,
        to: TcpStream,
        way: &Way,
        seed: u64,
        opened: Duration,
    ) -> io::Result<()> {
        let mut flow = Flow::of(&self.profile, seed);
        let (give, given) = channel();
        let (shared, sender) = (Arc::clone(self), from.try_clone()?);
        let handing = thread::spawn(move || shared.hand_over(&given, to, &sender));
        let mut buffer = [0; AT_ONCE];
        let ended = loop {
            match from.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    // Before the other end has answered, nothing is sent.
                    self.wait_until(opened);
                    let parts = buffer.get(..count).unwrap_or_default().chunks(SEGMENT);
                    for part in parts {
                        let at = self.send(&mut flow, way, part.len());
                        // Nobody takes it any more when the receiver has gone; then the sender is told, and its stream ends.
                        let _ = give.send((at, part.to_vec()));
                    }
                }
                Err(error) => break Err(error),
            }
        };
        let _ = give.send((flow.end(self.now()), Vec::new()));
        drop(give);
        let handed = handing.join();
        ended.and(handed.map_err(|_| io::Error::other("a thread panicked"))?)
    }

    /// Puts a segment on the wire as soon as window and queue let it, and tells when it arrives.
    fn send(&self, flow: &mut Flow, way: &Way, bytes: usize) -> Duration {
        self.wait_until(flow.may_send_at(self.now(), bytes));
        loop {
            let room = {
                let mut wire = way.wire();
                let now = self.now();
                let room = wire.room_at(now);
                if room <= now {
                    way.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
                    return flow.sent(wire.take(now, bytes), bytes);
                }
                room
            };
            self.wait_until(room);
        }
    }

    /// Hands each part over when it arrives; a part without bytes is the end.
    fn hand_over(
        &self,
        given: &Receiver<(Duration, Vec<u8>)>,
        mut to: TcpStream,
        sender: &TcpStream,
    ) -> io::Result<()> {
        for (at, part) in given {
            self.wait_until(at);
            if part.is_empty() {
                return to.shutdown(Shutdown::Write);
            }
            if let Err(error) = to.write_all(&part) {
                // Nobody listens: what else would come is not wanted.
                let _ = sender.shutdown(Shutdown::Both);
                return Err(error);
            }
        }
        Ok(())
    }
}
