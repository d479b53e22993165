//! Many experts who ask for their next case at the same moment: each case is given once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use relecture::clock::SystemIds;
use relecture::domain::ids::IdGenerator as _;
use serde_json::json;

use super::Site;
use crate::api::Case;
use crate::support::exchange::World;
use crate::support::served::{Caller, Response};

/// Experts who ask, twice each and at both servers: 64 racers.
const EXPERTS: usize = 32;
/// Cases that wait.
const CASES: usize = 20;

#[actix_web::test]
async fn of_sixty_four_racers_each_is_given_one_case_of_their_own_or_told_that_none_waits() {
    for site in Site::both().await {
        let submitter = Caller::login_at(site.address(0), "submitter.cayenne").await;
        let mut waiting = BTreeSet::new();
        for _ in 0..CASES {
            waiting.insert(Case::submitted(&site.world, &submitter).await.id);
        }
        let mut experts = Vec::new();
        for racer in 0..EXPERTS {
            let login = further_expert(&site.world, racer).await;
            experts.push(Caller::login_at(site.address(0), &login).await);
        }
        let asks = (0..2 * EXPERTS).map(|racer| {
            let place = racer % EXPERTS;
            let expert = experts[place].at(site.address(racer + racer / EXPERTS));
            async move { (place, answer(&expert).await) }
        });
        let mut given: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (expert, answer) in join_all(asks).await {
            match answer.status {
                204 => {}
                _ => {
                    let answer = answer.expect(200);
                    let case = answer.json["case"].as_str().unwrap().to_owned();
                    given.entry(expert).or_default().insert(case);
                }
            }
        }
        assert!(
            given.values().all(|cases| cases.len() == 1),
            "nobody gathers cases: {given:?}"
        );
        let cases: BTreeSet<String> = given.values().flatten().cloned().collect();
        assert_eq!(
            (given.len(), cases),
            (CASES, waiting),
            "every case is given, none twice"
        );
    }
}

/// What an expert is answered. On a slow machine the last of so many may be told to come back, and do.
async fn answer(expert: &Caller) -> Response {
    loop {
        let answer = expert.post("/me/next-case", &json!({})).await;
        if answer.status != 503 {
            return answer;
        }
    }
}

/// One more expert like the second one; tells their login.
async fn further_expert(world: &World, place: usize) -> String {
    let (person, membership) = (SystemIds.next(), SystemIds.next());
    let like = "(SELECT id FROM people WHERE login = 'expert.second@example.org')";
    for statement in [
        format!(
            "INSERT INTO people (id, login, email, display_name, language, zone, rpps, password_hash, active, created_at) SELECT '{person}', 'racer.{place}@example.org', email, display_name, language, zone, rpps, \
             password_hash, active, created_at FROM people WHERE id = {like}"
        ),
        format!(
            "INSERT INTO memberships (id, person_id, role, laboratory_id, network_id) \
             SELECT '{membership}', '{person}', role, laboratory_id, network_id FROM memberships WHERE person_id = {like}"
        ),
        format!(
            "INSERT INTO expert_profiles SELECT '{person}', network_id, primary_subspecialty, other_subspecialties, languages, \
             capacity_per_day, weekly_hours, zone, version FROM expert_profiles WHERE person_id = {like}"
        ),
    ] {
        world.alter(statement).await;
    }
    format!("racer.{place}")
}
