//! The deploy files: they are what they should be, and their commands are ones that this program takes.

use std::{collections::BTreeSet, fs, path::Path};

use clap::Parser;
use saphyr::{LoadableYamlNode, Yaml};

use super::Cli;

fn documents(file: &str) -> Vec<Yaml<'static>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    // The documents live as long as their text, which is until the test ends.
    Yaml::load_from_str(Box::leak(text.into_boxed_str())).unwrap()
}

fn text<'a>(yaml: &'a Yaml<'_>) -> &'a str {
    yaml.as_str()
        .unwrap_or_else(|| panic!("{yaml:?} is no text"))
}

fn list<'a>(yaml: &'a Yaml<'a>) -> &'a [Yaml<'a>] {
    yaml.as_sequence()
        .unwrap_or_else(|| panic!("{yaml:?} is no list"))
}

/// The command line after the program's name is one that the program takes.
fn assert_taken(arguments: &[&str]) {
    let line = ["likewise-chaos"].iter().chain(arguments);
    if let Err(error) = Cli::try_parse_from(line) {
        panic!("{arguments:?}: {error}");
    }
}

/// The step of a workflow's job that runs this program, with its variables replaced.
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
    let documents = documents("ci/campaign.yml");
    let [workflow] = &documents[..] else {
        panic!("one workflow")
    };
    let shards = list(&workflow["jobs"]["shard"]["strategy"]["matrix"]["shard"]);
    let of: i64 = text(&workflow["env"]["SHARDS"]).parse().unwrap();
    let all: BTreeSet<i64> = shards.iter().filter_map(Yaml::as_integer).collect();
    assert_eq!(all, (0..of).collect(), "every shard, once");
    for shard in &all {
        let run = command(workflow, "shard", &shard.to_string());
        let line: Vec<&str> = run.split_whitespace().skip(2).collect();
        assert!(line.contains(&format!("{shard}/{of}").as_str()), "{line:?}");
        assert_taken(&line);
    }
    let merge = command(workflow, "merge", "");
    let line: Vec<&str> = merge.split_whitespace().skip(2).collect();
    assert_eq!(line[0], "merge");
    assert_taken(&line);
    assert_eq!(text(&workflow["jobs"]["merge"]["needs"]), "shard");
}

#[test]
fn the_indexed_job_runs_every_shard_and_a_job_merges_them() {
    let documents = documents("kubernetes/campaign.yaml");
    let jobs: Vec<&Yaml> = documents
        .iter()
        .filter(|d| text(&d["kind"]) == "Job")
        .collect();
    let [shards, merge] = &jobs[..] else {
        panic!("two jobs: {}", jobs.len())
    };
    let spec = &shards["spec"];
    assert_eq!(text(&spec["completionMode"]), "Indexed");
    let of = spec["completions"].as_integer().unwrap();
    let args = list(&spec["template"]["spec"]["containers"][0]["args"]);
    for index in 0..of {
        let index = index.to_string();
        let replaced = args
            .iter()
            .map(|arg| text(arg).replace("$(JOB_COMPLETION_INDEX)", &index));
        let line: Vec<String> = replaced.collect();
        assert!(line.contains(&format!("{index}/{of}")), "{line:?}");
        assert_taken(&line.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let command = list(&merge["spec"]["template"]["spec"]["containers"][0]["command"]);
    let line: Vec<&str> = text(&command[2]).split_whitespace().skip(2).collect();
    assert_eq!(line[0], "merge");
    assert_taken(&line);
}

#[test]
fn a_command_that_the_program_does_not_take_is_seen() {
    assert!(Cli::try_parse_from(["likewise-chaos", "run", "--shards", "0/8"]).is_err());
    assert!(
        Cli::try_parse_from(["likewise-chaos", "run", "--seeds", "9", "--shard", "8/8"]).is_err()
    );
}
