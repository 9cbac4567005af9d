//! What a coordinator is at the moment: leader or standby.

use std::sync::Arc;

use super::term::Term;
use crate::lease::LeaseRow;

/// What a coordinator is at the moment.
#[derive(Clone)]
pub(super) enum LeaderState {
    /// It drives the sagas. The public name of this role is `holder`.
    Leader(Arc<Term>),
    /// Another coordinator does, or none. Holds the lease row as last read; `None` before the first
    /// read and right after a term has ended.
    Standby(Option<LeaseRow>),
}
