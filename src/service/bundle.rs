//! Everything that somebody needs to read and to verify an opinion without us, as one ZIP: its report in French and English, the
//! signed form, its parts as plain files for tools that know no JAdES, and how to use them.

use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Exchange;
use super::cases::record_read;
use super::error::ServiceError;
use super::report;
use super::signatures::pem;
use crate::domain::ids::{CaseId, OpinionId};
use crate::domain::people::Actor;
use crate::signing::jades::Jades;
use crate::store::StoreError;
use crate::texts::Language;

const FRENCH: &str = include_str!("bundle/LISEZMOI.txt");
const ENGLISH: &str = include_str!("bundle/README.txt");
/// The step for what has a time stamp, in each language.
const STAMP: &str = "    $ openssl ts -verify -token_in -in timestamp.der -data signature.txt -CAfile time-authority.pem\n";

/// The bundle of a signed version. Its reading is on record.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not read the opinion, and for a version that is not signed.
pub async fn of(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    opinion: OpinionId,
    request_id: &str,
) -> Result<Vec<u8>, ServiceError> {
    let (forms, relation) = report::forms(ex, actor, case, opinion).await?;
    record_read(ex, actor, case, relation, "read_bundle", request_id).await?;
    let signed = forms.last().cloned().ok_or(ServiceError::NotFound)?;
    let languages = [Language::French, Language::English];
    let [french, english] = report::printed(ex, forms, languages).await?;
    let stamper = ex.core.stamper.as_ref();
    let time_authorities = stamper.map(|stamper| stamper.trusted.as_slice());
    let mut files = files(&signed, time_authorities.unwrap_or_default())
        .ok_or(StoreError::Corrupt("signature"))?;
    files.extend([("avis.pdf", french), ("report.pdf", english)]);
    zipped(&files).map_err(|error| ServiceError::Internal(format!("bundle: {error}")))
}

type File = (&'static str, Vec<u8>);

/// The files; none when the signed form is not one of ours.
fn files(signed: &str, time_authorities: &[Vec<u8>]) -> Option<Vec<File>> {
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
    let said = |text: &str, words: &str| {
        let step = match &stamp {
            Some(_) => format!("\n5. {words}\n\n{STAMP}"),
            None => String::new(),
        };
        let iat = header
            .get("iat")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        text.replace("{iat}", &iat.to_string())
            .replace("{stamp}", &step)
            .into_bytes()
    };
    let french = "L’horodatage est bien celui de cette signature (time-authority.pem : les certificats de l’autorité d’horodatage).";
    let english = "The time stamp is of this signature (time-authority.pem: the certificates of the time stamp authority).";
    let mut files = vec![
        ("LISEZMOI.txt", said(FRENCH, french)),
        ("README.txt", said(ENGLISH, english)),
        ("opinion.json", signed.as_bytes().to_vec()),
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
    if !time_authorities.is_empty() {
        let pems: String = time_authorities.iter().map(|der| pem(der)).collect();
        files.push(("time-authority.pem", pems.into_bytes()));
    }
    Some(files)
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
