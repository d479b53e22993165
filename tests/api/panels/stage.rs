//! A case with experts of several laboratories around it, for a panel to be convened.

use relecture::domain::ids::PersonId;
use serde_json::{Value, json};

use crate::api::{Case, content};
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::readers::joins_pool;
use crate::support::served::{Caller, Response, Served};

/// A case whose submitter allowed a panel, accepted by `expert.breast`; three more experts, each of a laboratory of their own, one of
/// them in the submitter's.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) served: Served,
    pub(super) case: Case,
    pub(super) slide: String,
    pub(super) submitter: Caller,
    pub(super) chair: Caller,
    pub(super) coordinator: Caller,
}

pub(super) const SECOND: &str = "reader.second";
pub(super) const THIRD: &str = "reader.third";
pub(super) const FOURTH: &str = "reader.fourth";
pub(super) const AT_HOME: &str = "reader.home";

impl Stage {
    pub(super) async fn on(database: &TestDatabase) -> Self {
        Self::allowing(database, true).await
    }

    pub(super) async fn allowing(database: &TestDatabase, panel: bool) -> Self {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let chair = served.login("expert.breast").await;
        let coordinator = served.login("coordinator.antilles").await;
        let mut content = content(&world);
        content["pre_authorisations"]["panel"] = json!(panel);
        let body = json!({"laboratory": world.cayenne, "content": content});
        let mut case = Case::created_from(&submitter, &body).await;
        case.gives(&submitter, "submit", &json!({})).await;
        case.gives(&chair, "accept", &json!({})).await;
        let slide = &case.document["specimens"][0]["blocks"][0]["slides"][0]["id"];
        let slide = slide.as_str().expect("a slide").to_owned();
        // After the offer: it would have gone to one of them.
        for login in [SECOND, THIRD, FOURTH] {
            joins_pool(&world, login, None).await;
        }
        joins_pool(&world, AT_HOME, Some(world.cayenne)).await;
        Self {
            world,
            served,
            case,
            slide,
            submitter,
            chair,
            coordinator,
        }
    }

    pub(super) async fn id(&self, login: &str) -> PersonId {
        self.world
            .actor(&format!("{login}@example.org"))
            .await
            .person
    }

    /// What convening these readers is answered.
    pub(super) async fn asks(&self, readers: &Value) -> Response {
        let body = json!({"readers": readers, "reason": "Tumeur rare"});
        let (id, version) = (&self.case.id, self.case.version);
        self.coordinator
            .command(id, version, "convene", &body)
            .await
    }

    /// Convenes the second and the third reader, who take their seats.
    pub(super) async fn convened(database: &TestDatabase) -> (Self, Caller, Caller) {
        let mut stage = Self::on(database).await;
        let readers = json!([stage.id(SECOND).await, stage.id(THIRD).await]);
        let body = json!({"readers": readers, "reason": "Tumeur rare"});
        stage.case.gives(&stage.coordinator, "convene", &body).await;
        let second = stage.served.login(SECOND).await;
        let third = stage.served.login(THIRD).await;
        stage.case.gives(&second, "join_panel", &json!({})).await;
        stage.case.gives(&third, "join_panel", &json!({})).await;
        (stage, second, third)
    }

    pub(super) async fn draws(&self, who: &Caller, label: &str) -> String {
        let path = self
            .case
            .path(&format!("slides/{}/annotations", self.slide));
        let drawn = json!({"kind": "point", "points": [{"x": 1, "y": 2}], "label": label});
        let made = who.post(&path, &drawn).await.expect(201);
        made.json["id"].as_str().expect("an identifier").to_owned()
    }

    /// Everything that somebody can read of the case, as one text; what they may not ask for adds nothing.
    pub(super) async fn reads(&self, who: &Caller, annotations: &[String]) -> String {
        let mut all = String::new();
        let mut paths = vec![
            String::new(),
            "timeline".to_owned(),
            "opinions".to_owned(),
            "requests".to_owned(),
            "turnaround".to_owned(),
            "forecast".to_owned(),
            "attachments".to_owned(),
            format!("slides/{}/annotations", self.slide),
            format!("slides/{}/annotations.geojson", self.slide),
            format!("slides/{}/annotations.jsonld", self.slide),
        ];
        for one in annotations {
            let path = format!("slides/{}/annotations/{one}", self.slide);
            paths.push(format!("{path}/versions"));
            paths.push(path);
        }
        for path in paths {
            let answer = who.get(&self.case.path(&path)).await;
            assert!(answer.status < 500, "{path}: {}", answer.text);
            all.push_str(&answer.text);
        }
        all
    }

    pub(super) fn panel(&self) -> &Value {
        &self.case.document["panels"][0]
    }
}
