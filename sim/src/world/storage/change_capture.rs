//! Rows that change, handed over by SQLite as it changes them: through its preupdate hook.
//!
//! Triggers would do as well, and did; but each of them is part of every statement that it could belong to, when that
//! is prepared and when it runs, which cost more than the statements themselves.

#![allow(
    unsafe_code,
    reason = "SQLite calls a function of ours through its C interface"
)]

use std::{
    collections::BTreeMap,
    ffi::{CStr, c_char, c_int, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
    sync::{Arc, Mutex, PoisonError},
};

use libsqlite3_sys as ffi;
use likewise_saga::store::{SqliteConnection, StoreError};

use crate::world::record::{Change, ChangeOp, Row, SqlValue};

/// The tables whose changes are seen, by name.
pub(in crate::world) type TableMap = BTreeMap<&'static str, CapturedTable>;

/// A table whose changes are seen.
pub(in crate::world) struct CapturedTable {
    pub(in crate::world) name: &'static str,
    /// Sorted, as rows have them.
    pub(in crate::world) columns: Arc<[String]>,
    /// Where the table has each of them.
    places: Vec<c_int>,
}

impl CapturedTable {
    /// One with these columns, in its own order.
    pub(in crate::world) fn new(name: &'static str, columns: Vec<String>) -> Self {
        let mut columns: Vec<(String, c_int)> = columns.into_iter().zip(0..).collect();
        columns.sort();
        let (columns, places): (Vec<String>, Vec<c_int>) = columns.into_iter().unzip();
        Self {
            name,
            columns: columns.into(),
            places,
        }
    }
}

/// The changed rows of one connection, in their order, until they are taken.
#[derive(Clone, Default)]
pub(in crate::world) struct ChangeCapture(Arc<Mutex<Vec<Change>>>);

/// More than most rows have: what a row keeps is as large as its values.
const BYTES_OF_A_ROW: usize = 1_024;

/// What the hook is given.
struct Watch {
    capture: ChangeCapture,
    tables: Arc<TableMap>,
}

impl ChangeCapture {
    /// Takes what was seen since the last time. What a transaction that was rolled back has changed is among it.
    pub(in crate::world) fn take(&self) -> Vec<Change> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at every change that a connection makes to these tables.
    ///
    /// # Errors
    /// The connection has no memory left.
    pub(in crate::world) fn watch(
        &self,
        tables: &Arc<TableMap>,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let watch = Box::into_raw(Box::new(Watch {
            capture: self.clone(),
            tables: Arc::clone(tables),
        }));
        // SAFETY: the connection is open, nobody else uses it, and the name ends with NUL. SQLite calls `let_go` once on
        // what it was given, when the connection is closed, or at once if it refuses; the hook is not called any more then.
        unsafe {
            let database = connection.driver().handle();
            let code = ffi::sqlite3_set_clientdata(
                database,
                c"change-capture".as_ptr(),
                watch.cast(),
                Some(let_go),
            );
            if code != ffi::SQLITE_OK {
                return Err(StoreError::Invariant(format!(
                    "a watch is refused with {code}"
                )));
            }
            ffi::sqlite3_preupdate_hook(database, Some(changing), watch.cast());
        }
        Ok(())
    }
}

unsafe extern "C" fn let_go(watch: *mut c_void) {
    // SAFETY: `watch` made it of a box of this type, and SQLite gives it back once.
    drop(unsafe { Box::from_raw(watch.cast::<Watch>()) });
}

unsafe extern "C" fn changing(
    watch: *mut c_void,
    database: *mut ffi::sqlite3,
    op: c_int,
    _: *const c_char,
    table: *const c_char,
    _: ffi::sqlite3_int64,
    _: ffi::sqlite3_int64,
) {
    // A panic must not cross into C; a row that is not seen shows as a observed that does not fit.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: it is what `watch` gave, which lives as long as the connection.
        let Watch { capture, tables } = unsafe { &*watch.cast::<Watch>() };
        // SAFETY: SQLite's name of the table, which ends with NUL.
        let table = unsafe { CStr::from_ptr(table) }.to_str();
        let Some(table) = table.ok().and_then(|table| tables.get(table)) else {
            return;
        };
        let op = match op {
            ffi::SQLITE_INSERT => ChangeOp::Insert,
            ffi::SQLITE_UPDATE => ChangeOp::Update,
            _ => ChangeOp::Delete,
        };
        // SAFETY: this is a call of the hook, and it has as many columns.
        let row = unsafe { row(database, op, table) };
        let mut changes = capture.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.push(Change {
            table: table.name.into(),
            op,
            // One without columns is one that the checks cannot read, and say so.
            row: row.unwrap_or_default(),
        });
    }));
}

/// The row as it will be, of a deleted one as it was; nothing, if it holds what has no place in a row of ours.
///
/// # Safety
/// To be called from the hook, with its table.
unsafe fn row(database: *mut ffi::sqlite3, op: ChangeOp, table: &CapturedTable) -> Option<Row> {
    let read = match op {
        ChangeOp::Delete => ffi::sqlite3_preupdate_old,
        ChangeOp::Insert | ChangeOp::Update => ffi::sqlite3_preupdate_new,
    };
    let mut packed = Vec::with_capacity(BYTES_OF_A_ROW);
    for place in &table.places {
        let mut value = ptr::null_mut();
        // SAFETY: the caller's, and `value` is a place for the answer.
        if unsafe { read(database, *place, &raw mut value) } != ffi::SQLITE_OK {
            return None;
        }
        // SAFETY: it is a value of this call.
        unsafe { pack(value, &mut packed) }?;
    }
    Some(Row::new(&table.columns, &packed))
}

/// Appends a value to a row's; nothing, if it has no place there.
///
/// # Safety
/// The value belongs to the call that is being made.
unsafe fn pack(value: *mut ffi::sqlite3_value, packed: &mut Vec<u8>) -> Option<()> {
    // SAFETY: the caller's. The bytes are there until the value is asked for another type, and as many as the length
    // says; nothing is where there are none.
    unsafe {
        match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_NULL => SqlValue::Null.pack(packed),
            ffi::SQLITE_INTEGER => SqlValue::Integer(ffi::sqlite3_value_int64(value)).pack(packed),
            ffi::SQLITE_TEXT => {
                // As bytes: asked for its text, SQLite copies it to end it with a NUL.
                let bytes = ffi::sqlite3_value_blob(value).cast::<u8>();
                let len = usize::try_from(ffi::sqlite3_value_bytes(value)).ok()?;
                let bytes = match bytes.is_null() {
                    true => &[],
                    false => slice::from_raw_parts(bytes, len),
                };
                SqlValue::Text(&String::from_utf8_lossy(bytes)).pack(packed);
            }
            _ => return None,
        }
    }
    Some(())
}
