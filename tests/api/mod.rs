//! The JSON API over real sockets, on both databases.

mod access;
mod administration;
mod annotations;
mod bad_input;
mod codes;
mod connections;
mod continuity;
mod duties;
mod forecast;
mod health;
mod instructions;
mod life;
mod next_case;
mod notifications;
mod panels;
mod people;
mod presence;
mod proposals;
mod recusals;
mod replays;
mod signatures;
mod snapshots;
mod snippets;
mod targets;
mod traces;
mod trials;
pub(crate) mod work_units;
mod worklist;
mod workload;

use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::{Caller, Response, Served};

fn databases() -> [TestDatabase; 2] {
    TestDatabase::both()
}

/// A draft that can be sent: its slide is excused.
fn content(world: &World) -> Value {
    serde_json::to_value(world.excused_content()).expect("a draft")
}

/// A slide source of Nouméa, which the world has not.
async fn source_of_noumea(world: &World) -> relecture::domain::ids::SlideSourceId {
    let source = relecture::store::organisations::SlideSource {
        id: relecture::domain::ids::SlideSourceId::new(&relecture::clock::SystemIds),
        laboratory: world.noumea,
        name: "Lames".into(),
        kind: relecture::domain::slides::SourceKind::DeepZoom,
        base_url: "http://127.0.0.1:1".into(),
        internal: true,
        sealed_credentials: None,
    };
    let id = source.id;
    let insert = move |conn: &mut relecture::store::Conn| {
        relecture::store::organisations::insert_slide_source(conn, &source)
    };
    let store = &world.exchange.store;
    store.write(insert).await.expect("a source is registered");
    id
}

/// An opinion that can be signed.
pub fn opinion() -> Value {
    serde_json::to_value(crate::journey::opinion()).expect("an opinion")
}

/// A case that is worked on over HTTP, at the version that was answered last.
pub struct Case {
    pub id: String,
    pub version: i64,
    /// The case as it was answered last.
    pub document: Value,
    last_status: u16,
}

impl Case {
    /// A draft of Cayenne.
    pub async fn created(world: &World, submitter: &Caller) -> Self {
        let body = json!({"laboratory": world.cayenne, "content": content(world)});
        Self::created_from(submitter, &body).await
    }

    pub async fn created_from(submitter: &Caller, body: &Value) -> Self {
        let made = submitter.post("/cases", body).await.expect(201);
        let id = made.json["id"].as_str().expect("an identifier").to_owned();
        assert_eq!(made.header("location"), format!("/api/v1/cases/{id}"));
        Self {
            version: made.version(),
            document: made.json,
            last_status: 201,
            id,
        }
    }

    /// A case of Cayenne that was sent and is offered to `expert.breast`.
    pub async fn submitted(world: &World, submitter: &Caller) -> Self {
        let mut case = Self::created(world, submitter).await;
        case.gives(submitter, "submit", &json!({})).await;
        case
    }

    pub fn path(&self, below: &str) -> String {
        format!("/cases/{}/{below}", self.id)
            .trim_end_matches('/')
            .to_owned()
    }

    /// Gives a command, which must be carried out.
    pub async fn gives(&mut self, caller: &Caller, command: &str, body: &Value) {
        let done = caller.command(&self.id, self.version, command, body).await;
        self.last_status = done.status;
        if done.status == 204 {
            return;
        }
        let done = done.expect(200);
        assert!(done.version() > self.version, "{command} is a new version");
        assert_eq!(done.json["version"], done.version());
        self.version = done.version();
        self.document = done.json;
    }

    /// Reads the case anew.
    pub async fn look(&mut self, caller: &Caller) {
        let read = caller.get(&self.path("")).await.expect(200);
        self.version = read.version();
        self.document = read.json;
    }

    /// The request that is open.
    pub async fn open_request(&self, caller: &Caller) -> Value {
        let requests = caller.get(&self.path("requests")).await.expect(200);
        requests.json["items"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|request| request.get("closed_at").is_none())
            .unwrap_or_else(|| panic!("an open request: {requests:?}"))["id"]
            .clone()
    }
}
