//! What PostgreSQL breaks off is no fault of the exchange's: whoever asked is told to come back, and finds everything as it was.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};
use relecture::store::{Conn, StoreError};
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::{Caller, Response, Served};

/// Holds all cases, as a long transaction of an operator does, until it is dropped.
fn hold_all_cases(url: &str) -> PgConnection {
    let mut holder = PgConnection::establish(url).unwrap();
    holder
        .batch_execute("BEGIN; LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    holder
}

/// Creates a case that waits for the lock, has `end` done to its statement, and returns the answer.
async fn create_while(url: &str, end: &str, submitter: &Caller, body: &Value) -> Response {
    let holder = hold_all_cases(url);
    let (caller, body) = (submitter.clone(), body.clone());
    let asked = actix_web::rt::spawn(async move {
        let request = caller
            .request(reqwest::Method::POST, "/cases")
            .header("idempotency-key", "the-same");
        caller.send(request.json(&body)).await
    });
    let mut operator = PgConnection::establish(url).unwrap();
    let waiting = format!(
        "SELECT {end}(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'"
    );
    while !asked.is_finished() && sql_query(&waiting).execute(&mut operator).unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    let answer = asked.await.unwrap();
    drop(holder);
    answer
}

#[actix_web::test]
async fn a_statement_that_is_cancelled_and_a_connection_that_is_ended_are_told_to_come_back() {
    let database = TestDatabase::postgres();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let submitter = served.login("submitter.cayenne").await;
    let body = json!({ "laboratory": world.cayenne, "content": {} });
    // The second is what each connection meets when the server is shut down.
    for end in ["pg_cancel_backend", "pg_terminate_backend"] {
        let broken = create_while(database.url(), end, &submitter, &body).await;
        let broken = broken.refused(503, "overloaded");
        assert_eq!(broken.header("retry-after"), "5", "{end}");
    }
    let again = || {
        let request = submitter
            .request(reqwest::Method::POST, "/cases")
            .header("idempotency-key", "the-same");
        submitter.send(request.json(&body))
    };
    let (first, second) = (again().await.expect(201), again().await.expect(201));
    assert_eq!(first.json["id"], second.json["id"]);
    let list = submitter.get("/cases").await.expect(200);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_lock_that_does_not_come_and_a_statement_that_does_not_end_are_broken_off() {
    let database = TestDatabase::postgres();
    let world = World::on(database.url()).await;
    let _holder = hold_all_cases(database.url());
    for statement in [
        "SET LOCAL lock_timeout = '1ms'; LOCK TABLE cases",
        "SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(60)",
        "SET TRANSACTION READ ONLY; DELETE FROM outbox",
    ] {
        let outcome = world.exchange.store.write(move |conn: &mut Conn| {
            conn.batch_execute(statement)?;
            Ok::<_, StoreError>(())
        });
        let outcome = outcome.await;
        assert!(
            matches!(outcome, Err(StoreError::BrokenOff(_))),
            "{statement}: {outcome:?}"
        );
    }
}
