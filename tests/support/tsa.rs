//! A real time stamp authority: openssl behind a small HTTP server, which behaves as its address says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use relecture::service::timestamps::Stamper;
use relecture::signing::verification::certificates;
use relecture::slides::outbound::OutboundLimits;

use super::companion::{Companion, ask};
use super::python::python;

/// The authority, gone with the story.
pub struct Tsa {
    server: Companion,
    folder: tempfile::TempDir,
}

impl Tsa {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/tsa.py");
        let server = Companion::start(
            |_, port| {
                let mut command = Command::new(python());
                command
                    .arg(&script)
                    .arg(folder.path())
                    .arg(port.to_string());
                command
            },
            |port| ask(port, "GET", "/", "", b"").0 == 200,
        );
        Self { server, folder }
    }

    /// The certificate of the authority, as a file.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The same, DER.
    pub fn trusted(&self) -> Vec<Vec<u8>> {
        let pem = std::fs::read(self.certificate()).expect("a certificate");
        certificates(&pem).expect("it can be read")
    }

    /// The address at which it behaves like that.
    pub fn address(&self, behaviour: &str) -> String {
        format!("http://127.0.0.1:{}/{behaviour}", self.server.port)
    }

    /// A client of it that soon loses patience.
    pub fn stamper(&self, behaviour: &str) -> Stamper {
        self.stamper_at(&self.address(behaviour))
    }

    pub fn stamper_at(&self, address: &str) -> Stamper {
        let limits = OutboundLimits {
            connect: Duration::from_secs(5),
            overall: match address.ends_with("/silent") {
                true => Duration::from_millis(200),
                false => Duration::from_secs(30),
            },
            max_bytes: 64 * 1024,
        };
        let address = address.parse().expect("an address");
        Stamper::within(address, self.trusted(), limits).expect("a client")
    }
}
