//! The operations that are served are those of the document, both ways.

use std::collections::BTreeSet;

use crate::support::document::document;

#[test]
fn what_is_served_is_what_is_documented() {
    let served: BTreeSet<String> = relecture::api::operations()
        .iter()
        .map(|one| format!("{} {} {}", one.method, one.path, one.id))
        .collect();
    let documented: BTreeSet<String> = document()
        .operations
        .iter()
        .map(|one| format!("{} {} {}", one.method, one.path, one.id))
        .collect();
    assert_eq!(served, documented);
}
