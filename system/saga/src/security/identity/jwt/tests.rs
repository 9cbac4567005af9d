use std::sync::atomic::{AtomicI64, Ordering};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{super::JwksError, *};
use crate::time::Timestamp;

const USER: HeaderName = HeaderName::from_static("x-user-id");
/// 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;

/// A key pair for these tests alone, in PKCS #8.
const RSA: &str = concat!(
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC9PFOd6B/ksNbit+MLDBQmQBqhMQE4drXQQKNpISPHz1m5w1Rc",
    "5yAjzLhS6vNT3y6+PpWIE8/VcogtxixXcZyqSQnDZu/8Vs9LgfcYOf6d9leFJy5apfOCPJWtwJNc9Aq/fOI7dHBSqZefKaVuye2F",
    "R5MqNORI5PYIa2atBQEwof9HPVvY5cJZFBTyWc+QkbMR6lAS9GHy0NThzah4I3SvFlebd4MoANEr+DLLZipc0VSP1hsL9Di6yZH4",
    "liOl3LROH9hd3oHcWyvUn083Fbi/md981WGjPugydWTo4FffROWDDB1PpW1KYQAaG55Ek+Vf6CixB2678gx8ntBUVGzPAgMBAAEC",
    "ggEADM2SErLrxXs5bqlmUQ8GJfhcVN+N55YQgwB8jdZSJ2id93WBta9le0aUifefcuM8tF5jm4tLmnNfR0mLIndrVBIQ+Qlz3yy4",
    "ZbFrWFZEJcfO8BFQj41+xib3MYQ/9CAGwiHe5IriNpWGzpvwt2guC8Bl8osVjuD+zF8H2VjnVbTiVXgUUccvVPL2Dcpbid/2wwgC",
    "sl267rmaXOFB67ihYa5qF+Xxz6kXATvwjaAQDhPycsXU6yrIJEk9Nnik0uZlcTKpRzIUx9f44juXw1w5X+TOmoBPrgGfWmc8Xeil",
    "biiridcl5wzH7aiVgkRbq9gQDl7+aBtBAD+lFLgb8Ch7oQKBgQDj+5jOHjsNwbXcsVp7g6R3UJ6jm8fHcLA80so0w6LaY75bNopq",
    "MMJDncvWOQgxwGfbAP5enPgnYUbhi26N3KSLYCeSTiotQ4WSZMiP39p/q7EMWC6LO+ui4xrWTuls8x0FvZ+jK10MtvLeC55jYdP0",
    "qM8ZbQA645lbvu7SlJDoRwKBgQDUfbvGjJ9TPb7PtXv17YwV0q/rJQyokczuDpLSODktgJZ4C8ezmtCzhtgUbWF0KD9psmRIU8At",
    "lBcZSoWBBwqk+CAVdMdidTnJWHxy9YsWMthmLZsMipWWma7sETAdOLUc8QhDSAoU6rJst6mTGBzmh1j8YWCg/oe515mNQ7kjOQKB",
    "gDl+Bj/cccn7UrBv7UB+pygLpaXesBfEfD0qbyG1QElQo/1+mJNE7oh8r527Tiy1t7sL2hnj/dR4fJZ+Qgf2X2xieDg2C/7UK0gK",
    "sGVP71sI4iIZzsr/9mFiYi8vQUBfYq9C7ZIJanK9ZCvIxE2NqxTkyS1BRrCTGuZ/FNz36D8bAoGAXmwovsfKHLE5Uw8wME4Ii8H9",
    "jh3+jAGN8NLlBykYr1GOi3WgnfzTdJMc/abFQVqJIyy0RzeAFEDUKtbkkDtSzY+8ogwsdWHl9cSuOF9IGOsrIexuE5qZcjyEcD4L",
    "BVEnmd65bzxZzoWkF49deRGj9gR61FtpFuFD6p8ViqJnaHECgYEAgwRN3/86/j+BOQr4263WHd28lM77/lOxTEtARdbnFRY9bJ6Z",
    "7DiIH1nkAZZP4JBKigRg/ephw/S6cVqRqKl/8XsRb3wgT9qqCLrWi8mLoj+dsO5NWcHvafnA/JAfPqSA9jqIaRF8dMM/CmAyVIlT",
    "uzPU5EUy0RCL+w57/V3katA=",
);

struct Stopped(AtomicI64);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed) * 1_000_000)
    }
}

fn rsa() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(&BASE64_STANDARD.decode(RSA).unwrap()).unwrap()
}

fn ed(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa_key() -> Value {
    let public = PublicKeyComponents::<Vec<u8>>::from(rsa().public());
    let (n, e) = (public.n, public.e);
    json!({ "kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": url(n), "e": url(e) })
}

fn ed_key(seed: u8) -> Value {
    let x = url(ed(seed).public_key().as_ref());
    json!({ "kty": "OKP", "kid": format!("ed{seed}"), "crv": "Ed25519", "x": x })
}

fn jwks(keys: &[Value]) -> Jwks {
    json!({ "keys": keys }).to_string().parse().unwrap()
}

fn jwt_with(issuer: Option<&str>, audience: Option<&str>) -> (Jwt, Arc<Stopped>) {
    let rules = JwtRules {
        issuer: issuer.map(str::to_owned),
        audience: audience.map(str::to_owned),
        is_user: |user| user.parse::<u32>().is_ok(),
    };
    let clock = Arc::new(Stopped(AtomicI64::new(NOW)));
    let keys = jwks(&[rsa_key(), ed_key(1), ed_key(2)]);
    (Jwt::new(keys, rules, Arc::clone(&clock) as _), clock)
}

fn signing_input(head: &Value, claims: &Value) -> String {
    format!("{}.{}", url(head.to_string()), url(claims.to_string()))
}

fn rs256(head: &Value, claims: &Value) -> String {
    let input = signing_input(head, claims);
    let key = rsa();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        input.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{input}.{}", url(signature))
}

fn eddsa(seed: u8, claims: &Value) -> String {
    let input = signing_input(
        &json!({ "alg": "EdDSA", "kid": format!("ed{seed}") }),
        claims,
    );
    format!("{input}.{}", url(ed(seed).sign(input.as_bytes())))
}

fn claims() -> Value {
    json!({ "sub": "7", "exp": NOW + 60 })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn rs_head() -> Value {
    json!({ "alg": "RS256", "kid": "rsa", "typ": "JWT" })
}

#[test]
fn r26_a_token_of_either_algorithm_names_its_user() {
    let (jwt, _) = jwt_with(None, None);
    assert_eq!(jwt.user(&rs256(&rs_head(), &claims())).unwrap(), "7");
    assert_eq!(jwt.user(&eddsa(1, &claims())).unwrap(), "7");
    assert_eq!(jwt.user(&eddsa(2, &with("exp", 1.8e9))).unwrap(), "7");
}

#[test]
fn r26_an_expired_or_early_token_is_refused_by_the_clock_of_the_environment() {
    let (jwt, clock) = jwt_with(None, None);
    let token = eddsa(1, &claims());
    let early = eddsa(
        1,
        &json!({ "sub": "7", "nbf": NOW + 100, "exp": NOW + 1_000 }),
    );
    for (at, is_good, is_early) in [
        (0, true, true),
        (69, true, true),
        (70, true, false),
        (89, true, false),
        (90, false, false),
    ] {
        clock.0.store(NOW + at, Ordering::Relaxed);
        assert_eq!(jwt.user(&token).is_ok(), is_good, "{at}");
        assert_eq!(jwt.user(&early).is_err(), is_early, "{at}");
    }
    assert_eq!(jwt.user(&token), Err("has expired"));
    for wrong in [
        json!({ "sub": "7" }),
        with("exp", "soon"),
        with("exp", Value::Null),
    ] {
        assert!(jwt.user(&eddsa(1, &wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn r26_a_token_of_another_issuer_or_for_another_audience_is_refused() {
    let (jwt, _) = jwt_with(Some("login"), Some("likes"));
    let token = |iss: Value, aud: Value| {
        eddsa(
            1,
            &json!({ "sub": "7", "exp": NOW + 60, "iss": iss, "aud": aud }),
        )
    };
    assert!(jwt.user(&token(json!("login"), json!("likes"))).is_ok());
    assert!(
        jwt.user(&token(json!("login"), json!(["shop", "likes"])))
            .is_ok()
    );
    for (iss, aud) in [
        (json!("other"), json!("likes")),
        (Value::Null, json!("likes")),
        (json!("login"), json!("shop")),
        (json!("login"), json!([])),
        (json!("login"), Value::Null),
    ] {
        assert!(
            jwt.user(&token(iss.clone(), aud.clone())).is_err(),
            "{iss} {aud}"
        );
    }
    let (for_nobody, _) = jwt_with(None, None);
    assert!(
        for_nobody
            .user(&token(json!("login"), json!("likes")))
            .is_err()
    );
}

#[test]
fn r26_a_forged_token_is_refused() {
    let (jwt, _) = jwt_with(None, None);
    let unsigned = signing_input(&json!({ "alg": "none", "kid": "rsa" }), &claims());
    let confused = signing_input(&json!({ "alg": "HS256", "kid": "rsa" }), &claims());
    let public = rsa().public().as_ref().to_vec();
    let mut mac = Hmac::<Sha256>::new_from_slice(&public).unwrap();
    mac.update(confused.as_bytes());
    let good = rs256(&rs_head(), &claims());
    let (input, signature) = good.rsplit_once('.').unwrap();
    let other_user = signing_input(&rs_head(), &with("sub", "8"));
    let mut cut = good.clone();
    cut.pop();
    let other_key = eddsa(1, &claims()).replacen(
        &url(json!({ "alg": "EdDSA", "kid": "ed1" }).to_string()),
        &url(json!({ "alg": "EdDSA", "kid": "ed2" }).to_string()),
        1,
    );
    let forged = [
        format!("{unsigned}."),
        unsigned.clone(),
        format!("{unsigned}.{signature}"),
        format!("{confused}.{}", url(mac.finalize().into_bytes())),
        format!("{other_user}.{signature}"),
        format!("{input}."),
        cut,
        other_key,
        eddsa(3, &claims()),
        rs256(&json!({ "alg": "RS256" }), &claims()),
        rs256(
            &json!({ "alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1 }),
            &claims(),
        ),
        rs256(&json!({ "alg": "RS512", "kid": "rsa" }), &claims()),
        rs256(&json!({ "alg": "RS256", "kid": "ed1" }), &claims()),
        String::new(),
        "a.b.c".to_owned(),
        "x".repeat(TOKEN_BYTES_MAX + 1),
    ];
    for token in forged {
        let why = jwt.user(&token).unwrap_err();
        assert!(!why.is_empty() && !token.contains(why), "{why}");
    }
    for subject in [json!("0x7"), json!(7), json!(""), Value::Null] {
        assert!(
            jwt.user(&eddsa(1, &with("sub", subject.clone()))).is_err(),
            "{subject}"
        );
    }
}

#[test]
fn r26_a_key_is_replaced_without_a_restart() {
    let (jwt, _) = jwt_with(None, None);
    let (old, new) = (eddsa(1, &claims()), eddsa(3, &claims()));
    assert!(jwt.user(&old).is_ok() && jwt.user(&new).is_err());
    jwt.replace(jwks(&[ed_key(1), ed_key(3)]));
    assert!(jwt.user(&old).is_ok() && jwt.user(&new).is_ok());
    jwt.replace(jwks(&[ed_key(3)]));
    assert!(jwt.user(&old).is_err() && jwt.user(&new).is_ok());
}

fn checked(headers: &[(&str, &str)]) -> Result<Option<String>, u16> {
    let (jwt, _) = jwt_with(None, None);
    let mut request = axum::http::Request::builder();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    let checked = jwt.check(&USER, &mut parts);
    checked.map_err(|problem| problem.status().as_u16())?;
    let user = parts.headers.get(USER);
    Ok(user.map(|user| user.to_str().unwrap().to_owned()))
}

#[test]
fn r26_the_header_with_the_user_must_be_what_the_token_says() {
    let bearer = format!("bearer {}", eddsa(1, &claims()));
    let other = format!("Bearer {}", eddsa(1, &with("sub", "8")));
    let user = Ok(Some("7".to_owned()));
    assert_eq!(checked(&[("authorization", &bearer)]), user);
    assert_eq!(
        checked(&[("authorization", &bearer), ("x-user-id", " 7 ")]),
        user
    );
    assert_eq!(checked(&[]), Ok(None));
    for (headers, status) in [
        (vec![("x-user-id", "7")], 401),
        (vec![("authorization", &*bearer), ("x-user-id", "8")], 403),
        (
            vec![
                ("authorization", &*bearer),
                ("x-user-id", "7"),
                ("x-user-id", "8"),
            ],
            403,
        ),
        (
            vec![("authorization", &*bearer), ("authorization", &*other)],
            401,
        ),
        (vec![("authorization", "Basic Nzo3")], 401),
        (vec![("authorization", "Bearer ")], 401),
        (vec![("authorization", "Bearer")], 401),
    ] {
        assert_eq!(checked(&headers), Err(status), "{headers:?}");
    }
}

#[test]
fn r26_a_key_set_that_cannot_be_used_is_refused_with_a_reason() {
    let refused = |keys: &[Value]| {
        json!({ "keys": keys })
            .to_string()
            .parse::<Jwks>()
            .unwrap_err()
    };
    let changed = |mut key: Value, name: &str, value: Value| {
        key[name] = value;
        key
    };
    assert_eq!(refused(&[]), JwksError::Empty);
    assert_eq!(refused(&[ed_key(1), ed_key(1)]), JwksError::Twice(2));
    assert_eq!(
        refused(&[ed_key(1), changed(ed_key(2), "d", json!("AA"))]),
        JwksError::Private(2)
    );
    assert_eq!(
        refused(&[json!({ "kty": "oct", "k": "AA" })]),
        JwksError::Private(1)
    );
    assert_eq!(
        refused(&[changed(rsa_key(), "use", json!("enc"))]),
        JwksError::Empty
    );
    assert_eq!(
        refused(&[changed(rsa_key(), "alg", json!("RS512"))]),
        JwksError::Empty
    );
    assert_eq!(
        refused(&[changed(rsa_key(), "n", json!(5))]),
        JwksError::Invalid(1)
    );
    assert_eq!(refused(&[json!({})]), JwksError::Invalid(1));
    for text in ["", "[]", "{\"keys\": 1}", "not json"] {
        assert_eq!(
            text.parse::<Jwks>().unwrap_err(),
            JwksError::NotASet,
            "{text}"
        );
    }
}
