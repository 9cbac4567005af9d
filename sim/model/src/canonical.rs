//! Merges states that cannot be told apart. This makes the search finite although the network is unbounded.
//!
//! None of it hides a behaviour:
//! - A request that changes nothing may arrive at once. Its reply is one more that may be received, now or never.
//! - No task receives replies to a saga that has ended and is driven by nobody. If, in addition, no request that is still
//!   under way could change its steps, its requests and replies have no further effect and are dropped.
//! - The two coordinators are symmetric: only their knowledge distinguishes them.

use likewise_protocol::Op;

use super::{
    Model,
    coordinator::end_fenced_writer,
    service::{Address, possible_refusals, serve},
    state::{Set, State, TWO},
};

impl Model<'_> {
    /// The representative of this state, and whether the two coordinators were swapped.
    pub(super) fn canonical(&self, mut state: State) -> (State, bool) {
        if self.protocol.fence {
            state.coordinators.iter_mut().for_each(end_fenced_writer);
        }
        for saga in TWO {
            let is_over = state.sagas[saga].row.is_some() && !state.sagas[saga].is_open();
            let is_driven = TWO
                .iter()
                .any(|coordinator| state.coordinators[*coordinator].driver(saga).is_some());
            for step in TWO {
                let is_settled = self.answer_at_once(&mut state, Address { saga, step });
                if is_over && !is_driven && is_settled && !self.keeps_late_requests {
                    let view = &mut state.sagas[saga].steps[step];
                    (view.requests, view.replies) = (Set::default(), Set::default());
                }
            }
        }
        let is_swapped = state.coordinators[0] > state.coordinators[1];
        if is_swapped {
            state.coordinators.swap(0, 1);
        }
        (state, is_swapped)
    }

    /// Serves every request that changes nothing but the replies. Returns whether there is no other request.
    fn answer_at_once(&self, state: &mut State, at: Address) -> bool {
        let mut is_settled = true;
        for op in [Op::Do, Op::Seal, Op::Undo] {
            if !state.sagas[at.saga].steps[at.step].requests.has(op) {
                continue;
            }
            for &refuse in possible_refusals(state, at, op) {
                let Some(mut after) = serve(&self.protocol, self.kinds, state, at, op, refuse)
                else {
                    is_settled = false;
                    continue;
                };
                let replies = std::mem::replace(
                    &mut after.sagas[at.saga].steps[at.step].replies,
                    state.sagas[at.saga].steps[at.step].replies,
                );
                match after == *state {
                    true => state.sagas[at.saga].steps[at.step].replies = replies,
                    false => is_settled = false,
                }
            }
        }
        is_settled
    }
}
