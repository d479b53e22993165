//! Reads the repository's own files.

use std::fs;
use std::path::{Path, PathBuf};

/// Root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` whose name ends in `ending`, as (path from the root with slashes, text), sorted by path.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&repository().join(folder), ending, &mut found);
    found.sort();
    found
}

/// All Rust files below `folder`. There is at least one, or the check that asked would hold without looking at anything.
pub fn rust_files(folder: &str) -> Vec<(String, String)> {
    let files = files(folder, ".rs");
    assert!(!files.is_empty(), "no Rust file in {folder}");
    files
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_str().unwrap().ends_with(ending) {
            let name = path
                .strip_prefix(repository())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Rust text in which comments and the insides of literals are blanks, each byte at its old place.
#[derive(Clone)]
pub struct Code {
    pub text: String,
}

impl Code {
    pub fn of(source: &str) -> Self {
        let mut bytes = source.as_bytes().to_vec();
        let mut at = 0;
        while at < bytes.len() {
            let end = skipped(&bytes, at);
            for byte in bytes
                .iter_mut()
                .take(end)
                .skip(at)
                .filter(|byte| **byte != b'\n')
            {
                *byte = b' ';
            }
            at = end.max(at + 1);
        }
        Self {
            text: String::from_utf8(bytes).unwrap(),
        }
    }

    /// The part that the program is made of: without the test module, which stands last in a file or in a `tests.rs` of its own.
    pub fn without_tests(self, path: &str) -> Self {
        let end = if path.ends_with("/tests.rs") {
            0
        } else {
            let tests = self.text.match_indices("#[cfg(test)]").find(|(at, mark)| {
                self.text[at + mark.len()..]
                    .trim_start()
                    .starts_with("mod ")
            });
            tests.map_or(self.text.len(), |(at, _)| at)
        };
        Self {
            text: self.text[..end].to_owned(),
        }
    }

    /// Line of an offset, from 1.
    pub fn line(&self, at: usize) -> usize {
        1 + self.text[..at].matches('\n').count()
    }

    /// Whether no part of a name, and no path, stands before `at`.
    pub fn begins_word(&self, at: usize) -> bool {
        let before = self.text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    }

    /// Lines on which a path begins with `path`.
    pub fn lines_with_path(&self, path: &str) -> Vec<usize> {
        let places = self.text.match_indices(path).map(|(at, _)| at);
        places
            .filter(|at| {
                let behind = &self.text[at + path.len()..];
                let ends = behind.starts_with("::")
                    || (path.contains("::")
                        && !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
                self.begins_word(*at) && ends
            })
            .map(|at| self.line(at))
            .collect()
    }
}

/// End of the comment or literal that begins at `at`, or `at` if none does.
fn skipped(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let within_name = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let until = |pattern: &[u8], from: usize| {
        let place = rest[from..]
            .windows(pattern.len())
            .position(|window| window == pattern);
        at + place.map_or(rest.len(), |place| from + place + pattern.len())
    };
    match rest {
        [b'/', b'/', ..] => until(b"\n", 0),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => at + quoted(rest),
        [b'r', b'"' | b'#', ..] | [b'b', b'r', b'"' | b'#', ..] if !within_name => {
            let from = rest.iter().position(|byte| *byte == b'r').unwrap() + 1;
            let hashes = rest[from..]
                .iter()
                .take_while(|byte| **byte == b'#')
                .count();
            if rest.get(from + hashes) != Some(&b'"') {
                return at; // a raw name, r#type
            }
            let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            until(&end, from + hashes + 1)
        }
        [b'\'', b'\\', _, ..] => until(b"'", 3),
        [b'\'', _, b'\'', ..] => at + 3,
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    rest.len()
}

#[test]
fn comments_and_literals_are_blanked_and_nothing_else() {
    let cases = [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (
            r#"f("a\"b", 'c', '"', '\'')"#,
            r#"f(      ,    ,    ,     )"#,
        ),
        ("f(r#\"a\"b\"#, br\"c\")", "f(        ,      )"),
        (
            "fn f<'a>(x: &'a str, r#type: T)",
            "fn f<'a>(x: &'a str, r#type: T)",
        ),
        ("bar\"x\"", "bar   "),
    ];
    for (source, blanked) in cases {
        assert_eq!(Code::of(source).text, blanked, "{source}");
    }
}
