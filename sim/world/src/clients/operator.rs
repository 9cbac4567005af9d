//! An operator: looks at open sagas and gives orders about them, from a terminal, with what the admin routes show.
//!
//! ```text
//!  list ──► one saga ──► its detail: ETag, barrier rows ──► (waits) ──► an order with If-Match ──► once more?
//! ```
//!
//! It asks any coordinator, also a standby or one that no longer leads. Some orders are sent twice, some with an old tag, some as a
//! batch. What it paused it resumes; when the clients are done or the run has healed, it only resumes. What it draws comes from a
//! random stream of its own.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::admin_client::{AdminClient, Answer};
use crate::{
    World,
    check::{AnsweredOrder, OrderAction, SentOrder, ShownSaga},
    network::http_client::FaultyHttpClient,
    plan::Host,
    process::admin,
    rest::has_no_open_saga,
};

/// The pause between two looks, before what is added at random, and the most that is added.
const LOOK_PAUSE_MILLIS: u64 = 30;
const LOOK_PAUSE_MORE_MILLIS: u64 = 250;
/// The longest that it thinks before it gives an order.
const THINK_MILLIS_MAX: u64 = 800;
/// The number of looks that it remembers.
const LOOKS_MAX: usize = 8;
/// Of so many turns, one begins with an old look, and one is a batch.
const TURNS: u32 = 10;
/// One of so many looks is at the saga that it saw last.
const LOOKS_AGAIN_ONE_IN: u32 = 5;
/// One of so many orders is sent once more.
const AGAIN_ONE_IN: u32 = 4;

/// An operator of a run.
pub(super) struct Operator {
    world: World,
    admin: AdminClient,
    name: String,
    coordinators: Vec<Host>,
    rng: Pcg64Mcg,
    /// The number of its orders: each has another reason.
    orders: u64,
    looks: VecDeque<Look>,
    /// What it may have paused.
    paused: BTreeSet<Uuid>,
}

/// What it saw of a saga.
#[derive(Clone)]
struct Look {
    tag: String,
    shown: ShownSaga,
}

impl Operator {
    /// The operators of a run.
    pub(super) fn all<'w>(
        world: &'w World,
        http_client: &'w Arc<FaultyHttpClient>,
    ) -> impl Iterator<Item = Self> + 'w {
        let coordinators = world.hosts().all().filter(|host| host.is_coordinator());
        let coordinators: Vec<Host> = coordinators.collect();
        (1..=world.plan().operators).map(move |number| Self {
            world: world.clone(),
            admin: AdminClient::new(http_client, number),
            name: admin::operator(number),
            coordinators: coordinators.clone(),
            // Not the noise itself: others draw from that.
            rng: Pcg64Mcg::seed_from_u64(
                world.plan().noise ^ 0x6F70_6572_6174_6F72 ^ u64::from(number),
            ),
            orders: 0,
            looks: VecDeque::new(),
            paused: BTreeSet::new(),
        })
    }

    /// Works until the end of the run. From `stop` on it only resumes.
    pub(super) async fn run(mut self, stop: watch::Receiver<bool>) {
        loop {
            let more = self.rng.random_range(0..=LOOK_PAUSE_MORE_MILLIS);
            tokio::time::sleep(Duration::from_millis(LOOK_PAUSE_MILLIS + more)).await;
            let has_healed = self.world.with_checker(|checker| checker.has_healed());
            match *stop.borrow() || has_healed {
                true if has_no_open_saga(&self.world) => {}
                true => self.resume_all().await,
                false => self.turn().await,
            }
        }
    }

    /// One look, and perhaps an order.
    async fn turn(&mut self) {
        match self.rng.random_range(0..TURNS) {
            0 => self.batch().await,
            1 => {
                if let Some(old) = self.looks.front().cloned() {
                    let action = self.any_action();
                    self.order(&old, action).await;
                }
            }
            2..=3 if !self.paused.is_empty() => self.resume_one().await,
            _ => {
                if let Some(look) = self.look_at_one().await {
                    if self.rng.random_bool(0.5) {
                        let millis = self.rng.random_range(0..=THINK_MILLIS_MAX);
                        tokio::time::sleep(Duration::from_millis(millis)).await;
                    }
                    let action = self.any_action();
                    self.order(&look, action).await;
                }
            }
        }
    }

    fn any_action(&mut self) -> OrderAction {
        const ACTIONS: [OrderAction; 9] = [
            OrderAction::Retry,
            OrderAction::Retry,
            OrderAction::Abort,
            OrderAction::ForceComplete,
            OrderAction::ForceComplete,
            OrderAction::Pause,
            OrderAction::Pause,
            OrderAction::Pause,
            OrderAction::Resume,
        ];
        let action = ACTIONS.choose(&mut self.rng).copied();
        action.unwrap_or(OrderAction::Retry)
    }

    /// Looks at an open saga, or at one that it saw before.
    async fn look_at_one(&mut self) -> Option<Look> {
        let open = self.list("open").await.unwrap_or_default();
        let before = self.looks.back().map(|look| look.shown.saga);
        let looks_again = self.rng.random_ratio(1, LOOKS_AGAIN_ONE_IN);
        let saga = match open.choose(&mut self.rng) {
            Some(saga) if !looks_again => Some(*saga),
            _ => before.filter(|_| looks_again),
        };
        self.look_at(saga?).await
    }

    /// The sagas that a coordinator lists. `None` without an answer of the leader, who alone knows what is paused.
    async fn list(&mut self, state: &str) -> Option<Vec<Uuid>> {
        let path = format!("/admin/v1/sagas?state={state}&limit=10");
        let answer = self.get(&path).await?;
        let sagas = answer.body["sagas"].as_array()?.iter();
        Some(
            sagas
                .filter_map(|saga| saga["id"].as_str()?.parse().ok())
                .collect(),
        )
    }

    async fn look_at(&mut self, saga: Uuid) -> Option<Look> {
        let path = format!("/admin/v1/sagas/{saga}");
        let answer = self.get(&path).await?;
        let barrier = ShownSaga::barrier_of(&answer.body["steps"])?;
        let look = Look {
            tag: answer.tag?,
            shown: ShownSaga { saga, barrier },
        };
        let status = answer.body["status"].as_str().unwrap_or_default();
        if status.starts_with("comp") && status.ends_with("ed") {
            self.paused.remove(&saga);
        }
        self.looks.push_back(look.clone());
        if self.looks.len() > LOOKS_MAX {
            self.looks.pop_front();
        }
        Some(look)
    }

    async fn resume_one(&mut self) {
        let paused: Vec<Uuid> = self.paused.iter().copied().collect();
        if let Some(saga) = paused.choose(&mut self.rng)
            && let Some(look) = self.look_at(*saga).await
        {
            self.order(&look, OrderAction::Resume).await;
        }
    }

    /// Resumes what is paused, whoever paused it.
    async fn resume_all(&mut self) {
        for saga in self.list("paused").await.unwrap_or_default() {
            if let Some(look) = self.look_at(saga).await {
                self.order(&look, OrderAction::Resume).await;
            }
        }
    }

    /// Gives an order that is based on a look. Some orders are sent once more, as they were.
    async fn order(&mut self, look: &Look, action: OrderAction) {
        let saga = look.shown.saga;
        let sent = self.next_order(action, Some(look));
        if action == OrderAction::Pause {
            self.paused.insert(saga);
        }
        let path = format!("/admin/v1/sagas/{saga}/{}", action.path());
        let times = 1 + u32::from(self.rng.random_ratio(1, AGAIN_ONE_IN));
        for _ in 0..times {
            let body = json!({"reason": sent.reason});
            if let Some(answer) = self.post(&path, Some(&look.tag), &body).await {
                self.answered(&sent, &answer);
            }
        }
    }

    /// Gives an order about all open sagas. A pause would not end before the run does.
    async fn batch(&mut self) {
        const ACTIONS: [OrderAction; 3] = [
            OrderAction::Retry,
            OrderAction::ForceComplete,
            OrderAction::Resume,
        ];
        let action = ACTIONS.choose(&mut self.rng).copied();
        let action = action.unwrap_or(OrderAction::Retry);
        let sent = self.next_order(action, None);
        let body = json!({
            "action": action.name(), "filter": {"state": "open"}, "reason": sent.reason, "at_most": 100,
        });
        self.post("/admin/v1/batches", None, &body).await;
    }

    fn next_order(&mut self, action: OrderAction, look: Option<&Look>) -> SentOrder {
        let shown = look.map(|look| look.shown.clone());
        self.orders += 1;
        let sent = SentOrder {
            actor: self.name.clone(),
            reason: format!("order {} of {}", self.orders, self.name),
            action,
            saga: shown.as_ref().map(|shown| shown.saga),
            shown,
        };
        self.world.with_checker(|checker| checker.order_sent(&sent));
        sent
    }

    fn answered(&mut self, sent: &SentOrder, answer: &Answer) {
        let Some(number) = answer.body["audit"]
            .as_i64()
            .filter(|_| answer.status == 202)
        else {
            return;
        };
        if let (OrderAction::Resume, Some(saga)) = (sent.action, &sent.saga) {
            self.paused.remove(saga);
        }
        let answered = AnsweredOrder {
            sent: sent.clone(),
            number,
        };
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.order_answered(&answered, event);
        });
    }

    async fn get(&mut self, path: &str) -> Option<Answer> {
        let host = self.coordinators.choose(&mut self.rng)?;
        self.admin.get(*host, path).await
    }

    async fn post(&mut self, path: &str, tag: Option<&str>, body: &Value) -> Option<Answer> {
        let host = self.coordinators.choose(&mut self.rng)?;
        self.admin.post(*host, path, tag, body).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::{Fault, MessageKind, MessagePoint, Plan},
        record::{EventKind, PropertyStatus, RunRecord},
        run::run,
        testing::{SHOP, TILL, order},
    };

    /// Orders whose requests to the till take longer than their time-out.
    fn slow() -> Plan {
        let slow = MessagePoint {
            every: Some(1),
            ..MessagePoint::request(Host::COORDINATOR, TILL, MessageKind::DO, 1)
        };
        let orders = (1..=4).map(|customer| order(customer, 0, 500 * customer.unsigned_abs()));
        let plan = orders.fold(Plan::new("x"), Plan::with_operation);
        plan.with_fault(slow, Fault::Delay { millis: 700 })
    }

    fn status(record: &RunRecord, name: &str) -> PropertyStatus {
        let mut all = record.properties.iter();
        all.find(|property| property.name == name).unwrap().status
    }

    #[test]
    fn operators_give_orders_that_the_audit_has_and_every_saga_ends() {
        let record = run(&SHOP, &slow().with_operators(2)).unwrap();
        assert_eq!(record.violations, []);
        for name in [
            "orders-are-audited",
            "orders-act-on-what-was-seen",
            "every-saga-ends",
        ] {
            assert_eq!(status(&record, name), PropertyStatus::Passed, "{name}");
        }
        let actors = record.events.iter().filter_map(|event| match &event.kind {
            EventKind::Committed { changes, .. } => {
                let is_entry = |change: &&crate::record::Change| change.table == "saga_audit";
                changes.iter().find(is_entry)
            }
            _ => None,
        });
        let mut actors = actors.filter_map(|entry| entry.row.text("actor").ok());
        assert!(actors.any(|actor| actor == "operator-2"));
    }

    #[test]
    fn a_run_without_operators_has_no_orders() {
        let record = run(&SHOP, &slow()).unwrap();
        let never = PropertyStatus::NeverExercised;
        assert_eq!(status(&record, "orders-are-audited"), never);
    }
}
