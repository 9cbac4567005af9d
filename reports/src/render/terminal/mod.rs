//! Text for a terminal: the verdict in a few lines, the tables behind it, the findings, a minimal plan, an
//! incident and a comparison.

mod brief;
mod comparison;
mod coverage;
mod details;
mod findings;
mod minimal_plan;
mod outlook;
mod reproduction;
mod styling;

pub use crate::text::terminal as escaped;
pub use crate::units::{count, counted, grouped, span};
pub use brief::{Brief, LINES_MAX, Note, Tone};
pub use comparison::comparison;
pub use details::details;
pub use findings::findings;
pub use minimal_plan::minimal_plan;
pub use outlook::outlook;
pub use reproduction::{Reproduced, not_reproduced, reproduced};
pub use styling::Styling;
