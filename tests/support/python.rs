//! The Python of `script/setup test`, with the packages the tests compare with.

use std::path::PathBuf;

/// Its interpreter; `RELECTURE_TEST_PYTHON` names another one.
pub fn python() -> PathBuf {
    std::env::var("RELECTURE_TEST_PYTHON").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python3"),
        PathBuf::from,
    )
}
