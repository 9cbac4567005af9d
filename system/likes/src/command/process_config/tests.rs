//! Tests of the validation.

use std::{path::Path, time::Duration};

use likewise::coordinator::{Keep, Retention};

use super::{super::Command, coordinator::LEASE_DEFAULT, *};

fn config(line: &str) -> Result<ProcessConfig, String> {
    let words = ["likewise", "serve"]
        .into_iter()
        .chain(line.split_whitespace());
    let command =
        <Command as clap::Parser>::try_parse_from(words).map_err(|error| error.to_string())?;
    let Command::Serve(serve) = command else {
        panic!("not serve");
    };
    ProcessConfig::of(*serve).map_err(|failure| failure.to_string())
}

#[test]
fn the_default_is_all_services_in_one_folder() {
    let Services::All { config, folder } = config("").unwrap().services else {
        panic!("not all three");
    };
    assert_eq!(folder.as_deref(), Some(Path::new("./likewise-data")));
    assert_eq!(config.user_db.to_string(), "sqlite:./likewise-data/user.db");
    assert_eq!(config.pool.connections_max, 20);
}

#[test]
fn an_incomplete_configuration_is_refused() {
    for line in [
        "--article-db sqlite:a",
        "--data d --article-db sqlite:a --user-db sqlite:b --coordinator-db sqlite:c",
        "--article-db sqlite:a --user-db sqlite:a --coordinator-db sqlite:c",
    ] {
        let error = config(line).unwrap_err();
        assert!(error.contains("--coordinator-db"), "{error}");
    }
    assert!(config("coordinator --coordinator-db sqlite:c").is_err());
}

#[test]
fn contradicting_durations_are_refused() {
    let error = config("--step-timeout 10s --saga-deadline 5s").unwrap_err();
    assert!(error.contains("--saga-deadline"), "{error}");
    assert!(config("--retry-pause-min 6s").is_err());
    let error = config("--lock-timeout 3s").unwrap_err();
    assert!(error.contains("--statement-timeout"), "{error}");
    assert!(config("--step-timeout 0s").is_err());
    assert!(config("--pool-size 0").is_err());
    assert!(config("--step-timeout soon").is_err());
}

#[test]
fn r12_the_time_outs_of_the_pool_fit_each_other_and_the_answer() {
    config("").expect("the defaults fit");
    config(COORDINATOR).expect("the defaults fit");
    config("--acquire-timeout 8s --statement-timeout 2s").expect("as long as the answer");
    for start in ["", COORDINATOR] {
        for words in [
            "--acquire-timeout 8001ms",
            "--statement-timeout 9s",
            "--answer-timeout 3s",
        ] {
            let refused = config(&format!("{start} {words}")).unwrap_err();
            assert!(refused.contains("--answer-timeout ("), "{words}: {refused}");
        }
    }
    let refused = config("--lock-timeout 3s --acquire-timeout 9s").unwrap_err();
    for part in ["--lock-timeout (3s)", "--acquire-timeout (9s)"] {
        assert!(refused.contains(part), "all at once: {refused}");
    }
    config("article --article-db sqlite:a --acquire-timeout 30s").expect("it answers no saga");
}

#[test]
fn only_origins_are_taken_for_origins() {
    assert!(config("").unwrap().cors.is_none());
    assert!(
        config("--cors-origin https://a.example,http://localhost:3000")
            .unwrap()
            .cors
            .is_some()
    );
    let error = config("--cors-origin https://a.example/")
        .err()
        .unwrap_or_default();
    assert!(
        error.contains("--cors-origin") && error.contains("is no origin"),
        "{error}"
    );
}

#[test]
fn one_service_takes_its_own_options() {
    let line = "coordinator --coordinator-db sqlite:c --article-url http://a:1 --user-url http://u:2 --scan-interval 2s";
    let Services::One(ServiceConfig {
        role: Role::Coordinator(role),
        ..
    }) = config(line).unwrap().services
    else {
        panic!("not the coordinator");
    };
    assert_eq!(role.user.to_string(), "http://u:2/");
    assert_eq!(role.config.recovery.scan_interval.as_secs(), 2);
    assert!(role.config.lease.is_none(), "no lease by default");
    assert!(config("--listen 127.0.0.1:1 article --article-db sqlite:a").is_err());
}

#[test]
fn r22_a_coordinator_with_advertise_has_a_lease() {
    let line =
        "coordinator --coordinator-db sqlite:c --article-url http://a:1 --user-url http://u:2";
    let lease = |words: &str| match config(&format!("{line} {words}"))?.services {
        Services::One(ServiceConfig {
            role: Role::Coordinator(role),
            ..
        }) => role.config.lease.ok_or_else(|| "no lease".to_owned()),
        _ => panic!("not the coordinator"),
    };
    let default = lease("--advertise http://one:8080").unwrap();
    assert_eq!(default.advertise.to_string(), "http://one:8080/");
    assert_eq!(default.duration, LEASE_DEFAULT);
    let own = lease("--advertise http://one:8080 --lease 2s").unwrap();
    assert_eq!(own.renew_every, Duration::from_millis(500));
    let short = lease("--advertise one:8080").unwrap();
    assert_eq!(short.advertise.to_string(), "http://one:8080/");
    for wrong in ["--lease 2s", "--advertise https://one:8080"] {
        assert!(lease(wrong).unwrap_err().contains("--advertise"), "{wrong}");
    }
    let short = lease("--advertise http://one:8080 --lease 100ms").unwrap_err();
    assert!(short.contains("--lease"), "{short}");
}

/// The retention of a process with all services, or of a coordinator alone.
fn retention(words: &str) -> Result<Option<Retention>, String> {
    match config(words)?.services {
        Services::All { config, .. } => Ok(config.coordinator.retention),
        Services::One(ServiceConfig {
            role: Role::Coordinator(role),
            ..
        }) => Ok(role.config.retention),
        Services::One(_) => panic!("no coordinator"),
    }
}

const COORDINATOR: &str =
    "coordinator --coordinator-db sqlite:c --article-url http://a:1 --user-url http://u:2";

#[test]
fn r23_retention_is_off_by_default_and_keys_are_kept_for_a_day_or_longer() {
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
    for start in ["", COORDINATOR] {
        let kept = |words: &str| retention(&format!("{start} {words}")).unwrap();
        assert_eq!(kept(""), None);
        assert_eq!(kept("--retention off"), None);
        let expected = |sagas, keys| Some(Retention { sagas, keys });
        let day = expected(Keep::For(minute), hour * 24);
        assert_eq!(kept("--retention 1m"), day);
        let longer = expected(Keep::For(hour * 48), hour * 48);
        assert_eq!(kept("--retention 2d"), longer);
        let both = expected(Keep::For(minute), hour);
        assert_eq!(kept("--retention 1m --retention-keys 1h"), both);
        let rows = expected(Keep::Last(16), hour);
        assert_eq!(kept("--retention 16rows --retention-keys 1h"), rows);
    }
}

#[test]
fn r23_a_retention_that_something_may_still_need_is_refused() {
    for (words, short, long) in [
        (
            "--retention 9s",
            "--retention (9s)",
            "--answer-timeout (10s)",
        ),
        (
            "--retention 9s --answer-timeout 5s --saga-deadline 9500ms",
            "--retention (9s)",
            "--saga-deadline (9.5s)",
        ),
        (
            "--retention 1h --retention-keys 59m",
            "--retention-keys (3540s)",
            "--retention (3600s)",
        ),
        (
            "--retention 100rows --retention-keys 9s",
            "--retention-keys (9s)",
            "--answer-timeout (10s)",
        ),
        ("--retention 15rows", "--retention (15rows)", "16rows"),
        (
            "--retention-keys 1h",
            "--retention-keys",
            "needs --retention",
        ),
        ("--retention soon", "--retention", "rows"),
        ("--retention 4000d", "--retention", "10 years"),
    ] {
        for start in ["", COORDINATOR] {
            let refused = retention(&format!("{start} {words}")).unwrap_err();
            assert!(refused.contains(short), "{words}: {refused}");
            assert!(refused.contains(long), "{words}: {refused}");
        }
    }
    let words = "--advertise http://one:1 --lease 30s --retention 20s";
    let refused = retention(&format!("{COORDINATOR} {words}")).unwrap_err();
    assert!(refused.contains("--lease (30s)"), "{refused}");
}
