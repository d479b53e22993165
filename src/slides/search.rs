//! Looking for the slides of a specimen on a DICOMweb server, by the accession number that the laboratory gave it.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::dicomweb::{INSTANCES_MAX, is_uid, is_volume, text};
use super::outbound::{Outbound, RegisteredSource};
use super::probe::{Prober, json};
use crate::domain::slides::{LinkFailure, SlideLocation};

/// Studies of one accession number, and series of them, that are looked at.
const STUDIES_MAX: usize = 5;
const SERIES_MAX: usize = 40;
/// Series looked at at a time.
const AT_A_TIME: usize = 4;

const DICOM_JSON: &str = "application/dicom+json";
const STUDY: &str = "0020000D";
const SERIES: &str = "0020000E";
const SERIES_DESCRIPTION: &str = "0008103E";
const CONTAINER: &str = "00400512";

/// A slide that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSlide {
    /// Where on its source.
    pub location: SlideLocation,
    /// What stands on its glass, or what its scanner called it; empty where nothing is told.
    pub label: String,
}

impl Prober {
    /// The whole slides under an accession number on a DICOMweb server. A number that a server could take for a pattern finds
    /// nothing: `*` would find everybody's.
    ///
    /// # Errors
    /// [`LinkFailure`].
    pub async fn by_accession(
        &self,
        source: &RegisteredSource,
        accession: &str,
    ) -> Result<Vec<FoundSlide>, LinkFailure> {
        let Some(accession) = plain(accession) else {
            return Ok(Vec::new());
        };
        let outbound = self.outbound();
        let asked = format!("studies?AccessionNumber={accession}&limit={STUDIES_MAX}");
        let mut series = Vec::new();
        for study in listed(outbound, source, &asked, STUDY, STUDIES_MAX).await? {
            let asked = format!("studies/{study}/series?Modality=SM&limit={SERIES_MAX}");
            let of_study = listed(outbound, source, &asked, SERIES, SERIES_MAX).await?;
            series.extend(of_study.into_iter().map(|series| (study.clone(), series)));
        }
        series.truncate(SERIES_MAX);
        let looks = series
            .into_iter()
            .map(|(study, series)| look(outbound, source, study, series));
        let found: Vec<Option<FoundSlide>> = stream::iter(looks)
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        let mut found: Vec<FoundSlide> = found.into_iter().flatten().collect();
        found.sort_by(|a, b| a.label.cmp(&b.label));
        Ok(found)
    }
}

/// An accession number as part of an address; none for one that could be a pattern, or anything else than a number on a label.
fn plain(accession: &str) -> Option<String> {
    let accession = accession.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ');
    // The longest that DICOM takes (PS3.5, SH).
    let whole = (1..=16).contains(&accession.len()) && accession.chars().all(fits);
    whole.then(|| accession.replace('/', "%2F").replace(' ', "%20"))
}

/// The identifiers of that kind that a search answers. A server without any answers nothing at all.
async fn listed(
    outbound: &Outbound,
    source: &RegisteredSource,
    asked: &str,
    tag: &str,
    most: usize,
) -> Result<Vec<String>, LinkFailure> {
    let answer = outbound.get(source, asked, DICOM_JSON).await?;
    if answer.body.is_empty() {
        return Ok(Vec::new());
    }
    let answer = json(&answer)?;
    let found = answer.as_array().ok_or(LinkFailure::Malformed)?.iter();
    let ids = found
        .filter_map(|one| text(one, tag, 0))
        .filter(|id| is_uid(id));
    Ok(ids.take(most).map(ToOwned::to_owned).collect())
}

/// A series as a slide; none where it holds no tissue.
async fn look(
    outbound: &Outbound,
    source: &RegisteredSource,
    study_uid: String,
    series_uid: String,
) -> Result<Option<FoundSlide>, LinkFailure> {
    let path = format!("studies/{study_uid}/series/{series_uid}/metadata");
    let metadata = json(&outbound.get(source, &path, DICOM_JSON).await?)?;
    let instances = metadata.as_array().map(Vec::as_slice).unwrap_or_default();
    let tissue = |one: &&Value| is_volume(one);
    let volume = instances.iter().take(INSTANCES_MAX).find(tissue);
    Ok(volume.map(|volume| {
        let told = |tag| {
            text(volume, tag, 0)
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let label = told(CONTAINER).or_else(|| told(SERIES_DESCRIPTION));
        FoundSlide {
            location: SlideLocation::DicomWeb {
                study_uid,
                series_uid,
            },
            label: label.unwrap_or_default().chars().take(60).collect(),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_asked_for_as_it_is_and_no_pattern_is() {
        assert_eq!(plain(" 26H00123 ").as_deref(), Some("26H00123"));
        assert_eq!(plain("26/123 A").as_deref(), Some("26%2F123%20A"));
        for bad in [
            "",
            "*",
            "26H*",
            "?",
            "a&limit=9",
            "a\\b",
            "26H00123456789012",
            "é",
            "../x%",
        ] {
            assert_eq!(plain(bad), None, "{bad}");
        }
    }
}
