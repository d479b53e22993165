//! What administrators keep, over HTTP.

mod organisations;
mod oversight;
mod people;
mod slide_sources;
mod source_credentials;
mod webhooks;

use relecture::domain::people::{Membership, Role};

use super::*;

/// Gives a person of the world a further role.
async fn appoint(world: &World, login: &str, membership: Membership) {
    let person = world.actor(&format!("{login}@example.org")).await.person;
    let key = relecture::domain::ids::IdGenerator::next(&relecture::clock::SystemIds);
    let insert = move |conn: &mut relecture::store::Conn| {
        relecture::store::people::insert_membership(conn, person, &membership, key)
    };
    world.exchange.store.write(insert).await.expect("a role");
}

/// Makes the coordinator of the Antilles keep that network too.
async fn keeper_of_antilles(world: &World) {
    let keeps = Membership {
        role: Role::Administrator,
        laboratory: None,
        network: Some(world.antilles),
    };
    appoint(world, "coordinator.antilles", keeps).await;
}

/// What the audit says of acts on something, the earliest first.
async fn acts_on(world: &World, subject: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Said {
        #[diesel(sql_type = diesel::sql_types::Text)]
        action: String,
    }
    let asked = format!(
        "SELECT action FROM audit_entries WHERE subject_id = '{subject}' AND person_id IS NOT NULL ORDER BY at, id"
    );
    let read = move |conn: &mut relecture::store::Conn| {
        let rows: Vec<Said> = diesel::RunQueryDsl::load(diesel::sql_query(&asked), conn)?;
        Ok::<_, relecture::store::StoreError>(rows)
    };
    let rows = world.exchange.store.read(read).await.expect("the audit");
    rows.into_iter().map(|row| row.action).collect()
}

/// The identifier of a person of the world.
async fn id_of(world: &World, login: &str) -> String {
    let actor = world.actor(&format!("{login}@example.org")).await;
    actor.person.to_string()
}
