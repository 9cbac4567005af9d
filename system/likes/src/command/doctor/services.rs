//! The other services: reachable, of which version, and ready. And the host of the webhook.

use axum::http::{Request, StatusCode, Uri};
use likewise::{
    bounds::{NAME_OF_HOST, SERVICE_OF_DOCTOR},
    config::{Role, ServiceConfig},
};
use likewise_saga::{
    bound::within,
    env::{Env, join_uri},
};
use serde_json::Value;

use super::{
    super::process_config::{ProcessConfig, Services},
    finding::Finding,
};

pub(super) async fn look(config: &ProcessConfig, env: &Env) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Services::One(ServiceConfig {
        role: Role::Coordinator(role),
        ..
    }) = &config.services
    {
        findings.push(service("article service", "--article-url", &role.article, env).await);
        findings.push(service("user service", "--user-url", &role.user, env).await);
    }
    if let Some(alerts) = &config.alerts {
        findings.push(webhook(alerts.host()).await);
    }
    findings
}

async fn service(item: &str, option: &str, base: &Uri, env: &Env) -> Finding {
    let (status, ready) = match get(base, "/readyz", env).await {
        Ok(answer) => answer,
        Err(error) => {
            let advice = format!("Start the service, and check {option}.");
            return Finding::wrong(item, format!("{base}: {error}"), advice);
        }
    };
    if status != StatusCode::OK {
        let reason = ready["reason"].as_str().unwrap_or("it gives no reason");
        let found = format!("{base} is not ready ({}): {reason}", status.as_u16());
        let advice =
            format!("Look at the log of the service. If it is another program, check {option}.");
        return Finding::wrong(item, found, advice);
    }
    let (ours, theirs) = (env!("CARGO_PKG_VERSION"), version(base, env).await);
    match theirs.as_deref() {
        Some(theirs) if theirs == ours => {
            Finding::ok(item, format!("{base} is ready, version {theirs}"))
        }
        theirs => Finding::warning(
            item,
            format!(
                "{base} is ready, version {}; this one is {ours}",
                theirs.unwrap_or("unknown")
            ),
            "Upgrade one of them after the other, until all have one version.",
        ),
    }
}

/// The version of a service, from its API document.
async fn version(base: &Uri, env: &Env) -> Option<String> {
    let (_, document) = get(base, "/openapi.json", env).await.ok()?;
    Some(document["info"]["version"].as_str()?.to_owned())
}

async fn get(base: &Uri, path: &str, env: &Env) -> Result<(StatusCode, Value), String> {
    let uri = join_uri(base, path).map_err(|error| error.to_string())?;
    let request = Request::get(uri).body(Default::default());
    let request = request.map_err(|error| error.to_string())?;
    let answer = within(SERVICE_OF_DOCTOR, env.http_client.exchange(request)).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let answer = answer.map_err(|error| error.to_string())?;
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    Ok((answer.status(), body))
}

async fn webhook((host, port): (String, u16)) -> Finding {
    let item = "alert webhook";
    let advice = "Check --alert-webhook, and the name server of this machine.";
    let found = within(NAME_OF_HOST, tokio::net::lookup_host((host.as_str(), port))).await;
    match found {
        Ok(Ok(mut addresses)) => match addresses.next() {
            Some(address) => Finding::ok(item, format!("{host} is at {}", address.ip())),
            None => Finding::wrong(item, format!("{host} has no address"), advice),
        },
        Ok(Err(error)) => Finding::wrong(item, format!("{host}: {error}"), advice),
        Err(overdue) => Finding::wrong(item, format!("{host}: {overdue}"), advice),
    }
}
