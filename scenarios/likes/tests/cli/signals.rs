//! A campaign that is asked to stop: by Ctrl-C at a terminal, by SIGTERM in CI and on a cluster.
#![expect(
    clippy::disallowed_methods,
    reason = "it waits for a real process, without a runtime"
)]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::cli_harness::{CliHarness, chaos};

/// More seeds than any test waits for.
const ENDLESS: &str = "1000000000";
/// How long a campaign may take to stop and write everything, on a busy machine.
const STOPS_WITHIN: Duration = Duration::from_secs(60);

/// A campaign that has delivered its first run.
fn running_campaign(cli: &CliHarness) -> Child {
    let mut campaign = chaos()
        .args(["run", "--json", "--jobs", "1", "--seeds", ENDLESS, "--out"])
        .arg(cli.path("out"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let stdout = campaign.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines();
    let first = lines.next().expect("there is a first run");
    assert!(first.expect("it is text").starts_with('{'));
    // The rest must be read, or the campaign would wait for room in the pipe.
    thread::spawn(move || lines.for_each(drop));
    campaign
}

fn send(signal: &str, campaign: &Child) {
    let pid = campaign.id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status();
    assert!(sent.expect("kill runs").success());
}

fn exit_code(mut campaign: Child) -> Option<i32> {
    let deadline = Instant::now() + STOPS_WITHIN;
    while Instant::now() < deadline {
        if let Some(status) = campaign.try_wait().expect("it can be waited for") {
            return status.code();
        }
        thread::sleep(Duration::from_millis(20));
    }
    campaign.kill().expect("it can be killed");
    panic!("the campaign did not stop");
}

#[test]
fn a_campaign_that_is_told_to_stop_writes_everything_and_is_inconclusive() {
    for signal in ["-INT", "-TERM"] {
        let cli = CliHarness::new();
        let campaign = running_campaign(&cli);
        send(signal, &campaign);
        assert_eq!(exit_code(campaign), Some(3), "after {signal}");
        for file in ["report.json", "report.html", "summary.md", "junit.xml"] {
            let path = cli.path("out").join("latest").join(file);
            assert!(path.exists(), "{} after {signal}", path.display());
        }
    }
}
