//! Mails leave through a real mail server, and each way in which that fails is told apart.

use relecture::config::{Mail, MailBackend, SmtpTls};
use relecture::notify::mailer::{MailError, Mailer, OutgoingMail};

use super::mailer;
use crate::support::smtp::SmtpServer;

fn mail() -> OutgoingMail {
    OutgoingMail {
        id: uuid::Uuid::from_u128(7),
        to: "camille@example.org".into(),
        to_name: "Dr Élodie Bellerose".into(),
        language: "fr",
        subject: "Avis signé disponible (REL-2026-000123-4)".into(),
        text: "Bonjour,\n\nL’avis peut être lu.\n".into(),
        html: "<p lang=\"fr\">L’avis peut être lu.</p>".into(),
    }
}

#[actix_web::test]
async fn a_mail_arrives_whole_and_says_that_a_machine_wrote_it() {
    let mut server = SmtpServer::start("accept");
    mailer(server.port, SmtpTls::None)
        .send(&mail())
        .await
        .unwrap();
    let taken = server.next_mail();
    assert_eq!(taken["to"][0], "camille@example.org");
    let content = taken["content"].as_str().unwrap();
    for part in [
        "Message-ID: <00000000-0000-0000-0000-000000000007@example.org>",
        "Auto-Submitted: auto-generated",
        "Content-Language: fr",
        "Content-Type: multipart/alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
    ] {
        assert!(content.contains(part), "{part} is missing in {content}");
    }
}

#[actix_web::test]
async fn what_may_pass_is_told_from_what_will_not() {
    let table = [
        (
            "refuse-recipient",
            MailError::Permanent("the mail server answered 550".into()),
        ),
        (
            "refuse-once",
            MailError::Transient("the mail server answered 451".into()),
        ),
        (
            "slow",
            MailError::Transient("the mail server did not answer in time".into()),
        ),
        (
            "drop",
            MailError::Transient("no connection to the mail server".into()),
        ),
    ];
    for (mode, expected) in table {
        let server = SmtpServer::start(mode);
        let outcome = mailer(server.port, SmtpTls::None)
            .send(&mail())
            .await
            .unwrap_err();
        assert_eq!(
            std::mem::discriminant(&outcome),
            std::mem::discriminant(&expected),
            "{mode}: {outcome}"
        );
        if mode != "drop" {
            assert_eq!(outcome, expected, "{mode}");
        }
        assert!(
            !outcome.to_string().contains("camille"),
            "no address in an error: {outcome}"
        );
    }
}

#[actix_web::test]
async fn a_server_that_is_down_or_offers_no_tls_is_tried_again_later() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap().port();
    drop(listener);
    assert!(matches!(
        mailer(nobody, SmtpTls::None).send(&mail()).await,
        Err(MailError::Transient(_))
    ));
    let plain = SmtpServer::start("accept");
    for tls in [SmtpTls::Starttls, SmtpTls::Implicit] {
        let outcome = mailer(plain.port, tls).send(&mail()).await;
        assert!(
            matches!(outcome, Err(MailError::Transient(_))),
            "nothing is sent in the clear when TLS is asked for: {outcome:?}"
        );
    }
}

#[actix_web::test]
async fn a_bad_address_is_given_up_and_a_folder_keeps_each_mail_once() {
    let server = SmtpServer::start("accept");
    let bad = OutgoingMail {
        to: "not an address".into(),
        ..mail()
    };
    assert!(matches!(
        mailer(server.port, SmtpTls::None).send(&bad).await,
        Err(MailError::Permanent(_))
    ));
    let folder = tempfile::tempdir().unwrap();
    let config = Mail {
        from: "relecture@example.org".parse().unwrap(),
        backend: MailBackend::File(folder.path().join("mails")),
    };
    let mailer = Mailer::from_config(&config).unwrap();
    for _ in 0..2 {
        mailer.send(&mail()).await.unwrap();
    }
    let kept: Vec<_> = std::fs::read_dir(folder.path().join("mails"))
        .unwrap()
        .collect();
    assert_eq!(
        kept.len(),
        1,
        "a second delivery of the same mail is the same file"
    );
}
