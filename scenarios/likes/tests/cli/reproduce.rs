//! `reproduce`: from a real service with a stuck saga to a plan that shows it.

use std::{fs, path::Path, sync::LazyLock, time::Duration};

use likewise_search::incident::file::Incident;
use serde_json::{Value, json};

use crate::{cli_harness::CliHarness, service::StuckService};

/// What the API of a real service exports of a like that is parked, because the user service fails.
static PARKED: LazyLock<Value> = LazyLock::new(|| {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let service = StuckService::start().await;
        let saga = service.parked_like().await;
        service.export(&saga).await
    })
});

/// The incident as a file, after a change.
fn file(cli: &CliHarness, change: impl FnOnce(&mut Value)) -> String {
    let mut incident = PARKED.clone();
    change(&mut incident);
    let text = serde_json::to_string_pretty(&incident).expect("JSON");
    cli.file("incident.json", &text)
}

#[test]
fn what_the_api_exports_is_what_the_reader_expects() {
    let read: Incident = serde_json::from_value(PARKED.clone()).expect("an incident");
    let written = serde_json::to_value(&read).expect("JSON");
    assert_eq!(written, *PARKED, "no field is lost");
    assert_eq!(PARKED["saga"]["status"], "running");
    assert_eq!(PARKED["saga"]["parked"], true);
    let rows: Vec<&Value> = (0..2)
        .map(|it| &PARKED["steps"][it]["barrier"]["state"])
        .collect();
    assert_eq!(rows, [&json!("done"), &Value::Null]);
    // Nobody's key, and no result of a step.
    let text = PARKED.to_string();
    for secret in ["a-secret-key", "current_likes", "\"result\"", "\"truth\""] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn a_parked_like_of_a_real_service_is_reproduced_shrunk_and_can_be_kept() {
    let cli = CliHarness::new();
    let incident = file(&cli, |_| ());
    let result = cli.run(&["reproduce", &incident, "--runs", "300", "--json"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let line = &result.objects()[0];
    assert_eq!(line["type"], "reproduction");
    assert_eq!(line["is_reproduced"], true);
    assert_eq!(line["is_minimal"], true);
    assert_eq!(line["violations"], json!([]));
    let plan = &line["plan"];
    assert_eq!(plan["workload"].as_array().map(Vec::len), Some(1), "{plan}");
    assert_eq!(plan["faults"].as_array().map(Vec::len), Some(1), "{plan}");
    let first = result.stderr.lines().next().expect("a verdict");
    assert!(
        first.starts_with("verdict     reproduced after "),
        "{first}"
    );
    for part in [
        "like running, parked",
        "step 0 count at article: log done, service done",
        "step 1 record at user: log unknown, service no row",
        "every property held",
    ] {
        assert!(result.stderr.contains(part), "{part}: {}", result.stderr);
    }
    let is_pasted = |line: &str| line.starts_with("keep ") || line.starts_with("replay ");
    let wide = (result.stderr.lines()).find(|it| it.chars().count() > 80 && !is_pasted(it));
    assert_eq!(wide, None, "{}", result.stderr);
    let plan = line["file"].as_str().expect("a file");
    assert!(result.replay_argument().starts_with(plan));
    let replayed = cli.run(&["replay", plan]);
    assert_eq!(replayed.code, 0, "{}", replayed.stderr);
    let hash = line["hash"].as_str().expect("a hash");
    assert!(replayed.stderr.contains(hash), "{}", replayed.stderr);
    let folder = Path::new(plan)
        .parent()
        .and_then(Path::parent)
        .and_then(Path::parent);
    assert!(folder.expect("a folder").join("incident.json").exists());
}

/// The log says *completed*, and the user service has no row. The protocol excludes that, whatever is lost: no run of the product
/// shows it. A system whose operators flip the status does.
#[test]
fn a_contradiction_is_found_only_in_a_system_with_the_defect() {
    let cli = CliHarness::new();
    let incident = file(&cli, |incident| {
        incident["saga"]["status"] = "completed".into();
        incident["saga"]["parked"] = false.into();
        incident["saga"]["outcome"] = json!({ "end": "done" });
        incident["open"] = Value::Null;
        incident["verdict"] = "contradiction".into();
        incident["steps"][0]["believed"]["state"] = "unknown".into();
        incident["steps"][1]["verdict"] = "contradiction".into();
        let at = incident["exported_at"].clone();
        incident["audit"] = json!([{
            "number": 1, "at": at, "epoch": 1, "actor": "ann", "action": "force_complete", "reason": "it is stuck",
            "batch": null, "before": {}, "after": {},
        }]);
    });
    let sound = cli.run(&["reproduce", &incident, "--runs", "12", "--json"]);
    assert_eq!(sound.code, 3, "{}", sound.stderr);
    let line = &sound.objects()[0];
    assert_eq!(line["is_reproduced"], false);
    assert_eq!(line["runs"], 12);
    let differences = line["differences"].as_array().expect("a list");
    assert!(!differences.is_empty(), "{line}");
    let squeezed = sound
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for part in [
        "verdict no plan found in 12 runs",
        "contradict each other",
        "--runs 120",
    ] {
        assert!(squeezed.contains(part), "{part}: {}", sound.stderr);
    }
    let bug = ["--system", "force-flips-status", "--runs", "40", "--json"];
    let broken = cli.run(&[&["reproduce", &incident][..], &bug].concat());
    assert_eq!(broken.code, 1, "{}", broken.stderr);
    let line = &broken.objects()[0];
    assert_eq!(line["is_reproduced"], true);
    let violated = &line["violations"][0]["property"];
    assert_eq!(violated, "completed-is-all-done", "{line}");
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_one_message_and_nothing_is_written() {
    let cli = CliHarness::new();
    let refused = |arguments: &[&str], part: &str| {
        let result = cli.run(&[&["reproduce"], arguments].concat());
        assert_eq!(result.code, 2, "{}", result.stderr);
        assert!(result.stderr.contains(part), "{part}: {}", result.stderr);
        assert!(cli.is_untouched(), "{part}");
    };
    refused(&["missing.json"], "cannot read the incident missing.json");
    let no_json = cli.file("no.json", "{");
    refused(&[&no_json], "is not an incident");
    let kind = file(&cli, |incident| incident["saga"]["kind"] = "like2".into());
    refused(&[&kind], "no saga of kind `like2`: there are like, unlike");
    let version = file(&cli, |incident| incident["version"] = 9.into());
    refused(&[&version], "is an incident of version 9");
    let good = file(&cli, |_| ());
    refused(&[&good, "--runs", "0"], "give at least 1");
    refused(&[&good, "--system", "force-flips"], "force-flips-status");
}

/// The schema is published, and describes what the API sends.
#[test]
fn the_export_of_a_real_service_is_valid_against_the_published_schema() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas"));
    let text = fs::read_to_string(folder.join("incident.schema.json")).expect("it is published");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("incident", schema).expect("a name");
    let mut schemas = boon::Schemas::new();
    let index = compiler
        .compile("incident", &mut schemas)
        .expect("a schema");
    let errors = |document: &Value| {
        let valid = schemas.validate(document, index);
        valid
            .err()
            .map_or_else(String::new, |error| format!("{error:#}"))
    };
    assert_eq!(errors(&PARKED), "");
    let mut other = PARKED.clone();
    other["saga"]["status"] = "lunch".into();
    assert_ne!(errors(&other), "");
    let mut more = PARKED.clone();
    more["more"] = Duration::ZERO.as_secs().into();
    assert_ne!(errors(&more), "", "a field that the schema does not know");
}
