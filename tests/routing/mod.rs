//! Batch assignment, against a solver that is not ours.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use relecture::domain::randomness::Randomness;
use relecture::domain::routing::optimum::{Batch, Optimum, Options, assign};
use serde_json::json;

use crate::support::python::python;

const INSTANCES: usize = 1000;

/// From 0 up to, not including, `limit`.
fn below(limit: usize, random: &mut Randomness) -> usize {
    (random.share() * limit as f64) as usize
}

/// Cases and experts with exclusions, capacities from none to some, places that grow dearer. Most are small; one in fifty is as
/// large as a national queue of an hour.
fn some_batch(number: usize, random: &mut Randomness) -> Batch {
    let (most_cases, most_experts) = if number.is_multiple_of(50) {
        (200, 60)
    } else {
        (40, 15)
    };
    let (cases, experts) = if number == 0 {
        (200, 60)
    } else {
        (
            below(most_cases + 1, random),
            below(most_experts + 1, random),
        )
    };
    let tightness = 1 + below(8, random);
    let eligible = 0.05 + 0.9 * random.share();
    Batch {
        places: (0..experts)
            .map(|_| {
                let mut places: Vec<i64> = (0..below(tightness, random))
                    .map(|_| below(500, random) as i64)
                    .collect();
                places.sort_unstable();
                places
            })
            .collect(),
        cases: (0..cases)
            .map(|_| Options {
                experts: (0..experts)
                    .filter(|_| random.chance(eligible))
                    .collect::<Vec<_>>()
                    .into_iter()
                    .map(|expert| (expert, below(2000, random) as i64))
                    .collect(),
                unassigned: below(6000, random) as i64,
            })
            .collect(),
    }
}

/// What an assignment costs by its own table, after a look at whether it may be made at all.
fn cost_of(batch: &Batch, optimum: &Optimum) -> i64 {
    let mut held = vec![0; batch.places.len()];
    let mut cost = 0;
    for (options, expert) in batch.cases.iter().zip(&optimum.experts) {
        cost += match expert {
            None => options.unassigned,
            Some(expert) => {
                held[*expert] += 1;
                let own = options.experts.iter().find(|one| one.0 == *expert);
                own.expect("never somebody who is not eligible").1
            }
        };
    }
    for (places, held) in batch.places.iter().zip(held) {
        assert!(held <= places.len(), "never above capacity");
        cost += places[..held].iter().sum::<i64>();
    }
    cost
}

#[test]
fn a_thousand_batches_cost_what_an_independent_solver_says() {
    let mut random = Randomness::new(20_261_124);
    let batches: Vec<Batch> = (0..INSTANCES).map(|n| some_batch(n, &mut random)).collect();
    let mut process = Command::new(python())
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/routing/optimum.py"
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs; script/setup test installs it");
    let mut lines = String::new();
    for batch in &batches {
        let cases: Vec<_> = batch
            .cases
            .iter()
            .map(|one| json!({ "experts": one.experts, "unassigned": one.unassigned }))
            .collect();
        lines += &json!({ "places": batch.places, "cases": cases }).to_string();
        lines.push('\n');
    }
    let mut input = process.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap().expect("the solver reads to the end");
    assert!(output.status.success(), "script/setup test installs scipy");
    let theirs: Vec<i64> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(theirs.len(), INSTANCES);
    let mut left = BTreeSet::new();
    for (number, (batch, theirs)) in batches.iter().zip(theirs).enumerate() {
        let ours = assign(batch).unwrap();
        assert_eq!(ours.cost, theirs, "instance {number}");
        assert_eq!(cost_of(batch, &ours), theirs, "instance {number}");
        assert_eq!(
            ours,
            assign(batch).unwrap(),
            "the same batch, the same assignment"
        );
        left.insert(ours.experts.contains(&None));
    }
    assert_eq!(
        left.len(),
        2,
        "some batches have room for everything and some have not"
    );
}
