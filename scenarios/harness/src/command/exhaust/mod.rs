//! `exhaust`: injects every single fault at every injection point of a few sagas. With `--pairs` it injects every two
//! of these faults together, with `--triples` three that are drawn at random.

mod arguments;
mod combinations;
mod search_state;
mod single_faults;

use anyhow::Result;

pub(super) use arguments::{Arguments, EXAMPLES};
pub(super) use single_faults::inject_all;

use crate::{
    exit::{Exit, UsageError},
    session::Session,
    suite::Suite,
};

/// Runs the search that the arguments ask for.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    if let Some(search) = combinations::Search::new(suite, arguments)? {
        return search.run();
    }
    // The single faults take seconds, so they are not split. Merging refuses them from more than one machine.
    if arguments.shard.is_some() {
        return Err(UsageError("--shard needs --pairs or --triples".to_owned()).into());
    }
    let mut session = Session::start(suite, &arguments.common)?;
    session.list_parts();
    inject_all(&mut session, arguments.jobs, arguments.budget)?;
    session.recheck_determinism();
    session.shrink_failures(&arguments.shrinking);
    session.finish()
}
