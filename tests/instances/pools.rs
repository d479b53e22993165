//! Servers that keep the pools they have read: each routes by what the pool is now, whoever changed it and where.

use serde_json::json;

use super::Site;
use crate::api::Case;
use crate::support::served::Caller;

/// Sends a case at every server and tells which rules each then named; none where it found an expert.
async fn named(site: &Site, submitter: &Caller, coordinator: &Caller) -> Vec<Vec<String>> {
    let mut named = Vec::new();
    for turn in 0..site.addresses.len() {
        let address = site.address(turn);
        let mut case = Case::submitted(&site.world, &submitter.at(address)).await;
        case.look(&coordinator.at(address)).await;
        let reasons = case.document["unrouted"]["reasons"].as_array().cloned();
        let rules = reasons.unwrap_or_default();
        let rules = rules
            .iter()
            .map(|reason| reason["rule"].as_str().unwrap().to_owned());
        assert_eq!(case.document["state"] == "offered", rules.len() == 0);
        named.push(rules.collect());
    }
    named
}

#[actix_web::test]
async fn a_change_of_a_pool_counts_at_every_server_at_once() {
    const EXPERTS: &str = "(SELECT id FROM people WHERE login LIKE 'expert.%')";
    for site in Site::both().await {
        let (world, first) = (&site.world, site.address(0));
        let submitter = Caller::login_at(first, "submitter.cayenne").await;
        let coordinator = Caller::login_at(first, "coordinator.antilles").await;
        let everywhere = |rules: &[&'static str]| vec![rules.to_vec(); site.addresses.len()];
        let found = named(&site, &submitter, &coordinator).await;
        assert_eq!(found, everywhere(&[]), "every server has read the pool");
        let works_in = |laboratory| {
            format!(
                "UPDATE memberships SET laboratory_id = '{laboratory}' WHERE person_id IN {EXPERTS}"
            )
        };
        let reads = |subspecialty| {
            format!(
                "UPDATE expert_profiles SET primary_subspecialty = '{subspecialty}', other_subspecialties = '[]'"
            )
        };
        let covers = |what| format!("UPDATE networks SET subspecialties = '[\"{what}\"]'");
        for (change, back, rule) in [
            (
                works_in(world.cayenne),
                works_in(world.fort_de_france),
                "other_laboratory",
            ),
            (
                reads("dermatopathology"),
                reads("breast"),
                "reads_subspecialty",
            ),
            (
                covers("dermatopathology"),
                covers("breast"),
                "pool_covers_subspecialty",
            ),
        ] {
            world.alter(change).await;
            let found = named(&site, &submitter, &coordinator).await;
            assert_eq!(found, everywhere(&[rule]), "{rule}");
            world.alter(back).await;
            let found = named(&site, &submitter, &coordinator).await;
            assert_eq!(found, everywhere(&[]), "{rule}, taken back");
        }
    }
}

#[actix_web::test]
async fn who_no_longer_works_here_is_given_nothing_more() {
    for site in Site::both().await {
        let first = site.address(0);
        let submitter = Caller::login_at(first, "submitter.cayenne").await;
        let _ = Case::submitted(&site.world, &submitter).await;
        site.world
            .alter("UPDATE people SET active = false WHERE login LIKE 'expert.%'")
            .await;
        for turn in 0..site.addresses.len() {
            let case = Case::submitted(&site.world, &submitter.at(site.address(turn))).await;
            assert_eq!(case.document["state"], json!("submitted"));
        }
    }
}
