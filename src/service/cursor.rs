//! Where a page of a list ended, as an opaque text. It only says where to go on: what may be seen is decided anew, so that a forged
//! one gains nothing.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::error::ServiceError;

/// Which way of writing this is; what was written in another way is refused.
const WAY: &str = "2";

/// The place after the entry of that identifier, by what the list is in the order of.
pub(super) fn write(order: impl Display, id: impl Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{WAY}:{id}:{order}"))
}

/// The place that a text stands for.
///
/// # Errors
/// [`ServiceError::BadCursor`] for a text that [`write`] does not give.
pub(super) fn read<O: FromStr>(text: &str) -> Result<(O, Uuid), ServiceError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| ServiceError::BadCursor)?;
    let plain = String::from_utf8(bytes).map_err(|_| ServiceError::BadCursor)?;
    let mut parts = plain.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(WAY), Some(id), Some(order)) => id
            .parse()
            .ok()
            .and_then(|id| Some((order.parse().ok()?, id)))
            .ok_or(ServiceError::BadCursor),
        _ => Err(ServiceError::BadCursor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_written(at in any::<i64>(), name in "\\PC{0,40}", id in any::<u128>()) {
            let id = Uuid::from_u128(id);
            prop_assert_eq!(read::<i64>(&write(at, id)).unwrap(), (at, id));
            prop_assert_eq!(read::<String>(&write(&name, id)).unwrap(), (name, id));
        }

        #[test]
        fn no_text_makes_the_cursor_panic(text in "\\PC{0,60}") {
            prop_assert!(matches!(read::<String>(&text), Err(ServiceError::BadCursor)));
        }
    }
}
