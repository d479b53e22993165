//! What a coordinator plans with: the week of the pool, and what is late at whom.

use chrono::Duration;
use relecture::domain::commands::CommandBody;
use relecture::service::absences::{self, NewAbsence};

use super::*;
use crate::api::work_units::read_before;
use crate::journey::signed;
use crate::support::exchange::key;

/// A pool in trouble: one expert with more than they take and a case that is late, one away until after what they have is due.
async fn troubled(world: &World) {
    for _ in 0..6 {
        Hand::submitted(world).await;
    }
    let reading = Hand {
        world,
        case: first_of(world, "expert.breast").await,
    };
    reading
        .does("expert.breast", CommandBody::Accept)
        .await
        .expect("the case is accepted");
    world
        .alter(
            "UPDATE expert_profiles SET capacity_per_day = 2 WHERE primary_subspecialty = 'breast'",
        )
        .await;
    // Everything was sent on Monday morning and is due within days; the first of it was due this morning.
    let late = format!(
        "UPDATE cases SET due_at = due_at - 864000000000, sort_at = sort_at - 864000000000 WHERE id = '{}'",
        reading.case
    );
    world.alter(late).await;
    let away = NewAbsence {
        starts_at: world.exchange.core.clock.now() + Duration::hours(1),
        ends_at: world.exchange.core.clock.now() + Duration::days(20),
    };
    let second = world.actor("expert.second@example.org").await;
    absences::add(&world.exchange, &second, away, Some(key()), "r")
        .await
        .expect("the absence is entered");
    world.clock.advance(Duration::hours(2));
    world
        .alter("UPDATE people SET active = false WHERE login LIKE 'expert.pacific%'")
        .await;
}

/// The case that an expert has to answer first.
async fn first_of(world: &World, login: &str) -> relecture::domain::ids::CaseId {
    use relecture::service::worklist::{Query, list};
    let actor = world.actor(&format!("{login}@example.org")).await;
    let page = list(&world.exchange, &actor, &Query::default())
        .await
        .expect("a list");
    page.items.first().expect("a case").id
}

#[actix_web::test]
async fn a_coordinator_sees_the_week_of_the_pool() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", true, 1440),
    ];
    tell_each("experts", &ways, async |world: &World, _: &Served| {
        troubled(world).await;
    })
    .await;
}

#[actix_web::test]
async fn a_coordinator_keeps_the_roster_of_who_is_on_call() {
    let ways = [way("fr", true, 1440), way("en", false, 390)];
    tell_each("duties", &ways, async |world: &World, _: &Served| {
        world
            .alter(r#"UPDATE networks SET on_call_hours = '{"sat":[["08:00","12:00"]]}'"#)
            .await;
    })
    .await;
}

#[actix_web::test]
async fn a_coordinator_keeps_cases_for_an_expert_from_the_queue() {
    let ways = [way("en", true, 1440), way("fr", false, 390)];
    tell_each("assign", &ways, async |world: &World, _: &Served| {
        world.without_limits().await;
        for _ in 0..5 {
            Hand::submitted(world).await;
        }
        // Nobody has accepted any of them, though each was warned of.
        world
            .alter("UPDATE cases SET warning_at = created_at")
            .await;
    })
    .await;
}

#[actix_web::test]
async fn a_coordinator_looks_back_on_what_was_answered() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("figures", &ways, async |world: &World, _: &Served| {
        answered(world).await;
    })
    .await;
}

#[actix_web::test]
async fn a_coordinator_says_what_the_network_promises() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("targets", &ways, as_it_is).await;
}

#[actix_web::test]
async fn a_coordinator_tries_a_change() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("trial", &ways, async |world: &World, _: &Served| {
        for _ in 0..4 {
            Hand::submitted(world).await;
        }
        world.clock.advance(Duration::days(3));
    })
    .await;
}

/// Two cases that are answered and one that was given back, by an expert whose name is a formula.
pub async fn answered(world: &World) {
    let declined = Hand::submitted(world).await;
    let holder = |case: &relecture::service::documents::CaseDocument| match &case.expert {
        Some(expert) if expert.name == "expert second" => "expert.second",
        _ => "expert.breast",
    };
    let first = holder(&declined.seen_by("coordinator.antilles").await.unwrap());
    let decline = CommandBody::Decline(relecture::domain::commands::Decline {
        reason: relecture::domain::cases::DeclineReason::Overloaded,
        comment: "=HYPERLINK(1)".into(),
    });
    declined.does(first, decline).await.expect("it is declined");
    for hours in [2, 6] {
        let hand = Hand::submitted(world).await;
        let reader = holder(&hand.seen_by("coordinator.antilles").await.unwrap());
        hand.does(reader, CommandBody::Accept).await.unwrap();
        world.clock.advance(Duration::hours(hours));
        hand.does(reader, signed()).await.unwrap();
    }
    world
        .alter("UPDATE people SET display_name = '=1+1' WHERE login LIKE 'expert.breast%'")
        .await;
}

#[actix_web::test]
async fn a_coordinator_takes_measured_minutes_over() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("units", &ways, async |world: &World, _: &Served| {
        read_before(world, |n| 38 + n % 5).await;
        world.clock.advance(Duration::hours(5));
    })
    .await;
}
