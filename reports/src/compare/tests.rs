use super::*;
use crate::{dossier::Role, pages, report::Course, samples};

fn green() -> SummaryLine {
    samples::dossier(&[(Role::Example, samples::green())], Course::default()).report
}

fn red() -> SummaryLine {
    let records = [
        (Role::Failure, samples::red()),
        (Role::Example, samples::green()),
    ];
    let course = Course {
        exit: 1,
        ..Course::default()
    };
    samples::dossier(&records, course).report
}

fn worse() -> Comparison {
    Comparison::of(("monday", &green()), ("tuesday", &red()))
}

#[test]
fn what_got_worse_is_told() {
    let comparison = worse();
    assert!(comparison.is_worse());
    insta::assert_snapshot!(told(&comparison));
    insta::assert_snapshot!(markdown(&comparison));
}

#[test]
fn what_got_better_is_no_failure() {
    let comparison = Comparison::of(("monday", &red()), ("tuesday", &green()));
    assert!(!comparison.is_worse());
    assert_eq!(comparison.verdict(), "something is right that was not");
    assert_eq!(comparison.findings_gone.len(), 1);
    assert!(comparison.cells_gained.is_empty());
    assert_eq!(comparison.cells_lost.len(), 1);
}

#[test]
fn a_campaign_and_itself_differ_in_nothing() {
    let comparison = Comparison::of(("a", &red()), ("a", &red()));
    assert_eq!(comparison.verdict(), "nothing is better or worse");
    assert!(comparison.properties.is_empty());
    assert_eq!((comparison.findings_kept, comparison.cells_kept), (1, 1));
}

#[test]
fn a_specimen_that_is_not_caught_any_more_is_worse() {
    let result = |caught| crate::specimen::SpecimenResult {
        name: "double-undo".to_owned(),
        flaw: String::new(),
        is_control: false,
        caught,
        by: Vec::new(),
        expected: Vec::new(),
        product_green: true,
        way: crate::specimen::Way::Own,
        plans: 1,
        faults: 1,
        explanation: Vec::new(),
        replay: String::new(),
        folder: None,
        measured: Vec::new(),
        published: None,
    };
    let (mut before, mut after) = (green(), green());
    before.course.specimen_results = vec![result(true)];
    assert!(
        !Comparison::of(("a", &before), ("b", &after)).is_worse(),
        "it was not run"
    );
    after.course.specimen_results = vec![result(false)];
    assert!(Comparison::of(("a", &before), ("b", &after)).is_worse());
}

#[test]
fn hostile_text_is_text() {
    for hostile in samples::HOSTILE {
        let records = [(Role::Failure, samples::hostile(hostile))];
        let line = samples::dossier(&records, Course::default()).report;
        let comparison = Comparison::of((hostile, &green()), (hostile, &line));
        let page = pages::compare(&comparison).unwrap();
        let calm = pages::compare(&worse()).unwrap();
        assert_eq!(
            page.matches('<').count(),
            calm.matches('<').count(),
            "{page}"
        );
        let text = markdown(&comparison);
        assert!(
            !text.contains("\n# heading") && !text.contains("\n- item"),
            "{text}"
        );
    }
}
