//! Fills a database with years of a national service within a minute or two.
//!
//! The cases are not invented here: the demonstration lives a few hundred through the program's own use cases, and those are
//! multiplied inside the database, with identifiers, instants, references, search words and sealed patients of their own. So the
//! distribution over networks, laboratories, experts, states, words, events, audit entries and messages is that of real work.

mod clones;
mod columns;

use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use relecture::config::{Config, Places};
use relecture::sealing::Sealing;
use relecture::store::Conn;

use crate::database::{Place, lines, number};
use crate::server::program;
use crate::{Outcome, say};
use columns::{Table, tables};

/// Cases that the demonstration lives: so many that some are open when its half year ends.
const LIVED: u32 = 2_400;
/// How many times its organisations and people are there: some thirty networks with three hundred experts.
const REPLICAS: u32 = 8;
/// Open cases in all.
pub const OPEN: u32 = 5_000;
/// Where the demonstration's slides are said to be.
const LISTEN: &str = "127.0.0.1:18099";

/// The lived cases, and the keys they are sealed under.
pub struct Template {
    /// Data folder of the demonstration, with the keys that its program made.
    pub folder: PathBuf,
    /// What its patients, and the key of its log, are sealed with.
    pub sealing: Sealing,
}

/// Has the program live so many cases of its demonstration into a folder, anew.
pub fn live(folder: &Path, cases: u32) -> Outcome<()> {
    if std::fs::exists(folder)? {
        std::fs::remove_dir_all(folder)?;
    }
    let done = Command::new(program())
        .args(["demo", "--load-only", "--listen", LISTEN, "--cases"])
        .arg(cases.to_string())
        .arg("--data-dir")
        .arg(folder)
        .output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("the demonstration: {said}").into())
}

impl Template {
    /// Has the program live its demonstration.
    pub fn live(folder: &Path) -> Outcome<Self> {
        let folder = folder.join("template");
        say("Living the cases that will be multiplied");
        live(&folder, LIVED)?;
        let variable = (
            "RELECTURE_DATA_DIR".to_owned(),
            folder.display().to_string(),
        );
        let places = Places {
            file: None,
            environment: [variable].into(),
        };
        let config = Config::load(&places, &mut rand::rng())?;
        let sealing = Sealing::new(config.sealing_key.expose());
        Ok(Self { folder, sealing })
    }

    fn connect(&self) -> Outcome<Conn> {
        let path = self.folder.join("demo.db");
        Ok(Conn::establish(&path.display().to_string())?)
    }
}

/// Fills the database at `place` with so many cases, and drafts beside them. Tells what is there then.
pub fn fill(template: &Template, place: &Place, cases: u32, drafts: u32) -> Outcome<String> {
    let mut conn = place.create()?;
    let all = tables(place, &mut conn)?;
    let indexes = place.drop_indexes(&mut conn)?;
    copy(template, place, &mut conn, &all)?;
    organisations(&mut conn, &all)?;
    let wanted = clones::Wanted { cases, drafts };
    clones::spread(&template.sealing, place, &mut conn, &wanted)?;
    conn.batch_execute("BEGIN")?;
    for table in &all {
        if let Some(statement) = table.clone_cases(place) {
            conn.batch_execute(&statement)?;
        }
    }
    clones::words(&mut conn)?;
    conn.batch_execute("COMMIT")?;
    for table in &all {
        conn.batch_execute(&format!("DROP TABLE template_{}", table.name))?;
    }
    conn.batch_execute(
        "DROP TABLE clones; UPDATE expert_profiles SET capacity_per_day = 100000; \
         UPDATE case_numbers SET last_number = 500000",
    )?;
    say("  indexes");
    for statement in indexes {
        conn.batch_execute(&statement)?;
    }
    place.settle(&mut conn)?;
    describe(place, &mut conn)
}

/// Puts the lived rows into the database, and a second time into tables beside, from which they are multiplied.
fn copy(template: &Template, place: &Place, conn: &mut Conn, all: &[Table]) -> Outcome<()> {
    let mut lived = template.connect()?;
    for table in all {
        // What a migration has put into a table is there already.
        if number(conn, &format!("SELECT count(*) FROM {}", table.name))? > 0 {
            conn.batch_execute(&table.template(place))?;
            continue;
        }
        let fields: Vec<String> = table
            .columns
            .iter()
            .map(|(name, _)| format!("'{name}', {name}"))
            .collect();
        let query = format!(
            "SELECT json_group_array(json_object({})) AS line FROM {}",
            fields.join(", "),
            table.name
        );
        let rows = lines(&mut lived, &query)?.pop().unwrap_or_default();
        let typed: Vec<(&str, &str)> = table.typed();
        let insert = format!(
            "INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}",
            name = table.name,
            columns = table.list(),
            rows = place.rows_of(&typed)
        );
        diesel::sql_query(insert)
            .bind::<Text, _>(&rows)
            .execute(conn)?;
        conn.batch_execute(&table.template(place))?;
    }
    Ok(())
}

/// The same networks, laboratories and people again, under other names.
fn organisations(conn: &mut Conn, all: &[Table]) -> Outcome<()> {
    for replica in 1..REPLICAS {
        for table in all {
            if let Some(statement) = table.clone_organisation(replica) {
                conn.batch_execute(&statement)?;
            }
        }
    }
    Ok(())
}

fn describe(place: &Place, conn: &mut Conn) -> Outcome<String> {
    let mut count = |what: &str| number(conn, &format!("SELECT count(*) FROM {what}"));
    let (cases, open) = (
        count("cases")?,
        count("cases WHERE state IN ('submitted', 'offered', 'accepted')")?,
    );
    let (drafts, events) = (count("cases WHERE state = 'draft'")?, count("case_events")?);
    let (networks, experts) = (count("networks")?, count("expert_profiles")?);
    let size = place.size(conn)? / 1_000_000;
    Ok(format!(
        "{cases} cases, {open} of them open and {drafts} drafts, {events} events, {networks} networks, {experts} experts; {size} MB"
    ))
}
