//! What a process will do, checked as far as it can be without touching anything.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::http::Uri;
use likewise::{
    all_in_one::AllInOneConfig,
    config::{Role, ServiceConfig},
    coordinator::{CoordinatorConfig, Lease},
};
use likewise_saga::store::{DatabaseUrl, PoolConfig, UrlError};

use super::{
    Failure,
    options::{self, All, One, Pool, Sagas, Serve},
};

/// The folder of the SQLite files, unless told otherwise.
const DATA_DEFAULT: &str = "./likewise-data";

/// How long a coordinator that holds the saga log may be silent, unless told otherwise.
const LEASE_DEFAULT: Duration = Duration::from_secs(5);
/// The shortest lease. A renewal, a fourth of it, must be longer than a database takes for a write.
const LEASE_MIN: Duration = Duration::from_millis(500);

/// What a process will do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Where clients come in.
    pub(crate) listen: SocketAddr,
    /// Threads that serve, if that was said.
    pub(crate) threads: Option<u32>,
    /// Which services run.
    pub(crate) services: Services,
}

/// Which services a process runs.
#[derive(Debug)]
pub(crate) enum Services {
    /// All three, in one process.
    All {
        config: Box<AllInOneConfig>,
        /// A folder to be made first, for SQLite files.
        folder: Option<PathBuf>,
    },
    /// One alone.
    One(ServiceConfig),
}

impl Plan {
    /// Checks a command line.
    ///
    /// # Errors
    /// What contradicts what, and what to give instead.
    pub(crate) fn of(serve: Box<Serve>) -> Result<Self, Failure> {
        let Some(one) = serve.one else {
            let (listen, threads) = (serve.all.listen.listen, serve.all.listen.threads);
            let services = all(serve.all)?;
            return Ok(Self {
                listen,
                threads,
                services,
            });
        };
        let (listen, role, database, limits) = match one {
            One::Article(one) => {
                let database = database("--article-db", &one.article_db)?;
                (one.listen, Role::Article, database, one.pool)
            }
            One::User(one) => {
                let database = database("--user-db", &one.user_db)?;
                (one.listen, Role::User, database, one.pool)
            }
            One::Coordinator(one) => {
                let mut config = coordinator(&one.sagas, one.article_url, one.user_url)?;
                config.lease = lease(one.lease)?;
                let role = Role::Coordinator(Box::new(config));
                let database = database("--coordinator-db", &one.coordinator_db)?;
                (one.listen, role, database, one.pool)
            }
        };
        Ok(Self {
            listen: listen.listen,
            threads: listen.threads,
            services: Services::One(ServiceConfig {
                role,
                database,
                pool: pool(&limits),
            }),
        })
    }
}

fn all(all: All) -> Result<Services, Failure> {
    let urls = [all.article_db, all.user_db, all.coordinator_db];
    let (folder, [article_db, user_db, coordinator_db]) = databases(all.data, urls)?;
    let config = AllInOneConfig {
        article_db,
        user_db,
        coordinator_db,
        pool: pool(&all.pool),
        coordinator: coordinator(&all.sagas, Uri::default(), Uri::default())?,
    };
    Ok(Services::All {
        config: Box::new(config),
        folder,
    })
}

/// The three databases: all of them named, or all of them files in one folder.
fn databases(
    data: Option<PathBuf>,
    urls: [Option<String>; 3],
) -> Result<(Option<PathBuf>, [DatabaseUrl; 3]), Failure> {
    match (data, urls) {
        (None, [Some(article), Some(user), Some(coordinator)]) => {
            let urls = [
                database("--article-db", &article)?,
                database("--user-db", &user)?,
                database("--coordinator-db", &coordinator)?,
            ];
            distinct(&urls)?;
            Ok((None, urls))
        }
        (data, [None, None, None]) => {
            let folder = data.unwrap_or_else(|| PathBuf::from(DATA_DEFAULT));
            let file = |name: &str| DatabaseUrl::Sqlite(Path::new(&folder).join(name));
            let urls = [
                file("article.db"),
                file("user.db"),
                file("coordinator.db"),
            ];
            Ok((Some(folder), urls))
        }
        _ => Err(Failure::Configuration(
            "either --data (LIKEWISE_DATA), or all three of --article-db, --user-db and --coordinator-db \
             (LIKEWISE_ARTICLE_DB, LIKEWISE_USER_DB, LIKEWISE_COORDINATOR_DB) must be given, or none of them"
                .to_owned(),
        )),
    }
}

fn database(option: &str, text: &str) -> Result<DatabaseUrl, Failure> {
    text.parse()
        .map_err(|error: UrlError| Failure::Configuration(format!("{option}: {error}")))
}

fn distinct(urls: &[DatabaseUrl; 3]) -> Result<(), Failure> {
    let [a, b, c] = urls.each_ref().map(ToString::to_string);
    if a != b && b != c && a != c {
        return Ok(());
    }
    Err(Failure::Configuration(
        "--article-db, --user-db and --coordinator-db must be three different databases: each service owns its own"
            .to_owned(),
    ))
}

fn pool(pool: &Pool) -> PoolConfig {
    PoolConfig {
        connections_max: pool.pool_size,
        acquire_timeout: pool.pool_wait.0,
    }
}

fn coordinator(sagas: &Sagas, article: Uri, user: Uri) -> Result<CoordinatorConfig, Failure> {
    not_above(
        ("--step-timeout", sagas.step_timeout),
        ("--saga-deadline", sagas.saga_deadline),
        "else no saga could ever be done",
    )?;
    not_above(
        ("--step-timeout", sagas.step_timeout),
        ("--answer-timeout", sagas.answer_timeout),
        "else no client could ever be answered",
    )?;
    not_above(
        ("--retry-pause-min", sagas.retry_pause_min),
        ("--retry-pause-max", sagas.retry_pause_max),
        "pauses grow from one to the other",
    )?;
    let mut config = CoordinatorConfig::new(article, user);
    config.step_timeout = sagas.step_timeout.0;
    config.saga_deadline = sagas.saga_deadline.0;
    config.answer_within = sagas.answer_timeout.0;
    config.recovery.scan_every = sagas.scan_interval.0;
    config.executor.park_after = sagas.park_after;
    config.executor.pause_min = sagas.retry_pause_min.0;
    config.executor.pause_max = sagas.retry_pause_max.0;
    config.executor.sagas_open_max = usize::try_from(sagas.open_sagas_max).unwrap_or(usize::MAX);
    Ok(config)
}

fn lease(options: options::Lease) -> Result<Option<Lease>, Failure> {
    let duration = options.lease.map_or(LEASE_DEFAULT, |span| span.0);
    if duration < LEASE_MIN {
        return Err(Failure::Configuration(format!(
            "--lease ({duration:?}) must not be shorter than {LEASE_MIN:?}: a busy database would pass for a dead coordinator"
        )));
    }
    let lease = |advertise| Lease::new(advertise, duration);
    Ok(options.advertise.map(lease))
}

fn not_above(
    (less, shorter): (&str, super::span::Span),
    (more, longer): (&str, super::span::Span),
    why: &str,
) -> Result<(), Failure> {
    if shorter <= longer {
        return Ok(());
    }
    Err(Failure::Configuration(format!(
        "{less} ({shorter}) must not be longer than {more} ({longer}): {why}"
    )))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{super::Command, *};

    fn plan(line: &str) -> Result<Plan, String> {
        let words = ["likewise", "serve"]
            .into_iter()
            .chain(line.split_whitespace());
        let Command::Serve(serve) =
            Command::try_parse_from(words).map_err(|error| error.to_string())?;
        Plan::of(serve).map_err(|failure| failure.to_string())
    }

    #[test]
    fn without_a_word_everything_is_in_one_folder() {
        let Services::All { config, folder } = plan("").unwrap().services else {
            panic!("not all three");
        };
        assert_eq!(folder.as_deref(), Some(Path::new("./likewise-data")));
        assert_eq!(config.user_db.to_string(), "sqlite:./likewise-data/user.db");
        assert_eq!(config.pool.connections_max, 20);
    }

    #[test]
    fn half_a_configuration_is_refused() {
        for line in [
            "--article-db sqlite:a",
            "--data d --article-db sqlite:a --user-db sqlite:b --coordinator-db sqlite:c",
            "--article-db sqlite:a --user-db sqlite:a --coordinator-db sqlite:c",
        ] {
            let error = plan(line).unwrap_err();
            assert!(error.contains("--coordinator-db"), "{error}");
        }
        assert!(plan("coordinator --coordinator-db sqlite:c").is_err());
    }

    #[test]
    fn impossible_times_are_refused() {
        let error = plan("--step-timeout 10s --saga-deadline 5s").unwrap_err();
        assert!(error.contains("--saga-deadline"), "{error}");
        assert!(plan("--retry-pause-min 6s").is_err());
        assert!(plan("--step-timeout 0s").is_err());
        assert!(plan("--pool-size 0").is_err());
        assert!(plan("--step-timeout 5").is_err());
    }

    #[test]
    fn a_service_alone_takes_its_own_options() {
        let line = "coordinator --coordinator-db sqlite:c --article-url http://a:1 --user-url http://u:2 --scan-interval 2s";
        let Services::One(ServiceConfig {
            role: Role::Coordinator(config),
            ..
        }) = plan(line).unwrap().services
        else {
            panic!("not the coordinator");
        };
        assert_eq!(config.user.to_string(), "http://u:2/");
        assert_eq!(config.recovery.scan_every.as_secs(), 2);
        assert!(config.lease.is_none(), "alone, unless told otherwise");
        assert!(plan("--listen 127.0.0.1:1 article --article-db sqlite:a").is_err());
    }

    #[test]
    fn r22_an_advertised_coordinator_has_a_lease() {
        let line =
            "coordinator --coordinator-db sqlite:c --article-url http://a:1 --user-url http://u:2";
        let lease = |words: &str| match plan(&format!("{line} {words}"))?.services {
            Services::One(ServiceConfig {
                role: Role::Coordinator(config),
                ..
            }) => config.lease.ok_or_else(|| "no lease".to_owned()),
            _ => panic!("not the coordinator"),
        };
        let default = lease("--advertise http://one:8080").unwrap();
        assert_eq!(default.advertise.to_string(), "http://one:8080/");
        assert_eq!(default.duration, LEASE_DEFAULT);
        let own = lease("--advertise http://one:8080 --lease 2s").unwrap();
        assert_eq!(own.renew_every, Duration::from_millis(500));
        for wrong in ["--lease 2s", "--advertise one:8080"] {
            assert!(lease(wrong).unwrap_err().contains("--advertise"), "{wrong}");
        }
        let short = lease("--advertise http://one:8080 --lease 100ms").unwrap_err();
        assert!(short.contains("--lease"), "{short}");
    }
}
