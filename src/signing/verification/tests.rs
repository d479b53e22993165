use super::*;
use crate::domain::cases::InitialDiagnosisStatus;
use crate::domain::ids::{CaseId, LaboratoryId, NetworkId, OpinionId, PersonId, SlideId};
use crate::domain::opinions::{Concordance, OpinionContent, OpinionKind};
use crate::domain::statement::{CaseNamed, FORM, OpinionNamed, Requester, Signer, SlideNamed};
use crate::signing::authority::{Certified, Subject, certify, establish};
use crate::signing::jades::{prepare, sign};
use chrono::Duration;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn at() -> DateTime<Utc> {
    "2026-11-24T09:30:00Z".parse().unwrap()
}

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn authority(n: u128) -> Certified {
    establish("GCS Antilles-Guyane", at() - Duration::days(30), id(n)).unwrap()
}

pub(crate) fn expert(authority: &Certified, from: DateTime<Utc>) -> Certified {
    let subject = Subject {
        name: "Dr Aimée Césaire-Larose",
        organisation: "GCS Antilles-Guyane",
        identifier: "10101010101",
    };
    certify(authority, subject, from, id(7)).unwrap()
}

pub(crate) fn statement() -> Statement {
    Statement {
        form: FORM.into(),
        case: CaseNamed {
            id: CaseId(id(1)),
            reference: "REL-2026-000123-K".into(),
        },
        requested_by: Requester {
            laboratory: LaboratoryId(id(2)),
            laboratory_name: "Centre hospitalier de Cayenne".into(),
            finess: Some("970302022".into()),
            person: PersonId(id(3)),
            name: "Dr Léon Damas".into(),
        },
        signed_by: Signer {
            person: PersonId(id(4)),
            name: "Dr Aimée Césaire-Larose".into(),
            rpps: Some("10101010101".into()),
            network: NetworkId(id(5)),
            network_name: "GCS Antilles-Guyane".into(),
        },
        signed_at: at(),
        opinion: OpinionNamed {
            id: OpinionId(id(6)),
            version: 1,
            kind: OpinionKind::Opinion,
            cycle: 1,
            follows: None,
            reason: None,
        },
        codes: Vec::new(),
        synoptic: None,
        initial_diagnosis_status: Some(InitialDiagnosisStatus::Provisional),
        slides: vec![SlideNamed {
            id: SlideId(id(8)),
            label: "A1-1".into(),
            stain: "H&E".into(),
            readable: true,
        }],
        reading: None,
        panel: vec![],
        snapshots: vec![],
        content: OpinionContent {
            conclusion: "Carcinome lobulaire infiltrant.".into(),
            concordance: Some(Concordance::MinorDiscordance),
            ..OpinionContent::default()
        },
    }
}

/// An opinion signed as the exchange signs it, with the authority that certified its key.
fn signed() -> (Jades, Certified) {
    let authority = authority(9);
    let key = expert(&authority, at() - Duration::hours(1));
    let payload = canonical::bytes(&statement()).unwrap();
    let jades = sign(&payload, &key, &authority.certificate, at()).unwrap();
    (jades, authority)
}

fn file(jades: &Jades) -> Vec<u8> {
    serde_json::to_vec(jades).unwrap()
}

fn trusting(authority: &Certified) -> Trust<'_> {
    Trust {
        authorities: Some(std::slice::from_ref(&authority.certificate)),
        time_authorities: None,
    }
}

/// The check that fails on a file.
fn fails_at(file: &[u8], trusted: &Certified) -> (Check, String) {
    let report = verify(file, trusting(trusted));
    assert!(report.statement.is_none(), "{report:?}");
    let failure = report.failure().expect("a failed check").clone();
    assert_eq!(
        report.findings.last(),
        Some(&failure),
        "nothing is checked after the first failure"
    );
    (failure.check, failure.said)
}

/// Signs other bytes or another header with a key of ours, as a forger could who has one.
fn forged(payload: &[u8], change: impl FnOnce(&mut Value)) -> (Vec<u8>, Certified) {
    let authority = authority(9);
    let key = expert(&authority, at() - Duration::hours(1));
    let prepared = prepare(payload, &[&key.certificate, &authority.certificate], at()).unwrap();
    let text = String::from_utf8(prepared.to_sign()).unwrap();
    let (header, payload) = text.split_once('.').unwrap();
    let mut header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    change(&mut header);
    let protected = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap());
    let signature = jsonwebtoken::crypto::sign(
        format!("{protected}.{payload}").as_bytes(),
        &EncodingKey::from_ec_der(&key.key),
        Algorithm::ES256,
    )
    .unwrap();
    let jades = Jades {
        protected,
        payload: payload.into(),
        signature,
        header: None,
    };
    (file(&jades), authority)
}

#[test]
fn a_signed_opinion_holds_and_tells_what_was_checked() {
    let (jades, authority) = signed();
    let report = verify(&file(&jades), trusting(&authority));
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.statement, Some(statement()));
    let checked: Vec<Check> = report
        .findings
        .iter()
        .map(|finding| finding.check)
        .collect();
    for check in <Check as crate::domain::text_enum::TextEnum>::ALL {
        assert!(checked.contains(check), "{check}");
    }
    let without_trust = verify(&file(&jades), Trust::default());
    assert!(without_trust.holds());
    let fingerprint = without_trust.authority.unwrap();
    assert_eq!(fingerprint, hex(&Sha256::digest(&authority.certificate)));
}

#[test]
fn what_was_signed_in_an_earlier_form_still_holds() {
    for (form, holds) in READ.into_iter().map(|form| (form, true)).chain([
        ("relecture-opinion-0", false),
        ("relecture-opinion-8", false),
    ]) {
        let mut earlier = statement();
        earlier.form = form.into();
        let (file, authority) = forged(&canonical::bytes(&earlier).unwrap(), |_| {});
        let report = verify(&file, trusting(&authority));
        assert_eq!(report.holds(), holds, "{form}: {report:?}");
    }
}

#[test]
fn no_byte_of_the_file_can_be_changed() {
    let (jades, authority) = signed();
    let original = file(&jades);
    for place in 0..original.len() {
        for flip in [0x01, 0x20] {
            let mut altered = original.clone();
            altered[place] ^= flip;
            let report = verify(&altered, trusting(&authority));
            assert!(
                report.failure().is_some() && report.statement.is_none(),
                "byte {place} xor {flip}: {report:?}"
            );
        }
    }
}

#[test]
fn each_forgery_is_refused_by_name() {
    let payload = canonical::bytes(&statement()).unwrap();
    let header = |change: fn(&mut Value)| forged(&payload, change);
    type Row = (&'static str, (Vec<u8>, Certified), Check, &'static str);
    let table: Vec<Row> = vec![
        (
            "no algorithm",
            header(|h| h["alg"] = json!("none")),
            Check::Header,
            "none",
        ),
        (
            "another algorithm",
            header(|h| h["alg"] = json!("HS256")),
            Check::Header,
            "HS256",
        ),
        (
            "a critical member",
            header(|h| h["crit"] = json!(["b64"])),
            Check::Header,
            "b64",
        ),
        (
            "another type",
            header(|h| h["typ"] = json!("JWT")),
            Check::Header,
            "JWT",
        ),
        (
            "an empty criticality",
            header(|h| h["crit"] = json!([])),
            Check::Header,
            "demands",
        ),
        (
            "no certificate",
            header(|h| h["x5c"] = json!([])),
            Check::Certificate,
            "two certificates",
        ),
        (
            "the authority as signer",
            header(|h| {
                let issuer = h["x5c"][1].clone();
                h["x5c"] = json!([issuer, issuer]);
            }),
            Check::Certificate,
            "another certificate than it carries",
        ),
        (
            "another instant",
            header(|h| h["iat"] = json!(1_795_511_401)),
            Check::Statement,
            "instants",
        ),
        (
            "an instant before the certificate",
            header(|h| h["iat"] = json!(1_700_000_000)),
            Check::Validity,
            "valid from",
        ),
        (
            "white space in the payload",
            forged(&[&payload[..], b" "].concat(), |_| {}),
            Check::Statement,
            "canonical",
        ),
        (
            "a key twice in the payload",
            forged(
                br#"{"form":"relecture-opinion-1","form":"relecture-opinion-1"}"#,
                |_| {},
            ),
            Check::Statement,
            "canonical",
        ),
        (
            "another document",
            forged(br#"{"a":1}"#, |_| {}),
            Check::Statement,
            "not an opinion",
        ),
    ];
    for (forgery, (file, authority), check, said) in table {
        let (failed, words) = fails_at(&file, &authority);
        assert_eq!(failed, check, "{forgery}: {words}");
        assert!(words.contains(said), "{forgery}: {words}");
    }
}

#[test]
fn parts_of_two_opinions_do_not_fit_together() {
    let (one, authority) = signed();
    let (other, other_authority) = signed();
    let mixed = |payload: &Jades, signature: &Jades| Jades {
        protected: one.protected.clone(),
        payload: payload.payload.clone(),
        signature: signature.signature.clone(),
        header: None,
    };
    let mut changed = statement();
    changed.content.conclusion = "Mastopathie bénigne.".into();
    let changed = Jades {
        payload: URL_SAFE_NO_PAD.encode(canonical::bytes(&changed).unwrap()),
        ..one.clone()
    };
    for jades in [mixed(&one, &other), mixed(&changed, &one)] {
        assert_eq!(fails_at(&file(&jades), &authority).0, Check::Signature);
    }
    assert_eq!(
        fails_at(&file(&one), &other_authority).0,
        Check::Authority,
        "signed under an authority that the reader does not trust"
    );
}

#[test]
fn a_certificate_that_the_authority_did_not_make_is_refused() {
    let (authority, stranger) = (authority(9), authority(10));
    // Same names, another key: the stranger's certificate says that the authority made it.
    let key = expert(&stranger, at() - Duration::hours(1));
    let payload = canonical::bytes(&statement()).unwrap();
    let jades = sign(&payload, &key, &authority.certificate, at()).unwrap();
    let (check, words) = fails_at(&file(&jades), &authority);
    assert_eq!(check, Check::Authority);
    assert!(words.contains("did not make"), "{words}");
}

#[test]
fn what_is_not_a_signed_opinion_is_refused_without_a_panic() {
    let (_, authority) = signed();
    for text in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"protected":"","payload":"","signature":""}"#,
        "\u{0}",
    ] {
        let (check, _) = fails_at(text.as_bytes(), &authority);
        assert!(matches!(check, Check::File | Check::Header), "{text}");
    }
}
