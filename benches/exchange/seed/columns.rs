//! What becomes of each column when a row is multiplied, decided by the column's name and type, so that a new table or column of
//! the schema is multiplied too.

use relecture::store::Conn;

use crate::Outcome;
use crate::database::Place;

/// Tables of organisations and people; each replica has its own rows.
const ORGANISATIONS: &[&str] = &[
    "networks",
    "agreements",
    "laboratories",
    "slide_sources",
    "people",
    "memberships",
    "expert_profiles",
    "absences",
];
/// Columns that name rows of those tables.
const OF_ORGANISATIONS: &[&str] = &[
    "laboratory_id",
    "network_id",
    "from_network",
    "to_network",
    "submitter_id",
    "expert_id",
    "actor_id",
    "person_id",
    "source_id",
    "agreement_id",
    "signer_id",
    "added_by",
    "opened_by",
    "closed_by",
];
/// Columns that name rows which belong to a case.
const OF_CASES: &[&str] = &[
    "case_id",
    "specimen_id",
    "block_id",
    "slide_id",
    "opinion_id",
    "follows_id",
    "assignment_id",
];
/// Tables that reach their case over another one: the column, and the table it names.
const REACHED_OVER: &[(&str, &str)] = &[
    ("specimen_id", "specimens"),
    ("slide_id", "slides"),
    ("opinion_id", "opinions"),
];
/// Documents that name their case.
const DOCUMENTS: &[&str] = &["payload", "facts"];
/// Tables whose rows are not multiplied: search words are made for each case by themselves; a signature is over one opinion of one
/// case; the answers kept for repeated requests are forgotten after a day.
const LEFT_OUT: &[&str] = &["case_words", "opinion_signatures", "idempotency_records"];
/// Tables that are left empty: the transparency log holds bytes, which JSON does not carry, and is measured by itself.
const LEFT_EMPTY: &str = "transparency_";

/// A table of the schema.
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns with their types.
    pub columns: Vec<(String, String)>,
    /// How a row of it, called `t`, is found to belong to a case; none for tables that have nothing to do with cases.
    case: Option<String>,
}

/// Every table, those that others reach their case over first.
pub fn tables(place: &Place, conn: &mut Conn) -> Outcome<Vec<Table>> {
    let mut all: Vec<Table> = Vec::new();
    for line in place.columns(conn)? {
        let mut words = line.splitn(3, ' ');
        let (Some(table), Some(column), Some(kind)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if table.starts_with(LEFT_EMPTY) {
            continue;
        }
        let column = (column.to_owned(), kind.to_owned());
        match all.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => all.push(Table {
                name: table.to_owned(),
                columns: vec![column],
                case: None,
            }),
        }
    }
    for table in &mut all {
        table.case = table.way_to_case();
    }
    all.sort_by_key(|table| match table.case.as_deref() {
        Some("t.id") => 0,
        Some("t.case_id") => 1,
        _ => 2,
    });
    Ok(all)
}

impl Table {
    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| name == column)
    }

    fn way_to_case(&self) -> Option<String> {
        if ORGANISATIONS.contains(&self.name.as_str()) {
            return None;
        }
        if self.name == "cases" {
            return Some("t.id".to_owned());
        }
        if self.has("case_id") {
            return Some("t.case_id".to_owned());
        }
        let (column, over) = REACHED_OVER.iter().find(|(column, _)| self.has(column))?;
        Some(format!(
            "(SELECT o.case_id FROM {over} o WHERE o.id = t.{column})"
        ))
    }

    /// The names of its columns.
    pub fn list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    /// Its columns, with the types that JSON is read into.
    pub fn typed(&self) -> Vec<(&str, &str)> {
        self.columns
            .iter()
            .map(|(name, kind)| (name.as_str(), kind.as_str()))
            .collect()
    }

    /// The statement that makes the table of its lived rows: with the case of each, and the leading digits of its identifiers.
    pub fn template(&self, place: &Place) -> String {
        let name = &self.name;
        let digits: String = self
            .columns
            .iter()
            .filter(|(column, _)| self.is_of_case(column))
            .map(|(column, _)| {
                let digits = place.first_digits(&format!("t.{column}"));
                format!(", {digits} AS {column}_digits")
            })
            .collect();
        match &self.case {
            Some(case) => format!(
                "CREATE TABLE template_{name} AS SELECT t.*, {case} AS of_case{digits} FROM {name} t; \
                 CREATE INDEX template_{name}_case ON template_{name} (of_case)"
            ),
            None => format!("CREATE TABLE template_{name} AS SELECT * FROM {name}"),
        }
    }

    fn is_of_case(&self, column: &str) -> bool {
        self.case.is_some() && (column == "id" || OF_CASES.contains(&column))
    }

    /// The statement that multiplies it over `clones`; none for a table that has nothing to do with cases.
    pub fn clone_cases(&self, place: &Place) -> Option<String> {
        self.case.as_ref()?;
        // Nothing measured reads a panel; its seats are numbered within it.
        let of_panels = self.name == "panels" || self.has("panel_id");
        if of_panels || LEFT_OUT.contains(&self.name.as_str()) {
            return None;
        }
        let values: Vec<String> = self
            .columns
            .iter()
            .map(|(column, kind)| self.of_clone(place, column, kind))
            .collect();
        let condition = match self.name.as_str() {
            // What was delivered is forgotten after a while.
            "outbox" => "WHERE t.state = 'ready' AND m.shift = 0 ",
            _ => "",
        };
        Some(format!(
            "INSERT INTO {name} ({columns}) SELECT {values} FROM clones m JOIN template_{name} t ON t.of_case = m.template_id {condition}\
             ORDER BY m.number",
            name = self.name,
            columns = self.list(),
            values = values.join(", ")
        ))
    }

    fn of_clone(&self, place: &Place, column: &str, kind: &str) -> String {
        let is_time = kind == "bigint"
            && (column == "at" || column.ends_with("_at") || column.ends_with("_until"));
        match column {
            "reference" if self.name == "cases" => "m.reference".to_owned(),
            "sealed" if self.name == "case_patients" => "m.sealed".to_owned(),
            "panel" if self.name == "cases" => "NULL".to_owned(),
            // Who was considered for each ended case would be nine tenths of the database, and nothing measured reads it.
            "explanation" => {
                format!("CASE WHEN m.shift < 0 THEN '{{\"considered\":[]}}' ELSE t.{column} END")
            }
            _ if self.is_of_case(column) => {
                let digits = place.hex(&format!("t.{column}_digits + m.shift"), 8);
                format!("{digits} || substr(t.{column}, 9, 22) || m.suffix")
            }
            _ if OF_ORGANISATIONS.contains(&column) => format!(
                "CASE WHEN m.replica = '' THEN t.{column} ELSE substr(t.{column}, 1, 30) || m.replica END"
            ),
            _ if DOCUMENTS.contains(&column) => {
                format!("replace(t.{column}, m.template_id, m.case_id)")
            }
            // A case without a due time has the greatest number there is.
            _ if is_time => format!(
                "CASE WHEN t.{column} > 9000000000000000000 THEN t.{column} ELSE t.{column} + m.shift * 65536000 END"
            ),
            _ => format!("t.{column}"),
        }
    }

    /// The statement that makes the rows of one more replica; none for a table of cases.
    pub fn clone_organisation(&self, replica: u32) -> Option<String> {
        if !ORGANISATIONS.contains(&self.name.as_str()) {
            return None;
        }
        let suffix = format!("'{replica:06x}'");
        let values: Vec<String> = self
            .columns
            .iter()
            .map(|(column, _)| match column.as_str() {
                "id" => format!("substr(id, 1, 30) || {suffix}"),
                "finess" | "rpps" => "NULL".to_owned(),
                "name" => format!("name || ' {replica}'"),
                "login" => format!("'{replica}.' || login"),
                other if OF_ORGANISATIONS.contains(&other) => format!(
                    "CASE WHEN {other} IS NULL THEN NULL ELSE substr({other}, 1, 30) || {suffix} END"
                ),
                other => other.to_owned(),
            })
            .collect();
        Some(format!(
            "INSERT INTO {name} ({columns}) SELECT {values} FROM template_{name}",
            name = self.name,
            columns = self.list(),
            values = values.join(", ")
        ))
    }
}
