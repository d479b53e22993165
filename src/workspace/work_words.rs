//! Work done and its share of the time offered, in words.

use super::csv::number;
use super::page::Page;

/// Whole hours and their share, such as "12 h · 4,60 %"; less than an hour in minutes.
pub(super) fn work(page: &Page, minutes: u32, share: u32) -> String {
    let time = if minutes < 60 {
        page.tn("span-minutes", minutes)
    } else {
        page.tn("span-hours", (minutes + 30) / 60)
    };
    format!("{time} · {}", percent(page, share))
}

/// A share in millionths as a percentage.
pub(super) fn percent(page: &Page, share: u32) -> String {
    page.ts(
        "percent",
        &number(page.language, f64::from(share) / 10_000.0, 2),
    )
}
