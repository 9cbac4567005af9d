//! A simulated disk: a host's SQLite files in memory, with what was written
//! kept apart from what was synced.
//!
//! Real SQL runs in the simulator, so the question "what is left after a power
//! cut?" has to be answered below SQLite. This is that place: a VFS (SQLite's
//! interface to an operating system) whose files live in a [`Disk`].
//!
//! ```text
//! Disk --boot(keep)--> Boot --path(file)--> SqliteConnectOptions::filename
//!   '--snapshot()--> Image --from_image()--> the next run's Disk
//! ```
//!
//! sqlx closes a dropped connection later, on its worker thread, and that close
//! would checkpoint and delete the log of whoever owns the path by then. So
//! every boot carries the files over to fresh names, and whatever still holds
//! an old name or an old handle gets `SQLITE_IOERR`.
//!
//! What is simplified, on purpose:
//! - Locks are always granted: **one connection per file and boot**. Await its
//!   `close()` before opening the file again within the boot.
//! - There is no shared memory, so set `locking_mode=EXCLUSIVE`. Without it
//!   `journal_mode=WAL` leaves the rollback journal on and says nothing, and a
//!   file that is in WAL mode already cannot be opened (`SQLITE_CANTOPEN`).
//! - A write survives a power loss whole or not at all. Creating and deleting a
//!   file is durable at once; created and never synced, it comes back empty.
//! - The time is a constant. SQL's `random()` and the salts of journals come
//!   from one generator per *process*, which SQLite seeds from its default VFS:
//!   no SQL here may use it, and the bytes of a `-wal` file are not comparable
//!   (what SQLite reads back from them is).

#![allow(
    unsafe_code,
    reason = "a SQLite VFS is a C interface, and this file alone speaks it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::{iter, mem, ptr, slice};

use libsqlite3_sys as ffi;

/// The name under which SQLite knows this VFS, for `SqliteConnectOptions::vfs`.
///
/// The first [`Disk`] of the process registers it; it is never the default VFS.
pub const VFS_NAME: &str = "likewise-disk";

/// Every disk that is alive. The ids only keep names apart: nothing a run can
/// observe depends on them.
static DISKS: Mutex<BTreeMap<u64, Weak<Inner>>> = Mutex::new(BTreeMap::new());

/// One simulated host's disk. Clones share it; when the last one is dropped its
/// files are freed, and connections that are still open fail.
#[derive(Clone)]
pub struct Disk(Arc<Inner>);

struct Inner {
    id: u64,
    meter: Arc<Meter>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    boot: u64,
    files: BTreeMap<String, Arc<File>>,
}

#[derive(Default)]
struct Meter {
    writes: AtomicU64,
    syncs: AtomicU64,
}

/// What a new boot finds on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything written, as after a process crash. What was not synced stays
    /// exposed to the next power loss.
    Written,
    /// Only what was synced, as after a power loss.
    Synced,
}

/// One life of a host between two crashes: the file names that are valid in it.
#[derive(Clone, Debug)]
pub struct Boot {
    prefix: String,
}

impl Boot {
    /// The name to give SQLite for `file`; its journals live beside it.
    ///
    /// It is valid until the disk boots again or is dropped.
    pub fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.prefix)
    }
}

/// A disk's files at one moment, cheap to keep and to start disks from: the
/// contents are shared until one side writes.
#[derive(Clone, Default)]
pub struct Image(Arc<BTreeMap<String, Contents>>);

impl Disk {
    /// An empty disk. [`Disk::boot`] gives the first names to use on it.
    ///
    /// # Panics
    /// If SQLite refuses to register the VFS (it is out of memory).
    pub fn new() -> Self {
        Self::from_image(&Image::default())
    }

    /// A disk with the files of `image`, its counters at zero.
    ///
    /// # Panics
    /// As [`Disk::new`].
    pub fn from_image(image: &Image) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        register();
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

    /// Starts a new life of the host with the files that `keep` leaves. From
    /// now on every handle and name of earlier boots fails with `SQLITE_IOERR`.
    ///
    /// Call it at the crash, *before* the host's tasks and connections are
    /// dropped: a connection dropped first may, or may not, still checkpoint
    /// and sync on its worker thread, and the run would not replay.
    pub fn boot(&self, keep: Keep) -> Boot {
        let mut state = lock(&self.0.state);
        state.boot += 1;
        for file in state.files.values_mut() {
            let mut contents = file.retire();
            if keep == Keep::Synced {
                contents.lose_unsynced();
            }
            *file = File::new(contents, &self.0.meter);
        }
        // Names have one width, so that not even a length depends on the id.
        let prefix = format!("{:016x}/{:016x}", self.0.id, state.boot);
        Boot { prefix }
    }

    /// The disk as it is now, what was written and what was synced still apart.
    ///
    /// Close the connections first: a file is copied whole, but two files are
    /// not copied at one instant.
    pub fn snapshot(&self) -> Image {
        let state = lock(&self.0.state);
        let copy = |file: &File| lock(&file.contents).clone().unwrap_or_default();
        let files = state.files.iter();
        let files = files.map(|(name, file)| (name.clone(), copy(file)));
        Image(Arc::new(files.collect()))
    }

    /// How many writes the disk has carried out, over all boots and files.
    pub fn writes(&self) -> u64 {
        self.0.meter.writes.load(Ordering::Relaxed)
    }

    /// How many syncs the disk has carried out, over all boots and files.
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
            file.retire();
        }
    }
}

/// A SQLite result code other than `SQLITE_OK`.
type Code = c_int;

/// A file as its open handles see it. The contents move on to the next boot's
/// file and leave `None` behind, so an old handle reaches nothing and holds
/// no memory.
struct File {
    contents: Mutex<Option<Contents>>,
    meter: Arc<Meter>,
}

impl File {
    fn new(contents: Contents, meter: &Arc<Meter>) -> Arc<Self> {
        let (contents, meter) = (Mutex::new(Some(contents)), Arc::clone(meter));
        Arc::new(Self { contents, meter })
    }

    fn len(&self) -> Result<usize, Code> {
        self.with(|contents| contents.written.len)
    }

    /// No fault may count reads: all connections of the process share SQLite's
    /// page cache, so how many there are depends on the other runs.
    fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<usize, Code> {
        self.with(|contents| contents.read(offset, buffer))
    }

    /// Every write of every file passes here, the place for a fault to strike.
    fn write(&self, offset: usize, bytes: &[u8]) -> Result<(), Code> {
        self.with(|contents| contents.write(offset, bytes))?;
        self.meter.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn truncate(&self, len: usize) -> Result<(), Code> {
        self.with(|contents| contents.resize(len))
    }

    /// Every sync of every file passes here, the place for a fault to strike.
    fn sync(&self) -> Result<(), Code> {
        self.with(Contents::sync)?;
        self.meter.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Runs `action` on the contents, unless the file's boot is over.
    fn with<T>(&self, action: impl FnOnce(&mut Contents) -> T) -> Result<T, Code> {
        let mut contents = lock(&self.contents);
        contents.as_mut().map(action).ok_or(ffi::SQLITE_IOERR)
    }

    /// Ends every handle on the file and takes what it held.
    fn retire(&self) -> Contents {
        lock(&self.contents).take().unwrap_or_default()
    }
}

const CHUNK_BYTES: usize = 4096;

/// The two versions of a file. They share chunks, so a sync copies pointers to
/// the chunks written since the last one, and only a write to a shared chunk
/// copies bytes.
#[derive(Clone, Default)]
struct Contents {
    written: Version,
    synced: Version,
    /// The chunks of `written` that the next sync has to take over.
    dirty: BTreeSet<usize>,
}

/// The bytes of a file; those of the last chunk past `len` are zero.
#[derive(Clone, Default)]
struct Version {
    chunks: Vec<Arc<[u8; CHUNK_BYTES]>>,
    len: usize,
}

impl Contents {
    /// Copies what there is at `offset` into `buffer` and says how much it was.
    fn read(&self, offset: usize, buffer: &mut [u8]) -> usize {
        let available = self.written.len.saturating_sub(offset).min(buffer.len());
        for (chunk, inside, outside) in spans(offset, available) {
            buffer[outside].copy_from_slice(&self.written.chunks[chunk][inside]);
        }
        available
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        if offset + bytes.len() > self.written.len {
            self.resize(offset + bytes.len());
        }
        for (chunk, inside, outside) in spans(offset, bytes.len()) {
            let target = Arc::make_mut(&mut self.written.chunks[chunk]);
            target[inside].copy_from_slice(&bytes[outside]);
            self.dirty.insert(chunk);
        }
    }

    fn resize(&mut self, len: usize) {
        let chunks = &mut self.written.chunks;
        let count = len.div_ceil(CHUNK_BYTES);
        // A file cut and grown again between two syncs has new chunks in places
        // where the synced version has old ones.
        self.dirty.extend(chunks.len()..count);
        chunks.resize_with(count, || Arc::new([0; CHUNK_BYTES]));
        if len < self.written.len && !len.is_multiple_of(CHUNK_BYTES) {
            let last = len / CHUNK_BYTES;
            Arc::make_mut(&mut chunks[last])[len % CHUNK_BYTES..].fill(0);
            self.dirty.insert(last);
        }
        self.written.len = len;
    }

    fn sync(&mut self) {
        let (from, to) = (&self.written.chunks, &mut self.synced.chunks);
        to.truncate(from.len());
        for &chunk in self.dirty.range(..to.len()) {
            to[chunk] = Arc::clone(&from[chunk]);
        }
        to.extend_from_slice(&from[to.len()..]);
        self.synced.len = self.written.len;
        self.dirty.clear();
    }

    fn lose_unsynced(&mut self) {
        self.written = self.synced.clone();
        self.dirty.clear();
    }
}

/// Cuts `len` bytes at `offset` along the chunks: which chunk, the range inside
/// it, and the range of the caller's buffer.
fn spans(offset: usize, len: usize) -> impl Iterator<Item = (usize, Range<usize>, Range<usize>)> {
    let mut done = 0;
    iter::from_fn(move || {
        let (chunk, start) = ((offset + done) / CHUNK_BYTES, (offset + done) % CHUNK_BYTES);
        let size = (CHUNK_BYTES - start).min(len - done);
        done += size;
        (size > 0).then(|| (chunk, start..start + size, done - size..done))
    })
}

/// A panic is reported where it happens (see `guarded`), so a lock it poisoned
/// goes on being used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `action` on the disk that `path` names, with the file's name on it, if
/// the path belongs to the disk's current boot.
fn locate<T>(
    path: &CStr,
    action: impl FnOnce(&Inner, &mut State, &str) -> Result<T, Code>,
) -> Result<T, Code> {
    let path = path.to_str().map_err(|_| ffi::SQLITE_CANTOPEN)?;
    let mut parts = path.splitn(3, '/');
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    let (Some(id), Some(boot), Some(name)) = (number(), number(), parts.next()) else {
        return Err(ffi::SQLITE_CANTOPEN);
    };
    let disk = lock(&DISKS).get(&id).and_then(Weak::upgrade);
    let disk = disk.ok_or(ffi::SQLITE_IOERR)?;
    let mut state = lock(&disk.state);
    if state.boot != boot {
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

// From here on: the C interface. Each callback turns pointers into Rust values
// and leaves the work to the types above.

type RawFile = *mut ffi::sqlite3_file;
type RawVfs = *mut ffi::sqlite3_vfs;

/// SQLite's file object: it allocates `szOsFile` bytes and looks at `base` only.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    file: Arc<File>,
}

/// Runs a callback's work. A panic must not cross into C: it is a bug of ours,
/// and shows as `SQLITE_INTERNAL`, which no fault ever is.
fn guarded(work: impl FnOnce() -> Result<(), Code>) -> c_int {
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(ffi::SQLITE_INTERNAL));
    outcome.err().unwrap_or(ffi::SQLITE_OK)
}

/// # Safety
/// `raw` was opened by `x_open` and is not closed during the call.
unsafe fn on_file(raw: RawFile, work: impl FnOnce(&File) -> Result<(), Code>) -> c_int {
    // SAFETY: `x_open` wrote a `Handle` there, and only `x_close` takes it away.
    let file = unsafe { &(*raw.cast::<Handle>()).file };
    guarded(|| work(file))
}

unsafe extern "C" fn x_open(
    _: RawVfs,
    path: *const c_char,
    raw: RawFile,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: `raw` is memory of SQLite's; without methods it counts as not open.
    unsafe { (*raw).pMethods = ptr::null() };
    guarded(|| {
        let file = if path.is_null() {
            // A temporary file: of no disk, and gone with its handle.
            File::new(Contents::default(), &Arc::default())
        } else {
            // SAFETY: SQLite passes a C string that outlives the handle.
            let path = unsafe { CStr::from_ptr(path) };
            open(path, flags & ffi::SQLITE_OPEN_CREATE != 0)?
        };
        let base = ffi::sqlite3_file {
            pMethods: &IO_METHODS,
        };
        // SAFETY: SQLite allocated `szOsFile` bytes, aligned to 8, for a `Handle`.
        unsafe { raw.cast::<Handle>().write(Handle { base, file }) };
        // SAFETY: null, or SQLite's place for the flags.
        if let Some(flags_out) = unsafe { flags_out.as_mut() } {
            *flags_out = flags;
        }
        Ok(())
    })
}

unsafe extern "C" fn x_close(raw: RawFile) -> c_int {
    // SAFETY: `x_open` wrote a `Handle`, and SQLite closes it once.
    unsafe { ptr::drop_in_place(raw.cast::<Handle>()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_read(raw: RawFile, to: *mut c_void, len: c_int, at: i64) -> c_int {
    let (to, len) = (to.cast::<u8>(), len as usize);
    // SAFETY: SQLite lends `len` bytes. Zeroing makes them initialised, and is
    // what SQLite asks for past the end of the file.
    let to = unsafe {
        to.write_bytes(0, len);
        slice::from_raw_parts_mut(to, len)
    };
    // SAFETY: SQLite passes a file that is open.
    unsafe {
        on_file(raw, |file| match file.read(at as usize, to)? {
            read if read < len => Err(ffi::SQLITE_IOERR_SHORT_READ),
            _ => Ok(()),
        })
    }
}

unsafe extern "C" fn x_write(raw: RawFile, from: *const c_void, len: c_int, at: i64) -> c_int {
    // SAFETY: SQLite lends `len` bytes for this call.
    let from = unsafe { slice::from_raw_parts(from.cast::<u8>(), len as usize) };
    // SAFETY: SQLite passes a file that is open.
    unsafe { on_file(raw, |file| file.write(at as usize, from)) }
}

unsafe extern "C" fn x_truncate(raw: RawFile, len: i64) -> c_int {
    // SAFETY: SQLite passes a file that is open.
    unsafe { on_file(raw, |file| file.truncate(len as usize)) }
}

unsafe extern "C" fn x_sync(raw: RawFile, _: c_int) -> c_int {
    // SAFETY: SQLite passes a file that is open.
    unsafe { on_file(raw, File::sync) }
}

unsafe extern "C" fn x_file_size(raw: RawFile, len: *mut i64) -> c_int {
    // SAFETY: the file is open, and `len` is SQLite's place for the answer.
    unsafe { on_file(raw, |file| file.len().map(|found| *len = found as i64)) }
}

/// Grants any lock, but none after the boot is over: without the exclusive lock
/// a closing connection leaves its log alone.
unsafe extern "C" fn x_lock(raw: RawFile, _: c_int) -> c_int {
    // SAFETY: SQLite passes a file that is open.
    unsafe { on_file(raw, |file| file.with(|_| ())) }
}

unsafe extern "C" fn x_unlock(_: RawFile, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_check_reserved_lock(_: RawFile, reserved: *mut c_int) -> c_int {
    // SAFETY: `reserved` is SQLite's place for the answer.
    unsafe { *reserved = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_file_control(_: RawFile, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

/// A write never harms its neighbours, as SQLite assumes of a disk by default;
/// without this it would pad every commit to a whole sector.
unsafe extern "C" fn x_device_characteristics(_: RawFile) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

static IO_METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xDeviceCharacteristics: Some(x_device_characteristics),
    // SAFETY: zero is `None`, "not provided", in each of the other fields.
    ..unsafe { mem::zeroed() }
};

/// A file that is still open fails from here on. That is stricter than a real
/// system, and turns a late close within one boot from a silent loss into an
/// error.
unsafe extern "C" fn x_delete(_: RawVfs, path: *const c_char, _: c_int) -> c_int {
    // SAFETY: SQLite passes a C string that is valid for this call.
    let path = unsafe { CStr::from_ptr(path) };
    guarded(|| {
        locate(path, |_, state, name| {
            let file = state.files.remove(name);
            file.ok_or(ffi::SQLITE_IOERR_DELETE_NOENT)?.retire();
            Ok(())
        })
    })
}

/// An empty file does not count as existing: so it is on Unix, and SQLite's
/// recovery was written for that.
unsafe extern "C" fn x_access(_: RawVfs, path: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    // SAFETY: SQLite passes a C string and a place for the answer.
    let (path, exists) = unsafe { (CStr::from_ptr(path), &mut *out) };
    guarded(|| {
        *exists = locate(path, |_, state, name| match state.files.get(name) {
            Some(file) => file.len().map(|len| c_int::from(len > 0)),
            None => Ok(0),
        })?;
        Ok(())
    })
}

unsafe extern "C" fn x_full_pathname(
    _: RawVfs,
    path: *const c_char,
    capacity: c_int,
    full: *mut c_char,
) -> c_int {
    // SAFETY: SQLite passes a C string that is valid for this call.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if path.len() > capacity as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: the bytes fit in the `capacity` bytes SQLite lends at `full`.
    unsafe { full.copy_from_nonoverlapping(path.as_ptr().cast(), path.len()) };
    ffi::SQLITE_OK
}

/// SQLite asks only its default VFS for this; a constant all the same.
unsafe extern "C" fn x_randomness(_: RawVfs, len: c_int, bytes: *mut c_char) -> c_int {
    // SAFETY: SQLite lends `len` bytes.
    unsafe { bytes.write_bytes(0x2a, len as usize) };
    len
}

unsafe extern "C" fn x_sleep(_: RawVfs, microseconds: c_int) -> c_int {
    microseconds
}

/// Always 1970-01-01T00:00Z, as a Julian day: a service that asks SQL for the
/// time instead of its clock gets an answer that is plainly wrong.
unsafe extern "C" fn x_current_time(_: RawVfs, julian_day: *mut f64) -> c_int {
    // SAFETY: `julian_day` is SQLite's place for the answer.
    unsafe { *julian_day = 2_440_587.5 };
    ffi::SQLITE_OK
}

/// Registers the VFS, once. The table and its name live for ever, as SQLite may
/// use them until the process ends.
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let name = CString::new(VFS_NAME).expect("the name holds no NUL");
        let vfs = Box::leak(Box::new(ffi::sqlite3_vfs {
            iVersion: 1,
            szOsFile: size_of::<Handle>() as c_int,
            mxPathname: 512,
            zName: name.into_raw(),
            xOpen: Some(x_open),
            xDelete: Some(x_delete),
            xAccess: Some(x_access),
            xFullPathname: Some(x_full_pathname),
            xRandomness: Some(x_randomness),
            xSleep: Some(x_sleep),
            xCurrentTime: Some(x_current_time),
            // SAFETY: zero is null or `None` in each of the other fields.
            ..unsafe { mem::zeroed() }
        }));
        // SAFETY: the table is complete, leaked, and touched by nobody else.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite refused the VFS");
    });
}

#[cfg(test)]
mod tests {
    use std::thread;

    use futures::executor::block_on;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode};
    use sqlx::sqlite::{SqliteConnection, SqliteSynchronous};
    use sqlx::{Connection as _, Executor as _};

    use super::*;

    const WAL: SqliteJournalMode = SqliteJournalMode::Wal;
    const ROLLBACK: SqliteJournalMode = SqliteJournalMode::Delete;
    const FULL: SqliteSynchronous = SqliteSynchronous::Full;
    const FILE: &str = "likes.db";

    fn connect_with(
        boot: &Boot,
        journal: SqliteJournalMode,
        synchronous: SqliteSynchronous,
    ) -> Result<SqliteConnection, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(boot.path(FILE))
            .vfs(VFS_NAME)
            .create_if_missing(true)
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(journal)
            .synchronous(synchronous);
        block_on(SqliteConnection::connect_with(&options))
    }

    fn connect(boot: &Boot) -> SqliteConnection {
        connect_with(boot, WAL, FULL).unwrap()
    }

    /// One transaction that adds a like; an error means it is not acknowledged.
    fn like(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        block_on(async {
            connection.execute("BEGIN IMMEDIATE").await?;
            connection
                .execute("UPDATE articles SET likes = likes + 1")
                .await?;
            connection.execute("COMMIT").await.map(drop)
        })
    }

    fn likes(connection: &mut SqliteConnection) -> i64 {
        let sound = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut *connection);
        assert_eq!(block_on(sound).ok(), Some("ok".to_owned()));
        let count = sqlx::query_scalar("SELECT likes FROM articles");
        block_on(count.fetch_one(connection)).unwrap()
    }

    fn close(connection: SqliteConnection) {
        block_on(connection.close()).unwrap();
    }

    /// A database with one article, synced and closed.
    fn migrated() -> Image {
        let disk = Disk::new();
        let mut connection = connect(&disk.boot(Keep::Written));
        let schema = "CREATE TABLE articles (likes INTEGER); INSERT INTO articles VALUES (0)";
        block_on(connection.execute(schema)).unwrap();
        close(connection);
        disk.snapshot()
    }

    /// Likes `count` times, crashes without closing, and counts what is left.
    fn likes_after_crash(
        keep: Keep,
        journal: SqliteJournalMode,
        synchronous: SqliteSynchronous,
        count: i64,
    ) -> i64 {
        let disk = Disk::from_image(&migrated());
        let boot = disk.boot(Keep::Written);
        let mut connection = connect_with(&boot, journal, synchronous).unwrap();
        (0..count).for_each(|_| like(&mut connection).unwrap());
        assert_eq!(likes(&mut connection), count);
        let boot = disk.boot(keep);
        drop(connection);
        likes(&mut connect(&boot))
    }

    #[test]
    fn a_process_crash_keeps_every_commit() {
        for synchronous in [FULL, SqliteSynchronous::Normal, SqliteSynchronous::Off] {
            assert_eq!(likes_after_crash(Keep::Written, WAL, synchronous, 50), 50);
        }
    }

    /// 3,000 commits pass several checkpoints of the write-ahead log.
    #[test]
    fn a_power_loss_keeps_every_synced_commit() {
        assert_eq!(likes_after_crash(Keep::Synced, WAL, FULL, 3_000), 3_000);
        assert_eq!(likes_after_crash(Keep::Synced, ROLLBACK, FULL, 300), 300);
    }

    #[test]
    fn a_power_loss_takes_acknowledged_commits_that_were_not_synced() {
        let normal = SqliteSynchronous::Normal;
        assert!(likes_after_crash(Keep::Synced, WAL, normal, 50) < 50);
        let off = SqliteSynchronous::Off;
        assert_eq!(likes_after_crash(Keep::Synced, WAL, off, 50), 0);
    }

    #[test]
    fn what_survives_a_process_crash_unsynced_is_lost_in_the_next_power_loss() {
        let disk = Disk::from_image(&migrated());
        let boot = disk.boot(Keep::Written);
        let mut connection = connect_with(&boot, WAL, SqliteSynchronous::Off).unwrap();
        like(&mut connection).unwrap();
        disk.boot(Keep::Written);
        assert_eq!(likes(&mut connect(&disk.boot(Keep::Synced))), 0);
    }

    /// A cache of ten pages spills the transaction into the files before its end.
    #[test]
    fn a_crash_in_a_transaction_takes_back_what_was_spilled() {
        const SPILL: &str = "PRAGMA cache_size = 10; BEGIN; UPDATE articles SET likes = 9;
            CREATE TABLE filler AS WITH RECURSIVE numbers (n) AS
                (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
                SELECT zeroblob(3000) FROM numbers";
        for (journal, keep) in [WAL, ROLLBACK]
            .into_iter()
            .flat_map(|journal| [(journal, Keep::Written), (journal, Keep::Synced)])
        {
            let disk = Disk::from_image(&migrated());
            let mut connection = connect_with(&disk.boot(Keep::Written), journal, FULL).unwrap();
            let writes = disk.writes();
            block_on(connection.execute(SPILL)).unwrap();
            assert!(disk.writes() > writes + 400);
            assert_eq!(likes(&mut connect(&disk.boot(keep))), 0);
        }
    }

    #[test]
    fn handles_and_names_of_an_earlier_boot_fail() {
        let disk = Disk::from_image(&migrated());
        let old = disk.boot(Keep::Written);
        let mut connection = connect(&old);
        like(&mut connection).unwrap();
        let new = disk.boot(Keep::Synced);
        let (writes, syncs) = (disk.writes(), disk.syncs());
        let error = like(&mut connection).unwrap_err().to_string();
        assert!(error.contains("disk I/O error"), "{error}");
        assert!(connect_with(&old, WAL, FULL).is_err());
        assert_eq!((disk.writes(), disk.syncs()), (writes, syncs));
        assert_eq!(likes(&mut connect(&new)), 1);
    }

    /// sqlx closes a dropped connection on its worker thread. Here that happens
    /// while the next boot is at work, and the test waits until it is done.
    #[test]
    fn a_late_close_touches_nothing_of_the_next_boot() {
        let disk = Disk::from_image(&migrated());
        for round in 0..100 {
            let mut connection = connect(&disk.boot(Keep::Written));
            like(&mut connection).unwrap();
            let old = lock(&disk.0.state).files.clone();
            let boot = disk.boot(Keep::Synced);
            drop(connection);
            let mut connection = connect(&boot);
            like(&mut connection).unwrap();
            while old.values().any(|file| Arc::strong_count(file) > 1) {
                thread::yield_now();
            }
            let log = format!("{FILE}-wal");
            assert!(lock(&disk.0.state).files[&log].len().unwrap() > 0);
            assert_eq!(likes(&mut connection), 2 * round + 2);
            close(connection);
        }
    }

    #[test]
    fn an_image_starts_equal_disks_that_do_not_see_each_other() {
        let image = migrated();
        let (one, two) = (Disk::from_image(&image), Disk::from_image(&image));
        let mut connection = connect(&one.boot(Keep::Synced));
        (0..2_000).for_each(|_| like(&mut connection).unwrap());
        close(connection);
        assert_eq!(likes(&mut connect(&two.boot(Keep::Synced))), 0);
        let copy = Disk::from_image(&one.snapshot());
        assert_eq!(likes(&mut connect(&copy.boot(Keep::Synced))), 2_000);
        let untouched = Disk::from_image(&image);
        assert_eq!(likes(&mut connect(&untouched.boot(Keep::Synced))), 0);
    }

    #[test]
    fn disks_in_parallel_do_not_disturb_each_other() {
        let image = migrated();
        let life = |count: i64| {
            let disk = Disk::from_image(&image);
            let mut connection = connect(&disk.boot(Keep::Written));
            (0..count).for_each(|_| like(&mut connection).unwrap());
            let counters = (disk.writes(), disk.syncs());
            assert_eq!(likes(&mut connect(&disk.boot(Keep::Synced))), count);
            counters
        };
        let lives = || (0..100).map(|run| life(run % 7)).collect::<Vec<_>>();
        thread::scope(|scope| {
            let other = scope.spawn(lives);
            assert_eq!(lives(), other.join().unwrap());
        });
    }

    #[test]
    fn a_dropped_disk_frees_its_files_under_an_open_connection() {
        let disk = Disk::from_image(&migrated());
        let mut connection = connect(&disk.boot(Keep::Written));
        let files = lock(&disk.0.state).files.clone();
        let id = disk.0.id;
        drop(disk);
        assert!(files.values().all(|file| lock(&file.contents).is_none()));
        assert!(!lock(&DISKS).contains_key(&id));
        assert!(like(&mut connection).is_err());
    }

    #[test]
    fn time_stands_still() {
        let mut connection = connect(&Disk::from_image(&migrated()).boot(Keep::Written));
        let now = sqlx::query_scalar("SELECT datetime('now')").fetch_one(&mut connection);
        assert_eq!(block_on(now).ok(), Some("1970-01-01 00:00:00".to_owned()));
    }

    /// Against the obvious model, two byte vectors. Sizes and places are drawn
    /// from a fixed stream, and meet chunk borders often.
    #[test]
    fn contents_behave_like_two_byte_vectors() {
        let (mut contents, mut written, mut synced) = (Contents::default(), vec![], vec![]);
        let mut state = 1_u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        for step in 0..20_000 {
            let border = draw(6) * CHUNK_BYTES;
            let offset = (border + draw(3)).saturating_sub(1);
            match draw(20) {
                0 => (contents.sync(), synced.clone_from(&written)).0,
                1 => (contents.lose_unsynced(), written.clone_from(&synced)).0,
                2 => (contents.resize(offset), written.resize(offset, 0)).0,
                _ => {
                    let bytes = vec![step as u8; draw(3 * CHUNK_BYTES)];
                    contents.write(offset, &bytes);
                    written.resize(written.len().max(offset + bytes.len()), 0);
                    written[offset..][..bytes.len()].copy_from_slice(&bytes);
                }
            }
            let mut read = vec![0; written.len() + 1];
            assert_eq!(contents.read(0, &mut read), written.len());
            assert!(read[..written.len()] == written, "step {step}");
        }
    }
}
