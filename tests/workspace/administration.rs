//! What an administrator keeps, on the pages.

use super::*;

#[actix_web::test]
async fn an_administrator_keeps_people_and_their_roles() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("people", &ways, async |world: &World, _: &Served| {
        // A case is offered to an expert who will leave.
        Hand::submitted(world).await;
    })
    .await;
}
