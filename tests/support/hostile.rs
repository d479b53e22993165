//! A slide source that does what no slide source should: each connection is answered byte by byte as the story says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use relecture::domain::ids::SlideSourceId;
use relecture::domain::slides::SourceKind;
use relecture::slides::outbound::RegisteredSource;

/// The source. Its thread ends with the process.
pub struct Hostile {
    pub port: u16,
    connections: Arc<AtomicUsize>,
}

impl Hostile {
    /// Answers the path of each request on its connection; the connection closes when `answer` returns.
    pub fn start(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (Arc::clone(&connections), Arc::new(answer));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || {
                    let path = path_of(&mut stream);
                    answer(&path, &mut stream);
                });
            }
        });
        Self { port, connections }
    }

    /// Always the same answer.
    pub fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        // Whoever goes away early is not our concern.
        Self::start(move |_, stream| drop(stream.write_all(&answer)))
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// It, registered as an internal source.
    pub fn source(&self, kind: SourceKind) -> RegisteredSource {
        RegisteredSource {
            id: SlideSourceId(uuid::Uuid::from_u128(3)),
            kind,
            base_url: format!("http://127.0.0.1:{}/slides", self.port),
            internal: true,
            credentials: None,
        }
    }
}

/// Reads a request's head and gives its path.
fn path_of(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    head.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// A whole answer.
pub fn whole(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}
