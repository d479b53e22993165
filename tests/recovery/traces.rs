//! What the database holds of a case, read beside the program: each of its rows must be there as often as after a case that nobody
//! disturbed, whatever was killed in between.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types,
};
use relecture::domain::turnaround::ClockEffect;
use relecture::store::{Conn, traces::events_of};
use serde_json::Value;

use super::people::{Case, Pair, Session, Stage};

/// Rows of a case: what they are and what matters of them, without identifiers and instants. Readings of a case leave entries of
/// their own, and the check of a slide link and a proof of presence have transactions of their own: none belongs to a step.
const ROWS: &str = "
    SELECT 'case' AS kind, state || ' ' || version || ' cycle ' || cycle || ' ' || pauses ||
      CASE WHEN due_at IS NULL THEN '' ELSE ' due' END || CASE WHEN signed_at IS NULL THEN '' ELSE ' signed' END AS detail
      FROM cases WHERE id = '{case}'
    UNION ALL SELECT 'event', version || ' ' || command || ' ' || state || ' ' || clock FROM case_events WHERE case_id = '{case}'
    UNION ALL SELECT 'audit', action || ' ' || outcome FROM audit_entries WHERE case_id = '{case}' AND action NOT LIKE 'read%' AND outcome <> 'denied'
      AND action <> 'prove_presence'
    UNION ALL SELECT 'outbox', CASE WHEN state = 'dead' THEN 'dead' ELSE '' END || payload FROM outbox WHERE case_id = '{case}'
    UNION ALL SELECT 'assignment', state FROM assignments WHERE case_id = '{case}'
    UNION ALL SELECT 'opinion', kind || ' ' || version FROM opinions WHERE case_id = '{case}'
    UNION ALL SELECT 'draft', '' FROM opinion_drafts WHERE case_id = '{case}'
    UNION ALL SELECT 'patient', '' FROM case_patients WHERE case_id = '{case}'
    UNION ALL SELECT 'specimen', label FROM specimens WHERE case_id = '{case}'
    UNION ALL SELECT 'slide', s.label FROM slides s JOIN slide_links l ON l.slide_id = s.id
      JOIN blocks b ON b.id = s.block_id WHERE s.case_id = '{case}'
    UNION ALL SELECT 'idempotency', '' || status FROM idempotency_records WHERE subject_id = '{case}'
    UNION ALL SELECT 'words', CASE WHEN count(*) > 3 THEN 'some' ELSE 'none' END FROM case_words WHERE case_id = '{case}'";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::Text)]
    kind: String,
    #[diesel(sql_type = sql_types::Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

/// What belongs to a case at each stage.
pub struct References(BTreeMap<Stage, Vec<String>>);

impl References {
    /// Those of a case that nobody disturbs, which goes its way now.
    pub async fn of_an_undisturbed_case(url: &str, session: &Session, pair: &Pair) -> Self {
        let mut found = BTreeMap::new();
        let mut traces = Traces::open(url);
        pair.undisturbed(session, |case| {
            let id = case.id.as_deref().expect("it was answered");
            found.insert(case.stage, traces.rows(id));
        })
        .await;
        let kinds = |stage: Stage| -> BTreeSet<&str> {
            let rows = found[&stage].iter();
            rows.filter_map(|row| row.split(' ').next()).collect()
        };
        // The pattern shows what the story is about.
        for kind in [
            "case",
            "event",
            "audit",
            "outbox",
            "assignment",
            "opinion",
            "patient",
            "idempotency",
        ] {
            assert!(kinds(Stage::Signed).contains(kind), "{kind}: {found:#?}");
        }
        Self(found)
    }
}

/// The database, opened beside the program.
pub struct Traces(Conn);

impl Traces {
    pub fn open(url: &str) -> Self {
        Self(match url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut conn = SqliteConnection::establish(path).expect("the file opens");
                sql_query("PRAGMA busy_timeout = 5000")
                    .execute(&mut conn)
                    .expect("patience");
                Conn::Sqlite(conn)
            }
            None => Conn::Pg(PgConnection::establish(url).expect("PostgreSQL takes connections")),
        })
    }

    fn rows(&mut self, case: &str) -> Vec<String> {
        let rows: Vec<Row> = sql_query(ROWS.replace("{case}", case))
            .load(&mut self.0)
            .expect("the rows are read");
        let mut rows: Vec<String> = rows
            .into_iter()
            .map(|Row { kind, detail }| match kind.as_str() {
                "outbox" => format!("outbox {}", message(&detail)),
                _ => format!("{kind} {detail}"),
            })
            .collect();
        rows.sort_unstable();
        rows
    }

    fn texts(&mut self, query: &str) -> Vec<String> {
        let rows: Vec<Text> = sql_query(query)
            .load(&mut self.0)
            .expect("the rows are read");
        rows.into_iter().map(|row| row.text).collect()
    }

    /// Checks the cases that were last worked on. How many requests were carried out although their answer was cut off.
    pub fn check(&mut self, references: &References, pairs: &[Pair]) -> usize {
        let mut unheard = 0;
        for pair in pairs {
            // A run gets through less than three cases of a pair.
            let recent = pair.cases.len().saturating_sub(4);
            for case in &pair.cases[recent..] {
                unheard += usize::from(self.check_one(references, case));
            }
        }
        unheard
    }

    /// Checks every case, and that each rebuilds from its events.
    pub fn check_all(&mut self, references: &References, pairs: &[Pair]) {
        for case in pairs.iter().flat_map(|pair| &pair.cases) {
            assert!(case.pending.is_none(), "everything was repeated");
            self.check_one(references, case);
            self.check_rebuilt(case);
        }
    }

    /// A case is at the stage that was acknowledged, or, if a request was cut off, wholly at the next; whether it is there.
    fn check_one(&mut self, references: &References, case: &Case) -> bool {
        let id = match (&case.id, &case.pending) {
            (Some(id), _) => id.clone(),
            (None, None) => return false,
            // Nobody knows the case yet; if it was made, its request is on record.
            (None, Some(key)) => {
                let query = format!(
                    "SELECT subject_id AS text FROM idempotency_records WHERE idempotency_key = '{key}'"
                );
                match self.texts(&query).pop() {
                    Some(id) => id,
                    None => return false,
                }
            }
        };
        let rows = self.rows(&id);
        let is_at = |stage: Stage| references.0.get(&stage) == Some(&rows);
        let unheard = case.pending.is_some() && is_at(case.stage.next());
        assert!(
            unheard || is_at(case.stage),
            "{case:?} is {rows:#?}\nand should be {:#?}\nor, if cut off, {:#?}",
            references.0.get(&case.stage),
            references.0.get(&case.stage.next())
        );
        unheard
    }

    /// State, version and clock cycle are what the events say.
    fn check_rebuilt(&mut self, case: &Case) {
        let id: relecture::domain::ids::CaseId = case
            .id
            .as_deref()
            .expect("answered")
            .parse()
            .expect("an identifier");
        let row = relecture::store::cases::find(&mut self.0, id)
            .expect("the case is read")
            .expect("the case is there");
        let events = events_of(&mut self.0, id).expect("the events are read");
        let last = events.last().expect("an event");
        assert_eq!((&last.state, last.version), (&row.state, row.version));
        let versions: Vec<i64> = events.iter().map(|event| event.version).collect();
        assert_eq!(versions, (1..=row.version).collect::<Vec<_>>());
        let starts = events
            .iter()
            .filter(|event| serde_json::from_str(&event.clock).ok() == Some(ClockEffect::Start))
            .count();
        assert_eq!(i32::try_from(starts).ok(), Some(row.cycle));
    }

    /// There is no case that nobody made, none without its number, and the database itself is sound.
    pub fn check_nothing_else(&mut self, pairs: &[Pair]) {
        let known: BTreeSet<String> = pairs
            .iter()
            .flat_map(|pair| &pair.cases)
            .filter_map(|case| case.id.clone())
            .collect();
        let held: BTreeSet<String> = self
            .texts("SELECT id AS text FROM cases")
            .into_iter()
            .collect();
        // Beside them the pattern, made before the first kill.
        assert_eq!(held.difference(&known).count(), 1);
        assert_eq!(known.difference(&held).count(), 0);
        let orphans = self.texts(
            "SELECT p.case_id AS text FROM case_patients p LEFT JOIN case_events e ON e.case_id = p.case_id WHERE e.id IS NULL",
        );
        assert_eq!(orphans, Vec::<String>::new());
        if matches!(self.0, Conn::Sqlite(_)) {
            let sound = self.texts("SELECT integrity_check AS text FROM pragma_integrity_check");
            assert_eq!(sound, ["ok"]);
            let dangling = self.texts("SELECT \"table\" AS text FROM pragma_foreign_key_check");
            assert_eq!(dangling, Vec::<String>::new());
        }
    }
}

/// What a message is, without what differs from case to case.
fn message(payload: &str) -> String {
    let (dead, payload) = match payload.strip_prefix("dead") {
        Some(payload) => ("dead ", payload),
        None => ("", payload),
    };
    let payload: Value = serde_json::from_str(payload).expect("JSON");
    let kind = payload.get("job").or_else(|| payload.get("kind"));
    format!("{dead}{}", kind.unwrap_or(&payload))
}
