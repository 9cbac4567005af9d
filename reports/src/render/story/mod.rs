//! A run as text: a story with one line for each event that matters, and a caption for every event.

mod captions;
mod context;
mod timeline;

pub use crate::analysis::narrative::explanation::explain;
pub use captions::captions;
pub use timeline::render;
