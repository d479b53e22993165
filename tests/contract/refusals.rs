//! Every refusal that the document promises for many operations at once, asked of each of them over HTTP. The requests are made
//! from the document: its paths, its headers, its examples.

use relecture::domain::permissions::Relation;
use relecture::domain::text_enum::TextEnum as _;
use relecture::domain::transitions::{Command, transition};
use reqwest::Method;
use serde_json::{Value, json};

use super::commands::{given_by_people, operation_of, refusable};
use super::examples::of_request;
use crate::support::database::TestDatabase;
use crate::support::document::{Operation, document};
use crate::support::exchange::World;
use crate::support::served::{Caller, Response, Served};

/// Names nothing.
const NOTHING: &str = "01a20890-0000-7000-8000-000000000000";

/// A request as the document wants it, to be spoiled.
struct Request<'o> {
    operation: &'o Operation,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl<'o> Request<'o> {
    /// A right request; what its path names is not there.
    fn to(operation: &'o Operation) -> Self {
        let mut path = operation.path.clone();
        let mut headers = Vec::new();
        let mut query = Vec::new();
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().expect("a name");
            let example = parameter["example"].as_str().unwrap_or(NOTHING).to_owned();
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
                Some("header") if parameter["required"] == true => {
                    headers.push((name.to_owned(), example))
                }
                Some("query") if parameter["required"] == true => {
                    query.push(format!("{name}={example}"))
                }
                _ => {}
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let body = of_request(operation)
            .first()
            .map(|(_, example)| example.to_string());
        if body.is_some() {
            headers.push(("Content-Type".into(), "application/json".into()));
        }
        Self {
            operation,
            path,
            headers,
            body,
        }
    }

    /// A right request on something that is there.
    fn about(operation: &'o Operation, id: &str) -> Self {
        let right = Self::to(operation);
        Self {
            path: right.path.replace(NOTHING, id),
            ..right
        }
    }

    fn with(mut self, header: &str, value: &str) -> Self {
        self = self.without(header);
        self.headers.push((header.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| name != header);
        self
    }

    fn carrying(self, body: impl Into<String>) -> Self {
        Self {
            body: Some(body.into()),
            ..self
        }
    }

    async fn by(self, caller: &Caller) -> Response {
        let method: Method = self.operation.method.parse().expect("a method");
        let mut request = caller.request(method, &self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        caller.send(request).await
    }
}

fn operations() -> &'static [Operation] {
    &document().operations
}

fn secured() -> impl Iterator<Item = &'static Operation> {
    operations().iter().filter(|operation| !operation.is_open())
}

fn with_a_body() -> impl Iterator<Item = &'static Operation> {
    operations()
        .iter()
        .filter(|operation| !of_request(operation).is_empty())
}

/// Whoever may call it: no role stands between them and the refusal that is looked for.
async fn callers(served: &Served) -> (Caller, Caller) {
    (
        served.login("submitter.cayenne").await,
        served.login("administrator").await,
    )
}

fn fitting<'c>(
    operation: &Operation,
    (submitter, administrator): &'c (Caller, Caller),
) -> &'c Caller {
    if operation.path.starts_with("/outbox") || operation.path.starts_with("/administration") {
        administrator
    } else {
        submitter
    }
}

#[actix_web::test]
async fn who_shows_no_token_of_ours_is_asked_for_one() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        for operation in secured() {
            let _ = Request::to(operation)
                .by(&served.stranger())
                .await
                .refused(401, "unauthenticated");
            let forged = served.bearing("eyJhbGciOiJub25lIn0.e30.");
            let _ = Request::to(operation)
                .by(&forged)
                .await
                .refused(401, "unauthenticated");
        }
    }
}

#[actix_web::test]
async fn what_is_not_there_is_not_found() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let callers = callers(&served).await;
        for operation in secured().filter(|operation| operation.path.contains('{')) {
            let caller = fitting(operation, &callers);
            let _ = Request::to(operation)
                .by(caller)
                .await
                .refused(404, "not_found");
            let _ = Request::about(operation, "nobody")
                .by(caller)
                .await
                .refused(404, "not_found");
        }
    }
}

#[actix_web::test]
async fn an_address_takes_only_the_parameters_it_has() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let callers = callers(&served).await;
        for operation in operations()
            .iter()
            .filter(|operation| operation.statuses().contains(&400))
        {
            let mut request = Request::to(operation);
            let separator = if request.path.contains('?') { '&' } else { '?' };
            request.path = format!("{}{separator}colour=blue", request.path);
            let answer = request
                .by(fitting(operation, &callers))
                .await
                .refused(400, "malformed_query");
            assert_eq!(
                answer.json["errors"][0]["parameter"], "colour",
                "{}",
                operation.id
            );
            assert_eq!(
                answer.json["errors"][0]["code"], "unknown_field",
                "{}",
                operation.id
            );
        }
    }
}

#[actix_web::test]
async fn a_body_is_json_of_a_fair_size_with_known_members_only() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::with(&world, &[("limits.json_body_bytes", "20000")]);
        let callers = callers(&served).await;
        for operation in with_a_body() {
            let caller = fitting(operation, &callers);
            let right = || Request::to(operation);
            let _ = right()
                .carrying("{\"")
                .by(caller)
                .await
                .refused(400, "malformed_json");
            let _ = right()
                .with("Content-Type", "text/plain")
                .by(caller)
                .await
                .refused(415, "unsupported_media_type");
            let large = " ".repeat(20_001);
            let _ = right()
                .carrying(large)
                .by(caller)
                .await
                .refused(413, "body_too_large");
            let mut body: Value =
                serde_json::from_str(&right().body.expect("an example")).expect("JSON");
            body["colour"] = json!("blue");
            let answer = right()
                .carrying(body.to_string())
                .by(caller)
                .await
                .refused(422, "invalid_fields");
            assert_eq!(
                answer.json["errors"][0]["pointer"], "/colour",
                "{}",
                operation.id
            );
            assert_eq!(
                answer.json["errors"][0]["code"], "unknown_field",
                "{}",
                operation.id
            );
        }
    }
}

#[actix_web::test]
async fn a_change_names_the_version_that_was_read() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let callers = callers(&served).await;
        for operation in operations()
            .iter()
            .filter(|operation| operation.demands("If-Match"))
        {
            let caller = fitting(operation, &callers);
            let without = Request::to(operation).without("If-Match");
            let _ = without
                .by(caller)
                .await
                .refused(428, "precondition_required");
            let unquoted = Request::to(operation).with("If-Match", "7");
            let _ = unquoted.by(caller).await.refused(400, "bad_precondition");
        }
    }
}

#[actix_web::test]
async fn a_create_names_its_key() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let callers = callers(&served).await;
        let mut seen = 0;
        for operation in operations() {
            let caller = fitting(operation, &callers);
            if operation.demands("Idempotency-Key") {
                let without = Request::to(operation).without("Idempotency-Key");
                let _ = without
                    .by(caller)
                    .await
                    .refused(400, "missing_idempotency_key");
            }
            if operation
                .parameters
                .iter()
                .any(|parameter| parameter["name"] == "Idempotency-Key")
            {
                let long = "k".repeat(201);
                let too_long = Request::to(operation).with("Idempotency-Key", &long);
                let _ = too_long
                    .by(caller)
                    .await
                    .refused(400, "missing_idempotency_key");
                seen += 1;
            }
        }
        assert!(
            seen > given_by_people().len(),
            "{seen} operations take a key"
        );
    }
}

#[actix_web::test]
async fn who_asks_too_often_is_told_when_to_ask_again() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::with(&world, &[("limits.requests_per_minute", "1")]);
        let caller = served.login("submitter.cayenne").await;
        let _ = caller.get("/me").await.expect(200);
        for operation in secured() {
            let _ = Request::to(operation)
                .by(&caller)
                .await
                .refused(429, "too_many_requests");
        }
        let login = document().operation("login");
        let mut last = 401;
        for _ in 0..10 {
            let wrong = json!({ "login": "expert.breast@example.org", "password": "not it" });
            last = Request::to(login)
                .carrying(wrong.to_string())
                .by(&served.stranger())
                .await
                .status;
        }
        assert_eq!(last, 429, "guessing gets slow");
    }
}

#[actix_web::test]
async fn who_takes_no_json_gets_none() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let caller = served.login("submitter.cayenne").await;
    for operation in operations()
        .iter()
        .filter(|operation| operation.id != "readDocument")
    {
        let html = Request::to(operation).with("Accept", "text/html");
        let _ = html.by(&caller).await.refused(406, "not_acceptable");
    }
}

/// Cases of Cayenne in the states in which the relations to them differ.
struct Cases {
    draft: String,
    offered: String,
    signed: String,
}

impl Cases {
    async fn made(world: &World, submitter: &Caller, expert: &Caller) -> Self {
        let draft = created(world, submitter).await;
        let signed = created(world, submitter).await;
        let sent = submitter
            .command(&signed, 1, "submit", &json!({}))
            .await
            .expect(200);
        let accepted = expert
            .command(&signed, version(&sent), "accept", &json!({}))
            .await
            .expect(200);
        let opinion = serde_json::to_value(crate::journey::opinion()).expect("an opinion");
        let body = json!({ "opinion": opinion });
        let _ = expert
            .command(&signed, version(&accepted), "sign", &body)
            .await
            .expect(200);
        // Sent when the expert has nothing else to read, or it would be somebody else's.
        let offered = created(world, submitter).await;
        let _ = submitter
            .command(&offered, 1, "submit", &json!({}))
            .await
            .expect(200);
        Self {
            draft,
            offered,
            signed,
        }
    }

    /// The case on which a person of that relation gives a command that starts from another state.
    fn wrong_for(&self, relation: Relation, command: Command) -> Option<&str> {
        use relecture::domain::cases::CaseState as S;
        let states: &[(S, &str)] = match relation {
            Relation::Submitter => &[
                (S::Draft, &self.draft),
                (S::Offered, &self.offered),
                (S::Signed, &self.signed),
            ],
            Relation::Coordinator => &[(S::Offered, &self.offered), (S::Signed, &self.signed)],
            Relation::Holder => &[(S::Offered, &self.offered)],
            _ => &[(S::Signed, &self.signed)],
        };
        let from = transition(command).from;
        states
            .iter()
            .find(|(state, _)| !from.contains(state))
            .map(|(_, case)| *case)
    }
}

async fn created(world: &World, submitter: &Caller) -> String {
    let content = serde_json::to_value(world.excused_content()).expect("a draft");
    let body = json!({ "laboratory": world.cayenne, "content": content });
    let made = submitter.post("/cases", &body).await.expect(201);
    made.json["id"].as_str().expect("an identifier").to_owned()
}

fn version(answer: &Response) -> i64 {
    answer.json["version"].as_i64().expect("a version")
}

#[actix_web::test]
async fn a_command_is_refused_to_others_in_other_states_and_at_other_versions() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [submitter, expert, coordinator] = [
            served.login("submitter.cayenne").await,
            served.login("expert.breast").await,
            served.login("coordinator.antilles").await,
        ];
        let cases = Cases::made(&world, &submitter, &expert).await;
        for command in given_by_people() {
            let (operation, who) = (operation_of(command), transition(command).who);
            let people = [
                (Relation::Submitter, &submitter, &cases.offered),
                (Relation::Holder, &expert, &cases.offered),
                (Relation::Coordinator, &coordinator, &cases.offered),
                (Relation::Signer, &expert, &cases.signed),
            ];
            let (_, other, case) = people
                .iter()
                .find(|(relation, ..)| !who.contains(relation))
                .expect("somebody else");
            let _ = Request::about(operation, case)
                .by(other)
                .await
                .refused(403, "forbidden");
            let own: Vec<_> = people
                .iter()
                .filter(|(relation, ..)| who.contains(relation))
                .collect();
            // Who sits on a panel has stories of their own: the cases here have none.
            let Some((_, person, case)) = own.first() else {
                continue;
            };
            let stale = Request::about(operation, case).with("If-Match", "\"4711\"");
            let answer = stale.by(person).await.refused(412, "stale_version");
            assert!(answer.json["current_version"].is_i64(), "{command}");
            let wrong = own.iter().find_map(|(relation, person, _)| {
                cases
                    .wrong_for(*relation, command)
                    .map(|case| (person, case))
            });
            let Some((person, case)) = wrong else {
                continue;
            };
            let now = person.get(&format!("/cases/{case}")).await.expect(200);
            let refused = Request::about(operation, case)
                .with("If-Match", now.header("etag"))
                .by(person)
                .await;
            let answer = refused.refused(409, "command_refused");
            assert_eq!(answer.json["command"], command.as_str());
            assert_eq!(answer.json["state"], now.json["state"], "{command}");
            assert!(refusable(command), "{command}");
        }
    }
}

/// A document that takes the place of a compressed answer is not compressed, and does not say so.
#[actix_web::test]
async fn a_problem_is_readable_by_who_takes_compressed_answers() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    for encodings in ["gzip", "br", "gzip, deflate, br", "identity"] {
        let login = Request::to(document().operation("login")).carrying("{");
        let answer = login
            .with("Accept-Encoding", encodings)
            .by(&served.stranger())
            .await;
        assert_eq!(answer.header("content-encoding"), "", "{encodings}");
        let _ = answer.refused(400, "malformed_json");
    }
}
