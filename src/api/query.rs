//! The query of a request: every bad or unknown parameter is named at once.

use std::borrow::Cow;
use std::str::FromStr;

use actix_web::HttpRequest;
use serde_json::Value;
use url::form_urlencoded;

use crate::domain::problems::FieldRule;
use crate::domain::text_enum::TextEnum;
use crate::http::{Kind, Problem};

/// The parameters of a query, being read.
pub(super) struct Parameters<'q> {
    pairs: Vec<(Cow<'q, str>, Cow<'q, str>)>,
    known: Vec<&'static str>,
    errors: Vec<Value>,
}

impl<'q> Parameters<'q> {
    /// The parameters of a request.
    pub(super) fn of(request: &'q HttpRequest) -> Self {
        Self {
            pairs: form_urlencoded::parse(request.query_string().as_bytes()).collect(),
            known: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The texts of a parameter that may be repeated.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let named = self.pairs.iter().filter(|(key, _)| key == name);
        named.map(|(_, value)| value.to_string()).collect()
    }

    /// The text of a parameter.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let mut texts = self.texts(name);
        if texts.len() > 1 {
            self.refuse(name, &FieldRule::Duplicate);
        }
        texts.pop()
    }

    /// A parameter of another type; `expected` says how it is written.
    pub(super) fn value<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            let expected = expected.to_owned();
            self.refuse(name, &FieldRule::Malformed { expected });
        }
        value
    }

    /// A member of an enumeration.
    pub(super) fn name<T: TextEnum>(&mut self, name: &'static str) -> Option<T> {
        let text = self.text(name)?;
        self.member(name, &text)
    }

    /// Members of an enumeration.
    pub(super) fn names<T: TextEnum>(&mut self, name: &'static str) -> Vec<T> {
        let texts = self.texts(name);
        texts
            .iter()
            .filter_map(|text| self.member(name, text))
            .collect()
    }

    fn member<T: TextEnum>(&mut self, name: &str, text: &str) -> Option<T> {
        let member = T::parse(text);
        if member.is_none() {
            self.refuse(name, &FieldRule::UnknownCode);
        }
        member
    }

    /// A value that must be there.
    pub(super) fn required<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Option<T> {
        let given = self.pairs.iter().any(|(key, _)| key == name);
        if !given {
            self.refuse(name, &FieldRule::Required);
        }
        self.value(name, expected)
    }

    /// Notes what is wrong with a parameter.
    pub(super) fn refuse(&mut self, name: &str, rule: &FieldRule) {
        let mut entry = serde_json::to_value(rule).unwrap_or_default();
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("parameter".into(), name.into());
            entry.insert("detail".into(), rule.in_words().into());
        }
        self.errors.push(entry);
    }

    /// Refuses the query if anything in it was not right.
    ///
    /// # Errors
    /// The bad parameters.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        let known = std::mem::take(&mut self.known);
        let pairs = std::mem::take(&mut self.pairs);
        for (name, _) in &pairs {
            if !known.iter().any(|known| known == name) {
                self.refuse(name, &FieldRule::UnknownField);
            }
        }
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::new(Kind::MalformedQuery).with("errors", Value::Array(self.errors)))
        }
    }
}

/// Refuses any parameter, for the addresses that take none.
///
/// # Errors
/// The unknown parameters.
pub(super) fn none(request: &HttpRequest) -> Result<(), Problem> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    Parameters::of(request).finish()
}
