//! A token as SoftHSM makes one of files, in a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::program::Machine;
use super::python::python;

/// Where Debian keeps its library.
const MODULES: [&str; 2] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
];
pub const LABEL: &str = "experts";
pub const PIN: &str = "271828";

/// The token, gone with the story.
pub struct SoftHsm {
    folder: tempfile::TempDir,
}

impl SoftHsm {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).expect("a folder for tokens");
        let settings = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(folder.path().join("softhsm2.conf"), settings).expect("settings");
        let hsm = Self { folder };
        let made = Command::new("softhsm2-util")
            .env("SOFTHSM2_CONF", hsm.settings())
            .args(["--init-token", "--free", "--label", LABEL])
            .args(["--so-pin", "31415926", "--pin", PIN])
            .output()
            .expect("softhsm2-util; script/setup test installs it");
        assert!(made.status.success(), "{made:?}");
        hsm
    }

    pub fn module() -> &'static str {
        let there = MODULES.into_iter().find(|path| Path::new(path).exists());
        there.expect("SoftHSM; script/setup test installs it")
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }

    fn tokens(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    /// The machine with this token in it; the PIN comes from a file.
    pub fn in_machine(&self, machine: Machine) -> Machine {
        let pin = machine.file("pin", format!("{PIN}\n"));
        machine
            .with_variable("SOFTHSM2_CONF", &self.settings().display().to_string())
            .with("pkcs11.module", Self::module())
            .with("pkcs11.token", LABEL)
            .with("pkcs11.pin_file", &pin)
    }

    /// Takes the token out.
    pub fn take_out(&self) {
        std::fs::rename(self.tokens(), self.folder.path().join("elsewhere")).expect("it goes");
        std::fs::create_dir(self.tokens()).expect("an empty reader");
    }

    /// Puts it back.
    pub fn put_back(&self) {
        std::fs::remove_dir(self.tokens()).expect("an empty reader");
        std::fs::rename(self.folder.path().join("elsewhere"), self.tokens()).expect("it comes");
    }

    /// Keeps the token from answering for as long as the value lives: its files are locked by somebody else.
    pub fn busy(&self) -> Busy {
        const SCRIPT: &str = "
import fcntl, pathlib, sys
files = [open(path, 'r+b') for path in pathlib.Path(sys.argv[1]).rglob('*') if path.is_file() and path.stat().st_size]
for file in files: fcntl.lockf(file, fcntl.LOCK_EX)
print(len(files), flush=True)
sys.stdin.read()
";
        let mut child = Command::new(python())
            .args(["-c", SCRIPT])
            .arg(self.tokens())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python");
        let mut locked = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe"))
            .read_line(&mut locked)
            .expect("a line");
        assert!(
            locked.trim().parse::<u32>().is_ok_and(|files| files > 0),
            "{locked}"
        );
        Busy(child)
    }
}

/// A token that does not answer.
pub struct Busy(Child);

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
