//! The authorization endpoint and its pages.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{CALLBACK, CHALLENGE, CLIENT_ID, back, flow_of, location, org, org_with};

// proves SFB-OAUTH-1, SFB-OAUTH-4, SFB-OAUTH-5, SFB-OAUTH-65
#[tokio::test]
async fn the_pages_lead_from_sign_in_reach_consent_and_back() {
    let org = org().await;
    let (username, password) = org.user();
    let mut browser = org.browser();
    let url = org.authorize_url(&[("login_hint", &username), ("state", "a b+c/=&é")]);
    let sign_in = location(&browser.get(&url).await);
    let page = browser.get(&sign_in).await.text().await.unwrap();
    assert!(page.contains(&username), "the hint is filled in");
    assert!(page.contains("Practice org") && page.contains("Test app"));
    let consent = browser.reach_consent(&url, &username, &password).await;
    let response = browser.get(&consent).await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(page.contains("Access and manage your data through the APIs"));
    assert!(page.contains("Perform requests at any time"));
    let answer = back(&browser.decide(&consent, "allow").await);
    assert_eq!(answer["state"], "a b+c/=&é");
    assert!(answer["code"].ends_with("=="));
}

// proves SFB-OAUTH-9
#[tokio::test]
async fn deny_goes_back_with_access_denied() {
    let org = org().await;
    let (username, password) = org.user();
    let mut browser = org.browser();
    let consent = browser
        .reach_consent(&org.authorize_url(&[]), &username, &password)
        .await;
    let answer = back(&browser.decide(&consent, "deny").await);
    assert_eq!(answer["error"], "access_denied");
    assert_eq!(answer["error_description"], "end-user denied authorization");
    assert_eq!(answer["state"], "the state");
    // The decision was made; a second one finds nothing.
    let again = browser
        .post(
            "/consent",
            &[("flow", &flow_of(&consent)), ("decision", "allow")],
        )
        .await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
}

// proves SFB-OAUTH-2, SFB-OAUTH-8
#[tokio::test]
async fn a_wrong_app_or_callback_is_shown_and_never_redirected() {
    let org = org().await;
    let slash = format!("{CALLBACK}/");
    let cases = [
        (
            ("client_id", "unknown"),
            "error=invalid_client_id&#38;error_description=client identifier invalid",
        ),
        (
            ("redirect_uri", slash.as_str()),
            "error=redirect_uri_mismatch&#38;error_description=redirect_uri must match configuration",
        ),
        (
            ("redirect_uri", "https://evil.example/"),
            "redirect_uri must match configuration",
        ),
    ];
    for (change, expected) in cases {
        let response = org.browser().get(&org.authorize_url(&[change])).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(response.headers().get("location").is_none());
        let page = response.text().await.unwrap();
        assert!(page.contains(expected), "{page}");
    }
}

/// What is sent otherwise, and the error and its description that come back.
type Mistake = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

// proves SFB-OAUTH-3, SFB-OAUTH-6, SFB-OAUTH-10, SFB-OAUTH-64
#[tokio::test]
async fn other_mistakes_go_back_to_the_app() {
    let org = org_with(|options| options.apps[0].require_pkce = true).await;
    let cases: [Mistake; 5] = [
        (&[], "invalid_request", "missing required code challenge"),
        (
            &[("code_challenge", "short")],
            "invalid_request",
            "invalid code challenge",
        ),
        (
            &[
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "plain"),
            ],
            "invalid_request",
            "code challenge method not supported",
        ),
        (
            &[("code_challenge", CHALLENGE), ("scope", "api web")],
            "invalid_scope",
            "the requested scope is not allowed",
        ),
        (
            &[("response_type", "token")],
            "unsupported_response_type",
            "response type not supported",
        ),
    ];
    for (changes, error, expected) in cases {
        let response = org.browser().get(&org.authorize_url(changes)).await;
        let answer = back(&location(&response));
        assert_eq!(answer["error"], error);
        assert_eq!(answer["error_description"], expected);
        assert_eq!(answer["state"], "the state");
        assert!(!answer.contains_key("code"));
    }
}

// proves SFB-OAUTH-12
#[tokio::test]
async fn a_blocked_app_is_stopped_on_the_page() {
    let org = org().await;
    let tokens = org.connect().await;
    org.admin("block-app", json!({"client_id": CLIENT_ID}))
        .await;
    let response = org.browser().get(&org.authorize_url(&[])).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let page = response.text().await.unwrap();
    assert!(page.contains("OAUTH_APP_BLOCKED") && page.contains("this app is blocked by admin"));
    let (status, answer) = org.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("OAUTH_APP_BLOCKED"))
    );
    assert_eq!(
        org.call(tokens["access_token"].as_str().unwrap()).await,
        StatusCode::FORBIDDEN
    );
}

// proves SFB-OAUTH-5
#[tokio::test]
async fn consent_is_skipped_the_second_time_unless_asked_for() {
    let org = org().await;
    let (username, password) = org.user();
    let mut browser = org.browser();
    let answer = browser
        .authorize(&org.authorize_url(&[]), &username, &password)
        .await;
    org.exchange(&answer["code"], &[]).await;
    let next = location(&browser.get(&org.authorize_url(&[])).await);
    assert!(
        back(&next).contains_key("code"),
        "signed in and approved: straight back"
    );
    let next = location(
        &browser
            .get(&org.authorize_url(&[("prompt", "consent")]))
            .await,
    );
    assert!(next.starts_with("/consent"));
    let next = location(
        &browser
            .get(&org.authorize_url(&[("prompt", "login consent")]))
            .await,
    );
    assert!(next.starts_with("/login"));
    // The old sign-in does not open the consent page of a flow that asks for a new one.
    let flow = flow_of(&next);
    let detour = location(&browser.get(&format!("/consent?flow={flow}")).await);
    assert!(detour.starts_with("/login"));
}

#[tokio::test]
async fn immediate_answers_without_a_page() {
    let org = org().await;
    let response = org
        .browser()
        .get(&org.authorize_url(&[("immediate", "true")]))
        .await;
    assert_eq!(
        back(&location(&response))["error"],
        "immediate_unsuccessful"
    );
}

#[tokio::test]
async fn a_wrong_password_says_so_and_a_foreign_browser_cannot_decide() {
    let org = org().await;
    let (username, password) = org.user();
    let mut browser = org.browser();
    let sign_in = location(&browser.get(&org.authorize_url(&[])).await);
    let flow = flow_of(&sign_in);
    let form = [
        ("flow", flow.as_str()),
        ("username", username.as_str()),
        ("password", "wrong"),
    ];
    let response = browser.post("/login", &form).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let page = response.text().await.unwrap();
    assert!(page.contains("Please check your username and password"));
    assert!(!page.contains("wrong\""), "the password is not repeated");
    let consent = browser
        .reach_consent(&org.authorize_url(&[]), &username, &password)
        .await;
    let mut stranger = org.browser();
    let response = stranger
        .post(
            "/consent",
            &[("flow", &flow_of(&consent)), ("decision", "allow")],
        )
        .await;
    assert!(location(&response).starts_with("/login"));
}

#[tokio::test]
async fn switching_the_user_asks_for_a_sign_in() {
    let org = org().await;
    let (username, password) = org.user();
    let mut browser = org.browser();
    let consent = browser
        .reach_consent(&org.authorize_url(&[]), &username, &password)
        .await;
    let next = browser.decide(&consent, "switch").await;
    assert!(next.starts_with("/login"));
    let response = browser.get(&consent).await;
    assert!(
        location(&response).starts_with("/login"),
        "the old cookie is dead"
    );
}

#[tokio::test]
async fn the_pages_show_users_and_apps() {
    let org = org().await;
    let (username, password) = org.user();
    for (address, expected) in [
        ("/", [username.as_str(), password.as_str()]),
        ("/practice/apps", ["Test app", CALLBACK]),
    ] {
        let page = org.browser().get(address).await.text().await.unwrap();
        for expected in expected {
            assert!(page.contains(expected), "{address}: {expected}");
        }
        assert!(!page.contains(crate::support::CLIENT_SECRET), "{address}");
    }
    let response = org.browser().get("/nowhere").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
