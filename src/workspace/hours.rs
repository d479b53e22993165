//! Working hours as a person writes them: `08:00–12:00, 13:30–18:00`, one line for each day.

use super::times::weekday;
use super::visitor::Visitor;
use crate::domain::calendar::{LocalTime, WeeklyHours};

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

/// The hours that seven lines stand for, or the days that cannot be read.
pub(super) fn read(lines: &[String; 7]) -> Result<WeeklyHours, Vec<&'static str>> {
    let mut wrong = Vec::new();
    let [mon, tue, wed, thu, fri, sat, sun] = std::array::from_fn(|at| {
        let (line, day) = (lines.get(at), DAYS.get(at));
        let read = line.and_then(|line| day_of(line));
        if read.is_none() {
            wrong.extend(day.copied());
        }
        read.unwrap_or_default()
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

/// The intervals of a day, in order and apart from each other; none when the line is anything else. Hours may be written as
/// `8`, `8h`, `8h30`, `8:30`; between them stands whatever people put there.
fn day_of(line: &str) -> Option<Day> {
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
    let times = times.filter(|times| times.len() % 2 == 0 && times.is_sorted_by(|a, b| a <= b))?;
    times
        .chunks_exact(2)
        .map(|pair| match pair {
            [from, to] if from < to => {
                Some((LocalTime::from_minutes(*from), LocalTime::from_minutes(*to)))
            }
            _ => None,
        })
        .collect()
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
        for (written, read) in [
            ("", Some("")),
            ("8-12", Some("08:00–12:00")),
            ("8h – 12h30, 14h-18h", Some("08:00–12:30, 14:00–18:00")),
            ("08:00–12:00, 13:30–24:00", Some("08:00–12:00, 13:30–24:00")),
            ("8-12, 11-14", None),
            ("12-8", None),
            ("8-8", None),
            ("8", None),
            ("8:75-9", None),
            ("23-25", None),
            ("matin", None),
        ] {
            let told = day_of(written).map(|mon| {
                let [mon, ..] = shown(&WeeklyHours {
                    mon,
                    ..WeeklyHours::default()
                });
                mon
            });
            assert_eq!(told.as_deref(), read, "{written}");
        }
    }

    #[test]
    fn every_day_that_cannot_be_read_is_named() {
        let mut lines: [String; 7] = Default::default();
        lines[1] = "x".into();
        lines[6] = "9".into();
        assert_eq!(read(&lines).err(), Some(vec!["tue", "sun"]));
    }
}
