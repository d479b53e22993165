//! The log against a tree of another author, and against who would cheat.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof};
use sha2::Sha256;
use tlog_tiles::{Hash, prove_tree};

use super::tree::{Reader, path};
use super::*;

mod continuity;

/// A log that keeps everything, as the database does.
struct Log {
    key: LogKey,
    size: u64,
    tiles: Tiles,
    entries: Vec<Entry>,
    checkpoint: String,
}

impl Log {
    fn new() -> Self {
        Self {
            key: LogKey::new("exchange.example.org/log", &[7; KEY_BYTES]).unwrap(),
            size: 0,
            tiles: Tiles::new(),
            entries: Vec::new(),
            checkpoint: String::new(),
        }
    }

    /// Adds entries in one go, from what is kept; the root.
    fn add(&mut self, entries: &[Entry]) -> Hash {
        let kept = |place: &(u8, u64)| (*place, self.tiles[place].clone());
        let last = Growth::last_tiles(self.size).iter().map(kept).collect();
        let mut growth = Growth::of(self.size, last).unwrap();
        for entry in entries {
            growth.add(entry);
        }
        let root = growth.root().unwrap();
        self.size = growth.size();
        for (place, hashes) in growth.changed() {
            let before = self.tiles.get(&place).map_or(&[][..], Vec::as_slice);
            assert!(hashes.starts_with(before), "a tile only grows");
            self.tiles.insert(place, hashes);
        }
        self.entries.extend(entries);
        self.checkpoint = self.key.sign(self.size, root).unwrap();
        root
    }

    fn prove(&self, position: u64, salt: Salt) -> String {
        let wanted = tiles_of_proof(self.size, position).unwrap();
        let tiles = wanted.iter().map(|at| (*at, self.tiles[at].clone()));
        let made = Proof::make(
            position,
            salt,
            self.size,
            &tiles.collect(),
            self.checkpoint.clone(),
        );
        made.unwrap().to_text()
    }
}

fn number(at: u64) -> Entry {
    Sha256::digest(at.to_be_bytes()).into()
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn the_tree_is_the_one_that_another_author_makes_of_the_same_entries() {
    let (mut log, mut other) = (Log::new(), MemoryBackedTree::<Sha256, Entry>::new());
    let mut roots = vec![other.root()];
    // One by one past two full tiles, then in batches of every kind to a third level.
    let steps = std::iter::repeat_n(1, 515).chain([253, 1, 4096, 60_000, 700, 256]);
    for step in steps {
        let entries: Vec<Entry> = (log.size..log.size + step).map(number).collect();
        let root = log.add(&entries);
        entries.into_iter().for_each(|entry| other.push(entry));
        assert_eq!(root.0, other.root().as_bytes()[..], "at {}", log.size);
        roots.push(other.root());
    }
    let now = other.root();
    for position in (0..600).chain([768, 4863, 65_535, 65_536, log.size - 1]) {
        let proof = path(log.size, position, &log.tiles).unwrap();
        let proof = InclusionProof::try_from_bytes(bytes(&proof)).unwrap();
        now.verify_inclusion(&number(position), position, &proof)
            .unwrap();
    }
    for earlier in roots.iter().skip(1).filter(|one| **one != now) {
        let proof = prove_tree(log.size, earlier.num_leaves(), &Reader(&log.tiles)).unwrap();
        let proof = ConsistencyProof::try_from_bytes(bytes(&proof)).unwrap();
        now.verify_consistency(earlier, &proof).unwrap();
    }
}

fn opinion(conclusion: &str) -> Jades {
    Jades {
        protected: "eyJhbGciOiJFUzI1NiJ9".into(),
        payload: conclusion.into(),
        signature: "c2lnbmF0dXJl".into(),
        header: None,
    }
}

const SALT: Salt = [3; 32];

/// A log of a few entries, the fifth of which is of [`opinion`] "A".
fn logged() -> Log {
    let mut log = Log::new();
    let mut entries: Vec<Entry> = (0..11).map(number).collect();
    entries[4] = entry(&SALT, &opinion("A"));
    log.add(&entries);
    log
}

#[test]
fn a_proof_shows_that_the_opinion_is_in_the_log() {
    let log = logged();
    let proof = log.prove(4, SALT);
    let found = check(proof.as_bytes(), &opinion("A"), log.key.public()).unwrap();
    assert_eq!(
        found,
        Logged {
            origin: "exchange.example.org/log".into(),
            position: 4,
            size: 11
        }
    );
    assert_eq!(Proof::read(&proof).unwrap().to_text(), proof);
    // Alone in the log, nothing leads up.
    let mut log = Log::new();
    log.add(&[entry(&SALT, &opinion("A"))]);
    let proof = log.prove(0, SALT);
    check(proof.as_bytes(), &opinion("A"), log.key.public()).unwrap();
}

#[test]
fn no_byte_of_a_proof_can_be_changed() {
    let log = logged();
    let proof = log.prove(4, SALT);
    for place in 0..proof.len() {
        for flip in [0x01, 0x20] {
            let mut altered = proof.clone().into_bytes();
            altered[place] ^= flip;
            let found = check(&altered, &opinion("A"), log.key.public());
            assert!(found.is_err(), "byte {place} xor {flip}");
        }
    }
}

#[test]
fn what_proves_nothing_of_this_opinion_is_refused_by_name() {
    let log = logged();
    let proof = log.prove(4, SALT);
    let (other_log, stranger) = (
        LogKey::new("elsewhere.example.org/log", &[7; KEY_BYTES]).unwrap(),
        LogKey::new("exchange.example.org/log", &[8; KEY_BYTES]).unwrap(),
    );
    let mut stamped = opinion("A").stamped(b"token").unwrap();
    check(proof.as_bytes(), &stamped, log.key.public()).expect("a time stamp changes nothing");
    stamped.signature.push('A');
    let altered = |from: &str, to: &str| proof.replacen(from, to, 1);
    let key = log.key.public();
    let table: [(&str, String, Jades, &str, &str); 11] = [
        (
            "another opinion",
            proof.clone(),
            opinion("B"),
            key,
            "not of this opinion",
        ),
        (
            "another signature",
            proof.clone(),
            stamped,
            key,
            "not of this opinion",
        ),
        (
            "another entry's proof",
            log.prove(5, SALT),
            opinion("A"),
            key,
            "not of this opinion",
        ),
        (
            "another salt",
            log.prove(4, [4; 32]),
            opinion("A"),
            key,
            "not of this opinion",
        ),
        (
            "another log",
            proof.clone(),
            opinion("A"),
            other_log.public(),
            "not signed by",
        ),
        (
            "another key",
            proof.clone(),
            opinion("A"),
            stranger.public(),
            "not signed by",
        ),
        (
            "no key",
            proof.clone(),
            opinion("A"),
            "relecture",
            "public key cannot be read",
        ),
        (
            "another form",
            altered("@v1", "@v2"),
            opinion("A"),
            key,
            "does not begin with",
        ),
        (
            "no salt",
            altered("extra", "other"),
            opinion("A"),
            key,
            "no salt",
        ),
        (
            "a zero before",
            altered("index 4", "index 04"),
            opinion("A"),
            key,
            "cannot be read",
        ),
        (
            "nothing",
            String::new(),
            opinion("A"),
            key,
            "cannot be read",
        ),
    ];
    for (what, proof, signed, key, said) in table {
        let found = check(proof.as_bytes(), &signed, key).unwrap_err();
        assert!(found.contains(said), "{what}: {found}");
    }
}

#[test]
fn a_checkpoint_of_another_log_under_the_same_key_is_refused() {
    let log = logged();
    let proof = log.prove(4, SALT);
    // The key's name is right, the first line of what it signed is not.
    let checkpoint = proof.split_once("\n\n").unwrap().1;
    let text = checkpoint.replacen("exchange", "exchanges", 1);
    let text = text.split_once("\n\n").unwrap().0;
    let mut note = signed_note::Note::new(format!("{text}\n").as_bytes(), &[]).unwrap();
    log.key.countersign(&mut note);
    let forged = proof.replace(checkpoint, &String::from_utf8(note.to_bytes()).unwrap());
    let found = check(forged.as_bytes(), &opinion("A"), log.key.public()).unwrap_err();
    assert!(found.contains("another log's"), "{found}");
}

#[test]
fn a_log_is_not_carried_on_from_tiles_that_do_not_fit() {
    for tiles in [
        Tiles::new(),
        Tiles::from([((0, 0), vec![0; 31])]),
        Tiles::from([((0, 0), vec![0; 64])]),
        Tiles::from([((0, 1), vec![0; 32])]),
    ] {
        assert!(Growth::of(1, tiles).is_err());
    }
    assert!(tiles_of_proof(5, 5).is_err(), "not in the tree");
    for name in ["", "a b", "a+b"] {
        assert!(LogKey::new(name, &[7; KEY_BYTES]).is_err(), "{name:?}");
    }
}

#[test]
fn an_address_names_a_part_of_the_log() {
    for (path, named) in [
        ("0/000", Some((Some(0), 0, 256))),
        ("1/x001/x234/067.p/8", Some((Some(1), 1_234_067, 8))),
        ("entries/x012/000", Some((None, 12_000, 256))),
        ("entries/000.p/255", Some((None, 0, 255))),
        ("data/000", None),
        ("64/000", None),
        ("0/0", None),
        ("00/000", None),
        ("0/000.p/256", None),
        ("0/000.p/0", None),
        ("0/x000/001", None),
        ("0/x018/x446/x744/x073/x709/x551/616", None),
        ("", None),
        ("../checkpoint", None),
    ] {
        assert_eq!(tile_at(path), named, "{path}");
    }
}

#[test]
fn a_published_key_is_the_first_line_of_its_file() {
    let key = Log::new().key.public().to_owned();
    let with_more = format!("{key}\nanything\n");
    assert_eq!(published_key(with_more.as_bytes()), Some(key));
    assert_eq!(published_key(b"-----BEGIN CERTIFICATE-----"), None);
    assert_eq!(published_key(&[0xff]), None);
}
