//! A small exchange with people in it: two networks, three laboratories, and a clock that the story sets.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use relecture::clock::SystemIds;
use relecture::domain::cases::*;
use relecture::domain::ids::*;
use relecture::domain::people::{Actor, Membership, Role};
use relecture::domain::slides::{SlideLocation, SourceKind};
use relecture::domain::time::Clock;
use relecture::identity::password::Passwords;
use relecture::identity::tokens::TokenKeys;
use relecture::service::viewing::Viewer;
use relecture::service::{Core, Exchange, Idempotency};
use relecture::slides::gateway::GatewayLimits;
use relecture::slides::outbound::OutboundLimits;
use relecture::slides::probe::Prober;
use relecture::store::organisations::{self, Agreement, Laboratory, Network, SlideSource};
use relecture::store::people::{self, ExpertProfile, Person};
use relecture::store::{Store, StoreConfig, StoreError};
use serde_json::json;

/// The key that seals the stories' exchanges; as text, it is what `sealing_key` takes.
pub const SEALING_KEY: &[u8; 32] = b"a key of the stories, 32 bytes..";

/// Everybody's password.
pub const PASSWORD: &str = "a long enough password";

/// A clock that the story sets.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    /// Stands at `at`.
    pub fn at(at: &str) -> Self {
        Self(Arc::new(Mutex::new(at.parse().expect("an instant"))))
    }

    /// Goes on.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The exchange and who is in it.
pub struct World {
    pub exchange: Exchange,
    pub clock: TestClock,
    /// Routes at once; covers Guyane and Martinique.
    pub antilles: NetworkId,
    /// Holds for triage; covers the Pacific.
    pub pacific: NetworkId,
    pub cayenne: LaboratoryId,
    pub fort_de_france: LaboratoryId,
    pub noumea: LaboratoryId,
    /// A DeepZoom source of Cayenne, internal, at the address given to [`World::with_source`].
    pub source: SlideSourceId,
}

/// Monday 23 November 2026, 10:00 in Cayenne.
pub const START: &str = "2026-11-23T13:00:00Z";

impl World {
    /// On a migrated database; the slide source leads nowhere.
    pub async fn on(database_url: &str) -> Self {
        Self::with_source(database_url, SourceKind::DeepZoom, "http://127.0.0.1:1/dz").await
    }

    /// On a migrated database, with Cayenne's slide source at `base_url`.
    pub async fn with_source(database_url: &str, kind: SourceKind, base_url: &str) -> Self {
        let clock = TestClock::at(START);
        let exchange = open(database_url, Arc::new(clock.clone()));
        let ids = &SystemIds;
        let mut world = Self {
            exchange,
            clock,
            antilles: NetworkId::new(ids),
            pacific: NetworkId::new(ids),
            cayenne: LaboratoryId::new(ids),
            fort_de_france: LaboratoryId::new(ids),
            noumea: LaboratoryId::new(ids),
            source: SlideSourceId::new(ids),
        };
        world.fill(kind, base_url).await;
        world
    }

    async fn fill(&mut self, kind: SourceKind, base_url: &str) {
        let hash = self
            .exchange
            .passwords
            .hash(PASSWORD.to_owned())
            .await
            .expect("a hash");
        let seed = Seed {
            hash,
            networks: [
                network(
                    self.antilles,
                    "GCS Antilles-Guyane",
                    "FR-GF",
                    true,
                    &["FR-GF", "FR-GP", "FR-MQ"],
                ),
                network(
                    self.pacific,
                    "GCS Pacifique",
                    "NC",
                    false,
                    &["NC", "PF", "WF"],
                ),
            ],
            laboratories: [
                laboratory(
                    self.cayenne,
                    "Centre hospitalier de Cayenne",
                    "Cayenne",
                    "FR-GF",
                    self.antilles,
                ),
                laboratory(
                    self.fort_de_france,
                    "CHU de Martinique",
                    "Fort-de-France",
                    "FR-MQ",
                    self.antilles,
                ),
                laboratory(
                    self.noumea,
                    "Médipôle de Koutio",
                    "Dumbéa",
                    "NC",
                    self.pacific,
                ),
            ],
            source: SlideSource {
                id: self.source,
                laboratory: self.cayenne,
                name: "Serveur de lames".into(),
                kind,
                base_url: base_url.into(),
                internal: true,
                sealed_credentials: None,
            },
        };
        self.exchange
            .store
            .write(move |conn| seed.write(conn))
            .await
            .expect("the world is filled");
    }

    /// The person of that login, with their roles.
    pub async fn actor(&self, login: &str) -> Actor {
        let login = login.to_owned();
        self.exchange
            .store
            .read(move |conn| {
                let person = people::find_by_login(conn, &login)?.expect("a known login");
                let memberships = people::memberships(conn, person.id)?;
                Ok::<_, StoreError>(Actor {
                    person: person.id,
                    memberships,
                })
            })
            .await
            .expect("the person is read")
    }

    /// Changes the database as no use case does.
    pub async fn alter(&self, statement: impl Into<String>) {
        let statement = statement.into();
        let changed = self.exchange.store.write(move |conn| {
            diesel::RunQueryDsl::execute(diesel::sql_query(&statement), conn)?;
            Ok::<_, StoreError>(())
        });
        changed.await.expect("the database is changed");
    }

    /// Has an expert away for ten days from now, without anything being handed on.
    pub async fn away(&self, login: &str) {
        let now = self.clock.now();
        let [from, to] = [now, now + Duration::days(10)].map(|at| at.timestamp_micros());
        self.alter(format!(
            "INSERT INTO absences SELECT id, id, {from}, {to} FROM people WHERE login = '{login}@example.org'"
        ))
        .await;
    }

    /// Lets everybody take as many cases as come.
    pub async fn without_limits(&self) {
        self.alter("UPDATE expert_profiles SET capacity_per_day = 100000")
            .await;
    }

    /// A draft with everything in it, its one slide on Cayenne's source at `location`.
    pub fn content(&self, location: SlideLocation) -> CaseContent {
        CaseContent {
            question: "Carcinome lobulaire ou canalaire ?".into(),
            subspecialty: Some("breast".into()),
            clinical_context: "Nodule du sein droit, évolution rapide.".into(),
            initial_diagnosis: Some(InitialDiagnosis {
                status: InitialDiagnosisStatus::Provisional,
                text: Some("Carcinome canalaire infiltrant".into()),
                adicap: None,
            }),
            pre_authorisations: PreAuthorisations {
                further_stains: true,
                send_block: true,
                panel: false,
            },
            patient: Some(PatientContext {
                accession_number: "26H00123".into(),
                birth_year: Some(1971),
                sex: Sex::Female,
                ins: None,
            }),
            patient_information: Some(PatientInformation {
                informed: true,
                non_opposition: true,
                date: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day"),
            }),
            specimens: vec![SpecimenContent {
                label: "A".into(),
                site: "Sein droit".into(),
                procedure: "Biopsie".into(),
                blocks: vec![BlockContent {
                    label: "A1".into(),
                    slides: vec![SlideContent {
                        label: "A1-1".into(),
                        stain: "H&E".into(),
                        source: self.source,
                        location,
                        unreadable_because: None,
                    }],
                }],
            }],
            ..CaseContent::default()
        }
    }

    /// The same, excusing the slide: for stories that are not about slides.
    pub fn excused_content(&self) -> CaseContent {
        let mut content = self.content(SlideLocation::DeepZoom {
            path: "nowhere.dzi".into(),
        });
        content.specimens[0].blocks[0].slides[0].unreadable_because =
            Some("Serveur en maintenance, lame sur demande".into());
        content
    }
}

/// An exchange over a database, with cheap passwords and a given clock.
pub fn open(database_url: &str, clock: Arc<dyn Clock>) -> Exchange {
    let store = Store::open(&StoreConfig::new(database_url)).expect("the database opens");
    let core = Core::new(clock, Arc::new(SystemIds), SEALING_KEY).expect("a core");
    // A machine that tells many stories at once is slow at times; those about slow sources have limits of their own.
    let limits = OutboundLimits {
        connect: std::time::Duration::from_secs(10),
        overall: std::time::Duration::from_secs(30),
        ..OutboundLimits::default()
    };
    Exchange {
        store,
        prober: Prober::new(limits).expect("a prober"),
        viewer: Viewer::new(limits, GatewayLimits::default(), core.clock.clone())
            .expect("a viewer"),
        tokens: Arc::new(TokenKeys::new(&[&[9; 32]]).expect("a key")),
        passwords: Passwords::with_cost(64, 1).expect("parameters"),
        wake: Arc::default(),
        core: Arc::new(core),
    }
}

/// A key nobody has used.
pub fn key() -> Idempotency {
    Idempotency {
        key: SystemIds.next().to_string(),
        fingerprint: "test".into(),
    }
}

fn network(
    id: NetworkId,
    name: &str,
    territory: &str,
    routes_at_once: bool,
    territories: &[&str],
) -> Network {
    let day = json!([["08:00", "12:00"], ["14:00", "18:00"]]);
    Network {
        id,
        name: name.into(),
        territory: territory.into(),
        routes_at_once,
        weekly_hours: json!({"mon": day, "tue": day, "wed": day, "thu": day, "fri": day}),
        on_call_hours: json!({}),
        customary_holidays: false,
        closures: json!([]),
        territories: territories.iter().map(ToString::to_string).collect(),
        subspecialties: ["breast", "dermatopathology", "soft_tissue_bone"]
            .map(String::from)
            .to_vec(),
        requires_ins: false,
    }
}

fn laboratory(
    id: LaboratoryId,
    name: &str,
    commune: &str,
    territory: &str,
    network: NetworkId,
) -> Laboratory {
    Laboratory {
        id,
        name: name.into(),
        commune: commune.into(),
        territory: territory.into(),
        network,
        finess: None,
        local_number: None,
    }
}

#[derive(Clone)]
struct Seed {
    hash: String,
    networks: [Network; 2],
    laboratories: [Laboratory; 3],
    source: SlideSource,
}

impl Seed {
    fn write(&self, conn: &mut relecture::store::Conn) -> Result<(), StoreError> {
        for network in &self.networks {
            organisations::insert_network(conn, network)?;
        }
        for laboratory in &self.laboratories {
            organisations::insert_laboratory(conn, laboratory)?;
        }
        organisations::insert_slide_source(conn, &self.source)?;
        let [antilles, pacific] = [self.networks[0].id, self.networks[1].id];
        let [cayenne, martinique, noumea] = [0, 1, 2].map(|n| self.laboratories[n].id);
        organisations::insert_agreement(
            conn,
            &Agreement {
                id: AgreementId::new(&SystemIds),
                from: pacific,
                to: antilles,
                subspecialties: vec!["breast".into()],
                urgencies: vec![],
                valid_from: NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day"),
                valid_until: None,
            },
        )?;
        let role = |role, laboratory, network| Membership {
            role,
            laboratory,
            network,
        };
        for (login, zone, memberships) in [
            (
                "submitter.cayenne",
                "America/Cayenne",
                vec![role(Role::Submitter, Some(cayenne), None)],
            ),
            (
                "submitter.martinique",
                "America/Martinique",
                vec![role(Role::Submitter, Some(martinique), None)],
            ),
            (
                "submitter.noumea",
                "Pacific/Noumea",
                vec![role(Role::Submitter, Some(noumea), None)],
            ),
            (
                "expert.breast",
                "America/Martinique",
                vec![role(Role::Expert, Some(martinique), Some(antilles))],
            ),
            (
                "expert.second",
                "America/Martinique",
                vec![role(Role::Expert, Some(martinique), Some(antilles))],
            ),
            (
                "expert.pacific",
                "Pacific/Noumea",
                vec![role(Role::Expert, Some(noumea), Some(pacific))],
            ),
            (
                "coordinator.antilles",
                "America/Cayenne",
                vec![role(Role::Coordinator, None, Some(antilles))],
            ),
            (
                "coordinator.pacific",
                "Pacific/Noumea",
                vec![role(Role::Coordinator, None, Some(pacific))],
            ),
            (
                "auditor",
                "Europe/Paris",
                vec![role(Role::Auditor, None, None)],
            ),
            (
                "administrator",
                "Europe/Paris",
                vec![role(Role::Administrator, None, None)],
            ),
        ] {
            let id = PersonId::new(&SystemIds);
            people::insert(conn, &self.person(id, login, zone))?;
            for membership in &memberships {
                people::insert_membership(conn, id, membership, SystemIds.next())?;
            }
            if let Some(profile) = profile(id, login, zone, &memberships) {
                people::insert_profile(conn, &profile)?;
            }
        }
        Ok(())
    }

    fn person(&self, id: PersonId, login: &str, zone: &str) -> Person {
        Person {
            id,
            login: format!("{login}@example.org"),
            email: format!("{login}@example.org"),
            display_name: login.replace('.', " "),
            language: "fr".into(),
            zone: zone.into(),
            rpps: None,
            password_hash: Some(self.hash.clone()),
            active: true,
            created_at: START.parse().expect("an instant"),
        }
    }
}

fn profile(
    person: PersonId,
    login: &str,
    zone: &str,
    memberships: &[Membership],
) -> Option<ExpertProfile> {
    let network = memberships
        .iter()
        .find(|m| m.role == Role::Expert)?
        .network?;
    let (primary, others) = match login {
        "expert.breast" => ("breast", vec![]),
        "expert.second" => ("dermatopathology", vec!["breast".into()]),
        _ => ("dermatopathology", vec![]),
    };
    let day = json!([["08:00", "18:00"]]);
    Some(ExpertProfile {
        person,
        network,
        primary_subspecialty: primary.into(),
        other_subspecialties: others,
        languages: vec!["fr".into()],
        capacity_per_day: 3,
        weekly_hours: json!({"mon": day, "tue": day, "wed": day, "thu": day, "fri": day}),
        zone: zone.into(),
        version: 1,
    })
}
