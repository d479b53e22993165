//! The examples of the document are right: those of requests are taken by the code, those of answers are what is promised.

use chrono::NaiveDate;
use relecture::domain::annotation_exchange::FeatureCollection;
use relecture::domain::annotations::{AnnotationContent, PER_SLIDE_MAX};
use relecture::domain::cases::{CaseContent, InitialDiagnosisStatus};
use relecture::domain::commands::{CommandBody, Nothing, ReadBody, Reason};
use relecture::domain::submission::{Surroundings, draft_problems, missing_for_submission};
use relecture::service::absences::NewAbsence;
use relecture::service::administration::agreements::AgreementContent;
use relecture::service::administration::laboratories::LaboratoryContent;
use relecture::service::administration::networks::NetworkContent;
use relecture::service::administration::people::PersonContent;
use relecture::service::administration::slide_sources::{Sample, SourceContent};
use relecture::service::administration::webhooks::WebhookContent;
use relecture::service::attachments::NewAttachment;
use relecture::service::choice::Weights;
use relecture::service::duties::NewDuty;
use relecture::service::next_case::Asked;
use relecture::service::people::ProfileContent;
use relecture::service::recusals::NewRecusal;
use relecture::service::targets::{Ending, NewTarget};
use relecture::service::trials::Trial;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::commands::{given_by_people, operation_of};
use crate::support::document::{Operation, document, escaped};

/// The examples of the request of an operation.
pub(super) fn of_request(operation: &Operation) -> Vec<(String, Value)> {
    let body = document().resolve(&operation.value["requestBody"]);
    of_content(&body["content"]["application/json"])
}

fn of_content(content: &Value) -> Vec<(String, Value)> {
    let Some(examples) = content["examples"].as_object() else {
        return Vec::new();
    };
    examples
        .iter()
        .map(|(name, example)| (name.clone(), document().resolve(example)["value"].clone()))
        .collect()
}

#[test]
fn every_request_has_an_example_that_its_schema_takes() {
    for operation in &document().operations {
        if operation.value["requestBody"].is_null() {
            continue;
        }
        let examples = of_request(operation);
        assert!(!examples.is_empty(), "{} shows what to send", operation.id);
        let path = format!(
            "/paths/{}/{}/requestBody",
            escaped(&operation.path),
            operation.method.to_lowercase()
        );
        let schema = format!(
            "{}/content/application~1json/schema",
            document().pointer(&path)
        );
        for (name, example) in examples {
            let complaints = document().complaints(&schema, &example);
            assert!(
                complaints.is_empty(),
                "{} {name}: {complaints:#?}",
                operation.id
            );
        }
    }
}

#[test]
fn every_answer_has_an_example_that_its_schema_takes() {
    let mut seen = 0;
    for operation in &document().operations {
        let path = format!(
            "/paths/{}/{}/responses",
            escaped(&operation.path),
            operation.method.to_lowercase()
        );
        for status in operation.value["responses"]
            .as_object()
            .expect("responses")
            .keys()
        {
            let pointer = document().pointer(&format!("{path}/{status}"));
            let response = document().root.pointer(&pointer).expect("a response");
            for (media_type, content) in response["content"].as_object().into_iter().flatten() {
                if !media_type.ends_with("json") {
                    continue;
                }
                let examples = of_content(content);
                assert!(
                    !examples.is_empty(),
                    "{} {status} shows what is answered",
                    operation.id
                );
                for (name, example) in examples {
                    let schema = format!("{pointer}/content/{}/schema", escaped(media_type));
                    let complaints = document().complaints(&schema, &example);
                    assert!(
                        complaints.is_empty(),
                        "{} {status} {name}: {complaints:#?}",
                        operation.id
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 100, "{seen} examples");
}

/// Reads an example as serde does.
struct Plain(Value);

impl ReadBody for Plain {
    type Error = serde_json::Error;

    fn read<T: DeserializeOwned + Serialize>(&mut self) -> Result<T, Self::Error> {
        serde_json::from_value(self.0.clone())
    }

    fn read_nothing(&mut self) -> Result<Nothing, Self::Error> {
        self.read()
    }
}

/// The instant of the examples.
fn surroundings(codes: &[String]) -> Surroundings<'_> {
    Surroundings {
        today: NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day"),
        subspecialties: codes,
        requires_ins: false,
        ins_exists: true,
    }
}

fn codes() -> Vec<String> {
    let reference = relecture::domain::territories::Reference::embedded().expect("reference data");
    reference.subspecialty_codes().to_vec()
}

#[test]
fn every_example_of_a_command_is_taken_by_the_code() {
    let codes = codes();
    for command in given_by_people() {
        for (name, example) in of_request(operation_of(command)) {
            let story = format!("{command} {name}");
            let body = CommandBody::read(command, &mut Plain(example))
                .unwrap_or_else(|| panic!("{story}: nobody may give it"))
                .unwrap_or_else(|error| panic!("{story}: {error}"));
            assert_eq!(body.command(), command, "{story}");
            assert_eq!(body.field_problems(), [], "{story}");
            let status = Some(InitialDiagnosisStatus::Provisional);
            let problems = match &body {
                CommandBody::SaveDraft(content) => draft_problems(content, &surroundings(&codes)),
                CommandBody::SaveOpinion(content) => content.draft_problems(),
                CommandBody::ReleasePreliminary(b)
                | CommandBody::SignReading(b)
                | CommandBody::Sign(b) => b.opinion.signing_problems(status),
                CommandBody::AddAddendum(b) | CommandBody::Correct(b) | CommandBody::Amend(b) => {
                    b.opinion.signing_problems(status)
                }
                _ => Vec::new(),
            };
            assert_eq!(problems, [], "{story}");
        }
    }
}

#[test]
fn the_example_of_a_whole_case_can_be_submitted() {
    let codes = codes();
    let examples = of_request(document().operation("createCase"));
    let (_, whole) = examples
        .iter()
        .find(|(name, _)| name == "breast")
        .expect("the whole case");
    let content: CaseContent = read(&whole["content"]);
    let around = surroundings(&codes);
    assert_eq!(draft_problems(&content, &around), []);
    assert_eq!(missing_for_submission(&content, &around), []);
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value:#}"))
}

#[test]
fn the_other_examples_are_taken_by_the_code() {
    for (_, example) in of_request(document().operation("createCase")) {
        read::<CaseContent>(&example["content"]);
    }
    for (_, example) in of_request(document().operation("updateExpertProfile")) {
        assert_eq!(
            read::<ProfileContent>(&example).weekly_hours.problem(),
            None
        );
    }
    for (_, example) in of_request(document().operation("addAbsence")) {
        let absence: NewAbsence = read(&example);
        assert!(absence.starts_at < absence.ends_at);
    }
    for (_, example) in of_request(document().operation("takeNextCase")) {
        read::<Asked>(&example);
    }
    for (_, example) in of_request(document().operation("discardProposal")) {
        assert!(read::<Reason>(&example).field_problems().is_empty());
    }
    for (_, example) in of_request(document().operation("changePerson")) {
        read::<PersonContent>(&example);
    }
    for (_, example) in of_request(document().operation("addPerson")) {
        read::<PersonContent>(&example["content"]);
    }
    for (_, example) in of_request(document().operation("changeSlideSource")) {
        read::<SourceContent>(&example);
    }
    for (_, example) in of_request(document().operation("changeNetwork")) {
        let network = read::<NetworkContent>(&example);
        assert_eq!(network.weekly_hours.problem(), None);
    }
    for (_, example) in of_request(document().operation("changeLaboratory")) {
        read::<LaboratoryContent>(&example);
    }
    for (_, example) in of_request(document().operation("changeAgreement")) {
        read::<AgreementContent>(&example);
    }
    for (_, example) in of_request(document().operation("testSlideSource")) {
        read::<Sample>(&example);
    }
    for (_, example) in of_request(document().operation("changeWebhook")) {
        read::<WebhookContent>(&example);
    }
    for (_, example) in of_request(document().operation("addTarget")) {
        let terms = read::<NewTarget>(&example).terms();
        assert_eq!(terms.problems(&codes()), []);
    }
    for (_, example) in of_request(document().operation("addDuty")) {
        read::<NewDuty>(&example);
    }
    for (_, example) in of_request(document().operation("declareRecusal")) {
        read::<NewRecusal>(&example);
    }
    for (_, example) in of_request(document().operation("endTarget")) {
        read::<Ending>(&example);
    }
    for (_, example) in of_request(document().operation("setChoice")) {
        read::<Weights>(&example);
    }
    for (_, example) in of_request(document().operation("tryOut")) {
        read::<Trial>(&example);
    }
    for (_, example) in of_request(document().operation("addAnnotation")) {
        assert_eq!(read::<AnnotationContent>(&example).problems(None), []);
    }
    for (_, example) in of_request(document().operation("importGeoJson")) {
        let read = read::<FeatureCollection>(&example);
        assert!(read.annotations(None, PER_SLIDE_MAX).is_ok());
    }
    for (_, example) in of_request(document().operation("addAttachment")) {
        read::<NewAttachment>(&example);
    }
}
