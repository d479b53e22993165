use super::*;
use proptest::prelude::*;

/// Cases from how many readers chose each category.
fn counted(rows: &[&[usize]]) -> Vec<Vec<usize>> {
    let case = |row: &&[usize]| {
        let each = row.iter().enumerate();
        each.flat_map(|(category, n)| std::iter::repeat_n(category, *n))
            .collect()
    };
    rows.iter().map(case).collect()
}

/// Fleiss 1971, table 1: thirty patients, six psychiatrists each; depression, personality disorder, schizophrenia, neurosis, other.
const PSYCHIATRISTS: &[&[usize]] = &[
    &[0, 0, 0, 6, 0],
    &[0, 3, 0, 0, 3],
    &[0, 1, 4, 0, 1],
    &[0, 0, 0, 0, 6],
    &[0, 3, 0, 3, 0],
    &[2, 0, 4, 0, 0],
    &[0, 0, 4, 0, 2],
    &[2, 0, 3, 1, 0],
    &[2, 0, 0, 4, 0],
    &[0, 0, 0, 0, 6],
    &[1, 0, 0, 5, 0],
    &[1, 1, 0, 4, 0],
    &[0, 3, 3, 0, 0],
    &[1, 0, 0, 5, 0],
    &[0, 2, 0, 3, 1],
    &[0, 0, 5, 0, 1],
    &[3, 0, 0, 1, 2],
    &[5, 1, 0, 0, 0],
    &[0, 2, 0, 4, 0],
    &[1, 0, 2, 0, 3],
    &[0, 0, 0, 0, 6],
    &[0, 1, 0, 5, 0],
    &[0, 2, 0, 1, 3],
    &[2, 0, 0, 4, 0],
    &[1, 0, 0, 4, 1],
    &[0, 5, 0, 1, 0],
    &[4, 0, 0, 0, 2],
    &[0, 2, 0, 4, 0],
    &[1, 0, 5, 0, 0],
    &[0, 0, 0, 0, 6],
];

/// The worked example of the encyclopaedia's article on Fleiss' kappa: ten subjects, fourteen raters.
const FOURTEEN: &[&[usize]] = &[
    &[0, 0, 0, 0, 14],
    &[0, 2, 6, 4, 2],
    &[0, 0, 3, 5, 6],
    &[0, 3, 9, 2, 0],
    &[2, 2, 8, 1, 1],
    &[7, 7, 0, 0, 0],
    &[3, 2, 6, 3, 0],
    &[2, 5, 3, 2, 2],
    &[6, 5, 2, 1, 0],
    &[0, 2, 2, 3, 7],
];

/// Gwet 2014: twelve units, four raters who did not read all of them; one unit was read once.
const FOUR_RATERS: &[&[usize]] = &[
    &[3, 0, 0, 0, 0],
    &[0, 3, 1, 0, 0],
    &[0, 0, 4, 0, 0],
    &[0, 0, 4, 0, 0],
    &[0, 4, 0, 0, 0],
    &[1, 1, 1, 1, 0],
    &[0, 0, 0, 4, 0],
    &[3, 1, 0, 0, 0],
    &[0, 4, 0, 0, 0],
    &[0, 0, 0, 0, 3],
    &[2, 0, 0, 0, 0],
    &[0, 0, 1, 0, 0],
];

fn close(found: Option<f64>, published: f64, within: f64) -> bool {
    found.is_some_and(|found| (found - published).abs() <= within)
}

#[test]
fn published_examples_come_out_as_published() {
    let psychiatrists = over(&counted(PSYCHIATRISTS), 5);
    assert!(close(psychiatrists.raw, 0.5556, 5e-5) && close(psychiatrists.kappa, 0.430, 5e-4));
    assert_eq!((psychiatrists.cases, psychiatrists.readings), (30, 180));

    let fourteen = over(&counted(FOURTEEN), 5);
    assert!(close(fourteen.raw, 0.378, 5e-4) && close(fourteen.kappa, 0.210, 5e-4));

    // Published to five places by the author of AC1 with these data: raw, kappa, AC1.
    let four = over(&counted(FOUR_RATERS), 5);
    assert_eq!((four.cases, four.compared, four.readings), (12, 11, 41));
    assert!(close(four.raw, 0.81818, 5e-6));
    assert!(close(four.kappa, 0.76117, 5e-6) && close(four.ac1, 0.77544, 5e-6));

    // Gwet 2008's paradox: 118 of 125 subjects positive for both raters, seven for one of them, none negative for both. The raters
    // agree on 94 %, kappa is below 0, AC1 is 0.94.
    let mut paradox = vec![vec!["+", "+"]; 118];
    paradox.extend(vec![vec!["+", "-"]; 7]);
    let paradox = over(&paradox, 2);
    assert!(close(paradox.raw, 0.944, 1e-9) && close(paradox.ac1, 0.94, 5e-3));
    assert!(paradox.kappa.is_some_and(|kappa| kappa < 0.0));
}

#[test]
fn what_cannot_be_said_is_left_out() {
    let of = |cases: &[Vec<char>], offered| {
        let found = over(cases, offered);
        (found.raw, found.kappa, found.ac1)
    };
    assert_eq!(of(&[], 4), (None, None, None));
    assert_eq!(of(&[vec![], vec!['a'], vec!['b']], 4), (None, None, None));
    // All of one category: chance would agree as well, so kappa divides by zero.
    let alike = [vec!['a', 'a', 'a'], vec!['a', 'a']];
    assert_eq!(of(&alike, 4), (Some(1.0), None, Some(1.0)));
    // And there was nothing else to choose: AC1 does so too.
    assert_eq!(of(&alike, 1), (Some(1.0), None, None));
    assert_eq!(raw::<char>(&[]), None);
    assert_eq!(raw(&['a']), None);
    assert_eq!(raw(&['a', 'b', 'a']), Some(1.0 / 3.0));
}

fn cases() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(0_u8..4, 0..6), 0..40)
}

proptest! {
    #[test]
    fn coefficients_stay_in_their_bounds_and_do_not_ask_for_an_order(mut cases in cases()) {
        let found = over(&cases, 4);
        prop_assert!(found.raw.is_none_or(|raw| (0.0..=1.0).contains(&raw)));
        for one in [found.kappa, found.ac1].into_iter().flatten() {
            prop_assert!(one.is_finite() && one <= 1.0 + 1e-12);
        }
        cases.reverse();
        for case in &mut cases {
            case.reverse();
        }
        let again = over(&cases, 4);
        let same = match (found.kappa, again.kappa) {
            (Some(one), Some(other)) => (one - other).abs() < 1e-9,
            (one, other) => one == other,
        };
        prop_assert!(same, "{:?} {:?}", found.kappa, again.kappa);
        prop_assert_eq!((found.cases, found.compared, found.readings), (again.cases, again.compared, again.readings));
    }

    #[test]
    fn perfect_agreement_is_one(choices in prop::collection::vec((0_u8..4, 2_usize..6), 1..40)) {
        let cases: Vec<Vec<u8>> = choices.iter().map(|(category, n)| vec![*category; *n]).collect();
        let found = over(&cases, 4);
        prop_assert_eq!(found.raw, Some(1.0));
        prop_assert!(close(found.ac1, 1.0, 1e-9));
        let one_category = choices.iter().all(|(category, _)| *category == choices[0].0);
        prop_assert_eq!(found.kappa.is_none(), one_category);
        prop_assert!(one_category || close(found.kappa, 1.0, 1e-9));
    }

    #[test]
    fn kappa_says_nothing_of_a_single_case(case in prop::collection::vec(0_u8..4, 2..6)) {
        let kappa = over(std::slice::from_ref(&case), 4).kappa;
        let always = -1.0 / whole(case.len() - 1);
        prop_assert!(kappa.is_none() || close(kappa, always, 1e-9));
    }
}
