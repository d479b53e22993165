//! A real nginx serving the real slide as static IIIF 3 and DeepZoom trees, which libvips makes anew for each run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use relecture::domain::ids::SlideSourceId;
use relecture::domain::slides::{SlideLocation, SourceKind};
use relecture::slides::outbound::RegisteredSource;

use super::companion::{Companion, ask};
use super::orthanc::slide_files;
use super::python::python;

/// An nginx that runs. Ends with this value.
pub struct Nginx {
    process: Companion,
}

impl Nginx {
    /// The one that the stories share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Nginx> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Another one.
    pub fn start() -> Self {
        let process = Companion::start(
            |folder, port| {
                make_trees(folder, port);
                let file = folder.join("nginx.conf");
                std::fs::write(&file, configuration(folder, port)).expect("it is written");
                let mut command = Command::new(program());
                command.arg("-e").arg(folder.join("nginx.log"));
                command.arg("-p").arg(folder).arg("-c").arg(file);
                command
            },
            |port| {
                let (status, body) = ask(port, "GET", "/iiif/cmu/info.json", "", b"");
                // Nobody else's server knows its own port by this name.
                status == 200 && String::from_utf8_lossy(&body).contains(&address(port))
            },
        );
        Self { process }
    }

    /// The address of its IIIF images.
    pub fn iiif_url(&self) -> String {
        format!("{}/iiif", address(self.process.port))
    }

    /// The address of its DeepZoom images.
    pub fn deep_zoom_url(&self) -> String {
        format!("{}/dz", address(self.process.port))
    }

    /// Its IIIF images, as an administrator registers them.
    pub fn iiif(&self) -> RegisteredSource {
        source(SourceKind::Iiif, self.iiif_url())
    }

    /// Its DeepZoom images, as an administrator registers them.
    pub fn deep_zoom(&self) -> RegisteredSource {
        source(SourceKind::DeepZoom, self.deep_zoom_url())
    }
}

/// An image of the IIIF tree: `cmu` is what libvips writes; `scaled` is the same with its physical scale.
pub fn iiif(identifier: &str) -> SlideLocation {
    SlideLocation::Iiif {
        identifier: identifier.into(),
    }
}

/// An image of the DeepZoom tree: `cmu.dzi`.
pub fn deep_zoom(path: &str) -> SlideLocation {
    SlideLocation::DeepZoom { path: path.into() }
}

fn source(kind: SourceKind, base_url: String) -> RegisteredSource {
    RegisteredSource {
        id: SlideSourceId(uuid::Uuid::from_u128(2)),
        kind,
        base_url,
        internal: true,
        credentials: None,
    }
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Debian keeps it where only root looks.
pub fn program() -> PathBuf {
    let usual = PathBuf::from("/usr/sbin/nginx");
    if usual.exists() {
        usual
    } else {
        "nginx".into()
    }
}

fn make_trees(folder: &Path, port: u16) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = python();
    let made = Command::new(&python)
        .arg(root.join("tests/support/slide_trees.py"))
        .arg(slide_files().join("CMU-1-Small-Region.svs"))
        .arg(folder)
        .arg(address(port))
        .output();
    let made = made.unwrap_or_else(|error| {
        panic!(
            "{}: {error}; script/setup test installs it",
            python.display()
        )
    });
    assert!(
        made.status.success(),
        "script/setup test installs libvips: {}",
        String::from_utf8_lossy(&made.stderr)
    );
}

fn configuration(folder: &Path, port: u16) -> String {
    let scratch: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {}/scratch-{kind};\n", folder.display()))
        .collect();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nevents {{}}\nhttp {{\n{scratch}access_log off;\n\
         types {{ application/json json; application/xml dzi; image/jpeg jpg; }}\n\
         server {{ listen 127.0.0.1:{port}; root {folder}/trees; }}\n}}\n",
        folder = folder.display()
    )
}
