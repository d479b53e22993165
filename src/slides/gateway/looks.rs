//! Pictures that are turned, without their colours, or in another encoding than the one that most viewers take.

use std::sync::Arc;

use super::{Gateway, GatewayError, OpenSlide, Part, made};
use crate::domain::image_request::Look;
use crate::domain::pyramid::{Plan, PlanError, Region};
use crate::slides::picture::{self, Picture};

impl Gateway {
    /// A region of the finest resolution in `width` by `height` pixels, shown so.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn looked(
        &self,
        slide: &OpenSlide,
        region: Region,
        (width, height): (u32, u32),
        look: Look,
    ) -> Result<Arc<Picture>, GatewayError> {
        if look == Look::PLAIN {
            let picture = self.picture(slide, region, width, height).await?;
            // A source may have its tiles in another format than the one that is asked for.
            if picture.media_type == "image/jpeg" {
                return Ok(picture);
            }
        }
        let part = Part::Looked(region, width, height, look);
        let making = async {
            let pyramid = &slide.sight.pyramid;
            let plan = pyramid.plan(region, width, height);
            let (region, tiles) = match plan.map_err(GatewayError::Plan)? {
                Plan::Composed { region, tiles } => (region, tiles),
                Plan::AsIs(at) => {
                    let level = pyramid.levels().get(at.level);
                    let level = level.ok_or(GatewayError::Plan(PlanError::Outside))?;
                    (level.region_of(at.column, at.row), vec![at])
                }
            };
            let Ok(_turn) = self.0.composing.acquire().await else {
                return Err(GatewayError::Busy);
            };
            let (level, parts) = self.parts(slide, tiles).await?;
            let size = (width, height);
            let composing = move || picture::compose_as(&level, region, &parts, size, look);
            made(tokio::task::spawn_blocking(composing).await)
        };
        self.kept(slide, part, making).await
    }
}
