//! The readings of a panel beside the opinion that was written over them: each that it names has to be there, the same and no other.

use chrono::{DateTime, Utc};

use super::{Files, OPINION, SeatForm, proven};
use crate::domain::opinions::OpinionKind;
use crate::domain::statement::{ReadingNamed, Statement};
use crate::report::digest;
use crate::signing::timestamps::Stamp;
use crate::signing::transparency::Logged;
use crate::signing::verification::{Trust, verify};

/// What was found of a reading.
#[derive(Debug, Clone)]
pub struct ReadingFound {
    /// Number of the seat.
    pub seat: u32,
    /// The instant that its signature claims.
    pub signed_at: DateTime<Utc>,
    /// What its time stamp attests, where it has one.
    pub timestamp: Option<Stamp>,
    /// Where it is in the log, where that is proven.
    pub logged: Option<Logged>,
}

/// Looks at each reading that an opinion names; in words at the first that does not hold.
pub(super) fn check(
    files: &Files,
    opinion: &Statement,
    trust: Trust<'_>,
    log_keys: Option<&[String]>,
) -> Result<Vec<ReadingFound>, String> {
    let each = opinion.panel.iter();
    each.map(|named| one(files, opinion, named, trust, log_keys))
        .collect()
}

fn one(
    files: &Files,
    opinion: &Statement,
    named: &ReadingNamed,
    trust: Trust<'_>,
    log_keys: Option<&[String]>,
) -> Result<ReadingFound, String> {
    let seat = named.seat;
    let folder = SeatForm::Reading.folder(seat);
    let place = format!("{folder}{OPINION}");
    let form = files
        .get(&place)
        .ok_or_else(|| format!("the reading of seat {seat} is missing: there is no {place}"))?;
    let report = verify(form, trust);
    if let Some(failure) = report.failure() {
        return Err(format!("{place}: {}", failure.said));
    }
    let form = std::str::from_utf8(form).map_err(|_| format!("{place} is no text"))?;
    let other = || format!("{place} is not the reading that the opinion names");
    let statement = report.statement.ok_or_else(other)?;
    if digest(form)? != named.sha256 {
        return Err(other());
    }
    if !is_told_as_signed(opinion, named, &statement) {
        return Err(format!(
            "the opinion tells of the reading of seat {seat} otherwise than {place} says"
        ));
    }
    let logged = proven(files, &folder, form, log_keys)?.map(|(logged, _)| logged);
    Ok(ReadingFound {
        seat,
        signed_at: statement.signed_at,
        timestamp: report.timestamp,
        logged,
    })
}

/// Whether what an opinion says of a reading is what its reader signed, of the same case. Their name may have changed in between.
fn is_told_as_signed(opinion: &Statement, named: &ReadingNamed, signed: &Statement) -> bool {
    signed.case == opinion.case
        && signed.opinion.kind == OpinionKind::Reading
        && (signed.opinion.id, signed.opinion.version) == (named.id, named.seat)
        && signed.signed_by.person == named.reader
        && signed.content.conclusion == named.conclusion
        && signed.content.concordance == named.concordance
}
