//! A fault plan made by hand: one like, and the reply of the user service is lost after its commit.
//!
//! ```text
//! cargo run --package likewise-scenarios --example hand_made_plan
//! ```
//!
//! This is the fault that makes sagas hard. The record exists, but the coordinator does not know it. The coordinator
//! must send the request again, and the barrier of the user service must answer it without making a second record.

use likewise_reports::story;
use likewise_sim_likes::names::USER;
use likewise_sim_likes::{Action, operation, run};
use likewise_world::{
    RunError,
    plan::{Fault, Host, MessageKind, MessagePoint, Plan},
};

fn main() -> Result<(), RunError> {
    let record = run(&plan())?;
    println!("{}\n", story::render(&record));
    println!("{}", story::explain(&record).join("\n"));
    // A plan in which no fault fires would prove nothing.
    assert_eq!(record.injected, [true], "the fault fired");
    assert_eq!(record.sagas.completed, 1, "the like was completed");
    assert!(record.is_green(), "{:?}", record.violations);
    Ok(())
}

fn plan() -> Plan {
    // User 1 likes article 1 at simulated time 0 ms.
    let like = operation(1, Action::Like, 1, 0);
    // The first reply to an action, from the user service to the coordinator. A participant replies only after its
    // commit, so the record is durable at this injection point.
    let reply = MessagePoint::reply(Host::COORDINATOR, USER, MessageKind::DO, 1);
    Plan::new("the reply is lost after the commit")
        .with_operation(like)
        .with_fault(reply, Fault::LoseReply)
}
