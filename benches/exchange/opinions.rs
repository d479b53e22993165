//! What signing, verifying, printing and logging an opinion cost: the signature and the documents by themselves, on one core; the
//! transparency log on the database too.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use relecture::clock::{SystemClock, SystemIds};
use relecture::domain::cases::InitialDiagnosisStatus;
use relecture::domain::ids::{CaseId, LaboratoryId, NetworkId, OpinionId, PersonId, SlideId};
use relecture::domain::opinions::{Concordance, OpinionContent, OpinionKind};
use relecture::domain::statement::{
    CaseNamed, FORM, OpinionNamed, Requester, Signer, SlideNamed, Statement,
};
use relecture::report::bundle::verification::verify_bundle;
use relecture::report::bundle::{Contents, Proven, bundle};
use relecture::report::{Chain, pdf};
use relecture::service::{Core, transparency};
use relecture::signing::authority::{Certified, Subject, certify, establish};
use relecture::signing::transparency::{
    Growth, KEY_BYTES, LogKey, Proof, Tiles, entry, tiles_of_proof,
};
use relecture::signing::verification::{Trust, verify};
use relecture::signing::{canonical, jades};
use relecture::store::{Store, StoreConfig};
use relecture::texts::Language;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::database::Place;
use crate::report::{Report, Target, ms};
use crate::seed::Template;
use crate::{Outcome, say};

/// Where the opinions are told apart from what is measured over HTTP.
const ON: &str = "opinions";
/// Entries of a log in which one is proved.
const LONG: u64 = 10_000_000;
/// Entries that are given their places at once.
const WAITING: i64 = 50_000;
const VERIFY_AT: &str = "https://relecture.example.org/verify";

/// The middle of many takes.
fn median(takes: u32, mut take: impl FnMut() -> Outcome<()>) -> Outcome<Duration> {
    let mut times = Vec::new();
    for _ in 0..takes {
        let began = Instant::now();
        take()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times
        .get(times.len() / 2)
        .copied()
        .ok_or_else(|| "nothing was measured".into())
}

/// Who signs.
struct Pen {
    authority: Certified,
    key: Certified,
    at: DateTime<Utc>,
}

impl Pen {
    fn new() -> Outcome<Self> {
        let at: DateTime<Utc> = "2026-11-23T09:00:00Z".parse()?;
        let before = at - TimeDelta::days(1);
        let authority = establish("Relecture signing authority", before, Uuid::from_u128(1))?;
        let subject = Subject {
            name: "Dr Aimée Césaire-Larose",
            organisation: "GCS Antilles-Guyane",
            identifier: "10101010101",
        };
        let key = certify(&authority, subject, before, Uuid::from_u128(2))?;
        Ok(Self { authority, key, at })
    }

    fn sign(&self, statement: &Statement) -> Outcome<jades::Jades> {
        let payload = canonical::bytes(statement)?;
        Ok(jades::sign(
            &payload,
            &self.key,
            &self.authority.certificate,
            self.at,
        )?)
    }
}

/// An opinion of the usual length, on four slides.
fn statement(at: DateTime<Utc>) -> Statement {
    let id = Uuid::from_u128;
    let slide = |number: u32| SlideNamed {
        id: SlideId(id(100 + u128::from(number))),
        label: format!("A1-{number}"),
        stain: "H&E".into(),
        readable: true,
    };
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
        signed_at: at,
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
        slides: (1..=4).map(slide).collect(),
        reading: None,
        panel: Vec::new(),
        snapshots: Vec::new(),
        content: OpinionContent {
            conclusion: "Carcinome lobulaire infiltrant de grade 2. ".repeat(12),
            concordance: Some(Concordance::MinorDiscordance),
            ..OpinionContent::default()
        },
    }
}

/// The signature and the documents, without database and HTTP.
pub fn alone(report: &mut Report) -> Outcome<()> {
    say("Measuring what an opinion costs");
    let pen = Pen::new()?;
    let statement = statement(pen.at);
    let signing = median(501, || {
        black_box(pen.sign(&statement)?);
        Ok(())
    })?;
    report.figure(ON, "signed, p50", &Target::AtMost(5.0), ms(signing), "ms");
    let signed = pen.sign(&statement)?;
    let text = serde_json::to_string(&signed)?;
    let trusted = [pen.authority.certificate.clone()];
    let trust = Trust {
        authorities: Some(&trusted),
        time_authorities: None,
    };
    let verifying = median(501, || {
        let found = verify(text.as_bytes(), trust);
        found.holds().then_some(()).ok_or("it does not hold")?;
        Ok(())
    })?;
    report.figure(
        ON,
        "verified, p50",
        &Target::AtMost(20.0),
        ms(verifying),
        "ms",
    );
    let chain = Chain::of(std::slice::from_ref(&text))?;
    let printing = median(51, || {
        black_box(pdf(&chain, VERIFY_AT, Language::French)?);
        Ok(())
    })?;
    report.figure(
        ON,
        "printed (PDF), p50",
        &Target::AtMost(150.0),
        ms(printing),
        "ms",
    );
    let (proven, proving) = long_log(&signed)?;
    let papers = [
        pdf(&chain, VERIFY_AT, Language::French)?,
        pdf(&chain, VERIFY_AT, Language::English)?,
    ];
    let zip = bundle(Contents {
        signed: &text,
        time_authorities: &[],
        proven: Some(proven),
        revocations: None,
        seats: Vec::new(),
        papers,
    })?;
    let whole = median(51, || {
        let found = verify_bundle(&zip, trust, None, Some(VERIFY_AT));
        let holds = found.is_some_and(|found| found.holds());
        holds.then_some(()).ok_or("the bundle does not hold")?;
        Ok(())
    })?;
    let what = "a whole bundle verified, its two reports printed again, p50";
    report.figure(ON, what, &Target::AtMost(20.0), ms(whole), "ms");
    let what = "a proof among 10,000,000 entries, tiles in memory, p50";
    report.figure(ON, what, &Target::AtMost(5.0), ms(proving), "ms");
    Ok(())
}

/// A log of ten million entries, one of which is of that opinion: its proof, and how long a proof takes.
fn long_log(signed: &jades::Jades) -> Outcome<(Proven, Duration)> {
    let (salt, position) = ([7; 32], 6_543_210);
    let mut growth = Growth::of(0, Tiles::new())?;
    for at in 0..LONG {
        growth.add(&if at == position {
            entry(&salt, signed)
        } else {
            Sha256::digest(at.to_be_bytes()).into()
        });
    }
    let key = LogKey::new("relecture.example.org/log", &[7; KEY_BYTES])?;
    let checkpoint = key.sign(LONG, growth.root()?)?;
    let tiles: Tiles = growth.changed().collect();
    let prove = |position| -> Outcome<Proof> {
        let wanted = tiles_of_proof(LONG, position)?;
        let read = |at| Some((at, tiles.get(&at)?.clone()));
        let read: Tiles = wanted.into_iter().filter_map(read).collect();
        Ok(Proof::make(
            position,
            salt,
            LONG,
            &read,
            checkpoint.clone(),
        )?)
    };
    let mut at = 0;
    let proving = median(501, || {
        at = (at + 7_919_101) % LONG;
        black_box(prove(at)?);
        Ok(())
    })?;
    let proven = Proven {
        proof: prove(position)?.to_text(),
        public_key: key.public().to_owned(),
    };
    Ok((proven, proving))
}

/// How fast entries that wait get their places, on a database.
pub fn entered(report: &mut Report, template: &Template, place: &Place) -> Outcome<()> {
    let mut core = Core::new(Arc::new(SystemClock), Arc::new(SystemIds), &[7; 32])?;
    // The server has begun the log already, and sealed its key.
    core.sealing = template.sealing.clone();
    let (core, store) = (Arc::new(core), Store::open(&StoreConfig::new(place.url()))?);
    let system = actix_web::rt::System::new();
    system.block_on(transparency::complete(&store, Arc::clone(&core)))?;
    let bytes = match place {
        Place::Sqlite(_) => "randomblob(32)",
        Place::Postgres { .. } => "sha256(convert_to(id, 'UTF8'))",
    };
    place.connect()?.batch_execute(&format!(
        "INSERT INTO transparency_salts (opinion_id, salt, entry) SELECT id, {bytes}, {bytes} FROM opinions \
         WHERE id NOT IN (SELECT opinion_id FROM transparency_salts) LIMIT {WAITING}"
    ))?;
    let began = Instant::now();
    system.block_on(transparency::complete(&store, core))?;
    let rate = WAITING as f64 / began.elapsed().as_secs_f64();
    let what = "entries of the transparency log that get their places";
    report.figure(place.name(), what, &Target::AtLeast(2_000.0), rate, "/s");
    Ok(())
}
