//! The templates that ship with the program, and what each of their elements takes.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::domain::problems::FieldRule;

/// The files, in the order in which they are offered.
const FILES: [&str; 6] = [
    include_str!("../../../data/templates/breast_invasive.json"),
    include_str!("../../../data/templates/prostate_carcinoma.json"),
    include_str!("../../../data/templates/melanoma_invasive.json"),
    include_str!("../../../data/templates/lymphoma.json"),
    include_str!("../../../data/templates/soft_tissue_sarcoma.json"),
    include_str!("../../../data/templates/colorectal_carcinoma.json"),
];

/// Why the templates are refused.
#[derive(Debug, thiserror::Error)]
#[error("synoptic template {template}: {what}")]
pub struct TemplatesError {
    template: String,
    what: String,
}

/// Every template.
#[derive(Debug, Clone, Default)]
pub struct Templates(Vec<Template>);

/// What a report on an organ has to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Name.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// The subspecialties whose cases it is offered for first.
    pub subspecialties: Vec<String>,
    /// What it is called, in French.
    pub fr: String,
    /// In English.
    pub en: String,
    /// What it follows, and whose words it has.
    pub source: String,
    /// Since when it is used.
    pub valid_from: NaiveDate,
    /// Until when it was used; what was signed with it stays valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// Its elements, in the order in which they are asked for.
    pub elements: Vec<Element>,
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Name.
    pub id: String,
    /// What it is called, in French.
    pub fr: String,
    /// In English.
    pub en: String,
    /// Whether a signature needs it.
    pub required: bool,
    /// What it takes.
    pub kind: Kind,
}

/// What an element takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of these.
    Choice(Vec<Word>),
    /// Any of these.
    Several(Vec<Word>),
    /// A whole number of a unit.
    Measure(Measure),
    /// Words.
    Text,
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Name.
    pub id: String,
    /// What it stands for, in French.
    pub fr: String,
    /// In English.
    pub en: String,
}

/// A measure: kept in its smallest unit, shown in one of ten to the power of `digits` of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The smallest unit, which is kept and signed.
    pub unit: String,
    /// The unit that people read and type; empty for a mere count.
    pub shown: String,
    /// Digits behind the decimal sign in that unit.
    pub digits: u32,
    /// The least, in the smallest unit.
    pub min: i64,
    /// The most.
    pub max: i64,
}

impl Templates {
    /// Those that ship with the program.
    ///
    /// # Errors
    /// [`TemplatesError`], naming the one at fault.
    pub fn embedded() -> Result<Self, TemplatesError> {
        Self::read(&FILES)
    }

    pub(super) fn read(files: &[&str]) -> Result<Self, TemplatesError> {
        let mut all: Vec<Template> = Vec::new();
        for file in files {
            let refused = |template: &str, what: String| TemplatesError {
                template: template.to_owned(),
                what,
            };
            let template: Template = serde_json::from_str(file)
                .map_err(|error| refused("that cannot be read", error.to_string()))?;
            template
                .sound()
                .map_err(|what| refused(&template.id, what))?;
            let same = |one: &Template| (&one.id, one.version) == (&template.id, template.version);
            if all.iter().any(same) {
                return Err(refused(&template.id, "is there twice".into()));
            }
            all.push(template);
        }
        Ok(Self(all))
    }

    /// Every template.
    pub fn all(&self) -> &[Template] {
        &self.0
    }

    /// The template of that name and version.
    pub fn find(&self, id: &str, version: u32) -> Option<&Template> {
        self.0
            .iter()
            .find(|one| one.id == id && one.version == version)
    }

    /// Those in use on a day, those of a subspecialty first.
    pub fn offered(&self, subspecialty: Option<&str>, on: NaiveDate) -> Vec<&Template> {
        let in_use = |one: &&Template| {
            one.valid_from <= on && one.valid_until.is_none_or(|until| on <= until)
        };
        let mut offered: Vec<&Template> = self.0.iter().filter(in_use).collect();
        let suits = |one: &&Template| {
            let codes = one.subspecialties.iter();
            subspecialty.is_some_and(|wanted| codes.into_iter().any(|code| code == wanted))
        };
        offered.sort_by_key(|one| !suits(one));
        offered
    }
}

impl Template {
    /// In words what is wrong with it.
    fn sound(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for element in &self.elements {
            if !names.insert(&element.id) {
                return Err(format!("{} is there twice", element.id));
            }
            match &element.kind {
                Kind::Choice(words) | Kind::Several(words) => {
                    let distinct: BTreeSet<&str> =
                        words.iter().map(|one| one.id.as_str()).collect();
                    if words.len() < 2 || distinct.len() < words.len() {
                        return Err(format!("{} needs two different options", element.id));
                    }
                }
                Kind::Measure(measure) => {
                    if measure.min < 0 || measure.max <= measure.min || measure.digits > 6 {
                        return Err(format!("{} has no range", element.id));
                    }
                }
                Kind::Text => {}
            }
        }
        let needed = self.elements.iter().any(|one| one.required);
        needed.then_some(()).ok_or("requires nothing".into())
    }
}

impl Element {
    /// What is wrong with an answer, for a signature.
    pub(super) fn problem(&self, answer: Option<&Answer>) -> Option<FieldRule> {
        let Some(answer) = answer.filter(|answer| !is_empty(answer)) else {
            return self.required.then_some(FieldRule::Required);
        };
        match (&self.kind, answer) {
            (Kind::Choice(words), Answer::Text(chosen)) => {
                let known = words.iter().any(|one| one.id == *chosen);
                (!known).then_some(FieldRule::UnknownCode)
            }
            (Kind::Several(words), Answer::Several(chosen)) => {
                let distinct: BTreeSet<&String> = chosen.iter().collect();
                let known = |one: &String| words.iter().any(|word| word.id == *one);
                if !chosen.iter().all(known) {
                    return Some(FieldRule::UnknownCode);
                }
                (distinct.len() < chosen.len()).then_some(FieldRule::Duplicate)
            }
            (Kind::Measure(measure), Answer::Number(number)) => {
                let (min, max) = (measure.min, measure.max);
                (!(min..=max).contains(number)).then_some(FieldRule::OutOfRange { min, max })
            }
            (Kind::Text, Answer::Text(_)) => None,
            (kind, _) => Some(FieldRule::Malformed {
                expected: kind.expected(),
            }),
        }
    }

    /// An answer in words, in French and English; what is no answer to it as it stands.
    pub(super) fn said(&self, answer: &Answer) -> (String, String) {
        match (&self.kind, answer) {
            (Kind::Measure(measure), Answer::Number(number)) => {
                (measure.written(*number, ','), measure.written(*number, '.'))
            }
            (Kind::Choice(words) | Kind::Several(words), answer) => {
                let chosen = match answer {
                    Answer::Text(chosen) => std::slice::from_ref(chosen),
                    Answer::Several(chosen) => chosen,
                    Answer::Number(_) => &[],
                };
                let of = |words_of: fn(&Word) -> &String| {
                    let said: Vec<&str> = chosen
                        .iter()
                        .map(|one| {
                            let word = words.iter().find(|word| word.id == *one);
                            word.map_or(one.as_str(), |word| words_of(word))
                        })
                        .collect();
                    said.join(", ")
                };
                (of(|word| &word.fr), of(|word| &word.en))
            }
            (_, Answer::Text(text)) => (text.clone(), text.clone()),
            (_, Answer::Number(number)) => (number.to_string(), number.to_string()),
            (_, Answer::Several(several)) => (several.join(", "), several.join(", ")),
        }
    }
}

/// Whether it says nothing, as if it had not been given.
pub(super) fn is_empty(answer: &Answer) -> bool {
    match answer {
        Answer::Number(_) => false,
        Answer::Text(text) => text.trim().is_empty(),
        Answer::Several(several) => several.is_empty(),
    }
}

impl Kind {
    /// What it takes, in English words.
    fn expected(&self) -> String {
        match self {
            Self::Choice(_) => "the name of one of its options".into(),
            Self::Several(_) => "a list of its options".into(),
            Self::Measure(measure) => format!("a whole number ({})", measure.unit),
            Self::Text => "a text".into(),
        }
    }
}

impl Measure {
    /// A number of the smallest unit as people read it, without its unit; no digit more than it needs.
    pub fn decimal(&self, number: i64, sign: char) -> String {
        let whole = 10_i64.checked_pow(self.digits).unwrap_or(1);
        let (before, behind) = (number / whole, (number % whole).abs());
        let digits = usize::try_from(self.digits).unwrap_or_default();
        let behind = format!("{behind:0digits$}");
        let behind = behind.trim_end_matches('0');
        if self.digits == 0 || behind.is_empty() {
            before.to_string()
        } else {
            format!("{before}{sign}{behind}")
        }
    }

    fn written(&self, number: i64, sign: char) -> String {
        let number = self.decimal(number, sign);
        if self.shown.is_empty() {
            number
        } else {
            format!("{number}\u{a0}{}", self.shown)
        }
    }

    /// The number of smallest units in what somebody typed, with a comma or a point; none for what is no such number.
    pub fn typed(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        let (before, behind) = text.split_once([',', '.']).unwrap_or((text, ""));
        let digits = usize::try_from(self.digits).ok()?;
        let is_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        let dangling = behind.is_empty() && before.len() < text.len();
        if before.is_empty()
            || dangling
            || behind.len() > digits
            || !is_digits(before)
            || !is_digits(behind)
        {
            return None;
        }
        format!("{before}{behind:0<digits$}").parse().ok()
    }
}
