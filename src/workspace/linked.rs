//! Links to views of a case's own slides that stand in its texts. Nothing else in a text becomes a link: what somebody wrote leads
//! nowhere outside.

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// As it was written.
    Words(&'t str),
    /// A view of a slide of the same case, by its path and fragment.
    View(&'t str),
}

/// A text of the case whose page is at `case`, in parts.
pub(super) fn parts<'t>(case: &str, text: &'t str) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let begin = format!("{case}/slides/");
    let mut rest = text;
    while let Some((before, view, after)) = next(&begin, rest) {
        parts.push(Part::Words(before));
        parts.push(Part::View(view));
        rest = after;
    }
    parts.push(Part::Words(rest));
    parts.retain(|part| *part != Part::Words(""));
    parts
}

/// The first view in a text, with what stands before and after it.
fn next<'t>(begin: &str, text: &'t str) -> Option<(&'t str, &'t str, &'t str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(begin)?;
        let (before, there) = text.split_at_checked(at)?;
        let length = view(there.get(begin.len()..)?).map(|length| begin.len() + length);
        // The address begins where its word does, whatever server it names: only its path is kept.
        let word = before.rfind(char::is_whitespace);
        let word =
            word.and_then(|blank| Some(blank + before.get(blank..)?.chars().next()?.len_utf8()));
        let (before, address) = before.split_at_checked(word.unwrap_or(0))?;
        match length {
            Some(length) if address.is_empty() || is_origin(address) => {
                let (view, after) = there.split_at_checked(length)?;
                return Some((before, view, after));
            }
            _ => from = at + begin.len(),
        }
    }
}

fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', '<', '"']))
}

/// How long an identifier with a fragment is, at the beginning of a text; none when it is no slide.
fn view(text: &str) -> Option<usize> {
    const IDENTIFIER: usize = 36;
    uuid::Uuid::parse_str(text.get(..IDENTIFIER)?).ok()?;
    let rest = text.get(IDENTIFIER..)?;
    let Some(fragment) = rest.strip_prefix('#') else {
        return Some(IDENTIFIER);
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '=' | '&' | '.' | '-' | '+');
    let fragment = fragment.split(|c| !plain(c)).next().unwrap_or_default();
    // A stop at the end of a sentence is not part of it.
    Some(IDENTIFIER + 1 + fragment.trim_end_matches('.').len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = "/cases/01a2087f-2f54-7416-96f2-3eefbde5c099";
    const SLIDE: &str = "01a2087f-31aa-7f0e-9d55-2b7c4e6a8f13";

    #[test]
    fn views_of_the_cases_own_slides_are_links_and_nothing_else_is() {
        let view = format!("{CASE}/slides/{SLIDE}#x=10&y=-2.5&pixels=0.5&degrees=0");
        let text =
            format!("Foyer :\nhttps://relecture.example{view}. Voir aussi {CASE}/slides/{SLIDE}");
        let short = format!("{CASE}/slides/{SLIDE}");
        assert_eq!(
            parts(CASE, &text),
            [
                Part::Words("Foyer :\n"),
                Part::View(&view),
                Part::Words(". Voir aussi "),
                Part::View(&short),
            ]
        );
        for other in [
            "Rien à voir.".to_owned(),
            String::new(),
            format!("/cases/01a2087f-0000-7416-96f2-3eefbde5c099/slides/{SLIDE}#x=1"),
            format!("{CASE}/slides/nothing"),
            format!("javascript:alert(1)//{CASE}/slides/{SLIDE}"),
            format!("https://user@evil.example{CASE}/slides/{SLIDE}"),
            format!("{CASE}/slides/é{SLIDE}"),
        ] {
            let words: Vec<Part<'_>> = [Part::Words(other.as_str())]
                .into_iter()
                .filter(|part| *part != Part::Words(""))
                .collect();
            assert_eq!(parts(CASE, &other), words, "{other}");
        }
    }
}
