//! What the set-up of a plan makes before the workload: articles, and users that are blocked.

use serde::{Deserialize, Serialize};

use likewise_world::plan::{Plan, Problem, read_fields, write_fields};

/// What the set-up makes. A plan without these fields has one article and blocks nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LikeSetUp {
    /// How many articles there are. Most clients choose the first one.
    pub articles: u32,
    /// Users that the user service refuses, so their likes must be compensated.
    pub blocked_users: Vec<i64>,
}

impl Default for LikeSetUp {
    fn default() -> Self {
        Self {
            articles: 1,
            blocked_users: Vec::new(),
        }
    }
}

impl LikeSetUp {
    /// Reads the set-up of a plan.
    ///
    /// # Panics
    /// The fields are not those of the likes. A run begins with a validated plan, which has no such fields.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self::try_of(plan).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Reads the set-up of a plan, or says which field is wrong.
    ///
    /// # Errors
    /// A field is unknown, or of another type.
    pub fn try_of(plan: &Plan) -> Result<Self, Problem> {
        read_fields(&plan.set_up)
    }

    /// Changes the set-up of a plan.
    ///
    /// # Panics
    /// As [`LikeSetUp::of`].
    pub fn edit(plan: &mut Plan, edit: impl FnOnce(&mut Self)) {
        let before = Self::of(plan);
        let mut set_up = before.clone();
        edit(&mut set_up);
        // The fields may have been left out. A change that changes nothing must not write them.
        if set_up != before {
            plan.set_up = write_fields(&set_up);
        }
    }
}

/// The plan with these users blocked, and no others.
#[must_use]
pub fn with_blocked(mut plan: Plan, users: &[i64]) -> Plan {
    LikeSetUp::edit(&mut plan, |set_up| set_up.blocked_users = users.to_vec());
    plan
}
