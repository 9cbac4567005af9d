//! The command line of `likewise saga`.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    time::Duration,
};

use axum::http::Uri;
use clap::{Args, Subcommand, ValueHint};
use uuid::Uuid;

use super::stop::Stop;
use crate::command::{duration::DurationOption, options::base_url};

pub(in crate::command) const SAGA_EXAMPLES: &str = "\
Examples:
  likewise saga list
      the open sagas that need attention first, each with the cause that holds it up
  likewise saga list --cause no_reply --service user --older-than 10m
  likewise saga show 019ac0de-0000-7000-8000-000000000001
      what the log believes and what the services have stored, step by step
  likewise saga show 019ac0de-0000-7000-8000-000000000001 --export incident.json
      the same as a file, for which `cargo chaos reproduce incident.json` searches a plan
  likewise saga abort 019ac0de-0000-7000-8000-000000000001 --reason 'user service is gone'
      shows what would be sent, asks, and undoes the saga unless it turns out to be done
  likewise saga audit --saga 019ac0de-0000-7000-8000-000000000001

What the actions do:
  retry   ends the pauses between attempts: every request is sent again now; past the deadline these are seals, which probably
          undo the saga
  abort   seals and undoes the steps, and is refused if every step that could be undone is done; if that turns out only
          afterwards, the saga completes
  force   waives the deadline: every step is tried until it is done
  pause   sends nothing more until resume: for a saga, for a kind (--kind) or to a service (--service)
  resume  ends a pause

The admin API is on the admin listener of the coordinator (serve --admin-listen). The token needs the role read to look and
operate to act. Every action is kept in the log with the name of the token and the reason.

Exit codes: 0 done, 1 refused or not possible: nothing was done, 2 invalid usage: nothing was sent, 3 the admin API cannot be
reached, or the effect of an action is unknown; 70 a defect.";

/// `likewise saga`
#[derive(Args)]
pub(crate) struct SagaOptions {
    #[command(flatten)]
    pub(super) connection: Connection,
    #[command(subcommand)]
    pub(super) command: SagaCommand,
}

/// How to reach the admin API, and how to print.
#[derive(Args)]
#[command(next_help_heading = "Admin API")]
pub(super) struct Connection {
    /// Base URL of the admin listener of a coordinator, http://HOST:PORT. Repeat it for each coordinator: the command finds the leader
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_ADMIN",
        value_delimiter = ',',
        default_value = "http://127.0.0.1:9090",
        value_parser = base_url,
        global = true
    )]
    pub(super) admin: Vec<Uri>,
    /// File with the token: the token alone, or lines as for serve --admin-token-file
    #[arg(
        long,
        value_name = "FILE",
        env = "LIKEWISE_ADMIN_TOKEN_FILE",
        value_hint = ValueHint::FilePath,
        global = true
    )]
    pub(super) token_file: Option<PathBuf>,
    /// Whose token to use, if the file has several lines
    #[arg(
        long = "as",
        value_name = "NAME",
        env = "LIKEWISE_ADMIN_NAME",
        global = true
    )]
    pub(super) operator: Option<String>,
    /// Print the JSON of the API
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// What to do.
#[derive(Subcommand)]
pub(super) enum SagaCommand {
    /// List sagas, each with the cause that holds it up
    List(ListOptions),
    /// Show one saga: what the log believes and what the services have stored
    Show(ShowOptions),
    /// Send every request of a saga again now, without the rest of its pause
    Retry(ActOptions),
    /// Undo a saga, unless it turns out that every step is done
    Abort(ActOptions),
    /// Waive the deadline of a saga: it goes forward until every step is done
    Force(ActOptions),
    /// Send nothing more for a saga, a kind of sagas or a service
    Pause(PauseOptions),
    /// End a pause
    Resume(PauseOptions),
    /// Follow the list until Ctrl-C
    Watch(WatchOptions),
    /// Show who did what, when and why
    Audit(AuditOptions),
}

impl SagaCommand {
    /// Why the command cannot do anything, whatever the API says.
    pub(super) fn refusal(&self, json: bool) -> Option<Stop> {
        match self {
            Self::Retry(it) | Self::Abort(it) | Self::Force(it) => it.order.refusal(json),
            Self::Pause(it) | Self::Resume(it) => it.order.refusal(json),
            Self::List(_) | Self::Show(_) | Self::Watch(_) | Self::Audit(_) => None,
        }
    }
}

/// Which sagas.
#[derive(Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct Filter {
    /// Only sagas in this state: open, running, compensating, parked, paused, unreadable, completed or
    /// compensated [default: open]
    #[arg(long, value_name = "STATE")]
    pub(super) state: Option<String>,
    /// Only sagas held up by this: no_reply, waiting, sealing, undoing, paused, refused_after_pivot,
    /// stale, log, defect, unreadable or not_driven
    #[arg(long, value_name = "CAUSE")]
    pub(super) cause: Option<String>,
    /// Only sagas that began longer ago, such as 10m
    #[arg(long, value_name = "TIME", value_parser = likewise_cli::duration)]
    pub(super) older_than: Option<Duration>,
    /// Only sagas held up at this step
    #[arg(long, value_name = "NAME")]
    pub(super) step: Option<String>,
    /// Only sagas held up by this service
    #[arg(long, value_name = "NAME")]
    pub(super) service: Option<String>,
    /// How many sagas at the most
    #[arg(long, value_name = "COUNT", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) limit: u32,
}

/// `likewise saga list`
#[derive(Args)]
pub(super) struct ListOptions {
    #[command(flatten)]
    pub(super) filter: Filter,
    /// Where the list goes on, as the page before says
    #[arg(long, value_name = "CURSOR")]
    pub(super) after: Option<String>,
}

/// `likewise saga show`
#[derive(Args)]
pub(super) struct ShowOptions {
    /// The saga: the id of a transaction
    #[arg(value_name = "SAGA")]
    pub(super) saga: Uuid,
    /// Write the saga into a new file for `cargo chaos reproduce`, or to standard output with `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) export: Option<PathBuf>,
}

/// `likewise saga retry`, `abort` and `force`
#[derive(Args)]
pub(super) struct ActOptions {
    /// The saga: the id of a transaction
    #[arg(value_name = "SAGA")]
    pub(super) saga: Uuid,
    #[command(flatten)]
    pub(super) order: OrderOptions,
}

/// `likewise saga pause` and `resume`
#[derive(Args)]
pub(super) struct PauseOptions {
    /// The saga: the id of a transaction
    #[arg(value_name = "SAGA", required_unless_present_any = ["kind", "service"], conflicts_with_all = ["kind", "service"])]
    pub(super) saga: Option<Uuid>,
    /// All sagas of this kind
    #[arg(long, value_name = "NAME", conflicts_with = "service")]
    pub(super) kind: Option<String>,
    /// All steps at this service
    #[arg(long, value_name = "NAME")]
    pub(super) service: Option<String>,
    #[command(flatten)]
    pub(super) order: OrderOptions,
}

/// What every action has.
#[derive(Args)]
pub(super) struct OrderOptions {
    /// Why; it is kept with the action
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(super) reason: String,
    /// Do it without asking
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
    /// Only show what would happen
    #[arg(long, conflicts_with = "yes")]
    pub(super) dry_run: bool,
}

impl OrderOptions {
    fn refusal(&self, json: bool) -> Option<Stop> {
        let can_ask = io::stdin().is_terminal() && !json;
        (!self.yes && !self.dry_run && !can_ask).then(|| {
            let why = match json {
                true => "with --json nobody is asked",
                false => "standard input is not a terminal, so nobody can be asked",
            };
            Stop::usage(format!(
                "{why}: give --yes, or --dry-run to look first. Nothing was sent."
            ))
        })
    }
}

/// A reason that says something.
fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("say why: the reason is kept with the action".to_owned()),
        reason => Ok(reason.to_owned()),
    }
}

/// `likewise saga watch`
#[derive(Args)]
pub(super) struct WatchOptions {
    #[command(flatten)]
    pub(super) filter: Filter,
    /// The pause between two looks
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub(super) every: DurationOption,
}

/// `likewise saga audit`
#[derive(Args)]
pub(super) struct AuditOptions {
    /// Only what was done to this saga
    #[arg(long, value_name = "SAGA")]
    pub(super) saga: Option<Uuid>,
    /// Only entries after this number, from the oldest on [default: the newest entries]
    #[arg(long, value_name = "NUMBER")]
    pub(super) after: Option<u64>,
    /// Only entries before this number, the newest of them
    #[arg(long, value_name = "NUMBER", conflicts_with = "after")]
    pub(super) before: Option<u64>,
    /// How many entries at the most
    #[arg(long, value_name = "COUNT", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) limit: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason(" gone "), Ok("gone".to_owned()));
        assert!(reason(" ").is_err());
    }

    /// The tests have no terminal, as a script has none.
    #[test]
    fn an_action_that_nobody_can_confirm_is_invalid_usage() {
        let options = |yes, dry_run| OrderOptions {
            reason: "because".to_owned(),
            yes,
            dry_run,
        };
        let refusal = options(false, false).refusal(true).expect("a refusal");
        assert!(refusal.to_string().contains("--yes"), "{refusal}");
        assert!(options(true, false).refusal(true).is_none());
        assert!(options(false, true).refusal(true).is_none());
    }
}
