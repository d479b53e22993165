//! Names of the people that a page of a worklist names. Whoever may see a row may see who holds it.

use std::collections::HashMap;

use super::Exchange;
use super::error::ServiceError;
use super::worklist::Page;
use crate::domain::ids::PersonId;
use crate::store;

/// The names of the experts on a page.
///
/// # Errors
/// Storage failures.
pub async fn of_page(
    ex: &Exchange,
    page: &Page,
) -> Result<HashMap<PersonId, String>, ServiceError> {
    let mut people: Vec<PersonId> = page.items.iter().filter_map(|item| item.expert).collect();
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    ex.store
        .read(move |conn| store::people::display_names(conn, &people).map_err(ServiceError::from))
        .await
}
