//! What the HTTP routes of the three services share: the user header, pages and the problems of likes.

mod page;
mod problem_page;
pub(crate) mod problems;
mod user_id;

pub(crate) use page::ListPage;
pub use problem_page::{problems_as_html, problems_as_markdown};
pub use problems::problem_types;
pub(crate) use user_id::{Caller, XUserId};
pub use user_id::{X_USER_ID, is_user_id};
