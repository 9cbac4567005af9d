//! Macros that read the text of statements and migrations from files next to the caller.
//!
//! The paths are relative to the file that calls the macro: a module owns its SQL.

/// Reads a statement from `sql/sqlite/NAME.sql` and `sql/postgres/NAME.sql`, relative to the calling file.
#[macro_export]
macro_rules! sql {
    ($name:literal) => {
        $crate::store::Sql {
            name: $name,
            sqlite: include_str!(concat!("sql/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("sql/postgres/", $name, ".sql")),
        }
    };
}

/// Reads a statement that only PostgreSQL can run from `sql/postgres/NAME.sql`, relative to the calling file.
#[macro_export]
macro_rules! postgres_statement {
    ($name:literal) => {
        $crate::store::PostgresStatement {
            name: $name,
            text: include_str!(concat!("sql/postgres/", $name, ".sql")),
        }
    };
}

/// Reads an insert from `sql/sqlite/NAME.sql` and `sql/postgres/NAME.sql`, and from `sql/sqlite/NAME_done.sql` the
/// statement that selects the rows it inserted, relative to the calling file.
#[macro_export]
macro_rules! insert {
    ($name:literal) => {
        $crate::store::Insert {
            sql: $crate::store::sql!($name),
            inserted: $crate::store::Sql {
                name: concat!($name, "_done"),
                sqlite: include_str!(concat!("sql/sqlite/", $name, "_done.sql")),
                postgres: "",
            },
        }
    };
}

/// Reads a migration from `migrations/sqlite/FILE` and `migrations/postgres/FILE`, relative to the calling file.
#[macro_export]
macro_rules! migration {
    ($file:literal, $what:literal) => {
        (
            $what,
            include_str!(concat!("migrations/sqlite/", $file)),
            include_str!(concat!("migrations/postgres/", $file)),
        )
    };
}
