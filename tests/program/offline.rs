//! The rules that decide about cases, asked from outside: no database, no configuration.

use serde_json::{Value, json};

use crate::support::program::{Machine, Said};

fn ask(machine: &Machine, file: Option<&Value>, words: &[&str]) -> Said {
    let path = machine.path("input.json");
    if let Some(value) = file {
        std::fs::write(&path, value.to_string()).unwrap();
    }
    let path = path.display().to_string();
    let words: Vec<&str> = words
        .iter()
        .map(|word| if *word == "FILE" { &path } else { *word })
        .collect();
    machine.run(&words)
}

fn answered(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).expect("JSON")
}

#[test]
fn a_calendar_tells_holidays_with_their_kind_and_openings_in_local_time() {
    let machine = Machine::new();
    let week = ["calendar", "PF", "2026-11-16", "2026-11-22", "--json"];
    let calendar = answered(&ask(&machine, None, &week));
    assert_eq!(
        calendar["holidays"],
        json!([{ "date": "2026-11-20", "fr": "Matāri'i", "en": "Matāri'i", "kind": "legal" }])
    );
    let openings = calendar["openings"].as_array().unwrap();
    assert_eq!(openings.len(), 4, "Friday is Matāri'i");
    assert_eq!(
        openings[3],
        json!({ "from": "2026-11-19T08:00:00-10:00", "to": "2026-11-19T18:00:00-10:00" })
    );
    assert!(
        calendar["sources"][1]
            .as_str()
            .unwrap()
            .contains("Polynésie")
    );
    let readable = ask(
        &machine,
        None,
        &["calendar", "FR-GP", "2026-03-12", "2026-03-13"],
    );
    assert_eq!(
        readable.out,
        "2026-03-12  Mi-Carême / Mid-Lent (customary)\n2026-03-12  08:00 to 18:00 -04:00\n2026-03-13  08:00 to 18:00 -04:00\n"
    );
    let kept = json!({ "territory": "FR-GP", "customary_holidays": true,
        "on_call": { "thu": [["20:00", "22:00"]] },
        "closures": [{ "from": "2026-03-13", "to": "2026-03-13" }] });
    let words = [
        "calendar",
        "FR-GP",
        "2026-03-12",
        "2026-03-13",
        "--json",
        "--hours",
        "FILE",
    ];
    assert_eq!(
        answered(&ask(&machine, Some(&kept), &words))["openings"],
        json!([])
    );
    assert_eq!(
        answered(&ask(&machine, Some(&kept), &words))["on_call"],
        json!([{ "from": "2026-03-12T20:00:00-04:00", "to": "2026-03-12T22:00:00-04:00" }])
    );
    for (words, part) in [
        (["calendar", "XX", "2026-01-01", "2026-01-02"], "XX"),
        (["calendar", "FR", "2026-01-02", "2026-01-01"], "2026-01-01"),
    ] {
        let refused = ask(&machine, None, &words);
        assert!(
            refused.code == 1 && refused.err.contains(part),
            "{refused:?}"
        );
    }
}

#[test]
fn a_clock_is_computed_again_from_its_events() {
    let machine = Machine::new();
    let mut file = json!({
        "now": "2026-11-25T12:00:00Z", "urgency": "routine",
        "pool": { "territory": "FR", "weekly_hours": { "mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]], "wed": [["09:00", "17:00"]], "thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]] } },
        "events": [
            { "at": "2026-11-23T08:00:00Z", "effect": "start" },
            { "at": "2026-11-23T12:00:00Z", "effect": { "pause": "information" } },
            { "at": "2026-11-25T12:00:00Z", "effect": { "resume": "information" } }
        ]
    });
    let clock = answered(&ask(&machine, Some(&file), &["clock", "FILE"]));
    let cycle = &clock["cycles"][0];
    assert_eq!(cycle["turnaround"]["working_seconds"], 4 * 3600);
    assert_eq!(cycle["turnaround"]["paused_seconds"], 48 * 3600);
    assert_eq!(cycle["deadlines"]["due"], "2026-11-27T16:00:00Z");
    file["events"][2]["at"] = "2026-11-22T12:00:00Z".into();
    let refused = ask(&machine, Some(&file), &["clock", "FILE"]);
    assert!(
        refused.code == 1 && refused.err.contains("events/2"),
        "{refused:?}"
    );
    file["pool"]["weekly_hours"] = json!({});
    file["events"] = json!([]);
    let refused = ask(&machine, Some(&file), &["clock", "FILE"]);
    assert!(
        refused.err.contains("pool: no weekday has an opening"),
        "{refused:?}"
    );
}

#[test]
fn on_call_hours_count_for_urgent_work_alone() {
    let machine = Machine::new();
    let mut file = json!({
        "now": "2026-11-28T12:00:00Z", "urgency": "routine",
        "pool": { "territory": "FR", "on_call": { "sat": [["09:00", "12:00"]] } },
        "events": [{ "at": "2026-11-28T09:00:00Z", "effect": "start" }]
    });
    let worked = |file: &Value| {
        let clock = answered(&ask(&machine, Some(file), &["clock", "FILE"]));
        clock["cycles"][0]["turnaround"]["working_seconds"].clone()
    };
    assert_eq!(worked(&file), 0);
    file["urgency"] = "urgent".into();
    assert_eq!(worked(&file), 2 * 3600);
    file["pool"]["on_call"] = json!({ "sat": [["12:00", "09:00"]] });
    let refused = ask(&machine, Some(&file), &["clock", "FILE"]);
    assert!(refused.err.contains("pool: on_call"), "{refused:?}");

    let mut saturday = snapshot();
    saturday["now"] = "2026-11-28T06:00:00Z".into();
    saturday["cases"][0]["urgency"] = "urgent".into();
    saturday["experts"][0]["hours"]["on_call"] = json!({ "sat": [["09:00", "12:00"]] });
    saturday["experts"][0]["duties"] = json!([["2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"]]);
    let offers = answered(&ask(&machine, Some(&saturday), &["route", "FILE"]));
    let of = |case: &str| {
        let all = offers["decisions"].as_array().unwrap();
        let one = all.iter().find(|one| one["case"] == case).unwrap();
        (one["expert"].clone(), one["expected_answer_at"].clone())
    };
    assert_eq!(of("a"), (json!("busy"), json!("2026-11-28T08:25:00Z")));
    assert_eq!(of("b").0, "free", "routine work waits until Monday");
    saturday["experts"][0]["hours"]["on_call"] = json!({});
    let refused = ask(&machine, Some(&saturday), &["route", "FILE"]);
    assert!(refused.err.contains("experts/busy: duties"), "{refused:?}");
}

fn snapshot() -> Value {
    let expert = |id: &str, laboratory: &str, queued: u32| {
        json!({ "id": id, "network": "gcs", "covers": ["FR-GF"], "laboratories": [laboratory], "primary": "breast",
            "capacity": 4, "queued_minutes": queued, "hours": { "territory": "FR" } })
    };
    let case = |id: &str| {
        json!({ "id": id, "subspecialty": "breast", "territory": "FR-GF", "laboratory": "cayenne", "network": "gcs",
            "urgency": "routine", "slides": 5 })
    };
    json!({ "now": "2026-11-23T09:00:00Z", "cases": [case("a"), case("b")],
        "experts": [expert("busy", "paris", 60), expert("free", "lyon", 0), expert("colleague", "cayenne", 0)] })
}

#[test]
fn a_snapshot_is_routed_with_its_reasons() {
    let machine = Machine::new();
    let offers = answered(&ask(&machine, Some(&snapshot()), &["route", "FILE"]));
    let first = &offers["decisions"][0];
    assert_eq!(
        (&first["case"], &first["expert"]),
        (&json!("a"), &json!("free"))
    );
    let colleague = &first["considered"][2];
    assert_eq!(colleague["expert"], "colleague");
    assert_eq!(colleague["against"], json!(["other_laboratory"]));
    let mut decided = snapshot();
    decided["cases"][0]["kept_for"] = json!("busy");
    let kept = answered(&ask(&machine, Some(&decided), &["route", "FILE"]));
    assert_eq!(kept["decisions"][0]["expert"], "busy");
    decided["cases"][0]["kept_for"] = json!(null);
    // An hour later is as good as equally early; whoever did less is chosen.
    let mut unequal = snapshot();
    unequal["experts"][1]["work_minutes"] = json!(600);
    let shared = answered(&ask(&machine, Some(&unequal), &["route", "FILE"]));
    let first = &shared["decisions"][0];
    assert_eq!(
        (&first["expert"], &first["basis"]),
        (&json!("busy"), &json!("fairer_share"))
    );
    assert!(
        first["considered"][0]["work_share"].as_u64() > Some(0),
        "{first}"
    );
    unequal["choice"] = json!({ "version": "strict", "margin": 0.0, "band": 0.0 });
    let strict = answered(&ask(&machine, Some(&unequal), &["route", "FILE"]));
    let first = &strict["decisions"][0];
    assert_eq!(
        (&strict["version"], &first["expert"], &first["basis"]),
        (
            &json!("strict"),
            &json!("free"),
            &json!("earliest_expected_answer")
        )
    );
    unequal["choice"]["margin"] = json!(0.9);
    let refused = ask(&machine, Some(&unequal), &["route", "FILE"]);
    assert!(refused.err.contains("policy strict: margin"), "{refused:?}");
    decided["cases"][0]["excluded"] = json!(["free"]);
    let passed = answered(&ask(&machine, Some(&decided), &["route", "FILE"]));
    assert_eq!(passed["decisions"][0]["expert"], "busy");
    let plan = answered(&ask(
        &machine,
        Some(&snapshot()),
        &["route", "FILE", "--policy", "plan"],
    ));
    assert_eq!(plan["decisions"].as_array().unwrap().len(), 2);
    assert!(
        plan["decisions"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["expert"] != "colleague")
    );
    for (spoil, part) in [
        (json!({ "capacity": 0 }), "experts/busy: capacity 0"),
        (json!({ "id": "free" }), "experts/free"),
        (
            json!({ "hours": { "territory": "FR", "weekly_hours": {} } }),
            "experts/busy: no weekday",
        ),
        (
            json!({ "hours": { "territory": "ZZ" } }),
            "experts/busy: there is no territory ZZ",
        ),
        (
            json!({ "absences": [["2026-12-02T00:00:00Z", "2026-12-01T00:00:00Z"]] }),
            "experts/busy: the absence",
        ),
    ] {
        let mut bad = snapshot();
        let entries = spoil.as_object().unwrap().clone();
        bad["experts"][0].as_object_mut().unwrap().extend(entries);
        let refused = ask(&machine, Some(&bad), &["route", "FILE"]);
        assert!(
            refused.code == 1 && refused.err.contains(part),
            "{part}: {refused:?}"
        );
    }
    let mut empty = snapshot();
    empty["experts"] = json!([]);
    let refused = ask(&machine, Some(&empty), &["route", "FILE"]);
    assert!(
        refused.err.contains("cases/a: the pool of gcs is empty"),
        "{refused:?}"
    );
    let mut contradictory = snapshot();
    contradictory["plan"] = json!({ "version": "x", "lateness_weight": 1, "urgent_weight": 1, "other_network_minutes": 0,
        "outside_primary_minutes": 0, "move_minutes": 0, "reserve": 1.0, "openings": 1, "horizon_days": 1 });
    let refused = ask(
        &machine,
        Some(&contradictory),
        &["route", "FILE", "--policy", "plan"],
    );
    assert!(refused.err.contains("policy x: reserve"), "{refused:?}");
}

#[test]
fn a_simulation_prints_a_table_and_writes_plots() {
    let machine = Machine::new();
    let national = include_str!("../../data/simulation/national.json");
    let mut scenario: Value = serde_json::from_str(national).unwrap();
    scenario["cases_per_year"] = 300.into();
    let folder = machine.path("plots").display().to_string();
    let words = [
        "simulate", "FILE", "--policy", "pull", "--seeds", "1", "--svg", &folder,
    ];
    let first = ask(&machine, Some(&scenario), &words);
    assert!(first.code == 0 && first.out.contains("pull"), "{first:?}");
    let plot = || std::fs::read(machine.path("plots/national/turnaround.svg")).unwrap();
    let before = plot();
    let second = ask(&machine, Some(&scenario), &words);
    assert_eq!((first.out, before), (second.out, plot()), "the same bytes");
    let held = [
        "simulate",
        "FILE",
        "--policy",
        "shortest_queue",
        "--policy",
        "idle_steal",
        "--seeds",
        "1",
        "--json",
    ];
    let told = answered(&ask(&machine, Some(&scenario), &held));
    let mean = |place: usize| {
        told["policies"][place]["years"][0]["mean_hours"]
            .as_f64()
            .unwrap()
    };
    let gate = &told["gates"][0];
    assert_eq!(
        (&gate["policy"], &gate["measure"]),
        (&json!("idle_steal"), &json!("mean_below_shortest_queue"))
    );
    let value = gate["value"].as_f64().unwrap();
    assert!((value - (1.0 - mean(1) / mean(0))).abs() < 1e-9, "{told}");
    assert_eq!(gate["met"], json!(value >= 0.45));
    assert_eq!(told["gates"].as_array().map(Vec::len), Some(5));
    scenario["load"] = 0.into();
    let refused = ask(&machine, Some(&scenario), &words);
    assert!(
        refused.code == 1 && refused.err.contains("load"),
        "{refused:?}"
    );
}

#[test]
fn agreement_of_readers_is_computed_without_a_database() {
    let machine = Machine::new();
    // Three cases, the last one read once: all of the pairs, one of three, none to compare.
    let mut file = json!({ "categories": ["benign", "malignant"], "cases": [
        ["benign", "benign", "benign", "benign"], ["benign", "malignant", "malignant"], ["malignant"]] });
    let found = answered(&ask(&machine, Some(&file), &["agreement", "FILE"]));
    assert_eq!(
        (&found["cases"], &found["compared"], &found["readings"]),
        (&json!(3), &json!(2), &json!(8))
    );
    let told = |name: &str| found[name].as_f64().expect("a number");
    // Shares: benign (1 + 1/3 + 0) / 3 = 4/9, malignant 5/9; by chance 41/81 for kappa, 40/81 for AC1.
    let (raw, of) = (2.0 / 3.0, |chance: f64| {
        (2.0 / 3.0 - chance) / (1.0 - chance)
    });
    assert!((told("raw") - raw).abs() < 1e-9);
    assert!((told("kappa") - of(41.0 / 81.0)).abs() < 1e-9);
    assert!((told("ac1") - of(40.0 / 81.0)).abs() < 1e-9);

    file["cases"] = json!([["benign", "benign"]]);
    let alike = answered(&ask(&machine, Some(&file), &["agreement", "FILE"]));
    assert_eq!(
        (&alike["raw"], &alike["kappa"]),
        (&json!(1.0), &Value::Null)
    );
    file["cases"] = json!([["benign"], ["benign", "unsure"]]);
    let refused = ask(&machine, Some(&file), &["agreement", "FILE"]);
    assert!(
        refused.code == 1 && refused.err.contains("cases/1: unsure"),
        "{refused:?}"
    );
}
