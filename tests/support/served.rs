//! The world's exchange on a real socket, and people who talk to it over HTTP.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use relecture::application::Application;
use relecture::config::{Config, Places};
use relecture::domain::text_enum::TextEnum as _;
use relecture::domain::transitions::Command;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::contract;
use super::exchange::{PASSWORD, World, key};

/// A server in this process, on a port of its own. Ends with this value.
pub struct Served {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    http: reqwest::Client,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Served {
    /// Serves a world.
    pub fn start(world: &World) -> Self {
        Self::with(world, &[])
    }

    /// Serves a world with these settings, each a name of [`relecture::config::KNOWN_KEYS`] and its text.
    pub fn with(world: &World, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data_dir = folder.path().display().to_string();
        let environment = std::iter::once(("data_dir", data_dir.as_str()))
            .chain(settings.iter().copied())
            .map(|(name, text)| {
                let variable = name.replace('.', "_").to_uppercase();
                (format!("RELECTURE_{variable}"), text.to_owned())
            })
            .collect();
        let places = Places {
            file: None,
            environment,
        };
        let config = Config::load(&places, &mut StdRng::seed_from_u64(1)).expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let exchange = world.exchange.clone();
        let (tell, told) = mpsc::channel();
        // A thread of its own, so that the server ends in order even when its story fails.
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let application =
                    Application::build(exchange, &config, listener).expect("a server");
                tell.send((application.address(), application.handle()))
                    .expect("the story waits");
                application.run().await.expect("the server ends in order");
            });
        });
        let (address, handle) = told.recv().expect("the server starts");
        Self {
            address: format!("http://{address}"),
            http: client(),
            handle,
            thread: Some(thread),
            _folder: folder,
        }
    }

    /// Somebody who has not logged in.
    pub fn stranger(&self) -> Caller {
        self.with_token(None)
    }

    /// Somebody with a token of their own making.
    pub fn bearing(&self, token: &str) -> Caller {
        self.with_token(Some(token.to_owned()))
    }

    /// The person of that login, logged in: `submitter.cayenne`.
    pub async fn login(&self, login: &str) -> Caller {
        let body = json!({ "login": format!("{login}@example.org"), "password": PASSWORD });
        let tokens = self.stranger().post("/session", &body).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        self.bearing(tokens.json["access_token"].as_str().expect("a token"))
    }

    fn with_token(&self, token: Option<String>) -> Caller {
        Caller {
            http: self.http.clone(),
            address: self.address.clone(),
            token,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The request to stop is sent by the call; only its answer would be awaited.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            std::thread::panicking() || matches!(ended, Some(Ok(()))),
            "the server ended badly"
        );
    }
}

/// The client that the stories use.
pub fn client() -> reqwest::Client {
    // The first caller of the process installs the provider; later ones find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}

/// One person's client.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    address: String,
    /// The access token, if there is one.
    pub token: Option<String>,
}

/// What was answered.
#[derive(Debug)]
#[must_use]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl Response {
    /// The value of a header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a header in ASCII"))
    }

    /// The name of the problem that was answered; empty when it is none.
    pub fn problem(&self) -> &str {
        self.json["type"]
            .as_str()
            .and_then(|name| name.strip_prefix("urn:relecture:problem:"))
            .unwrap_or_default()
    }

    /// The version that the ETag tells.
    #[track_caller]
    pub fn version(&self) -> i64 {
        let tag = self.header("etag").trim_matches('"');
        tag.parse().unwrap_or_else(|_| panic!("an ETag: {self:?}"))
    }

    /// Fails the story unless it was answered so.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {:?}", self.text, self.headers);
        self
    }

    /// Fails the story unless it was refused so.
    #[track_caller]
    pub fn refused(self, status: u16, problem: &str) -> Self {
        assert_eq!(
            (self.status, self.problem()),
            (status, problem),
            "{} {:?}",
            self.text,
            self.headers
        );
        self
    }
}

impl Caller {
    /// The same person at another server of the same exchange.
    pub fn at(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self.clone()
        }
    }

    /// A person who logs in at a server that runs elsewhere: `submitter.cayenne`.
    pub async fn login_at(address: &str, login: &str) -> Self {
        let mut caller = Self {
            http: client(),
            address: address.to_owned(),
            token: None,
        };
        let body = json!({ "login": format!("{login}@example.org"), "password": PASSWORD });
        let tokens = caller.post("/session", &body).await.expect(200);
        caller.token = tokens.json["access_token"].as_str().map(ToOwned::to_owned);
        caller
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts JSON with a fresh Idempotency-Key, as a careful client does.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        let request = self
            .request(Method::POST, path)
            .header("idempotency-key", key().key);
        self.send(request.json(body)).await
    }

    /// Puts JSON over the version that was read.
    pub async fn put(&self, path: &str, version: i64, body: &Value) -> Response {
        let request = self
            .request(Method::PUT, path)
            .header("if-match", format!("\"{version}\""));
        self.send(request.json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Proves to be there, for a command whose body has these bytes; the answer holds the proof.
    pub async fn proves(&self, case: &str, command: &str, body: &[u8], password: &str) -> Response {
        let sha256: String = Sha256::digest(body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let body = json!({ "password": password, "command": command, "payload_sha256": sha256 });
        self.post(&format!("/cases/{case}/presence"), &body).await
    }

    /// Signs with a proof that was just given; whoever may give none goes on without.
    pub async fn signs(&self, case: &str, version: i64, command: &str, body: &Value) -> Response {
        let proof = self.proved(case, command, body).await;
        self.shows(&proof, case, version, command, body).await
    }

    /// A proof for a command.
    pub async fn proved(&self, case: &str, command: &str, body: &Value) -> String {
        let bytes = body.to_string();
        let proved = self.proves(case, command, bytes.as_bytes(), PASSWORD);
        let proof = proved.await.expect(200);
        proof.json["proof"].as_str().expect("a proof").to_owned()
    }

    /// Signs with a proof that was given before.
    pub async fn shows(
        &self,
        proof: &str,
        case: &str,
        version: i64,
        command: &str,
        body: &Value,
    ) -> Response {
        let request = self
            .request(Method::POST, &format!("/cases/{case}/{command}"))
            .header("if-match", format!("\"{version}\""))
            .header("presence-proof", proof)
            .header("content-type", "application/json");
        self.send(request.body(body.to_string())).await
    }

    /// Gives a command on a case that was read at `version`; one that signs, with a proof.
    pub async fn command(&self, case: &str, version: i64, command: &str, body: &Value) -> Response {
        let signing = Command::parse(command).is_some_and(Command::signs);
        if signing {
            return self.signs(case, version, command, body).await;
        }
        self.plainly(case, version, command, body).await
    }

    /// Gives a command with nothing beside it.
    pub async fn plainly(&self, case: &str, version: i64, command: &str, body: &Value) -> Response {
        let request = self
            .request(Method::POST, &format!("/cases/{case}/{command}"))
            .header("if-match", format!("\"{version}\""));
        self.send(request.json(body)).await
    }

    /// A request to be shaped further; a path without `/api` or `/health` is one of the API's.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let outside = ["/api/", "/health/", "/metrics"];
        let prefix = if outside.iter().any(|outside| path.starts_with(outside)) {
            ""
        } else {
            "/api/v1"
        };
        let request = self
            .http
            .request(method, format!("{}{prefix}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and holds its answer to the document.
    pub async fn send(&self, request: RequestBuilder) -> Response {
        let request = request.build().expect("a request");
        let (method, path) = (
            request.method().to_string(),
            request.url().path().to_owned(),
        );
        let sent = request.body().and_then(|body| body.as_bytes());
        let sent = sent.unwrap_or_default().to_vec();
        let answer = self.http.execute(request).await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.expect("the whole answer");
        contract::check(&method, &path, status, &headers, &bytes);
        contract::check_taken(&method, &path, status, &sent);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Response {
            bytes: bytes.to_vec(),
            status,
            headers,
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }
}
