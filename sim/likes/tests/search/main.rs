//! Searches over likes that show what a search over any system does.

mod campaigns;
mod corpus;
mod coverage;
mod detection;
mod determinism;
mod exhaustive;
mod fingerprints;
mod focused;
mod futures;
mod shrinking;
