//! Commands that the harness prints for people to paste into a shell.

use std::path::Path;

use likewise_reports::archive::plain_name;

use crate::suite::Suite;

/// The command that replays the plan in a file.
pub(crate) fn replay_file(suite: &Suite, plan: &Path) -> String {
    replay(suite, &quoted(plan))
}

/// The command that replays a seed or a named plan.
pub(crate) fn replay(suite: &Suite, argument: &str) -> String {
    format!("{} replay {argument}", suite.command)
}

/// The command that adds a plan to the regressions. The name of the new file says what the plan shows, because
/// people find a regression by its file name.
pub(crate) fn keep(suite: &Suite, plan: &Path, fingerprint: &str) -> String {
    let (name, regressions) = (plain_name(fingerprint), suite.regressions);
    format!("cp {} {regressions}/{name}.json", quoted(plan))
}

/// The columns of the terminal at standard error; 80 if it is none.
pub(crate) fn columns() -> usize {
    let size = console::Term::stderr().size_checked();
    size.map_or(80, |(_, columns)| usize::from(columns))
}

/// The path as a shell reads it.
pub(crate) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    match path.contains(|c: char| c.is_whitespace() || c == '\'') {
        true => format!("'{}'", path.replace('\'', r"'\''")),
        false => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People copy these commands, so they should be as short as they can be.
    #[test]
    fn a_path_is_quoted_only_if_a_shell_would_split_it() {
        assert_eq!(quoted(Path::new("a/b.json")), "a/b.json");
        assert_eq!(quoted(Path::new("a b.json")), "'a b.json'");
        assert_eq!(quoted(Path::new("it's.json")), r"'it'\''s.json'");
    }

    #[test]
    fn a_kept_plan_is_named_after_what_it_shows() {
        let command = keep(Suite::empty(), Path::new("min-plan.json"), "one in two");
        assert_eq!(command, "cp min-plan.json regressions/one-in-two.json");
    }
}
