//! The API document as the tests read it: its operations, and what its schemas say of a value.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

/// Where the API stands.
pub const BASE: &str = "/api/v1";
/// Under which name the schemas refer to the document.
const NAME: &str = "urn:relecture:api";

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

/// One operation of the document.
pub struct Operation {
    /// Its name.
    pub id: String,
    /// Its method in capitals.
    pub method: String,
    /// Its path with parameters in braces, without [`BASE`].
    pub path: String,
    /// What the document says of it, references unresolved.
    pub value: Value,
    /// Parameters of the path and of the operation, resolved.
    pub parameters: Vec<Value>,
}

impl Operation {
    /// Whether a path, without [`BASE`], is one of this operation's.
    pub fn serves(&self, path: &str) -> bool {
        let (own, asked): (Vec<_>, Vec<_>) =
            (self.path.split('/').collect(), path.split('/').collect());
        own.len() == asked.len()
            && own
                .iter()
                .zip(&asked)
                .all(|(own, asked)| own == asked || (own.starts_with('{') && !asked.is_empty()))
    }

    /// The statuses it documents.
    pub fn statuses(&self) -> Vec<u16> {
        let responses = self.value["responses"].as_object().expect("responses");
        responses
            .keys()
            .filter(|status| *status != "default")
            .map(|status| status.parse().expect("a status"))
            .collect()
    }

    /// Whether the document demands this header of the request.
    pub fn demands(&self, header: &str) -> bool {
        self.parameters.iter().any(|parameter| {
            parameter["in"] == "header"
                && parameter["name"] == header
                && parameter["required"] == true
        })
    }

    /// Whether it can be asked without a token.
    pub fn is_open(&self) -> bool {
        self.value["security"] == json!([])
    }
}

/// The document.
pub struct Document {
    /// All of it.
    pub root: Value,
    /// Its operations, by path.
    pub operations: Vec<Operation>,
    /// The same with every answer's object closed, so that a member that it does not name is an error.
    registry: Registry<'static>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// The document of this repository.
pub fn document() -> &'static Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::read(&text()));
    &DOCUMENT
}

/// The document's file.
pub fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("api-spec/openapi.yaml")
}

fn text() -> String {
    std::fs::read_to_string(file()).expect("the API document")
}

impl Document {
    fn read(text: &str) -> Self {
        let root: Value = serde_yaml_ng::from_str(text).expect("the API document is YAML");
        let mut closed = root.clone();
        close(&mut closed);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(NAME, closed)
            .expect("a name")
            .prepare()
            .expect("the references of the document lead somewhere");
        let mut document = Self {
            root,
            operations: Vec::new(),
            registry,
            validators: Mutex::default(),
        };
        document.operations = document.read_operations();
        document
    }

    fn read_operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, item) in self.root["paths"].as_object().expect("paths") {
            for method in METHODS {
                let Some(value) = item.get(method) else {
                    continue;
                };
                let parameters = [&item["parameters"], &value["parameters"]]
                    .into_iter()
                    .filter_map(Value::as_array)
                    .flatten()
                    .map(|parameter| self.resolve(parameter).clone())
                    .collect();
                operations.push(Operation {
                    id: value["operationId"]
                        .as_str()
                        .expect("an operationId")
                        .to_owned(),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    value: value.clone(),
                    parameters,
                });
            }
        }
        operations
    }

    /// The operations of a path, without [`BASE`], whatever their method.
    pub fn at(&self, path: &str) -> Vec<&Operation> {
        let all: Vec<&Operation> = self
            .operations
            .iter()
            .filter(|operation| operation.serves(path))
            .collect();
        // A path that is written out wins over one with a parameter in its place.
        let fewest = all
            .iter()
            .map(|operation| operation.path.matches('{').count())
            .min();
        all.into_iter()
            .filter(|operation| Some(operation.path.matches('{').count()) == fewest)
            .collect()
    }

    /// The operation of that name.
    pub fn operation(&self, id: &str) -> &Operation {
        self.operations
            .iter()
            .find(|operation| operation.id == id)
            .unwrap_or_else(|| panic!("the document has no operation {id}"))
    }

    /// What a reference leads to, or the value itself.
    pub fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value["$ref"].as_str() {
            Some(target) => {
                let pointer = target
                    .strip_prefix('#')
                    .expect("a reference within the document");
                self.resolve(
                    self.root
                        .pointer(pointer)
                        .unwrap_or_else(|| panic!("{target} leads nowhere")),
                )
            }
            None => value,
        }
    }

    /// A schema of the components.
    pub fn schema(&self, name: &str) -> &Value {
        let schema = &self.root["components"]["schemas"][name];
        assert!(schema.is_object(), "the document has no schema {name}");
        schema
    }

    /// What the schema at `pointer` has against a value.
    pub fn complaints(&self, pointer: &str, value: &Value) -> Vec<String> {
        let validator = self.validator(pointer);
        validator
            .iter_errors(value)
            .map(|error| {
                let at = error.instance_path().to_string();
                format!("{}: {error}", if at.is_empty() { "/" } else { &at })
            })
            .collect()
    }

    fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut known = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let made = known.entry(pointer.to_owned()).or_insert_with(|| {
            // Braces stand in paths, but not in the fragment of an address.
            let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
            let schema = json!({ "$ref": format!("{NAME}#{fragment}") });
            let made = jsonschema::options()
                .with_draft(Draft::Draft202012)
                .with_registry(&self.registry)
                .should_validate_formats(true)
                .should_ignore_unknown_formats(true)
                .build(&schema)
                .unwrap_or_else(|error| panic!("{pointer}: {error}"));
            Arc::new(made)
        });
        Arc::clone(made)
    }

    /// The pointer of a value of the document, its references followed.
    pub fn pointer(&self, pointer: &str) -> String {
        match self.root.pointer(pointer).map(|value| &value["$ref"]) {
            Some(Value::String(target)) => self.pointer(target.trim_start_matches('#')),
            _ => pointer.to_owned(),
        }
    }
}

/// One part of a JSON pointer.
pub fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// Closes every object that names its members and does not say whether there may be others.
fn close(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if is_open_object(members) {
                members.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn is_open_object(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
        && schema.get("properties").is_some_and(Value::is_object)
        && !schema.contains_key("additionalProperties")
}
