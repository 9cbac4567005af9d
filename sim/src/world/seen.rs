//! Rows that have changed, handed from SQL to Rust: a function that the recording triggers call.
//!
//! A table of their own would have to be written, read and emptied by every transaction, which cost more than the
//! transactions themselves.

#![allow(
    unsafe_code,
    reason = "SQLite calls a function of ours through its C interface"
)]

use std::{
    ffi::{c_int, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
    sync::{Arc, Mutex, PoisonError},
};

use libsqlite3_sys as ffi;
use sqlx::sqlite::SqliteConnection;

use crate::record::{Change, ChangeOp};

/// The changed rows of one connection, in their order, until they are taken.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<Change>>>);

impl Seen {
    /// Takes what was seen since the last time. What a transaction that was rolled back has changed is among it.
    pub(super) fn take(&self) -> Vec<Change> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets a connection's SQL call `seen(table, op, row)`.
    ///
    /// # Errors
    /// The connection does not answer, or has no memory left.
    pub(super) async fn listen(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let mut handle = connection.lock_handle().await?;
        let shared = Arc::into_raw(Arc::clone(&self.0)).cast_mut().cast();
        // SAFETY: the handle is locked, the name ends with NUL, and SQLite calls `let_go` once on what it
        // was given, also if it refuses the function.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                handle.as_raw_handle().as_ptr(),
                c"seen".as_ptr(),
                3,
                ffi::SQLITE_UTF8,
                shared,
                Some(seen),
                None,
                None,
                Some(let_go),
            )
        };
        match code {
            ffi::SQLITE_OK => Ok(()),
            _ => Err(sqlx::Error::Protocol(format!(
                "seen() is refused with {code}"
            ))),
        }
    }
}

unsafe extern "C" fn let_go(shared: *mut c_void) {
    // SAFETY: `listen` made it of an `Arc` of this type, and SQLite gives it back once.
    drop(unsafe { Arc::from_raw(shared.cast::<Mutex<Vec<Change>>>()) });
}

unsafe extern "C" fn seen(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    values: *mut *mut ffi::sqlite3_value,
) {
    // A panic must not cross into C; a row that is not seen shows as a mirror that does not fit.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: SQLite passes as many values as it says, and what `listen` gave it, which lives as long as the function.
        let (shared, values) = unsafe {
            let shared = ffi::sqlite3_user_data(context).cast::<Mutex<Vec<Change>>>();
            (&*shared, slice::from_raw_parts(values, count as usize))
        };
        if let &[table, op, row] = values {
            // SAFETY: they are values of this call.
            let change = unsafe { change(table, op, row) };
            shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(change);
        }
    }));
}

/// # Safety
/// The values belong to the call that is being made.
unsafe fn change(
    table: *mut ffi::sqlite3_value,
    op: *mut ffi::sqlite3_value,
    row: *mut ffi::sqlite3_value,
) -> Change {
    // SAFETY: as above.
    unsafe {
        Change {
            table: text(table),
            op: match ffi::sqlite3_value_int(op) {
                0 => ChangeOp::Insert,
                1 => ChangeOp::Update,
                _ => ChangeOp::Delete,
            },
            row: text(row),
        }
    }
}

/// # Safety
/// The value belongs to the call that is being made.
unsafe fn text(value: *mut ffi::sqlite3_value) -> String {
    // SAFETY: the text is there until the value is asked for another type, and so long as the length says.
    unsafe {
        let bytes = ffi::sqlite3_value_text(value);
        let len = ffi::sqlite3_value_bytes(value);
        match bytes.is_null() {
            true => String::new(),
            false => {
                String::from_utf8_lossy(slice::from_raw_parts(bytes, len as usize)).into_owned()
            }
        }
    }
}
