//! What people draw on slides: kept in pixels of the finest resolution with who drew it, theirs to change, never lost, and
//! exchanged with other programs.

use reqwest::Method;

use super::*;

/// A case that `expert.breast` holds, and the annotations of its one slide.
struct Drawn {
    world: World,
    served: Served,
    submitter: Caller,
    expert: Caller,
    case: Case,
    slide: String,
}

impl Drawn {
    async fn on(database: &TestDatabase) -> Self {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&expert, "accept", &json!({})).await;
        let slide = slide_of(&case);
        Self {
            world,
            served,
            submitter,
            expert,
            case,
            slide,
        }
    }

    fn path(&self, below: &str) -> String {
        let slide = &self.slide;
        self.case
            .path(&format!("slides/{slide}/annotations{below}"))
    }

    /// Draws something, which must be taken.
    async fn draws(&self, who: &Caller, content: &Value) -> Value {
        let made = who.post(&self.path(""), content).await.expect(201);
        assert_eq!(made.version(), 1);
        let id = made.json["id"].as_str().expect("an identifier");
        let location = format!("/api/v1{}", self.path(&format!("/{id}")));
        assert_eq!(made.header("location"), location);
        made.json
    }

    async fn labels(&self, who: &Caller) -> Vec<String> {
        let list = who.get(&self.path("")).await.expect(200);
        let items = list.json["items"].as_array().expect("a list");
        let label = |item: &Value| item["label"].as_str().unwrap_or_default().to_owned();
        items.iter().map(label).collect()
    }

    async fn removes(&self, who: &Caller, id: &str, version: i64) -> Response {
        let request = who
            .request(Method::DELETE, &self.path(&format!("/{id}")))
            .header("if-match", format!("\"{version}\""));
        who.send(request).await
    }
}

fn slide_of(case: &Case) -> String {
    let slide = &case.document["specimens"][0]["blocks"][0]["slides"][0]["id"];
    slide.as_str().expect("a slide").to_owned()
}

fn point(label: &str) -> Value {
    json!({"kind": "point", "points": [{"x": 10.25, "y": 20}], "label": label})
}

#[track_caller]
fn bad_fields(answer: Response) -> Vec<String> {
    let answer = answer.refused(422, "invalid_fields");
    let errors = answer.json["errors"].as_array().expect("bad fields");
    let pointer = |error: &Value| error["pointer"].as_str().unwrap_or_default().to_owned();
    errors.iter().map(pointer).collect()
}

#[actix_web::test]
async fn who_drew_something_changes_it_and_takes_it_away_and_every_version_stays() {
    for database in databases() {
        let drawn = Drawn::on(&database).await;
        let outline = json!({
            "kind": "polygon", "label": " Foyer invasif ",
            "points": [{"x": 1, "y": 2}, {"x": 30.004, "y": 2}, {"x": 30, "y": 40.125}],
        });
        let made = drawn.draws(&drawn.expert, &outline).await;
        assert_eq!(made["label"], "Foyer invasif");
        assert_eq!(made["points"][1], json!({"x": 30.0, "y": 2.0}));
        assert_eq!(made["author"]["name"], "expert breast");
        let id = made["id"].as_str().unwrap();
        let one = drawn.path(&format!("/{id}"));

        // Both sides see it, and only its author may touch it.
        assert_eq!(drawn.labels(&drawn.submitter).await, ["Foyer invasif"]);
        let _ = drawn
            .submitter
            .put(&one, 1, &point("x"))
            .await
            .refused(403, "forbidden");
        let _ = drawn
            .removes(&drawn.submitter, id, 1)
            .await
            .refused(403, "forbidden");

        let changed = drawn
            .expert
            .put(&one, 1, &point("Mitose"))
            .await
            .expect(200);
        assert_eq!(
            (changed.version(), &changed.json["kind"]),
            (2, &json!("point"))
        );
        let again = drawn
            .expert
            .request(Method::GET, &one)
            .header("if-none-match", "\"2\"");
        let _ = drawn.expert.send(again).await.expect(304);
        let read = drawn.expert.get(&one).await.expect(200);
        assert_eq!((read.version(), &read.json), (2, &changed.json));

        // Two windows of the same person: the one that read earlier is told, and nothing is lost.
        let stale = drawn
            .expert
            .put(&one, 1, &outline)
            .await
            .refused(412, "stale_version");
        assert_eq!(stale.json["current_version"], 2);
        let _ = drawn
            .removes(&drawn.expert, id, 1)
            .await
            .refused(412, "stale_version");
        let _ = drawn.removes(&drawn.expert, id, 2).await.expect(204);
        assert!(drawn.labels(&drawn.expert).await.is_empty());
        let _ = drawn.expert.get(&one).await.refused(404, "not_found");
        let _ = drawn
            .removes(&drawn.expert, id, 3)
            .await
            .refused(404, "not_found");

        let versions = drawn
            .submitter
            .get(&format!("{one}/versions"))
            .await
            .expect(200);
        let told: Vec<_> = versions.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| {
                assert_eq!(version["by"]["name"], "expert breast");
                (
                    version["action"].as_str().unwrap(),
                    version["label"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("added", "Foyer invasif"),
                ("changed", "Mitose"),
                ("removed", "Mitose")
            ]
        );

        let auditor = drawn.served.login("auditor").await;
        let audit = auditor.get(&drawn.case.path("audit")).await.expect(200);
        for action in ["add_annotation", "change_annotation", "remove_annotation"] {
            let entries = audit.json["items"].as_array().unwrap();
            let of = entries.iter().filter(|entry| entry["action"] == action);
            assert_eq!(of.count(), 1, "{action}");
        }
    }
}

#[actix_web::test]
async fn what_many_draw_at_once_is_all_there_and_a_repeated_request_draws_nothing_again() {
    for database in databases() {
        let drawn = Drawn::on(&database).await;
        let (path, once) = (drawn.path(""), point("once"));
        let repeated = || {
            let request = drawn.expert.request(Method::POST, &path);
            drawn
                .expert
                .send(request.header("idempotency-key", "one").json(&once))
        };
        let drawing = (0..20).map(|n| {
            let who = if n % 2 == 0 {
                &drawn.expert
            } else {
                &drawn.submitter
            };
            let (drawn, content) = (&drawn, point(&n.to_string()));
            async move { drawn.draws(who, &content).await }
        });
        let (_, first, second) = futures_util::join!(
            futures_util::future::join_all(drawing),
            repeated(),
            repeated()
        );
        let (first, second) = (first.expect(201), second.expect(201));
        assert_eq!(first.json, second.json);
        let replayed = [&first, &second].map(|one| one.header("idempotent-replayed") == "true");
        assert_eq!(replayed.iter().filter(|one| **one).count(), 1);
        assert_eq!(drawn.labels(&drawn.expert).await.len(), 21);

        // The same annotation from two windows at once: one of them is done, the other is told.
        let id = first.json["id"].as_str().unwrap();
        let one = drawn.path(&format!("/{id}"));
        let (a, b) = (point("a"), point("b"));
        let (a, b) =
            futures_util::join!(drawn.expert.put(&one, 1, &a), drawn.expert.put(&one, 1, &b));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let _ = drawn.removes(&drawn.expert, id, 2).await.expect(204);
        let _ = repeated().await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn what_a_slide_cannot_hold_is_refused_by_field() {
    for database in databases() {
        let drawn = Drawn::on(&database).await;
        let post = |content: Value| {
            let (expert, path) = (drawn.expert.clone(), drawn.path(""));
            async move { expert.post(&path, &content).await }
        };
        let shape = |kind: &str, count: usize, label: &str| {
            let points = vec![json!({"x": 1, "y": 1}); count];
            json!({"kind": kind, "points": points, "label": label})
        };
        for (content, pointers) in [
            (shape("point", 2, ""), vec!["/points"]),
            (shape("polygon", 2, ""), vec!["/points"]),
            (shape("free_hand", 2001, ""), vec!["/points"]),
            (shape("line", 2, &"l".repeat(201)), vec!["/label"]),
            (shape("line", 1, "a\tb"), vec!["/points", "/label"]),
            (shape("star", 2, ""), vec!["/kind"]),
            (
                json!({"kind": "point", "points": [{"x": -1, "y": 2_000_001}]}),
                vec!["/points/0/x", "/points/0/y"],
            ),
            (
                json!({"kind": "point", "points": [[1, 2]]}),
                vec!["/points/0"],
            ),
        ] {
            assert_eq!(bad_fields(post(content).await), pointers);
        }
        // Where the size of the slide is known, its edges are the limit.
        let facts =
            json!({"width": 100, "height": 50, "levels": 1, "tile_width": 256, "tile_height": 256});
        drawn
            .world
            .alter(format!("UPDATE slide_links SET facts = '{facts}'"))
            .await;
        let beyond = json!({"kind": "line", "points": [{"x": 100, "y": 50}, {"x": 101, "y": 51}]});
        assert_eq!(
            bad_fields(post(beyond).await),
            ["/points/1/x", "/points/1/y"]
        );
        assert!(drawn.labels(&drawn.expert).await.is_empty());

        // As many as there may be, and no more.
        let features = vec![
            json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}});
            501
        ];
        let collection =
            |count: usize| json!({"type": "FeatureCollection", "features": features[..count]});
        let import = drawn.path(".geojson");
        let refused = drawn.expert.post(&import, &collection(501)).await;
        assert_eq!(bad_fields(refused), ["/features"]);
        let _ = drawn
            .expert
            .post(&import, &collection(500))
            .await
            .expect(201);
        let _ = post(point("one more")).await.refused(409, "conflict");
        let refused = drawn.expert.post(&import, &collection(1)).await;
        assert_eq!(bad_fields(refused), ["/features"]);
    }
}

#[actix_web::test]
async fn what_other_programs_draw_comes_in_whole_or_not_at_all_and_goes_out_again() {
    for database in databases() {
        let drawn = Drawn::on(&database).await;
        let import = drawn.path(".geojson");
        let feature = |kind: &str, coordinates: Value, properties: Value| {
            let geometry = json!({"type": kind, "coordinates": coordinates, "plane": {"c": -1, "z": 0, "t": 0}});
            json!({"type": "Feature", "id": "x", "geometry": geometry, "properties": properties})
        };
        let of = |features: Value| json!({"type": "FeatureCollection", "features": features});
        let ring = json!([[1, 1], [9, 1], [9, 9], [1, 1]]);
        let good = feature(
            "Polygon",
            json!([ring]),
            json!({"objectType": "annotation", "classification": {"name": "Tumor", "color": [200, 0, 0]}}),
        );
        let holes = feature("Polygon", json!([ring, ring]), Value::Null);
        let refused = drawn.expert.post(&import, &of(json!([good, holes]))).await;
        assert_eq!(bad_fields(refused), ["/features/1/geometry/coordinates"]);
        assert!(
            drawn.labels(&drawn.expert).await.is_empty(),
            "nothing of it was kept"
        );

        let points = feature(
            "MultiPoint",
            json!([[3, 4], [5, 6]]),
            json!({"name": "mitose"}),
        );
        let body = of(json!([good, points]));
        let send = || {
            let request = drawn.expert.request(Method::POST, &import);
            drawn
                .expert
                .send(request.header("idempotency-key", "import").json(&body))
        };
        let (first, again) = (send().await.expect(201), send().await.expect(201));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(first.json, again.json);
        assert_eq!(
            drawn.labels(&drawn.submitter).await,
            ["Tumor", "mitose", "mitose"]
        );
        let ellipse = json!({"kind": "ellipse", "points": [{"x": 5, "y": 5}, {"x": 25.5, "y": 15}], "label": "ovale"});
        let _ = drawn.draws(&drawn.submitter, &ellipse).await;

        let out = drawn.submitter.get(&import).await.expect(200);
        assert_eq!(out.header("content-type"), "application/geo+json");
        assert_eq!(out.json["features"].as_array().unwrap().len(), 4);
        let pages = drawn
            .submitter
            .get(&drawn.path(".jsonld"))
            .await
            .expect(200);
        assert!(
            pages
                .header("content-type")
                .contains("http://www.w3.org/ns/anno.jsonld")
        );
        assert_eq!(pages.json["items"].as_array().unwrap().len(), 4);
        // What went out comes in as it was, the ellipse too.
        let copied: Vec<Value> = out.json["features"].as_array().unwrap().clone();
        let back = drawn
            .expert
            .post(&import, &of(json!(copied)))
            .await
            .expect(201);
        let last = &back.json["items"][3];
        assert_eq!(
            (&last["kind"], &last["label"]),
            (&json!("ellipse"), &json!("ovale"))
        );
        assert_eq!(
            last["points"],
            json!([{"x": 5.0, "y": 5.0}, {"x": 25.5, "y": 15.0}])
        );
    }
}

#[actix_web::test]
async fn drawing_ends_with_the_case_and_what_was_drawn_stays_to_be_read() {
    for database in databases() {
        let mut drawn = Drawn::on(&database).await;
        let made = drawn.draws(&drawn.expert, &point("avant")).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let sign = json!({"opinion": opinion()});
        drawn.case.gives(&drawn.expert, "sign", &sign).await;
        let _ = drawn
            .draws(&drawn.expert, &point("après la signature"))
            .await;
        let acknowledge = json!({"acknowledgement": "agrees"});
        drawn
            .case
            .gives(&drawn.submitter, "acknowledge", &acknowledge)
            .await;
        drawn
            .case
            .gives(&drawn.submitter, "close", &json!({}))
            .await;
        for who in [&drawn.expert, &drawn.submitter] {
            let _ = who
                .post(&drawn.path(""), &point("trop tard"))
                .await
                .refused(409, "conflict");
            let body = json!({"type": "FeatureCollection", "features": []});
            let _ = who
                .post(&drawn.path(".geojson"), &body)
                .await
                .refused(409, "conflict");
        }
        let one = drawn.path(&format!("/{id}"));
        let _ = drawn
            .expert
            .put(&one, 1, &point("x"))
            .await
            .refused(409, "conflict");
        let _ = drawn
            .removes(&drawn.expert, &id, 1)
            .await
            .refused(409, "conflict");
        assert_eq!(
            drawn.labels(&drawn.submitter).await,
            ["avant", "après la signature"]
        );

        // Who signed before the case was reopened reads on, and draws no more.
        drawn.world.away("expert.breast").await;
        let reason = json!({"reason": "Nouvelle technique"});
        drawn.case.gives(&drawn.submitter, "reopen", &reason).await;
        assert_eq!(drawn.case.document["expert"]["name"], "expert second");
        assert_eq!(drawn.labels(&drawn.expert).await.len(), 2);
        let _ = drawn
            .expert
            .post(&drawn.path(""), &point("x"))
            .await
            .refused(403, "forbidden");
        let body = json!({"type": "FeatureCollection", "features": []});
        let _ = drawn
            .expert
            .post(&drawn.path(".geojson"), &body)
            .await
            .refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn what_is_drawn_on_a_draft_stays_with_its_slide_as_long_as_the_link_does() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let mut case = Case::created(&world, &submitter).await;
        let slide = slide_of(&case);
        let path = |slide: &str, case: &Case| case.path(&format!("slides/{slide}/annotations"));
        let _ = submitter
            .post(&path(&slide, &case), &point("zone à voir"))
            .await
            .expect(201);
        let mut content = content(&world);
        let slides = &mut content["specimens"][0]["blocks"][0]["slides"];
        let mut other = slides[0].clone();
        other["location"]["path"] = json!("elsewhere.dzi");
        slides.as_array_mut().unwrap().insert(0, other);
        slides[1]["label"] = json!("A1-9");
        case.gives(&submitter, "save_draft", &content).await;
        let kept = &case.document["specimens"][0]["blocks"][0]["slides"][1];
        assert_eq!(
            (&kept["id"], &kept["label"]),
            (&json!(slide), &json!("A1-9"))
        );
        let list = submitter.get(&path(&slide, &case)).await.expect(200);
        assert_eq!(list.json["items"][0]["label"], "zone à voir");
    }
}
