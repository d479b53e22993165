//! Slide sources.

use actix_web::HttpRequest;

use super::by;
use crate::api::answer::{self, Answer};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::{BASE, id, preconditions};
use crate::service::administration::slide_sources::{self, Sample, SourceContent};

/// The slide sources that the caller administers.
pub(in crate::api) async fn list(caller: Caller) -> Answer {
    answer::items(slide_sources::list(caller.exchange(), caller.actor()).await?)
}

/// Registers a slide source.
pub(in crate::api) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = preconditions::key(&request, &body)?;
    let content: SourceContent = body.read()?;
    let made = slide_sources::add(caller.exchange(), &by(&caller), content, Some(key)).await?;
    let location = format!("{BASE}/administration/slide-sources/{}", made.document.id);
    answer::created(&made, Some(location))
}

/// One slide source.
pub(in crate::api) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "source")?;
    let source = slide_sources::read(caller.exchange(), caller.actor(), wanted).await?;
    answer::versioned(source.version, &source)
}

/// Changes a slide source.
pub(in crate::api) async fn change(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let version = preconditions::if_match(&request)?;
    let content: SourceContent = body.read()?;
    let wanted = id(&request, "source")?;
    let exchange = caller.exchange();
    let source = slide_sources::change(exchange, &by(&caller), wanted, version, content).await?;
    answer::versioned(source.version, &source)
}

/// Asks a slide source now.
pub(in crate::api) async fn test(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let sample: Sample = body.read()?;
    let wanted = id(&request, "source")?;
    let tested = slide_sources::test(caller.exchange(), &by(&caller), wanted, sample).await?;
    answer::document(&tested)
}
