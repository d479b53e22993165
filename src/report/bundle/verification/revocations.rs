//! What the lists in a bundle say of the keys that signed: one that was taken out of use before it signed did not sign for its holder.

use super::{Files, OPINION, REVOCATIONS};
use crate::signing::revocation::told_of;

/// Looks at every list, in words at the first by which a key could not have signed.
pub(super) fn check(files: &Files) -> Result<String, String> {
    let folders = files
        .keys()
        .filter_map(|name| name.strip_suffix(REVOCATIONS));
    let mut said = Vec::new();
    for folder in folders {
        let place = format!("{folder}{OPINION}");
        let form = files.get(&place);
        let form = form.ok_or_else(|| format!("{folder}{REVOCATIONS} is a list for nothing"))?;
        let list = files.get(&format!("{folder}{REVOCATIONS}"));
        let found = one(form, list.map_or(&[], Vec::as_slice));
        said.push(found.map_err(|why| format!("{folder}{REVOCATIONS}: {why}"))?);
    }
    Ok(match said.as_slice() {
        [] => "there is no list of keys that were taken out of use".into(),
        said => said.join("; "),
    })
}

fn one(form: &[u8], list: &[u8]) -> Result<String, String> {
    let told = told_of(form, list)?;
    let Some(revoked_at) = told.standing.revoked_at else {
        return Ok(format!(
            "the key had not been taken out of use at {}",
            told.standing.listed_at.to_rfc3339()
        ));
    };
    let at = revoked_at.to_rfc3339();
    if revoked_at <= told.claimed_at {
        return Err(format!(
            "the key was taken out of use at {at}, and would have signed after that, at {}",
            told.claimed_at.to_rfc3339()
        ));
    }
    let proven = told.stamped_at.iter().any(|stamp| *stamp < revoked_at);
    Ok(format!(
        "the key was taken out of use at {at}, after it signed: {}",
        if proven {
            "a time stamp proves that"
        } else {
            "by the instant that the server claims, which no time stamp proves"
        }
    ))
}
