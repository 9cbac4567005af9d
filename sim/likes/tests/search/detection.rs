//! How soon a planted bug is caught.

use std::sync::atomic::AtomicBool;

use likewise_search::detection::{Extent, SearchMethod, by_seeds};
use likewise_sim_likes::system;

static NEVER_STOP: AtomicBool = AtomicBool::new(false);

#[test]
fn an_easy_bug_is_caught_at_once_and_the_control_never() {
    let extent = Extent {
        starts: 1,
        seeds_max: 6,
    };
    let needed = |bug| by_seeds(system(), bug, SearchMethod::Swarm, extent, &NEVER_STOP);
    assert_eq!(needed("double-do").caught(), 1);
    assert_eq!(needed("every-step-twice").caught(), 0);
}
