//! Who may ask what: every operation of the API, asked by everybody. An operation without a row fails the test.

use std::collections::BTreeSet;

use relecture::domain::ids::IdGenerator as _;
use relecture::domain::time::Clock as _;
use reqwest::Method;

use super::*;
use crate::support::document::document;

/// Who asks: the submitter of the case's laboratory, the expert who holds it, the coordinator of its network, a submitter of
/// another laboratory, another expert of the pool, the coordinator of another network, an auditor, an administrator.
const WHO: [&str; 8] = [
    "submitter.cayenne",
    "expert.breast",
    "coordinator.antilles",
    "submitter.martinique",
    "expert.second",
    "coordinator.pacific",
    "auditor",
    "administrator",
];

type Row = [u16; WHO.len()];

/// Anybody who is logged in.
const ALL: Row = [200; 8];
/// Who names a version that the case never had is told so only after they were found to be allowed the command: 412. Who sees the
/// case but may not gets 403, a stranger 404.
const OF_SUBMITTER: Row = [412, 403, 403, 404, 404, 404, 404, 404];
const OF_HOLDER: Row = [403, 412, 403, 404, 404, 404, 404, 404];
const OF_COORDINATOR: Row = [403, 403, 412, 404, 404, 404, 404, 404];
const OF_READERS: Row = [403, 412, 412, 404, 404, 404, 404, 404];
const OF_BOTH_SIDES: Row = [412, 412, 403, 404, 404, 404, 404, 404];
/// Of who signed: nobody has yet.
const OF_SIGNER: Row = [403, 403, 403, 404, 404, 404, 404, 404];
/// Of who sits on a panel: the case has none.
const OF_PANEL: Row = OF_SIGNER;

/// What administrators keep is nobody else's; what is not there is not found by them either.
const OF_ADMINISTRATOR: Row = [403, 403, 403, 403, 403, 403, 403, 200];
const ABSENT_FOR_ADMINISTRATOR: Row = [403, 403, 403, 403, 403, 403, 403, 404];

/// What each operation answers each of them about a case that is offered to the holder.
const EXPECTED: &[(&str, Row)] = &[
    ("whoAmI", ALL),
    (
        "updateExpertProfile",
        [403, 412, 403, 403, 412, 403, 403, 403],
    ),
    ("changePassword", [422; 8]),
    ("readNotificationChoices", ALL),
    ("readSnippets", [403, 200, 403, 403, 200, 403, 403, 403]),
    ("keepSnippets", [403, 412, 403, 403, 412, 403, 403, 403]),
    ("setNotificationChoices", [412; 8]),
    ("takeNextCase", [403, 404, 403, 403, 404, 403, 403, 403]),
    ("myWorkload", [403, 200, 403, 403, 200, 403, 403, 403]),
    ("addAbsence", [403, 201, 403, 403, 201, 403, 403, 403]),
    ("removeAbsence", [404, 204, 404, 404, 404, 404, 404, 404]),
    ("listTerritories", ALL),
    ("listSubspecialties", ALL),
    ("listSynopticTemplates", ALL),
    ("searchCodes", ALL),
    ("listNetworks", ALL),
    ("listPools", ALL),
    ("listAgreements", ALL),
    ("listLaboratories", ALL),
    ("listSlideSources", ALL),
    ("listExperts", [404, 404, 200, 404, 404, 404, 404, 404]),
    (
        "networkTurnaround",
        [404, 404, 200, 404, 404, 404, 404, 404],
    ),
    ("networkWorkload", [404, 404, 200, 404, 404, 404, 404, 404]),
    ("listDuties", [404, 200, 200, 404, 200, 404, 404, 404]),
    ("addDuty", [404, 404, 422, 404, 404, 404, 404, 404]),
    ("removeDuty", [404; 8]),
    ("proposeWorkUnits", [404, 404, 200, 404, 404, 404, 404, 200]),
    ("listRecusals", [404, 200, 200, 404, 200, 404, 404, 404]),
    ("declareRecusal", [404, 422, 422, 404, 422, 404, 404, 404]),
    ("withdrawRecusal", [404; 8]),
    ("listTargets", [404, 404, 200, 404, 404, 404, 404, 200]),
    ("addTarget", [404, 404, 201, 404, 404, 404, 404, 422]),
    ("endTarget", [404; 8]),
    ("readChoice", [404, 404, 200, 404, 404, 404, 404, 200]),
    ("setChoice", [404, 404, 412, 404, 404, 404, 404, 412]),
    ("tryOut", [404, 404, 200, 404, 404, 404, 404, 200]),
    ("listProposals", [404, 404, 200, 404, 404, 404, 404, 404]),
    ("makeProposal", [404, 404, 201, 404, 404, 404, 404, 404]),
    ("readProposal", [404, 404, 200, 404, 404, 404, 404, 404]),
    ("applyProposal", [404, 404, 200, 404, 404, 404, 404, 404]),
    ("discardProposal", [404, 404, 200, 404, 404, 404, 404, 404]),
    ("listCases", [200, 200, 200, 200, 200, 200, 403, 403]),
    ("searchCases", [200, 200, 200, 200, 200, 200, 403, 403]),
    ("createCase", [201, 422, 422, 422, 422, 422, 422, 422]),
    ("readCase", [200, 200, 200, 404, 404, 404, 404, 404]),
    ("readTimeline", [200, 200, 200, 404, 404, 404, 200, 404]),
    ("caseTurnaround", [200, 200, 200, 404, 404, 404, 404, 404]),
    ("caseForecast", [200, 200, 200, 404, 404, 404, 404, 404]),
    ("listOpinions", [200, 200, 403, 404, 404, 404, 404, 404]),
    ("readSignature", [200, 404, 404, 404, 200, 404, 404, 404]),
    ("readReadingSignature", [404; 8]),
    ("readPositionSignature", [404; 8]),
    ("readSnapshot", [404; 8]),
    ("readReadingDraft", [404; 8]),
    ("keepReadingDraft", [404; 8]),
    ("readReport", [200, 404, 404, 404, 200, 404, 404, 404]),
    ("readBundle", [200, 404, 404, 404, 200, 404, 404, 404]),
    ("listRequests", [200, 200, 200, 404, 404, 404, 404, 404]),
    ("checkSlides", [200, 200, 404, 404, 404, 404, 404, 404]),
    ("viewSlide", [200, 200, 404, 404, 404, 404, 404, 404]),
    ("listAnnotations", [200, 200, 404, 404, 404, 404, 404, 404]),
    ("addAnnotation", [201, 201, 404, 404, 404, 404, 404, 404]),
    ("exportGeoJson", [200, 200, 404, 404, 404, 404, 404, 404]),
    ("importGeoJson", [201, 201, 404, 404, 404, 404, 404, 404]),
    (
        "exportWebAnnotations",
        [200, 200, 404, 404, 404, 404, 404, 404],
    ),
    ("readAnnotation", [404; 8]),
    ("changeAnnotation", [404; 8]),
    ("removeAnnotation", [404; 8]),
    ("listAnnotationVersions", [404; 8]),
    ("provePresence", [403, 200, 403, 404, 404, 404, 404, 404]),
    ("listAttachments", [200, 200, 404, 404, 404, 404, 404, 404]),
    ("addAttachment", [201, 403, 404, 404, 404, 404, 404, 404]),
    ("readAudit", [404, 404, 404, 404, 404, 404, 200, 404]),
    ("listDeadLetters", [403, 403, 403, 403, 403, 403, 403, 200]),
    ("retryDeadLetter", [403, 403, 403, 403, 403, 403, 403, 404]),
    ("listPeople", OF_ADMINISTRATOR),
    ("addPerson", [403, 403, 403, 403, 403, 403, 403, 422]),
    ("readPerson", ABSENT_FOR_ADMINISTRATOR),
    ("changePerson", ABSENT_FOR_ADMINISTRATOR),
    ("renewPassword", ABSENT_FOR_ADMINISTRATOR),
    ("invitePerson", ABSENT_FOR_ADMINISTRATOR),
    ("withdrawInvitation", ABSENT_FOR_ADMINISTRATOR),
    ("listAllSlideSources", OF_ADMINISTRATOR),
    ("addSlideSource", [403, 403, 403, 403, 403, 403, 403, 422]),
    ("readSlideSource", ABSENT_FOR_ADMINISTRATOR),
    ("changeSlideSource", ABSENT_FOR_ADMINISTRATOR),
    ("testSlideSource", ABSENT_FOR_ADMINISTRATOR),
    ("listKeptNetworks", OF_ADMINISTRATOR),
    ("addNetwork", [403, 403, 403, 403, 403, 403, 403, 201]),
    ("readKeptNetwork", [403, 403, 403, 403, 403, 403, 403, 200]),
    ("changeNetwork", [403, 403, 403, 403, 403, 403, 403, 412]),
    ("listKeptLaboratories", OF_ADMINISTRATOR),
    ("addLaboratory", [403, 403, 403, 403, 403, 403, 403, 422]),
    ("readKeptLaboratory", ABSENT_FOR_ADMINISTRATOR),
    ("changeLaboratory", ABSENT_FOR_ADMINISTRATOR),
    ("listKeptAgreements", OF_ADMINISTRATOR),
    ("addAgreement", [403, 403, 403, 403, 403, 403, 403, 422]),
    ("readKeptAgreement", ABSENT_FOR_ADMINISTRATOR),
    ("changeAgreement", ABSENT_FOR_ADMINISTRATOR),
    ("listWebhooks", OF_ADMINISTRATOR),
    ("addWebhook", [403, 403, 403, 403, 403, 403, 403, 422]),
    ("readWebhook", ABSENT_FOR_ADMINISTRATOR),
    ("changeWebhook", ABSENT_FOR_ADMINISTRATOR),
    ("testWebhook", ABSENT_FOR_ADMINISTRATOR),
    ("renewWebhookSecret", ABSENT_FOR_ADMINISTRATOR),
    ("listWebhookDeliveries", ABSENT_FOR_ADMINISTRATOR),
    ("sendEventAgain", ABSENT_FOR_ADMINISTRATOR),
    ("listMessages", OF_ADMINISTRATOR),
    ("searchAudit", [403, 403, 403, 403, 403, 403, 200, 200]),
    ("saveDraft", OF_SUBMITTER),
    ("submit", OF_SUBMITTER),
    ("withdraw", OF_SUBMITTER),
    ("requestWithdrawal", OF_SUBMITTER),
    ("answer", OF_SUBMITTER),
    ("acknowledge", OF_SUBMITTER),
    ("contest", OF_SUBMITTER),
    ("recordOutcome", OF_SUBMITTER),
    ("triage", OF_COORDINATOR),
    ("offer", OF_COORDINATOR),
    ("pin", OF_COORDINATOR),
    ("exclude", OF_COORDINATOR),
    ("lift", OF_COORDINATOR),
    ("nameEarlier", OF_COORDINATOR),
    ("takeOver", OF_COORDINATOR),
    ("redirect", OF_COORDINATOR),
    ("refuse", OF_COORDINATOR),
    ("accept", OF_HOLDER),
    ("decline", OF_HOLDER),
    ("orderAncillary", OF_HOLDER),
    ("saveOpinion", OF_HOLDER),
    ("releasePreliminary", OF_HOLDER),
    ("sign", OF_HOLDER),
    ("convene", OF_COORDINATOR),
    ("replaceReader", OF_COORDINATOR),
    ("closePanel", OF_COORDINATOR),
    ("joinPanel", OF_PANEL),
    ("leavePanel", OF_PANEL),
    ("signReading", OF_PANEL),
    ("cosign", OF_PANEL),
    ("dissent", OF_PANEL),
    ("requestInformation", OF_READERS),
    ("agreeWithdrawal", OF_READERS),
    ("reportSlidesUnavailable", OF_READERS),
    ("completeAncillary", OF_BOTH_SIDES),
    ("sendMaterial", OF_BOTH_SIDES),
    ("receiveMaterial", OF_BOTH_SIDES),
    ("restoreSlides", [412, 412, 412, 404, 404, 404, 404, 404]),
    ("close", [412, 403, 412, 404, 404, 404, 404, 404]),
    ("reopen", OF_SUBMITTER),
    ("addAddendum", OF_SIGNER),
    ("correct", OF_SIGNER),
    ("amend", OF_SIGNER),
    ("logout", [204; 8]),
];

/// What strangers may ask.
const OPEN: &[(&str, u16)] = &[
    ("login", 401),
    ("refreshSession", 401),
    ("askRecovery", 204),
    ("choosePassword", 404),
    ("readDocument", 200),
    ("readSigningAuthority", 200),
];

/// The case, its slide and the network that the sweep asks about; and a case with a signed opinion.
struct Target<'w> {
    world: &'w World,
    case: String,
    slide: String,
    signed: String,
    opinion: String,
    coordinator: Caller,
    expert: Caller,
}

impl<'w> Target<'w> {
    async fn of(world: &'w World, served: &Served, case: &Case) -> Self {
        let slide = &case.document["specimens"][0]["blocks"][0]["slides"][0]["id"];
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        // The second expert has less to do.
        let signer = served.login("expert.second").await;
        let mut signed = Case::submitted(world, &submitter).await;
        signed.gives(&signer, "accept", &json!({})).await;
        let answer = json!({"opinion": opinion()});
        signed.gives(&signer, "sign", &answer).await;
        let opinion = &signed.document["opinions"][0]["id"];
        Self {
            world,
            case: case.id.clone(),
            slide: slide.as_str().expect("a slide").to_owned(),
            opinion: opinion.as_str().expect("an opinion").to_owned(),
            signed: signed.id,
            coordinator: served.login("coordinator.antilles").await,
            expert,
        }
    }

    /// A proposal that is open, of the network.
    async fn proposal(&self) -> String {
        let path = format!("/networks/{}/proposals", self.world.antilles);
        let made = self.coordinator.post(&path, &json!({})).await.expect(201);
        made.json["id"].as_str().expect("an identifier").to_owned()
    }

    /// An absence that the holder has entered, long after every offer.
    async fn absence(&self) -> String {
        let away = json!({"starts_at": "2027-07-01T06:00:00Z", "ends_at": "2027-07-02T06:00:00Z"});
        let made = self.expert.post("/me/absences", &away).await.expect(201);
        made.json["id"].as_str().expect("an identifier").to_owned()
    }

    /// Asks an operation, with a body that the document shows.
    async fn ask(&self, caller: &Caller, operation: &relecture::api::Operation) -> Response {
        let nobody = relecture::clock::SystemIds.next().to_string();
        let case = if operation.path.contains("{opinion}") {
            &self.signed
        } else {
            &self.case
        };
        let mut path = operation
            .path
            .replace("{case}", case)
            .replace("{slide}", &self.slide)
            .replace("{network}", &self.world.antilles.to_string())
            .replace("{opinion}", &self.opinion)
            .replace("{target}", &nobody)
            .replace("{reading}", &nobody)
            .replace("{position}", &nobody)
            .replace("{duty}", &nobody)
            .replace("{recusal}", &nobody)
            .replace("{snapshot}", &nobody)
            .replace("{annotation}", &nobody)
            .replace("{person}", &nobody)
            .replace("{source}", &nobody)
            .replace("{laboratory}", &nobody)
            .replace("{agreement}", &nobody)
            .replace("{webhook}", &nobody)
            .replace("{message}", &nobody);
        if path.contains("{proposal}") {
            path = path.replace("{proposal}", &self.proposal().await);
        }
        if path.contains("{absence}") {
            path = path.replace("{absence}", &self.absence().await);
        }
        if operation.id == "networkTurnaround" {
            path += "?from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z";
        }
        if operation.id == "searchCodes" {
            path += "?system=icd_o_3_topography&q=sein";
        }
        let method = Method::from_bytes(operation.method.as_str().as_bytes()).expect("a method");
        let request = caller
            .request(method, &path)
            .header("if-match", "\"999999\"")
            .header("idempotency-key", nobody);
        let request = match self.body(&operation.id) {
            Some(body) => request.json(&body),
            None => request,
        };
        caller.send(request).await
    }

    fn body(&self, operation: &str) -> Option<Value> {
        match operation {
            "createCase" => Some(json!({"laboratory": self.world.cayenne, "content": {}})),
            "searchCases" => Some(json!({})),
            // Everybody else here still logs in with theirs.
            "changePassword" => {
                Some(json!({"current_password": "nobody's", "new_password": "sept lames de verre"}))
            }
            // Giving back what is not there: an expert who asks for any case is given one.
            "takeNextCase" => {
                let nothing = relecture::clock::SystemIds.next();
                Some(json!({"skip": {"case": nothing, "reason": "overloaded"}}))
            }
            _ => {
                let value = &document().operation(operation).value["requestBody"];
                let body = document().resolve(value);
                let examples = &body["content"]["application/json"]["examples"];
                let first = examples.as_object()?.values().next()?;
                Some(document().resolve(first)["value"].clone())
            }
        }
    }
}

#[actix_web::test]
async fn every_operation_answers_everybody_as_the_table_says() {
    let operations = relecture::api::operations();
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        let target = Target::of(&world, &served, &case).await;
        let mut callers = Vec::new();
        for login in WHO {
            callers.push(served.login(login).await);
        }
        let mut wrong = Vec::new();
        for (id, expected) in EXPECTED {
            let operation = operations
                .iter()
                .find(|operation| operation.id == *id)
                .unwrap_or_else(|| panic!("there is no operation {id}"));
            for ((caller, login), expected) in callers.iter().zip(WHO).zip(expected) {
                let answer = target.ask(caller, operation).await;
                if answer.status != *expected {
                    let (status, text) = (answer.status, answer.text);
                    wrong.push(format!(
                        "{id} for {login}: {status}, not {expected}: {text}"
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(
            submitter.get(&case.path("")).await.version(),
            case.version,
            "nobody changed the case"
        );
    }
}

#[actix_web::test]
async fn nobody_gets_in_without_a_token_that_lives() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        let target = Target::of(&world, &served, &case).await;
        let person = world.actor("expert.breast@example.org").await.person;
        let long_ago = world.clock.now() - chrono::Duration::minutes(11);
        let [session, token] = [(); 2].map(|()| relecture::clock::SystemIds.next());
        let tokens = &world.exchange.tokens;
        let expired = tokens.issue(person, session, token, long_ago).unwrap();
        let alive = submitter.token.clone().unwrap();
        let (signed, _) = alive.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{}", "A".repeat(43));
        for operation in relecture::api::operations() {
            let asked = target.ask(&served.stranger(), &operation).await;
            if let Some((_, expected)) = OPEN.iter().find(|(id, _)| *id == operation.id) {
                assert_eq!(asked.status, *expected, "{} {asked:?}", operation.id);
                assert_ne!(asked.problem(), "unauthenticated", "{}", operation.id);
                continue;
            }
            assert_eq!(
                asked.header("www-authenticate"),
                "Bearer",
                "{}",
                operation.id
            );
            let _ = asked.refused(401, "unauthenticated");
            let late = target.ask(&served.bearing(&expired), &operation).await;
            let _ = late.refused(401, "session_ended");
            let forged = target.ask(&served.bearing(&forged), &operation).await;
            let _ = forged.refused(401, "unauthenticated");
        }
    }
}

/// What hangs on one object is not found below another, whoever asks.
#[actix_web::test]
async fn nothing_of_another_object_is_reached_through_ones_own() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        let target = Target::of(&world, &served, &case).await;
        let stranger = served.login("submitter.martinique").await;
        let body = json!({"laboratory": world.fort_de_france, "content": {}});
        let own = Case::created_from(&stranger, &body).await.id;
        let (slide, opinion) = (&target.slide, &target.opinion);
        for path in [
            format!("/cases/{own}/opinions/{opinion}/signature"),
            format!("/cases/{own}/opinions/{opinion}/bundle"),
        ] {
            let _ = stranger.get(&path).await.refused(404, "not_found");
        }
        let view = format!("/cases/{own}/slides/{slide}/views");
        let look = stranger.send(stranger.request(Method::POST, &view));
        let _ = look.await.refused(404, "not_found");
        let coordinator = served.login("coordinator.pacific").await;
        let proposal = target.proposal().await;
        let below = format!("/networks/{}/proposals/{proposal}", world.pacific);
        let _ = coordinator.get(&below).await.refused(404, "not_found");
        for decision in ["apply", "discard"] {
            let path = format!("{below}/{decision}");
            let why = json!({"reason": "Convenu"});
            let body = if decision == "apply" {
                Value::Null
            } else {
                why
            };
            let _ = coordinator
                .post(&path, &body)
                .await
                .refused(404, "not_found");
        }
        let theirs = format!("/networks/{}/proposals/{proposal}", world.antilles);
        let stands = target.coordinator.get(&theirs).await.expect(200);
        assert_eq!(stands.json["state"], "open");
        let absence = format!("/me/absences/{}", target.absence().await);
        let second = served.login("expert.second").await;
        let _ = second.delete(&absence).await.refused(404, "not_found");
        let _ = target.expert.delete(&absence).await.expect(204);
    }
}

#[test]
fn every_operation_has_a_row() {
    let served: BTreeSet<String> = relecture::api::operations()
        .into_iter()
        .map(|operation| operation.id)
        .collect();
    let expected = EXPECTED.iter().map(|(id, _)| (*id).to_owned());
    let open = OPEN.iter().map(|(id, _)| (*id).to_owned());
    let rows: BTreeSet<String> = expected.chain(open).collect();
    assert_eq!(served, rows);
}

#[actix_web::test]
async fn a_person_who_lost_every_role_is_out_at_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let _ = submitter.get("/me").await.expect(200);
        let person = world.actor("submitter.cayenne@example.org").await.person;
        let retire = move |conn: &mut relecture::store::Conn| {
            use diesel::RunQueryDsl as _;
            let text = format!("UPDATE people SET active = FALSE WHERE id = '{person}'");
            Ok::<_, relecture::store::StoreError>(diesel::sql_query(text).execute(conn)?)
        };
        let changed = world.exchange.store.write(retire).await.unwrap();
        assert_eq!(changed, 1);
        let _ = submitter.get("/me").await.refused(401, "session_ended");
        let _ = submitter.get("/cases").await.refused(401, "session_ended");
    }
}
