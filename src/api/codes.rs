//! Looking diagnosis codes up.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::caller::WithParameters;
use super::query::Parameters;
use crate::domain::codes::CodeSystem;
use crate::domain::problems::FieldRule;
use crate::http::Problem;

/// Codes that a search answers with, unless it asks for another number.
const USUAL: usize = 20;
/// The most it may ask for.
const MOST: usize = 50;
/// Longest text that is looked for, in characters.
const TEXT_MAX: usize = 200;

/// The codes nearest to what was typed, the best first.
pub(super) async fn search(WithParameters(caller): WithParameters, request: HttpRequest) -> Answer {
    let mut parameters = Parameters::of(&request);
    let system = parameters.name::<CodeSystem>("system");
    let typed = parameters.text("q");
    let site = parameters.text("topography");
    let most = parameters.value::<usize>("limit", "a whole number");
    for (name, given) in [
        ("system", request.query_string().contains("system=")),
        ("q", typed.is_some()),
    ] {
        if !given {
            parameters.refuse(name, &FieldRule::Required);
        }
    }
    for (name, text) in [("q", &typed), ("topography", &site)] {
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > TEXT_MAX)
        {
            parameters.refuse(name, &FieldRule::TooLong { max: TEXT_MAX });
        }
    }
    if most.is_some_and(|most| !(1..=MOST).contains(&most)) {
        let (min, max) = (1, i64::try_from(MOST).unwrap_or(i64::MAX));
        parameters.refuse("limit", &FieldRule::OutOfRange { min, max });
    }
    parameters.finish()?;
    // What is missing was refused.
    let (Some(system), Some(typed)) = (system, typed) else {
        return Err(Problem::internal("a required parameter was let through"));
    };
    let codes = &caller.exchange().core.codes;
    answer::items(codes.search(system, &typed, site.as_deref(), most.unwrap_or(USUAL)))
}
