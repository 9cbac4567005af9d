//! The check of the compensation laws, inside the transaction of each compensation.
//!
//! Just before a compensation commits, each law is tried in a savepoint of its transaction, with the barrier and the
//! effects under test, and rolled back. So every law is tried on every state in which a compensation really occurs. The
//! judgement is in `check/compensation_laws.rs`.

use likewise_saga::{
    participant::{Barrier, Effect},
    protocol::{Op, StepReply, StepRequest},
    store::{SqliteConnection, StoreError, Tx, complete_in_one_poll},
    time::Timestamp,
};

use crate::check::{Law, LawCheckResult};

/// All barrier rows of a service's database, as one text in the order of their keys.
const BARRIER_ROWS: &str =
    "SELECT json_group_array(json_array(saga, step, state, fingerprint, result, kept, created_at))
    FROM (SELECT * FROM barrier ORDER BY saga, step)";

/// The first id of sagas that were never started, for laws about a step that never ran. They are above every watermark of retention.
const UNKNOWN_SAGA: u128 = u128::MAX - 0xA1_6EB2A;

/// One compensation that is about to be committed.
pub(super) struct CompensationLawCheck<'e> {
    /// The barrier under test.
    pub(super) barrier: &'e dyn Barrier,
    /// The actions and compensations under test.
    pub(super) effect: &'e dyn Effect,
    /// A query for every row that a step may change, as one text.
    pub(super) effect_rows: &'static str,
    /// A request for the step that was undone. Its arguments are used for each law.
    pub(super) step: StepRequest,
}

impl CompensationLawCheck<'_> {
    /// Tries every law. Afterwards, the transaction is as before.
    ///
    /// # Errors
    /// The state cannot be read: a defect of the simulator.
    pub(super) fn run(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<LawCheckResult>, StoreError> {
        let mut results = Vec::new();
        for law in Law::ALL {
            let before = self.state(law, connection)?;
            connection.execute_cached("SAVEPOINT law")?;
            let replies = self.replies(law, connection);
            let after = self.state(law, connection)?;
            connection.execute_cached("ROLLBACK TO law")?;
            connection.execute_cached("RELEASE law")?;
            results.push(LawCheckResult {
                law,
                states: (before, after),
                replies,
            });
        }
        Ok(results)
    }

    fn replies(
        &self,
        law: Law,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<StepReply>, String> {
        let mut replies = Vec::new();
        for batch in self.batches(law) {
            let applied = self.apply(connection, &batch);
            replies.extend(applied.map_err(|error| error.to_string())?);
        }
        Ok(replies)
    }

    /// The batches of requests that try a law.
    fn batches(&self, law: Law) -> Vec<Vec<StepRequest>> {
        let ask = |op| {
            vec![StepRequest {
                op,
                ..self.step.clone()
            }]
        };
        let unknown = |number, op| {
            let saga = likewise_saga::id::SagaId(uuid::Uuid::from_u128(UNKNOWN_SAGA + number));
            StepRequest {
                saga,
                op,
                ..self.step.clone()
            }
        };
        match law {
            Law::Twice => vec![ask(Op::Undo)],
            Law::Redo => vec![ask(Op::Do), ask(Op::Undo)],
            Law::Early => vec![vec![unknown(0, Op::Undo)], vec![unknown(0, Op::Do)]],
            Law::SameBatch => vec![
                vec![unknown(1, Op::Do), unknown(1, Op::Undo)],
                vec![unknown(2, Op::Undo), unknown(2, Op::Do)],
            ],
        }
    }

    /// A savepoint for each batch: a batch that fails must leave no half of its rows for the next one.
    fn apply(
        &self,
        connection: &mut SqliteConnection,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        connection.execute_cached("SAVEPOINT batch")?;
        // Everything is rolled back, so the time in the rows does not matter. A fixed one keeps the states
        // comparable.
        let now = Timestamp(0);
        let applied = {
            let mut tx = Tx::from(&mut *connection);
            complete_in_one_poll(self.barrier.apply(&mut tx, self.effect, now, batch))
        };
        if applied.is_err() {
            connection.execute_cached("ROLLBACK TO batch")?;
        }
        connection.execute_cached("RELEASE batch")?;
        applied
    }

    /// The rows that a law must not change. A step that never ran may leave a barrier row, so only the laws about the real
    /// step compare those.
    fn state(&self, law: Law, connection: &SqliteConnection) -> Result<String, StoreError> {
        let text = |statement: &str| -> rusqlite::Result<String> {
            let mut statement = connection.driver().prepare_cached(statement)?;
            statement.query_row([], |row| row.get(0))
        };
        let mut state = text(self.effect_rows)?;
        if matches!(law, Law::Twice | Law::Redo) {
            state.push_str(&text(BARRIER_ROWS)?);
        }
        Ok(state)
    }
}
