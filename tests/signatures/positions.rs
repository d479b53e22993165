//! What the other readers say of a consensus goes with it, on paper and in its bundle, and cannot be put beside another opinion.

use relecture::domain::commands::{self, CommandBody};
use relecture::domain::ids::OpinionId;
use relecture::domain::panels::Stance;
use relecture::report::bundle::verification::{BundleCheck, verify_bundle};
use relecture::service::examining;
use relecture::signing::verification::Trust;
use relecture::texts::Language;

use super::bundles;
use super::readings::{SECOND, consensus, files, packed, refused, runs_through, zipped};
use super::reports::printed;
use crate::journey::{databases, opinion, reason};
use crate::support::exchange::World;

const WORDS: &str = "Les cellules expriment TTF1.";

#[actix_web::test]
async fn a_dissent_goes_with_the_opinion_and_with_no_other() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let (hand, first) = consensus(&world).await;
        let before = files(&zipped(&hand, first).await);
        let found = verify_bundle(&packed(&before), Trust::default(), None, None).unwrap();
        assert!(found.holds() && found.positions.is_empty());
        let said = |found: &relecture::report::bundle::verification::Bundle| {
            let one = found.findings.iter();
            let mut one = one.filter(|one| one.check == BundleCheck::Positions);
            one.next().expect("it is told").said.clone()
        };
        let awaited = said(&found);
        assert!(
            awaited.ends_with("when this was made: reader second"),
            "{awaited}"
        );
        let paper = printed(&hand, "submitter.cayenne", 0, Language::English).await;
        assert!(paper.text().contains("co-signature awaited"));

        hand.does(SECOND, CommandBody::Dissent(reason(WORDS)))
            .await
            .expect("signed");
        let zip = zipped(&hand, first).await;
        let found = verify_bundle(&zip, Trust::default(), None, None).unwrap();
        assert!(found.holds(), "{:?}", found.failure());
        let [position] = found.positions.as_slice() else {
            panic!("one dissents: {:?}", found.positions);
        };
        assert_eq!((position.seat, position.stance), (2, Stance::Dissented));
        assert_eq!(position.reason.as_deref(), Some(WORDS));
        assert!(position.logged.is_some(), "in the log");
        let told = said(&found);
        assert!(told.contains("dissent of reader second"), "{told}");
        let examined = examining::examine(&world.exchange, zip.clone()).await;
        assert_eq!(examined.unwrap().positions.len(), 1);
        let proof = bundles::bundle(&hand, first).await;
        for readme in ["README.txt", "LISEZMOI.txt"] {
            assert_eq!(proof.follow(readme), 7 + 3 * 5 + 1, "{readme}");
        }

        // On paper too, where it is attached and its words are printed.
        let paper = printed(&hand, "submitter.cayenne", 0, Language::English).await;
        let text = paper.text();
        assert!(text.contains(WORDS) && text.contains("dissents"), "{text}");
        assert_eq!(paper.attached().len(), 2);
        let examined = examining::examine(&world.exchange, paper.pdf.clone()).await;
        assert_eq!(examined.unwrap().pages, Some(true));

        // Of another version it says nothing.
        let revised = commands::Revised {
            reason: "Coquille".into(),
            opinion: opinion(),
        };
        hand.does("expert.breast", CommandBody::Correct(Box::new(revised)))
            .await
            .expect("signed");
        let seen = hand.seen_by("expert.breast").await.unwrap();
        let second: OpinionId = seen.opinions[1].id.parse().unwrap();
        let mut others = files(&zipped(&hand, second).await);
        assert!(!others.keys().any(|name| name.starts_with("positions/")));
        let with = files(&zip);
        for (name, bytes) in &with {
            if name.starts_with("positions/") {
                others.insert(name.clone(), bytes.clone());
            }
        }
        let (check, said) = refused(&others);
        assert_eq!(check, BundleCheck::Positions);
        assert!(said.starts_with("positions/2/opinion.json"), "{said}");
        assert!(!runs_through(&others) && runs_through(&with));

        // Nor at another seat, nor altered.
        let mut moved = before.clone();
        for (name, bytes) in &with {
            if let Some(rest) = name.strip_prefix("positions/2/") {
                moved.insert(format!("positions/1/{rest}"), bytes.clone());
            }
        }
        let (_, said) = refused(&moved);
        assert!(said.starts_with("positions/1/"), "{said}");
        assert!(!runs_through(&moved));
        for name in with.keys().filter(|name| name.starts_with("positions/")) {
            let mut altered = with.clone();
            let bytes = altered.get_mut(name).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            let (_, said) = refused(&altered);
            assert!(said.contains("positions/2/"), "{name}: {said}");
        }
    }
}
