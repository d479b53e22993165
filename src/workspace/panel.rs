//! A panel on the page of its case: who sits on it, who has signed, and, once they are revealed, the readings beside each other.

use std::collections::HashMap;

use super::case_words::Text;
use super::opinion::{Snapshot, snapshots_shown};
use super::page::Page;
use super::texts::{Language, text};
use super::visitor::Visitor;
use super::{assigning, declared, times};
use crate::domain::ids::{LaboratoryId, SlideId};
use crate::domain::opinions::OpinionContent;
use crate::domain::panels::time::SeatLost;
use crate::domain::panels::{Alike, PanelAgreement, PanelPhase, SeatState, Stance};
use crate::domain::permissions::View;
use crate::domain::text_enum::TextEnum;
use crate::service::documents::CaseDocument;
use crate::service::panel_documents::{PanelDocument, SeatDocument};
use crate::service::reading_drafts::ReadingDraft;
use crate::service::{ServiceError, reading_drafts, reference};

/// A seat as the page shows it.
pub(super) struct Seat {
    pub(super) reader: String,
    pub(super) laboratory: String,
    pub(super) state: String,
    pub(super) class: &'static str,
    /// When it came to that.
    pub(super) at: String,
    /// Until when it is answered and read, each in words, and whether that is over.
    pub(super) ends: Vec<(String, &'static str)>,
    /// Why it was given or taken back.
    pub(super) reason: Option<String>,
    /// What its reader said of the consensus, or that it is still to come.
    pub(super) positions: Vec<Position>,
}

/// What a reader said of a version.
pub(super) struct Position {
    pub(super) word: String,
    pub(super) class: &'static str,
    /// Of which version and when.
    pub(super) about: String,
    pub(super) reason: Option<String>,
    /// Where the signed file is; none for what is still to come, and for who may not read it.
    pub(super) signed: Option<String>,
}

/// A reading as the page shows it.
pub(super) struct Reading {
    pub(super) reader: String,
    pub(super) at: String,
    /// What its time stamp says, where it has one or waits for one.
    pub(super) stamp: Option<String>,
    pub(super) concordance: Option<(String, &'static str)>,
    pub(super) codes: Vec<(String, String)>,
    pub(super) texts: Vec<Text>,
    /// Where the signed file is; none for what was not signed, and will not be.
    pub(super) signed: Option<String>,
    pub(super) snapshots: Vec<Snapshot>,
}

/// A panel as the page shows it.
pub(super) struct Panel {
    pub(super) phase: String,
    pub(super) class: &'static str,
    /// Who convened it and when, and the cycle where there were more.
    pub(super) about: String,
    pub(super) reason: Option<String>,
    pub(super) closed: Option<String>,
    pub(super) seats: Vec<Seat>,
    pub(super) agreement: Vec<String>,
    pub(super) readings: Vec<Reading>,
}

/// What the visitor had written for a panel that was closed before they signed: for themselves.
pub(super) async fn unsigned(
    visitor: &Visitor,
    case: &CaseDocument,
) -> Result<Option<ReadingDraft>, ServiceError> {
    let own = visitor.actor().person;
    let unsigned = |panel: &&PanelDocument| {
        let mut seats = panel.seats.iter();
        let sits = seats.any(|one| one.reader.id == own && one.state == SeatState::Accepted);
        sits && panel.phase != PanelPhase::Blind && panel.cycle == case.turnaround.cycle
    };
    if case.panels.last().filter(unsigned).is_none() {
        return Ok(None);
    }
    let draft = reading_drafts::own(visitor.exchange(), visitor.actor(), case.id).await?;
    Ok(Some(draft).filter(|draft| draft.version > 0))
}

/// The panels of a case, the last one first; `unsigned` is what the visitor had written for that one.
pub(super) fn panels(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
    unsigned: Option<&ReadingDraft>,
) -> Vec<Panel> {
    let slides = declared::slides(case);
    let each = case.panels.iter().rev();
    let mut all: Vec<Panel> = each
        .map(|one| panel(visitor, page, case, one, &slides))
        .collect();
    if let Some((panel, draft)) = all.first_mut().zip(unsigned) {
        let at = draft.kept_at.unwrap_or(visitor.now);
        panel.readings.push(Reading {
            reader: visitor.me.name.clone(),
            at: times::instant(visitor.language, at, visitor.zone, visitor.now),
            stamp: Some(page.t("panel-unsigned")),
            signed: None,
            ..said(page, &draft.content, &slides)
        });
    }
    all
}

fn panel(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
    panel: &PanelDocument,
    slides: &[(SlideId, String)],
) -> Panel {
    let at = |at| times::instant(visitor.language, at, visitor.zone, visitor.now);
    let mut about = format!("{} · {}", panel.convened_by.name, at(panel.convened_at));
    if case.turnaround.cycle > 1 {
        about = format!("{about} · {}", page.tn("cycle", panel.cycle));
    }
    let closed = panel.closed_by.as_ref().map(|by| {
        let reason = panel.closed_reason.as_deref().unwrap_or_default();
        format!("{} : {reason}", by.name)
    });
    let reads = |seat: &SeatDocument| reading(visitor, page, case, seat, slides);
    Panel {
        phase: page.word("panel-phase", panel.phase),
        class: match panel.phase.as_str() {
            "blind" => "still",
            _ => "done",
        },
        about,
        reason: panel.reason.clone(),
        closed,
        seats: panel
            .seats
            .iter()
            .map(|one| seat(visitor, page, case, one))
            .collect(),
        agreement: panel
            .agreement
            .as_ref()
            .map(|one| agreement(page, one))
            .unwrap_or_default(),
        readings: panel.seats.iter().filter_map(reads).collect(),
    }
}

fn seat(visitor: &Visitor, page: &Page, case: &CaseDocument, seat: &SeatDocument) -> Seat {
    let since = seat.answered_at.unwrap_or(seat.invited_at);
    let reason = seat.reason.as_deref().map(|code| {
        let comment = seat.comment.as_deref().map(|words| format!(" : {words}"));
        let of = match SeatLost::parse(code) {
            Some(_) => "why",
            None => "decline",
        };
        page.name(of, code) + &comment.unwrap_or_default()
    });
    let ends = [
        ("seat-answer-by", seat.answer_by),
        ("seat-due", seat.due_at),
        ("seat-reminded", seat.reminded_at),
    ];
    let ends = ends.into_iter().filter_map(|(key, at)| {
        let at = at?;
        let told = times::instant(visitor.language, at, visitor.zone, visitor.now);
        let late = key != "seat-reminded" && at <= visitor.now;
        Some((
            page.ts(key, &told),
            if late { "late-text" } else { "quiet" },
        ))
    });
    Seat {
        reader: seat.reader.name.clone(),
        laboratory: seat
            .laboratory
            .as_ref()
            .map(|one| one.name.clone())
            .unwrap_or_default(),
        state: page.word("seat", seat.state),
        class: match seat.state {
            SeatState::Signed => "done",
            SeatState::Invited => "soon",
            SeatState::Freed => "late",
            SeatState::Accepted | SeatState::Declined | SeatState::Replaced => "still",
        },
        at: times::instant(visitor.language, since, visitor.zone, visitor.now),
        ends: ends.collect(),
        reason,
        positions: positions(visitor, page, case, seat),
    }
}

fn positions(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
    seat: &SeatDocument,
) -> Vec<Position> {
    let said = seat.positions.iter().map(|one| {
        let at = times::instant(visitor.language, one.signed_at, visitor.zone, visitor.now);
        let mut about = format!("{} · {at}", page.tn("version", one.version));
        if let Some(stamp) = &one.timestamp {
            about = format!("{about} · {}", super::case::stamp(visitor, page, stamp));
        }
        let reads = case.view == View::Full;
        Position {
            word: page.word("stance", one.stance),
            class: match one.stance {
                Stance::Cosigned => "done",
                Stance::Dissented => "late",
            },
            about,
            reason: one.reason.clone(),
            signed: reads.then(|| format!("/cases/{}/positions/{}/signed", case.id, one.id)),
        }
    });
    let awaited = seat.position_awaited.then(|| Position {
        word: page.t("position-awaited"),
        class: "soon",
        about: String::new(),
        reason: None,
        signed: None,
    });
    said.chain(awaited).collect()
}

fn reading(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
    seat: &SeatDocument,
    slides: &[(SlideId, String)],
) -> Option<Reading> {
    let reading = seat.reading.as_ref()?;
    Some(Reading {
        snapshots: snapshots_shown(page, case, &case.snapshots, &reading.content.snapshots),
        reader: seat.reader.name.clone(),
        at: times::instant(
            visitor.language,
            reading.signed_at,
            visitor.zone,
            visitor.now,
        ),
        stamp: Some(match &reading.timestamp {
            Some(one) => super::case::stamp(visitor, page, one),
            None => page.t("stamp-none"),
        }),
        signed: Some(format!("/cases/{}/readings/{}/signed", case.id, reading.id)),
        ..said(page, &reading.content, slides)
    })
}

/// What a reading says, without whose it is and when.
fn said(page: &Page, content: &OpinionContent, slides: &[(SlideId, String)]) -> Reading {
    let texts = declared::told(page, content, slides);
    Reading {
        reader: String::new(),
        at: String::new(),
        stamp: None,
        signed: None,
        snapshots: Vec::new(),
        concordance: content
            .concordance
            .map(|one| (page.word("concordance", one), super::case::class_of(one))),
        codes: content
            .codes()
            .map(|(_, field, typed)| (page.name("opinion-field", field), typed.to_owned()))
            .collect(),
        texts: texts
            .into_iter()
            .map(|(heading, words)| Text { heading, words })
            .collect(),
    }
}

/// How far the readings say the same, in each respect.
fn agreement(page: &Page, said: &PanelAgreement) -> Vec<String> {
    let respects = [
        (page.t("panel-respect-concordance"), said.concordance),
        (page.t("panel-respect-lesion"), said.lesion),
        (page.t("panel-respect-morphology"), said.morphology),
    ];
    let told = respects.into_iter();
    told.filter_map(|(respect, alike)| Some(alike_in(page.language, respect, alike?)))
        .collect()
}

/// The same of one respect: all, none, or how many comparisons of two readings.
fn alike_in(language: Language, respect: String, said: Alike) -> String {
    let (key, n) = match said.alike {
        0 => ("panel-alike-none", said.readings),
        all if all == said.pairs => ("panel-alike-all", said.readings),
        some => ("panel-alike-some", some),
    };
    let values = [
        ("x", respect.into()),
        ("n", n.into()),
        ("pairs", said.pairs.into()),
    ];
    text(language, key, &values)
}

/// Whom a coordinator may ask to read beside who holds the case, each with where they work.
pub(super) async fn choices(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
) -> Result<Vec<(String, String)>, ServiceError> {
    let all = reference::laboratories(visitor.exchange()).await?;
    let named: HashMap<LaboratoryId, &str> =
        all.iter().map(|one| (one.id, one.name.as_str())).collect();
    let holder = case.expert.as_ref().map(|expert| expert.id);
    let experts = assigning::experts(visitor, case.network.id).await?;
    let others = experts.iter().filter(|one| Some(one.id) != holder);
    let each = others.map(|expert| {
        let (id, label) = assigning::choice(visitor, page, expert);
        let works_in = expert.laboratories.iter().filter_map(|one| named.get(one));
        let places: String = works_in.map(|name| format!(" · {name}")).collect();
        (id, label + &places)
    });
    Ok(each.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_said_in_words_that_bend() {
        let say = |language, readings, pairs, alike| {
            let said = Alike {
                readings,
                pairs,
                alike,
            };
            alike_in(language, "Concordance".into(), said)
        };
        let french = |readings, pairs, alike| say(Language::French, readings, pairs, alike);
        assert_eq!(
            french(2, 1, 0),
            "Concordance\u{a0}: les deux lectures diffèrent"
        );
        assert_eq!(
            french(2, 1, 1),
            "Concordance\u{a0}: les deux lectures disent la même chose"
        );
        assert_eq!(
            french(3, 3, 3),
            "Concordance\u{a0}: les 3 lectures disent la même chose"
        );
        assert_eq!(
            french(3, 3, 1),
            "Concordance\u{a0}: comparées deux à deux, les lectures s’accordent 1 fois sur 3"
        );
        let english = |readings, pairs, alike| say(Language::English, readings, pairs, alike);
        assert_eq!(english(2, 1, 0), "Concordance: the two readings differ");
        assert_eq!(
            english(3, 3, 1),
            "Concordance: compared two by two, the readings agree once in 3"
        );
        assert_eq!(
            english(4, 6, 0),
            "Concordance: each of the 4 readings says something else"
        );
    }
}
