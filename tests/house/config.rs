//! What an operator sees when configuring a server: where each value came from, and every mistake at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use relecture::config::{Config, ConfigError, ConfigErrors, MailBackend, Mode, Places, Source};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER_KEY: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f";

/// A folder with an optional configuration file, and the environment of one start.
struct Desk {
    folder: tempfile::TempDir,
    file: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data").display().to_string();
        Self {
            folder,
            file: None,
            environment: vec![("RELECTURE_DATA_DIR".to_owned(), data_dir)],
        }
    }

    fn file(mut self, text: &str) -> Self {
        let path = self.folder.path().join("relecture.toml");
        fs::write(&path, text).unwrap();
        self.file = Some(path);
        self
    }

    fn variable(mut self, name: &str, text: &str) -> Self {
        self.environment.push((name.to_owned(), text.to_owned()));
        self
    }

    fn secret_file(self, name: &str, text: &str) -> (Self, PathBuf) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        (self, path)
    }

    fn load(&self) -> Result<Config, ConfigErrors> {
        let places = Places {
            file: self.file.clone(),
            environment: self.environment.clone(),
        };
        Config::load(&places, &mut StdRng::seed_from_u64(1))
    }

    #[track_caller]
    fn refused(&self) -> Vec<ConfigError> {
        self.load()
            .map(|config| format!("{:?}", config.settings()))
            .unwrap_err()
            .0
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// Everything production demands, and nothing more.
fn production() -> Desk {
    Desk::new().file(&format!(
        r#"
mode = "production"
public_url = "https://relecture.example"
token_keys = ["{KEY}", "{OTHER_KEY}"]
sealing_key = "{KEY}"
[mail]
backend = "smtp"
from = "Relecture <relecture@relecture.example>"
host = "mail.relecture.example"
"#
    ))
}

fn source(config: &Config, key: &str) -> Source {
    config
        .settings()
        .iter()
        .find(|setting| setting.key == key)
        .unwrap_or_else(|| panic!("{key} has a setting"))
        .source
        .clone()
}

fn messages(errors: &[ConfigError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_one_message(errors: &[ConfigError], part: &str) {
    let messages = messages(errors);
    assert!(
        messages.len() == 1 && messages[0].contains(part),
        "{part:?} in {messages:#?}"
    );
}

#[test]
fn a_newcomer_needs_no_configuration_and_keeps_the_keys_made_at_the_first_start() {
    let desk = Desk::new();
    let first = desk.load().unwrap();
    assert_eq!(first.mode, Mode::Development);
    assert_eq!(
        first.database_url.to_string(),
        format!("sqlite:{}", desk.data_dir().join("relecture.db").display())
    );
    assert!(
        matches!(&first.mail.backend, MailBackend::File(folder) if *folder == desk.data_dir().join("mail"))
    );

    let other_random_numbers = &mut StdRng::seed_from_u64(2);
    let places = Places {
        file: None,
        environment: desk.environment.clone(),
    };
    let second = Config::load(&places, other_random_numbers).unwrap();
    assert_eq!(second.token_keys, first.token_keys);
    assert_eq!(second.sealing_key, first.sealing_key);
    assert_ne!(
        first.token_keys[0].expose().as_slice(),
        first.sealing_key.expose()
    );

    for name in ["token_keys", "sealing_key"] {
        let path = desk.data_dir().join("keys").join(name);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "{name}"
        );
        assert_eq!(source(&second, name), Source::Kept { path });
    }
    assert_eq!(
        fs::read_dir(desk.data_dir().join("keys")).unwrap().count(),
        2,
        "no half-written key is left"
    );
}

#[test]
fn servers_that_start_together_agree_on_the_keys() {
    let desk = Desk::new();
    let places = Places {
        file: None,
        environment: desk.environment.clone(),
    };
    let start = |seed| {
        Config::load(&places, &mut StdRng::seed_from_u64(seed))
            .unwrap()
            .sealing_key
    };
    let keys: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|seed| scope.spawn(move || start(seed)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn the_environment_wins_over_the_file_and_each_value_says_where_it_came_from() {
    let desk = Desk::new()
        .file("listen = \"127.0.0.1:9000\"\n\n[limits]\nrequests_per_minute = 1_000\njson_body_bytes = 0x10_0000\n")
        .variable("RELECTURE_LISTEN", "[::]:80")
        .variable("RELECTURE_LOG_LEVEL", "")
        .variable("RELECTURE_DEMO_SLIDES", "true");
    let config = desk.load().unwrap();
    assert_eq!(config.listen.to_string(), "[::]:80");
    assert_eq!(
        source(&config, "listen"),
        Source::Variable("RELECTURE_LISTEN".to_owned())
    );
    assert_eq!(config.limits.requests_per_minute.get(), 1_000);
    assert_eq!(config.limits.json_body_bytes.get(), 1 << 20);
    assert_eq!(
        source(&config, "limits.requests_per_minute"),
        Source::File {
            path: desk.file.clone().unwrap(),
            line: 4
        }
    );
    assert_eq!(
        source(&config, "log.level"),
        Source::Default,
        "an empty variable is not a value"
    );
    assert!(config.demo_slides);
    assert_eq!(config.slides.connect_timeout.as_millis(), 3_000);
}

#[test]
fn every_mistake_is_reported_at_once() {
    let desk = Desk::new()
        .file("listen = 8080\nlisten_on = 1\n[mail]\nhots = \"x\"\nport = 0\n[limits]\njson_body_bytes = -1\n")
        .variable("RELECTURE_DATABASE_URL", "mysql://r:hunter2@db/x")
        .variable("RELECTURE_MALI_HOST", "x");
    let messages = messages(&desk.refused());
    let expected = [
        "relecture.toml:2: unknown key `listen_on`",
        "relecture.toml:4: unknown key `mail.hots`; did you mean `mail.host`?",
        "unknown key `RELECTURE_MALI_HOST`; did you mean `RELECTURE_MAIL_HOST`?",
        "relecture.toml:1: `listen` must be an address and a port",
        "relecture.toml:5: `mail.port` must be a positive whole number",
        "relecture.toml:7: `limits.json_body_bytes` must be a positive whole number",
        "RELECTURE_DATABASE_URL: `database_url` has an unknown scheme",
    ];
    for part in expected {
        assert!(
            messages.iter().any(|message| message.contains(part)),
            "{part:?} in {messages:#?}"
        );
    }
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    assert!(!messages.join("").contains("hunter2"));
    assert!(
        !desk.data_dir().exists(),
        "a refused start leaves nothing behind"
    );
}

#[test]
fn production_refuses_to_start_on_what_protects_nobody() {
    assert_eq!(production().load().unwrap().mode, Mode::Production);
    assert!(!production().data_dir().exists());

    let bare = Desk::new()
        .variable("RELECTURE_MODE", "production")
        .refused();
    let mut missing: Vec<_> = bare
        .iter()
        .map(|error| match error {
            ConfigError::Missing { key, .. } => *key,
            other => panic!("{other}"),
        })
        .collect();
    missing.sort_unstable();
    assert_eq!(
        missing,
        [
            "mail.backend",
            "mail.from",
            "public_url",
            "sealing_key",
            "token_keys"
        ]
    );

    let cases = [
        (
            "RELECTURE_PUBLIC_URL",
            "http://relecture.example",
            "must begin with https://",
        ),
        (
            "RELECTURE_PUBLIC_URL",
            "https://relecture.example/app",
            "nothing behind",
        ),
        (
            "RELECTURE_TOKEN_KEYS",
            &format!("{KEY},c2hvcnQ="),
            "`token_keys` is too short: 5 bytes",
        ),
        (
            "RELECTURE_SEALING_KEY",
            &format!("{KEY}ff"),
            "exactly 32 bytes",
        ),
        (
            "RELECTURE_SEALING_KEY",
            &"ab".repeat(32),
            "one byte repeated",
        ),
    ];
    for (name, text, part) in cases {
        assert_one_message(&production().variable(name, text).refused(), part);
    }
}

#[test]
fn secrets_come_from_files_and_show_nowhere() {
    let (desk, key) = production().secret_file("sealing", &format!("{OTHER_KEY}\n"));
    let (desk, password) = desk.secret_file("password", "hunter2\n");
    let named = |path: &Path| path.display().to_string();
    let desk = desk
        .variable("RELECTURE_SEALING_KEY_FILE", &named(&key))
        .variable("RELECTURE_MAIL_USERNAME", "relecture")
        .variable("RELECTURE_MAIL_PASSWORD_FILE", &named(&password))
        .variable(
            "RELECTURE_DATABASE_URL",
            "postgres://relecture:hunter2@db/relecture",
        );
    let config = desk.load().unwrap();
    assert_eq!(
        config.sealing_key.expose()[0],
        0xf0,
        "the file named in the environment wins over the key in the file"
    );
    assert_eq!(
        source(&config, "sealing_key").to_string(),
        format!("{} (named by RELECTURE_SEALING_KEY_FILE)", key.display())
    );
    let MailBackend::Smtp(smtp) = &config.mail.backend else {
        panic!("{:?}", config.mail)
    };
    assert_eq!(smtp.credentials.as_ref().unwrap().1.expose(), "hunter2");

    let shown = format!("{config:?} {:?}", config.settings()).to_lowercase();
    for secret in ["hunter2", KEY, OTHER_KEY, "240, 241", "0, 1, 2, 3"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("postgres://relecture:***@db/relecture"));
}

#[test]
fn a_value_is_given_once() {
    let (desk, path) = production().secret_file("sealing", KEY);
    let twice = desk
        .variable("RELECTURE_SEALING_KEY", KEY)
        .variable("RELECTURE_SEALING_KEY_FILE", &path.display().to_string())
        .refused();
    assert!(
        messages(&twice)[0]
            .starts_with("`sealing_key` is given twice: at RELECTURE_SEALING_KEY and"),
        "{twice:?}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_not_a_default() {
    let cases = [
        ("listen = ", "relecture.toml:1: not TOML"),
        ("mail = 3", "relecture.toml:1: unknown key `mail`"),
        (
            "mode = [\"development\"]",
            "must be a text, a number or a boolean",
        ),
        (
            "mode = \"prodution\"",
            "must be one of `development`, `production`",
        ),
        (
            "sealing_key_file = \"/nowhere/key\"",
            "/nowhere/key: cannot be read",
        ),
        (
            "[mail]\nbackend = \"smtp\"",
            "`mail.host` is missing: mail.backend is smtp",
        ),
        ("[mail]\nusername = \"r\"", "`mail.password` is missing"),
        ("[mail]\nfrom = \"nobody\"", "`mail.from` must be `address`"),
        (
            "[log]\nlevel = \"loud=very\"",
            "`log.level` must be directives",
        ),
        (
            "[slides]\nconnect_timeout_ms = 20000",
            "must not be longer than slides.overall_timeout_ms",
        ),
        ("[workers]\nlease_seconds = 100000", "from 1 to 86400"),
    ];
    for (text, part) in cases {
        let errors = Desk::new().file(text).refused();
        let found = messages(&errors)
            .iter()
            .any(|message| message.contains(part));
        assert!(found, "{text:?}: {part:?} in {:#?}", messages(&errors));
    }
    let missing = Desk {
        file: Some(PathBuf::from("/nowhere/relecture.toml")),
        ..Desk::new()
    };
    assert!(messages(&missing.refused())[0].starts_with("/nowhere/relecture.toml: cannot be read"));
}

#[test]
fn a_damaged_development_key_is_reported_not_replaced() {
    let desk = Desk::new();
    let path = desk.data_dir().join("keys/sealing_key");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "").unwrap();
    assert_one_message(&desk.refused(), "keys/sealing_key: is too short: 0 bytes");
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn variables_of_the_platform_are_noticed_not_refused() {
    let desk = Desk::new()
        .variable("RELECTURE_SERVICE_HOST", "10.0.0.1")
        .variable("RELECTURE_PORT", "tcp://10.0.0.1:80")
        .variable("RELECTURE_PORT_80_TCP_ADDR", "10.0.0.1")
        .variable("RELECTURE_TEST_POSTGRES_URL", "x")
        .variable("RELECTURE_CONFIG", "x")
        .variable("PATH", "/bin");
    let config = desk.load().unwrap();
    assert_eq!(config.notices().len(), 3, "{:?}", config.notices());
}

#[test]
fn an_unprotected_password_is_noticed() {
    let smtp = "[mail]\nbackend = \"smtp\"\nhost = \"relay\"\ntls = \"none\"\nusername = \"r\"\npassword = \"p\"\n";
    let config = Desk::new().file(smtp).load().unwrap();
    assert_eq!(
        config.notices(),
        ["mail.tls is `none`: the password for relay travels unprotected"]
    );
}

#[test]
fn a_token_is_named_once_and_has_a_pin_that_nobody_sees() {
    let module = || Desk::new().variable("RELECTURE_PKCS11_MODULE", "/lib/token.so");
    assert_one_message(
        &module().variable("RELECTURE_PKCS11_PIN", "4711").refused(),
        "pkcs11.token",
    );
    let named = || module().variable("RELECTURE_PKCS11_TOKEN", "experts");
    assert_one_message(&named().refused(), "`pkcs11.pin` is missing");
    let both = named().variable("RELECTURE_PKCS11_SLOT", "3");
    assert_one_message(
        &both.variable("RELECTURE_PKCS11_PIN", "4711").refused(),
        "must not be given beside pkcs11.token",
    );
    let (desk, pin) = named().secret_file("pin", "4711\n");
    let config = desk
        .variable("RELECTURE_PKCS11_PIN_FILE", &pin.display().to_string())
        .load()
        .unwrap();
    let token = config.pkcs11.as_ref().unwrap();
    assert_eq!(token.pin.expose(), "4711", "without the end of its line");
    assert!(!format!("{config:?}").contains("4711"));
    assert!(Desk::new().load().unwrap().pkcs11.is_none());
}
