//! Configuration in layers: a TOML file, below the environment, below the flags.
//!
//! ```text
//!  flags ─────────┐
//!  environment ───┼──► which layer gives each option? ──► clap parses: flags + what the other layers add
//!  file (TOML) ───┘                                └────► the values, each with its origin
//! ```
//!
//! The keys of the file are the long options of a command, as clap defines them, so a new option is a key at once. A value takes
//! the same forms as the option, because the parser of the option reads it. A text, a number and a boolean are all written as on a
//! command line.
//!
//! An option whose value clap hides in its help (`hide_env_values`) is a secret. Each secret has a second option, variable and key
//! that name a file with it: `--NAME-file`, `VARIABLE_FILE` and `NAME-file`.
//!
//! Files: `rules.rs` (which commands take a file; the options that this adds), `file.rs` (TOML to entries with places), `keys.rs`
//! (the keys that exist), `layer.rs` (which layer gives an option), `load.rs` (everything together), `value.rs` (values and
//! origins), `parser.rs` (one value through the parser of its option), `secret.rs` (a secret in a file).

mod file;
mod keys;
mod layer;
mod load;
mod parser;
mod rules;
mod secret;
mod value;

pub use load::{LoadError, Loaded, load};
pub use rules::ConfigRules;
pub use value::{Effective, Mistake, Origin, Place, Value};
