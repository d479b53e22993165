//! A page of one thing: its facts, and forms that change it. A form that did not pass keeps what was typed and says beside each field
//! what is wrong with it, or what somebody else has written there meanwhile.

use actix_web::http::StatusCode;
use askama::Template;

use super::super::commands::told;
use super::super::form::Fields;
use super::super::page::Page;
use super::super::problems;
use super::super::respond::{Answer, page};
use super::Crumb;
use crate::domain::problems::FieldProblem;
use crate::service::ServiceError;

/// Codes and what they are called.
pub(super) type Choices = Vec<(String, String)>;

/// A field of a form.
#[derive(Clone, Default)]
pub(super) struct Field {
    /// Its name in the form.
    pub(super) name: String,
    /// Where the use case finds it: a JSON pointer, or its beginning.
    pub(super) pointer: String,
    /// What it is called.
    pub(super) label: String,
    /// How it is filled in.
    pub(super) hint: String,
    /// `select`, `words`, `tick`, `ticks`, or the type of a line.
    pub(super) kind: &'static str,
    /// What is in it; codes apart by blanks where several are ticked.
    pub(super) value: String,
    /// What may be chosen.
    pub(super) choices: Choices,
    /// What a list says when nothing is chosen.
    pub(super) first: String,
    /// What is wrong with it.
    pub(super) wrong: Option<String>,
}

impl Field {
    /// A line.
    pub(super) fn line(name: &str, label: String, value: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            pointer: format!("/{name}"),
            label,
            kind: "text",
            value: value.into(),
            ..Self::default()
        }
    }

    /// A list to choose one of.
    pub(super) fn select(
        page: &Page,
        name: &str,
        label: String,
        value: impl Into<String>,
        choices: Choices,
    ) -> Self {
        Self {
            kind: "select",
            choices,
            first: page.t("choose"),
            ..Self::line(name, label, value)
        }
    }

    /// Boxes to tick.
    pub(super) fn ticks(name: &str, label: String, picked: &[String], choices: Choices) -> Self {
        Self {
            kind: "ticks",
            choices,
            ..Self::line(name, label, picked.join(" "))
        }
    }

    /// One box to tick.
    pub(super) fn tick(name: &str, label: String, on: bool) -> Self {
        Self {
            kind: "tick",
            ..Self::line(name, label, if on { "on" } else { "" })
        }
    }

    /// With a hint.
    pub(super) fn hint(self, hint: String) -> Self {
        Self { hint, ..self }
    }

    /// Of another type.
    pub(super) fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// Found by the use case at another place.
    pub(super) fn at(self, pointer: &str) -> Self {
        Self {
            pointer: pointer.to_owned(),
            ..self
        }
    }

    /// Whether a box is ticked.
    pub(super) fn picks(&self, code: &str) -> bool {
        self.value.split(' ').any(|picked| picked == code)
    }

    /// What a form holds of this field.
    fn typed(&self, sent: &Fields) -> String {
        if self.kind == "ticks" {
            let picked = self.choices.iter().map(|(code, _)| code.as_str());
            let picked =
                picked.filter(|code| !sent.get(&format!("{}_{code}", self.name)).is_empty());
            return picked.collect::<Vec<_>>().join(" ");
        }
        sent.get(&self.name).to_owned()
    }

    /// The value as people read it.
    fn read(&self, page: &Page) -> String {
        let label = |code: &str| {
            let known = self.choices.iter().find(|(known, _)| known == code);
            known.map_or_else(|| code.to_owned(), |(_, label)| label.clone())
        };
        let said = match self.kind {
            "ticks" => {
                let picked = self.value.split(' ').filter(|code| !code.is_empty());
                picked.map(label).collect::<Vec<_>>().join(", ")
            }
            "tick" => page.t(if self.value.is_empty() { "no" } else { "yes" }),
            "select" => label(&self.value),
            _ => self.value.clone(),
        };
        if said.is_empty() {
            page.t("none-given")
        } else {
            said
        }
    }
}

/// The codes that are ticked in a field of that name.
pub(super) fn picked(
    sent: &Fields,
    name: &str,
    codes: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let ticked = |code: &String| !sent.get(&format!("{name}_{code}")).is_empty();
    codes.into_iter().filter(ticked).collect()
}

/// A form.
#[derive(Default)]
pub(super) struct Form {
    /// Which of the page's forms it is.
    pub(super) part: &'static str,
    /// Its heading; none for the only form of a page.
    pub(super) title: String,
    /// What it does.
    pub(super) lead: String,
    /// The address it is sent to.
    pub(super) action: String,
    /// What it carries unseen.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// Its fields.
    pub(super) fields: Vec<Field>,
    /// The version it changes, where it changes something.
    pub(super) version: Option<i64>,
    /// What its button says.
    pub(super) submit: String,
    /// `first`, `grave` or nothing.
    pub(super) class: &'static str,
    /// The name of its copy in the browser; none for a form without fields.
    pub(super) keep: Option<String>,
}

impl Form {
    /// Puts what was sent in place of what is kept, with what is wrong with it.
    fn take(&mut self, page: &Page, tried: &Tried) {
        for field in &mut self.fields {
            // What is kept in no form is not given back either.
            let secret = field.name.starts_with('_');
            let typed = if secret {
                String::new()
            } else {
                field.typed(&tried.fields)
            };
            match &tried.error {
                ServiceError::Stale { .. } if typed != field.value => {
                    field.wrong = Some(page.ts("conflict-now", &field.read(page)));
                }
                ServiceError::Invalid(problems) => {
                    field.wrong = wrong(page, problems, &field.pointer);
                }
                _ => {}
            }
            field.value = typed;
        }
    }
}

/// What is wrong with the field of that pointer, or with one of its entries.
fn wrong(page: &Page, problems: &[FieldProblem], pointer: &str) -> Option<String> {
    problems
        .iter()
        .find(|one| {
            let rest = one.pointer.strip_prefix(pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .map(|one| problems::words(page, &one.rule))
}

/// What was sent and did not pass.
pub(super) struct Tried {
    /// The form.
    pub(super) part: &'static str,
    /// What it held.
    pub(super) fields: Fields,
    /// Why not.
    pub(super) error: ServiceError,
}

/// An entry of a list, with the form that takes it away where that may be done.
pub(super) type Entry = (String, Option<Form>);

/// A page of one thing.
#[derive(Template)]
#[template(path = "workspace/administration/record.html")]
pub(super) struct Record {
    /// The page.
    pub(super) page: Page,
    /// The way back.
    pub(super) crumbs: Vec<Crumb>,
    /// Said above everything: what did not pass.
    pub(super) problem: Option<String>,
    /// A password or a secret that is told this once, with the sentence around it.
    pub(super) secret: Option<(String, String)>,
    /// What a test found, and how it stands out.
    pub(super) found: Option<(Vec<String>, &'static str)>,
    /// What is known of the thing.
    pub(super) facts: Vec<(String, String)>,
    /// The forms, in the wide column.
    pub(super) forms: Vec<Form>,
    /// Further forms, beside.
    pub(super) beside: Vec<Form>,
    /// Further pages about it: where they are, and what they are called.
    pub(super) links: Vec<(String, String)>,
    /// A list beside: its heading, its entries.
    pub(super) entries: Option<(String, Vec<Entry>)>,
    /// How the page is answered.
    pub(super) status: StatusCode,
}

impl Record {
    /// A page with nothing on it yet.
    pub(super) fn new(page: Page, crumbs: Vec<Crumb>) -> Self {
        Self {
            page,
            crumbs,
            problem: None,
            secret: None,
            found: None,
            facts: Vec::new(),
            forms: Vec::new(),
            beside: Vec::new(),
            links: Vec::new(),
            entries: None,
            status: StatusCode::OK,
        }
    }

    /// Tells the secret of a thing of that kind, which no other page does.
    pub(super) fn tell(&mut self, part: &str, secret: String) {
        self.secret = Some((self.page.t(&format!("{part}-secret-once")), secret));
    }

    /// Shows what was tried: in the form it was typed into, and above everything. `conflict` says what a conflict means here.
    pub(super) fn tried(&mut self, tried: &Tried, conflict: &str) {
        let (status, said) = match &tried.error {
            ServiceError::Stale { .. } => {
                (StatusCode::CONFLICT, Some(self.page.t("conflict-lead")))
            }
            ServiceError::Conflict(_) => (StatusCode::CONFLICT, Some(self.page.t(conflict))),
            error => told(&self.page, Some(error)),
        };
        (self.status, self.problem) = (status, said);
        let forms = self.forms.iter_mut().chain(&mut self.beside);
        for form in forms.filter(|form| form.part == tried.part) {
            form.take(&self.page, tried);
        }
    }

    /// The page as an answer.
    pub(super) fn answer(mut self) -> Answer {
        // Where a change of language leads back to.
        if let Some(form) = self.forms.first() {
            self.page.path.clone_from(&form.action);
        }
        page(self.status, &self)
    }
}
