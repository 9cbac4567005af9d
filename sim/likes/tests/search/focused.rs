//! The plans around which only some injection points are searched.

use likewise_search::exhaustive::{FocusedBase, focused_bases};
use likewise_sim_likes::system;
use likewise_world::plan::Trigger;

/// The names of the commits and reads, and the links of the messages, at which a fault is searched.
fn places(base: &FocusedBase) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for case in base.cases(system()).unwrap() {
        let place = Trigger::from(case.point).class();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.sort();
    places
}

#[test]
fn each_base_reaches_the_points_that_it_is_for() {
    let all: Vec<Vec<String>> = focused_bases(system()).iter().map(places).collect();
    assert_eq!(
        all[2],
        [
            "after commit of renew-shard at coordinator",
            "before commit of renew-shard at coordinator",
            "reply of like coordinator→coordinator",
            "request of like coordinator→coordinator",
        ]
    );
    assert_eq!(
        all[3],
        [
            "after commit of claim-shard at coordinator",
            "after read of list-sagas at coordinator",
            "before commit of claim-shard at coordinator",
            "before read of list-sagas at coordinator",
        ]
    );
    assert_eq!(
        all[0],
        [
            "after commit of take-over at coordinator",
            "after read of list-sagas at coordinator",
            "before commit of take-over at coordinator",
            "before read of list-sagas at coordinator",
        ]
    );
    assert!(all[1].len() >= 3, "{:?}", all[1]);
    let of_retention = [
        "after commit of collect at article",
        "after commit of collect at coordinator",
        "after commit of raise-watermark at user",
        "before commit of raise-watermark at user",
        "before commit of retention at coordinator",
        "reply of watermark coordinator→user",
        "request of watermark coordinator→article",
    ];
    for place in of_retention {
        assert!(all[4].iter().any(|it| it == place), "{place}: {:?}", all[4]);
    }
}
