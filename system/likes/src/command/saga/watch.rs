//! `likewise saga watch`: the list, again and again until Ctrl-C. A coordinator that does not answer is named and asked again.

use std::io::{self, IsTerminal};

use tokio::time::sleep;

use super::{client::AdminClient, list, options::WatchOptions, stop::Stop, view::Page};
use crate::command::signals::StopSignals;

/// Clears the terminal and goes to its first line.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// Follows the list. Ends with success at Ctrl-C.
///
/// # Errors
/// [`Stop`]: the first look failed, or the API refuses.
pub(super) async fn run(
    client: &mut AdminClient,
    options: &WatchOptions,
    json: bool,
) -> Result<(), Stop> {
    let mut signals = StopSignals::catch()
        .map_err(|error| Stop::usage(format!("cannot wait for Ctrl-C: {error}")))?;
    tokio::select! {
        _ = signals.next() => Ok(()),
        stop = follow(client, options, json) => Err(stop),
    }
}

/// Prints the list whenever it has changed, on a terminal in place of the one before.
async fn follow(client: &mut AdminClient, options: &WatchOptions, json: bool) -> Stop {
    let mut printed = None;
    loop {
        let text = match look(client, options, json).await {
            Ok(text) => text,
            // A wrong token or filter stays wrong, and so may an address that has never answered.
            Err(stop) if stop.is_refusal() || printed.is_none() => return stop,
            Err(stop) => format!("{stop}\n"),
        };
        if printed.as_ref() != Some(&text) {
            if io::stdout().is_terminal() && !json {
                print!("{CLEAR}");
            }
            print!("{text}");
            if !json {
                println!();
            }
            printed = Some(text);
        }
        sleep(options.every.0).await;
    }
}

async fn look(
    client: &mut AdminClient,
    options: &WatchOptions,
    json: bool,
) -> Result<String, Stop> {
    client.prefer_leader().await?;
    let answer = list::read(client, &options.filter, None).await?;
    Ok(match json {
        true => format!("{}\n", String::from_utf8_lossy(&answer.body).trim_end()),
        false => {
            let mut page: Page = answer.json()?;
            let has_more = page.next.take().is_some();
            let text = list::page(&page);
            match has_more {
                true => format!("{text}\nThere are more; --limit shows up to 1000.\n"),
                false => text,
            }
        }
    })
}
