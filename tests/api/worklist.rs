//! The worklist over HTTP: scopes, filters, pages, and what is looked for.

use super::*;

fn ids(page: &Response) -> Vec<String> {
    let items = page.json["items"].as_array().expect("rows");
    items
        .iter()
        .map(|row| row["id"].as_str().expect("an identifier").to_owned())
        .collect()
}

#[actix_web::test]
async fn a_list_is_read_page_by_page_without_gap_or_repetition() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let mut made = Vec::new();
        for number in 0..7 {
            world.clock.advance(chrono::Duration::seconds(1));
            let case = match number % 2 {
                0 => Case::created(&world, &submitter).await,
                _ => Case::submitted(&world, &submitter).await,
            };
            made.push(case.id);
        }
        let all = submitter.get("/cases?limit=100").await.expect(200);
        assert_eq!(all.header("link"), "", "there is no further page");
        assert!(all.json.get("next").is_none());
        let (whole, mut gathered) = (ids(&all), Vec::new());
        let mut path = "/cases?limit=3&scope=laboratory".to_owned();
        loop {
            let page = submitter.get(&path).await.expect(200);
            gathered.extend(ids(&page));
            let link = page.header("link").to_owned();
            let Some(next) = page.json["next"].as_str() else {
                break;
            };
            assert!(
                link.contains(next) && link.contains("scope=laboratory"),
                "{link}"
            );
            path = link
                .trim_start_matches("</api/v1")
                .split('>')
                .next()
                .unwrap()
                .to_owned();
        }
        assert_eq!(gathered, whole);
        made.sort();
        gathered.sort();
        assert_eq!(gathered, made);
        for cursor in ["", "x", "MTox", "bm90IG91cnM", "%F0%9F%94%AC"] {
            let page = submitter.get(&format!("/cases?cursor={cursor}")).await;
            let _ = page.refused(400, "bad_cursor");
        }
    }
}

#[actix_web::test]
async fn filters_narrow_the_list_and_lists_of_other_roles_are_forbidden() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let draft = Case::created(&world, &submitter).await.id;
        let sent = Case::submitted(&world, &submitter).await.id;
        let both = submitter.get("/cases").await.expect(200);
        assert_eq!(
            ids(&both),
            [sent.as_str(), draft.as_str()],
            "what is due comes first"
        );
        for (query, expected) in [
            ("open=true", vec![&sent]),
            ("state=draft", vec![&draft]),
            ("state=draft&state=offered", vec![&sent, &draft]),
            ("state=signed", vec![]),
            ("urgency=urgent", vec![]),
            ("subspecialty=breast&territory=FR-GF", vec![&sent, &draft]),
            ("territory=NC", vec![]),
            ("waiting_for=triage", vec![]),
            ("overdue=true", vec![]),
            ("q=LOBULAIRE+canalaire", vec![&sent, &draft]),
            ("q=lobu", vec![&sent, &draft]),
            ("q=lobulaire+melanome", vec![]),
            ("q=26H00123", vec![]),
        ] {
            let found = submitter.get(&format!("/cases?{query}")).await.expect(200);
            let expected: Vec<String> = expected.into_iter().cloned().collect();
            assert_eq!(ids(&found), expected, "{query}");
        }
        let expert = served.login("expert.breast").await;
        assert_eq!(ids(&expert.get("/cases").await), [sent.as_str()]);
        let coordinator = served.login("coordinator.antilles").await;
        let queue = coordinator.get("/cases").await.expect(200);
        assert_eq!(ids(&queue), [sent.as_str()], "never what was not sent");
        assert!(!queue.text.contains("26H00123"));
        for (caller, scope) in [
            (&submitter, "expert"),
            (&submitter, "network"),
            (&expert, "laboratory"),
            (&coordinator, "expert"),
        ] {
            let other = caller.get(&format!("/cases?scope={scope}")).await;
            let _ = other.refused(403, "forbidden");
        }
    }
}

#[actix_web::test]
async fn an_accession_number_is_looked_for_by_a_body_and_by_who_may_know_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        let search = |text: &str| json!({"q": text, "limit": 5});
        let reference = case.document["reference"].as_str().unwrap().to_owned();
        for text in ["26H00123", " 26h-00123", reference.as_str(), "lobulaire"] {
            let found = submitter
                .post("/cases/search", &search(text))
                .await
                .expect(200);
            assert_eq!(ids(&found), [case.id.as_str()], "{text}");
        }
        let part = submitter
            .post("/cases/search", &search("26H001"))
            .await
            .expect(200);
        assert_eq!(ids(&part), [""; 0], "found whole or not at all");
        let coordinator = served.login("coordinator.antilles").await;
        let blind = coordinator
            .post("/cases/search", &search("26H00123"))
            .await
            .expect(200);
        assert_eq!(ids(&blind), [""; 0]);
        let nothing = submitter
            .post("/cases/search", &json!({"state": ["signed"]}))
            .await
            .expect(200);
        assert_eq!(ids(&nothing), [""; 0]);
    }
}

#[actix_web::test]
async fn a_late_case_is_listed_as_overdue() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        world.clock.advance(chrono::Duration::days(9));
        let submitter = served.login("submitter.cayenne").await;
        let late = submitter.get("/cases?overdue=true").await.expect(200);
        assert_eq!(ids(&late), [case.id.as_str()]);
        assert_eq!(late.json["items"][0]["late"], true);
    }
}
