//! `relecture calendar`, `clock`, `route` and `agreement`: rules open to checking from outside. No database, no configuration; a file or a few words in, JSON or lines out. docs/CHECKING.md describes the files.

mod snapshot;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Failure, say};
use crate::domain::agreement;
use crate::domain::calendar::{Closure, WeeklyHours, WorkingCalendar};
use crate::domain::territories::Reference;
use crate::domain::turnaround::{ClockEvent, Targets, Turnaround, Urgency};

type Days = HashSet<NaiveDate>;

/// The longest time that `calendar` prints.
const LONGEST_YEARS: i32 = 101;

/// When a pool or an expert works, as a file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours {
    /// The territory whose zone and holidays they keep.
    territory: String,
    #[serde(default = "WeeklyHours::office")]
    weekly_hours: WeeklyHours,
    /// Hours in which urgent work goes on, on holidays too.
    #[serde(default)]
    on_call: WeeklyHours,
    #[serde(default)]
    closures: Vec<Closure>,
    /// Whether customary holidays are kept.
    #[serde(default)]
    customary_holidays: bool,
}

impl Hours {
    /// The ordinary hours over these years; `name` is what a refusal calls the entry.
    fn calendar(
        &self,
        reference: &Reference,
        years: (i32, i32),
        name: &str,
    ) -> Result<WorkingCalendar, Failure> {
        let (zone, closed, _) = self.closed(reference, years, name)?;
        WorkingCalendar::new(zone, &self.weekly_hours, &closed, years)
            .map_err(|error| Failure::Other(format!("{name}: {error}")))
    }

    /// The on-call hours over these years; none when there are none.
    fn on_call(
        &self,
        reference: &Reference,
        years: (i32, i32),
        name: &str,
    ) -> Result<Option<WorkingCalendar>, Failure> {
        if self.on_call.is_empty() {
            return Ok(None);
        }
        let (zone, closed, shut) = self.closed(reference, years, name)?;
        WorkingCalendar::on_call(zone, &self.on_call, (&closed, &shut), years)
            .map(Some)
            .map_err(|error| Failure::Other(format!("{name}: on_call: {error}")))
    }

    /// The zone, the days without ordinary hours, and those without any.
    fn closed(
        &self,
        reference: &Reference,
        years: (i32, i32),
        name: &str,
    ) -> Result<(Tz, Days, Days), Failure> {
        let refused = |error: &dyn std::fmt::Display| Failure::Other(format!("{name}: {error}"));
        let territory = reference
            .territory(&self.territory)
            .map_err(|e| refused(&e))?;
        for closure in &self.closures {
            if closure.to < closure.from {
                let text = format!("closure from {} ends before it begins", closure.from);
                return Err(refused(&text));
            }
        }
        let shut: Days = self
            .closures
            .iter()
            .flat_map(|one| one.days(years))
            .collect();
        let mut closed = reference.closed_days(territory, self.customary_holidays, years);
        closed.extend(&shut);
        Ok((territory.zone, closed, shut))
    }
}

/// Reads a JSON file; what is wrong in it is told with its place.
fn read<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<T, Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Other(format!("{name}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| Failure::Other(format!("{name}: {error}")))
}

/// Prints what was found.
fn answer(value: &impl Serialize) -> Result<(), Failure> {
    say(&serde_json::to_string_pretty(value).map_err(Failure::from_display)?);
    Ok(())
}

/// Holidays and openings of a territory.
#[derive(Debug, clap::Args)]
pub(super) struct Calendar {
    /// The territory's code, such as FR, FR-GF or NC.
    territory: String,
    /// First day, as 2026-01-01.
    from: NaiveDate,
    /// Last day.
    to: NaiveDate,
    /// JSON file with weekly_hours, on_call, closures, customary_holidays; Monday to Friday, 08:00 to 18:00 without one.
    #[arg(long, value_name = "FILE")]
    hours: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn calendar(options: &Calendar) -> Result<(), Failure> {
    let reference = Reference::embedded().map_err(Failure::from_display)?;
    let territory = reference
        .territory(&options.territory)
        .map_err(Failure::from_display)?;
    let years = (options.from.year(), options.to.year());
    if options.to < options.from || years.1 - years.0 >= LONGEST_YEARS {
        return Err(Failure::Other(format!(
            "from {} to {}: the last day has to come after the first, by at most a hundred years",
            options.from, options.to
        )));
    }
    let hours = match &options.hours {
        Some(file) => read::<Hours>(file)?,
        None => Hours {
            territory: options.territory.clone(),
            weekly_hours: WeeklyHours::office(),
            on_call: WeeklyHours::default(),
            closures: Vec::new(),
            customary_holidays: false,
        },
    };
    if hours.territory != options.territory {
        return Err(Failure::Other(format!(
            "the hours are of {}, not of {}",
            hours.territory, options.territory
        )));
    }
    // A year more on either side: the days of another zone begin in the year before.
    let around = (years.0 - 1, years.1 + 1);
    let ordinary = hours.calendar(&reference, around, &options.territory)?;
    let on_call = hours.on_call(&reference, around, &options.territory)?;
    let holidays: Vec<_> = (years.0..=years.1)
        .flat_map(|year| reference.holidays(territory, year))
        .filter(|day| options.from <= day.date && day.date <= options.to)
        .collect();
    let midnight = |day: NaiveDate| {
        let local = territory
            .zone
            .from_local_datetime(&day.and_time(NaiveTime::MIN));
        local
            .earliest()
            .map_or_else(|| day.and_time(NaiveTime::MIN).and_utc(), |at| at.to_utc())
    };
    let end = options.to.succ_opt().unwrap_or(options.to);
    let listed = |calendar: &WorkingCalendar| -> Vec<_> {
        calendar
            .openings_between(midnight(options.from), midnight(end))
            .map(|(from, to)| {
                (
                    from.with_timezone(&territory.zone),
                    to.with_timezone(&territory.zone),
                )
            })
            .collect()
    };
    let openings = listed(&ordinary);
    let on_call = on_call.as_ref().map(listed).unwrap_or_default();
    if options.json {
        let holidays: Vec<_> = holidays
            .iter()
            .map(|day| {
                let kind = if day.customary { "customary" } else { "legal" };
                json!({ "date": day.date, "fr": day.fr, "en": day.en, "kind": kind })
            })
            .collect();
        let told = |openings: &[(DateTime<Tz>, DateTime<Tz>)]| -> Vec<_> {
            openings
                .iter()
                .map(|(from, to)| json!({ "from": from.to_rfc3339(), "to": to.to_rfc3339() }))
                .collect()
        };
        let sources: Vec<&str> = reference.holiday_sources(territory).collect();
        return answer(&json!({
            "territory": territory.code, "zone": territory.zone, "from": options.from, "to": options.to,
            "holidays": holidays, "sources": sources, "openings": told(&openings), "on_call": told(&on_call),
        }));
    }
    for day in holidays {
        let kind = if day.customary { " (customary)" } else { "" };
        say(&format!("{}  {} / {}{kind}", day.date, day.fr, day.en));
    }
    let mut lines: Vec<_> = openings.into_iter().map(|one| (one, "")).collect();
    lines.extend(on_call.into_iter().map(|one| (one, " (on call)")));
    lines.sort_unstable();
    for ((from, to), kind) in lines {
        say(&format!(
            "{}  {} to {}{kind}",
            from.date_naive(),
            from.format("%H:%M"),
            to.format("%H:%M %:z")
        ));
    }
    Ok(())
}

/// The answer clock of a case.
#[derive(Debug, clap::Args)]
pub(super) struct Clock {
    /// JSON file: the pool's hours, the urgency, the events, the instant asked for.
    file: PathBuf,
}

/// What `clock` reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockFile {
    now: DateTime<Utc>,
    urgency: Urgency,
    pool: Hours,
    events: Vec<ClockEvent>,
    /// The targets that ship with the program without it.
    #[serde(default)]
    target: Option<crate::domain::turnaround::Target>,
}

pub(super) fn clock(options: &Clock) -> Result<(), Failure> {
    let file: ClockFile = read(&options.file)?;
    let name = options.file.display();
    let refused = |text: String| Failure::Other(format!("{name}: {text}"));
    let mut last = DateTime::<Utc>::MIN_UTC;
    for (place, event) in file.events.iter().enumerate() {
        if event.at < last {
            return Err(refused(format!(
                "events/{place}: earlier than the one before it"
            )));
        }
        last = event.at;
    }
    let target = match file.target {
        Some(target) if target.answer_minutes == 0 => {
            return Err(refused(
                "target: answer_minutes has to be more than 0".to_owned(),
            ));
        }
        Some(target) => target,
        None => Targets::embedded()
            .map_err(Failure::from_display)?
            .of(file.urgency),
    };
    let first = file.events.first().map_or(file.now, |event| event.at);
    let years = (first.year() - 1, file.now.max(last).year() + 2);
    if years.1 - years.0 > LONGEST_YEARS {
        return Err(refused("events: more than a hundred years".to_owned()));
    }
    let reference = Reference::embedded().map_err(Failure::from_display)?;
    let pool = format!("{name}: pool");
    let mut calendar = file.pool.calendar(&reference, years, &pool)?;
    if target.urgency.answered_on_call() {
        let on_call = file.pool.on_call(&reference, years, &pool)?;
        calendar = on_call.map_or(calendar.clone(), |on_call| calendar.or(&on_call));
    }
    let cycles: Vec<_> = Turnaround::cycles(&file.events, &calendar, file.now)
        .iter()
        .map(|cycle| {
            json!({ "turnaround": cycle, "deadlines": cycle.deadlines(&target, &calendar) })
        })
        .collect();
    answer(&json!({ "now": file.now, "target": target, "cycles": cycles }))
}

/// Who would be offered what.
#[derive(Debug, clap::Args)]
pub(super) struct Route {
    /// JSON file: cases and experts as they stand at an instant.
    file: PathBuf,
    /// `offer` decides case by case, the most pressing first; `plan` places all of them at once.
    #[arg(long, default_value = "offer", value_parser = ["offer", "plan"])]
    policy: String,
}

pub(super) fn route(options: &Route) -> Result<(), Failure> {
    let snapshot: snapshot::Snapshot = read(&options.file)?;
    let reference = Reference::embedded().map_err(Failure::from_display)?;
    let decided = snapshot
        .decide(&reference, options.policy == "plan")
        .map_err(|error| match error {
            Failure::Other(text) => Failure::Other(format!("{}: {text}", options.file.display())),
            other => other,
        })?;
    answer(&decided)
}

/// How far readers agree.
#[derive(Debug, clap::Args)]
pub(super) struct Agreement {
    /// JSON file: the categories there were to choose from, and what was chosen for each case.
    file: PathBuf,
}

/// What `agreement` reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementFile {
    /// Those that were chosen without it.
    #[serde(default)]
    categories: Option<BTreeSet<String>>,
    /// For each case what its readers chose, in any order.
    cases: Vec<Vec<String>>,
}

pub(super) fn agreement(options: &Agreement) -> Result<(), Failure> {
    let file: AgreementFile = read(&options.file)?;
    if let Some(categories) = &file.categories {
        for (place, case) in file.cases.iter().enumerate() {
            if let Some(chosen) = case.iter().find(|one| !categories.contains(*one)) {
                let name = options.file.display();
                return Err(Failure::Other(format!(
                    "{name}: cases/{place}: {chosen} is none of the categories"
                )));
            }
        }
    }
    let offered = file.categories.map_or(0, |categories| categories.len());
    answer(&agreement::over(&file.cases, offered))
}
