//! Things that do not exist: how the clients of a system name them, and what must follow.

use bytes::Bytes;
use http::Request;
use rand_pcg::Pcg64Mcg;

use super::{Attempt, Read, SystemState};
use crate::plan::{Fields, Plan};

/// How the clients of a system name things that do not exist, for example an article that was never made.
///
/// Give such things names of their own that no set-up makes, for example numbers from a million. So an operation tells by itself
/// what it names, also in a plan that was shrunk or written by hand.
pub trait MissingThings: Sync {
    /// Draws what an operation does that names something that does not exist, or that nobody has used so far. Some of them must
    /// name something that does not exist.
    fn draw(&self, rng: &mut Pcg64Mcg, plan: &Plan) -> Fields;

    /// Whether an operation names something that does not exist. It must be refused.
    fn is_missing(&self, what: &Fields) -> bool;

    /// Whether an answer says that something does not exist. By default, any 404 does.
    fn is_refusal(&self, answer: &Attempt) -> bool {
        answer.status == 404
    }

    /// What operations on missing things have left behind, once the run is at rest, in words. `None` if they have left nothing.
    /// `own` is the system's part of the observed state.
    fn trace(&self, own: &dyn SystemState) -> Option<String>;

    /// The first request of the reader's read with this number that asks for something that does not exist. `None` if there is
    /// nothing to ask for.
    fn read(&self, _plan: &Plan, _number: u64) -> Option<Request<Bytes>> {
        None
    }

    /// What is wrong with the answers to such a read, in words. Ok if they are right, or if the service could not answer. `None`
    /// if the read is not about something that does not exist.
    fn judge(&self, _read: &Read) -> Option<Result<(), String>> {
        None
    }
}
