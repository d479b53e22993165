//! What people do with a case when they turn to it.

use super::*;

impl Past {
    /// What whoever has the case now does with it; returns when somebody turns to it again.
    pub(super) async fn act(
        &mut self,
        case: CaseId,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let row = self.row(case).await?;
        let state: CaseState = store::name(&row.state)?;
        let urgency: Urgency = store::name(&row.urgency)?;
        let submitter = self.human(store::id(&row.submitter_id)?)?;
        let expert = row
            .expert_id
            .as_deref()
            .map(store::id::<PersonId>)
            .transpose()?
            .map(|id| self.human(id))
            .transpose()?;
        let human = match state {
            CaseState::Offered | CaseState::Accepted => {
                expert.clone().unwrap_or_else(|| submitter.clone())
            }
            _ => submitter.clone(),
        };
        let now = self.clock.now();
        // What fell due while somebody else was on their way to work has changed the case at an instant that is still to come.
        let changed = store::instant(row.updated_at)?;
        if changed > now {
            return Ok(Some(changed));
        }
        if urgency != Urgency::IntraOperative && state != CaseState::Submitted {
            let at = self.at_work(human.zone, now);
            if at > now {
                return Ok(Some(at));
            }
        }
        match state {
            CaseState::Submitted => self.coordinate(case, &row).await,
            CaseState::Offered => self.answer_offer(case, &human.actor, urgency).await,
            CaseState::Accepted => {
                self.read_case(case, &row, &human.actor, &submitter.actor)
                    .await
            }
            CaseState::Signed => self.take_note(case, &row, &submitter.actor).await,
            CaseState::Acknowledged => self.conclude(case, &submitter.actor).await,
            CaseState::Draft | CaseState::Closed | CaseState::Withdrawn | CaseState::Refused => {
                Ok(None)
            }
        }
    }

    /// Triage, and what the router could not place.
    async fn coordinate(
        &mut self,
        case: CaseId,
        row: &CaseRow,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let network = store::id(&row.network_id)?;
        let mut coordinators: Vec<&Human> = self
            .humans
            .values()
            .filter(|human| human.actor.coordinates(network))
            .collect();
        coordinators.sort_by_key(|human| human.actor.person);
        let Some(coordinator) = coordinators.first().map(|human| (*human).clone()) else {
            return Ok(None);
        };
        let at = self.at_work(coordinator.zone, self.clock.now());
        if at > self.clock.now() {
            return Ok(Some(at));
        }
        if row.waiting_for.as_deref() != Some(WaitingFor::Triage.as_str()) {
            // Unrouted: some are refused, the others wait for somebody to become free.
            if self.random.chance(0.04) {
                let refuse = commands::Refuse {
                    reason: RefusalReason::OutOfScope,
                    comment: "Hors du champ de nos experts.".into(),
                };
                return self
                    .does(&coordinator.actor, case, CommandBody::Refuse(refuse))
                    .await
                    .map(|()| None);
            }
            return Ok(self.later(600.0));
        }
        if self.random.chance(0.03) {
            let refuse = commands::Refuse {
                reason: RefusalReason::Duplicate,
                comment: String::new(),
            };
            return self
                .does(&coordinator.actor, case, CommandBody::Refuse(refuse))
                .await
                .map(|()| None);
        }
        let release = commands::Triage {
            urgency: None,
            subspecialty: None,
        };
        self.does(&coordinator.actor, case, CommandBody::Triage(release))
            .await?;
        Ok(self.later(90.0))
    }

    async fn answer_offer(
        &mut self,
        case: CaseId,
        expert: &Actor,
        urgency: Urgency,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        if self.random.chance(0.02) {
            // Taken back by its submitter before anybody reads.
            let row = self.row(case).await?;
            let submitter = self.human(store::id(&row.submitter_id)?)?;
            let reason = commands::Reason {
                reason: "Diagnostic établi entre-temps.".into(),
            };
            return self
                .does(&submitter.actor, case, CommandBody::Withdraw(reason))
                .await
                .map(|()| None);
        }
        match self.random.share() {
            share if share < 0.06 => {
                let reasons: Vec<String> = self.file.decline_comments.keys().cloned().collect();
                let code = self.random.pick(&reasons).cloned().unwrap_or_default();
                let reason = DeclineReason::parse(&code).unwrap_or(DeclineReason::Overloaded);
                let comment = self
                    .file
                    .decline_comments
                    .get(&code)
                    .cloned()
                    .unwrap_or_default();
                self.does(
                    expert,
                    case,
                    CommandBody::Decline(commands::Decline { reason, comment }),
                )
                .await?;
                Ok(self.later(60.0))
            }
            // Not seen in time: the offer expires by itself.
            share if share < 0.1 => Ok(self.later(700.0)),
            _ => {
                self.does(expert, case, CommandBody::Accept).await?;
                Ok(self.later(if urgency == Urgency::IntraOperative {
                    7.0
                } else {
                    240.0
                }))
            }
        }
    }

    async fn read_case(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        expert: &Actor,
        submitter: &Actor,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        if self.end_pause(case, row, expert, submitter).await? {
            return Ok(self.later(180.0));
        }
        if row.withdrawal_requested {
            return self
                .does(expert, case, CommandBody::AgreeWithdrawal)
                .await
                .map(|()| None);
        }
        let content: CaseContent = store::json(&row.content)?;
        if let Some(next) = self.panel(case, row, &content).await? {
            return Ok(next);
        }
        let read = self.has_read(case, expert).await?;
        if !read
            && row.panel.is_none()
            && let Some((by_submitter, body, minutes)) =
                self.interruption(case, row, &content).await?
        {
            let who = if by_submitter { submitter } else { expert };
            self.does(who, case, body).await?;
            return Ok(self.later(minutes));
        }
        if !read {
            return self.sit_down(case, expert).await.map(Some);
        }
        let Some(opinion) = self.stories.get(&case).map(Template::opinion) else {
            return Ok(None);
        };
        let answered = Box::new(commands::Answered { opinion });
        self.does(expert, case, CommandBody::Sign(answered)).await?;
        self.positions(case, row, expert.person).await?;
        Ok(self.later(1200.0))
    }

    /// What keeps a reader from signing at the first reading: whether it is the submitter's doing, what it is, and how long it
    /// takes. At most one for each case.
    async fn interruption(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        content: &CaseContent,
    ) -> Result<Option<(bool, CommandBody, f64)>, ServiceError> {
        let asked = self
            .exchange
            .store
            .read(move |conn| store::requests::of_case(conn, case))
            .await?;
        if !asked.is_empty() || row.urgency != Urgency::Routine.as_str() {
            return Ok(None);
        }
        let allowed = content.pre_authorisations.clone();
        Ok(match self.random.share() {
            share if share < 0.15 => {
                let question = self.random.pick(&self.file.information_requests).cloned();
                question.map(|question| {
                    let ask = commands::RequestInformation {
                        kind: question.kind,
                        question: question.question,
                    };
                    (false, CommandBody::RequestInformation(ask), 900.0)
                })
            }
            share if share < 0.22 && allowed.further_stains => {
                let order = commands::OrderAncillary {
                    kind: AncillaryKind::Immunohistochemistry,
                    detail: "Panel complémentaire sur le bloc A1.".into(),
                };
                Some((false, CommandBody::OrderAncillary(order), 2600.0))
            }
            share if share < 0.27 && allowed.send_block => {
                let parcel = commands::SendMaterial {
                    items: vec!["A1".into()],
                    carrier: "Chronopost".into(),
                    tracking: None,
                };
                Some((true, CommandBody::SendMaterial(parcel), 4300.0))
            }
            share if share < 0.285 => {
                let reason = "Le serveur de lames ne répond pas.".into();
                let report = CommandBody::ReportSlidesUnavailable(commands::Reason { reason });
                Some((false, report, 400.0))
            }
            share if share < 0.3 => {
                let reason = "Patient transféré dans un autre établissement.".into();
                let ask = CommandBody::RequestWithdrawal(commands::Reason { reason });
                Some((true, ask, 300.0))
            }
            share if share < 0.36 => self.stories.get(&case).map(|story| {
                let opinion = story.opinion();
                let answered = Box::new(commands::Answered { opinion });
                (false, CommandBody::ReleasePreliminary(answered), 500.0)
            }),
            _ => None,
        })
    }

    async fn take_note(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        submitter: &Actor,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let comparable = !matches!(row.initial_status.as_deref(), None | Some("none"));
        if comparable && self.random.chance(0.04) {
            let reason = commands::Reason {
                reason:
                    "La clinique ne s'accorde pas avec cette conclusion ; discussion souhaitée."
                        .into(),
            };
            self.does(submitter, case, CommandBody::Contest(reason))
                .await?;
        } else {
            let acknowledgement = if self.random.chance(0.7) {
                Acknowledgement::Integrated
            } else {
                Acknowledgement::Agrees
            };
            let note = commands::Acknowledge {
                acknowledgement,
                comment: String::new(),
            };
            self.does(submitter, case, CommandBody::Acknowledge(note))
                .await?;
        }
        Ok(self.later(5.0 * 1440.0))
    }

    /// Second thoughts, what follow-up showed, and the end.
    async fn conclude(
        &mut self,
        case: CaseId,
        submitter: &Actor,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        if let Some(expert) = self.signer(case).await?
            && let Some(body) = self.second_thoughts(case)
        {
            self.does(&expert, case, body).await?;
            return Ok(self.later(2000.0));
        }
        if self.random.chance(0.2) {
            let verdict = if self.random.chance(0.85) {
                OutcomeVerdict::ExpertRight
            } else {
                OutcomeVerdict::Undetermined
            };
            let outcome = commands::RecordOutcome {
                verdict,
                text: "Confronté à la pièce opératoire et au suivi.".into(),
            };
            self.does(submitter, case, CommandBody::RecordOutcome(outcome))
                .await?;
        }
        self.does(submitter, case, CommandBody::Close)
            .await
            .map(|()| None)
    }

    /// An addendum, now and then; an amendment or a new cycle, seldom.
    fn second_thoughts(&mut self, case: CaseId) -> Option<CommandBody> {
        let share = self.random.share();
        let mut opinion = self.stories.get(&case)?.opinion();
        match share {
            share if share < 0.04 => {
                opinion.recommendation =
                    "Complément : les marquages reçus depuis confirment la conclusion.".into();
                let reason = "Immunohistochimie reçue après signature".into();
                Some(CommandBody::AddAddendum(Box::new(commands::Revised {
                    reason,
                    opinion,
                })))
            }
            share if share < 0.055 => {
                opinion.conclusion =
                    format!("{} À interpréter avec l’imagerie.", opinion.conclusion);
                let reason = "Données d’imagerie transmises après signature".into();
                Some(CommandBody::Amend(Box::new(commands::Revised {
                    reason,
                    opinion,
                })))
            }
            share if share < 0.065 => Some(CommandBody::Reopen(commands::Reason {
                reason: "Nouveau prélèvement disponible".into(),
            })),
            _ => None,
        }
    }

    async fn signer(&self, case: CaseId) -> Result<Option<Actor>, ServiceError> {
        let row = self.row(case).await?;
        let expert = row
            .expert_id
            .as_deref()
            .map(store::id::<PersonId>)
            .transpose()?;
        Ok(expert
            .and_then(|id| self.humans.get(&id))
            .map(|human| human.actor.clone()))
    }

    /// What a case waits for is done: an answer, a stain, material that arrives, slides that open again. None when it waits for
    /// nothing.
    async fn end_pause(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        expert: &Actor,
        submitter: &Actor,
    ) -> Result<bool, ServiceError> {
        if row.pauses.contains(PauseKind::SlidesUnavailable.as_str()) {
            let reason = commands::Reason {
                reason: "Serveur de lames redémarré.".into(),
            };
            self.does(submitter, case, CommandBody::RestoreSlides(reason))
                .await?;
            return Ok(true);
        }
        let open = self
            .exchange
            .store
            .read(move |conn| store::requests::of_case(conn, case))
            .await?;
        let Some(waiting) = open.iter().find(|request| request.closed_at.is_none()) else {
            return Ok(false);
        };
        let request = store::id(&waiting.id)?;
        let reply = |reply: &str| commands::Reply {
            request,
            reply: reply.into(),
        };
        let (who, body) = match store::name(&waiting.pause)? {
            PauseKind::Ancillary => (
                submitter,
                CommandBody::CompleteAncillary(reply("Technique réalisée, lame numérisée.")),
            ),
            PauseKind::Transit => (
                expert,
                CommandBody::ReceiveMaterial(reply("Bloc reçu en bon état.")),
            ),
            PauseKind::Information | PauseKind::SlidesUnavailable => {
                let known = self
                    .file
                    .information_requests
                    .iter()
                    .find(|question| question.question == waiting.detail);
                let text = known.map_or("Voir pièce jointe.", |question| &question.reply);
                (submitter, CommandBody::Answer(reply(text)))
            }
        };
        self.does(who, case, body).await?;
        Ok(true)
    }
}
