//! As little HTTP/1.1 as a load generator needs: one connection that is kept open, requests made beforehand, answers read to
//! their end. It costs a few microseconds where a full client costs as much as the server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;

/// An open connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, read whole.
pub struct Answer<'c> {
    /// Status.
    pub status: u16,
    /// Body, when its length was announced.
    pub body: &'c [u8],
}

impl Connection {
    /// Opens one.
    pub fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and reads its answer.
    pub fn send(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let head = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more()?;
        };
        let text = std::str::from_utf8(self.buffer.get(..head).unwrap_or_default())?;
        let status: u16 = text.get(9..12).unwrap_or_default().parse()?;
        let length = match header(text, "content-length") {
            Some(length) => length.parse::<usize>()?,
            None if status == 204 || status == 304 => 0,
            None => return Err("an answer without its length".into()),
        };
        while self.buffer.len() < head + length {
            self.read_more()?;
        }
        let body = self.buffer.get(head..head + length).unwrap_or_default();
        Ok(Answer { status, body })
    }

    fn read_more(&mut self) -> Outcome<()> {
        let mut part = [0; 16 * 1024];
        let count = self.stream.read(&mut part)?;
        if count == 0 {
            return Err("the server closed the connection".into());
        }
        self.buffer
            .extend_from_slice(part.get(..count).unwrap_or_default());
        Ok(())
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn header<'t>(head: &'t str, name: &str) -> Option<&'t str> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A GET request.
pub fn get(path: &str, token: Option<&str>) -> Vec<u8> {
    request("GET", path, token, "", "")
}

/// A POST request of a JSON body, with further headers, each ending its line.
pub fn post(path: &str, token: Option<&str>, headers: &str, body: &str) -> Vec<u8> {
    let headers = format!(
        "{headers}Content-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    request("POST", path, token, &headers, body)
}

fn request(method: &str, path: &str, token: Option<&str>, headers: &str, body: &str) -> Vec<u8> {
    let authorization = token
        .map(|token| format!("Authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}{headers}\r\n{body}")
        .into_bytes()
}

/// Logs in and returns the access token.
pub fn login(address: SocketAddr, login: &str, password: &str) -> Outcome<String> {
    let body = json!({ "login": login, "password": password }).to_string();
    let mut connection = Connection::open(address)?;
    let answer = connection.send(&post("/api/v1/session", None, "", &body))?;
    if answer.status != 200 {
        return Err(format!("{login} cannot log in: {}", answer.status).into());
    }
    let tokens: Value = serde_json::from_slice(answer.body)?;
    let token = tokens.get("access_token").and_then(Value::as_str);
    Ok(token.ok_or("a login without a token")?.to_owned())
}
