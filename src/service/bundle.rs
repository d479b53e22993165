//! Everything that somebody needs to read and to verify an opinion without us, for who may read it.

use tokio::task::spawn_blocking;

use super::cases::record_read;
use super::error::ServiceError;
use super::{Exchange, report, revocations, signatures, transparency};
use crate::domain::ids::{CaseId, OpinionId};
use crate::domain::people::Actor;
use crate::domain::statement::ReadingNamed;
use crate::report::bundle::{Contents, SeatFiles, SeatForm, authority_of, bundle, readings_named};
use crate::store::StoreError;
use crate::texts::Language;

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
    let signed = forms
        .versions
        .last()
        .cloned()
        .ok_or(ServiceError::NotFound)?;
    let named = readings_named(&signed)?;
    let mut seats = readings(ex, named).await?;
    let said = forms.positions.iter().cloned();
    seats.extend(said.map(|(id, seat, form)| (id, SeatForm::Position, seat, form)));
    let entered = std::iter::once(opinion).chain(seats.iter().map(|(id, ..)| *id));
    let mut proofs = transparency::proofs(ex, entered.collect())
        .await?
        .into_iter();
    let proven = proofs.next().flatten();
    let list = revoked(ex, &signed).await?;
    let mut files = Vec::new();
    for ((_, kind, seat, signed), proven) in seats.into_iter().zip(proofs) {
        files.push(SeatFiles {
            revocations: revoked(ex, &signed).await?,
            kind,
            seat,
            signed,
            proven,
        });
    }
    let languages = [Language::French, Language::English];
    let papers = report::printed(ex, forms, languages).await?;
    let core = ex.core.clone();
    let making = spawn_blocking(move || {
        let stamper = core.stamper.as_ref();
        bundle(Contents {
            signed: &signed,
            time_authorities: stamper.map_or(&[], |stamper| &stamper.trusted),
            proven,
            revocations: list,
            seats: files,
            papers,
        })
    });
    let made = making
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(made?)
}

/// What the authority under which a form is signed has taken back, where that is the exchange's own.
async fn revoked(ex: &Exchange, signed: &str) -> Result<Option<Vec<u8>>, ServiceError> {
    let Some(authority) = authority_of(signed) else {
        return Ok(None);
    };
    match revocations::list(ex, &authority).await {
        Ok(list) => Ok(Some(list)),
        Err(ServiceError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Something that a reader of a panel signed: its identifier, what it is, the seat, and the signed form.
type Signed = (OpinionId, SeatForm, u32, String);

/// What is signed of the readings that an opinion names. Who reads an opinion reads these too
/// ([`crate::domain::permissions::seat_sight`]).
async fn readings(ex: &Exchange, named: Vec<ReadingNamed>) -> Result<Vec<Signed>, ServiceError> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    ex.store
        .read(move |conn| {
            let each = named.iter().map(|one| {
                let signed = signatures::form(conn, one.id)?;
                let signed = signed.ok_or(StoreError::Corrupt("reading"))?;
                Ok((one.id, SeatForm::Reading, one.seat, signed))
            });
            each.collect()
        })
        .await
}
