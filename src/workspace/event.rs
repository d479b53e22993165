//! What happened to a case, in words.

use super::page::Page;
use super::times;
use super::visitor::Visitor;
use crate::domain::transitions::Command;
use crate::service::timeline;

pub(super) struct Event {
    pub(super) what: String,
    pub(super) who: String,
    pub(super) at: String,
    pub(super) machine: String,
    pub(super) reason: Option<String>,
}

/// An entry of the timeline in the visitor's language and zone.
pub(super) fn event(visitor: &Visitor, page: &Page, entry: timeline::Entry) -> Event {
    Event {
        what: page.word("done", entry.command),
        who: match &entry.actor {
            Some(person) => format!(
                "{} · {}",
                person.name,
                page.word("relation", entry.relation)
            ),
            None => page.word("relation", entry.relation),
        },
        at: times::instant(visitor.language, entry.at, visitor.zone, visitor.now),
        machine: entry.at.to_rfc3339(),
        reason: reason(page, &entry)
            .or_else(|| said(&entry, "why").map(|why| page.name("why", why)))
            .or_else(|| said(&entry, "act").map(|act| step(page, act, &entry))),
    }
}

/// A step of the ladder, with what came of it.
fn step(page: &Page, act: &str, entry: &timeline::Entry) -> String {
    let outcome = said(entry, "outcome").unwrap_or_default();
    format!(
        "{} · {}",
        page.name("step", act),
        page.name("outcome-step", outcome)
    )
}

/// A text among the facts of an event.
fn said<'e>(entry: &'e timeline::Entry, fact: &str) -> Option<&'e str> {
    let text = entry.facts.get(fact).and_then(|fact| fact.as_str());
    text.filter(|text| !text.is_empty())
}

/// A reason as people read it: the words of its code, and what was written.
fn reason(page: &Page, entry: &timeline::Entry) -> Option<String> {
    let prefix = match entry.command {
        Command::Decline | Command::LeavePanel => "decline",
        Command::TakeOver => "takeover",
        Command::Refuse => "refusal",
        _ => "step",
    };
    let code = said(entry, "reason").map(|code| page.name(prefix, code));
    let words = said(entry, "words").map(ToOwned::to_owned);
    match (code, words) {
        (Some(code), Some(words)) => Some(format!("{code} : {words}")),
        (code, words) => code.or(words),
    }
}
