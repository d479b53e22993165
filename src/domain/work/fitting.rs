//! Weights of work fitted from what readings took. Pure: the same readings give the same proposal.
//!
//! The minutes of a reading are regressed on its slides in overview stains and in further ones, by least absolute deviations
//! (iteratively reweighted least squares; Schlossmacher, J. Am. Stat. Assoc. 68, 1973): half of the readings take longer, half less,
//! and one during which somebody went to lunch moves nothing. Then each subspecialty has the middle of what its readings took over
//! what they were expected to. Both are drawn towards the weights that hold, the more so the fewer readings speak. Intervals are
//! those of readings drawn again from the readings (Efron, Ann. Stat. 7, 1979), with a seed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::units::WorkUnits;
use crate::domain::randomness::Randomness;

/// So few readings say nothing.
pub const FEWEST: usize = 30;
/// As many readings as weigh as much as the weights that hold.
const HELD_FOR: f64 = 60.0;
/// The same for the factor of one subspecialty.
const FACTOR_HELD_FOR: f64 = 20.0;
/// A subspecialty with fewer readings keeps its factor.
const FACTOR_FEWEST: usize = 8;
/// How often the readings are drawn again.
const DRAWN: usize = 100;
/// How often a regression is reweighted: it stands still long before.
const ROUNDS: usize = 40;
/// Deviations below this count as this, in minutes.
const LEAST_DEVIATION: f64 = 0.05;

/// A reading that was.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Minutes it took.
    pub minutes: f64,
    /// Slides in an overview stain.
    pub overview: f64,
    /// Slides in further stains.
    pub further: f64,
    /// Its subspecialty.
    pub subspecialty: String,
    /// Whether that is the field of who read.
    pub own_field: bool,
}

/// A weight that was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fitted {
    /// The weight that holds.
    pub present: f64,
    /// The weight proposed.
    pub proposed: f64,
    /// Nine of ten drawings lie above this.
    pub low: f64,
    /// Nine of ten lie below this.
    pub high: f64,
    /// The readings that speak to it.
    pub readings: usize,
}

/// What the readings propose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// The weights, as a whole.
    pub units: WorkUnits,
    /// Minutes of a case without slides.
    pub base: Fitted,
    /// Minutes of a slide in an overview stain.
    pub per_slide: Fitted,
    /// Minutes of a slide in a further stain.
    pub per_further: Fitted,
    /// Factors of the subspecialties that have enough readings.
    pub by_subspecialty: BTreeMap<String, Fitted>,
    /// Half of the readings took no more minutes away from what is expected than this, by the weights that hold.
    pub error_before: f64,
    /// The same by the weights proposed.
    pub error_after: f64,
}

/// The weights that these readings propose in the place of `present`; none of too few readings. How much longer reading takes
/// outside the own field is kept as it is: who reads outside theirs, and what, is no accident.
pub fn propose(readings: &[Reading], present: &WorkUnits, seed: u64) -> Option<Proposal> {
    let mut usable: Vec<&Reading> = readings
        .iter()
        .filter(|one| one.minutes.is_finite() && one.minutes > 0.0)
        .collect();
    // Sums depend on the order of what is added: it is the same whatever order the readings come in.
    usable.sort_by(|one, other| {
        one.minutes
            .total_cmp(&other.minutes)
            .then(one.overview.total_cmp(&other.overview))
            .then(one.further.total_cmp(&other.further))
            .then_with(|| one.subspecialty.cmp(&other.subspecialty))
            .then(one.own_field.cmp(&other.own_field))
    });
    if usable.len() < FEWEST {
        return None;
    }
    let units = fitted(&usable, present);
    let drawn: Vec<WorkUnits> = {
        let mut random = Randomness::new(seed);
        (0..DRAWN)
            .map(|_| {
                let again: Vec<&Reading> = (0..usable.len())
                    .filter_map(|_| random.pick(&usable).copied())
                    .collect();
                fitted(&again, present)
            })
            .collect()
    };
    let all = usable.len();
    let with = |wanted: fn(&Reading) -> bool| usable.iter().filter(|one| wanted(one)).count();
    let of = |weight: fn(&WorkUnits) -> f64, readings| {
        told(weight(present), weight(&units), &drawn, weight, readings)
    };
    let by_subspecialty = units
        .by_subspecialty
        .keys()
        .filter_map(|code| {
            let readings = usable
                .iter()
                .filter(|one| one.subspecialty == *code)
                .count();
            let factor = |of: &WorkUnits| of.by_subspecialty.get(code).copied().unwrap_or(1.0);
            let one = told(factor(present), factor(&units), &drawn, factor, readings);
            (readings >= FACTOR_FEWEST).then(|| (code.clone(), one))
        })
        .collect();
    Some(Proposal {
        base: of(|units| units.base, all),
        per_slide: of(|units| units.per_slide, with(|one| one.overview > 0.0)),
        per_further: of(|units| units.per_further, with(|one| one.further > 0.0)),
        by_subspecialty,
        error_before: error(&usable, present),
        error_after: error(&usable, &units),
        units,
    })
}

fn told(
    present: f64,
    proposed: f64,
    drawn: &[WorkUnits],
    weight: impl Fn(&WorkUnits) -> f64,
    readings: usize,
) -> Fitted {
    let mut values: Vec<f64> = drawn.iter().map(weight).collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * (values.len().saturating_sub(1)) as f64).round() as usize;
        values.get(place).copied().unwrap_or(proposed)
    };
    Fitted {
        present,
        proposed,
        // Drawings are of the same readings: what is proposed lies within, whatever is rounded.
        low: at(0.1).min(proposed),
        high: at(0.9).max(proposed),
        readings,
    }
}

fn factor_of(units: &WorkUnits, one: &Reading) -> f64 {
    let field = units.by_subspecialty.get(&one.subspecialty).copied();
    let outside = if one.own_field {
        1.0
    } else {
        units.outside_primary
    };
    field.unwrap_or(1.0) * outside
}

fn plain(units: &WorkUnits, one: &Reading) -> f64 {
    units.base + units.per_slide * one.overview + units.per_further * one.further
}

/// Half of the readings lie no further away from what these weights expect, in minutes.
fn error(readings: &[&Reading], units: &WorkUnits) -> f64 {
    let away = |one: &&Reading| (one.minutes - plain(units, one) * factor_of(units, one)).abs();
    tenths(middle(readings.iter().map(away).collect()).unwrap_or(0.0))
}

fn fitted(readings: &[&Reading], present: &WorkUnits) -> WorkUnits {
    let held = |n: usize, most: f64| n as f64 / (n as f64 + most);
    let said = regressed(readings, present);
    let toward = |present: f64, said: f64, n: usize| {
        let share = held(n, HELD_FOR);
        tenths(present + share * (said - present)).max(0.0)
    };
    let some =
        |wanted: fn(&Reading) -> f64| readings.iter().filter(|one| wanted(one) > 0.0).count();
    let mut units = WorkUnits {
        base: toward(present.base, said[0], readings.len()),
        per_slide: toward(present.per_slide, said[1], some(|one| one.overview)),
        per_further: toward(present.per_further, said[2], some(|one| one.further)),
        ..present.clone()
    };
    let mut of_field: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for one in readings {
        let expected = plain(&units, one) * factor_of(&units, one);
        if expected > 0.0 {
            let ratio = one.minutes / expected;
            of_field.entry(&one.subspecialty).or_default().push(ratio);
        }
    }
    for (code, ratios) in of_field {
        let n = ratios.len();
        if let Some(ratio) = middle(ratios).filter(|_| n >= FACTOR_FEWEST) {
            let present = units.by_subspecialty.get(code).copied().unwrap_or(1.0);
            let drawn = present * ratio.powf(held(n, FACTOR_HELD_FOR));
            let factor = (drawn * 100.0).round() / 100.0;
            units
                .by_subspecialty
                .insert(code.to_owned(), factor.clamp(0.2, 5.0));
        }
    }
    units
}

/// The weights of least absolute deviations, none below zero: base, overview, further.
fn regressed(readings: &[&Reading], present: &WorkUnits) -> [f64; 3] {
    let mut found = [present.base, present.per_slide, present.per_further];
    // A weight that would fall below zero is nothing, and the others are fitted without it.
    let mut free = [true; 3];
    // Where no reading has a slide of the kind, its weight stays out of the fit.
    free[1] = readings.iter().any(|one| one.overview > 0.0);
    free[2] = readings.iter().any(|one| one.further > 0.0);
    for _ in 0..ROUNDS {
        let mut left = [[0.0; 3]; 3];
        let mut right = [0.0; 3];
        for one in readings {
            let factor = factor_of(present, one);
            let terms = [1.0, one.overview, one.further].map(|term| term * factor);
            let expected: f64 = terms.iter().zip(&found).map(|(term, at)| term * at).sum();
            let weight = 1.0 / (one.minutes - expected).abs().max(LEAST_DEVIATION);
            for (row, a) in terms.iter().enumerate() {
                for (column, b) in terms.iter().enumerate() {
                    if let Some(cell) = left.get_mut(row).and_then(|row| row.get_mut(column)) {
                        *cell += weight * a * b;
                    }
                }
                if let Some(cell) = right.get_mut(row) {
                    *cell += weight * a * one.minutes;
                }
            }
        }
        let Some(next) = solved(left, right, &free, &found) else {
            return found;
        };
        let below = next.iter().position(|at| *at < 0.0);
        let moved = next.iter().zip(&found).map(|(a, b)| (a - b).abs());
        let still = moved.fold(0.0, f64::max) < 1e-6;
        found = next.map(|at| at.max(0.0));
        match below.and_then(|place| free.get_mut(place)) {
            Some(free) => *free = false,
            None if still => break,
            None => {}
        }
    }
    found
}

/// Solves the three equations for what is free, the others being as they are; none where they do not tell (Gauss, with pivots).
fn solved(
    mut left: [[f64; 3]; 3],
    mut right: [f64; 3],
    free: &[bool; 3],
    found: &[f64; 3],
) -> Option<[f64; 3]> {
    // What is not free is an equation of its own.
    for (place, is_free) in free.iter().enumerate() {
        if !is_free {
            let row = left.get_mut(place)?;
            *row = [0.0; 3];
            *row.get_mut(place)? = 1.0;
            *right.get_mut(place)? = *found.get(place)?;
        }
    }
    for pivot in 0..3 {
        let best = (pivot..3).max_by(|a, b| {
            let size = |row: &usize| {
                left.get(*row)
                    .and_then(|row| row.get(pivot))
                    .map_or(0.0, |x| x.abs())
            };
            size(a).total_cmp(&size(b))
        })?;
        left.swap(pivot, best);
        right.swap(pivot, best);
        let own = *left.get(pivot)?;
        let (divisor, value) = (*own.get(pivot)?, *right.get(pivot)?);
        if divisor.abs() < 1e-9 {
            return None;
        }
        for row in (0..3).filter(|row| *row != pivot) {
            let share = left.get(row)?.get(pivot)? / divisor;
            for column in 0..3 {
                *left.get_mut(row)?.get_mut(column)? -= share * own.get(column)?;
            }
            *right.get_mut(row)? -= share * value;
        }
    }
    let mut solution = [0.0; 3];
    for (place, cell) in solution.iter_mut().enumerate() {
        *cell = right.get(place)? / left.get(place)?.get(place)?;
    }
    Some(solution)
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let place = values.len() / 2;
    let upper = *values.get(place)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*values.get(place.checked_sub(1)?)?, upper))
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIELDS: [&str; 3] = ["breast", "thoracic", "haematology"];

    /// Readings by these weights, each off by up to a fifth.
    fn readings(n: usize, truth: &WorkUnits, seed: u64) -> Vec<Reading> {
        let mut random = Randomness::new(seed);
        (0..n)
            .map(|_| {
                let overview = (random.share() * 12.0).floor() + 1.0;
                let further = (random.share() * 8.0).floor();
                let mut one = Reading {
                    minutes: 0.0,
                    overview,
                    further,
                    subspecialty: (*random.pick(&FIELDS).unwrap()).to_owned(),
                    own_field: random.chance(0.7),
                };
                let off = 0.8 + 0.4 * random.share();
                one.minutes = plain(truth, &one) * factor_of(truth, &one) * off;
                one
            })
            .collect()
    }

    fn truth(base: f64, per_slide: f64, per_further: f64, haematology: f64) -> WorkUnits {
        WorkUnits {
            base,
            per_slide,
            per_further,
            by_subspecialty: [("haematology".to_owned(), haematology)].into(),
            ..WorkUnits::default()
        }
    }

    #[test]
    fn many_readings_tell_what_they_were_made_by_whatever_a_tenth_of_them_says() {
        let truth = truth(6.0, 4.5, 1.0, 1.6);
        let mut all = readings(2_000, &truth, 7);
        for one in all.iter_mut().step_by(10) {
            one.minutes += 180.0;
        }
        let found = propose(&all, &WorkUnits::default(), 1).unwrap();
        // The factors stand for themselves: minutes are compared where nothing else is known.
        let minutes = |units: &WorkUnits, field: &str| units.expected(8, field);
        for field in FIELDS {
            let (found, told) = (minutes(&found.units, field), minutes(&truth, field));
            let away = (f64::from(found) - f64::from(told)).abs() / f64::from(told);
            assert!(away < 0.12, "{field}: {found} {told}");
        }
        assert!(found.error_after < found.error_before);
        let haematology = found.by_subspecialty["haematology"];
        let breast = found.by_subspecialty["breast"];
        let ratio = haematology.proposed / breast.proposed;
        assert!((1.4..1.8).contains(&ratio), "{ratio}");
        assert_eq!(found.units.check(), Ok(()));
    }

    #[test]
    fn few_readings_say_nothing_and_some_say_little() {
        let (present, slow) = (WorkUnits::default(), truth(30.0, 9.0, 6.0, 1.0));
        assert_eq!(propose(&readings(FEWEST - 1, &slow, 3), &present, 1), None);
        let few = propose(&readings(FEWEST, &slow, 3), &present, 1).unwrap();
        let many = propose(&readings(1_000, &slow, 3), &present, 1).unwrap();
        let minutes = |units: &WorkUnits| units.expected(6, "breast");
        assert!(minutes(&present) < minutes(&few.units));
        assert!(minutes(&few.units) < minutes(&many.units));
        assert!(minutes(&many.units) < minutes(&slow) + 6);
        let width = |one: Fitted| one.high - one.low;
        assert!(width(many.per_slide) <= width(few.per_slide) + 0.5);
    }

    #[test]
    fn readings_that_all_have_the_same_slides_leave_what_they_cannot_tell() {
        let one = Reading {
            minutes: 30.0,
            overview: 4.0,
            further: 0.0,
            subspecialty: "breast".to_owned(),
            own_field: true,
        };
        let all = vec![one; 200];
        let found = propose(&all, &WorkUnits::default(), 1).unwrap();
        assert_eq!(found.units.per_further, WorkUnits::default().per_further);
        assert_eq!(found.per_further.readings, 0);
        let expected = found.units.expected(4, "breast");
        assert!((27..=31).contains(&expected), "{expected}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn whatever_was_read_the_proposal_can_be_meant_and_is_the_same_again(
            base in 0.0..40.0f64, per_slide in 0.0..12.0f64, per_further in 0.0..12.0f64, factor in 0.3..3.0f64,
            n in 30usize..120, seed in any::<u64>(),
        ) {
            let mut all = readings(n, &truth(base, per_slide, per_further, factor), seed);
            all.push(Reading { minutes: f64::NAN, ..all[0].clone() });
            let present = WorkUnits::default();
            if let Some(found) = propose(&all, &present, seed) {
                for weight in [found.base, found.per_slide, found.per_further] {
                    prop_assert!(weight.proposed >= 0.0 && weight.proposed.is_finite());
                    prop_assert!(weight.low <= weight.proposed && weight.proposed <= weight.high);
                }
                let mut turned = all.clone();
                turned.reverse();
                let again = propose(&all, &present, seed).unwrap();
                prop_assert_eq!(&found, &again);
                prop_assert_eq!(propose(&turned, &present, seed).unwrap().units, found.units);
            }
        }
    }
}
