//! What is done at the command line is on record, as everything else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use relecture::store::StoreError;
use relecture::store::schema::{audit_entries, people};

use crate::support::database::TestDatabase;
use crate::support::exchange::{SEALING_KEY, World};
use crate::support::program::{Machine, repository_file};

/// What the operator did, the first one first: what, to what, with which detail.
async fn on_record(world: &World) -> Vec<(String, Option<String>, Option<String>)> {
    let read = world.exchange.store.read(|conn| {
        let found: Vec<(String, Option<String>, Option<String>)> = audit_entries::table
            .filter(audit_entries::relation.eq("operator"))
            .filter(audit_entries::person_id.is_null())
            .order((audit_entries::at, audit_entries::id))
            .select((
                audit_entries::action,
                audit_entries::subject_id,
                audit_entries::detail,
            ))
            .load(conn)?;
        Ok::<_, StoreError>(found)
    });
    read.await.expect("the audit is read")
}

async fn id_of(world: &World, login: &'static str) -> String {
    let read = world.exchange.store.read(move |conn| {
        let found: String = people::table
            .filter(people::login.eq(login))
            .select(people::id)
            .first(conn)?;
        Ok::<_, StoreError>(found)
    });
    read.await.expect("the person is there")
}

#[actix_web::test]
async fn what_the_operator_does_is_on_record_and_what_was_refused_is_not() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let key = STANDARD.encode(SEALING_KEY);
        let machine = Machine::on(database.url()).with("sealing_key", &key);
        let login = "anna@example.org";
        let add = [
            "user",
            "add",
            login,
            "--name",
            "Anna",
            "--role",
            "auditor",
            "--territory",
            "FR",
        ];
        machine.done(&add);
        assert_eq!(machine.run(&add).code, 1, "she is there already");
        let password = ["user", "password", login];
        let said = machine.run_with_input(&password, "six blocs et douze lames\n");
        assert_eq!(said.code, 0, "{said:?}");
        machine.done(&["user", "lock", login]);
        assert_eq!(machine.run(&["user", "lock", "nobody@example.org"]).code, 1);
        machine.done(&["import", &repository_file("docs/first-exchange.json")]);
        let message = "01a20890-2747-7b24-8bd3-532150d7d13f";
        world
            .alter(format!(
                "INSERT INTO outbox (id, topic, payload, state, run_at, attempt, created_at, finished_at) \
                 VALUES ('{message}', 'mail', '{{}}', 'dead', 0, 1, 0, 0)"
            ))
            .await;
        machine.done(&["outbox", "retry", message]);
        assert_eq!(machine.run(&["outbox", "retry", message]).code, 1, "once");
        let anna = id_of(&world, "anna@example.org").await;
        let expected = [
            ("add_person", Some(anna.as_str()), None),
            ("renew_password", Some(anna.as_str()), None),
            ("lock_person", Some(anna.as_str()), None),
            (
                "import",
                None,
                Some("networks 1 laboratories 2 slide_sources 1"),
            ),
            ("retry_message", Some(message), None),
        ]
        .map(|(act, id, detail)| {
            (
                act.to_owned(),
                id.map(ToOwned::to_owned),
                detail.map(ToOwned::to_owned),
            )
        });
        assert_eq!(on_record(&world).await, expected);
    }
}
