//! The shape of the files that set an exchange up.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::calendar::{Closure, WeeklyHours};
use crate::domain::people::Role;
use crate::domain::slides::SourceKind;
use crate::domain::turnaround::Urgency;
use crate::slides::outbound::Credentials;

/// Networks, agreements, laboratories and slide sources, tied together by keys of the file's own.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Organisations {
    /// Networks.
    #[serde(default)]
    pub networks: Vec<NetworkEntry>,
    /// Agreements.
    #[serde(default)]
    pub agreements: Vec<AgreementEntry>,
    /// Laboratories.
    #[serde(default)]
    pub laboratories: Vec<LaboratoryEntry>,
    /// Slide sources.
    #[serde(default)]
    pub slide_sources: Vec<SlideSourceEntry>,
    /// People.
    #[serde(default)]
    pub people: Vec<PersonEntry>,
}

/// A network.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the stored network")]
pub struct NetworkEntry {
    pub key: String,
    pub name: String,
    pub territory: String,
    pub routes_at_once: bool,
    pub weekly_hours: WeeklyHours,
    #[serde(default)]
    pub on_call_hours: WeeklyHours,
    #[serde(default)]
    pub customary_holidays: bool,
    #[serde(default)]
    pub closures: Vec<Closure>,
    pub territories: Vec<String>,
    pub subspecialties: Vec<String>,
    #[serde(default)]
    pub requires_ins: bool,
}

/// An agreement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the stored agreement")]
pub struct AgreementEntry {
    pub from_network: String,
    pub to_network: String,
    #[serde(default)]
    pub subspecialties: Vec<String>,
    #[serde(default)]
    pub urgencies: Vec<Urgency>,
    pub valid_from: NaiveDate,
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
}

/// A laboratory.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the stored laboratory")]
pub struct LaboratoryEntry {
    pub key: String,
    pub name: String,
    pub commune: String,
    pub territory: String,
    pub network: String,
    #[serde(default)]
    pub finess: Option<String>,
    #[serde(default)]
    pub local_number: Option<String>,
}

/// A slide source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the fields are those of the stored slide source"
)]
pub struct SlideSourceEntry {
    pub laboratory: String,
    pub name: String,
    pub kind: SourceKind,
    pub base_url: String,
    #[serde(default)]
    pub internal: bool,
    #[serde(default)]
    pub credentials: Option<Credentials>,
}

/// A person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the stored person")]
pub struct PersonEntry {
    pub name: String,
    pub login: String,
    #[serde(default)]
    pub email: Option<String>,
    pub language: String,
    /// Where they work. Its territory decides the zone in which they read times, unless one is given.
    #[serde(default)]
    pub laboratory: Option<String>,
    #[serde(default)]
    pub territory: Option<String>,
    #[serde(default)]
    pub rpps: Option<String>,
    pub roles: Vec<RoleEntry>,
    #[serde(default)]
    pub profile: Option<ProfileEntry>,
    /// First and last day away, in days from the day of the import.
    #[serde(default)]
    pub absences: Vec<(i64, i64)>,
    /// First and last day on call in the pool of the profile, in days from the day of the import, by the clock of the network.
    #[serde(default)]
    pub duties: Vec<(i64, i64)>,
    /// The role this person shows in the demonstration.
    #[serde(default)]
    pub showcase: Option<Role>,
}

/// A role held.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the stored membership")]
pub struct RoleEntry {
    pub role: Role,
    #[serde(default)]
    pub laboratory: Option<String>,
    #[serde(default)]
    pub network: Option<String>,
}

/// An expert's profile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the stored profile")]
pub struct ProfileEntry {
    pub network: String,
    pub primary: String,
    #[serde(default)]
    pub others: Vec<String>,
    pub languages: Vec<String>,
    pub capacity_per_day: u32,
    pub weekly_hours: WeeklyHours,
}

impl Organisations {
    /// Adds what another file holds.
    pub fn extend(&mut self, other: Self) {
        self.networks.extend(other.networks);
        self.agreements.extend(other.agreements);
        self.laboratories.extend(other.laboratories);
        self.slide_sources.extend(other.slide_sources);
        self.people.extend(other.people);
    }
}
