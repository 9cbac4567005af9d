//! Reads the open sagas of a log of which nearly all sagas have ended, some thousand sagas at a time.
//!
//! A watermark, below which every saga has ended, makes them few. Without a recent one there may be millions.

use uuid::Uuid;

use super::{
    open_sagas::OpenSagas,
    read_row::{open_saga, read_head},
};
use crate::{
    id::{Epoch, SagaId},
    store::{Database, Sql, StoreError, sql},
};

static LIST_OPEN_BOUND: Sql = sql!("log_list_open_bound");
static OPEN: Sql = sql!("log_open");

/// The number of sagas that one query for open sagas looks at: about 80 ms.
const SCAN_SAGAS: i64 = 10_000;

/// Reads the open sagas under an epoch. `None` if the epoch is over.
///
/// Only the leader of the epoch may call it, before its first append. From the moment at which the epoch was raised nobody else
/// writes, so several queries read one state.
pub(super) async fn read_open(
    database: &Database,
    epoch: Epoch,
) -> Result<Option<OpenSagas>, StoreError> {
    let mut found: Option<OpenSagas> = None;
    let mut after = Uuid::nil().to_string();
    loop {
        let bound = bound(database, &after).await?;
        if bound.is_none()
            && let Some(mut open) = found
        {
            open.read_up_to(after.parse().ok().map(SagaId));
            return Ok(Some(open));
        }
        let upto = bound.unwrap_or_else(|| after.clone());
        let args = [after.into(), upto.clone().into()];
        let rows = database.query("open-sagas", &OPEN, args).await?;
        let (current, watermark) = read_head(&rows)?;
        if current != epoch {
            return Ok(None);
        }
        let open = found.get_or_insert_with(|| OpenSagas::new(epoch, watermark));
        for (saga, lock_key, status) in rows.iter().filter_map(open_saga) {
            open.add(saga, lock_key, status);
        }
        after = upto;
    }
}

/// The last of the next sagas to look at for open ones. `None` if there are no more.
pub(super) async fn bound(database: &Database, after: &str) -> Result<Option<String>, StoreError> {
    let args = [after.to_owned().into(), SCAN_SAGAS.into()];
    let rows = database.query("bound-sagas", &LIST_OPEN_BOUND, args);
    let rows = rows.await?;
    let bound = rows.first().map(|row| row.opt_text(0)).transpose()?;
    Ok(bound.flatten().map(str::to_owned))
}
