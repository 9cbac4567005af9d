//! The names that somebody probably meant: "did you mean late-duplicate?"

/// How similar two names are at least, from 0 to 1. The value is clap's for its options.
const SIMILAR_MIN: f64 = 0.75;
/// A name that is less similar than the best one by more than this is not meant.
const BEHIND_MAX: f64 = 0.04;
/// Names that are given at most.
const NAMES_MAX: usize = 3;

/// `; did you mean …?` with the names that are most like the wrong one, or nothing if none is.
///
/// A part of a name counts as similar: people remember `tombstone` of `no-tombstone`.
pub fn did_you_mean<N: AsRef<str>>(wrong: &str, names: impl IntoIterator<Item = N>) -> String {
    let mut similar: Vec<(f64, N)> = names
        .into_iter()
        .map(|name| (similarity(wrong, name.as_ref()), name))
        .filter(|(similarity, _)| *similarity >= SIMILAR_MIN)
        .collect();
    // Stable, so that equally similar names keep their order.
    similar.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let most = similar.first().map_or(0.0, |(similarity, _)| *similarity);
    let best: Vec<&str> = similar
        .iter()
        .filter(|(similarity, _)| *similarity >= most - BEHIND_MAX)
        .take(NAMES_MAX)
        .map(|(_, name)| name.as_ref())
        .collect();
    match best.split_last() {
        None => String::new(),
        Some((name, [])) => format!("; did you mean {name}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

fn similarity(wrong: &str, name: &str) -> f64 {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
    let (wrong, name) = (plain(wrong), plain(name));
    let is_part = wrong.len() > 3 && name.contains(&wrong);
    let similarity = strsim::jaro_winkler(&wrong, &name);
    // Below a name that is nearly equal, above all others.
    similarity.max(if is_part { 0.95 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = [
        "late-duplicate",
        "no-tombstone",
        "double-undo",
        "double-do",
        "happy-path",
    ];

    #[test]
    fn a_typing_error_a_part_and_another_spelling_find_the_name() {
        for (wrong, hint) in [
            ("late-duplicat", "; did you mean late-duplicate?"),
            ("lateduplicate", "; did you mean late-duplicate?"),
            ("Late_Duplicate", "; did you mean late-duplicate?"),
            ("tombstone", "; did you mean no-tombstone?"),
            ("double-und", "; did you mean double-undo?"),
            ("double", "; did you mean double-undo or double-do?"),
            ("perpetual-motion", ""),
            ("", ""),
        ] {
            assert_eq!(did_you_mean(wrong, NAMES), hint, "{wrong}");
        }
    }
}
