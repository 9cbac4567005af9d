//! The published schemas are those of the types, and what a campaign writes fits them.

mod desk;

use std::{fs, path::Path};

use jsonschema::Validator;
use likewise_reports::{
    dossier::{Dossier, Role, read_record},
    schema::Document,
};
use serde_json::Value;

use desk::{Desk, chaos, ran};

/// The schema that is published.
fn published(document: Document) -> Value {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas"));
    let path = folder.join(format!("{}.schema.json", document.name()));
    let text = fs::read_to_string(&path).expect("it is published");
    serde_json::from_str(&text).expect("JSON")
}

fn validator(document: Document) -> Validator {
    jsonschema::validator_for(&published(document)).expect("a schema")
}

/// What does not fit.
fn complaints(validator: &Validator, document: &Value) -> Vec<String> {
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn the_published_schemas_are_current() {
    for document in Document::ALL {
        let mut command = chaos();
        command.args(["list", "--schema", document.name()]);
        let current: Value = serde_json::from_str(&ran(command).stdout).expect("JSON");
        let name = document.name();
        assert!(
            published(document) == current,
            "cargo chaos list --schema {name} > schemas/{name}.schema.json"
        );
    }
}

#[test]
fn what_a_campaign_writes_fits_the_schemas() {
    let desk = Desk::new();
    desk.chaos(&["run", "--seeds", "4", "--system", "double-undo"]);
    let folder = desk.path("out/latest");
    let report = validator(Document::Report);
    let text = fs::read_to_string(folder.join("report.json")).expect("a report");
    let written: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(complaints(&report, &written), [""; 0]);
    let record = validator(Document::Record);
    let dossier = Dossier::read(&folder).expect("a dossier");
    assert!(dossier.runs.iter().any(|run| run.role == Role::Minimal));
    for run in &dossier.runs {
        let path = folder.join(&run.folder).join("record.json");
        let alone: Value =
            serde_json::from_str(&fs::read_to_string(&path).expect("text")).expect("JSON");
        let whole = serde_json::to_value(read_record(&path).expect("a record")).expect("JSON");
        for written in [alone, whole] {
            assert_eq!(complaints(&record, &written), [""; 0], "{}", run.folder);
        }
    }
}

#[test]
fn a_schema_refuses_what_is_something_else() {
    let report = validator(Document::Report);
    let record = validator(Document::Record);
    for foreign in [
        Value::Null,
        serde_json::json!({"type": "summary", "version": 3}),
    ] {
        assert!(!report.is_valid(&foreign) && !record.is_valid(&foreign));
    }
    let run = likewise_sim::run::run(&likewise_sim::plan::generate(1)).expect("a record");
    let mut whole = serde_json::to_value(run).expect("JSON");
    assert!(record.is_valid(&whole));
    whole["events"][0]["event"] = "lunch".into();
    assert!(!record.is_valid(&whole), "there is no such event");
}
