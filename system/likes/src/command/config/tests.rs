//! Tests of the keys: every option of every process can stand in a file.

use std::{ffi::OsString, fs, path::Path};

use clap::{Arg, Command as ClapCommand, parser::ValueSource};
use likewise_cli::config::{LoadError, Loaded, Origin, load};

use super::{super::command_line, RULES};

/// Values of the forms that options take. The first one that an option accepts is used.
const SAMPLES: [&str; 7] = [
    "9s",
    "7",
    "127.0.0.1:9",
    "http://a:1",
    "text",
    "true",
    "10.0.0.0/8",
];

/// Loads `likewise WORDS` with a file of this text.
fn loaded(words: &str, text: &str) -> Result<Loaded, LoadError> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("likewise.toml");
    fs::write(&path, text).unwrap();
    let words = format!("likewise {words} --config").leak();
    let words = words.split_whitespace().map(OsString::from);
    load(&command_line(), &RULES, words.chain([path.into()]))
}

/// The options of a process that may stand in its file: all but those that say what to print, and the file itself.
fn options(process: &ClapCommand) -> Vec<Arg> {
    let options = process.get_arguments().cloned();
    let is_option = |option: &Arg| {
        option
            .get_long()
            .is_some_and(|it| !matches!(it, "help" | "version" | "config"))
    };
    options.filter(is_option).collect()
}

/// A line of a file that the option accepts.
fn line(words: &str, option: &Arg) -> String {
    let long = option.get_long().unwrap();
    let default = option
        .get_default_values()
        .first()
        .map(|text| text.to_string_lossy().into_owned());
    let samples = default.into_iter().chain(SAMPLES.map(str::to_owned));
    let lines = samples.map(|sample| match sample.as_str() {
        "true" | "false" => format!("{long} = true\n"),
        sample => format!("{long} = \"{sample}\"\n"),
    });
    let mut accepted =
        lines.filter(|line| !matches!(loaded(words, line), Err(LoadError::Mistakes(_))));
    accepted
        .next()
        .unwrap_or_else(|| panic!("no sample fits --{long}"))
}

#[test]
fn every_option_of_every_process_can_be_set_in_the_file() {
    let program = command_line();
    let serve = program.find_subcommand("serve").unwrap();
    let services = serve.get_subcommands().filter(|it| it.get_name() != "help");
    let mut checked = 0;
    for process in std::iter::once(serve).chain(services) {
        let words = match process.get_name() {
            "serve" => "serve".to_owned(),
            service => format!("serve {service}"),
        };
        let mut options = options(process);
        // A secret is given itself here, and not as a file.
        options.retain(|option| {
            let secret = option
                .get_long()
                .and_then(|long| long.strip_suffix("-file"));
            !secret.is_some_and(|secret| {
                process
                    .get_arguments()
                    .any(|it| it.get_long() == Some(secret))
            })
        });
        let text: String = options.iter().map(|option| line(&words, option)).collect();
        let loaded =
            loaded(&words, &text).unwrap_or_else(|error| panic!("{words}: {error:?}\n{text}"));
        let mut matches = &loaded.matches;
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        for option in options {
            let long = option.get_long().unwrap();
            let value = loaded
                .config
                .get(long)
                .unwrap_or_else(|| panic!("--{long} has no value"));
            assert!(
                matches!(value.origin, Origin::File(_)),
                "{words} --{long}: {:?}",
                value.origin
            );
            let source = matches.value_source(option.get_id().as_str());
            assert_eq!(source, Some(ValueSource::CommandLine), "{words} --{long}");
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked} options");
}

/// The first block of TOML in the chapter about the configuration.
#[test]
fn the_example_in_the_documentation_is_valid() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").unwrap();
    // Its files with secrets are not there.
    let lines = example.lines().filter(|line| !line.contains("-db-file"));
    let without_files = lines.collect::<Vec<_>>().join("\n");
    for (process, databases) in [
        ("article", "article-db = \"sqlite:a\""),
        ("user", "user-db = \"sqlite:u\""),
        ("coordinator", "coordinator-db = \"sqlite:c\""),
    ] {
        let text = format!("{databases}\n{without_files}");
        let loaded = loaded(&format!("serve {process}"), &text);
        assert!(loaded.is_ok(), "{process}: {:?}\n{text}", loaded.err());
    }
}
