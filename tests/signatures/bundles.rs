//! The proof of an opinion as one ZIP: whoever follows its README with openssl and a JOSE library finds that it holds.

use std::path::Path;
use std::process::Command;

use relecture::domain::ids::OpinionId;
use relecture::service::bundle;

use super::reports::Printed;
use crate::journey::{Hand, databases};
use crate::support::exchange::World;
use crate::support::python::python;

/// A bundle as somebody unpacked it.
pub struct Unpacked(tempfile::TempDir);

pub async fn bundle(hand: &Hand<'_>, opinion: OpinionId) -> Unpacked {
    let actor = hand.actor("submitter.cayenne").await;
    let exchange = &hand.world().exchange;
    let zip = bundle::of(exchange, &actor, hand.case, opinion, "r")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("bundle.zip");
    std::fs::write(&place, zip).unwrap();
    let unpacked = Command::new(python())
        .args(["-m", "zipfile", "-e"])
        .arg(&place)
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(unpacked.status.success(), "{unpacked:?}");
    // What `npm install jose` would bring; stories reach no registry.
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules");
    std::os::unix::fs::symlink(packages, folder.path().join("node_modules")).unwrap();
    Unpacked(folder)
}

impl Unpacked {
    /// Runs every command of a README; how many there were.
    pub fn follow(&self, readme: &str) -> usize {
        let text = std::fs::read_to_string(self.0.path().join(readme)).unwrap();
        let commands: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("    $ "))
            .filter(|command| !command.starts_with("npm install"))
            .collect();
        for command in &commands {
            let said = self.run(command);
            assert!(said.status.success(), "{command}: {said:?}");
        }
        commands.len()
    }

    fn run(&self, command: &str) -> std::process::Output {
        Command::new("sh")
            .current_dir(self.0.path())
            .args(["-c", command])
            .output()
            .unwrap()
    }

    /// The report in it.
    pub fn report(&self) -> Printed {
        Printed::of(std::fs::read(self.0.path().join("report.pdf")).unwrap())
    }

    fn alter(&self, name: &str) {
        let place = self.0.path().join(name);
        let mut bytes = std::fs::read(&place).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(place, bytes).unwrap();
    }
}

/// The bundle with a bit of that file flipped in its middle, packed again.
pub fn altered(zip: &[u8], name: &str) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut read = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let mut made = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for at in 0..read.len() {
        let mut file = read.by_index(at).unwrap();
        let one = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if one == name {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        made.start_file(one, stored).unwrap();
        made.write_all(&bytes).unwrap();
    }
    made.finish().unwrap().into_inner()
}

#[actix_web::test]
async fn whoever_follows_the_readme_finds_that_it_holds() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let seen = hand.seen_by("expert.breast").await.unwrap();
        let opinion: OpinionId = seen.opinions[0].id.parse().unwrap();
        let proof = bundle(&hand, opinion).await;
        assert_eq!(proof.follow("README.txt"), 7, "openssl, jose and the log");
        assert_eq!(proof.follow("LISEZMOI.txt"), 7, "in French too");

        proof.alter("signed.txt");
        let forged = "openssl dgst -sha256 -verify signer.pub -signature signature.der signed.txt";
        assert!(
            !proof.run(forged).status.success(),
            "an altered byte is found"
        );
        proof.alter("opinion.tlog-proof");
        assert!(
            !proof.run("node verify-log.mjs").status.success(),
            "in the proof too"
        );
    }
}
