use super::*;

/// A service small enough for an unoptimised test: a fifth of the national one.
fn small() -> Scenario {
    let mut scenario = Scenario::embedded().unwrap();
    scenario.cases_per_year = 1200;
    scenario.subspecialties.truncate(4);
    for place in &mut scenario.territories {
        place.experts = place.experts.div_ceil(5);
    }
    scenario
}

fn of(year: &Year, policy: Policy) -> &Figures {
    &year.policies.iter().find(|one| one.0 == policy).unwrap().1
}

#[test]
fn the_same_seed_gives_the_same_year_and_the_last_decision_falls_late() {
    let (scenario, reference) = (small(), Reference::embedded().unwrap());
    let policies = [
        Policy::StrictRegional,
        Policy::ShortestQueue,
        Policy::IdleSteal,
        Policy::Planned,
    ];
    let year = simulate(&scenario, &reference, &policies, 3).unwrap();
    assert_eq!(
        year,
        simulate(&scenario, &reference, &policies, 3).unwrap(),
        "the same seed"
    );
    assert_ne!(
        year,
        simulate(&scenario, &reference, &policies, 4).unwrap(),
        "another seed"
    );
    let (shortest, steal, planned) = (
        of(&year, Policy::ShortestQueue),
        of(&year, Policy::IdleSteal),
        of(&year, Policy::Planned),
    );
    assert!(of(&year, Policy::StrictRegional).mean_hours > shortest.mean_hours);
    assert!(steal.mean_hours < 0.55 * shortest.mean_hours);
    assert!(planned.mean_hours < 0.55 * shortest.mean_hours);
    for (policy, figures) in &year.policies {
        assert!(figures.mean_hours > year.bound_hours, "{policy}");
        let known = figures.answered + figures.open;
        assert!((900..1400).contains(&known), "{policy}: {known} cases");
        assert!((0.0..=1.0).contains(&figures.on_time), "{policy}");
    }
    // Nobody is forgotten: what a sharing policy leaves open after the year is nothing.
    assert_eq!((steal.open, planned.open), (0, 0));
}

#[test]
fn every_shipped_variant_can_be_simulated() {
    let scenario = Scenario::embedded().unwrap();
    assert!(scenario.variants.len() >= 6);
    let reference = Reference::embedded().unwrap();
    for name in scenario.variants.keys() {
        let mut variant = scenario.variant(name).unwrap();
        variant.cases_per_year = 300;
        let year = simulate(&variant, &reference, &[Policy::Pull], 1).unwrap();
        assert!(of(&year, Policy::Pull).answered > 0, "{name}");
    }
}

#[test]
fn a_scenario_that_cannot_be_meant_is_refused_by_entry() {
    let refused = |spoil: &dyn Fn(&mut serde_json::Value)| {
        let mut value =
            serde_json::from_str(include_str!("../../data/simulation/national.json")).unwrap();
        spoil(&mut value);
        Scenario::read(&value.to_string()).unwrap_err().to_string()
    };
    assert!(refused(&|v| v["load"] = 0.into()).contains("load has to be more than 0"));
    assert!(refused(&|v| v["urgent_share"] = 2.into()).contains("urgent_share"));
    assert!(refused(&|v| v["experts"]["capacity"] = 0.into()).contains("experts/capacity"));
    assert!(refused(&|v| v["territories"] = serde_json::json!([])).contains("territories/"));
    assert!(
        refused(&|v| v["variants"]["august"]["load"] = (-1).into()).contains("scenario august")
    );
    assert!(refused(&|v| v["surprise"] = 1.into()).contains("surprise"));
    let mut unknown = Scenario::embedded().unwrap();
    unknown.territories[0].code = "XX".into();
    let refused = simulate(&unknown, &Reference::embedded().unwrap(), &[], 1).unwrap_err();
    assert!(refused.to_string().contains("XX"));
}

#[test]
fn tables_and_plots_show_every_policy() {
    let (scenario, reference) = (small(), Reference::embedded().unwrap());
    let year = simulate(&scenario, &reference, &[Policy::Pull], 1).unwrap();
    let rows: Vec<Row> = year
        .policies
        .into_iter()
        .map(|(p, f)| (p, vec![f]))
        .collect();
    let table = table(&rows, year.bound_hours);
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.contains("pull"));
    let codes: Vec<String> = scenario
        .territories
        .iter()
        .map(|one| one.code.clone())
        .collect();
    for (name, plot) in plots(&rows, &codes) {
        assert!(
            plot.starts_with("<svg") && plot.ends_with("</svg>\n"),
            "{name}"
        );
        assert!(plot.contains(">pull</text>"), "{name}");
    }
}
