//! Networks, laboratories and agreements.

use super::*;

/// A document as it may be changed.
fn content_of(kept: &Value) -> Value {
    let mut content = kept.clone();
    let fields = content.as_object_mut().expect("a document");
    fields.retain(|name, _| !["id", "version", "changeable"].contains(&name.as_str()));
    content
}

fn network(name: &str) -> Value {
    json!({
        "name": name, "territory": "FR-GP", "territories": ["FR-GP"], "subspecialties": ["breast"],
        "weekly_hours": { "mon": [["08:00", "12:00"]] }, "closures": [{ "from": "2026-12-24", "to": "2026-12-26" }],
        "routes_at_once": false,
    })
}

fn pointers(refused: &Response) -> Vec<String> {
    let errors = refused.json["errors"].as_array().expect("errors").iter();
    let mut told: Vec<String> = errors
        .map(|one| one["pointer"].as_str().expect("a pointer").to_owned())
        .collect();
    told.sort();
    told
}

/// Adds something; its address.
async fn added(caller: &Caller, list: &str, body: &Value) -> String {
    let made = caller.post(list, body).await.expect(201);
    let here = format!(
        "{list}/{}",
        made.json["id"].as_str().expect("an identifier")
    );
    assert_eq!(made.header("location"), format!("/api/v1{here}"));
    here
}

const NETWORKS: &str = "/administration/networks";
const LABORATORIES: &str = "/administration/laboratories";
const AGREEMENTS: &str = "/administration/agreements";

#[actix_web::test]
async fn a_network_is_added_and_changed_and_routing_goes_by_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [administrator, submitter] = [
            served.login("administrator").await,
            served.login("submitter.cayenne").await,
        ];
        let here = added(&administrator, NETWORKS, &network("GCS Guadeloupe")).await;
        let listed = administrator.get(NETWORKS).await.expect(200);
        assert_eq!(listed.json["items"].as_array().map(Vec::len), Some(3));
        let read = administrator.get(&here).await.expect(200);
        assert_eq!(read.json["closures"][0]["to"], "2026-12-26");
        let taken = administrator
            .post(NETWORKS, &network("GCS Pacifique"))
            .await;
        let taken = taken.refused(422, "invalid_fields");
        assert_eq!(
            (pointers(&taken), &taken.json["errors"][0]["code"]),
            (vec!["/name".to_owned()], &json!("taken"))
        );
        let wrong = json!({
            "name": " ", "territory": "XX", "territories": [], "subspecialties": ["breast", "breast", "magic"],
            "weekly_hours": {}, "closures": [{ "from": "2026-12-26", "to": "2026-12-24" }], "routes_at_once": true,
        });
        let refused = administrator.put(&here, read.version(), &wrong).await;
        assert_eq!(
            pointers(&refused.refused(422, "invalid_fields")),
            [
                "/closures/0/to",
                "/name",
                "/subspecialties/1",
                "/subspecialties/2",
                "/territories",
                "/territory",
                "/weekly_hours"
            ]
        );
        let mut for_good = network("GCS des Saintes");
        for_good["closures"] = json!([{ "from": "2026-01-01", "to": "2027-01-02" }]);
        let refused = administrator.post(NETWORKS, &for_good).await;
        assert_eq!(
            pointers(&refused.refused(422, "invalid_fields")),
            ["/closures/0/to"]
        );

        // A pool that routes at once holds cases for triage from now on.
        let antilles = format!("{NETWORKS}/{}", world.antilles);
        let kept = administrator.get(&antilles).await.expect(200);
        let mut content = content_of(&kept.json);
        content["routes_at_once"] = json!(false);
        let changed = administrator
            .put(&antilles, kept.version(), &content)
            .await
            .expect(200);
        assert_eq!(changed.version(), kept.version() + 1);
        let stale = administrator.put(&antilles, kept.version(), &content).await;
        assert_eq!(
            stale.refused(412, "stale_version").json["current_version"],
            changed.version()
        );
        let case = Case::submitted(&world, &submitter).await;
        assert_eq!(case.document["waiting_for"], "triage");
        let id = world.antilles.to_string();
        assert_eq!(acts_on(&world, &id).await, ["edit_network"]);
    }
}

#[actix_web::test]
async fn a_laboratory_is_added_and_changed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let new = json!({
            "name": "CH de Saint-Laurent", "commune": "Saint-Laurent-du-Maroni", "territory": "FR-GF",
            "network": world.antilles, "finess": "970300026",
        });
        let finess = relecture::domain::identifiers::Finess::parse("970300026");
        assert!(finess.is_ok(), "{finess:?}");
        let here = added(&administrator, LABORATORIES, &new).await;
        let taken = administrator
            .post(LABORATORIES, &new)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(pointers(&taken), ["/finess"]);
        let listed = administrator.get(LABORATORIES).await.expect(200);
        assert_eq!(listed.json["items"].as_array().map(Vec::len), Some(4));
        let read = administrator.get(&here).await.expect(200);
        let mut content = content_of(&read.json);
        content["territory"] = json!("NC");
        content["network"] = json!("01a20890-0000-7000-8000-000000000000");
        content["local_number"] = json!("1".repeat(21));
        let refused = administrator.put(&here, read.version(), &content).await;
        assert_eq!(
            pointers(&refused.refused(422, "invalid_fields")),
            ["/finess", "/local_number", "/network"]
        );
        let mut content = content_of(&read.json);
        content["commune"] = json!("Mana");
        let changed = administrator
            .put(&here, read.version(), &content)
            .await
            .expect(200);
        assert_eq!(changed.json["commune"], "Mana");
        let stale = administrator.put(&here, read.version(), &content).await;
        let _ = stale.refused(412, "stale_version");
        let id = here.rsplit('/').next().expect("an identifier");
        assert_eq!(
            acts_on(&world, id).await,
            ["add_laboratory", "edit_laboratory"]
        );
    }
}

#[actix_web::test]
async fn an_agreement_is_added_and_changed_by_who_keeps_both_networks() {
    for database in databases() {
        let world = World::on(database.url()).await;
        keeper_of_antilles(&world).await;
        let served = Served::start(&world);
        let [administrator, keeper] = [
            served.login("administrator").await,
            served.login("coordinator.antilles").await,
        ];
        let new = json!({
            "from_network": world.antilles, "to_network": world.pacific, "subspecialties": ["dermatopathology"],
            "urgencies": ["routine"], "valid_from": "2026-12-01", "valid_until": "2027-11-30",
        });
        let here = added(&administrator, AGREEMENTS, &new).await;
        let wrong = json!({
            "from_network": world.antilles, "to_network": world.antilles, "subspecialties": ["magic"],
            "urgencies": ["routine", "routine"], "valid_from": "2026-12-01", "valid_until": "2026-11-30",
        });
        let refused = administrator
            .post(AGREEMENTS, &wrong)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(
            pointers(&refused),
            [
                "/subspecialties/0",
                "/to_network",
                "/urgencies/1",
                "/valid_until"
            ]
        );
        let read = administrator.get(&here).await.expect(200);
        let mut content = content_of(&read.json);
        content["valid_until"] = json!("2026-12-31");
        let changed = administrator
            .put(&here, read.version(), &content)
            .await
            .expect(200);
        assert_eq!(changed.json["valid_until"], "2026-12-31");
        let stale = administrator.put(&here, read.version(), &content).await;
        let _ = stale.refused(412, "stale_version");

        // Who keeps one of the two sees it, and changes nothing.
        let seen = keeper.get(AGREEMENTS).await.expect(200);
        assert_eq!(seen.json["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(seen.json["items"][0]["changeable"], false);
        let _ = keeper
            .post(AGREEMENTS, &new)
            .await
            .refused(403, "forbidden");
        let _ = keeper
            .put(&here, changed.version(), &content)
            .await
            .refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn who_keeps_networks_keeps_no_others() {
    for database in databases() {
        let world = World::on(database.url()).await;
        keeper_of_antilles(&world).await;
        let served = Served::start(&world);
        let [administrator, keeper] = [
            served.login("administrator").await,
            served.login("coordinator.antilles").await,
        ];
        let pacific = format!("{NETWORKS}/{}", world.pacific);
        let _ = keeper.get(&pacific).await.refused(404, "not_found");
        let _ = keeper
            .post(NETWORKS, &network("GCS à moi"))
            .await
            .refused(403, "forbidden");
        let only = keeper.get(NETWORKS).await.expect(200);
        assert_eq!(only.json["items"].as_array().map(Vec::len), Some(1));
        let noumea = format!("{LABORATORIES}/{}", world.noumea);
        let _ = keeper.get(&noumea).await.refused(404, "not_found");
        let new = json!({ "name": "Labo", "commune": "Cayenne", "territory": "FR-GF", "network": world.antilles });
        let mut far = new.clone();
        far["network"] = json!(world.pacific);
        let refused = keeper
            .post(LABORATORIES, &far)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(pointers(&refused), ["/network"]);

        // What a repeated request made is somebody else's by now.
        let again = |list: &'static str, body: Value| {
            let request = keeper.request(reqwest::Method::POST, list);
            keeper.send(request.header("idempotency-key", list).json(&body))
        };
        let made = again(LABORATORIES, new.clone()).await.expect(201);
        let replayed = again(LABORATORIES, new.clone()).await.expect(201);
        assert_eq!(replayed.header("idempotent-replayed"), "true");
        let here = format!(
            "{LABORATORIES}/{}",
            made.json["id"].as_str().expect("an identifier")
        );
        let _ = administrator.put(&here, 1, &far).await.expect(200);
        let _ = again(LABORATORIES, new).await.refused(404, "not_found");

        let keeps = Membership {
            role: Role::Administrator,
            laboratory: None,
            network: Some(world.pacific),
        };
        appoint(&world, "coordinator.antilles", keeps).await;
        let both = json!({ "from_network": world.antilles, "to_network": world.pacific, "valid_from": "2026-12-01" });
        let made = again(AGREEMENTS, both.clone()).await.expect(201);
        let here = format!(
            "{AGREEMENTS}/{}",
            made.json["id"].as_str().expect("an identifier")
        );
        let (mut others, mut ends) = (content_of(&made.json), Vec::new());
        for name in ["GCS Un", "GCS Deux"] {
            let one = administrator
                .post(NETWORKS, &network(name))
                .await
                .expect(201);
            ends.push(one.json["id"].clone());
        }
        (others["from_network"], others["to_network"]) = (ends[0].clone(), ends[1].clone());
        let _ = administrator.put(&here, 1, &others).await.expect(200);
        let _ = again(AGREEMENTS, both).await.refused(404, "not_found");
    }
}
