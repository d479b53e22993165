//! A panel on the pages: convened, read, revealed.

use relecture::domain::commands::CommandBody;

use super::*;
use crate::support::readers::joins_pool;

#[actix_web::test]
async fn two_experts_read_a_case_each_alone() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("panel", &ways, async |world: &World, _: &Served| {
        let hand = Hand::submitted(world).await;
        hand.does("expert.breast", CommandBody::Accept)
            .await
            .expect("the case is accepted");
        let allowed =
            r#"UPDATE cases SET content = replace(content, '"panel":false', '"panel":true')"#;
        world.alter(allowed).await;
        for login in ["reader.second", "reader.third"] {
            joins_pool(world, login, None).await;
        }
    })
    .await;
}
