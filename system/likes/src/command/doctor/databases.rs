//! The databases: reachable, of which version, with which schema, and whether they fit the configuration.

use std::time::Duration;

use likewise_saga::{
    env::Env,
    store::{self, DatabaseUrl, PoolConfig, PostgresUrl, Schema, ServerFacts},
};

use super::{
    super::process_config::{ProcessConfig, Services},
    finding::Finding,
};

/// The oldest version of PostgreSQL that the tests run on.
const POSTGRES_MIN: i64 = 140_000;
/// By how much two clocks may differ. The times in listings and the ages of sagas are of one clock, those of statements of
/// the other.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_secs(1);

pub(super) async fn look(config: &ProcessConfig, env: &Env) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (url, schema) in config.services.databases() {
        findings.push(schema_of(config, url, schema, env).await);
        if let DatabaseUrl::Postgres(server) = url {
            findings.extend(server_of(config, url, server, schema, env).await);
        }
    }
    findings
}

async fn schema_of(
    config: &ProcessConfig,
    url: &DatabaseUrl,
    schema: Schema,
    env: &Env,
) -> Finding {
    let item = format!("{} database", schema.service);
    if let Services::All {
        folder: Some(folder),
        ..
    } = &config.services
        && !folder.exists()
    {
        let found = format!("{url} does not exist yet; the first start creates it");
        return Finding::ok(item, found);
    }
    match store::migration_status(url, schema, &*env.store).await {
        Err(error) => {
            let text = error.to_string();
            let (found, advice) = text.split_once('\n').unwrap_or((&text, ""));
            Finding::wrong(item, found, advice)
        }
        Ok(status) if status.pending.is_empty() => {
            Finding::ok(item, format!("{url} has migration {}", status.known))
        }
        Ok(status) => {
            let found = format!("{url} lacks {} migrations", status.pending.len());
            match config.no_migrate {
                true => Finding::wrong(
                    item,
                    found,
                    "Run likewise migrate apply: --no-migrate refuses the start.",
                ),
                false => Finding::warning(
                    item,
                    found,
                    "The next start applies them, or likewise migrate apply.",
                ),
            }
        }
    }
}

async fn server_of(
    config: &ProcessConfig,
    url: &DatabaseUrl,
    server: &PostgresUrl,
    schema: Schema,
    env: &Env,
) -> Vec<Finding> {
    // If it cannot be reached, the finding about the schema says so.
    let Ok(facts) = store::server_facts(url, server).await else {
        return Vec::new();
    };
    let (pool, pools) = pools(config, server);
    let item = |what: &str| format!("{} {what}", schema.service);
    vec![
        version(item("server"), &facts),
        writes(item("server writes"), &facts),
        connections(item("connections"), &facts, pool, pools),
        clock(item("server clock"), &facts, env),
        sessions(item("server time-outs"), &facts, pool),
    ]
}

/// The limits of a pool, and how many pools of the process are on this server.
fn pools(config: &ProcessConfig, server: &PostgresUrl) -> (PoolConfig, i64) {
    let pool = match &config.services {
        Services::All { config, .. } => config.pool,
        Services::One(config) => config.pool,
    };
    let place = |server: &PostgresUrl| {
        (
            server.options.get_host().to_owned(),
            server.options.get_port(),
        )
    };
    let databases = config.services.databases();
    let on_server = databases.iter().filter(|(url, _)| match url {
        DatabaseUrl::Postgres(other) => place(other) == place(server),
        DatabaseUrl::Sqlite(_) => false,
    });
    (pool, i64::try_from(on_server.count()).unwrap_or(i64::MAX))
}

fn version(item: String, facts: &ServerFacts) -> Finding {
    let found = format!("PostgreSQL {}", facts.version);
    match facts.version_number >= POSTGRES_MIN {
        true => Finding::ok(item, found),
        false => Finding::warning(
            item,
            found,
            "Use PostgreSQL 14 or newer: older ones are not tested.",
        ),
    }
}

fn writes(item: String, facts: &ServerFacts) -> Finding {
    match facts.is_read_only {
        false => Finding::ok(item, "accepted"),
        true => Finding::wrong(
            item,
            "refused: the server only reads",
            "Name the primary server in the URL, or add target_session_attrs=read-write where a proxy chooses the server.",
        ),
    }
}

fn connections(item: String, facts: &ServerFacts, pool: PoolConfig, pools: i64) -> Finding {
    let wanted = i64::from(pool.connections_max).saturating_mul(pools);
    let offered = facts.connections_max - facts.reserved;
    let found = format!(
        "this process opens at most {wanted} ({pools} × --pool-size); the server offers {offered}, {} are in use",
        facts.in_use
    );
    match wanted {
        wanted if wanted > offered => Finding::wrong(
            item,
            found,
            "Lower --pool-size, or raise max_connections of the server.",
        ),
        wanted if wanted > offered - facts.in_use + 1 => Finding::warning(
            item,
            found,
            "Add up the pools of all processes on this server, these included if they run already: the sum must fit.",
        ),
        _ => Finding::ok(item, found),
    }
}

fn clock(item: String, facts: &ServerFacts, env: &Env) -> Finding {
    let ahead = facts.now.0 - env.clock.now().0;
    let differs = Duration::from_micros(ahead.unsigned_abs());
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    let found = format!("{} ms {way} this machine", differs.as_millis());
    match differs <= CLOCKS_DIFFER_MAX {
        true => Finding::ok(item, found),
        false => Finding::warning(
            item,
            found,
            "Synchronise the clocks of both machines (NTP): the times that are shown are wrong.",
        ),
    }
}

fn sessions(item: String, facts: &ServerFacts, pool: PoolConfig) -> Finding {
    let ours = format!(
        "statements {:?}, locks {:?}, waits for a connection {:?}",
        pool.statement_timeout, pool.lock_timeout, pool.acquire_timeout
    );
    match facts.idle_session_timeout.as_str() {
        "0" => Finding::ok(item, ours),
        time => Finding::warning(
            item,
            format!("{ours}; the server ends idle sessions after {time}"),
            "Set idle_session_timeout to 0 for this user: each ended connection is opened again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use likewise_saga::{env::real, time::Timestamp};

    use super::{super::finding::State, *};

    fn facts() -> ServerFacts {
        ServerFacts {
            version: "17.2".to_owned(),
            version_number: 170_002,
            connections_max: 100,
            reserved: 3,
            in_use: 5,
            is_read_only: false,
            idle_session_timeout: "0".to_owned(),
            now: real::env().clock.now(),
        }
    }

    #[test]
    fn a_server_that_does_not_fit_is_told() {
        let pool = PoolConfig::default();
        let of = |change: fn(&mut ServerFacts), pools| {
            let mut facts = facts();
            change(&mut facts);
            let env = real::env();
            [
                version(String::new(), &facts).state,
                writes(String::new(), &facts).state,
                connections(String::new(), &facts, pool, pools).state,
                clock(String::new(), &facts, &env).state,
                sessions(String::new(), &facts, pool).state,
            ]
        };
        let mut expected = [State::Ok; 5];
        assert_eq!(of(|_| (), 3), expected);
        let mut one = |index: usize, state, change, pools| {
            expected = [State::Ok; 5];
            expected[index] = state;
            assert_eq!(of(change, pools), expected, "{index}");
        };
        one(0, State::Warning, |facts| facts.version_number = 130_009, 1);
        one(1, State::Wrong, |facts| facts.is_read_only = true, 1);
        one(2, State::Wrong, |facts| facts.connections_max = 50, 3);
        one(2, State::Warning, |facts| facts.in_use = 60, 3);
        one(
            3,
            State::Warning,
            |facts| facts.now = Timestamp(facts.now.0 - 3_000_000),
            1,
        );
        one(
            4,
            State::Warning,
            |facts| facts.idle_session_timeout = "5s".to_owned(),
            1,
        );
    }
}
