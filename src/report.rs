//! A signed opinion on paper: PDF/A-3 (ISO 19005-3, level A) that people read, print and file, with the signed form inside.
//!
//! What was signed is the form that is attached, not the pages. So that nobody has to believe the pages, they are a function of
//! what is attached, of the language and of one address: whoever verifies a report makes its pages again and compares every byte.
//! Nothing in it names the patient: what is signed does not.

mod attached;
pub mod bundle;
mod content;
mod drawing;
mod layout;
mod typeface;
pub mod verification;

use sha2::{Digest, Sha256};

use crate::domain::hexadecimal::hex;
use crate::domain::panels::Stance;
use crate::domain::statement::Statement;
use crate::signing::jades::Jades;
use crate::signing::timestamps::Stamp;
use crate::signing::verification::{Report, Trust, verify};
use crate::texts::Language;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// What would be printed is not an opinion as it was signed, or not one version after the other.
    #[error("the signed forms do not hold: {0}")]
    Forms(String),
    /// The document could not be made.
    #[error("the document could not be made: {0}")]
    Document(String),
}

/// A signed version, as a report prints it.
#[derive(Debug, Clone)]
pub struct Version {
    /// The signed form, with its time stamp where it has one.
    pub form: String,
    /// SHA-256 of the signed form without what came after the signature, lower-case hexadecimal: what a later version names.
    pub sha256: String,
    /// What was signed.
    pub statement: Statement,
    /// What its time stamp attests, where it has one.
    pub stamp: Option<Stamp>,
    /// SHA-256 of the certificate of the authority that it carries.
    pub authority: String,
}

impl Version {
    /// Reads a signed form; in words why it is none.
    fn read(form: &str) -> Result<Self, String> {
        Self::of(form, verify(form.as_bytes(), Trust::default()))
    }

    /// A form with what was found in it.
    fn of(form: &str, found: Report) -> Result<Self, String> {
        let failed = found.failure().map(|failure| failure.said.clone());
        let missing = || failed.unwrap_or_default();
        Ok(Self {
            sha256: digest(form)?,
            statement: found.statement.ok_or_else(missing)?,
            stamp: found.timestamp,
            authority: found.authority.unwrap_or_default(),
            form: form.to_owned(),
        })
    }
}

/// The digest by which a later version names a form.
fn digest(form: &str) -> Result<String, String> {
    let read: Jades = serde_json::from_str(form).map_err(|error| error.to_string())?;
    let signed = serde_json::to_vec(&read.unstamped()).map_err(|error| error.to_string())?;
    Ok(hex(&Sha256::digest(signed)))
}

/// A signed version with those that it follows, the first one first. Each names the one before: none is missing. Beside it what the
/// other readers of a panel have said of that version, by the number of the seat; and the pictures that it shows, in its order.
#[derive(Debug, Clone)]
pub struct Chain(Vec<Version>, Vec<Position>, Vec<Vec<u8>>);

/// What a reader said of a version.
#[derive(Debug, Clone)]
struct Position {
    stance: Stance,
    signed: Version,
}

impl Chain {
    /// Of the signed forms of a case's versions, the first one first, and of what readers said of the last one.
    ///
    /// # Errors
    /// [`ReportError::Forms`].
    pub fn of(forms: &[String]) -> Result<Self, ReportError> {
        let versions: Result<Vec<Version>, String> =
            forms.iter().map(|form| Version::read(form)).collect();
        versions.and_then(Self::linked).map_err(ReportError::Forms)
    }

    /// Looks whether each version follows the one before, and whether what readers said is about the last one.
    fn linked(forms: Vec<Version>) -> Result<Self, String> {
        let stance = |one: &Version| Stance::of(one.statement.opinion.kind);
        let (said, versions): (Vec<Version>, Vec<Version>) =
            forms.into_iter().partition(|one| stance(one).is_some());
        let mut before: Option<&Version> = None;
        for version in &versions {
            let follows = version.statement.opinion.follows.as_ref();
            let number = version.statement.opinion.version;
            match (before, follows) {
                (None, None) => {}
                (None, Some(_)) => {
                    return Err(format!(
                        "version {number} follows another, which is not here"
                    ));
                }
                (Some(_), None) => {
                    return Err(format!("version {number} follows none of the others"));
                }
                (Some(before), Some(follows)) => {
                    if follows.sha256 != before.sha256
                        || before.statement.case != version.statement.case
                    {
                        return Err(format!(
                            "version {number} does not follow the one that stands before it"
                        ));
                    }
                }
            }
            before = Some(version);
        }
        if versions.is_empty() {
            return Err("there is none".into());
        }
        let positions = said.into_iter().map(|signed| {
            let last = before.ok_or("there is none")?;
            let stance = signed.statement.stance_on(&last.statement, &last.sha256);
            let seat = signed.statement.opinion.version;
            let stance = stance.map_err(|said| format!("what seat {seat} signed: {said}"))?;
            Ok(Position { stance, signed })
        });
        let positions = positions.collect::<Result<Vec<Position>, String>>()?;
        if positions.is_sorted_by(|one, next| {
            one.signed.statement.opinion.version < next.signed.statement.opinion.version
        }) {
            Ok(Self(versions, positions, Vec::new()))
        } else {
            Err("a reader said something of it twice".into())
        }
    }

    /// With the pictures that the last version shows, among others or not: each is known by its digest.
    ///
    /// # Errors
    /// [`ReportError::Forms`] when one is missing.
    pub fn showing(mut self, pictures: &[Vec<u8>]) -> Result<Self, ReportError> {
        let digests: Vec<String> = pictures
            .iter()
            .map(|one| hex(&Sha256::digest(one)))
            .collect();
        let shown = self
            .parts()
            .map(|(printed, _)| &printed.statement.snapshots);
        let each = shown.into_iter().flatten().map(|snapshot| {
            let mut known = digests.iter().zip(pictures);
            let found = known.find(|(digest, _)| **digest == snapshot.sha256);
            found.map(|(_, picture)| picture.clone())
        });
        let found: Option<Vec<Vec<u8>>> = each.collect();
        self.2 =
            found.ok_or_else(|| ReportError::Forms("a picture that it shows is missing".into()))?;
        Ok(self)
    }

    /// The version that is printed, and those before it.
    fn parts(&self) -> Option<(&Version, &[Version])> {
        self.0.split_last()
    }
}

/// The report of the last version of a chain as a PDF. The same chain, address and language give the same bytes. `verify_at` is
/// the address of the page on which anybody verifies it.
///
/// # Errors
/// [`ReportError::Forms`] without a picture that it shows, [`ReportError::Document`].
pub fn pdf(chain: &Chain, verify_at: &str, language: Language) -> Result<Vec<u8>, ReportError> {
    let (printed, earlier) = chain
        .parts()
        .ok_or_else(|| ReportError::Forms("there is none".into()))?;
    if printed.statement.snapshots.len() != chain.2.len() {
        return Err(ReportError::Forms(
            "a picture that it shows is missing".into(),
        ));
    }
    let faces = typeface::Typefaces::open()
        .ok_or_else(|| ReportError::Document("the typeface cannot be read".into()))?;
    let words = content::Words(language);
    let content = content::of(words, printed, earlier, &chain.1, verify_at);
    let pages = layout::set(&content, &faces);
    drawing::draw(&content, &pages, &faces, chain, language)
}

/// What a report's attachments are called: that of the version that it prints, that of an earlier one, and what a reader said.
fn file_name(signed: &Statement, printed: bool) -> String {
    let number = signed.opinion.version;
    match Stance::of(signed.opinion.kind) {
        Some(_) => format!("position-{number}.json"),
        None if printed => "opinion.json".to_owned(),
        None => format!("opinion-version-{number}.json"),
    }
}

#[cfg(test)]
mod tests;
