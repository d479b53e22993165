//! A signed opinion on paper, for who may read it.

use tokio::task::spawn_blocking;

use super::access::relations_to;
use super::cases::record_read;
use super::error::ServiceError;
use super::{Exchange, positions, signatures, snapshots};
use crate::domain::ids::{CaseId, OpinionId};
use crate::domain::opinions::OpinionContent;
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::report::{Chain, ReportError, pdf};
use crate::store::{self, StoreError, opinions};
use crate::texts::Language;

impl From<ReportError> for ServiceError {
    fn from(error: ReportError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// The report of a signed version. Its reading is on record.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not read the opinion, and for a version that is not signed: what is preliminary never
/// passes for final.
pub async fn of(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    opinion: OpinionId,
    language: Language,
    request_id: &str,
) -> Result<Vec<u8>, ServiceError> {
    let (forms, relation) = forms(ex, actor, case, opinion).await?;
    record_read(ex, actor, case, relation, "read_report", request_id).await?;
    let [made] = printed(ex, forms, [language]).await?;
    Ok(made)
}

/// Signed forms of which a report is made.
pub(super) struct Forms {
    /// Of a version and of those that it follows, the first one first.
    pub(super) versions: Vec<String>,
    /// What the other readers of a panel have said of that version: identifier, seat and signed form, by seat.
    pub(super) positions: Vec<(OpinionId, u32, String)>,
    /// The pictures that it shows.
    pub(super) pictures: Vec<Vec<u8>>,
}

/// The signed forms of a version. A version of the time before versions were signed is in no chain.
pub(super) async fn forms(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    opinion: OpinionId,
) -> Result<(Forms, Relation), ServiceError> {
    let (core, person) = (ex.core.clone(), actor.clone());
    ex.store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relations = relations_to(conn, &person, &row)?;
            if view(&relations) != Some(View::Full) {
                return Err(ServiceError::NotFound);
            }
            let relation = relations.first().copied().ok_or(ServiceError::NotFound)?;
            let versions = opinions::of_case(conn, case)?;
            let printed = versions.iter().find(|one| one.id == opinion.to_string());
            let printed: OpinionContent = match printed {
                Some(row) => store::json(&row.content)?,
                None => return Err(ServiceError::NotFound),
            };
            let mut forms = Vec::new();
            let mut wanted = Some(opinion.to_string());
            // The newest one first: each follows one before it.
            for version in versions.iter().rev() {
                if wanted.as_deref() != Some(version.id.as_str()) {
                    continue;
                }
                let id = store::id(&version.id)?;
                let Some(form) = signatures::form(conn, id)? else {
                    // Not of the version that is asked for: the chain begins with the first one that was signed.
                    wanted = None;
                    break;
                };
                forms.push(form);
                wanted.clone_from(&version.follows_id);
            }
            match (forms.is_empty(), wanted) {
                (true, _) => Err(ServiceError::NotFound),
                (false, Some(_)) => Err(StoreError::Corrupt("opinion").into()),
                (false, None) => {
                    forms.reverse();
                    let shown = printed.snapshots.iter().map(|one| one.snapshot);
                    let pictures = shown.map(|one| snapshots::opened(conn, &core, case, one));
                    let forms = Forms {
                        pictures: pictures.collect::<Result<_, _>>()?,
                        versions: forms,
                        positions: positions::on(conn, opinion)?,
                    };
                    Ok((forms, relation))
                }
            }
        })
        .await
}

/// Prints signed forms in languages, beside what else the server does.
pub(super) async fn printed<const N: usize>(
    ex: &Exchange,
    forms: Forms,
    languages: [Language; N],
) -> Result<[Vec<u8>; N], ServiceError> {
    let core = ex.core.clone();
    let printing = spawn_blocking(move || {
        let mut all = forms.versions;
        all.extend(forms.positions.into_iter().map(|(.., form)| form));
        let chain = Chain::of(&all)?.showing(&forms.pictures)?;
        let made: Result<Vec<Vec<u8>>, ReportError> = languages
            .iter()
            .map(|language| pdf(&chain, &core.verify_at, *language))
            .collect();
        made
    });
    let made = printing
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))??;
    made.try_into()
        .map_err(|_| ServiceError::Internal("not one report for each language".into()))
}
