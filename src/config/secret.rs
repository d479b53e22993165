//! Values that must not be shown, and the keys a development server makes for itself.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rand::CryptoRng;

/// A value that prints as `[secret]`, so that no log line, panic message or error can carry it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Length of a key that this program makes, and the shortest it accepts, in bytes.
pub(super) const KEY_BYTES: usize = 32;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The bytes of a key in hexadecimal or base64 (either alphabet, padded or not). The error says what is wrong, not the key.
///
/// Text that is all hexadecimal digits and even in length is taken for hexadecimal: base64 of 32 random bytes is never so.
pub(super) fn decode_key(text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim();
    let bytes = decode_hex(text)
        .or_else(|| STANDARD.decode(text).ok())
        .or_else(|| URL_SAFE.decode(text).ok())
        .ok_or("is neither base64 nor hexadecimal")?;
    if bytes.len() < KEY_BYTES {
        return Err(format!(
            "is too short: {} bytes, at least {KEY_BYTES} are needed",
            bytes.len()
        ));
    }
    if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
        return Err("is one byte repeated: make a random key".to_owned());
    }
    Ok(bytes)
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// The text of the key kept in `path`, made first if there is none. Two processes that start together end with the same key:
/// it is written beside, then linked into place, which only one of them can do.
pub(super) fn keep_key(path: &Path, rng: &mut dyn CryptoRng) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        kept => return kept,
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut key = [0_u8; KEY_BYTES];
    rng.fill_bytes(&mut key);
    let mut suffix = [0_u8; 8];
    rng.fill_bytes(&mut suffix);
    let beside = path.with_extension(format!("{:016x}", u64::from_ne_bytes(suffix)));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let linked = writeln!(file, "{}", STANDARD.encode(key))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_that_protects_nothing_is_refused() {
        let cases = [
            ("", "too short"),
            ("c2hvcnQ=", "too short: 5 bytes"),
            ("hunter2!", "neither base64 nor hexadecimal"),
            (&"00".repeat(32), "one byte repeated"),
        ];
        for (text, problem) in cases {
            let error = decode_key(text).unwrap_err();
            assert!(error.contains(problem), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_read_in_every_usual_spelling(bytes in prop::collection::vec(any::<u8>(), 32..64)) {
            prop_assume!(bytes.iter().any(|byte| Some(byte) != bytes.first()));
            let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            let padded = STANDARD.encode(&bytes);
            let unpadded = padded.trim_end_matches('=').to_owned();
            for text in [hexadecimal, format!("{padded}\n"), unpadded, URL_SAFE.encode(&bytes)] {
                prop_assert_eq!(&decode_key(&text).unwrap(), &bytes);
            }
        }
    }
}
