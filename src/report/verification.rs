//! Is this report what an expert signed? The attached forms are verified like any signed opinion; then the pages are made again of
//! them and compared, byte by byte.

use super::{Chain, Version, attached, pdf};
use crate::domain::panels::Stance;
use crate::domain::text_enum::text_enum;
use crate::signing::verification::{Report, Trust, verify};
use crate::texts::Language;

text_enum! {
    /// What is checked of a report, before and after the opinion that is attached to it.
    pub enum PaperCheck {
        /// The signed form is attached, and can be taken out.
        Attachment = "attachment",
        /// The versions that it follows are attached too, whole, and each names the one before; so are the pictures that it shows.
        Chain = "chain",
        /// The pages, and everything else in the document, are what this program makes of what is attached.
        Pages = "pages",
    }
}

/// What such a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFinding {
    /// The check.
    pub check: PaperCheck,
    /// What was found, in words.
    pub said: String,
    /// Whether it held.
    pub holds: bool,
}

/// What was found in a report.
#[derive(Debug)]
pub struct Paper {
    /// Of the document.
    pub findings: Vec<PaperFinding>,
    /// Of the form that is attached; none when there is none.
    pub opinion: Option<Report>,
    /// The address to which its code leads, where its pages hold.
    pub leads_to: Option<String>,
}

impl Paper {
    /// Whether the opinion and those before it are as they were signed, whatever the pages say.
    pub fn opinion_holds(&self) -> bool {
        let attached = self
            .findings
            .iter()
            .filter(|one| one.check != PaperCheck::Pages);
        let opinion = self.opinion.as_ref().is_some_and(Report::holds);
        opinion && attached.into_iter().all(|one| one.holds)
    }

    /// Whether the pages are what this program makes of it, too.
    pub fn pages_hold(&self) -> bool {
        self.opinion_holds() && self.findings.iter().all(|one| one.holds)
    }

    fn note(&mut self, check: PaperCheck, found: Result<String, String>) -> bool {
        let holds = found.is_ok();
        let (Ok(said) | Err(said)) = found;
        self.findings.push(PaperFinding { check, said, holds });
        holds
    }
}

/// Verifies a report; nothing when the file is no PDF. `verify_at` is the address to which its code has to lead; without one the
/// report tells where it leads.
pub fn verify_paper(file: &[u8], trust: Trust<'_>, verify_at: Option<&str>) -> Option<Paper> {
    if !attached::is_pdf(file) {
        return None;
    }
    let mut paper = Paper {
        findings: Vec::new(),
        opinion: None,
        leads_to: None,
    };
    examine(file, trust, verify_at, &mut paper);
    Some(paper)
}

fn examine(file: &[u8], trust: Trust<'_>, verify_at: Option<&str>, paper: &mut Paper) {
    let mut pictures = Vec::new();
    let forms = attached::files(file).and_then(|files| {
        let (shown, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|one| attached::is_picture(one));
        pictures = shown;
        let forms: Result<Vec<String>, _> = files.into_iter().map(String::from_utf8).collect();
        let forms = forms.map_err(|_| "an attached file is no signed opinion")?;
        if forms.is_empty() {
            return Err("no signed opinion is attached".into());
        }
        Ok(forms)
    });
    let found = forms
        .as_ref()
        .map(|forms| format!("{} signed", forms.len()));
    if !paper.note(PaperCheck::Attachment, found.map_err(Clone::clone)) {
        return;
    }
    let mut versions = Vec::new();
    for form in forms.unwrap_or_default() {
        let found = verify(form.as_bytes(), trust);
        // The newest one is the opinion; one that does not hold is told of in its place.
        let number = |found: &Report| {
            let version = found.statement.as_ref().map(|one| &one.opinion);
            let version = version.filter(|one| Stance::of(one.kind).is_none());
            version.map(|one| one.version)
        };
        let broken = paper.opinion.as_ref().is_some_and(|one| !one.holds());
        if !broken && (!found.holds() || paper.opinion.as_ref().and_then(number) < number(&found)) {
            paper.opinion = Some(found.clone());
        }
        versions.extend(Version::of(&form, found));
    }
    if !paper.opinion.as_ref().is_some_and(Report::holds) {
        return;
    }
    versions.sort_by_key(|version| version.statement.opinion.version);
    let chain = Chain::linked(versions);
    let chain = chain.and_then(|chain| chain.showing(&pictures).map_err(|error| error.to_string()));
    let found = chain.as_ref().map(|chain| {
        let chained = match chain.0.len() {
            1 => "it follows no other".to_owned(),
            many => format!("it follows {} others, each naming the one before", many - 1),
        };
        let chained = match chain.1.len() {
            0 => chained,
            said => format!(
                "{chained}; {said} other readers of the panel have said what they hold of it"
            ),
        };
        match chain.2.len() {
            0 => chained,
            shown => {
                format!("{chained}; the {shown} pictures that it shows are those that it names")
            }
        }
    });
    if !paper.note(PaperCheck::Chain, found.map_err(Clone::clone)) {
        return;
    }
    if let Ok(chain) = chain {
        let found = compare(file, &chain, verify_at);
        paper.leads_to = found.clone().ok();
        paper.note(
            PaperCheck::Pages,
            found.map(|place| {
                format!("made again of what is attached, byte for byte; its code leads to {place}")
            }),
        );
    }
}

/// The address to which the code leads, when the document is what this program makes of the chain.
fn compare(file: &[u8], chain: &Chain, verify_at: Option<&str>) -> Result<String, String> {
    let differ = || {
        "the attached opinion holds, but the document around it is not the one that this version of the program makes of it: \
         believe what is attached, not the pages"
            .to_owned()
    };
    let place = address(file).ok_or_else(differ)?;
    if verify_at.is_some_and(|own| own != place) {
        return Err(format!("its code leads to another address: {place}"));
    }
    let same = |language| pdf(chain, &place, language).is_ok_and(|made| made == file);
    Language::ALL
        .into_iter()
        .any(same)
        .then_some(place.clone())
        .ok_or_else(differ)
}

/// The address that the document links to.
fn address(file: &[u8]) -> Option<String> {
    const BEGIN: &[u8] = b"/URI(";
    let spaced = file
        .windows(6)
        .position(|part| part == b"/URI (")
        .map(|at| at + 6);
    let at = spaced.or_else(|| {
        let at = file.windows(BEGIN.len()).position(|part| part == BEGIN)?;
        Some(at + BEGIN.len())
    })?;
    let rest = file.get(at..)?;
    let end = rest.iter().take(2048).position(|byte| *byte == b')')?;
    String::from_utf8(rest.get(..end)?.to_vec()).ok()
}
