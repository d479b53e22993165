//! Mails and jobs: what waits, what was given up and why, and the button that tries again.

use actix_web::{HttpRequest, web};

use super::super::form::{Fields, Sent};
use super::super::page::Page;
use super::super::respond::{Answer, to};
use super::super::texts::text;
use super::super::times;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row, address};
use super::record::Field;
use super::{by, crumbs, frame};
use crate::domain::ids::OutboxId;
use crate::domain::permissions::realm;
use crate::domain::text_enum::TextEnum;
use crate::service::ServiceError;
use crate::service::administration::messages::{
    self, MessageItem, MessagePage, MessageQuery, OutboxState,
};
use crate::service::outbox;

/// Where messages are listed.
pub(super) const HERE: &str = "/administration/messages";

/// The list.
pub(in crate::workspace) async fn list(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let query = MessageQuery {
        states: OutboxState::parse(asked.get("state")).into_iter().collect(),
        words: asked.given("q").map(ToOwned::to_owned),
        cursor: asked.given("cursor").map(ToOwned::to_owned),
    };
    let found = messages::list(visitor.exchange(), visitor.actor(), query).await?;
    let mut page = frame(&visitor, text(visitor.language, "admin-messages", &[]));
    page.take_notice(&asked);
    let states = OutboxState::ALL.iter();
    let states = states.map(|state| (state.to_string(), page.word("message", *state)));
    let mut search = vec![
        Field::line("q", page.t("message-search"), asked.get("q")).kind("search"),
        Field::select(
            &page,
            "state",
            page.t("column-state"),
            asked.get("state"),
            states.collect(),
        ),
    ];
    for field in &mut search {
        field.first = page.t("any");
    }
    let lead = counted(&page, &found);
    let whole = realm(visitor.actor()).is_some_and(|realm| realm.is_whole());
    let list = Listing {
        crumbs: crumbs(&page, None),
        lead,
        here: HERE.to_owned(),
        add: None,
        columns: [
            "message-what",
            "message-to",
            "column-state",
            "message-when",
            "message-error",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: found
            .items
            .iter()
            .map(|item| row(&visitor, &page, whole, item))
            .collect(),
        empty: page.t("message-none"),
        more: found
            .next
            .as_ref()
            .map(|cursor| address(HERE, &search, cursor)),
        search,
        page,
    };
    list.answer()
}

/// How many there are in each state.
fn counted(page: &Page, found: &MessagePage) -> String {
    if found.counts.is_empty() {
        return page.t("messages-of-network");
    }
    let counts = found.counts.iter();
    let told = counts.map(|one| format!("{} ({})", page.word("message", one.state), one.messages));
    told.collect::<Vec<_>>().join(" · ")
}

/// Where a message stands.
pub(super) fn state(page: &Page, state: OutboxState) -> Cell {
    let class = match state {
        OutboxState::Dead => "late",
        OutboxState::Done => "done",
        OutboxState::Ready | OutboxState::Leased | OutboxState::Aside | OutboxState::Unsent => {
            "still"
        }
    };
    Cell::marked(page.word("message", state), class)
}

fn row(visitor: &Visitor, page: &Page, whole: bool, item: &MessageItem) -> Row {
    let at = |instant| times::instant(visitor.language, instant, visitor.zone, visitor.now);
    let what = match item.kind {
        Some(kind) => page.word("notification", kind),
        None => page.word("topic", item.topic),
    };
    let when = item.finished_at.unwrap_or(item.due_at);
    let tries = page.tn("message-tries", item.attempts);
    let error = item
        .last_error
        .iter()
        .cloned()
        .chain((item.attempts > 0).then_some(tries));
    let dead = item.state == OutboxState::Dead;
    Row {
        name: what,
        cells: vec![
            Cell::all(item.to.iter().map(|to| to.name.clone()).collect()),
            state(page, item.state),
            Cell::of(at(when)),
            Cell::all(error.collect()),
        ],
        act: (dead && whole)
            .then(|| (format!("{HERE}/{}/retry", item.id), page.t("message-retry"))),
        ..Row::default()
    }
}

/// Puts a message that was given up back.
pub(in crate::workspace) async fn retry(sent: Sent, id: web::Path<OutboxId>) -> Answer {
    let visitor = sent.visitor;
    match outbox::retry(visitor.exchange(), &by(&visitor), *id).await {
        // Pressed twice, or in another window: it is on its way, as was asked.
        Ok(()) | Err(ServiceError::NotFound) => Ok(to(&format!("{HERE}?done=done-message"))),
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::administration::messages::Topic;
    use crate::texts::Language;

    #[test]
    fn every_state_and_kind_of_a_message_has_its_words() {
        let states = OutboxState::ALL
            .iter()
            .map(|state| format!("message-{state}"));
        let topics = Topic::ALL.iter().map(|topic| format!("topic-{topic}"));
        for key in states.chain(topics) {
            for language in [Language::French, Language::English] {
                assert_ne!(text(language, &key, &[]), key, "{language:?}");
            }
        }
    }
}
