//! Every option of `likewise serve` as a table in Markdown. A test compares `docs/options.md` with it.

use std::fmt::Write;

use clap::{Arg, Command};

use super::super::command_line;

const INTRODUCTION: &str = "\
# Options

`likewise config options` prints this page. Each option is a key of the configuration file, without its dashes
([operations.md](operations.md#configuration)). The column *process* says which ones have the option: *all* is `likewise serve`,
the others are `likewise serve article`, `user` and `coordinator`.
";

/// One option, and the processes that have it.
struct Row<'c> {
    option: &'c Arg,
    processes: Vec<&'c str>,
}

/// The page.
pub(super) fn markdown() -> String {
    let program = command_line();
    let mut text = INTRODUCTION.to_owned();
    let Some(serve) = program.find_subcommand("serve") else {
        return text;
    };
    for (heading, rows) in by_heading(serve) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n## {heading}\n\n| option | environment | default | process | meaning |\n|---|---|---|---|---|"
        );
        for row in rows {
            text.push_str(&line(&row));
        }
    }
    text
}

fn by_heading(serve: &Command) -> Vec<(&str, Vec<Row<'_>>)> {
    let services = serve.get_subcommands().map(|it| (it.get_name(), it));
    let mut headings: Vec<(&str, Vec<Row<'_>>)> = Vec::new();
    for (process, command) in std::iter::once(("all", serve)).chain(services) {
        for option in command.get_arguments() {
            let (Some(heading), Some(long)) = (option.get_help_heading(), option.get_long()) else {
                continue;
            };
            let found = headings.iter().position(|(it, _)| *it == heading);
            let index = found.unwrap_or_else(|| {
                headings.push((heading, Vec::new()));
                headings.len() - 1
            });
            let rows = &mut headings[index].1;
            match rows
                .iter_mut()
                .find(|row| row.option.get_long() == Some(long))
            {
                Some(row) => row.processes.push(process),
                None => rows.push(Row {
                    option,
                    processes: vec![process],
                }),
            }
        }
    }
    headings
}

fn line(row: &Row<'_>) -> String {
    let option = row.option;
    let long = option.get_long().unwrap_or_default();
    let variable = option
        .get_env()
        .map(|name| format!("`{}`", name.to_string_lossy()));
    let fixed = option.get_default_values().first();
    let help = option
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (meaning, in_help) = match help.rsplit_once(" [default: ") {
        Some((meaning, default)) => (meaning, Some(default.trim_end_matches(']').to_owned())),
        None => (help.as_str(), None),
    };
    let default = match fixed {
        Some(fixed) if option.get_action().takes_values() => {
            Some(format!("`{}`", fixed.to_string_lossy()))
        }
        _ => in_help,
    };
    let processes = match row.processes.len() {
        4 => "every".to_owned(),
        _ => row.processes.join(", "),
    };
    format!(
        "| `--{long}` | {} | {} | {processes} | {} |\n",
        variable.unwrap_or_default(),
        default.unwrap_or_default(),
        meaning.replace('|', "\\|"),
    )
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn the_page_of_options_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/options.md");
        if std::env::var_os("LIKEWISE_RENEW").is_some() {
            fs::write(&path, markdown()).unwrap();
        }
        let published = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == markdown(),
            "docs/options.md is not current: run `likewise config options > docs/options.md`"
        );
    }

    #[test]
    fn every_option_has_a_heading_and_so_a_row() {
        let program = command_line();
        let serve = program.find_subcommand("serve").unwrap();
        let commands = std::iter::once(serve).chain(serve.get_subcommands());
        let page = markdown();
        for command in commands {
            for option in command.get_arguments().filter_map(Arg::get_long) {
                let row = format!("| `--{option}` |");
                assert!(
                    matches!(option, "help" | "version") || page.contains(&row),
                    "{option}"
                );
            }
        }
    }
}
