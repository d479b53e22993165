//! What is written down can be trusted: events rebuild the case, signed rows refuse change, patient data is sealed.

use diesel::RunQueryDsl;
use relecture::domain::turnaround::ClockEffect;

use super::*;

#[actix_web::test]
async fn state_and_clock_can_be_rebuilt_from_the_events() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        world.clock.advance(Duration::hours(1));
        hand.does("expert.breast", information("Antécédents ?"))
            .await
            .unwrap();
        world.clock.advance(Duration::hours(1));
        hand.does("expert.breast", signed()).await.unwrap();
        let (row, case) = (hand.row().await, hand.case);
        let events = world
            .exchange
            .store
            .read(move |conn| store::traces::events_of(conn, case))
            .await
            .unwrap();
        assert_eq!(
            events
                .last()
                .map(|event| (event.state.clone(), event.version)),
            Some((row.state.clone(), row.version))
        );
        let versions: Vec<i64> = events.iter().map(|event| event.version).collect();
        assert_eq!(
            versions,
            (1..=row.version).collect::<Vec<_>>(),
            "one event for each version, none missing"
        );
        let effects: Vec<ClockEffect> = events
            .iter()
            .map(|event| serde_json::from_str(&event.clock).unwrap())
            .filter(|effect| *effect != ClockEffect::None)
            .collect();
        use relecture::domain::turnaround::PauseKind::Information;
        assert_eq!(
            effects,
            [
                ClockEffect::Start,
                ClockEffect::Pause(Information),
                ClockEffect::Stop
            ]
        );
        let starts = effects
            .iter()
            .filter(|effect| **effect == ClockEffect::Start)
            .count();
        assert_eq!(i32::try_from(starts).unwrap(), row.cycle);
    }
}

#[actix_web::test]
async fn signed_opinions_events_and_audit_entries_refuse_change() {
    for database in databases() {
        let world = World::on(database.url()).await;
        Hand::signed(&world).await;
        for table in ["opinions", "case_events", "audit_entries"] {
            for statement in [
                format!("UPDATE {table} SET id = id"),
                format!("DELETE FROM {table}"),
            ] {
                let said = statement.clone();
                let outcome = world
                    .exchange
                    .store
                    .write(move |conn| {
                        Ok::<_, StoreError>(diesel::sql_query(statement.clone()).execute(conn)?)
                    })
                    .await;
                assert!(outcome.is_err(), "{said}: {outcome:?}");
            }
        }
    }
}

#[actix_web::test]
async fn every_reading_of_a_case_is_on_record_and_patient_data_is_sealed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        hand.seen_by("expert.breast").await.unwrap();
        let auditor = hand.actor("auditor").await;
        let entries = relecture::service::audit::of_case(&world.exchange, &auditor, hand.case, "r")
            .await
            .unwrap();
        let expert = hand.actor("expert.breast").await.person;
        assert!(
            entries
                .iter()
                .any(|entry| entry.person == Some(expert) && entry.action == "read_case"),
            "{entries:?}"
        );
        assert!(
            hand.seen_by("auditor").await.is_err(),
            "traces, not content"
        );
        let case = hand.case;
        let sealed = world
            .exchange
            .store
            .read(move |conn| store::cases::find_patient(conn, case))
            .await
            .unwrap()
            .unwrap();
        assert!(!sealed.contains("26H00123"));
        let row = hand.row().await;
        assert!(!format!("{row:?}").contains("26H00123"), "nowhere else");
    }
}
