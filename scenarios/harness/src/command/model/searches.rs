//! The searches of the model: likes, sagas with groups and a pivot, and a saga whose rows are collected.

use likewise_model::{
    MUTANTS, Model, Protocol, SCENARIOS, Scenario, TRUE_PROTOCOL,
    groups::{
        GROUP_MUTANTS, GROUP_PROTOCOL, GROUP_SCENARIOS, GroupModel, GroupProtocol, GroupScenario,
    },
    reachability::ReachedAssertions,
    retention::{
        RETENTION_MUTANTS, RETENTION_PROTOCOL, RETENTION_SCENARIOS, RetentionModel,
        RetentionProtocol,
    },
    search::search,
};

use super::search_line::{SearchLine, Searched};
use crate::{progress::Progress, stopwatch::Stopwatch};

/// The progress message is updated after this many states.
const STATES_PER_MESSAGE: usize = 1 << 16;

/// One search: a protocol and what it drives.
#[derive(Clone, Copy)]
pub(super) enum Search {
    /// Two sagas on one pair.
    Pair(Protocol, Scenario),
    /// One saga with groups.
    Groups(GroupProtocol, GroupScenario),
    /// One saga whose rows are collected.
    Retention(RetentionProtocol, Scenario),
}

impl Search {
    /// All searches: each protocol in each of its scenarios, and each mutant in one.
    pub(super) fn all() -> Vec<Self> {
        let pairs = SCENARIOS.map(|scenario| Self::Pair(TRUE_PROTOCOL, scenario));
        let mutants = MUTANTS.map(|mutant| Self::Pair(mutant, SCENARIOS[0]));
        let groups = GROUP_SCENARIOS.map(|scenario| Self::Groups(GROUP_PROTOCOL, scenario));
        let found_in = |mutant: GroupProtocol| GROUP_SCENARIOS[mutant.found_in];
        let group_mutants = GROUP_MUTANTS.map(|mutant| Self::Groups(mutant, found_in(mutant)));
        let retention =
            RETENTION_SCENARIOS.map(|scenario| Self::Retention(RETENTION_PROTOCOL, scenario));
        let retention_mutants =
            RETENTION_MUTANTS.map(|mutant| Self::Retention(mutant, RETENTION_SCENARIOS[0]));
        let parts = [
            pairs.as_slice(),
            &mutants,
            &groups,
            &group_mutants,
            &retention,
            &retention_mutants,
        ];
        parts.concat()
    }

    /// What is searched.
    fn searched(&self) -> Searched {
        let why_right = match self {
            Self::Pair(it, _) => it.why_right,
            Self::Groups(..) | Self::Retention(..) => None,
        };
        let (protocol, about, scenario, expected) = match self {
            Self::Pair(it, scenario) => (it.name, it.about, scenario.name, it.broken),
            Self::Groups(it, scenario) => (it.name, it.about, scenario.name, it.broken),
            Self::Retention(it, scenario) => (it.name, it.about, scenario.name, it.broken),
        };
        Searched {
            protocol,
            about,
            scenario,
            expected,
            why_right,
        }
    }

    /// Whether it takes longer than all others together. It is left out unless somebody asks for it. A variant that violates
    /// something is left at its first counter-example, so only a variant that is right takes long.
    pub(super) fn is_long(&self) -> bool {
        self.searched().why_right.is_some()
    }

    /// Why a variant of the rules violates nothing, if it must not.
    pub(super) fn why_right(&self) -> Option<&'static str> {
        self.searched().why_right
    }

    /// The name of the protocol.
    pub(super) fn protocol(&self) -> &'static str {
        self.searched().protocol
    }

    /// Whether its states count for the reachability assertions: it is the protocol as it is, and about likes. A mutant reaches
    /// states that the protocol never reaches.
    pub(super) fn is_true_protocol(&self) -> bool {
        self.protocol() == TRUE_PROTOCOL.name
    }

    /// Searches up to a limit of states.
    pub(super) fn run(
        &self,
        states_max: usize,
        reached: &mut ReachedAssertions,
        progress: &Progress,
    ) -> SearchLine {
        let watch = Stopwatch::start();
        let searched = self.searched();
        let report = |number| report(progress, &searched, number);
        match self {
            Self::Pair(protocol, scenario) => {
                let model = Model::new(*protocol, *scenario);
                let result = search(&model, states_max, |number, state| {
                    if self.is_true_protocol() {
                        reached.visit(state);
                    }
                    report(number);
                });
                SearchLine::of(searched, watch.elapsed(), &result, |it| model.story(it))
            }
            Self::Groups(protocol, scenario) => {
                let model = GroupModel::new(*protocol, *scenario);
                let result = search(&model, states_max, |number, _| report(number));
                SearchLine::of(searched, watch.elapsed(), &result, |it| model.story(it))
            }
            Self::Retention(protocol, scenario) => {
                let model = RetentionModel::new(*protocol, *scenario);
                let result = search(&model, states_max, |number, _| report(number));
                SearchLine::of(searched, watch.elapsed(), &result, |it| model.story(it))
            }
        }
    }
}

fn report(progress: &Progress, searched: &Searched, number: usize) {
    if number.is_multiple_of(STATES_PER_MESSAGE) {
        let (protocol, scenario) = (searched.protocol, searched.scenario);
        progress.set_message(format!("{protocol}, {scenario}: {number} states"));
    }
}
