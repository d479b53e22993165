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

#[actix_web::test]
async fn an_administrator_registers_and_tests_a_slide_source() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("sources", &ways, as_it_is).await;
}

#[actix_web::test]
async fn what_was_done_and_what_was_given_up_is_found() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("oversight", &ways, async |world: &World, _: &Served| {
        Hand::submitted(world).await;
        world
            .alter(
                "UPDATE outbox SET state = 'dead', attempt = 12, finished_at = created_at, \
                 last_error = 'the mail server refused the recipient: 550' WHERE topic = 'mail'",
            )
            .await;
    })
    .await;
}

#[actix_web::test]
async fn an_administrator_keeps_networks_laboratories_and_agreements() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("organisations", &ways, as_it_is).await;
}
