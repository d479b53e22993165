//! People: the list with its search, and the form that adds one.

use actix_web::HttpRequest;

use super::super::form::{Fields, Sent};
use super::super::respond::{Answer, to};
use super::super::texts::text;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row, address};
use super::person;
use super::person_forms::{added, adding};
use super::places::Places;
use super::record::{Field, Record, Tried};
use super::{by, crumbs, frame};
use crate::domain::people::Role;
use crate::domain::text_enum::TextEnum;
use crate::service::ServiceError;
use crate::service::administration::people::{self, Entrance, PeopleQuery};

/// Where people are listed.
pub(super) const HERE: &str = "/administration/people";
/// Where a person is added.
pub(super) const NEW: &str = "/administration/people/new";

/// The list.
pub(in crate::workspace) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let query = PeopleQuery {
        words: asked.given("q").map(ToOwned::to_owned),
        role: Role::parse(asked.get("role")),
        active: match asked.get("active") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        cursor: asked.given("cursor").map(ToOwned::to_owned),
    };
    let found = people::list(visitor.exchange(), visitor.actor(), query).await?;
    let places = Places::read(&visitor).await?;
    let mut page = frame(&visitor, text(visitor.language, "admin-people", &[]));
    page.take_notice(&asked);
    let roles = Role::ALL.iter();
    let roles = roles.map(|role| (role.to_string(), page.word("role", *role)));
    let states = ["yes", "no"].map(|code| (code.to_owned(), page.name("person-active", code)));
    let mut search = vec![
        Field::line("q", page.t("person-search"), asked.get("q")).kind("search"),
        Field::select(
            &page,
            "role",
            page.t("person-role"),
            asked.get("role"),
            roles.collect(),
        ),
        Field::select(
            &page,
            "active",
            page.t("person-login-state"),
            asked.get("active"),
            states.into(),
        ),
    ];
    for field in &mut search {
        field.first = page.t("any");
    }
    let rows = found.items.into_iter().map(|person| Row {
        href: format!("{HERE}/{}", person.id),
        name: person.name,
        cells: vec![
            Cell::of(person.login),
            Cell::all(
                person
                    .roles
                    .iter()
                    .map(|held| places.role(&page, held))
                    .collect(),
            ),
            if person.active {
                Cell::default()
            } else {
                Cell::marked(page.t("person-active-no"), "still")
            },
        ],
        ..Row::default()
    });
    let list = Listing {
        crumbs: crumbs(&page, None),
        lead: String::new(),
        here: HERE.to_owned(),
        add: Some((NEW.to_owned(), page.t("person-add"))),
        columns: [
            "person-name",
            "login-name",
            "person-roles",
            "person-login-state",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: rows.collect(),
        empty: page.t("person-none"),
        more: found.next.map(|cursor| address(HERE, &search, &cursor)),
        search,
        page,
    };
    list.answer()
}

/// The form that adds a person.
pub(in crate::workspace) async fn new(visitor: Visitor) -> Answer {
    form(&visitor, None).await
}

async fn form(visitor: &Visitor, tried: Option<Tried>) -> Answer {
    let places = Places::read(visitor).await?;
    let page = frame(visitor, text(visitor.language, "person-add", &[]));
    let way = crumbs(&page, Some((HERE, "admin-people")));
    let mut record = Record::new(page, way);
    record.forms = vec![adding(visitor, &record.page, &places)];
    if let Some(tried) = tried {
        record.tried(&tried, "error-conflict");
    }
    record.answer()
}

/// How who is added comes to a password.
fn entrance(fields: &Fields) -> Entrance {
    if fields.get("invite").is_empty() {
        Entrance::MadeUp
    } else {
        Entrance::Invited
    }
}

/// Adds a person, and shows them with their password, which no other page does.
pub(in crate::workspace) async fn add(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let done = match added(&fields) {
        Ok((login, content)) => {
            let key = fields.idempotency(NEW);
            let (exchange, by) = (visitor.exchange(), by(&visitor));
            people::add(exchange, &by, login, content, entrance(&fields), key).await
        }
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    match done {
        Ok(made) if entrance(&fields) == Entrance::Invited => Ok(to(&format!(
            "{HERE}/{}?done=done-invited&kept=person-new",
            made.document.person.id
        ))),
        Ok(made) => {
            person::with_password(&visitor, made.document.person, made.document.password).await
        }
        Err(ServiceError::Invalid(mut problems)) => {
            // Left empty it is the login, and what is wrong is said there.
            if fields.given("email").is_none() {
                problems.retain(|problem| problem.pointer != "/content/email");
            }
            let (part, error) = ("add", ServiceError::Invalid(problems));
            form(
                &visitor,
                Some(Tried {
                    part,
                    fields,
                    error,
                }),
            )
            .await
        }
        Err(other) => Err(other.into()),
    }
}
