//! Experts' keys in a token (PKCS #11): made there, signing there, and what happens when the token is not what it should be.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use relecture::domain::statement::Statement;
use relecture::store::{Conn, StoreError};
use serde_json::{Value, json};

use crate::api::{Case, opinion};
use crate::support::database::TestDatabase;
use crate::support::exchange::{SEALING_KEY, World};
use crate::support::program::Machine;
use crate::support::python::python;
use crate::support::readers::joins_pool;
use crate::support::served::Caller;
use crate::support::softhsm::{LABEL, PIN, SoftHsm};

const EXPERT: &str = "expert.breast@example.org";

#[derive(QueryableByName, Debug)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    sealed_key: String,
    #[diesel(sql_type = Nullable<Text>)]
    token_key: Option<String>,
}

async fn keys(world: &World) -> Vec<KeyRow> {
    let read = world.exchange.store.read(|conn: &mut Conn| {
        let rows = sql_query("SELECT sealed_key, token_key FROM signing_keys ORDER BY id");
        Ok::<_, StoreError>(rows.load(conn)?)
    });
    read.await.expect("keys")
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

async fn count(world: &World, what: &'static str) -> i64 {
    let read = world.exchange.store.read(move |conn: &mut Conn| {
        let row: Number =
            sql_query(format!("SELECT count(*) AS number FROM {what}")).get_result(conn)?;
        Ok::<_, StoreError>(row.number)
    });
    read.await.expect("a number")
}

/// The operator's machine, without a token.
fn bare(database: &TestDatabase) -> Machine {
    Machine::on(database.url()).with("sealing_key", &STANDARD.encode(SEALING_KEY))
}

/// A case that waits for the signature of the expert, whom this server knows.
async fn accepted(world: &World, address: &str) -> (Case, Caller) {
    let submitter = Caller::login_at(address, "submitter.cayenne").await;
    let expert = Caller::login_at(address, "expert.breast").await;
    let mut case = Case::submitted(world, &submitter).await;
    case.look(&expert).await;
    case.gives(&expert, "accept", &json!({})).await;
    (case, expert)
}

/// What foreign programs say was signed.
fn verified_abroad(machine: &Machine) -> Vec<Statement> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let verify = |program: &Path, script: &str| {
        let output = Command::new(program)
            .current_dir(root)
            .arg(format!("tests/signatures/{script}"))
            .arg(machine.path("opinion.json"))
            .arg(machine.path("authority.pem"))
            .output()
            .expect("a verifier");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{script}: {said}");
        serde_json::from_slice(&output.stdout).expect("a statement")
    };
    vec![
        verify(Path::new("node"), "verify.mjs"),
        verify(&python(), "verify.py"),
    ]
}

/// The signed file of the case's only opinion, and the authority beside it, on the machine.
async fn taken_home(case: &Case, expert: &Caller, machine: &Machine, version: usize) {
    let id = case.document["opinions"][version]["id"]
        .as_str()
        .expect("an opinion");
    let signed = expert
        .get(&case.path(&format!("opinions/{id}/signature")))
        .await
        .expect(200);
    machine.file("opinion.json", &signed.bytes);
    let published = machine.done(&["keys", "authority"]);
    let (pem, _) = published.split_once("SHA-256 ").expect("a certificate");
    machine.file("authority.pem", pem);
}

#[actix_web::test]
async fn an_expert_signs_with_a_key_that_never_leaves_its_token() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let hsm = SoftHsm::new();
        let machine = hsm.in_machine(bare(&database));
        let said = machine.done(&["keys", "hold", EXPERT]);
        assert!(said.contains("from now on"), "{said}");
        assert!(machine.done(&["keys", "list"]).contains("in the token: "));
        let said = machine.done(&["doctor"]);
        assert!(
            said.contains(&format!(
                "token: {LABEL} (SoftHSM v2) takes the PIN; 1 keys in it, 1 of"
            )),
            "{said}"
        );
        assert!(!said.contains(PIN), "no PIN is shown: {said}");

        let (program, address) = machine.serve(&[]).await;
        let (mut case, expert) = accepted(&world, &address).await;
        let body = json!({ "opinion": opinion() });
        // Twice at once: one is signed, whichever.
        let (one, other) = tokio::join!(
            expert.signs(&case.id, case.version, "sign", &body),
            expert.signs(&case.id, case.version, "sign", &body),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200, "{one:?} {other:?}");
        assert!(statuses[1] >= 400, "{one:?} {other:?}");
        assert_eq!(count(&world, "opinion_signatures").await, 1);
        case.look(&expert).await;
        assert_eq!(case.document["state"], "signed");
        taken_home(&case, &expert, &machine, 0).await;
        for statement in verified_abroad(&machine) {
            assert_eq!(statement.signed_by.name, "expert breast");
        }
        let (file, authority) = ("opinion.json", "authority.pem");
        let said = machine.done(&["verify", file, "--authority", authority]);
        assert!(said.contains("which you trust"), "{said}");
        let held = keys(&world).await;
        assert_eq!(held.len(), 1, "no other key was made: {held:?}");
        assert!(held[0].sealed_key.is_empty() && held[0].token_key.is_some());

        // The authority changes: the same key in the token is certified anew, at the next signature.
        machine.done(&["keys", "rotate"]);
        let addendum = json!({ "reason": "Un mot de plus.", "opinion": opinion() });
        let added = expert
            .signs(&case.id, case.version, "add_addendum", &addendum)
            .await;
        let added = added.expect(200);
        case.document = added.json;
        taken_home(&case, &expert, &machine, 1).await;
        assert_eq!(verified_abroad(&machine).len(), 2);
        let held = keys(&world).await;
        assert_eq!(held.len(), 2, "{held:?}");
        assert_eq!(held[0].token_key, held[1].token_key);

        let (_, said) = {
            program.signal("TERM");
            program.ended()
        };
        assert!(!said.join("\n").contains(PIN), "the PIN is in no log");
    }
}

/// Signs and must be told why not; the draft is there as it was, and nothing else is.
async fn not_signed(world: &World, case: &mut Case, expert: &Caller, reason: &str) {
    let body = json!({ "opinion": opinion() });
    let refused = expert.signs(&case.id, case.version, "sign", &body).await;
    let refused = refused.refused(503, "signing_unavailable");
    assert_eq!(refused.json["reason"], reason, "{}", refused.text);
    let passes = matches!(reason, "token_absent" | "token_slow" | "token_failed");
    let wait = if passes { "30" } else { "3600" };
    assert_eq!(refused.header("retry-after"), wait);
    assert!(!refused.text.contains(PIN) && !refused.text.contains("/usr/lib"));
    let before = case.version;
    case.look(expert).await;
    assert_eq!(case.version, before);
    assert_eq!(case.document["state"], "accepted");
    assert_eq!(
        case.document["opinion_draft"]["conclusion"], "Brouillon.",
        "{}",
        case.document
    );
    for nothing in [
        "opinion_signatures",
        "opinions",
        "transparency_entries",
        "presence_proofs WHERE used_at IS NOT NULL",
    ] {
        assert_eq!(count(world, nothing).await, 0, "{nothing} after {reason}");
    }
}

#[actix_web::test]
async fn a_token_that_is_not_what_it_should_be_signs_nothing_and_loses_nothing() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let hsm = SoftHsm::new();
        let whole = hsm.in_machine(bare(&database));
        whole.done(&["keys", "hold", EXPERT]);
        let (program, address) = whole.serve(&[]).await;
        let (mut case, expert) = accepted(&world, &address).await;
        let mut draft: Value = opinion();
        draft["conclusion"] = json!("Brouillon.");
        case.gives(&expert, "save_opinion", &draft).await;

        let broken = [
            (bare(&database), "token_not_configured"),
            (
                hsm.in_machine(bare(&database))
                    .with("pkcs11.module", "/nowhere/module.so"),
                "token_absent",
            ),
            (
                hsm.in_machine(bare(&database))
                    .with("pkcs11.token", "another"),
                "token_absent",
            ),
            // Its library finds nothing of what it needs.
            (
                hsm.in_machine(bare(&database))
                    .with_variable("SOFTHSM2_CONF", "/nowhere/softhsm2.conf"),
                "token_failed",
            ),
        ];
        for (machine, reason) in broken {
            let (_program, address) = machine.serve(&[]).await;
            let expert = Caller::login_at(&address, "expert.breast").await;
            not_signed(&world, &mut case, &expert, reason).await;
        }

        // Another token of that name has no such key.
        let stranger = SoftHsm::new();
        let (_other, elsewhere) = stranger.in_machine(bare(&database)).serve(&[]).await;
        let there = Caller::login_at(&elsewhere, "expert.breast").await;
        not_signed(&world, &mut case, &there, "token_key_missing").await;

        // A wrong PIN is tried once in the life of a process.
        let wrong = hsm.in_machine(bare(&database));
        wrong.file("pin", "000000");
        let (_wrong, elsewhere) = wrong.serve(&[]).await;
        let there = Caller::login_at(&elsewhere, "expert.breast").await;
        not_signed(&world, &mut case, &there, "token_pin_refused").await;
        wrong.file("pin", PIN);
        not_signed(&world, &mut case, &there, "token_pin_refused").await;

        // Taken out while the server has it open, and put back.
        hsm.take_out();
        not_signed(&world, &mut case, &expert, "token_absent").await;
        hsm.put_back();

        // It hangs: who waits is told in time, and it works again when it answers.
        let impatient = hsm
            .in_machine(bare(&database))
            .with("pkcs11.timeout_ms", "400");
        let (_impatient, elsewhere) = impatient.serve(&[]).await;
        let there = Caller::login_at(&elsewhere, "expert.breast").await;
        let busy = hsm.busy();
        for _ in 0..6 {
            not_signed(&world, &mut case, &there, "token_slow").await;
        }
        drop(busy);

        let body = json!({ "opinion": opinion() });
        let signed = expert.signs(&case.id, case.version, "sign", &body).await;
        let _ = signed.expect(200);
        assert_eq!(count(&world, "opinion_signatures").await, 1);
        assert_eq!(
            keys(&world).await.len(),
            1,
            "nobody got a key of another kind"
        );
        drop(program);
    }
}

#[actix_web::test]
async fn two_readers_of_a_panel_sign_with_the_token_at_once() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let hsm = SoftHsm::new();
        let machine = hsm.in_machine(bare(&database));
        let (_program, address) = machine.serve(&[]).await;
        let submitter = Caller::login_at(&address, "submitter.cayenne").await;
        let chair = Caller::login_at(&address, "expert.breast").await;
        let coordinator = Caller::login_at(&address, "coordinator.antilles").await;
        let mut content = serde_json::to_value(world.excused_content()).expect("JSON");
        content["pre_authorisations"]["panel"] = json!(true);
        let body = json!({"laboratory": world.cayenne, "content": content});
        let mut case = Case::created_from(&submitter, &body).await;
        case.gives(&submitter, "submit", &json!({})).await;
        case.gives(&chair, "accept", &json!({})).await;
        joins_pool(&world, "reader.second", None).await;
        joins_pool(&world, "reader.third", None).await;
        let mut seats = Vec::new();
        for login in ["reader.second@example.org", "reader.third@example.org"] {
            machine.done(&["keys", "hold", login]);
            seats.push(world.actor(login).await.person);
        }
        machine.done(&["keys", "hold", EXPERT]);
        let convened = json!({"readers": seats, "reason": "Tumeur rare"});
        case.gives(&coordinator, "convene", &convened).await;
        let second = Caller::login_at(&address, "reader.second").await;
        let third = Caller::login_at(&address, "reader.third").await;
        for reader in [&second, &third] {
            case.gives(reader, "join_panel", &json!({})).await;
        }
        // Each signs what they read at that version; what the others do meanwhile concerns their own seats only.
        let body = json!({ "opinion": opinion() });
        let all = [&second, &third, &chair];
        let signing = all.map(|one| one.signs(&case.id, case.version, "sign_reading", &body));
        for signed in futures_util::future::join_all(signing).await {
            let _ = signed.expect(200);
        }
        case.look(&chair).await;
        assert_eq!(case.document["panels"][0]["phase"], "revealed");
        case.gives(&chair, "sign", &body).await;
        taken_home(&case, &chair, &machine, 0).await;
        assert_eq!(verified_abroad(&machine).len(), 2);
        let held = keys(&world).await;
        assert_eq!(held.len(), 3, "{held:?}");
        assert!(held.iter().all(|key| key.token_key.is_some()));
    }
}

#[actix_web::test]
async fn a_key_pair_that_is_there_already_is_adopted_and_one_of_another_person_is_not() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let hsm = SoftHsm::new();
        let machine = hsm.in_machine(bare(&database));
        let said = machine.done(&["keys", "hold", EXPERT]);
        let name = keys(&world).await[0].token_key.clone().expect("its name");
        assert!(said.contains(&name), "{said}");
        // Revoked: the next signature would make a sealed key; adopted again: it would not.
        machine.done(&["keys", "revoke", EXPERT]);
        machine.done(&["keys", "hold", EXPERT, "--adopt", &name]);
        for (arguments, said) in [
            (
                [
                    "keys",
                    "hold",
                    "expert.second@example.org",
                    "--adopt",
                    &name,
                ],
                "another person's",
            ),
            (["keys", "hold", EXPERT, "--adopt", "00ff"], "no such key"),
            (["keys", "hold", EXPERT, "--adopt", "zz"], "not hexadecimal"),
            (
                ["keys", "hold", "nobody", "--adopt", &name],
                "nobody has the login",
            ),
            (
                [
                    "keys",
                    "hold",
                    "submitter.cayenne@example.org",
                    "--adopt",
                    &name,
                ],
                "no expert",
            ),
        ] {
            let refused = machine.run(&arguments);
            assert_eq!(refused.code, 1, "{arguments:?}: {refused:?}");
            assert!(refused.err.contains(said), "{arguments:?}: {refused:?}");
        }
        assert_eq!(keys(&world).await.len(), 2);
        let refused = bare(&database).run(&["keys", "hold", EXPERT]);
        assert!(refused.err.contains("none is configured"), "{refused:?}");

        let doctor = machine.with("pkcs11.token", "another").run(&["doctor"]);
        assert_eq!(doctor.code, 1, "{doctor:?}");
        assert!(
            doctor.out.contains("FAIL  token: the token is not there"),
            "{doctor:?}"
        );
    }
}
