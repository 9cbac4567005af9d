//! A short run as a sequence diagram: drawn once, without a script, to be read, printed and pasted.

use std::fmt::Write as _;

use likewise_sim::{
    plan::Host,
    record::{Event, EventKind, RunRecord, StepNote},
};

use crate::story;

/// Rows that are drawn at most; what is left out is said.
const ROWS_MAX: usize = 48;
const ROW: usize = 24;
const TOP: usize = 46;
const LEFT: usize = 84;
const LANE: usize = 210;
/// Characters of a caption before it is cut.
const CAPTION_MAX: usize = 110;

/// Something that gets a row.
enum Row {
    Arrow {
        from: usize,
        to: usize,
        class: &'static str,
        text: String,
        is_lost: bool,
    },
    Note {
        at: usize,
        text: String,
    },
    Across {
        class: &'static str,
        sign: &'static str,
        text: String,
    },
}

/// The drawing of a run, as SVG; empty if nothing happened.
pub(crate) fn draw(record: &RunRecord) -> String {
    let hosts = hosts(record);
    let rows = rows(record, &hosts);
    if rows.is_empty() {
        return String::new();
    }
    let hidden = rows.len().saturating_sub(ROWS_MAX);
    // What went wrong comes last: of a long run the end explains.
    let rows = &rows[hidden..];
    let width = LEFT + LANE * hosts.len();
    let height = TOP + ROW * rows.len() + 16;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="Sequence of messages">"#
    );
    for (place, host) in hosts.iter().enumerate() {
        let x = x_of(place);
        let _ = write!(
            svg,
            r#"<text class="host-name" x="{x}" y="18" text-anchor="middle">{host}</text><line class="life" x1="{x}" y1="28" x2="{x}" y2="{height}"/>"#
        );
    }
    if hidden > 0 {
        let _ = write!(
            svg,
            r#"<text class="faint" x="4" y="40">{hidden} earlier rows are folded</text>"#
        );
    }
    for (place, (millis, row)) in rows.iter().enumerate() {
        let y = TOP + ROW * place + ROW / 2;
        let _ = write!(
            svg,
            r#"<text class="faint" x="4" y="{}">{millis} ms</text>"#,
            y + 4
        );
        draw_row(&mut svg, row, y, width);
    }
    svg.push_str("</svg>");
    svg
}

fn draw_row(svg: &mut String, row: &Row, y: usize, width: usize) {
    let _ = match row {
        Row::Arrow {
            from,
            to,
            class,
            text,
            is_lost,
        } => {
            let (x0, x1) = (x_of(*from), x_of(*to));
            let end = if *is_lost {
                usize::midpoint(x0, x1)
            } else {
                x1
            };
            let back = if x1 > x0 { end - 7 } else { end + 7 };
            let _ = write!(
                svg,
                r#"<line class="{class}" x1="{x0}" y1="{y}" x2="{end}" y2="{y}"/>"#
            );
            let _ = match is_lost {
                true => write!(
                    svg,
                    r#"<path class="{class}" d="M{} {}l8 8m0 -8l-8 8"/>"#,
                    end - 4,
                    y - 4
                ),
                false => write!(
                    svg,
                    r#"<path class="{class}" d="M{end} {y}L{back} {}L{back} {}Z"/>"#,
                    y - 4,
                    y + 4
                ),
            };
            let middle = usize::midpoint(x0, x1);
            write!(
                svg,
                r#"<text x="{middle}" y="{}" text-anchor="middle">{}</text>"#,
                y - 4,
                escaped(text)
            )
        }
        Row::Note { at, text } => {
            let x = x_of(*at);
            // Right of the last lane there is no room: a caption would be cut off.
            let (text_x, anchor) = match x + LANE < width {
                true => (x + 9, "start"),
                false => (x - 9, "end"),
            };
            write!(
                svg,
                r#"<circle class="commit" cx="{x}" cy="{y}" r="3.5"/><text x="{text_x}" y="{}" text-anchor="{anchor}">{}</text>"#,
                y + 4,
                escaped(text)
            )
        }
        Row::Across { class, sign, text } => write!(
            svg,
            r#"<rect class="{class}-band" x="{LEFT}" y="{}" width="{}" height="{ROW}"/><text class="{class}-sign" x="{}" y="{}">{sign} {}</text>"#,
            y - ROW / 2,
            width - LEFT,
            LEFT + 10,
            y + 4,
            escaped(text)
        ),
    };
}

fn x_of(place: usize) -> usize {
    LEFT + LANE / 2 + LANE * place
}

/// The machines that take part, in their order.
fn hosts(record: &RunRecord) -> Vec<Host> {
    let mut hosts: Vec<Host> = told(record)
        .flat_map(|(_, event)| match &event.kind {
            EventKind::Sent { to, .. } => vec![event.host, *to],
            _ => vec![event.host],
        })
        .filter(|host| *host != Host::Network)
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// The events from the users' beginning to the last violation, or else to the healing.
fn told(record: &RunRecord) -> impl Iterator<Item = (usize, &Event)> {
    let is = |wanted: &'static str| move |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == wanted);
    let first = record
        .events
        .iter()
        .position(is("faults"))
        .map_or(0, |at| at + 1);
    let healed = record.events.iter().position(is("healed"));
    let violated = record
        .violations
        .iter()
        .map(|violation| violation.event + 1)
        .max();
    let end = violated
        .or(healed)
        .unwrap_or(record.events.len())
        .max(first);
    let until = (end + 1).min(record.events.len());
    record.events.iter().enumerate().take(until).skip(first)
}

fn rows(record: &RunRecord, hosts: &[Host]) -> Vec<(u64, Row)> {
    let captions = story::captions(record);
    let began = story::began(record);
    let place = |host: Host| hosts.iter().position(|known| *known == host);
    let sent = |number: u64| {
        record.events.iter().find_map(|event| match &event.kind {
            EventKind::Sent {
                message, to, steps, ..
            } if *message == number => Some((event.host, *to, steps)),
            _ => None,
        })
    };
    let row = |(i, event): (usize, &Event)| {
        let caption = cut(&captions[i]);
        let row = match &event.kind {
            EventKind::Invoked { .. } | EventKind::Returned { .. } => Row::Note {
                at: place(event.host)?,
                text: caption,
            },
            EventKind::Sent { to, steps, .. } if !steps.is_empty() => Row::Arrow {
                from: place(event.host)?,
                to: place(*to)?,
                class: class(steps),
                text: asked(steps),
                is_lost: false,
            },
            EventKind::Lost { message, .. } => {
                let (from, to, steps) = sent(*message)?;
                let is_reply = matches!(
                    event.kind,
                    EventKind::Lost {
                        side: likewise_sim::plan::Side::After,
                        ..
                    }
                );
                let (from, to) = if is_reply { (to, from) } else { (from, to) };
                let what = if is_reply {
                    "reply lost"
                } else {
                    "request lost"
                };
                Row::Arrow {
                    from: place(from)?,
                    to: place(to)?,
                    class: "lost",
                    text: format!("{what}: {}", asked(steps)),
                    is_lost: true,
                }
            }
            EventKind::Replied { message, steps, .. } if !steps.is_empty() => {
                let (from, to, _) = sent(*message)?;
                Row::Arrow {
                    from: place(to)?,
                    to: place(from)?,
                    class: class(steps),
                    text: answered(steps),
                    is_lost: false,
                }
            }
            EventKind::Committed { changes, .. }
                if !changes.is_empty() && caption.contains(": ") =>
            {
                let told = caption.split_once(": ").map_or("", |(_, told)| told);
                Row::Note {
                    at: place(event.host)?,
                    text: told.to_owned(),
                }
            }
            EventKind::Repeated { message, steps, .. } if *message != 0 && !steps.is_empty() => {
                let (_, to, _) = sent(*message)?;
                Row::Note {
                    at: place(to)?,
                    text: format!("again: {}", answered(steps)),
                }
            }
            EventKind::Struck { .. } => Row::Across {
                class: "fault",
                sign: "ϟ",
                text: caption,
            },
            EventKind::Crashed
            | EventKind::LostPower
            | EventKind::Stopped
            | EventKind::Booted { .. } => Row::Across {
                class: "fault",
                sign: "",
                text: caption,
            },
            EventKind::Violated { .. } => Row::Across {
                class: "violated",
                sign: "✕",
                text: caption,
            },
            _ => return None,
        };
        Some((event.at_micros.saturating_sub(began) / 1_000, row))
    };
    told(record).filter_map(row).collect()
}

fn class(steps: &[StepNote]) -> &'static str {
    match steps.first().map(|note| note.op.as_str()) {
        Some("do") => "do",
        Some("undo") => "undo",
        Some("seal") => "seal",
        _ => "plain",
    }
}

fn asked(steps: &[StepNote]) -> String {
    let each = steps
        .iter()
        .map(|note| format!("{} step {} of saga {}", note.op, note.step, note.saga));
    few(each.collect())
}

fn answered(steps: &[StepNote]) -> String {
    let each = steps.iter().map(|note| {
        let reply = note.reply.as_deref().unwrap_or("no reply");
        format!(
            "{reply}: {} step {} of saga {}",
            note.op, note.step, note.saga
        )
    });
    few(each.collect())
}

fn few(words: Vec<String>) -> String {
    match words.split_first() {
        None => String::new(),
        Some((first, [])) => first.clone(),
        Some((first, more)) => format!("{first} +{}", more.len()),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CAPTION_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// Text inside SVG.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
