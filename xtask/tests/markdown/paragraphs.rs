//! No paragraph is longer than a reader can take in at once.
//!
//! A paragraph ends at a blank line, a heading, a list item or a table. Tables, fenced blocks and HTML comments do not count.

use std::fs;

use crate::documents::{lines_without_fences, markdown_files, root};

/// The largest number of words in a paragraph.
const WORDS_MAX: usize = 90;

#[test]
fn no_paragraph_is_too_long() {
    let root = root();
    let mut long = Vec::new();
    for file in markdown_files(&root) {
        let text = fs::read_to_string(&file).expect("Markdown is readable UTF-8");
        let name = file.strip_prefix(&root).unwrap_or(&file).display();
        let too_long = paragraphs(&text)
            .into_iter()
            .filter(|paragraph| paragraph.words > WORDS_MAX);
        long.extend(too_long.map(|it| format!("{name}:{}: {} words", it.line, it.words)));
    }
    assert!(
        long.is_empty(),
        "paragraphs with more than {WORDS_MAX} words:\n  {}",
        long.join("\n  ")
    );
}

/// One paragraph: the number of its first line, from 1, and the number of its words.
#[derive(Debug, PartialEq, Eq)]
struct Paragraph {
    line: usize,
    words: usize,
}

fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut all: Vec<Paragraph> = Vec::new();
    let mut is_open = false;
    for (index, line) in lines_without_fences(text).into_iter().enumerate() {
        let line = line.trim_start_matches(['>', ' ']);
        let is_prose =
            !line.is_empty() && !line.starts_with(['|', '#']) && !line.starts_with("<!--");
        if is_prose && (!is_open || is_list_item(line)) {
            all.push(Paragraph {
                line: index + 1,
                words: 0,
            });
        }
        if let Some(paragraph) = all.last_mut().filter(|_| is_prose) {
            paragraph.words += line.split_whitespace().count();
        }
        is_open = is_prose;
    }
    all
}

fn is_list_item(line: &str) -> bool {
    let number_end = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = number_end.len() < line.len() && number_end.starts_with(". ");
    is_numbered || ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark))
}

#[test]
fn paragraphs_end_at_blank_lines_headings_list_items_and_tables() {
    let text = "one two\nthree\n\n# Heading of four words\nfour\n- five six\n  seven\n2. eight\n| a | b |\nnine\n";
    let words: Vec<_> = paragraphs(text)
        .iter()
        .map(|it| (it.line, it.words))
        .collect();
    assert_eq!(words, [(1, 3), (5, 1), (6, 4), (8, 2), (10, 1)]);
}

#[test]
fn code_blocks_and_comments_do_not_count() {
    let text = "```text\nmany words in a block\n```\n<!-- a comment -->\n> a quote\n";
    assert_eq!(paragraphs(text), [Paragraph { line: 5, words: 2 }]);
}
