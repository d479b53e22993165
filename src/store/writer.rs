//! SQLite's single writer: one thread, one connection, group commit.
//!
//! Writes that arrive while a commit is on its way to the disk share the next one: each runs in a savepoint of its own, so that
//! one that fails leaves the others untouched, and each is answered only after the commit has reached the disk. Where the commit
//! fails, or SQLite takes the whole of it back because the disk is full, each of them is tried again in a commit of its own: the
//! one at fault then fails alone, with its own reason.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::connection::Conn;
use super::error::StoreError;

/// Most writes in one commit: bounds how long the first of them waits for the others.
const GROUP: usize = 64;
/// Most writes waiting; more are told to come back.
const WAITING: usize = 4096;

/// A write on its way to the disk.
trait Write: Send {
    /// Runs it, in a savepoint; whether to keep what it did. May be run again, after what it did was taken back.
    fn attempt(&mut self, conn: &mut Conn) -> bool;
    /// Tells its caller how it ended, once it is known whether the commit reached the disk.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// What a caller wants written, and what came of it.
struct Wanted<T, E, F> {
    work: F,
    outcome: Option<Result<T, E>>,
    done: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Write for Wanted<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&mut Conn) -> Result<T, E> + Send,
{
    fn attempt(&mut self, conn: &mut Conn) -> bool {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(conn)))
            .unwrap_or_else(|_| Err(StoreError::Ended("a write ended in a panic").into()));
        self.outcome.insert(outcome).is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (self.outcome, committed) {
            // Its own failure says more than that of the commit, which it may have caused.
            (Some(Err(own)), _) => Err(own),
            (_, Err(error)) => Err(error.into()),
            (Some(done), Ok(())) => done,
            (None, Ok(())) => Err(StoreError::Ended("a write was left out of its commit").into()),
        };
        // A caller who has gone away needs no answer.
        drop(self.done.send(answer));
    }
}

type Job = Box<dyn Write>;

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
        let job = Box::new(Wanted {
            work,
            outcome: None,
            done,
        });
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(StoreError::Overloaded.into()),
            Err(TrySendError::Disconnected(_)) => {
                return Err(StoreError::Ended("the writer has stopped").into());
            }
        }
        // The write goes on even if its caller gives up: the answer would then be lost, never the write.
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::Ended("the writer has stopped").into()),
            Err(_) => Err(StoreError::Overloaded.into()),
        }
    }
}

fn serve(mut conn: Conn, waiting: &Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        match commit(&mut conn, &mut group, waiting.try_iter()) {
            Ok(()) => group.into_iter().for_each(|write| write.answer(Ok(()))),
            Err(error) => {
                tracing::warn!(%error, writes = group.len(), "a commit failed: its writes are tried one by one");
                group
                    .into_iter()
                    .for_each(|write| commit_alone(&mut conn, write));
            }
        }
    }
}

fn commit_alone(conn: &mut Conn, write: Job) {
    let mut group = vec![write];
    let outcome = commit(conn, &mut group, std::iter::empty());
    if let Some(write) = group.pop() {
        write.answer(outcome.map_err(StoreError::from));
    }
}

/// Commits the writes of `group`, which grows by those that are `waiting`.
fn commit(
    conn: &mut Conn,
    group: &mut Vec<Job>,
    waiting: impl Iterator<Item = Job>,
) -> QueryResult<()> {
    conn.batch_execute("BEGIN IMMEDIATE")?;
    let outcome = run(conn, group, waiting).and_then(|()| conn.batch_execute("COMMIT"));
    if outcome.is_err()
        && let Err(error) = conn.batch_execute("ROLLBACK")
    {
        // SQLite rolls back by itself on some errors, a full disk among them.
        tracing::warn!(%error, "nothing to roll back after a failed commit");
    }
    outcome
}

fn run(
    conn: &mut Conn,
    group: &mut Vec<Job>,
    mut waiting: impl Iterator<Item = Job>,
) -> QueryResult<()> {
    let mut next = 0;
    while let Some(write) = group.get_mut(next) {
        run_one(conn, write)?;
        next += 1;
        if next < GROUP {
            group.extend(waiting.next());
        }
    }
    Ok(())
}

fn run_one(conn: &mut Conn, write: &mut Job) -> QueryResult<()> {
    conn.batch_execute("SAVEPOINT one")?;
    if write.attempt(conn) {
        conn.batch_execute("RELEASE one")
    } else {
        conn.batch_execute("ROLLBACK TO one; RELEASE one")
    }
}
