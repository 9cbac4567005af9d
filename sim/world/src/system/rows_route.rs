//! A route with which the set-up of a plan makes rows.

use axum::{Router, extract::State, routing::put};
use futures::FutureExt;
use likewise_saga::{
    http::{Body, Problem},
    store::{Arg, Database, Sql},
};
use serde::Deserialize;

/// A column of a row that the set-up makes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Column {
    Number(i64),
    Text(String),
}

impl From<Column> for Arg {
    fn from(column: Column) -> Self {
        match column {
            Column::Number(number) => number.into(),
            Column::Text(text) => text.into(),
        }
    }
}

/// A route for `PUT` that takes a list of rows, each a list of numbers and texts, and runs the statement for each of them in one
/// transaction. The statement must be idempotent, because the set-up is repeated until it succeeds.
///
/// It is for systems that have no route of their own for what their set-up needs.
pub fn rows_route(path: &str, put_row: &'static Sql, database: Database) -> Router {
    let write = async move |State(database): State<Database>,
                            Body(rows): Body<Vec<Vec<Column>>>| {
        let write = database.write("rows", move |tx| {
            async move {
                for row in rows {
                    let args: Vec<Arg> = row.into_iter().map(Arg::from).collect();
                    tx.run(put_row.with(args)).await?;
                }
                Ok(())
            }
            .boxed()
        });
        write.await.map_err(Problem::from)
    };
    Router::new().route(path, put(write)).with_state(database)
}
