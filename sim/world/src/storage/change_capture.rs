//! Change capture: SQLite hands over each row that a connection changes, through its preupdate hook.
//!
//! Triggers were used before. SQLite compiles a trigger into every statement that may fire it, which cost more than the
//! statements themselves.

#![allow(unsafe_code, reason = "SQLite calls the hook through its C interface")]

use std::{
    collections::BTreeMap,
    ffi::{CStr, c_char, c_int, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
    sync::{Arc, Mutex, PoisonError},
};

use libsqlite3_sys as ffi;
use likewise_saga::store::{SqliteConnection, StoreError};

use crate::record::{Change, ChangeOp, Row, SqlValue};

/// Columns of captured tables that are not captured, because no check reads them. They would be in the record of every
/// commit.
const NOT_CAPTURED: [(&str, &str); 11] = [
    ("retention", "clock"),
    ("retention", "ended"),
    ("retention", "ends"),
    ("saga_audit", "id"),
    ("saga_audit", "shard"),
    ("saga_audit", "state_after"),
    ("saga_audit", "state_before"),
    ("saga_changes", "position"),
    ("saga_changes", "shard"),
    ("saga_parks", "shard"),
    ("sagas", "shard"),
];

/// The captured tables, by name.
pub(crate) type TableMap = BTreeMap<&'static str, CapturedTable>;

/// A captured table.
pub(crate) struct CapturedTable {
    pub(crate) name: &'static str,
    /// Sorted by name, as rows have them.
    pub(crate) columns: Arc<[String]>,
    /// The position of each of them in the table.
    places: Vec<c_int>,
}

impl CapturedTable {
    /// A table with these columns, in the order of the table.
    pub(crate) fn new(name: &'static str, columns: Vec<String>) -> Self {
        let mut columns: Vec<(String, c_int)> = columns.into_iter().zip(0..).collect();
        columns.retain(|(column, _)| !NOT_CAPTURED.contains(&(name, column)));
        columns.sort();
        let (columns, places): (Vec<String>, Vec<c_int>) = columns.into_iter().unzip();
        Self {
            name,
            columns: columns.into(),
            places,
        }
    }
}

/// The changed rows of one connection, in order, until they are taken.
#[derive(Clone, Default)]
pub(crate) struct ChangeCapture(Arc<Mutex<Vec<Change>>>);

/// The capacity for packing a row: more than most rows need. A row keeps only as much as its values take.
const BYTES_OF_A_ROW: usize = 1_024;

/// The argument of the hook.
struct Watch {
    capture: ChangeCapture,
    tables: Arc<TableMap>,
}

impl ChangeCapture {
    /// Takes the changes since the last call. They include those of transactions that were rolled back.
    pub(crate) fn take(&self) -> Vec<Change> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Captures every change that a connection makes to these tables.
    ///
    /// SQLite owns the argument and drops it when the connection closes. So the hook can never outlive what it points
    /// to.
    ///
    /// # Errors
    /// The connection has no memory left.
    pub(crate) fn watch(
        &self,
        tables: &Arc<TableMap>,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let watch = Box::into_raw(Box::new(Watch {
            capture: self.clone(),
            tables: Arc::clone(tables),
        }));
        // SAFETY: the connection is open, nobody else uses it, and the name ends with NUL. SQLite calls `let_go` once on
        // the argument: when the connection is closed, or at once if it refuses it. It does not call the hook after that.
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
    // SAFETY: `watch` made the pointer from a box of this type, and SQLite returns it once.
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
    // A panic must not cross into C. A lost change shows later: the observed state does not fit the database.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `watch` passed this pointer, and it lives as long as the connection.
        let Watch { capture, tables } = unsafe { &*watch.cast::<Watch>() };
        // SAFETY: SQLite passes the name of the table, which ends with NUL.
        let table = unsafe { CStr::from_ptr(table) }.to_str();
        let Some(table) = table.ok().and_then(|table| tables.get(table)) else {
            return;
        };
        let op = match op {
            ffi::SQLITE_INSERT => ChangeOp::Insert,
            ffi::SQLITE_UPDATE => ChangeOp::Update,
            _ => ChangeOp::Delete,
        };
        // SAFETY: this is a call of the hook, for this table.
        let row = unsafe { row(database, op, table) };
        let mut changes = capture.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.push(Change {
            table: table.name.into(),
            op,
            // The checks cannot read a row without columns, and report it.
            row: row.unwrap_or_default(),
        });
    }));
}

/// The row after the change, or before it if it is deleted. `None` if it has a value that the record cannot hold.
///
/// # Safety
/// Call it from the hook only, with the table of that call.
unsafe fn row(database: *mut ffi::sqlite3, op: ChangeOp, table: &CapturedTable) -> Option<Row> {
    let read = match op {
        ChangeOp::Delete => ffi::sqlite3_preupdate_old,
        ChangeOp::Insert | ChangeOp::Update => ffi::sqlite3_preupdate_new,
    };
    let mut packed = Vec::with_capacity(BYTES_OF_A_ROW);
    for place in &table.places {
        let mut value = ptr::null_mut();
        // SAFETY: the caller calls from the hook, and `value` is a place for the answer.
        if unsafe { read(database, *place, &raw mut value) } != ffi::SQLITE_OK {
            return None;
        }
        // SAFETY: the value belongs to this call of the hook.
        unsafe { pack(value, &mut packed) }?;
    }
    Some(Row::new(&table.columns, &packed))
}

/// Appends a value to a packed row. `None` if the record cannot hold it.
///
/// # Safety
/// The value belongs to the current call of the hook.
unsafe fn pack(value: *mut ffi::sqlite3_value, packed: &mut Vec<u8>) -> Option<()> {
    // SAFETY: the value is valid, as the caller promises. The bytes stay valid until the value is read as another type,
    // and there are as many as the length says. The pointer is null if there are none.
    unsafe {
        match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_NULL => SqlValue::Null.pack(packed),
            ffi::SQLITE_INTEGER => SqlValue::Integer(ffi::sqlite3_value_int64(value)).pack(packed),
            ffi::SQLITE_TEXT => {
                // Read as bytes: for a text, SQLite would copy it to append a NUL.
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
