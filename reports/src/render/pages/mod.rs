//! Small pages without scripts: the comparison of two campaigns, and the index of many.
//!
//! The templates escape texts from outside, and the Content-Security-Policy allows nothing but the pages' own style.

mod comparison;
mod index;
mod style;

pub use comparison::comparison;
pub use index::index;
