//! The folders that know no system: no name in their code may be about likes.
//!
//! Comments and texts may be: an example needs a subject, and `cargo chaos` says "the user".

use super::{rust_code::code_only, scanner::words_of};

/// The folders whose code works for any system.
const FOLDERS: [&str; 4] = [
    "sim/world/",
    "sim/search/",
    "reports/src/",
    "scenarios/harness/",
];
/// The words of likes.
const WORDS: [&str; 9] = [
    "article", "articles", "user", "users", "like", "likes", "liked", "unlike", "unlikes",
];

/// The names of a file that are about likes, each with its line.
pub(super) fn find(file: &str, text: &str) -> Vec<(usize, String)> {
    let is_code = file.ends_with(".rs") || file.ends_with(".js");
    if !is_code || !FOLDERS.iter().any(|folder| file.starts_with(folder)) {
        return Vec::new();
    }
    let code = code_only(text);
    let of_line = |(place, line): (usize, &str)| {
        let words = words_of(line).into_iter();
        let found = words.filter(|word| WORDS.contains(&word.as_str()));
        found.map(|word| (place + 1, word)).collect::<Vec<_>>()
    };
    code.lines().enumerate().flat_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_about_likes_is_found_in_the_code_of_a_general_folder() {
        let found = |file, text| {
            let found = find(file, text).into_iter();
            found.map(|(_, word)| word).collect::<Vec<_>>()
        };
        let code = "let article_id = LikeCount::of(user);";
        assert_eq!(
            found("sim/world/src/x.rs", code),
            ["article", "like", "user"]
        );
        assert_eq!(found("reports/src/x.js", "const likes = 1;"), ["likes"]);
        assert!(found("sim/likes/src/x.rs", code).is_empty());
        let other = "// The user.\nlet alike = \"article 1\"; let likewise = unlikely;";
        assert!(found("sim/world/src/x.rs", other).is_empty());
    }
}
