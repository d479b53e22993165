//! How far several readers of the same cases agree: the share of pairs that say the same, and two coefficients that take off what
//! chance alone would give.
//!
//! - *Raw agreement*: of a case, the share of pairs of readings that are the same; of many, the mean over the cases that at least
//!   two people read. It is also the observed agreement of both coefficients.
//! - *Fleiss' kappa* (J. L. Fleiss, Measuring nominal scale agreement among many raters, Psychological Bulletin 76, 1971, 378–382):
//!   by chance, two readings agree with the sum of the squared shares of the categories. Where the cases have different numbers of
//!   readings, a category's share is the mean of its shares in the cases, as in K. L. Gwet, Handbook of Inter-Rater Reliability,
//!   4th edition, 2014, chapter 2; with equal numbers that is Fleiss' own formula.
//! - *Gwet's AC1* (K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement, British Journal
//!   of Mathematical and Statistical Psychology 61, 2008, 29–48): by chance, two readings agree with the sum of `p (1 − p)` over the
//!   categories, divided by the number of categories less one. It keeps its sense where nearly everything is of one category, which
//!   is where kappa loses it.
//!
//! Both are 1 for perfect agreement and 0 for what chance gives. Of a single case they say nothing: kappa is then always
//! `−1 / (readings − 1)`, whatever was read.

use std::collections::BTreeMap;

use serde::Serialize;

/// The agreement of many cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// Cases with at least one reading.
    pub cases: usize,
    /// Of those, the cases with at least two: only they can show agreement.
    pub compared: usize,
    /// Readings.
    pub readings: usize,
    /// Categories that were there to choose from.
    pub categories: usize,
    /// Share of the pairs that agree, the mean over the cases, 0 to 1; none when no case was read twice.
    pub raw: Option<f64>,
    /// Fleiss' kappa, at most 1; none also when every reading is of one category: chance would agree as well.
    pub kappa: Option<f64>,
    /// Gwet's AC1, at most 1; none also when there was but one category to choose from.
    pub ac1: Option<f64>,
}

/// The share of the pairs of a case's readings that say the same, 0 to 1; none for fewer than two readings.
pub fn raw<C: Ord>(readings: &[C]) -> Option<f64> {
    let (alike, pairs) = pairs_alike(readings);
    (pairs > 0).then(|| share(alike, pairs))
}

/// How many pairs of a case's readings say the same, of how many.
pub fn pairs_alike<C: Ord>(readings: &[C]) -> (usize, usize) {
    let alike = counts(readings).values().map(|n| pairs(*n)).sum();
    (alike, pairs(readings.len()))
}

/// The agreement over cases, each with the categories that its readers chose. `offered` is how many there were to choose from; those
/// that were chosen count at least.
pub fn over<C: Ord>(cases: &[Vec<C>], offered: usize) -> Agreement {
    let read: Vec<&Vec<C>> = cases.iter().filter(|one| !one.is_empty()).collect();
    let alike: Vec<f64> = read.iter().filter_map(|one| raw(one)).collect();
    let mut shares: BTreeMap<&C, f64> = BTreeMap::new();
    for case in &read {
        for (category, n) in counts(case) {
            *shares.entry(category).or_default() += share(n, case.len()) / whole(read.len());
        }
    }
    let categories = offered.max(shares.len());
    let observed = (!alike.is_empty()).then(|| alike.iter().sum::<f64>() / whole(alike.len()));
    // Sums of rounded shares are not exactly 1, so what divides by zero is asked of the counts.
    let kappa = observed.filter(|_| shares.len() > 1).map(|observed| {
        let chance: f64 = shares.values().map(|p| p * p).sum();
        corrected(observed, chance)
    });
    let ac1 = observed.filter(|_| categories > 1).map(|observed| {
        let spread: f64 = shares.values().map(|p| p * (1.0 - p)).sum();
        corrected(observed, spread / whole(categories - 1))
    });
    Agreement {
        cases: read.len(),
        compared: alike.len(),
        readings: read.iter().map(|one| one.len()).sum(),
        categories,
        raw: observed,
        kappa,
        ac1,
    }
}

/// What is left of an agreement when that of chance is taken off, as a share of what could be left.
fn corrected(observed: f64, chance: f64) -> f64 {
    (observed - chance) / (1.0 - chance)
}

fn counts<C: Ord>(readings: &[C]) -> BTreeMap<&C, usize> {
    let mut counts = BTreeMap::new();
    for one in readings {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

fn pairs(n: usize) -> usize {
    n * n.saturating_sub(1) / 2
}

fn share(part: usize, of: usize) -> f64 {
    whole(part) / whole(of)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of readings are far below 2^52"
)]
fn whole(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
