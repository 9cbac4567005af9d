//! `likewise saga`: what an operator does about stuck sagas. It is a client of the admin API.
//!
//! ```text
//!  options ──► AdminClient ──► GET …/sagas/ID ──► what is so      (ETag)
//!                         ├──► POST …?dry_run=true ──► what would happen ──► Proceed?
//!                         └──► POST … with If-Match ──► done, or 412: somebody or something was faster
//! ```
//!
//! An action is sent only about what the operator has seen: the `ETag` of the saga that was shown goes with it.
//!
//! Files: `options.rs` (the command line), `client.rs` and `query.rs` (HTTP), `stop.rs` (why it ends), `token.rs` (the token file),
//! `view.rs` (the JSON of the API), `text.rs` (text of 80 columns); `list.rs`, `show.rs`, `watch.rs` and `audit.rs` look; `act.rs`
//! and `pause.rs` act, with `plan.rs` (what would happen), `confirm.rs` (the question) and `changes.rs` (who was faster).

mod act;
mod audit;
mod changes;
mod client;
mod confirm;
mod list;
mod options;
mod pause;
mod plan;
mod query;
mod show;
mod stop;
mod text;
mod token;
mod view;
mod watch;

use std::process::ExitCode;

use likewise_saga::env::real;

use self::{
    act::Action,
    client::AdminClient,
    options::{Connection, SagaCommand},
    stop::Stop,
};
use super::{Failure, run_to_end, runtime};

pub(super) use options::{SAGA_EXAMPLES, SagaOptions};
pub(super) use text::{add, printable};

/// Executes the command and prints what it found or did.
///
/// # Errors
/// [`Failure`]: the token file cannot be used, or the process cannot run.
pub(super) fn run(options: SagaOptions) -> Result<ExitCode, Failure> {
    let runtime = runtime(Some(1))
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    match run_to_end(runtime, execute(options))? {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(stop) => {
            eprintln!("{stop}");
            Ok(stop.code())
        }
    }
}

async fn execute(options: SagaOptions) -> Result<Result<(), Stop>, Failure> {
    let SagaOptions {
        connection,
        command,
    } = options;
    let Connection {
        admin,
        token_file,
        operator,
        json,
    } = connection;
    // An action that cannot be confirmed is refused before anything is read or sent.
    if let Some(stop) = command.refusal(json) {
        return Ok(Err(stop));
    }
    let env = real::env();
    let token = token::read(&env, token_file, operator).await?;
    let mut client = AdminClient::new(admin, &token, &env);
    Ok(match command {
        SagaCommand::List(options) => list::run(&mut client, &options, json).await,
        SagaCommand::Show(options) => show::run(&mut client, &options, json).await,
        SagaCommand::Watch(options) => watch::run(&mut client, &options, json).await,
        SagaCommand::Audit(options) => audit::run(&mut client, &options, json).await,
        SagaCommand::Retry(options) => {
            act::run(&mut client, Action::named("retry"), &options, json).await
        }
        SagaCommand::Abort(options) => {
            act::run(&mut client, Action::named("abort"), &options, json).await
        }
        SagaCommand::Force(options) => act::run(&mut client, Action::FORCE, &options, json).await,
        SagaCommand::Pause(options) => pause::run(&mut client, true, &options, json).await,
        SagaCommand::Resume(options) => pause::run(&mut client, false, &options, json).await,
    })
}
