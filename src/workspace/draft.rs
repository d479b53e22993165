//! What the page of a new case holds, and the case it stands for: one row for each slide, in the order of the glass.

mod shown;

use chrono::NaiveDate;

pub(super) use shown::shown;

use super::form::Fields;
use crate::domain::cases::*;
use crate::domain::ids::SlideSourceId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::slides::SlideLocation;
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;
use crate::service::reference::SlideSourceDocument;

/// Rows of a page at most, as many slides as a case takes.
const ROWS_MAX: usize = 200;

/// A slide as the page shows it.
#[derive(Debug, Clone, Default)]
pub(super) struct SlideRow {
    pub(super) link: String,
    pub(super) label: String,
    pub(super) stain: String,
    pub(super) block: String,
    pub(super) specimen: String,
    pub(super) site: String,
    pub(super) procedure: String,
    pub(super) excuse: String,
    /// Where the slide stands in the body of the case: `/specimens/0/blocks/0/slides/0`.
    pub(super) pointer: String,
    /// What the last check found.
    pub(super) failure: Option<String>,
    pub(super) found: Option<String>,
}

impl SlideRow {
    fn empty(&self) -> bool {
        [&self.link, &self.label, &self.stain, &self.excuse]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// The texts and boxes of the page beside its slides, by field name.
pub(super) type Values = Vec<(&'static str, String)>;

/// The value of a field.
pub(super) fn value<'v>(values: &'v Values, name: &str) -> &'v str {
    values
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, value)| value)
}

/// Every field of the page beside the slides.
pub(super) const NAMES: &[&str] = &[
    "question",
    "subspecialty",
    "urgency",
    "urgency_reason",
    "initial_status",
    "initial_text",
    "initial_adicap",
    "clinical_context",
    "macroscopy",
    "work_done",
    "further_stains",
    "send_block",
    "panel",
    "accession_number",
    "birth_year",
    "sex",
    "ins",
    "informed",
    "non_opposition",
    "date",
    "diaginter_number",
    "follows",
    "languages",
];

/// What a form holds, as typed.
pub(super) fn typed(fields: &Fields) -> (Values, Vec<SlideRow>) {
    let values = NAMES
        .iter()
        .map(|name| (*name, fields.get(name).to_owned()))
        .collect();
    let rows = (0..ROWS_MAX)
        .map(|row| {
            let text = |name: &str| fields.get(&format!("slide{row}_{name}")).to_owned();
            SlideRow {
                link: text("link"),
                label: text("label"),
                stain: text("stain"),
                block: text("block"),
                specimen: text("specimen"),
                site: text("site"),
                procedure: text("procedure"),
                excuse: text("excuse"),
                ..SlideRow::default()
            }
        })
        .filter(|row| !row.empty())
        .collect();
    (values, rows)
}

/// The case that a form stands for, and what is wrong before the case's own rules are asked. Rows learn their pointers.
pub(super) fn content(
    values: &Values,
    rows: &mut [SlideRow],
    sources: &[SlideSourceDocument],
) -> (CaseContent, Vec<FieldProblem>) {
    let mut problems = Vec::new();
    let text = |name: &str| value(values, name).to_owned();
    let given =
        |name: &str| Some(value(values, name).trim().to_owned()).filter(|text| !text.is_empty());
    let ticked = |name: &str| !value(values, name).is_empty();
    let birth_year = given("birth_year").and_then(|year| match year.parse() {
        Ok(year) => Some(year),
        Err(_) => {
            problems.push(malformed("/patient/birth_year"));
            None
        }
    });
    let date = given("date").and_then(|day| match day.parse::<NaiveDate>() {
        Ok(day) => Some(day),
        Err(_) => {
            problems.push(malformed("/patient_information/date"));
            None
        }
    });
    let specimens = specimens(rows, sources, &mut problems);
    let content = CaseContent {
        question: text("question"),
        subspecialty: given("subspecialty"),
        urgency: Urgency::parse(value(values, "urgency")),
        urgency_reason: given("urgency_reason"),
        clinical_context: text("clinical_context"),
        macroscopy: text("macroscopy"),
        initial_diagnosis: InitialDiagnosisStatus::parse(value(values, "initial_status")).map(
            |status| InitialDiagnosis {
                status,
                text: given("initial_text"),
                adicap: given("initial_adicap"),
            },
        ),
        work_done: work_done(value(values, "work_done")),
        pre_authorisations: PreAuthorisations {
            further_stains: ticked("further_stains"),
            send_block: ticked("send_block"),
            panel: ticked("panel"),
        },
        patient: given("accession_number").map(|accession_number| PatientContext {
            accession_number,
            birth_year,
            sex: Sex::parse(value(values, "sex")).unwrap_or(Sex::Unknown),
            ins: given("ins"),
        }),
        patient_information: date.map(|date| PatientInformation {
            informed: ticked("informed"),
            non_opposition: ticked("non_opposition"),
            date,
        }),
        diaginter_number: given("diaginter_number"),
        follows: given("follows"),
        languages: value(values, "languages")
            .split_whitespace()
            .map(ToOwned::to_owned)
            .collect(),
        specimens,
    };
    (content, problems)
}

fn malformed(pointer: &str) -> FieldProblem {
    FieldProblem::new(
        pointer,
        FieldRule::Malformed {
            expected: "a number or a day".into(),
        },
    )
}

/// One technique on each line, its result behind a colon.
fn work_done(text: &str) -> Vec<WorkDone> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (technique, result) = line.split_once(':').unwrap_or((line, ""));
            WorkDone {
                technique: technique.trim().to_owned(),
                result: result.trim().to_owned(),
            }
        })
        .collect()
}

/// Rows as specimens, blocks and slides: a row without a block or a specimen belongs to the one above.
fn specimens(
    rows: &mut [SlideRow],
    sources: &[SlideSourceDocument],
    problems: &mut Vec<FieldProblem>,
) -> Vec<SpecimenContent> {
    let mut specimens: Vec<SpecimenContent> = Vec::new();
    for row in rows {
        let or = |typed: &str, above: Option<&str>, first: &str| {
            let typed = typed.trim();
            if typed.is_empty() {
                above.unwrap_or(first).to_owned()
            } else {
                typed.to_owned()
            }
        };
        let name = or(
            &row.specimen,
            specimens.last().map(|one| one.label.as_str()),
            "A",
        );
        if specimens.last().is_none_or(|last| last.label != name) {
            specimens.push(SpecimenContent {
                label: name.clone(),
                site: row.site.clone(),
                procedure: row.procedure.clone(),
                blocks: Vec::new(),
            });
        }
        let s = specimens.len().saturating_sub(1);
        let Some(specimen) = specimens.last_mut() else {
            continue;
        };
        let block = or(
            &row.block,
            specimen.blocks.last().map(|one| one.label.as_str()),
            &format!("{name}1"),
        );
        if specimen
            .blocks
            .last()
            .is_none_or(|last| last.label != block)
        {
            specimen.blocks.push(BlockContent {
                label: block,
                slides: Vec::new(),
            });
        }
        let b = specimen.blocks.len().saturating_sub(1);
        let Some(block) = specimen.blocks.last_mut() else {
            continue;
        };
        row.pointer = format!("/specimens/{s}/blocks/{b}/slides/{}", block.slides.len());
        let place = place(&row.link, sources);
        if place.is_none() {
            problems.push(FieldProblem::new(
                format!("{}/location", row.pointer),
                FieldRule::UnknownCode,
            ));
        }
        let (source, location) = place.unwrap_or_else(nowhere);
        block.slides.push(SlideContent {
            label: row.label.clone(),
            stain: row.stain.clone(),
            source,
            location,
            unreadable_because: Some(row.excuse.trim().to_owned()).filter(|text| !text.is_empty()),
        });
    }
    specimens
}

/// Stands for a link that belongs to no source; the problem beside it keeps the case from being kept.
fn nowhere() -> (SlideSourceId, SlideLocation) {
    (
        SlideSourceId(uuid::Uuid::nil()),
        SlideLocation::DeepZoom {
            path: String::new(),
        },
    )
}

/// The slide source below whose address a pasted link lies, and where on it.
fn place(link: &str, sources: &[SlideSourceDocument]) -> Option<(SlideSourceId, SlideLocation)> {
    sources.iter().find_map(|source| {
        SlideLocation::from_pasted(source.kind, &source.base_url, link)
            .ok()
            .map(|location| (source.id, location))
    })
}

/// Takes out what cannot be kept yet, so that the rest can: slides whose link leads to no source.
pub(super) fn keep_known(content: &mut CaseContent) {
    let (nowhere, _) = nowhere();
    for specimen in &mut content.specimens {
        for block in &mut specimen.blocks {
            block.slides.retain(|slide| slide.source != nowhere);
        }
        specimen.blocks.retain(|block| !block.slides.is_empty());
    }
    let known = |specimen: &SpecimenContent| !specimen.blocks.is_empty();
    content.specimens.retain(known);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::LaboratoryId;
    use crate::domain::slides::SourceKind;

    #[test]
    fn rows_become_specimens_and_a_row_without_a_name_belongs_to_the_one_above() {
        let source = SlideSourceDocument {
            id: SlideSourceId(uuid::Uuid::from_u128(1)),
            laboratory: LaboratoryId(uuid::Uuid::from_u128(2)),
            name: "s".into(),
            kind: SourceKind::DeepZoom,
            base_url: "https://s.example.org/dz".into(),
        };
        let row = |specimen: &str, block: &str, link: &str| SlideRow {
            specimen: specimen.into(),
            block: block.into(),
            link: link.into(),
            ..SlideRow::default()
        };
        let mut rows = [
            row("", "", "https://s.example.org/dz/a.dzi"),
            row("", "", "https://s.example.org/dz/b.dzi"),
            row("", "A2", "https://s.example.org/dz/c.dzi"),
            row("B", "", "https://elsewhere.example.org/d.dzi"),
        ];
        let (content, problems) = content(&Values::new(), &mut rows, &[source]);
        let shape: Vec<(String, Vec<(String, usize)>)> = content
            .specimens
            .iter()
            .map(|one| {
                (
                    one.label.clone(),
                    one.blocks
                        .iter()
                        .map(|b| (b.label.clone(), b.slides.len()))
                        .collect(),
                )
            })
            .collect();
        assert_eq!(
            shape,
            [
                ("A".into(), vec![("A1".into(), 2), ("A2".into(), 1)]),
                ("B".into(), vec![("B1".into(), 1)])
            ]
        );
        assert_eq!(problems.len(), 1, "a link to nowhere of ours is said");
        assert_eq!(
            problems[0].pointer,
            "/specimens/1/blocks/0/slides/0/location"
        );
    }

    #[test]
    fn work_is_read_a_line_at_a_time() {
        let read = work_done("CK7: positif\n\n HES \n");
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].technique.as_str(), read[0].result.as_str()),
            ("CK7", "positif")
        );
        assert_eq!(read[1].result, "");
    }
}
