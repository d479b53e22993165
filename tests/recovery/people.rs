//! Pairs of a submitter and an expert who work through cases, remember what was acknowledged, and repeat what was cut off.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use relecture::domain::cases::CaseContent;
use relecture::domain::ids::LaboratoryId;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use crate::support::exchange::{PASSWORD, key};
use crate::support::served::client;

/// How far a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Nothing,
    Draft,
    Offered,
    Accepted,
    Signed,
}

impl Stage {
    /// What comes after it.
    pub fn next(self) -> Self {
        match self {
            Self::Nothing => Self::Draft,
            Self::Draft => Self::Offered,
            Self::Offered => Self::Accepted,
            Self::Accepted | Self::Signed => Self::Signed,
        }
    }
}

/// A case as its people know it from the answers they got.
#[derive(Debug)]
pub struct Case {
    /// None until an answer named it.
    pub id: Option<String>,
    pub version: i64,
    /// The last stage that was acknowledged.
    pub stage: Stage,
    /// The key of the request that leads to the next stage, while it is not answered.
    pub pending: Option<String>,
    /// Where its people leave it.
    goal: Stage,
}

/// Tokens and a connection to one run of the program.
pub struct Session {
    http: reqwest::Client,
    address: String,
    submitter: String,
    expert: String,
    answered: AtomicUsize,
    answer: Notify,
}

impl Session {
    /// The expert proves to be there for that body; none when the server is cut off. Who signed already, and does not know, is given
    /// no proof, and needs none: the command is answered from what it did.
    async fn proof(&self, path: &str, body: &Value) -> Option<String> {
        let case = path.trim_end_matches("/sign");
        let sha256: String = Sha256::digest(body.to_string())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let given = json!({"password": PASSWORD, "command": "sign", "payload_sha256": sha256});
        let request = self
            .http
            .post(format!("{}/api/v1{case}/presence", self.address))
            .bearer_auth(&self.expert)
            .json(&given);
        let answer: Value = request.send().await.ok()?.json().await.ok()?;
        Some(answer["proof"].as_str().unwrap_or("none").to_owned())
    }

    /// Logs both in.
    pub async fn login(address: &str) -> Self {
        let http = client();
        let token = async |login: &str| {
            let body = json!({"login": format!("{login}@example.org"), "password": PASSWORD});
            let request = http.post(format!("{address}/api/v1/session")).json(&body);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let answer: Value = answer.json().await.expect("JSON");
            answer["access_token"].as_str().expect("a token").to_owned()
        };
        let (submitter, expert) = (
            token("submitter.cayenne").await,
            token("expert.breast").await,
        );
        Self::new(address, submitter, expert)
    }

    fn new(address: &str, submitter: String, expert: String) -> Self {
        Self {
            http: client(),
            address: address.to_owned(),
            submitter,
            expert,
            answered: AtomicUsize::new(0),
            answer: Notify::new(),
        }
    }

    /// The same people at another run of the program: tokens outlive it.
    pub fn at(&self, address: &str) -> Self {
        Self::new(address, self.submitter.clone(), self.expert.clone())
    }

    /// Requests that this run has answered.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    /// Waits for one more.
    pub async fn next_answer(&self) {
        self.answer.notified().await;
    }
}

/// A submitter and an expert; more than one pair works at once.
pub struct Pair {
    body: Value,
    random: StdRng,
    pub cases: Vec<Case>,
    /// Requests whose answer never came.
    pub cut_off: usize,
}

impl Pair {
    pub fn new(laboratory: LaboratoryId, content: &CaseContent, seed: u64) -> Self {
        Self {
            body: json!({"laboratory": laboratory, "content": content}),
            random: StdRng::seed_from_u64(seed),
            cases: Vec::new(),
            cut_off: 0,
        }
    }

    /// Works until a request is cut off.
    pub async fn work(&mut self, session: &Session) {
        loop {
            if self.cases.last().is_none_or(|case| case.stage >= case.goal) {
                let goal = [Stage::Draft, Stage::Offered, Stage::Signed, Stage::Signed];
                self.cases
                    .push(Case::new(goal[self.random.random_range(0..goal.len())]));
            }
            let case = self.cases.last_mut().expect("one is there");
            if !case.advance(session, &self.body).await {
                self.cut_off += 1;
                return;
            }
            session.answered.fetch_add(1, Ordering::SeqCst);
            session.answer.notify_one();
        }
    }

    /// Sends the last request again, if it was cut off.
    pub async fn repeat_what_was_cut_off(&mut self, session: &Session) {
        if let Some(case) = self.cases.last_mut()
            && case.pending.is_some()
        {
            assert!(case.advance(session, &self.body).await, "nobody kills now");
        }
    }

    /// A case that goes its whole way, as a pattern; told of each stage.
    pub async fn undisturbed(&self, session: &Session, mut told: impl FnMut(&Case)) {
        let mut case = Case::new(Stage::Signed);
        while case.stage < Stage::Signed {
            assert!(case.advance(session, &self.body).await, "nobody kills now");
            told(&case);
        }
    }
}

impl Case {
    fn new(goal: Stage) -> Self {
        Self {
            id: None,
            version: 0,
            stage: Stage::Nothing,
            pending: None,
            goal,
        }
    }

    /// Takes the next step, or the one that was cut off again under the same key. Whether it was answered; an answer that is not
    /// what it should be ends the story.
    async fn advance(&mut self, session: &Session, draft: &Value) -> bool {
        let (token, command, body) = match self.stage {
            Stage::Nothing => (&session.submitter, None, draft.clone()),
            Stage::Draft => (&session.submitter, Some("submit"), json!({})),
            Stage::Offered => (&session.expert, Some("accept"), json!({})),
            Stage::Accepted | Stage::Signed => {
                let opinion = json!({"opinion": crate::journey::opinion()});
                (&session.expert, Some("sign"), opinion)
            }
        };
        let path = match (&self.id, command) {
            (Some(id), Some(command)) => format!("/cases/{id}/{command}"),
            _ => "/cases".to_owned(),
        };
        let key = self.pending.get_or_insert_with(|| key().key).clone();
        let mut request = session
            .http
            .post(format!("{}/api/v1{path}", session.address))
            .bearer_auth(token)
            .header("idempotency-key", key)
            .json(&body);
        if command.is_some() {
            request = request.header("if-match", format!("\"{}\"", self.version));
        }
        if command == Some("sign") {
            let Some(proof) = session.proof(&path, &body).await else {
                return false;
            };
            request = request.header("presence-proof", proof);
        }
        let Ok(answer) = request.send().await else {
            return false;
        };
        let status = answer.status();
        let Ok(text) = answer.text().await else {
            return false;
        };
        assert!(status.is_success(), "{path} of {self:?}: {status} {text}");
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        self.id = Some(answer["id"].as_str().expect("an identifier").to_owned());
        self.version = answer["version"].as_i64().expect("a version");
        self.stage = self.stage.next();
        self.pending = None;
        true
    }
}
