//! nginx: what stands before the program in real life, and what its tiles are measured beside.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::server::free;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where the demonstration's slide stands as DeepZoom, below the server's address.
pub const DEEP_ZOOM: &str = "/demo-slides/dz";

/// An nginx that runs. Ends with this value.
pub struct Nginx {
    process: Child,
    /// Where it serves.
    pub address: SocketAddr,
}

impl Nginx {
    /// Starts one that serves at `address`: `main` and `http` are the parts of its configuration, and `name` that of its files in
    /// `folder`.
    pub fn start(
        folder: &Path,
        name: &str,
        address: SocketAddr,
        (main, http): (&str, &str),
    ) -> Outcome<Self> {
        let (file, log) = (
            folder.join(format!("{name}.conf")),
            folder.join(format!("{name}.log")),
        );
        let inside = folder.display();
        let scratch: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {inside}/scratch-{kind};\n"))
            .collect();
        let configuration = format!(
            "daemon off;\npid {inside}/{name}.pid;\n{main}events {{ worker_connections 1024; }}\n\
             http {{\n{scratch}access_log off;\n{http}}}\n"
        );
        std::fs::write(&file, configuration)?;
        let process = Command::new(program())
            .arg("-e")
            .arg(&log)
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("nginx: {error}; script/setup bench installs it"))?;
        let nginx = Self { process, address };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if began.elapsed() > PATIENCE {
                return Err(format!("nginx does not serve: see {}", log.display()).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }

    /// Starts one that is a laboratory's slide server: it has the demonstration's slide, as DeepZoom. As many processes as the
    /// program has, and set up as its makers advise for small files.
    pub fn library(folder: &Path) -> Outcome<Self> {
        let address = free()?;
        let tiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo/slide/tiles");
        let slide = format!("{DEEP_ZOOM}/cmu-1-small-region");
        // Who is nobody may not read where the project stands.
        let user = if std::fs::metadata("/proc/self")?.uid() == 0 {
            "user root;\n"
        } else {
            ""
        };
        let http = format!(
            "types {{ image/jpeg jpg; application/xml dzi; }}\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 100000000;\n\
             open_file_cache max=1000 inactive=1h;\nopen_file_cache_valid 1h;\n\
             server {{\n  listen {address};\n  location {slide}_files/ {{ alias {tiles}/; }}\n  \
             location = {slide}.dzi {{\n    return 200 '{description}';\n  }}\n}}\n",
            tiles = tiles.display(),
            description = "<Image xmlns=\"http://schemas.microsoft.com/deepzoom/2008\" Format=\"jpeg\" Overlap=\"0\" \
                           TileSize=\"240\"><Size Width=\"2220\" Height=\"2967\"/></Image>",
        );
        let main = format!("{user}worker_processes auto;\n");
        Self::start(folder, "library", address, (&main, &http))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master process ends its workers; one that is killed would leave them. What has ended needs no killing.
        let _ = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
    }
}

/// Debian keeps it where only root looks.
fn program() -> PathBuf {
    let usual = PathBuf::from("/usr/sbin/nginx");
    if usual.exists() {
        usual
    } else {
        "nginx".into()
    }
}
