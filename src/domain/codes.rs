//! Coded diagnosis: the tables of ADICAP and ICD-O-3, what a code stands for, and which codes are near to what was typed.
//!
//! The tables that ship with the program hold the codes that may be copied, with labels of our own. An operator who has the whole
//! thesaurus adds it from files of the same form.

mod search;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::folding::folded;
use super::opinions::OpinionContent;
use super::problems::{FieldProblem, FieldRule};
use super::text_enum::{TextEnum, text_enum};

text_enum! {
    /// What a diagnosis is coded in.
    pub enum CodeSystem {
        /// ADICAP: sampling, technique, organ and lesion in eight characters.
        Adicap = "adicap",
        /// ICD-O-3 topography: the site, as `C50.9`.
        Topography = "icd_o_3_topography",
        /// ICD-O-3 morphology with its behaviour, as `8500/3`.
        Morphology = "icd_o_3_morphology",
    }
}

text_enum! {
    /// A table of codes. An ADICAP code is made of one of each of its four.
    pub enum CodeTable {
        /// ADICAP dictionary 1: how the sample was taken.
        Sampling = "adicap_sampling",
        /// ADICAP dictionary 2: the technique.
        Technique = "adicap_technique",
        /// ADICAP dictionary 3: the organ.
        Organ = "adicap_organ",
        /// ADICAP dictionaries 4 to 7: the lesion; with six characters, of one organ.
        Lesion = "adicap_lesion",
        /// ICD-O-3 topography.
        Topography = "icd_o_3_topography",
        /// ICD-O-3 morphology.
        Morphology = "icd_o_3_morphology",
    }
}

impl CodeTable {
    /// How a code of the table is written: `A` stands for a letter or digit, `9` for a digit.
    fn forms(self) -> &'static [&'static str] {
        match self {
            Self::Sampling | Self::Technique => &["A"],
            Self::Organ => &["AA"],
            Self::Lesion => &["AAAA", "AAAAAA"],
            Self::Topography => &["C99.9"],
            Self::Morphology => &["9999/9"],
        }
    }
}

/// The four parts of an ADICAP code with their places in it.
const PARTS: [(CodeTable, usize, usize); 4] = [
    (CodeTable::Sampling, 0, 1),
    (CodeTable::Technique, 1, 2),
    (CodeTable::Organ, 2, 4),
    (CodeTable::Lesion, 4, 8),
];
/// How many codes are named beside one that is not in its table.
const NEAREST: usize = 5;
/// What a histology may behave like (ICD-O-3, rule F: any histology takes any behaviour that was seen).
const BEHAVIOURS: &str = "012369";

/// A code with what it stands for. Labels are left out where the table has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded {
    /// What it is a code of.
    pub system: CodeSystem,
    /// The version of the table that it was found in.
    pub version: String,
    /// The code; among suggestions `?` stands for what is still to be chosen.
    pub code: String,
    /// What it stands for, in French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fr: Option<String>,
    /// In English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// Why a file of codes is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}, line {line}: {what}")]
pub struct CodesError {
    file: String,
    line: usize,
    what: String,
}

/// A row of a table.
#[derive(Debug, Clone)]
struct Entry {
    code: String,
    fr: Option<String>,
    en: Option<String>,
    version: Arc<str>,
}

/// A table, ready to be asked.
#[derive(Debug, Default)]
struct Listed {
    /// In the order of the codes.
    entries: Vec<Entry>,
    by_code: HashMap<String, usize>,
    /// The folded words of the labels, each with the entries that have it.
    words: BTreeMap<Vec<char>, Vec<usize>>,
}

/// Every table.
#[derive(Debug, Default)]
pub struct CodeTables {
    tables: HashMap<CodeTable, Listed>,
    /// The morphologies that were seen at a site.
    sites: HashMap<String, Arc<HashSet<String>>>,
}

impl CodeTables {
    /// The tables that ship with the program, and those of an operator's files: name and text of each. A code that is given again
    /// takes the later labels.
    ///
    /// # Errors
    /// [`CodesError`] naming file and line.
    pub fn with(files: &[(String, String)]) -> Result<Self, CodesError> {
        let mut read: HashMap<CodeTable, BTreeMap<String, Entry>> = HashMap::new();
        for (name, text) in [
            ("adicap.tsv", include_str!("../../data/codes/adicap.tsv")),
            ("icd-o-3.tsv", include_str!("../../data/codes/icd-o-3.tsv")),
        ] {
            read_file(name, text, &mut read)?;
        }
        for (name, text) in files {
            read_file(name, text, &mut read)?;
        }
        Ok(Self {
            tables: read
                .into_iter()
                .map(|(table, entries)| (table, Listed::of(entries)))
                .collect(),
            sites: read_sites(include_str!("../../data/codes/icd-o-3-sites.tsv")),
        })
    }

    /// What a typed code stands for; none when it is not in the table. Blanks, dots and strokes may be left out.
    pub fn resolve(&self, system: CodeSystem, typed: &str) -> Option<Coded> {
        let plain = compact(typed);
        match system {
            CodeSystem::Adicap => self.adicap(&plain),
            CodeSystem::Topography => {
                let (category, site) = plain.split_at_checked(3)?;
                let code = format!("{category}.{site}");
                let entry = self.entry(CodeTable::Topography, &code)?;
                Some(entry.coded(system, code))
            }
            CodeSystem::Morphology => self.morphology(plain.strip_prefix('M').unwrap_or(&plain)),
        }
    }

    /// The codes of an opinion with what they stand for.
    pub fn of(&self, content: &OpinionContent) -> Vec<Coded> {
        content
            .codes()
            .filter_map(|(system, _, typed)| self.resolve(system, typed))
            .collect()
    }

    /// The codes of an opinion that are in no table, each with the nearest that are.
    pub fn problems(&self, content: &OpinionContent) -> Vec<FieldProblem> {
        let unknown = content
            .codes()
            .filter(|(system, _, typed)| self.resolve(*system, typed).is_none());
        unknown
            .map(|(system, field, typed)| {
                let site = content.topography.as_deref();
                let nearest = self.search(system, typed, site, NEAREST);
                FieldProblem::new(format!("/{field}"), FieldRule::NotInTable { nearest })
            })
            .collect()
    }

    /// Four digits of histology, one of behaviour, and one of grade that may follow.
    fn morphology(&self, digits: &str) -> Option<Coded> {
        let system = CodeSystem::Morphology;
        let (histology, behaviour) = digits.split_at_checked(4)?;
        let code = format!("{histology}/{behaviour}");
        let behaves = behaviour.chars().next()?;
        let grade = behaviour.get(1..)?;
        let graded = grade.is_empty() || (grade.len() == 1 && "123456789".contains(grade));
        if !BEHAVIOURS.contains(behaves) || !graded {
            return None;
        }
        if let Some(entry) = self.entry(CodeTable::Morphology, &format!("{histology}/{behaves}")) {
            return Some(entry.coded(system, code));
        }
        let relative = self
            .listed(CodeTable::Morphology)?
            .entries
            .iter()
            .find(|entry| entry.code.starts_with(histology))?;
        Some(Coded {
            fr: None,
            en: None,
            ..relative.coded(system, code)
        })
    }

    fn adicap(&self, plain: &str) -> Option<Coded> {
        if plain.len() != 8 {
            return None;
        }
        let mut coded: Option<Coded> = None;
        for (table, from, to) in PARTS {
            let part = plain.get(from..to)?;
            let Some(entry) = self.part(table, plain, part) else {
                // Without the operator's own table any lesion is taken.
                if table == CodeTable::Lesion && self.listed(table).is_none() {
                    continue;
                }
                return None;
            };
            let next = entry.coded(CodeSystem::Adicap, plain.to_owned());
            coded = Some(match coded {
                None => next,
                Some(before) => before.joined(next),
            });
        }
        coded
    }

    /// The entry of a part of an ADICAP code; a lesion may be one of the organ's own.
    fn part(&self, table: CodeTable, whole: &str, part: &str) -> Option<&Entry> {
        let of_organ = || {
            let organ = whole.get(2..4).filter(|_| table == CodeTable::Lesion)?;
            self.entry(table, &format!("{organ}{part}"))
        };
        self.entry(table, part).or_else(of_organ)
    }

    fn listed(&self, table: CodeTable) -> Option<&Listed> {
        self.tables.get(&table)
    }

    fn entry(&self, table: CodeTable, code: &str) -> Option<&Entry> {
        let listed = self.listed(table)?;
        listed.entries.get(*listed.by_code.get(code)?)
    }
}

impl Entry {
    fn coded(&self, system: CodeSystem, code: String) -> Coded {
        Coded {
            system,
            version: self.version.to_string(),
            code,
            fr: self.fr.clone(),
            en: self.en.clone(),
        }
    }
}

impl Coded {
    /// The same code with what its next part stands for.
    fn joined(mut self, next: Self) -> Self {
        let join = |one: Option<String>, other: Option<String>| match (one, other) {
            (Some(one), Some(other)) => Some(format!("{one} · {other}")),
            (one, other) => one.or(other),
        };
        if self.version != next.version {
            self.version = format!("{} + {}", self.version, next.version);
        }
        self.fr = join(self.fr, next.fr);
        self.en = join(self.en, next.en);
        self
    }
}

impl Listed {
    fn of(entries: BTreeMap<String, Entry>) -> Self {
        let mut listed = Self::default();
        for (at, (code, entry)) in entries.into_iter().enumerate() {
            let labels = [&entry.fr, &entry.en];
            for word in labels.into_iter().flatten().flat_map(|label| words(label)) {
                let having = listed.words.entry(word).or_default();
                if having.last() != Some(&at) {
                    having.push(at);
                }
            }
            listed.by_code.insert(code, at);
            listed.entries.push(entry);
        }
        listed
    }
}

/// Letters and digits in upper case.
fn compact(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// The words of a label or of what was typed, folded.
fn words(text: &str) -> impl Iterator<Item = Vec<char>> {
    let folded = folded(text).replace('œ', "oe").replace('æ', "ae");
    let words: Vec<Vec<char>> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().collect())
        .collect();
    words.into_iter()
}

/// Reads `# version: …`, `[table]` and rows of code, French and English label, separated by tabs.
fn read_file(
    file: &str,
    text: &str,
    into: &mut HashMap<CodeTable, BTreeMap<String, Entry>>,
) -> Result<(), CodesError> {
    let (mut version, mut table): (Option<Arc<str>>, Option<CodeTable>) = (None, None);
    for (at, line) in text.lines().enumerate() {
        let refused = |what: &str| CodesError {
            file: file.to_owned(),
            line: at + 1,
            what: what.to_owned(),
        };
        if let Some(said) = line.strip_prefix("# version:") {
            version = Some(said.trim().into());
        } else if line.starts_with('#') || line.trim().is_empty() {
        } else if let Some(name) = line.strip_prefix('[') {
            let known = name.trim_end().strip_suffix(']').and_then(CodeTable::parse);
            table = Some(known.ok_or_else(|| refused("there is no such table"))?);
        } else {
            let table = table.ok_or_else(|| refused("a code before its table"))?;
            let version = version.clone();
            let version = version.ok_or_else(|| refused("a code before the version"))?;
            let mut columns = line.split('\t').map(str::trim);
            let code = columns.next().unwrap_or_default().to_owned();
            if !table.forms().iter().any(|form| written_as(form, &code)) {
                return Err(refused("not written like a code of this table"));
            }
            let mut label = || columns.next().filter(|label| !label.is_empty());
            let (fr, en) = (label().map(Into::into), label().map(Into::into));
            let entry = Entry {
                code: code.clone(),
                fr,
                en,
                version,
            };
            into.entry(table).or_default().insert(code, entry);
        }
    }
    Ok(())
}

fn written_as(form: &str, code: &str) -> bool {
    form.len() == code.len()
        && form.chars().zip(code.chars()).all(|(like, is)| match like {
            'A' => is.is_ascii_uppercase() || is.is_ascii_digit(),
            '9' => is.is_ascii_digit(),
            like => like == is,
        })
}

/// Sites, a tab, and the morphologies seen there: four digits, a stroke, and each behaviour.
fn read_sites(text: &str) -> HashMap<String, Arc<HashSet<String>>> {
    let mut sites = HashMap::new();
    let rows = text.lines().filter_map(|line| line.split_once('\t'));
    for (named, seen) in rows {
        let seen = seen
            .split(' ')
            .filter_map(|group| group.split_once('/'))
            .flat_map(|(histology, behaviours)| {
                let code = move |behaviour| format!("{histology}/{behaviour}");
                behaviours.chars().map(code)
            });
        let seen: Arc<HashSet<String>> = Arc::new(seen.collect());
        for site in named.split(' ') {
            sites.insert(site.to_owned(), Arc::clone(&seen));
        }
    }
    sites
}

#[cfg(test)]
mod tests;
