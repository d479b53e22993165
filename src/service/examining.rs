//! For whoever holds a signed opinion, as its file, on paper or in its bundle: is it as it was signed here, and is there a later one?

use chrono::{DateTime, Utc};
use tokio::task::spawn_blocking;

use super::error::ServiceError;
use super::signatures::{certificate, earlier};
use super::{Core, Exchange, certificates, transparency};
use crate::domain::statement::Statement;
use crate::domain::text_enum::TextEnum;
use crate::report::bundle::verification::{Bundle, BundleFinding, verify_bundle};
pub use crate::report::bundle::verification::{PositionFound, ReadingFound};
use crate::report::verification::{Paper, PaperFinding, verify_paper};
use crate::signing::verification::{self, Finding, Report, Trust};
use crate::store::{self, opinions};

/// What was found in a file that somebody holds.
#[derive(Debug, Default)]
pub struct Examined {
    /// Every check up to the first that failed.
    pub findings: Vec<Looked>,
    /// The instant that a time stamp attests, and whose it is, where there is one.
    pub timestamp: Option<(DateTime<Utc>, String)>,
    /// Who certified the signer's key; only when it is as it was signed.
    pub authority: Option<Whose>,
    /// What was signed; only when it is as it was signed.
    pub statement: Option<Statement>,
    /// Of a bundle: the readings of a panel that the opinion names, when all of them hold.
    pub readings: Vec<ReadingFound>,
    /// And what the other readers have said of it, when all of that holds.
    pub positions: Vec<PositionFound>,
    /// Of a report or a bundle: whether its pages are those that this exchange prints of it.
    pub pages: Option<bool>,
    /// The newest version of the opinion, its number and kind, when it is a later one than that of the file.
    pub later: Option<(i32, String)>,
}

/// Whose an authority is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The exchange's own, now or before.
    Own,
    /// A network's, by the name under which the operator registered it.
    Registered(String),
}

/// The authorities that are trusted here.
struct Known {
    certificates: Vec<Vec<u8>>,
    /// The names of those that are not the exchange's own, by the SHA-256 of their certificates.
    registered: Vec<(String, String)>,
}

impl Known {
    async fn to(ex: &Exchange) -> Result<Self, ServiceError> {
        let mut known = Self {
            certificates: vec![certificate(ex).await?],
            registered: Vec::new(),
        };
        known.certificates.extend(earlier(ex).await?);
        for one in certificates::registered(ex).await? {
            if one.withdrawn_at.is_none() {
                known.certificates.push(one.certificate);
                known.registered.push((one.sha256, one.name));
            }
        }
        Ok(known)
    }

    fn whose(&self, report: &Report) -> Option<Whose> {
        let authority = report.authority.as_ref().filter(|_| report.holds())?;
        let named = self
            .registered
            .iter()
            .find(|(sha256, _)| sha256 == authority);
        Some(named.map_or(Whose::Own, |(_, name)| Whose::Registered(name.clone())))
    }
}

/// A check of a file.
#[derive(Debug)]
pub struct Looked {
    /// Its name.
    pub check: &'static str,
    /// Whether it held.
    pub holds: bool,
}

/// Looks whether a file is an opinion as it was signed under an authority that this exchange trusts, its own or a network's; the
/// signed form itself, a report that carries it, or a bundle.
///
/// # Errors
/// Storage failures; never for what is wrong with the file.
pub async fn examine(ex: &Exchange, file: Vec<u8>) -> Result<Examined, ServiceError> {
    let authorities = Known::to(ex).await?;
    let log_key = [transparency::public_key(ex).await?];
    let core = ex.core.clone();
    let looking = spawn_blocking(move || look(&core, &file, &authorities, &log_key));
    let mut examined = looking
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    if let Some(statement) = &examined.statement {
        examined.later = later(ex, statement).await?;
    }
    Ok(examined)
}

fn look(core: &Core, file: &[u8], known: &Known, log_keys: &[String]) -> Examined {
    let stamper = core.stamper.as_ref();
    let trust = Trust {
        authorities: Some(&known.certificates),
        time_authorities: stamper.map(|stamper| stamper.trusted.as_slice()),
    };
    if let Some(bundle) = verify_bundle(file, trust, Some(log_keys), Some(&core.verify_at)) {
        return of_bundle(bundle, known);
    }
    match verify_paper(file, trust, Some(&core.verify_at)) {
        Some(paper) => of_paper(paper, known),
        None => of_form(verification::verify(file, trust), known),
    }
}

fn of_form(report: Report, known: &Known) -> Examined {
    Examined {
        authority: known.whose(&report),
        findings: together(&report.findings),
        timestamp: report.timestamp.map(|stamp| (stamp.at, stamp.authority)),
        statement: report.statement,
        ..Examined::default()
    }
}

fn of_paper(paper: Paper, known: &Known) -> Examined {
    let (holds, pages) = (paper.opinion_holds(), paper.pages_hold());
    let looked = |one: &PaperFinding| looked(one.check.as_str(), one.holds);
    let around = paper.findings.iter().map(looked);
    let opinion = paper.opinion.map(|report| of_form(report, known));
    carried(around, opinion, holds, pages)
}

fn of_bundle(bundle: Bundle, known: &Known) -> Examined {
    let (holds, pages) = (bundle.opinion_holds(), bundle.holds());
    let looked = |one: &BundleFinding| looked(one.check.as_str(), one.holds);
    let around = bundle.findings.iter().map(looked);
    let opinion = bundle.opinion.map(|report| of_form(report, known));
    Examined {
        readings: bundle.readings,
        positions: bundle.positions,
        ..carried(around, opinion, holds, pages)
    }
}

fn looked(check: &'static str, holds: bool) -> Looked {
    Looked { check, holds }
}

/// Of an opinion that another file carries: it is taken out, looked at, and then what is around it.
fn carried(
    mut around: impl Iterator<Item = Looked>,
    opinion: Option<Examined>,
    holds: bool,
    pages: bool,
) -> Examined {
    let mut findings: Vec<Looked> = around.by_ref().take(1).collect();
    let opinion = opinion.unwrap_or_default();
    findings.extend(opinion.findings);
    findings.extend(around);
    Examined {
        findings,
        timestamp: opinion.timestamp,
        authority: opinion.authority.filter(|_| holds),
        statement: opinion.statement.filter(|_| holds),
        pages: Some(pages),
        ..Examined::default()
    }
}

/// A check that looks at several things holds when all of them do.
fn together(findings: &[Finding]) -> Vec<Looked> {
    let looked = findings
        .iter()
        .map(|one| looked(one.check.as_str(), one.holds));
    let mut looked: Vec<Looked> = looked.collect();
    looked.dedup_by(|later, kept| {
        let same = later.check == kept.check;
        kept.holds &= later.holds || !same;
        same
    });
    looked
}

/// The newest signed version of the same case, if it is not the one that was given.
async fn later(
    ex: &Exchange,
    statement: &Statement,
) -> Result<Option<(i32, String)>, ServiceError> {
    let (case, given) = (statement.case.id, statement.opinion.id.to_string());
    ex.store
        .read(move |conn| {
            let versions = opinions::of_case(conn, case)?;
            let signed = store::signatures::of_case(conn, case)?;
            let is_signed = |id: &str| signed.iter().any(|one| one.opinion_id == id);
            let known = versions.iter().any(|one| one.id == given);
            let newest = versions.into_iter().rfind(|one| is_signed(&one.id));
            Ok(newest
                .filter(|one| known && one.id != given)
                .map(|one| (one.version, one.kind)))
        })
        .await
}
