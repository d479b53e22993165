//! Every kind of file that the exchange hands out keeps the rules of JAdES, which stand in `jades.schema.json` with their clauses; and a
//! file that breaks one of them would be found.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::api::{Case, opinion};
use crate::journey::databases;
use crate::support::exchange::World;
use crate::support::program::repository_file;
use crate::support::readers::joins_pool;
use crate::support::served::Served;

/// The rules of each part.
pub struct Rules {
    file: Validator,
    protected: Validator,
    stamp: Validator,
}

/// What a file claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Signed.
    B,
    /// Signed and stamped.
    T,
}

impl Rules {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(repository_file("tests/signatures/jades.schema.json"));
        let schema: Value = serde_json::from_str(&text.expect("the rules")).expect("JSON");
        let part = |name: &str| {
            let mut part = schema.clone();
            part["$ref"] = json!(format!("#/$defs/{name}"));
            jsonschema::validator_for(&part).expect("a schema")
        };
        Self {
            file: part("file"),
            protected: part("protected"),
            stamp: part("stamp"),
        }
    }

    /// What a file breaks.
    pub fn broken(&self, file: &[u8], level: Level) -> Vec<String> {
        let file: Value = serde_json::from_slice(file).expect("JSON");
        let decoded = |text: &Value| -> Value {
            let bytes = URL_SAFE_NO_PAD.decode(text.as_str().unwrap_or_default());
            serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
        };
        let said = |rules: &Validator, part: &Value| -> Vec<String> {
            rules
                .iter_errors(part)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect()
        };
        let mut broken = said(&self.file, &file);
        broken.extend(said(&self.protected, &decoded(&file["protected"])));
        let members = file["header"]["etsiU"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        if members.len() != usize::from(level == Level::T) {
            broken.push(format!(
                "{} unsigned members at level {level:?}",
                members.len()
            ));
        }
        for member in &members {
            broken.extend(said(&self.stamp, &decoded(member)));
        }
        broken
    }

    /// Fails the story unless the file keeps every rule.
    #[track_caller]
    pub fn kept_by(&self, file: &[u8], level: Level) {
        let broken = self.broken(file, level);
        assert!(broken.is_empty(), "{level:?}: {broken:#?}");
    }
}

/// Changes the part of a file that is under the signature.
fn with_header(file: &Value, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let text = file["protected"].as_str().expect("a header");
    let mut header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON");
    change(&mut header);
    let mut file = file.clone();
    file["protected"] = json!(URL_SAFE_NO_PAD.encode(header.to_string()));
    serde_json::to_vec(&file).expect("JSON")
}

/// Every rule refuses what breaks it: a schema that takes anything would prove nothing.
#[track_caller]
pub fn each_rule_refuses(rules: &Rules, stamped: &[u8]) {
    type Change = fn(&mut Value);
    let stamped: Value = serde_json::from_slice(stamped).expect("JSON");
    let headers: [(&str, Change); 17] = [
        ("no algorithm", |h| h["alg"] = json!("none")),
        ("a shared secret", |h| h["alg"] = json!("HS256")),
        ("no instant", |h| {
            drop(h.as_object_mut().unwrap().remove("iat"))
        }),
        ("an instant in fractions", |h| {
            h["iat"] = json!(1_795_420_800.5)
        }),
        ("both instants", |h| {
            h["sigT"] = json!("2026-11-24T09:30:00Z")
        }),
        ("no certificate named", |h| {
            drop(h.as_object_mut().unwrap().remove("x5t#S256"))
        }),
        ("two ways of naming it", |h| {
            h["x5t#o"] = json!({"digAlg": "S512", "digVal": "AA"})
        }),
        ("named by SHA-1", |h| {
            h["x5t"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAA")
        }),
        ("a shorter digest", |h| h["x5t#S256"] = json!("AAAA")),
        ("no certificates", |h| h["x5c"] = json!([])),
        ("certificates in base64url", |h| {
            h["x5c"][0] = json!("MIIB-_A")
        }),
        ("an empty crit", |h| h["crit"] = json!([])),
        ("crit of what is not there", |h| h["crit"] = json!(["b64"])),
        ("crit of an RFC's own", |h| h["crit"] = json!(["alg"])),
        ("detached and not critical", |h| {
            h["sigD"] = json!({"mId": "http://uri.etsi.org/19182/ObjectIdByURI"})
        }),
        ("a commitment without a name", |h| {
            h["srCms"] = json!([{"commId": {"desc": "Proof"}}])
        }),
        ("a commitment by a word", |h| {
            h["srCms"][0]["commId"]["id"] = json!("approval")
        }),
    ];
    for (what, change) in headers {
        let file = with_header(&stamped, change);
        assert!(!rules.broken(&file, Level::T).is_empty(), "{what}");
    }
    let member = |member: Value| {
        let mut file = stamped.clone();
        file["header"]["etsiU"] = json!([URL_SAFE_NO_PAD.encode(member.to_string())]);
        serde_json::to_vec(&file).expect("JSON")
    };
    let token = json!({"val": "MIIB"});
    for (what, file) in [
        (
            "two tokens in one stamp",
            member(json!({"sigTst": {"tstTokens": [token, token]}})),
        ),
        ("no token", member(json!({"sigTst": {"tstTokens": []}}))),
        (
            "a token in base64url",
            member(json!({"sigTst": {"tstTokens": [{"val": "MI-_"}]}})),
        ),
        (
            "another member",
            member(json!({"arcTst": {"tstTokens": [token]}})),
        ),
    ] {
        assert!(!rules.broken(&file, Level::T).is_empty(), "{what}");
    }
    for (what, pointer, value) in [
        (
            "beside etsiU",
            "header",
            json!({"etsiU": ["e30"], "kid": "1"}),
        ),
        (
            "members that are objects",
            "header",
            json!({"etsiU": [{"sigTst": {}}]}),
        ),
        ("several signatures", "signatures", json!([])),
        ("a payload that is no base64url", "payload", json!("{}")),
    ] {
        let mut file = stamped.clone();
        file[pointer] = value;
        let file = serde_json::to_vec(&file).expect("JSON");
        assert!(!rules.broken(&file, Level::T).is_empty(), "{what}");
    }
}

#[actix_web::test]
async fn every_kind_of_file_that_is_handed_out_keeps_the_rules() {
    let rules = Rules::read();
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let chair = served.login("expert.breast").await;
        let coordinator = served.login("coordinator.antilles").await;
        let mut content = serde_json::to_value(world.excused_content()).expect("JSON");
        content["pre_authorisations"]["panel"] = json!(true);
        let body = json!({"laboratory": world.cayenne, "content": content});
        let mut case = Case::created_from(&submitter, &body).await;
        case.gives(&submitter, "submit", &json!({})).await;
        case.gives(&chair, "accept", &json!({})).await;
        let mut seats = Vec::new();
        for login in ["reader.second", "reader.third"] {
            joins_pool(&world, login, None).await;
            seats.push(world.actor(&format!("{login}@example.org")).await.person);
        }
        let convened = json!({"readers": seats, "reason": "Tumeur rare"});
        case.gives(&coordinator, "convene", &convened).await;
        let signed = json!({"opinion": opinion()});
        let (second, third) = (
            served.login("reader.second").await,
            served.login("reader.third").await,
        );
        for reader in [&second, &third] {
            case.gives(reader, "join_panel", &json!({})).await;
        }
        for reader in [&chair, &second, &third] {
            case.gives(reader, "sign_reading", &signed).await;
        }
        case.gives(&chair, "sign", &signed).await;
        let mended = json!({"reason": "Un mot de plus.", "opinion": opinion()});
        for command in ["add_addendum", "correct", "amend"] {
            case.gives(&chair, command, &mended).await;
        }

        let mut files = Vec::new();
        for version in case.document["opinions"].as_array().expect("versions") {
            files.push(format!(
                "opinions/{}",
                version["id"].as_str().expect("an opinion")
            ));
        }
        for seat in case.document["panels"][0]["seats"]
            .as_array()
            .expect("seats")
        {
            files.push(format!(
                "readings/{}",
                seat["reading"]["id"].as_str().expect("a reading")
            ));
        }
        assert_eq!(files.len(), 7, "a consensus, what mends it, three readings");
        for file in files {
            let form = chair
                .get(&case.path(&format!("{file}/signature")))
                .await
                .expect(200);
            rules.kept_by(&form.bytes, Level::B);
        }
    }
}
