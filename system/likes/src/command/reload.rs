//! SIGHUP: reads the configuration again, and changes what can be changed while the process runs.
//!
//! The log filter and the admission limit can. All else needs a restart, and the log says so. A wrong configuration changes
//! nothing.

use likewise::{bounds::CONFIG_FILE, coordinator::AdmissionLimit};
use likewise_cli::config::Effective;
use likewise_saga::env::Env;
use tokio::signal::unix::Signal;

use super::{
    Command, Failure, config::validate, load, logging::LogFilter, on_disk::on_disk,
    options::ServeOptions,
};

/// The options that can be changed while the process runs.
const AT_RUN_TIME: [&str; 2] = ["log-level", "open-sagas-max"];

/// What can be changed while the process runs.
pub(super) struct Reloader {
    /// The values that are in force.
    pub(super) running: Effective,
    pub(super) filter: LogFilter,
    pub(super) admission: AdmissionLimit,
}

impl Reloader {
    /// Reads the configuration again at each signal.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn run(mut self, mut hangups: Signal, env: Env) {
        while hangups.recv().await.is_some() {
            let place = match &self.running.file {
                Some(file) => file.display().to_string(),
                None => "the configuration".to_owned(),
            };
            let changed = match on_disk(CONFIG_FILE, &*env.store, place, read).await {
                Ok((options, read)) => self.apply(&options, read),
                Err(failure) => Err(failure),
            };
            match changed {
                Ok(text) => tracing::info!("SIGHUP: {text}"),
                Err(failure) => {
                    let reason = failure.to_string().replace('\n', "; ");
                    tracing::error!(
                        "SIGHUP: the configuration is refused, and nothing is changed: {reason}"
                    );
                }
            }
        }
    }

    /// Applies what has changed, and says it.
    fn apply(&mut self, options: &ServeOptions, read: Effective) -> Result<String, Failure> {
        let changed = changed(&self.running, &read);
        let (now, later): (Vec<_>, Vec<_>) = changed
            .into_iter()
            .partition(|option| AT_RUN_TIME.contains(&option.as_str()));
        self.filter.set(options.log())?;
        if let Some(sagas) = options.sagas() {
            let limit = usize::try_from(sagas.open_sagas_max).unwrap_or(usize::MAX);
            self.admission.set(limit);
        }
        for value in read.values {
            let running = self.running.values.iter_mut();
            let mut running = running.filter(|it| now.contains(&it.option));
            if let Some(running) = running.find(|it| it.option == value.option) {
                *running = value;
            }
        }
        Ok(told(&now, &later))
    }
}

/// The names of the options whose values differ.
fn changed(running: &Effective, read: &Effective) -> Vec<String> {
    let values = running.values.iter();
    let changed = values.filter(|value| {
        let now = read.get(&value.option);
        now.is_none_or(|now| now.text != value.text)
    });
    changed.map(|value| value.option.clone()).collect()
}

fn told(now: &[String], later: &[String]) -> String {
    let list = |options: &[String]| {
        let options = options.iter().map(|option| format!("--{option}"));
        options.collect::<Vec<_>>().join(", ")
    };
    let changed = match now {
        [] => "nothing is changed".to_owned(),
        now => format!("changed: {}", list(now)),
    };
    match later {
        [] => changed,
        later => format!("{changed}; restart the process to change {}", list(later)),
    }
}

/// Reads and validates the configuration. Blocks.
fn read() -> Result<(ServeOptions, Effective), Failure> {
    let (command, read) = load::again()?;
    let Command::Serve(options) = command else {
        return Err(Failure::Internal(
            "the command line is another one".to_owned(),
        ));
    };
    validate(*options).map_err(|failure| failure.explained(&read))?;
    // Validating takes the options.
    match load::again()?.0 {
        Command::Serve(options) => Ok((*options, read)),
        _ => Err(Failure::Internal(
            "the command line is another one".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_restart_is_told() {
        let options = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let (now, later) = (options(&["log-level"]), options(&["listen", "pool-size"]));
        assert_eq!(told(&now, &[]), "changed: --log-level");
        assert_eq!(told(&[], &[]), "nothing is changed");
        assert_eq!(
            told(&now, &later),
            "changed: --log-level; restart the process to change --listen, --pool-size"
        );
    }
}
