//! What a campaign leaves behind: a report with the runs that explain it, in every form that people open.

mod desk;

use std::{fs, path::Path};

use likewise_reports::{
    dossier::{Dossier, Role},
    specimen::Way,
};
use likewise_sim::record::PropertyStatus;

use desk::Desk;

/// The dossier of the newest campaign.
fn dossier(desk: &Desk) -> Dossier {
    Dossier::read(&desk.path("out/latest")).expect("a dossier")
}

#[test]
fn every_property_that_was_put_to_the_test_has_an_example() {
    let desk = Desk::new();
    let ran = desk.chaos(&["run", "--seeds", "12"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let dossier = dossier(&desk);
    let course = &dossier.report.course;
    for property in dossier.report.summary().properties {
        let example = course.witnesses.get(&property.name);
        let example = example.and_then(|it| it.example.as_deref());
        assert_eq!(
            example.is_some(),
            property.status == PropertyStatus::Passed,
            "{}",
            property.name
        );
        if let Some(folder) = example {
            let run = &dossier.run(folder).expect("it is shown").record;
            let tests = |it: &likewise_sim::record::PropertyVerdict| {
                it.name == property.name && it.exercised > 0
            };
            assert!(run.properties.iter().any(tests), "{}", property.name);
        }
    }
    let undone = |run: &&likewise_reports::dossier::Shown| {
        run.role == Role::Example
            && run.record.sagas.compensated > 0
            && run.record.injected.contains(&true)
    };
    assert!(dossier.runs.iter().any(|run| undone(&run)));
}

#[test]
fn a_campaign_says_where_it_comes_from_how_it_grew_and_what_ran_the_same_twice() {
    let desk = Desk::new();
    desk.chaos(&["run", "--seeds", "5"]);
    let report = dossier(&desk).report;
    let provenance = report.course.provenance.clone().expect("it is known");
    assert_eq!(provenance.command_line[..3], ["run", "--seeds", "5"]);
    let runs: Vec<u64> = report.course.growth.iter().map(|it| it.runs).collect();
    assert_eq!(runs, [1, 2, 3, 4, 5]);
    let deterministic = report.course.deterministic.expect("it was checked");
    assert_eq!((deterministic.met, deterministic.of), (3, 3));
    let windows = report.summary().windows.lines();
    assert!(windows[0].kind.is_none(), "some clicks meet no fault");
    assert!(windows.len() > 1, "and some do");
}

#[test]
fn what_fails_is_shown_with_its_minimal_plan_and_the_nearest_that_passes() {
    let desk = Desk::new();
    desk.chaos(&["run", "--seeds", "6", "--system", "double-undo"]);
    let dossier = dossier(&desk);
    let of = |role| dossier.runs.iter().find(|run| run.role == role);
    let minimal = of(Role::Minimal).expect("it was shrunk");
    let nearest = of(Role::Nearest).expect("one passes");
    assert!(!minimal.record.is_green());
    assert!(nearest.record.is_green());
    let findings = dossier.report.summary().findings;
    let finding = minimal.finding.as_ref();
    assert!(findings.iter().any(|it| Some(&it.fingerprint) == finding));
    assert_eq!(nearest.finding.as_ref(), finding);
    let whole = minimal.folder.strip_suffix("/minimal").expect("beside it");
    let whole = dossier.run(whole).expect("the run it came from");
    assert_eq!(whole.role, Role::Failure);
    for file in ["min-plan.json", "nearest.json"] {
        let path = desk.path("out/latest").join(&whole.folder).join(file);
        assert!(path.exists(), "{file}");
    }
    let violated = &whole.record.violations[0].property;
    let witnesses = &dossier.report.course.witnesses[violated];
    assert!(witnesses.counter_example.is_some());
}

#[test]
fn specimens_are_in_the_report_with_the_runs_that_show_them() {
    let desk = Desk::new();
    let ran = desk.chaos(&["specimens", "double-undo", "every-step-twice"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let results = dossier(&desk).report.course.specimen_results;
    let [caught, control] = &results[..] else {
        panic!("{results:?}")
    };
    assert!(caught.is_good() && caught.caught && !caught.is_control);
    assert!(control.is_good() && !control.caught && control.is_control);
    assert_eq!((caught.way, caught.plans), (Way::Own, 1));
    let folder = caught.folder.as_ref().expect("its run is written");
    let record = desk.path("out/latest").join(folder).join("record.json");
    let record = likewise_reports::dossier::read_record(Path::new(&record));
    assert!(!record.expect("a record").is_green());
    assert_eq!(control.folder, None, "nothing to see");
}

/// The renderings of the newest campaign.
const RENDERED: [&str; 3] = ["report.html", "junit.xml", "summary.md"];

#[test]
fn a_campaign_is_rendered_again_to_the_same_bytes() {
    let desk = Desk::new();
    desk.chaos(&["run", "--seeds", "3", "--system", "double-undo"]);
    let folder = desk.path("out/latest").canonicalize().expect("it is there");
    let read = || RENDERED.map(|name| fs::read(folder.join(name)).expect("it was written"));
    let before = read();
    for name in RENDERED {
        fs::remove_file(folder.join(name)).expect("it was there");
    }
    let id = folder
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    for what in ["latest", id.as_str(), &folder.display().to_string()] {
        let ran = desk.chaos(&["report", what]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), RENDERED.len(), "{}", ran.stdout);
        assert!(read() == before, "{what}");
    }
    let index = fs::read_to_string(desk.path("out/index.html")).expect("an index");
    assert!(index.contains(&format!("./{id}/report.html")), "{index}");
}

#[test]
fn one_run_is_rendered_as_a_campaign_of_its_own() {
    let desk = Desk::new();
    desk.chaos(&["replay", "double-undo"]);
    let first = dossier(&desk);
    let record = desk
        .path("out/latest")
        .join(&first.runs[0].folder)
        .join("record.json");
    let record = record.canonicalize().expect("it is there");
    let ran = desk.chaos(&["report", &record.display().to_string()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let again = dossier(&desk);
    assert_eq!(again.runs[0].record.hash, first.runs[0].record.hash);
    assert_eq!(
        again.report.course.provenance, None,
        "who knows where it comes from"
    );
}

#[test]
fn what_cannot_be_rendered_is_named_and_nothing_is_written() {
    let desk = Desk::new();
    desk.chaos(&["replay", "happy-path"]);
    let folder = desk.path("out/latest").canonicalize().expect("it is there");
    let run = folder.join(&dossier(&desk).runs[0].folder);
    let cut = |path: &Path| {
        let text = fs::read_to_string(path).expect("text");
        text[..text.len() / 2].to_owned()
    };
    let newer = |path: &Path| {
        let text = fs::read_to_string(path).expect("text");
        text.replacen("\"version\": 3", "\"version\": 99", 1)
            .replacen("\"version\":3", "\"version\":99", 1)
    };
    let cases = [
        (folder.join("report.json"), "cut", "is not a report"),
        (folder.join("report.json"), "newer", "report of version 99"),
        (run.join("record.json"), "cut", "is not a run record"),
        (run.join("record.json"), "newer", "run record of version 99"),
        (run.join("events.jsonl"), "cut", "events.jsonl"),
    ];
    for (path, how, says) in cases {
        let whole = fs::read(&path).expect("it is there");
        let text = if how == "cut" {
            cut(&path)
        } else {
            newer(&path)
        };
        fs::write(&path, text).expect("writable");
        for name in RENDERED {
            // The case before has left none.
            let _ = fs::remove_file(folder.join(name));
        }
        let ran = desk.chaos(&["report"]);
        assert_eq!(ran.code, 2, "{}: {}", path.display(), ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
        for name in RENDERED {
            assert!(
                !folder.join(name).exists(),
                "{name} after {how} {}",
                path.display()
            );
        }
        fs::write(&path, whole).expect("writable");
    }
    for (what, says) in [
        ("tuesday", "there is no campaign tuesday"),
        ("no/such/record.json", "cannot read no/such/record.json"),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "there is no campaign",
        ),
    ] {
        let ran = desk.chaos(&["report", what]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn two_campaigns_are_compared_and_worse_is_exit_1() {
    let desk = Desk::new();
    desk.chaos(&["run", "--seeds", "3"]);
    let green = desk.path("out/latest").canonicalize().expect("it is there");
    let green = green.display().to_string();
    desk.chaos(&[
        "run",
        "--seeds",
        "3",
        "--system",
        "double-undo",
        "--no-shrink",
    ]);
    let red = desk.path("out/latest").canonicalize().expect("it is there");
    let red = red.display().to_string();
    let worse = desk.chaos(&["compare", &green, &red]);
    assert_eq!(worse.code, 1, "{}", worse.stderr);
    assert!(
        worse.stdout.contains("something is wrong that was not"),
        "{}",
        worse.stdout
    );
    let better = desk.chaos(&["compare", &red, &green, "--json"]);
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
    assert_eq!(desk.chaos(&["compare", &red, "tuesday"]).code, 2);
}
