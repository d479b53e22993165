//! Tables for spreadsheets. English: RFC 4180, commas and points. French: semicolons and decimal commas behind a byte order mark, as
//! spreadsheets that are set to French read them. A text is never read as a formula.

use super::texts::Language;

/// What stands in a field.
pub(super) enum Cell {
    /// Words.
    Text(String),
    /// A whole number.
    Count(usize),
    /// A number with two decimals.
    Number(f64),
}

/// The table as a file; the first row names its columns.
pub(super) fn document(language: Language, rows: &[Vec<Cell>]) -> String {
    let (mark, separator) = match language {
        Language::French => ("\u{feff}", ";"),
        Language::English => ("", ","),
    };
    let mut document = mark.to_owned();
    for row in rows {
        let fields: Vec<String> = row.iter().map(|cell| field(language, cell)).collect();
        document.push_str(&fields.join(separator));
        document.push_str("\r\n");
    }
    document
}

/// A number as the language writes it.
pub(super) fn number(language: Language, value: f64, decimals: usize) -> String {
    let written = format!("{value:.decimals$}");
    match language {
        Language::French => written.replace('.', ","),
        Language::English => written,
    }
}

fn field(language: Language, cell: &Cell) -> String {
    match cell {
        Cell::Count(count) => count.to_string(),
        Cell::Number(value) => quoted(&number(language, *value, 2)),
        Cell::Text(text) => quoted(&harmless(text)),
    }
}

/// A text that begins as a formula does gets an apostrophe before it: spreadsheets then read it as a text.
fn harmless(text: &str) -> String {
    if text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', ';', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn each_language_is_written_as_its_spreadsheets_read_it() {
        let rows = [
            vec![text("a"), text("b")],
            vec![Cell::Number(1.5), Cell::Count(3)],
        ];
        assert_eq!(document(Language::English, &rows), "a,b\r\n1.50,3\r\n");
        assert_eq!(
            document(Language::French, &rows),
            "\u{feff}a;b\r\n\"1,50\";3\r\n"
        );
    }

    #[test]
    fn no_text_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1"] {
            let written = document(Language::English, &[vec![text(formula)]]);
            assert!(
                written.trim_start_matches('"').starts_with('\''),
                "{written:?}"
            );
        }
        assert_eq!(
            document(Language::English, &[vec![text("Dr \"X\", CHU")]]),
            "\"Dr \"\"X\"\", CHU\"\r\n"
        );
    }
}
