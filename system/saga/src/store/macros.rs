//! Macros that include the text of statements and migrations.
//!
//! The paths are relative to the file that calls the macro, so a module keeps its SQL next to its code.

/// Includes a statement from `sql/sqlite/NAME.sql` and `sql/postgres/NAME.sql`.
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

/// Includes a statement that only PostgreSQL can run from `sql/postgres/NAME.sql`.
#[macro_export]
macro_rules! postgres_statement {
    ($name:literal) => {
        $crate::store::PostgresStatement {
            name: $name,
            text: include_str!(concat!("sql/postgres/", $name, ".sql")),
        }
    };
}

/// Includes an insert from `sql/sqlite/NAME.sql` and `sql/postgres/NAME.sql`. The statement that selects the rows which it
/// inserted on SQLite comes from `sql/sqlite/NAME_done.sql`.
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

/// Includes a migration that only PostgreSQL needs from `migrations/postgres/FILE`.
#[macro_export]
macro_rules! postgres_migration {
    ($file:literal, $description:literal) => {
        $crate::store::Migration::postgres_only(
            $description,
            include_str!(concat!("migrations/postgres/", $file)),
        )
    };
}

/// Includes a migration from `migrations/sqlite/FILE` and `migrations/postgres/FILE`.
#[macro_export]
macro_rules! migration {
    ($file:literal, $description:literal) => {
        $crate::store::Migration {
            description: $description,
            sqlite: include_str!(concat!("migrations/sqlite/", $file)),
            postgres: include_str!(concat!("migrations/postgres/", $file)),
        }
    };
}
