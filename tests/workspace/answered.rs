//! A command is answered with its case at once where a script sees to the address, and by way of it where none does.

use super::viewer::attribute;
use super::weight::{cookies, no_redirect};
use super::*;

#[actix_web::test]
async fn a_command_costs_one_journey_over_the_line_where_a_script_sees_to_the_address() {
    for answered in [true, false] {
        for database in TestDatabase::both() {
            let world = World::on(database.url()).await;
            let served = Served::start(&world);
            let case = Hand::submitted(&world).await.case;
            let expert = cookies(&served, "expert.breast").await;
            let page = format!("{}/cases/{case}", served.address);
            let read = async || {
                let asked = no_redirect().get(&page).header("cookie", &expert);
                asked.send().await.unwrap().text().await.unwrap()
            };
            let before = read().await;
            let field =
                |name: &str| attribute(&before, &format!("name=\"{name}\" value")).to_owned();
            let mut form = format!(
                "_token={}&_once={}&_version={}",
                field("_token"),
                field("_once"),
                field("_version")
            );
            if answered {
                form += "&_answered=here";
            }
            let send = async || {
                no_redirect()
                    .post(format!("{page}/do/accept"))
                    .header("origin", &served.address)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("cookie", &expert)
                    .body(form.clone())
                    .send()
                    .await
                    .unwrap()
            };
            let here = format!("/cases/{case}?done=done-accept&kept={case}-accept");
            // Sent twice, as by a second click: answered twice, done once.
            for _ in 0..2 {
                let answer = send().await;
                if !answered {
                    assert_eq!(answer.status(), 303);
                    assert_eq!(answer.headers()["location"], here.as_str());
                    continue;
                }
                assert_eq!(answer.status(), 200);
                let text = answer.text().await.unwrap();
                let told = attribute(&text, "data-here").replace("&#38;", "&");
                assert_eq!(told, here);
                assert!(!text.contains("/do/accept"), "it is accepted");
            }
            assert!(!read().await.contains("data-here"), "at its own address");
        }
    }
}
