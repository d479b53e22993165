//! The forms of a person: as they are kept, and what they stand for when they are sent.

use super::super::form::Fields;
use super::super::hours;
use super::super::me::{languages, zones};
use super::super::page::Page;
use super::super::texts::Language;
use super::super::times;
use super::super::visitor::Visitor;
use super::people::{HERE, NEW};
use super::places::Places;
use super::record::{Choices, Entry, Field, Form, picked};
use crate::domain::administration::{Place, places};
use crate::domain::calendar::WeeklyHours;
use crate::domain::people::Role;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::service::administration::people::{PersonContent, PersonDocument, RoleContent};
use crate::service::people::ProfileContent;

type Problems = Vec<FieldProblem>;

/// Cases at a time of an expert for whom nothing else was said.
const CAPACITY: u32 = 4;

fn spoken() -> Choices {
    Language::ALL
        .iter()
        .map(|one| {
            let name = match one {
                Language::French => "Français",
                Language::English => "English",
            };
            (one.code().to_owned(), name.to_owned())
        })
        .collect()
}

fn about(visitor: &Visitor, page: &Page, content: &PersonContent) -> Vec<Field> {
    vec![
        Field::line("name", page.t("person-name"), content.name.clone())
            .hint(page.t("person-name-hint")),
        Field::line("email", page.t("person-email"), content.email.clone())
            .hint(page.t("person-email-hint"))
            .kind("email"),
        Field::select(
            page,
            "language",
            page.t("person-language"),
            content.language.clone(),
            spoken(),
        ),
        Field::select(
            page,
            "zone",
            page.t("person-zone"),
            content.zone.clone(),
            zones(visitor, &content.zone),
        ),
        Field::line(
            "rpps",
            page.t("person-rpps"),
            content.rpps.clone().unwrap_or_default(),
        )
        .hint(page.t("person-rpps-hint")),
    ]
}

/// Where a role is held, and what an expert reads at first.
fn role_fields(visitor: &Visitor, page: &Page, places: &Places, expert: bool) -> Vec<Field> {
    let roles = Role::ALL.iter();
    let roles = roles.map(|role| (role.to_string(), page.word("role", *role)));
    let mut fields = vec![
        Field::select(page, "role", page.t("person-role"), "", roles.collect()).at("/role"),
        Field::select(
            page,
            "laboratory",
            page.t("case-from"),
            "",
            places.laboratories(),
        )
        .at("/laboratory"),
        Field::select(
            page,
            "network",
            page.t("case-network"),
            "",
            places.networks(),
        )
        .at("/network"),
    ];
    if !expert {
        fields.push(
            Field::select(
                page,
                "primary",
                page.t("person-primary"),
                "",
                visitor.subspecialties(),
            )
            .at("/primary_subspecialty"),
        );
    }
    fields
}

/// The form that adds a person.
pub(super) fn adding(visitor: &Visitor, page: &Page, places: &Places) -> Form {
    let empty = PersonContent {
        name: String::new(),
        email: String::new(),
        language: visitor.me.language.clone(),
        zone: visitor.me.zone.clone(),
        rpps: None,
        active: true,
        roles: Vec::new(),
        expert_profile: None,
    };
    let login = Field::line("login", page.t("login-name"), "").hint(page.t("person-login-hint"));
    let mut fields = vec![login];
    fields.extend(about(visitor, page, &empty));
    for field in &mut fields {
        if field.name == "email" {
            field.hint = page.t("person-email-as-login");
        }
        if field.name != "login" {
            field.pointer = format!("/content{}", field.pointer);
        }
    }
    fields.extend(role_fields(visitor, page, places, false));
    fields.push(Field::tick("invite", page.t("person-way"), true).hint(page.t("person-way-hint")));
    Form {
        part: "add",
        lead: page.t("person-add-lead"),
        action: NEW.to_owned(),
        fields,
        submit: page.t("person-add"),
        class: "first",
        keep: Some("person-new".to_owned()),
        ..Form::default()
    }
}

/// Who is to be added, as the form says; its pointers are those of its fields.
pub(super) fn added(sent: &Fields) -> Result<(String, PersonContent), Problems> {
    let login = sent.get("login").trim().to_owned();
    let mut content = PersonContent {
        name: String::new(),
        email: String::new(),
        language: String::new(),
        zone: String::new(),
        rpps: None,
        active: true,
        roles: Vec::new(),
        expert_profile: None,
    };
    read_account(sent, &mut content);
    if content.email.is_empty() {
        content.email.clone_from(&login);
    }
    give(sent, &mut content)?;
    Ok((login, content))
}

fn read_account(sent: &Fields, content: &mut PersonContent) {
    content.name = sent.get("name").trim().to_owned();
    content.email = sent.get("email").trim().to_owned();
    content.language = sent.get("language").to_owned();
    content.zone = sent.get("zone").to_owned();
    content.rpps = sent
        .given("rpps")
        .map(|rpps| rpps.replace([' ', '\u{a0}'], ""));
}

/// The account of a person.
pub(super) fn account(visitor: &Visitor, page: &Page, person: &PersonDocument) -> Form {
    Form {
        part: "account",
        title: page.t("person-account"),
        action: format!("{HERE}/{}", person.id),
        fields: about(visitor, page, &person.content()),
        version: Some(person.version),
        submit: page.t("profile-save"),
        class: "first",
        keep: Some(format!("account-{}", person.id)),
        ..Form::default()
    }
}

/// The form that gives a person a further role.
pub(super) fn offer_role(
    visitor: &Visitor,
    page: &Page,
    places: &Places,
    person: &PersonDocument,
) -> Form {
    let expert = person.expert_profile.is_some();
    Form {
        part: "give",
        title: page.t("person-give-role"),
        action: format!("{HERE}/{}", person.id),
        fields: role_fields(visitor, page, places, expert),
        version: Some(person.version),
        submit: page.t("person-give"),
        keep: Some(format!("give-{}", person.id)),
        ..Form::default()
    }
}

/// A role that is held, with the form that takes it away.
pub(super) fn entry(
    page: &Page,
    places: &Places,
    person: &PersonDocument,
    held: &RoleContent,
) -> Entry {
    let named = |id: Option<String>| id.unwrap_or_default();
    let taken = Form {
        part: "take",
        action: format!("{HERE}/{}", person.id),
        hidden: vec![
            ("role", held.role.to_string()),
            (
                "laboratory",
                named(held.laboratory.map(|id| id.to_string())),
            ),
            ("network", named(held.network.map(|id| id.to_string()))),
        ],
        version: Some(person.version),
        submit: page.t("remove"),
        ..Form::default()
    };
    (places.role(page, held), person.changeable.then_some(taken))
}

/// The profile of an expert.
pub(super) fn profile(visitor: &Visitor, page: &Page, person: &PersonDocument) -> Option<Form> {
    let kept = &person.expert_profile.as_ref()?.content;
    let below = |name: &str| format!("/expert_profile/{name}");
    let mut fields = vec![
        Field::select(
            page,
            "reading_primary",
            page.t("profile-primary"),
            kept.primary_subspecialty.clone(),
            visitor.subspecialties(),
        )
        .at(&below("primary_subspecialty")),
        Field::line(
            "capacity",
            page.t("profile-capacity"),
            kept.capacity_per_day.to_string(),
        )
        .hint(page.t("profile-capacity-hint"))
        .at(&below("capacity_per_day")),
        Field::line(
            "languages",
            page.t("profile-languages"),
            kept.languages.join(" "),
        )
        .hint(page.t("profile-languages-hint"))
        .at(&below("languages")),
        Field::select(
            page,
            "reading_zone",
            page.t("profile-zone"),
            kept.zone.clone(),
            zones(visitor, &kept.zone),
        )
        .at(&below("zone")),
        Field::ticks(
            "also",
            page.t("person-others"),
            &kept.other_subspecialties,
            visitor.subspecialties(),
        )
        .at(&below("other_subspecialties")),
    ];
    fields.extend(day_fields(
        visitor,
        &kept.weekly_hours,
        "/expert_profile/weekly_hours",
    ));
    Some(Form {
        part: "profile",
        title: page.t("person-profile"),
        lead: page.t("person-hours-hint"),
        action: format!("{HERE}/{}", person.id),
        fields,
        version: Some(person.version),
        submit: page.t("profile-save"),
        keep: Some(format!("profile-{}", person.id)),
        ..Form::default()
    })
}

/// A line for the hours of each day.
pub(super) fn day_fields(visitor: &Visitor, kept: &WeeklyHours, pointer: &str) -> Vec<Field> {
    hours::DAYS
        .into_iter()
        .zip(hours::names(visitor))
        .zip(hours::shown(kept))
        .map(|((name, label), kept)| {
            Field::line(name, label, kept).at(&format!("{pointer}/{name}"))
        })
        .collect()
}

/// The hours that seven lines stand for.
pub(super) fn read_days(sent: &Fields, pointer: &str) -> Result<WeeklyHours, Problems> {
    hours::read(&hours::DAYS.map(|day| sent.get(day).to_owned()), pointer)
}

/// A field that cannot be read.
pub(super) fn malformed(pointer: &str, expected: &str) -> FieldProblem {
    let expected = expected.to_owned();
    FieldProblem::new(pointer, FieldRule::Malformed { expected })
}

/// To have somebody without a password choose one, and to take the link back.
pub(super) fn invitation(visitor: &Visitor, page: &Page, person: &PersonDocument) -> Vec<Form> {
    if person.has_password {
        return Vec::new();
    }
    let form = || Form {
        action: format!("{HERE}/{}/invitation", person.id),
        ..Form::default()
    };
    let send = |lead: String, submit: &str| Form {
        part: "invite",
        title: page.t("person-invitation"),
        lead,
        submit: page.t(submit),
        ..form()
    };
    let Some(open) = &person.invitation else {
        return vec![send(page.t("person-invite-lead"), "person-invite")];
    };
    let until = times::instant(visitor.language, open.expires_at, visitor.zone, visitor.now);
    vec![
        send(
            page.ts("person-invited-until", &until),
            "person-invite-again",
        ),
        Form {
            part: "withdraw",
            lead: page.t("person-withdraw-lead"),
            submit: page.t("person-withdraw"),
            class: "grave",
            ..form()
        },
    ]
}

/// To make a new password: for who may log in.
pub(super) fn renewal(page: &Page, person: &PersonDocument) -> Option<Form> {
    person.active.then(|| Form {
        part: "password",
        title: page.t("login-password"),
        lead: page.t("person-renew-lead"),
        action: format!("{HERE}/{}/password", person.id),
        submit: page.t("person-renew"),
        ..Form::default()
    })
}

/// To keep a person out, or to let them in again.
pub(super) fn let_in(page: &Page, person: &PersonDocument) -> Form {
    let form = Form {
        action: format!("{HERE}/{}", person.id),
        title: page.t("person-login-state"),
        version: Some(person.version),
        ..Form::default()
    };
    if person.active {
        Form {
            part: "out",
            lead: page.t("person-out-lead"),
            submit: page.t("person-out"),
            class: "grave",
            ..form
        }
    } else {
        Form {
            part: "in",
            lead: page.t("person-in-lead"),
            submit: page.t("person-in"),
            ..form
        }
    }
}

/// What a person is to be when a form of theirs was sent.
pub(super) fn wanted(
    visitor: &Visitor,
    part: &str,
    sent: &Fields,
    kept: &PersonDocument,
) -> Result<PersonContent, Problems> {
    let mut content = kept.content();
    match part {
        "account" => read_account(sent, &mut content),
        "give" => give(sent, &mut content)?,
        "take" => take(sent, &mut content),
        "profile" => read_profile(visitor, sent, &mut content)?,
        "out" => content.active = false,
        _ => content.active = true,
    }
    Ok(content)
}

/// Adds the role of a form; an expert gets a profile to begin with. What the form need not say for a role is left out.
fn give(sent: &Fields, content: &mut PersonContent) -> Result<(), Problems> {
    let required = |pointer: &str| vec![FieldProblem::new(pointer, FieldRule::Required)];
    let role = Role::parse(sent.get("role")).ok_or_else(|| required("/role"))?;
    let (of_laboratory, of_network) = places(role);
    let laboratory = sent
        .given("laboratory")
        .filter(|_| of_laboratory != Place::None);
    let network = sent.given("network").filter(|_| of_network != Place::None);
    let mut problems = Problems::new();
    if of_laboratory == Place::Needed && laboratory.is_none() {
        problems.extend(required("/laboratory"));
    }
    if of_network == Place::Needed && network.is_none() {
        problems.extend(required("/network"));
    }
    let held = RoleContent {
        role,
        laboratory: laboratory.and_then(|id| id.parse().ok()),
        network: network.and_then(|id| id.parse().ok()),
    };
    let twice = content.roles.contains(&held)
        || (role == Role::Expert && content.roles.iter().any(|one| one.role == role));
    if twice {
        problems.push(FieldProblem::new("/role", FieldRule::Duplicate));
    }
    if role == Role::Expert && content.expert_profile.is_none() {
        match sent.given("primary") {
            None => problems.extend(required("/primary_subspecialty")),
            Some(primary) => {
                content.expert_profile = Some(ProfileContent {
                    primary_subspecialty: primary.to_owned(),
                    other_subspecialties: Vec::new(),
                    languages: vec![content.language.clone()],
                    capacity_per_day: CAPACITY,
                    weekly_hours: WeeklyHours::office(),
                    zone: content.zone.clone(),
                });
            }
        }
    }
    content.roles.push(held);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Takes the role that a form names away; the expert's, with the profile.
fn take(sent: &Fields, content: &mut PersonContent) {
    let same = |held: &RoleContent| {
        let place = |id: Option<String>| id.unwrap_or_default();
        held.role.as_str() == sent.get("role")
            && place(held.laboratory.map(|id| id.to_string())) == sent.get("laboratory")
            && place(held.network.map(|id| id.to_string())) == sent.get("network")
    };
    content.roles.retain(|held| !same(held));
    if content.roles.iter().all(|held| held.role != Role::Expert) {
        content.expert_profile = None;
    }
}

fn read_profile(
    visitor: &Visitor,
    sent: &Fields,
    content: &mut PersonContent,
) -> Result<(), Problems> {
    let mut problems = Problems::new();
    let capacity = sent.get("capacity").trim().parse();
    if capacity.is_err() {
        problems.push(malformed("/expert_profile/capacity_per_day", "a number"));
    }
    let hours = read_days(sent, "/expert_profile/weekly_hours");
    problems.extend(hours.as_ref().err().into_iter().flatten().cloned());
    let (Ok(capacity_per_day), Ok(weekly_hours)) = (capacity, hours) else {
        return Err(problems);
    };
    let primary = sent.get("reading_primary").to_owned();
    let codes = visitor.subspecialties().into_iter().map(|(code, _)| code);
    content.expert_profile = Some(ProfileContent {
        other_subspecialties: picked(sent, "also", codes.filter(|code| *code != primary)),
        primary_subspecialty: primary,
        languages: languages(sent.get("languages")),
        capacity_per_day,
        weekly_hours,
        zone: sent.get("reading_zone").to_owned(),
    });
    Ok(())
}
