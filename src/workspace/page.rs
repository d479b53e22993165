//! What every page has: language, navigation, the token of its forms.

use fluent_bundle::FluentValue;

use super::assets::{self, Style};
use super::form::Fields;
use super::linked::{Part, parts};
use super::texts::{Language, text};
use super::visitor::Visitor;
use crate::domain::people::Role;
use crate::domain::text_enum::TextEnum;

/// A link of the navigation.
#[derive(Clone)]
pub(super) struct Link {
    /// Where it leads.
    pub(super) href: &'static str,
    /// What it is called.
    pub(super) label: String,
    /// The key that follows it.
    pub(super) key: Option<&'static str>,
    /// Whether it does something, so that it has to be pressed.
    pub(super) acts: bool,
    /// Whether it is the page that is shown.
    pub(super) current: bool,
}

/// What every page has. Templates call it `page`.
#[derive(Clone)]
pub(super) struct Page {
    /// Its language.
    pub(super) language: Language,
    /// Its title.
    pub(super) title: String,
    /// Its path, to come back to.
    pub(super) path: String,
    /// The name of who is logged in.
    pub(super) person: Option<String>,
    /// The navigation.
    pub(super) links: Vec<Link>,
    /// The token of its forms.
    pub(super) token: String,
    /// A key for what its forms do, new for each page, so that nothing is done twice.
    pub(super) once: String,
    /// What has just been done.
    pub(super) done: Option<String>,
    /// The copy of a form in the browser that the server has now.
    pub(super) settled: Option<String>,
    /// Its own address, where it is the answer to a form that was sent to another one.
    pub(super) here: Option<String>,
    /// Whether the browser keeps the style, so that the page need not bring it.
    pub(super) styled: bool,
}

impl Page {
    /// A page for somebody who is not logged in.
    pub(super) fn outside(language: Language, title: &str, path: &str) -> Self {
        Self {
            language,
            title: text(language, title, &[]),
            path: path.to_owned(),
            person: None,
            links: Vec::new(),
            token: String::new(),
            once: String::new(),
            done: None,
            settled: None,
            here: None,
            styled: false,
        }
    }

    /// A page for a visitor; `title` is said as it stands.
    pub(super) fn new(visitor: &Visitor, title: String, path: &str) -> Self {
        let readers = [Role::Expert, Role::Submitter, Role::Coordinator];
        let has_list = readers.into_iter().any(|role| visitor.is(role));
        let all = [
            (has_list, "/worklist", "nav-worklist", Some("l")),
            (visitor.is(Role::Expert), "/next", "nav-next", Some("n")),
            (
                visitor.is(Role::Submitter),
                "/cases/new",
                "nav-new",
                Some("c"),
            ),
            (
                visitor.is(Role::Coordinator),
                "/experts",
                "nav-experts",
                Some("e"),
            ),
            (
                visitor.is(Role::Coordinator),
                "/rebalance",
                "nav-rebalance",
                None,
            ),
            (
                visitor.is(Role::Coordinator),
                "/figures",
                "nav-figures",
                Some("f"),
            ),
            (
                visitor.is(Role::Administrator),
                "/administration",
                "nav-administration",
                None,
            ),
            (visitor.is(Role::Auditor), "/audit", "nav-audit", None),
            (true, "/me", "nav-profile", None),
            (true, "/keyboard", "nav-help", Some("?")),
        ];
        let links = all
            .into_iter()
            .filter(|(shown, ..)| *shown)
            .map(|(_, href, label, key)| Link {
                href,
                label: text(visitor.language, label, &[]),
                key,
                acts: href == "/next",
                current: path == href,
            })
            .collect();
        Self {
            language: visitor.language,
            title,
            path: path.to_owned(),
            person: Some(visitor.me.name.clone()),
            links,
            token: visitor.form_token(),
            once: visitor.exchange().core.ids.next().to_string(),
            done: None,
            settled: None,
            here: None,
            styled: visitor.styled,
        }
    }

    /// Says what was done before this page was shown: a key of ours in its address, never a text.
    pub(super) fn take_notice(&mut self, asked: &Fields) {
        let said = asked.get("done");
        if said.starts_with("done-") || said == "nothing-next" {
            let words = self.t(said);
            self.done = Some(words).filter(|words| words != said);
        }
        self.settled = asked.given("kept").map(ToOwned::to_owned);
    }

    /// A text.
    pub(super) fn t(&self, key: &str) -> String {
        text(self.language, key, &[])
    }

    /// A text about a number.
    pub(super) fn tn(&self, key: &str, n: impl Into<FluentValue<'static>>) -> String {
        text(self.language, key, &[("n", n.into())])
    }

    /// A text that holds another one.
    pub(super) fn ts(&self, key: &str, x: &str) -> String {
        text(self.language, key, &[("x", x.to_owned().into())])
    }

    /// The words for a name of the vocabulary: `state`, `urgency`, …
    pub(super) fn word<E: TextEnum>(&self, prefix: &str, name: E) -> String {
        self.name(prefix, name.as_str())
    }

    /// The same for a name that comes as text.
    pub(super) fn name(&self, prefix: &str, name: &str) -> String {
        self.t(&format!("{prefix}-{}", name.replace('_', "-")))
    }

    /// A text of the case that the page shows, with the views of its slides as links.
    pub(super) fn linked<'t>(&self, text: &'t str) -> Vec<Part<'t>> {
        parts(&self.path, text)
    }

    /// The style: it stands in the page, unless the browser keeps the file.
    pub(super) fn style(&self) -> &'static Style {
        assets::style()
    }

    /// The script that every page loads.
    pub(super) fn script(&self) -> Option<String> {
        assets::address("islands.js")
    }

    /// The language to change to.
    pub(super) fn other(&self) -> &'static str {
        self.language.other().code()
    }
}
