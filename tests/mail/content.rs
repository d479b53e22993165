//! What mails say, and what none of them ever says.

use std::collections::BTreeSet;

use chrono::Duration;
use relecture::domain::cases::*;
use relecture::domain::commands::{self, CommandBody};
use relecture::domain::notifications::Timing;
use relecture::domain::text_enum::TextEnum;
use relecture::domain::time::Clock as _;
use relecture::domain::webhooks::EventKind;
use relecture::service::duties::{self, NewDuty};
use relecture::service::{cases, digest};
use serde_json::Value;

use super::summary::choose;
use super::*;
use crate::journey::{Hand, after, mails, reason, source_for_noumea};
use crate::support::exchange::key;
use crate::support::readers::joins_pool;
use crate::support::smtp::SmtpServer;
use crate::webhooks::{Receiver, registered};

/// Stands in every text that anybody writes into the cases of this story, and in nothing else.
const MARKER: &str = "Zorglub";
/// The patient's, and nobody else's.
const BIRTH_YEAR: u16 = 1953;
const ACCESSION: &str = "26H77077";

fn marked(field: &str) -> String {
    format!("{MARKER} {field}")
}

fn content(world: &World) -> CaseContent {
    let mut content = world.excused_content();
    content.question = marked("question");
    content.clinical_context = marked("contexte");
    content.macroscopy = marked("macroscopie");
    content.urgency_reason = Some(marked("urgence"));
    content.diaginter_number = Some("ZORGLUB-2026".into());
    if let Some(diagnosis) = &mut content.initial_diagnosis {
        diagnosis.text = Some(marked("diagnostic"));
    }
    if let Some(patient) = &mut content.patient {
        patient.accession_number = ACCESSION.into();
        patient.birth_year = Some(BIRTH_YEAR);
    }
    let specimen = &mut content.specimens[0];
    specimen.site = marked("siège");
    specimen.procedure = marked("geste");
    specimen.blocks[0].slides[0].label = marked("lame");
    specimen.blocks[0].slides[0].unreadable_because = Some(marked("excuse"));
    content
}

fn opinion() -> relecture::domain::opinions::OpinionContent {
    let mut opinion = crate::journey::opinion();
    opinion.microscopy = marked("microscopie");
    opinion.conclusion = marked("conclusion");
    opinion.recommendation = marked("recommandation");
    opinion
}

async fn submitted<'w>(
    world: &'w World,
    login: &str,
    source: Option<relecture::domain::ids::SlideSourceId>,
) -> Hand<'w> {
    let submitter = world.actor(&format!("{login}@example.org")).await;
    let mut content = content(world);
    if let Some(source) = source {
        content.specimens[0].blocks[0].slides[0].source = source;
    }
    let laboratory = submitter.submitting().next().unwrap();
    let written = cases::create(&world.exchange, &submitter, laboratory, content, key(), "r")
        .await
        .unwrap();
    let hand = Hand {
        world,
        case: written.case,
    };
    hand.does(login, CommandBody::Submit).await.unwrap();
    hand
}

fn answered() -> Box<commands::Answered> {
    Box::new(commands::Answered { opinion: opinion() })
}

/// Lives through cases until every kind of mail was written.
async fn everything_happens(world: &World) {
    digest::schedule_recurring(&world.exchange).await.unwrap();
    // What the submitter of Cayenne does not want by itself is told the day after.
    let daily = [(NotificationKind::Receipt, Timing::Daily)];
    choose(world, "submitter.cayenne", &daily).await;
    // Offered, reminded of, expired, offered to the next, asked about, late, answered, contested, amended.
    let long = submitted(world, "submitter.cayenne", None).await;
    for _ in 0..5 {
        after(world, Duration::hours(1)).await;
    }
    long.does("expert.second", CommandBody::Accept)
        .await
        .unwrap();
    let question = commands::RequestInformation {
        kind: InformationKind::ALL[0],
        question: marked("question posée"),
    };
    long.does("expert.second", CommandBody::RequestInformation(question))
        .await
        .unwrap();
    let parcel = commands::SendMaterial {
        items: vec![marked("bloc")],
        carrier: marked("transporteur"),
        tracking: Some(marked("colis")),
    };
    long.does("submitter.cayenne", CommandBody::SendMaterial(parcel))
        .await
        .unwrap();
    let waiting = long.seen_by("submitter.cayenne").await.unwrap();
    let reply = commands::Reply {
        request: waiting.requests[0].id.parse().unwrap(),
        reply: marked("réponse"),
    };
    long.does("submitter.cayenne", CommandBody::Answer(reply))
        .await
        .unwrap();
    let arrived = commands::Reply {
        request: waiting.requests[1].id.parse().unwrap(),
        reply: marked("reçu"),
    };
    long.does("submitter.cayenne", CommandBody::ReceiveMaterial(arrived))
        .await
        .unwrap();
    for _ in 0..7 {
        after(world, Duration::days(1)).await;
    }
    long.does("expert.second", CommandBody::ReleasePreliminary(answered()))
        .await
        .unwrap();
    long.does("expert.second", CommandBody::Sign(answered()))
        .await
        .unwrap();
    long.does(
        "submitter.cayenne",
        CommandBody::Contest(reason(&marked("désaccord"))),
    )
    .await
    .unwrap();
    let revised = commands::Revised {
        reason: marked("motif"),
        opinion: opinion(),
    };
    let addendum = CommandBody::AddAddendum(Box::new(revised.clone()));
    long.does("expert.second", addendum).await.unwrap();
    long.does(
        "expert.second",
        CommandBody::Reopen(reason(&marked("réouverture"))),
    )
    .await
    .unwrap();
    // What was signed before that is mended.
    long.does("expert.second", CommandBody::Correct(Box::new(revised)))
        .await
        .unwrap();
    // Asked back after it was accepted.
    let back = submitted(world, "submitter.cayenne", None).await;
    back.does("expert.breast", CommandBody::Accept)
        .await
        .unwrap();
    back.does(
        "submitter.cayenne",
        CommandBody::RequestWithdrawal(reason(&marked("retrait"))),
    )
    .await
    .unwrap();
    back.does("coordinator.antilles", CommandBody::AgreeWithdrawal)
        .await
        .unwrap();
    // Held for triage, then declined by everybody, then refused.
    let source = source_for_noumea(world).await;
    let refused = submitted(world, "submitter.noumea", Some(source)).await;
    let release = commands::Triage {
        urgency: None,
        subspecialty: None,
    };
    refused
        .does("coordinator.pacific", CommandBody::Triage(release))
        .await
        .unwrap();
    for expert in ["expert.breast", "expert.second"] {
        let decline = commands::Decline {
            reason: DeclineReason::Overloaded,
            comment: marked("refus"),
        };
        refused
            .does(expert, CommandBody::Decline(decline))
            .await
            .unwrap();
    }
    let refuse = commands::Refuse {
        reason: RefusalReason::OutOfScope,
        comment: marked("refus du réseau"),
    };
    refused
        .does("coordinator.pacific", CommandBody::Refuse(refuse))
        .await
        .unwrap();
    a_panel_reads(world).await;
    a_panel_waits(world).await;
    somebody_is_on_call(world).await;
    // Still open when the coordinators' day begins.
    submitted(world, "submitter.cayenne", None).await;
    after(world, Duration::days(1)).await;
}

/// A panel is convened, one of its readers gives the seat back, two sign, the coordinator does not wait for the rest, and one
/// dissents from the consensus.
async fn a_panel_reads(world: &World) {
    let case = submitted(world, "submitter.cayenne", None).await;
    let seen = case.seen_by("coordinator.antilles").await.unwrap();
    let chair = seen.expert.expect("it is offered").name.replace(' ', ".");
    case.does(&chair, CommandBody::Accept).await.unwrap();
    let allowed = r#"UPDATE cases SET content = replace(content, '"panel":false', '"panel":true')"#;
    world.alter(allowed).await;
    let mut readers = Vec::new();
    for login in ["reader.second", "reader.third"] {
        joins_pool(world, login, None).await;
        readers.push(case.actor(login).await.person);
    }
    let reason_of_panel = marked("motif de la lecture à plusieurs");
    let convene = commands::Convene {
        readers,
        reason: reason_of_panel,
    };
    let decline = commands::Decline {
        reason: DeclineReason::Overloaded,
        comment: marked("place rendue"),
    };
    for (login, body) in [
        ("coordinator.antilles", CommandBody::Convene(convene)),
        ("reader.second", CommandBody::LeavePanel(decline)),
        (chair.as_str(), CommandBody::SignReading(answered())),
        ("reader.third", CommandBody::JoinPanel),
        ("reader.third", CommandBody::SignReading(answered())),
        (
            "coordinator.antilles",
            CommandBody::ClosePanel(reason(&marked("clôture"))),
        ),
        (chair.as_str(), CommandBody::Sign(answered())),
        (
            "reader.third",
            CommandBody::Dissent(reason(&marked("désaccord"))),
        ),
    ] {
        case.does(login, body).await.unwrap();
    }
}

/// A panel is convened, and nobody reads: its readers are reminded, one is replaced, who has the case is late.
async fn a_panel_waits(world: &World) {
    let case = submitted(world, "submitter.cayenne", None).await;
    let seen = case.seen_by("coordinator.antilles").await.unwrap();
    let chair = seen.expert.expect("it is offered").name.replace(' ', ".");
    case.does(&chair, CommandBody::Accept).await.unwrap();
    let allowed = r#"UPDATE cases SET content = replace(content, '"panel":false', '"panel":true')"#;
    world.alter(allowed).await;
    joins_pool(world, "reader.fourth", None).await;
    let taken = case.actor(&chair).await.person;
    let readers = ["reader.second", "reader.third", "reader.fourth"];
    let mut others = Vec::new();
    for login in readers {
        let person = case.actor(login).await.person;
        if person != taken {
            others.push(person);
        }
    }
    others.truncate(1);
    let convene = commands::Convene {
        readers: others,
        reason: marked("motif de la lecture à plusieurs"),
    };
    let convene = CommandBody::Convene(convene);
    case.does("coordinator.antilles", convene).await.unwrap();
    for _ in 0..36 {
        after(world, Duration::hours(1)).await;
    }
    after(world, Duration::days(7)).await;
}

/// A coordinator puts an expert on call for a week with a Saturday in it.
async fn somebody_is_on_call(world: &World) {
    world
        .alter(r#"UPDATE networks SET on_call_hours = '{"sat":[["08:00","12:00"]]}'"#)
        .await;
    let now = world.clock.now();
    let duty = NewDuty {
        expert: world.actor("expert.breast@example.org").await.person,
        starts_at: now,
        ends_at: now + Duration::days(7),
    };
    let coordinator = world.actor("coordinator.antilles@example.org").await;
    duties::add(
        &world.exchange,
        &coordinator,
        world.antilles,
        duty,
        None,
        "r",
    )
    .await
    .unwrap();
}

/// A system that is told of events says that it is there no more.
async fn a_webhook_is_stopped(world: &World) {
    let receiver = Receiver::start();
    registered(world, &receiver.at("410"), &[EventKind::CaseSubmitted]).await;
    Hand::submitted(world).await;
    let worker = worker(&world.exchange, 1);
    while worker.work_once(Topic::Webhook).await.unwrap() {}
}

async fn speak(world: &World, language: &'static str) {
    use diesel::prelude::*;
    use relecture::store::schema::people;
    world
        .exchange
        .store
        .write(move |conn| {
            diesel::update(people::table)
                .set(people::language.eq(language))
                .execute(conn)?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

/// Every address in a text.
fn addresses(text: &str) -> Vec<&str> {
    text.match_indices("http")
        .map(|(at, _)| {
            let end = text[at..].find(|c: char| c.is_whitespace() || c == '"' || c == '<');
            &text[at..end.map_or(text.len(), |end| at + end)]
        })
        .collect()
}

#[actix_web::test]
async fn no_mail_tells_anything_of_a_case_and_every_link_asks_for_a_login() {
    for (language, (_database, world)) in ["fr", "en"].into_iter().zip(worlds().await) {
        everything_happens(&world).await;
        account_links::accounts_are_looked_after(&world).await;
        a_webhook_is_stopped(&world).await;
        speak(&world, language).await;
        let server = SmtpServer::start("accept");
        let worker = worker(&world.exchange, server.port);
        while worker.work_once(Topic::Mail).await.unwrap() {}
        after(&world, Duration::days(1)).await;
        while worker.work_once(Topic::Mail).await.unwrap() {}
        let written: BTreeSet<&str> = mails(&world)
            .await
            .iter()
            .map(|mail| mail.kind.as_str())
            .collect();
        let all: BTreeSet<&str> = NotificationKind::ALL
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        assert_eq!(written, all, "the story causes every kind of mail");

        let arrived = server.rest();
        let cayenne = world.actor("submitter.cayenne@example.org").await.person;
        let all = mails(&world).await;
        let by_itself = all
            .iter()
            .filter(|mail| (mail.kind, mail.to) != (NotificationKind::Receipt, cayenne));
        assert_eq!(arrived.len(), by_itself.count());
        for mail in arrived {
            check(&mail, language);
        }
    }
}

fn check(mail: &Value, language: &str) {
    let parts = ["subject", "text", "html"].map(|part| mail[part].as_str().unwrap());
    for part in parts {
        let folded = part.to_lowercase();
        for secret in [&MARKER.to_lowercase(), ACCESSION, &BIRTH_YEAR.to_string()] {
            assert!(
                !folded.contains(&secret.to_lowercase()),
                "{secret} in {part}"
            );
        }
    }
    let [_, text, html] = parts;
    assert!(html.contains(&format!("lang=\"{language}\"")), "{html}");
    let (ours, theirs) = match language {
        "fr" => ("connexion nécessaire", "login needed"),
        _ => ("login needed", "connexion nécessaire"),
    };
    let chooses = addresses(text).iter().any(|link| link.contains("/welcome"));
    for part in [text, html] {
        if chooses {
            let link = format!("{PUBLIC_URL}/welcome?t=");
            assert!(
                addresses(part).iter().all(|one| one.starts_with(&link)),
                "{part}"
            );
            continue;
        }
        assert!(part.contains(ours) && !part.contains(theirs), "{part}");
        let links = addresses(part);
        assert!(!links.is_empty(), "{part}");
        for link in links {
            let path = link
                .strip_prefix(&format!("{PUBLIC_URL}/"))
                .unwrap_or_else(|| panic!("{link}"));
            let case = path.strip_prefix("cases/").map(str::parse::<CaseId>);
            let page = ["worklist", "administration/webhooks"].contains(&path);
            assert!(page || matches!(case, Some(Ok(_))), "{link}");
        }
    }
}
