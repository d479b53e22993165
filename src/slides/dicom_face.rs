//! A DICOM series as it is shown to who may see the slide, and to nobody's knowledge of whose it is: only instances of tissue, only
//! attributes that a viewer needs, every identifier another one.

use serde_json::{Map, Value, json};

use super::dicomweb::{MATRIX_COLUMNS, MATRIX_ROWS, SOP_INSTANCE, text, whole};

/// Unique identifiers that DICOM itself gives: of classes and transfer syntaxes. They stay.
const OF_THE_STANDARD: &str = "1.2.840.10008.";
/// JPEG baseline, the one transfer syntax in which frames are given.
pub const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";

const STUDY: &str = "0020000D";
const SERIES: &str = "0020000E";
const PHOTOMETRIC: &str = "00280004";
const LOSSY: &str = "00282110";
const IDENTITY_REMOVED: &str = "00120062";
const PROFILE: &str = "00282000";
/// Sequences are followed so deep; a pyramid's go to four.
const DEPTH_MAX: usize = 8;

/// The attributes of an image that a viewer needs: what it is, of which shape, where it lies on the glass, how it was lit. None of
/// them says who, where or when.
const ATTRIBUTES: &[&str] = &[
    "00080005", "00080008", "00080016", "00080017", "00080018", "00080019", "00080060", "0020000D",
    "0020000E", "00200013", "00200052", "00209161", "00209162", "00209221", "00209222", "00209228",
    "00209311", "00280002", "00280004", "00280006", "00280008", "00280010", "00280011", "00280100",
    "00280101", "00280102", "00280103", "00280301", "00282110", "00282112", "00282114", "00480001",
    "00480002", "00480003", "00480006", "00480007", "00480008", "00480010", "00480011", "00480012",
    "00480102", "00480105", "00480302", "00480303", "52009229", "52009230",
];
/// Groups of which anything may stand inside those: codes, acquisition, relation, pixels, the slide.
const INNER_GROUPS: &[&str] = &["0018", "0020", "0022", "0028", "0048", "5200"];
/// Numbers of another group that may: where a frame lies on the glass, and how high.
const INNER_PLACES: &[&str] = &["0040072A", "0040073A", "0040074A"];
/// Short texts that may: codes with their schemes and meanings, and the names of optical paths.
const INNER_TEXTS: &[&str] = &["00080100", "00080102", "00080103", "00080104", "00480106"];
/// Kinds of values that are numbers and names of the standard, never somebody's words.
const PLAIN: &[&str] = &[
    "CS", "DS", "IS", "US", "UL", "UV", "SS", "SL", "SV", "FL", "FD", "AT",
];

/// A series as it is shown.
pub struct Face {
    /// Its study, as it is called here.
    pub study: String,
    /// As it is called here.
    pub series: String,
    /// Its instances, the finest first.
    pub instances: Vec<Shown>,
    /// Bytes that it takes up, about.
    pub weight: u32,
}

/// An instance as it is shown.
pub struct Shown {
    /// As it is called here.
    pub uid: String,
    /// As its source calls it.
    pub original: String,
    /// Its attributes.
    pub dataset: Map<String, Value>,
}

/// In which colours the frames are given, where not as the source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// As they are, and as the source says.
    AsSaid,
    /// As they are: red, green, blue, whatever the source says.
    Rgb,
    /// Encoded here.
    Encoded,
}

impl Face {
    /// The face of a series: `metadata` as its source tells it, those of its instances that make up the pyramid, and what each
    /// identifier is called here.
    pub(super) fn of(
        metadata: &Value,
        pyramid: &[&str],
        given: Given,
        called: &dyn Fn(&str) -> String,
    ) -> Option<Self> {
        let instances = metadata.as_array()?.iter();
        let of_pyramid = instances.filter_map(|instance| {
            let original = text(instance, SOP_INSTANCE, 0)?;
            pyramid.contains(&original).then_some((original, instance))
        });
        let mut shown: Vec<Shown> = of_pyramid
            .map(|(original, instance)| Shown {
                uid: called(original),
                original: original.to_owned(),
                dataset: dataset(instance, given, called),
            })
            .collect();
        let pixels = |one: &Shown| {
            let dataset = Value::Object(one.dataset.clone());
            let edge = |tag| whole(&dataset, tag).unwrap_or(0);
            edge(MATRIX_COLUMNS).saturating_mul(edge(MATRIX_ROWS))
        };
        shown.sort_by_cached_key(|one| std::cmp::Reverse(pixels(one)));
        let first = Value::Object(shown.first()?.dataset.clone());
        let uid = |tag| text(&first, tag, 0).map(ToOwned::to_owned);
        let weight: usize = shown
            .iter()
            .map(|one| Value::Object(one.dataset.clone()).to_string().len())
            .sum();
        Some(Self {
            study: uid(STUDY)?,
            series: uid(SERIES)?,
            instances: shown,
            weight: u32::try_from(weight.saturating_mul(4)).unwrap_or(u32::MAX),
        })
    }

    /// The instance that is called so here.
    pub fn instance(&self, uid: &str) -> Option<&Shown> {
        self.instances.iter().find(|one| one.uid == uid)
    }
}

fn dataset(instance: &Value, given: Given, called: &dyn Fn(&str) -> String) -> Map<String, Value> {
    let mut kept = Map::new();
    for tag in ATTRIBUTES {
        if let Some(element) = instance
            .get(*tag)
            .and_then(|one| element(tag, one, called, 0))
        {
            kept.insert((*tag).to_owned(), element);
        }
    }
    let mut say = |tag: &str, value: &str| {
        kept.insert(tag.to_owned(), json!({ "vr": "CS", "Value": [value] }));
    };
    match given {
        Given::AsSaid => {}
        Given::Rgb => say(PHOTOMETRIC, "RGB"),
        Given::Encoded => {
            say(PHOTOMETRIC, "YBR_FULL_422");
            say(LOSSY, "01");
        }
    }
    say(IDENTITY_REMOVED, "YES");
    kept
}

/// An attribute as it is shown; none when it is not.
fn element(
    tag: &str,
    element: &Value,
    called: &dyn Fn(&str) -> String,
    depth: usize,
) -> Option<Value> {
    let vr = element.get("vr")?.as_str()?;
    let values = || element.get("Value").and_then(Value::as_array);
    match vr {
        "SQ" if depth < DEPTH_MAX => {
            let items: Vec<Value> = values()?
                .iter()
                .filter_map(Value::as_object)
                .map(|item| inner(item, called, depth + 1))
                .collect();
            Some(json!({ "vr": vr, "Value": items }))
        }
        "UI" => {
            let uids = values()?.iter().filter_map(Value::as_str).map(|uid| {
                let standard = uid.starts_with(OF_THE_STANDARD);
                if standard {
                    uid.to_owned()
                } else {
                    called(uid)
                }
            });
            Some(json!({ "vr": vr, "Value": uids.collect::<Vec<_>>() }))
        }
        // Within the answer only: what stands elsewhere is on a server that is not named here.
        "OB" if tag == PROFILE => {
            let inline = element.get("InlineBinary")?.as_str()?;
            Some(json!({ "vr": vr, "InlineBinary": inline }))
        }
        "SH" | "LO" | "UC" if INNER_TEXTS.contains(&tag) => {
            Some(json!({ "vr": vr, "Value": values()? }))
        }
        plain if PLAIN.contains(&plain) => match values() {
            Some(values) => Some(json!({ "vr": vr, "Value": values })),
            None => Some(json!({ "vr": vr })),
        },
        _ => None,
    }
}

fn inner(item: &Map<String, Value>, called: &dyn Fn(&str) -> String, depth: usize) -> Value {
    let kept = item.iter().filter_map(|(tag, value)| {
        let group = tag.get(..4)?;
        let may = INNER_GROUPS.contains(&group)
            || INNER_PLACES.contains(&tag.as_str())
            || INNER_TEXTS.contains(&tag.as_str());
        let value = may.then(|| element(tag, value, called, depth))??;
        Some((tag.clone(), value))
    });
    Value::Object(kept.collect())
}

/// A unique identifier made of a keyed hash, 32 hexadecimal digits (PS3.5, B.2).
pub fn uid_of(hash: &str) -> String {
    let number = u128::from_str_radix(hash, 16).unwrap_or_default();
    format!("2.25.{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(uid: &str) -> String {
        format!("9.{}", uid.len())
    }

    #[test]
    fn a_viewer_gets_what_it_needs_and_nobody_learns_whose_it_is() {
        let code = json!({
            "00080100": {"vr": "SH", "Value": ["414298005"]},
            "00080104": {"vr": "LO", "Value": ["Full Spectrum"]},
        });
        let path = json!({
            "00480106": {"vr": "SH", "Value": ["1"]},
            "00480107": {"vr": "ST", "Value": ["scanned by Dr Martin"]},
            "00220016": {"vr": "SQ", "Value": [code]},
            "00282000": {"vr": "OB", "InlineBinary": "AAAA"},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "DUPONT"}]},
            "00091001": {"vr": "CS", "Value": ["PRIVATE"]},
        });
        let instance = json!({
            "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.77.1.6"]},
            "00080018": {"vr": "UI", "Value": ["1.22"]},
            "0020000D": {"vr": "UI", "Value": ["1.333"]},
            "0020000E": {"vr": "UI", "Value": ["1.4444"]},
            "00080020": {"vr": "DA", "Value": ["20261123"]},
            "00080050": {"vr": "SH", "Value": ["26H00123"]},
            "00080080": {"vr": "LO", "Value": ["Centre hospitalier de Cayenne"]},
            "00081190": {"vr": "UR", "Value": ["http://10.0.0.7/dicom-web/studies/1.333"]},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "DUPONT^JEANNE"}]},
            "00280004": {"vr": "CS", "Value": ["YBR_FULL_422"]},
            "00400512": {"vr": "LO", "Value": ["26H00123-A1"]},
            "00480006": {"vr": "UL", "Value": [100]},
            "00480007": {"vr": "UL", "Value": [100]},
            "00480105": {"vr": "SQ", "Value": [path]},
            "22000005": {"vr": "LT", "Value": ["barcode"]},
        });
        let label = json!({"00080018": {"vr": "UI", "Value": ["1.55555"]}});
        let face = |given| Face::of(&json!([label, instance]), &["1.22"], given, &called).unwrap();
        let shown = face(Given::Rgb);
        assert_eq!(
            (shown.study.as_str(), shown.series.as_str()),
            ("9.5", "9.6")
        );
        let [one] = shown.instances.as_slice() else {
            panic!("one instance");
        };
        assert_eq!((one.uid.as_str(), one.original.as_str()), ("9.4", "1.22"));
        let text = Value::Object(one.dataset.clone()).to_string();
        for withheld in [
            "DUPONT", "26H", "Cayenne", "10.0.0.7", "2026", "Martin", "PRIVATE", "barcode", "1.22",
            "1.333",
        ] {
            assert!(!text.contains(withheld), "{withheld} in {text}");
        }
        for kept in [
            "414298005",
            "Full Spectrum",
            "AAAA",
            "1.2.840.10008.5.1.4.1.1.77.1.6",
        ] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        assert_eq!(one.dataset["00280004"]["Value"][0], "RGB");
        assert_eq!(one.dataset["00120062"]["Value"][0], "YES");
        assert_eq!(
            face(Given::AsSaid).instances[0].dataset["00280004"]["Value"][0],
            "YBR_FULL_422"
        );
        assert!(Face::of(&json!([label]), &["1.22"], Given::AsSaid, &called).is_none());
    }

    #[test]
    fn an_identifier_is_one_of_dicom() {
        let made = uid_of("ffffffffffffffffffffffffffffffff");
        assert_eq!(made, "2.25.340282366920938463463374607431768211455");
        assert!(made.len() <= 64);
    }
}
