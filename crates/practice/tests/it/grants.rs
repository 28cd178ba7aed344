//! The life of grants and tokens: revoked, evicted, rotated, expired, looked at.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{CLIENT_ID, CLIENT_SECRET, TestOrg, org, org_with, text};

const EXPIRED: &str = "expired access/refresh token";

async fn assert_dead(org: &TestOrg, refresh_token: &str) {
    let (status, answer) = org.refresh(refresh_token).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(
        (text(&answer, "error"), text(&answer, "error_description")),
        ("invalid_grant", EXPIRED)
    );
}

async fn revoke(org: &TestOrg, token: &str) -> (StatusCode, Value) {
    org.form("/services/oauth2/revoke", &[("token", token)])
        .await
}

// proves SFB-OAUTH-38, SFB-OAUTH-39
#[tokio::test]
async fn revoking_ends_what_it_should() {
    let org = org().await;
    let tokens = org.connect().await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let (status, body) = revoke(&org, access).await;
    assert_eq!((status, body), (StatusCode::OK, json!("")));
    assert_eq!(org.call(access).await, StatusCode::FORBIDDEN);
    let (status, again) = org.refresh(refresh).await;
    assert_eq!(status, StatusCode::OK, "the grant lives on");
    assert_eq!(revoke(&org, refresh).await.0, StatusCode::OK);
    assert_eq!(
        org.call(text(&again, "access_token")).await,
        StatusCode::FORBIDDEN
    );
    assert_dead(&org, refresh).await;
    let (status, answer) = revoke(&org, refresh).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"], "unsupported_token_type");
}

// proves SFB-OAUTH-26
#[tokio::test]
async fn the_sixth_grant_ends_the_first() {
    let org = org().await;
    let mut grants = Vec::new();
    for _ in 0..6 {
        grants.push(org.connect().await);
    }
    assert_eq!(org.running.practice().oauth.grant_count(), 5);
    assert_dead(&org, text(&grants[0], "refresh_token")).await;
    assert_eq!(
        org.call(text(&grants[0], "access_token")).await,
        StatusCode::FORBIDDEN
    );
    for grant in &grants[1..] {
        assert_eq!(
            org.refresh(text(grant, "refresh_token")).await.0,
            StatusCode::OK
        );
    }
}

// proves SFB-OAUTH-23, SFB-OAUTH-24
#[tokio::test]
async fn replaying_a_rotated_token_ends_the_grant() {
    let org = org_with(|options| options.apps[0].rotate_refresh_tokens = true).await;
    let first = org.connect().await;
    let (status, second) = org.refresh(text(&first, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    let (status, third) = org.refresh(text(&second, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(second["refresh_token"], third["refresh_token"]);
    assert_eq!(org.call(text(&third, "access_token")).await, StatusCode::OK);
    assert_dead(&org, text(&first, "refresh_token")).await;
    assert_dead(&org, text(&third, "refresh_token")).await;
    assert_eq!(
        org.call(text(&third, "access_token")).await,
        StatusCode::FORBIDDEN
    );
}

// proves SFB-OAUTH-24, SFB-OAUTH-25: of two refreshes at once with rotation, one wins at most
#[tokio::test]
async fn parallel_refreshes_with_rotation_cannot_both_win() {
    let org = org_with(|options| options.apps[0].rotate_refresh_tokens = true).await;
    let tokens = org.connect().await;
    let refresh = text(&tokens, "refresh_token");
    let ((one, _), (other, _)) = tokio::join!(org.refresh(refresh), org.refresh(refresh));
    let wins = [one, other]
        .iter()
        .filter(|status| **status == StatusCode::OK)
        .count();
    assert_eq!(wins, 1);
    assert_eq!(
        org.running.practice().oauth.grant_count(),
        0,
        "the second one was a replay"
    );
}

// proves SFB-OAUTH-27
#[tokio::test]
async fn an_access_token_dies_without_use_and_lives_with_it() {
    let org = org().await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    org.clock.advance(TimeDelta::minutes(70));
    assert_eq!(org.call(access).await, StatusCode::OK);
    org.clock.advance(TimeDelta::minutes(70));
    assert_eq!(
        org.call(access).await,
        StatusCode::OK,
        "used in the second half of its life"
    );
    org.clock.advance(TimeDelta::minutes(120));
    assert_eq!(org.call(access).await, StatusCode::FORBIDDEN);
    assert_eq!(
        org.refresh(text(&tokens, "refresh_token")).await.0,
        StatusCode::OK
    );
}

// proves SFB-OAUTH-27: a use in the first half changes nothing
#[tokio::test]
async fn early_use_does_not_extend_the_life() {
    let org = org().await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    org.clock.advance(TimeDelta::minutes(50));
    assert_eq!(org.call(access).await, StatusCode::OK);
    org.clock.advance(TimeDelta::minutes(70));
    assert_eq!(org.call(access).await, StatusCode::FORBIDDEN);
}

// proves SFB-OAUTH-40
#[tokio::test]
async fn introspection_tells_the_app_about_its_own_tokens_only() {
    let other = gatelodge_practice::oauth::App::confidential(
        "other",
        "secret",
        "Other",
        "http://localhost:9/o",
    );
    let org = org_with(|options| options.apps.push(other)).await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    let introspect = async |token: &str, client_id: &str, secret: &str| {
        let form = [
            ("token", token),
            ("client_id", client_id),
            ("client_secret", secret),
        ];
        org.form("/services/oauth2/introspect", &form).await
    };
    let (status, answer) = introspect(access, CLIENT_ID, CLIENT_SECRET).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["active"], true);
    assert_eq!(answer["token_type"], "access_token");
    assert_eq!(answer["username"], org.user().0);
    assert_eq!(answer["sub"], tokens["id"]);
    assert_eq!(
        answer["exp"].as_i64().unwrap() - answer["iat"].as_i64().unwrap(),
        7200
    );
    let (_, answer) = introspect(text(&tokens, "refresh_token"), CLIENT_ID, CLIENT_SECRET).await;
    assert_eq!(answer["token_type"], "refresh_token");
    assert_eq!(
        introspect(access, "other", "secret").await.1,
        json!({"active": false})
    );
    assert_eq!(
        introspect("nonsense", CLIENT_ID, CLIENT_SECRET).await.1,
        json!({"active": false})
    );
    let (status, answer) = introspect(access, CLIENT_ID, "wrong").await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("invalid_client"))
    );
}
