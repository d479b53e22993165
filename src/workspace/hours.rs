//! Working hours as a person writes them: `08:00–12:00, 13:30–18:00`, one line for each day.

use super::times::weekday;
use super::visitor::Visitor;
use crate::domain::calendar::{LocalTime, WeeklyHours};
use crate::domain::problems::{FieldProblem, FieldRule};

/// The names of the days, as fields and in the API.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

type Day = Vec<(LocalTime, LocalTime)>;

fn days(hours: &WeeklyHours) -> [&Day; 7] {
    [
        &hours.mon, &hours.tue, &hours.wed, &hours.thu, &hours.fri, &hours.sat, &hours.sun,
    ]
}

/// Each day's hours as its field shows them.
pub(super) fn shown(hours: &WeeklyHours) -> [String; 7] {
    days(hours).map(|day| {
        day.iter()
            .map(|(from, to)| format!("{}–{}", String::from(*from), String::from(*to)))
            .collect::<Vec<_>>()
            .join(", ")
    })
}

/// The hours that seven lines stand for, or what is wrong with each that stands for none; `pointer` is the field of them all.
pub(super) fn read(lines: &[String; 7], pointer: &str) -> Result<WeeklyHours, Vec<FieldProblem>> {
    let mut wrong = Vec::new();
    let [mon, tue, wed, thu, fri, sat, sun] = std::array::from_fn(|at| {
        let line = lines.get(at).map_or("", String::as_str);
        let day = DAYS.get(at).copied().unwrap_or_default();
        day_of(line).unwrap_or_else(|rule| {
            wrong.push(FieldProblem::new(format!("{pointer}/{day}"), rule));
            Day::new()
        })
    });
    let hours = WeeklyHours {
        mon,
        tue,
        wed,
        thu,
        fri,
        sat,
        sun,
    };
    if wrong.is_empty() {
        Ok(hours)
    } else {
        Err(wrong)
    }
}

/// The intervals of a day, in order and apart from each other, or the rule that the line breaks. Hours may be written as `8`, `8h`,
/// `8h30`, `8:30`; between them stands whatever people put there.
fn day_of(line: &str) -> Result<Day, FieldRule> {
    let day = intervals(line).ok_or_else(|| FieldRule::Malformed {
        expected: "hours two by two".to_owned(),
    })?;
    if day.iter().any(|(from, to)| from >= to) {
        return Err(FieldRule::HoursReversed);
    }
    if day.is_sorted_by(|(_, ends), (begins, _)| ends <= begins) {
        Ok(day)
    } else {
        Err(FieldRule::HoursOverlap)
    }
}

/// The times of a line two by two, in whatever order.
fn intervals(line: &str) -> Option<Day> {
    let known = |c: char| c.is_ascii_digit() || matches!(c, ':' | 'h' | 'H');
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '-' | '–' | '—');
    if !line.chars().all(|c| known(c) || between(c)) {
        return None;
    }
    let times: Option<Vec<u16>> = line
        .split(between)
        .filter(|part| !part.is_empty())
        .map(minutes)
        .collect();
    let times = times.filter(|times| times.len() % 2 == 0)?;
    let pairs = times.chunks_exact(2).filter_map(|pair| match pair {
        [from, to] => Some((LocalTime::from_minutes(*from), LocalTime::from_minutes(*to))),
        _ => None,
    });
    Some(pairs.collect())
}

/// Minutes after midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once([':', 'h', 'H']).unwrap_or((text, ""));
    let hours: u16 = hours.parse().ok().filter(|hours| *hours <= 24)?;
    let minutes: u16 = match minutes {
        "" => 0,
        minutes => minutes.parse().ok().filter(|minutes| *minutes < 60)?,
    };
    Some(hours * 60 + minutes).filter(|all| *all <= 24 * 60)
}

/// The days' names, Monday first.
pub(super) fn names(visitor: &Visitor) -> [String; 7] {
    std::array::from_fn(|at| weekday(visitor.language, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let expected = "hours two by two".to_owned();
        let malformed = FieldRule::Malformed { expected };
        for (written, read) in [
            ("", Ok("")),
            ("8-12", Ok("08:00–12:00")),
            ("8h – 12h30, 14h-18h", Ok("08:00–12:30, 14:00–18:00")),
            ("08:00–12:00, 13:30–24:00", Ok("08:00–12:00, 13:30–24:00")),
            ("8-12, 12-14", Ok("08:00–12:00, 12:00–14:00")),
            ("8-12, 11-14", Err(FieldRule::HoursOverlap)),
            ("14-18, 8-12", Err(FieldRule::HoursOverlap)),
            ("12-8", Err(FieldRule::HoursReversed)),
            ("20h-8h", Err(FieldRule::HoursReversed)),
            ("8-8", Err(FieldRule::HoursReversed)),
            ("8", Err(malformed.clone())),
            ("8:75-9", Err(malformed.clone())),
            ("23-25", Err(malformed.clone())),
            ("matin", Err(malformed)),
        ] {
            let told = day_of(written).map(|mon| {
                let [mon, ..] = shown(&WeeklyHours {
                    mon,
                    ..WeeklyHours::default()
                });
                mon
            });
            assert_eq!(told, read.map(str::to_owned), "{written}");
        }
    }

    #[test]
    fn every_day_that_cannot_be_read_is_named() {
        let mut lines: [String; 7] = Default::default();
        lines[1] = "x".into();
        lines[6] = "9-8".into();
        let wrong = read(&lines, "/hours").unwrap_err();
        let named: Vec<&str> = wrong.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(named, ["/hours/tue", "/hours/sun"]);
    }
}
