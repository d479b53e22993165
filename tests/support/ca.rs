//! A network's own certificate authority, made by a program of another author.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::python::python;

/// The authority, gone with the story.
pub struct Ca(tempfile::TempDir);

impl Ca {
    pub fn new() -> Self {
        let ca = Self(tempfile::tempdir().expect("a folder"));
        ca.run(&[]);
        ca
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/ca.py");
        let output = Command::new(python())
            .arg(script)
            .arg(self.0.path())
            .args(arguments)
            .output()
            .expect("Python");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output.stdout
    }

    pub fn root(&self) -> PathBuf {
        self.0.path().join("root.pem")
    }

    pub fn middle(&self) -> PathBuf {
        self.0.path().join("middle.pem")
    }

    /// What it answers to a request (PEM), in one of the ways that its script knows.
    pub fn answers(&self, how: &str, request: &str) -> Vec<u8> {
        let file = self.0.path().join("request.pem");
        std::fs::write(&file, request).expect("a file");
        self.run(&[how, &file.display().to_string()])
    }
}
