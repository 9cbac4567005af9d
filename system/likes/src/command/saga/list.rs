//! `likewise saga list`: one headline for each saga, and below it the cause that holds it up.

use comfy_table::ColumnConstraint;

use super::{
    client::{AdminClient, Answer, SAGAS},
    options::{Filter, ListOptions},
    query::{parameter, seconds, with_query},
    stop::Stop,
    text::{INDENT, add, age, cause, lines, printable, status, table},
    view::{Page, Summary},
};

/// Prints one page.
///
/// # Errors
/// [`Stop`].
pub(super) async fn run(
    client: &mut AdminClient,
    options: &ListOptions,
    json: bool,
) -> Result<(), Stop> {
    client.prefer_leader().await?;
    let answer = read(client, &options.filter, options.after.clone()).await?;
    match json {
        true => answer.print(),
        false => print!("{}", page(&answer.json()?)),
    }
    Ok(())
}

/// Reads one page.
///
/// # Errors
/// [`Stop`].
pub(super) async fn read(
    client: &mut AdminClient,
    filter: &Filter,
    after: Option<String>,
) -> Result<Answer, Stop> {
    let pairs = [
        ("state", filter.state.clone()),
        ("cause", filter.cause.clone()),
        ("older_than", filter.older_than.map(seconds)),
        ("step", filter.step.clone()),
        ("service", filter.service.clone()),
        ("after", after),
        ("limit", Some(filter.limit.to_string())),
    ];
    client.read(&with_query(SAGAS, &pairs)).await
}

/// The text of a page.
pub(super) fn page(page: &Page) -> String {
    if page.sagas.is_empty() {
        return "No saga matches.\n".to_owned();
    }
    let mut headlines = table(&["SAGA", "KIND", "AGE", "STATUS"]);
    // Only the kind and the status may be wrapped.
    for fixed in [0, 2] {
        if let Some(column) = headlines.column_mut(fixed) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for saga in &page.sagas {
        headlines.add_row(headline(saga));
    }
    let mut text = String::new();
    let mut causes = page.sagas.iter().map(cause);
    for (number, line) in lines(&headlines).into_iter().enumerate() {
        // A headline that is too long for one line has further ones, which begin with a space.
        if number > 1 && !line.starts_with(' ') {
            add(&mut text, INDENT, &causes.next().unwrap_or_default());
        }
        text.push_str(&line);
        text.push('\n');
    }
    add(&mut text, INDENT, &causes.next().unwrap_or_default());
    if let Some(after) = page
        .next
        .as_deref()
        .and_then(|next| parameter(next, "after"))
    {
        let more = format!("More: repeat the command with --after {after}");
        text.push('\n');
        text.push_str(&printable(&more));
        text.push('\n');
    }
    text
}

fn headline(saga: &Summary) -> Vec<String> {
    vec![
        printable(&saga.id),
        printable(&saga.kind),
        age(saga.age_seconds),
        status(saga),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::saga::view::Cause;

    fn saga(number: u8, text: &str) -> Summary {
        Summary {
            id: format!("019ac0de-0000-7000-8000-0000000000{number:02}"),
            kind: "unlike".to_owned(),
            status: "compensating".to_owned(),
            directive: Some("force_complete".to_owned()),
            parked: true,
            paused: true,
            age_seconds: 93_000,
            attempts: 1_234,
            cause: Some(Cause {
                kind: "no_reply".to_owned(),
                text: text.to_owned(),
            }),
            ..Summary::default()
        }
    }

    #[test]
    fn a_page_has_each_cause_below_its_saga_and_fits_80_columns() {
        let long = "The user service has not answered step 1 (record, undo) for 1234 attempts: connection refused.";
        let sagas = vec![saga(1, long), saga(2, "short")];
        let next = Some("/admin/v1/sagas?limit=2&after=019ac0de%2F2".to_owned());
        let text = page(&Page { sagas, next });
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{text}");
        let at = |part: &str| {
            text.find(part)
                .unwrap_or_else(|| panic!("no {part}: {text}"))
        };
        assert!(at("000000000001") < at("The user service"), "{text}");
        assert!(at("The user service") < at("000000000002"), "{text}");
        assert!(at("000000000002") < at("    Short."), "{text}");
        assert!(text.contains("--after 019ac0de/2"), "{text}");
        assert!(text.contains("ordered, parked, paused"), "{text}");
    }

    #[test]
    fn a_page_without_sagas_says_so() {
        assert_eq!(page(&Page::default()), "No saga matches.\n");
    }
}
