//! Pages on paper and on a very wide screen.

use super::coordinator::answered;
use super::*;

#[actix_web::test]
async fn pages_are_fit_for_paper_and_for_a_wide_screen() {
    let ways = [way("fr", true, 1440), way("en", true, 1440)];
    tell_each("paper", &ways, async |world: &World, _: &Served| {
        world.without_limits().await;
        answered(world).await;
        for _ in 0..12 {
            Hand::submitted(world).await;
        }
        // A question as long as people write them.
        let long = "Lésion mélanocytaire du dos, asymétrique, avec des mitoses profondes : mélanome ou nævus de Spitz atypique ? \
                    Faut-il compléter par un immunomarquage avant la reprise, ou la reprise suffit-elle dans ce cas ?";
        world
            .alter(format!("UPDATE cases SET question = '{long}', content = replace(content, 'Carcinome lobulaire ou canalaire ?', '{long}')"))
            .await;
    })
    .await;
}
