//! The life of a case through the use cases, on both databases: what the HTTP stories build on.

use chrono::Duration;
use relecture::domain::cases::*;
use relecture::domain::commands::{self, CommandBody};
use relecture::domain::ids::{CaseId, IdGenerator as _, SlideSourceId};
use relecture::domain::opinions::{Concordance, OpinionContent};
use relecture::domain::people::Actor;
use relecture::domain::slides::SourceKind;
use relecture::domain::transitions::Command;
use relecture::service::documents::CaseDocument;
use relecture::service::presence::{self, Payload, Presence};
use relecture::service::sessions::Session;
use relecture::service::{ServiceError, Written, cases, commands as service, jobs, timeline};
use relecture::store::organisations::SlideSource;
use relecture::store::outbox::Topic;
use relecture::store::{self, StoreError};

use crate::support::database::TestDatabase;
use crate::support::exchange::{PASSWORD, World, key};

mod capacity;
mod clock;
mod escalation;
mod handing;
mod ledger;
mod life;
mod mending;
mod notices;
mod opinion;
mod snapshots;

/// Somebody who does things to one case, always at its present version.
pub struct Hand<'w> {
    pub world: &'w World,
    pub case: CaseId,
}

impl<'w> Hand<'w> {
    /// Cayenne writes a draft and sends it.
    pub async fn submitted(world: &'w World) -> Self {
        let hand = Self::drafted(world).await;
        hand.does("submitter.cayenne", CommandBody::Submit)
            .await
            .expect("the case is sent");
        hand
    }

    /// The breast expert of Martinique reads a case from Cayenne.
    pub async fn accepted(world: &'w World) -> Self {
        let hand = Self::submitted(world).await;
        hand.does("expert.breast", CommandBody::Accept)
            .await
            .expect("the case is accepted");
        hand
    }

    /// And signs an opinion.
    pub async fn signed(world: &'w World) -> Self {
        let hand = Self::accepted(world).await;
        hand.does("expert.breast", signed())
            .await
            .expect("the opinion is signed");
        hand
    }

    pub async fn drafted(world: &'w World) -> Self {
        let submitter = world.actor("submitter.cayenne@example.org").await;
        let written = cases::create(
            &world.exchange,
            &submitter,
            world.cayenne,
            world.excused_content(),
            key(),
            "r",
        )
        .await
        .expect("a draft is written");
        Self {
            world,
            case: written.case,
        }
    }

    pub fn world(&self) -> &World {
        self.world
    }

    pub async fn does(&self, login: &str, body: CommandBody) -> Result<Written, ServiceError> {
        let actor = self.actor(login).await;
        let version = self.version().await;
        let presence = if body.command().signs() {
            proved(self.world, &actor, self.case, body.command()).await?
        } else {
            Presence::NotShown
        };
        service::run(
            &self.world.exchange,
            &actor,
            self.case,
            version,
            service::Order { body, presence },
            None,
            "r",
        )
        .await
    }

    pub async fn actor(&self, login: &str) -> Actor {
        self.world.actor(&format!("{login}@example.org")).await
    }

    pub async fn version(&self) -> i64 {
        self.row().await.version
    }

    pub async fn row(&self) -> store::cases::CaseRow {
        let case = self.case;
        self.world
            .exchange
            .store
            .read(move |conn| store::cases::find(conn, case))
            .await
            .expect("the case is read")
            .expect("the case is there")
    }

    pub async fn seen_by(&self, login: &str) -> Result<CaseDocument, ServiceError> {
        let actor = self.actor(login).await;
        cases::read(&self.world.exchange, &actor, self.case, "r")
            .await
            .map(|(_, document)| document)
    }
}

/// A proof that somebody is there, as a door shows it.
async fn proved(
    world: &World,
    actor: &Actor,
    case: CaseId,
    command: Command,
) -> Result<Presence, ServiceError> {
    let session = Session {
        actor: actor.clone(),
        family: relecture::clock::SystemIds.next(),
    };
    let sha256 = "0".repeat(64);
    let payload = Payload {
        case,
        command,
        sha256: sha256.clone(),
    };
    let given = presence::prove(
        &world.exchange,
        &session,
        PASSWORD.to_owned(),
        payload,
        None,
        "r",
    );
    Ok(Presence::Shown {
        proof: given.await?.proof,
        session: session.family,
        sha256,
    })
}

/// An opinion that can be signed.
pub fn opinion() -> OpinionContent {
    OpinionContent {
        microscopy: "Prolifération de cellules indépendantes en files indiennes.".into(),
        conclusion: "Carcinome lobulaire infiltrant.".into(),
        concordance: Some(Concordance::MinorDiscordance),
        ..OpinionContent::default()
    }
}

pub fn signed() -> CommandBody {
    CommandBody::Sign(Box::new(commands::Answered { opinion: opinion() }))
}

pub fn reason(text: &str) -> commands::Reason {
    commands::Reason {
        reason: text.into(),
    }
}

/// Registers a slide source of Nouméa, which leads nowhere.
pub async fn source_for_noumea(world: &World) -> SlideSourceId {
    let source = SlideSource {
        id: SlideSourceId::new(&relecture::clock::SystemIds),
        laboratory: world.noumea,
        name: "Lames".into(),
        kind: SourceKind::DeepZoom,
        base_url: "http://127.0.0.1:1".into(),
        internal: true,
        sealed_credentials: None,
    };
    let id = source.id;
    world
        .exchange
        .store
        .write(move |conn| store::organisations::insert_slide_source(conn, &source))
        .await
        .expect("the source is registered");
    id
}

/// Runs every job that is due, as a worker would; mails stay.
pub async fn run_due_jobs(world: &World) -> usize {
    let mut ran = 0;
    loop {
        let now = store::micros(relecture::domain::time::Clock::now(&world.clock));
        let claimed = world
            .exchange
            .store
            .write(move |conn| {
                store::outbox::claim(conn, Topic::Job, "test", now, now + 60_000_000)
            })
            .await
            .expect("the outbox is read");
        let Some(claimed) = claimed else { return ran };
        let job: jobs::Job = serde_json::from_str(&claimed.payload).expect("a job");
        jobs::run(&world.exchange, job).await.expect("the job runs");
        ran += 1;
        world
            .exchange
            .store
            .write(move |conn| {
                store::outbox::finish(conn, &claimed, "test", &store::outbox::Finish::Done, now)
            })
            .await
            .expect("the row is finished");
    }
}

/// The payloads of the outbox, in order.
pub async fn mails(world: &World) -> Vec<relecture::domain::notifications::Notification> {
    use diesel::prelude::*;
    use relecture::store::schema::outbox;
    let payloads: Vec<String> = world
        .exchange
        .store
        .read(|conn| {
            Ok::<_, StoreError>(
                outbox::table
                    .filter(outbox::topic.eq("mail"))
                    .order(outbox::id)
                    .select(outbox::payload)
                    .load(conn)?,
            )
        })
        .await
        .expect("the outbox is read");
    payloads
        .iter()
        .map(|payload| serde_json::from_str(payload).expect("a notification"))
        .collect()
}

/// Lets time pass and what is due happen.
pub async fn after(world: &World, time: Duration) {
    world.clock.advance(time);
    run_due_jobs(world).await;
}

pub async fn commands_of(world: &World, hand: &Hand<'_>) -> Vec<String> {
    let submitter = world.actor("submitter.cayenne@example.org").await;
    timeline::of_case(&world.exchange, &submitter, hand.case, "r")
        .await
        .expect("the timeline is read")
        .iter()
        .map(|entry| entry.command.to_string())
        .collect()
}

pub fn information(question: &str) -> CommandBody {
    CommandBody::RequestInformation(commands::RequestInformation {
        kind: InformationKind::ClinicalData,
        question: question.into(),
    })
}

pub fn databases() -> [TestDatabase; 2] {
    TestDatabase::both()
}
