//! What the probes of a run send.

use likewise_sim_likes::run;
use likewise_sim_likes::{Action, single};

#[test]
fn every_key_and_every_step_is_probed_with_other_arguments() {
    // One key and a step at each service. A blocked user adds a compensation; an unlike has a like before it.
    // The comparison of states counts once. The sagas of each key do, and that no key is refused which was used once.
    let plans = [
        (single(Action::Like, false), 1 + 2 + 1 + 1 + 1),
        (single(Action::Like, true), 1 + 3 + 1 + 1 + 1),
        (single(Action::Unlike, false), 2 + 4 + 1 + 2 + 2),
    ];
    for (plan, times) in plans {
        let record = run(&plan).unwrap();
        let of = |name| {
            let mut properties = record.properties.iter();
            properties.find(|property| property.name == name).unwrap()
        };
        assert_eq!(of("reuse-is-refused").exercised, times, "{}", plan.name);
        // Each key is checked once for its one saga, and once for the answer to the probe.
        let keys = plan.workload.len() as u64;
        assert_eq!(of("one-reply-per-key").exercised, 2 * keys);
    }
}
