//! Tokens: exchange, refresh, introspection, revocation, what a dead one answers.

use chrono::TimeDelta;
use serde_json::Value;

use super::{CLIENT_ID, CONTACTS, SCOPES, category, hubspot, hubspot_with};
use crate::support::{CHALLENGE, VERIFIER};
use crate::visitor::ADMIN;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn an_exchange_gives_half_an_hour_and_a_token_that_stays() {
    let mut hubspot = hubspot().await;
    let code = hubspot.code(SCOPES).await;
    let (_, first) = hubspot.exchange(&code, &[]).await;
    assert_eq!(first["expires_in"], 1_800);
    assert_eq!(first["token_type"], "bearer");
    assert_eq!(first["user_id"], 6_001);
    assert!(text(&first["access_token"]).len() > 300);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&first["refresh_token"])),
    ];
    for path in [
        "/oauth/2026-03/token",
        "/oauth/2026-09/token",
        "/oauth/v3/token",
    ] {
        let (status, next) = hubspot.form(path, &form).await;
        assert_eq!(status, 200, "{next}");
        assert_eq!(next["refresh_token"], first["refresh_token"]);
        assert_ne!(next["access_token"], first["access_token"]);
        let (status, _) = hubspot.get(text(&next["access_token"]), CONTACTS).await;
        assert_eq!(status, 200);
    }
    assert_eq!(hubspot.running.counts().token_requests["refresh_token"], 3);
    let (status, gone) = hubspot.form("/oauth/v1/token", &form).await;
    assert_eq!(status, 410);
    assert!(text(&gone["message"]).contains("sunset"));
    let old = hubspot_with(|options| options.old_token_works = true).await;
    let (status, answer) = old.form("/oauth/v1/token", &form).await;
    assert_eq!(
        (status.as_u16(), text(&answer["status"])),
        (400, "BAD_REFRESH_TOKEN")
    );
}

#[tokio::test]
async fn an_exchange_wants_everything_right_and_once() {
    let mut hubspot = hubspot().await;
    for (more, word, error) in [
        (("client_id", "x"), "BAD_CLIENT_ID", "invalid_client"),
        (
            ("client_secret", "x"),
            "BAD_CLIENT_SECRET",
            "invalid_client",
        ),
        (("code", "x"), "BAD_AUTH_CODE", "invalid_grant"),
        (
            ("redirect_uri", "https://hub.example/"),
            "BAD_REDIRECT_URI",
            "invalid_grant",
        ),
        (
            ("grant_type", "password"),
            "BAD_GRANT_TYPE",
            "unsupported_grant_type",
        ),
    ] {
        let code = hubspot.code(SCOPES).await;
        let (status, answer) = hubspot.exchange(&code, &[more]).await;
        assert_eq!(status, 400);
        assert_eq!(
            (text(&answer["status"]), text(&answer["error"])),
            (word, error)
        );
        assert!(answer["correlationId"].is_string());
    }
    let code = hubspot.code(SCOPES).await;
    assert_eq!(hubspot.exchange(&code, &[]).await.0, 200);
    let (_, again) = hubspot.exchange(&code, &[]).await;
    assert_eq!(again["status"], "BAD_AUTH_CODE");
    let code = hubspot.code(SCOPES).await;
    hubspot.clock.advance(TimeDelta::minutes(2));
    let (_, late) = hubspot.exchange(&code, &[]).await;
    assert_eq!(late["status"], "BAD_AUTH_CODE");
}

#[tokio::test]
async fn a_code_challenge_wants_its_verifier() {
    let mut hubspot = hubspot().await;
    let challenge = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let url = hubspot.authorize_url(SCOPES, &challenge);
    let wrong = "x".repeat(43);
    for (verifier, expected) in [(VERIFIER, 200), (wrong.as_str(), 400), ("", 400)] {
        let back = hubspot.visitor.come_back(&url, ADMIN, "allow").await;
        let (status, answer) = hubspot
            .exchange(&back["code"], &[("code_verifier", verifier)])
            .await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn introspection_and_revocation_go_by_token() {
    let mut hubspot = hubspot().await;
    let code = hubspot.code(SCOPES).await;
    let (_, pair) = hubspot.exchange(&code, &[]).await;
    let (access, refresh) = (text(&pair["access_token"]), text(&pair["refresh_token"]));
    hubspot.clock.advance(TimeDelta::minutes(10));
    let look = async |token: &str| {
        let (status, answer) = hubspot
            .form("/oauth/2026-03/token/introspect", &[("token", token)])
            .await;
        assert_eq!(status, 200);
        answer
    };
    let answer = look(access).await;
    assert_eq!(answer["active"], true);
    assert_eq!(answer["client_id"], CLIENT_ID);
    assert_eq!(answer["hub_domain"], "northwind-practice.example");
    assert_eq!(answer["user"], ADMIN);
    assert_eq!(answer["token_use"], "access_token");
    assert_eq!(answer["expires_in"], 1_200);
    assert_eq!(look(refresh).await["token_use"], "refresh_token");
    assert_eq!(look("x").await, serde_json::json!({ "active": false }));

    // without its refresh token the app is still installed, and the access token still opens
    let form = [("token", refresh), ("token_type_hint", "refresh_token")];
    let (status, _) = hubspot.form("/oauth/2026-03/token/revoke", &form).await;
    assert_eq!(status, 200);
    assert_eq!(look(refresh).await["active"], false);
    assert_eq!(hubspot.get(access, CONTACTS).await.0, 200);
    assert!(hubspot.running.vendor().grants()[0].installed);
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, answer) = hubspot.form("/oauth/2026-03/token", &form).await;
    assert_eq!(
        (status.as_u16(), text(&answer["status"])),
        (400, "BAD_REFRESH_TOKEN")
    );
    hubspot
        .form("/oauth/v3/token/revoke", &[("token", access)])
        .await;
    assert_eq!(hubspot.get(access, CONTACTS).await.0, 401);
}

#[tokio::test]
async fn a_private_app_has_a_token_without_an_end_and_an_allowance_of_its_own() {
    let hubspot = hubspot_with(|options| options.private_daily.requests = 3).await;
    let vendor = hubspot.running.vendor();
    let token = vendor
        .make_private_token(&["crm.objects.contacts.read"])
        .unwrap();
    assert!(token.starts_with("pat-na1-"));
    vendor.expire_access_tokens();
    hubspot.clock.advance(TimeDelta::days(400));
    for path in ["/account-info/v3/details", "/account-info/2026-03/details"] {
        let (status, account) = hubspot.get(&token, path).await;
        assert_eq!(status, 200);
        assert_eq!(account["portalId"], 24_001_001);
    }
    let request = hubspot.visitor.http.get(hubspot.visitor.url(CONTACTS));
    let response = request.bearer_auth(&token).send().await.unwrap();
    let headers = response.headers();
    for (name, value) in [
        ("x-hubspot-ratelimit-max", "190"),
        ("x-hubspot-ratelimit-remaining", "187"),
        ("x-hubspot-ratelimit-daily", "3"),
        ("x-hubspot-ratelimit-daily-remaining", "0"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let (status, answer) = hubspot.get(&token, CONTACTS).await;
    assert_eq!(
        (status.as_u16(), text(&answer["policyName"])),
        (429, "DAILY")
    );
    hubspot.clock.advance(TimeDelta::days(1));
    assert_eq!(vendor.uninstall("private-app-0"), 1);
    assert_eq!(hubspot.get(&token, CONTACTS).await.0, 401);
}

#[tokio::test]
async fn each_way_to_die_has_its_category() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    let bare = hubspot.visitor.get(CONTACTS).await;
    assert_eq!(bare.status(), 401);
    let (status, answer) = hubspot.get("x", CONTACTS).await;
    assert_eq!(
        (status.as_u16(), category(&answer)),
        (401, "INVALID_AUTHENTICATION")
    );
    hubspot.clock.advance(TimeDelta::minutes(35));
    let (status, answer) = hubspot.get(&token, CONTACTS).await;
    assert_eq!(
        (status.as_u16(), category(&answer)),
        (401, "EXPIRED_AUTHENTICATION")
    );
    assert!(text(&answer["message"]).contains("expired 5 minute(s) ago"));

    let code = hubspot.code(SCOPES).await;
    let (_, pair) = hubspot.exchange(&code, &[]).await;
    assert_eq!(hubspot.running.vendor().uninstall(CLIENT_ID), 1);
    let (_, answer) = hubspot.get(text(&pair["access_token"]), CONTACTS).await;
    assert_eq!(category(&answer), "INVALID_AUTHENTICATION");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&pair["refresh_token"])),
    ];
    let (_, answer) = hubspot.form("/oauth/2026-03/token", &form).await;
    assert_eq!(answer["status"], "BAD_REFRESH_TOKEN");
}
