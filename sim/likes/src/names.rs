//! The names of the like system: its services, their hosts, and what its messages ask for.

use likewise_world::plan::{Host, MessageKind, Name};

/// The service that owns the like counts.
pub const ARTICLE_SERVICE: Name = Name::new("article");
/// The service that owns the like records.
pub const USER_SERVICE: Name = Name::new("user");

/// A second coordinator on the same saga log.
pub const COORDINATOR_2: Host = Host::constant("coordinator-2");
/// A third coordinator.
pub const COORDINATOR_3: Host = Host::constant("coordinator-3");
/// The article service.
pub const ARTICLE: Host = Host::constant("article");
/// A second process of the article service on the same database.
pub const ARTICLE_2: Host = Host::constant("article-2");
/// The user service.
pub const USER: Host = Host::constant("user");
/// A second process of the user service on the same database.
pub const USER_2: Host = Host::constant("user-2");

/// A like of a client.
pub const LIKE: MessageKind = MessageKind::new("like");
/// An unlike of a client.
pub const UNLIKE: MessageKind = MessageKind::new("unlike");
/// A lookup of the coordinator: does the article exist?
pub const CHECK_ARTICLE: MessageKind = MessageKind::new("check_article");
/// A lookup of the coordinator: does the user like the article already?
pub const CHECK_LIKE: MessageKind = MessageKind::new("check_like");
