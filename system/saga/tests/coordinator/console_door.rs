//! R26: the door of the console. Who gets in, and what a form needs.

use axum::http::StatusCode;
use likewise_saga::coordinator::CoordinatorConfig;

use crate::{
    browser::{Answer, Browser},
    shop::{OPERATE, READ, Shop},
};

async fn shop() -> Shop {
    let shop = Shop::open(CoordinatorConfig::default()).await;
    shop.ready().await;
    shop
}

fn assert_hardened(answer: &Answer) {
    let header = |name: &str| answer.headers[name].to_str().expect("text");
    let policy = header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert_eq!(header("cache-control"), "no-store");
}

#[tokio::test]
async fn r26_every_answer_of_the_console_has_the_headers_that_protect_it() {
    let shop = shop().await;
    let browser = Browser::signed_in(shop.admin(), READ).await;
    for path in [
        "/console",
        "/console/login",
        "/console/console.css",
        "/console/console.js",
        "/console/nothing",
        "/console/sagas/wrong",
        "/console/audit",
    ] {
        let answer = browser.get(path).await;
        assert_hardened(&answer);
        assert!(!answer.has("<script>") && !answer.has(" style="), "{path}");
    }
    browser.set_cookie(None);
    assert_hardened(&browser.get("/console").await);
}

#[tokio::test]
async fn r26_without_a_session_a_page_leads_to_the_login_and_back() {
    let shop = shop().await;
    let browser = Browser::new(shop.admin());
    for path in ["/console", "/console/sagas", "/console/nothing"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.place().starts_with("/console/login"), "{answer:?}");
    }
    let answer = browser.get("/console/sagas?state=parked").await;
    let login = browser.get(answer.place()).await;
    let next = login.field("next");
    let form = [("token", OPERATE), ("next", &*next)];
    let answer = browser.post("/console/login", &form).await;
    assert_eq!(answer.place(), "/console/sagas?state=parked");
    for elsewhere in [
        "//evil.example",
        "https://evil.example",
        "/console\\evil",
        "/admin/v1/sagas",
    ] {
        let form = [("token", OPERATE), ("next", elsewhere)];
        let answer = browser.post("/console/login", &form).await;
        assert_eq!(answer.place(), "/console", "{elsewhere}");
    }
}

#[tokio::test]
async fn r26_the_cookie_is_kept_from_scripts_and_other_sites_and_opens_the_console_alone() {
    let shop = shop().await;
    let browser = Browser::new(shop.admin());
    let answer = browser.post("/console/login", &[("token", OPERATE)]).await;
    let cookie = answer.headers["set-cookie"].to_str().expect("text");
    for attribute in ["Path=/console", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains(OPERATE), "{cookie}");
    assert_eq!(browser.get("/console").await.status, StatusCode::OK);
    for path in ["/admin/v1/sagas", "/admin/v1/audit", "/nothing"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let right = browser.cookie().expect("a cookie");
    let twice = format!("{right}; {right}");
    let shorter = &right[..right.len() - 1];
    for wrong in ["saga-console=", "saga-console=x", shorter, &twice, OPERATE] {
        browser.set_cookie(Some(wrong));
        let answer = browser.get("/console").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{wrong}");
    }
}

#[tokio::test]
async fn r26_signing_out_ends_the_session_and_not_only_the_cookie() {
    let shop = shop().await;
    let browser = Browser::signed_in(shop.admin(), READ).await;
    let cookie = browser.cookie();
    let csrf = browser.get("/console").await.field("csrf");
    let answer = browser.post("/console/logout", &[("csrf", &csrf)]).await;
    assert_eq!(answer.place(), "/console/login");
    assert_eq!(browser.cookie(), None);
    browser.set_cookie(cookie.as_deref());
    assert_eq!(browser.get("/console").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn r26_wrong_tokens_are_refused_and_soon_slowly() {
    let shop = shop().await;
    let browser = Browser::new(shop.admin());
    for _ in 0..5 {
        let answer = browser.post("/console/login", &[("token", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.has("No operator has this token"));
        assert_eq!(browser.cookie(), None);
    }
    let answer = browser.post("/console/login", &[("token", OPERATE)]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
    let other = Browser::new(shop.admin());
    let answer = other.post("/console/login", &[]).await;
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "of the process"
    );
}

#[tokio::test]
async fn r26_a_form_needs_the_csrf_token_of_its_session_and_its_own_origin() {
    let shop = shop().await;
    let browser = Browser::signed_in(shop.admin(), OPERATE).await;
    let other = Browser::signed_in(shop.admin(), OPERATE).await;
    let csrf = browser.get("/console").await.field("csrf");
    let of_other = other.get("/console").await.field("csrf");
    let path = "/console/pauses";
    let order = |csrf: &str| {
        let fields = [
            ("order", "pause"),
            ("target", "kind purchase"),
            ("reason", "a test"),
            ("csrf", csrf),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let own = [("host", "admin:9090"), ("origin", "http://admin:9090")];
    let refused = [
        (&*of_other, &own[..]),
        ("", &own[..]),
        (&csrf[..csrf.len() - 1], &own[..]),
        (
            &*csrf,
            &[("host", "admin:9090"), ("origin", "http://admin:8080")][..],
        ),
        (&*csrf, &[("host", "admin:9090"), ("origin", "null")][..]),
        (
            &*csrf,
            &[("sec-fetch-site", "same-site"), own[0], own[1]][..],
        ),
        (&*csrf, &[("sec-fetch-site", "cross-site")][..]),
    ];
    for (csrf, headers) in refused {
        let fields = order(csrf);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let answer = browser.post_from(path, &fields, headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert_hardened(&answer);
    }
    assert!(
        browser.get(path).await.has("No kind and no service"),
        "nothing was done"
    );
    let fields = order(&csrf);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    browser.set_cookie(None);
    let answer = browser.post(path, &fields).await;
    assert_eq!(
        answer.status,
        StatusCode::UNAUTHORIZED,
        "nobody is signed in"
    );
    let evil = [("sec-fetch-site", "cross-site")];
    let login = [("token", OPERATE)];
    let answer = browser.post_from("/console/login", &login, &evil).await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "nobody is signed in by others"
    );
}

#[tokio::test]
async fn r26_who_may_only_look_sees_no_order_and_can_give_none() {
    let shop = shop().await;
    let browser = Browser::signed_in(shop.admin(), READ).await;
    let pages = [
        "/console",
        "/console/sagas",
        "/console/batches",
        "/console/pauses",
    ];
    let mut csrf = String::new();
    for path in pages {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        csrf = page.field("csrf");
        let posts = page.text.matches("method=\"post\"").count();
        assert_eq!(posts, 1, "{path} has only the button to sign out");
    }
    let saga = "/console/sagas/01990000-0000-7000-8000-000000000001";
    for path in [
        "/console/pauses".to_owned(),
        "/console/batches".to_owned(),
        format!("{saga}/abort"),
    ] {
        let answer = browser
            .post(&path, &[("csrf", &csrf), ("reason", "x")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.has("needs the role operate"), "{}", answer.text);
    }
    let answer = browser.get(&format!("{saga}/abort")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
