//! Commands that the harness prints for people to paste into a shell.

use std::path::Path;

use likewise_reports::archive::plain_name;

/// The command that replays the plan in a file.
pub(crate) fn replay_file(plan: &Path) -> String {
    replay(&quoted(plan))
}

/// The command that replays a seed or a named plan.
pub(crate) fn replay(argument: &str) -> String {
    format!("cargo chaos replay {argument}")
}

/// The command that adds a plan to the regressions. The name of the new file says what the plan shows, because
/// people find a regression by its file name.
pub(crate) fn keep(plan: &Path, regressions: &str, fingerprint: &str) -> String {
    let name = plain_name(fingerprint);
    format!("cp {} {regressions}/{name}.json", quoted(plan))
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
        let command = keep(Path::new("min-plan.json"), "regressions", "one in two");
        assert_eq!(command, "cp min-plan.json regressions/one-in-two.json");
    }
}
