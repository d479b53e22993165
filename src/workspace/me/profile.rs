//! The form of an expert's profile: read from what was typed, shown as it is kept or as it was typed.

use chrono_tz::Tz;

use super::super::form::Fields;
use super::super::texts::text;
use super::super::visitor::Visitor;
use super::super::{hours, times};
use super::Tried;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::service::people::{ProfileContent, ProfileDocument};
use crate::service::{ServiceError, reference};

type Choices = Vec<(String, String)>;

/// A subspecialty that may be ticked.
pub(super) struct Tick {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) on: bool,
}

/// The hours of a weekday.
pub(super) struct Day {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hours: String,
    pub(super) wrong: Option<String>,
}

/// The form of a profile, as it is kept or as it was typed.
pub(super) struct Profile {
    pub(super) version: i64,
    pub(super) network: String,
    pub(super) primary: String,
    pub(super) subspecialties: Choices,
    pub(super) others: Vec<Tick>,
    pub(super) languages: String,
    pub(super) capacity: String,
    pub(super) zone: String,
    pub(super) zones: Choices,
    pub(super) days: Vec<Day>,
}

/// The profile that a form stands for, or what cannot be read in it.
pub(super) fn profile(
    visitor: &Visitor,
    fields: &Fields,
) -> Result<ProfileContent, Vec<FieldProblem>> {
    let malformed = |pointer: String| {
        let expected = "a number, or hours".to_owned();
        FieldProblem::new(pointer, FieldRule::Malformed { expected })
    };
    let mut problems = Vec::new();
    let capacity = fields.get("capacity").trim().parse();
    if capacity.is_err() {
        problems.push(malformed("/capacity_per_day".to_owned()));
    }
    let days = hours::DAYS.map(|day| fields.get(day).to_owned());
    let weekly_hours = hours::read(&days, "/weekly_hours");
    problems.extend(weekly_hours.as_ref().err().into_iter().flatten().cloned());
    let primary = fields.get("primary").to_owned();
    match (capacity, weekly_hours) {
        (Ok(capacity_per_day), Ok(weekly_hours)) => Ok(ProfileContent {
            other_subspecialties: visitor
                .subspecialties()
                .into_iter()
                .map(|(code, _)| code)
                .filter(|code| *code != primary && ticked(fields, code))
                .collect(),
            primary_subspecialty: primary,
            languages: languages(fields.get("languages")),
            capacity_per_day,
            weekly_hours,
            zone: fields.get("zone").to_owned(),
        }),
        _ => Err(problems),
    }
}

fn ticked(fields: &Fields, code: &str) -> bool {
    !fields.get(&format!("also_{code}")).is_empty()
}

/// Codes apart by blanks or commas.
pub(in crate::workspace) fn languages(typed: &str) -> Vec<String> {
    typed
        .split([' ', ',', ';'])
        .filter(|code| !code.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The form: what was typed where the profile was sent, what is kept otherwise.
pub(super) async fn profile_form(
    visitor: &Visitor,
    kept: &ProfileDocument,
    tried: &Tried,
) -> Result<Profile, ServiceError> {
    let typed = Some(&tried.fields).filter(|fields| !fields.get("_version").is_empty());
    let or_kept =
        |name: &str, kept: String| typed.map_or(kept, |fields| fields.get(name).to_owned());
    let content = &kept.content;
    let subspecialties = visitor.subspecialties();
    let networks = reference::networks(visitor.exchange()).await?;
    let hours_wrong: Vec<(&str, &FieldRule)> = match &tried.error {
        Some(ServiceError::Invalid(problems)) => problems
            .iter()
            .filter_map(|one| Some((one.pointer.strip_prefix("/weekly_hours/")?, &one.rule)))
            .collect(),
        _ => Vec::new(),
    };
    let wrong = |name: &str| {
        let (_, rule) = hours_wrong.iter().find(|(day, _)| *day == name)?;
        let key = match rule {
            FieldRule::HoursOverlap => "field-hours-overlap",
            FieldRule::HoursReversed => "field-hours-reversed",
            _ => "field-hours",
        };
        Some(text(visitor.language, key, &[]))
    };
    let days = hours::DAYS
        .into_iter()
        .zip(hours::names(visitor))
        .zip(hours::shown(&content.weekly_hours))
        .map(|((name, label), kept)| Day {
            name,
            label,
            hours: or_kept(name, kept),
            wrong: wrong(name),
        })
        .collect();
    let primary = or_kept("primary", content.primary_subspecialty.clone());
    Ok(Profile {
        version: kept.version,
        network: networks
            .into_iter()
            .find(|network| network.id == kept.network)
            .map_or_else(String::new, |network| network.name),
        others: subspecialties
            .iter()
            // What is read first is not read beside.
            .filter(|(code, _)| *code != primary)
            .map(|(code, label)| Tick {
                on: typed.map_or_else(
                    || content.other_subspecialties.contains(code),
                    |fields| ticked(fields, code),
                ),
                code: code.clone(),
                label: label.clone(),
            })
            .collect(),
        primary,
        subspecialties,
        languages: or_kept("languages", content.languages.join(" ")),
        capacity: or_kept("capacity", content.capacity_per_day.to_string()),
        zone: or_kept("zone", content.zone.clone()),
        zones: zones(visitor, &content.zone),
        days,
    })
}

/// The zones of the territories, and the one that is kept, by city.
pub(in crate::workspace) fn zones(visitor: &Visitor, kept: &str) -> Choices {
    let known = visitor.exchange().core.reference.territories().iter();
    let mut zones: Vec<Tz> = known.map(|territory| territory.zone).collect();
    zones.extend(kept.parse::<Tz>());
    let mut choices: Choices = zones
        .into_iter()
        .map(|zone| (zone.name().to_owned(), times::city(zone).to_owned()))
        .collect();
    choices.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    choices.dedup();
    choices
}
