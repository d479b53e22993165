//! The names of all values, with their defaults: the one table that the reader, `relecture doctor` and the documentation share.

/// One value that can be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Name in the file, with a dot for its table: `mail.host`.
    pub name: &'static str,
    /// What it has when it is not given; `None` when that depends on other values or nothing is the default.
    pub default: Option<&'static str>,
    /// Whether its text must never be shown, and may be given as the name of a file under the same name with `_file`.
    pub secret: bool,
    /// Whether it may hold several texts: an array in the file, separated by commas in its variable.
    pub many: bool,
    /// What it means, with its unit.
    pub help: &'static str,
}

impl Key {
    /// Name of its environment variable: `RELECTURE_MAIL_HOST`.
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

/// Prefix of every environment variable that is read.
pub(super) const PREFIX: &str = "RELECTURE_";

pub(super) fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "_").to_uppercase())
}

const fn key(name: &'static str, default: Option<&'static str>, help: &'static str) -> Key {
    Key {
        name,
        default,
        secret: false,
        many: false,
        help,
    }
}

const fn secret(name: &'static str, help: &'static str) -> Key {
    Key {
        name,
        default: None,
        secret: true,
        many: false,
        help,
    }
}

const fn many(name: &'static str, help: &'static str) -> Key {
    Key {
        name,
        default: None,
        secret: true,
        many: true,
        help,
    }
}

/// Every value, in the order in which people read them.
pub const KNOWN_KEYS: &[Key] = &[
    key("mode", Some("development"), "`production` or `development`"),
    key(
        "listen",
        Some("127.0.0.1:8080"),
        "address and port on which HTTP is served",
    ),
    key(
        "public_url",
        Some("http://127.0.0.1:8080"),
        "address by which people and mails reach the server; https in production",
    ),
    secret(
        "database_url",
        "`sqlite:PATH` or `postgres://…`; default: relecture.db in data_dir",
    ),
    key(
        "data_dir",
        Some("var/data"),
        "folder for what is not in the database",
    ),
    many(
        "token_keys",
        "keys of access tokens, ≥ 32 bytes each in base64 or hexadecimal; the first signs, all verify",
    ),
    secret(
        "sealing_key",
        "key that seals patient data, 32 bytes in base64 or hexadecimal",
    ),
    key(
        "mail.backend",
        Some("file"),
        "`smtp`, or `file` for one file per mail",
    ),
    key(
        "mail.from",
        Some("Relecture <relecture@localhost>"),
        "sender of every mail",
    ),
    key(
        "mail.folder",
        None,
        "folder of the `file` back-end; default: mail in data_dir",
    ),
    key("mail.host", None, "name of the mail server"),
    key("mail.port", Some("587"), "port of the mail server"),
    key(
        "mail.tls",
        Some("starttls"),
        "`none`, `starttls` or `implicit`",
    ),
    key("mail.username", None, "user name at the mail server"),
    secret("mail.password", "password at the mail server"),
    key(
        "slides.connect_timeout_ms",
        Some("3000"),
        "longest wait for a connection to a slide source, milliseconds",
    ),
    key(
        "slides.overall_timeout_ms",
        Some("15000"),
        "longest time for one request to a slide source, milliseconds",
    ),
    key(
        "slides.max_bytes",
        Some("33554432"),
        "largest answer read from a slide source, bytes",
    ),
    key(
        "slides.cache_dir",
        None,
        "folder for slides seen lately, sealed; its own for each process; default: slides are kept in memory only",
    ),
    key(
        "slides.cache_bytes",
        Some("2147483648"),
        "most bytes that slides take up in slides.cache_dir",
    ),
    key(
        "viewers.origins",
        Some("none"),
        "origins of viewers whose pages may read slides, such as https://slim.example.org, separated by commas, or `none`",
    ),
    key(
        "codes.files",
        None,
        "files with tables of diagnosis codes beside those of the program, separated by commas",
    ),
    key(
        "timestamps.url",
        None,
        "address of the time stamp authority (RFC 3161) that stamps every signature; none: no time stamps",
    ),
    key(
        "timestamps.certificates",
        None,
        "PEM file with the certificates that its time stamps descend from; needed with timestamps.url",
    ),
    key(
        "pkcs11.module",
        None,
        "library (PKCS #11) of the token that holds experts' signing keys; none: keys are sealed in the database",
    ),
    key(
        "pkcs11.token",
        None,
        "label of the token; needed with pkcs11.module, or pkcs11.slot is",
    ),
    key(
        "pkcs11.slot",
        None,
        "number of the token's slot, instead of its label",
    ),
    secret(
        "pkcs11.pin",
        "PIN of the token's user; needed with pkcs11.module",
    ),
    key(
        "pkcs11.timeout_ms",
        Some("10000"),
        "longest time that the token may take to sign, milliseconds",
    ),
    key("log.format", Some("text"), "`json` or `text`"),
    key(
        "log.level",
        Some("info"),
        "directives such as `info` or `info,relecture=debug`",
    ),
    key(
        "workers.poll_seconds",
        Some("5"),
        "longest time between two looks at the outbox, seconds",
    ),
    key(
        "workers.lease_seconds",
        Some("60"),
        "how long a worker may keep a message, seconds",
    ),
    key(
        "limits.json_body_bytes",
        Some("1048576"),
        "largest JSON body, bytes",
    ),
    key(
        "limits.body_timeout_ms",
        Some("30000"),
        "longest time for the body of a request to arrive, milliseconds",
    ),
    key(
        "limits.requests_per_minute",
        Some("600"),
        "requests one person may make in a minute",
    ),
    key(
        "trusted_proxies",
        Some("127.0.0.1, ::1"),
        "addresses of the proxies in front whose X-Forwarded-For is believed, separated by commas, or `none`",
    ),
    key(
        "escalation_file",
        None,
        "JSON file with the escalation ladder of unopened cases; default: data/escalation.json of the program",
    ),
    key(
        "demo_slides",
        Some("false"),
        "whether the built-in slide source of the demonstration is served",
    ),
];

/// Every name that may stand in the file: the known keys, and `_file` variants of the secret ones.
pub(super) fn accepted_names() -> impl Iterator<Item = (String, &'static Key)> {
    KNOWN_KEYS.iter().flat_map(|key| {
        let file = key.secret.then(|| (file_variant(key.name), key));
        std::iter::once((key.name.to_owned(), key)).chain(file)
    })
}

/// Name of the variant that names a file holding the value.
pub(super) fn file_variant(name: &str) -> String {
    format!("{name}_file")
}

/// The known name that resembles `name` most, if one is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance: insertions, deletions and replacements that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let pairs = row.windows(2).zip(b.chars());
        for (window, y) in pairs {
            let &[diagonal, above] = window else { continue };
            let left = next.last().copied().unwrap_or_default();
            next.push(
                (diagonal + usize::from(x != y))
                    .min(above + 1)
                    .min(left + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        let names = || KNOWN_KEYS.iter().map(|key| key.name);
        let cases = [
            ("mail.hots", Some("mail.host")),
            ("databse_url", Some("database_url")),
            ("limits.json_body_byte", Some("limits.json_body_bytes")),
            ("listne", Some("listen")),
            ("colour", None),
        ];
        for (typed, meant) in cases {
            assert_eq!(nearest(typed, names()), meant, "{typed}");
        }
    }

    #[test]
    fn no_two_keys_share_a_name_or_a_variable() {
        let mut variables: Vec<String> =
            accepted_names().map(|(name, _)| variable(&name)).collect();
        let count = variables.len();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), count);
    }

    proptest! {
        #[test]
        fn a_distance_is_a_metric(a in "[a-c]{0,6}", b in "[a-c]{0,6}", c in "[a-c]{0,6}") {
            prop_assert_eq!(distance(&a, &a), 0);
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
        }
    }
}
