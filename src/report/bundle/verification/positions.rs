//! What the other readers of a panel have said of an opinion, beside it. It comes after the opinion, so that one more may exist than a
//! bundle has; one that is there has to be about this very opinion.

use chrono::{DateTime, Utc};

use super::{Files, OPINION, SeatForm, proven};
use crate::domain::panels::Stance;
use crate::domain::statement::Statement;
use crate::report::digest;
use crate::signing::timestamps::Stamp;
use crate::signing::transparency::Logged;
use crate::signing::verification::{Trust, verify};

/// What was found of what a reader said.
#[derive(Debug, Clone)]
pub struct PositionFound {
    /// Number of the seat.
    pub seat: u32,
    /// The reader's name.
    pub name: String,
    /// Whether they sign it too, or dissent.
    pub stance: Stance,
    /// Why they dissent.
    pub reason: Option<String>,
    /// The instant that the signature claims.
    pub signed_at: DateTime<Utc>,
    /// What its time stamp attests, where it has one.
    pub timestamp: Option<Stamp>,
    /// Where it is in the log, where that is proven.
    pub logged: Option<Logged>,
}

/// Looks at what each reader said of an opinion whose signed form is given; in words at the first that does not hold.
pub(super) fn check(
    files: &Files,
    signed: &str,
    opinion: &Statement,
    trust: Trust<'_>,
    log_keys: Option<&[String]>,
) -> Result<Vec<PositionFound>, String> {
    let sha256 = digest(signed)?;
    let mut found = Vec::new();
    for named in &opinion.panel {
        let folder = SeatForm::Position.folder(named.seat);
        let place = format!("{folder}{OPINION}");
        let Some(form) = files.get(&place) else {
            continue;
        };
        let report = verify(form, trust);
        if let Some(failure) = report.failure() {
            return Err(format!("{place}: {}", failure.said));
        }
        let form = std::str::from_utf8(form).map_err(|_| format!("{place} is no text"))?;
        let statement = report
            .statement
            .ok_or_else(|| format!("{place} is empty"))?;
        let stance = statement.stance_on(opinion, &sha256);
        let stance = stance.map_err(|said| format!("{place}: {said}"))?;
        if statement.opinion.version != named.seat {
            return Err(format!("{place} is of another seat"));
        }
        let logged = proven(files, &folder, form, log_keys)?;
        found.push(PositionFound {
            seat: named.seat,
            name: statement.signed_by.name,
            stance,
            reason: statement.opinion.reason,
            signed_at: statement.signed_at,
            timestamp: report.timestamp,
            logged: logged.map(|(logged, _)| logged),
        });
    }
    Ok(found)
}

/// Who agrees, who dissents, and whose word was still to come.
pub(super) fn said_of(opinion: &Statement, found: &[PositionFound]) -> String {
    let with = |stance: Stance| {
        let those = found.iter().filter(|one| one.stance == stance);
        listed(those.map(|one| one.name.as_str()))
    };
    let said = |seat: u32| found.iter().any(|one| one.seat == seat);
    let awaited = opinion
        .panel
        .iter()
        .filter(|one| one.reader != opinion.signed_by.person && !said(one.seat));
    format!(
        "co-signed by {}; dissent of {}; still to come when this was made: {}",
        with(Stance::Cosigned),
        with(Stance::Dissented),
        listed(awaited.map(|one| one.name.as_str())),
    )
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        names => names.join(", "),
    }
}
