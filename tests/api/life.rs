//! The whole life of a case, over HTTP alone.

use chrono::Duration;

use super::*;

#[actix_web::test]
async fn a_case_goes_from_a_draft_to_a_closed_case_and_is_opened_again() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::created(&world, &submitter).await;
        case.gives(&submitter, "save_draft", &content(&world)).await;
        case.gives(&submitter, "submit", &json!({})).await;
        assert_eq!(case.document["state"], "offered");
        let list = expert.get("/cases?open=true").await.expect(200);
        assert_eq!(list.json["items"][0]["id"], case.id.as_str());

        case.gives(&expert, "accept", &json!({})).await;
        pause_and_go_on(&mut case, &submitter, &expert).await;
        case.gives(&expert, "save_opinion", &opinion()).await;
        assert_eq!(case.document["opinion_draft"], opinion());
        let answer = json!({"opinion": opinion()});
        case.gives(&expert, "release_preliminary", &answer).await;
        world.clock.advance(Duration::minutes(5));
        case.gives(&expert, "sign", &answer).await;
        for (command, reason) in [
            ("add_addendum", "FISH reçue"),
            ("correct", "Coquille"),
            ("amend", "Relecture de A1-1"),
        ] {
            let body = json!({"reason": reason, "opinion": opinion()});
            case.gives(&expert, command, &body).await;
        }
        assert_eq!(
            kinds(&submitter, &case).await,
            [
                "preliminary",
                "opinion",
                "addendum",
                "correction",
                "amendment"
            ]
        );

        let agrees = json!({"acknowledgement": "agrees"});
        case.gives(&submitter, "acknowledge", &agrees).await;
        let against = json!({"reason": "La clinique s'y oppose"});
        case.gives(&submitter, "contest", &against).await;
        let outcome = json!({"verdict": "expert_right", "text": "Pièce opératoire"});
        case.gives(&submitter, "record_outcome", &outcome).await;
        case.gives(&submitter, "close", &json!({})).await;
        let again = json!({"reason": "Nouvelle technique"});
        case.gives(&submitter, "reopen", &again).await;
        assert_eq!(case.document["turnaround"]["cycle"], 2);
        assert_eq!(
            case.document["expert"]["name"], "expert breast",
            "the same expert is asked first"
        );
    }
}

/// Every pause, each ended by who can end it.
async fn pause_and_go_on(case: &mut Case, submitter: &Caller, expert: &Caller) {
    let question = json!({"kind": "clinical_data", "question": "Antécédents familiaux ?"});
    case.gives(expert, "request_information", &question).await;
    assert!(
        case.document["turnaround"].get("due_at").is_none(),
        "nothing is due while the submitter owes an answer"
    );
    let reply = json!({"request": case.open_request(submitter).await, "reply": "Aucun."});
    case.gives(submitter, "answer", &reply).await;
    assert!(case.document["turnaround"].get("due_at").is_some());

    let order = json!({"kind": "immunohistochemistry", "detail": "E-cadhérine, bloc A1"});
    case.gives(expert, "order_ancillary", &order).await;
    let done = json!({"request": case.open_request(submitter).await, "reply": "Négative."});
    case.gives(submitter, "complete_ancillary", &done).await;

    let sent = json!({"items": ["A1"], "carrier": "Chronopost", "tracking": "XY123"});
    case.gives(submitter, "send_material", &sent).await;
    let arrived = json!({"request": case.open_request(expert).await, "reply": "Reçu"});
    case.gives(expert, "receive_material", &arrived).await;

    let broken = json!({"reason": "Le serveur répond 503"});
    case.gives(expert, "report_slides_unavailable", &broken)
        .await;
    case.gives(submitter, "restore_slides", &json!({"reason": ""}))
        .await;
}

async fn kinds(caller: &Caller, case: &Case) -> Vec<String> {
    let opinions = caller.get(&case.path("opinions")).await.expect(200);
    let versions = opinions.json["items"].as_array().expect("a list").clone();
    versions
        .iter()
        .map(|one| one["kind"].as_str().expect("a kind").to_owned())
        .collect()
}

#[actix_web::test]
async fn a_case_is_given_back_taken_over_and_withdrawn() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let first = served.login("expert.breast").await;
        let coordinator = served.login("coordinator.antilles").await;
        let mut case = Case::submitted(&world, &submitter).await;
        let declined = json!({"reason": "overloaded", "comment": "Congrès"});
        case.gives(&first, "decline", &declined).await;
        assert_eq!(case.last_status, 204, "it is out of this expert's sight");
        let _ = first.get(&case.path("")).await.refused(404, "not_found");
        case.look(&coordinator).await;
        assert_eq!(
            case.document["state"], "offered",
            "the second expert has it"
        );
        let second = case.document["expert"]["id"].clone();

        let away = json!({"reason": "no_answer", "comment": "Deux rappels"});
        case.gives(&coordinator, "take_over", &away).await;
        assert_eq!(case.document["state"], "submitted", "nobody is left");
        let offer = json!({"expert": second, "reason": "Joint par téléphone"});
        case.gives(&coordinator, "offer", &offer).await;
        assert_eq!(case.document["state"], "offered");
        case.look(&submitter).await;
        case.gives(&submitter, "withdraw", &json!({"reason": "Doublon"}))
            .await;
        assert_eq!(case.document["state"], "withdrawn");
    }
}

#[actix_web::test]
async fn an_accepted_case_is_given_back_by_agreement_and_another_is_refused() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let coordinator = served.login("coordinator.antilles").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&expert, "accept", &json!({})).await;
        let asked = json!({"reason": "Erreur de patient"});
        case.gives(&submitter, "request_withdrawal", &asked).await;
        case.gives(&expert, "agree_withdrawal", &json!({})).await;
        assert_eq!(case.last_status, 204);
        case.look(&submitter).await;
        assert_eq!(case.document["state"], "withdrawn");

        let mut other = Case::submitted(&world, &submitter).await;
        other.look(&coordinator).await;
        assert_eq!(other.document["view"], "queue");
        assert!(other.document.get("patient").is_none());
        let refused = json!({"reason": "duplicate", "comment": "Voir REL-2026-000001"});
        other.gives(&coordinator, "refuse", &refused).await;
        assert_eq!(other.document["state"], "refused");
    }
}

#[actix_web::test]
async fn a_held_case_is_triaged_and_goes_across_the_ocean() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.noumea").await;
        let coordinator = served.login("coordinator.pacific").await;
        let mut draft = content(&world);
        draft["specimens"][0]["blocks"][0]["slides"][0]["source"] =
            json!(source_of_noumea(&world).await);
        let body = json!({"laboratory": world.noumea, "content": draft});
        let mut case = Case::created_from(&submitter, &body).await;
        case.gives(&submitter, "submit", &json!({})).await;
        assert_eq!(case.document["waiting_for"], "triage");
        let better = json!({"urgency": "urgent", "subspecialty": "breast"});
        case.gives(&coordinator, "triage", &better).await;
        assert_eq!(case.document["urgency"], "urgent");
        let handed = json!({"network": world.antilles, "reason": "Personne ici"});
        case.gives(&coordinator, "redirect", &handed).await;
        assert_eq!(case.last_status, 204);
    }
}

#[actix_web::test]
async fn who_signed_corrects_their_opinion_whoever_reads_the_reopened_case() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let signer = served.login("expert.breast").await;
        let reader = served.login("expert.second").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&signer, "accept", &json!({})).await;
        let answer = json!({"opinion": opinion()});
        case.gives(&signer, "sign", &answer).await;
        world.away("expert.breast").await;
        let again = json!({"reason": "Nouvelle technique"});
        case.gives(&submitter, "reopen", &again).await;
        case.gives(&reader, "accept", &json!({})).await;

        case.look(&signer).await;
        let given = json!(["add_addendum", "correct", "amend"]);
        assert_eq!(case.document["commands"], given);
        let mended = json!({"reason": "Coquille", "opinion": opinion()});
        // Who has it now gives none of them.
        for command in given.as_array().unwrap() {
            let command = command.as_str().unwrap();
            let _ = reader
                .plainly(&case.id, case.version, command, &mended)
                .await
                .refused(403, "forbidden");
        }
        case.gives(&signer, "correct", &mended).await;
        assert_eq!(case.document["state"], "accepted");
        assert_eq!(case.document["expert"]["name"], "expert second");
        let versions = submitter.get(&case.path("opinions")).await.expect(200);
        let correction = &versions.json["items"][1];
        assert_eq!(correction["kind"], "correction");
        assert_eq!(correction["revises"], 1);
        assert_eq!(correction["cycle"], 1);
        assert_eq!(correction["follows"], versions.json["items"][0]["id"]);
        // What the reader had read is behind: they look again, and sign.
        let _ = reader
            .command(&case.id, case.version - 1, "sign", &answer)
            .await
            .refused(412, "stale_version");
        case.gives(&reader, "sign", &answer).await;
        case.gives(&signer, "amend", &mended).await;
        assert_eq!(
            kinds(&submitter, &case).await,
            ["opinion", "correction", "opinion", "amendment"]
        );
    }
}
