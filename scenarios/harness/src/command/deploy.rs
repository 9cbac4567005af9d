//! Tests of the deployment files: every command in them is one that this program accepts.
//!
//! They are unit tests, because they parse command lines with the private [`Cli`] and run nothing.

use std::{collections::BTreeSet, fs, path::Path};

use clap::Parser;
use saphyr::{LoadableYamlNode, Yaml};

use super::Cli;

/// The documents of a YAML file, with its path relative to the root of the repository.
fn documents(file: &str) -> Vec<Yaml<'static>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    // The documents borrow from the text. The leak ends with the test process.
    Yaml::load_from_str(Box::leak(text.into_boxed_str())).unwrap()
}

fn text<'a>(yaml: &'a Yaml<'_>) -> &'a str {
    yaml.as_str()
        .unwrap_or_else(|| panic!("{yaml:?} is not a text"))
}

fn list<'a>(yaml: &'a Yaml<'a>) -> &'a [Yaml<'a>] {
    yaml.as_sequence()
        .unwrap_or_else(|| panic!("{yaml:?} is not a list"))
}

fn assert_is_accepted(arguments: &[&str]) {
    let line = ["likewise-chaos"].iter().chain(arguments);
    if let Err(error) = Cli::try_parse_from(line) {
        panic!("{arguments:?}: {error}");
    }
}

/// The command line of `cargo chaos` in a job of a workflow, with its variables replaced.
fn command(workflow: &Yaml<'_>, job: &str, shard: &str) -> String {
    let steps = list(&workflow["jobs"][job]["steps"]);
    let runs = steps.iter().filter_map(|step| step.as_mapping_get("run"));
    let run = runs
        .map(text)
        .find(|run| run.contains("cargo chaos"))
        .unwrap();
    let env = &workflow["env"];
    let run = run
        .replace("$SEEDS", text(&env["SEEDS"]))
        .replace("$SHARDS", text(&env["SHARDS"]));
    run.replace("${{ matrix.shard }}", shard).replace('"', "")
}

#[test]
fn the_workflow_runs_every_shard_and_merges_them() {
    let documents = documents(".github/workflows/campaign.yml");
    let [workflow] = &documents[..] else {
        panic!("expected one workflow")
    };
    let shards = list(&workflow["jobs"]["shard"]["strategy"]["matrix"]["shard"]);
    let count: i64 = text(&workflow["env"]["SHARDS"]).parse().unwrap();
    let all: BTreeSet<i64> = shards.iter().filter_map(Yaml::as_integer).collect();
    assert_eq!(all, (0..count).collect(), "every shard once");
    for shard in &all {
        let run = command(workflow, "shard", &shard.to_string());
        let line: Vec<&str> = run.split_whitespace().skip(2).collect();
        let argument = format!("{shard}/{count}");
        assert!(line.contains(&argument.as_str()), "{line:?}");
        assert_is_accepted(&line);
    }
    let merge = command(workflow, "merge", "");
    let line: Vec<&str> = merge.split_whitespace().skip(2).collect();
    assert_eq!(line[0], "merge");
    assert_is_accepted(&line);
    assert_eq!(text(&workflow["jobs"]["merge"]["needs"]), "shard");
}

#[test]
fn the_indexed_job_runs_every_shard_and_another_job_merges_them() {
    let documents = documents("deploy/kubernetes/campaign.yaml");
    let jobs: Vec<&Yaml> = documents
        .iter()
        .filter(|document| text(&document["kind"]) == "Job")
        .collect();
    let [shards, merge] = &jobs[..] else {
        panic!("expected two jobs, found {}", jobs.len())
    };
    let spec = &shards["spec"];
    assert_eq!(text(&spec["completionMode"]), "Indexed");
    let count = spec["completions"].as_integer().unwrap();
    let args = list(&spec["template"]["spec"]["containers"][0]["args"]);
    for index in 0..count {
        let index = index.to_string();
        let replaced = args
            .iter()
            .map(|arg| text(arg).replace("$(JOB_COMPLETION_INDEX)", &index));
        let line: Vec<String> = replaced.collect();
        assert!(line.contains(&format!("{index}/{count}")), "{line:?}");
        assert_is_accepted(&line.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let command = list(&merge["spec"]["template"]["spec"]["containers"][0]["command"]);
    let line: Vec<&str> = text(&command[2]).split_whitespace().skip(2).collect();
    assert_eq!(line[0], "merge");
    assert_is_accepted(&line);
}

#[test]
fn a_command_that_the_program_does_not_accept_is_an_error() {
    for invalid in [
        &["run", "--shards", "0/8"][..],
        &["run", "--seeds", "9", "--shard", "8/8"],
    ] {
        let line = ["likewise-chaos"].iter().chain(invalid);
        assert!(Cli::try_parse_from(line).is_err(), "{invalid:?}");
    }
}
