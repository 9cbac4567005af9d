//! SIGHUP, with the real binary.

use std::fs;

use tempfile::TempDir;

use crate::run::Running;

#[test]
fn sighup_changes_what_can_be_changed_and_a_wrong_file_changes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let write = |text: &str| {
        let text = format!("listen = \"127.0.0.1:0\"\n{text}");
        fs::write(folder.path().join("likewise.toml"), text).expect("a file");
    };
    write("log-level = \"info\"\n");
    let mut running = Running::start(folder.path(), &["serve", "--config", "likewise.toml"]);

    write("log-level = \"info,likewise=debug\"\nopen-sagas-max = 10\npool-size = 3\n");
    running.send("HUP");
    running.wait_for_log(
        "SIGHUP: changed: --open-sagas-max, --log-level; restart the process to change --pool-size",
    );

    write("log-level = \"loud\"\nopen-sagas-max = 5\n");
    running.send("HUP");
    running.wait_for_log("SIGHUP: the configuration is refused, and nothing is changed: ");
    let line = running.log_line("SIGHUP: the configuration is refused");
    for text in [
        "'loud' is no level",
        "--log-level is from likewise.toml:2:1",
    ] {
        assert!(line.contains(text), "{line}");
    }

    write("opensagas-max = 5\n");
    running.send("HUP");
    running.wait_for_log("unknown key 'opensagas-max'; did you mean 'open-sagas-max'?");

    // What was refused is not in force: the values are those of the first signal.
    write("log-level = \"info,likewise=debug\"\nopen-sagas-max = 10\n");
    running.send("HUP");
    running.wait_for_log("SIGHUP: nothing is changed");
    write("log-level = \"error\"\n");
    running.send("HUP");
    let ended = running.signal("TERM");
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
}
