//! The minutes of a case, fitted from what readings took: proposed, and taken over by who decides the weights.

use super::*;
use crate::journey::{Hand, signed};
use relecture::domain::commands::CommandBody;
use relecture::domain::time::Clock as _;

/// Opinions on one case of one slide that each took so many minutes from the first look to the signature.
pub(crate) async fn read_before(world: &World, minutes: impl Fn(i64) -> i64) {
    let hand = Hand::submitted(world).await;
    let seen = hand.seen_by("coordinator.antilles").await.expect("a case");
    let login = match seen.expert.expect("somebody has it").name.as_str() {
        "expert second" => "expert.second",
        _ => "expert.breast",
    };
    hand.does(login, CommandBody::Accept).await.unwrap();
    hand.does(login, signed()).await.unwrap();
    let looked = world.clock.now().timestamp_micros();
    world
        .alter(format!(
            "INSERT INTO slide_views (id, session_id, person_id, case_id, slide_id, opened_at, seconds, light_seconds)
             SELECT 'view', 'session', signer_id, case_id, 'slide', {looked}, 60, 0 FROM opinions"
        ))
        .await;
    for n in 0..80 {
        let at = looked + minutes(n) * 60_000_000;
        world
            .alter(format!(
                "INSERT INTO opinions (id, case_id, version, kind, cycle, content, sha256, signer_id, signed_at)
                 SELECT 'reading-{n}', case_id, {}, kind, cycle, content, sha256, signer_id, {at} FROM opinions WHERE version = 1",
                n + 2
            ))
            .await;
        world
            .alter(format!(
                "INSERT INTO work_done (opinion_id, expert_id, signed_at, minutes)
                 SELECT id, signer_id, signed_at, 13 FROM opinions WHERE id = 'reading-{n}'"
            ))
            .await;
    }
}

#[actix_web::test]
async fn what_readings_took_is_proposed_and_taken_over_as_a_version() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [coordinator, submitter, expert] = [
            served.login("coordinator.antilles").await,
            served.login("submitter.cayenne").await,
            served.login("expert.breast").await,
        ];
        let path = format!("/networks/{}/work-units", world.antilles);
        let empty = coordinator.get(&path).await.expect(200).json;
        assert_eq!(
            (&empty["readings"], &empty["version"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(empty["present"]["base"], 10.0);
        assert!(empty.get("proposal").is_none(), "{empty}");
        let _ = expert.get(&path).await.refused(404, "not_found");

        // Half of them take longer than forty minutes, one in eight was left open over lunch.
        read_before(&world, |n| if n % 8 == 0 { 200 } else { 38 + n % 5 }).await;
        world.clock.advance(chrono::Duration::hours(5));
        let coordinator = {
            let _ = coordinator;
            served.login("coordinator.antilles").await
        };
        let found = coordinator.get(&path).await.expect(200).json;
        // Those, and the signature of a minute after the first look.
        assert!(found["readings"].as_u64() >= Some(80), "{found}");
        let proposal = &found["proposal"];
        let slide = proposal["units"]["base"].as_f64().unwrap()
            + proposal["units"]["per_slide"].as_f64().unwrap();
        let factor = proposal["units"]["by_subspecialty"]["breast"]
            .as_f64()
            .unwrap_or(1.0);
        let minutes = slide * factor;
        assert!((28.0..44.0).contains(&minutes), "{minutes} {proposal}");
        assert_eq!(
            found["present"]["base"], 10.0,
            "nothing is changed by asking"
        );
        let again = coordinator.get(&path).await.expect(200).json;
        assert_eq!(again["proposal"], found["proposal"]);

        let choice = format!("/networks/{}/choice", world.antilles);
        let mut wrong = json!({"margin": 0.1, "band": 0.15, "units": proposal["units"]});
        wrong["units"]["by_subspecialty"]["alchemy"] = json!(1.0);
        let refused = coordinator.put(&choice, 0, &wrong).await;
        let pointer = &refused.json["errors"][0]["pointer"];
        assert_eq!(pointer, "/units/by_subspecialty/alchemy");
        let _ = refused.refused(422, "invalid_fields");
        wrong["units"] =
            json!({"base": 0.0, "per_slide": 0.0, "per_further": 0.0, "outside_primary": 1.2});
        let refused = coordinator.put(&choice, 0, &wrong).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "/units/base");
        let _ = refused.refused(422, "invalid_fields");

        let weights = json!({"margin": 0.1, "band": 0.15, "units": proposal["units"]});
        let set = coordinator.put(&choice, 0, &weights).await.expect(200);
        assert_eq!(set.json["units"], proposal["units"]);
        // The next case is reckoned by them, and its explanation names the version.
        let submitter = {
            let _ = submitter;
            served.login("submitter.cayenne").await
        };
        let mut case = Case::submitted(&world, &submitter).await;
        case.look(&coordinator).await;
        let explanation = &case.document["assignments"][0]["explanation"];
        assert_eq!(explanation["policy"], "1");
        let reckoned = explanation["considered"][0]["reading_minutes"].as_f64();
        let reckoned = reckoned.unwrap();
        let expected = minutes.round();
        assert!((reckoned - expected).abs() <= 1.0, "{reckoned} {expected}");
    }
}
