//! Synoptic templates: what a report on an organ has to say, element by element, as data with their source.
//!
//! A measure is kept as a whole number of its smallest unit, so that what is signed has one canonical form; people read and type it
//! in the unit they know. A template that changes gets another version: what was signed with an earlier one carries its own words.

mod templates;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::commands::TextCheck;
use super::problems::{FieldProblem, FieldRule};

pub use templates::{Element, Kind, Measure, Template, Templates, TemplatesError, Word};

/// Most elements that are answered.
const ANSWERS_MAX: usize = 100;
/// Longest name of a template, an element or an option, in characters.
const NAME_MAX: usize = 60;
/// Longest text of an element, in characters.
const TEXT_MAX: usize = 1000;

/// The answers to a template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synoptic {
    /// The template.
    pub template: String,
    /// Its version.
    pub version: u32,
    /// By the names of its elements.
    #[serde(default)]
    pub answers: BTreeMap<String, Answer>,
}

/// What is said of an element. A draft may hold words in the place of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A measure, in its smallest unit.
    Number(i64),
    /// An option, or a text.
    Text(String),
    /// Several options.
    Several(Vec<String>),
}

/// A template's answers in words, as they were signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynopticSaid {
    /// What the template is called, in French.
    pub fr: String,
    /// In English.
    pub en: String,
    /// What it follows.
    pub source: String,
    /// The elements that were answered, in the template's order.
    pub elements: Vec<ElementSaid>,
}

/// An element with its answer, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElementSaid {
    /// Its name among the answers.
    pub id: String,
    /// What it is called, in French.
    pub fr: String,
    /// In English.
    pub en: String,
    /// The answer, in French.
    pub said_fr: String,
    /// In English.
    pub said_en: String,
}

impl Synoptic {
    /// What makes the answers unfit to be kept even as a draft: too many or too long ones.
    pub fn draft_problems(&self) -> Vec<FieldProblem> {
        let mut check = TextCheck::default();
        check.at_most("/synoptic/template", &self.template, NAME_MAX);
        if self.answers.len() > ANSWERS_MAX {
            let rule = FieldRule::TooLong { max: ANSWERS_MAX };
            return vec![FieldProblem::new("/synoptic/answers", rule)];
        }
        for (name, answer) in &self.answers {
            let at = pointer(name);
            if name.chars().count() > NAME_MAX {
                let rule = FieldRule::UnknownField;
                return vec![FieldProblem::new("/synoptic/answers", rule)];
            }
            match answer {
                Answer::Number(_) => {}
                Answer::Text(text) => check.at_most(at, text, TEXT_MAX),
                Answer::Several(options) if options.len() > ANSWERS_MAX => {
                    let rule = FieldRule::TooLong { max: ANSWERS_MAX };
                    check.problems.push(FieldProblem::new(at, rule));
                }
                Answer::Several(options) => {
                    for option in options {
                        check.at_most(at.clone(), option, NAME_MAX);
                    }
                }
            }
        }
        check.problems
    }
}

/// Where the answer to an element stands within an opinion.
pub fn pointer(element: &str) -> String {
    // RFC 6901, section 3.
    let escaped = element.replace('~', "~0").replace('/', "~1");
    format!("/synoptic/answers/{escaped}")
}

impl Templates {
    /// What keeps the answers from being signed: an unknown template or element, an answer of another kind, a required one that is
    /// missing.
    pub fn problems(&self, synoptic: &Synoptic) -> Vec<FieldProblem> {
        let Some(template) = self.find(&synoptic.template, synoptic.version) else {
            return vec![FieldProblem::new(
                "/synoptic/template",
                FieldRule::UnknownCode,
            )];
        };
        let known: BTreeSet<&str> = template
            .elements
            .iter()
            .map(|one| one.id.as_str())
            .collect();
        let unknown = synoptic
            .answers
            .keys()
            .filter(|name| !known.contains(name.as_str()))
            .map(|name| (name.as_str(), FieldRule::UnknownField));
        let wrong = template.elements.iter().filter_map(|element| {
            let rule = element.problem(synoptic.answers.get(&element.id))?;
            Some((element.id.as_str(), rule))
        });
        wrong
            .chain(unknown)
            .map(|(name, rule)| FieldProblem::new(pointer(name), rule))
            .collect()
    }

    /// The answers in words; nothing for a template that is not there.
    pub fn said(&self, synoptic: &Synoptic) -> Option<SynopticSaid> {
        let template = self.find(&synoptic.template, synoptic.version)?;
        let elements = template.elements.iter().filter_map(|element| {
            let answer = synoptic.answers.get(&element.id);
            let answer = answer.filter(|answer| !templates::is_empty(answer))?;
            let (said_fr, said_en) = element.said(answer);
            Some(ElementSaid {
                id: element.id.clone(),
                fr: element.fr.clone(),
                en: element.en.clone(),
                said_fr,
                said_en,
            })
        });
        Some(SynopticSaid {
            fr: template.fr.clone(),
            en: template.en.clone(),
            source: template.source.clone(),
            elements: elements.collect(),
        })
    }
}

#[cfg(test)]
mod tests;
