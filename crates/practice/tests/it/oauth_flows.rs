//! The grant types beside code and refresh, identity tokens, and the silent and repeated ways through the authorization
//! endpoint.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{CLIENT_ID, TestOrg, back, flow_of, location, org, org_with, text};

const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn assert_error(answer: &(StatusCode, Value), error: &str, description: &str) {
    let (status, body) = answer;
    assert_eq!(*status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(
        body,
        &json!({"error": error, "error_description": description})
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test signs as a client of its own does"
)]
fn signed(key: &KeyPair, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&json!({"alg": "RS256"})), part(claims));
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn pem(key: &KeyPair) -> String {
    let body = STANDARD.encode(key.public_key().as_ref());
    format!("-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----\n")
}

async fn bearer(org: &TestOrg, assertion: &str) -> (StatusCode, Value) {
    org.token(&[("grant_type", JWT), ("assertion", assertion)])
        .await
}

// proves SFB-OAUTH-29, SFB-OAUTH-53
#[tokio::test]
async fn a_signed_assertion_gives_an_access_token() {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let certificate = pem(&key);
    let org = org_with(|options| options.apps[0].jwt_certificate = Some(certificate)).await;
    let (username, _) = org.user();
    let soon: i64 = 1_795_000_180;
    let claims = json!({
        "iss": CLIENT_ID, "sub": username, "aud": "https://login.salesforce.com", "exp": soon,
    });
    let assertion = signed(&key, &claims);
    let refused = bearer(&org, &assertion).await;
    let text_of = "user hasn't approved this consumer";
    assert_error(&refused, "invalid_grant", text_of);
    org.connect().await;
    let (status, answer) = bearer(&org, &assertion).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(answer.get("refresh_token").is_none());
    assert_eq!(
        org.call(text(&answer, "access_token")).await,
        StatusCode::OK
    );
    // milliseconds, as a widely used client sends them
    let mut milliseconds = claims.clone();
    milliseconds["exp"] = json!(soon * 1000);
    let answer = bearer(&org, &signed(&key, &milliseconds)).await;
    assert_eq!(answer.0, StatusCode::OK);
    let other = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let invalid = "invalid assertion";
    assert_error(
        &bearer(&org, &signed(&other, &claims)).await,
        "invalid_grant",
        invalid,
    );
    assert_error(&bearer(&org, "no.token").await, "invalid_grant", invalid);
    let with = |name: &str, value: Value| {
        let mut changed = claims.clone();
        changed[name] = value;
        signed(&key, &changed)
    };
    assert_error(
        &bearer(&org, &with("aud", "https://evil.example".into())).await,
        "invalid_grant",
        "audience validation failed",
    );
    assert_error(
        &bearer(&org, &with("iss", "unknown".into())).await,
        "invalid_client_id",
        "client identifier invalid",
    );
    assert_error(
        &bearer(&org, &with("sub", "nobody@x.example".into())).await,
        "invalid_grant",
        text_of,
    );
    org.clock.advance(TimeDelta::minutes(3));
    assert_error(&bearer(&org, &assertion).await, "invalid_grant", invalid);
}

// proves SFB-OAUTH-54
#[tokio::test]
async fn openid_brings_an_identity_token_that_the_published_key_verifies() {
    let scopes = ["api", "openid"].map(ToOwned::to_owned).to_vec();
    let org = org_with(|options| options.apps[0].scopes = scopes).await;
    let code = org.code(&[("nonce", "n-1")]).await;
    let (_, answer) = org.exchange(&code, &[]).await;
    let token = text(&answer, "id_token");
    let (message, signature) = token.rsplit_once('.').unwrap();
    let keys = org.http.get(org.url("/id/keys")).send().await.unwrap();
    let keys: Value = keys.json().await.unwrap();
    let number = |name: &str| {
        URL_SAFE_NO_PAD
            .decode(text(&keys["keys"][0], name))
            .unwrap()
    };
    let public = aws_lc_rs::rsa::PublicKeyComponents {
        n: number("n"),
        e: number("e"),
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    public
        .verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
        .unwrap();
    let claims = message.split_once('.').unwrap().1;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["aud"], CLIENT_ID);
    assert_eq!(claims["sub"], answer["id"]);
    assert_eq!(claims["iss"], org.running.url());
    let configuration = org.url("/.well-known/openid-configuration");
    let configuration = org.http.get(configuration).send().await.unwrap();
    let configuration: Value = configuration.json().await.unwrap();
    assert_eq!(configuration["jwks_uri"], org.url("/id/keys"));
    assert_eq!(configuration["issuer"], claims["iss"]);
    // another key does not verify it
    let other = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let other = UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        other.public_key().as_ref().to_vec(),
    );
    assert!(other.verify(message.as_bytes(), &signature).is_err());
}

// proves SFB-OAUTH-55
#[tokio::test]
async fn a_device_waits_until_a_person_has_decided() {
    let org = org_with(|options| options.apps[0].device_flow = true).await;
    let (username, password) = org.user();
    let start = [
        ("response_type", "device_code"),
        ("client_id", CLIENT_ID),
        ("scope", "api refresh_token"),
    ];
    let (status, started) = org.token(&start).await;
    assert_eq!(status, StatusCode::OK, "{started}");
    assert_eq!(started["interval"], 5);
    assert_eq!(started["verification_uri"], org.url("/setup/connect"));
    let ask = async |started: &Value| {
        let code = text(started, "device_code").to_owned();
        let form = [
            ("grant_type", "device"),
            ("client_id", CLIENT_ID),
            ("code", code.as_str()),
        ];
        org.token(&form).await
    };
    assert_eq!(ask(&started).await.1["error"], "authorization_pending");
    assert_eq!(ask(&started).await.1["error"], "slow_down");
    let decide = async |started: &Value, decision: &str| {
        let mut browser = org.browser();
        let form = [("user_code", text(started, "user_code"))];
        let response = browser.post("/setup/connect", &form).await;
        let flow = flow_of(&location(&response));
        let form = [
            ("flow", flow.as_str()),
            ("username", username.as_str()),
            ("password", password.as_str()),
        ];
        browser.post("/login", &form).await;
        let form = [("flow", flow.as_str()), ("decision", decision)];
        browser.post("/consent", &form).await.text().await.unwrap()
    };
    let page = decide(&started, "allow").await;
    assert!(page.contains("Your device is connected"), "{page}");
    let (status, tokens) = ask(&started).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(org.refresh(text(&tokens, "refresh_token")).await.0, 200);
    assert_error(&ask(&started).await, "invalid_grant", "expired device code");
    let (_, second) = org.token(&start).await;
    decide(&second, "deny").await;
    assert_error(
        &ask(&second).await,
        "access_denied",
        "end-user denied authorization",
    );
    let wrong = [("user_code", "WRONG")];
    let response = org.browser().post("/setup/connect", &wrong).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_device_flow_is_for_apps_that_have_it_and_are_installed() {
    let start = [("response_type", "device_code"), ("client_id", CLIENT_ID)];
    let without = org().await;
    assert_error(
        &without.token(&start).await,
        "invalid_request",
        "device flow is not enabled",
    );
    let uninstalled = org_with(|options| {
        options.apps[0].device_flow = true;
        options.apps[0].installed = false;
    })
    .await;
    assert_error(
        &uninstalled.token(&start).await,
        "invalid_client",
        "app must be installed into org",
    );
}

// proves SFB-OAUTH-56
#[tokio::test]
async fn a_silent_request_never_shows_a_page() {
    let org = org().await;
    let (username, password) = org.user();
    let silent = org.authorize_url(&[("immediate", "true")]);
    let mut browser = org.browser();
    let refused = back(&location(&browser.get(&silent).await));
    assert_eq!(refused["error"], "immediate_unsuccessful");
    assert_eq!(refused["state"], "the state");
    let answer = browser
        .authorize(&org.authorize_url(&[]), &username, &password)
        .await;
    org.exchange(&answer["code"], &[]).await;
    assert!(back(&location(&browser.get(&silent).await)).contains_key("code"));
    let prompted = org.authorize_url(&[("immediate", "true"), ("prompt", "login consent")]);
    let refused = back(&location(&browser.get(&prompted).await));
    assert_eq!(refused["error"], "immediate_unsuccessful");
}

// proves SFB-OAUTH-57
#[tokio::test]
async fn errors_come_in_the_format_that_was_asked_for() {
    let org = org().await;
    let post = async |format: &str, accept: &str| {
        let form = [("grant_type", "telepathy"), ("format", format)];
        let request = org.http.post(org.url("/services/oauth2/token"));
        let request = request.header("accept", accept).form(&form);
        request.send().await.unwrap().text().await.unwrap()
    };
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAuth><error>unsupported_grant_type</error>\
               <error_description>grant type not supported</error_description></OAuth>";
    let json =
        r#"{"error":"unsupported_grant_type","error_description":"grant type not supported"}"#;
    assert_eq!(post("xml", "*/*").await, xml);
    assert_eq!(post("", "application/xml").await, xml);
    assert_eq!(post("json", "application/xml").await, json);
    assert_eq!(
        post("urlencoded", "*/*").await,
        "error=unsupported_grant_type&error_description=grant+type+not+supported"
    );
}

// proves SFB-OAUTH-42, SFB-OAUTH-58
#[tokio::test]
async fn the_identity_address_answers_jsonp_and_its_three_refusals() {
    let org = org().await;
    let tokens = org.connect().await;
    let path = text(&tokens, "id").replace(org.running.url(), "");
    let get = async |address: String| {
        let response = org.http.get(org.url(&address)).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    };
    let token = text(&tokens, "access_token").replace('!', "%21");
    let (status, body) = get(format!("{path}?oauth_token={token}&callback=show")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body.starts_with("show({\"id\":") && body.ends_with(");"),
        "{body}"
    );
    let (status, body) = get(format!("{path}?oauth_token={token}&callback=alert(1)")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.starts_with('{'), "an unsafe name is ignored");
    let forbidden = StatusCode::FORBIDDEN;
    assert_eq!(
        get(path.clone()).await,
        (forbidden, "Missing_OAuth_Token".into())
    );
    assert_eq!(
        get(format!("{path}?oauth_token=dead")).await,
        (forbidden, "Bad_OAuth_Token".into())
    );
    let other = format!("/id/00D000000000000AAA/005000000000000AAA?oauth_token={token}");
    assert_eq!(get(other).await, (forbidden, "Wrong_Org".into()));
}

// proves SFB-OAUTH-16: the verifier has at least 43 characters
#[tokio::test]
async fn a_short_verifier_is_refused_even_if_it_fits() {
    let org = org().await;
    let short = "too-short";
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, short.as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(digest);
    let code = org.code(&[("code_challenge", &challenge)]).await;
    let answer = org.exchange(&code, &[("code_verifier", short)]).await;
    assert_error(&answer, "invalid_grant", "invalid code verifier");
}

// proves SFB-OAUTH-38, SFB-OAUTH-59
#[tokio::test]
async fn a_page_can_revoke_by_script() {
    let org = org().await;
    let tokens = org.connect().await;
    let refresh = text(&tokens, "refresh_token");
    let path = format!("/services/oauth2/revoke?token={refresh}&callback=done");
    for expected in [
        "done({});",
        r#"done({"error":"unsupported_token_type","error_description":"this token type is not supported"});"#,
    ] {
        let response = org.http.get(org.url(&path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.text().await.unwrap(), expected);
    }
    assert_eq!(org.refresh(refresh).await.0, StatusCode::BAD_REQUEST);
}
