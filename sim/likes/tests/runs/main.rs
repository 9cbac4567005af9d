//! Runs of likes that show what a run of any system does: its phases and probes, the order of messages, prepared databases.

mod arrivals;
mod phases;
mod prepared_databases;
mod probes;
