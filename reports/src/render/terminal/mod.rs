//! Text for a terminal: the verdict tables, the findings, a minimal plan and a comparison.

mod comparison;
mod coverage;
mod findings;
mod minimal_plan;
mod styling;
mod verdict;

pub use crate::text::terminal as escaped;
pub use crate::units::{count, span};
pub use comparison::comparison;
pub use findings::findings;
pub use minimal_plan::minimal_plan;
pub use styling::Styling;
pub use verdict::verdict;
