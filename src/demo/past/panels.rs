//! Cases that several experts read, each alone: now and then one in the past, and some that are under way when the past ends.

use super::*;
use crate::domain::opinions::{Concordance, OpinionContent};
use crate::domain::panels::{PanelPhase, SeatState};
use crate::store::panels::SeatRow;

/// Share of the cases whose submitter allows a panel that get one.
const PANELS: f64 = 0.12;
/// How long before the end of the past panels begin that are still under way then.
const LATE: Duration = Duration::days(4);
/// Between two steps of a panel, minutes: people have other work. Those that begin late have less time.
const STEP: f64 = 700.0;
const LATE_STEP: f64 = 25.0;
/// How often another reader says something else, and dissents from the consensus.
const DIFFERS: f64 = 0.35;
const DISSENTS: f64 = 0.2;

/// Where a panel stands when the past ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nobody has answered the invitation.
    Invited,
    /// Somebody has signed a reading that nobody else sees.
    Blind,
    /// The readings lie open, and the consensus is to be written.
    Revealed,
}

/// What the panels that begin late come to, the first of them first.
const STOPS: [Stop; 3] = [Stop::Revealed, Stop::Blind, Stop::Invited];

impl Past {
    /// Whether so little is left of the past that a panel will not end in it.
    pub(super) fn is_late(&self) -> bool {
        self.clock.now() > self.end - LATE
    }

    /// Goes on with the panel of an accepted case, or convenes one; when somebody turns to the case again. None when the case
    /// has no panel, or its consensus is to be written.
    pub(super) async fn panel(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        content: &CaseContent,
    ) -> Result<Option<Option<DateTime<Utc>>>, ServiceError> {
        let phase = row.panel.as_deref().and_then(PanelPhase::parse);
        let stop = self.panels.get(&case).copied();
        match phase {
            None => self.convene(case, row, content).await,
            Some(PanelPhase::Blind) if stop == Some(Stop::Invited) => Ok(Some(None)),
            Some(PanelPhase::Blind) => self.next_reader(case, row, stop).await.map(Some),
            Some(PanelPhase::Revealed) if stop == Some(Stop::Revealed) => Ok(Some(None)),
            Some(PanelPhase::Revealed | PanelPhase::Answered) => Ok(None),
        }
    }

    fn pace(&self) -> f64 {
        if self.is_late() { LATE_STEP } else { STEP }
    }

    async fn convene(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        content: &CaseContent,
    ) -> Result<Option<Option<DateTime<Utc>>>, ServiceError> {
        let stop = STOPS.get(self.late_panels).copied();
        let stop = stop.filter(|_| self.is_late());
        let routine = row.urgency == Urgency::Routine.as_str();
        if !content.pre_authorisations.panel || !routine || self.considered.contains(&case) {
            return Ok(None);
        }
        self.considered.insert(case);
        if stop.is_none() && !self.random.chance(PANELS) {
            return Ok(None);
        }
        let network = store::id(&row.network_id)?;
        let coordinates = |human: &&Human| human.actor.coordinates(network);
        let coordinator = self.humans.values().filter(coordinates);
        let coordinator = coordinator.min_by_key(|human| human.actor.person).cloned();
        let Some(coordinator) = coordinator else {
            return Ok(None);
        };
        // The rules say who may read: whoever they refuse is not asked.
        for reader in self.pool(network, row.expert_id.as_deref()) {
            let invitation = commands::Convene {
                readers: vec![reader],
                reason: "Lésion rare : un regard de plus.".into(),
            };
            let asked = CommandBody::Convene(invitation);
            match self.does(&coordinator.actor, case, asked).await {
                Ok(()) => {
                    if let Some(stop) = stop {
                        self.late_panels += 1;
                        self.panels.insert(case, stop);
                    }
                    return Ok(Some(self.later(self.pace())));
                }
                Err(ServiceError::Invalid(_) | ServiceError::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }

    /// The other experts of a pool, in an order of their own.
    fn pool(&mut self, network: NetworkId, chair: Option<&str>) -> Vec<PersonId> {
        let reads = |human: &&Human| human.actor.reads_for(network);
        let people = self.humans.values().filter(reads);
        let mut people: Vec<PersonId> = people.map(|human| human.actor.person).collect();
        people.retain(|person| Some(person.to_string().as_str()) != chair);
        people.sort();
        let count = people.len();
        let turn = (self.random.share() * count as f64) as usize;
        people.rotate_left(turn.min(count));
        people
    }

    async fn seats(&self, case: CaseId, cycle: i32) -> Result<Vec<SeatRow>, ServiceError> {
        let read = self.exchange.store.read(move |conn| {
            let panel = store::panels::of_cycle(conn, case, cycle)?;
            let panel = panel.map(|panel| panel.id);
            let of: Vec<&str> = panel.as_deref().into_iter().collect();
            Ok::<_, ServiceError>(store::panels::seats(conn, &of)?)
        });
        read.await
    }

    /// The next reader answers the invitation, or signs what they read; the last to sign reveals all.
    async fn next_reader(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        stop: Option<Stop>,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let seats = self.seats(case, row.cycle).await?;
        let signed = seats
            .iter()
            .any(|seat| seat.state == SeatState::Signed.as_str());
        if signed && stop == Some(Stop::Blind) {
            return Ok(None);
        }
        let waits = |state: SeatState| seats.iter().find(|seat| seat.state == state.as_str());
        let invited = waits(SeatState::Invited);
        let Some(seat) = invited.or_else(|| waits(SeatState::Accepted)) else {
            return Ok(None);
        };
        let reader = self.human(store::id(&seat.expert_id)?)?.actor;
        if invited.is_some() {
            self.does(&reader, case, CommandBody::JoinPanel).await?;
            return Ok(self.later(self.pace()));
        }
        self.reads(case, &reader).await?;
        let Some(opinion) = self.reading(case, seat.number) else {
            return Ok(None);
        };
        let answered = Box::new(commands::Answered { opinion });
        self.does(&reader, case, CommandBody::SignReading(answered))
            .await?;
        Ok(self.later(self.pace()))
    }

    /// What a reader reads: what the case is about, or now and then something else than the chair.
    fn reading(&mut self, case: CaseId, seat: i32) -> Option<OpinionContent> {
        let mut opinion = self.stories.get(&case)?.opinion();
        let other = match opinion.concordance {
            Some(Concordance::Concordant) => Some(Concordance::MinorDiscordance),
            Some(Concordance::MinorDiscordance | Concordance::MajorDiscordance) => {
                Some(Concordance::Concordant)
            }
            _ => None,
        };
        if seat > 1 && other.is_some() && self.random.chance(DIFFERS) {
            opinion.concordance = other;
            opinion.recommendation = "À discuter entre lecteurs.".into();
        }
        Some(opinion)
    }

    /// The readers of a panel say what they make of the consensus that was signed, but for some who have not yet.
    pub(super) async fn positions(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        signer: PersonId,
    ) -> Result<(), ServiceError> {
        if row.panel.is_none() {
            return Ok(());
        }
        for seat in self.seats(case, row.cycle).await? {
            let reader: PersonId = store::id(&seat.expert_id)?;
            let waits = seat.state == SeatState::Signed.as_str() && reader != signer;
            if !waits || self.random.chance(0.15) {
                continue;
            }
            let said = if self.random.chance(DISSENTS) {
                let reason = "Le contingent lymphoïde me paraît réactionnel.".into();
                CommandBody::Dissent(commands::Reason { reason })
            } else {
                CommandBody::Cosign
            };
            let reader = self.human(reader)?.actor;
            self.does(&reader, case, said).await?;
        }
        Ok(())
    }
}
