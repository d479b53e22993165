//! The slide gateway: tiles that are in its memory, each asked for under a grant that is looked at.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use serde_json::Value;

use crate::Outcome;
use crate::database::{Place, lines};
use crate::http::{Connection, get, login, post};
use crate::load::Pace;
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

/// Tiles at a rate and at saturation.
pub fn tiles(report: &mut Report, place: &Place, server: &Server, stage: Duration) -> Outcome<()> {
    let slides = granted(place, server.address, 1)?;
    let slide = slides.first().ok_or("no grant")?;
    let requests: Vec<Vec<u8>> = (0..u64::from(GRID.0 * GRID.1))
        .map(|number| tile(slide, number))
        .collect();
    let run = |pace, time| load(server, 32, pace, time).run(|n| Some(nth(&requests, n)));
    // The first time, each comes from the slide's source.
    run(Pace::Saturation, Duration::from_secs(1))?;
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
    Ok(())
}

/// The request of a tile of the finest resolution, round and round.
fn tile(slide: &str, number: u64) -> Vec<u8> {
    let (columns, rows) = (u64::from(GRID.0), u64::from(GRID.1));
    let (column, row) = (number % columns, number / columns % rows);
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
    stage: Duration,
) -> Outcome<()> {
    let slides = granted(place, server.address, VIEWERS)?;
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

/// Addresses of a slide under so many grants. The server is its own slide source: it serves the demonstration's slide.
fn granted(place: &Place, address: SocketAddr, count: usize) -> Outcome<Vec<String>> {
    let mut conn = place.connect()?;
    conn.batch_execute(&format!(
        "UPDATE slide_sources SET base_url = 'http://{address}/demo-slides/dz', internal = TRUE WHERE kind = 'deep_zoom'"
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
