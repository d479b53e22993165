//! A signed opinion on paper: read, taken apart and verified by programs that share no line with ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use relecture::domain::commands::{self, CommandBody};
use relecture::domain::ids::OpinionId;
use relecture::service::documents::CaseDocument;
use relecture::service::{ServiceError, examining, report};
use relecture::signing::verification::{Trust, verify};
use relecture::texts::Language;

use crate::journey::{Hand, databases, opinion, signed};
use crate::support::exchange::World;

/// A report, taken apart by poppler.
pub struct Printed {
    pub pdf: Vec<u8>,
    folder: tempfile::TempDir,
}

impl Printed {
    pub fn of(pdf: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("report.pdf"), &pdf).unwrap();
        Self { pdf, folder }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .current_dir(self.folder.path())
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(output.status.success(), "{program}: {output:?}");
        // poppler says there what is wrong with a document that it can still read. Older ones find no boolean where ISO 32000-1,
        // table 321, wants one.
        let said = String::from_utf8(output.stderr).unwrap();
        let known = "Syntax Error: Suspects object is wrong type (boolean)";
        let wrong: Vec<&str> = said.lines().filter(|line| *line != known).collect();
        assert!(wrong.is_empty(), "{program}: {wrong:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Its words in reading order, with single spaces.
    pub fn text(&self) -> String {
        let text = self.run("pdftotext", &["-enc", "UTF-8", "report.pdf", "-"]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The attached files in the order of their names: the opinion itself, then those before it.
    pub fn attached(&self) -> Vec<Vec<u8>> {
        let into = self.folder.path().join("attached");
        std::fs::create_dir(&into).unwrap();
        self.run("pdfdetach", &["-saveall", "-o", "attached", "report.pdf"]);
        let mut names: Vec<PathBuf> = std::fs::read_dir(into)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort_by_key(|name| (name.to_string_lossy().len(), name.clone()));
        names
            .iter()
            .map(|name| std::fs::read(name).unwrap())
            .collect()
    }

    /// What the code on its last page says.
    fn code(&self) -> String {
        let arguments = ["-r", "150", "report.pdf", "page"];
        self.run("pdftoppm", &arguments);
        let mut pages: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "ppm"))
            .collect();
        pages.sort();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scanned = Command::new("node")
            .current_dir(root)
            .arg("tests/signatures/scan.mjs")
            .arg(pages.last().unwrap())
            .output()
            .unwrap();
        assert!(scanned.status.success(), "{scanned:?}");
        String::from_utf8(scanned.stdout).unwrap()
    }
}

pub async fn printed(hand: &Hand<'_>, login: &str, version: usize, language: Language) -> Printed {
    let (exchange, actor) = (&hand.world().exchange, hand.actor(login).await);
    let id = id_of(&hand.seen_by(login).await.unwrap(), version);
    let pdf = report::of(exchange, &actor, hand.case, id, language, "r").await;
    Printed::of(pdf.unwrap())
}

fn id_of(document: &CaseDocument, version: usize) -> OpinionId {
    document.opinions[version].id.parse().unwrap()
}

/// The signed forms as the database has them, the first one first.
async fn stored(world: &World) -> Vec<Vec<u8>> {
    use diesel::prelude::*;
    use relecture::store::schema::opinion_signatures::dsl::{
        jades, opinion_id, opinion_signatures,
    };
    let forms = world.exchange.store.read(|conn| {
        let forms = opinion_signatures.order(opinion_id).select(jades);
        Ok::<_, relecture::store::StoreError>(forms.load::<String>(conn)?)
    });
    forms
        .await
        .unwrap()
        .into_iter()
        .map(String::into_bytes)
        .collect()
}

#[actix_web::test]
async fn a_report_is_read_printed_and_taken_apart_by_foreign_programs() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let document = hand.seen_by("submitter.cayenne").await.unwrap();
        for (language, words) in [
            (
                Language::French,
                ["Discordance mineure", "Vérifier cet avis", "Avis signé"],
            ),
            (
                Language::English,
                ["Minor discordance", "Verify this opinion", "Signed opinion"],
            ),
        ] {
            let printed = printed(&hand, "submitter.cayenne", 0, language).await;
            let text = printed.text();
            let expected = [
                document.reference.as_str(),
                "Carcinome lobulaire infiltrant.",
                "cellules indépendantes en files indiennes.",
                "Centre hospitalier de Cayenne",
                "expert breast",
            ];
            for part in expected.iter().chain(&words) {
                assert!(text.contains(part), "{part} in {text}");
            }
            for identifying in ["26H00123", "1971", "Nodule du sein"] {
                assert!(!text.contains(identifying), "{identifying} in {text}");
            }
            let about = printed.run("pdfinfo", &["report.pdf"]);
            for (name, value) in [
                ("Title:", words[2]),
                ("Title:", &document.reference),
                ("Tagged:", "yes"),
                ("Author:", "expert breast"),
            ] {
                let line = about.lines().find(|line| line.starts_with(name));
                let line = line.unwrap_or_else(|| panic!("{name} in {about}"));
                assert!(line.contains(value), "{line}");
            }
            let claims = printed.run("pdfinfo", &["-meta", "report.pdf"]);
            for claim in [
                "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A<",
                "<pdfuaid:part>1<",
                "<rdf:li>fr</rdf:li>",
            ] {
                let claim = claim.replace(">fr<", &format!(">{}<", language.code()));
                assert!(claims.contains(&claim), "{claim} in {claims}");
            }
            let tags = printed.run("pdfinfo", &["-struct-text", "report.pdf"]);
            for tag in ["Document", "H1", "H2", "LBody", "Figure", "Link"] {
                assert!(tags.contains(tag), "{tag} in {tags}");
            }
            let fonts = printed.run("pdffonts", &["report.pdf"]);
            let embedded = |row: &str| row.split_whitespace().rev().nth(4) == Some("yes");
            let mut rows = fonts.lines().skip(2).peekable();
            assert!(rows.peek().is_some() && rows.all(embedded), "{fonts}");
            assert_eq!(printed.code(), "http://127.0.0.1:8080/verify");
            assert_eq!(printed.attached(), stored(&world).await);
        }
    }
}

#[actix_web::test]
async fn every_version_stands_in_the_chain_and_is_attached() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let released = commands::Answered { opinion: opinion() };
        let released = CommandBody::ReleasePreliminary(Box::new(released));
        hand.does("expert.breast", released).await.unwrap();
        hand.does("expert.breast", signed()).await.unwrap();
        let mut amended = opinion();
        amended.conclusion = "Carcinome lobulaire in situ.".into();
        let revised = commands::Revised {
            reason: "Relecture des coupes profondes".into(),
            opinion: amended,
        };
        hand.does("expert.breast", CommandBody::Amend(Box::new(revised)))
            .await
            .unwrap();

        let before = printed(&hand, "submitter.cayenne", 1, Language::French).await;
        let after = printed(&hand, "submitter.cayenne", 2, Language::French).await;
        let text = after.text();
        for part in [
            "Carcinome lobulaire in situ.",
            "Cette version modifie la conclusion de la version 2",
            "version 2 · Avis signé",
            "version 3 · Conclusion modifiée",
            "Relecture des coupes profondes",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("préliminaire"), "{text}");
        let mut expected = stored(&world).await;
        assert_eq!(before.attached(), expected[..1]);
        expected.reverse();
        let attached = after.attached();
        assert_eq!(attached, expected);
        for form in &attached {
            assert!(verify(form, Trust::default()).holds());
        }

        let examined = |pdf: Vec<u8>| examining::examine(&world.exchange, pdf);
        let newest = examined(after.pdf.clone()).await.unwrap();
        assert_eq!((newest.pages, newest.later), (Some(true), None));
        let older = examined(before.pdf.clone()).await.unwrap();
        assert_eq!(older.pages, Some(true), "it says what it said");
        assert_eq!(older.later, Some((3, "amendment".to_owned())));
    }
}

#[actix_web::test]
async fn a_report_is_for_who_may_read_the_opinion_and_never_of_a_preliminary_one() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let released = commands::Answered { opinion: opinion() };
        let released = CommandBody::ReleasePreliminary(Box::new(released));
        hand.does("expert.breast", released).await.unwrap();
        hand.does("expert.breast", signed()).await.unwrap();
        let document = hand.seen_by("expert.breast").await.unwrap();
        let preliminary = ("submitter.cayenne", id_of(&document, 0));
        let strangers = [
            "submitter.martinique",
            "expert.second",
            "coordinator.antilles",
            "auditor",
            "administrator",
        ];
        let refused = strangers.map(|login| (login, id_of(&document, 1)));
        for (login, id) in refused.into_iter().chain([preliminary]) {
            let (exchange, actor) = (&world.exchange, hand.actor(login).await);
            let made = report::of(exchange, &actor, hand.case, id, Language::French, "r").await;
            assert!(matches!(made, Err(ServiceError::NotFound)), "{login}");
        }
        let _ = printed(&hand, "submitter.cayenne", 1, Language::French).await;
        let auditor = hand.actor("auditor").await;
        let trail = relecture::service::audit::of_case(&world.exchange, &auditor, hand.case, "r")
            .await
            .unwrap();
        let readings = trail.iter().filter(|entry| entry.action == "read_report");
        assert_eq!(readings.count(), 1, "who was refused read nothing");
    }
}

/// Flips one bit of every file of a bundle that is or carries what was signed, at places all over it.
#[actix_web::test]
async fn a_changed_byte_of_any_part_of_a_bundle_is_found_and_told_where() {
    let [database, _] = databases();
    let world = World::on(database.url()).await;
    let hand = Hand::signed(&world).await;
    let pdf = printed(&hand, "expert.breast", 0, Language::French)
        .await
        .pdf;
    let form = stored(&world).await.remove(0);
    let attached = pdf.windows(form.len()).position(|part| part == form);
    let attached = attached.expect("attached as it is");
    let attached = attached..attached + form.len();
    for (file, step) in [(&form, 61), (&pdf, 397)] {
        for at in (5..file.len()).step_by(step) {
            let mut altered = file.clone();
            altered[at] ^= 1;
            let found = examining::examine(&world.exchange, altered).await.unwrap();
            let failed: Vec<&str> = found
                .findings
                .iter()
                .filter(|one| !one.holds)
                .map(|one| one.check)
                .collect();
            assert_eq!(failed.len(), 1, "byte {at}: {found:?}");
            let within = file == &form || attached.contains(&at);
            if within {
                assert!(found.statement.is_none(), "byte {at}: {found:?}");
            }
            if found.statement.is_some() {
                assert_eq!(failed, ["pages"], "byte {at}");
            }
        }
    }
}

#[actix_web::test]
async fn what_follows_a_version_of_before_signatures_begins_the_chain() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        // As an exchange that signed nothing yet has kept it.
        let unlock = match database.url() {
            url if url.starts_with("sqlite") => "DROP TRIGGER opinion_signatures_no_delete",
            _ => "DROP TRIGGER opinion_signatures_append_only ON opinion_signatures",
        };
        world.alter(unlock).await;
        world.alter("DELETE FROM opinion_signatures").await;

        let revised = commands::Revised {
            reason: "Coquille".into(),
            opinion: opinion(),
        };
        hand.does("expert.breast", CommandBody::Correct(Box::new(revised)))
            .await
            .unwrap();

        let corrected = printed(&hand, "submitter.cayenne", 1, Language::French).await;
        let attached = corrected.attached();
        assert_eq!(attached, stored(&world).await, "that one and no other");
        let statement = verify(&attached[0], Trust::default()).statement.unwrap();
        assert_eq!(statement.opinion.version, 2);
        assert_eq!(statement.opinion.follows, None);
        let examined = examining::examine(&world.exchange, corrected.pdf.clone()).await;
        assert_eq!(examined.unwrap().pages, Some(true));

        let document = hand.seen_by("submitter.cayenne").await.unwrap();
        let proof = super::bundles::bundle(&hand, id_of(&document, 1)).await;
        assert_eq!(proof.follow("README.txt"), 7);

        let actor = hand.actor("submitter.cayenne").await;
        let (exchange, unsigned) = (&world.exchange, id_of(&document, 0));
        let refused = report::of(exchange, &actor, hand.case, unsigned, Language::French, "r");
        assert!(matches!(refused.await, Err(ServiceError::NotFound)));
    }
}
