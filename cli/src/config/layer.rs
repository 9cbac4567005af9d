//! Which layer gives an option: a flag, the environment, the file, or none of them.

use std::{env, ffi::OsString, path::PathBuf};

use clap::{Arg, ArgMatches, parser::ValueSource};

use super::{
    file::Entry,
    keys::{all_names, is_switch, takes_many},
    parser,
    rules::{file_name, file_variable, is_secret, variable},
    secret,
    value::{Mistake, Origin, Value},
};

/// What the layers say about one option.
pub(super) struct Layered {
    pub(super) value: Value,
    /// Arguments for clap. Empty if clap finds the value by itself.
    pub(super) arguments: Vec<OsString>,
}

/// A value that a layer gives.
struct Given {
    origin: Origin,
    texts: Vec<OsString>,
    /// Whether clap must be told.
    is_new: bool,
}

/// The layers above the defaults.
pub(super) struct Layers<'l> {
    /// The flags of the command.
    pub(super) flags: &'l ArgMatches,
    /// The entries of the file that the command may use, the most specific first.
    pub(super) entries: Vec<&'l Entry>,
}

impl Layers<'_> {
    /// The highest layer that gives the option.
    ///
    /// # Errors
    /// The value of a variable is wrong, a file with a secret cannot be read, or a layer gives the option twice.
    pub(super) fn of(&self, option: &Arg) -> Result<Layered, Mistake> {
        let given = match self.flag(option)? {
            Some(given) => Some(given),
            None => match environment(option)? {
                Some(given) => Some(given),
                None => self.entry(option)?,
            },
        };
        Ok(layered(option, given))
    }

    fn flag(&self, option: &Arg) -> Result<Option<Given>, Mistake> {
        let long = option.get_long().unwrap_or_default();
        let raw = |id: &str| {
            let is_given = self.flags.try_contains_id(id).is_ok()
                && self.flags.value_source(id) == Some(ValueSource::CommandLine);
            let raw = || self.flags.get_raw(id).into_iter().flatten();
            is_given.then(|| raw().map(OsString::from).collect::<Vec<_>>())
        };
        let direct = raw(option.get_id().as_str()).map(|texts| Given {
            origin: Origin::Flag(long.to_owned()),
            texts,
            is_new: false,
        });
        if !is_secret(option) {
            return Ok(direct);
        }
        let name = file_name(long);
        let file = raw(&name).and_then(|mut texts| texts.pop());
        let origin = Origin::Flag(name.clone());
        one_of(
            direct,
            (&format!("--{long}"), &format!("--{name}")),
            origin,
            file,
        )
    }

    fn entry(&self, option: &Arg) -> Result<Option<Given>, Mistake> {
        let long = option.get_long().unwrap_or_default();
        let direct = self.find(|key| all_names(option).any(|name| name == key));
        let given = |entry: &Entry| Given {
            origin: Origin::File(entry.key_place.clone()),
            texts: entry.texts.iter().map(OsString::from).collect(),
            is_new: true,
        };
        if !is_secret(option) {
            return Ok(direct.map(given));
        }
        let name = file_name(long);
        let file = self.find(|key| key == name);
        match (direct, file) {
            // A section comes before what stands above all sections.
            (Some(direct), Some(file)) if direct.section != file.section => {
                match file.section.is_some() {
                    true => self.secret_entry(&name, Some(file)),
                    false => Ok(Some(given(direct))),
                }
            }
            (Some(direct), Some(_)) => {
                let message = format!("give either {long} or {name}, not both");
                Err(Mistake::at(&direct.key_place, message))
            }
            (Some(direct), None) => Ok(Some(given(direct))),
            (None, file) => self.secret_entry(&name, file),
        }
    }

    fn secret_entry(&self, name: &str, file: Option<&Entry>) -> Result<Option<Given>, Mistake> {
        let Some(file) = file else {
            return Ok(None);
        };
        let origin = Origin::File(file.key_place.clone());
        let place = file.value_place.to_string();
        let path = file.texts.first().map(OsString::from);
        one_of(None, (name, &place), origin, path)
    }

    fn find(&self, is_key: impl Fn(&str) -> bool) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| is_key(&entry.key)).copied()
    }
}

/// A secret that is given directly, or as a file. `names` are what gives it directly, and what names the file.
fn one_of(
    direct: Option<Given>,
    names: (&str, &str),
    origin: Origin,
    file: Option<OsString>,
) -> Result<Option<Given>, Mistake> {
    match (direct, file) {
        (Some(_), Some(_)) => {
            let message = format!("give either {} or {}, not both", names.0, names.1);
            Err(Mistake::new(names.1, message))
        }
        (None, Some(path)) => Ok(Some(Given {
            origin,
            texts: vec![secret::read(names.1, &PathBuf::from(path))?.into()],
            is_new: true,
        })),
        (direct, None) => Ok(direct),
    }
}

fn environment(option: &Arg) -> Result<Option<Given>, Mistake> {
    let Some(name) = variable(option) else {
        return Ok(None);
    };
    // An empty variable counts as none.
    let read = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let mut direct = None;
    for (name, is_new) in names_of_variables(option, &name) {
        if let Some(value) = read(&name) {
            if let Some(wrong) = parser::wrong(option, &value).filter(|_| !is_switch(option)) {
                return Err(Mistake::new(name, wrong));
            }
            direct = Some(Given {
                origin: Origin::Environment(name),
                texts: vec![value],
                is_new,
            });
            break;
        }
    }
    if !is_secret(option) {
        return Ok(direct);
    }
    let file_name = file_variable(&name);
    let origin = Origin::Environment(file_name.clone());
    one_of(direct, (&name, &file_name), origin, read(&file_name))
}

/// The variable of an option, and those of its former names. clap knows the first one only.
fn names_of_variables(option: &Arg, variable: &str) -> Vec<(String, bool)> {
    let upper = |name: &str| name.replace('-', "_").to_uppercase();
    let prefix = option
        .get_long()
        .and_then(|long| variable.strip_suffix(&upper(long)));
    let former = prefix.into_iter().flat_map(|prefix| {
        let aliases = option.get_all_aliases().unwrap_or_default().into_iter();
        aliases.map(move |alias| (format!("{prefix}{}", upper(alias)), true))
    });
    std::iter::once((variable.to_owned(), false))
        .chain(former)
        .collect()
}

fn layered(option: &Arg, given: Option<Given>) -> Layered {
    let default = option.get_default_values().iter();
    let default: Vec<_> = default.map(|text| text.to_string_lossy()).collect();
    let (origin, texts, arguments) = match given {
        Some(given) => {
            let arguments = match given.is_new {
                true => arguments(option, &given.texts),
                false => Vec::new(),
            };
            (given.origin, given.texts, arguments)
        }
        None => (Origin::Default, Vec::new(), Vec::new()),
    };
    let shown = texts.iter().map(|text| text.to_string_lossy());
    let shown = shown.collect::<Vec<_>>().join(",");
    let is_on = is_switch(option) && matches!(origin, Origin::Flag(_));
    let text = match origin {
        Origin::Default => (!default.is_empty()).then(|| default.join(",")),
        _ if is_on => Some("true".to_owned()),
        _ => Some(shown),
    };
    Layered {
        value: Value {
            option: option.get_long().unwrap_or_default().to_owned(),
            text,
            default: default_in_help(option),
            origin,
            is_secret: is_secret(option),
        },
        arguments,
    }
}

/// A value as arguments of the command line.
fn arguments(option: &Arg, texts: &[OsString]) -> Vec<OsString> {
    let long = option.get_long().unwrap_or_default();
    if is_switch(option) {
        let is_on = texts.iter().any(|text| text == "true");
        return is_on
            .then(|| format!("--{long}").into())
            .into_iter()
            .collect();
    }
    let argument = |text: OsString| {
        let mut argument = OsString::from(format!("--{long}="));
        argument.push(text);
        argument
    };
    match option.get_value_delimiter().filter(|_| takes_many(option)) {
        Some(delimiter) => {
            let joined = texts.join(&*OsString::from(delimiter.to_string()));
            vec![argument(joined)]
        }
        None => texts.iter().cloned().map(argument).collect(),
    }
}

/// What the help of an option says about its default.
fn default_in_help(option: &Arg) -> Option<String> {
    let help = option.get_help()?.to_string();
    let (_, rest) = help.rsplit_once("[default: ")?;
    let text = rest.trim_end().strip_suffix(']')?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
