//! The small picture of a case in an expert's list: what it shows, to whom, what it weighs, and when it is not asked for.

use diesel::prelude::*;
use relecture::store::StoreError;
use relecture::store::schema::{audit_entries, slide_views};

use super::viewer::case_with_slides;
use super::weight::{ACTION, cookies, on_the_wire_as_it_is};
use super::*;

#[actix_web::test]
async fn an_expert_knows_a_case_again_by_its_tissue_where_the_line_bears_it() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("pictures", &ways, async |world: &World, served: &Served| {
        world.away("expert.second").await;
        let _ = case_with_slides(world, served).await;
        // One whose only slide cannot be read.
        Hand::submitted(world).await;
    })
    .await;
}

/// Looks at thumbnails on record, and readings.
async fn on_record(world: &World) -> (i64, i64) {
    let read = world.exchange.store.read(|conn| {
        let looks = audit_entries::table
            .filter(audit_entries::action.eq("view_thumbnail"))
            .count()
            .get_result(conn)?;
        Ok::<_, StoreError>((looks, slide_views::table.count().get_result(conn)?))
    });
    read.await.expect("the record")
}

#[actix_web::test]
async fn a_picture_is_for_who_may_see_the_slides_is_light_and_on_record_and_no_reading() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let case = case_with_slides(&world, &served).await;
        let excused = Hand::submitted(&world).await.case;
        let at = |case: &str| format!("{}/cases/{case}/thumbnail", served.address);
        let expert = cookies(&served, "expert.breast").await;
        let (weight, picture) = on_the_wire_as_it_is(&at(&case.id), &expert).await;
        assert!(weight <= ACTION, "a picture: {weight}");
        let (width, height) = size(&picture);
        assert_eq!(width.max(height), 112, "{width} × {height}");
        assert_eq!(
            on_record(&world).await,
            (1, 0),
            "it was seen, and nothing was read"
        );
        let submitter = cookies(&served, "submitter.cayenne").await;
        on_the_wire_as_it_is(&at(&case.id), &submitter).await;
        for other in [
            "coordinator.antilles",
            "expert.second",
            "submitter.martinique",
            "auditor",
        ] {
            let cookies = cookies(&served, other).await;
            assert_eq!(status(&at(&case.id), &cookies).await, 404, "{other}");
        }
        assert_eq!(
            status(&at(&excused.to_string()), &submitter).await,
            404,
            "it has none"
        );
        assert_eq!(status(&at(&case.id), "").await, 303, "a stranger logs in");
        assert_eq!(on_record(&world).await, (2, 0));
    }
}

async fn status(url: &str, cookies: &str) -> u16 {
    let asked = super::weight::no_redirect()
        .get(url)
        .header("cookie", cookies);
    asked.send().await.expect("an answer").status().as_u16()
}

/// Width and height of a picture in WebP.
fn size(picture: &[u8]) -> (u32, u32) {
    let read = webp::Decoder::new(picture).decode().expect("a picture");
    (read.width(), read.height())
}
