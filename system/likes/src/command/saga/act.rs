//! The actions: show what would happen, ask, and do it to exactly the saga that was shown.

use axum::http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::{
    changes::{changes, detail_of},
    client::{AdminClient, Answer, Asked, DRY_RUN, SAGAS},
    confirm::confirm,
    options::{ActOptions, OrderOptions},
    plan::plan,
    stop::Stop,
    text::printable,
    view::{Detail, Ordered, Preview},
};

/// An action on one saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Action {
    /// Its name on the command line.
    pub(super) word: &'static str,
    /// Its name in the path of the API.
    path: &'static str,
}

impl Action {
    pub(super) const FORCE: Self = Self {
        word: "force",
        path: "force-complete",
    };

    /// An action that has the same name everywhere.
    pub(super) const fn named(word: &'static str) -> Self {
        Self { word, path: word }
    }
}

/// Takes an action on the saga that the options name.
///
/// # Errors
/// [`Stop`]: it was refused, or its effect is unknown.
pub(super) async fn run(
    client: &mut AdminClient,
    action: Action,
    options: &ActOptions,
    json: bool,
) -> Result<(), Stop> {
    on_saga(client, action, options.saga, &options.order, json).await
}

/// Takes an action on a saga.
///
/// # Errors
/// [`Stop`]: it was refused, or its effect is unknown.
pub(super) async fn on_saga(
    client: &mut AdminClient,
    action: Action,
    saga: Uuid,
    order: &OrderOptions,
    json: bool,
) -> Result<(), Stop> {
    client.find_leader().await?;
    let saga = format!("{SAGAS}/{saga}");
    let shown = client.read(&saga).await?;
    let before: Detail = shown.json()?;
    let Some(seen) = &shown.etag else {
        let cause = before.saga.cause.unwrap_or_default();
        let why = printable(&cause.text);
        return Err(not_possible(
            action,
            &format!("its row cannot be read: {why}"),
        ));
    };
    let path = format!("{saga}/{}", action.path);
    let dry_run = format!("{path}{DRY_RUN}");
    let ask = |path| Asked {
        method: Method::POST,
        path,
        body: json!({ "reason": order.reason }),
        seen: Some(seen),
    };
    let planned = unchanged(client.ask(ask(&dry_run)).await?, &before)?;
    let preview: Preview = planned.json()?;
    if json && order.dry_run {
        planned.print();
    } else {
        let plan = plan(action.word, &order.reason, &before, &preview);
        // Standard output is for the JSON alone.
        if json {
            eprint!("{plan}")
        } else {
            print!("{plan}")
        }
    }
    if !preview.allowed {
        let why = preview.why.as_deref().unwrap_or("it is in another state");
        return Err(not_possible(action, why));
    }
    if order.dry_run {
        return Ok(());
    }
    confirm(order)?;
    let done = unchanged(client.ask(ask(&path)).await?, &before)?;
    match json {
        true => done.print(),
        false => {
            let Ordered { audit } = done.json()?;
            let (word, id) = (action.word, printable(&before.saga.id));
            println!("{word} is ordered: entry {audit} of the audit.");
            println!("Follow it: likewise saga show {id}");
        }
    }
    Ok(())
}

fn not_possible(action: Action, why: &str) -> Stop {
    let (word, why) = (action.word, printable(why.trim_end_matches('.')));
    Stop::refused(format!("{word} is not possible: {why}. Nothing was done."))
}

/// The answer, if the saga is still as it was shown.
///
/// # Errors
/// [`Stop`]: it has changed, with what, or the API refuses.
fn unchanged(answer: Answer, before: &Detail) -> Result<Answer, Stop> {
    if answer.status != StatusCode::PRECONDITION_FAILED {
        return answer.success();
    }
    let changes = changes(before, &detail_of(&answer));
    let changes: Vec<String> = changes
        .iter()
        .map(|change| format!("  {}", printable(change)))
        .collect();
    Err(Stop::refused(format!(
        "the saga has changed since it was shown. Nothing was done.\n{}\nLook at it again, and run the command again if it is still right.",
        changes.join("\n")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saga_that_has_changed_is_compared_with_what_was_shown() {
        let detail = |status: &str, row: &str| json!({ "status": status, "steps": [{ "name": "count", "barrier": { "state": row } }] });
        let before: Detail = serde_json::from_value(detail("running", "done")).unwrap();
        let after = detail("compensating", "undone");
        let of_problem = json!({ "type": "/problems#saga-moved", "detail": "The saga has changed.", "saga": after });
        for body in [after, of_problem] {
            let answer = Answer {
                status: StatusCode::PRECONDITION_FAILED,
                etag: None,
                body: body.to_string().into(),
            };
            let stop = unchanged(answer, &before).err().expect("it has changed");
            assert_eq!(stop.number(), 1);
            let text = stop.to_string();
            for part in [
                "status: running -> compensating",
                "service, count: done -> undone",
                "run the command again",
            ] {
                assert!(text.contains(part), "no '{part}' in {text}");
            }
        }
    }
}
