//! Starts the services as child processes and waits until they listen.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{databases::Databases, options::Services, process_usage::ProcessMonitor};

/// How long a service may take until it listens.
const START_MAX: Duration = Duration::from_secs(15);
/// How often its log is read during that time.
const START_POLL_EVERY: Duration = Duration::from_millis(20);

/// A service's process. Dropping it ends the process.
pub(crate) struct ServiceProcess {
    name: &'static str,
    pub(crate) address: SocketAddr,
    child: OwnedChild,
}

impl ServiceProcess {
    pub(crate) fn monitor(&self) -> ProcessMonitor {
        ProcessMonitor {
            name: self.name,
            process: self.child.0.id(),
            with_children: false,
        }
    }
}

/// A child process that ends when it is dropped.
struct OwnedChild(Child);

impl Drop for OwnedChild {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts services of one binary with their logs in one folder.
pub(crate) struct Launcher<'l> {
    pub(crate) binary: &'l Path,
    pub(crate) folder: &'l Path,
}

impl Launcher<'_> {
    /// Starts all services and waits until they listen. Of three processes, the coordinator is the first in the list.
    ///
    /// # Errors
    /// A process could not be started, or it does not listen in time. The message contains its log.
    pub(crate) fn start(
        &self,
        services: Services,
        databases: &Databases,
    ) -> Result<Vec<ServiceProcess>> {
        match services {
            Services::One => Ok(vec![self.start_all_in_one(databases)?]),
            Services::Three => self.start_three(databases),
        }
    }

    fn start_all_in_one(&self, databases: &Databases) -> Result<ServiceProcess> {
        let options = [
            "--article-db",
            &databases.article,
            "--user-db",
            &databases.user,
            "--coordinator-db",
            &databases.coordinator,
        ];
        self.start_service("all in one", &options)
    }

    /// The coordinator starts last because it needs the addresses of the other two.
    fn start_three(&self, databases: &Databases) -> Result<Vec<ServiceProcess>> {
        let article =
            self.start_service("article", &["article", "--article-db", &databases.article])?;
        let user = self.start_service("user", &["user", "--user-db", &databases.user])?;
        let urls = [&article, &user].map(|service| format!("http://{}", service.address));
        let options = [
            "coordinator",
            "--coordinator-db",
            &databases.coordinator,
            "--article-url",
            &urls[0],
            "--user-url",
            &urls[1],
        ];
        let coordinator = self.start_service("coordinator", &options)?;
        Ok(vec![coordinator, article, user])
    }

    /// Port 0 lets the system choose, so that several systems can run at the same time. The log says which port it
    /// was.
    fn start_service(&self, name: &'static str, options: &[&str]) -> Result<ServiceProcess> {
        let log = self.folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        // --listen belongs to the role's subcommand, so it comes after the options.
        let child = Command::new(self.binary)
            .arg("serve")
            .args(options)
            .args(["--listen", "127.0.0.1:0"])
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {}", self.binary.display()))?;
        let child = OwnedChild(child);
        let address =
            wait_for_address(&log).with_context(|| format!("starting the {name} service"))?;
        Ok(ServiceProcess {
            name,
            address,
            child,
        })
    }
}

/// Waits until the log contains the address on which the service listens.
///
/// It blocks the thread. Nothing is measured yet.
fn wait_for_address(log: &Path) -> Result<SocketAddr> {
    let until = Instant::now() + START_MAX;
    loop {
        let text = fs::read_to_string(log).unwrap_or_default();
        if let Some((_, rest)) = text.split_once("listening on http://") {
            let address = rest.split([',', ' ', '\n']).next().unwrap_or_default();
            return address
                .parse()
                .with_context(|| format!("reading the address {address}"));
        }
        if Instant::now() >= until || text.contains("error:") {
            bail!("it does not listen; its log:\n{text}");
        }
        std::thread::sleep(START_POLL_EVERY);
    }
}
