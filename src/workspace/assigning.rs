//! Why a case went to this expert and not to another, and whom a coordinator may choose.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::page::Page;
use super::visitor::Visitor;
use super::{times, work_words};
use crate::domain::ids::NetworkId;
use crate::domain::text_enum::TextEnum;
use crate::service::ServiceError;
use crate::service::documents::CaseDocument;
use crate::service::reference::{self, ExpertDocument};

/// What the rules said of one expert.
pub(super) struct Consideration {
    /// Name.
    pub(super) name: String,
    /// Whether the case went to them.
    pub(super) chosen: bool,
    /// When they would have answered.
    pub(super) answer: String,
    /// Their share of the work, where it was weighed.
    pub(super) work: String,
    /// What spoke against them; nothing when they could have had it.
    pub(super) against: String,
}

/// The experts of a pool with their load, for who coordinates it.
pub(super) async fn experts(
    visitor: &Visitor,
    network: NetworkId,
) -> Result<Vec<ExpertDocument>, ServiceError> {
    match reference::experts(visitor.exchange(), visitor.actor(), network).await {
        Err(ServiceError::NotFound) => Ok(Vec::new()),
        other => other,
    }
}

/// What each rule said of each candidate when the case went to the expert who has it; those of other networks whom a rule kept
/// from it are counted together.
pub(super) async fn considered(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
) -> Result<Vec<Consideration>, ServiceError> {
    // Of a case that nobody has, the page says why nobody can have it.
    if case.expert.is_none() {
        return Ok(Vec::new());
    }
    let Some((last, explanation)) = case.assignments.iter().rev().find_map(|one| {
        one.explanation
            .as_ref()
            .map(|explanation| (one, explanation))
    }) else {
        return Ok(Vec::new());
    };
    let names: HashMap<String, String> = experts(visitor, case.network.id)
        .await?
        .into_iter()
        .map(|expert| (expert.id.to_string(), expert.name))
        .collect();
    let chosen = last.expert.id.to_string();
    let all = explanation.get("considered").and_then(Value::as_array);
    let (own, elsewhere): (Vec<&Value>, Vec<&Value>) = all.into_iter().flatten().partition(|one| {
        let expert = one.get("expert").and_then(Value::as_str);
        let expert = expert.unwrap_or_default();
        names.contains_key(expert) || expert == chosen || rules(one).next().is_none()
    });
    let mut said: Vec<Consideration> = own
        .into_iter()
        .map(|one| consideration(visitor, page, &names, &chosen, one))
        .collect();
    said.extend(together(page, &elsewhere));
    Ok(said)
}

/// The rules that spoke against a candidate.
fn rules(one: &Value) -> impl Iterator<Item = &str> {
    let against = one.get("against").and_then(Value::as_array);
    against.into_iter().flatten().filter_map(Value::as_str)
}

/// What kept the experts of other networks from the case, each rule with how many.
fn together(page: &Page, elsewhere: &[&Value]) -> Option<Consideration> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in elsewhere.iter().flat_map(|one| rules(one)) {
        *counts.entry(rule).or_default() += 1;
    }
    let against: Vec<String> = counts
        .into_iter()
        .map(|(rule, count)| format!("{} ({count})", page.name("rule", rule)))
        .collect();
    (!elsewhere.is_empty()).then(|| Consideration {
        name: page.tn("experts-elsewhere", elsewhere.len()),
        chosen: false,
        answer: String::new(),
        work: String::new(),
        against: against.join(", "),
    })
}

fn consideration(
    visitor: &Visitor,
    page: &Page,
    names: &HashMap<String, String>,
    chosen: &str,
    one: &Value,
) -> Consideration {
    let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
    let against: Vec<String> = rules(one).map(|rule| page.name("rule", rule)).collect();
    Consideration {
        name: names
            .get(text("expert"))
            .cloned()
            .unwrap_or_else(|| page.t("expert-elsewhere")),
        chosen: text("expert") == chosen,
        answer: text("expected_answer_at")
            .parse()
            .map(|at| times::instant(visitor.language, at, visitor.zone, visitor.now))
            .unwrap_or_default(),
        work: one
            .get("work_share")
            .and_then(Value::as_u64)
            .and_then(|share| u32::try_from(share).ok())
            .map(|share| work_words::percent(page, share))
            .unwrap_or_default(),
        against: against.join(", "),
    }
}

/// Why nobody is eligible: how many candidates each rule spoke against.
pub(super) fn unrouted(page: &Page, reasons: Option<&Value>) -> Vec<String> {
    let Some(reasons) = reasons else {
        return Vec::new();
    };
    let count = |value: &Value| value.as_i64().unwrap_or(0);
    let considered = reasons.get("considered").map_or(0, count);
    let mut said = vec![page.tn("unrouted-considered", considered)];
    let each = reasons.get("reasons");
    let pairs: Vec<(String, i64)> = match each {
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(|pair| {
                let rule = pair.get(0).or_else(|| pair.get("rule"))?.as_str()?;
                let number = pair.get(1).or_else(|| pair.get("experts"))?;
                Some((rule.to_owned(), count(number)))
            })
            .collect(),
        Some(Value::Object(all)) => all
            .iter()
            .map(|(rule, number)| (rule.clone(), count(number)))
            .collect(),
        _ => Vec::new(),
    };
    said.extend(
        pairs
            .into_iter()
            .map(|(rule, number)| format!("{} ({number})", page.name("rule", &rule))),
    );
    said
}

/// What was asked for, in words: a shipment is kept as JSON.
pub(super) fn shipment(detail: &str) -> String {
    let Ok(Value::Object(parts)) = serde_json::from_str(detail) else {
        return detail.to_owned();
    };
    let items = parts
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let part = |name: &str| parts.get(name).and_then(Value::as_str).unwrap_or_default();
    [items.as_str(), part("carrier"), part("tracking")]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// An expert in a list to choose from: field, load, absence.
pub(super) fn choice(visitor: &Visitor, page: &Page, expert: &ExpertDocument) -> (String, String) {
    let field = super::case_words::named(
        &visitor.subspecialties(),
        Some(&expert.primary_subspecialty),
    );
    let away = expert
        .absences
        .iter()
        .find(|absence| absence.starts_at <= visitor.now && visitor.now < absence.ends_at)
        .map(|absence| {
            let until =
                times::instant(visitor.language, absence.ends_at, visitor.zone, visitor.now);
            format!(" · {}", page.ts("away-until", &until))
        })
        .unwrap_or_default();
    let waiting = expert.open_cases.saturating_sub(expert.standing_still);
    let label = format!(
        "{} · {field} · {waiting}/{}{away}",
        expert.name, expert.capacity_per_day
    );
    (expert.id.to_string(), label)
}

/// The members of a vocabulary as choices.
pub(super) fn members<E: TextEnum>(page: &Page, prefix: &str) -> Vec<(String, String)> {
    E::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), page.word(prefix, *one)))
        .collect()
}
