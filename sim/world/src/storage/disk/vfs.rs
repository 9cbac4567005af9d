//! The C interface of the simulated disk. Each callback turns pointers into Rust values and calls the types of the
//! parent module.

#![allow(
    unsafe_code,
    reason = "a SQLite VFS is a C interface, and this file alone speaks it"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::{mem, ptr, slice};

use libsqlite3_sys as ffi;

use super::{Code, Contents, File, VFS_NAME, locate, open};

type RawFile = *mut ffi::sqlite3_file;
type RawVfs = *mut ffi::sqlite3_vfs;

/// SQLite's file object: it allocates `szOsFile` bytes and looks at `base` only.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    file: Arc<File>,
}

/// Runs the work of a callback. A panic must not cross into C. It is a defect of the simulator and shows as
/// `SQLITE_INTERNAL`, which no fault returns.
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
    // SAFETY: `raw` is memory of SQLite. Without methods, the file counts as not open.
    unsafe { (*raw).pMethods = ptr::null() };
    guarded(|| {
        let file = if path.is_null() {
            // A temporary file: it belongs to no disk and is gone with its handle.
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
    // SAFETY: SQLite lends `len` bytes. Zeroing initialises them, and SQLite requires zeros past the end of the file.
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

/// Grants any lock during the mount, and none after it: without the exclusive lock, a closing connection does not touch
/// its log.
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

/// A write never damages its neighbours, which SQLite assumes of a disk by default. Without this flag it would pad every
/// commit to a whole sector.
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

/// Deletes a file. Open handles fail from then on. A real system lets them go on. Here, a late close within one mount
/// becomes an error, not a silent loss.
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

/// An empty file does not count as existing. SQLite's own VFS for Unix does the same, and its recovery relies on it.
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

/// SQLite asks only its default VFS for randomness. This one returns a constant.
unsafe extern "C" fn x_randomness(_: RawVfs, len: c_int, bytes: *mut c_char) -> c_int {
    // SAFETY: SQLite lends `len` bytes.
    unsafe { bytes.write_bytes(0x2a, len as usize) };
    len
}

unsafe extern "C" fn x_sleep(_: RawVfs, microseconds: c_int) -> c_int {
    microseconds
}

/// Always 1970-01-01T00:00Z, as a Julian day: a service that reads the time from SQL and not from its clock gets a time
/// that is obviously wrong.
unsafe extern "C" fn x_current_time(_: RawVfs, julian_day: *mut f64) -> c_int {
    // SAFETY: `julian_day` is SQLite's place for the answer.
    unsafe { *julian_day = 2_440_587.5 };
    ffi::SQLITE_OK
}

/// Registers the VFS once. The table and its name are leaked, because SQLite may use them until the process ends.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: this option takes one number. SQLite refuses it, without effect, if it is already in use. Nothing reads the
        // memory statistics, and counting takes a process-wide lock at each allocation.
        unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0) };
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
        // SAFETY: the table is complete and leaked, and nothing else accesses it.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite refused the VFS");
    });
}
