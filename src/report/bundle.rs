//! Everything that somebody needs to read and to verify an opinion without us, as one ZIP: its report in French and English, the
//! signed form, its parts as plain files for tools that know no JAdES, the proof that it is in the transparency log, and how to use
//! them.

pub mod verification;

use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::ReportError;
use crate::signing::authority::pem;
use crate::signing::jades::Jades;

const FRENCH: &str = include_str!("bundle/LISEZMOI.txt");
const ENGLISH: &str = include_str!("bundle/README.txt");
/// Looks the proof over, for who has Node and no program of ours.
const VERIFY_LOG: &str = include_str!("bundle/verify-log.mjs");

/// The signed form in a bundle.
const OPINION: &str = "opinion.json";
/// The reports, in French and in English.
const PAPERS: [&str; 2] = ["avis.pdf", "report.pdf"];
/// The proof of the transparency log, and its public key.
const PROOF: &str = "opinion.tlog-proof";
const LOG_KEY: &str = "log-key.txt";

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
    /// The reports, in French and in English.
    pub papers: [Vec<u8>; 2],
}

/// The bundle. The same contents give the same bytes.
///
/// # Errors
/// [`ReportError::Forms`] when the signed form is not one of ours, [`ReportError::Document`] when the archive cannot be made.
pub fn bundle(contents: Contents<'_>) -> Result<Vec<u8>, ReportError> {
    let unreadable = || ReportError::Forms("the signed form cannot be read".into());
    let copies = Copies::of(contents.signed).ok_or_else(unreadable)?;
    let in_log = contents.proven.is_some();
    let mut files: Vec<File> = vec![
        ("LISEZMOI.txt", copies.readme(FRENCH, &FRENCH_STEPS, in_log)),
        ("README.txt", copies.readme(ENGLISH, &ENGLISH_STEPS, in_log)),
        (OPINION, contents.signed.as_bytes().to_vec()),
    ];
    files.extend(copies.files);
    if !contents.time_authorities.is_empty() {
        let pems: String = contents
            .time_authorities
            .iter()
            .map(|der| pem(der))
            .collect();
        files.push(("time-authority.pem", pems.into_bytes()));
    }
    if let Some(Proven { proof, public_key }) = contents.proven {
        files.extend([
            (PROOF, proof.into_bytes()),
            (LOG_KEY, format!("{public_key}\n").into_bytes()),
            ("verify-log.mjs", VERIFY_LOG.as_bytes().to_vec()),
        ]);
    }
    files.extend(PAPERS.into_iter().zip(contents.papers));
    zipped(&files).map_err(|error| ReportError::Document(error.to_string()))
}

type File = (&'static str, Vec<u8>);

/// The steps that not every bundle has, in a language.
struct Steps {
    stamp: &'static str,
    log: &'static str,
}

const FRENCH_STEPS: Steps = Steps {
    stamp: "L’horodatage est bien celui de cette signature (time-authority.pem : les certificats de l’autorité d’horodatage).",
    log: "L’avis figure au journal public des avis signés. Comparez log-key.txt avec la clé que publie le réseau (relecture log key,\n   \
          ou /log/key) ; toute implémentation de c2sp.org/tlog-proof lit la preuve, ou bien :",
};
const ENGLISH_STEPS: Steps = Steps {
    stamp: "The time stamp is of this signature (time-authority.pem: the certificates of the time stamp authority).",
    log: "The opinion is in the public log of signed opinions. Compare log-key.txt with the key that the network publishes\n   \
          (relecture log key, or /log/key); any implementation of c2sp.org/tlog-proof reads the proof, or:",
};

/// The parts of a signed form as plain files, which anybody can make again of it.
struct Copies {
    files: Vec<File>,
    signed_at: i64,
    stamped: bool,
}

impl Copies {
    /// Of a signed form; none when it is not one of ours.
    fn of(signed: &str) -> Option<Self> {
        let jades: Jades = serde_json::from_str(signed).ok()?;
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&jades.protected).ok()?).ok()?;
        let certificate = |at: usize| {
            let der = STANDARD
                .decode(header.get("x5c")?.get(at)?.as_str()?)
                .ok()?;
            Some(pem(&der).into_bytes())
        };
        let stamp = jades.tokens().ok()?.into_iter().next();
        let stamped = stamp.is_some();
        let mut files = vec![
            ("payload.json", URL_SAFE_NO_PAD.decode(&jades.payload).ok()?),
            ("signer.pem", certificate(0)?),
            ("authority.pem", certificate(1)?),
            (
                "signed.txt",
                format!("{}.{}", jades.protected, jades.payload).into_bytes(),
            ),
            (
                "signature.der",
                der(&URL_SAFE_NO_PAD.decode(&jades.signature).ok()?)?,
            ),
            ("signature.txt", jades.signature.into_bytes()),
        ];
        files.extend(stamp.map(|token| ("timestamp.der", token)));
        Some(Self {
            files,
            signed_at: header.get("iat").and_then(Value::as_i64)?,
            stamped,
        })
    }

    fn readme(&self, text: &str, steps: &Steps, in_log: bool) -> Vec<u8> {
        let stamp = "openssl ts -verify -token_in -in timestamp.der -data signature.txt -CAfile time-authority.pem";
        let more = [
            (self.stamped, steps.stamp, stamp),
            (in_log, steps.log, "node verify-log.mjs"),
        ];
        let more: String = more
            .into_iter()
            .filter(|(there, ..)| *there)
            .zip(5..)
            .map(|((_, words, command), step)| format!("\n{step}. {words}\n\n    $ {command}\n"))
            .collect();
        text.replace("{iat}", &self.signed_at.to_string())
            .replace("{more}", &more)
            .into_bytes()
    }
}

/// An ES256 signature as openssl reads it: the two halves as a sequence of integers.
fn der(signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = signature
        .split_at_checked(32)
        .filter(|(_, s)| s.len() == 32)?;
    let mut body = Vec::new();
    for half in [r, s] {
        let zeros = half.iter().take_while(|byte| **byte == 0).count().min(31);
        let digits = half.get(zeros..)?;
        // A leading bit would make it negative.
        let sign = usize::from(digits.first()? >= &0x80);
        body.extend([0x02, u8::try_from(digits.len() + sign).ok()?]);
        body.extend(std::iter::repeat_n(0, sign));
        body.extend(digits);
    }
    let mut whole = vec![0x30, u8::try_from(body.len()).ok()?];
    whole.extend(body);
    Some(whole)
}

fn zipped(files: &[File]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Without the instant of the making: the same opinion is the same file.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(*name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_becomes_two_integers() {
        let mut halves = [[0; 32], [0xff; 32]].concat();
        halves[31] = 1;
        let made = der(&halves).unwrap();
        assert_eq!(made[..8], [0x30, 38, 2, 1, 1, 2, 33, 0]);
        assert_eq!(made.len(), 40);
        assert_eq!(der(&halves[1..]), None);
    }
}
