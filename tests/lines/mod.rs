//! The slow line of the benchmark: its arithmetic, with instants that are given; and that what goes in comes out.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

// The benchmark is a program of its own, whose tests would never run.
#[path = "../../benches/exchange/lines/line.rs"]
mod line;
#[path = "../../benches/exchange/lines/shape.rs"]
mod shape;

use line::{Carried, Line};
use shape::{FAR, Flow, HEADERS, LAN, LOSSY, MIDDLE, Profile, SEGMENT, SLOW, Wire};

/// A connection's direction without anybody else on the line.
struct Alone {
    wire: Wire,
    flow: Flow,
    now: Duration,
}

impl Alone {
    fn on(profile: &Profile, seed: u64) -> Self {
        Self {
            wire: Wire::of(profile),
            flow: Flow::of(profile, seed),
            now: Duration::ZERO,
        }
    }

    /// When a segment that is there at an instant is handed over at the other end.
    fn comes(&mut self, arrival: Duration, bytes: usize) -> Duration {
        let free = self.flow.may_send_at(self.now.max(arrival), bytes);
        self.now = self.wire.room_at(free);
        let left = self.wire.take(self.now, bytes);
        self.flow.sent(left, bytes)
    }

    /// When each of so many full segments comes that are all there at an instant.
    fn all(&mut self, arrival: Duration, segments: usize) -> Vec<Duration> {
        (0..segments)
            .map(|_| self.comes(arrival, SEGMENT))
            .collect()
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[track_caller]
fn near(time: Duration, expected: f64) {
    let measured = milliseconds(time);
    assert!(
        (measured - expected).abs() < 0.01,
        "{measured} ms, not {expected}"
    );
}

/// How long a full segment takes to leave a wire of 512 kbit/s: 1,500 bytes with its headers.
const LEAVING: f64 = 1500.0 * 8.0 / 512.0;

#[test]
fn a_byte_takes_half_a_round_trip_and_what_its_headers_take() {
    for (profile, there) in [
        (SLOW, 150.0 + 41.0 * 8.0 / 512.0),
        (MIDDLE, 150.0 + 41.0 * 8.0 / 2000.0),
        (FAR, 90.0 + 41.0 * 8.0 / 10_000.0),
        (LAN, 0.5 + 41.0 * 8.0 / 100_000.0),
    ] {
        assert_eq!(HEADERS + 1, 41);
        near(Alone::on(&profile, 1).comes(Duration::ZERO, 1), there);
    }
}

#[test]
fn ten_segments_go_at_once_and_twice_as_many_each_round_trip() {
    // A wire that nothing fills: only the window counts.
    let wide = Profile {
        name: "wide",
        rate: 1_000_000_000_000,
        round_trip: Duration::from_millis(300),
        loss: 0.0,
    };
    let came = Alone::on(&wide, 1).all(Duration::ZERO, 10 + 20 + 40);
    for (place, time) in came.iter().enumerate() {
        let trips = match place {
            0..10 => 0.5,
            10..30 => 1.5,
            _ => 2.5,
        };
        near(*time, trips * 300.0);
    }
}

#[test]
fn what_follows_comes_at_the_rate_of_the_wire() {
    let came = Alone::on(&SLOW, 1).all(Duration::ZERO, 400);
    // The first window leaves in less than a round trip, and then the wire is idle until it is acknowledged: once.
    near(came[9], 150.0 + 10.0 * LEAVING);
    near(came[10], 450.0 + 2.0 * LEAVING);
    for pair in came.windows(2).skip(10) {
        near(pair[1] - pair[0], LEAVING);
    }
    // Half a megabyte: 97 % of the rate is left for what is carried.
    let carried = (400 * SEGMENT) as f64 * 8.0 / 512.0;
    assert!(milliseconds(came[399]) < carried * 1.04 + 450.0);
}

#[test]
fn two_connections_share_the_wire_and_a_full_queue_makes_them_wait() {
    let mut wire = Wire::of(&SLOW);
    let (first, second) = (
        wire.take(Duration::ZERO, SEGMENT),
        wire.take(Duration::ZERO, SEGMENT),
    );
    near(first, LEAVING);
    near(second, 2.0 * LEAVING);
    let mut taken = 2;
    while wire.room_at(Duration::ZERO) == Duration::ZERO {
        let _ = wire.take(Duration::ZERO, SEGMENT);
        taken += 1;
    }
    // 32 KB are 512 ms.
    assert_eq!(taken, (512.0 / LEAVING).ceil() as usize);
    let room = wire.room_at(Duration::ZERO);
    assert!(room > Duration::ZERO && milliseconds(room) <= LEAVING);
    assert_eq!(wire.room_at(room), room);
    let later = Duration::from_secs(60);
    near(wire.take(later, SEGMENT) - later, LEAVING);
}

#[test]
fn after_a_pause_it_begins_again_with_ten_segments() {
    let mut alone = Alone::on(&SLOW, 1);
    let last = alone.all(Duration::ZERO, 100)[99];
    let soon = alone.all(last + Duration::from_millis(400), 12);
    near(soon[11] - soon[10], LEAVING);
    let late = soon[11] + Duration::from_secs(5);
    let came = alone.all(late, 11);
    near(came[9] - late, 150.0 + 10.0 * LEAVING);
    near(came[10] - late, 450.0 + 2.0 * LEAVING);
}

#[test]
fn a_lost_segment_comes_a_timeout_late_and_holds_up_what_follows() {
    let send = |seed| Alone::on(&LOSSY, seed).all(Duration::ZERO, 2000);
    let came = send(7);
    assert_eq!(came, send(7), "the same seed loses the same segments");
    assert_ne!(came, send(8));
    assert!(came.is_sorted(), "in the order in which they were sent");
    // A hold-up shows as a gap that is longer than a round trip; losses of one window may share one.
    let gaps = came
        .windows(2)
        .filter(|pair| milliseconds(pair[1] - pair[0]) > 400.0)
        .count();
    assert!((5..=25).contains(&gaps), "{gaps} hold-ups in 2000 segments");
    let whole = |profile| Alone::on(&profile, 7).all(Duration::ZERO, 2000)[1999];
    assert!(whole(LOSSY) > whole(SLOW) + Duration::from_secs(2));
}

/// Sends back what it reads, until there is no more.
fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    address
}

#[test]
fn what_goes_in_comes_out_whole_in_order_and_counted() {
    let line = Line::open(LAN, echo(), 1).unwrap();
    let sent: Vec<u8> = (0..300_000_u32).map(|n| (n / 7) as u8).collect();
    let talk = || {
        let stream = TcpStream::connect(line.address).unwrap();
        let mut writing = stream.try_clone().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                writing.write_all(&sent).unwrap();
                writing.shutdown(std::net::Shutdown::Write).unwrap();
            });
            let mut came = Vec::new();
            (&stream).read_to_end(&mut came).unwrap();
            assert!(came == sent, "{} bytes came back", came.len());
        });
    };
    thread::scope(|scope| {
        scope.spawn(talk);
        scope.spawn(talk);
    });
    let bytes = 2 * sent.len() as u64;
    let expected = Carried {
        down: bytes,
        up: bytes,
        connections: 2,
    };
    assert_eq!(line.carried(), expected);
}

#[test]
fn when_nobody_serves_the_browser_is_told() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let line = Line::open(LAN, closed.unwrap(), 1).unwrap();
    let mut stream = TcpStream::connect(line.address).unwrap();
    let mut came = Vec::new();
    // Closed or reset, but over.
    let ended = stream.read_to_end(&mut came);
    assert!(came.is_empty(), "{ended:?}");
}
