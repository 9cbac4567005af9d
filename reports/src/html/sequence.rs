//! A short run as a sequence diagram: drawn once, without a script, to be read, printed and pasted.

use std::{collections::BTreeMap, fmt::Write as _};

use likewise_sim::{
    plan::{Host, Side},
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

/// The events from the users' beginning to the first violation, or else to the healing.
fn told(record: &RunRecord) -> impl Iterator<Item = (usize, &Event)> {
    let is = |wanted: &'static str| move |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == wanted);
    let first = record
        .events
        .iter()
        .position(is("faults"))
        .map_or(0, |at| at + 1);
    let healed = record.events.iter().position(is("healed"));
    // The first violation is the one that explains.
    let violated = record.violations.first().map(|it| it.event + 1);
    let end = violated
        .or(healed)
        .unwrap_or(record.events.len())
        .max(first);
    let until = (end + 1).min(record.events.len());
    record.events.iter().enumerate().take(until).skip(first)
}

fn rows(record: &RunRecord, hosts: &[Host]) -> Vec<(u64, Row)> {
    let reading = Reading::of(record, hosts);
    let began = story::began(record);
    let row = |(place, event): (usize, &Event)| {
        let millis = event.at_micros.saturating_sub(began) / 1_000;
        Some((millis, reading.row(place, event)?))
    };
    told(record).filter_map(row).collect()
}

/// A request that was sent: what its reply, or its loss, is told by.
struct Sent<'a> {
    from: Host,
    to: Host,
    steps: &'a [StepNote],
}

/// What a row is made of, besides its event.
struct Reading<'a> {
    hosts: &'a [Host],
    captions: Vec<String>,
    sent: BTreeMap<u64, Sent<'a>>,
}

impl<'a> Reading<'a> {
    fn of(record: &'a RunRecord, hosts: &'a [Host]) -> Self {
        let sent = record.events.iter().filter_map(|event| match &event.kind {
            EventKind::Sent {
                message, to, steps, ..
            } => {
                let (from, to) = (event.host, *to);
                Some((*message, Sent { from, to, steps }))
            }
            _ => None,
        });
        Self {
            hosts,
            captions: story::captions(record),
            sent: sent.collect(),
        }
    }

    /// Nothing for what only a table needs.
    fn row(&self, place: usize, event: &Event) -> Option<Row> {
        let caption = || cut(&self.captions[place]);
        match &event.kind {
            EventKind::Invoked { .. } | EventKind::Returned { .. } => {
                self.note(event.host, caption())
            }
            EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
                self.arrow(event.host, *to, class(steps), asked(steps), false)
            }
            EventKind::Lost { message, side } => self.lost(*message, *side),
            EventKind::Replied { message, steps, .. } if !steps.is_empty() => {
                let Sent { from, to, .. } = self.sent.get(message)?;
                self.arrow(*to, *from, class(steps), answered(steps), false)
            }
            EventKind::Repeated { message, steps, .. } if !steps.is_empty() => {
                let to = self.sent.get(message)?.to;
                self.note(to, format!("again: {}", answered(steps)))
            }
            EventKind::Committed { .. } => {
                let caption = caption();
                let (_, changes) = caption.split_once(": ")?;
                self.note(event.host, changes.to_owned())
            }
            EventKind::Injected { .. } => Some(across("fault", "ϟ", caption())),
            EventKind::Crashed
            | EventKind::LostPower
            | EventKind::Stopped
            | EventKind::Started { .. } => Some(across("fault", "", caption())),
            EventKind::Violated { .. } => Some(across("violated", "✕", caption())),
            _ => None,
        }
    }

    fn lost(&self, message: u64, side: Side) -> Option<Row> {
        let Sent { from, to, steps } = self.sent.get(&message)?;
        let (from, to, what) = match side {
            Side::Before => (from, to, "request lost"),
            Side::After => (to, from, "reply lost"),
        };
        self.arrow(
            *from,
            *to,
            "lost",
            format!("{what}: {}", asked(steps)),
            true,
        )
    }

    fn note(&self, host: Host, text: String) -> Option<Row> {
        let at = self.lane(host)?;
        Some(Row::Note { at, text })
    }

    fn arrow(
        &self,
        from: Host,
        to: Host,
        class: &'static str,
        text: String,
        is_lost: bool,
    ) -> Option<Row> {
        Some(Row::Arrow {
            from: self.lane(from)?,
            to: self.lane(to)?,
            class,
            text,
            is_lost,
        })
    }

    fn lane(&self, host: Host) -> Option<usize> {
        self.hosts.iter().position(|known| *known == host)
    }
}

fn across(class: &'static str, sign: &'static str, text: String) -> Row {
    Row::Across { class, sign, text }
}

fn class(steps: &[StepNote]) -> &'static str {
    match steps.first().map(|note| note.op.as_ref()) {
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
