//! Slide servers that let nobody in but who shows a token or a certificate: an OAuth 2.0 authority with its server, and an nginx.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use relecture::domain::ids::SlideSourceId;
use relecture::domain::slides::SourceKind;
use relecture::slides::outbound::{ClientCredentials, Credentials, Identity, RegisteredSource};
use serde_json::Value;

use super::companion::{Companion, ask};
use super::nginx::program;
use super::python::python;

/// One tile of 64 pixels as DeepZoom: `one.dzi`.
fn one_slide(folder: &Path) {
    let about =
        r#"<Image Format="jpg" Overlap="0" TileSize="64"><Size Width="64" Height="64"/></Image>"#;
    std::fs::write(folder.join("one.dzi"), about).expect("a description");
    for level in [0, 6] {
        let tiles = folder.join(format!("one_files/{level}"));
        std::fs::create_dir_all(&tiles).expect("a folder");
        image::RgbImage::from_pixel(1 << level, 1 << level, image::Rgb([200, 30, 30]))
            .save(tiles.join("0_0.jpg"))
            .expect("a tile");
    }
}

fn registered(base_url: String, credentials: Credentials) -> RegisteredSource {
    RegisteredSource {
        id: SlideSourceId(uuid::Uuid::from_u128(9)),
        kind: SourceKind::DeepZoom,
        base_url,
        internal: true,
        credentials: Some(credentials),
    }
}

/// An authority that runs, and the slide server that takes its tokens. Ends with this value.
pub struct Authority(Companion);

impl Authority {
    /// Gives tokens that live for so many seconds.
    pub fn start(lifetime: u32) -> Self {
        Self(Companion::start(
            |folder, port| {
                one_slide(folder);
                let script =
                    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/authority.py");
                let mut command = Command::new(python());
                command.arg(script).arg(port.to_string()).arg(folder);
                command.arg(lifetime.to_string());
                command
            },
            |port| ask(port, "GET", "/asked", "", b"").0 == 200,
        ))
    }

    /// Where it gives tokens.
    pub fn token_url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.0.port)
    }

    /// The address of its slides.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/slides", self.0.port)
    }

    /// What it knows us by.
    pub fn client(&self) -> ClientCredentials {
        ClientCredentials {
            token_url: self.token_url(),
            client_id: "relecture".into(),
            client_secret: "s e:c+r%t".into(),
            scope: Some("slides".into()),
        }
    }

    /// The slide server, with those.
    pub fn source(&self, client: ClientCredentials) -> RegisteredSource {
        registered(self.base_url(), Credentials::ClientCredentials(client))
    }

    /// How often it was asked for tokens, and how often it was shown one that it did not take.
    pub fn asked(&self) -> (u64, u64) {
        let (_, body) = ask(self.0.port, "GET", "/asked", "", b"");
        let asked: Value = serde_json::from_slice(&body).expect("JSON");
        let count = |name: &str| asked[name].as_u64().expect("a number");
        (count("tokens"), count("refused"))
    }

    /// Ends all tokens, or fails from now on.
    pub fn told(&self, what: &str) {
        assert_eq!(ask(self.0.port, "POST", what, "", b"").0, 200);
    }
}

/// In lines, which OpenSSL wants.
fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    let text = lines.join("\n");
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// Who vouches for certificates.
pub struct Voucher {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, in PEM.
    pub certificate: String,
}

impl Voucher {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("a name");
        // Two of one name would be taken for one that vouches for itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let certificate = pem("CERTIFICATE", certificate.der());
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// A certificate and its key, good from one year until another.
    pub fn vouches_for(&self, name: &str, years: std::ops::Range<i32>) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let made = params.signed_by(&key, &self.issuer);
        let certificate = pem("CERTIFICATE", made.expect("a certificate").der());
        (certificate, pem("PRIVATE KEY", &key.serialize_der()))
    }

    /// What we show to a server that this one vouches for.
    pub fn identity(&self, years: std::ops::Range<i32>) -> Identity {
        let (certificate, key) = self.vouches_for("relecture", years);
        Identity {
            certificate,
            key,
            authority: Some(self.certificate.clone()),
        }
    }
}

/// An nginx that asks for a certificate. Ends with this value.
pub struct Guarded(Companion);

impl Guarded {
    /// Lets in whom `voucher` vouches for, who vouches for the server too.
    pub fn start(voucher: &Voucher) -> Self {
        Self(Companion::start(
            |folder, port| {
                one_slide(folder);
                let (certificate, key) = voucher.vouches_for("localhost", 2020..2090);
                let write = |name: &str, text: &str| {
                    std::fs::write(folder.join(name), text).expect("it is written");
                };
                write("server.pem", &certificate);
                write("server.key", &key);
                write("clients.pem", &voucher.certificate);
                write("nginx.conf", &configuration(folder, port));
                let mut command = Command::new(program());
                command.arg("-e").arg(folder.join("nginx.log"));
                command
                    .arg("-p")
                    .arg(folder)
                    .arg("-c")
                    .arg(folder.join("nginx.conf"));
                command
            },
            // Plain HTTP is not spoken there.
            |port| ask(port, "GET", "/one.dzi", "", b"").0 == 400,
        ))
    }

    /// The address of its slides.
    pub fn base_url(&self) -> String {
        format!("https://localhost:{}/", self.0.port)
    }

    /// It, with what we show.
    pub fn source(&self, identity: Identity) -> RegisteredSource {
        registered(self.base_url(), Credentials::Certificate(identity))
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let scratch: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {folder}/scratch-{kind};\n"))
        .collect();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nevents {{}}\nhttp {{\n{scratch}access_log off;\n\
         server {{ listen 127.0.0.1:{port} ssl; root {folder};\n\
         ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;\n\
         ssl_client_certificate {folder}/clients.pem; ssl_verify_client on; }}\n}}\n"
    )
}
