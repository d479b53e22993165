//! What pages weigh on the wire: the slow link is the normal case.

use super::*;
use crate::support::exchange::PASSWORD;
use crate::support::served::client;

/// The first packets of a connection.
const CRITICAL: usize = 14 * 1024;
const SCRIPT: usize = 15 * 1024;
const FIRST_VISIT: usize = 25 * 1024;
pub(super) const ACTION: usize = 5 * 1024;

/// Cookies of a login, as a browser sends them back.
pub async fn cookies(served: &Served, login: &str) -> String {
    let form = format!(
        "login={login}%40example.org&password={}",
        PASSWORD.replace(' ', "+")
    );
    let answer = no_redirect()
        .post(format!("{}/login", served.address))
        .header("origin", &served.address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 303);
    answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| {
            cookie
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// A browser that stays where an answer is.
pub fn no_redirect() -> reqwest::Client {
    let _ = client();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

/// The bytes of an answer as they travel, head included.
async fn on_the_wire(url: &str, cookies: &str, partial: bool) -> (usize, Vec<u8>) {
    let mut request = client()
        .get(url)
        .header("accept-encoding", "br")
        .header("cookie", cookies);
    if partial {
        request = request.header("hx-request", "true");
    }
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-encoding"], "br", "{url}");
    weighed(url, answer).await
}

/// The same of what is not compressed on its way.
pub(super) async fn on_the_wire_as_it_is(url: &str, cookies: &str) -> (usize, Vec<u8>) {
    let request = client().get(url).header("cookie", cookies);
    weighed(url, request.send().await.expect("an answer")).await
}

async fn weighed(url: &str, answer: reqwest::Response) -> (usize, Vec<u8>) {
    assert_eq!(answer.status(), 200, "{url}");
    let head: usize = answer
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    let body = answer.bytes().await.expect("a body").to_vec();
    (head + body.len(), body)
}

#[actix_web::test]
async fn a_first_visit_to_the_worklist_fits_a_slow_line() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    many_cases(&world).await;
    let served = Served::start(&world);
    let expert = cookies(&served, "expert.breast").await;
    let cookies = cookies(&served, "submitter.cayenne").await;
    let worklist = format!("{}/worklist", served.address);
    let (of_expert, _) = on_the_wire(&worklist, &expert, false).await;
    assert!(of_expert <= CRITICAL, "an expert's page: {of_expert}");
    let (page, _) = on_the_wire(&worklist, &cookies, false).await;
    let plain = client()
        .get(&worklist)
        .header("cookie", &cookies)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let script = between(&plain, "src=\"", "\"");
    let (script, _) = on_the_wire(&format!("{}{script}", served.address), "", false).await;
    let (part, _) = on_the_wire(&format!("{worklist}?urgency=routine"), &cookies, true).await;
    let style = between(&plain, "<style data-at=\"", "\"");
    let kept = format!("{cookies}; relecture_style={style}");
    let (next, _) = on_the_wire(&worklist, &kept, false).await;
    let outdated = format!("{cookies}; relecture_style=/assets/workspace-OLD.css");
    let (brought_anew, _) = on_the_wire(&worklist, &outdated, false).await;
    assert!(page <= CRITICAL, "the page with its style: {page}");
    assert!(script <= SCRIPT, "the script: {script}");
    assert!(page + script <= FIRST_VISIT, "together: {}", page + script);
    assert!(next + 3 * 1024 < page, "without the style: {next}");
    assert!(brought_anew.abs_diff(page) < 200, "{brought_anew}");
    assert!(part <= ACTION, "a filter: {part}");
}

/// What stands between two texts.
fn between<'t>(page: &'t str, before: &str, after: &str) -> &'t str {
    page.split_once(before)
        .and_then(|(_, rest)| rest.split_once(after))
        .map(|(found, _)| found)
        .unwrap_or_else(|| panic!("no {before}: run script/setup build"))
}

/// What an expert waits for before the first tile: the viewer's script.
const VIEWER: usize = 90 * 1024;

#[actix_web::test]
async fn the_viewer_is_light() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let case = Hand::submitted(&world).await;
    let cookies = cookies(&served, "expert.breast").await;
    let plain = client()
        .get(format!("{}/cases/{}", served.address, case.case))
        .header("cookie", &cookies)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let script = plain
        .split('"')
        .find(|part| part.starts_with("/assets/viewer-"))
        .expect("the viewer is fetched ahead");
    let (script, _) = on_the_wire(&format!("{}{script}", served.address), "", false).await;
    assert!(script <= VIEWER, "the viewer: {script}");
}
