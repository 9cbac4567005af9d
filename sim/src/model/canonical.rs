//! One state for all that cannot be told apart: this is what makes an unbounded network a finite search.
//!
//! None of it hides a behaviour:
//! - A request that changes nothing may arrive at once: its reply is only one more that may be heard, now or never.
//! - Replies to a saga that has ended and that nobody drives are never heard. If in addition no request under way could
//!   change its steps any more, in whatever order they arrive, the requests are nothing but noise.
//! - The two coordinators are alike: only what each knows tells them apart.

use likewise_saga::protocol::Op;

use super::{
    Model,
    coordinator::fenced_out,
    service::{Address, serve, whims},
    state::{Set, State, TWO},
};

impl Model<'_> {
    /// The state that stands for this one, and whether the coordinators have changed places.
    pub(super) fn canonical(&self, mut state: State) -> (State, bool) {
        if self.protocol.fence {
            state.coordinators.iter_mut().for_each(fenced_out);
        }
        for saga in TWO {
            let is_over = state.sagas[saga].row.is_some() && !state.sagas[saga].is_open();
            let is_driven = TWO
                .iter()
                .any(|place| state.coordinators[*place].driver(saga).is_some());
            for step in TWO {
                let is_settled = self.answer_at_once(&mut state, Address { saga, step });
                if is_over && !is_driven && is_settled {
                    let view = &mut state.sagas[saga].steps[step];
                    (view.asked, view.told) = (Set::default(), Set::default());
                }
            }
        }
        let is_swapped = state.coordinators[0] > state.coordinators[1];
        if is_swapped {
            state.coordinators.swap(0, 1);
        }
        (state, is_swapped)
    }

    /// Lets every request arrive that changes nothing. Returns whether there is no other.
    fn answer_at_once(&self, state: &mut State, at: Address) -> bool {
        let mut is_settled = true;
        for op in [Op::Do, Op::Seal, Op::Undo] {
            if !state.sagas[at.saga].steps[at.step].asked.has(op) {
                continue;
            }
            for &refuse in whims(state, at, op) {
                let Some(mut after) = serve(&self.protocol, self.kinds, state, at, op, refuse)
                else {
                    is_settled = false;
                    continue;
                };
                let told = std::mem::replace(
                    &mut after.sagas[at.saga].steps[at.step].told,
                    state.sagas[at.saga].steps[at.step].told,
                );
                match after == *state {
                    true => state.sagas[at.saga].steps[at.step].told = told,
                    false => is_settled = false,
                }
            }
        }
        is_settled
    }
}
