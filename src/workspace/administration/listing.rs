//! A list of the section: a search, rows that lead to their pages, and the way to add one.

use actix_web::http::StatusCode;
use askama::Template;

use super::super::page::Page;
use super::super::respond::{Answer, page};
use super::Crumb;
use super::record::Field;

/// A cell of a row: words, and what stands out in them.
#[derive(Default)]
pub(super) struct Cell {
    /// Words.
    pub(super) words: Vec<String>,
    /// A mark, with its class.
    pub(super) mark: Option<(String, &'static str)>,
}

impl Cell {
    /// A cell of one text.
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self::all(vec![text.into()])
    }

    /// A cell of several texts, one below the other.
    pub(super) fn all(words: Vec<String>) -> Self {
        Self { words, mark: None }
    }

    /// A cell with a mark.
    pub(super) fn marked(text: String, class: &'static str) -> Self {
        Self {
            words: Vec::new(),
            mark: Some((text, class)),
        }
    }
}

/// A row.
#[derive(Default)]
pub(super) struct Row {
    /// Where it leads; empty for a row that leads nowhere.
    pub(super) href: String,
    /// What it is called.
    pub(super) name: String,
    /// The rest.
    pub(super) cells: Vec<Cell>,
    /// Where its button sends, and what that is called.
    pub(super) act: Option<(String, String)>,
}

/// A list.
#[derive(Template)]
#[template(path = "workspace/administration/list.html")]
pub(super) struct Listing {
    /// The page.
    pub(super) page: Page,
    /// The way back.
    pub(super) crumbs: Vec<Crumb>,
    /// What the list is.
    pub(super) lead: String,
    /// Its address.
    pub(super) here: String,
    /// The fields of its search; none where nothing is searched.
    pub(super) search: Vec<Field>,
    /// Where one is added, and how that is called.
    pub(super) add: Option<(String, String)>,
    /// What the columns are called, the first that of the rows' names.
    pub(super) columns: Vec<String>,
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// What an empty list says.
    pub(super) empty: String,
    /// The page after.
    pub(super) more: Option<String>,
}

impl Listing {
    /// What the column of a cell is called; the first column is that of names.
    fn column(&self, at: &usize) -> &str {
        self.columns.get(at + 1).map_or("", String::as_str)
    }

    /// Whether a row has a button.
    fn acts(&self) -> bool {
        self.rows.iter().any(|row| row.act.is_some())
    }

    /// The list as an answer.
    pub(super) fn answer(mut self) -> Answer {
        // Where a change of language leads back to.
        self.page.path.clone_from(&self.here);
        page(StatusCode::OK, &self)
    }
}

/// The address of a list that is searched so, at another place.
pub(super) fn address(here: &str, search: &[Field], cursor: &str) -> String {
    let given = search
        .iter()
        .filter(|field| !field.value.is_empty())
        .map(|field| (field.name.as_str(), field.value.as_str()));
    url::form_urlencoded::Serializer::new(format!("{here}?"))
        .extend_pairs(given)
        .append_pair("cursor", cursor)
        .finish()
}
