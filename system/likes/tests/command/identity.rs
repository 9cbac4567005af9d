//! R26: who a user is, and who is an operator, on real processes.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    assert_refused,
    common::client::{Client, Reply},
    run::{Running, run},
    three_processes::Three,
};

/// In the year 2096.
const LATER: u64 = 4_000_000_000;
const OPERATOR: &str = "planted-operator-token";
const READER: &str = "planted-reader-token";
const SECRET: &str = "planted-service-secret-0123456789ab";

fn url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn key(number: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap()
}

/// A key set with these keys.
fn key_set(numbers: &[u8]) -> String {
    let one = |number: &u8| {
        let x = url(key(*number).public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": number.to_string(), "x": x })
    };
    json!({ "keys": numbers.iter().map(one).collect::<Vec<Value>>() }).to_string()
}

/// A value of `Authorization` with a token that one of these keys has signed.
fn token(number: u8, claims: &Value) -> String {
    let head = json!({ "alg": "EdDSA", "kid": number.to_string() });
    let input = format!("{}.{}", url(head.to_string()), url(claims.to_string()));
    let signature = url(key(number).sign(input.as_bytes()));
    format!("Bearer {input}.{signature}")
}

fn of_user(user: &str) -> Value {
    json!({ "sub": user, "exp": LATER, "iss": "login", "aud": ["likes"] })
}

/// Serves everything in one process.
fn serve(folder: &Path, options: &str) -> Running {
    let line = format!("serve --listen 127.0.0.1:0 --data data {options}");
    Running::start(folder, &line.split_whitespace().collect::<Vec<_>>())
}

async fn like(client: &Client, article: i64, headers: &[(&str, &str)]) -> Reply {
    let path = format!("/articles/{article}/like");
    let request = client.post(&path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(name, *value)
    });
    request.send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_only_a_trusted_peer_may_name_the_user() {
    let folder = TempDir::new().expect("a folder");
    for (peers, status) in [("10.0.0.0/8,::1", 401), ("10.0.0.0/8,127.0.0.0/8", 200)] {
        let running = serve(folder.path(), &format!("--trusted-peers {peers}"));
        let client = Client::new(running.address());
        let article = client.article("Everybody may write one").await;
        let named = like(&client, article, &[("X-User-ID", "7")]).await;
        assert_eq!(named.status, status, "{named:?}");
        // A header that anybody can send changes nothing.
        let forwarded = [
            ("X-User-ID", "8"),
            ("X-Forwarded-For", "10.0.0.1"),
            ("Forwarded", "for=10.0.0.1"),
        ];
        assert_eq!(like(&client, article, &forwarded).await.status, status);
        let read = client.get(&format!("/v1/articles/{article}")).send().await;
        assert_eq!(read.status, 200, "{read:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_with_tokens_a_user_is_who_the_token_says() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("keys");
    fs::write(&file, key_set(&[1])).unwrap();
    let options = "--identity jwt --jwks keys --jwt-issuer login --jwt-audience likes";
    let mut running = serve(folder.path(), options);
    let client = Client::new(running.address());
    let article = client.article("An article").await;
    let seven = token(1, &of_user("7"));
    let liked = like(&client, article, &[("Authorization", &seven)]).await;
    assert_eq!(liked.status, 200, "{liked:?}");
    let me = format!("/v1/articles/{article}/likes/me");
    // A replayed token is the same token.
    let record = client.get(&me).header("Authorization", &seven).send().await;
    assert_eq!(record.body["user_id"], 7, "{record:?}");
    let new_key = token(2, &of_user("8"));
    for (headers, status) in [
        (vec![], 401),
        (vec![("X-User-ID", "7")], 401),
        (vec![("Authorization", &*seven), ("X-User-ID", "8")], 403),
        (vec![("Authorization", "Bearer planted.token.x")], 401),
        (vec![("Authorization", &*new_key)], 401),
    ] {
        let reply = like(&client, article, &headers).await;
        assert_eq!(reply.status, status, "{headers:?} {reply:?}");
        assert!(!reply.text.contains("planted"), "{}", reply.text);
        let is_401 = reply.status == 401;
        assert_eq!(reply.headers.contains_key("www-authenticate"), is_401);
    }
    fs::write(&file, key_set(&[2])).unwrap();
    running.wait_for_log("the keys of tokens were replaced");
    assert_eq!(
        like(&client, article, &[("Authorization", &seven)])
            .await
            .status,
        401
    );
    assert_eq!(
        like(&client, article, &[("Authorization", &new_key)])
            .await
            .status,
        200
    );
    assert_eq!(client.likes(article).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_a_user_is_blocked_by_operators_alone() {
    let folder = TempDir::new().expect("a folder");
    let tokens = format!("ann operate {OPERATOR}\nbob read {READER}\n");
    fs::write(folder.path().join("tokens"), tokens).unwrap();
    let path = "/v1/users/7/block";
    {
        let open = serve(folder.path(), "");
        let blocked = Client::new(open.address()).put(path).send().await;
        assert_eq!(blocked.status, 204, "nothing is secured: {blocked:?}");
    }
    let line = "--admin-listen 127.0.0.1:0 --admin-token-file tokens";
    let running = serve(folder.path(), line);
    let (client, admin) = (
        Client::new(running.address()),
        Client::new(running.admin_address()),
    );
    let bearer = format!("Bearer {OPERATOR}");
    let public = client
        .delete(path)
        .header("Authorization", &bearer)
        .send()
        .await;
    assert_eq!(public.status, 403, "{public:?}");
    for (token, status) in [(None, 401), (Some(READER), 403), (Some(OPERATOR), 204)] {
        let request = admin.delete(path);
        let request = match token {
            None => request,
            Some(token) => request.header("Authorization", format!("Bearer {token}")),
        };
        let reply = request.send().await;
        assert_eq!(reply.status, status, "{token:?} {reply:?}");
    }
    let article = client.article("An article").await;
    assert_eq!(client.like(article, 7).await.status, 200);
}

#[test]
fn r26_options_of_identity_that_contradict_each_other_are_refused() {
    assert_refused(
        &["serve", "--identity", "jwt"],
        &["--identity jwt needs --jwks"],
    );
    assert_refused(
        &["serve", "--jwks", "keys"],
        &["--jwks is only for --identity jwt"],
    );
    assert_refused(
        &["serve", "--identity", "magic"],
        &["--identity", "header, jwt"],
    );
    assert_refused(
        &["serve", "--trusted-peers", "gateway"],
        &["`gateway` is not an address"],
    );
    assert_refused(&["serve", "--jwt-issuer", "x"], &["--jwks"]);
    let both = [
        "serve",
        "--identity",
        "jwt",
        "--jwks",
        "keys",
        "--trusted-peers",
        "::1",
    ];
    assert_refused(&both, &["--trusted-peers is only for --identity header"]);
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("keys");
    fs::write(
        &file,
        "{\"keys\": [{\"kty\": \"oct\", \"k\": \"planted\"}]}",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let ended = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--identity",
        "jwt",
        "--jwks",
        file,
    ]);
    assert_eq!(ended.code, Some(2), "{}", ended.errors);
    let why = format!("--jwks {file}: key 1 has a private part");
    assert!(ended.errors.contains(&why), "{}", ended.errors);
    assert!(!ended.errors.contains("planted"), "{}", ended.errors);
}

/// A whole session at the most talkative level, with a wrong and a right credential of each kind.
#[tokio::test(flavor = "multi_thread")]
async fn r26_no_planted_secret_is_in_a_log_or_an_answer() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("secrets", SECRET);
    write("tokens", &format!("ann operate {OPERATOR}\n"));
    write("keys", &key_set(&[1]));
    let line = "--identity jwt --jwks keys --jwt-issuer login --jwt-audience likes --service-secret-file secrets \
                --admin-listen 127.0.0.1:0 --admin-token-file tokens --log-level trace";
    let options: Vec<&str> = line.split_whitespace().collect();
    let three = Three::start(folder.path(), &options).await;
    let (right, wrong) = (token(1, &of_user("7")), token(2, &of_user("7")));
    let mut answers = Vec::new();
    for authorization in [&right, &wrong] {
        let headers = [("Authorization", &**authorization)];
        answers.push(like(&three.client, three.article_id, &headers).await);
    }
    let services = [&three.article, &three.user, &three.coordinator];
    for running in services {
        let (client, admin) = (
            Client::new(running.address()),
            Client::new(running.admin_address()),
        );
        for secret in [SECRET, "planted-wrong-secret-0123456789"] {
            let steps = client.post("/v1/steps").json(&json!([]));
            answers.push(steps.header("Likewise-Service-Secret", secret).send().await);
        }
        for token in [OPERATOR, "planted-wrong-token"] {
            let bearer = format!("Bearer {token}");
            answers.push(
                admin
                    .get("/metrics")
                    .header("Authorization", bearer)
                    .send()
                    .await,
            );
        }
    }
    assert_eq!(answers[0].status, 200, "{:?}", answers[0]);
    assert_eq!(answers[1].status, 401, "{:?}", answers[1]);
    let signature = |token: &str| token.rsplit('.').next().unwrap_or_default().to_owned();
    let secrets = ["planted".to_owned(), signature(&right), signature(&wrong)];
    let logs = services.map(|running| running.log_lines("").join("\n"));
    let answers = answers
        .iter()
        .map(|answer| format!("{} {:?}", answer.text, answer.headers));
    for text in answers.chain(logs) {
        assert!(!text.is_empty());
        for secret in &secrets {
            assert!(!text.contains(secret), "{secret} is in:\n{text}");
        }
    }
}
