//! A real PostgreSQL for the stories: one private server per test run, one database per story.
//!
//! `script/test` starts the server and names it in `RELECTURE_TEST_POSTGRES_URL`. Without that variable (plain `cargo test`)
//! the first story that needs one starts the same script; the server ends with this process, even when it is killed, because
//! the script waits on a pipe that the system closes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types};

/// A database of its own for one story. It goes with the server at the end of the run: dropping it earlier makes PostgreSQL write
/// a checkpoint, which takes seconds on a busy disk, and keeping it costs less than 10 MB.
pub struct PgDatabase {
    /// Address of the database, with the credentials of its owner.
    pub url: String,
}

/// A new database, copied from the template `template`. The first caller of the run, in whichever process, makes the template:
/// an empty database on whose address `set_up` is called once (it migrates, and must close its connections).
pub fn fresh(template: &str, set_up: fn(&str)) -> PgDatabase {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut admin = PgConnection::establish(server()).expect("PostgreSQL takes connections");
    ensure_template(&mut admin, template, set_up);
    let name = format!(
        "story_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    sql_query(format!(
        "CREATE DATABASE \"{name}\" TEMPLATE \"{template}\""
    ))
    .execute(&mut admin)
    .expect("the template can be copied");
    PgDatabase {
        url: address_of(&name),
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

fn count(connection: &mut PgConnection, query: &str, name: &str) -> i64 {
    let rows: Vec<Count> = sql_query(query)
        .bind::<sql_types::Text, _>(name)
        .load(connection)
        .expect("the count is read");
    rows[0].count
}

/// Makes the template once per server. The advisory lock keeps other threads and processes waiting until it is whole; the mark
/// is set last, so a template that failed half-way is made again.
fn ensure_template(admin: &mut PgConnection, template: &str, set_up: fn(&str)) {
    sql_query("SELECT pg_advisory_lock(20260101)")
        .execute(admin)
        .expect("the lock is taken");
    if count(
        admin,
        "SELECT count(*) FROM pg_database WHERE datistemplate AND datname = $1",
        template,
    ) == 0
    {
        sql_query(format!(
            "DROP DATABASE IF EXISTS \"{template}\" WITH (FORCE)"
        ))
        .execute(admin)
        .expect("no half-made template");
        sql_query(format!("CREATE DATABASE \"{template}\""))
            .execute(admin)
            .expect("a database can be made");
        set_up(&address_of(template));
        sql_query(format!(
            "ALTER DATABASE \"{template}\" IS_TEMPLATE true ALLOW_CONNECTIONS false"
        ))
        .execute(admin)
        .expect("the template is marked");
    }
    sql_query("SELECT pg_advisory_unlock(20260101)")
        .execute(admin)
        .expect("the lock is given back");
}

fn address_of(database: &str) -> String {
    let mut url = url::Url::parse(server()).expect("the server's address is a URL");
    url.set_path(database);
    url.into()
}

/// Address of the run's server (database `postgres`, a superuser).
pub fn server() -> &'static str {
    static SERVER: OnceLock<(String, Option<Child>)> = OnceLock::new();
    let (address, _kept_for_its_pipe) =
        SERVER.get_or_init(|| match std::env::var("RELECTURE_TEST_POSTGRES_URL") {
            Ok(address) => (address, None),
            Err(_) => start(),
        });
    address
}

/// Starts `script/with-postgres` around a shell that prints the address, then reads its standard input until the end.
fn start() -> (String, Option<Child>) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("script/with-postgres");
    let mut child = Command::new(script)
        .args([
            "sh",
            "-c",
            "echo \"$RELECTURE_TEST_POSTGRES_URL\"; exec cat >/dev/null",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script/with-postgres starts");
    let mut address = String::new();
    BufReader::new(child.stdout.take().expect("standard output is piped"))
        .read_line(&mut address)
        .expect("an address is printed");
    assert!(
        address.starts_with("postgres://"),
        "script/with-postgres gave no address: its own message is above"
    );
    (address.trim().to_owned(), Some(child))
}

#[test]
fn each_story_has_its_own_copy_of_the_template() {
    fn set_up(url: &str) {
        let mut connection = PgConnection::establish(url).expect("the template takes connections");
        sql_query("CREATE TABLE marks (name text)")
            .execute(&mut connection)
            .expect("a table is made");
        sql_query("INSERT INTO marks VALUES ('template')")
            .execute(&mut connection)
            .expect("a row is written");
    }
    let marks = "SELECT count(*) FROM marks WHERE name <> $1";
    let (one, two) = (
        fresh("support_template", set_up),
        fresh("support_template", set_up),
    );
    let mut in_one = PgConnection::establish(&one.url).unwrap();
    let mut in_two = PgConnection::establish(&two.url).unwrap();
    sql_query("INSERT INTO marks VALUES ('one')")
        .execute(&mut in_one)
        .unwrap();
    assert_eq!(
        (count(&mut in_one, marks, ""), count(&mut in_two, marks, "")),
        (2, 1)
    );
}

#[test]
fn the_server_runs_on_durable_settings() {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = sql_types::Text)]
        setting: String,
    }
    let mut admin = PgConnection::establish(server()).unwrap();
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        let rows: Vec<Setting> = sql_query("SELECT setting FROM pg_settings WHERE name = $1")
            .bind::<sql_types::Text, _>(name)
            .load(&mut admin)
            .unwrap();
        assert_eq!(rows[0].setting, "on", "{name}");
    }
}
