//! Which codes are near to what was typed: the beginning of a code, or words of its label, diacritics and slips forgiven.

use std::collections::{HashMap, HashSet};

use super::{CodeSystem, CodeTable, CodeTables, Coded, Entry, Listed, PARTS, compact, words};

/// Words that tell nothing apart.
const EMPTY: [&str; 16] = [
    "a", "and", "au", "avec", "d", "de", "des", "du", "et", "in", "l", "la", "le", "les", "of",
    "the",
];
/// How many letters of a word may be wrong, by its length.
const fn slips(length: usize) -> usize {
    match length {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

impl CodeTables {
    /// The codes nearest to what was typed, the best first. At a `site` the morphologies that were seen there come first.
    pub fn search(
        &self,
        system: CodeSystem,
        typed: &str,
        site: Option<&str>,
        most: usize,
    ) -> Vec<Coded> {
        let table = match system {
            CodeSystem::Adicap => return self.search_adicap(typed, most),
            CodeSystem::Topography => CodeTable::Topography,
            CodeSystem::Morphology => CodeTable::Morphology,
        };
        let Some(listed) = self.listed(table) else {
            return Vec::new();
        };
        let site = site.and_then(|site| self.resolve(CodeSystem::Topography, site));
        let seen = site.and_then(|site| self.sites.get(&site.code));
        let found = match listed.beginning(typed) {
            by_code if by_code.is_empty() => listed.matching(typed, seen.map(AsRef::as_ref)),
            by_code => by_code,
        };
        let coded = |entry: &Entry| entry.coded(system, entry.code.clone());
        found.into_iter().take(most).map(coded).collect()
    }

    /// Completes the code that was begun, part by part; otherwise looks for the words in every part.
    fn search_adicap(&self, typed: &str, most: usize) -> Vec<Coded> {
        let (begun, rest) = typed
            .trim()
            .split_once(' ')
            .unwrap_or_else(|| (typed.trim(), ""));
        let mut found = self.completions(&begun.to_ascii_uppercase(), rest);
        // Words after the beginning of a code are meant for what comes next in it.
        let narrowed = !rest.is_empty() && !found.is_empty();
        let elsewhere = [
            CodeTable::Lesion,
            CodeTable::Organ,
            CodeTable::Sampling,
            CodeTable::Technique,
        ];
        for table in elsewhere.into_iter().filter(|_| !narrowed) {
            let matching = self
                .listed(table)
                .map(|listed| listed.matching(typed, None));
            for entry in matching.into_iter().flatten() {
                let code = placed("????????", table, &entry.code);
                found.push(entry.coded(CodeSystem::Adicap, code));
            }
        }
        let mut known = HashSet::new();
        found.retain(|one| known.insert(one.code.clone()));
        found.truncate(most);
        found
    }

    /// What the first unfinished or wrong part of a code may be; words after the code narrow it.
    fn completions(&self, begun: &str, words: &str) -> Vec<Coded> {
        let written = |c: char| c.is_ascii_alphanumeric() || c == '?';
        if begun.is_empty() || begun.len() > 8 || !begun.chars().all(written) {
            return Vec::new();
        }
        let pattern = format!("{begun:?<8}");
        let mut known = None;
        for (table, from, to) in PARTS {
            let part = pattern.get(from..to).unwrap_or_default();
            let Some(listed) = self.listed(table) else {
                continue;
            };
            if let Some(entry) = self.part(table, &pattern, part) {
                known = Some(entry);
                continue;
            }
            let begins = part.trim_end_matches('?');
            let organ = pattern.get(2..4).unwrap_or_default();
            let fits = |entry: &&Entry| {
                let own = entry.code.len() == 6;
                let lesion = entry.code.strip_prefix(organ).filter(|_| own);
                lesion
                    .or_else(|| (!own).then_some(entry.code.as_str()))
                    .is_some_and(|code| code.starts_with(begins))
            };
            let mut found: Vec<&Entry> = if words.is_empty() {
                listed.entries.iter().filter(fits).collect()
            } else {
                let found = listed.matching(words, None);
                found.into_iter().filter(fits).collect()
            };
            // A whole part that is wrong: those that differ least. Words are no code that went wrong.
            if found.is_empty() && begun.len() == 8 && begins.len() == part.len() {
                found = listed.entries.iter().collect();
                let differ = |code: &str| {
                    code.chars()
                        .zip(part.chars())
                        .filter(|(a, b)| a != b)
                        .count()
                };
                found.retain(|entry| entry.code.len() == part.len());
                found.sort_by_key(|entry| differ(&entry.code));
            }
            let coded = |entry: &Entry| {
                entry.coded(CodeSystem::Adicap, placed(&pattern, table, &entry.code))
            };
            return found.into_iter().map(coded).collect();
        }
        // Right as far as the tables go: what the last part stands for.
        let known = known.filter(|_| pattern.contains('?'));
        let coded = known.map(|entry| entry.coded(CodeSystem::Adicap, pattern.clone()));
        coded.into_iter().collect()
    }
}

/// A pattern with a part of it filled in; a lesion of one organ brings the organ with it.
fn placed(pattern: &str, table: CodeTable, code: &str) -> String {
    let (from, to) = PARTS
        .iter()
        .find(|(part, ..)| *part == table)
        .map_or((0, 0), |(_, from, to)| {
            (to - code.len().min(*to), *to).min((*from, *to))
        });
    let (before, after) = (pattern.get(..from), pattern.get(to..));
    format!(
        "{}{code}{}",
        before.unwrap_or_default(),
        after.unwrap_or_default()
    )
}

impl Listed {
    /// The codes that begin like what was typed, or like as much of it as any does.
    fn beginning(&self, typed: &str) -> Vec<&Entry> {
        let mut begun = compact(typed);
        let digits = begun.chars().filter(char::is_ascii_digit).count();
        if digits == 0 || digits + 1 < begun.len() {
            return Vec::new();
        }
        if self
            .by_code
            .keys()
            .next()
            .is_some_and(|code| !code.starts_with('C'))
        {
            begun = begun.trim_start_matches('M').to_owned();
        }
        while begun.len() >= 2 {
            let like = |entry: &&Entry| compact(&entry.code).starts_with(&begun);
            let found: Vec<&Entry> = self.entries.iter().filter(like).collect();
            if !found.is_empty() {
                return found;
            }
            begun.pop();
        }
        Vec::new()
    }

    /// The entries whose labels have the words that were typed, as many of them as any entry has.
    fn matching(&self, typed: &str, seen: Option<&HashSet<String>>) -> Vec<&Entry> {
        let typed: Vec<Vec<char>> = words(typed)
            .filter(|word| !EMPTY.contains(&word.iter().collect::<String>().as_str()))
            .collect();
        // For each entry how many words it has, and how well.
        let mut found: HashMap<usize, (usize, usize)> = HashMap::new();
        for word in &typed {
            let mut best: HashMap<usize, usize> = HashMap::new();
            for (known, having) in &self.words {
                let Some(cost) = cost(word, known) else {
                    continue;
                };
                for at in having {
                    let kept = best.entry(*at).or_insert(cost);
                    *kept = cost.min(*kept);
                }
            }
            for (at, cost) in best {
                let (count, sum) = found.entry(at).or_default();
                (*count, *sum) = (*count + 1, *sum + cost);
            }
        }
        let most = found.values().map(|(count, _)| *count).max();
        let mut ranked: Vec<_> = found
            .into_iter()
            .filter(|(_, (count, _))| Some(*count) == most)
            .filter_map(|(at, (_, cost))| Some((cost, self.entries.get(at)?)))
            .collect();
        ranked.sort_by_key(|(cost, entry)| {
            let unseen = seen.is_some_and(|seen| !seen.contains(&entry.code));
            let length = entry.fr.as_ref().map_or(0, |label| label.chars().count());
            (unseen, *cost, length, entry.code.as_str())
        });
        ranked.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// How far a typed word is from a known one or its beginning; none when too far.
fn cost(typed: &[char], known: &[char]) -> Option<usize> {
    if typed == known {
        return Some(0);
    }
    if known.starts_with(typed) {
        return Some(1);
    }
    let most = slips(typed.len());
    (most > 0)
        .then(|| distance(typed, known, most).map(|wrong| 1 + 3 * wrong))
        .flatten()
}

/// Letters left out, put in, replaced or swapped that make `typed` of the beginning of `known`; none beyond `most`.
fn distance(typed: &[char], known: &[char], most: usize) -> Option<usize> {
    const FAR: usize = usize::MAX >> 1;
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(FAR);
    let known = known.get(..typed.len() + most).unwrap_or(known);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=known.len()).collect();
    let mut last = None;
    for (line, letter) in typed.iter().enumerate() {
        let mut next = vec![line + 1];
        let mut left = None;
        for (column, other) in known.iter().enumerate() {
            let replaced = at(&row, column) + usize::from(letter != other);
            let one_more = at(&row, column + 1).min(at(&next, column)) + 1;
            let swapped = (last == Some(other) && left == Some(letter) && column > 0)
                .then(|| at(&before, column - 1) + 1);
            next.push(replaced.min(one_more).min(swapped.unwrap_or(FAR)));
            left = Some(other);
        }
        if next.iter().all(|wrong| *wrong > most) {
            return None;
        }
        last = Some(letter);
        before = std::mem::replace(&mut row, next);
    }
    row.into_iter().min().filter(|wrong| *wrong <= most)
}
