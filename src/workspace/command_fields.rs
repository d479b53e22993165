//! What each command asks, and what its fields offer to choose from.

use super::assigning::{choice, experts, members};
use super::page::Page;
use super::panel;
use super::visitor::Visitor;
use crate::domain::cases::{
    Acknowledgement, AncillaryKind, DeclineReason, InformationKind, OutcomeVerdict, RefusalReason,
    TakeoverReason,
};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{ClockRule, Command, transition};
use crate::domain::turnaround::Urgency;
use crate::service::documents::CaseDocument;
use crate::service::{ServiceError, reference};

/// What a field takes.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Words on several lines.
    Words,
    /// One line.
    Line,
    /// One thing on each line.
    Items,
    /// One of a vocabulary.
    One(fn(&Page) -> Vec<(String, String)>),
    /// A subspecialty.
    Subspecialty,
    /// An expert of the pool.
    Expert,
    /// Experts of the pool, any number of them.
    Experts,
    /// Who has, or gave back, a seat of the panel that nobody has signed for.
    Seat,
    /// Another network.
    Network,
    /// What is open and would be closed.
    Request,
}

/// A field of a command's form: its name in the body, what it takes, whether it must be given.
pub(super) type Field = (&'static str, Kind, bool);

pub(super) fn fields(command: Command) -> &'static [Field] {
    use Kind::*;
    const REASON: &[Field] = &[("reason", Words, true)];
    const REPLY: &[Field] = &[("request", Request, true), ("reply", Words, true)];
    match command {
        Command::Triage => &[
            (
                "urgency",
                One(|page| members::<Urgency>(page, "urgency")),
                false,
            ),
            ("subspecialty", Subspecialty, false),
        ],
        Command::Offer | Command::Pin | Command::Exclude => {
            &[("expert", Expert, true), ("reason", Words, true)]
        }
        Command::Convene => &[("readers", Experts, true), ("reason", Words, true)],
        Command::ReplaceReader => &[("reader", Seat, true), ("expert", Expert, true)],
        Command::Lift => &[("expert", Expert, true)],
        Command::NameEarlier => &[("follows", Line, false), ("reason", Words, true)],
        Command::Decline | Command::LeavePanel => &[
            (
                "reason",
                One(|page| members::<DeclineReason>(page, "decline")),
                true,
            ),
            ("comment", Words, false),
        ],
        Command::TakeOver => &[
            (
                "reason",
                One(|page| members::<TakeoverReason>(page, "takeover")),
                true,
            ),
            ("expert", Expert, false),
            ("comment", Words, false),
        ],
        Command::Redirect => &[("network", Network, true), ("reason", Words, true)],
        Command::RequestInformation => &[
            (
                "kind",
                One(|page| members::<InformationKind>(page, "information")),
                true,
            ),
            ("question", Words, true),
        ],
        Command::Answer | Command::CompleteAncillary => REPLY,
        Command::ReceiveMaterial => &[("request", Request, true), ("reply", Words, false)],
        Command::OrderAncillary => &[
            (
                "kind",
                One(|page| members::<AncillaryKind>(page, "ancillary")),
                true,
            ),
            ("detail", Words, true),
        ],
        Command::SendMaterial => &[
            ("items", Items, true),
            ("carrier", Line, true),
            ("tracking", Line, false),
        ],
        Command::Refuse => &[
            (
                "reason",
                One(|page| members::<RefusalReason>(page, "refusal")),
                true,
            ),
            ("comment", Words, false),
        ],
        Command::RestoreSlides => &[("reason", Words, false)],
        Command::ReportSlidesUnavailable
        | Command::Withdraw
        | Command::RequestWithdrawal
        | Command::Contest
        | Command::ClosePanel
        | Command::Dissent
        | Command::Reopen => REASON,
        Command::Acknowledge => &[
            (
                "acknowledgement",
                One(|page| members::<Acknowledgement>(page, "acknowledgement")),
                true,
            ),
            ("comment", Words, false),
        ],
        Command::RecordOutcome => &[
            (
                "verdict",
                One(|page| members::<OutcomeVerdict>(page, "verdict")),
                true,
            ),
            ("text", Words, true),
        ],
        Command::SaveDraft
        | Command::Submit
        | Command::MarkUnrouted
        | Command::Accept
        | Command::Claim
        | Command::Expire
        | Command::Move
        | Command::Escalate
        | Command::FreeSeat
        | Command::AgreeWithdrawal
        | Command::SaveOpinion
        | Command::ReleasePreliminary
        | Command::JoinPanel
        | Command::SignReading
        | Command::Cosign
        | Command::Sign
        | Command::Close
        | Command::AddAddendum
        | Command::Correct
        | Command::Amend => &[],
    }
}

/// Where the label of a field stands: most are the same for every command.
pub(super) fn label(command: Command, name: &str) -> &'static str {
    match (command, name) {
        (Command::ReceiveMaterial, "reply") => "label-receive",
        (Command::CompleteAncillary, "reply") => "label-complete",
        (Command::TakeOver, "expert") => "label-next",
        (Command::Dissent, "reason") => "label-dissent",
        (Command::Convene | Command::ReplaceReader, "expert" | "readers") => "label-panel",
        _ => "label",
    }
}

/// Whether a command chooses experts for a panel.
fn of_panel(command: Command) -> bool {
    matches!(command, Command::Convene | Command::ReplaceReader)
}

pub(super) async fn choices(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
    command: Command,
    kind: Kind,
) -> Result<Vec<(String, String)>, ServiceError> {
    Ok(match kind {
        Kind::Words | Kind::Line | Kind::Items => Vec::new(),
        Kind::One(members) => members(page),
        Kind::Subspecialty => visitor.subspecialties(),
        Kind::Expert | Kind::Experts if of_panel(command) => {
            panel::choices(visitor, page, case).await?
        }
        Kind::Expert | Kind::Experts => experts(visitor, case.network.id)
            .await?
            .iter()
            .map(|expert| choice(visitor, page, expert))
            .collect(),
        Kind::Seat => case
            .panels
            .last()
            .into_iter()
            .flat_map(|panel| &panel.seats)
            .filter(|seat| seat.state.goes_elsewhere())
            .map(|seat| {
                let state = page.word("seat", seat.state);
                let label = format!("{} · {state}", seat.reader.name);
                (seat.reader.id.to_string(), label)
            })
            .collect(),
        Kind::Network => reference::networks(visitor.exchange())
            .await?
            .into_iter()
            .filter(|network| network.id != case.network.id)
            .map(|network| (network.id.to_string(), network.name))
            .collect(),
        Kind::Request => {
            let ClockRule::Resume(pause) = transition(command).clock else {
                return Ok(Vec::new());
            };
            case.requests
                .iter()
                .filter(|request| request.closed_at.is_none() && request.pause == pause.as_str())
                .map(|request| {
                    let detail =
                        super::assigning::shipment(request.detail.as_deref().unwrap_or_default());
                    let short: String = detail.chars().take(120).collect();
                    (request.id.clone(), short)
                })
                .collect()
        }
    })
}
