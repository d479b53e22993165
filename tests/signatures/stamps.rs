//! Time stamps: asked for after the signature, kept beside it, verified by openssl as well as by us.

use std::process::Command;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use relecture::clock::SystemClock;
use relecture::domain::ids::OpinionId;
use relecture::domain::time::Clock as _;
use relecture::service::documents::TimestampDocument;
use relecture::service::timestamps::Stamper;
use relecture::service::{Core, examining, jobs, signatures};
use relecture::signing::jades::Jades;
use relecture::signing::verification::{Check, Trust, verify};
use serde_json::Value;

use super::baseline::{Level, Rules, each_rule_refuses};
use super::bundles::bundle;
use crate::journey::Hand;
use crate::support::database::TestDatabase;
use crate::support::exchange::{World, open};
use crate::support::tsa::Tsa;

/// An exchange on the machine's clock, which is the authority's too.
async fn world(database: &TestDatabase, stamper: Option<Stamper>) -> World {
    let mut world = World::on(database.url()).await;
    world.exchange = open(database.url(), Arc::new(SystemClock));
    ask_from_now_on(&mut world, stamper);
    world
}

pub fn ask_from_now_on(world: &mut World, stamper: Option<Stamper>) {
    let core: &mut Core = Arc::get_mut(&mut world.exchange.core).expect("nobody else has it");
    core.stamper = stamper;
}

async fn sign(world: &World) -> (Hand<'_>, OpinionId) {
    let hand = Hand::signed(world).await;
    let seen = hand.seen_by("expert.breast").await.unwrap();
    let opinion = seen.opinions[0].id.parse().unwrap();
    (hand, opinion)
}

/// The signed form as it is handed out now.
async fn handed_out(hand: &Hand<'_>, opinion: OpinionId) -> String {
    let actor = hand.actor("submitter.cayenne").await;
    let exchange = &hand.world().exchange;
    signatures::signed_form(exchange, &actor, hand.case, opinion, "r")
        .await
        .unwrap()
}

async fn state(hand: &Hand<'_>) -> Option<TimestampDocument> {
    let seen = hand.seen_by("submitter.cayenne").await.unwrap();
    seen.opinions[0].timestamp.clone()
}

/// The token in a signed form, DER.
fn token(text: &str) -> Vec<u8> {
    let file: Value = serde_json::from_str(text).unwrap();
    let member = file["header"]["etsiU"][0].as_str().unwrap();
    let member: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(member).unwrap()).unwrap();
    let val = member["sigTst"]["tstTokens"][0]["val"].as_str().unwrap();
    STANDARD.decode(val).unwrap()
}

/// Whether a job waits that asks for that stamp.
pub async fn is_asked_for(world: &World, opinion: OpinionId) -> bool {
    let job = serde_json::to_string(&jobs::Job::Timestamp { opinion }).unwrap();
    let waiting = move |conn: &mut _| relecture::store::outbox::is_waiting(conn, &job, 0);
    world.exchange.store.read(waiting).await.unwrap()
}

#[actix_web::test]
async fn a_signature_gets_its_stamp_once_and_openssl_verifies_it() {
    let tsa = Tsa::start();
    for database in TestDatabase::both() {
        let world = world(&database, Some(tsa.stamper("honest"))).await;
        let before = SystemClock.now();
        let (hand, opinion) = sign(&world).await;
        assert!(matches!(
            state(&hand).await,
            Some(TimestampDocument::Pending)
        ));
        assert!(is_asked_for(&world, opinion).await);
        let plain = handed_out(&hand, opinion).await;
        let [one, other] =
            [(); 2].map(|()| jobs::run(&world.exchange, jobs::Job::Timestamp { opinion }));
        let (one, other) = futures_util::join!(one, other);
        one.and(other).unwrap();

        let stamped = handed_out(&hand, opinion).await;
        let again = jobs::run(&world.exchange, jobs::Job::Timestamp { opinion });
        again.await.unwrap();
        assert_eq!(handed_out(&hand, opinion).await, stamped, "one is enough");
        let Some(TimestampDocument::Stamped { at, authority }) = state(&hand).await else {
            panic!("it was stamped");
        };
        assert!(at >= before - chrono::Duration::seconds(2), "{at}");
        assert!(
            authority.contains("Time stamps of the stories"),
            "{authority}"
        );
        let unstamped: Jades = serde_json::from_str(&plain).unwrap();
        let read: Jades = serde_json::from_str(&stamped).unwrap();
        assert_eq!(
            Jades {
                header: None,
                ..read.clone()
            },
            unstamped,
            "no signed byte has changed"
        );

        let rules = Rules::read();
        rules.kept_by(plain.as_bytes(), Level::B);
        rules.kept_by(stamped.as_bytes(), Level::T);
        each_rule_refuses(&rules, stamped.as_bytes());
        let trusted = tsa.trusted();
        let trust = Trust {
            authorities: None,
            time_authorities: Some(&trusted),
        };
        let report = verify(stamped.as_bytes(), trust);
        assert!(report.holds() && report.timestamp.is_some(), "{report:?}");
        let examined = examining::examine(&world.exchange, stamped.clone().into_bytes())
            .await
            .unwrap();
        assert_eq!(examined.timestamp.map(|(at, _)| at), Some(at));

        let proof = bundle(&hand, opinion).await;
        assert_eq!(proof.follow("README.txt"), 8, "with the time stamp");
        let printed = proof.report();
        assert_eq!(printed.attached(), [stamped.as_bytes()]);
        assert!(printed.text().contains("Time stamps of the stories"));
        let examined = examining::examine(&world.exchange, printed.pdf.clone());
        assert_eq!(examined.await.unwrap().pages, Some(true));

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("token.der"), token(&stamped)).unwrap();
        std::fs::write(at("signature.txt"), &read.signature).unwrap();
        let verified = Command::new("openssl")
            .args(["ts", "-verify", "-token_in", "-in"])
            .arg(at("token.der"))
            .arg("-data")
            .arg(at("signature.txt"))
            .arg("-CAfile")
            .arg(tsa.certificate())
            .output()
            .unwrap();
        assert!(verified.status.success(), "{verified:?}");
    }
}

#[actix_web::test]
async fn an_authority_that_fails_or_lies_leaves_the_signature_as_it_is() {
    let tsa = Tsa::start();
    for database in TestDatabase::both() {
        let mut world = world(&database, Some(tsa.stamper("honest"))).await;
        let (case, opinion) = {
            let (hand, opinion) = sign(&world).await;
            (hand.case, opinion)
        };
        let elsewhere = Tsa::start();
        for (stamper, said) in [
            (tsa.stamper("down"), "the authority failed"),
            (tsa.stamper("silent"), "in time"),
            (tsa.stamper_at("http://127.0.0.1:1/"), "nobody answers"),
            (tsa.stamper("garbage"), "cut or altered"),
            (tsa.stamper("refuse"), "the authority refused"),
            (tsa.stamper("wrong"), "of another signature"),
            (tsa.stamper("usage"), "not one for time stamps"),
            (tsa.stamper("loose"), "not one for time stamps alone"),
            (tsa.stamper("mixed"), "not one for time stamps alone"),
            (tsa.stamper("early"), "not valid at that instant"),
            (tsa.stamper("late"), "not valid at that instant"),
            (tsa.stamper("unnamed"), "by which certificate"),
            (tsa.stamper("other"), "another certificate than it carries"),
            (
                tsa.stamper_at(&elsewhere.address("honest")),
                "another time stamp authority",
            ),
        ] {
            ask_from_now_on(&mut world, Some(stamper));
            let asked = jobs::run(&world.exchange, jobs::Job::Timestamp { opinion });
            let error = asked.await.expect_err(said).to_string();
            assert!(error.contains(said), "{said}: {error}");
            let hand = Hand {
                world: &world,
                case,
            };
            assert!(matches!(
                state(&hand).await,
                Some(TimestampDocument::Pending)
            ));
        }
        ask_from_now_on(&mut world, Some(tsa.stamper("honest")));
        jobs::run(&world.exchange, jobs::Job::Timestamp { opinion })
            .await
            .unwrap();
        let hand = Hand {
            world: &world,
            case,
        };
        assert!(matches!(
            state(&hand).await,
            Some(TimestampDocument::Stamped { .. })
        ));
    }
}

#[actix_web::test]
async fn a_replayed_stamp_is_refused_by_name() {
    let tsa = Tsa::start();
    let database = TestDatabase::sqlite();
    let world = world(&database, Some(tsa.stamper("again"))).await;
    let (first, opinion) = sign(&world).await;
    let stamping = jobs::run(&world.exchange, jobs::Job::Timestamp { opinion });
    stamping.await.unwrap();
    let stamped = handed_out(&first, opinion).await;

    let (second, other) = sign(&world).await;
    let replayed = jobs::run(&world.exchange, jobs::Job::Timestamp { opinion: other });
    let error = replayed.await.unwrap_err().to_string();
    assert!(error.contains("of another signature"), "{error}");

    let own: Jades = serde_json::from_str(&handed_out(&second, other).await).unwrap();
    let forged = own.stamped(&token(&stamped)).unwrap();
    let report = verify(&serde_json::to_vec(&forged).unwrap(), Trust::default());
    let failure = report.failure().unwrap();
    assert_eq!(failure.check, Check::Timestamp);
    assert!(failure.said.contains("of another signature"), "{failure:?}");

    let mut altered = token(&stamped);
    for at in (0..altered.len()).step_by(7) {
        altered[at] ^= 1;
        let read: Jades = serde_json::from_str(&stamped).unwrap();
        let file = serde_json::to_vec(&read.stamped(&altered).unwrap()).unwrap();
        // Some bytes of a token are under no signature: what is attested stays the same then.
        let report = verify(&file, Trust::default());
        if let Some(stamp) = report.timestamp {
            let honest = verify(stamped.as_bytes(), Trust::default())
                .timestamp
                .unwrap();
            assert_eq!(stamp.at, honest.at, "byte {at}");
        }
        altered[at] ^= 1;
    }
}

#[actix_web::test]
async fn an_exchange_without_an_authority_asks_for_no_stamp() {
    for database in TestDatabase::both() {
        let world = world(&database, None).await;
        let (hand, opinion) = sign(&world).await;
        assert!(state(&hand).await.is_none(), "nothing is pending");
        assert!(!is_asked_for(&world, opinion).await);
    }
}

/// The jobs that ask for that stamp and have not ended.
async fn asked(world: &World, opinion: OpinionId) -> usize {
    let job = serde_json::to_string(&jobs::Job::Timestamp { opinion }).unwrap();
    let asked = move |conn: &mut _| relecture::store::outbox::unfinished_jobs(conn, &job);
    world.exchange.store.read(asked).await.unwrap().len()
}

#[actix_web::test]
async fn what_was_signed_before_there_was_an_authority_is_stamped_once_there_is_one() {
    let tsa = Tsa::start();
    for database in TestDatabase::both() {
        let mut world = world(&database, None).await;
        let (case, opinion) = {
            let (hand, opinion) = sign(&world).await;
            (hand.case, opinion)
        };
        let keeps_house = async |world: &World| {
            let done = jobs::run(&world.exchange, jobs::Job::Housekeeping).await;
            done.unwrap();
        };
        keeps_house(&world).await;
        assert_eq!(asked(&world, opinion).await, 0, "nobody can be asked");

        ask_from_now_on(&mut world, Some(tsa.stamper("honest")));
        for _ in 0..2 {
            keeps_house(&world).await;
            assert_eq!(asked(&world, opinion).await, 1, "once");
        }
        let hand = Hand {
            world: &world,
            case,
        };
        let pending = state(&hand).await;
        assert!(matches!(pending, Some(TimestampDocument::Pending)));
        let stamping = jobs::run(&world.exchange, jobs::Job::Timestamp { opinion });
        stamping.await.unwrap();
        let stamped = state(&hand).await;
        assert!(matches!(stamped, Some(TimestampDocument::Stamped { .. })));
        let file = handed_out(&hand, opinion).await;
        let report = verify(file.as_bytes(), Trust::default());
        assert!(report.holds() && report.timestamp.is_some(), "{report:?}");
    }
}

#[actix_web::test]
async fn what_was_signed_under_a_certificate_that_has_run_out_waits_for_no_stamp() {
    let tsa = Tsa::start();
    for database in TestDatabase::both() {
        let mut world = world(&database, None).await;
        let (case, opinion) = {
            let (hand, opinion) = sign(&world).await;
            (hand.case, opinion)
        };
        let over = "UPDATE signing_keys SET not_after = not_before + 1";
        world.alter(over).await;
        ask_from_now_on(&mut world, Some(tsa.stamper("honest")));
        let house = jobs::run(&world.exchange, jobs::Job::Housekeeping);
        house.await.unwrap();
        assert_eq!(asked(&world, opinion).await, 0);
        // Also one that was asked for in time and answered too late.
        let late = jobs::run(&world.exchange, jobs::Job::Timestamp { opinion });
        late.await.unwrap();
        let hand = Hand {
            world: &world,
            case,
        };
        assert!(state(&hand).await.is_none(), "nothing is pending");
        let report = verify(
            handed_out(&hand, opinion).await.as_bytes(),
            Trust::default(),
        );
        assert!(report.holds() && report.timestamp.is_none(), "{report:?}");
    }
}
