//! What stands before the program in real life, and beside it: nginx, which ends TLS and speaks HTTP/2 to browsers, and which is
//! the laboratory's slide server too.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::PublicKeyData;
use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::server::free;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An nginx that runs. Ends with this value.
pub struct Front {
    process: Child,
    /// Where it serves the program, over TLS.
    pub address: SocketAddr,
    /// Digest of its key, by which the browser is told to trust it.
    pub key: String,
}

impl Front {
    /// Starts it before the program at `program`; it serves what is below `slides` at `library`.
    pub fn start(
        folder: &Path,
        program: SocketAddr,
        slides: &Path,
        library: SocketAddr,
    ) -> Outcome<Self> {
        let address = free()?;
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        std::fs::write(
            folder.join("front.crt"),
            pem("CERTIFICATE", made.cert.der()),
        )?;
        let key = pem("PRIVATE KEY", &made.signing_key.serialize_der());
        std::fs::write(folder.join("front.key"), key)?;
        let file = folder.join("front.conf");
        std::fs::write(
            &file,
            configuration(folder, address, program, slides, library),
        )?;
        let process = Command::new(nginx())
            .arg("-e")
            .arg(folder.join("front.log"))
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("nginx: {error}; script/setup lines installs it"))?;
        let info = made.signing_key.subject_public_key_info();
        let front = Self {
            process,
            address,
            key: STANDARD.encode(Sha256::digest(info)),
        };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if began.elapsed() > PATIENCE {
                let log = folder.join("front.log");
                return Err(format!("nginx does not serve: see {}", log.display()).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(front)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // One that has ended needs no killing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
}

/// Debian keeps it where only root looks.
fn nginx() -> PathBuf {
    let usual = PathBuf::from("/usr/sbin/nginx");
    if usual.exists() {
        usual
    } else {
        "nginx".into()
    }
}

/// One process. Between two programs on one machine the system would let megabytes stand in the sockets, which no real line lets
/// a server be rid of: so its own are kept small.
fn configuration(
    folder: &Path,
    address: SocketAddr,
    program: SocketAddr,
    slides: &Path,
    library: SocketAddr,
) -> String {
    let folder = folder.display();
    let scratch: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {folder}/scratch-{kind};\n"))
        .collect();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/front.pid;\nevents {{ worker_connections 1024; }}\n\
         http {{\n{scratch}access_log off;\ntypes {{ application/json json; image/jpeg jpg; }}\n\
         upstream program {{ server {program}; keepalive 32; }}\n\
         server {{\n  listen {address} ssl http2 sndbuf=32k;\n  ssl_certificate {folder}/front.crt;\n  \
         ssl_certificate_key {folder}/front.key;\n  ssl_protocols TLSv1.3;\n  \
         location / {{\n    proxy_pass http://program;\n    proxy_http_version 1.1;\n    \
         proxy_set_header Connection \"\";\n    proxy_set_header Host $http_host;\n    \
         proxy_set_header X-Forwarded-Proto https;\n  }}\n}}\n\
         server {{ listen {library}; root {slides}; }}\n}}\n",
        slides = slides.display()
    )
}
