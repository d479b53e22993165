//! SQLite's single writer: one thread, one connection, group commit.
//!
//! Writes that arrive while a commit is on its way to the disk share the next one: each runs in a savepoint of its own, so that
//! one that fails leaves the others untouched, and each is answered only after the commit has reached the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::connection::Conn;
use super::error::StoreError;

/// Most writes in one commit: bounds how long the first of them waits for the others.
const GROUP: usize = 64;
/// Most writes waiting; more are told to come back.
const WAITING: usize = 4096;

/// Tells the caller how it ended, once it is known whether the commit reached the disk.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// One write: runs in its savepoint and returns whether to keep it.
type Job = Box<dyn FnOnce(&mut Conn) -> (bool, Answer) + Send>;

/// The door to the writer thread.
pub(super) struct Writer {
    jobs: SyncSender<Job>,
}

impl Writer {
    /// Starts the thread. It ends when the last door closes.
    pub(super) fn start(conn: Conn) -> Self {
        let (jobs, waiting) = sync_channel(WAITING);
        std::thread::spawn(move || serve(conn, &waiting));
        Self { jobs }
    }

    /// Runs `work` in a transaction of the writer.
    pub(super) async fn run<T, E, F>(&self, work: F, patience: Duration) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let (done, answer) = oneshot::channel::<Result<T, E>>();
        let job: Job = Box::new(move |conn| {
            let result = catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| {
                Err(StoreError::Unavailable("a write ended in a panic".into()).into())
            });
            let keep = result.is_ok();
            let answer: Answer = Box::new(move |committed| {
                // A caller who has gone away needs no answer.
                drop(done.send(committed.map_err(E::from).and(result)));
            });
            (keep, answer)
        });
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(StoreError::Overloaded.into()),
            Err(TrySendError::Disconnected(_)) => {
                return Err(StoreError::Unavailable("the writer has stopped".into()).into());
            }
        }
        // The write goes on even if its caller gives up: the answer would then be lost, never the write.
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::Unavailable("the writer has stopped".into()).into()),
            Err(_) => Err(StoreError::Overloaded.into()),
        }
    }
}

fn serve(mut conn: Conn, waiting: &Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let mut answers = Vec::new();
        let outcome = commit_group(&mut conn, first, waiting, &mut answers);
        for answer in answers {
            answer(match &outcome {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Unavailable(error.to_string())),
            });
        }
    }
}

fn commit_group(
    conn: &mut Conn,
    first: Job,
    waiting: &Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), diesel::result::Error> {
    // If this fails, `first` is dropped unrun and its caller hears of it through the closed channel.
    conn.batch_execute("BEGIN IMMEDIATE")?;
    let outcome =
        run_group(conn, first, waiting, answers).and_then(|()| conn.batch_execute("COMMIT"));
    if outcome.is_err()
        && let Err(error) = conn.batch_execute("ROLLBACK")
    {
        // SQLite rolls back by itself on some errors, a full disk among them.
        tracing::warn!(%error, "nothing to roll back after a failed commit");
    }
    outcome
}

fn run_group(
    conn: &mut Conn,
    first: Job,
    waiting: &Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), diesel::result::Error> {
    run_one(conn, first, answers)?;
    while answers.len() < GROUP
        && let Ok(job) = waiting.try_recv()
    {
        run_one(conn, job, answers)?;
    }
    Ok(())
}

fn run_one(
    conn: &mut Conn,
    job: Job,
    answers: &mut Vec<Answer>,
) -> Result<(), diesel::result::Error> {
    conn.batch_execute("SAVEPOINT one")?;
    let (keep, answer) = job(conn);
    answers.push(answer);
    if keep {
        conn.batch_execute("RELEASE one")
    } else {
        conn.batch_execute("ROLLBACK TO one; RELEASE one")
    }
}
