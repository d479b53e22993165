//! Instants and spans as people read them: in their own zone, in their language.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::texts::{Language, text};

/// Day and time, such as "jeu. 26 nov. 10:00"; the year only when it is not the present one.
pub(super) fn instant(
    language: Language,
    at: DateTime<Utc>,
    zone: Tz,
    now: DateTime<Utc>,
) -> String {
    let local = at.with_timezone(&zone);
    let day = day(
        language,
        local.date_naive(),
        now.with_timezone(&zone).year(),
    );
    format!("{day} {}", local.format("%H:%M"))
}

/// A day, such as "jeu. 26 nov." or "Thu 26 Nov 2027".
pub(super) fn day(language: Language, date: NaiveDate, this_year: i32) -> String {
    let weekday = weekday(language, date.weekday().number_from_monday());
    let month = text(language, &format!("month-{}", date.month()), &[]);
    let number = if language == Language::French && date.day() == 1 {
        "1er".to_owned()
    } else {
        date.day().to_string()
    };
    let year = if date.year() == this_year {
        String::new()
    } else {
        format!(" {}", date.year())
    };
    format!("{weekday} {number} {month}{year}")
}

/// The short name of a weekday, Monday being 1.
pub(super) fn weekday(language: Language, number: impl std::fmt::Display) -> String {
    text(language, &format!("weekday-{number}"), &[])
}

/// The first instant of a day in a zone: an hour late where clocks skip midnight.
pub(super) fn midnight(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    [midnight, midnight + Duration::hours(1)]
        .into_iter()
        .find_map(|local| zone.from_local_datetime(&local).earliest())
        .map_or(midnight.and_utc(), |found| found.to_utc())
}

/// The city that gives a zone its name, as its people write it.
pub(super) fn city(zone: Tz) -> &'static str {
    match zone.name() {
        "Pacific/Noumea" => "Nouméa",
        "Indian/Reunion" => "La Réunion",
        "America/St_Barthelemy" => "Saint-Barthélemy",
        "America/Marigot" => "Marigot",
        "America/Miquelon" => "Saint-Pierre-et-Miquelon",
        "Pacific/Marquesas" => "Marquises",
        "Pacific/Wallis" => "Wallis-et-Futuna",
        name => name.rsplit('/').next().unwrap_or(name),
    }
}

/// The same instant on the clock of another zone, with its city; none when the two clocks show the same.
pub(super) fn elsewhere(
    language: Language,
    at: DateTime<Utc>,
    own: Tz,
    other: Tz,
) -> Option<String> {
    let (here, there) = (
        at.with_timezone(&own).naive_local(),
        at.with_timezone(&other).naive_local(),
    );
    if here == there {
        return None;
    }
    let clock = there.format("%H:%M");
    let city = city(other);
    Some(if here.date() == there.date() {
        format!("{clock} {city}")
    } else {
        let weekday = weekday(language, there.weekday().number_from_monday());
        format!("{weekday} {clock} {city}")
    })
}

/// A span in its two largest units, rounded down: "2 j 4 h", "35 min".
pub(super) fn span(language: Language, span: Duration) -> String {
    let minutes = span.num_minutes().abs();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let say = |key: &str, n: i64| text(language, key, &[("n", n.into())]);
    match (days, hours, minutes) {
        (0, 0, m) => say("span-minutes", m),
        (0, h, 0) => say("span-hours", h),
        (0, h, m) => format!("{} {}", say("span-hours", h), say("span-minutes", m)),
        (d, 0, _) => say("span-days", d),
        (d, h, _) => format!("{} {}", say("span-days", d), say("span-hours", h)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_instant_is_read_in_each_persons_zone_and_language() {
        let at: DateTime<Utc> = "2026-11-26T13:00:00Z".parse().unwrap();
        let now: DateTime<Utc> = "2026-11-23T13:00:00Z".parse().unwrap();
        let told = |language, zone: Tz| instant(language, at, zone, now);
        assert_eq!(
            told(Language::French, Tz::America__Cayenne),
            "jeu. 26 nov. 10:00"
        );
        assert_eq!(
            told(Language::English, Tz::Pacific__Noumea),
            "Fri 27 Nov 00:00"
        );
        let first = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        assert_eq!(day(Language::French, first, 2026), "ven. 1er janv. 2027");
        assert_eq!(day(Language::English, first, 2026), "Fri 1 Jan 2027");
    }

    #[test]
    fn another_clock_is_told_only_where_it_differs() {
        let at: DateTime<Utc> = "2026-11-26T13:00:00Z".parse().unwrap();
        let told = |own, other| elsewhere(Language::French, at, own, other);
        assert_eq!(told(Tz::America__Cayenne, Tz::America__Cayenne), None);
        assert_eq!(
            told(Tz::Europe__Paris, Tz::America__Cayenne).as_deref(),
            Some("10:00 Cayenne")
        );
        assert_eq!(
            told(Tz::Europe__Paris, Tz::Pacific__Noumea).as_deref(),
            Some("ven. 00:00 Nouméa")
        );
    }

    #[test]
    fn a_day_begins_at_midnight_where_there_is_one() {
        let day = |text: &str| text.parse().unwrap();
        let begins = |date: &str, zone| midnight(day(date), zone).to_rfc3339();
        assert_eq!(
            begins("2026-11-26", Tz::America__Cayenne),
            "2026-11-26T03:00:00+00:00"
        );
        assert_eq!(
            begins("2026-04-24", Tz::Africa__Cairo),
            "2026-04-23T22:00:00+00:00"
        );
    }

    #[test]
    fn a_span_has_two_units_at_most() {
        let told = |minutes| span(Language::French, Duration::minutes(minutes));
        assert_eq!(told(35), "35\u{a0}min");
        assert_eq!(told(-61), "1\u{a0}h 1\u{a0}min");
        assert_eq!(told(120), "2\u{a0}h");
        assert_eq!(told(3 * 1440 + 90), "3\u{a0}j 1\u{a0}h");
        assert_eq!(told(1440 + 5), "1\u{a0}j");
    }
}
