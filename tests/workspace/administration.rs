//! What an administrator keeps, on the pages.

use relecture::domain::text_enum::TextEnum as _;

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

/// A webhook of an event that nobody took.
async fn an_event_that_was_given_up(world: &World) {
    use relecture::domain::webhooks::EventKind;
    use relecture::service::administration::By;
    use relecture::service::administration::webhooks::{self, WebhookContent};
    let by = By::new(&world.actor("administrator@example.org").await, "r");
    let content = WebhookContent {
        network: world.antilles,
        name: "Tableau de bord".into(),
        url: "https://tableau.example.org/relecture".into(),
        internal: false,
        kinds: EventKind::ALL.to_vec(),
        active: true,
    };
    webhooks::add(&world.exchange, &by, content, None)
        .await
        .expect("it is registered");
    Hand::submitted(world).await;
    world
        .alter(
            "UPDATE outbox SET state = 'dead', attempt = 20, finished_at = created_at, \
             last_error = 'the receiver answered 503' WHERE topic = 'webhook'",
        )
        .await;
}

#[actix_web::test]
async fn an_administrator_has_systems_told_of_events() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("webhooks", &ways, async |world: &World, _: &Served| {
        an_event_that_was_given_up(world).await;
    })
    .await;
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
