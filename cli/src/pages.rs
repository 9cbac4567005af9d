//! What a program writes about itself: completions for shells, and manual pages.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Command, ValueHint};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::help::fit;

/// The columns of a manual page.
const MANUAL_COLUMNS: usize = 78;

/// Completions for a shell.
#[derive(Debug, Clone, Copy, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// How to use them, as the end of the help of `PROGRAM completions`.
    #[must_use]
    pub fn examples(program: &str) -> String {
        format!(
            "Examples:\n  source <({program} completions bash)\n  {program} completions zsh > \"${{fpath[1]}}/_{program}\"\n  \
             {program} completions fish > ~/.config/fish/completions/{program}.fish"
        )
    }

    /// Writes the completions of a program. `command` is its whole command line.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write(self, mut command: Command, program: &str, to: &mut impl Write) -> io::Result<()> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, program, &mut text);
        to.write_all(&text)
    }
}

/// The manual page, or one page for each command.
#[derive(Debug, Clone, Args)]
pub struct Manual {
    /// Write one page for each command to this folder [default: print the page of the program]
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

impl Manual {
    /// How to use it, as the end of the help of `PROGRAM man`.
    #[must_use]
    pub fn examples(program: &str) -> String {
        format!("Examples:\n  {program} man | man -l -\n  {program} man ~/.local/share/man/man1")
    }

    /// Prints the page of the program, or writes all pages to the folder.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write(&self, command: Command, program: &str, to: &mut impl Write) -> io::Result<()> {
        let command = for_page(
            command
                .name(program.to_owned())
                .bin_name(program.to_owned()),
        );
        match &self.folder {
            None => Man::new(command).render(to),
            Some(folder) => write_all(command, folder),
        }
    }
}

/// The command line with texts of the width of a manual page.
fn for_page(mut command: Command) -> Command {
    if let Some(text) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(fit(&text, MANUAL_COLUMNS));
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|it| it.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, for_page);
    }
    command
}

fn write_all(command: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command.disable_help_subcommand(true), folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Command {
        let run = Command::new("run")
            .about("Runs it")
            .after_help("Examples:\n  program run");
        Command::new("other")
            .about("Does something")
            .subcommand(run)
    }

    #[test]
    fn completions_name_the_program_and_its_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut text = Vec::new();
            let completions = Completions { shell };
            completions.write(program(), "program", &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains("program") && text.contains("run"), "{shell}");
        }
    }

    #[test]
    fn the_manual_is_one_page_or_a_folder_of_pages() {
        let mut page = Vec::new();
        Manual { folder: None }
            .write(program(), "program", &mut page)
            .unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(".TH program 1"), "{page}");
        let folder = std::env::temp_dir().join(format!("likewise-man-{}", std::process::id()));
        let pages = Manual {
            folder: Some(folder.clone()),
        };
        pages.write(program(), "program", &mut Vec::new()).unwrap();
        let of_run = fs::read_to_string(folder.join("program-run.1")).unwrap();
        fs::remove_dir_all(folder).unwrap();
        assert!(of_run.contains("program run"), "{of_run}");
    }
}
