//! Identity: userinfo, the identity address, discovery.

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{TestOrg, org, text};

async fn get(org: &TestOrg, url: &str, token: Option<&str>) -> (StatusCode, String, bool) {
    let mut request = org.http.get(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("OAuth {token}"));
    }
    let response = request.send().await.unwrap();
    let limited = response.headers().contains_key("sforce-limit-info");
    (response.status(), response.text().await.unwrap(), limited)
}

// proves SFB-OAUTH-41
#[tokio::test]
async fn userinfo_tells_who_it_is() {
    let org = org().await;
    let tokens = org.connect().await;
    let url = org.url("/services/oauth2/userinfo");
    let (status, body, limited) = get(&org, &url, Some(text(&tokens, "access_token"))).await;
    assert_eq!((status, limited), (StatusCode::OK, false));
    let info: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(info["preferred_username"], org.user().0);
    assert_eq!(info["sub"], tokens["id"]);
    assert_eq!(text(&info, "user_id").len(), 18);
    assert_eq!(info["active"], true);
    assert!(text(&info["urls"], "rest").ends_with("/services/data/v{version}/"));
    let short = &text(&info, "organization_id")[..15];
    assert!(text(&info["urls"], "partner").ends_with(short));
    assert_eq!(get(&org, &url, None).await.1, "Missing_OAuth_Token");
    let (status, body, _) = get(&org, &url, Some("dead")).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::FORBIDDEN, "Bad_OAuth_Token")
    );
}

// proves SFB-OAUTH-42, SFB-OAUTH-43
#[tokio::test]
async fn the_identity_address_answers_its_owner() {
    let org = org().await;
    let tokens = org.connect().await;
    let (id, access) = (text(&tokens, "id"), text(&tokens, "access_token"));
    let (status, body, _) = get(&org, &format!("{id}?format=json"), Some(access)).await;
    assert_eq!(status, StatusCode::OK);
    let identity: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(identity["username"], org.user().0);
    assert_eq!(identity["id"], id);
    let by_query = format!(
        "{id}?version=latest&oauth_token={}",
        access.replace('!', "%21")
    );
    let (status, body, _) = get(&org, &by_query, None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("/services/data/v68.0/query/") && !body.contains("{version}"));
    assert_eq!(get(&org, id, None).await.1, "Missing_OAuth_Token");
    let foreign = id.replace("/id/00D", "/id/00X");
    assert_eq!(get(&org, &foreign, Some(access)).await.1, "Wrong_Org");
    let (status, body, _) = get(&org, id, Some("dead")).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::FORBIDDEN, "Bad_OAuth_Token")
    );
}

#[tokio::test]
async fn discovery_names_endpoints_that_answer() {
    let org = org().await;
    let url = org.url("/.well-known/openid-configuration");
    let (_, body, _) = get(&org, &url, None).await;
    let document: Value = serde_json::from_str(&body).unwrap();
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    ] {
        let response = org.http.get(text(&document, name)).send().await.unwrap();
        assert_ne!(response.status(), StatusCode::NOT_FOUND, "{name}");
    }
}
