//! What is measured, one after the other.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use relecture::clock::SystemClock;
use relecture::domain::time::Clock;
use serde_json::Value;

use crate::database::{Place, lines, number};
use crate::http::{Connection, get, login, post};
use crate::load::{Load, Pace, Taken, race};
use crate::nginx::Nginx;
use crate::report::{Report, Target, ms};
use crate::seed::Template;
use crate::server::{Server, own_cpu};
use crate::tiles::{tiles, viewers};
use crate::{Outcome, say};

/// Everybody's password in the demonstration.
pub const PASSWORD: &str = "lames-et-blocs-2026";
/// Rows of a page.
const ROWS: usize = 50;
/// People whose worklists are asked for: as many coordinators as submitters.
const READERS: usize = 12;
/// People who send cases.
const SENDERS: usize = 24;
/// Who want the same case.
const RACERS: usize = 64;
/// Starts of which the middle one counts.
const STARTS: usize = 5;

/// How much is measured.
pub struct Plan {
    /// Cases in the database.
    pub cases: u32,
    /// Drafts beside them, for submission.
    pub drafts: u32,
    /// Each stage.
    stage: Duration,
    /// Races for a case.
    races: usize,
}

impl Plan {
    /// The usual plan, or a quick one.
    pub fn of(quick: bool) -> Self {
        if quick {
            Self {
                cases: 40_000,
                drafts: 12_000,
                stage: Duration::from_secs(4),
                races: 40,
            }
        } else {
            Self {
                cases: 200_000,
                drafts: 40_000,
                stage: Duration::from_secs(15),
                races: 200,
            }
        }
    }
}

/// All stages on one database. Returns what pages of the worklist took.
pub fn all(
    report: &mut Report,
    folder: &Path,
    template: &Template,
    place: &Place,
    plan: &Plan,
) -> Outcome<Taken> {
    freshen(place)?;
    let server = starts(report, folder, template, place)?;
    std::thread::sleep(Duration::from_secs(1));
    report.figure(
        place.name(),
        "memory, idle",
        &Target::AtMost(25.0),
        server.memory()?,
        "MB",
    );
    kinds_of_memory(report, place, &server, "idle")?;
    plaintext(report, place, &server, plan)?;
    let pages = worklist(report, place, &server, plan)?;
    claims(report, place, &server, plan)?;
    submissions(report, place, &server, plan)?;
    let library = Nginx::library(folder)?;
    tiles(report, place, &server, &library, plan.stage)?;
    report.figure(
        place.name(),
        "memory, most under load",
        &Target::AtMost(60.0),
        server.most_memory()?,
        "MB",
    );
    kinds_of_memory(report, place, &server, "at the end of the load")?;
    viewers(report, place, &server, &library, plan.stage)?;
    Ok(pages)
}

/// Pages of the program file and its libraries are counted as its memory, but the kernel may drop them and shares them between
/// processes: told apart, so that one figure does not hide the other.
fn kinds_of_memory(report: &mut Report, place: &Place, server: &Server, when: &str) -> Outcome<()> {
    let (own, files) = server.memory_by_kind()?;
    for (kind, size) in [("its own", own), ("of program files", files)] {
        let what = format!("memory, {when}: {kind}");
        report.figure(place.name(), &what, &Target::None, size, "MB");
    }
    Ok(())
}

/// Pages of a larger database, against those of the usual one.
pub fn worklist_against(
    report: &mut Report,
    folder: &Path,
    template: &Template,
    place: &Place,
    plan: &Plan,
    usual: &Taken,
) -> Outcome<()> {
    let server = Server::start(folder, &template.folder, place)?;
    report.figure(
        place.name(),
        "start, five times as many cases",
        &Target::AtMost(200.0),
        ms(server.started_in),
        "ms",
    );
    let requests = pages(place, server.address)?;
    let taken = load(&server, 32, Pace::Rate(1000), plan.stage).run(|n| Some(nth(&requests, n)))?;
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let ratio = ms(taken.within(share)) / ms(usual.within(share));
        let what = format!("worklist {name}, five times as many cases");
        report.figure(place.name(), &what, &Target::AtMost(1.5), ratio, "×");
    }
    Ok(())
}

/// Links that were checked while the draft was written, as they are when somebody sends it a moment later.
fn freshen(place: &Place) -> Outcome<()> {
    let now = SystemClock.now().timestamp_micros();
    place.connect()?.batch_execute(&format!(
        "UPDATE slide_links SET checked_at = {now}, failure = NULL, facts = (SELECT facts FROM slide_links WHERE facts IS NOT NULL LIMIT 1) \
         WHERE slide_id IN (SELECT s.id FROM slides s JOIN cases c ON c.id = s.case_id WHERE c.state = 'draft')"
    ))?;
    Ok(())
}

fn starts(
    report: &mut Report,
    folder: &Path,
    template: &Template,
    place: &Place,
) -> Outcome<Server> {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..STARTS {
        // The one before ends first.
        drop(last.take());
        let server = Server::start(folder, &template.folder, place)?;
        times.push(server.started_in);
        last = Some(server);
    }
    times.sort_unstable();
    let middle = times.get(STARTS / 2).copied().unwrap_or_default();
    report.figure(
        place.name(),
        "start, until ready",
        &Target::AtMost(200.0),
        ms(middle),
        "ms",
    );
    last.ok_or_else(|| "no start".into())
}

/// So many connections to the server, for so long.
pub fn load(server: &Server, connections: usize, pace: Pace, time: Duration) -> Load {
    Load {
        address: server.address,
        connections,
        pace,
        time,
    }
}

/// The request of that number, round and round.
pub fn nth(requests: &[Vec<u8>], number: u64) -> Cow<'_, [u8]> {
    let at = usize::try_from(number).unwrap_or_default() % requests.len().max(1);
    Cow::Borrowed(requests.get(at).map(Vec::as_slice).unwrap_or_default())
}

/// Runs a stage and notes what a request cost, on either side of the connection.
pub fn costed(
    report: &mut Report,
    place: &Place,
    server: &Server,
    what: &str,
    stage: impl FnOnce() -> Outcome<Taken>,
) -> Outcome<Taken> {
    let before = (server.cpu()?, own_cpu()?);
    let taken = stage()?;
    let after = (server.cpu()?, own_cpu()?);
    let each = |used: u64| used as f64 / taken.count().max(1) as f64;
    let (theirs, ours) = (each(after.0 - before.0), each(after.1 - before.1));
    let what = format!("{what}: CPU of the server a request (of the load generator: {ours:.0} µs)");
    report.figure(place.name(), &what, &Target::None, theirs, "µs");
    Ok(taken)
}

fn plaintext(report: &mut Report, place: &Place, server: &Server, plan: &Plan) -> Outcome<()> {
    let request = get("/health/live", None);
    let taken = load(server, 32, Pace::Saturation, plan.stage / 3)
        .run(|_| Some(Cow::Borrowed(request.as_slice())))?;
    let what = format!("HTTP alone (/health/live, the server on {})", place.name());
    report.limit(&what, &taken);
    Ok(())
}

fn worklist(report: &mut Report, place: &Place, server: &Server, plan: &Plan) -> Outcome<Taken> {
    let requests = pages(place, server.address)?;
    let run = |pace| load(server, 32, pace, plan.stage).run(|n| Some(nth(&requests, n)));
    // What was never read comes from the disk; nobody promises anything about that.
    load(server, 4, Pace::Saturation, Duration::from_secs(1)).run(|n| Some(nth(&requests, n)))?;
    let name = "worklist page at 1,000/s";
    let taken = costed(report, place, server, name, || run(Pace::Rate(1000)))?;
    all_are(report, place, name, &taken, 200);
    for (share, what, most) in [(0.5, "p50", 1.0), (0.99, "p99", 10.0)] {
        let what = format!("{name}, {what}");
        report.figure(
            place.name(),
            &what,
            &Target::AtMost(most),
            ms(taken.within(share)),
            "ms",
        );
    }
    let name = "worklist page at saturation";
    let most = costed(report, place, server, name, || run(Pace::Saturation))?;
    all_are(report, place, name, &most, 200);
    report.figure(
        place.name(),
        name,
        &Target::AtLeast(5000.0),
        most.rate(),
        "/s",
    );
    Ok(taken)
}

/// Nothing is measured on answers that are refusals.
pub fn all_are(report: &mut Report, place: &Place, what: &str, taken: &Taken, status: u16) {
    let others = taken.not(status);
    if others > 0 || taken.count() == 0 {
        let statuses = format!("{:?}", taken.statuses);
        report.fact(
            place.name(),
            &format!("{what}: every answer is {status}"),
            &statuses,
            false,
        );
    }
}

/// Requests for whole pages of worklists: filtered queues of coordinators, and laboratories' lists.
fn pages(place: &Place, address: SocketAddr) -> Outcome<Vec<Vec<u8>>> {
    let asked = [
        ("coordinator", "scope=network&open=true&urgency=routine"),
        ("submitter", "scope=laboratory&urgency=routine"),
    ];
    let mut requests = Vec::new();
    for (role, query) in asked {
        let mut found = 0;
        let people = lines(
            &mut place.connect()?,
            &format!(
                "SELECT DISTINCT p.login AS line FROM people p JOIN memberships m ON m.person_id = p.id WHERE m.role = '{role}' \
                 ORDER BY p.login LIMIT 60"
            ),
        )?;
        for person in people {
            let token = login(address, &person, PASSWORD)?;
            let request = get(&format!("/api/v1/cases?{query}&limit={ROWS}"), Some(&token));
            if rows(&mut Connection::open(address)?, &request)? == ROWS {
                requests.push(request);
                found += 1;
            }
            if found == READERS {
                break;
            }
        }
        if found == 0 {
            return Err(format!("no {role} has a worklist of {ROWS} rows").into());
        }
    }
    Ok(requests)
}

fn rows(connection: &mut Connection, request: &[u8]) -> Outcome<usize> {
    let answer = connection.send(request)?;
    let text = String::from_utf8_lossy(answer.body).into_owned();
    if answer.status != 200 {
        return Err(format!("a worklist answers {}: {text}", answer.status).into());
    }
    let page: Value = serde_json::from_str(&text)?;
    let items = page.get("items").and_then(Value::as_array);
    Ok(items.map_or(0, Vec::len))
}

/// A command that takes no body, on a case at a version.
fn command(case: &str, command: &str, version: &str, token: &str) -> Vec<u8> {
    let headers = format!("If-Match: \"{version}\"\r\nIdempotency-Key: bench-{command}-{case}\r\n");
    post(
        &format!("/api/v1/cases/{case}/{command}"),
        Some(token),
        &headers,
        "{}",
    )
}

/// Cases that a command can be given on: login, case and version, separated by spaces.
fn ready_for(place: &Place, which: &str, person: &str, limit: usize) -> Outcome<Vec<String>> {
    lines(
        &mut place.connect()?,
        &format!(
            "SELECT p.login || ' ' || c.id || ' ' || c.version AS line FROM cases c JOIN people p ON p.id = c.{person} \
             WHERE {which} ORDER BY p.login, c.id LIMIT {limit}"
        ),
    )
}

/// The requests that give a command, by people who log in first; of at most so many people.
fn commands(
    address: SocketAddr,
    ready: &[String],
    name: &str,
    people: usize,
    key: bool,
) -> Outcome<Vec<Vec<u8>>> {
    let mut tokens: BTreeMap<&str, String> = BTreeMap::new();
    let mut requests = Vec::new();
    for line in ready {
        let mut words = line.split(' ');
        let (Some(person), Some(case), Some(version)) = (words.next(), words.next(), words.next())
        else {
            return Err("an unreadable case".into());
        };
        if !tokens.contains_key(person) {
            if tokens.len() == people {
                continue;
            }
            tokens.insert(person, login(address, person, PASSWORD)?);
        }
        let token = tokens.get(person).map(String::as_str).unwrap_or_default();
        requests.push(if key {
            command(case, name, version, token)
        } else {
            let headers = format!("If-Match: \"{version}\"\r\n");
            post(
                &format!("/api/v1/cases/{case}/{name}"),
                Some(token),
                &headers,
                "{}",
            )
        });
    }
    Ok(requests)
}

fn claims(report: &mut Report, place: &Place, server: &Server, plan: &Plan) -> Outcome<()> {
    let soon = SystemClock.now().timestamp_micros() + 600_000_000;
    let offered = format!("c.state = 'offered' AND c.offer_expires_at > {soon}");
    let ready = ready_for(place, &offered, "expert_id", plan.races)?;
    let requests = commands(server.address, &ready, "accept", usize::MAX, false)?;
    let mut racers = Vec::new();
    for _ in 0..RACERS {
        racers.push(Connection::open(server.address)?);
    }
    let mut all = Taken::default();
    let mut without = 0;
    let name = format!("claim with {RACERS} racers");
    let taken = costed(report, place, server, &name, || {
        for request in &requests {
            let taken = race(&mut racers, request)?;
            without += u32::from(taken.statuses.get(&200) != Some(&1));
            all.add(taken);
        }
        Ok(all)
    })?;
    let won = format!(
        "{} of {} races; {:?}",
        requests.len() as u32 - without,
        requests.len(),
        taken.statuses
    );
    report.fact(
        place.name(),
        &format!("{name}: exactly one winner"),
        &won,
        without == 0,
    );
    let what = format!("{name}, p99");
    report.figure(
        place.name(),
        &what,
        &Target::AtMost(10.0),
        ms(taken.within(0.99)),
        "ms",
    );
    Ok(())
}

fn submissions(report: &mut Report, place: &Place, server: &Server, plan: &Plan) -> Outcome<()> {
    let ready = ready_for(place, "c.state = 'draft'", "submitter_id", usize::MAX >> 1)?;
    let requests = commands(server.address, &ready, "submit", SENDERS, true)?;
    say(&format!("  {} drafts to send", requests.len()));
    let submitted = |place: &Place| -> Outcome<(u64, u64)> {
        let conn = &mut place.connect()?;
        let events =
            |which: &str| format!("SELECT count(*) FROM case_events WHERE command = '{which}'");
        Ok((
            number(conn, &events("submit"))?,
            number(conn, &events("offer"))?,
        ))
    };
    let before = submitted(place)?;
    let in_turn = |n: u64| {
        requests
            .get(usize::try_from(n).ok()?)
            .map(|one| Cow::Borrowed(one.as_slice()))
    };
    let name = "submit with routing at 200/s";
    let taken = costed(report, place, server, name, || {
        load(server, 32, Pace::Rate(200), plan.stage).run(in_turn)
    })?;
    all_are(report, place, name, &taken, 200);
    for (share, what, target) in [
        (0.5, "p50", Target::None),
        (0.99, "p99", Target::AtMost(15.0)),
    ] {
        report.figure(
            place.name(),
            &format!("{name}, {what}"),
            &target,
            ms(taken.within(share)),
            "ms",
        );
    }
    let sent = taken.count();
    let name = "submit with routing at saturation";
    let most = costed(report, place, server, name, || {
        load(server, 64, Pace::Saturation, plan.stage).run(|n| in_turn(n + sent))
    })?;
    all_are(report, place, name, &most, 200);
    report.figure(
        place.name(),
        name,
        &Target::AtLeast(1000.0),
        most.rate(),
        "/s",
    );
    let after = submitted(place)?;
    let (events, offers) = (after.0 - before.0, after.1 - before.1);
    report.fact(
        place.name(),
        "submissions that were acknowledged and are on record",
        &format!("{events} of {}; {offers} offers", sent + most.count()),
        events == sent + most.count(),
    );
    Ok(())
}
