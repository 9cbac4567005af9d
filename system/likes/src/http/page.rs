//! One page of a list.

use likewise_saga::store::Page;
use serde::Serialize;

/// One page of a list.
#[derive(Serialize)]
pub(crate) struct ListPage<T> {
    /// The items, in the order of their ids.
    pub(crate) items: Vec<T>,
    /// The value of `after` for the next page; null on the last page.
    pub(crate) next: Option<String>,
}

impl<T> ListPage<T> {
    /// The items of this page. A page that is not full is the last one. `key` is the id by which they are in order.
    pub(crate) fn of<K>(items: Vec<T>, page: Page<K>, key: impl Fn(&T) -> String) -> Self {
        let is_full = items.len() == page.limit as usize;
        let next = items.last().filter(|_| is_full).map(key);
        Self { items, next }
    }
}
