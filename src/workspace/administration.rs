//! The administrator's section: lists of what is kept, and a page for each thing with the forms that change it.

mod agreements;
mod audit;
mod index;
mod laboratories;
mod listing;
mod messages;
mod networks;
mod people;
mod person;
mod person_forms;
mod places;
mod record;
mod sources;
mod things;
mod webhook_deliveries;
mod webhooks;

use actix_web::{Route, web};

use agreements::Agreements;
use laboratories::Laboratories;
use networks::Networks;
use sources::Sources;
use webhooks::Webhooks;

use super::page::Page;
use super::visitor::Visitor;
use crate::service::administration::By;

/// Where the section stands.
const HERE: &str = "/administration";

/// Adds the section's pages.
pub(super) fn configure(at: &mut impl FnMut(&str, Vec<Route>)) {
    let (get, post) = (web::get, web::post);
    at(HERE, vec![get().to(index::show)]);
    at(people::HERE, vec![get().to(people::show)]);
    at(
        people::NEW,
        vec![get().to(people::new), post().to(people::add)],
    );
    at(
        "/administration/people/{person}",
        vec![get().to(person::show), post().to(person::save)],
    );
    at(
        "/administration/people/{person}/invitation",
        vec![post().to(person::invitation)],
    );
    at(
        "/administration/people/{person}/password",
        vec![post().to(person::renew_password)],
    );
    at(sources::HERE, vec![get().to(sources::list)]);
    at(
        sources::NEW,
        vec![
            get().to(things::new::<Sources>),
            post().to(things::add::<Sources>),
        ],
    );
    at(
        "/administration/slide-sources/{source}",
        vec![
            get().to(things::show::<Sources>),
            post().to(things::save::<Sources>),
        ],
    );
    at(
        "/administration/slide-sources/{source}/test",
        vec![post().to(sources::test)],
    );
    at(networks::HERE, vec![get().to(networks::list)]);
    at(
        networks::NEW,
        vec![
            get().to(things::new::<Networks>),
            post().to(things::add::<Networks>),
        ],
    );
    at(
        "/administration/networks/{network}",
        vec![
            get().to(things::show::<Networks>),
            post().to(things::save::<Networks>),
        ],
    );
    at(laboratories::HERE, vec![get().to(laboratories::list)]);
    at(
        laboratories::NEW,
        vec![
            get().to(things::new::<Laboratories>),
            post().to(things::add::<Laboratories>),
        ],
    );
    at(
        "/administration/laboratories/{laboratory}",
        vec![
            get().to(things::show::<Laboratories>),
            post().to(things::save::<Laboratories>),
        ],
    );
    at(agreements::HERE, vec![get().to(agreements::list)]);
    at(
        agreements::NEW,
        vec![
            get().to(things::new::<Agreements>),
            post().to(things::add::<Agreements>),
        ],
    );
    at(
        "/administration/agreements/{agreement}",
        vec![
            get().to(things::show::<Agreements>),
            post().to(things::save::<Agreements>),
        ],
    );
    at(webhooks::HERE, vec![get().to(webhooks::list)]);
    at(
        webhooks::NEW,
        vec![
            get().to(things::new::<Webhooks>),
            post().to(things::add::<Webhooks>),
        ],
    );
    at(
        "/administration/webhooks/{webhook}",
        vec![
            get().to(things::show::<Webhooks>),
            post().to(things::save::<Webhooks>),
        ],
    );
    at(
        "/administration/webhooks/{webhook}/test",
        vec![post().to(webhooks::test)],
    );
    at(
        "/administration/webhooks/{webhook}/secret",
        vec![post().to(webhooks::renew_secret)],
    );
    at(
        "/administration/webhooks/{webhook}/deliveries",
        vec![get().to(webhook_deliveries::list)],
    );
    at(
        "/administration/webhooks/{webhook}/deliveries/{message}/send",
        vec![post().to(webhook_deliveries::send_again)],
    );
    at(messages::HERE, vec![get().to(messages::list)]);
    at(
        "/administration/messages/{message}/retry",
        vec![post().to(messages::retry)],
    );
    at(audit::HERE, vec![get().to(audit::show)]);
}

/// Who changes something, on which request.
fn by(visitor: &Visitor) -> By {
    By::new(visitor.actor(), &visitor.request_id)
}

/// A page of the section, with its own title; the navigation shows the section.
fn frame(visitor: &Visitor, title: String) -> Page {
    Page::new(visitor, title, HERE)
}

/// A link of the way back to the section.
struct Crumb {
    /// Where it leads.
    href: String,
    /// What it is called.
    label: String,
}

/// The way from the section to a list of it.
fn crumbs(page: &Page, list: Option<(&'static str, &str)>) -> Vec<Crumb> {
    let section = Crumb {
        href: HERE.to_owned(),
        label: page.t("admin-title"),
    };
    let list = list.map(|(href, label)| Crumb {
        href: href.to_owned(),
        label: page.t(label),
    });
    std::iter::once(section).chain(list).collect()
}
