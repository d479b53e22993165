//! Many who want the same case at the same moment: one has it, the others are told so in words they understand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use futures_util::future::join_all;
use relecture::domain::ids::PersonId;
use relecture::store::{StoreError, people};
use serde_json::json;

use super::Site;
use crate::api::Case;
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::Caller;

/// Requests for one offer at once.
const RACERS: usize = 64;

/// Changes two people one after the other; the first time it waits between the two until another does the same.
async fn change_both(
    world: &World,
    [first, second]: [PersonId; 2],
    met: Arc<Barrier>,
) -> Result<bool, StoreError> {
    let alone = AtomicBool::new(true);
    let store = world.exchange.store.clone();
    store
        .write(move |conn| {
            people::set_password(conn, first, Some("one"))?;
            if alone.swap(false, Ordering::SeqCst) {
                met.wait();
            }
            people::set_password(conn, second, Some("other"))
        })
        .await
}

/// SQLite has one writer, which waits for nobody.
#[actix_web::test]
async fn of_two_writes_that_wait_for_each_other_neither_is_lost() {
    let database = TestDatabase::postgres();
    let world = World::on(database.url()).await;
    let one = world.actor("submitter.cayenne@example.org").await.person;
    let other = world.actor("expert.breast@example.org").await.person;
    let met = Arc::new(Barrier::new(2));
    let (there, back) = futures_util::join!(
        change_both(&world, [one, other], Arc::clone(&met)),
        change_both(&world, [other, one], Arc::clone(&met)),
    );
    assert!(there.unwrap() && back.unwrap());
}

#[actix_web::test]
async fn one_of_sixty_four_racers_accepts_an_offer_and_the_others_are_told() {
    for site in Site::both().await {
        let submitter = Caller::login_at(site.address(0), "submitter.cayenne").await;
        let experts = Experts::login(&site).await;
        for _ in 0..3 {
            let case = Case::submitted(&site.world, &submitter).await;
            let expert = experts.chosen(&case);
            let racers = (0..RACERS).map(|racer| {
                let expert = expert.at(site.address(racer));
                let (id, version) = (case.id.clone(), case.version);
                async move { expert.command(&id, version, "accept", &json!({})).await }
            });
            let mut answers = BTreeMap::new();
            for answer in join_all(racers).await {
                let problem = answer.problem().to_owned();
                *answers.entry((answer.status, problem)).or_insert(0) += 1;
            }
            let expected = [
                ((200, String::new()), 1),
                ((412, "stale_version".to_owned()), RACERS - 1),
            ];
            assert_eq!(answers, BTreeMap::from(expected));
            assert_eq!(
                commands(&submitter, &case).await,
                "save_draft submit offer accept"
            );
        }
    }
}

#[actix_web::test]
async fn accepting_declining_and_withdrawing_at_once_have_one_outcome() {
    for site in Site::both().await {
        let submitter = Caller::login_at(site.address(0), "submitter.cayenne").await;
        let experts = Experts::login(&site).await;
        let why = json!({"reason": "Doublon"});
        let decline = json!({"reason": "overloaded", "comment": ""});
        let nothing = json!({});
        for round in 0..6 {
            let case = Case::submitted(&site.world, &submitter).await;
            let expert = experts.chosen(&case);
            let (id, version) = (&case.id, case.version);
            let (one, other) = (site.address(round), site.address(round + 1));
            let (reader, refuser) = (expert.at(one), expert.at(other));
            let sender = submitter.at(other);
            let (accepted, declined, withdrawn) = futures_util::join!(
                reader.command(id, version, "accept", &nothing),
                refuser.command(id, version, "decline", &decline),
                sender.command(id, version, "withdraw", &why),
            );
            let answers = [
                ("accept", accepted),
                ("decline", declined),
                ("withdraw", withdrawn),
            ];
            let won: Vec<&str> = answers
                .iter()
                .filter(|(_, answer)| answer.status < 300)
                .map(|(command, _)| *command)
                .collect();
            let [winner] = won[..] else {
                panic!("one of them: {answers:?}");
            };
            for (command, answer) in &answers {
                let clean = matches!(
                    (answer.status, answer.problem()),
                    // The expert who has declined, or from whom it was taken, sees it no longer.
                    (412, "stale_version") | (404, "not_found")
                );
                assert!(*command == winner || clean, "{command}: {answer:?}");
            }
            let happened = commands(&submitter, &case).await;
            let after = happened.strip_prefix("save_draft submit offer ").unwrap();
            let expected = match winner {
                "decline" => "decline offer",
                other => other,
            };
            assert_eq!(after, expected);
        }
    }
}

#[actix_web::test]
async fn of_many_requests_to_sign_at_once_one_gives_one_signature() {
    for site in Site::both().await {
        let submitter = Caller::login_at(site.address(0), "submitter.cayenne").await;
        let experts = Experts::login(&site).await;
        let mut case = Case::submitted(&site.world, &submitter).await;
        let expert = experts.chosen(&case);
        case.look(expert).await;
        case.gives(expert, "accept", &json!({})).await;
        let answer = json!({ "opinion": crate::api::opinion() });
        // Each with a proof of its own that its expert is there.
        let mut proofs = Vec::new();
        for _ in 0..8 {
            proofs.push(expert.proved(&case.id, "sign", &answer).await);
        }
        let signing = proofs.iter().enumerate().map(|(racer, proof)| {
            let expert = expert.at(site.address(racer));
            let (id, version, answer) = (&case.id, case.version, &answer);
            async move { expert.shows(proof, id, version, "sign", answer).await }
        });
        let answers = join_all(signing).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "{answers:?}");
        // Who has signed holds the case no longer.
        let clean = [(412, "stale_version"), (403, "forbidden")];
        for answer in lost {
            assert!(
                clean.contains(&(answer.status, answer.problem())),
                "{answer:?}"
            );
        }
        let opinions = submitter.get(&case.path("opinions")).await.expect(200).json;
        assert_eq!(opinions["items"].as_array().map(Vec::len), Some(1));
        let id: relecture::domain::ids::CaseId = case.id.parse().unwrap();
        let digests = move |conn: &mut _| relecture::store::signatures::of_case(conn, id);
        let signed = site.world.exchange.store.read(digests).await.unwrap();
        assert_eq!(signed.len(), 1, "and no signature without its opinion");
    }
}

/// Those whom the router can choose.
struct Experts([(&'static str, Caller); 2]);

impl Experts {
    async fn login(site: &Site) -> Self {
        let address = site.address(0);
        Self([
            (
                "expert breast",
                Caller::login_at(address, "expert.breast").await,
            ),
            (
                "expert second",
                Caller::login_at(address, "expert.second").await,
            ),
        ])
    }

    /// To whom the case is offered.
    fn chosen(&self, case: &Case) -> &Caller {
        let name = &case.document["expert"]["name"];
        let one = self.0.iter().find(|(known, _)| name == known);
        &one.unwrap_or_else(|| panic!("offered to nobody: {}", case.document))
            .1
    }
}

async fn commands(caller: &Caller, case: &Case) -> String {
    let timeline = caller.get(&case.path("timeline")).await.expect(200).json;
    let entries = timeline["items"].as_array().unwrap();
    let commands: Vec<&str> = entries
        .iter()
        .map(|entry| entry["command"].as_str().unwrap())
        .collect();
    commands.join(" ")
}
