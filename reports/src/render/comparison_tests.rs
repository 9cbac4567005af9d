//! The comparison of two campaigns in all its forms.

use likewise_world::record::PropertyStatus;

use super::{markdown, pages, terminal};
use crate::{
    analysis::{CampaignMeta, CampaignReport, Comparison, PlanOrigin, PlantedBugResult},
    archive::RunRole,
    samples::{campaign, records},
};

fn green() -> CampaignReport {
    campaign::of(
        &[(RunRole::Example, records::green())],
        CampaignMeta::default(),
    )
    .report
}

fn red() -> CampaignReport {
    let runs = [
        (RunRole::Failure, records::red()),
        (RunRole::Example, records::green()),
    ];
    let meta = CampaignMeta {
        exit: 1,
        ..CampaignMeta::default()
    };
    campaign::of(&runs, meta).report
}

fn worse() -> Comparison {
    Comparison::of(("monday", &green()), ("tuesday", &red()))
}

#[test]
fn a_campaign_that_got_worse() {
    let comparison = worse();
    assert!(comparison.is_worse());
    insta::assert_snapshot!(terminal::comparison(&comparison));
    insta::assert_snapshot!(markdown::comparison(&comparison));
}

#[test]
fn a_campaign_that_got_better_is_no_failure() {
    let comparison = Comparison::of(("monday", &red()), ("tuesday", &green()));
    assert!(!comparison.is_worse());
    assert_eq!(comparison.verdict(), "some results got better");
    assert_eq!(comparison.findings_gone.len(), 1);
    assert!(comparison.cells_gained.is_empty());
    assert_eq!(comparison.cells_lost.len(), 1);
}

#[test]
fn a_campaign_does_not_differ_from_itself() {
    let comparison = Comparison::of(("a", &red()), ("a", &red()));
    assert_eq!(comparison.verdict(), "no result got better or worse");
    assert!(comparison.properties.is_empty());
    assert_eq!((comparison.findings_kept, comparison.cells_kept), (1, 1));
}

/// A longer campaign exercises more. That is counted, and not listed as a change of a verdict.
#[test]
fn a_property_that_only_one_campaign_exercised_is_folded() {
    let (before, mut after) = (green(), green());
    let name = "sold-equals-orders";
    let mut summary = after.summary();
    for verdict in &mut summary.properties {
        verdict.status = PropertyStatus::NeverExercised;
    }
    after = CampaignReport::of(&summary, after.wall(), after.meta);
    let comparison = Comparison::of(("a", &before), ("b", &after));
    assert!(
        comparison
            .properties
            .iter()
            .any(|it| it.name == name && it.is_of_size())
    );
    let text = terminal::comparison(&comparison);
    assert!(!text.contains(name), "{text}");
    assert!(
        text.contains("exercised in only one campaign: 2 properties"),
        "{text}"
    );
    let page = pages::comparison(&comparison).unwrap();
    let folded = page.find("<details>").unwrap();
    assert!(page.find(name).unwrap() > folded, "{page}");
}

#[test]
fn a_planted_bug_that_is_no_longer_caught_is_worse() {
    let result = |caught| PlantedBugResult {
        name: "double-undo".to_owned(),
        flaw: String::new(),
        is_control: false,
        caught,
        by: Vec::new(),
        expected: Vec::new(),
        product_green: true,
        origin: PlanOrigin::Own,
        plans: 1,
        faults: 1,
        explanation: Vec::new(),
        replay: String::new(),
        folder: None,
        measured: Vec::new(),
        published: None,
    };
    let (mut before, mut after) = (green(), green());
    before.meta.planted_bugs = vec![result(true)];
    assert!(
        !Comparison::of(("a", &before), ("b", &after)).is_worse(),
        "the later campaign did not run it"
    );
    after.meta.planted_bugs = vec![result(false)];
    assert!(Comparison::of(("a", &before), ("b", &after)).is_worse());
}

#[test]
fn hostile_text_is_text() {
    for hostile in records::HOSTILE {
        let runs = [(RunRole::Failure, records::hostile(hostile))];
        let report = campaign::of(&runs, CampaignMeta::default()).report;
        let comparison = Comparison::of((hostile, &green()), (hostile, &report));
        let page = pages::comparison(&comparison).unwrap();
        let calm = pages::comparison(&worse()).unwrap();
        assert_eq!(
            page.matches('<').count(),
            calm.matches('<').count(),
            "{page}"
        );
        let text = markdown::comparison(&comparison);
        assert!(
            !text.contains("\n# heading") && !text.contains("\n- item"),
            "{text}"
        );
    }
}
