//! Whether a case that is being written was asked before: by the same accession number, or about the same slide.

use super::Exchange;
use super::error::ServiceError;
use super::search::accession_word;
use crate::domain::cases::{CaseContent, CaseState};
use crate::domain::ids::{CaseId, LaboratoryId, SlideSourceId};
use crate::domain::people::Actor;
use crate::domain::slides::SlideLocation;
use crate::store::earlier::{Found, by_number, by_slide};
use crate::store::{id, name};

/// An earlier case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Identifier.
    pub case: CaseId,
    /// Human reference.
    pub reference: String,
    /// Where it stands.
    pub state: CaseState,
    /// Whether it has the same accession number; a slide in common otherwise.
    pub by_number: bool,
}

/// The cases of a laboratory, other than `written`, that have the accession number or a slide of this content.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not submit for the laboratory.
pub async fn earlier(
    ex: &Exchange,
    actor: &Actor,
    laboratory: LaboratoryId,
    written: Option<CaseId>,
    content: &CaseContent,
) -> Result<Vec<Earlier>, ServiceError> {
    if !actor.submits_for(laboratory) {
        return Err(ServiceError::NotFound);
    }
    let number = content
        .patient
        .as_ref()
        .map(|patient| accession_word(&ex.core.sealing, &patient.accession_number));
    let places: Vec<(SlideSourceId, SlideLocation)> = content
        .specimens
        .iter()
        .flat_map(|specimen| &specimen.blocks)
        .flat_map(|block| &block.slides)
        .map(|slide| (slide.source, slide.location.clone()))
        .collect();
    if number.is_none() && places.is_empty() {
        return Ok(Vec::new());
    }
    ex.store
        .read(move |conn| {
            let mut found: Vec<Earlier> = Vec::new();
            let mut add = |rows: Vec<Found>, by_number: bool| {
                for (case, reference, state) in rows {
                    let case = id(&case)?;
                    if Some(case) != written && found.iter().all(|one| one.case != case) {
                        found.push(Earlier {
                            case,
                            reference,
                            state: name(&state)?,
                            by_number,
                        });
                    }
                }
                Ok::<_, ServiceError>(())
            };
            if let Some(number) = &number {
                add(by_number(conn, laboratory, number)?, true)?;
            }
            for place in &places {
                add(by_slide(conn, laboratory, place)?, false)?;
            }
            Ok(found)
        })
        .await
}
