//! What the command lines of `likewise`, `cargo chaos` and `cargo load` have in common.
//!
//! ```text
//!  values   duration · address · size · count    one parser each, so that every option takes the same forms
//!  help     the texts fit the terminal, and no word is broken
//!  pages    completions for shells, and the manual page
//!  config   a TOML file below the environment, below the flags
//! ```
//!
//! A message of a parser says what to write instead. clap puts the option and the wrong value in front of it.

mod address;
pub mod config;
mod count;
mod duration;
mod help;
mod pages;
mod size;

pub use address::{address_to_connect, address_to_listen, base_url};
pub use count::count;
pub use duration::{duration, duration_with_unit};
pub use help::{fit, fitted, too_wide};
pub use pages::{Completions, Manual};
pub use size::size;
