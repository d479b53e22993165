//! A row of a list: what of a case is said there, and how it stands out.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::super::page::Page;
use super::super::times;
use super::super::visitor::Visitor;
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::outlook::Risk;
use crate::domain::turnaround::Urgency;
use crate::service::worklist::{Item, Scope};
use crate::service::{ServiceError, reference};

/// How an instant stands out.
pub(super) struct Due {
    pub(super) words: String,
    /// `late`, `soon`, `still` or nothing.
    pub(super) class: &'static str,
    /// In the reader's zone, and in the pool's where that differs.
    pub(super) instant: String,
    pub(super) elsewhere: Option<String>,
    pub(super) machine: String,
}

/// A row.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) reference: String,
    pub(super) question: String,
    pub(super) urgency: Option<(String, &'static str)>,
    pub(super) subspecialty: String,
    pub(super) from: String,
    pub(super) slides: i32,
    pub(super) state: String,
    pub(super) state_class: &'static str,
    pub(super) expert: String,
    pub(super) due: Option<Due>,
    /// Why it is late or will be.
    pub(super) risk: Option<String>,
    /// What stands for the case in a selection; none where nobody can be chosen any more.
    pub(super) pick: Option<String>,
    pub(super) picked: bool,
}

/// Names for the codes and identifiers of rows.
pub(super) struct Around {
    pub(super) people: HashMap<PersonId, String>,
    pub(super) laboratories: HashMap<String, String>,
    pub(super) zones: HashMap<String, Tz>,
    pub(super) subspecialties: Vec<(String, String)>,
    pub(super) territories: Vec<(String, String)>,
    /// What speaks against an answer in time.
    pub(super) risks: HashMap<CaseId, Risk>,
    /// What a coordinator has selected.
    pub(super) picked: Vec<CaseId>,
}

impl Around {
    pub(super) async fn read(
        visitor: &Visitor,
        people: HashMap<PersonId, String>,
    ) -> Result<Self, ServiceError> {
        let exchange = visitor.exchange();
        let data = &exchange.core.reference;
        let laboratories = reference::laboratories(exchange).await?;
        let zones = reference::networks(exchange)
            .await?
            .into_iter()
            .filter_map(|network| {
                let zone = data.territory(&network.territory).ok()?.zone;
                Some((network.id.to_string(), zone))
            })
            .collect();
        Ok(Self {
            people,
            laboratories: laboratories
                .into_iter()
                .map(|laboratory| (laboratory.id.to_string(), laboratory.name))
                .collect(),
            zones,
            subspecialties: visitor.subspecialties(),
            territories: visitor.territories(),
            risks: HashMap::new(),
            picked: Vec::new(),
        })
    }
}

/// A case as its row.
pub(super) fn row(
    visitor: &Visitor,
    frame: &Page,
    around: &Around,
    scope: Scope,
    item: Item,
) -> Row {
    let (state, state_class) = standing(frame, &item);
    let name_in = |list: &[(String, String)], code: &str| {
        list.iter()
            .find(|(known, _)| known == code)
            .map_or_else(String::new, |(_, name)| name.clone())
    };
    Row {
        href: format!("/cases/{}", item.id),
        urgency: match item.urgency {
            Urgency::Routine => None,
            urgent => Some((frame.word("urgency", urgent), "late")),
        },
        subspecialty: name_in(
            &around.subspecialties,
            item.subspecialty.as_deref().unwrap_or_default(),
        ),
        from: around
            .laboratories
            .get(&item.laboratory.to_string())
            .cloned()
            .unwrap_or_default(),
        slides: item.slide_count,
        state,
        state_class,
        expert: item
            .expert
            .filter(|_| scope != Scope::Expert)
            .and_then(|expert| around.people.get(&expert).cloned())
            .unwrap_or_default(),
        due: due(visitor, frame, around, scope, &item),
        risk: around
            .risks
            .get(&item.id)
            .map(|risk| frame.word("risk", *risk)),
        pick: (scope == Scope::Network && unopened(item.state))
            .then(|| format!("{}.{}", item.id, item.version)),
        picked: around.picked.contains(&item.id),
        question: if item.question.trim().is_empty() {
            frame.t("no-question")
        } else {
            item.question
        },
        reference: item.reference,
    }
}

/// Whether a coordinator may still decide who reads it.
fn unopened(state: CaseState) -> bool {
    matches!(state, CaseState::Submitted | CaseState::Offered)
}

/// Where a case stands, in words and in colour.
fn standing(frame: &Page, item: &Item) -> (String, &'static str) {
    if let Some(waiting) = item.waiting_for {
        let class = if waiting == WaitingFor::Routing {
            ""
        } else {
            "soon"
        };
        return (frame.word("waiting", waiting), class);
    }
    let class = match item.state {
        CaseState::Signed | CaseState::Acknowledged => "done",
        CaseState::Draft | CaseState::Closed | CaseState::Withdrawn | CaseState::Refused => "still",
        _ => "",
    };
    (frame.word("state", item.state), class)
}

/// When an answer is owed: the offer's end to who holds the offer, the opinion's due time to everybody else.
fn due(visitor: &Visitor, frame: &Page, around: &Around, scope: Scope, item: &Item) -> Option<Due> {
    if !item.state.is_open() {
        return None;
    }
    let pause = item.pauses.first().map(|pause| frame.word("pause", *pause));
    let offer = item.offer_expires_at.filter(|_| scope == Scope::Expert);
    let Some(at) = offer.or(item.due_at) else {
        return pause.map(|words| Due {
            words: frame.t("clock-still"),
            class: "still",
            instant: words,
            elsewhere: None,
            machine: String::new(),
        });
    };
    let (now, span) = (visitor.now, at - visitor.now);
    let told = times::span(visitor.language, span);
    let soon = item.warning_at.is_some_and(|warning| warning <= now);
    let (words, class) = match (offer.is_some(), span.num_seconds() < 0) {
        (true, false) => (
            frame.ts("answer-before", &told),
            if span.num_hours() < 1 { "soon" } else { "" },
        ),
        (_, true) => (frame.ts("late-by", &told), "late"),
        (false, false) => (frame.ts("due-in", &told), if soon { "soon" } else { "" }),
    };
    let pool = around.zones.get(&item.network.to_string()).copied();
    Some(Due {
        words,
        class,
        instant: times::instant(visitor.language, at, visitor.zone, now),
        elsewhere: pool.and_then(|zone| times::elsewhere(visitor.language, at, visitor.zone, zone)),
        machine: at.to_rfc3339(),
    })
}
