//! Reference data and organisations.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::caller::{Caller, WithParameters};
use super::query::Parameters;
use super::{cases, id};
use crate::domain::problems::FieldRule;
use crate::http::Problem;
use crate::service::{figures, reference, workload};

/// The territories.
pub(super) async fn territories(caller: Caller) -> Answer {
    answer::items(caller.exchange().core.reference.territories())
}

/// The subspecialties.
pub(super) async fn subspecialties(caller: Caller) -> Answer {
    answer::items(caller.exchange().core.reference.subspecialties())
}

/// The synoptic templates.
pub(super) async fn synoptic_templates(caller: Caller) -> Answer {
    answer::items(caller.exchange().core.templates.all())
}

/// The networks.
pub(super) async fn networks(caller: Caller) -> Answer {
    answer::items(reference::networks(caller.exchange()).await?)
}

/// The pools that cover a territory and a subspecialty.
pub(super) async fn pools(WithParameters(caller): WithParameters, request: HttpRequest) -> Answer {
    let mut parameters = Parameters::of(&request);
    let territory = cases::territory(&mut parameters, &caller.exchange().core);
    let subspecialty = cases::subspecialty(&mut parameters, &caller.exchange().core);
    parameters.finish()?;
    let pools = reference::pools(
        caller.exchange(),
        territory.as_deref(),
        subspecialty.as_deref(),
    )
    .await?;
    answer::items(pools)
}

/// The experts of a network, for its coordinators.
pub(super) async fn experts(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    answer::items(reference::experts(caller.exchange(), caller.actor(), network).await?)
}

/// The work that a network's experts have done lately, for its coordinators.
pub(super) async fn workload(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    answer::document(&workload::of_network(caller.exchange(), caller.actor(), network).await?)
}

/// The turnaround of a network over a period, for its coordinators.
pub(super) async fn turnaround(
    WithParameters(caller): WithParameters,
    request: HttpRequest,
) -> Answer {
    let network = id(&request, "network")?;
    let mut parameters = Parameters::of(&request);
    let expected = "an instant (RFC 3339) with its offset";
    let (from, to) = (
        parameters.required("from", expected),
        parameters.required("to", expected),
    );
    if to <= from && from.is_some() && to.is_some() {
        let expected = "later than from".to_owned();
        parameters.refuse("to", &FieldRule::Malformed { expected });
    }
    parameters.finish()?;
    // What is missing was refused.
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Problem::internal("a required parameter was let through"));
    };
    let figures = figures::of_network(caller.exchange(), caller.actor(), network, from, to).await?;
    answer::document(&figures)
}

/// The agreements between networks.
pub(super) async fn agreements(caller: Caller) -> Answer {
    answer::items(reference::agreements(caller.exchange()).await?)
}

/// The laboratories.
pub(super) async fn laboratories(caller: Caller) -> Answer {
    answer::items(reference::laboratories(caller.exchange()).await?)
}

/// The slide sources of the caller's laboratories.
pub(super) async fn slide_sources(caller: Caller) -> Answer {
    answer::items(reference::slide_sources(caller.exchange(), caller.actor()).await?)
}
