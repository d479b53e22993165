//! A disk that is full: what does not fit is refused for that reason alone, what fits is recorded, nothing is half-made, and the
//! exchange goes on by itself when there is room.

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use relecture::store::{Conn, StoreError};
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::Served;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

async fn number(world: &World, query: &'static str) -> i64 {
    let read = world.exchange.store.write(move |conn: &mut Conn| {
        let row: Number = sql_query(query).get_result(conn)?;
        Ok::<_, StoreError>(row.number)
    });
    read.await.expect("a number")
}

/// Leaves the database so many pages to grow by; SQLite then answers as on a full disk.
async fn leave(world: &World, pages: i64) {
    let size = number(world, "SELECT page_count AS number FROM pragma_page_count").await;
    let limit = size + pages;
    let set = world.exchange.store.write(move |conn: &mut Conn| {
        // The pragma answers with a row, which nobody needs.
        let statement = format!("PRAGMA max_page_count = {limit}");
        diesel::connection::SimpleConnection::batch_execute(conn, &statement)?;
        Ok::<_, StoreError>(())
    });
    set.await.expect("a limit");
}

const CASES: &str = "SELECT count(*) AS number FROM cases";

/// A case with more text than is left room for.
fn large(world: &World) -> Value {
    let mut content = serde_json::to_value(world.excused_content()).unwrap();
    for field in ["clinical_context", "macroscopy"] {
        content[field] = "long ".repeat(1900).into();
    }
    json!({ "laboratory": world.cayenne, "content": content })
}

fn small(world: &World) -> Value {
    json!({ "laboratory": world.cayenne, "content": {} })
}

#[actix_web::test]
async fn a_full_disk_refuses_what_does_not_fit_and_harms_nothing_else() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let submitter = served.login("submitter.cayenne").await;
    let _ = submitter.post("/cases", &small(&world)).await.expect(201);
    leave(&world, 2).await;

    let refused = submitter.post("/cases", &large(&world)).await;
    let refused = refused.refused(507, "storage_full");
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(number(&world, CASES).await, 1, "nothing is half-made");
    let _ = served
        .stranger()
        .get("/health/ready")
        .await
        .refused(507, "storage_full");
    let _ = served.stranger().get("/health/live").await.expect(204);
    let _ = submitter.get("/cases").await.expect(200);

    leave(&world, 10_000).await;
    let _ = served.stranger().get("/health/ready").await.expect(204);
    let _ = submitter.post("/cases", &large(&world)).await.expect(201);
}

/// Writes that share a commit with one that finds no room are tried again: SQLite takes the whole commit back.
#[actix_web::test]
async fn who_shares_a_commit_with_a_write_that_finds_no_room_does_not_suffer_from_it() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let store = &world.exchange.store;
    world
        .alter("CREATE TABLE marks (name TEXT NOT NULL, content BLOB)")
        .await;
    leave(&world, 4).await;

    // The first holds the writer until all the others wait behind it, so that they share one commit.
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let first = store.write(move |_: &mut Conn| {
        // The story lets go; a second try finds the channel closed.
        let _ = held.lock().unwrap().recv();
        Ok::<_, StoreError>(())
    });
    let mark = |name: &'static str, bytes: usize| {
        store.write(move |conn: &mut Conn| {
            let insert = format!("INSERT INTO marks VALUES ('{name}', zeroblob({bytes}))");
            sql_query(insert).execute(conn)?;
            Ok::<_, StoreError>(())
        })
    };
    let (before, over, after) = (mark("before", 1), mark("over", 1_000_000), mark("after", 1));
    let release = async move { drop(hold) };
    let (first, before, over, after, ()) = futures_util::join!(first, before, over, after, release);
    first.unwrap();
    before.unwrap();
    assert!(matches!(over, Err(StoreError::Full)), "{over:?}");
    after.unwrap();
    let marks = "SELECT count(*) AS number FROM marks";
    assert_eq!(number(&world, marks).await, 2);
}
