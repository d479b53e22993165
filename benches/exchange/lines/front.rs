//! What stands before the program in real life, and beside it: nginx, which ends TLS and speaks HTTP/2 to browsers, and which is
//! the laboratory's slide server too.

use std::net::SocketAddr;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::PublicKeyData;
use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::nginx::Nginx;
use crate::server::free;

/// An nginx that runs. Ends with this value.
pub struct Front {
    nginx: Nginx,
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
        let http = configuration(folder, address, program, slides, library);
        let parts = ("master_process off;\n", http.as_str());
        let nginx = Nginx::start(folder, "front", address, parts)?;
        let info = made.signing_key.subject_public_key_info();
        let key = STANDARD.encode(Sha256::digest(info));
        Ok(Self { nginx, key })
    }

    /// Where it serves the program, over TLS.
    pub fn address(&self) -> SocketAddr {
        self.nginx.address
    }
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
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
    format!(
        "types {{ application/json json; image/jpeg jpg; }}\n\
         upstream program {{ server {program}; keepalive 32; }}\n\
         server {{\n  listen {address} ssl http2 sndbuf=32k;\n  ssl_certificate {folder}/front.crt;\n  \
         ssl_certificate_key {folder}/front.key;\n  ssl_protocols TLSv1.3;\n  \
         location / {{\n    proxy_pass http://program;\n    proxy_http_version 1.1;\n    \
         proxy_set_header Connection \"\";\n    proxy_set_header Host $http_host;\n    \
         proxy_set_header X-Forwarded-Proto https;\n  }}\n}}\n\
         server {{ listen {library}; root {slides}; }}\n",
        folder = folder.display(),
        slides = slides.display()
    )
}
