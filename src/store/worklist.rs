//! The worklist: one indexed query, never the slide servers.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::literal::OPEN_CASE;
use super::panels;
use super::schema::{case_words, cases, opinions};
use crate::domain::opinions::OpinionKind;
use crate::domain::text_enum::TextEnum;

/// Whose list it is; each is served by an index of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Cut {
    /// Cases of these laboratories.
    Laboratories(Vec<String>),
    /// Cases offered to, accepted or signed by this expert, and those on whose panels they sit; looked for by words, also those that
    /// they signed before somebody else was given them.
    Expert(String),
    /// Cases in the pools of these networks; never what was not sent.
    Networks(Vec<String>),
}

/// What to list.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Whose list.
    pub cut: Cut,
    /// Only cases to which an answer is owed.
    pub open: bool,
    /// Only cases that this person sent.
    pub submitter: Option<String>,
    /// Only these states; any when empty.
    pub states: Vec<String>,
    /// Only this urgency.
    pub urgency: Option<String>,
    /// Only this subspecialty.
    pub subspecialty: Option<String>,
    /// Only this territory.
    pub territory: Option<String>,
    /// Only what waits for this.
    pub waiting_for: Option<String>,
    /// Only cases due before this instant, microseconds.
    pub due_before: Option<i64>,
    /// Words, folded; each must start one of the case's words.
    pub words: Vec<String>,
    /// Or this word, whole: the keyed hash of an accession number.
    pub accession: Option<String>,
    /// After this row: its `sort_at` and id.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: i64,
}

/// One row of a worklist: no patient data.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = cases)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct ListedRow {
    pub id: String,
    pub reference: String,
    pub version: i64,
    pub state: String,
    pub waiting_for: Option<String>,
    pub laboratory_id: String,
    pub network_id: String,
    pub territory: String,
    pub expert_id: Option<String>,
    pub subspecialty: Option<String>,
    pub urgency: String,
    pub question: String,
    pub slide_count: i32,
    pub submitted_at: Option<i64>,
    pub due_at: Option<i64>,
    pub warning_at: Option<i64>,
    pub sort_at: i64,
    pub pauses: String,
    pub offer_expires_at: Option<i64>,
}

/// The rows of a worklist by due time; `limit + 1` of them tell whether there are more.
///
/// # Errors
/// Storage failures.
pub fn list(conn: &mut Conn, filter: &Filter) -> StoreResult<Vec<ListedRow>> {
    let mut rows: Vec<ListedRow> = Vec::new();
    let seats = match &filter.cut {
        Cut::Expert(expert) => panels::cases_of(conn, expert)?,
        Cut::Laboratories(_) | Cut::Networks(_) => Vec::new(),
    };
    let mut all = queries(filter);
    if !seats.is_empty() {
        all.extend(of(filter, &[Owner::These(&seats)]));
    }
    for query in all {
        rows.extend(query.load::<ListedRow>(conn)?);
    }
    // Each query came in order and stopped at the limit, so that the first of all are the first of some.
    rows.sort_by(|one, other| (one.sort_at, &one.id).cmp(&(other.sort_at, &other.id)));
    rows.dedup_by(|one, other| one.id == other.id);
    rows.truncate(usize::try_from(filter.limit).unwrap_or(0));
    Ok(rows)
}

type Listed<'a> = diesel::dsl::IntoBoxed<
    'a,
    diesel::dsl::Select<cases::table, diesel::dsl::AsSelect<ListedRow, MultiBackend>>,
    MultiBackend,
>;
/// The backend that speaks for both databases.
pub type MultiBackend = <Conn as diesel::Connection>::Backend;

/// The queries of a list, apart so that a test can read the plans that the database makes of them: one for each organisation and
/// each way of being found. An index has its rows in the list's order for one organisation only; over several, or over one way
/// or another, the database would read and sort all there are.
pub fn queries(filter: &Filter) -> Vec<Listed<'_>> {
    let owners: Vec<Owner<'_>> = match &filter.cut {
        Cut::Laboratories(several) => several.iter().map(Owner::Laboratory).collect(),
        Cut::Expert(expert) if filter.words.is_empty() && filter.accession.is_none() => {
            vec![Owner::Expert(expert)]
        }
        Cut::Expert(expert) => vec![Owner::Expert(expert), Owner::Signer(expert)],
        Cut::Networks(several) => several.iter().map(Owner::Network).collect(),
    };
    of(filter, &owners)
}

/// The queries for these owners.
fn of<'a>(filter: &'a Filter, owners: &[Owner<'a>]) -> Vec<Listed<'a>> {
    let by_words = Found::ByWords(&filter.words);
    let ways: Vec<Found<'_>> = match &filter.accession {
        None => vec![by_words],
        Some(number) if filter.words.is_empty() => vec![Found::ByNumber(number)],
        // An accession number is one or two words; more of them are words of a question.
        Some(number) if filter.words.len() <= 2 => vec![Found::ByNumber(number), by_words],
        Some(_) => vec![by_words],
    };
    owners
        .iter()
        .flat_map(|owner| ways.iter().map(move |way| query(filter, *owner, *way)))
        .collect()
}

/// Whose cases one query reads.
#[derive(Clone, Copy)]
enum Owner<'a> {
    Laboratory(&'a String),
    Expert(&'a String),
    /// Of whoever has it: by who signed an opinion on it.
    Signer(&'a String),
    Network(&'a String),
    /// No owner: these cases, which are few.
    These(&'a [String]),
}

/// How one query finds its cases.
#[derive(Clone, Copy)]
enum Found<'a> {
    /// Each word starts one of the case's words; without words, any case.
    ByWords(&'a [String]),
    /// The keyed hash of the accession number.
    ByNumber(&'a String),
}

fn query<'a>(filter: &'a Filter, owner: Owner<'a>, way: Found<'a>) -> Listed<'a> {
    let mut query = cases::table.select(ListedRow::as_select()).into_boxed();
    query = match owner {
        Owner::Laboratory(laboratory) => query.filter(cases::laboratory_id.eq(laboratory)),
        Owner::Expert(expert) => query.filter(cases::expert_id.eq(expert)),
        Owner::These(some) => query.filter(cases::id.eq_any(some)),
        Owner::Signer(expert) => query.filter(
            cases::id.eq_any(
                opinions::table
                    .filter(opinions::signer_id.eq(expert))
                    .filter(opinions::kind.ne(OpinionKind::Preliminary.as_str()))
                    .select(opinions::case_id),
            ),
        ),
        Owner::Network(network) => query
            .filter(cases::network_id.eq(network))
            .filter(cases::submitted_at.is_not_null()),
    };
    if filter.open {
        query = query.filter(OPEN_CASE);
    }
    if let Some(submitter) = &filter.submitter {
        query = query.filter(cases::submitter_id.eq(submitter));
    }
    if !filter.states.is_empty() {
        query = query.filter(cases::state.eq_any(&filter.states));
    }
    if let Some(urgency) = &filter.urgency {
        query = query.filter(cases::urgency.eq(urgency));
    }
    if let Some(subspecialty) = &filter.subspecialty {
        query = query.filter(cases::subspecialty.eq(subspecialty));
    }
    if let Some(territory) = &filter.territory {
        query = query.filter(cases::territory.eq(territory));
    }
    if let Some(waiting_for) = &filter.waiting_for {
        query = query.filter(cases::waiting_for.eq(waiting_for));
    }
    if let Some(instant) = filter.due_before {
        query = query.filter(cases::sort_at.lt(instant));
    }
    query = match way {
        Found::ByNumber(number) => query.filter(
            cases::id.eq_any(
                case_words::table
                    .filter(case_words::word.eq(number))
                    .select(case_words::case_id),
            ),
        ),
        Found::ByWords(words) => words.iter().fold(query, |query, word| {
            query.filter(
                cases::id.eq_any(
                    case_words::table
                        .filter(case_words::word.ge(word))
                        .filter(case_words::word.lt(format!("{word}\u{10FFFF}")))
                        .select(case_words::case_id),
                ),
            )
        }),
    };
    if let Some((sort_at, id)) = &filter.after {
        query = query.filter(
            cases::sort_at
                .gt(sort_at)
                .or(cases::sort_at.eq(sort_at).and(cases::id.gt(id))),
        );
    }
    query.order((cases::sort_at, cases::id)).limit(filter.limit)
}
