//! The table of operations: every address of the API, declared once. The server is built from it, and the tests hold the API
//! document to it.

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, Scope, guard, web};

use super::body::Body;
use super::caller::Caller;
use super::{
    absences, administration, annotations, attachments, case_records, cases, codes, commands,
    document, duties, me, next_case, outbox, presence, proposals, reading_drafts, recusals,
    reference, session, signatures, targets, views,
};
use crate::domain::permissions::Relation;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, TRANSITIONS};
use crate::http::{Kind, Problem};

/// One operation of the API.
pub struct Operation {
    /// Its method.
    pub method: Method,
    /// Its address below `/api/v1`, with its parameters in braces.
    pub path: String,
    /// Its name in the API document.
    pub id: String,
    handler: Handler,
}

/// Makes the route of an operation, once for each worker.
enum Handler {
    Plain(fn() -> Route),
    Command(Command),
}

macro_rules! operations {
    ($($method:ident $path:literal $id:ident $handler:path;)+) => {
        vec![$(Operation {
            method: Method::$method,
            path: $path.to_owned(),
            id: stringify!($id).to_owned(),
            handler: Handler::Plain(|| web::to($handler)),
        }),+]
    };
}

/// Every operation. An address without parameters stands before one that would match it too; what is asked most stands first.
pub fn operations() -> Vec<Operation> {
    let mut all = operations! {
        GET "/cases" listCases cases::list;
        POST "/cases" createCase cases::create;
        POST "/cases/search" searchCases cases::search;
        GET "/cases/{case}" readCase cases::read;
        POST "/session" login session::login;
        POST "/session/refresh" refreshSession session::refresh;
        DELETE "/session" logout session::logout;
        POST "/session/recovery" askRecovery session::ask_recovery;
        POST "/session/password" choosePassword session::choose_password;
        GET "/me" whoAmI me::who_am_i;
        PUT "/me/expert-profile" updateExpertProfile me::update_profile;
        PUT "/me/password" changePassword me::change_password;
        GET "/me/notifications" readNotificationChoices me::notifications;
        PUT "/me/notifications" setNotificationChoices me::choose_notifications;
        GET "/me/snippets" readSnippets me::snippets;
        PUT "/me/snippets" keepSnippets me::keep_snippets;
        POST "/me/next-case" takeNextCase next_case::take;
        GET "/me/workload" myWorkload me::workload;
        POST "/me/absences" addAbsence absences::add;
        DELETE "/me/absences/{absence}" removeAbsence absences::remove;
        GET "/territories" listTerritories reference::territories;
        GET "/subspecialties" listSubspecialties reference::subspecialties;
        GET "/synoptic-templates" listSynopticTemplates reference::synoptic_templates;
        GET "/codes" searchCodes codes::search;
        GET "/networks" listNetworks reference::networks;
        GET "/pools" listPools reference::pools;
        GET "/networks/{network}/experts" listExperts reference::experts;
        GET "/networks/{network}/workload" networkWorkload reference::workload;
        GET "/networks/{network}/duties" listDuties duties::list;
        POST "/networks/{network}/duties" addDuty duties::add;
        DELETE "/networks/{network}/duties/{duty}" removeDuty duties::remove;
        GET "/networks/{network}/work-units" proposeWorkUnits targets::work_units;
        GET "/networks/{network}/recusals" listRecusals recusals::list;
        POST "/networks/{network}/recusals" declareRecusal recusals::declare;
        DELETE "/networks/{network}/recusals/{recusal}" withdrawRecusal recusals::withdraw;
        GET "/networks/{network}/targets" listTargets targets::list;
        POST "/networks/{network}/targets" addTarget targets::add;
        POST "/networks/{network}/targets/{target}/end" endTarget targets::end;
        GET "/networks/{network}/choice" readChoice targets::choice;
        PUT "/networks/{network}/choice" setChoice targets::set_choice;
        POST "/networks/{network}/trials" tryOut targets::try_out;
        GET "/networks/{network}/turnaround" networkTurnaround reference::turnaround;
        GET "/networks/{network}/proposals" listProposals proposals::list;
        POST "/networks/{network}/proposals" makeProposal proposals::make;
        GET "/networks/{network}/proposals/{proposal}" readProposal proposals::read;
        POST "/networks/{network}/proposals/{proposal}/apply" applyProposal proposals::apply;
        POST "/networks/{network}/proposals/{proposal}/discard" discardProposal proposals::discard;
        GET "/agreements" listAgreements reference::agreements;
        GET "/laboratories" listLaboratories reference::laboratories;
        GET "/slide-sources" listSlideSources reference::slide_sources;
        GET "/cases/{case}/timeline" readTimeline case_records::timeline;
        GET "/cases/{case}/turnaround" caseTurnaround case_records::turnaround;
        GET "/cases/{case}/forecast" caseForecast case_records::forecast;
        GET "/cases/{case}/opinions" listOpinions case_records::opinions;
        GET "/cases/{case}/opinions/{opinion}/signature" readSignature signatures::signed_form;
        GET "/cases/{case}/opinions/{opinion}/report" readReport signatures::report;
        GET "/cases/{case}/snapshots/{snapshot}" readSnapshot signatures::snapshot;
        GET "/cases/{case}/opinions/{opinion}/bundle" readBundle signatures::bundle;
        GET "/cases/{case}/readings/{reading}/signature" readReadingSignature signatures::signed_reading;
        GET "/cases/{case}/positions/{position}/signature" readPositionSignature signatures::signed_position;
        GET "/cases/{case}/reading-draft" readReadingDraft reading_drafts::read;
        PUT "/cases/{case}/reading-draft" keepReadingDraft reading_drafts::keep;
        GET "/cases/{case}/requests" listRequests case_records::requests;
        POST "/cases/{case}/slide-checks" checkSlides case_records::check_slides;
        POST "/cases/{case}/slides/{slide}/views" viewSlide views::open;
        GET "/cases/{case}/slides/{slide}/annotations" listAnnotations annotations::list;
        POST "/cases/{case}/slides/{slide}/annotations" addAnnotation annotations::add;
        GET "/cases/{case}/slides/{slide}/annotations.geojson" exportGeoJson annotations::export_geo_json;
        POST "/cases/{case}/slides/{slide}/annotations.geojson" importGeoJson annotations::import;
        GET "/cases/{case}/slides/{slide}/annotations.jsonld" exportWebAnnotations annotations::export_web_annotations;
        GET "/cases/{case}/slides/{slide}/annotations/{annotation}" readAnnotation annotations::read;
        PUT "/cases/{case}/slides/{slide}/annotations/{annotation}" changeAnnotation annotations::change;
        DELETE "/cases/{case}/slides/{slide}/annotations/{annotation}" removeAnnotation annotations::remove;
        GET "/cases/{case}/slides/{slide}/annotations/{annotation}/versions" listAnnotationVersions annotations::versions;
        POST "/cases/{case}/presence" provePresence presence::prove;
        GET "/cases/{case}/attachments" listAttachments attachments::list;
        POST "/cases/{case}/attachments" addAttachment attachments::add;
        GET "/cases/{case}/audit" readAudit case_records::audit;
        GET "/signing-authority" readSigningAuthority signatures::authority;
        GET "/openapi.yaml" readDocument document::read;
        GET "/outbox/dead-letters" listDeadLetters outbox::dead_letters;
        POST "/outbox/dead-letters/{message}/retry" retryDeadLetter outbox::retry;
        GET "/administration/people" listPeople administration::people::list;
        POST "/administration/people" addPerson administration::people::add;
        GET "/administration/people/{person}" readPerson administration::people::read;
        PUT "/administration/people/{person}" changePerson administration::people::change;
        GET "/administration/slide-sources" listAllSlideSources administration::slide_sources::list;
        POST "/administration/slide-sources" addSlideSource administration::slide_sources::add;
        GET "/administration/slide-sources/{source}" readSlideSource administration::slide_sources::read;
        PUT "/administration/slide-sources/{source}" changeSlideSource administration::slide_sources::change;
        POST "/administration/slide-sources/{source}/test" testSlideSource administration::slide_sources::test;
        GET "/administration/networks" listKeptNetworks administration::networks::list;
        POST "/administration/networks" addNetwork administration::networks::add;
        GET "/administration/networks/{network}" readKeptNetwork administration::networks::read;
        PUT "/administration/networks/{network}" changeNetwork administration::networks::change;
        GET "/administration/laboratories" listKeptLaboratories administration::laboratories::list;
        POST "/administration/laboratories" addLaboratory administration::laboratories::add;
        GET "/administration/laboratories/{laboratory}" readKeptLaboratory administration::laboratories::read;
        PUT "/administration/laboratories/{laboratory}" changeLaboratory administration::laboratories::change;
        GET "/administration/agreements" listKeptAgreements administration::agreements::list;
        POST "/administration/agreements" addAgreement administration::agreements::add;
        GET "/administration/agreements/{agreement}" readKeptAgreement administration::agreements::read;
        PUT "/administration/agreements/{agreement}" changeAgreement administration::agreements::change;
        GET "/administration/messages" listMessages administration::messages::list;
        GET "/administration/webhooks" listWebhooks administration::webhooks::list;
        POST "/administration/webhooks" addWebhook administration::webhooks::add;
        GET "/administration/webhooks/{webhook}" readWebhook administration::webhooks::read;
        PUT "/administration/webhooks/{webhook}" changeWebhook administration::webhooks::change;
        POST "/administration/webhooks/{webhook}/test" testWebhook administration::webhooks::test;
        POST "/administration/webhooks/{webhook}/secret" renewWebhookSecret administration::webhooks::renew_secret;
        GET "/administration/webhooks/{webhook}/deliveries" listWebhookDeliveries administration::webhooks::deliveries;
        POST "/administration/webhooks/{webhook}/deliveries/{message}/send" sendEventAgain administration::webhooks::send_again;
        GET "/audit" searchAudit administration::audit::search;
        POST "/administration/people/{person}/invitation" invitePerson administration::people::invite;
        DELETE "/administration/people/{person}/invitation" withdrawInvitation administration::people::withdraw_invitation;
        POST "/administration/people/{person}/password" renewPassword administration::people::renew_password;
    };
    all.extend(given_by_people().map(|command| Operation {
        method: Method::POST,
        path: format!("/cases/{{case}}/{command}"),
        id: camel_case(command.as_str()),
        handler: Handler::Command(command),
    }));
    all
}

/// The commands of the transition table that a person may give.
fn given_by_people() -> impl Iterator<Item = Command> {
    let by_people = |who: &[Relation]| who.iter().any(|one| *one != Relation::System);
    TRANSITIONS
        .iter()
        .filter(move |row| by_people(row.who))
        .map(|row| row.command)
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &capital.into_iter().chain(letters).collect::<String>()
    })
}

/// The addresses with all that is served at each, below `base`. Addresses that begin with the same thing (`/cases/{case}`, …) stand
/// below it together: which one is meant is found in a few steps, where a list of all would have every request matched against
/// one pattern after the other.
pub(super) fn scope(base: &str) -> Scope {
    let all = operations();
    let mut scope = web::scope(base);
    let mut things: Vec<(&str, Vec<(&str, Resource)>)> = Vec::new();
    for (path, resource) in resources(&all) {
        let (thing, rest) = thing(path);
        if thing.is_empty() {
            scope = scope.service(resource(path));
            continue;
        }
        let below = (rest, resource(rest));
        match things.iter_mut().find(|(known, _)| *known == thing) {
            Some((_, under)) => under.push(below),
            None => things.push((thing, vec![below])),
        }
    }
    for (thing, mut under) in things {
        // Comparing a text costs less than matching a pattern.
        under.sort_by_key(|(rest, _)| rest.contains('{'));
        let resources = under.into_iter().map(|(_, resource)| resource);
        scope = scope.service(resources.fold(web::scope(thing), Scope::service));
    }
    scope
}

/// The part of an address that names one thing, up to its first parameter, and the rest; no such part in one without parameters.
fn thing(path: &str) -> (&str, &str) {
    path.find('}')
        .map_or(("", path), |end| path.split_at(end + 1))
}

/// What is served at each address, made for the place it is given, in the order of the table.
fn resources(all: &[Operation]) -> Vec<(&str, impl Fn(&str) -> Resource)> {
    let mut paths: Vec<&str> = Vec::new();
    for operation in all {
        if !paths.contains(&operation.path.as_str()) {
            paths.push(&operation.path);
        }
    }
    let made = |path: &str| {
        let here: Vec<&Operation> = all.iter().filter(|one| one.path == path).collect();
        move |at: &str| served(at, &here)
    };
    paths.into_iter().map(|path| (path, made(path))).collect()
}

/// The operations of one address; any other method is told which there are.
fn served(at: &str, here: &[&Operation]) -> Resource {
    let resource = here.iter().fold(web::resource(at), |resource, one| {
        resource.route(one.route())
    });
    let allowed = allowed(here);
    resource.default_service(web::to(move || {
        let problem = Problem::new(Kind::MethodNotAllowed).header(ALLOW, allowed.clone());
        async { Err::<HttpResponse, _>(problem) }
    }))
}

impl Operation {
    fn route(&self) -> Route {
        let route = match self.handler {
            Handler::Plain(make) => make(),
            Handler::Command(command) => {
                web::to(move |caller: Caller, request: HttpRequest, body: Body| {
                    commands::give(command, caller, request, body)
                })
            }
        };
        if self.method == Method::GET {
            // Who may read may ask for the head alone (RFC 9110, 9.3.2).
            route.guard(guard::Any(guard::Get()).or(guard::Head()))
        } else {
            route.method(self.method.clone())
        }
    }
}

fn allowed(here: &[&Operation]) -> HeaderValue {
    let mut methods: Vec<&str> = here.iter().map(|one| one.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.insert(1, "HEAD");
    }
    HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_operations_share_a_name_or_an_address() {
        let all = operations();
        let mut names: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
        let mut addresses: Vec<(&str, &str)> = all
            .iter()
            .map(|one| (one.method.as_str(), one.path.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!((names.len(), addresses.len()), (all.len(), all.len()));
        assert!(names.contains(&"reportSlidesUnavailable") && names.contains(&"accept"));
        assert!(!names.contains(&"expire"), "only the exchange gives that");
    }
}
