//! Where each line of a report stands: A4, one column, nothing cut.

use super::content::{Block, Content, Role};
use super::typeface::{Typefaces, Weight};

/// Width and height of a page, points (A4).
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Empty space around what is printed, points.
pub(super) const MARGIN: f32 = 56.0;
/// Where the first line of a page may begin, and the last one end.
const TOP: f32 = MARGIN + 14.0;
const BOTTOM: f32 = PAGE.1 - MARGIN - 10.0;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Where the second column of names and values begins, from the margin.
const VALUES: f32 = 156.0;
/// How tall a line is, in sizes of its letters.
const LEADING: f32 = 1.38;
/// The sides of the picture of a code, and the gap beside it, points.
pub(super) const CODE: f32 = 92.0;
const GAP: f32 = 14.0;
/// The tallest that a picture is printed, points.
const TALLEST: f32 = 320.0;
/// Letters of the text, points.
const TEXT: f32 = 9.5;

/// A line of text in its place.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) weight: Weight,
    pub(super) size: f32,
    /// Its left end and its base line, points from the page's upper left corner.
    pub(super) at: (f32, f32),
    /// Which of the content's blocks it is of, and which of that block's texts.
    pub(super) of: (usize, usize),
    pub(super) role: Role,
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
    /// The upper left corner of the code, where it stands on this page.
    pub(super) code: Option<(f32, f32)>,
    pub(super) pictures: Vec<Picture>,
}

/// A picture in its place.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Which one of those that the opinion shows.
    pub(super) place: usize,
    /// Its upper left corner, points from the page's.
    pub(super) at: (f32, f32),
    /// Its width and height, points.
    pub(super) size: (f32, f32),
    /// Which of the content's blocks it is of.
    pub(super) of: usize,
}

/// Sets a content on pages.
pub(super) fn set(content: &Content, faces: &Typefaces) -> Vec<Sheet> {
    let mut press = Press {
        faces,
        sheets: vec![Sheet::default()],
        y: TOP,
    };
    for (number, block) in content.blocks.iter().enumerate() {
        press.block(number, block);
    }
    press.sheets
}

struct Press<'f> {
    faces: &'f Typefaces,
    sheets: Vec<Sheet>,
    /// Where the next line begins.
    y: f32,
}

/// How a text is set.
#[derive(Clone, Copy)]
struct Style {
    weight: Weight,
    size: f32,
    /// From the margin.
    left: f32,
    width: f32,
}

const PLAIN: Style = Style {
    weight: Weight::Regular,
    size: TEXT,
    left: 0.0,
    width: WIDTH,
};

impl Press<'_> {
    fn block(&mut self, number: usize, block: &Block) {
        match block {
            Block::Title(text) => {
                let style = Style {
                    weight: Weight::Bold,
                    size: 17.0,
                    ..PLAIN
                };
                self.text((number, 0), Role::Body, text, style);
                self.y += 6.0;
            }
            Block::Heading(text) => {
                let style = Style {
                    weight: Weight::Bold,
                    size: 11.5,
                    ..PLAIN
                };
                self.y += 9.0;
                // A heading never stands alone at the foot of a page.
                self.room(style.size * LEADING + 3.0 * TEXT * LEADING);
                self.text((number, 0), Role::Body, text, style);
                self.y += 2.0;
            }
            Block::Paragraph(text) => {
                self.text((number, 0), Role::Body, text, PLAIN);
                self.y += 3.0;
            }
            Block::Notice(text) => {
                let style = Style {
                    weight: Weight::Bold,
                    ..PLAIN
                };
                self.y += 4.0;
                self.text((number, 0), Role::Body, text, style);
                self.y += 2.0;
            }
            Block::Fact(name, value) => self.fact(number, name, value),
            Block::Picture {
                place,
                size,
                caption,
            } => self.picture(number, *place, *size, caption),
            Block::Code(texts) => self.code(number, texts),
        }
    }

    /// A picture as wide as the text, or less where it would leave no room on the page, with its words below, on the same page.
    fn picture(&mut self, number: usize, place: usize, pixels: (u32, u32), caption: &str) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a picture has fewer pixels than a float counts"
        )]
        let [wide, high] = [pixels.0, pixels.1].map(|edge| edge.max(1) as f32);
        let scale = (WIDTH / wide).min(TALLEST / high);
        let size = (wide * scale, high * scale);
        let lines = self.lines(caption, PLAIN).len();
        let words = f32::from(u16::try_from(lines.min(12)).unwrap_or(12)) * TEXT * LEADING;
        self.y += 4.0;
        self.room(size.1 + 3.0 + words);
        let at = (MARGIN, self.y);
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.pictures.push(Picture {
                place,
                at,
                size,
                of: number,
            });
        }
        self.y += size.1 + 3.0;
        self.text((number, 0), Role::Body, caption, PLAIN);
        self.y += 6.0;
    }

    /// A name and beside it its value.
    fn fact(&mut self, number: usize, name: &str, value: &str) {
        let names = Style {
            width: VALUES - GAP,
            ..PLAIN
        };
        let values = Style {
            left: VALUES,
            width: WIDTH - VALUES,
            ..PLAIN
        };
        self.room(TEXT * LEADING);
        let (sheet, top) = (self.sheets.len(), self.y);
        self.text((number, 0), Role::Name, name, names);
        let after = self.y;
        let same = sheet == self.sheets.len();
        if same {
            self.y = top;
        }
        self.text((number, 1), Role::Body, value, values);
        if sheet == self.sheets.len() {
            self.y = self.y.max(after);
        }
        self.y += 1.5;
    }

    /// The code with words beside it.
    fn code(&mut self, number: usize, texts: &[(Role, String)]) {
        self.y += 4.0;
        self.room(CODE);
        let (sheet, top) = (self.sheets.len(), self.y);
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.code = Some((MARGIN, top));
        }
        let beside = Style {
            left: CODE + GAP,
            width: WIDTH - CODE - GAP,
            ..PLAIN
        };
        for (part, (role, text)) in texts.iter().enumerate() {
            self.text((number, part), *role, text, beside);
            self.y += 3.0;
        }
        if sheet == self.sheets.len() {
            self.y = self.y.max(top + CODE);
        }
        self.y += 4.0;
    }

    /// Goes on to the next page unless so many points are left on this one.
    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.sheets.push(Sheet::default());
            self.y = TOP;
        }
    }

    fn text(&mut self, of: (usize, usize), role: Role, text: &str, style: Style) {
        let height = style.size * LEADING;
        for line in self.lines(text, style) {
            self.room(height);
            let at = (MARGIN + style.left, self.y + style.size);
            if let Some(sheet) = self.sheets.last_mut()
                && !line.is_empty()
            {
                sheet.lines.push(Line {
                    text: line,
                    weight: style.weight,
                    size: style.size,
                    at,
                    of,
                    role,
                });
            }
            self.y += height;
        }
    }

    /// A text in lines that fit. Where a line ends within a sentence it keeps the space: whoever takes the words out of the
    /// document finds them apart.
    fn lines(&self, text: &str, style: Style) -> Vec<String> {
        let drawable = self.faces.drawable(text);
        drawable
            .lines()
            .flat_map(|line| self.broken(line.trim_end(), style))
            .collect()
    }

    fn broken(&self, text: &str, style: Style) -> Vec<String> {
        let width = |text: &str| self.faces.of(style.weight).width(text, style.size);
        let mut lines = Vec::new();
        let mut line = String::new();
        let mut so_far = 0.0;
        for word in text.split_inclusive(' ') {
            let wide = width(word.trim_end_matches(' '));
            if so_far + wide > style.width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                so_far = 0.0;
            }
            if wide <= style.width {
                line.push_str(word);
                so_far += width(word);
                continue;
            }
            // A word longer than a line, such as a digest, is broken where the line ends.
            for letter in word.chars() {
                let mut text = [0; 4];
                let wide = width(letter.encode_utf8(&mut text));
                if so_far + wide > style.width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    so_far = 0.0;
                }
                line.push(letter);
                so_far += wide;
            }
        }
        lines.push(line);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn narrow() -> Style {
        Style {
            width: 80.0,
            ..PLAIN
        }
    }

    proptest! {
        #[test]
        fn lines_fit_and_lose_nothing(text in "[a-z é]{0,120}") {
            let faces = Typefaces::open().unwrap();
            let press = Press { faces: &faces, sheets: vec![Sheet::default()], y: TOP };
            let lines = press.broken(&text, narrow());
            for line in &lines {
                let wide = faces.of(Weight::Regular).width(line.trim_end(), TEXT);
                prop_assert!(wide <= 80.0, "{line:?} is {wide} wide");
            }
            prop_assert_eq!(lines.concat(), text);
        }
    }

    #[test]
    fn a_page_holds_no_line_outside_its_margins() {
        let faces = Typefaces::open().unwrap();
        let long = "mot ".repeat(6000);
        let content = Content {
            title: String::new(),
            head: String::new(),
            foot: String::new(),
            place: String::new(),
            code_said: String::new(),
            blocks: vec![
                Block::Title("T".into()),
                Block::Paragraph(long.clone()),
                Block::Fact("n".into(), long),
                Block::Heading("h".into()),
                Block::Picture {
                    place: 0,
                    size: (1200, 600),
                    caption: "p".into(),
                },
                Block::Picture {
                    place: 1,
                    size: (64, 2000),
                    caption: "tall\nand in words".into(),
                },
                Block::Code(vec![(Role::Body, "x".into())]),
            ],
        };
        let sheets = set(&content, &faces);
        assert!(sheets.len() > 5);
        let lines = sheets.iter().flat_map(|sheet| &sheet.lines);
        assert!(
            lines
                .clone()
                .all(|line| line.at.1 < PAGE.1 - MARGIN && line.at.1 > MARGIN)
        );
        let pictures: Vec<&Picture> = sheets.iter().flat_map(|sheet| &sheet.pictures).collect();
        assert_eq!(pictures.len(), 2);
        assert!(pictures.iter().all(|one| {
            let (right, bottom) = (one.at.0 + one.size.0, one.at.1 + one.size.1);
            right <= PAGE.0 - MARGIN + 0.1 && bottom <= PAGE.1 - MARGIN && one.at.1 >= MARGIN
        }));
        let codes = sheets.iter().filter_map(|sheet| sheet.code);
        assert!(
            codes.clone().count() == 1 && codes.clone().all(|(_, y)| y + CODE < PAGE.1 - MARGIN)
        );
    }
}
