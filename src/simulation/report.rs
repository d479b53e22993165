//! The figures as a table for people and as plots.

use std::fmt::Write as _;

use super::figures::{Figures, mean};
use super::policies::Policy;
use crate::domain::text_enum::TextEnum;

/// A policy with its figures of every seed.
pub type Row = (Policy, Vec<Figures>);

/// A column: its head, how wide, with how many decimals, and where it comes from.
type Column = (&'static str, usize, usize, fn(&Figures) -> f64);

const COLUMNS: &[Column] = &[
    ("mean h", 8, 1, |f| f.mean_hours),
    ("p90 h", 8, 1, |f| f.p90_hours),
    ("overseas p90", 14, 1, |f| f.overseas_p90_hours),
    ("on time %", 11, 1, |f| 100.0 * f.on_time),
    ("urgent %", 10, 1, |f| 100.0 * f.urgent_on_time),
    ("Gini", 7, 3, |f| f.gini),
    ("moves", 7, 2, |f| f.reassignments),
    ("elsewhere %", 13, 1, |f| 100.0 * f.elsewhere),
    ("open", 7, 1, |f| f.open as f64),
];

/// The mean over the seeds, with the deviation of the mean turnaround, and the distance to the bound.
pub fn table(rows: &[Row], bound_hours: f64) -> String {
    let mut out = format!("{:<18}", "policy");
    for (head, width, _, _) in COLUMNS {
        let _ = write!(out, "{head:>width$}");
    }
    out += "   ± h\n";
    for (policy, figures) in rows {
        let _ = write!(out, "{:<18}", policy.as_str());
        for (_, width, decimals, take) in COLUMNS {
            let values: Vec<f64> = figures.iter().map(take).collect();
            let _ = write!(out, "{:>width$.decimals$}", mean(&values));
        }
        let hours: Vec<f64> = figures.iter().map(|one| one.mean_hours).collect();
        let _ = writeln!(out, "{:>6.1}", deviation(&hours));
    }
    let _ = writeln!(out, "{:<18}{bound_hours:>8.1}", "bound");
    out
}

fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: Vec<f64> = values
        .iter()
        .map(|value| (value - middle).powi(2))
        .collect();
    mean(&squares).sqrt()
}

/// Plots as SVG, each with its file name: turnaround by policy and territory, fairness, breaches.
pub fn plots(rows: &[Row], territories: &[String]) -> Vec<(&'static str, String)> {
    let policies: Vec<&str> = rows.iter().map(|(policy, _)| policy.as_str()).collect();
    let over_seeds = |take: &dyn Fn(&Figures) -> f64| -> Vec<f64> {
        rows.iter()
            .map(|(_, figures)| mean(&figures.iter().map(take).collect::<Vec<_>>()))
            .collect()
    };
    let turnaround: Vec<(String, Vec<f64>)> = territories
        .iter()
        .enumerate()
        .map(|(place, code)| {
            let of = |one: &Figures| one.by_territory.get(place).copied().unwrap_or(0.0);
            (code.clone(), over_seeds(&of))
        })
        .collect();
    let breaches = [
        (
            "all".to_owned(),
            over_seeds(&|one| 100.0 * (1.0 - one.on_time)),
        ),
        (
            "urgent".to_owned(),
            over_seeds(&|one| 100.0 * (1.0 - one.urgent_on_time)),
        ),
    ];
    let fairness = [("Gini".to_owned(), over_seeds(&|one| one.gini))];
    vec![
        (
            "turnaround.svg",
            bars(
                "Mean turnaround by territory (hours)",
                &policies,
                &turnaround,
            ),
        ),
        (
            "fairness.svg",
            bars(
                "Gini coefficient of the experts' work",
                &policies,
                &fairness,
            ),
        ),
        (
            "breaches.svg",
            bars("Answered late (%)", &policies, &breaches),
        ),
    ]
}

// Told apart by people with any colour vision (Okabe and Ito 2008), and by their order.
const COLOURS: [&str; 8] = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000",
];

/// Grouped bars, one group for each policy.
fn bars(title: &str, groups: &[&str], series: &[(String, Vec<f64>)]) -> String {
    const HEIGHT: f64 = 260.0;
    let bar = 14.0;
    let group = bar * series.len() as f64 + 36.0;
    let width = 60.0 + group.max(110.0) * groups.len() as f64 + 110.0;
    let group = group.max(110.0);
    let top = series
        .iter()
        .flat_map(|(_, values)| values)
        .copied()
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} 340\" role=\"img\" font-family=\"sans-serif\" font-size=\"11\">\n<title>{title}</title>\n<text x=\"60\" y=\"18\" font-size=\"14\">{title}</text>\n"
    );
    for step in 0..=4 {
        let value = top * f64::from(step) / 4.0;
        let y = 40.0 + HEIGHT * (1.0 - f64::from(step) / 4.0);
        let _ = writeln!(
            out,
            "<path d=\"M60 {y:.1}H{:.0}\" stroke=\"#ccc\"/><text x=\"54\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            width - 100.0,
            y + 4.0,
            label(value, top)
        );
    }
    for (place, name) in groups.iter().enumerate() {
        let left = 66.0 + group * place as f64;
        for (number, (of, values)) in series.iter().enumerate() {
            let value = values.get(place).copied().unwrap_or(0.0);
            let height = HEIGHT * value / top;
            let colour = COLOURS.get(number % COLOURS.len()).unwrap_or(&"#000000");
            let _ = writeln!(
                out,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.0}\" height=\"{height:.1}\" fill=\"{colour}\"><title>{name}, {of}: {}</title></rect>",
                left + bar * number as f64,
                40.0 + HEIGHT - height,
                bar - 2.0,
                label(value, top)
            );
        }
        let _ = writeln!(out, "<text x=\"{left:.1}\" y=\"318\">{name}</text>");
    }
    for (number, (of, _)) in series.iter().enumerate() {
        let y = 50.0 + 16.0 * number as f64;
        let colour = COLOURS.get(number % COLOURS.len()).unwrap_or(&"#000000");
        let _ = writeln!(
            out,
            "<rect x=\"{:.0}\" y=\"{:.0}\" width=\"10\" height=\"10\" fill=\"{colour}\"/><text x=\"{:.0}\" y=\"{y:.0}\">{of}</text>",
            width - 92.0,
            y - 9.0,
            width - 78.0
        );
    }
    out + "</svg>\n"
}

fn label(value: f64, top: f64) -> String {
    if top < 1.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.1}")
    }
}
