//! Everything that somebody needs to read and to verify an opinion without us, as one ZIP: its report in French and English, the
//! signed form, its parts as plain files for tools that know no JAdES, the proof that it is in the transparency log, the same of each
//! reading of a panel that it was written over and of what its readers say of it, and how to use them.

mod readme;
pub mod verification;

use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use self::readme::{ENGLISH, FRENCH};
use super::ReportError;
use crate::domain::hexadecimal::hex;
use crate::domain::statement::{ReadingNamed, Statement};
use crate::signing::authority::pem;
use crate::signing::jades::{Jades, der_signature};
use crate::signing::revocation;

/// Looks the proofs and the readings over, for who has Node and no program of ours.
const VERIFY_LOG: &str = include_str!("bundle/verify-log.mjs");

/// The signed form in a bundle.
const OPINION: &str = "opinion.json";
/// The reports, in French and in English.
const PAPERS: [&str; 2] = ["avis.pdf", "report.pdf"];
/// The proof of the transparency log, and its public key.
const PROOF: &str = "opinion.tlog-proof";
const LOG_KEY: &str = "log-key.txt";

/// What the authority that certified the signer's key has taken back.
const REVOCATIONS: &str = "revocations.pem";

/// That an opinion is in the transparency log.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The proof as a file (C2SP tlog-proof).
    pub proof: String,
    /// The log's public key, in one line.
    pub public_key: String,
}

/// What goes into a bundle.
#[derive(Debug)]
pub struct Contents<'a> {
    /// The signed form, with its time stamp where it has one.
    pub signed: &'a str,
    /// Certificates (DER) of the time stamp authority, where they are known.
    pub time_authorities: &'a [Vec<u8>],
    /// That it is in the log.
    pub proven: Option<Proven>,
    /// What its authority has taken back (DER), where the exchange is that authority.
    pub revocations: Option<Vec<u8>>,
    /// The readings that it names, and what their readers have said of it.
    pub seats: Vec<SeatFiles>,
    /// The reports, in French and in English.
    pub papers: [Vec<u8>; 2],
}

/// What a reader of a panel signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatForm {
    /// Their reading.
    Reading,
    /// What they say of the opinion that another signed.
    Position,
}

impl SeatForm {
    /// Where the files of a seat are.
    fn folder(self, seat: u32) -> String {
        let kind = match self {
            Self::Reading => "readings",
            Self::Position => "positions",
        };
        format!("{kind}/{seat}/")
    }
}

/// What is known of something that a reader signed.
#[derive(Debug, Clone)]
pub struct SeatFiles {
    /// What it is.
    pub kind: SeatForm,
    /// Number of the seat.
    pub seat: u32,
    /// The signed form, with its time stamp where it has one.
    pub signed: String,
    /// That it is in the log.
    pub proven: Option<Proven>,
    /// What its authority has taken back (DER), where the exchange is that authority.
    pub revocations: Option<Vec<u8>>,
}

/// The SHA-256 of the certificate of the authority under which a form is signed, lower-case hexadecimal.
pub fn authority_of(signed: &str) -> Option<String> {
    let jades: Jades = serde_json::from_str(signed).ok()?;
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&jades.protected).ok()?).ok()?;
    let last = header.get("x5c")?.as_array()?.last()?.as_str()?;
    Some(hex(&Sha256::digest(STANDARD.decode(last).ok()?)))
}

/// The readings that a signed form names.
///
/// # Errors
/// [`ReportError::Forms`] when it is not one of ours.
pub fn readings_named(signed: &str) -> Result<Vec<ReadingNamed>, ReportError> {
    let jades: Option<Jades> = serde_json::from_str(signed).ok();
    let payload = jades.and_then(|jades| URL_SAFE_NO_PAD.decode(jades.payload).ok());
    let statement: Option<Statement> =
        payload.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(statement.ok_or_else(unreadable)?.panel)
}

fn unreadable() -> ReportError {
    ReportError::Forms("the signed form cannot be read".into())
}

/// The bundle. The same contents give the same bytes.
///
/// # Errors
/// [`ReportError::Forms`] when the signed form is not one of ours, [`ReportError::Document`] when the archive cannot be made.
pub fn bundle(contents: Contents<'_>) -> Result<Vec<u8>, ReportError> {
    let copies = Copies::of(contents.signed).ok_or_else(unreadable)?;
    let seats = contents.seats.into_iter();
    let seats: Vec<(SeatFiles, Copies)> = seats
        .map(|one| {
            let copies = Copies::of(&one.signed).ok_or_else(unreadable)?;
            Ok((one, copies))
        })
        .collect::<Result<_, ReportError>>()?;
    let each = seats.iter();
    let each = each.map(|(one, copies)| (one.kind.folder(one.seat), copies));
    let each: Vec<(String, &Copies)> = each.collect();
    let in_log = contents.proven.is_some();
    let own = contents.revocations.as_ref().map(|_| String::new());
    let listed = seats.iter().filter(|(one, _)| one.revocations.is_some());
    let listed = listed.map(|(one, _)| one.kind.folder(one.seat));
    let listed: Vec<String> = own.into_iter().chain(listed).collect();
    let written = |words| readme::written(words, &copies, &each, &listed, in_log);
    let mut files: Vec<File> = vec![
        ("LISEZMOI.txt".into(), written(&FRENCH)),
        ("README.txt".into(), written(&ENGLISH)),
    ];
    let mut proofs = std::iter::once(contents.proven.as_ref())
        .chain(seats.iter().map(|(one, _)| one.proven.as_ref()))
        .flatten();
    if let Some(Proven { public_key, .. }) = proofs.next() {
        files.push((LOG_KEY.into(), format!("{public_key}\n").into_bytes()));
    }
    if in_log || !seats.is_empty() {
        files.push(("verify-log.mjs".into(), VERIFY_LOG.as_bytes().to_vec()));
    }
    if !contents.time_authorities.is_empty() {
        let authorities = contents.time_authorities.iter();
        let pems: String = authorities.map(|der| pem(der)).collect();
        files.push(("time-authority.pem".into(), pems.into_bytes()));
    }
    let papers = PAPERS.map(ToOwned::to_owned);
    files.extend(papers.into_iter().zip(contents.papers));
    let around = (contents.proven, contents.revocations);
    files.extend(of_form("", contents.signed, copies, around));
    for (one, copies) in seats {
        let folder = one.kind.folder(one.seat);
        let around = (one.proven, one.revocations);
        files.extend(of_form(&folder, &one.signed, copies, around));
    }
    zipped(&files).map_err(|error| ReportError::Document(error.to_string()))
}

type File = (String, Vec<u8>);

/// The files of a signed form in their folder.
fn of_form(
    folder: &str,
    signed: &str,
    copies: Copies,
    (proven, revocations): (Option<Proven>, Option<Vec<u8>>),
) -> Vec<File> {
    let form = (OPINION, signed.as_bytes().to_vec());
    let proof = proven.map(|proven| (PROOF, proven.proof.into_bytes()));
    let list = revocations.map(|der| (REVOCATIONS, revocation::pem_of(&der).into_bytes()));
    std::iter::once(form)
        .chain(copies.files)
        .chain(proof)
        .chain(list)
        .map(|(name, bytes)| (format!("{folder}{name}"), bytes))
        .collect()
}

/// The parts of a signed form as plain files, which anybody can make again of it.
struct Copies {
    files: Vec<(&'static str, Vec<u8>)>,
    signed_at: i64,
    /// Whether there are certificates between the signer's and the authority's.
    through: bool,
    stamped: bool,
}

impl Copies {
    /// Of a signed form; none when it is not one of ours.
    fn of(signed: &str) -> Option<Self> {
        let jades: Jades = serde_json::from_str(signed).ok()?;
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&jades.protected).ok()?).ok()?;
        let chain = header.get("x5c")?.as_array()?;
        let certificate = |one: &Value| Some(pem(&STANDARD.decode(one.as_str()?).ok()?));
        let chain = chain.iter().map(certificate).collect::<Option<Vec<_>>>()?;
        let [signer, between @ .., authority] = chain.as_slice() else {
            return None;
        };
        let stamp = jades.tokens().ok()?.into_iter().next();
        let stamped = stamp.is_some();
        let mut files = vec![
            ("payload.json", URL_SAFE_NO_PAD.decode(&jades.payload).ok()?),
            ("signer.pem", signer.clone().into_bytes()),
            ("authority.pem", authority.clone().into_bytes()),
            (
                "signed.txt",
                format!("{}.{}", jades.protected, jades.payload).into_bytes(),
            ),
            (
                "signature.der",
                der_signature(&URL_SAFE_NO_PAD.decode(&jades.signature).ok()?)?,
            ),
            ("signature.txt", jades.signature.into_bytes()),
        ];
        let through = !between.is_empty();
        if through {
            files.push(("between.pem", between.concat().into_bytes()));
        }
        files.extend(stamp.map(|token| ("timestamp.der", token)));
        Some(Self {
            files,
            through,
            signed_at: header.get("iat").and_then(Value::as_i64)?,
            stamped,
        })
    }
}

fn zipped(files: &[File]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Without the instant of the making: the same opinion is the same file.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests;
