//! What a campaign leaves behind: a report with the runs that explain it, in every form that people open.

mod desk;

use std::path::Path;

use likewise_reports::{
    dossier::{Dossier, Role},
    specimen::Way,
};
use likewise_sim::record::Standing;

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
            property.standing == Standing::Held,
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
            && run.record.struck.contains(&true)
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
