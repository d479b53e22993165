//! Configuration: a TOML file, then environment variables that win over it, then defaults.
//!
//! Every value remembers where it came from, for `relecture doctor`. All problems are reported at once. In production nothing
//! that protects patient data has a default; in development the keys are made on first start and kept in the data folder.

mod build;
mod database;
mod keys;
mod secret;
mod sources;
mod values;

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use rand::CryptoRng;
use url::Url;

pub use database::DatabaseUrl;
pub use keys::{KNOWN_KEYS, Key};
pub use secret::Secret;
pub use sources::Source;

/// Everything `relecture` can be told before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whether real patients are behind this server.
    pub mode: Mode,
    /// Address and port on which HTTP is served.
    pub listen: SocketAddr,
    /// Address that people and mails use to reach the server, without a trailing slash in its text.
    pub public_url: Url,
    /// Where the database is.
    pub database_url: DatabaseUrl,
    /// Folder for what is not in the database: development keys, mail written to files, the default SQLite file.
    pub data_dir: PathBuf,
    /// Keys of access tokens, each at least 32 bytes: the first signs, all verify, so that a key can be replaced.
    pub token_keys: Vec<Secret<Vec<u8>>>,
    /// Key that seals patient data at rest.
    pub sealing_key: Secret<[u8; 32]>,
    /// How mail leaves.
    pub mail: Mail,
    /// Limits on requests to slide sources.
    pub slides: Slides,
    /// Where slides seen lately are kept beside the memory.
    pub slide_cache: Option<SlideCache>,
    /// Origins of viewers whose pages may read slides.
    pub viewer_origins: Vec<String>,
    /// Files with tables of diagnosis codes.
    pub code_files: Vec<PathBuf>,
    /// The time stamp authority, and the file of the certificates that its stamps descend from.
    pub timestamps: Option<(Url, PathBuf)>,
    /// The token that holds experts' signing keys.
    pub pkcs11: Option<Pkcs11>,
    /// What is written to standard error.
    pub log: Log,
    /// Pace of the outbox workers.
    pub workers: Workers,
    /// Limits on what clients may send.
    pub limits: Limits,
    /// Addresses of the proxies in front, whose word about the client's address is taken.
    pub trusted_proxies: Vec<IpAddr>,
    /// The escalation ladder of unopened cases, when it is not the one that ships with the program.
    pub escalation_file: Option<PathBuf>,
    /// Whether the built-in slide source of the demonstration is served.
    pub demo_slides: bool,
    settings: Vec<Setting>,
    notices: Vec<String>,
}

/// Whether real patients are behind this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Missing keys are made and kept in the data folder.
    Development,
    /// Missing keys, a plain-HTTP public address or an unchosen mail back-end are errors.
    Production,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Sender of every mail.
    pub from: lettre::message::Mailbox,
    /// Where mails go.
    pub backend: MailBackend,
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum MailBackend {
    /// To a mail server.
    Smtp(Smtp),
    /// One file per mail, into this folder: for demonstrations and development.
    File(PathBuf),
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Name or address of the server.
    pub host: String,
    /// TCP port.
    pub port: NonZeroU16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// User name and password, when the server asks for them.
    pub credentials: Option<(String, Secret<String>)>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all: for a relay on the same machine.
    None,
    /// Plain at first, then STARTTLS, which must succeed (RFC 3207).
    Starttls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
}

/// Limits on requests to slide sources.
#[derive(Debug, Clone, Copy)]
pub struct Slides {
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest time for one whole request, its answer included.
    pub overall_timeout: Duration,
    /// Largest answer that is read, in bytes.
    pub max_bytes: NonZeroU64,
}

/// A folder for slides seen lately.
#[derive(Debug, Clone)]
pub struct SlideCache {
    /// The folder, of this process alone.
    pub folder: PathBuf,
    /// Most bytes that slides take up there.
    pub bytes: NonZeroU64,
}

/// A token (PKCS #11).
#[derive(Debug, Clone)]
pub struct Pkcs11 {
    /// The library of its maker.
    pub module: PathBuf,
    /// Which of its tokens: a label or a slot's number.
    pub token: TokenName,
    /// The PIN of its user.
    pub pin: Secret<String>,
    /// How long an operation may take.
    pub timeout: Duration,
}

/// Which token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenName {
    /// The one with that label.
    Label(String),
    /// The one in that slot.
    Slot(u64),
}

/// What is written to standard error.
#[derive(Debug, Clone)]
pub struct Log {
    /// One JSON object per line, or text for people.
    pub format: LogFormat,
    /// Directives such as `info` or `info,relecture=debug`.
    pub level: String,
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Text for people.
    Text,
}

/// Pace of the outbox workers.
#[derive(Debug, Clone, Copy)]
pub struct Workers {
    /// Longest time between two looks at the outbox when nothing woke the worker.
    pub poll: Duration,
    /// How long a worker may keep a message before another takes it.
    pub lease: Duration,
}

/// Limits on what clients may send.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest JSON body, in bytes.
    pub json_body_bytes: NonZeroU64,
    /// Longest time for the body of a request to arrive.
    pub body_timeout: Duration,
    /// Requests one person may make in a minute.
    pub requests_per_minute: NonZeroU32,
}

/// One value as `relecture doctor` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name of the value, such as `mail.host`.
    pub key: &'static str,
    /// Its text; a secret shows only that it is there.
    pub shown: String,
    /// Where it came from.
    pub source: Source,
}

/// Where values are looked for.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The TOML file, if one was named. A named file must exist.
    pub file: Option<PathBuf>,
    /// Environment variables; those whose name does not begin with `RELECTURE_` are not looked at.
    pub environment: Vec<(String, String)>,
}

/// Why there is no configuration: every problem found, in the order of [`KNOWN_KEYS`] where they concern values.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the configuration has {} problem(s):\n{}", .0.len(), list(.0))]
pub struct ConfigErrors(pub Vec<ConfigError>);

/// One problem of the configuration.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// The configuration file, or a file named by a `*_file` value, cannot be read.
    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The configuration file is not TOML.
    #[error("{path}:{line}: not TOML: {reason}")]
    NotToml {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        reason: String,
    },
    /// A name that means nothing here.
    #[error("{found_at}: unknown key `{key}`{}", hint(.nearest))]
    UnknownKey {
        /// The name.
        key: String,
        /// Where it stands.
        found_at: Source,
        /// A known name that resembles it.
        nearest: Option<String>,
    },
    /// A value that cannot be what its key means. Secrets are not repeated.
    #[error("{found_at}: `{key}` {problem}")]
    BadValue {
        /// Name of the value.
        key: &'static str,
        /// Where it stands.
        found_at: Source,
        /// What is wrong with it, to be read after the name.
        problem: String,
    },
    /// A value and its `*_file` variant are both given.
    #[error("`{key}` is given twice: at {value_at} and as a file at {file_at}")]
    GivenTwice {
        /// Name of the value.
        key: &'static str,
        /// Where the value stands.
        value_at: Source,
        /// Where the name of the file stands.
        file_at: Source,
    },
    /// A value without a default is missing.
    #[error("`{key}` is missing: {why}")]
    Missing {
        /// Name of the value.
        key: &'static str,
        /// Why it is needed.
        why: &'static str,
    },
    /// A development key cannot be kept in the data folder.
    #[error("`{key}`: cannot be kept in {path}: {reason}")]
    NotKept {
        /// Name of the value.
        key: &'static str,
        /// The file.
        path: String,
        /// What the system said, or what is wrong with what was found there.
        reason: String,
    },
}

impl Config {
    /// Reads the configuration. `rng` makes the keys of a development server that has none yet; they are written to the data
    /// folder with permissions for their owner only.
    ///
    /// # Errors
    /// [`ConfigErrors`] with every problem found, not only the first.
    pub fn load(places: &Places, rng: &mut dyn CryptoRng) -> Result<Self, ConfigErrors> {
        build::load(places, rng)
    }

    /// Every value with its source, in the order of [`KNOWN_KEYS`]; values that were neither given nor have a default are left
    /// out.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// What deserves a person's attention without being wrong, one sentence each.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }
}

fn list(errors: &[ConfigError]) -> String {
    errors
        .iter()
        .map(|error| format!("  {error}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}
