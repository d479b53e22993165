//! The workspace as people use it: a real browser walks the pages, on both databases, in both languages, with and without
//! script, on wide and narrow screens. Pictures of every page are kept in `var/screenshots`.

use std::path::Path;
use std::process::Command;

use relecture::domain::commands::CommandBody;
use serde_json::json;

use crate::journey::Hand;
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::Served;

mod administration;
mod answered;
mod coordinator;
mod finding;
mod panel;
mod paper;
mod pictures;
mod verify;
mod viewer;
mod weight;

/// One way of telling a story.
struct Way {
    language: &'static str,
    script: bool,
    width: u32,
}

const fn way(language: &'static str, script: bool, width: u32) -> Way {
    Way {
        language,
        script,
        width,
    }
}

/// Has the browser tell a story.
async fn tell(story: &'static str, served: &Served, database: &TestDatabase, way: &Way) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = json!({
        "base": served.address,
        "folder": root.join("var/screenshots").join(story),
        "language": way.language,
        "script": way.script,
        "width": way.width,
        "database": match database {
            TestDatabase::Sqlite(_) => "sqlite",
            TestDatabase::Postgres(_) => "postgresql",
        },
    })
    .to_string();
    let output = actix_web::web::block(move || {
        Command::new("node")
            .arg("tests/workspace/browser/run.mjs")
            .args([story, &told])
            .current_dir(root)
            .output()
    })
    .await
    .expect("the browser's thread ends")
    .expect("node is there: script/setup test installs it");
    assert!(
        output.status.success(),
        "{story} in {} at {} px{}:\n{}{}",
        way.language,
        way.width,
        if way.script { "" } else { " without script" },
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// Has the browser tell a story in each of these ways, on the two databases in turn, each in a world of its own that is prepared
/// first.
async fn tell_each(story: &'static str, ways: &[Way], prepare: impl AsyncFn(&World, &Served)) {
    for ways in ways.chunks(2) {
        for (database, way) in TestDatabase::both().iter().zip(ways) {
            let world = World::on(database.url()).await;
            let served = Served::start(&world);
            prepare(&world, &served).await;
            tell(story, &served, database, way).await;
        }
    }
}

/// A world as it is.
async fn as_it_is(_: &World, _: &Served) {}

/// More cases than a page holds, in the states in which lists show them.
async fn many_cases(world: &World) {
    for _ in 0..55 {
        Hand::submitted(world).await;
    }
    Hand::drafted(world).await;
}

#[actix_web::test]
async fn everybody_finds_what_waits_for_them() {
    let ways = [way("fr", true, 1440), way("en", false, 390)];
    tell_each("lists", &ways, async |world: &World, _: &Served| {
        many_cases(world).await;
    })
    .await;
}

#[actix_web::test]
async fn an_expert_keeps_profile_hours_and_absences() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("me", &ways, as_it_is).await;
}

/// A link that the browser's story knows, for a person without a password.
async fn an_invitation(world: &World) {
    use relecture::domain::account_links::{AccountLink, Purpose};
    use relecture::domain::ids::AccountLinkId;
    let person = world.actor("submitter.martinique@example.org").await.person;
    world
        .alter("UPDATE people SET password_hash = NULL, active = false WHERE login = 'submitter.martinique@example.org'")
        .await;
    let now = relecture::domain::time::Clock::now(&world.clock);
    let link = AccountLink {
        id: AccountLinkId::new(&relecture::clock::SystemIds),
        person,
        purpose: Purpose::Invitation,
        created_at: now,
        expires_at: now + Purpose::Invitation.lives(),
        spent: false,
    };
    let hash = relecture::identity::refresh::hash("a-link-that-the-story-knows");
    let store = &world.exchange.store;
    let kept = store
        .write(move |conn| relecture::store::account_links::insert(conn, &link, &hash))
        .await;
    kept.expect("the link is kept");
}

#[actix_web::test]
async fn who_is_invited_or_has_forgotten_chooses_a_password() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("welcome", &ways, async |world: &World, _: &Served| {
        an_invitation(world).await;
    })
    .await;
}

#[actix_web::test]
async fn an_expert_writes_with_sentences_of_their_own() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("snippets", &ways, async |world: &World, _: &Served| {
        Hand::accepted(world).await;
    })
    .await;
}

#[actix_web::test]
async fn people_choose_which_mails_come_when() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("mails", &ways, as_it_is).await;
}

#[actix_web::test]
async fn a_coordinator_rebalances_a_queue() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("rebalance", &ways, async |world: &World, _: &Served| {
        // Two cases come to one of two experts, who then is away.
        world.away("expert.second").await;
        for _ in 0..2 {
            Hand::submitted(world).await;
        }
        world.alter("DELETE FROM absences").await;
        world.away("expert.breast").await;
    })
    .await;
}

#[actix_web::test]
async fn a_case_goes_through_three_pairs_of_hands_on_the_pages() {
    let ways = [way("fr", true, 1440), way("en", false, 390)];
    tell_each("case", &ways, as_it_is).await;
}

#[actix_web::test]
async fn the_same_case_in_the_other_language_on_the_other_screen() {
    let ways = [way("en", true, 390), way("fr", false, 1440)];
    tell_each("case", &ways, as_it_is).await;
}

#[actix_web::test]
async fn who_signed_mends_it_on_the_pages_while_somebody_else_reads_the_case() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("mends", &ways, async |world: &World, _: &Served| {
        let hand = Hand::signed(world).await;
        world.away("expert.breast").await;
        let again = CommandBody::Reopen(crate::journey::reason("Nouvelle technique"));
        hand.does("submitter.cayenne", again).await.unwrap();
        hand.does("expert.second", CommandBody::Accept)
            .await
            .unwrap();
    })
    .await;
}

#[actix_web::test]
async fn an_expert_answers_a_synoptic_template() {
    let ways = [way("fr", true, 1440), way("en", false, 390)];
    tell_each("synoptic", &ways, async |world: &World, _: &Served| {
        Hand::accepted(world).await;
    })
    .await;
}

#[actix_web::test]
async fn what_is_typed_into_a_new_case_is_not_lost_and_nothing_is_asked_twice() {
    let ways = [way("fr", true, 1440), way("en", false, 390)];
    tell_each("draft", &ways, async |world: &World, _: &Served| {
        Hand::submitted(world).await;
    })
    .await;
}

#[actix_web::test]
async fn the_same_stories_are_told_without_a_mouse() {
    let ways = [way("fr", true, 1440), way("en", true, 390)];
    tell_each("keyboard", &ways, as_it_is).await;
}
