//! The one sequence of bytes of a JSON document (RFC 8785), so that what is signed can be told from what is not.

use serde::Serialize;
use serde_json::Value;

use super::SigningError;

/// The largest whole number that every JSON reader keeps exactly (RFC 7493).
const SAFE: u64 = (1 << 53) - 1;

/// The canonical bytes of a document.
///
/// # Errors
/// [`SigningError::NotCanonical`] for decimals, which lose their precision in canonical form (`1.0` becomes `1`), and for whole
/// numbers beyond 2^53.
pub fn bytes(document: &impl Serialize) -> Result<Vec<u8>, SigningError> {
    let refused = |error: serde_json::Error| SigningError::NotCanonical(error.to_string());
    let value = serde_json::to_value(document).map_err(refused)?;
    refuse_numbers(&value)?;
    serde_json_canonicalizer::to_vec(&value).map_err(refused)
}

/// Whether these bytes are the canonical form of the document they hold. Duplicate keys, white space, another order of keys or
/// another spelling of a character are not.
pub fn is_canonical(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(text)
        .ok()
        .and_then(|value| bytes(&value).ok())
        .is_some_and(|canonical| canonical == text)
}

fn refuse_numbers(value: &Value) -> Result<(), SigningError> {
    match value {
        Value::Number(number) => {
            let whole = number
                .as_i64()
                .map(i64::unsigned_abs)
                .or_else(|| number.as_u64());
            match whole {
                Some(size) if size <= SAFE => Ok(()),
                _ => Err(SigningError::NotCanonical(format!(
                    "the number {number} must be whole and below 2^53"
                ))),
            }
        }
        Value::Array(items) => items.iter().try_for_each(refuse_numbers),
        Value::Object(members) => members.values().try_for_each(refuse_numbers),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_nothing_is_between_them() {
        let document = json!({"b": [1, true], "a": "é\u{7}", "\u{20ac}": null});
        assert_eq!(
            String::from_utf8(bytes(&document).unwrap()).unwrap(),
            "{\"a\":\"é\\u0007\",\"b\":[1,true],\"\u{20ac}\":null}"
        );
    }

    #[test]
    fn numbers_that_could_be_read_in_two_ways_are_refused() {
        for number in ["0.5", "1.0", "1e3", "9007199254740992"] {
            let document: Value = serde_json::from_str(&format!("{{\"n\":{number}}}")).unwrap();
            assert!(bytes(&document).is_err(), "{number}");
        }
        assert!(bytes(&json!({"n": 9_007_199_254_740_991_u64})).is_ok());
        assert!(bytes(&json!({"n": -9_007_199_254_740_991_i64})).is_ok());
    }

    #[test]
    fn only_the_one_form_is_canonical() {
        for (text, canonical) in [
            (r#"{"a":1,"b":2}"#, true),
            (r#"{"b":2,"a":1}"#, false),
            (r#"{"a":1, "b":2}"#, false),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":"A"}"#, true),
            (r#"{"a":"\u0041"}"#, false),
            ("{", false),
        ] {
            assert_eq!(is_canonical(text.as_bytes()), canonical, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_made_canonical_is_found_canonical(keys in prop::collection::btree_map("\\PC{0,8}", "\\PC{0,20}", 0..8)) {
            prop_assert!(is_canonical(&bytes(&keys).unwrap()));
        }
    }
}
