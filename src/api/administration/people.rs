//! People and their roles.

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};

use super::by;
use crate::api::answer::{self, Answer};
use crate::api::body::Body;
use crate::api::caller::{Caller, WithParameters};
use crate::api::query::Parameters;
use crate::api::{BASE, id, preconditions};
use crate::service::administration::invitations;
use crate::service::administration::people::{self, Entrance, PeopleQuery, PersonContent};

/// The people whom the caller administers.
pub(in crate::api) async fn list(
    WithParameters(caller): WithParameters,
    request: HttpRequest,
) -> Answer {
    let mut parameters = Parameters::of(&request);
    let query = PeopleQuery {
        words: super::words(&mut parameters),
        role: parameters.name("role"),
        active: parameters.value("active", "true or false"),
        cursor: parameters.text("cursor"),
    };
    parameters.finish()?;
    answer::document(&people::list(caller.exchange(), caller.actor(), query).await?)
}

/// A person to be added.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NewPerson {
    login: String,
    content: PersonContent,
    #[serde(default)]
    invite: bool,
}

/// Adds a person.
pub(in crate::api) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = preconditions::key(&request, &body)?;
    let NewPerson {
        login,
        content,
        invite,
    } = body.read()?;
    let entrance = if invite {
        Entrance::Invited
    } else {
        Entrance::MadeUp
    };
    let (exchange, by) = (caller.exchange(), by(&caller));
    let made = people::add(exchange, &by, login, content, entrance, Some(key)).await?;
    let location = format!("{BASE}/administration/people/{}", made.document.person.id);
    answer::created(&made, Some(location))
}

/// One person.
pub(in crate::api) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "person")?;
    let person = people::read(caller.exchange(), caller.actor(), wanted).await?;
    answer::versioned(person.version, &person)
}

/// Changes a person.
pub(in crate::api) async fn change(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let version = preconditions::if_match(&request)?;
    let content: PersonContent = body.read()?;
    let wanted = id(&request, "person")?;
    let exchange = caller.exchange();
    let person = people::change(exchange, &by(&caller), wanted, version, content).await?;
    answer::versioned(person.version, &person)
}

/// A password that was made up.
#[derive(Serialize)]
struct NewPassword {
    password: String,
}

/// Makes a new password.
pub(in crate::api) async fn renew_password(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "person")?;
    let password = people::renew_password(caller.exchange(), &by(&caller), wanted).await?;
    answer::document(&NewPassword { password })
}

/// Has a person choose a password by a link in a mail.
pub(in crate::api) async fn invite(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "person")?;
    let person = invitations::invite(caller.exchange(), &by(&caller), wanted).await?;
    answer::versioned(person.version, &person)
}

/// Withdraws that link.
pub(in crate::api) async fn withdraw_invitation(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "person")?;
    invitations::withdraw(caller.exchange(), &by(&caller), wanted).await?;
    answer::nothing()
}
