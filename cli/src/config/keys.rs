//! The keys that exist: the long options of a command and of its subcommands, and the sections.

use clap::{Arg, ArgAction, Command};

use super::{
    file::{ConfigFile, Entry},
    parser,
    rules::{CONFIG, ConfigRules},
    value::Mistake,
};

/// How alike a name and a key must be for the key to be proposed, from 0 to 1. As clap does for options.
const ALIKE_MIN: f64 = 0.7;

/// The command whose options are the keys.
pub(super) struct Keys<'c> {
    command: &'c Command,
}

impl<'c> Keys<'c> {
    /// The keys by the rules. `None` if the program has no such command.
    pub(super) fn of(program: &'c Command, rules: &ConfigRules) -> Option<Self> {
        let command = program.find_subcommand(rules.keys_of)?;
        Some(Self { command })
    }

    /// The option that an entry gives, if there is one.
    pub(super) fn option(&self, entry: &Entry) -> Option<&'c Arg> {
        match &entry.section {
            Some(section) => option(self.command.find_subcommand(section)?, &entry.key),
            None => self.commands().find_map(|it| option(it, &entry.key)),
        }
    }

    /// Whether an option of any command is a key: some commands have options that say what to print.
    pub(super) fn has(&self, option: &Arg) -> bool {
        let long = option.get_long().unwrap_or_default();
        self.commands().any(|it| self::option(it, long).is_some())
    }

    /// What is wrong with the sections, keys and values of a file.
    pub(super) fn check(&self, file: &ConfigFile) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (section, place) in &file.sections {
            if self.command.find_subcommand(section).is_none() {
                let candidates = self.command.get_subcommands().map(Command::get_name);
                let message = unknown("section", section, candidates);
                mistakes.push(Mistake::at(place, message));
            }
        }
        for entry in &file.entries {
            match self.option(entry) {
                Some(option) => mistakes.extend(check_value(option, entry)),
                None => mistakes.extend(self.unknown_key(entry)),
            }
        }
        mistakes
    }

    fn unknown_key(&self, entry: &Entry) -> Option<Mistake> {
        let message = match &entry.section {
            None => unknown("key", &entry.key, self.commands().flat_map(names)),
            Some(section) => {
                // An unknown section is a mistake of its own.
                let command = self.command.find_subcommand(section)?;
                match self.commands().any(|it| option(it, &entry.key).is_some()) {
                    true => format!("'{}' is not a key of the section [{section}]", entry.key),
                    false => unknown("key", &entry.key, names(command)),
                }
            }
        };
        Some(Mistake::at(&entry.key_place, message))
    }

    fn commands(&self) -> impl Iterator<Item = &'c Command> + use<'c> {
        let command = self.command;
        std::iter::once(command).chain(command.get_subcommands())
    }
}

fn check_value(option: &Arg, entry: &Entry) -> Option<Mistake> {
    if entry.is_array && !takes_many(option) {
        let message = format!("{}: give one value, not an array", entry.key);
        return Some(Mistake::at(&entry.value_place, message));
    }
    if is_switch(option) && !matches!(&*entry.texts, [text] if matches!(&**text, "true" | "false"))
    {
        let message = format!("{}: give true or false", entry.key);
        return Some(Mistake::at(&entry.value_place, message));
    }
    let wrong = entry
        .texts
        .iter()
        .find_map(|text| parser::wrong(option, text.as_ref()))?;
    Some(Mistake::at(&entry.value_place, wrong))
}

/// The option of a command that may stand in a file under this name.
pub(super) fn option<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    let mut options = options(command);
    options.find(|option| all_names(option).any(|it| it == name))
}

/// The options of a command that may stand in a file, in the order of its help.
pub(super) fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    let arguments = command.get_arguments();
    arguments.filter(|it| {
        let is_ours = it.get_id() == CONFIG;
        let acts = matches!(
            it.get_action(),
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        );
        it.get_long().is_some() && !is_ours && !acts
    })
}

/// The long name of an option, and its aliases.
pub(super) fn all_names(option: &Arg) -> impl Iterator<Item = &str> {
    let aliases = option.get_all_aliases().unwrap_or_default();
    option.get_long().into_iter().chain(aliases)
}

/// Whether the option is on or off, without a value.
pub(super) fn is_switch(option: &Arg) -> bool {
    matches!(option.get_action(), ArgAction::SetTrue)
}

/// Whether the option may be given several values.
pub(super) fn takes_many(option: &Arg) -> bool {
    matches!(option.get_action(), ArgAction::Append) || option.get_value_delimiter().is_some()
}

fn names(command: &Command) -> impl Iterator<Item = &str> {
    options(command).filter_map(Arg::get_long)
}

/// The message about a name that does not exist, with the one that is most like it.
fn unknown<'n>(what: &str, name: &str, candidates: impl Iterator<Item = &'n str>) -> String {
    let dashed = name.replace('_', "-").to_lowercase();
    let scored = candidates.map(|known| (strsim::jaro(&dashed, known), known));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b));
    match best {
        Some((alike, known)) if alike >= ALIKE_MIN => {
            format!("unknown {what} '{name}'; did you mean '{known}'?")
        }
        _ => format!("unknown {what} '{name}'; the keys are the options without their dashes"),
    }
}
