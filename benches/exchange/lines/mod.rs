//! What people wait for at the other end of a line: the release program behind a real front, and a real browser that comes to it
//! through lines of several kinds.

mod front;
mod line;
mod shape;
mod slide;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection;
use relecture::clock::SystemClock;
use relecture::domain::time::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::database::{Place, lines};
use crate::report::{Report, Target};
use crate::server::{self, Server};
use crate::stages::PASSWORD;
use crate::{Outcome, say, seed};
use front::Front;
use line::Line;
use shape::{FAR, LAN, LOSSY, MIDDLE, Profile, SLOW};

/// Cases that the demonstration lives: more than a page of a network's, and some that are offered.
const CASES: u32 = 900;
/// Names a part of the lines' names, to measure only those.
const ONLY: &str = "RELECTURE_BENCH_LINE";
/// Losses are the same in each run.
const SEED: u64 = 1;

/// What is promised, in seconds: on which line, what, how fast. The light view is promised where it is chosen.
const PROMISED: &[(&Profile, &str, f64)] = &[
    (&SLOW, "worklist, first visit: rows painted", 1.5),
    (&SLOW, "worklist, next page: rows painted", 0.7),
    (&SLOW, "action: filter the worklist", 0.5),
    (&SLOW, "action: accept a case", 0.5),
    (&SLOW, "action: a draft is kept", 0.5),
    (&SLOW, "slide opened: overview sharp", 2.5),
    (&SLOW, "slide opened: overview sharp (light)", 2.5),
    (&SLOW, "jump to 1:1: field sharp (light)", 5.5),
    (&SLOW, "jump to 1:1: field sharp (original)", 8.5),
    (&SLOW, "six jumps: settled", 5.0),
    (&SLOW, "six jumps: settled (light)", 5.0),
    (&MIDDLE, "slide opened: overview sharp", 1.2),
    (&MIDDLE, "slide opened: overview sharp (light)", 1.2),
    (&MIDDLE, "jump to 1:1: field sharp (light)", 2.5),
    (&MIDDLE, "six jumps: settled (light)", 2.2),
    (&LAN, "slide opened: overview sharp", 1.0),
    (&LAN, "field beside: sharp", 0.25),
];

/// A figure, as the browser's script tells it.
#[derive(Deserialize)]
struct Figure {
    what: String,
    ms: Vec<f64>,
    bytes: Vec<f64>,
}

/// Everything that the lines are measured on.
struct Stand {
    /// Ends with this value, as the front does.
    server: Server,
    front: Front,
    /// What the browser's script is told on each line.
    story: Value,
    /// Cases that wait for their expert.
    offers: Vec<Value>,
}

/// Measures all lines.
pub fn all(report: &mut Report, folder: &Path, quick: bool) -> Outcome<()> {
    let folder = folder.join("lines");
    std::fs::create_dir_all(&folder)?;
    let mut stand = Stand::build(report, &folder)?;
    let times = if quick { 1 } else { 3 };
    let only = std::env::var(ONLY).unwrap_or_default();
    for (profile, modes) in [
        (SLOW, &["auto", "light", "original"][..]),
        (LOSSY, &["auto", "light"]),
        (MIDDLE, &["auto", "light", "original"]),
        (FAR, &["auto"]),
        (LAN, &["auto"]),
    ] {
        if !profile.name.contains(&only) {
            continue;
        }
        say(&format!("Visiting through {}", profile.name));
        stand.visit(report, &folder, &profile, modes, times)?;
    }
    Ok(())
}

impl Stand {
    fn build(report: &mut Report, folder: &Path) -> Outcome<Self> {
        say("Living the cases that are visited");
        let data = folder.join("demonstration");
        seed::live(&data, CASES)?;
        let place = Place::Sqlite(data.join("demo.db"));
        // The slide names its own address.
        let library = server::free()?;
        let slides = folder.join("slides");
        let weight = slide::write(&slides, library)?;
        report.note(&format!(
            "Lines: a slide of {edge} × {edge} pixels, a tile of the finest resolution {:.1} KB; from the gateway's memory; nginx before \
             the program, TLS 1.3 and HTTP/2; medians; bytes are what the line carries to the browser",
            weight / 1000.0,
            edge = slide::EDGE,
        ));
        let offers = prepare(&place, library)?;
        let server = Server::start_behind(folder, &data, &place, "https://127.0.0.1")?;
        let front = Front::start(folder, server.address, &slides, library)?;
        let story = story(&place, &front)?;
        Ok(Self {
            server,
            front,
            story,
            offers,
        })
    }

    /// Has the browser come through a line of that kind.
    fn visit(
        &mut self,
        report: &mut Report,
        folder: &Path,
        profile: &Profile,
        modes: &[&str],
        times: usize,
    ) -> Outcome<()> {
        let line = Line::open(*profile, self.front.address(), SEED)?;
        let mut asked = self.story.clone();
        // Each case is accepted once; where nothing is promised, one is enough.
        let wanted = if *profile == SLOW { times } else { 1 };
        let left = self.offers.len().checked_sub(wanted);
        let offers = self
            .offers
            .split_off(left.ok_or("too few cases wait for their expert")?);
        let drafts = asked.get("drafts").cloned().unwrap_or_default();
        let drafts: Vec<&Value> = drafts
            .as_array()
            .into_iter()
            .flatten()
            .take(times)
            .collect();
        let own = json!({
            "base": https(line.address), "modes": modes, "times": times, "offers": offers, "drafts": drafts,
            "pictures": folder.join(format!("{}-kbit", profile.rate / 1000)),
        });
        if let (Some(asked), Value::Object(own)) = (asked.as_object_mut(), own) {
            asked.extend(own);
        }
        for figure in browse(&asked, &line)? {
            figure.told(report, profile);
        }
        say(&format!(
            "  {:?}; the server holds {:.0} MB",
            line.carried(),
            self.server.memory()?
        ));
        Ok(())
    }
}

impl Figure {
    fn told(mut self, report: &mut Report, profile: &Profile) {
        let promised =
            |(on, what, _): &&(&Profile, &str, f64)| on.name == profile.name && *what == self.what;
        let target = match PROMISED.iter().find(promised) {
            Some((_, _, seconds)) => Target::AtMost(*seconds),
            None => Target::None,
        };
        let (time, bytes) = (median(&mut self.ms) / 1e3, median(&mut self.bytes) / 1e3);
        let most = self.ms.last().copied().unwrap_or_default() / 1e3;
        let what = format!("{} ({bytes:.1} KB; slowest {most:.2} s)", self.what);
        report.figure(profile.name, &what, &target, time, "s");
    }
}

/// The middle one, or the later of the two in the middle; sorts them.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn https(address: SocketAddr) -> String {
    format!("https://{address}")
}

/// Points the links to slides at our library, and finds cases that wait for their expert.
fn prepare(place: &Place, library: SocketAddr) -> Outcome<Vec<Value>> {
    let mut conn = place.connect()?;
    conn.batch_execute(&format!(
        "UPDATE slide_sources SET base_url = 'http://{library}{}', internal = TRUE WHERE kind = 'iiif'",
        slide::PREFIX
    ))?;
    let later = SystemClock.now().timestamp_micros() + 3_600_000_000;
    let offered = format!("c.state = 'offered' AND c.offer_expires_at > {later}");
    found(place, &offered, 60)
}

/// Cases of an expert, in that state: who, and which.
fn found(place: &Place, which: &str, limit: usize) -> Outcome<Vec<Value>> {
    let query = format!(
        "SELECT p.login || ' ' || c.id AS line FROM cases c JOIN people p ON p.id = c.expert_id WHERE {which} \
         ORDER BY c.id LIMIT {limit}"
    );
    let mut all = Vec::new();
    for line in lines(&mut place.connect()?, &query)? {
        let (login, id) = line.split_once(' ').ok_or("an unreadable case")?;
        all.push(json!({ "login": login, "id": id }));
    }
    Ok(all)
}

/// Who comes, and where they go.
fn story(place: &Place, front: &Front) -> Outcome<Value> {
    let mut conn = place.connect()?;
    let coordinators = lines(
        &mut conn,
        "SELECT p.login AS line FROM people p JOIN memberships m ON m.person_id = p.id WHERE m.role = 'coordinator' \
         ORDER BY (SELECT count(*) FROM cases c WHERE c.network_id = m.network_id) DESC, p.login LIMIT 1",
    )?;
    let slides = lines(
        &mut conn,
        "SELECT p.login || ' ' || s.case_id || ' ' || s.id AS line FROM slide_links l JOIN slide_sources o ON o.id = l.source_id \
         JOIN slides s ON s.id = l.slide_id JOIN cases c ON c.id = s.case_id JOIN people p ON p.id = c.expert_id \
         WHERE o.kind = 'iiif' AND c.state = 'accepted' ORDER BY c.id LIMIT 1",
    )?;
    let mut words = slides.first().ok_or("no slide to look at")?.split(' ');
    let (Some(reader), Some(case), Some(slide)) = (words.next(), words.next(), words.next()) else {
        return Err("no slide to look at".into());
    };
    let page = format!("/cases/{case}");
    Ok(json!({
        "direct": https(front.address()), "key": front.key, "password": PASSWORD,
        "coordinator": coordinators.first().ok_or("no coordinator")?, "reader": reader,
        "slide": { "case": page, "page": format!("{page}/slides/{slide}") },
        "drafts": found(place, "c.state = 'accepted'", 3)?,
    }))
}

/// Runs the browser's script and answers what it asks on the way.
fn browse(asked: &Value, line: &Line) -> Outcome<Vec<Figure>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/exchange/lines/visit.mjs");
    let mut browser = Command::new("node")
        .arg(script)
        .arg(asked.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("node: {error}; script/setup lines installs it"))?;
    let mut answers = browser.stdin.take().ok_or("no way in")?;
    let told = BufReader::new(browser.stdout.take().ok_or("no way out")?);
    let mut figures = Vec::new();
    for told in told.lines() {
        let told: Value = serde_json::from_str(&told?)?;
        if told.get("ask").is_some() {
            let carried = line.carried();
            writeln!(
                answers,
                "{}",
                json!({ "down": carried.down, "up": carried.up })
            )?;
        } else {
            figures.push(serde_json::from_value(told)?);
        }
    }
    let status = browser.wait()?;
    if status.success() && !figures.is_empty() {
        return Ok(figures);
    }
    Err(format!("the browser's visit: {status}").into())
}
