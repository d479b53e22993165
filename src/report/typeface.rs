//! The typeface of reports: DejaVu Sans Condensed, which holds French, English, the other languages of the territories, Greek, and
//! the signs of a laboratory. It is part of the program: a report looks the same wherever it is made.

use krilla::text::Font;
use ttf_parser::Face;
use unicode_normalization::UnicodeNormalization;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Both weights.
pub(super) struct Typefaces {
    regular: Typeface,
    bold: Typeface,
}

/// One weight.
pub(super) struct Typeface {
    face: Face<'static>,
    /// The same for drawing.
    pub(super) font: Font,
}

impl Typefaces {
    /// Opens them.
    pub(super) fn open() -> Option<Self> {
        Some(Self {
            regular: Typeface::open(dejavu::sans_condensed::regular())?,
            bold: Typeface::open(dejavu::sans_condensed::bold())?,
        })
    }

    pub(super) fn of(&self, weight: Weight) -> &Typeface {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// A text in letters that can be drawn. What has no letter here, or would need another direction, is written as its number in
    /// Unicode: it is seen to be missing, and the attached form has it.
    pub(super) fn drawable(&self, text: &str) -> String {
        let mut drawable = String::with_capacity(text.len());
        for letter in text.nfc() {
            match letter {
                '\t' => drawable.push(' '),
                '\n' => drawable.push('\n'),
                '\u{ad}' => {}
                letter if self.has(letter) => drawable.push(letter),
                letter => drawable.push_str(&format!("[U+{:04X}]", u32::from(letter))),
            }
        }
        drawable
    }

    fn has(&self, letter: char) -> bool {
        !is_strange(letter)
            && [&self.regular, &self.bold]
                .into_iter()
                .all(|face| face.glyph(letter).is_some())
    }
}

/// Controls, marks of direction, letters for private use, and scripts that are written from right to left.
fn is_strange(letter: char) -> bool {
    letter.is_control()
        || matches!(u32::from(letter),
            0x0590..=0x08ff | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xe000..=0xf8ff
            | 0xfb1d..=0xfdff | 0xfe00..=0xfe0f | 0xfe70..=0xfeff | 0xfff0..=0xffff | 0x1_0800..=0x1_0fff
            | 0x1_e800..=0x1_efff | 0xe_0000..)
}

impl Typeface {
    fn open(bytes: &'static [u8]) -> Option<Self> {
        Some(Self {
            face: Face::parse(bytes, 0).ok()?,
            font: Font::new(bytes.into(), 0)?,
        })
    }

    /// The number of a letter's picture, and how far it moves the next one, in sizes of the typeface.
    pub(super) fn glyph(&self, letter: char) -> Option<(u16, f32)> {
        let glyph = self.face.glyph_index(letter).filter(|glyph| glyph.0 != 0)?;
        let advance = self.face.glyph_hor_advance(glyph)?;
        let unit = f32::from(self.face.units_per_em());
        Some((glyph.0, f32::from(advance) / unit))
    }

    /// How wide a text is, points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let advances = text.chars().filter_map(|letter| self.glyph(letter));
        advances.map(|(_, advance)| advance * size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_seen_to_be_missing() {
        let faces = Typefaces::open().unwrap();
        for (text, drawn) in [
            (
                "Œdème ≥ 5 µm, α-SMA, Ma‘ohi ā",
                "Œdème ≥ 5 µm, α-SMA, Ma‘ohi ā",
            ),
            ("e\u{301}\ta\u{ad}b", "é ab"),
            ("a\u{202e}b", "a[U+202E]b"),
            ("汉\u{e000}", "[U+6C49][U+E000]"),
            ("שלום", "[U+05E9][U+05DC][U+05D5][U+05DD]"),
        ] {
            assert_eq!(faces.drawable(text), drawn);
        }
    }

    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        let face = Typefaces::open().unwrap();
        let regular = face.of(Weight::Regular);
        let one = regular.width("a", 10.0);
        assert!(one > 4.0 && one < 7.0, "{one}");
        assert!((regular.width("aa", 10.0) - 2.0 * one).abs() < 0.001);
        assert!(face.of(Weight::Bold).width("a", 10.0) > one);
    }
}
