//! Files with credentials, which are read again while the process runs.
//!
//! They are compared by their content every [`REREAD_INTERVAL`]: a change of a symbolic link counts, as Kubernetes makes it, and
//! no signal is needed. Content that is refused changes nothing: what was read before stays in force, and the log says so.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{
    bound::{Bound, within},
    store::StoreExecutor,
};

/// How often the files are read again. A new secret is in force at the latest so long after it was written.
pub const REREAD_INTERVAL: Duration = Duration::from_secs(2);
/// One reading of the files. A disk that does not answer is asked again after the interval.
pub const CREDENTIAL_FILES: Bound = Bound::new("the credential files", Duration::from_secs(10));
/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Files that belong together, such as a certificate and its key, as they were read last.
pub struct WatchedFiles {
    files: Arc<[PathBuf]>,
    contents: Vec<Vec<u8>>,
}

impl WatchedFiles {
    /// Reads the files. It blocks.
    ///
    /// # Errors
    /// The file that cannot be read, and why.
    pub fn read(files: impl IntoIterator<Item = PathBuf>) -> Result<Self, (PathBuf, io::Error)> {
        let files: Arc<[PathBuf]> = files.into_iter().collect();
        let contents = read(&files)?;
        Ok(Self { files, contents })
    }

    /// What the files had, in their order.
    #[must_use]
    pub fn contents(&self) -> &[Vec<u8>] {
        &self.contents
    }

    /// Calls `apply` whenever a content has changed. Never completes. `what` names them in the log, as in "{what} were
    /// replaced".
    ///
    /// # Cancel safety
    /// Dropping the future ends the reading.
    pub async fn follow(
        mut self,
        executor: Arc<dyn StoreExecutor>,
        what: &'static str,
        apply: impl Fn(&[Vec<u8>]) -> Result<(), String>,
    ) {
        let mut is_unreadable = false;
        loop {
            tokio::time::sleep(REREAD_INTERVAL).await;
            let contents = match self.read_again(&*executor).await {
                Ok(contents) => contents,
                Err(reason) => {
                    // A file is missing for a moment while it is replaced. The log says it once.
                    if !std::mem::replace(&mut is_unreadable, true) {
                        tracing::warn!(
                            reason,
                            "{what} cannot be read again; those from before stay in force"
                        );
                    }
                    continue;
                }
            };
            is_unreadable = false;
            if contents == self.contents {
                continue;
            }
            self.contents = contents;
            match apply(&self.contents) {
                Ok(()) => tracing::info!("{what} were replaced"),
                Err(reason) => {
                    tracing::error!(
                        reason,
                        "{what} have changed and are refused; those from before stay in force"
                    );
                }
            }
        }
    }

    async fn read_again(&self, executor: &dyn StoreExecutor) -> Result<Vec<Vec<u8>>, String> {
        let (sender, receiver) = oneshot::channel();
        let files = Arc::clone(&self.files);
        let call = Box::new(move || {
            // Nobody waits for it once it was given up.
            let _ = sender.send(read(&files));
        });
        let called = async {
            executor.call_blocking(call).await;
            receiver.await
        };
        match within(CREDENTIAL_FILES, called).await {
            Ok(Ok(Ok(contents))) => Ok(contents),
            Ok(Ok(Err((file, error)))) => Err(format!("{}: {error}", file.display())),
            Ok(Err(_)) => Err("the runtime stopped".to_owned()),
            Err(overdue) => Err(overdue.to_string()),
        }
    }
}

fn read(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, (PathBuf, io::Error)> {
    let one = |file: &PathBuf| read_file(file).map_err(|error| (file.clone(), error));
    files.iter().map(one).collect()
}

/// The content of the file. A larger one holds no credentials.
fn read_file(file: &PathBuf) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let opened = File::open(file)?;
    opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut content)?;
    match content.len() as u64 > FILE_BYTES_MAX {
        true => Err(io::Error::other("it is larger than 1 MiB")),
        false => Ok(content),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Mutex};

    use super::*;
    use crate::env::real;

    #[tokio::test(start_paused = true)]
    async fn changed_files_are_applied_once_and_a_missing_file_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "one").unwrap();
        let watched = WatchedFiles::read([file.clone()]).unwrap();
        assert_eq!(watched.contents(), [b"one"]);
        let applied = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&applied);
        let following = watched.follow(real::env().store, "secrets", move |contents| {
            let text = String::from_utf8(contents[0].clone()).unwrap();
            seen.lock().unwrap().push(text);
            Ok(())
        });
        let following = tokio::spawn(following);
        let pause = || tokio::time::sleep(3 * REREAD_INTERVAL);
        pause().await;
        assert!(applied.lock().unwrap().is_empty());
        fs::write(&file, "two").unwrap();
        pause().await;
        fs::remove_file(&file).unwrap();
        pause().await;
        fs::write(&file, "three").unwrap();
        pause().await;
        assert_eq!(*applied.lock().unwrap(), ["two", "three"]);
        following.abort();
    }

    #[test]
    fn a_file_that_is_missing_or_too_large_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let (named, _) = WatchedFiles::read([file.clone()]).err().unwrap();
        assert_eq!(named, file);
        fs::write(&file, vec![b'x'; 1024 * 1024 + 1]).unwrap();
        let (_, error) = WatchedFiles::read([file]).err().unwrap();
        assert_eq!(error.to_string(), "it is larger than 1 MiB");
    }
}
