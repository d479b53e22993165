//! Sources that take no password: an authority gives tokens for them, or they know us by a certificate.

use std::sync::Arc;

use relecture::clock::SystemClock;
use relecture::domain::pyramid::Region;
use relecture::domain::slides::{LinkFailure, SourceKind};
use relecture::slides::gateway::{Gateway, GatewayLimits};
use relecture::slides::outbound::{ClientCredentials, Credentials, Identity, RegisteredSource};
use relecture::slides::probe::Prober;

use super::{limits, prober};
use crate::support::doors::{Authority, Guarded, Voucher};
use crate::support::hostile::{Hostile, whole};
use crate::support::nginx::deep_zoom;

async fn probed(prober: &Prober, source: &RegisteredSource) -> Result<u64, LinkFailure> {
    let found = prober.probe(source, &deep_zoom("one.dzi")).await;
    found.map(|facts| facts.width)
}

/// A tile, through the gateway.
async fn shown(source: RegisteredSource) -> usize {
    let gateway = Gateway::new(limits(), GatewayLimits::default(), Arc::new(SystemClock)).unwrap();
    let slide = gateway.open(source, &deep_zoom("one.dzi")).await.unwrap();
    let whole = Region {
        x: 0,
        y: 0,
        width: 64,
        height: 64,
    };
    let picture = gateway.picture(&slide, whole, 64, 64).await.unwrap();
    picture.bytes.len()
}

#[actix_web::test]
async fn one_token_is_asked_for_and_shown_by_all_until_it_ends() {
    let authority = Authority::start(3600);
    let (source, prober) = (authority.source(authority.client()), prober(limits()));
    let all = (0..20).map(|_| probed(&prober, &source));
    for found in futures_util::future::join_all(all).await {
        assert_eq!(found, Ok(64));
    }
    assert_eq!(authority.asked(), (1, 0), "one token for all");
    // The authority took it back: another one is asked for, and nobody notices.
    authority.told("/forget");
    assert_eq!(probed(&prober, &source).await, Ok(64));
    assert_eq!(authority.asked(), (2, 1));
    assert!(shown(source.clone()).await > 100);
    // The same source with another secret does not go on with the token of the first.
    let other = ClientCredentials {
        client_secret: "wrong".into(),
        ..authority.client()
    };
    let found = probed(&prober, &authority.source(other)).await;
    assert_eq!(found, Err(LinkFailure::RefusedCredentials));
    let other = ClientCredentials {
        scope: Some("everything".into()),
        ..authority.client()
    };
    let found = probed(&prober, &authority.source(other)).await;
    assert_eq!(found, Err(LinkFailure::RefusedCredentials));
    // A token that lives on is good while the authority is out of order, and no longer.
    authority.told("/break");
    assert_eq!(probed(&prober, &source).await, Ok(64));
    authority.told("/forget");
    assert_eq!(
        probed(&prober, &source).await,
        Err(LinkFailure::AuthorityFailed)
    );
}

#[actix_web::test]
async fn a_token_that_is_about_to_end_is_not_kept() {
    let authority = Authority::start(20);
    let source = authority.source(authority.client());
    assert_eq!(probed(&prober(limits()), &source).await, Ok(64));
    assert_eq!(
        authority.asked(),
        (2, 0),
        "one for the description, one for the tile"
    );
}

#[actix_web::test]
async fn an_authority_is_asked_by_the_rules_of_its_source_and_believed_in_nothing() {
    let authority = Authority::start(3600);
    let prober = prober(limits());
    // A public source has no authority within, nor one that is spoken to in clear.
    for token_url in [
        authority.token_url(),
        authority.token_url().replace("http:", "https:"),
        "https://[::1]/token".to_owned(),
        "https://169.254.169.254/token".to_owned(),
    ] {
        let client = ClientCredentials {
            token_url: token_url.clone(),
            ..authority.client()
        };
        let source = RegisteredSource {
            internal: false,
            base_url: "https://193.252.0.1:9/slides".into(),
            ..authority.source(client)
        };
        let found = probed(&prober, &source).await;
        assert_eq!(found, Err(LinkFailure::AddressRefused), "{token_url}");
    }
    assert_eq!(authority.asked(), (0, 0), "nobody within was asked");
    let elsewhere = Hostile::saying(whole("200 OK", "", b"{}"));
    let sent_on = format!("Location: http://127.0.0.1:{}/token\r\n", elsewhere.port);
    let json = "Content-Type: application/json\r\n";
    for (answer, failure) in [
        (
            whole("302 Found", &sent_on, b""),
            LinkFailure::RedirectRefused,
        ),
        (
            whole("200 OK", json, b"<html>login</html>"),
            LinkFailure::AuthorityFailed,
        ),
        (
            whole(
                "200 OK",
                json,
                br#"{"access_token":"a b","token_type":"Bearer"}"#,
            ),
            LinkFailure::AuthorityFailed,
        ),
        (
            whole("200 OK", json, &vec![b' '; 100_000]),
            LinkFailure::AuthorityFailed,
        ),
        (
            whole("500 Internal Server Error", "", b""),
            LinkFailure::AuthorityFailed,
        ),
        (
            whole("401 Unauthorized", "", b""),
            LinkFailure::RefusedCredentials,
        ),
        (Vec::new(), LinkFailure::AuthorityFailed),
    ] {
        let hostile = Hostile::saying(answer);
        let client = ClientCredentials {
            token_url: format!("http://127.0.0.1:{}/token", hostile.port),
            ..authority.client()
        };
        let found = probed(&prober, &authority.source(client)).await;
        assert_eq!(found, Err(failure));
    }
    assert_eq!(elsewhere.connections(), 0);
    // A source that takes no token at all is asked twice, with two tokens, and not again.
    let never = Hostile::saying(whole("401 Unauthorized", "", b""));
    let source = RegisteredSource {
        credentials: Some(Credentials::ClientCredentials(authority.client())),
        ..never.source(SourceKind::DeepZoom)
    };
    assert_eq!(
        probed(&prober, &source).await,
        Err(LinkFailure::RefusedCredentials)
    );
    assert_eq!((never.connections(), authority.asked().0), (2, 2));
}

#[actix_web::test]
async fn a_source_knows_us_by_a_certificate_and_we_know_it_by_its_authority() {
    let (voucher, stranger) = (Voucher::new(), Voucher::new());
    let server = Guarded::start(&voucher);
    let (good, prober) = (voucher.identity(2020..2090), prober(limits()));
    assert_eq!(probed(&prober, &server.source(good.clone())).await, Ok(64));
    assert!(shown(server.source(good.clone())).await > 100);
    let (certificate, key) = stranger.vouches_for("relecture", 2020..2090);
    for (story, identity, failure) in [
        (
            "a certificate of another authority",
            Identity {
                certificate,
                key,
                ..good.clone()
            },
            LinkFailure::RefusedCredentials,
        ),
        (
            "one that has run out",
            voucher.identity(2020..2021),
            LinkFailure::RefusedCredentials,
        ),
        (
            "a server for which another authority should vouch",
            Identity {
                authority: Some(stranger.certificate.clone()),
                ..good.clone()
            },
            LinkFailure::CertificateRefused,
        ),
        (
            "a server for which nobody vouches that the system trusts",
            Identity {
                authority: None,
                ..good.clone()
            },
            LinkFailure::CertificateRefused,
        ),
        (
            "what is no certificate any more",
            Identity {
                certificate: "x".into(),
                ..good.clone()
            },
            LinkFailure::RefusedCredentials,
        ),
    ] {
        let found = probed(&prober, &server.source(identity)).await;
        assert_eq!(found, Err(failure), "{story}");
    }
}
