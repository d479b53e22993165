//! What people read, in French and English, from two Fluent files with the same keys.

mod reading;
mod snapshot;

use std::str::FromStr;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

pub use reading::slide_read;
pub use snapshot::snapshot_view;

/// The languages in which people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// French.
    French,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::French, Self::English];

    /// `fr` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// The language of that code.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// The first of an `Accept-Language` header that we speak; French when there is none.
    pub fn accepted(header: &str) -> Self {
        header
            .split(',')
            .filter_map(|range| range.trim().get(..2))
            .find_map(|code| Self::of(&code.to_ascii_lowercase()))
            .unwrap_or(Self::French)
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::French => Self::English,
            Self::English => Self::French,
        }
    }
}

/// Why a text names no language.
#[derive(Debug, thiserror::Error)]
#[error("no language of ours")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        Self::of(code).ok_or(UnknownLanguage)
    }
}

type Bundle = FluentBundle<FluentResource>;

static FRENCH: LazyLock<Bundle> =
    LazyLock::new(|| bundle(Language::French, include_str!("texts/fr.ftl")));
static ENGLISH: LazyLock<Bundle> =
    LazyLock::new(|| bundle(Language::English, include_str!("texts/en.ftl")));

fn bundle(language: Language, source: &str) -> Bundle {
    // A file that cannot be read in part is used as far as it can; a test holds that it can be read whole.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
    let mut bundle = Bundle::new_concurrent(language.code().parse().into_iter().collect());
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The text of a key with what it names; the key itself when there is none, which a test rules out for every key that is used.
pub fn text(language: Language, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
    let bundle: &Bundle = match language {
        Language::French => &FRENCH,
        Language::English => &ENGLISH,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        return key.to_owned();
    };
    let args: FluentArgs<'_> = values
        .iter()
        .map(|(name, value)| (*name, value.clone()))
        .collect();
    bundle
        .format_pattern(pattern, Some(&args), &mut Vec::new())
        .into_owned()
}

#[cfg(test)]
mod tests;
