//! Each worklist query has an index that serves it: read from the plan that the database itself makes.

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl, sql_types};
use relecture::store::worklist::{Cut, Filter, MultiBackend, list, queries};
use relecture::store::{Conn, StoreError};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;

/// Cases in the database; one in twenty is open.
const CASES: usize = 20_000;
const SQLITE: &str = "EXPLAIN QUERY PLAN ";
const POSTGRESQL: &str = "EXPLAIN ";

/// Whether PostgreSQL reads a whole table or sorts depends on what it believes about its rows; with this it does so only when there
/// is no other way.
const IF_IT_CAN: &str = "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('enable_seqscan', 'enable_sort', 'enable_bitmapscan')";

/// A query with a question about it before it.
struct Explained<Q>(&'static str, Q);

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Explained<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql(self.0);
        self.1.walk_ast(out)
    }
}

impl<Q> QueryId for Explained<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> RunQueryDsl<Conn> for Explained<Q> {}

/// PostgreSQL answers with lines.
struct Lines<Q>(Explained<Q>);
/// SQLite answers with a table.
struct Table<Q>(Explained<Q>);

macro_rules! answered {
    ($name:ident, $columns:ty) => {
        impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for $name<Q> {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
                self.0.walk_ast(out)
            }
        }
        impl<Q> QueryId for $name<Q> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl<Q> Query for $name<Q> {
            type SqlType = $columns;
        }
        impl<Q> RunQueryDsl<Conn> for $name<Q> {}
    };
}
answered!(Lines, sql_types::Text);
answered!(
    Table,
    (
        sql_types::Integer,
        sql_types::Integer,
        sql_types::Integer,
        sql_types::Text
    )
);

/// The steps of the plans that the database makes for a filter.
fn plans(conn: &mut Conn, filter: &Filter) -> Result<Vec<String>, StoreError> {
    let mut steps = Vec::new();
    for query in queries(filter) {
        if matches!(conn, Conn::Sqlite(_)) {
            let rows: Vec<(i32, i32, i32, String)> = Table(Explained(SQLITE, query)).load(conn)?;
            steps.extend(rows.into_iter().map(|row| row.3));
        } else {
            steps.extend(Lines(Explained(POSTGRESQL, query)).load::<String>(conn)?);
        }
    }
    Ok(steps)
}

/// What is wrong with a plan; empty when an index serves it. `in_order`: the index also gives the order, so that the database stops
/// after one page instead of sorting all there is.
fn faults(plan: &[String], in_order: bool) -> Vec<&str> {
    let whole_table = |step: &str| {
        step.contains("Seq Scan")
            || (step.starts_with("SCAN ")
                && !step.contains(" USING ")
                && !step.contains("CONSTANT"))
    };
    let sorts =
        |step: &str| step.contains("USE TEMP B-TREE FOR ORDER BY") || step.contains("Sort ");
    plan.iter()
        .map(|step| step.trim_start().trim_start_matches("->").trim_start())
        .filter(|step| whole_table(step) || (in_order && sorts(step)))
        .collect()
}

/// Every shape of the query for a cut: alone, with each filter, on a later page, with all of them.
fn shapes(cut: &Cut) -> Vec<(String, Filter)> {
    let plain = Filter {
        cut: cut.clone(),
        open: false,
        submitter: None,
        states: Vec::new(),
        urgency: None,
        subspecialty: None,
        territory: None,
        waiting_for: None,
        due_before: None,
        words: Vec::new(),
        accession: None,
        after: None,
        limit: 51,
    };
    let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
    let mut found = Vec::new();
    for open in [false, true] {
        let base = Filter {
            open,
            ..plain.clone()
        };
        let mut add = |name: &str, change: &dyn Fn(&mut Filter)| {
            let mut filter = base.clone();
            change(&mut filter);
            found.push((format!("{cut:?} open={open} {name}"), filter));
        };
        add("alone", &|_| {});
        add("mine", &|f| f.submitter = Some("a person".into()));
        add("state", &|f| f.states = vec!["offered".into()]);
        add("states", &|f| {
            f.states = vec!["offered".into(), "signed".into()]
        });
        add("urgency", &|f| f.urgency = Some("urgent".into()));
        add("subspecialty", &|f| f.subspecialty = Some("breast".into()));
        add("territory", &|f| f.territory = Some("FR-GF".into()));
        add("waiting for", &|f| f.waiting_for = Some("candidate".into()));
        add("overdue", &|f| f.due_before = Some(1_000));
        add("later page", &|f| f.after = Some((9_000, "m".into())));
        add("all of them", &|f| {
            f.states = vec!["offered".into()];
            f.urgency = Some("routine".into());
            f.subspecialty = Some("breast".into());
            f.territory = Some("FR-GF".into());
            f.due_before = Some(15_000);
            f.after = Some((9_000, "m".into()));
        });
        add("a word", &|f| f.words = words("carcinome"));
        add("words", &|f| f.words = words("carcinome lobulaire canal"));
        add("a number or word", &|f| {
            f.words = words("26h00123");
            f.accession = Some("#hash".into());
        });
        add("a number or words", &|f| {
            f.words = words("26h 00123");
            f.accession = Some("#hash".into());
        });
    }
    found
}

/// An exchange with many cases, and who is in it.
async fn crowded(database: &TestDatabase) -> (World, Many) {
    let world = World::on(database.url()).await;
    let submitter = world.actor("submitter.cayenne@example.org").await;
    let expert = world
        .actor("expert.breast@example.org")
        .await
        .person
        .to_string();
    let written = relecture::service::cases::create(
        &world.exchange,
        &submitter,
        world.cayenne,
        world.excused_content(),
        crate::support::exchange::key(),
        "r",
    );
    written.await.unwrap();
    let laboratories = [world.cayenne, world.fort_de_france, world.noumea].map(|id| id.to_string());
    let networks = [world.antilles, world.pacific].map(|id| id.to_string());
    let many = Many {
        laboratories,
        networks,
        expert,
    };
    let writer = many.clone();
    world
        .exchange
        .store
        .write(move |conn| writer.write(conn))
        .await
        .unwrap();
    (world, many)
}

#[actix_web::test]
async fn an_index_serves_each_shape_of_the_worklist_query() {
    for database in TestDatabase::both() {
        let (world, many) = crowded(&database).await;
        let cuts = [
            Cut::Laboratories(many.laboratories[..2].to_vec()),
            Cut::Expert(many.expert),
            Cut::Networks(many.networks.to_vec()),
        ];
        let url = database.url().to_owned();
        let checked = world.exchange.store.read(move |conn| {
            if matches!(conn, Conn::Pg(_)) {
                diesel::sql_query(IF_IT_CAN).execute(conn)?;
            }
            let mut found = Vec::new();
            for cut in &cuts {
                for (name, filter) in shapes(cut) {
                    let plan = plans(conn, &filter)?;
                    // What a word finds is few; it is sorted.
                    let in_order = filter.words.is_empty() && filter.accession.is_none();
                    // What is open is few, and never looked for among all that was closed.
                    let open = plan.iter().any(|step| step.contains("cases_open_"));
                    let found_open = open || !filter.open || !in_order;
                    if !faults(&plan, in_order).is_empty() || !found_open {
                        found.push(format!("{name}\n  {}", plan.join("\n  ")));
                    }
                }
            }
            Ok::<_, StoreError>(found)
        });
        let found = checked.await.unwrap();
        assert!(found.is_empty(), "{url}\n{}", found.join("\n"));
    }
}

#[actix_web::test]
async fn a_list_over_several_networks_is_paged_in_order_without_gap_or_repetition() {
    for database in TestDatabase::both() {
        let (world, many) = crowded(&database).await;
        let cut = Cut::Networks(many.networks.to_vec());
        let read = world.exchange.store.read(move |conn| {
            let (_, mut filter) = shapes(&cut).swap_remove(0);
            filter.open = true;
            let (mut rows, mut pages) = (Vec::new(), 0);
            loop {
                let page = list(conn, &filter)?;
                let Some(last) = page.last() else {
                    return Ok::<_, StoreError>((rows, pages));
                };
                pages += 1;
                filter.after = Some((last.sort_at, last.id.clone()));
                rows.extend(page.into_iter().map(|row| (row.sort_at, row.id)));
            }
        });
        let (rows, pages) = read.await.unwrap();
        assert_eq!((rows.len(), pages), (CASES / 20, 20));
        assert!(rows.is_sorted(), "by due time");
        let distinct: std::collections::BTreeSet<_> = rows.iter().collect();
        assert_eq!(distinct.len(), rows.len());
    }
}

/// Many cases made of one: laboratories and networks in turn, one in twenty open.
#[derive(Clone)]
struct Many {
    laboratories: [String; 3],
    networks: [String; 2],
    expert: String,
}

impl Many {
    fn write(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let columns = [
            "territory",
            "submitter_id",
            "subspecialty",
            "urgency",
            "question",
            "content",
            "initial_status",
            "slide_count",
            "cycle",
            "pauses",
            "withdrawal_requested",
            "updated_at",
            "created_at",
        ]
        .join(", ");
        let [one, two, three] = &self.laboratories;
        let [first, second] = &self.networks;
        let numbers = format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {CASES})"
        );
        // `||` makes text of a number on both.
        let key = "'many-' || n";
        let statements = [
            format!(
                "{numbers} INSERT INTO cases (id, reference, version, state, waiting_for, laboratory_id, network_id, expert_id, \
                 submitted_at, due_at, sort_at, {columns}) \
                 SELECT {key}, {key}, 1, CASE WHEN n % 20 = 0 THEN 'offered' ELSE 'closed' END, \
                 CASE WHEN n % 400 = 0 THEN 'candidate' END, \
                 CASE n % 3 WHEN 0 THEN '{one}' WHEN 1 THEN '{two}' ELSE '{three}' END, \
                 CASE n % 7 WHEN 0 THEN '{second}' ELSE '{first}' END, CASE WHEN n % 10 = 0 THEN '{}' END, \
                 n, n, n, {columns} FROM numbers, (SELECT {columns} FROM cases LIMIT 1) one",
                self.expert
            ),
            format!(
                "{numbers} INSERT INTO case_words (word, case_id) \
                 SELECT 'word' || (n % 1000), {key} FROM numbers UNION ALL SELECT 'carcinome', {key} FROM numbers WHERE n % 50 = 0"
            ),
        ];
        for statement in statements {
            diesel::sql_query(statement).execute(conn)?;
        }
        // PostgreSQL keeps its statistics by itself; on SQLite nobody does, and the plans must be right without.
        if matches!(conn, Conn::Pg(_)) {
            diesel::sql_query("ANALYZE").execute(conn)?;
        }
        Ok(())
    }
}

#[test]
fn a_plan_without_an_index_is_seen() {
    for (step, in_order, wrong) in [
        ("SCAN cases", false, true),
        ("SCAN cases USING INDEX cases_network", false, false),
        (
            "SEARCH cases USING INDEX cases_network (network_id=?)",
            true,
            false,
        ),
        ("USE TEMP B-TREE FOR ORDER BY", true, true),
        ("USE TEMP B-TREE FOR ORDER BY", false, false),
        (
            "  ->  Seq Scan on cases  (cost=0.00..1.01 rows=1 width=1)",
            false,
            true,
        ),
        (
            "  ->  Index Scan using cases_network on cases  (cost=1)",
            true,
            false,
        ),
        ("  ->  Sort  (cost=1)", true, true),
        ("  ->  Incremental Sort  (cost=1)", true, true),
    ] {
        let plan = [step.to_owned()];
        assert_eq!(!faults(&plan, in_order).is_empty(), wrong, "{step}");
    }
}
