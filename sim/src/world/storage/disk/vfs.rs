//! The C interface of the simulated disk. Each callback turns pointers into Rust values and
//! leaves the work to the types of the parent module.

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

/// Grants any lock, but none after the mount is over: without the exclusive lock
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
/// system, and turns a late close within one mount from a silent loss into an
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
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: an option with one number; refused, and no harm done, if SQLite is in use already. Nobody asks how
        // much memory it has, and counting takes a lock of the whole process at each allocation.
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
        // SAFETY: the table is complete, leaked, and touched by nobody else.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite refused the VFS");
    });
}
