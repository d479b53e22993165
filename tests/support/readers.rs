//! Further experts, for panels: each of a laboratory of their own, or of one that is there.

use relecture::clock::SystemIds;
use relecture::domain::ids::{IdGenerator as _, LaboratoryId, PersonId};
use relecture::domain::people::{Membership, Role};
use relecture::store::organisations::{self, Laboratory};
use relecture::store::people::{self, ExpertProfile, Person};
use relecture::store::{Conn, StoreError};

use super::exchange::World;

/// Adds an expert to the pool of the Antilles who reads what `expert.breast` reads, in a laboratory that is there or in a new one.
pub async fn joins_pool(world: &World, login: &str, works_in: Option<LaboratoryId>) {
    let (name, network) = (login.replace('.', " "), world.antilles);
    let login = format!("{login}@example.org");
    let add = move |conn: &mut Conn| {
        let known = people::find_by_login(conn, "expert.breast@example.org")?.expect("known");
        let profile = people::find_profile(conn, known.id)?.expect("a profile");
        let laboratory = works_in.unwrap_or_else(|| LaboratoryId::new(&SystemIds));
        if works_in.is_none() {
            organisations::insert_laboratory(
                conn,
                &Laboratory {
                    id: laboratory,
                    name: format!("Laboratoire de {name}"),
                    commune: "Pointe-à-Pitre".into(),
                    territory: "FR-GP".into(),
                    network,
                    finess: None,
                    local_number: None,
                },
            )?;
        }
        let id = PersonId::new(&SystemIds);
        people::insert(
            conn,
            &Person {
                id,
                email: login.clone(),
                display_name: name.clone(),
                login: login.clone(),
                ..known
            },
        )?;
        let membership = Membership {
            role: Role::Expert,
            laboratory: Some(laboratory),
            network: Some(network),
        };
        people::insert_membership(conn, id, &membership, SystemIds.next())?;
        people::insert_profile(
            conn,
            &ExpertProfile {
                person: id,
                ..profile
            },
        )
    };
    let added: Result<(), StoreError> = world.exchange.store.write(add).await;
    added.expect("an expert");
}
