//! Pages for submitters, experts, coordinators and administrators: server-rendered, usable without script, in French and English.
//!
//! A page asks the same use cases as the API. What a visitor may do is decided there; what is shown follows the answer.

mod administration;
mod annotations;
mod assets;
mod assigning;
mod case;
mod case_words;
mod clock;
mod command_fields;
mod commands;
mod csv;
mod declared;
mod draft;
mod duties;
mod edit;
mod event;
mod experts;
mod failure;
mod figures;
mod form;
mod help;
mod hours;
mod kept;
mod linked;
mod login;
mod me;
mod next;
mod notifications;
mod opinion;
mod page;
mod panel;
mod prepare;
mod problems;
mod range_plot;
mod rebalance;
mod recusals;
mod respond;
mod signed;
mod signing;
mod snapshots;
mod snippets;
mod style;
mod targets;
mod thumbnail;
mod times;
mod trial;
mod verify;
mod viewer;
mod visitor;
mod week_plot;
mod welcome;
mod work_units;
mod work_words;
mod worklist;

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig};
use actix_web::{HttpResponse, Route};

use crate::http::Limiter;
use crate::service::Exchange;
use crate::texts;
pub use crate::texts::Language;

/// Largest form that is read, bytes: an opinion with all its sections full, percent-encoded.
const FORM_MAX: usize = 2 * 1024 * 1024;

/// Largest signed file that is read, bytes: a bundle whose reports are full of pictures.
const SIGNED_MAX: usize = 12 * 1024 * 1024;

/// What every page needs.
pub struct Workspace {
    /// The exchange.
    exchange: Exchange,
    /// Whether people reach the server over TLS, so that cookies may demand it.
    secure: bool,
    /// Sessions that were refreshed a moment ago.
    refreshed: visitor::Refreshed,
    /// Files that strangers may have verified.
    verifying: Limiter<IpAddr>,
}

impl Workspace {
    /// The workspace of an exchange; `secure` when people reach it over TLS.
    pub fn new(exchange: Exchange, secure: bool) -> Arc<Self> {
        Arc::new(Self {
            exchange,
            secure,
            refreshed: visitor::Refreshed::default(),
            verifying: Limiter::new(verify::MOST),
        })
    }
}

/// Adds the workspace's pages: `/` and everything that is not an address of the API.
pub fn configure(config: &mut ServiceConfig, workspace: &Arc<Workspace>) {
    let mut at = |path: &str, routes: Vec<Route>| {
        let most = if path == "/verify" {
            SIGNED_MAX
        } else {
            FORM_MAX
        };
        let resource = routes
            .into_iter()
            .fold(web::resource(path), |resource, route| resource.route(route))
            .app_data(web::Data::from(Arc::clone(workspace)))
            .app_data(PayloadConfig::new(most))
            .wrap(from_fn(respond::finish));
        config.service(resource);
    };
    let (get, post) = (web::get, web::post);
    at("/", vec![get().to(home)]);
    at(
        "/login",
        vec![get().to(login::show), post().to(login::enter)],
    );
    at(
        "/forgotten",
        vec![get().to(welcome::forgotten), post().to(welcome::ask)],
    );
    at(
        "/welcome",
        vec![get().to(welcome::show), post().to(welcome::choose)],
    );
    at("/logout", vec![post().to(login::leave)]);
    at("/language", vec![post().to(login::language)]);
    at(
        "/worklist",
        vec![get().to(worklist::show), post().to(worklist::search)],
    );
    at("/worklist/pin", vec![post().to(worklist::pin)]);
    at("/next", vec![get().to(next::show), post().to(next::take)]);
    at(
        "/cases/new",
        vec![get().to(edit::new), post().to(edit::create)],
    );
    at("/cases/{case}", vec![get().to(case::show)]);
    at("/cases/{case}/prepare", vec![post().to(prepare::prepare)]);
    at("/cases/{case}/thumbnail", vec![get().to(thumbnail::show)]);
    at(
        "/cases/{case}/slides/{slide}",
        vec![get().to(viewer::show), post().to(viewer::renew)],
    );
    at(
        "/cases/{case}/slides/{slide}/annotations",
        vec![get().to(annotations::show), post().to(annotations::add)],
    );
    at(
        "/cases/{case}/slides/{slide}/annotations.geojson",
        vec![
            get().to(annotations::export),
            post().to(annotations::import),
        ],
    );
    at(
        "/cases/{case}/slides/{slide}/annotations/{annotation}",
        vec![post().to(annotations::change)],
    );
    at(
        "/cases/{case}/slides/{slide}/reading",
        vec![post().to(viewer::note)],
    );
    at(
        "/cases/{case}/slides/{slide}/snapshots",
        vec![post().to(snapshots::take)],
    );
    at(
        "/cases/{case}/snapshots",
        vec![get().to(opinion::snapshot_list)],
    );
    at(
        "/cases/{case}/snapshots/{snapshot}",
        vec![get().to(snapshots::picture)],
    );
    at(
        "/cases/{case}/readings/{reading}/signed",
        vec![get().to(signed::reading)],
    );
    at(
        "/cases/{case}/positions/{position}/signed",
        vec![get().to(signed::position)],
    );
    at(
        "/cases/{case}/opinions/{opinion}/signed",
        vec![get().to(signed::download)],
    );
    at(
        "/cases/{case}/opinions/{opinion}/report",
        vec![get().to(signed::report)],
    );
    at(
        "/cases/{case}/opinions/{opinion}/bundle",
        vec![get().to(signed::bundle)],
    );
    at(
        "/cases/{case}/edit",
        vec![get().to(edit::show), post().to(edit::save)],
    );
    at(
        "/cases/{case}/opinion",
        vec![get().to(opinion::show), post().to(opinion::write)],
    );
    at(
        "/found-slides/{look}",
        vec![get().to(edit::finding::picture)],
    );
    at("/codes/{field}", vec![get().to(opinion::near)]);
    at(
        "/cases/{case}/do/{command}",
        vec![get().to(commands::show), post().to(commands::give)],
    );
    at("/me", vec![get().to(me::show), post().to(me::save)]);
    at(
        "/me/notifications",
        vec![
            get().to(notifications::show),
            post().to(notifications::save),
        ],
    );
    at(
        "/me/snippets",
        vec![get().to(snippets::show), post().to(snippets::save)],
    );
    at("/me/absences", vec![post().to(me::add_absence)]);
    at("/me/password", vec![post().to(me::change_password)]);
    at(
        "/me/absences/{absence}/remove",
        vec![post().to(me::remove_absence)],
    );
    at("/me/conflicts", vec![post().to(recusals::declare_own)]);
    at(
        "/me/conflicts/{recusal}/withdraw",
        vec![post().to(recusals::withdraw_own)],
    );
    at("/experts/conflicts", vec![post().to(recusals::declare_for)]);
    at(
        "/experts/conflicts/{recusal}/withdraw",
        vec![post().to(recusals::withdraw_of)],
    );
    at("/experts", vec![get().to(experts::show)]);
    at("/figures", vec![get().to(figures::show)]);
    at("/figures.csv", vec![get().to(figures::export)]);
    at(
        "/targets",
        vec![get().to(targets::show), post().to(targets::add)],
    );
    at(
        "/targets/trial",
        vec![get().to(trial::show), post().to(trial::adopt)],
    );
    at(
        "/targets/work-units",
        vec![post().to(work_units::take_over)],
    );
    at("/experts/duties", vec![post().to(duties::add)]);
    at(
        "/experts/duties/{duty}/remove",
        vec![post().to(duties::remove)],
    );
    at("/targets/{entry}/end", vec![post().to(targets::end)]);
    at(
        "/rebalance",
        vec![get().to(rebalance::show), post().to(rebalance::make)],
    );
    at(
        "/rebalance/{proposal}/apply",
        vec![post().to(rebalance::apply)],
    );
    at(
        "/rebalance/{proposal}/discard",
        vec![post().to(rebalance::discard)],
    );
    administration::configure(&mut at);
    at(
        "/verify",
        vec![get().to(verify::show), post().to(verify::examine)],
    );
    at("/keyboard", vec![get().to(help::keyboard)]);
    at("/style", vec![get().to(style::show)]);
    config.service(web::resource("/assets/{name}").route(get().to(assets::serve)));
}

async fn home() -> HttpResponse {
    respond::to("/worklist")
}
