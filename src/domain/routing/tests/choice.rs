//! The choice between answers that are as good as equally early.

use super::*;
use crate::domain::routing::choice::Basis;

/// A candidate with minutes in their queue and work done lately.
fn with(n: u128, queued: u32, work: u32) -> Candidate {
    Candidate {
        queued_minutes: queued,
        work_minutes: work,
        ..candidate(n)
    }
}

fn decided(candidates: &[Candidate]) -> (PersonId, Basis) {
    let policy = ChoicePolicy::default();
    let decision = route(&case(), candidates, &target(), &policy, now());
    (decision.choice.unwrap().expert, decision.basis)
}

#[test]
fn between_answers_within_the_margin_whoever_did_less_is_chosen() {
    // A tenth of the 1,440 minutes promised.
    let (busy, idle) = (with(1, 0, 900), with(2, 144, 300));
    let fairer = (idle.expert, Basis::FairerShare);
    assert_eq!(decided(&[busy.clone(), idle.clone()]), fairer);
    let later = with(2, 145, 0);
    let earliest = (busy.expert, Basis::EarliestAnswer);
    assert_eq!(
        decided(&[busy.clone(), later]),
        earliest,
        "beyond the margin"
    );
    // Ninety days of forty hours; the one share is within fifteen hundredths of the other.
    let alike = with(2, 60, 800);
    assert_eq!(decided(&[busy.clone(), alike]), earliest, "within the band");
    let barred = Candidate {
        capacity: 0,
        ..idle
    };
    assert_eq!(decided(&[busy, barred]), earliest, "no rival");
}

#[test]
fn somebody_of_another_network_is_no_rival_and_hours_are_weighed() {
    let own = with(1, 0, 900);
    let mut helper = with(2, 0, 0);
    helper.agreement = Some(AgreementId(id(50)));
    let earliest = (own.expert, Basis::EarliestAnswer);
    assert_eq!(decided(&[own.clone(), helper]), earliest);
    let mut beside = with(2, 0, 0);
    (beside.primary, beside.others) = ("thoracic".into(), vec!["breast".into()]);
    assert_eq!(
        decided(&[own.clone(), beside]),
        earliest,
        "it is not their field"
    );
    // Half the work in a tenth of the time is the larger share.
    let mut seldom = with(2, 0, 450);
    let long = (now() - Duration::days(81), now());
    seldom.absences = vec![long];
    seldom.queued_minutes = 30;
    assert_eq!(decided(&[own, seldom]), earliest);
}

#[test]
fn the_explanation_tells_each_share_and_reads_older_ones() {
    let far = Candidate {
        others: vec![],
        primary: "thoracic".into(),
        ..with(2, 0, 0)
    };
    let policy = ChoicePolicy::default();
    let decision = route(&case(), &[with(1, 0, 900), far], &target(), &policy, now());
    // 900 minutes of the 64 days of eight hours that the ninety days had, one hour of the last one.
    let offered = work::offered_minutes(&calendar(), &[], now());
    assert_eq!(
        decision.considered[0].work_share,
        Some(900_000_000 / offered)
    );
    assert_eq!(decision.considered[1].work_share, None);
    let older = r#"{"expert":"00000000-0000-0000-0000-000000000001","network":"00000000-0000-0000-0000-000000000002",
        "against":[],"open_cases":0,"reading_minutes":16}"#;
    let read: Considered = serde_json::from_str(older).unwrap();
    assert_eq!(read.work_share, None);
}

#[test]
fn weights_that_cannot_be_meant_are_refused_by_entry() {
    type Spoil = fn(&mut ChoicePolicy);
    let table: [(&str, Spoil); 5] = [
        ("margin", |p| p.margin = 0.6),
        ("margin", |p| p.margin = f64::NAN),
        ("band", |p| p.band = -0.1),
        ("band", |p| p.band = f64::INFINITY),
        ("version", |p| p.version.clear()),
    ];
    for (entry, spoil) in table {
        let mut policy = ChoicePolicy::default();
        spoil(&mut policy);
        assert_eq!(policy.check().unwrap_err().entry, entry);
    }
    assert_eq!(ChoicePolicy::default().check(), Ok(()));
}

proptest! {
    /// Fairness only breaks ties: it never takes a case to somebody who would answer later than the margin, nor to another
    /// network, and with everybody's work alike it changes nothing.
    #[test]
    fn fairness_only_breaks_ties(candidates in some_candidates(), margin in 0.0..0.5, band in 0.0..1.0) {
        let policy = ChoicePolicy { margin, band, ..ChoicePolicy::default() };
        let fair = route(&case(), &candidates, &target(), &policy, now());
        let strict = ChoicePolicy { margin: 0.0, ..policy.clone() };
        let earliest = route(&case(), &candidates, &target(), &strict, now());
        prop_assert_eq!(fair.choice.is_some(), earliest.choice.is_some());
        prop_assert_eq!(&fair.considered, &earliest.considered);
        if let (Some(fair), Some(earliest)) = (&fair.choice, &earliest.choice) {
            let most = Duration::seconds((f64::from(target().answer_minutes) * 60.0 * margin) as i64);
            prop_assert!(fair.expected_answer_at <= earliest.expected_answer_at + most);
            prop_assert_eq!(fair.agreement.is_some(), earliest.agreement.is_some());
            prop_assert!(fair.reading_minutes <= earliest.reading_minutes);
        }
        let alike: Vec<Candidate> = candidates.iter().map(|one| Candidate { work_minutes: 0, ..one.clone() }).collect();
        let alike = route(&case(), &alike, &target(), &policy, now());
        prop_assert_eq!(alike.basis, Basis::EarliestAnswer);
        if let Some(choice) = &alike.choice {
            prop_assert_eq!(choice.expert, alike.considered[0].expert);
        }
    }
}
