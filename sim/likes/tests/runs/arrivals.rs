//! Messages arrive and are answered on the hosts that they are sent to.

use likewise_sim_likes::{Action, run, single};
use likewise_world::{
    plan::Host,
    record::{Event, EventKind},
};

/// The events of a message, in order. Each must be on the right host, and tell the status of the reply.
fn events_of(events: &[Event], message: u64, to: Host) -> Vec<&'static str> {
    let mut answered = None;
    let name = |event: &Event| match event.kind {
        EventKind::Arrived { message: it } if it == message => {
            assert_eq!(event.host, to);
            Some("arrived")
        }
        EventKind::Answered {
            message: it,
            status,
        } if it == message => {
            assert_eq!(event.host, to);
            answered = Some(status);
            Some("answered")
        }
        EventKind::Replied {
            message: it,
            status,
            ..
        } if it == message => {
            assert_eq!(answered, Some(status));
            Some("replied")
        }
        _ => None,
    };
    events.iter().filter_map(name).collect()
}

#[test]
fn each_request_arrives_at_its_receiver_and_its_answer_leaves_from_there() {
    let record = run(&single(Action::Unlike, true)).unwrap();
    let mut sent = 0;
    for (place, event) in record.events.iter().enumerate() {
        let EventKind::Sent { message, to, .. } = event.kind else {
            continue;
        };
        sent += 1;
        assert_eq!(
            events_of(&record.events[place..], message, to),
            ["arrived", "answered", "replied"],
            "of message {message}"
        );
    }
    assert!(sent > 10, "only {sent} messages were sent");
}
