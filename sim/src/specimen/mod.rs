//! Specimens: deliberately wrong systems that the harness must catch. Each replaces one part of
//! the product at a seam; the product carries no trace of them.

use likewise::service::Parts;

use crate::plan::PRODUCT;

/// The parts of the system of this name.
#[must_use]
pub fn parts(system: &str) -> Option<Parts> {
    (system == PRODUCT).then(Parts::default)
}
