//! The worker: claims rows of the outbox, sends the mails, runs the jobs. Several of them share one outbox safely.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use url::Url;

use super::backoff::{ORDINARY, WEBHOOKS};
use super::mailer::{MailError, Mailer};
use super::mails::{Recipient, compose};
use crate::domain::ids::OutboxId;
use crate::service::deliveries::{self, Delivery, Letter, Outcome, Topic, Work};
use crate::service::jobs::{self, Job};
use crate::service::webhooks::{self, Call, Refused};
use crate::service::{Exchange, ServiceError, digest};

/// Which part of a lease the sending of a message may take.
const SENDING: f64 = 0.8;

/// What a worker needs beside the exchange.
#[derive(Clone)]
pub struct Worker {
    exchange: Exchange,
    mailer: Arc<Mailer>,
    public_url: Url,
    /// Who holds this worker's leases.
    owner: String,
    /// How long it may hold one.
    lease: Duration,
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
        Self {
            exchange,
            mailer,
            public_url,
            owner,
            lease,
            poll,
        }
    }

    /// Works until `stop` resolves; finishes what it has in hand first. Jobs do not queue behind mails: a mail server that is
    /// slow must not hold up deadlines. Nor do the events of one webhook queue behind those of another: each is sent one at a time,
    /// and some are sent to at once.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        if let Err(error) = digest::schedule_recurring(&self.exchange).await {
            tracing::error!(%error, "the recurring jobs could not be scheduled");
        }
        let stop = stop.shared();
        tokio::join!(
            self.lane(Topic::Job, stop.clone()),
            self.lane(Topic::Mail, stop.clone()),
            self.lane(Topic::Webhook, stop.clone()),
            self.lane(Topic::Webhook, stop.clone()),
            self.lane(Topic::Webhook, stop)
        );
    }

    async fn lane(&self, topic: Topic, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            // Listens before it looks: what is written while it looks wakes it all the same.
            let woken = self.exchange.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let pause = match self.work_once(topic).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => self.until_next(topic).await,
                Err(error) => {
                    tracing::error!(%error, %topic, "the outbox could not be read");
                    self.poll
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
                () = woken, if !pause.is_zero() => {}
            }
        }
    }

    /// Takes and handles one message of a topic; tells whether there was one.
    ///
    /// # Errors
    /// Storage failures. What a message itself runs into becomes its retry or its end.
    pub async fn work_once(&self, topic: Topic) -> Result<bool, ServiceError> {
        let taken = deliveries::next(&self.exchange, topic, &self.owner, self.lease).await?;
        let Some(delivery) = taken else {
            return Ok(false);
        };
        let outcome = contained(async {
            match &delivery.work {
                Work::Mail(letter) => self.mail(delivery.id(), letter).await,
                Work::Job(job) => self.job(job.clone()).await,
                Work::Event(call) => self.event(call).await,
                Work::SwitchedOff => Err(Trouble::Lasting("the webhook is switched off".into())),
                Work::Unwanted | Work::PutAside => Ok(()),
                Work::Unreadable(error) => Err(Trouble::Lasting(error.clone())),
            }
        });
        let outcome = outcome.await;
        self.finish(delivery, outcome).await?;
        Ok(true)
    }

    async fn finish(
        &self,
        delivery: Delivery,
        outcome: Result<(), Trouble>,
    ) -> Result<(), ServiceError> {
        let attempt = delivery.attempt();
        let outcome = match outcome {
            Ok(()) => match delivery.work {
                Work::Unwanted => Outcome::Unsent,
                Work::PutAside => Outcome::Aside,
                _ => Outcome::Done,
            },
            Err(Trouble::Passing(error)) => self.later(&delivery, error, None),
            Err(Trouble::Asked(error, wait)) => self.later(&delivery, error, Some(wait)),
            Err(Trouble::Lasting(error)) => Outcome::GivenUp(error),
            Err(Trouble::Gone(error)) => Outcome::Gone(error),
        };
        if let Outcome::Retry(_, error) | Outcome::GivenUp(error) | Outcome::Gone(error) = &outcome
        {
            let given_up = !matches!(outcome, Outcome::Retry(..));
            tracing::warn!(message = %delivery.id(), topic = %delivery.topic(), attempt, given_up, error, "not delivered");
        }
        deliveries::finish(&self.exchange, delivery, outcome)
            .await
            .map(drop)
    }

    /// Another try after a while, unless there were enough of them.
    fn later(&self, delivery: &Delivery, error: String, asked: Option<Duration>) -> Outcome {
        let backoff = match delivery.topic() {
            Topic::Mail | Topic::Job => ORDINARY,
            Topic::Webhook => WEBHOOKS,
        };
        match backoff.after_asked(delivery.attempt(), rand::random(), asked) {
            Some(pause) => Outcome::Retry(pause, error),
            None => Outcome::GivenUp(error),
        }
    }

    /// Tells a receiver. Whatever it answers but success is worth another try: who mends it is not the one who sends.
    async fn event(&self, call: &Call) -> Result<(), Trouble> {
        let sending = webhooks::send(&self.exchange, call);
        let sent = tokio::time::timeout(self.lease.mul_f64(SENDING), sending).await;
        let refused = match sent {
            Ok(Ok(Ok(_))) => return Ok(()),
            Ok(Ok(Err(refused))) => refused,
            Ok(Err(error)) => return Err(Trouble::Passing(error.to_string())),
            Err(_) => Refused::Timeout,
        };
        let said = refused.to_string();
        Err(match refused {
            gone if gone.is_gone() => Trouble::Gone(said),
            Refused::Answered {
                retry_after: Some(wait),
                ..
            } => Trouble::Asked(said, wait),
            _ => Trouble::Passing(said),
        })
    }

    async fn job(&self, job: Job) -> Result<(), Trouble> {
        jobs::run(&self.exchange, job)
            .await
            .map_err(|error| Trouble::Passing(error.to_string()))
    }

    async fn mail(&self, id: OutboxId, letter: &Letter) -> Result<(), Trouble> {
        let recipient = Recipient::new(
            letter.address.clone(),
            letter.name.clone(),
            &letter.language,
            &letter.zone,
        )
        .map_err(|error| Trouble::Lasting(error.to_string()))?;
        let mail = compose(
            &letter.notification,
            &recipient,
            (&self.public_url, letter.token.as_deref()),
            id.0,
        )
        .map_err(|error| Trouble::Lasting(error.to_string()))?;
        // Over before the lease is: after that another worker would send the mail too.
        let sending = tokio::time::timeout(self.lease.mul_f64(SENDING), self.mailer.send(&mail));
        match sending.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(MailError::Permanent(error))) => Err(Trouble::Lasting(error)),
            Ok(Err(MailError::Transient(error))) => Err(Trouble::Passing(error)),
            Err(_) => Err(Trouble::Passing(
                "the mail server did not take the mail in time".into(),
            )),
        }
    }

    /// How long until the next message can be taken, at most the polling time: another process may add one.
    async fn until_next(&self, topic: Topic) -> Duration {
        let Ok(Some(at)) = deliveries::next_due(&self.exchange, topic).await else {
            return self.poll;
        };
        (at - self.exchange.core.clock.now())
            .to_std()
            .map_or(Duration::from_millis(50), |wait| wait.min(self.poll))
    }
}

/// A message whose handling panics comes back later and is given up in the end, as any other that fails; it does not take the
/// worker with it, again and again.
async fn contained(handling: impl Future<Output = Result<(), Trouble>>) -> Result<(), Trouble> {
    AssertUnwindSafe(handling)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Trouble::Passing("its handling ended in a panic".into())))
}

/// Why a row was not handled.
#[derive(Debug)]
enum Trouble {
    /// Worth another try.
    Passing(String),
    /// Worth another try, when the receiver has asked for it.
    Asked(String, Duration),
    /// No try will help.
    Lasting(String),
    /// Nor will any other message arrive there.
    Gone(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_message_that_panics_is_one_that_failed() {
        let fall = contained(async { panic!("as the test wants it") }).await;
        assert!(matches!(fall, Err(Trouble::Passing(_))), "{fall:?}");
        assert!(contained(async { Ok(()) }).await.is_ok());
    }
}
