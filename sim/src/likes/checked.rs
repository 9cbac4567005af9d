//! What the checks of the world ask of the likes.

use super::{Likes, observed::LikesState};
use crate::world::check::{CheckedSystem, Nouns, SystemState};

impl CheckedSystem for Likes {
    fn observed(&self) -> Box<dyn SystemState> {
        Box::<LikesState>::default()
    }

    /// One at each of the two services.
    fn steps(&self, kind: &str) -> usize {
        match kind {
            "like" | "unlike" => 2,
            _ => 0,
        }
    }

    fn stored_key(&self, client: i64, key: &str) -> String {
        format!("{client}:{key}")
    }

    fn nouns(&self) -> Nouns {
        Nouns {
            operation: "a like",
            client: "user",
        }
    }
}
