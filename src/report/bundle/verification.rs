//! Is what is in this bundle of one opinion, as an expert signed it? Each file by itself, and all of them together.

mod positions;
mod readings;
mod revocations;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::{CompressionMethod, ZipArchive};

pub use self::positions::PositionFound;
pub use self::readings::ReadingFound;
use super::{Copies, LOG_KEY, OPINION, PAPERS, PROOF, REVOCATIONS, SeatForm};
use crate::domain::statement::ReadingNamed;
use crate::domain::text_enum::text_enum;
use crate::report::verification::verify_paper;
use crate::signing::jades::Jades;
use crate::signing::transparency::{self, Logged, published_key};
use crate::signing::verification::{Report, Trust, verify};

/// What a bundle begins with.
const ZIP: &[u8] = b"PK\x03\x04";
/// Most files that are looked at, and most bytes of them all.
const FILES: usize = 128;
const BYTES: u64 = 32 << 20;
/// Files that are no evidence: how to use the others, and certificates that only their reader can trust.
const AROUND: [&str; 4] = [
    "LISEZMOI.txt",
    "README.txt",
    "verify-log.mjs",
    "time-authority.pem",
];

text_enum! {
    /// What is checked of a bundle, before and after the opinion in it.
    pub enum BundleCheck {
        /// It can be unpacked, and holds a signed opinion and nothing that does not belong to it.
        Archive = "archive",
        /// Of an opinion over the readings of a panel: each reading that it names is there, as its reader signed it.
        Readings = "readings",
        /// What the other readers have said of it is about it, as each signed it.
        Positions = "positions",
        /// The plain files are parts of the signed form.
        Copies = "copies",
        /// The reports hold, and are of this opinion.
        Papers = "papers",
        /// The lists of keys that were taken out of use, where there are any, are their authorities' and name none that had to sign
        /// after that.
        Revocation = "revocation",
        /// The proof, where there is one, shows that the opinion is in the transparency log.
        Log = "log",
    }
}

/// What such a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFinding {
    /// The check.
    pub check: BundleCheck,
    /// What was found, in words.
    pub said: String,
    /// Whether it held.
    pub holds: bool,
}

/// What was found in a bundle.
#[derive(Debug)]
pub struct Bundle {
    /// Of the files around the opinion.
    pub findings: Vec<BundleFinding>,
    /// Of the opinion; none when the bundle could not be unpacked.
    pub opinion: Option<Report>,
    /// Of the readings that it names, when all of them hold.
    pub readings: Vec<ReadingFound>,
    /// What the other readers have said of it, when all of that holds.
    pub positions: Vec<PositionFound>,
}

impl Bundle {
    /// Whether the opinion is as it was signed and the files around it belong to it, whatever the reports look like.
    pub fn opinion_holds(&self) -> bool {
        let opinion = self.opinion.as_ref().is_some_and(Report::holds);
        let mut around = self.findings.iter();
        opinion && around.all(|one| one.holds || one.check == BundleCheck::Papers)
    }

    /// Whether the reports are what this program prints of it, too.
    pub fn holds(&self) -> bool {
        self.opinion_holds() && self.failure().is_none()
    }

    /// The first file that did not hold.
    pub fn failure(&self) -> Option<&BundleFinding> {
        self.findings.iter().find(|finding| !finding.holds)
    }

    fn note(&mut self, check: BundleCheck, found: Result<String, String>) {
        let holds = found.is_ok();
        let (Ok(said) | Err(said)) = found;
        self.findings.push(BundleFinding { check, said, holds });
    }
}

/// Verifies a bundle; nothing when the file is none. `log_keys` are the public keys of the transparency logs that the reader trusts;
/// without them the key in the bundle is used, and told. `verify_at` as for a report.
pub fn verify_bundle(
    file: &[u8],
    trust: Trust<'_>,
    log_keys: Option<&[String]>,
    verify_at: Option<&str>,
) -> Option<Bundle> {
    if !file.starts_with(ZIP) {
        return None;
    }
    let mut bundle = Bundle {
        findings: Vec::new(),
        opinion: None,
        readings: Vec::new(),
        positions: Vec::new(),
    };
    let unpacked = unpack(file).and_then(|files| {
        let signed = files.get(OPINION).ok_or("there is no opinion.json")?;
        let signed = String::from_utf8(signed.clone()).map_err(|_| "opinion.json is no text")?;
        Ok((files, signed))
    });
    let (files, signed) = match unpacked {
        Ok(unpacked) => unpacked,
        Err(said) => {
            bundle.note(BundleCheck::Archive, Err(said));
            return Some(bundle);
        }
    };
    bundle.note(
        BundleCheck::Archive,
        Ok(format!("{} files, opinion.json among them", files.len())),
    );
    let opinion = verify(signed.as_bytes(), trust);
    if let Some(statement) = &opinion.statement {
        let named = statement.panel.as_slice();
        if !named.is_empty() {
            let found = readings::check(&files, statement, trust, log_keys);
            bundle.note(
                BundleCheck::Readings,
                found
                    .as_ref()
                    .map(|found| said_of(found))
                    .map_err(Clone::clone),
            );
            bundle.readings = found.unwrap_or_default();
            let found = positions::check(&files, &signed, statement, trust, log_keys);
            let said = found
                .as_ref()
                .map(|found| positions::said_of(statement, found));
            bundle.note(BundleCheck::Positions, said.map_err(Clone::clone));
            bundle.positions = found.unwrap_or_default();
        }
        bundle.note(BundleCheck::Copies, copies(&files, &signed, named));
        bundle.note(
            BundleCheck::Papers,
            papers(&files, &opinion, trust, verify_at),
        );
        bundle.note(BundleCheck::Revocation, revocations::check(&files));
        bundle.note(BundleCheck::Log, log(&files, &signed, log_keys));
    }
    bundle.opinion = Some(opinion);
    Some(bundle)
}

type Files = BTreeMap<String, Vec<u8>>;

fn unpack(file: &[u8]) -> Result<Files, String> {
    let broken = |_| "the archive cannot be read".to_owned();
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(broken)?;
    if archive.len() > FILES {
        return Err(format!("there are {} files in it", archive.len()));
    }
    let (mut files, mut left) = (Files::new(), BYTES);
    for at in 0..archive.len() {
        let one = archive.by_index(at).map_err(broken)?;
        let name = one.name().map_err(broken)?.into_owned();
        // What we make is not compressed: nothing can become larger than it is.
        if one.compression() != CompressionMethod::Stored || one.size() > left {
            return Err(format!("{name} was not packed as we pack"));
        }
        left -= one.size();
        let mut bytes = Vec::new();
        one.take(BYTES)
            .read_to_end(&mut bytes)
            .map_err(|_| format!("{name} is damaged"))?;
        if files.insert(name.clone(), bytes).is_some() {
            return Err(format!("{name} is there twice"));
        }
    }
    Ok(files)
}

/// Whether the plain files are what the signed forms say, and nothing else is there.
fn copies(files: &Files, signed: &str, readings: &[ReadingNamed]) -> Result<String, String> {
    let opinion = Copies::of(signed).ok_or("opinion.json cannot be taken apart")?;
    let opinion = opinion.files.into_iter();
    let mut made: BTreeMap<String, (Vec<u8>, String)> = opinion
        .map(|(name, bytes)| (name.to_owned(), (bytes, OPINION.to_owned())))
        .collect();
    let known = [OPINION, PROOF, LOG_KEY, REVOCATIONS]
        .into_iter()
        .chain(AROUND);
    let known = known.chain(PAPERS).map(ToOwned::to_owned);
    let mut known: Vec<String> = known.collect();
    let each = readings.iter().map(|one| one.seat);
    let each =
        each.flat_map(|seat| [SeatForm::Reading, SeatForm::Position].map(|kind| kind.folder(seat)));
    for folder in each {
        let place = format!("{folder}{OPINION}");
        let form = files
            .get(&place)
            .and_then(|form| std::str::from_utf8(form).ok());
        let copies = form.and_then(Copies::of).map(|copies| copies.files);
        for (name, bytes) in copies.unwrap_or_default() {
            made.insert(format!("{folder}{name}"), (bytes, place.clone()));
        }
        let around = [PROOF, REVOCATIONS].map(|name| format!("{folder}{name}"));
        known.extend(around.into_iter().chain([place]));
    }
    let mut same = 0;
    for (name, bytes) in files {
        match made.get(name) {
            Some((made, _)) if made == bytes => same += 1,
            Some((_, form)) => return Err(format!("{name} is not what {form} says")),
            None if known.contains(name) => {}
            None => return Err(format!("{name} does not belong to a bundle")),
        }
    }
    Ok(format!("{same} plain files are parts of what is signed"))
}

fn papers(
    files: &Files,
    opinion: &Report,
    trust: Trust<'_>,
    verify_at: Option<&str>,
) -> Result<String, String> {
    let mut found = 0;
    for name in PAPERS {
        let Some(file) = files.get(name) else {
            continue;
        };
        let paper =
            verify_paper(file, trust, verify_at).ok_or_else(|| format!("{name} is no report"))?;
        let attached = paper.opinion.as_ref();
        if attached.and_then(|one| one.statement.as_ref()) != opinion.statement.as_ref() {
            return Err(format!("{name} is not of this opinion"));
        }
        if !paper.pages_hold() {
            let failed = paper.findings.iter().find(|finding| !finding.holds);
            let said = failed.map_or("it does not hold", |finding| finding.said.as_str());
            return Err(format!("{name}: {said}"));
        }
        found += 1;
    }
    Ok(format!("{found} reports, made again byte for byte"))
}

fn log(files: &Files, signed: &str, trusted: Option<&[String]>) -> Result<String, String> {
    let Some((logged, own)) = proven(files, "", signed, trusted)? else {
        return Ok("there is no proof that it is in a transparency log".into());
    };
    let compare = match trusted {
        Some(_) => String::new(),
        None => format!("; compare its key with the one the exchange publishes: {own}"),
    };
    Ok(format!(
        "entry {} of {} in the log {}{compare}",
        logged.position, logged.size, logged.origin
    ))
}

/// What the proof in a folder shows of the signed form there, and the log's key; none without a proof.
fn proven(
    files: &Files,
    folder: &str,
    signed: &str,
    trusted: Option<&[String]>,
) -> Result<Option<(Logged, String)>, String> {
    let place = format!("{folder}{PROOF}");
    let Some(proof) = files.get(&place) else {
        return Ok(None);
    };
    let jades: Jades = serde_json::from_str(signed).map_err(|error| error.to_string())?;
    let file = files.get(LOG_KEY).map_or(&[][..], Vec::as_slice);
    let own = published_key(file).filter(|key| format!("{key}\n").as_bytes() == file);
    let own = own.ok_or_else(|| format!("{LOG_KEY} is no public key"))?;
    if trusted.is_some_and(|trusted| !trusted.contains(&own)) {
        return Err(format!("{LOG_KEY} is another key than the one you trust"));
    }
    let logged =
        transparency::check(proof, &jades, &own).map_err(|said| format!("{place}: {said}"))?;
    Ok(Some((logged, own)))
}

fn said_of(found: &[ReadingFound]) -> String {
    let count = |is: &dyn Fn(&ReadingFound) -> bool| found.iter().filter(|one| is(one)).count();
    format!(
        "{} readings, each as its reader signed it and as the opinion names it; {} stamped, {} proven to be in the log",
        found.len(),
        count(&|one| one.timestamp.is_some()),
        count(&|one| one.logged.is_some()),
    )
}
