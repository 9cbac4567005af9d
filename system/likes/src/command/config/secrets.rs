//! What is shown of a secret.

use likewise_saga::store::DatabaseUrl;

/// What stands for a part that is not shown.
const HIDDEN: &str = "…";

/// The part of a secret that may be shown: the database without its password, the host of a webhook, or nothing.
pub(super) fn shown(option: &str, secret: &str) -> String {
    if option.ends_with("-db") {
        let url = secret.parse::<DatabaseUrl>();
        return url.map_or_else(|_| HIDDEN.to_owned(), |url| url.to_string());
    }
    let Some((scheme, rest)) = secret.split_once("://") else {
        return HIDDEN.to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}/{HIDDEN}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        for (option, secret, expected) in [
            (
                "user-db",
                "postgres://me:pw@db/users",
                "postgres://me@db:5432/users",
            ),
            (
                "user-db",
                "postgres://db/users?password=pw&user=me",
                "postgres://me@db:5432/users",
            ),
            ("user-db", "sqlite:a.db", "sqlite:a.db"),
            ("user-db", "mysql://me:pw@db/users", "…"),
            (
                "alert-webhook",
                "https://x:pw@a.example/hook/pw?token=pw",
                "https://a.example/…",
            ),
            ("any-other", "pw", "…"),
        ] {
            assert_eq!(shown(option, secret), expected);
        }
    }
}
