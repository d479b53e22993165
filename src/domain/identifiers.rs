//! Human references and the French identifiers, with their check digits.

use std::fmt;
use std::str::FromStr;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Not written as the identifier is.
    #[error("is not written as this identifier is")]
    Malformed,
    /// The check character does not fit: most likely mistyped.
    #[error("its check character does not fit: probably mistyped")]
    BadCheck,
}

/// A case's human reference: `REL-2026-000123-5`. The last character checks the digits before it (ISO 7064, MOD 11-2, as ORCID
/// uses it; `X` stands for ten): one wrong digit or two swapped neighbours are always found, over the telephone too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseReference {
    year: u16,
    number: u32,
}

/// The check character of ISO 7064 MOD 11-2 over digits.
fn check_character(digits: &str) -> char {
    let product = digits
        .chars()
        .filter_map(|c| c.to_digit(10))
        .fold(0, |product, digit| (product + digit) * 2 % 11);
    char::from_digit((12 - product) % 11, 10).unwrap_or('X')
}

impl CaseReference {
    /// The reference of the `number`th case of `year`.
    pub fn new(year: u16, number: u32) -> Self {
        Self { year, number }
    }
}

impl fmt::Display for CaseReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:04}{:06}", self.year, self.number);
        let check = check_character(&digits);
        write!(f, "REL-{:04}-{:06}-{check}", self.year, self.number)
    }
}

impl FromStr for CaseReference {
    type Err = IdentifierError;
    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let upper = text.trim().to_ascii_uppercase();
        let mut parts = upper.split('-');
        let (Some("REL"), Some(year), Some(number), Some(check), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(IdentifierError::Malformed);
        };
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4
            || number.len() < 6
            || check.len() != 1
            || !digits(year)
            || !digits(number)
        {
            return Err(IdentifierError::Malformed);
        }
        let expected = check_character(&format!("{year}{number}"));
        if !check.starts_with(expected) {
            return Err(IdentifierError::BadCheck);
        }
        let malformed = |_| IdentifierError::Malformed;
        Ok(Self {
            year: year.parse().map_err(malformed)?,
            number: number.parse().map_err(malformed)?,
        })
    }
}

/// Luhn's check over digits.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(i, digit)| {
            if i % 2 == 1 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                digit
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn all_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit())
}

/// Number of an establishment in the FINESS directory: nine characters; numbers of Corsica carry a letter and no check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finess(String);

impl Finess {
    /// Reads a FINESS number.
    ///
    /// # Errors
    /// [`IdentifierError`].
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = text.trim().to_ascii_uppercase();
        let corsican = matches!(text.get(..2), Some("2A" | "2B"))
            && text.get(2..).is_some_and(|rest| all_digits(rest, 7));
        if corsican {
            return Ok(Self(text));
        }
        if !all_digits(&text, 9) {
            return Err(IdentifierError::Malformed);
        }
        if luhn(&text) {
            Ok(Self(text))
        } else {
            Err(IdentifierError::BadCheck)
        }
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Number of a health professional in the RPPS directory: eleven digits. Old and test numbers break Luhn's check, so that it
/// warns and does not refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rpps(String);

impl Rpps {
    /// Reads an RPPS number.
    ///
    /// # Errors
    /// [`IdentifierError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = text.trim();
        if all_digits(text, 11) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentifierError::Malformed)
        }
    }

    /// Whether Luhn's check holds.
    pub fn check_holds(&self) -> bool {
        luhn(&self.0)
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The national health identity of a patient (INS): thirteen characters and a key of two digits. Debug never prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ins(String);

impl Ins {
    /// Reads an INS.
    ///
    /// # Errors
    /// [`IdentifierError`].
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_ascii_uppercase();
        let (Some(body), Some(key)) = (text.get(..13), text.get(13..)) else {
            return Err(IdentifierError::Malformed);
        };
        // The departments of Corsica count as 19 and 18.
        let numeric = match body.get(5..7) {
            Some("2A") => body.replacen("2A", "19", 1),
            Some("2B") => body.replacen("2B", "18", 1),
            _ => body.to_owned(),
        };
        if !all_digits(&numeric, 13) || !all_digits(key, 2) {
            return Err(IdentifierError::Malformed);
        }
        let number: u64 = numeric.parse().map_err(|_| IdentifierError::Malformed)?;
        let expected = 97 - number % 97;
        if key.parse() == Ok(expected) {
            Ok(Self(text))
        } else {
            Err(IdentifierError::BadCheck)
        }
    }
}

impl fmt::Debug for Ins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ins(withheld)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn identifiers_of_the_french_directories_check() {
        for good in [
            "010003820",
            "010003812",
            "750712184",
            "350005179",
            "970408589",
            "980500003",
            "2A0000014",
        ] {
            assert!(Finess::parse(good).is_ok(), "{good}");
        }
        for (bad, error) in [
            ("750712185", IdentifierError::BadCheck),
            ("75071218", IdentifierError::Malformed),
            ("2C0000014", IdentifierError::Malformed),
        ] {
            assert_eq!(Finess::parse(bad), Err(error), "{bad}");
        }
        assert!(Rpps::parse("10005173140").unwrap().check_holds());
        assert!(Rpps::parse("99700218896").unwrap().check_holds());
        assert!(!Rpps::parse("10005173141").unwrap().check_holds());
        for good in ["253072B07300470", "253072A07300443", "295109912611193"] {
            assert!(Ins::parse(good).is_ok(), "{good}");
        }
        assert_eq!(
            Ins::parse("295109912611194"),
            Err(IdentifierError::BadCheck)
        );
        assert_eq!(Ins::parse("2951099126111"), Err(IdentifierError::Malformed));
        assert_eq!(
            Ins::parse("é951099126111é93"),
            Err(IdentifierError::Malformed)
        );
        assert_eq!(
            format!("{:?}", Ins::parse("295109912611193").unwrap()),
            "Ins(withheld)"
        );
    }

    proptest! {
        #[test]
        fn a_reference_is_read_as_written(year in 2020u16..2100, number in 1u32..5_000_000) {
            let reference = CaseReference::new(year, number);
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            prop_assert_eq!(reference.to_string().to_lowercase().parse(), Ok(reference));
        }

        #[test]
        fn a_mistyped_reference_is_found(year in 2020u16..2100, number in 0u32..1_000_000, at in 0usize..9, digit in 0u8..10) {
            let text = CaseReference::new(year, number).to_string();
            let positions: Vec<usize> = text.char_indices().filter(|(i, c)| *i > 3 && *i < 15 && c.is_ascii_digit()).map(|(i, _)| i).collect();
            let mut bytes = text.clone().into_bytes();
            bytes[positions[at]] = b'0' + digit;
            let wrong = String::from_utf8(bytes).unwrap();
            if wrong != text {
                prop_assert_eq!(wrong.parse::<CaseReference>(), Err(IdentifierError::BadCheck));
            }
            // Two neighbours swapped.
            let mut bytes = text.clone().into_bytes();
            bytes.swap(positions[at], positions[at + 1]);
            let swapped = String::from_utf8(bytes).unwrap();
            if swapped != text {
                prop_assert!(swapped.parse::<CaseReference>().is_err());
            }
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in "\\PC{0,40}") {
            let _ = (text.parse::<CaseReference>(), Finess::parse(&text), Rpps::parse(&text), Ins::parse(&text));
        }
    }
}
