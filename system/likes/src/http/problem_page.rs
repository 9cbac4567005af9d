//! The page that explains the problems: as HTML, which a process serves, and as the page `docs/problems.md`.

use std::fmt::Write;

use super::problem_types;

/// The page in Markdown.
#[must_use]
pub fn problems_as_markdown() -> String {
    let mut text = String::from(
        "# Problems\n\nAn answer that refuses a request, or that reports a failure, is `application/problem+json` (RFC 9457). Its `type` is\n`/problems#NAME`. Each process serves this page at `/problems`. Titles never change; `detail` tells the case.\n",
    );
    for kind in problem_types() {
        let _ = write!(
            text,
            "\n## {}\n\n**{}: {}.** {}\n\n{}\n",
            kind.name,
            kind.status.as_u16(),
            kind.title,
            kind.meaning,
            kind.advice
        );
    }
    text.push_str(
        "\n<!-- Made from the code by `cargo xtask openapi`; `system/likes/src/http/problems.rs` and\n`system/saga/src/http/problem_type.rs` have the texts. -->\n",
    );
    text
}

/// The page in HTML.
#[must_use]
pub fn problems_as_html() -> String {
    let mut text = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Problems</title>\n<h1>Problems</h1>\n<p>An answer that refuses a request, or that reports a failure, has one of these types (RFC 9457).</p>\n",
    );
    for kind in problem_types() {
        let _ = write!(
            text,
            "<h2 id=\"{0}\">{0}</h2>\n<p><strong>{1}: {2}.</strong> {3}</p>\n<p>{4}</p>\n",
            kind.name,
            kind.status.as_u16(),
            kind.title,
            html(kind.meaning),
            html(kind.advice)
        );
    }
    text.push_str("</html>\n");
    text
}

/// A sentence in HTML. Backquotes become code.
fn html(sentence: &str) -> String {
    let escaped = sentence.replace('&', "&amp;").replace('<', "&lt;");
    let mut text = String::new();
    for (place, part) in escaped.split('`').enumerate() {
        match place % 2 {
            0 => text.push_str(part),
            _ => {
                let _ = write!(text, "<code>{part}</code>");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pages_have_an_anchor_for_every_type() {
        let (markdown, page) = (problems_as_markdown(), problems_as_html());
        for kind in problem_types() {
            let name = kind.name;
            assert!(markdown.contains(&format!("\n## {name}\n")), "{name}");
            assert!(page.contains(&format!("<h2 id=\"{name}\">")), "{name}");
        }
        assert_eq!(html("a `b` < c"), "a <code>b</code> &lt; c");
    }
}
