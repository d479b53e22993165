//! The slide gateway: tiles that are in its memory, each asked for under a grant that is looked at.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use serde_json::Value;

use crate::Outcome;
use crate::database::{Place, lines};
use crate::http::{Connection, get, login, post};
use crate::load::{Load, Pace, Taken};
use crate::nginx::{DEEP_ZOOM, Nginx};
use crate::report::{Report, Target, ms};
use crate::server::Server;
use crate::stages::{PASSWORD, all_are, costed, load, nth};

/// Columns and rows of the finest resolution of the demonstration's slide, and its number.
const GRID: (u32, u32) = (10, 13);
const FINEST: u32 = 12;
/// People who read at once, each under a grant of their own, and tiles that all of them ask for in a second: a field of 24 tiles
/// every eight seconds each.
const VIEWERS: usize = 1000;
const THEIR_RATE: u32 = 3000;
/// Tiles in a second while each is fetched from the slide's own server.
const FIRST_RATE: u32 = 50;

/// Tiles at a rate and at saturation.
pub fn tiles(
    report: &mut Report,
    place: &Place,
    server: &Server,
    library: &Nginx,
    stage: Duration,
) -> Outcome<()> {
    let slides = granted(place, server.address, library, 1)?;
    let slide = slides.first().ok_or("no grant")?;
    let requests: Vec<Vec<u8>> = (0..u64::from(GRID.0 * GRID.1))
        .map(|number| tile(slide, number))
        .collect();
    first_time(report, place, server, library, &requests)?;
    let run = |pace, time| load(server, 32, pace, time).run(|n| Some(nth(&requests, n)));
    let name = "slide tile in memory at 1,000/s";
    let taken = costed(report, place, server, name, || run(Pace::Rate(1000), stage))?;
    all_are(report, place, name, &taken, 200);
    for (share, what, most) in [(0.5, "p50", 1.0), (0.99, "p99", 10.0)] {
        let what = format!("{name}, {what}");
        let time = ms(taken.within(share));
        report.figure(place.name(), &what, &Target::AtMost(most), time, "ms");
    }
    let name = "slide tile in memory at saturation";
    let most = costed(report, place, server, name, || run(Pace::Saturation, stage))?;
    all_are(report, place, name, &most, 200);
    let target = Target::AtLeast(5000.0);
    report.figure(place.name(), name, &target, most.rate(), "/s");
    beside(report, place, library, &most, stage)
}

/// Each tile once, which the gateway fetches from the slide's server: what that takes beyond the server's own time.
fn first_time(
    report: &mut Report,
    place: &Place,
    server: &Server,
    library: &Nginx,
    requests: &[Vec<u8>],
) -> Outcome<()> {
    let own: Vec<Vec<u8>> = (0..requests.len() as u64).map(at_the_library).collect();
    let once = |address, requests: &[Vec<u8>]| {
        let nth = |n| requests.get(usize::try_from(n).ok()?).map(Vec::as_slice);
        let (connections, pace, time) = (8, Pace::Rate(FIRST_RATE), Duration::from_secs(60));
        let once = Load {
            address,
            connections,
            pace,
            time,
        };
        once.run(|n| nth(n).map(Cow::Borrowed))
    };
    let (direct, through) = (
        once(library.address, &own)?,
        once(server.address, requests)?,
    );
    let name = "slide tile the first time";
    all_are(report, place, name, &direct, 200);
    all_are(report, place, name, &through, 200);
    for (share, what) in [(0.5, "p50"), (0.99, "p99")] {
        let (alone, all) = (ms(direct.within(share)), ms(through.within(share)));
        let what = format!("{name}: beyond the {alone:.2} ms of its own server, {what}");
        report.figure(place.name(), &what, &Target::AtMost(3.0), all - alone, "ms");
    }
    Ok(())
}

/// The same files from nginx, which looks at no grant.
fn beside(
    report: &mut Report,
    place: &Place,
    library: &Nginx,
    ours: &Taken,
    time: Duration,
) -> Outcome<()> {
    let own: Vec<Vec<u8>> = (0..u64::from(GRID.0 * GRID.1))
        .map(at_the_library)
        .collect();
    let (address, connections, pace) = (library.address, 32, Pace::Saturation);
    let taken = Load {
        address,
        connections,
        pace,
        time,
    }
    .run(|n| Some(nth(&own, n)))?;
    let name = "slide tile in memory at saturation, beside nginx with the same files";
    all_are(report, place, name, &taken, 200);
    report.limit("nginx: the same tiles as files", &taken);
    let share = ours.rate() / taken.rate().max(1.0);
    report.figure(place.name(), name, &Target::AtLeast(0.5), share, "×");
    Ok(())
}

/// The request of a tile at the slide's own server.
fn at_the_library(number: u64) -> Vec<u8> {
    let (column, row) = column_and_row(number);
    let path = format!("{DEEP_ZOOM}/cmu-1-small-region_files/{FINEST}/{column}_{row}.jpeg");
    get(&path, None)
}

/// Which tile of the finest resolution has that number, round and round.
fn column_and_row(number: u64) -> (u64, u64) {
    let (columns, rows) = (u64::from(GRID.0), u64::from(GRID.1));
    (number % columns, number / columns % rows)
}

/// The request of a tile of the finest resolution, round and round.
fn tile(slide: &str, number: u64) -> Vec<u8> {
    let (column, row) = column_and_row(number);
    get(
        &format!("{slide}/slide_files/{FINEST}/{column}_{row}.jpg"),
        None,
    )
}

/// As many people as a country has, all at once.
pub fn viewers(
    report: &mut Report,
    place: &Place,
    server: &Server,
    library: &Nginx,
    stage: Duration,
) -> Outcome<()> {
    let slides = granted(place, server.address, library, VIEWERS)?;
    let name = format!("{VIEWERS} viewers at {THEIR_RATE} tiles/s");
    let many = VIEWERS as u64;
    let taken = costed(report, place, server, &name, || {
        load(server, VIEWERS, Pace::Rate(THEIR_RATE), stage).run(|n| {
            let slide = slides.get((n % many) as usize)?;
            Some(Cow::Owned(tile(slide, n / many + n % many)))
        })
    })?;
    let statuses = format!("{:?}", taken.statuses);
    let right = taken.not(200) == 0 && taken.count() > 0;
    let what = format!("{name}: no error");
    report.fact(place.name(), &what, &statuses, right);
    let (what, time) = (format!("{name}, p99"), ms(taken.within(0.99)));
    report.figure(place.name(), &what, &Target::AtMost(250.0), time, "ms");
    let (what, most) = (format!("{name}: memory"), server.most_memory()?);
    report.figure(place.name(), &what, &Target::AtMost(300.0), most, "MB");
    Ok(())
}

/// Addresses of a slide of the library under so many grants.
fn granted(
    place: &Place,
    address: SocketAddr,
    library: &Nginx,
    count: usize,
) -> Outcome<Vec<String>> {
    let mut conn = place.connect()?;
    conn.batch_execute(&format!(
        "UPDATE slide_sources SET base_url = 'http://{}{DEEP_ZOOM}', internal = TRUE WHERE kind = 'deep_zoom'",
        library.address
    ))?;
    let found = lines(
        &mut conn,
        "SELECT p.login || ' ' || s.case_id || ' ' || s.id AS line FROM slide_links l JOIN slide_sources o ON o.id = l.source_id \
         JOIN slides s ON s.id = l.slide_id JOIN cases c ON c.id = s.case_id JOIN memberships m ON m.laboratory_id = c.laboratory_id \
         JOIN people p ON p.id = m.person_id WHERE o.kind = 'deep_zoom' AND m.role = 'submitter' LIMIT 1",
    )?;
    let mut words = found.first().ok_or("no slide to look at")?.split(' ');
    let (Some(person), Some(case), Some(slide)) = (words.next(), words.next(), words.next()) else {
        return Err("no slide to look at".into());
    };
    let token = login(address, person, PASSWORD)?;
    let path = format!("/api/v1/cases/{case}/slides/{slide}/views");
    let mut connection = Connection::open(address)?;
    let mut slides = Vec::new();
    for _ in 0..count {
        let answer = connection.send(&post(&path, Some(&token), "", ""))?;
        let view: Value = serde_json::from_slice(answer.body)?;
        let base = view.get("description").and_then(Value::as_str);
        let base = base.ok_or_else(|| format!("no grant: {}", answer.status))?;
        slides.push(base.to_owned());
    }
    Ok(slides)
}
