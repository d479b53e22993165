//! Lines that are slow, cut or greedy, and handlers that fail: each request gets its answer, and the server goes on.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, web};
use relecture::config::{Config, Places};
use relecture::http::{State, observe};

use super::*;

/// A raw connection to a server.
fn connect(served: &Served) -> TcpStream {
    let address = served.address.trim_start_matches("http://");
    TcpStream::connect(address).expect("a connection")
}

/// Everything the server says until it closes the connection.
fn rest(mut line: TcpStream) -> String {
    let mut text = String::new();
    line.read_to_string(&mut text).expect("an answer");
    text
}

/// The head of a create by `caller`, whose body is said to have that many bytes.
fn head(caller: &Caller, length: usize) -> String {
    let token = caller.token.as_deref().unwrap_or_default();
    format!(
        "POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: slow\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[actix_web::test]
async fn a_body_that_does_not_come_in_time_is_a_timeout_and_keeps_nothing() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::with(&world, &[("limits.body_timeout_ms", "200")]);
        let submitter = served.login("submitter.cayenne").await;
        let mut line = connect(&served);
        line.write_all(head(&submitter, 50).as_bytes()).unwrap();
        line.write_all(b"{\"laboratory\": ").unwrap();
        let answer = rest(line);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(
            answer.contains("urn:relecture:problem:request_timeout"),
            "{answer}"
        );
        // What was half said can be said again under its key.
        let body = json!({"laboratory": world.cayenne, "content": {}});
        let request = submitter
            .request(reqwest::Method::POST, "/cases")
            .header("idempotency-key", "slow");
        let _ = submitter.send(request.json(&body)).await.expect(201);
    }
}

#[actix_web::test]
async fn a_line_cut_in_the_middle_of_a_body_leaves_no_trace() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let body = json!({"laboratory": world.cayenne, "content": {}}).to_string();
        let mut line = connect(&served);
        line.write_all(head(&submitter, body.len()).as_bytes())
            .unwrap();
        line.write_all(&body.as_bytes()[..body.len() - 1]).unwrap();
        line.shutdown(Shutdown::Write).unwrap();
        let _ = rest(line);
        let list = submitter.get("/cases").await.expect(200);
        assert_eq!(list.json["items"], json!([]));
    }
}

#[actix_web::test]
async fn a_client_that_goes_away_before_the_answer_finds_its_case_under_its_key() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let body = json!({"laboratory": world.cayenne, "content": {}});
        let text = body.to_string();
        let mut line = connect(&served);
        line.write_all(head(&submitter, text.len()).as_bytes())
            .unwrap();
        line.write_all(text.as_bytes()).unwrap();
        drop(line);
        let again = || {
            let request = submitter
                .request(reqwest::Method::POST, "/cases")
                .header("idempotency-key", "slow");
            submitter.send(request.json(&body))
        };
        let (first, second) = (again().await, again().await);
        // Whether the first one was carried out or not: there is one case, and the client knows it.
        let (first, second) = (first.expect(201), second.expect(201));
        assert_eq!(first.json["id"], second.json["id"]);
        let list = submitter.get("/cases").await.expect(200);
        assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
        assert_eq!(list.json["items"][0]["id"], second.json["id"]);
    }
}

#[actix_web::test]
async fn a_body_without_an_announced_length_has_the_same_limit() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::with(&world, &[("limits.json_body_bytes", "1000")]);
    let submitter = served.login("submitter.cayenne").await;
    let pieces = (0..5).map(|_| Ok::<_, std::io::Error>(vec![b' '; 400]));
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let request = submitter
        .request(reqwest::Method::POST, "/cases")
        .header("idempotency-key", "long")
        .header("content-type", "application/json");
    let answer = submitter.send(request.body(stream)).await;
    let _ = answer.refused(413, "body_too_large");
}

#[actix_web::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::with(&world, &[("limits.requests_per_minute", "3")]);
    let submitter = served.login("submitter.cayenne").await;
    for left in ["2", "1", "0"] {
        let answer = submitter.get("/me").await.expect(200);
        let told = format!("\"person\";r={left};t=");
        assert!(answer.header("ratelimit").starts_with(&told), "{answer:?}");
        assert_eq!(answer.header("ratelimit-policy"), "\"person\";q=3;w=60");
    }
    let refused = submitter.get("/me").await;
    assert_eq!(refused.header("retry-after"), "20");
    assert!(refused.header("ratelimit").starts_with("\"person\";r=0;"));
    let _ = refused.refused(429, "too_many_requests");
    let other = served.login("expert.breast").await;
    let _ = other.get("/me").await.expect(200);
    world.clock.advance(chrono::Duration::seconds(20));
    let _ = submitter.get("/me").await.expect(200);
}

#[actix_web::test]
async fn who_guesses_passwords_waits_longer_each_time() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let guess = json!({"login": "submitter.cayenne@example.org", "password": "not this one"});
        for _ in 0..5 {
            let answer = served.stranger().post("/session", &guess).await;
            let _ = answer.refused(401, "invalid_credentials");
        }
        let waits = served.stranger().post("/session", &guess).await;
        assert_eq!(waits.header("retry-after"), "2");
        let _ = waits.refused(429, "too_many_requests");
        world.clock.advance(chrono::Duration::seconds(2));
        let _ = served.login("submitter.cayenne").await;
    }
}

/// What is written to the log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn a_panic_is_an_internal_problem_and_each_request_is_one_line_without_its_path() {
    async fn fall() -> HttpResponse {
        panic!("as the story wants it")
    }
    async fn stand(path: web::Path<String>) -> String {
        path.into_inner()
    }
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let folder = tempfile::tempdir().unwrap();
    let places = Places {
        file: None,
        environment: vec![(
            "RELECTURE_DATA_DIR".into(),
            folder.path().display().to_string(),
        )],
    };
    let config = Config::load(&places, &mut rand::rng()).unwrap();
    let state = web::Data::new(State::new(world.exchange.clone(), &config).unwrap());
    let app = actix_web::test::init_service(
        App::new()
            .app_data(state.clone())
            .wrap(from_fn(observe::watch))
            .route("/fall", web::get().to(fall))
            .route("/stand/{name}", web::get().to(stand)),
    )
    .await;
    let lines = Lines::default();
    let writer = lines.clone();
    // While a process has one subscriber alone, the thread that meets a line of log first decides whether anybody wants it, and
    // the threads of other stories want none. A second subscriber makes it ask them all.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let get = |path: &str| actix_web::test::TestRequest::get().uri(path).to_request();
    let fallen = actix_web::test::try_call_service(&app, get("/fall")).await;
    let answer = fallen
        .expect_err("the watch gives the answer")
        .error_response();
    assert_eq!(answer.status(), 500);
    assert_eq!(
        answer.headers().get("content-type").unwrap(),
        "application/problem+json"
    );
    assert!(answer.headers().contains_key("x-request-id"));
    let standing = actix_web::test::call_service(&app, get("/stand/secret-name")).await;
    assert_eq!(standing.status(), 200, "the next request is served");
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let logged: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(logged.len(), 2, "{text}");
    assert_eq!(
        (&logged[0]["level"], &logged[0]["problem"]),
        (&json!("ERROR"), &json!("internal"))
    );
    assert_eq!(
        (&logged[1]["route"], &logged[1]["status"]),
        (&json!("/stand/{name}"), &json!(200))
    );
    assert!(!text.contains("secret-name"), "{text}");
    assert_eq!(
        standing.headers().get("x-request-id").unwrap(),
        logged[1]["request_id"].as_str().unwrap()
    );
}

#[actix_web::test]
async fn a_failure_of_ours_tells_no_cause() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let break_it = |conn: &mut relecture::store::Conn| {
            use diesel::RunQueryDsl as _;
            let text = "ALTER TABLE agreements RENAME TO lost";
            Ok::<_, relecture::store::StoreError>(diesel::sql_query(text).execute(conn)?)
        };
        let _ = world.exchange.store.write(break_it).await.unwrap();
        let failed = submitter.get("/agreements").await;
        assert!(!failed.text.contains("agreements"), "{}", failed.text);
        let _ = failed.refused(500, "internal");
        let _ = submitter.get("/me").await.expect(200);
    }
}
