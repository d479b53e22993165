//! A real Orthanc with its DICOMweb and whole-slide plugins, holding the real slide.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use relecture::domain::ids::SlideSourceId;
use relecture::domain::slides::{SlideLocation, SourceKind};
use relecture::slides::outbound::{Credentials, RegisteredSource};
use serde_json::{Value, json};

use super::companion::{Companion, ask};

const PLUGINS: &str = "/usr/share/orthanc/plugins";
/// The account of its only user.
pub const USER: &str = "labo";
pub const PASSWORD: &str = "labo-secret";

/// Study and series of the slide, as in `tests/data/slide/dicom`: five levels, label, overview and thumbnail.
pub const STUDY: &str = "1.2.826.0.1.3680043.8.498.30020411794962618040615870611641275785";
pub const SERIES: &str = "1.2.826.0.1.3680043.8.498.31972397142521749796126482962140053726";
/// The accession number of the stories about it.
pub const ACCESSION: &str = "26H00777";
/// A series that is no whole-slide image: annotations of one.
pub const ANNOTATIONS: (&str, &str) = (
    "1.2.826.0.1.3680043.9.7433.3.82970457260936734119270346325882945",
    "1.2.826.0.1.3680043.10.511.3.99430234906513548906988277250799704",
);

/// The folder of the slide's files.
pub fn slide_files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/slide")
}

/// An Orthanc that runs. Ends with this value.
pub struct Orthanc {
    process: Companion,
}

impl Orthanc {
    /// The one that the stories share: holds the slide and the annotations, and must be left as it is.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Orthanc> = OnceLock::new();
        SHARED.get_or_init(|| {
            let orthanc = Self::holding_the_slide();
            orthanc.store(&slide_files().join("annotations.dcm"));
            orthanc
        })
    }

    /// One with the slide, for a story that changes things.
    pub fn holding_the_slide() -> Self {
        let orthanc = Self::start();
        for entry in std::fs::read_dir(slide_files().join("dicom")).expect("the slide") {
            orthanc.store(&entry.expect("a file").path());
        }
        orthanc
    }

    /// One with the slide twice: as it is, and under that accession number.
    pub fn holding_the_slide_as(accession: &str) -> Self {
        let orthanc = Self::holding_the_slide();
        let studies = orthanc.get("/studies");
        let study = studies[0].as_str().expect("a study").to_owned();
        let change = json!({ "Replace": { "AccessionNumber": accession } });
        orthanc.post(
            &format!("/studies/{study}/modify"),
            change.to_string().as_bytes(),
        );
        orthanc
    }

    /// An empty one.
    pub fn start() -> Self {
        let process = Companion::start(
            |folder, port| {
                let file = folder.join("orthanc.json");
                let text = configuration(folder, port).to_string();
                std::fs::write(&file, text).expect("the configuration is written");
                let mut command = Command::new("Orthanc");
                command.arg(file);
                command
            },
            |port| {
                let (status, body) = ask(port, "GET", "/system", &authorization(), b"");
                // Nobody else's server has this name.
                status == 200 && String::from_utf8_lossy(&body).contains(&name(port))
            },
        );
        Self { process }
    }

    /// Takes one DICOM file in.
    pub fn store(&self, file: &Path) {
        let bytes = std::fs::read(file).expect("the file is read");
        self.post("/instances", &bytes);
    }

    /// Asks its own interface; the answer as JSON.
    pub fn post(&self, path: &str, body: &[u8]) -> Value {
        let (status, answer) = ask(self.process.port, "POST", path, &authorization(), body);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).expect("JSON")
    }

    /// Asks its own interface.
    pub fn get(&self, path: &str) -> Value {
        let (status, answer) = ask(self.process.port, "GET", path, &authorization(), b"");
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).expect("JSON")
    }

    /// Converts the scanner's own file as Orthanc's own program does it, which gets colours and scale wrong. Gives the place of
    /// the new series.
    pub fn convert_wrongly(&self) -> SlideLocation {
        let before = self.series();
        let dataset = tempfile::NamedTempFile::new().expect("a file");
        let attributes = json!({
            "PatientName": "Essai", "PatientID": "0", "PatientBirthDate": "", "PatientSex": "O", "StudyID": "1",
            "AccessionNumber": "0", "StudyDescription": "", "SeriesDescription": "", "ContainerIdentifier": "A1-1",
            "ImageType": "DERIVED\\PRIMARY\\VOLUME\\NONE", "Manufacturer": "Essai", "Modality": "SM",
        });
        std::fs::write(dataset.path(), attributes.to_string()).expect("the attributes are written");
        let done = Command::new("OrthancWSIDicomizer")
            .arg(format!("--orthanc={}", self.root()))
            .args([
                format!("--username={USER}"),
                format!("--password={PASSWORD}"),
            ])
            .arg(format!("--dataset={}", dataset.path().display()))
            .args([
                "--imaged-width=1.10778",
                "--imaged-height=1.480533",
                "--imaged-depth=0.01",
            ])
            .args(["--pyramid=1", "--levels=4", "--threads=2"])
            .arg(slide_files().join("CMU-1-Small-Region.svs"))
            .output()
            .expect("orthanc-wsi is installed");
        assert!(done.status.success(), "{done:?}");
        self.new_since(&before)
    }

    /// A copy of the slide whose attributes are changed, as a server's own administrator can. Gives its place.
    pub fn altered(&self, attributes: &Value) -> SlideLocation {
        let before = self.series();
        let series = before
            .iter()
            .find(|id| self.place(id).1 == SERIES)
            .expect("the slide is here");
        let change = json!({ "Replace": attributes });
        self.post(
            &format!("/series/{series}/modify"),
            change.to_string().as_bytes(),
        );
        self.new_since(&before)
    }

    fn series(&self) -> Vec<String> {
        serde_json::from_value(self.get("/series")).expect("a list")
    }

    fn new_since(&self, before: &[String]) -> SlideLocation {
        let after = self.series();
        let new = after.iter().find(|id| !before.contains(id));
        let (study, series) = self.place(new.expect("a new series"));
        dicom(&study, &series)
    }

    fn place(&self, series: &str) -> (String, String) {
        let tag = |about: &Value, name: &str| {
            about["MainDicomTags"][name]
                .as_str()
                .expect("an identifier")
                .to_owned()
        };
        let about = self.get(&format!("/series/{series}"));
        let study = self.get(&format!(
            "/studies/{}",
            about["ParentStudy"].as_str().expect("a study")
        ));
        (
            tag(&study, "StudyInstanceUID"),
            tag(&about, "SeriesInstanceUID"),
        )
    }

    fn root(&self) -> String {
        format!("http://127.0.0.1:{}/", self.process.port)
    }

    /// The address of its DICOMweb service.
    pub fn base_url(&self) -> String {
        format!("{}dicom-web", self.root())
    }

    /// It, as an administrator registers it.
    pub fn source(&self) -> RegisteredSource {
        RegisteredSource {
            id: SlideSourceId(uuid::Uuid::from_u128(1)),
            kind: SourceKind::DicomWeb,
            base_url: self.base_url(),
            internal: true,
            credentials: Some(credentials()),
        }
    }
}

/// How it lets its user in.
pub fn credentials() -> Credentials {
    Credentials::Basic {
        user: USER.into(),
        password: PASSWORD.into(),
    }
}

/// The place of the slide.
pub fn slide() -> SlideLocation {
    dicom(STUDY, SERIES)
}

/// The place of a series.
pub fn dicom(study: &str, series: &str) -> SlideLocation {
    SlideLocation::DicomWeb {
        study_uid: study.into(),
        series_uid: series.into(),
    }
}

fn authorization() -> String {
    let account = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    format!("Authorization: Basic {account}\r\n")
}

fn name(port: u16) -> String {
    format!("relecture-{}-{port}", std::process::id())
}

fn configuration(folder: &Path, port: u16) -> Value {
    json!({
        "Name": name(port), "StorageDirectory": folder, "IndexDirectory": folder,
        "HttpPort": port, "DicomServerEnabled": false, "RemoteAccessAllowed": false,
        "AuthenticationEnabled": true, "RegisteredUsers": { USER: PASSWORD },
        "Plugins": [format!("{PLUGINS}/libOrthancDicomWeb.so"), format!("{PLUGINS}/libOrthancWSI.so")],
        "DicomWeb": {
            "Enable": true, "Root": "/dicom-web/", "EnableWado": true, "WadoRoot": "/wado", "Ssl": false,
            "Host": format!("127.0.0.1:{port}"), "StudiesMetadata": "Full", "SeriesMetadata": "Full",
        },
    })
}
