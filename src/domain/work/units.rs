//! What the minutes of a case are reckoned from: its slides by their stain, its subspecialty, the field of who reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::is_overview;

/// The weights of a case's work, in minutes of who reads in their own field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkUnits {
    /// Minutes of a case without slides.
    pub base: f64,
    /// Minutes of a slide in an overview stain.
    pub per_slide: f64,
    /// Minutes of a slide in a further stain: immunohistochemistry, a special stain.
    pub per_further: f64,
    /// Reading takes so many times as long outside one's own field.
    pub outside_primary: f64,
    /// Cases of a subspecialty take so many times as long; once as long where it is not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_subspecialty: BTreeMap<String, f64>,
}

impl Default for WorkUnits {
    /// A proposal, to be replaced by what the service's own time stamps say. Outside the own field a fifth longer, as in the pilot
    /// simulation.
    fn default() -> Self {
        Self {
            base: 10.0,
            per_slide: 3.0,
            per_further: 2.0,
            outside_primary: 1.2,
            by_subspecialty: BTreeMap::new(),
        }
    }
}

/// The most a case without slides, and a slide, can be set to, in minutes.
const BASE_MOST: f64 = 240.0;
const SLIDE_MOST: f64 = 60.0;
/// Factors lie between a fifth and five times.
const FACTOR: (f64, f64) = (0.2, 5.0);

impl WorkUnits {
    /// The entry that cannot be meant, and what it has to be.
    ///
    /// # Errors
    /// Its JSON pointer and the expectation.
    pub fn check(&self) -> Result<(), (String, &'static str)> {
        let refused = |entry: &str, expected| Err((format!("/{entry}"), expected));
        if !(0.0..=BASE_MOST).contains(&self.base) {
            return refused("base", "has to be from 0 to 240");
        }
        for (entry, value) in [
            ("per_slide", self.per_slide),
            ("per_further", self.per_further),
        ] {
            if !(0.0..=SLIDE_MOST).contains(&value) {
                return refused(entry, "has to be from 0 to 60");
            }
        }
        // A case without slides and slides without weight would make whatever is waited for nothing.
        if self.base + self.per_slide < 1.0 {
            return refused("base", "has to give a case of one slide a minute at least");
        }
        if !(1.0..=FACTOR.1).contains(&self.outside_primary) {
            return refused("outside_primary", "has to be from 1 to 5");
        }
        let wrong = |factor: &f64| !(FACTOR.0..=FACTOR.1).contains(factor);
        match self
            .by_subspecialty
            .iter()
            .find(|(_, factor)| wrong(factor))
        {
            Some((code, _)) => refused(
                &format!("by_subspecialty/{code}"),
                "has to be from 0.2 to 5",
            ),
            None => Ok(()),
        }
    }

    /// Minutes that a case of so many slides is expected to take somebody whose field it is.
    pub fn expected(&self, slides: u32, subspecialty: &str) -> u32 {
        self.of(f64::from(slides), 0.0, subspecialty)
    }

    /// What reading these slides counts for, by the stain of each.
    pub fn minutes<'s>(
        &self,
        stains: impl IntoIterator<Item = &'s str>,
        subspecialty: &str,
        own_field: bool,
    ) -> u32 {
        let (overview, further) = counted(stains);
        self.in_field(self.of(overview, further, subspecialty), own_field)
    }

    /// The same for who reads the subspecialty beside their own.
    pub fn in_field(&self, minutes: u32, own_field: bool) -> u32 {
        if own_field {
            minutes
        } else {
            // What is not representable in so few bits is larger than any case.
            whole((f64::from(minutes) * self.outside_primary + 1e-9).floor())
        }
    }

    fn of(&self, overview: f64, further: f64, subspecialty: &str) -> u32 {
        let factor = self.by_subspecialty.get(subspecialty).copied();
        let minutes = self.base + self.per_slide * overview + self.per_further * further;
        whole((minutes * factor.unwrap_or(1.0)).round())
    }
}

/// How many slides are in an overview stain, and how many in a further one.
pub fn counted<'s>(stains: impl IntoIterator<Item = &'s str>) -> (f64, f64) {
    let mut counts = (0.0, 0.0);
    for stain in stains {
        if is_overview(stain) {
            counts.0 += 1.0;
        } else {
            counts.1 += 1.0;
        }
    }
    counts
}

/// Casts saturate: too long is the longest there is.
fn whole(minutes: f64) -> u32 {
    minutes as u32
}
