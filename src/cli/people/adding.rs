//! `relecture user add`: one person, from the command line alone.

use std::io::Read;

use clap::Args;

use super::super::{Failure, say};
use super::in_words;
use crate::config::Config;
use crate::domain::calendar::WeeklyHours;
use crate::domain::people::Role;
use crate::domain::text_enum::TextEnum;
use crate::identity::password;
use crate::server;
use crate::service::import::{self, Organisations, PersonEntry, ProfileEntry, RoleEntry};

#[derive(Debug, Args)]
pub(in crate::cli) struct NewPerson {
    /// What they log in with; their mails go there too, unless --email says where.
    login: String,
    /// How they are called, as others read it: "Dr Marie Martin".
    #[arg(long)]
    name: String,
    /// submitter, expert, coordinator, auditor or administrator; again for each further role.
    #[arg(long = "role", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// The laboratory they work in, by its name. Submitters and experts need one.
    #[arg(long, required_unless_present = "territory")]
    laboratory: Option<String>,
    /// The network they read for or coordinate, by its name. Experts and coordinators need one.
    #[arg(long)]
    network: Option<String>,
    /// Where they live, such as FR or NC: the time zone in which they read times. Their laboratory's territory unless given.
    #[arg(long, value_name = "CODE")]
    territory: Option<String>,
    /// The language of their pages and mails: fr or en.
    #[arg(long, default_value = "fr")]
    language: String,
    /// Where their mails go.
    #[arg(long)]
    email: Option<String>,
    /// Their RPPS number, if they have one.
    #[arg(long)]
    rpps: Option<String>,
    /// What an expert reads above all, such as breast; the API lists the codes under /api/v1/subspecialties.
    #[arg(long, value_name = "CODE")]
    subspecialty: Option<String>,
    /// What an expert reads beside; again for each.
    #[arg(long, value_name = "CODE", requires = "subspecialty")]
    also: Vec<String>,
    /// How many cases an expert takes in a working day.
    #[arg(
        long,
        value_name = "CASES",
        default_value_t = 4,
        requires = "subspecialty"
    )]
    capacity: u32,
    /// Read the password from standard input, one line. Without it one is made up and printed, once.
    #[arg(long)]
    password_stdin: bool,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("one of {}", known.join(", "))
    })
}

impl NewPerson {
    fn entry(&self) -> PersonEntry {
        let role = |role: &Role| RoleEntry {
            role: *role,
            laboratory: matches!(role, Role::Submitter | Role::Expert)
                .then(|| self.laboratory.clone())
                .flatten(),
            network: matches!(role, Role::Expert | Role::Coordinator)
                .then(|| self.network.clone())
                .flatten(),
        };
        let profile = self.subspecialty.as_ref().map(|primary| ProfileEntry {
            network: self.network.clone().unwrap_or_default(),
            primary: primary.clone(),
            others: self.also.clone(),
            languages: vec![self.language.clone()],
            capacity_per_day: self.capacity,
            weekly_hours: WeeklyHours::office(),
        });
        PersonEntry {
            name: self.name.clone(),
            login: self.login.clone(),
            email: self.email.clone(),
            language: self.language.clone(),
            laboratory: self.laboratory.clone(),
            territory: self.territory.clone(),
            rpps: self.rpps.clone(),
            roles: self.roles.iter().map(role).collect(),
            profile,
            absences: Vec::new(),
            duties: Vec::new(),
            showcase: None,
        }
    }
}

pub(super) async fn add(config: &Config, new: &NewPerson) -> Result<(), Failure> {
    let wanted = if new.password_stdin {
        typed(&new.login)?
    } else {
        password::made_up()
    };
    let exchange = server::open(config)?;
    let hash = exchange.passwords.hash(wanted.clone()).await;
    let one = Organisations {
        people: vec![new.entry()],
        ..Organisations::default()
    };
    import::import(&exchange, one, Some(hash.map_err(Failure::from_display)?))
        .await
        .map_err(|error| in_words(&format!("person {}", new.login), error))?;
    say(&format!("{} can log in.", new.login));
    if !new.password_stdin {
        say(&format!("Password, shown this once: {wanted}"));
    }
    Ok(())
}

/// A password typed on standard input, one line.
pub(super) fn typed(login: &str) -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .take(1024)
        .read_to_string(&mut text)
        .map_err(Failure::from_display)?;
    let wanted = text.lines().next().unwrap_or_default().to_owned();
    password::check(login, &wanted)
        .map_err(|problem| Failure::Other(format!("the password {problem}")))?;
    Ok(wanted)
}
