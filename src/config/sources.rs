//! Gathers texts from the file, the environment and the files that hold secrets, each with where it stood.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KNOWN_KEYS, Key, PREFIX, accepted_names, file_variant, nearest, variable};
use super::{ConfigError, Places};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody gave it.
    Default,
    /// The configuration file.
    File {
        /// Its path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A file that holds only this value, named by a `*_file` value.
    SecretFile {
        /// Its path.
        path: PathBuf,
        /// Where it was named.
        named_at: Box<Source>,
    },
    /// A key that a development server made for itself.
    Kept {
        /// The file that keeps it.
        path: PathBuf,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::SecretFile { path, named_at } => {
                write!(f, "{} (named by {named_at})", path.display())
            }
            Self::Kept { path } => write!(f, "{} (made for development)", path.display()),
        }
    }
}

/// A text before it is understood.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) text: String,
    pub(super) source: Source,
}

/// All texts that were given, by the name of their value.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) values: BTreeMap<&'static str, Raw>,
    pub(super) errors: Vec<ConfigError>,
    pub(super) notices: Vec<String>,
}

/// Texts of one place by accepted name, `_file` variants included.
type Layer = BTreeMap<String, Raw>;

/// Reads all places. The environment wins over the file, and within one place a value and its `_file` variant exclude each
/// other.
pub(super) fn gather(places: &Places) -> Gathered {
    let mut gathered = Gathered::default();
    let file = places
        .file
        .as_deref()
        .map(|path| file_layer(path, &mut gathered.errors))
        .unwrap_or_default();
    let environment = environment_layer(&places.environment, &mut gathered);
    for key in KNOWN_KEYS {
        for layer in [&environment, &file] {
            match value_in(layer, key) {
                Ok(None) => {}
                Ok(Some(raw)) => {
                    gathered.values.insert(key.name, raw);
                    break;
                }
                Err(error) => {
                    gathered.errors.push(error);
                    break;
                }
            }
        }
    }
    gathered
}

fn value_in(layer: &Layer, key: &'static Key) -> Result<Option<Raw>, ConfigError> {
    let value = layer.get(key.name);
    let Some(file) = layer.get(&file_variant(key.name)) else {
        return Ok(value.cloned());
    };
    if let Some(value) = value {
        let (value_at, file_at) = (value.source.clone(), file.source.clone());
        return Err(ConfigError::GivenTwice {
            key: key.name,
            value_at,
            file_at,
        });
    }
    let path = PathBuf::from(&file.text);
    let text = read(&path)?;
    Ok(Some(Raw {
        text: text.trim().to_owned(),
        source: Source::SecretFile {
            path,
            named_at: Box::new(file.source.clone()),
        },
    }))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

fn file_layer(path: &Path, errors: &mut Vec<ConfigError>) -> Layer {
    let text = match read(path) {
        Ok(text) => text,
        Err(error) => {
            errors.push(error);
            return Layer::new();
        }
    };
    match DeTable::parse(&text) {
        Ok(table) => {
            let mut walk = Walk {
                path,
                text: &text,
                layer: Layer::new(),
                errors,
            };
            walk.table("", table.get_ref());
            walk.layer
        }
        Err(error) => {
            let line = line_of(&text, error.span().map_or(0, |span| span.start));
            let reason = error.message().to_owned();
            errors.push(ConfigError::NotToml {
                path: path.display().to_string(),
                line,
                reason,
            });
            Layer::new()
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// One walk through the tables of a file.
struct Walk<'a> {
    path: &'a Path,
    text: &'a str,
    layer: Layer,
    errors: &'a mut Vec<ConfigError>,
}

impl Walk<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let line = line_of(self.text, name.span().start);
            let source = Source::File {
                path: self.path.to_owned(),
                line,
            };
            let name = format!("{prefix}{}", name.get_ref());
            let key = accepted_names()
                .find(|(accepted, _)| *accepted == name)
                .map(|(_, key)| key);
            match (key, value.get_ref()) {
                (Some(key), value) => self.value(key, name, value, source),
                (None, DeValue::Table(table)) if is_table(&name) => {
                    self.table(&format!("{name}."), table)
                }
                (None, _) => self.unknown(name, source),
            }
        }
    }

    fn value(&mut self, key: &'static Key, name: String, value: &DeValue<'_>, source: Source) {
        let is_the_value = name == key.name;
        let text = match value {
            DeValue::Array(items) if key.many && is_the_value => items
                .iter()
                .map(Spanned::get_ref)
                .map(scalar)
                .collect::<Option<Vec<_>>>()
                .map(|texts| texts.join(",")),
            value => scalar(value),
        };
        match text {
            Some(text) => drop(self.layer.insert(name, Raw { text, source })),
            None => self.errors.push(ConfigError::BadValue {
                key: key.name,
                found_at: source,
                problem: if key.many {
                    "must be a text or an array of texts"
                } else {
                    "must be a text, a number or a boolean"
                }
                .to_owned(),
            }),
        }
    }

    fn unknown(&mut self, name: String, source: Source) {
        let known: Vec<String> = accepted_names().map(|(name, _)| name).collect();
        let nearest = nearest(&name, known.iter().map(String::as_str)).map(str::to_owned);
        self.errors.push(ConfigError::UnknownKey {
            key: name,
            found_at: source,
            nearest,
        });
    }
}

fn is_table(name: &str) -> bool {
    KNOWN_KEYS.iter().any(|key| {
        key.name
            .split_once('.')
            .is_some_and(|(table, _)| table == name)
    })
}

/// The text of a value that is one thing. Integers are rewritten in decimal, whatever their notation.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(|number| number.to_string()),
        DeValue::Boolean(boolean) => Some(boolean.to_string()),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// Variables that are somebody else's: the command line's name of the file, and the test suite's own.
fn is_elsewhere(name: &str) -> bool {
    name == "RELECTURE_CONFIG" || name.starts_with("RELECTURE_TEST_")
}

/// An empty variable counts as not given, as compose files produce them.
///
/// An unknown variable is refused only when it resembles a known one: container platforms add their own, such as
/// `RELECTURE_SERVICE_HOST` for a service of that name.
fn environment_layer(environment: &[(String, String)], gathered: &mut Gathered) -> Layer {
    let names: BTreeMap<String, String> = accepted_names()
        .map(|(name, _)| (variable(&name), name))
        .collect();
    let mut layer = Layer::new();
    let ours = environment
        .iter()
        .filter(|(name, text)| name.starts_with(PREFIX) && !text.is_empty());
    for (name, text) in ours.filter(|(name, _)| !is_elsewhere(name)) {
        let source = Source::Variable(name.clone());
        if let Some(accepted) = names.get(name) {
            layer.insert(
                accepted.clone(),
                Raw {
                    text: text.clone(),
                    source,
                },
            );
            continue;
        }
        let known = names.keys().filter_map(|name| name.strip_prefix(PREFIX));
        match nearest(name.trim_start_matches(PREFIX), known) {
            Some(near) => gathered.errors.push(ConfigError::UnknownKey {
                key: name.clone(),
                found_at: source,
                nearest: Some(format!("{PREFIX}{near}")),
            }),
            None => gathered.notices.push(format!(
                "the environment variable {name} means nothing here"
            )),
        }
    }
    layer
}
