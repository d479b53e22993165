//! The one table of a case's life: for each command, from which states, who may, under which guards, to which state, with
//! which effect on the clock. Handlers, the API document, the workspace's buttons and the tests read it; nothing else decides.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::cases::{CaseFacts, CaseState, InitialDiagnosisStatus, WaitingFor};
use super::panels::PanelPhase;
use super::permissions::Relation;
use super::routing::Rule;
use super::text_enum::{TextEnum, text_enum};
use super::turnaround::PauseKind;

text_enum! {
    /// What somebody may do to a case. The names are the API's sub-resources.
    pub enum Command {
        /// Keep the draft as typed.
        SaveDraft = "save_draft",
        /// Send the case: the clock starts.
        Submit = "submit",
        /// Release a held case to routing.
        Triage = "triage",
        /// Offer it to an expert.
        Offer = "offer",
        /// Record that nobody is eligible, with the reasons.
        MarkUnrouted = "mark_unrouted",
        /// Take the offer: reading begins.
        Accept = "accept",
        /// Give an unopened case to an expert who asked for the next one: reading begins.
        Claim = "claim",
        /// Give the case back with a coded reason.
        Decline = "decline",
        /// End an offer that was not answered in time.
        Expire = "expire",
        /// Take an unopened offer back through no doing of the expert's, because the case goes to somebody else.
        Move = "move",
        /// Take a step of the escalation ladder for a case that nobody has opened.
        Escalate = "escalate",
        /// Keep an unread case for an expert: nobody else is given it.
        Pin = "pin",
        /// Never give the case to an expert.
        Exclude = "exclude",
        /// Take a pin or an exclusion back.
        Lift = "lift",
        /// Name the earlier case that it goes on from.
        NameEarlier = "name_earlier",
        /// Take the case back from its expert.
        TakeOver = "take_over",
        /// Hand the case to another pool; history and clock go along.
        Redirect = "redirect",
        /// Ask the submitter.
        RequestInformation = "request_information",
        /// Answer the question.
        Answer = "answer",
        /// Order ancillary work.
        OrderAncillary = "order_ancillary",
        /// Report that the ancillary work is done.
        CompleteAncillary = "complete_ancillary",
        /// Send glass or blocks.
        SendMaterial = "send_material",
        /// Confirm that the material has arrived.
        ReceiveMaterial = "receive_material",
        /// Report that the slides cannot be opened.
        ReportSlidesUnavailable = "report_slides_unavailable",
        /// Report that they can be opened again.
        RestoreSlides = "restore_slides",
        /// Take the case back before an expert has accepted it.
        Withdraw = "withdraw",
        /// Ask for an accepted case back.
        RequestWithdrawal = "request_withdrawal",
        /// Agree to give it back.
        AgreeWithdrawal = "agree_withdrawal",
        /// Refuse the case for the pool.
        Refuse = "refuse",
        /// Keep the opinion as typed.
        SaveOpinion = "save_opinion",
        /// Let the submitter read the opinion before it is signed.
        ReleasePreliminary = "release_preliminary",
        /// Have other experts read an accepted case beside its own, each alone.
        Convene = "convene",
        /// Give a seat of the panel to somebody else.
        ReplaceReader = "replace_reader",
        /// Take a seat of the panel back whose time is over, or whose reader cannot take it.
        FreeSeat = "free_seat",
        /// Take a seat of the panel.
        JoinPanel = "join_panel",
        /// Give a seat of the panel back with a coded reason.
        LeavePanel = "leave_panel",
        /// Sign a reading; the last one reveals all.
        SignReading = "sign_reading",
        /// Reveal the readings that there are, without waiting for the others.
        ClosePanel = "close_panel",
        /// Sign the opinion: the clock stops.
        Sign = "sign",
        /// Sign the consensus too that another reader of the panel signed.
        Cosign = "cosign",
        /// Sign that one dissents from it, and why.
        Dissent = "dissent",
        /// Say that the opinion was read, and what becomes of it.
        Acknowledge = "acknowledge",
        /// Contest the concordance.
        Contest = "contest",
        /// Tell what follow-up showed.
        RecordOutcome = "record_outcome",
        /// End the case.
        Close = "close",
        /// Add to a signed opinion.
        AddAddendum = "add_addendum",
        /// Mend an error in a signed opinion.
        Correct = "correct",
        /// Change the conclusion of a signed opinion.
        Amend = "amend",
        /// Ask again with something new: a new clock cycle.
        Reopen = "reopen",
    }
}

impl Command {
    /// Whether it signs a version of an opinion, a reading, or what a reader says of the consensus: its signer proves that they are
    /// there.
    pub fn signs(self) -> bool {
        matches!(
            self,
            Self::Sign
                | Self::SignReading
                | Self::Cosign
                | Self::Dissent
                | Self::AddAddendum
                | Self::Correct
                | Self::Amend
        )
    }

    /// Whether it is about nothing but a seat on a panel: what was done about other seats makes what a reader does about their own no
    /// less up to date.
    pub fn of_a_seat(self) -> bool {
        self.of_ones_own_seat() || matches!(self, Self::FreeSeat | Self::ReplaceReader)
    }

    /// Whether it is about nothing but the giver's own seat on a panel.
    pub fn of_ones_own_seat(self) -> bool {
        matches!(
            self,
            Self::JoinPanel | Self::LeavePanel | Self::SignReading | Self::Cosign | Self::Dissent
        )
    }
}

text_enum! {
    /// A condition beyond state and relation.
    pub enum Guard {
        /// The draft has everything that a submission needs, and every slide is readable or it is said why not.
        Complete = "complete",
        /// The case is held for a coordinator's triage.
        HeldForTriage = "held_for_triage",
        /// The case is released to routing.
        Released = "released",
        /// The expert is eligible by the routing rules.
        ExpertEligible = "expert_eligible",
        /// The offer's time has run out; it stands still with the clock.
        OfferExpired = "offer_expired",
        /// The target is another network, with a valid agreement.
        OtherNetwork = "other_network",
        /// Something of this kind is open.
        RequestOpen = "request_open",
        /// The submitter allowed further stains beforehand.
        StainsAllowed = "stains_allowed",
        /// The submitter allowed sending a block beforehand.
        BlockAllowed = "block_allowed",
        /// Slides are reported unavailable.
        SlidesUnavailable = "slides_unavailable",
        /// Slides are not reported unavailable yet.
        SlidesAvailable = "slides_available",
        /// The submitter asked for the case back.
        WithdrawalRequested = "withdrawal_requested",
        /// The submitter has not asked for it yet.
        WithdrawalNotRequested = "withdrawal_not_requested",
        /// The opinion has what a signature needs.
        OpinionComplete = "opinion_complete",
        /// The submitter gave a diagnosis that can be compared.
        DiagnosisGiven = "diagnosis_given",
        /// The submitter allowed widening the reading to a panel beforehand.
        PanelAllowed = "panel_allowed",
        /// No panel has been convened in this clock cycle.
        NoPanel = "no_panel",
        /// A panel reads blind.
        Blind = "blind",
        /// No panel reads blind.
        NotBlind = "not_blind",
        /// Nobody has released a preliminary opinion in this clock cycle.
        NothingReleased = "nothing_released",
        /// Each reader works in another laboratory, and none in the submitter's.
        LaboratoriesApart = "laboratories_apart",
        /// The giver signed a reading, and has not said yet what they hold of the version that stands, which another signed.
        PositionOwed = "position_owed",
    }
}

/// What a command does to the answer clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockRule {
    /// Nothing.
    Unchanged,
    /// A cycle begins.
    Start,
    /// The cycle ends.
    Stop,
    /// The clock stands still for that reason.
    Pause(PauseKind),
    /// That reason ends, when nothing else of the kind is open.
    Resume(PauseKind),
}

/// Where a command leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the same state.
    Same,
    /// To that state.
    State(CaseState),
    /// To [`CaseState::Signed`] where the case is answered, because its submitter has to read again; to the same state where an
    /// answer is still owed, and where it has ended.
    ReadAgain,
}

impl Target {
    /// The state it leads to from another.
    pub fn after(self, from: CaseState) -> CaseState {
        match self {
            Self::State(state) => state,
            Self::ReadAgain if ANSWERED.contains(&from) => CaseState::Signed,
            Self::Same | Self::ReadAgain => from,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The command.
    pub command: Command,
    /// The states it may start from.
    pub from: &'static [CaseState],
    /// The relations to the case that may give it.
    pub who: &'static [Relation],
    /// The conditions beside.
    pub guards: &'static [Guard],
    /// Where it leads.
    pub to: Target,
    /// What it does to the clock.
    pub clock: ClockRule,
}

use CaseState as S;
use Relation as R;
use Target::{ReadAgain, Same, State};

const OPEN: &[CaseState] = &[S::Submitted, S::Offered, S::Accepted];
const HELD: &[CaseState] = &[S::Offered, S::Accepted];
const ANSWERED: &[CaseState] = &[S::Signed, S::Acknowledged, S::Closed];
const SENT: &[CaseState] = &[
    S::Submitted,
    S::Offered,
    S::Accepted,
    S::Signed,
    S::Acknowledged,
    S::Closed,
    S::Withdrawn,
    S::Refused,
];
/// Who signed answers for it, whoever has the case now: what is wrong in a signed opinion is mended in any state.
const SIGNERS: &[Relation] = &[R::Signer, R::FormerSigner];

macro_rules! row {
    ($command:ident: $from:expr, $who:expr, $guards:expr, $to:expr, $clock:expr) => {
        Transition {
            command: Command::$command,
            from: $from,
            who: $who,
            guards: $guards,
            to: $to,
            clock: $clock,
        }
    };
}

/// Every command exactly once.
pub const TRANSITIONS: &[Transition] = &[
    row!(SaveDraft: &[S::Draft], &[R::Submitter], &[], Same, ClockRule::Unchanged),
    row!(Submit: &[S::Draft], &[R::Submitter], &[Guard::Complete], State(S::Submitted), ClockRule::Start),
    row!(Triage: &[S::Submitted], &[R::Coordinator], &[Guard::HeldForTriage], State(S::Submitted), ClockRule::Unchanged),
    row!(Offer: &[S::Submitted], &[R::Coordinator, R::System], &[Guard::ExpertEligible], State(S::Offered), ClockRule::Unchanged),
    row!(MarkUnrouted: &[S::Submitted], &[R::System], &[Guard::Released], State(S::Submitted), ClockRule::Unchanged),
    row!(Accept: &[S::Offered], &[R::Holder], &[], State(S::Accepted), ClockRule::Unchanged),
    row!(Claim: &[S::Submitted, S::Offered], &[R::System], &[Guard::Released, Guard::ExpertEligible], State(S::Accepted),
        ClockRule::Unchanged),
    row!(Decline: HELD, &[R::Holder], &[Guard::NotBlind], State(S::Submitted), ClockRule::Unchanged),
    row!(Expire: &[S::Offered], &[R::System], &[Guard::OfferExpired], State(S::Submitted), ClockRule::Unchanged),
    row!(Move: &[S::Offered], &[R::System], &[], State(S::Submitted), ClockRule::Unchanged),
    row!(Escalate: &[S::Submitted, S::Offered], &[R::System], &[], Same, ClockRule::Unchanged),
    row!(Pin: &[S::Submitted, S::Offered], &[R::Coordinator], &[Guard::ExpertEligible], Same, ClockRule::Unchanged),
    row!(Exclude: &[S::Submitted, S::Offered], &[R::Coordinator], &[], Same, ClockRule::Unchanged),
    row!(Lift: &[S::Submitted, S::Offered], &[R::Coordinator], &[], Same, ClockRule::Unchanged),
    row!(NameEarlier: &[S::Submitted, S::Offered], &[R::Coordinator], &[], Same, ClockRule::Unchanged),
    row!(TakeOver: HELD, &[R::Coordinator], &[Guard::NotBlind], State(S::Submitted), ClockRule::Unchanged),
    row!(Redirect: OPEN, &[R::Coordinator, R::System], &[Guard::NotBlind, Guard::OtherNetwork], State(S::Submitted),
        ClockRule::Unchanged),
    row!(RequestInformation: OPEN, &[R::Holder, R::Coordinator], &[], Same, ClockRule::Pause(PauseKind::Information)),
    row!(Answer: OPEN, &[R::Submitter], &[Guard::RequestOpen], Same, ClockRule::Resume(PauseKind::Information)),
    row!(OrderAncillary: &[S::Accepted], &[R::Holder], &[Guard::StainsAllowed], Same, ClockRule::Pause(PauseKind::Ancillary)),
    row!(CompleteAncillary: OPEN, &[R::Submitter, R::Holder], &[Guard::RequestOpen], Same, ClockRule::Resume(PauseKind::Ancillary)),
    row!(SendMaterial: &[S::Accepted], &[R::Submitter, R::Holder], &[Guard::BlockAllowed], Same, ClockRule::Pause(PauseKind::Transit)),
    row!(ReceiveMaterial: OPEN, &[R::Submitter, R::Holder], &[Guard::RequestOpen], Same, ClockRule::Resume(PauseKind::Transit)),
    row!(ReportSlidesUnavailable: HELD, &[R::Holder, R::Coordinator], &[Guard::SlidesAvailable], Same,
        ClockRule::Pause(PauseKind::SlidesUnavailable)),
    row!(RestoreSlides: OPEN, &[R::Submitter, R::Holder, R::Coordinator], &[Guard::SlidesUnavailable], Same,
        ClockRule::Resume(PauseKind::SlidesUnavailable)),
    row!(Withdraw: &[S::Draft, S::Submitted, S::Offered], &[R::Submitter], &[], State(S::Withdrawn), ClockRule::Stop),
    row!(RequestWithdrawal: &[S::Accepted], &[R::Submitter], &[Guard::WithdrawalNotRequested], Same, ClockRule::Unchanged),
    row!(AgreeWithdrawal: &[S::Accepted], &[R::Holder, R::Coordinator], &[Guard::WithdrawalRequested], State(S::Withdrawn),
        ClockRule::Stop),
    row!(Refuse: OPEN, &[R::Coordinator], &[], State(S::Refused), ClockRule::Stop),
    row!(SaveOpinion: &[S::Accepted], &[R::Holder], &[], Same, ClockRule::Unchanged),
    row!(ReleasePreliminary: &[S::Accepted], &[R::Holder], &[Guard::NotBlind, Guard::OpinionComplete], Same, ClockRule::Unchanged),
    row!(Convene: &[S::Accepted], &[R::Coordinator],
        &[Guard::PanelAllowed, Guard::NoPanel, Guard::NothingReleased, Guard::ExpertEligible, Guard::LaboratoriesApart], Same,
        ClockRule::Unchanged),
    row!(ReplaceReader: &[S::Accepted], &[R::Coordinator, R::System], &[Guard::Blind, Guard::ExpertEligible, Guard::LaboratoriesApart], Same,
        ClockRule::Unchanged),
    row!(FreeSeat: &[S::Accepted], &[R::System], &[Guard::Blind], Same, ClockRule::Unchanged),
    // Nobody is invited any more once the readings are revealed.
    row!(JoinPanel: &[S::Accepted], &[R::Invited], &[], Same, ClockRule::Unchanged),
    row!(LeavePanel: &[S::Accepted], &[R::Invited, R::Reader], &[Guard::Blind], Same, ClockRule::Unchanged),
    row!(SignReading: &[S::Accepted], &[R::Reader], &[Guard::Blind, Guard::OpinionComplete], Same, ClockRule::Unchanged),
    row!(ClosePanel: &[S::Accepted], &[R::Coordinator], &[Guard::Blind], Same, ClockRule::Unchanged),
    row!(Sign: &[S::Accepted], &[R::Holder], &[Guard::NotBlind, Guard::OpinionComplete], State(S::Signed), ClockRule::Stop),
    row!(Cosign: ANSWERED, &[R::Panellist], &[Guard::PositionOwed], Same, ClockRule::Unchanged),
    row!(Dissent: ANSWERED, &[R::Panellist], &[Guard::PositionOwed], Same, ClockRule::Unchanged),
    row!(Acknowledge: &[S::Signed], &[R::Submitter], &[], State(S::Acknowledged), ClockRule::Unchanged),
    row!(Contest: &[S::Signed, S::Acknowledged], &[R::Submitter], &[Guard::DiagnosisGiven], State(S::Acknowledged),
        ClockRule::Unchanged),
    row!(RecordOutcome: &[S::Acknowledged, S::Closed], &[R::Submitter], &[], Same, ClockRule::Unchanged),
    row!(Close: &[S::Acknowledged], &[R::Submitter, R::Coordinator], &[], State(S::Closed), ClockRule::Unchanged),
    row!(AddAddendum: SENT, SIGNERS, &[Guard::OpinionComplete], ReadAgain, ClockRule::Unchanged),
    row!(Correct: SENT, SIGNERS, &[Guard::OpinionComplete], ReadAgain, ClockRule::Unchanged),
    row!(Amend: SENT, SIGNERS, &[Guard::OpinionComplete], ReadAgain, ClockRule::Unchanged),
    row!(Reopen: ANSWERED, &[R::Submitter, R::Signer], &[], State(S::Submitted), ClockRule::Start),
];

/// The row of a command. A command without one would be permitted to nobody; a test holds that each has one.
pub fn transition(command: Command) -> &'static Transition {
    const NOBODY: &Transition = &row!(Close: &[], &[], &[], Same, ClockRule::Unchanged);
    TRANSITIONS
        .iter()
        .find(|row| row.command == command)
        .unwrap_or(NOBODY)
}

/// Why a command does not apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person may not give this command on this case.
    #[error("this command is not yours to give on this case")]
    NotYours,
    /// The case is not in a state that the command starts from.
    #[error("{command} does not apply to a case that is {state}")]
    WrongState {
        /// The command.
        command: Command,
        /// Where the case stands.
        state: CaseState,
    },
    /// Rules of routing speak against the expert, those apart that ask for a coordinator's judgement.
    #[error("{command} is refused: {} speak against the expert", list(.rules))]
    Ineligible {
        /// The command.
        command: Command,
        /// The rules.
        rules: Vec<Rule>,
    },
    /// A guard says no.
    #[error("{command} is refused: {guard}")]
    Guarded {
        /// The command.
        command: Command,
        /// The guard.
        guard: Guard,
    },
}

fn list(rules: &[Rule]) -> String {
    let names: Vec<&str> = rules.iter().map(|rule| rule.as_str()).collect();
    names.join(", ")
}

/// Whether `relation` may give `command` to the case at `now`, as far as the case's own facts tell.
///
/// Guards that need more than these facts (`Complete`, `ExpertEligible`, `OtherNetwork`, `RequestOpen`, `OpinionComplete`,
/// `NothingReleased`, `LaboratoriesApart`, `PositionOwed`) are asked by the use case, with the field-by-field reasons that only it can give.
///
/// # Errors
/// The first reason against it: relation, then state, then guard, so that a stranger learns nothing of the case.
pub fn permitted(
    case: &CaseFacts,
    relations: &[Relation],
    command: Command,
    now: DateTime<Utc>,
) -> Result<&'static Transition, Refusal> {
    let row = transition(command);
    if !row.who.iter().any(|who| relations.contains(who)) {
        return Err(Refusal::NotYours);
    }
    if !row.from.contains(&case.state) {
        return Err(Refusal::WrongState {
            command,
            state: case.state,
        });
    }
    match row.guards.iter().find(|guard| !holds(**guard, case, now)) {
        Some(guard) => Err(Refusal::Guarded {
            command,
            guard: *guard,
        }),
        None => Ok(row),
    }
}

/// Whether a guard holds by the case's own facts; those that need more are true here.
fn holds(guard: Guard, case: &CaseFacts, now: DateTime<Utc>) -> bool {
    match guard {
        Guard::HeldForTriage => case.waiting_for == Some(WaitingFor::Triage),
        Guard::Released => case.waiting_for != Some(WaitingFor::Triage),
        Guard::OfferExpired => {
            case.pauses.is_empty() && case.offer_expires_at.is_some_and(|at| at <= now)
        }
        Guard::StainsAllowed => case.pre_authorisations.further_stains,
        Guard::BlockAllowed => case.pre_authorisations.send_block,
        Guard::SlidesUnavailable => case.pauses.contains(&PauseKind::SlidesUnavailable),
        Guard::SlidesAvailable => !case.pauses.contains(&PauseKind::SlidesUnavailable),
        Guard::WithdrawalRequested => case.withdrawal_requested,
        Guard::WithdrawalNotRequested => !case.withdrawal_requested,
        Guard::DiagnosisGiven => !matches!(
            case.initial_status,
            None | Some(InitialDiagnosisStatus::None)
        ),
        Guard::PanelAllowed => case.pre_authorisations.panel,
        Guard::NoPanel => case.panel.is_none(),
        Guard::Blind => case.panel == Some(PanelPhase::Blind),
        Guard::NotBlind => case.panel != Some(PanelPhase::Blind),
        Guard::Complete
        | Guard::ExpertEligible
        | Guard::NothingReleased
        | Guard::PositionOwed
        | Guard::LaboratoriesApart
        | Guard::OtherNetwork
        | Guard::RequestOpen
        | Guard::OpinionComplete => true,
    }
}

/// The commands that `relations` may give the case now: what the workspace shows as buttons and the API lists as `commands`.
pub fn available(case: &CaseFacts, relations: &[Relation], now: DateTime<Utc>) -> Vec<Command> {
    TRANSITIONS
        .iter()
        .filter(|row| permitted(case, relations, row.command, now).is_ok())
        .map(|row| row.command)
        .collect()
}

/// As what somebody writes an opinion on the case now, or a reading, or a further version of what they signed.
pub fn writes_opinion(
    case: &CaseFacts,
    relations: &[Relation],
    now: DateTime<Utc>,
) -> Option<Relation> {
    let written = [
        Command::SaveOpinion,
        Command::SignReading,
        Command::AddAddendum,
        Command::Correct,
        Command::Amend,
    ];
    let writes = |one: &Relation| {
        let mut may = written.iter();
        may.any(|command| permitted(case, &[*one], *command, now).is_ok())
    };
    relations.iter().copied().find(writes)
}

#[cfg(test)]
mod tests;
