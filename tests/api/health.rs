//! What those who run the server see.

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::Served;

#[actix_web::test]
async fn a_server_tells_that_it_lives_and_whether_it_can_work() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let operator = served.stranger();
        let _ = operator.get("/health/live").await.expect(204);
        let _ = operator.get("/health/ready").await.expect(204);
        world
            .exchange
            .store
            .write(|conn| {
                use diesel::RunQueryDsl as _;
                let forget = "DELETE FROM __diesel_schema_migrations";
                Ok::<_, relecture::store::StoreError>(diesel::sql_query(forget).execute(conn)?)
            })
            .await
            .unwrap();
        let waiting = operator.get("/health/ready").await;
        assert_ne!(waiting.header("retry-after"), "");
        let _ = waiting.refused(503, "overloaded");
        let _ = operator.get("/health/live").await.expect(204);
    }
}

#[actix_web::test]
async fn requests_are_counted_by_route_pattern_and_carry_an_identifier() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let _ = served.login("submitter.cayenne").await;
    let missing = served.stranger().get("/cases-of/somebody").await;
    assert_ne!(missing.header("x-request-id"), "");
    assert_eq!(
        missing.json["instance"],
        format!("urn:uuid:{}", missing.header("x-request-id"))
    );
    assert_eq!(missing.header("cache-control"), "no-store");
    let _ = missing.refused(404, "not_found");
    let metrics = served.stranger().get("/metrics").await.expect(200);
    for line in [
        r#"relecture_http_requests_total{method="POST",route="/api/v1/session",status="200"} 1"#,
        r#"relecture_http_requests_total{method="GET",route="unknown",status="404"} 1"#,
        r#"relecture_database_connections{kind="most"} 4"#,
    ] {
        assert!(
            metrics.text.lines().any(|have| have == line),
            "{line} in\n{}",
            metrics.text
        );
    }
    assert!(!metrics.text.contains("somebody"));
}

#[actix_web::test]
async fn what_is_not_there_is_a_problem_document_whatever_the_method() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let (caller, body) = (served.stranger(), serde_json::json!({}));
    for answer in [
        caller.get("/nowhere").await,
        caller.post("/nowhere", &body).await,
        caller.put("/nowhere", 1, &body).await,
        caller.delete("/nowhere").await,
        caller.command("nobody", 1, "nothing", &body).await,
    ] {
        let _ = answer.refused(404, "not_found");
    }
}
