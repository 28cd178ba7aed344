//! The token endpoint: exchange and refresh, and what it says when something is wrong.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{
    CALLBACK, CHALLENGE, CLIENT_ID, CLIENT_SECRET, TestOrg, VERIFIER, org, org_in, org_with, text,
};

fn assert_error(answer: &(StatusCode, Value), error: &str, description: &str) {
    let (status, body) = answer;
    assert_eq!(*status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(body["error"], error);
    assert_eq!(body["error_description"], description);
}

// proves SFB-OAUTH-17, SFB-OAUTH-18, SFB-OAUTH-20
#[tokio::test]
async fn a_token_answer_has_the_fields_and_no_others() {
    let org = org().await;
    let answer = org.connect().await;
    let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    let expected = [
        "access_token",
        "refresh_token",
        "signature",
        "scope",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
    ];
    assert_eq!(names, expected);
    assert!(answer.as_object().unwrap().values().all(Value::is_string));
    assert_eq!(text(&answer, "issued_at"), "1795000000000");
    assert_eq!(text(&answer, "token_type"), "Bearer");
    assert_eq!(text(&answer, "scope"), "api refresh_token id");
    assert_eq!(text(&answer, "instance_url"), org.running.url());
    assert!(text(&answer, "refresh_token").starts_with("5Aep"));
    let id = text(&answer, "id");
    let organization = id.split("/id/").nth(1).unwrap().split('/').next().unwrap();
    let (prefix, rest) = text(&answer, "access_token").split_once('!').unwrap();
    assert_eq!((prefix, prefix.len()), (&organization[..15], 15));
    assert!(rest.len() > 90);
    assert_eq!(
        org.call(text(&answer, "access_token")).await,
        StatusCode::OK
    );
}

// proves SFB-OAUTH-6, SFB-OAUTH-16, CON-4
#[tokio::test]
async fn pkce_without_a_method_means_s256() {
    let org = org().await;
    for method in [None, Some(("code_challenge_method", "S256"))] {
        let mut changes = vec![("code_challenge", CHALLENGE)];
        changes.extend(method);
        let code = org.code(&changes).await;
        let (status, answer) = org.exchange(&code, &[("code_verifier", VERIFIER)]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

// proves SFB-OAUTH-16
#[tokio::test]
async fn a_wrong_or_missing_verifier_is_refused_and_uses_the_code_up() {
    let org = org().await;
    let wrong = VERIFIER.replace('d', "e");
    for verifier in [Some(("code_verifier", wrong.as_str())), None] {
        let code = org.code(&[("code_challenge", CHALLENGE)]).await;
        let more: Vec<_> = verifier.into_iter().collect();
        let answer = org.exchange(&code, &more).await;
        assert_error(&answer, "invalid_grant", "invalid code verifier");
        let answer = org.exchange(&code, &[("code_verifier", VERIFIER)]).await;
        assert_error(&answer, "invalid_grant", "expired authorization code");
    }
}

// proves SFB-OAUTH-15, SFB-OAUTH-62
#[tokio::test]
async fn a_code_works_once_and_ten_minutes() {
    let org = org().await;
    let code = org.code(&[]).await;
    assert_eq!(org.exchange(&code, &[]).await.0, StatusCode::OK);
    let again = org.exchange(&code, &[]).await;
    assert_error(&again, "invalid_grant", "expired authorization code");
    let late = org.code(&[]).await;
    org.clock.advance(TimeDelta::minutes(10));
    let answer = org.exchange(&late, &[]).await;
    assert_error(&answer, "invalid_grant", "expired authorization code");
    let answer = org.exchange("made-up", &[]).await;
    assert_error(&answer, "invalid_grant", "invalid authorization code");
}

// proves SFB-OAUTH-14, SFB-OAUTH-31, SFB-OAUTH-32, SFB-OAUTH-33, SFB-OAUTH-34, SFB-OAUTH-36
// proves SFB-OAUTH-63
#[tokio::test]
async fn mistakes_at_the_exchange_have_their_words() {
    let org = org().await;
    let code = org.code(&[]).await;
    let answer = org.exchange(&code, &[("client_id", "unknown")]).await;
    assert_error(&answer, "invalid_client_id", "client identifier invalid");
    let answer = org.exchange(&code, &[("client_secret", "wrong")]).await;
    assert_error(&answer, "invalid_client", "invalid client credentials");
    let answer = org.exchange(&code, &[("client_secret", "")]).await;
    assert_error(&answer, "invalid_client", "invalid client credentials");
    let answer = org.exchange(&code, &[("grant_type", "telepathy")]).await;
    assert_error(
        &answer,
        "unsupported_grant_type",
        "grant type not supported",
    );
    let answer = org.exchange(&code, &[("grant_type", "")]).await;
    assert_error(
        &answer,
        "invalid_request",
        "missing required parameter: grant_type",
    );
    let answer = org
        .exchange(&code, &[("redirect_uri", "http://localhost:9/other")])
        .await;
    assert_error(
        &answer,
        "redirect_uri_mismatch",
        "redirect_uri must match configuration",
    );
    let response = org
        .http
        .get(org.url("/services/oauth2/token"))
        .send()
        .await
        .unwrap();
    let answer = (response.status(), response.json().await.unwrap());
    assert_error(&answer, "invalid_request", "must use HTTP POST");
}

// proves SFB-OAUTH-61
#[tokio::test]
async fn one_of_several_exchanges_at_once_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    let code = org.code(&[]).await;
    let exchanges = (0..8).map(|_| org.exchange(&code, &[]));
    let answers = futures::future::join_all(exchanges).await;
    let (good, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|(status, _)| *status == StatusCode::OK);
    assert_eq!(good.len(), 1);
    for (status, body) in refused {
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(body["error"], "invalid_grant");
        let words = text(&body, "error_description");
        let known = [
            "token request is already being processed",
            "expired authorization code",
        ];
        assert!(known.contains(&words), "{body}");
    }
}

// proves SFB-OAUTH-14
#[tokio::test]
async fn basic_authentication_and_other_formats_work() {
    let org = org().await;
    let code = org.code(&[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("format", "urlencoded"),
    ];
    let request = org.http.post(org.url("/services/oauth2/token"));
    let request = request
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
        .form(&form);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-cache, no-store");
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("access_token=00D")
    );
}

// proves SFB-OAUTH-22, SFB-OAUTH-23, CON-6
#[tokio::test]
async fn refresh_gives_a_new_access_token_only() {
    let org = org().await;
    let first = org.connect().await;
    let (status, second) = org.refresh(text(&first, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK, "{second}");
    assert!(second.get("refresh_token").is_none());
    assert_ne!(second["access_token"], first["access_token"]);
    assert_eq!(
        org.call(text(&second, "access_token")).await,
        StatusCode::OK
    );
    assert_eq!(
        org.refresh(text(&first, "refresh_token")).await.0,
        StatusCode::OK
    );
    let with_scope = org.token(&refresh_form(&first, &[("scope", "api")])).await;
    assert_error(
        &with_scope,
        "invalid_scope",
        "the requested scope is not allowed",
    );
    let (status, _) = org
        .token(&refresh_form(&first, &[("code_verifier", VERIFIER)]))
        .await;
    assert_eq!(status, StatusCode::OK, "an old verifier is ignored");
    assert_eq!(org.running.counts().token_requests["refresh_token"], 4);
}

fn refresh_form<'a>(tokens: &'a Value, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", text(tokens, "refresh_token")),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    form.extend_from_slice(more);
    form
}

// proves CON-5, CON-6, SFB-OAUTH-66
#[tokio::test]
async fn the_secret_is_needed_where_the_app_says_so() {
    let refresh = async |org: &TestOrg, token: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", CLIENT_ID),
        ];
        org.token(&form).await
    };
    let strict = org().await;
    let tokens = strict.connect().await;
    let answer = refresh(&strict, text(&tokens, "refresh_token")).await;
    assert_error(&answer, "invalid_client", "invalid client credentials");
    let lenient = org_with(|options| options.apps[0].require_secret_for_refresh = false).await;
    let tokens = lenient.connect().await;
    assert_eq!(
        refresh(&lenient, text(&tokens, "refresh_token")).await.0,
        StatusCode::OK
    );
    let public = org_with(|options| options.apps[0].client_secret = None).await;
    let code = public.code(&[("code_challenge", CHALLENGE)]).await;
    let answer = public.exchange(&code, &[("code_verifier", VERIFIER)]).await;
    assert_error(&answer, "invalid_client", "invalid client credentials");
    let more = [("code_verifier", VERIFIER), ("client_secret", "")];
    assert_eq!(public.exchange(&code, &more).await.0, StatusCode::OK);
}

// proves SFB-OAUTH-7, CON-11
#[tokio::test]
async fn without_the_scope_there_is_no_refresh_token() {
    let org = org().await;
    let code = org.code(&[("scope", "api id")]).await;
    let (_, answer) = org.exchange(&code, &[]).await;
    assert!(answer.get("refresh_token").is_none());
    assert_eq!(answer["scope"], "api id");
    let code = org.code(&[("scope", "api offline_access")]).await;
    let (_, answer) = org.exchange(&code, &[]).await;
    assert!(text(&answer, "refresh_token").starts_with("5Aep"));
}

// proves SFB-OAUTH-28, SFB-OAUTH-30
#[tokio::test]
async fn client_credentials_and_password_work_where_they_are_switched_on() {
    let org = org().await;
    let (username, password) = org.user();
    let form = |grant_type| {
        [
            ("grant_type", grant_type),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("username", username.as_str()),
            ("password", password.as_str()),
        ]
    };
    let answer = org.token(&form("password")).await;
    assert_error(&answer, "invalid_grant", "authentication failure");
    let answer = org.token(&form("client_credentials")).await;
    assert_error(
        &answer,
        "invalid_grant",
        "no client credentials user enabled",
    );
    let run_as = username.clone();
    let open = org_with(|options| {
        options.allow_password_grant = true;
        options.apps[0].run_as = Some(run_as);
    })
    .await;
    for grant_type in ["password", "client_credentials"] {
        let (status, answer) = open.token(&form(grant_type)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(answer.get("refresh_token").is_none());
        assert_eq!(
            open.call(text(&answer, "access_token")).await,
            StatusCode::OK
        );
    }
}
