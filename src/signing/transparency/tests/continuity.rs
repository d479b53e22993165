//! That a log goes on from what it had signed: proven to another author's verifier, and never of a log that does not.

use super::*;

/// The checkpoint after each of the first `size` entries, the empty log's first, and the log.
fn grown(size: u64) -> (Log, Vec<String>) {
    let mut log = Log::new();
    log.add(&[]);
    let mut checkpoints = vec![log.checkpoint.clone()];
    for at in 0..size {
        log.add(&[number(at)]);
        checkpoints.push(log.checkpoint.clone());
    }
    (log, checkpoints)
}

fn proven(log: &Log, old: u64) -> String {
    let wanted = tiles_of_continuity(log.size, old).unwrap();
    let tiles = wanted.iter().map(|at| (*at, log.tiles[at].clone()));
    let checkpoint = log.checkpoint.clone();
    let made = Continuity::make(old, log.size, &tiles.collect(), checkpoint);
    made.unwrap().to_text()
}

fn looked_at(proof: &str, kept: &str, key: &str) -> Result<Continued, String> {
    Continuity::read(proof.as_bytes())?.leads_from(kept, key)
}

#[test]
fn a_log_goes_on_from_each_of_its_checkpoints_for_us_and_for_another_author() {
    // Past a full tile.
    let (log, checkpoints) = grown(300);
    let mut other = MemoryBackedTree::<Sha256, Entry>::new();
    let mut roots = vec![other.root()];
    for at in 0..log.size {
        other.push(number(at));
        roots.push(other.root());
    }
    for (old, (kept, root)) in (0..).zip(checkpoints.iter().zip(&roots)) {
        let proof = proven(&log, old);
        let found = looked_at(&proof, kept, log.key.public());
        let now = log.size;
        assert_eq!(found, Ok(Continued { then: old, now }), "from {old}");
        let (head, checkpoint) = proof.split_once("\n\n").unwrap();
        assert_eq!(checkpoint, log.checkpoint);
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some(format!("old {old}").as_str()));
        let hashes: Vec<Hash> = lines.map(|one| Hash::parse_hash(one).unwrap()).collect();
        if old == 0 || old == log.size {
            assert_eq!(hashes, [], "nothing is to be proved");
            continue;
        }
        let theirs = ConsistencyProof::try_from_bytes(bytes(&hashes)).unwrap();
        other.root().verify_consistency(root, &theirs).unwrap();
    }
    assert!(
        tiles_of_continuity(5, 6).is_err(),
        "it never was that large"
    );
}

#[test]
fn no_byte_of_the_proof_can_be_changed() {
    let (log, checkpoints) = grown(11);
    let (proof, kept) = (proven(&log, 6), &checkpoints[6]);
    let key = log.key.public();
    looked_at(&proof, kept, key).unwrap();
    for place in 0..proof.len() {
        for flip in [0x01, 0x20] {
            let mut altered = proof.clone().into_bytes();
            altered[place] ^= flip;
            let read = Continuity::read(&altered);
            let found = read.and_then(|read| read.leads_from(kept, key));
            assert!(found.is_err(), "byte {place} xor {flip}");
        }
    }
}

#[test]
fn a_log_that_does_not_go_on_is_refused_by_name() {
    let (log, checkpoints) = grown(11);
    let (kept, key) = (&checkpoints[6], log.key.public());
    let mut rewritten = Log::new();
    let entries: Vec<Entry> = (0..11).map(|at| number(at + u64::from(at == 2))).collect();
    rewritten.add(&entries);
    let mut shorter = Log::new();
    shorter.add(&entries[..4]);
    let of_more = proven(&log, 6).replace(&log.checkpoint, &shorter.checkpoint);
    let other = LogKey::new("exchange.example.org/log", &[8; KEY_BYTES]).unwrap();
    let (again, old_proof) = (proven(&log, 11), proven(&log, 6));
    let with_more = again.replacen("\n\n", &format!("\n{}\n\n", Hash([0; 32])), 1);
    for (what, proof, kept, key, said) in [
        (
            "another history",
            &proven(&rewritten, 6),
            kept,
            key,
            "does not begin with",
        ),
        (
            "fewer entries",
            &of_more,
            kept,
            key,
            "has 4 entries; it had signed 6",
        ),
        (
            "of another size",
            &proven(&log, 5),
            kept,
            key,
            "leads from 5 entries",
        ),
        (
            "another key",
            &old_proof,
            kept,
            other.public(),
            "of what was kept: the checkpoint is not signed",
        ),
        (
            "another's word",
            &old_proof,
            &log.checkpoint.replacen("exchange", "other", 1),
            key,
            "not signed",
        ),
        (
            "more than nothing",
            &with_more,
            &log.checkpoint,
            key,
            "does not begin with",
        ),
        (
            "a zero before",
            &old_proof.replacen("old 6", "old 06", 1),
            kept,
            key,
            "cannot be read",
        ),
        (
            "an inclusion proof",
            &log.prove(4, SALT),
            kept,
            key,
            "cannot be read",
        ),
        ("nothing", &String::new(), kept, key, "cannot be read"),
    ] {
        let found = looked_at(proof, kept, key).unwrap_err();
        assert!(found.contains(said), "{what}: {found}");
    }
}
