//! What is on record, and who reads how much of it.

use super::*;

/// An event as it was written when one key held codes and words.
async fn event_of_old(world: &World, case: &Case, version: i64, command: &str, reason: &str) {
    let id = relecture::domain::ids::IdGenerator::next(&relecture::clock::SystemIds);
    let facts = json!({ "reason": reason });
    world
        .alter(format!(
            "INSERT INTO case_events (id, case_id, version, at, command, actor_id, relation, state, clock, facts) \
             SELECT '{id}', case_id, {version}, at, '{command}', actor_id, 'coordinator', state, clock, '{facts}' \
             FROM case_events WHERE case_id = '{}' AND version = 1",
            case.id
        ))
        .await;
}

#[actix_web::test]
async fn coded_reasons_are_read_by_all_who_see_the_timeline_and_words_by_who_reads_content() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let breast = served.login("expert.breast").await;
        let coordinator = served.login("coordinator.antilles").await;
        let auditor = served.login("auditor").await;
        let mut case = Case::submitted(&world, &submitter).await;
        let declined = json!({"reason": "overloaded", "comment": "Congrès"});
        case.gives(&breast, "decline", &declined).await;
        case.look(&coordinator).await;
        let away = json!({"reason": "no_answer", "comment": "Deux rappels"});
        case.gives(&coordinator, "take_over", &away).await;
        let refused = json!({"reason": "duplicate", "comment": "Voir le premier"});
        case.gives(&coordinator, "refuse", &refused).await;
        event_of_old(&world, &case, 90, "redirect", "Personne ici").await;
        event_of_old(&world, &case, 91, "refuse", "out_of_scope: Os").await;
        event_of_old(&world, &case, 92, "decline", "absent").await;
        let expected = [
            ("decline", Some("overloaded"), Some("Congrès")),
            ("take_over", Some("no_answer"), Some("Deux rappels")),
            ("refuse", Some("duplicate"), Some("Voir le premier")),
            ("redirect", None, Some("Personne ici")),
            ("refuse", Some("out_of_scope"), Some("Os")),
            ("decline", Some("absent"), None),
        ];
        for (reader, content) in [(&submitter, true), (&coordinator, false), (&auditor, false)] {
            let timeline = reader.get(&case.path("timeline")).await.expect(200);
            let events = timeline.json["items"].as_array().unwrap().iter();
            let reasons: Vec<_> = events
                .map(|event| {
                    (
                        event["command"].as_str().unwrap(),
                        event["facts"]["reason"].as_str(),
                        event["facts"]["words"].as_str(),
                    )
                })
                .filter(|(_, reason, words)| reason.is_some() || words.is_some())
                .collect();
            let seen: Vec<_> = expected
                .iter()
                .map(|(command, reason, words)| (*command, *reason, words.filter(|_| content)))
                .filter(|(_, reason, words)| reason.is_some() || words.is_some())
                .collect();
            assert_eq!(reasons, seen, "{content}");
        }
    }
}
