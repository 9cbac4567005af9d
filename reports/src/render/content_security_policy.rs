//! The Content-Security-Policy of all pages: nothing but a page's own script and style, known by their hashes.
//!
//! Reports contain texts from outside. The templates escape them; the policy is the second line of defence. Even markup
//! that got through could neither run nor load anything.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The policy of a page with this style and, if it has one, this script.
///
/// Hashes are used and not `unsafe-inline`, because a hash allows exactly this text. An event handler in an attribute
/// or a second script element is then refused by the browser. `img-src data:` allows pictures that are part of the
/// page.
pub(super) fn policy(style: &str, script: Option<&str>) -> String {
    let style = hash(style);
    let script = script.map_or_else(|| "none".to_owned(), hash);
    format!(
        "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
