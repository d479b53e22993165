//! Turns gathered texts into a [`Config`]: defaults, types, and what production demands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rand::CryptoRng;
use url::Url;

use super::keys::{KNOWN_KEYS, Key};
use super::secret::{decode_key, keep_key};
use super::sources::{Raw, Source, gather};
use super::{
    Config, ConfigError, ConfigErrors, DatabaseUrl, Limits, Log, LogFormat, Mail, MailBackend,
    Mode, Pkcs11, Places, Secret, Setting, SlideCache, Slides, Smtp, SmtpTls, TokenName, Workers,
    values,
};

/// A value was refused; the reader holds the reason.
struct Refused;

pub(super) fn load(places: &Places, rng: &mut dyn CryptoRng) -> Result<Config, ConfigErrors> {
    let gathered = gather(places);
    let mut reader = Reader {
        values: gathered.values,
        errors: gathered.errors,
        settings: Vec::new(),
    };
    let config = build(&mut reader, gathered.notices, rng);
    match config {
        Ok(config) if reader.errors.is_empty() => Ok(config),
        _ => Err(ConfigErrors(reader.errors)),
    }
}

/// Reads every value before it gives up on one, so that all problems are reported.
fn build(
    reader: &mut Reader,
    mut notices: Vec<String>,
    rng: &mut dyn CryptoRng,
) -> Result<Config, Refused> {
    let mode = reader.value(
        "mode",
        values::choice(&[
            ("development", Mode::Development),
            ("production", Mode::Production),
        ]),
    );
    let listen = reader.value("listen", values::socket_address);
    let public_url = reader.value("public_url", values::public_url);
    let data_dir = reader.value("data_dir", values::text).map(PathBuf::from);
    let database_url = database_url(reader, data_dir.as_deref().ok());
    let mail = mail(reader, data_dir.as_deref().ok());
    let slides = slides(reader);
    let cache_dir = reader.optional("slides.cache_dir", values::text);
    let cache_bytes = reader.value("slides.cache_bytes", values::positive);
    let viewer_origins = reader.value("viewers.origins", values::origins);
    let code_files = reader.optional("codes.files", values::files);
    let timestamps = timestamps(reader);
    let pkcs11 = pkcs11(reader);
    let log = log(reader);
    let workers = workers(reader);
    let limits = limits(reader);
    let trusted_proxies = reader.value("trusted_proxies", values::addresses);
    let escalation_file = reader.optional("escalation_file", values::text);
    let demo_slides = reader.value(
        "demo_slides",
        values::choice(&[("true", true), ("false", false)]),
    );
    let (mode, data_dir) = (mode?, data_dir?);
    if mode == Mode::Production {
        demand_for_production(reader, public_url.as_ref().ok());
    }
    // Last, and not when something else is wrong: a refused start leaves nothing behind.
    let token_keys = keys(reader, "token_keys", mode, &data_dir, rng);
    let sealing_key = keys(reader, "sealing_key", mode, &data_dir, rng)
        .and_then(|keys| one_sealing_key(reader, &keys));
    let mail = mail?;
    notice_plain_mail(&mail, &mut notices);
    reader
        .settings
        .sort_by_key(|setting| KNOWN_KEYS.iter().position(|key| key.name == setting.key));
    Ok(Config {
        mode,
        listen: listen?,
        public_url: public_url?,
        database_url: database_url?,
        data_dir,
        token_keys: token_keys?.into_iter().map(Secret::new).collect(),
        sealing_key: sealing_key?,
        mail,
        slides: slides?,
        slide_cache: match (cache_dir?, cache_bytes?) {
            (Some(folder), bytes) => Some(SlideCache {
                folder: folder.into(),
                bytes,
            }),
            (None, _) => None,
        },
        viewer_origins: viewer_origins?,
        code_files: code_files?.unwrap_or_default(),
        timestamps: timestamps?,
        pkcs11: pkcs11?,
        log: log?,
        workers: workers?,
        limits: limits?,
        trusted_proxies: trusted_proxies?,
        escalation_file: escalation_file?.map(PathBuf::from),
        demo_slides: demo_slides?,
        settings: std::mem::take(&mut reader.settings),
        notices,
    })
}

/// Hands out the gathered texts, and collects what is wrong with them.
struct Reader {
    values: BTreeMap<&'static str, Raw>,
    errors: Vec<ConfigError>,
    settings: Vec<Setting>,
}

impl Reader {
    /// The value `name`, which has a default in the table or must be there.
    fn value<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Refused> {
        match self.optional(name, read)? {
            Some(value) => Ok(value),
            None => self.refuse(ConfigError::Missing {
                key: name,
                why: "it has no default",
            }),
        }
    }

    /// The value `name`, or its default in the table, or nothing.
    fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Refused> {
        let key = KNOWN_KEYS.iter().find(|key| key.name == name);
        let default = || {
            Some(Raw {
                text: key?.default?.to_owned(),
                source: Source::Default,
            })
        };
        let Some(raw) = self.values.get(name).cloned().or_else(default) else {
            return Ok(None);
        };
        match read(&raw.text) {
            Ok(value) => {
                let secret = key.is_none_or(|key: &Key| key.secret);
                let shown = if secret {
                    "[secret]".to_owned()
                } else {
                    raw.text
                };
                self.settings.push(Setting {
                    key: name,
                    shown,
                    source: raw.source,
                });
                Ok(Some(value))
            }
            Err(problem) => self.refuse(ConfigError::BadValue {
                key: name,
                found_at: raw.source,
                problem,
            }),
        }
    }

    fn refuse<T>(&mut self, error: ConfigError) -> Result<T, Refused> {
        self.errors.push(error);
        Err(Refused)
    }

    fn source(&self, name: &str) -> Source {
        self.values
            .get(name)
            .map_or(Source::Default, |raw| raw.source.clone())
    }

    /// Records a value that was derived from others.
    fn derived(&mut self, key: &'static str, shown: String) {
        self.settings.push(Setting {
            key,
            shown,
            source: Source::Default,
        });
    }
}

fn database_url(reader: &mut Reader, data_dir: Option<&Path>) -> Result<DatabaseUrl, Refused> {
    match reader.optional("database_url", str::parse::<DatabaseUrl>)? {
        Some(url) => {
            // Its secret part hidden, the rest is what a person looking for a fault wants to see.
            let shown = url.to_string();
            reader
                .settings
                .iter_mut()
                .filter(|setting| setting.key == "database_url")
                .for_each(|it| it.shown = shown.clone());
            Ok(url)
        }
        None => {
            let url = DatabaseUrl::Sqlite(data_dir.ok_or(Refused)?.join("relecture.db"));
            reader.derived("database_url", url.to_string());
            Ok(url)
        }
    }
}

fn mail(reader: &mut Reader, data_dir: Option<&Path>) -> Result<Mail, Refused> {
    let is_smtp = reader.value(
        "mail.backend",
        values::choice(&[("smtp", true), ("file", false)]),
    );
    let from = reader.value("mail.from", values::mailbox);
    let folder = reader.optional("mail.folder", values::text);
    let smtp = smtp(reader);
    let backend = if is_smtp? {
        // Asked first: that it is missing is told even when another value of the mail server is wrong.
        if !reader.values.contains_key("mail.host") {
            reader.refuse(ConfigError::Missing {
                key: "mail.host",
                why: "mail.backend is smtp",
            })?;
        }
        MailBackend::Smtp(smtp?.ok_or(Refused)?)
    } else {
        smtp?;
        MailBackend::File(match folder? {
            Some(folder) => PathBuf::from(folder),
            None => {
                let folder = data_dir.ok_or(Refused)?.join("mail");
                reader.derived("mail.folder", folder.display().to_string());
                folder
            }
        })
    };
    Ok(Mail {
        from: from?,
        backend,
    })
}

/// The mail server, when one is named; the other values are checked all the same.
fn smtp(reader: &mut Reader) -> Result<Option<Smtp>, Refused> {
    let host = reader.optional("mail.host", values::text);
    let port = reader.value("mail.port", values::positive);
    let tls = reader.value(
        "mail.tls",
        values::choice(&[
            ("none", SmtpTls::None),
            ("starttls", SmtpTls::Starttls),
            ("implicit", SmtpTls::Implicit),
        ]),
    );
    let username = reader.optional("mail.username", values::text);
    let password = reader.optional("mail.password", values::text);
    let credentials = match (username?, password?) {
        (Some(username), Some(password)) => Some((username, Secret::new(password))),
        (None, None) => None,
        (Some(_), None) => reader.refuse(ConfigError::Missing {
            key: "mail.password",
            why: "mail.username is given",
        })?,
        (None, Some(_)) => reader.refuse(ConfigError::Missing {
            key: "mail.username",
            why: "mail.password is given",
        })?,
    };
    let (host, port, tls) = (host?, port?, tls?);
    Ok(host.map(|host| Smtp {
        host,
        port,
        tls,
        credentials,
    }))
}

fn slides(reader: &mut Reader) -> Result<Slides, Refused> {
    let connect_timeout = reader.value("slides.connect_timeout_ms", values::milliseconds);
    let overall_timeout = reader.value("slides.overall_timeout_ms", values::milliseconds);
    let max_bytes = reader.value("slides.max_bytes", values::positive);
    let (connect_timeout, overall_timeout) = (connect_timeout?, overall_timeout?);
    if connect_timeout > overall_timeout {
        return reader.refuse(ConfigError::BadValue {
            key: "slides.connect_timeout_ms",
            found_at: reader.source("slides.connect_timeout_ms"),
            problem: "must not be longer than slides.overall_timeout_ms".to_owned(),
        });
    }
    Ok(Slides {
        connect_timeout,
        overall_timeout,
        max_bytes: max_bytes?,
    })
}

fn timestamps(reader: &mut Reader) -> Result<Option<(Url, PathBuf)>, Refused> {
    let url = reader.optional("timestamps.url", values::service);
    let certificates = reader.optional("timestamps.certificates", values::text);
    match (url?, certificates?) {
        (Some(url), Some(file)) => Ok(Some((url, PathBuf::from(file)))),
        (None, _) => Ok(None),
        (Some(_), None) => reader.refuse(ConfigError::Missing {
            key: "timestamps.certificates",
            why: "timestamps.url is given",
        }),
    }
}

fn pkcs11(reader: &mut Reader) -> Result<Option<Pkcs11>, Refused> {
    let module = reader.optional("pkcs11.module", values::text);
    let label = reader.optional("pkcs11.token", values::text);
    let slot = reader.optional("pkcs11.slot", values::number);
    let pin = reader.optional("pkcs11.pin", values::line);
    let timeout = reader.value("pkcs11.timeout_ms", values::milliseconds);
    let (module, label, slot, pin, timeout) = (module?, label?, slot?, pin?, timeout?);
    let Some(module) = module else {
        return Ok(None);
    };
    let token = match (label, slot) {
        (Some(label), None) => TokenName::Label(label),
        (None, Some(slot)) => TokenName::Slot(slot),
        (None, None) => {
            return reader.refuse(ConfigError::Missing {
                key: "pkcs11.token",
                why: "pkcs11.module is given: name the token, or its slot in pkcs11.slot",
            });
        }
        (Some(_), Some(_)) => {
            return reader.refuse(ConfigError::BadValue {
                key: "pkcs11.slot",
                found_at: reader.source("pkcs11.slot"),
                problem: "must not be given beside pkcs11.token".to_owned(),
            });
        }
    };
    let Some(pin) = pin else {
        return reader.refuse(ConfigError::Missing {
            key: "pkcs11.pin",
            why: "pkcs11.module is given, and a PIN has no default",
        });
    };
    Ok(Some(Pkcs11 {
        module: module.into(),
        token,
        pin: Secret::new(pin),
        timeout,
    }))
}

fn log(reader: &mut Reader) -> Result<Log, Refused> {
    let format = reader.value(
        "log.format",
        values::choice(&[("json", LogFormat::Json), ("text", LogFormat::Text)]),
    );
    let level = reader.value("log.level", values::log_level);
    Ok(Log {
        format: format?,
        level: level?,
    })
}

fn workers(reader: &mut Reader) -> Result<Workers, Refused> {
    let poll = reader.value("workers.poll_seconds", values::seconds);
    let lease = reader.value("workers.lease_seconds", values::seconds);
    Ok(Workers {
        poll: poll?,
        lease: lease?,
    })
}

fn limits(reader: &mut Reader) -> Result<Limits, Refused> {
    let json_body_bytes = reader.value("limits.json_body_bytes", values::positive);
    let body_timeout = reader.value("limits.body_timeout_ms", values::milliseconds);
    let requests_per_minute = reader.value("limits.requests_per_minute", values::positive);
    Ok(Limits {
        json_body_bytes: json_body_bytes?,
        body_timeout: body_timeout?,
        requests_per_minute: requests_per_minute?,
    })
}

/// What has a default only so that a newcomer can start at once.
fn demand_for_production(reader: &mut Reader, public_url: Option<&Url>) {
    let chosen = [
        ("public_url", "production needs the address that people use"),
        (
            "mail.backend",
            "production needs a choice: smtp, or file if mail is really to stay here",
        ),
        ("mail.from", "production needs a sender that answers"),
    ];
    for (key, why) in chosen {
        if !reader.values.contains_key(key) {
            reader.errors.push(ConfigError::Missing { key, why });
        }
    }
    if let Some(url) = public_url
        && reader.values.contains_key("public_url")
        && url.scheme() != "https"
    {
        let problem = "must begin with https:// in production".to_owned();
        reader.errors.push(ConfigError::BadValue {
            key: "public_url",
            found_at: reader.source("public_url"),
            problem,
        });
    }
}

/// The keys given for `name`; in development, when none is given, the one kept in the data folder.
fn keys(
    reader: &mut Reader,
    name: &'static str,
    mode: Mode,
    data_dir: &Path,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<Vec<u8>>, Refused> {
    let decode = |text: &str| {
        text.split(',')
            .map(decode_key)
            .collect::<Result<Vec<_>, _>>()
    };
    if let Some(keys) = reader.optional(name, decode)? {
        return Ok(keys);
    }
    if mode == Mode::Production {
        return reader.refuse(ConfigError::Missing {
            key: name,
            why: "production has no default for a key",
        });
    }
    if !reader.errors.is_empty() {
        return Err(Refused);
    }
    let path = data_dir.join("keys").join(name);
    let kept = keep_key(&path, rng)
        .map_err(|error| error.to_string())
        .and_then(|text| decode(&text));
    match kept {
        Ok(keys) => {
            reader.settings.push(Setting {
                key: name,
                shown: "[secret]".to_owned(),
                source: Source::Kept { path },
            });
            Ok(keys)
        }
        Err(reason) => reader.refuse(ConfigError::NotKept {
            key: name,
            path: path.display().to_string(),
            reason,
        }),
    }
}

fn one_sealing_key(reader: &mut Reader, keys: &[Vec<u8>]) -> Result<Secret<[u8; 32]>, Refused> {
    match keys {
        [key] if key.len() == 32 => key
            .as_slice()
            .try_into()
            .map(Secret::new)
            .map_err(|_| Refused),
        _ => reader.refuse(ConfigError::BadValue {
            key: "sealing_key",
            found_at: reader.source("sealing_key"),
            problem: "must be one key of exactly 32 bytes".to_owned(),
        }),
    }
}

fn notice_plain_mail(mail: &Mail, notices: &mut Vec<String>) {
    if let MailBackend::Smtp(Smtp {
        tls: SmtpTls::None,
        credentials: Some(_),
        host,
        ..
    }) = &mail.backend
    {
        notices.push(format!(
            "mail.tls is `none`: the password for {host} travels unprotected"
        ));
    }
}
