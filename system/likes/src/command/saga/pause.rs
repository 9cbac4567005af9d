//! `likewise saga pause` and `resume`: of a saga, of all sagas of a kind, or of a service.

use axum::http::Method;
use serde_json::json;

use super::{
    act::{Action, on_saga},
    client::{AdminClient, Asked, DRY_RUN, PAUSES},
    confirm::confirm,
    options::PauseOptions,
    stop::Stop,
    text::{add, add_field},
    view::Ordered,
};

/// Pauses, or resumes.
///
/// # Errors
/// [`Stop`]: it was refused, or its effect is unknown.
pub(super) async fn run(
    client: &mut AdminClient,
    pauses: bool,
    options: &PauseOptions,
    json: bool,
) -> Result<(), Stop> {
    let word = if pauses { "pause" } else { "resume" };
    let (scope, name) = match (options.saga, &options.kind, &options.service) {
        (Some(saga), _, _) => {
            let action = Action::named(word);
            return on_saga(client, action, saga, &options.order, json).await;
        }
        (None, Some(kind), _) => ("kind", kind),
        (None, None, Some(service)) => ("service", service),
        (None, None, None) => return Err(Stop::usage("name a saga, a kind or a service")),
    };
    client.find_leader().await?;
    let reason = &options.order.reason;
    let method = if pauses { Method::POST } else { Method::DELETE };
    let ask = |path| Asked {
        method: method.clone(),
        path,
        body: json!({ "scope": scope, "name": name, "reason": reason }),
        seen: None,
    };
    // Whether there is such a kind or service, and whether it is paused.
    let dry_run = format!("{PAUSES}{DRY_RUN}");
    client.ask(ask(&dry_run)).await?.success()?;
    let plan = plan(pauses, scope, name, reason);
    // Standard output is for the JSON alone.
    if json {
        eprint!("{plan}")
    } else {
        print!("{plan}")
    }
    if options.order.dry_run {
        return Ok(());
    }
    confirm(&options.order)?;
    let done = client.ask(ask(PAUSES)).await?.success()?;
    match json {
        true => done.print(),
        false => {
            let Ordered { audit } = done.json()?;
            println!("{word} is ordered: entry {audit} of the audit.");
        }
    }
    Ok(())
}

/// What would happen.
fn plan(pauses: bool, scope: &str, name: &str, reason: &str) -> String {
    let effect = match (pauses, scope) {
        (true, "kind") => {
            "Nothing is sent for sagas of this kind until it is resumed, and none begins."
        }
        (true, _) => {
            "Nothing is sent to this service until it is resumed, and no saga begins that needs it."
        }
        (false, _) => "What was held up is sent again.",
    };
    let mut text = String::new();
    add(&mut text, "", effect);
    text.push('\n');
    let word = if pauses { "pause" } else { "resume" };
    add_field(&mut text, word, &format!("the {scope} {name}"));
    add_field(&mut text, "reason", reason);
    text
}
