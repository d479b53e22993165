//! Two servers fill one outbox, two workers empty it: each mail leaves once, each job runs once, the mails of a case in order.

use std::collections::BTreeMap;

use diesel::prelude::*;
use futures_util::future::join_all;
use relecture::store::StoreError;
use relecture::store::schema::{case_events, outbox};

use super::{Site, machine};
use crate::api::Case;
use crate::support::database::TestDatabase;
use crate::support::served::Caller;
use crate::support::smtp::SmtpServer;

const CASES: usize = 40;
/// Cases submitted at a time.
const AT_ONCE: usize = 8;

/// A row of the outbox that was handled.
#[derive(Debug, Queryable)]
struct Handled {
    id: String,
    topic: String,
    case: Option<String>,
    payload: String,
    state: String,
    attempt: i32,
}

#[actix_web::test]
async fn no_mail_leaves_twice_and_no_job_runs_twice() {
    let site = Site::of(TestDatabase::postgres(), 2).await;
    let submitter = Caller::login_at(site.address(0), "submitter.cayenne").await;
    for group in 0..CASES / AT_ONCE {
        let cases = (0..AT_ONCE).map(|turn| {
            let submitter = submitter.at(site.address(group + turn));
            let world = &site.world;
            async move { Case::submitted(world, &submitter).await.id }
        });
        join_all(cases).await;
    }
    // Every offer has run out.
    site.world
        .alter("UPDATE cases SET offer_expires_at = 1")
        .await;
    site.world
        .alter("UPDATE outbox SET run_at = 1 WHERE payload LIKE '%expire_offer%'")
        .await;

    let mail = SmtpServer::start("accept");
    let workers = [0, 1].map(|_| {
        let machine = machine(site._database.url())
            .with("mail.backend", "smtp")
            .with("mail.host", "127.0.0.1")
            .with("mail.port", &mail.port.to_string())
            .with("mail.tls", "none")
            .with("workers.poll_seconds", "1");
        let program = machine.start(&["worker"]);
        (machine, program)
    });
    // Half of the expiries come while both work.
    let handled = until_nothing_is_due(&site).await;
    drop(workers);

    let mut expired: BTreeMap<String, usize> = BTreeMap::new();
    let (mut sent, mut ran) = (BTreeMap::new(), 0);
    for row in handled {
        assert_eq!((row.state.as_str(), row.attempt), ("done", 1), "{row:?}");
        match row.topic.as_str() {
            "mail" => drop(sent.insert(row.id, row.case)),
            _ if row.payload.contains("expire_offer") => {
                ran += 1;
                *expired.entry(row.case.unwrap()).or_default() += 1;
            }
            _ => {}
        }
    }
    assert_eq!(
        (ran, expired.len()),
        (CASES, CASES),
        "each offer expired once"
    );
    for case in expired.keys() {
        assert_eq!(
            happened(&site, case).await,
            "save_draft submit offer expire offer"
        );
    }
    // Receipt, offer, expiry, second offer.
    assert_eq!(sent.len(), 4 * CASES);
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    for mail in mail.rest() {
        let id = message_id(&mail);
        let case = sent
            .remove(&id)
            .unwrap_or_else(|| panic!("{id} came twice or from nowhere"));
        let before = last.insert(case.unwrap(), id.clone());
        assert!(
            before.is_none_or(|before| before < id),
            "the mails of a case come in order"
        );
    }
    assert!(sent.is_empty(), "never arrived: {sent:?}");
}

/// Waits until the workers have handled all that is due; what they handled.
async fn until_nothing_is_due(site: &Site) -> Vec<Handled> {
    // A message that never settles fails the story instead of holding the suite.
    let given_up = std::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        assert!(
            std::time::Instant::now() < given_up,
            "something stays due for ever"
        );
        let read = site.world.exchange.store.read(|conn| {
            let due: i64 = outbox::table
                .filter(outbox::state.eq_any(["ready", "leased"]))
                .filter(outbox::topic.eq("mail").or(outbox::run_at.eq(1)))
                .count()
                .get_result(conn)?;
            let handled: Vec<Handled> = outbox::table
                .filter(outbox::state.eq_any(["done", "dead"]))
                .select((
                    outbox::id,
                    outbox::topic,
                    outbox::case_id,
                    outbox::payload,
                    outbox::state,
                    outbox::attempt,
                ))
                .load(conn)?;
            Ok::<_, StoreError>((due, handled))
        });
        let (due, handled) = read.await.unwrap();
        if due == 0 {
            return handled;
        }
        tokio::task::yield_now().await;
    }
}

async fn happened(site: &Site, case: &str) -> String {
    let case = case.to_owned();
    let read = site.world.exchange.store.read(move |conn| {
        let commands: Vec<String> = case_events::table
            .filter(case_events::case_id.eq(case))
            .order(case_events::version)
            .select(case_events::command)
            .load(conn)?;
        Ok::<_, StoreError>(commands.join(" "))
    });
    read.await.unwrap()
}

/// The identifier of the outbox row that a mail came from.
fn message_id(mail: &serde_json::Value) -> String {
    let id = mail["id"].as_str().expect("a Message-ID");
    let id = id.trim_start_matches('<').split('@').next();
    id.expect("an identifier").to_owned()
}
