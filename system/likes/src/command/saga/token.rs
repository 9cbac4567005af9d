//! The token of an operator: alone in its file, or in a line of the file that a process reads (`name role token`).
//!
//! No message repeats a word of the file: any word may be a token.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use likewise::bounds::TOKEN_FILE;
use likewise_saga::env::Env;

use crate::command::{Failure, on_disk::on_disk};

/// The largest token file, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A token. It is never printed.
pub(super) struct Token(pub(super) String);

/// Reads the token of `operator`, or the only one of the file.
///
/// # Errors
/// [`Failure::Configuration`]: no file is named, it cannot be read, or it does not say which token to use.
pub(super) async fn read(
    env: &Env,
    file: Option<PathBuf>,
    operator: Option<String>,
) -> Result<Token, Failure> {
    let Some(file) = file else {
        return Err(Failure::Configuration(
            "the admin API needs a token\nName its file with --token-file or LIKEWISE_ADMIN_TOKEN_FILE.".to_owned(),
        ));
    };
    let place = format!("--token-file {}", file.display());
    let refused = |why: String| Failure::Configuration(format!("{place}: {why}"));
    let text = {
        let place = place.clone();
        let call = move || {
            let failed = |error: io::Error| Failure::Configuration(format!("{place}: {error}"));
            text_of(&file).map_err(failed)
        };
        on_disk(TOKEN_FILE, &*env.store, "--token-file", call).await?
    };
    token(&text, operator.as_deref()).map_err(refused)
}

fn text_of(file: &PathBuf) -> io::Result<String> {
    let mut text = String::new();
    let opened = File::open(file)?;
    opened.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// The token in the text of a file.
fn token(text: &str, operator: Option<&str>) -> Result<Token, String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [token] => tokens.push((None, token)),
            [name, _role, token] => tokens.push((Some(name), token)),
            _ => {
                return Err(format!(
                    "its line {number}, without comments, is neither a token nor `name role token`"
                ));
            }
        }
    }
    if let Some(operator) = operator {
        tokens.retain(|(name, _)| *name == Some(operator));
    }
    match (tokens[..].first(), tokens.len(), operator) {
        (Some((_, token)), 1, _) => Ok(Token((*token).to_owned())),
        (None, _, None) => Err("it has no token".to_owned()),
        (_, _, Some(_)) => {
            Err("it must have exactly one line with the name that --as gives".to_owned())
        }
        (_, several, None) => Err(format!(
            "it has {several} tokens: choose one with --as NAME"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "# operators\nann operate 9a1c44e07bd85f10\n\nbob read 5f2b0c8ad1e94f77\n";

    #[test]
    fn a_file_has_the_token_alone_or_the_lines_of_a_process() {
        let found = |text, operator| token(text, operator).map(|it| it.0).unwrap();
        assert_eq!(found("9a1c44e07bd85f10\n", None), "9a1c44e07bd85f10");
        assert_eq!(
            found("ann operate 9a1c44e07bd85f10", None),
            "9a1c44e07bd85f10"
        );
        assert_eq!(found(TWO, Some("bob")), "5f2b0c8ad1e94f77");
    }

    #[test]
    fn a_file_that_leaves_the_token_open_is_refused_and_not_quoted() {
        for (text, operator, why) in [
            ("# nobody\n", None, "no token"),
            (TWO, None, "2 tokens: choose one with --as"),
            (TWO, Some("eve"), "--as"),
            ("ann 9a1c44e07bd85f10", None, "line 1"),
        ] {
            let error = token(text, operator).err().expect("an error");
            assert!(error.contains(why), "{error}");
            assert!(!error.contains("9a1c"), "{error}");
        }
    }
}
