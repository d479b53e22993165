//! An expert keeps sentences, for themselves.

use reqwest::Method;

use super::*;

const PATH: &str = "/me/snippets";

#[actix_web::test]
async fn an_expert_keeps_sentences_and_nobody_else_reads_them() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [expert, other, submitter] = [
            served.login("expert.breast").await,
            served.login("expert.second").await,
            served.login("submitter.cayenne").await,
        ];
        let before = expert.get(PATH).await.expect(200);
        assert_eq!((before.version(), &before.json["items"]), (0, &json!([])));
        let kept = json!({"items": [{"key": "cli", "text": "Carcinome lobulaire infiltrant.\nGrade 2."}, {"key": "b2", "text": "Bénin"}]});
        let after = expert.put(PATH, 0, &kept).await.expect(200);
        assert_eq!((after.version(), &after.json["items"]), (1, &kept["items"]));
        assert_eq!(expert.get(PATH).await.expect(200).json, after.json);
        assert_eq!(other.get(PATH).await.expect(200).json["items"], json!([]));
        let _ = submitter.get(PATH).await.refused(403, "forbidden");
        let _ = submitter
            .put(PATH, 0, &kept)
            .await
            .refused(403, "forbidden");
        for version in [0, 2] {
            let _ = expert
                .put(PATH, version, &kept)
                .await
                .refused(412, "stale_version");
        }
        let wrong = json!({"items": [{"key": "cli", "text": "a"}, {"key": "cli", "text": " "}, {"key": "É", "text": "a"}]});
        let refused = expert.put(PATH, 1, &wrong).await;
        let errors = refused.json["errors"].as_array().expect("errors").iter();
        let pointers: Vec<&Value> = errors.map(|error| &error["pointer"]).collect();
        assert_eq!(pointers, ["/items/1/key", "/items/1/text", "/items/2/key"]);
        let _ = refused.refused(422, "invalid_fields");
        let blind = expert.request(Method::PUT, PATH).json(&kept);
        let _ = expert
            .send(blind)
            .await
            .refused(428, "precondition_required");
        let emptied = expert.put(PATH, 1, &json!({"items": []})).await.expect(200);
        assert_eq!((emptied.version(), &emptied.json["items"]), (2, &json!([])));
    }
}
