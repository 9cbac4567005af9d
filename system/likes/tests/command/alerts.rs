//! R15: the options of alerts, in a real process.

use std::{fs, path::Path};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    admin,
    common::client::Client,
    run::{Running, run},
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn refused(data: &Path, options: &[&str]) -> String {
    let data = data.to_str().expect("text");
    let always = ["serve", "--listen", "127.0.0.1:0", "--data", data];
    let ended = run(&[&always, options].concat());
    assert_eq!(ended.code, Some(2), "{options:?}: {}", ended.errors);
    ended.errors
}

#[test]
fn r15_wrong_options_are_refused_before_anything_is_touched_and_show_no_secret() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("a file");
        file.display().to_string()
    };
    let good = write("good", SECRET);
    let bad = write("bad", &format!("# secrets\n{SECRET}\n{SECRET}!\n"));
    let missing = folder.path().join("missing").display().to_string();
    let data = folder.path().join("data");
    let https = "https://alerts.example/hook?token=4711";
    let loopback = "http://127.0.0.1:9/hook";
    for (webhook, secrets, ca, reason) in [
        (
            "http://alerts.example/hook?token=4711",
            &good,
            None,
            "--alert-webhook: must begin with https://",
        ),
        (
            "alerts.example",
            &good,
            None,
            "--alert-webhook: must be a URL",
        ),
        (
            "https://ann:4711@alerts.example/",
            &good,
            None,
            "must not contain a user",
        ),
        (loopback, &missing, None, "No such file"),
        (
            loopback,
            &bad,
            None,
            "line 3: what follows `whsec_` is not base64",
        ),
        (https, &good, Some(&good), "it is not a PEM file"),
        (https, &good, Some(&missing), "No such file"),
    ] {
        let mut options = vec!["--alert-webhook", webhook, "--alert-secret-file", secrets];
        options.extend(ca.iter().flat_map(|ca| ["--alert-ca-file", ca.as_str()]));
        let errors = refused(&data, &options);
        assert!(errors.contains(reason), "{options:?}: {errors}");
        assert!(
            !errors.contains("4711") && !errors.contains(&SECRET[6..]),
            "{errors}"
        );
    }
    for alone in [
        ["--alert-webhook", loopback],
        ["--alert-secret-file", &good],
        ["--alert-ca-file", &good],
    ] {
        refused(&data, &alone);
    }
    assert!(!data.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn r15_the_admin_listener_of_a_process_lists_the_deliveries() {
    let folder = TempDir::new().expect("a folder");
    let secrets = folder.path().join("secrets");
    fs::write(&secrets, format!("{SECRET}\n")).expect("a file");
    let data = folder.path().join("data");
    let running: Running = admin::start(
        &folder,
        &[
            "--data",
            data.to_str().expect("text"),
            "--alert-webhook",
            "http://127.0.0.1:9/hook",
            "--alert-secret-file",
            secrets.to_str().expect("text"),
        ],
    );
    let client = Client::new(running.admin_address());
    let path = "/admin/v1/deliveries";
    assert_eq!(client.get(path).send().await.status, 401);
    let listed = client.get(path).header("Authorization", admin::bearer());
    let listed = listed.send().await;
    assert_eq!(listed.status, 200, "{listed:?}");
    assert_eq!(listed.body, json!({ "deliveries": [], "next": null }));
}
