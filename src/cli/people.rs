//! `relecture user` and `relecture import`.

mod adding;

use std::path::PathBuf;

use clap::Subcommand;

use super::{Failure, say};
use crate::config::Config;
use crate::domain::account_links::Purpose;
use crate::domain::text_enum::TextEnum as _;
use crate::server;
use crate::service::import::{self, Organisations};
use crate::service::{ServiceError, audit};
use crate::store::traces::About;
use crate::store::{account_links, micros, people, sessions};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add one person, with their roles and a password. `relecture import` adds many, from a file.
    ///
    /// The first administrator: relecture user add admin@example.org --name "Anna Admin" --role administrator --territory FR
    ///
    /// An expert: relecture user add marie@example.org --name "Dr Marie Martin" --role expert --network "GCS Ouest"
    /// --laboratory "CHU de Nantes" --subspecialty breast --also gynaecological --capacity 6
    #[command(verbatim_doc_comment)]
    Add(Box<adding::NewPerson>),
    /// Set a person's password: read from standard input, one line.
    Password {
        /// The login.
        login: String,
    },
    /// Lock a person out: their sessions end, nothing is offered to them, and they cannot log in until they get a new password.
    Lock {
        /// The login.
        login: String,
    },
    /// List people with their roles.
    List,
}

pub(super) async fn run(config: &Config, command: User) -> Result<(), Failure> {
    server::require_migrated(config)?;
    match command {
        User::Add(new) => adding::add(config, &new).await,
        User::Password { login } => set_password(config, &login).await,
        User::Lock { login } => lock(config, &login).await,
        User::List => list(config).await,
    }
}

/// Sets organisations and people up from files that are read as one.
pub(super) async fn import(config: &Config, files: &[PathBuf]) -> Result<(), Failure> {
    server::require_migrated(config)?;
    let mut all = Organisations::default();
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::Other(format!("{}: {error}", file.display())))?;
        let part: Organisations = serde_json::from_str(&text)
            .map_err(|error| Failure::Other(format!("{}: {error}", file.display())))?;
        all.extend(part);
    }
    let exchange = server::open(config)?;
    let done = import::import(&exchange, all, None)
        .await
        .map_err(|error| in_words("the files", error))?;
    say(&format!(
        "Set up {} networks, {} laboratories, {} people.",
        done.networks.len(),
        done.laboratories.len(),
        done.people
    ));
    if done.people > 0 {
        say("Nobody can log in yet: relecture user password LOGIN");
    }
    Ok(())
}

/// Why nothing was set up. What cannot be right is named by the import itself.
fn in_words(what: &str, error: ServiceError) -> Failure {
    match error {
        ServiceError::Internal(said) => Failure::Other(said),
        error => Failure::Other(format!("{what}: {error}")),
    }
}

async fn set_password(config: &Config, login: &str) -> Result<(), Failure> {
    let wanted = adding::typed(login)?;
    let exchange = server::open(config)?;
    let hash = exchange
        .passwords
        .hash(wanted)
        .await
        .map_err(Failure::from_display)?;
    change(config, login, Some(hash), "renew_password").await?;
    say(&format!("{login} can log in with the new password."));
    Ok(())
}

async fn lock(config: &Config, login: &str) -> Result<(), Failure> {
    change(config, login, None, "lock_person").await?;
    say(&format!(
        "{login} is logged out everywhere and cannot log in until a password is set."
    ));
    Ok(())
}

async fn change(
    config: &Config,
    login: &str,
    hash: Option<String>,
    act: &'static str,
) -> Result<(), Failure> {
    let exchange = server::open(config)?;
    let core = exchange.core.clone();
    let folded = login.trim().to_lowercase();
    let now = micros(exchange.core.clock.now());
    let found = exchange
        .store
        .write(move |conn| {
            let Some(person) = people::find_by_login(conn, &folded)? else {
                return Ok(false);
            };
            sessions::revoke_person(conn, person.id, None, now)?;
            // Neither the old way in nor a link to a new one.
            account_links::withdraw(conn, person.id, Purpose::ALL, now)?;
            audit::by_operator(conn, &core, act, &About::of("person", &person.id))?;
            people::set_password(conn, person.id, hash.as_deref())
        })
        .await
        .map_err(Failure::from_display)?;
    if found {
        Ok(())
    } else {
        Err(Failure::Other(format!("nobody has the login {login}")))
    }
}

async fn list(config: &Config) -> Result<(), Failure> {
    let exchange = server::open(config)?;
    let everybody = exchange
        .store
        .read(people::everybody)
        .await
        .map_err(Failure::from_display)?;
    for (person, roles) in everybody {
        let can = if person.active && person.password_hash.is_some() {
            ""
        } else {
            "  (cannot log in)"
        };
        let roles: Vec<&str> = roles
            .iter()
            .map(|role| crate::domain::text_enum::TextEnum::as_str(*role))
            .collect();
        say(&format!(
            "{:<44} {:<32} {}{can}",
            person.login,
            person.display_name,
            roles.join(", ")
        ));
    }
    Ok(())
}
