//! Which lived case is multiplied how often, into when and where.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use relecture::domain::cases::PatientContext;
use relecture::domain::identifiers::CaseReference;
use relecture::sealing::Sealing;
use relecture::store::Conn;
use serde_json::{Value, json};

use super::{OPEN, REPLICAS};
use crate::Outcome;
use crate::database::{Place, lines};

/// The closed cases lie within so much past, in steps of 65.536 seconds, by which the leading digits of an identifier count.
const PAST: u32 = 5 * 365 * 86_400 / 66;
/// Numbers of a year; those of the lived cases are below the first.
const FIRST_NUMBER: u32 = 20_000;
const NUMBERS: u32 = 200_000;
/// Rows in one statement.
const BATCH: usize = 5_000;

const COLUMNS: &[(&str, &str)] = &[
    ("number", "bigint"),
    ("template_id", "text"),
    ("suffix", "text"),
    ("replica", "text"),
    ("shift", "bigint"),
    ("reference", "text"),
    ("number_word", "text"),
    ("lived_word", "text"),
    ("accession_word", "text"),
    ("sealed", "text"),
    ("case_id", "text"),
];

/// How many cases are wanted.
pub struct Wanted {
    /// In all, those that were lived and the open ones among them, drafts not.
    pub cases: u32,
    /// Drafts that can be sent.
    pub drafts: u32,
}

/// A lived case.
struct Lived {
    id: String,
    reference: String,
    patient: Option<PatientContext>,
}

/// Fills the table `clones`: one row for each case to be made.
pub fn spread(sealing: &Sealing, place: &Place, conn: &mut Conn, wanted: &Wanted) -> Outcome<()> {
    let open = lived(
        sealing,
        conn,
        "state IN ('submitted', 'offered', 'accepted')",
    )?;
    let ended = lived(
        sealing,
        conn,
        "state NOT IN ('submitted', 'offered', 'accepted', 'draft')",
    )?;
    let drafts = lived(sealing, conn, "state = 'draft'")?;
    let count = |lived: &[Lived]| u32::try_from(lived.len());
    let ended_wanted = wanted.cases - OPEN - count(&ended)?;
    let plan = [
        (&ended, ended_wanted, PAST),
        (&open, OPEN - count(&open)?, 0),
        (&drafts, wanted.drafts, 0),
    ];
    conn.batch_execute(
        "CREATE TABLE clones (number bigint, template_id text, suffix text, replica text, shift bigint, reference text, \
         number_word text, lived_word text, accession_word text, sealed text, case_id text)",
    )?;
    let mut number = 0;
    let mut rows: Vec<Value> = Vec::with_capacity(BATCH);
    for (lived, wanted, past) in plan {
        for index in 0..wanted {
            let one = lived
                .get(index as usize % lived.len())
                .ok_or("no case was lived that could be multiplied")?;
            number += 1;
            // The oldest first, as they would have come.
            let shift =
                past - u32::try_from(u64::from(past) * u64::from(index) / u64::from(wanted))?;
            rows.push(row(sealing, one, number, shift)?);
            if rows.len() == BATCH {
                insert(place, conn, &mut rows)?;
            }
        }
    }
    insert(place, conn, &mut rows)?;
    conn.batch_execute("CREATE INDEX clones_template ON clones (template_id)")?;
    Ok(())
}

fn lived(sealing: &Sealing, conn: &mut Conn, which: &str) -> Outcome<Vec<Lived>> {
    let query = format!(
        "SELECT c.id || '|' || c.reference || '|' || coalesce(p.sealed, '') AS line FROM cases c \
         LEFT JOIN case_patients p ON p.case_id = c.id WHERE {which} ORDER BY c.id"
    );
    let read = |line: String| -> Outcome<Lived> {
        let mut parts = line.splitn(3, '|');
        let (id, reference) = (parts.next(), parts.next());
        let (id, reference) = (id.unwrap_or_default(), reference.unwrap_or_default());
        let patient = match parts.next().filter(|sealed| !sealed.is_empty()) {
            Some(sealed) => Some(sealing.open(&place_of(id), sealed)?),
            None => None,
        };
        Ok(Lived {
            id: id.to_owned(),
            reference: reference.to_owned(),
            patient,
        })
    };
    lines(conn, &query)?.into_iter().map(read).collect()
}

/// Where a patient is sealed for.
fn place_of(case: &str) -> String {
    format!("case_patients/{case}")
}

fn row(sealing: &Sealing, lived: &Lived, number: u32, shift: u32) -> Outcome<Value> {
    let (year, within) = (2026 - number / NUMBERS, FIRST_NUMBER + number % NUMBERS);
    let reference = CaseReference::new(u16::try_from(year)?, within).to_string();
    let suffix = format!("{number:06x}");
    let replica = match number % REPLICAS {
        0 => String::new(),
        replica => format!("{replica:06x}"),
    };
    let case = clone_id(&lived.id, shift, &suffix)?;
    let accession = format!("{}H{number:07}", year % 100);
    let sealed = match &lived.patient {
        Some(patient) => {
            let patient = PatientContext {
                accession_number: accession.clone(),
                ..patient.clone()
            };
            Some(sealing.seal(&place_of(&case), &patient)?)
        }
        None => None,
    };
    Ok(json!({
        "number": number,
        "template_id": lived.id,
        "suffix": suffix,
        "replica": replica,
        "shift": -i64::from(shift),
        "reference": reference,
        "number_word": number_word(&reference),
        "lived_word": number_word(&lived.reference),
        "accession_word": format!("#{}", sealing.keyed_hash(&accession.to_lowercase())),
        "sealed": sealed,
        "case_id": case,
    }))
}

/// The identifier that the database gives the case too: see `of_clone` beside.
fn clone_id(lived: &str, shift: u32, suffix: &str) -> Outcome<String> {
    let digits = lived.get(..8).ok_or("an identifier that is too short")?;
    let moved = u32::from_str_radix(digits, 16)? - shift;
    let middle = lived.get(8..30).ok_or("an identifier that is too short")?;
    Ok(format!("{moved:08x}{middle}{suffix}"))
}

/// The word of a reference that is its own: its number.
fn number_word(reference: &str) -> String {
    reference.split('-').nth(2).unwrap_or_default().to_owned()
}

fn insert(place: &Place, conn: &mut Conn, rows: &mut Vec<Value>) -> Outcome<()> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let statement = format!(
        "INSERT INTO clones ({names}) SELECT {names} FROM {}",
        place.rows_of(COLUMNS)
    );
    diesel::sql_query(statement)
        .bind::<Text, _>(serde_json::to_string(&std::mem::take(rows))?)
        .execute(conn)?;
    Ok(())
}

/// The search words of every case: those of the question, its own number, its own accession number.
pub fn words(conn: &mut Conn) -> Outcome<()> {
    conn.batch_execute(
        "INSERT INTO case_words (word, case_id) \
           SELECT t.word, m.case_id FROM clones m JOIN template_case_words t ON t.of_case = m.template_id \
           WHERE t.word <> m.lived_word AND t.word NOT LIKE '#%' \
         UNION ALL SELECT m.number_word, m.case_id FROM clones m \
         UNION ALL SELECT m.accession_word, m.case_id FROM clones m WHERE m.sealed IS NOT NULL \
         ORDER BY 1, 2",
    )?;
    Ok(())
}
