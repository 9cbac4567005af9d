//! Reports know no system: nothing in this crate is named after what one system does.

use std::{fs, path::Path};

/// What the first system is about. The words are split, so that this file does not contain them.
const WORDS: [&str; 3] = [
    concat!("art", "icle"),
    concat!("us", "er"),
    concat!("li", "ke"),
];
const ENDINGS: [&str; 5] = ["js", "html", "css", "rs", "snap"];

/// The words of a name or a sentence, in lower case: `newItem_id` has three.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphabetic(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

fn names_a_system(line: &str) -> bool {
    let is_forbidden = |word: &String| WORDS.contains(&word.trim_end_matches('s'));
    words(line).iter().any(is_forbidden)
}

fn search(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, found);
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        if !ENDINGS.contains(&&*ending) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| names_a_system(line));
        found.extend(lines.map(|(at, line)| format!("{}:{}: {line}", path.display(), at + 1)));
    }
}

#[test]
fn no_name_is_about_one_system() {
    let mut found = Vec::new();
    search(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_word_is_found_in_any_kind_of_name() {
    let [one, two, three] = WORDS;
    let camel = format!("{}{}", &two[..1].to_uppercase(), &two[1..]);
    for name in [one.to_owned(), format!("old_{two}s"), format!("new{camel}")] {
        assert!(names_a_system(&name), "{name}");
    }
    for other in [
        format!("{three}wise"),
        format!("{three}ly"),
        format!("{one}d"),
    ] {
        assert!(!names_a_system(&other), "{other}");
    }
}
