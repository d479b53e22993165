//! The audit trail in the transparency log: nobody alters it unseen, not even who owns the database.

use chrono::Duration;
use relecture::service::jobs::{self, Job};
use relecture::service::{audit_trail, transparency};
use relecture::signing::transparency::signed_tree;

use crate::journey::{Hand, databases};
use crate::support::exchange::World;

async fn an_hour_passes(world: &World) {
    world.clock.advance(Duration::hours(1));
    let housekeeping = jobs::run(&world.exchange, Job::Housekeeping).await;
    housekeeping.unwrap();
}

async fn size_of_the_log(world: &World) -> u64 {
    let checkpoint = transparency::checkpoint(&world.exchange).await.unwrap();
    let key = transparency::public_key(&world.exchange).await.unwrap();
    signed_tree(&checkpoint, &key).unwrap().size
}

async fn refused(world: &World) -> String {
    let found = audit_trail::check(&world.exchange).await.unwrap();
    found.expect_err("the trail is not what it was")
}

/// As who owns the database may do it.
async fn unlock(world: &World, sqlite: bool) {
    if sqlite {
        world.alter("DROP TRIGGER audit_entries_no_update").await;
        world.alter("DROP TRIGGER audit_entries_no_delete").await;
    } else {
        let drop = "DROP TRIGGER audit_entries_append_only ON audit_entries";
        world.alter(drop).await;
    }
}

#[actix_web::test]
async fn an_entry_of_the_audit_trail_is_not_altered_taken_out_or_slipped_in_unseen() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        let empty = audit_trail::check(&world.exchange).await.unwrap().unwrap();
        assert_eq!((empty.checkpoints, empty.through), (0, None));

        an_hour_passes(&world).await;
        let first = audit_trail::check(&world.exchange).await.unwrap().unwrap();
        assert_eq!(first.checkpoints, 1);
        assert!(first.entries >= 2, "saved and sent: {}", first.entries);
        let before = size_of_the_log(&world).await;
        an_hour_passes(&world).await;
        assert_eq!(size_of_the_log(&world).await, before, "nothing was done");

        hand.seen_by("submitter.cayenne").await.unwrap();
        an_hour_passes(&world).await;
        let whole = audit_trail::check(&world.exchange).await.unwrap().unwrap();
        assert_eq!(whole.checkpoints, 2);
        assert_eq!(size_of_the_log(&world).await, before + 1);

        unlock(&world, database.url().starts_with("sqlite")).await;
        let last = "(SELECT id FROM audit_entries ORDER BY at DESC, id DESC LIMIT 1)";
        let action = |action: &str| {
            format!("UPDATE audit_entries SET action = '{action}' WHERE id = {last}")
        };
        world.alter(&action("nothing")).await;
        let said = refused(&world).await;
        assert!(said.contains("is not what was entered"), "{said}");
        world.alter(&action("read_case")).await;
        assert_eq!(
            audit_trail::check(&world.exchange).await.unwrap(),
            Ok(whole)
        );

        let slip = "INSERT INTO audit_entries SELECT '0 slipped in', at, person_id, relation, action, case_id, outcome, request_id, \
                    subject_kind, subject_id, detail FROM audit_entries ORDER BY at, id LIMIT 1";
        world.alter(slip).await;
        let said = refused(&world).await;
        assert!(said.contains("from the beginning to"), "{said}");
        world
            .alter("DELETE FROM audit_entries WHERE id = '0 slipped in'")
            .await;
        assert_eq!(
            audit_trail::check(&world.exchange).await.unwrap(),
            Ok(whole)
        );

        world
            .alter(&format!("DELETE FROM audit_entries WHERE id = {last}"))
            .await;
        let said = refused(&world).await;
        assert!(
            said.contains("there are 0 entries; 1 were entered"),
            "{said}"
        );
    }
}

#[actix_web::test]
async fn two_instances_that_keep_house_at_once_enter_the_trail_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        Hand::submitted(&world).await;
        world.clock.advance(Duration::hours(1));
        let both = futures_util::future::join(
            audit_trail::checkpoint(&world.exchange),
            audit_trail::checkpoint(&world.exchange),
        );
        let (one, other) = both.await;
        one.unwrap();
        other.unwrap();
        transparency::append(&world.exchange).await.unwrap();
        let whole = audit_trail::check(&world.exchange).await.unwrap().unwrap();
        assert_eq!(whole.checkpoints, 1);
        assert_eq!(size_of_the_log(&world).await, 1);
    }
}
