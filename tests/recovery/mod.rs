//! `kill -9` at random points while cases are submitted and opinions signed, by several people at once: what was acknowledged is
//! there, once and whole; what was not acknowledged is there whole or not at all; and the program is back at once.
//!
//! The real program, its worker beside it, on real settings. Randomness comes from a seed that is printed; the same seed gives the
//! same choices, though not the same scheduling. `RELECTURE_TEST_SEED` sets it.

mod broken_off;
mod full_disk;
mod people;
mod traces;

use std::io::Write as _;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::program::{Machine, Program};
use people::{Pair, Session, Stage};
use traces::{References, Traces};

/// Kills on each database.
const KILLS: usize = 250;
/// Pairs of submitter and expert who work at once.
const PAIRS: u64 = 4;
/// Kills after which everybody logs in anew: access tokens live ten minutes.
const LOGIN_EVERY: usize = 40;
/// Most requests answered before a kill.
const ANSWERED_MAX: usize = 8;
/// Longest time from the last of them to the kill, microseconds: about two requests.
const FURTHER_MAX: u64 = 12_000;

#[actix_web::test]
async fn what_was_acknowledged_survives_every_kill_on_sqlite() {
    survives(TestDatabase::sqlite(), "SQLite").await;
}

#[actix_web::test]
async fn what_was_acknowledged_survives_every_kill_on_postgresql() {
    survives(TestDatabase::postgres(), "PostgreSQL").await;
}

async fn survives(database: TestDatabase, name: &str) {
    let seed = std::env::var("RELECTURE_TEST_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    say(&format!("{name}: RELECTURE_TEST_SEED={seed}"));
    let mut random = StdRng::seed_from_u64(seed);
    let world = World::on(database.url()).await;
    one_expert_without_limit(&world).await;
    let laboratory = world.cayenne;
    let content = world.excused_content();
    // Only the program has the database open, so that each start recovers it alone.
    drop(world);
    let machine = Machine::on(database.url()).with("limits.requests_per_minute", "1000000");
    let mut pairs: Vec<Pair> = (0..PAIRS)
        .map(|pair| Pair::new(laboratory, &content, seed.wrapping_add(pair)))
        .collect();

    let (program, address, _) = start(&machine).await;
    let mut session = Session::login(&address).await;
    let references = References::of_an_undisturbed_case(database.url(), &session, &pairs[0]).await;
    drop(program);

    let (mut restarts, mut unheard) = (Vec::new(), 0);
    for kill in 0..KILLS {
        let (mut program, address, took) = start(&machine).await;
        restarts.push(took);
        unheard += Traces::open(database.url()).check(&references, &pairs);
        if kill % LOGIN_EVERY == 0 {
            session = Session::login(&address).await;
        }
        let session = session.at(&address);
        let enough = random.random_range(0..=ANSWERED_MAX);
        let further = Duration::from_micros(random.random_range(0..=FURTHER_MAX));
        let working =
            futures_util::future::join_all(pairs.iter_mut().map(|pair| pair.work(&session)));
        futures_util::join!(working, kill_after(&mut program, &session, enough, further));
    }

    let (program, address, took) = start(&machine).await;
    restarts.push(took);
    let session = Session::login(&address).await;
    for pair in &mut pairs {
        pair.repeat_what_was_cut_off(&session).await;
    }
    let mut traces = Traces::open(database.url());
    traces.check_all(&references, &pairs);
    traces.check_nothing_else(&pairs);
    drop(program);
    report(name, &pairs, unheard, restarts);
}

/// Waits until so many requests were answered and a moment more, in which others are on their way; then kills.
async fn kill_after(program: &mut Program, session: &Session, enough: usize, further: Duration) {
    while session.answered() < enough {
        session.next_answer().await;
    }
    let since = Instant::now();
    while since.elapsed() < further {
        tokio::task::yield_now().await;
    }
    program.kill();
}

/// Starts the program; how long until it could work.
async fn start(machine: &Machine) -> (Program, String, Duration) {
    let since = Instant::now();
    let (program, address) = machine.serve(&[]).await;
    (program, address, since.elapsed())
}

/// Lets the router send every case to the same expert, who never has enough.
async fn one_expert_without_limit(world: &World) {
    let second = world.actor("expert.second@example.org").await.person;
    world.without_limits().await;
    world
        .alter(format!(
            "UPDATE expert_profiles SET other_subspecialties = '[]' WHERE person_id = '{second}'"
        ))
        .await;
}

/// Says what was measured, and that enough happened to mean something.
fn report(name: &str, pairs: &[Pair], unheard: usize, mut restarts: Vec<Duration>) {
    let count = |stage: Stage| {
        let cases = pairs.iter().flat_map(|pair| &pair.cases);
        cases.filter(|case| case.stage >= stage).count()
    };
    let cut_off: usize = pairs.iter().map(|pair| pair.cut_off).sum();
    restarts.sort_unstable();
    let (median, longest) = (restarts[restarts.len() / 2], restarts[restarts.len() - 1]);
    say(&format!(
        "{name}: {KILLS} kills; {} cases, {} submitted, {} signed; {cut_off} requests cut off, \
         {unheard} of them carried out all the same; \
         restart median {median:.0?}, longest {longest:.0?}",
        count(Stage::Draft),
        count(Stage::Offered),
        count(Stage::Signed),
    ));
    assert!(cut_off >= KILLS, "the kills met requests on their way");
    assert!(unheard > 0, "some between the commit and the answer");
    assert!(
        count(Stage::Signed) >= KILLS / 8,
        "work went on between the kills"
    );
    assert!(
        median < Duration::from_secs(1),
        "a restart takes {median:?}"
    );
}

/// Says something that is seen even when the story passes.
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("standard error");
}
