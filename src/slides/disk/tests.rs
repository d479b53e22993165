use super::*;

/// Seals as a story may read it: with its place before it, and a check sum.
struct Open;

impl Seal for Open {
    fn seal(&self, place: &str, plain: &[u8]) -> Option<Vec<u8>> {
        let sum = plain.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        Some([place.as_bytes(), &[0, sum], plain].concat())
    }

    fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (sum, plain) = sealed
            .strip_prefix(place.as_bytes())?
            .strip_prefix(&[0])?
            .split_first()?;
        let right = plain.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) == *sum;
        right.then(|| plain.to_vec())
    }

    fn name(&self, text: &str) -> String {
        use sha2::{Digest as _, Sha256};
        crate::domain::hexadecimal::hex(&Sha256::digest(text))
            .split_at(NAME)
            .0
            .to_owned()
    }
}

fn picture(bytes: usize) -> Picture {
    Picture {
        bytes: Bytes::from(vec![7; bytes]),
        media_type: "image/png",
    }
}

fn disk(folder: &Path, limit: u64) -> Disk {
    Disk::open(folder, limit, Arc::new(Open)).unwrap()
}

fn held(folder: &Path) -> u64 {
    look(folder).unwrap().1
}

#[test]
fn what_was_kept_is_there_for_the_next_process_until_it_is_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let first = disk(folder.path(), 1 << 20);
    first.put("slide", "a", &picture(9000), 100, first.before());
    assert!(matches!(
        Disk::open(folder.path(), 1, Arc::new(Open)),
        Err(DiskError::Taken)
    ));
    drop(first);
    let second = disk(folder.path(), 1 << 20);
    assert_eq!(second.get("slide", "a", 100), Some(picture(9000)));
    assert_eq!(second.get("slide", "b", 0), None);
    assert_eq!(second.get("slide", "a", 101), None, "too old");
    assert_eq!(held(folder.path()), 0);
    let state = second.state();
    assert_eq!((state.hits, state.misses, state.damaged), (1, 2, 0));
}

#[test]
fn it_never_holds_more_than_it_may_and_gives_up_first_what_was_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let limit = 5 * BLOCK;
    let disk = disk(folder.path(), limit);
    for part in ["a", "b", "c", "d", "e"] {
        disk.put("slide", part, &picture(3000), 0, disk.before());
    }
    assert!(disk.get("slide", "a", 0).is_some());
    disk.put("slide", "f", &picture(6000), 0, disk.before());
    assert_eq!((held(folder.path()), disk.state().bytes), (limit, limit));
    for (part, there) in [
        ("a", true),
        ("b", false),
        ("c", false),
        ("d", true),
        ("f", true),
    ] {
        assert_eq!(disk.get("slide", part, 0).is_some(), there, "{part}");
    }
    disk.put(
        "slide",
        "huge",
        &picture(6 * BLOCK as usize),
        0,
        disk.before(),
    );
    assert_eq!(disk.get("slide", "huge", 0), None);
    drop(disk);
    // A smaller limit holds from the start.
    let smaller = self::disk(folder.path(), 2 * BLOCK);
    assert!(held(folder.path()) <= 2 * BLOCK && smaller.state().bytes <= 2 * BLOCK);
}

#[test]
fn what_is_damaged_moved_or_unfinished_is_missing_and_what_is_not_ours_stays() {
    let folder = tempfile::tempdir().unwrap();
    let first = disk(folder.path(), 1 << 20);
    for part in ["a", "b", "c", "d"] {
        first.put("slide", part, &picture(100), 0, first.before());
    }
    let path = |part: &str| first.path(&first.place("slide", part));
    let mut bytes = fs::read(path("a")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path("a"), bytes).unwrap();
    fs::write(path("b"), b"").unwrap();
    fs::copy(path("d"), path("c")).unwrap();
    let unfinished = path("d").with_extension("new");
    fs::write(&unfinished, b"half").unwrap();
    let stray = folder.path().join("notes.txt");
    fs::write(&stray, b"not ours").unwrap();
    drop(first);
    let again = disk(folder.path(), 1 << 20);
    for part in ["a", "b", "c"] {
        assert_eq!(again.get("slide", part, 0), None, "{part}");
    }
    assert!(again.get("slide", "d", 0).is_some());
    assert_eq!(again.state().damaged, 3);
    assert!(!unfinished.exists() && stray.exists());
    // Taken away behind its back: missing, not damaged.
    assert_eq!(clear(folder.path()).unwrap(), 1);
    assert_eq!(again.get("slide", "d", 0), None);
    assert_eq!((again.state().damaged, again.state().bytes), (3, 0));
}

#[test]
fn a_slide_goes_whole_and_what_was_asked_before_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let disk = disk(folder.path(), 1 << 20);
    let before = disk.before();
    for slide in ["one", "two", "three"] {
        disk.put(slide, "a", &picture(100), 0, before);
    }
    disk.purge(["one"]);
    disk.put("one", "b", &picture(100), 0, before);
    assert_eq!(disk.get("one", "a", 0).or(disk.get("one", "b", 0)), None);
    disk.keep_only(["two"]);
    assert!(disk.get("two", "a", 0).is_some() && disk.get("three", "a", 0).is_none());
    let names: Vec<String> = named(folder.path())
        .unwrap()
        .map(|one| one.unwrap().0)
        .collect();
    assert_eq!(names.len(), 2, "the lock and one slide: {names:?}");
}

#[test]
fn a_disk_that_takes_nothing_is_no_failure_of_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let disk = disk(folder.path(), 1 << 20);
    // A file where the slide's folder would be: nothing can be written there.
    fs::write(folder.path().join(Open.name("slide")), b"").unwrap();
    disk.put("slide", "a", &picture(100), 0, disk.before());
    assert_eq!(disk.get("slide", "a", 0), None);
    let state = disk.state();
    assert_eq!((state.failures, state.bytes, state.entries), (1, 0, 0));
    disk.put("other", "a", &picture(100), 0, disk.before());
    assert!(disk.get("other", "a", 0).is_some());
}
