//! SQLite databases for the stories: migrated once into a template, copied for each story.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

/// A database file of its own for one story, removed with this value.
pub struct SqliteDatabase {
    /// The database file.
    pub path: PathBuf,
    /// The same as a database address, `sqlite:PATH`.
    pub url: String,
    _folder: TempDir,
}

/// A new database, copied from the template `template`. The first caller in this process makes the template: a path at which
/// `set_up` is called once (it creates, migrates, and must close its connections).
pub fn fresh(template: &str, set_up: fn(&Path)) -> SqliteDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("relecture.db");
    std::fs::write(&path, &*template_bytes(template, set_up)).expect("the template is copied");
    SqliteDatabase {
        url: format!("sqlite:{}", path.display()),
        path,
        _folder: folder,
    }
}

/// The template's bytes: kept in memory, so that no file outlives the run.
fn template_bytes(template: &str, set_up: fn(&Path)) -> Arc<Vec<u8>> {
    static TEMPLATES: Mutex<BTreeMap<String, Arc<Vec<u8>>>> = Mutex::new(BTreeMap::new());
    // A set-up that panicked has not been entered in the map, so the next story tries again and says the same.
    let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = templates.get(template) {
        return Arc::clone(bytes);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("template.db");
    set_up(&path);
    let log = folder.path().join("template.db-wal");
    assert!(
        !log.exists(),
        "the set-up of template {template} left its write-ahead log behind: close its connections"
    );
    let bytes = Arc::new(std::fs::read(&path).expect("the template is read"));
    templates.insert(template.to_owned(), Arc::clone(&bytes));
    bytes
}

#[test]
fn each_story_has_its_own_copy_of_the_template() {
    use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query};
    fn set_up(path: &Path) {
        let mut connection = SqliteConnection::establish(path.to_str().expect("a UTF-8 path"))
            .expect("the file opens");
        sql_query("PRAGMA journal_mode = WAL")
            .execute(&mut connection)
            .expect("the mode is set");
        sql_query("CREATE TABLE marks (name text)")
            .execute(&mut connection)
            .expect("a table is made");
    }
    let (one, two) = (
        fresh("support_template", set_up),
        fresh("support_template", set_up),
    );
    let insert = "INSERT INTO marks VALUES ('one')";
    for database in [&one, &two] {
        let mut connection = SqliteConnection::establish(database.path.to_str().unwrap()).unwrap();
        assert_eq!(sql_query(insert).execute(&mut connection).unwrap(), 1);
    }
    let path = two.path.clone();
    drop(two);
    assert!(!path.exists(), "a dropped database is gone");
    assert_eq!(one.url, format!("sqlite:{}", one.path.display()));
}
