use super::*;
use crate::domain::holidays::Holidays;
use proptest::prelude::*;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn office() -> WeeklyHours {
    serde_json::from_str(
        r#"{"mon":[["08:00","18:00"]],"tue":[["08:00","18:00"]],"wed":[["08:00","18:00"]],"thu":[["08:00","18:00"]],"fri":[["08:00","18:00"]]}"#,
    )
    .unwrap()
}

fn calendar(zone: Tz, sets: &[&str]) -> WorkingCalendar {
    let holidays = Holidays::embedded().unwrap();
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let closed = (2024..=2029)
        .flat_map(|year| holidays.of_year(&sets, year))
        .map(|day| day.date)
        .collect();
    WorkingCalendar::new(zone, &office(), &closed, (2024, 2029)).unwrap()
}

#[test]
fn a_pool_works_in_its_own_time_and_on_its_own_days() {
    let paris = calendar(Tz::Europe__Paris, &["national"]);
    let tahiti = calendar(Tz::Pacific__Tahiti, &["national", "polynesie-francaise"]);
    let noumea = calendar(Tz::Pacific__Noumea, &["national", "nouvelle-caledonie"]);
    // Friday 20 November 2026 is Matāri'i: closed in Polynesia, open in Paris.
    assert!(paris.is_open_at(utc("2026-11-20T10:00:00Z")));
    assert!(!tahiti.is_open_at(utc("2026-11-20T20:00:00Z")));
    // Monday 08:00 in Nouméa is Sunday 22:00 in Paris.
    assert!(noumea.is_open_at(utc("2026-11-22T21:00:00Z")));
    assert!(!paris.is_open_at(utc("2026-11-22T21:00:00Z")));
    // 11 November is a holiday everywhere.
    for calendar in [&paris, &tahiti, &noumea] {
        assert_eq!(
            calendar.working_time_between(utc("2026-11-11T12:00:00Z"), utc("2026-11-11T12:00:01Z")),
            Duration::zero()
        );
    }
    // Sent on Friday 17:00 in Paris, four working hours later is Monday 11:00.
    assert_eq!(
        paris.add_working_time(utc("2026-11-20T16:00:00Z"), Duration::hours(4)),
        Some(utc("2026-11-23T10:00:00Z"))
    );
    assert_eq!(
        paris.next_opening(utc("2026-11-21T12:00:00Z")),
        Some(utc("2026-11-23T07:00:00Z"))
    );
}

#[test]
fn a_working_day_has_its_hours_whatever_the_clocks_do() {
    // Clocks change on the last Sundays of March and October in Paris, on North American dates in Miquelon.
    for (zone, monday) in [
        (Tz::Europe__Paris, "2026-03-30"),
        (Tz::Europe__Paris, "2026-10-26"),
        (Tz::America__Miquelon, "2026-03-09"),
        (Tz::America__Miquelon, "2026-11-02"),
    ] {
        let calendar = calendar(zone, &["national"]);
        let day: NaiveDate = monday.parse().unwrap();
        let from = zone
            .from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap())
            .unwrap()
            .to_utc();
        assert_eq!(
            calendar.working_time_between(from, from + Duration::hours(24)),
            Duration::hours(10),
            "{zone} {monday}"
        );
    }
    // A night shift across the change is an hour shorter in March and an hour longer in October.
    let nights: WeeklyHours = serde_json::from_str(r#"{"sun":[["00:00","06:00"]]}"#).unwrap();
    let night =
        WorkingCalendar::new(Tz::Europe__Paris, &nights, &HashSet::new(), (2026, 2026)).unwrap();
    assert_eq!(
        night.working_time_between(utc("2026-03-28T20:00:00Z"), utc("2026-03-29T20:00:00Z")),
        Duration::hours(5)
    );
    assert_eq!(
        night.working_time_between(utc("2026-10-24T20:00:00Z"), utc("2026-10-25T20:00:00Z")),
        Duration::hours(7)
    );
}

/// How many whole hours of a day, 08:00 to 18:00 on either side, a territory shares with Paris.
#[test]
fn few_working_hours_are_shared_with_the_pacific() {
    let shared = |one: Tz, other: Tz, day: &str| {
        let (one, other) = (calendar(one, &[]), calendar(other, &[]));
        let start = utc(&format!("{day}T00:00:00Z")) - Duration::hours(24);
        (0..3 * 24 * 2)
            .map(|half| start + Duration::minutes(30 * half))
            .filter(|at| one.is_open_at(*at) && other.is_open_at(*at))
            .count() as f64
            / 2.0
    };
    // Wednesdays: a day before and a day after are working days too, so three days' worth of shared hours.
    let (winter, summer) = ("2026-01-14", "2026-07-08");
    for (zone, in_winter, in_summer) in [
        (Tz::America__Guadeloupe, 5.0, 4.0),
        (Tz::America__Cayenne, 6.0, 5.0),
        (Tz::America__Miquelon, 6.0, 6.0),
        (Tz::Indian__Reunion, 7.0, 8.0),
        (Tz::Indian__Mayotte, 8.0, 9.0),
        (Tz::Pacific__Noumea, 0.0, 1.0),
        (Tz::Pacific__Tahiti, 0.0, 0.0),
        (Tz::Pacific__Wallis, 0.0, 0.0),
    ] {
        for (day, hours) in [(winter, in_winter), (summer, in_summer)] {
            let found = shared(Tz::Europe__Paris, zone, day);
            assert_eq!(found, 3.0 * hours, "{zone} {day}");
        }
    }
    for (one, other, hours) in [
        (Tz::Indian__Reunion, Tz::Pacific__Noumea, 3.0),
        (Tz::America__Martinique, Tz::Pacific__Tahiti, 4.0),
        (Tz::America__Cayenne, Tz::Pacific__Tahiti, 3.0),
        (Tz::Pacific__Noumea, Tz::Pacific__Wallis, 9.0),
    ] {
        assert_eq!(shared(one, other, winter), 3.0 * hours, "{one} {other}");
    }
}

#[test]
fn days_of_the_same_instant_differ() {
    let local = |zone: Tz, text: &str| zone.from_utc_datetime(&utc(text).naive_utc()).to_string();
    // Thursday 16:00 in Papeete is Friday 03:00 in Paris.
    let sent = "2026-11-20T02:00:00Z";
    assert!(local(Tz::Pacific__Tahiti, sent).starts_with("2026-11-19 16:00"));
    assert!(local(Tz::Europe__Paris, sent).starts_with("2026-11-20 03:00"));
    // Polynesia is three zones, one of them on the half hour.
    assert!(local(Tz::Pacific__Marquesas, sent).starts_with("2026-11-19 16:30"));
    assert!(local(Tz::Pacific__Gambier, sent).starts_with("2026-11-19 17:00"));
    // Miquelon changes its clocks with North America: three hours behind Paris for some weeks, four otherwise.
    let behind = |day: &str| {
        let (paris, miquelon) = (
            calendar(Tz::Europe__Paris, &[]),
            calendar(Tz::America__Miquelon, &[]),
        );
        let morning = utc(&format!("{day}T00:00:00Z"));
        miquelon.next_opening(morning).unwrap() - paris.next_opening(morning).unwrap()
    };
    for (day, hours) in [
        ("2026-03-05", 4),
        ("2026-03-10", 3),
        ("2026-03-31", 4),
        ("2026-10-28", 3),
        ("2026-11-04", 4),
    ] {
        assert_eq!(behind(day), Duration::hours(hours), "{day}");
    }
}

#[test]
fn urgent_work_goes_on_in_on_call_hours_even_on_holidays() {
    let every_evening: WeeklyHours = serde_json::from_str(
        r#"{"mon":[["17:00","22:00"]],"tue":[["17:00","22:00"]],"wed":[["17:00","22:00"]],"thu":[["17:00","22:00"]],"fri":[["17:00","22:00"]],"sat":[["08:00","20:00"]],"sun":[["08:00","20:00"]]}"#,
    )
    .unwrap();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let closed = HashSet::from([day("2026-11-11"), day("2026-12-28")]);
    let shut = HashSet::from([day("2026-12-28")]);
    let years = (2026, 2026);
    let regular = WorkingCalendar::new(Tz::Europe__Paris, &office(), &closed, years).unwrap();
    let on_call =
        WorkingCalendar::on_call(Tz::Europe__Paris, &every_evening, (&closed, &shut), years)
            .unwrap();
    let calendar = regular.or(&on_call);
    let of = |text: &str| {
        let start = utc(&format!("{text}T00:00:00Z"));
        calendar.working_time_between(start, start + Duration::hours(24))
    };
    // The hour that both sets have counts once.
    assert_eq!(of("2026-11-10"), Duration::hours(14));
    // A holiday has the hours of a Sunday too.
    assert_eq!(of("2026-11-11"), Duration::hours(14));
    assert_eq!(of("2026-11-14"), Duration::hours(12));
    assert_eq!(of("2026-12-28"), Duration::zero());
    let duty = [(utc("2026-11-14T10:00:00Z"), utc("2026-11-16T18:00:00Z"))];
    let alone: Vec<_> = on_call
        .within(&duty, &regular)
        .openings_between(utc("2026-01-01T00:00:00Z"), utc("2026-12-31T00:00:00Z"))
        .collect();
    assert_eq!(
        alone,
        [
            (utc("2026-11-14T10:00:00Z"), utc("2026-11-14T19:00:00Z")),
            (utc("2026-11-15T07:00:00Z"), utc("2026-11-15T19:00:00Z")),
            (utc("2026-11-16T17:00:00Z"), utc("2026-11-16T18:00:00Z"))
        ],
        "outside the ordinary hours and within the duty"
    );
    let listed: Vec<_> = calendar
        .openings_between(utc("2026-11-11T18:00:00Z"), utc("2026-11-12T09:00:00Z"))
        .collect();
    assert_eq!(
        listed,
        [
            (utc("2026-11-11T18:00:00Z"), utc("2026-11-11T21:00:00Z")),
            (utc("2026-11-12T07:00:00Z"), utc("2026-11-12T09:00:00Z"))
        ]
    );
}

#[test]
fn hours_that_make_no_calendar_are_refused() {
    let refused = |json: &str| {
        let hours: WeeklyHours = serde_json::from_str(json).unwrap();
        WorkingCalendar::new(Tz::Europe__Paris, &hours, &HashSet::new(), (2026, 2026)).unwrap_err()
    };
    assert_eq!(refused("{}"), CalendarError::NeverOpen);
    assert_eq!(
        refused(r#"{"tue":[["12:00","08:00"]]}"#),
        CalendarError::Reversed { day: Weekday::Tue }
    );
    assert_eq!(
        refused(r#"{"wed":[["08:00","12:00"],["11:00","13:00"]]}"#),
        CalendarError::Overlap { day: Weekday::Wed }
    );
    let told = refused(r#"{"sun":[["20:00","08:00"]]}"#).field_problem("/on_call_hours");
    assert_eq!(told.pointer, "/on_call_hours/sun");
    assert!(serde_json::from_str::<WeeklyHours>(r#"{"mon":[["8:00","25:00"]]}"#).is_err());
}

#[test]
fn a_closed_year_never_answers() {
    let every_day: HashSet<NaiveDate> = (0..366)
        .filter_map(|n| NaiveDate::from_ymd_opt(2026, 1, 1)?.checked_add_days(Days::new(n)))
        .collect();
    let closed =
        WorkingCalendar::new(Tz::Europe__Paris, &office(), &every_day, (2026, 2026)).unwrap();
    assert_eq!(
        closed.add_working_time(utc("2026-05-01T00:00:00Z"), Duration::hours(1)),
        None
    );
    assert_eq!(closed.next_opening(utc("2026-05-01T00:00:00Z")), None);
}

prop_compose! {
    fn instant_of_window()(seconds in 0i64..4 * 365 * 86_400) -> DateTime<Utc> {
        utc("2024-06-01T00:00:00Z") + Duration::seconds(seconds)
    }
}

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::Europe__Paris,
        Tz::America__Miquelon,
        Tz::America__Cayenne,
        Tz::Indian__Reunion,
        Tz::Pacific__Noumea,
        Tz::Pacific__Marquesas,
        Tz::Pacific__Wallis,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Open is what the clock on the wall and the sheet on the door say: asked of the local time, not of the openings.
    #[test]
    fn the_wall_clock_agrees(zone in zones(), at in instant_of_window()) {
        let calendar = calendar(zone, &["national"]);
        let local = at.with_timezone(&zone);
        let holidays = Holidays::embedded().unwrap();
        let rests = holidays
            .of_year(&["national".to_owned()], local.year())
            .iter()
            .any(|day| day.date == local.date_naive());
        let works = !rests
            && !matches!(local.weekday(), Weekday::Sat | Weekday::Sun)
            && (8..18).contains(&chrono::Timelike::hour(&local));
        prop_assert_eq!(calendar.is_open_at(at), works);
        let next = calendar.next_opening(at).unwrap();
        prop_assert!(next >= at && calendar.is_open_at(next));
        prop_assert_eq!(calendar.working_time_between(at, next), Duration::zero());
    }

    /// Working time added is working time that lies between.
    #[test]
    fn adding_and_measuring_agree(zone in zones(), from in instant_of_window(), minutes in 1i64..20_000) {
        let calendar = calendar(zone, &["national"]);
        let work = Duration::minutes(minutes);
        let to = calendar.add_working_time(from, work).unwrap();
        prop_assert_eq!(calendar.working_time_between(from, to), work);
        prop_assert!(calendar.working_time_between(from, to - Duration::seconds(1)) < work, "the earliest such instant");
    }

    /// Time adds up.
    #[test]
    fn working_time_is_additive(zone in zones(), mut at in prop::array::uniform3(instant_of_window())) {
        at.sort();
        let [a, b, c] = at;
        let calendar = calendar(zone, &["national"]);
        prop_assert_eq!(calendar.working_time_between(a, b) + calendar.working_time_between(b, c), calendar.working_time_between(a, c));
    }
}
