//! The worker: claims rows of the outbox, sends the mails, runs the jobs. Several of them share one outbox safely.

use std::sync::Arc;
use std::time::Duration;

use chrono::Duration as Span;
use url::Url;

use super::backoff::retry_after;
use super::mailer::{MailError, Mailer};
use super::mails::{Recipient, compose};
use crate::domain::notifications::Notification;
use crate::service::jobs::{self, Job};
use crate::service::{Exchange, ServiceError, digest};
use crate::store::outbox::{Claimed, Finish, Topic};
use crate::store::{self, instant, micros};

/// What a worker needs beside the exchange.
#[derive(Clone)]
pub struct Worker {
    exchange: Exchange,
    mailer: Arc<Mailer>,
    public_url: Url,
    /// Who holds this worker's leases.
    owner: String,
    /// How long it may hold one.
    lease: Span,
    /// How long it sleeps at most when nothing is due.
    poll: Duration,
}

impl Worker {
    /// A worker with a name of its own.
    pub fn new(
        exchange: Exchange,
        mailer: Arc<Mailer>,
        public_url: Url,
        lease: Duration,
        poll: Duration,
    ) -> Self {
        let owner = exchange.core.ids.next().to_string();
        let lease = Span::from_std(lease).unwrap_or(Span::seconds(60));
        Self {
            exchange,
            mailer,
            public_url,
            owner,
            lease,
            poll,
        }
    }

    /// Works until `stop` resolves; finishes the row in hand first.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        if let Err(error) = digest::schedule_recurring(&self.exchange).await {
            tracing::error!(%error, "the recurring jobs could not be scheduled");
        }
        loop {
            let worked = self.work_once().await;
            let pause = match worked {
                Ok(true) => Duration::ZERO,
                Ok(false) => self.until_next().await,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be read");
                    self.poll
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
                () = self.exchange.wake.notified(), if !pause.is_zero() => {}
            }
        }
    }

    /// Claims and handles one row; tells whether there was one.
    ///
    /// # Errors
    /// Storage failures. What a row itself runs into becomes its retry or its end.
    pub async fn work_once(&self) -> Result<bool, ServiceError> {
        let now = self.exchange.core.clock.now();
        let (owner, lease_until) = (self.owner.clone(), micros(now + self.lease));
        let claimed = self
            .exchange
            .store
            .write(move |conn| {
                store::outbox::claim(conn, &owner, micros(now), lease_until)
                    .map_err(ServiceError::from)
            })
            .await?;
        let Some(claimed) = claimed else {
            return Ok(false);
        };
        let outcome = match claimed.topic {
            Topic::Mail => self.mail(&claimed).await,
            Topic::Job => self.job(&claimed).await,
        };
        self.finish(claimed, outcome).await?;
        Ok(true)
    }

    async fn finish(
        &self,
        claimed: Claimed,
        outcome: Result<(), Trouble>,
    ) -> Result<(), ServiceError> {
        let now = self.exchange.core.clock.now();
        let attempt = u32::try_from(claimed.attempt).unwrap_or(u32::MAX);
        let finish = match outcome {
            Ok(()) => Finish::Done,
            Err(Trouble::Passing(error)) => match retry_after(attempt, rand::random()) {
                Some(pause) => Finish::Retry {
                    run_at: micros(now + Span::from_std(pause).unwrap_or(Span::hours(1))),
                    error,
                },
                None => Finish::Dead { error },
            },
            Err(Trouble::Lasting(error)) => Finish::Dead { error },
        };
        if let Finish::Retry { error, .. } | Finish::Dead { error } = &finish {
            let given_up = matches!(finish, Finish::Dead { .. });
            tracing::warn!(message = %claimed.id, topic = %claimed.topic, attempt, given_up, error, "not delivered");
        }
        let owner = self.owner.clone();
        self.exchange
            .store
            .write(move |conn| {
                store::outbox::finish(conn, &claimed, &owner, &finish, micros(now))
                    .map(drop)
                    .map_err(ServiceError::from)
            })
            .await
    }

    async fn job(&self, claimed: &Claimed) -> Result<(), Trouble> {
        let job: Job = serde_json::from_str(&claimed.payload)
            .map_err(|error| Trouble::Lasting(format!("not a job: {error}")))?;
        jobs::run(&self.exchange, job)
            .await
            .map_err(|error| Trouble::Passing(error.to_string()))
    }

    async fn mail(&self, claimed: &Claimed) -> Result<(), Trouble> {
        let notification: Notification = serde_json::from_str(&claimed.payload)
            .map_err(|error| Trouble::Lasting(format!("not a notification: {error}")))?;
        let to = notification.to;
        let person = self
            .exchange
            .store
            .read(move |conn| store::people::find(conn, to).map_err(ServiceError::from))
            .await
            .map_err(|error| Trouble::Passing(error.to_string()))?;
        // Somebody who has left gets no mail.
        let Some(person) = person.filter(|person| person.active) else {
            return Ok(());
        };
        let recipient = Recipient::new(
            person.email,
            person.display_name,
            &person.language,
            &person.zone,
        )
        .map_err(|error| Trouble::Lasting(error.to_string()))?;
        let mail = compose(&notification, &recipient, &self.public_url, claimed.id.0)
            .map_err(|error| Trouble::Lasting(error.to_string()))?;
        self.mailer.send(&mail).await.map_err(|error| match error {
            MailError::Permanent(error) => Trouble::Lasting(error),
            MailError::Transient(error) => Trouble::Passing(error),
        })
    }

    /// How long until the next row falls due, at most the polling time: another process may add one.
    async fn until_next(&self) -> Duration {
        let next = self
            .exchange
            .store
            .read(|conn| store::outbox::next_due(conn).map_err(ServiceError::from))
            .await;
        let Ok(Some(at)) = next.map(|at| at.and_then(|at| instant(at).ok())) else {
            return self.poll;
        };
        (at - self.exchange.core.clock.now())
            .to_std()
            .map_or(Duration::from_millis(50), |wait| wait.min(self.poll))
    }
}

/// Why a row was not handled.
enum Trouble {
    /// Worth another try.
    Passing(String),
    /// No try will help.
    Lasting(String),
}
