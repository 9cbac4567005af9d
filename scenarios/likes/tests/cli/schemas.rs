//! The published JSON Schemas are up to date, and the files of a campaign are valid against them.

use likewise_sim_likes::LIKES;
use std::{fs, path::Path};

use boon::{Compiler, SchemaIndex, Schemas};
use likewise_reports::{
    archive::SchemaDocument,
    archive::{LoadedCampaign, RunRole, read_record},
};
use serde_json::Value;

use crate::cli_harness::{CliHarness, chaos, execute};

/// The published schema.
fn published(document: SchemaDocument) -> Value {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas"));
    let path = folder.join(format!("{}.schema.json", document.name()));
    let text = fs::read_to_string(&path).expect("the schema is published");
    serde_json::from_str(&text).expect("JSON")
}

/// A published schema, ready to validate documents.
struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    /// Compiling validates the schema itself against the schema of JSON Schema.
    fn new(document: SchemaDocument) -> Self {
        let mut compiler = Compiler::new();
        let added = compiler.add_resource(document.name(), published(document));
        added.expect("a name");
        let mut schemas = Schemas::new();
        let index = compiler.compile(document.name(), &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("{error:#}"));
        Self { schemas, index }
    }

    /// All validation errors with their places in the document, or nothing.
    fn errors(&self, document: &Value) -> String {
        let result = self.schemas.validate(document, self.index);
        result.map_or_else(|error| format!("{error:#}"), |()| String::new())
    }

    fn is_valid(&self, document: &Value) -> bool {
        self.errors(document).is_empty()
    }
}

/// Other programs validate against these files, so a changed type must change them in the same commit.
#[test]
fn the_published_schemas_are_current() {
    for document in SchemaDocument::ALL {
        let mut command = chaos();
        command.args(["list", "--schema", document.name()]);
        let current: Value = serde_json::from_str(&execute(command).stdout).expect("JSON");
        let name = document.name();
        assert!(
            published(document) == current,
            "cargo chaos list --schema {name} > schemas/{name}.schema.json"
        );
    }
}

/// A planted bug is used, because findings, minimal plans and violations are then in the files as well.
#[test]
fn the_files_of_a_campaign_are_valid() {
    let (cli, _) = CliHarness::with_shrunk_campaign();
    let folder = cli.path("out/latest");
    let report = Validator::new(SchemaDocument::Report);
    let text = fs::read_to_string(folder.join("report.json")).expect("a report");
    let written: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report.errors(&written), "");
    let record = Validator::new(SchemaDocument::Record);
    let campaign = LoadedCampaign::read(&folder).expect("a campaign");
    assert!(campaign.runs.iter().any(|run| run.role == RunRole::Minimal));
    for run in &campaign.runs {
        let path = folder.join(&run.folder).join("record.json");
        let alone: Value =
            serde_json::from_str(&fs::read_to_string(&path).expect("text")).expect("JSON");
        let whole = serde_json::to_value(read_record(&path).expect("a record")).expect("JSON");
        for written in [alone, whole] {
            assert_eq!(record.errors(&written), "", "{}", run.folder);
        }
    }
}

/// A schema that accepts everything would pass the test above.
#[test]
fn other_documents_are_invalid() {
    let report = Validator::new(SchemaDocument::Report);
    let record = Validator::new(SchemaDocument::Record);
    for foreign in [
        Value::Null,
        serde_json::json!({"type": "summary", "version": 4}),
    ] {
        assert!(!report.is_valid(&foreign) && !record.is_valid(&foreign));
    }
    let run =
        likewise_sim_likes::run(&likewise_world::plan::generate(&LIKES, 1)).expect("a record");
    let mut whole = serde_json::to_value(run).expect("JSON");
    assert!(record.is_valid(&whole));
    whole["events"][0]["event"] = "lunch".into();
    assert!(!record.is_valid(&whole), "there is no such event");
}
