//! The numbers of the document are the code's own.

use relecture::domain::{
    administration, annotations, commands, opinions, slides, snapshots, submission,
};
use relecture::service::{self, attachments, worklist};
use serde_json::{Value, json};

use crate::support::document::{document, escaped};

#[test]
fn the_limits_of_the_fields_are_the_codes_own() {
    let content = "CaseContent/properties";
    let table: Vec<(String, Value)> = vec![
        ("Text/maxLength".into(), json!(commands::TEXT_MAX)),
        ("Comment/maxLength".into(), json!(commands::TEXT_MAX)),
        ("Section/maxLength".into(), json!(opinions::SECTION_MAX)),
        (
            format!("{content}/question/maxLength"),
            json!(submission::QUESTION_MAX),
        ),
        (
            format!("{content}/clinical_context/maxLength"),
            json!(submission::CONTEXT_MAX),
        ),
        (
            format!("{content}/macroscopy/maxLength"),
            json!(submission::CONTEXT_MAX),
        ),
        (
            format!("{content}/work_done/maxItems"),
            json!(submission::WORK_DONE_MAX),
        ),
        (
            format!("{content}/specimens/maxItems"),
            json!(submission::SPECIMENS_MAX),
        ),
        (
            "InitialDiagnosis/properties/text/maxLength".into(),
            json!(submission::QUESTION_MAX),
        ),
        (
            "WorkDone/properties/result/maxLength".into(),
            json!(submission::QUESTION_MAX),
        ),
        (
            "Patient/properties/accession_number/maxLength".into(),
            json!(submission::LABEL_MAX),
        ),
        (
            "Patient/properties/birth_year/minimum".into(),
            json!(submission::BIRTH_YEAR_MIN),
        ),
        (
            "SpecimenContent/properties/label/maxLength".into(),
            json!(submission::LABEL_MAX),
        ),
        (
            "SpecimenContent/properties/blocks/maxItems".into(),
            json!(submission::BLOCKS_MAX),
        ),
        (
            "BlockContent/properties/label/maxLength".into(),
            json!(submission::LABEL_MAX),
        ),
        (
            "BlockContent/properties/slides/maxItems".into(),
            json!(submission::SLIDES_MAX),
        ),
        (
            "SlideContent/properties/label/maxLength".into(),
            json!(submission::LABEL_MAX),
        ),
        (
            "NewAttachment/properties/byte_length/maximum".into(),
            json!(attachments::BYTES_MAX),
        ),
        (
            "AnnotationContent/properties/label/maxLength".into(),
            json!(annotations::LABEL_MAX),
        ),
        (
            "AnnotationContent/properties/points/maxItems".into(),
            json!(annotations::POINTS_MAX),
        ),
        (
            "OpinionContent/properties/snapshots/maxItems".into(),
            json!(snapshots::MOST),
        ),
        (
            "SnapshotSaid/properties/words/maxLength".into(),
            json!(snapshots::WORDS_MAX),
        ),
        (
            "SnapshotView/properties/width/maximum".into(),
            json!(snapshots::EDGE_MAX),
        ),
        (
            "SnapshotView/properties/height/minimum".into(),
            json!(snapshots::EDGE_MIN),
        ),
        (
            "SlidePlace/properties/x/maximum".into(),
            json!(slides::EDGE_MAX),
        ),
        (
            "SlidePlace/properties/y/maximum".into(),
            json!(slides::EDGE_MAX),
        ),
        (
            "CasePage/properties/items/maxItems".into(),
            json!(worklist::PAGE_MAX),
        ),
        (
            "PersonContent/properties/name/maxLength".into(),
            json!(administration::NAME_MAX),
        ),
        (
            "PersonContent/properties/email/maxLength".into(),
            json!(administration::ADDRESS_MAX),
        ),
        (
            "PersonContent/properties/roles/maxItems".into(),
            json!(administration::ROLES_MAX),
        ),
        (
            "PersonPage/properties/items/maxItems".into(),
            json!(service::administration::people::PAGE),
        ),
        (
            "SourceContent/properties/base_url/maxLength".into(),
            json!(service::administration::slide_sources::ADDRESS_MAX),
        ),
        (
            "NetworkContent/properties/closures/maxItems".into(),
            json!(service::administration::networks::CLOSURES_MAX),
        ),
        (
            "LaboratoryContent/properties/local_number/maxLength".into(),
            json!(service::administration::laboratories::NUMBER_MAX),
        ),
        (
            "MessagePage/properties/items/maxItems".into(),
            json!(service::administration::messages::PAGE),
        ),
        (
            "AuditPage/properties/items/maxItems".into(),
            json!(service::administration::audit::PAGE),
        ),
        (
            "SlideFacts/properties/width/maximum".into(),
            json!(slides::EDGE_MAX),
        ),
        (
            "SlideFacts/properties/height/maximum".into(),
            json!(slides::EDGE_MAX),
        ),
        (
            "SlideFacts/properties/levels/maximum".into(),
            json!(slides::LEVELS_MAX),
        ),
        (
            "SlideFacts/properties/tile_width/minimum".into(),
            json!(slides::TILE_EDGES.start()),
        ),
        (
            "SlideFacts/properties/tile_width/maximum".into(),
            json!(slides::TILE_EDGES.end()),
        ),
        (
            "SlideFacts/properties/tile_height/minimum".into(),
            json!(slides::TILE_EDGES.start()),
        ),
        (
            "SlideFacts/properties/tile_height/maximum".into(),
            json!(slides::TILE_EDGES.end()),
        ),
    ];
    for (pointer, number) in table {
        let documented = document()
            .root
            .pointer(&format!("/components/schemas/{pointer}"));
        assert_eq!(
            documented,
            Some(&number),
            "{pointer} in api-spec/openapi.yaml"
        );
    }
    let limit = document()
        .operation("listCases")
        .parameters
        .iter()
        .find(|parameter| parameter["name"] == "limit")
        .expect("a page has a limit");
    let (least, most) = (&limit["schema"]["default"], &limit["schema"]["maximum"]);
    assert_eq!(
        (least, most),
        (&json!(worklist::PAGE), &json!(worklist::PAGE_MAX))
    );
}

/// Requests are strict, all the way down: an unknown member is an error.
#[test]
fn every_object_of_a_request_is_closed() {
    let mut open = Vec::new();
    for operation in &document().operations {
        let body = document().resolve(&operation.value["requestBody"]);
        let schema = &body["content"]["application/json"]["schema"];
        if !schema.is_null() {
            collect_open(schema, &operation.id, &mut open);
        }
    }
    assert!(open.is_empty(), "{open:#?}");
}

fn collect_open(schema: &Value, at: &str, open: &mut Vec<String>) {
    let schema = document().resolve(schema);
    // What is named by data, such as the elements of a template, is closed when its number, its names and its values are.
    let map = schema["additionalProperties"].is_object()
        && schema["maxProperties"].is_number()
        && schema["propertyNames"].is_object();
    if schema["type"] == "object" && schema["additionalProperties"] != json!(false) && !map {
        open.push(at.to_owned());
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        collect_open(property, &format!("{at}/{}", escaped(name)), open);
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            collect_open(part, at, open);
        }
    }
    if schema["items"].is_object() {
        collect_open(&schema["items"], &format!("{at}/*"), open);
    }
}

#[test]
fn only_the_session_the_document_and_the_authority_are_open_to_strangers() {
    let open: Vec<&str> = document()
        .operations
        .iter()
        .filter(|operation| operation.is_open())
        .map(|operation| operation.id.as_str())
        .collect();
    assert_eq!(
        open,
        [
            "readDocument",
            "login",
            "choosePassword",
            "askRecovery",
            "refreshSession",
            "readSigningAuthority"
        ]
    );
}
