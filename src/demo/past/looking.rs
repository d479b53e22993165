//! Who reads a case looks at its slides: what a signature says of how they were read, and what the minutes of a case are fitted to.

use uuid::Uuid;

use super::*;
use crate::domain::ids::SlideId;
use crate::service::sessions::Bearer;
use crate::service::slide_reading::{self, Reading};
use crate::service::viewing;

/// Minutes around which a reading lies, and what each slide adds to them.
const READING: f64 = 7.0;
const EACH_SLIDE: f64 = 4.0;
/// Nanometres of the slide in a pixel of the screen at the nearest look: 40× or 20×.
const NEAREST: [i64; 2] = [250, 500];

/// Somebody who sits before the slides of a case.
pub(super) struct Sitting {
    bearer: Bearer,
    slides: Vec<SlideId>,
    minutes: i64,
}

impl Past {
    /// Opens the slides of a case; when the reader will have read them.
    pub(super) async fn sit_down(
        &mut self,
        case: CaseId,
        reader: &Actor,
    ) -> Result<DateTime<Utc>, ServiceError> {
        let sitting = self.opened(case, reader).await?;
        let until = self.clock.now() + Duration::minutes(sitting.minutes);
        self.sittings.insert(case, sitting);
        Ok(until)
    }

    /// Whether that reader has sat down before, and has read now.
    pub(super) async fn has_read(
        &mut self,
        case: CaseId,
        reader: &Actor,
    ) -> Result<bool, ServiceError> {
        match self.sittings.remove(&case) {
            Some(sitting) if sitting.bearer.person == reader.person => {
                self.noted(sitting).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Reads the slides of a case in one go.
    pub(super) async fn reads(&mut self, case: CaseId, reader: &Actor) -> Result<(), ServiceError> {
        let sitting = self.opened(case, reader).await?;
        self.noted(sitting).await
    }

    async fn opened(&mut self, case: CaseId, reader: &Actor) -> Result<Sitting, ServiceError> {
        let found = self.exchange.store.read(move |conn| {
            let slides = store::slides::of_case(conn, case)?.into_iter();
            Ok::<Vec<SlideId>, ServiceError>(slides.map(|slide| slide.id).collect())
        });
        let slides = found.await?;
        let family: Uuid = self.exchange.core.ids.next();
        let bearer = Bearer {
            person: reader.person,
            family,
        };
        for slide in &slides {
            viewing::open(&self.exchange, bearer, case, *slide, "demo").await?;
        }
        let median = READING + EACH_SLIDE * slides.len() as f64;
        Ok(Sitting {
            bearer,
            slides,
            minutes: minutes(&mut self.random, median),
        })
    }

    async fn noted(&mut self, sitting: Sitting) -> Result<(), ServiceError> {
        let each = sitting.minutes * 60 / (sitting.slides.len() as i64).max(1);
        for slide in sitting.slides {
            // Part of the time is spent writing.
            let seconds = (each as f64 * (0.4 + self.random.share() / 2.0)) as i64;
            let told = Reading {
                seconds,
                light_seconds: 0,
                finest_nanometres: self.random.pick(&NEAREST).copied(),
            };
            slide_reading::note(&self.exchange, sitting.bearer, slide, told).await?;
        }
        Ok(())
    }
}
