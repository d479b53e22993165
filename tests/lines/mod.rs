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
use serde_json::{Value, json};
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

/// Things that come one after the other over a connection, each of so many bytes, asked for together at an instant: as the browser
/// tells of them.
fn told(alone: &mut Alone, profile: &Profile, asked: Duration, sizes: &[usize]) -> Vec<Value> {
    let there = asked + profile.round_trip / 2;
    let thing = |bytes: &usize| {
        let segments = bytes.div_ceil(SEGMENT);
        let sizes = (0..segments).map(|n| SEGMENT.min(bytes - n * SEGMENT));
        let came: Vec<Duration> = sizes.map(|size| alone.comes(there, size)).collect();
        json!({
            "requestStart": milliseconds(asked),
            "responseStart": milliseconds(came[0]),
            "responseEnd": milliseconds(came[segments - 1]),
            "transferSize": bytes,
            "nextHopProtocol": "h2",
        })
    };
    sizes.iter().map(thing).collect()
}

/// A browser that has just begun asks nothing yet.
const START: Duration = Duration::from_secs(1);

/// What the browser's side makes of them.
fn worth(asked: &[Value]) -> Vec<Option<f64>> {
    let output = std::process::Command::new("node")
        .arg("tests/lines/worth.mjs")
        .arg(json!(asked).to_string())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("node is there: script/setup test installs it");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("numbers")
}

#[test]
fn a_line_from_far_away_is_not_taken_for_a_slow_one() {
    const SCRIPT: usize = 95_000;
    for (profile, least, most) in [
        (SLOW, 0.4e6, 0.7e6),
        (MIDDLE, 1.0e6, 2.4e6),
        (FAR, 4e6, 1e9),
        (LAN, 2e7, 1e9),
    ] {
        let cold = told(&mut Alone::on(&profile, 1), &profile, START, &[SCRIPT]);
        let tiles = told(&mut Alone::on(&profile, 1), &profile, START, &[17_000; 12]);
        // A page, and its script as soon as the page is there.
        let mut alone = Alone::on(&profile, 1);
        let page = told(&mut alone, &profile, START, &[25_000]);
        let ended = page[0]["responseEnd"].as_f64().unwrap();
        let after = Duration::from_secs_f64(ended / 1e3);
        let script = told(&mut alone, &profile, after, &[SCRIPT]);
        let all: Vec<Value> = page.iter().chain(&script).cloned().collect();
        // The same, asked for as soon as the page begins to come.
        let mut alone = Alone::on(&profile, 1);
        let first = told(&mut alone, &profile, START, &[25_000]);
        let began = Duration::from_secs_f64(first[0]["responseStart"].as_f64().unwrap() / 1e3);
        let early = told(&mut alone, &profile, began, &[SCRIPT]);
        let both: Vec<Value> = first.iter().chain(&early).cloned().collect();
        let asked = [
            json!({ "came": cold, "all": cold }),
            json!({ "came": tiles, "all": tiles }),
            json!({ "came": script, "all": all }),
            json!({ "came": early, "all": both }),
        ];
        for (what, found) in ["a script", "tiles", "a page's script", "an early script"]
            .iter()
            .zip(worth(&asked))
        {
            let found = found.unwrap_or_else(|| panic!("{what} on {} tells nothing", profile.name));
            let within = (least..most).contains(&found);
            assert!(within, "{what} on {}: {found}", profile.name);
        }
    }
}

#[test]
fn what_is_too_small_to_tell_a_line_by_tells_nothing() {
    let few = told(&mut Alone::on(&FAR, 1), &FAR, START, &[3_000; 4]);
    let asked = [json!({ "came": few, "all": few })];
    assert_eq!(worth(&asked), [None]);
}
