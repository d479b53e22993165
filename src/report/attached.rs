//! The files within a PDF, without reading the rest of it: a report that somebody altered is exactly what has to be looked at.
//!
//! The stream of an embedded file is an object of its own in every form of a PDF, so that it is found by its type. It is read as it
//! stands or deflated, within limits; anything else is left to programs that read every PDF.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Largest attached file that is read, bytes: some hundred times what a signed form needs.
const LARGEST: u64 = 2 << 20;
/// All attached files together that are read, bytes.
const TOGETHER: usize = 8 << 20;
/// Most attached files that are read: an opinion has as many as versions, readers and pictures.
const MOST: usize = 64;
/// The length of the longest dictionary of an embedded file that is read, bytes.
const DICTIONARY: usize = 2048;

/// Whether a file is a PDF, sound or not.
pub(super) fn is_pdf(file: &[u8]) -> bool {
    file.starts_with(b"%PDF-")
}

/// Whether an attached file is a picture.
pub(super) fn is_picture(file: &[u8]) -> bool {
    file.starts_with(b"\xFF\xD8\xFF")
}

/// The attached files, in the order in which they stand.
///
/// # Errors
/// In words: they are in no form that is read here.
pub(super) fn files(pdf: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    if find(pdf, b"/Encrypt").is_some() {
        return Err("the document is encrypted".into());
    }
    let mut found = Vec::new();
    let (mut from, mut together) = (0, 0);
    while let Some(at) = find_from(pdf, b"/EmbeddedFile", from) {
        from = at + b"/EmbeddedFile".len();
        // The catalogue has a name that only begins so.
        if pdf.get(from).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        if found.len() == MOST {
            return Err(format!("the document holds more than {MOST} files"));
        }
        let file = stream(pdf, at).ok_or("an attached file cannot be read")?;
        together += file.len();
        if together > TOGETHER {
            return Err("the document holds more than is read".into());
        }
        found.push(file);
    }
    Ok(found)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

fn find_from(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    Some(from + find(text.get(from..)?, wanted)?)
}

/// The content of the embedded file whose type stands at `at`.
fn stream(pdf: &[u8], at: usize) -> Option<Vec<u8>> {
    let near = pdf.get(at.saturating_sub(DICTIONARY)..at)?;
    let begins = at - near.len() + near.windows(4).rposition(|part| part == b" obj")?;
    let after = pdf.get(at..)?;
    let after = after.get(..after.len().min(DICTIONARY))?;
    let keyword = at + find(after, b"stream")?;
    let dictionary = pdf.get(begins..keyword)?;
    let mut content = keyword + b"stream".len();
    if pdf.get(content) == Some(&b'\r') {
        content += 1;
    }
    if pdf.get(content) == Some(&b'\n') {
        content += 1;
    }
    let raw = match length(dictionary) {
        Some(length) => {
            let raw = pdf.get(content..content.checked_add(length)?)?;
            let rest = pdf.get(content + length..)?;
            let end = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
            rest.get(end..)?.starts_with(b"endstream").then_some(raw)?
        }
        // The length stands elsewhere.
        None => {
            let end = find_from(pdf, b"endstream", content)?;
            let raw = pdf.get(content..end)?;
            let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
            raw.strip_suffix(b"\r").unwrap_or(raw)
        }
    };
    decoded(dictionary, raw)
}

/// The length that a dictionary gives in itself, and not by naming another object.
fn length(dictionary: &[u8]) -> Option<usize> {
    let at = find(dictionary, b"/Length")? + b"/Length".len();
    let rest = std::str::from_utf8(dictionary.get(at..)?).ok()?;
    let mut words = rest
        .split([' ', '\r', '\n', '/', '>'])
        .filter(|word| !word.is_empty());
    let length = words.next()?.parse().ok()?;
    let another = words.next().is_some_and(|word| word.parse::<u32>().is_ok());
    (!another).then_some(length)
}

fn decoded(dictionary: &[u8], raw: &[u8]) -> Option<Vec<u8>> {
    if find(dictionary, b"/Filter").is_none() {
        let small = u64::try_from(raw.len()).is_ok_and(|length| length <= LARGEST);
        return small.then(|| raw.to_vec());
    }
    find(dictionary, b"/FlateDecode")?;
    // Another filter before or after it, or a predictor, would give other bytes: those are no signed form.
    let mut content = Vec::new();
    let mut limited = ZlibDecoder::new(raw).take(LARGEST + 1);
    limited.read_to_end(&mut content).ok()?;
    u64::try_from(content.len())
        .is_ok_and(|length| length <= LARGEST)
        .then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write as _;

    fn object(entries: &str, content: &[u8]) -> Vec<u8> {
        let mut pdf =
            b"%PDF-1.7\n1 0 obj\n<</Names<</EmbeddedFiles 3 0 R>>>>\nendobj\n7 0 obj\n<<".to_vec();
        pdf.extend(entries.as_bytes());
        pdf.extend(b">>\nstream\r\n");
        pdf.extend(content);
        pdf.extend(b"\nendstream\nendobj\n");
        pdf
    }

    fn deflated(content: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_file_is_found_in_each_form_in_which_programs_leave_it() {
        let packed = deflated(b"{\"a\":1}");
        let deflate = format!(
            "/Type/EmbeddedFile/Filter/FlateDecode/Length {}",
            packed.len()
        );
        for pdf in [
            object("/Type /EmbeddedFile /Length 7", b"{\"a\":1}"),
            object("/Length 9 0 R /Type /EmbeddedFile", b"{\"a\":1}"),
            object(
                "/Subtype/application#2Fjson/Type/EmbeddedFile/Length 7/Params<</Size 7>>",
                b"{\"a\":1}",
            ),
            object(&deflate, &packed),
        ] {
            assert!(is_pdf(&pdf));
            assert_eq!(files(&pdf), Ok(vec![b"{\"a\":1}".to_vec()]));
        }
        assert_eq!(files(b"%PDF-1.7\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_said_and_fills_no_memory() {
        let bomb = deflated(&vec![0; 3 << 20]);
        let deflate = format!(
            "/Type/EmbeddedFile/Filter/FlateDecode/Length {}",
            bomb.len()
        );
        for pdf in [
            object(&deflate, &bomb),
            object("/Type /EmbeddedFile /Length 3", b"{\"a\":1}"),
            object(
                "/Type /EmbeddedFile /Length 18446744073709551615",
                b"{\"a\":1}",
            ),
            object(
                "/Type /EmbeddedFile /Filter /LZWDecode /Length 7",
                b"{\"a\":1}",
            ),
            object("/Encrypt 4 0 R /Type /EmbeddedFile /Length 7", b"{\"a\":1}"),
            b"%PDF-1.7 /EmbeddedFile".to_vec(),
            b"%PDF-1.7 1 0 obj /EmbeddedFile stream".to_vec(),
            object("/Type /EmbeddedFile /Length 7", b"{\"a\":1}").repeat(MOST + 1),
        ] {
            assert!(files(&pdf).is_err());
        }
    }
}
