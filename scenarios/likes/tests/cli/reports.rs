//! The files of a campaign: a report with the runs that explain it, in every format that people open.

use std::{fs, path::Path};

use likewise_reports::{
    analysis::PlanOrigin,
    archive::{LoadedCampaign, LoadedRun, RunRole},
};
use likewise_world::record::{PropertyStatus, PropertyVerdict};

use crate::cli_harness::CliHarness;

/// The files of the newest campaign.
fn load(cli: &CliHarness) -> LoadedCampaign {
    LoadedCampaign::read(&cli.path("out/latest")).expect("a campaign")
}

/// A reader who doubts a green property can open a run in which it had something to judge.
#[test]
fn every_exercised_property_has_an_example() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--seeds", "12"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let campaign = load(&cli);
    let meta = &campaign.report.meta;
    for property in campaign.report.summary().properties {
        let example = meta.examples.get(&property.name);
        let example = example.and_then(|it| it.example.as_deref());
        assert_eq!(
            example.is_some(),
            property.status == PropertyStatus::Passed,
            "{}",
            property.name
        );
        if let Some(folder) = example {
            let run = &campaign.run(folder).expect("the report shows it").record;
            let is_exercised = |it: &PropertyVerdict| it.name == property.name && it.exercised > 0;
            assert!(run.properties.iter().any(is_exercised), "{}", property.name);
        }
    }
    let is_compensated_after_a_fault = |run: &LoadedRun| {
        run.role == RunRole::Example
            && run.record.sagas.compensated > 0
            && run.record.injected.contains(&true)
    };
    assert!(campaign.runs.iter().any(is_compensated_after_a_fault));
}

#[test]
fn a_report_has_the_provenance_the_coverage_curve_and_the_determinism_recheck() {
    let cli = CliHarness::new();
    cli.run(&["run", "--seeds", "5"]);
    let report = load(&cli).report;
    let provenance = report.meta.provenance.clone().expect("a provenance");
    assert_eq!(provenance.command_line[..3], ["run", "--seeds", "5"]);
    let runs: Vec<u64> = report
        .meta
        .coverage_curve
        .iter()
        .map(|it| it.runs)
        .collect();
    assert_eq!(runs, [1, 2, 3, 4, 5]);
    let deterministic = report.meta.deterministic.expect("a recheck");
    assert_eq!((deterministic.met, deterministic.of), (3, 3));
    let windows = report.summary().windows.summaries();
    assert!(windows[0].kind.is_none(), "some operations meet no fault");
    assert!(windows.len() > 1, "some operations meet a fault");
}

/// Three runs explain a failure: as it was found, as small as possible, and the one beside it that passes.
#[test]
fn a_failure_is_shown_with_its_minimal_plan_and_the_nearest_passing_plan() {
    let (cli, _) = CliHarness::with_shrunk_campaign();
    let campaign = load(&cli);
    let of = |role| campaign.runs.iter().find(|run| run.role == role);
    let minimal = of(RunRole::Minimal).expect("a shrunk plan");
    let nearest = of(RunRole::Nearest).expect("a passing plan");
    assert!(!minimal.record.is_green());
    assert!(nearest.record.is_green());
    let findings = campaign.report.summary().findings;
    let finding = minimal.finding.as_ref();
    assert!(findings.iter().any(|it| Some(&it.fingerprint) == finding));
    assert_eq!(nearest.finding.as_ref(), finding);
    let whole = minimal
        .folder
        .strip_suffix("/minimal")
        .expect("a folder inside that of the run");
    let whole = campaign.run(whole).expect("the original run");
    assert_eq!(whole.role, RunRole::Failure);
    for file in ["min-plan.json", "nearest.json"] {
        let path = cli.path("out/latest").join(&whole.folder).join(file);
        assert!(path.exists(), "{file}");
    }
    let violated = &whole.record.violations[0].property;
    let examples = &campaign.report.meta.examples[violated];
    assert!(examples.counter_example.is_some());
}

#[test]
fn the_report_has_the_planted_bugs_with_their_runs() {
    let cli = CliHarness::new();
    let result = cli.run(&["planted-bugs", "double-undo", "every-step-twice"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let results = load(&cli).report.meta.planted_bugs;
    let [caught, control] = &results[..] else {
        panic!("{results:?}")
    };
    assert!(caught.is_as_expected() && caught.caught && !caught.is_control);
    assert!(control.is_as_expected() && !control.caught && control.is_control);
    assert_eq!((caught.origin, caught.plans), (PlanOrigin::Own, 1));
    let folder = caught.folder.as_ref().expect("a written run");
    let record = cli.path("out/latest").join(folder).join("record.json");
    let record = likewise_reports::archive::read_record(Path::new(&record));
    assert!(!record.expect("a record").is_green());
    assert_eq!(control.folder, None, "a control has no violation to show");
}

/// The files that are rendered from a report.
const RENDERED: [&str; 3] = ["report.html", "junit.xml", "summary.md"];

/// A report of last year can be rendered with today's page, and a change of a renderer shows as a difference of
/// bytes.
#[test]
fn a_campaign_that_is_rendered_again_gives_the_same_bytes() {
    let (cli, _) = CliHarness::with_shrunk_campaign();
    let folder = cli.path("out/latest").canonicalize().expect("it exists");
    let read = || RENDERED.map(|name| fs::read(folder.join(name)).expect("it is written"));
    let before = read();
    for name in RENDERED {
        fs::remove_file(folder.join(name)).expect("it existed");
    }
    let id = folder
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    for what in ["latest", id.as_str(), &folder.display().to_string()] {
        let result = cli.run(&["report", what]);
        assert_eq!(result.code, 0, "{}", result.stderr);
        assert_eq!(
            result.stdout.lines().count(),
            RENDERED.len(),
            "{}",
            result.stdout
        );
        assert!(read() == before, "{what}");
    }
    let index = fs::read_to_string(cli.path("out/index.html")).expect("an index");
    assert!(index.contains(&format!("./{id}/report.html")), "{index}");
}

/// A record that somebody sends by mail is enough for a page.
#[test]
fn one_run_is_rendered_as_a_campaign() {
    let cli = CliHarness::new();
    cli.run(&["replay", "double-undo"]);
    let first = load(&cli);
    let record = cli
        .path("out/latest")
        .join(&first.runs[0].folder)
        .join("record.json");
    let record = record.canonicalize().expect("it exists");
    let result = cli.run(&["report", &record.display().to_string()]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let again = load(&cli);
    assert_eq!(again.runs[0].record.hash, first.runs[0].record.hash);
    assert_eq!(
        again.report.meta.provenance, None,
        "the origin of the record is unknown"
    );
}

/// The first half of a file.
fn first_half(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("text");
    text[..text.len() / 2].to_owned()
}

/// A file with a version that this program does not know.
fn newer_version(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("text");
    // A report is of version 4, a record of version 3.
    let newer = |text: &str, version| {
        text.replacen(&format!("\"version\": {version}"), "\"version\": 99", 1)
    };
    newer(&newer(&text, 4), 3).replacen("\"version\":3", "\"version\":99", 1)
}

/// A page over half of the data would look complete.
#[test]
fn an_invalid_file_is_named_and_nothing_is_rendered() {
    let cli = CliHarness::new();
    cli.run(&["replay", "happy-path"]);
    let folder = cli.path("out/latest").canonicalize().expect("it exists");
    let run = folder.join(&load(&cli).runs[0].folder);
    let (report, record) = (folder.join("report.json"), run.join("record.json"));
    let events = run.join("events.jsonl");
    let cases = [
        (&report, first_half(&report), "is not a report"),
        (&report, newer_version(&report), "report of version 99"),
        (&record, first_half(&record), "is not a run record"),
        (&record, newer_version(&record), "run record of version 99"),
        (&events, first_half(&events), "events.jsonl"),
    ];
    for (path, invalid, message) in cases {
        let valid = fs::read(path).expect("it exists");
        fs::write(path, invalid).expect("writable");
        for name in RENDERED {
            // The file may be missing: the previous case removed it.
            let _ = fs::remove_file(folder.join(name));
        }
        let result = cli.run(&["report"]);
        assert_eq!(result.code, 2, "{}: {}", path.display(), result.stderr);
        assert!(result.stderr.contains(message), "{}", result.stderr);
        let messages = result.stderr.matches("error:").count();
        assert_eq!(messages, 1, "{}", result.stderr);
        for name in RENDERED {
            assert!(!folder.join(name).exists(), "{name} after {message}");
        }
        fs::write(path, valid).expect("writable");
    }
}

#[test]
fn a_missing_campaign_or_record_is_exit_2() {
    let cli = CliHarness::new();
    cli.run(&["replay", "happy-path"]);
    let not_a_report = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (what, message) in [
        ("tuesday", "there is no campaign tuesday"),
        ("no/such/record.json", "cannot read no/such/record.json"),
        (not_a_report, "there is no campaign"),
    ] {
        let result = cli.run(&["report", what]);
        assert_eq!(result.code, 2, "{}", result.stderr);
        assert_eq!(result.stdout, "");
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
}

/// The exit code is for CI: worse fails, better does not, and a wrong name is neither.
#[test]
fn comparing_with_a_worse_campaign_is_exit_1() {
    let cli = CliHarness::new();
    cli.run(&["run", "--seeds", "3"]);
    let green = cli.path("out/latest").canonicalize().expect("it exists");
    let green = green.display().to_string();
    cli.run(&[
        "run",
        "--seeds",
        "3",
        "--system",
        "double-undo",
        "--no-shrink",
    ]);
    let red = cli.path("out/latest").canonicalize().expect("it exists");
    let red = red.display().to_string();
    let worse = cli.run(&["compare", &green, &red]);
    assert_eq!(worse.code, 1, "{}", worse.stderr);
    assert!(
        worse.stdout.contains("some results got worse"),
        "{}",
        worse.stdout
    );
    let better = cli.run(&["compare", &red, &green, "--json"]);
    assert_eq!(better.code, 0, "{}", better.stderr);
    let object = better.objects().remove(0);
    assert_eq!(object["type"], "comparison");
    assert_ne!(object["findings_gone"].as_array().map(Vec::len), Some(0));
    let files: Vec<_> = better
        .stderr
        .lines()
        .filter(|line| line.starts_with("written"))
        .collect();
    assert_eq!(files.len(), 3, "{}", better.stderr);
    assert_eq!(cli.run(&["compare", &red, "tuesday"]).code, 2);
}
