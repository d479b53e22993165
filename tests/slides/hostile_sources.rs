//! Sources that lie, stall, flood, or lead elsewhere: always one of the named failures, always in time, and nobody else asked.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use relecture::domain::slides::{LinkFailure, SlideLocation, SourceKind};
use relecture::slides::addresses::Lookup;
use relecture::slides::outbound::{Outbound, OutboundLimits, RegisteredSource};
use relecture::slides::probe::Prober;

use super::{limits, prober};
use crate::support::companion::free_port;
use crate::support::hostile::{Hostile, whole};
use crate::support::nginx::{deep_zoom, iiif};
use crate::support::orthanc;

/// One location of each kind.
fn one_of_each() -> [SlideLocation; 3] {
    [orthanc::slide(), iiif("cmu"), deep_zoom("cmu.dzi")]
}

/// Checks one location of each kind on a source; each must fail so.
async fn all_fail(hostile: &Hostile, limits: OutboundLimits, failure: LinkFailure) {
    let prober = prober(limits);
    for location in one_of_each() {
        let source = hostile.source(location.kind());
        let found = prober.probe(&source, &location).await;
        assert_eq!(found, Err(failure), "{location:?}");
    }
}

#[actix_web::test]
async fn what_a_source_answers_instead_of_a_slide_is_named() {
    let page = b"<!doctype html><html><body><form>login</form></body></html>";
    let html = "Content-Type: text/html\r\n";
    let json = "Content-Type: application/json\r\n";
    for (answer, failure) in [
        (whole("200 OK", html, page), LinkFailure::Malformed),
        // A page that says it is the description.
        (whole("200 OK", json, page), LinkFailure::Malformed),
        (whole("200 OK", json, b""), LinkFailure::Malformed),
        (whole("200 OK", json, &[0xff; 4096]), LinkFailure::Malformed),
        (whole("204 No Content", "", b""), LinkFailure::Malformed),
        (
            whole("401 Unauthorized", html, page),
            LinkFailure::RefusedCredentials,
        ),
        (
            whole("403 Forbidden", html, page),
            LinkFailure::RefusedCredentials,
        ),
        (whole("400 Bad Request", html, page), LinkFailure::NotFound),
        (whole("404 Not Found", html, page), LinkFailure::NotFound),
        // Busy, not empty: the slide may well be there.
        (
            whole("429 Too Many Requests", html, page),
            LinkFailure::ServerError,
        ),
        (
            whole("500 Internal Server Error", html, page),
            LinkFailure::ServerError,
        ),
        (
            whole("502 Bad Gateway", html, page),
            LinkFailure::ServerError,
        ),
        (
            b"not HTTP at all\r\n\r\n".to_vec(),
            LinkFailure::SourceUnreachable,
        ),
        (Vec::new(), LinkFailure::SourceUnreachable),
        // Less than it promised.
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".to_vec(),
            LinkFailure::SourceUnreachable,
        ),
    ] {
        let hostile = Hostile::saying(answer);
        all_fail(&hostile, limits(), failure).await;
    }
}

#[actix_web::test]
async fn a_source_that_nobody_serves_is_unreachable() {
    let port = free_port();
    for location in one_of_each() {
        let source = RegisteredSource {
            base_url: format!("http://127.0.0.1:{port}"),
            ..Hostile::saying("").source(location.kind())
        };
        let found = prober(limits()).probe(&source, &location).await;
        assert_eq!(found, Err(LinkFailure::SourceUnreachable));
    }
}

/// Waits until the other side has gone away.
fn until_closed(stream: &mut TcpStream) {
    use std::io::Read;
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|read| read > 0) {}
}

#[actix_web::test]
async fn a_slow_source_costs_one_time_limit_however_it_is_slow() {
    let limit = Duration::from_millis(400);
    let limits = OutboundLimits {
        overall: limit,
        ..limits()
    };
    let silent = Hostile::start(|_, stream| until_closed(stream));
    // Begins an answer and never ends it.
    let half = Hostile::start(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"));
        until_closed(stream);
    });
    // Sends on, each time a little too early to be called slow: only the whole counts.
    let winding = Hostile::start(move |path, stream| {
        std::thread::sleep(limit / 2);
        let headers = format!("Location: {path}x\r\n");
        drop(stream.write_all(&whole("302 Found", &headers, b"")));
    });
    for hostile in [silent, half, winding] {
        let begin = Instant::now();
        all_fail(&hostile, limits, LinkFailure::Timeout).await;
        let taken = begin.elapsed();
        assert!(taken < limit * 3 * 2, "three checks took {taken:?}");
    }
}

#[actix_web::test]
async fn a_source_that_floods_is_cut_off() {
    let limits = OutboundLimits {
        max_bytes: 64 * 1024,
        ..limits()
    };
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let endless = Hostile::start(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[");
        while stream.write_all(&[b' '; 4096]).is_ok() {
            count.fetch_add(4096, Ordering::SeqCst);
        }
    });
    all_fail(&endless, limits, LinkFailure::TooLarge).await;
    // Beyond the limit there is only what lies in the buffers of the two sockets.
    assert!(sent.load(Ordering::SeqCst) < 3 * 16 * 1024 * 1024);
    // A length that is promised is believed as far as it condemns.
    let promised = Hostile::start(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"));
        until_closed(stream);
    });
    all_fail(&promised, limits, LinkFailure::TooLarge).await;
}

#[actix_web::test]
async fn a_compressed_bomb_is_not_unpacked() {
    // Ten megabytes of spaces as gzip: 10 kB on the wire. Asked for plain bytes, nobody may send it; who does is not understood.
    use std::process::{Command, Stdio};
    let mut gzip = Command::new("gzip")
        .arg("-9")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = gzip.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&vec![b' '; 10_000_000]).unwrap());
    let bomb = gzip.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    assert!(bomb.len() < 64 * 1024);
    let headers = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let hostile = Hostile::saying(whole("200 OK", headers, &bomb));
    all_fail(&hostile, limits(), LinkFailure::Malformed).await;
}

#[actix_web::test]
async fn a_source_cannot_send_us_elsewhere() {
    let elsewhere = Arc::new(Hostile::saying(whole("200 OK", "", b"[]")));
    let other = elsewhere.port;
    let targets = [
        format!("http://127.0.0.1:{other}/slides/"),
        format!("http://localhost:{other}/slides/"),
        format!("http://[::1]:{other}/"),
        format!("//127.0.0.1:{other}/slides/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://metadata.google.internal/".to_owned(),
        "https://127.0.0.1/slides/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/slides/".to_owned(),
        // The same host, but not below the source.
        "/admin".to_owned(),
        "/slides/../admin".to_owned(),
        "/slides/..%2fadmin".to_owned(),
        "/slides-of-others/x".to_owned(),
        "http://".to_owned(),
    ];
    for target in targets {
        for status in [
            "301 Moved",
            "302 Found",
            "303 See Other",
            "307 Temporary",
            "308 Permanent",
        ] {
            let hostile = Hostile::saying(whole(status, &format!("Location: {target}\r\n"), b""));
            all_fail(&hostile, limits(), LinkFailure::RedirectRefused).await;
            assert_eq!(
                hostile.connections(),
                3,
                "{target}: asked once for each kind"
            );
        }
    }
    assert_eq!(elsewhere.connections(), 0, "nobody else was asked");
    let nowhere = Hostile::saying(whole("302 Found", "", b""));
    all_fail(&nowhere, limits(), LinkFailure::Malformed).await;
    let circle = Hostile::saying(whole("302 Found", "Location: /slides/round\r\n", b""));
    all_fail(&circle, limits(), LinkFailure::RedirectRefused).await;
    assert_eq!(circle.connections(), 3 * 4, "three steps, no more");
}

/// A name service that says what it is told, each time the next; it counts how often it is asked.
struct Names {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
}

impl Names {
    fn saying(answers: &[&[&str]]) -> Arc<Self> {
        let read = |address: &&str| SocketAddr::new(address.parse().unwrap(), 0);
        Arc::new(Self {
            answers: answers
                .iter()
                .map(|one| one.iter().map(read).collect())
                .collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Names {
    fn lookup(
        &self,
        _name: String,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst) % self.answers.len();
        let answer = self.answers[turn].clone();
        Box::pin(async move { Ok(answer) })
    }
}

#[actix_web::test]
async fn a_name_that_leads_inside_is_refused_unless_its_source_is_registered_as_internal() {
    let hostile = Hostile::saying(whole("404 Not Found", "", b""));
    for inside in [
        &["127.0.0.1"][..],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["10.0.0.7"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["0.0.0.0"],
        // One of several is enough: the connection takes whichever answers.
        &["193.252.0.1", "127.0.0.1"],
    ] {
        let outbound = Outbound::with_resolver(limits(), Names::saying(&[inside])).unwrap();
        let source = RegisteredSource {
            base_url: format!("http://slides.example.org:{}", hostile.port),
            internal: false,
            ..hostile.source(SourceKind::DeepZoom)
        };
        let found = Prober::over(outbound)
            .probe(&source, &deep_zoom("cmu.dzi"))
            .await;
        assert_eq!(found, Err(LinkFailure::AddressRefused), "{inside:?}");
    }
    assert_eq!(hostile.connections(), 0, "nobody inside was asked");
    let names = Names::saying(&[&["127.0.0.1"]]);
    let outbound = Outbound::with_resolver(limits(), names).unwrap();
    let source = RegisteredSource {
        base_url: format!("http://slides.example.org:{}", hostile.port),
        ..hostile.source(SourceKind::DeepZoom)
    };
    let found = Prober::over(outbound)
        .probe(&source, &deep_zoom("cmu.dzi"))
        .await;
    assert_eq!(
        found,
        Err(LinkFailure::NotFound),
        "an internal source is asked"
    );
    assert_eq!(hostile.connections(), 1);
}

#[actix_web::test]
async fn a_name_that_changes_its_mind_is_refused_at_the_connection_itself() {
    let hostile = Hostile::saying(whole("404 Not Found", "", b""));
    // The check and the connection use one and the same answer.
    let names = Names::saying(&[&["127.0.0.1"], &["193.252.0.1"]]);
    let outbound = Outbound::with_resolver(limits(), names.clone()).unwrap();
    let source = RegisteredSource {
        base_url: format!("http://slides.example.org:{}", hostile.port),
        internal: false,
        ..hostile.source(SourceKind::DeepZoom)
    };
    let found = Prober::over(outbound)
        .probe(&source, &deep_zoom("cmu.dzi"))
        .await;
    assert_eq!(found, Err(LinkFailure::AddressRefused));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1, "resolved once");
    assert_eq!(hostile.connections(), 0);
}

#[actix_web::test]
async fn literal_addresses_inside_are_refused_for_a_public_source() {
    let hostile = Hostile::saying(whole("404 Not Found", "", b""));
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let source = RegisteredSource {
            base_url: format!("http://{host}:{}", hostile.port),
            internal: false,
            ..hostile.source(SourceKind::DeepZoom)
        };
        let found = prober(limits()).probe(&source, &deep_zoom("cmu.dzi")).await;
        assert_eq!(found, Err(LinkFailure::AddressRefused), "{host}");
    }
    assert_eq!(hostile.connections(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_source_sends_the_check_ends_with_a_named_failure(
        body in prop::collection::vec(any::<u8>(), 0..2_000),
        kind in 0..3usize,
    ) {
        let location = one_of_each()[kind].clone();
        let hostile = Hostile::saying(whole("200 OK", "", &body));
        let found = actix_web::rt::System::new().block_on(async {
            prober(limits()).probe(&hostile.source(location.kind()), &location).await
        });
        prop_assert!(found.is_err());
    }
}
