//! How a slide was read, in words.

use super::{Language, text};
use crate::domain::statement::SlideRead;

/// What a signed opinion says of a slide's reading; that it was not opened here, where there is none.
pub fn slide_read(language: Language, read: Option<&SlideRead>) -> String {
    let with = |key, x: String| text(language, key, &[("x", x.into())]);
    let Some(read) = read else {
        return text(language, "reading-none", &[]);
    };
    let opened = text(language, "reading-opened", &[("n", read.sessions.into())]);
    let seen = time(read.seconds).map(|time| with("reading-seen", time));
    let nearest = read
        .magnification()
        .map(|times| with("reading-nearest", format!("{times}×")));
    let light = time(read.light_seconds).map(|time| with("viewer-light-part", time));
    let told: Vec<String> = [Some(opened), seen, nearest, light]
        .into_iter()
        .flatten()
        .collect();
    told.join(", ")
}

/// A length of time, as short as it can be said; nothing for none.
fn time(seconds: i64) -> Option<String> {
    match (seconds.div_euclid(60), seconds.rem_euclid(60)) {
        _ if seconds <= 0 => None,
        (0, seconds) => Some(format!("{seconds} s")),
        (minutes, 0) => Some(format!("{minutes} min")),
        (minutes, seconds) => Some(format!("{minutes} min {seconds} s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::SlideId;

    #[test]
    fn a_reading_is_said_as_far_as_it_is_known() {
        let read = |sessions, seconds, light_seconds, finest_nanometres| SlideRead {
            slide: SlideId(uuid::Uuid::nil()),
            sessions,
            seconds,
            light_seconds,
            finest_nanometres,
        };
        for (read, said) in [
            (read(1, 0, 0, None), "opened here in one session"),
            (
                read(2, 200, 60, Some(250)),
                "opened here in 2 sessions, in sight for 3 min 20 s, down to 40×, 1 min of it in light view",
            ),
            (
                read(1, 59, 0, Some(20_000)),
                "opened here in one session, in sight for 59 s",
            ),
        ] {
            assert_eq!(slide_read(Language::English, Some(&read)), said);
        }
        assert_eq!(slide_read(Language::French, None), "non ouverte ici");
    }
}
