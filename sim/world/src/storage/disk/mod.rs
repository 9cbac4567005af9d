//! A simulated disk: the SQLite files of a host in memory, with what was written kept apart from what was synced.
//!
//! Real SQL runs in the simulator. So the question what is left after a power cut must be answered below SQLite: by a VFS
//! (SQLite's interface to an operating system) whose files live in a [`Disk`].
//!
//! ```text
//! Disk --remount(keep)--> Mount --path(file)--> SqliteOptions::path
//!   '--snapshot()--> Image --from_image()--> the next run's Disk
//! ```
//!
//! A connection that closes copies its log into the file and deletes the log. A killed process must not do that, and its
//! connection closes only after its death. So every mount carries the files over to new names, and old names and handles
//! fail with `SQLITE_IOERR`.
//!
//! Simplified on purpose:
//! - Locks are always granted: **one connection per file and mount**. Drop it before you open the file again
//!   within the mount.
//! - There is no shared memory, so set `locking_mode=EXCLUSIVE`. Without it `journal_mode=WAL` silently leaves the
//!   rollback journal on, and a file that is in WAL mode already cannot be opened (`SQLITE_CANTOPEN`).
//! - A write survives a power loss whole or not at all. Creating and deleting a file is durable at once. A file that was
//!   created and never synced comes back empty.
//! - The time is a constant. SQL's `random()` and the salts of journals come from one generator per *process*, which
//!   SQLite seeds from its default VFS: no SQL here may use it, and the bytes of a `-wal` file are not comparable (what
//!   SQLite reads back from them is).

mod contents;
mod file;
mod vfs;

use std::collections::BTreeMap;
use std::ffi::{CStr, c_int};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use libsqlite3_sys as ffi;

use contents::Contents;
use file::File;

/// The name under which SQLite knows this VFS, for `SqliteOptions::vfs`.
///
/// The first [`Disk`] of the process registers it; it is never the default VFS.
pub const VFS_NAME: &str = "likewise-disk";

/// Every disk that is in use. The ids only keep names apart: nothing that a run can observe depends on them.
static DISKS: Mutex<BTreeMap<u64, Weak<Inner>>> = Mutex::new(BTreeMap::new());

/// The disk of one simulated host. Clones share it. When the last clone is dropped, its files are freed and open
/// connections fail.
#[derive(Clone)]
pub struct Disk(Arc<Inner>);

struct Inner {
    id: u64,
    meter: Arc<Meter>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    mount: u64,
    files: BTreeMap<String, Arc<File>>,
}

#[derive(Default)]
struct Meter {
    writes: AtomicU64,
    syncs: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

/// A disk fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Every write fails, also over existing data: so it is on a file system that writes to a new place.
    Full,
    /// Every write and every sync fails. Existing data can be read: the rollback of SQLite reads back what it wrote, and a
    /// disk that lost it would test SQLite, not the service.
    Broken,
}

/// The data that the next mount finds on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything that was written, as after a process crash. What was not synced can still be lost in the next power
    /// loss.
    Written,
    /// Only what was synced, as after a power loss.
    Synced,
}

/// One mount of a disk: the file names that are valid until the next one.
#[derive(Clone, Debug)]
pub struct Mount {
    prefix: String,
}

impl Mount {
    /// The name to give SQLite for `file`. Its journals get names next to it.
    ///
    /// It is valid until the disk is mounted again or dropped.
    pub fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.prefix)
    }
}

/// The files of a disk at one moment. It is cheap to keep and to start disks from, because contents are shared until one
/// side writes.
#[derive(Clone, Default)]
pub struct Image(Arc<BTreeMap<String, Contents>>);

/// The files that a connection has open, with their contents. The disk can be rewound to it under the same handles.
pub struct Mark {
    files: BTreeMap<String, Arc<File>>,
    image: Image,
}

impl Disk {
    /// An empty disk. [`Disk::remount`] returns the first names to use on it.
    ///
    /// # Panics
    /// SQLite refuses to register the VFS: it is out of memory.
    pub fn new() -> Self {
        Self::from_image(&Image::default())
    }

    /// A disk with the files of `image`, and counters at zero.
    ///
    /// # Panics
    /// As [`Disk::new`].
    pub fn from_image(image: &Image) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        vfs::register();
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let meter = Arc::default();
        let mut state = State::default();
        for (name, contents) in image.0.iter() {
            let file = File::new(contents.clone(), &meter);
            state.files.insert(name.clone(), file);
        }
        let state = Mutex::new(state);
        let disk = Arc::new(Inner { id, meter, state });
        lock(&DISKS).insert(id, Arc::downgrade(&disk));
        Self(disk)
    }

    /// Mounts the disk again, with the data that `keep` leaves. From now on every handle and name of earlier mounts fails
    /// with `SQLITE_IOERR`.
    ///
    /// Call it at the crash, *before* the tasks and connections of the host are dropped. A connection that is dropped
    /// first may or may not checkpoint and sync on its worker thread, and the run would not be reproducible.
    pub fn remount(&self, keep: Keep) -> Mount {
        let mut state = lock(&self.0.state);
        state.mount += 1;
        for file in state.files.values_mut() {
            let mut contents = file.retire();
            if keep == Keep::Synced {
                contents.lose_unsynced();
            }
            *file = File::new(contents, &self.0.meter);
        }
        self.names(state.mount)
    }

    /// The files of the disk now, with what was written and what was synced still apart.
    ///
    /// Close the connections first: each file is copied whole, but two files are not copied at one instant.
    pub fn snapshot(&self) -> Image {
        let state = lock(&self.0.state);
        let copy = |file: &File| lock(&file.contents).contents.clone();
        let files = state.files.iter();
        let files = files.map(|(name, file)| (name.clone(), copy(file)));
        Image(Arc::new(files.collect()))
    }

    /// Marks the current files and contents, for [`Disk::rewind`].
    pub fn mark(&self) -> Mark {
        let files = lock(&self.0.state).files.clone();
        let image = self.snapshot();
        Mark { files, image }
    }

    /// Makes the handles on the files of a mark valid again, with the contents at the end of their mount, and invalidates
    /// every other handle. Then let SQLite forget what it knows of the files, and call [`Disk::rewind`].
    pub fn revive(&self, mark: &Mark) {
        let mut state = lock(&self.0.state);
        state.mount += 1;
        for file in state.files.values() {
            file.retire();
        }
        state.files.clone_from(&mark.files);
        for file in mark.files.values() {
            lock(&file.contents).over = false;
        }
        self.trouble(None);
    }

    /// Rewinds the files of a mark to their marked contents, and the counters to zero. A connection that has them open must
    /// have an empty log and no cached page. Returns the names that are valid now.
    pub fn rewind(&self, mark: &Mark) -> Mount {
        for (name, file) in &mark.files {
            let contents = mark.image.0.get(name).cloned();
            lock(&file.contents).contents = contents.unwrap_or_default();
        }
        self.0.meter.writes.store(0, Ordering::Relaxed);
        self.0.meter.syncs.store(0, Ordering::Relaxed);
        self.names(lock(&self.0.state).mount)
    }

    /// The names of a mount. They have one width, so that no length depends on the id.
    fn names(&self, mount: u64) -> Mount {
        let prefix = format!("{:016x}/{:016x}", self.0.id, mount);
        Mount { prefix }
    }

    /// Sets the fault of the disk, or removes it.
    pub fn trouble(&self, trouble: Option<Trouble>) {
        *lock(&self.0.meter.trouble) = trouble;
    }

    /// The number of successful writes, over all mounts and files.
    pub fn writes(&self) -> u64 {
        self.0.meter.writes.load(Ordering::Relaxed)
    }

    /// The number of successful syncs, over all mounts and files.
    pub fn syncs(&self) -> u64 {
        self.0.meter.syncs.load(Ordering::Relaxed)
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        lock(&DISKS).remove(&self.id);
        for file in lock(&self.state).files.values() {
            file.free();
        }
    }
}

/// A SQLite result code other than `SQLITE_OK`.
type Code = c_int;

/// A panic is reported where it happens (see `guarded`), so a poisoned lock stays in use.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `action` on the disk and with the file name that `path` contains. Fails unless the path belongs to the current
/// mount.
fn locate<T>(
    path: &CStr,
    action: impl FnOnce(&Inner, &mut State, &str) -> Result<T, Code>,
) -> Result<T, Code> {
    let path = path.to_str().map_err(|_| ffi::SQLITE_CANTOPEN)?;
    let mut parts = path.splitn(3, '/');
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    let (Some(id), Some(mount), Some(name)) = (number(), number(), parts.next()) else {
        return Err(ffi::SQLITE_CANTOPEN);
    };
    let disk = lock(&DISKS).get(&id).and_then(Weak::upgrade);
    let disk = disk.ok_or(ffi::SQLITE_IOERR)?;
    let mut state = lock(&disk.state);
    if state.mount != mount {
        return Err(ffi::SQLITE_IOERR);
    }
    action(&disk, &mut state, name)
}

fn open(path: &CStr, create: bool) -> Result<Arc<File>, Code> {
    locate(path, |disk, state, name| {
        if let Some(file) = state.files.get(name) {
            return Ok(Arc::clone(file));
        }
        if !create {
            return Err(ffi::SQLITE_CANTOPEN);
        }
        let file = File::new(Contents::default(), &disk.meter);
        state.files.insert(name.to_owned(), Arc::clone(&file));
        Ok(file)
    })
}

#[cfg(test)]
mod tests;
