//! Salesforce clients that others wrote, unmodified, against the practice org.
//!
//! Proves SF-17 (paging until done) of the practice org, and that its sign-in asks what CON-4, CON-5 and CON-6 need:
//! PKCE by SHA-256 where the method is absent, a public client, a refresh without the secret.

mod families;
mod vendors;

use gatelodge_practice::oauth::App;
use gatelodge_testkit::judge::{Judge, Word};
use gatelodge_testkit::practice::{ADMIN, Decision, PracticeOrg};
use serde_json::{Value, json};
use url::Url;

const CLIENT_ID: &str = "3MVG9judge";
const CLIENT_SECRET: &str = "the judge's consumer secret";
const CALLBACK: &str = "http://127.0.0.1:9/callback";

fn confidential() -> App {
    App::confidential(CLIENT_ID, CLIENT_SECRET, "Judge", CALLBACK)
}

/// Runs jsforce's story with a person who allows what it asks for.
async fn jsforce(org: &PracticeOrg, order: &Value, authority: bool) -> Value {
    let mut judge = if authority {
        Judge::node_trusting("jsforce.mjs", order, org.authority()).await
    } else {
        Judge::node("jsforce.mjs", order).await
    };
    loop {
        match judge.next().await {
            Word::Open(address) => {
                let back = org
                    .visitor()
                    .follow(&address, ADMIN, &org.password(ADMIN), Decision::Allow)
                    .await;
                judge.came_to(&back).await;
            }
            Word::Says(said) => panic!("the judge says {said}"),
            Word::Report(report) => return report,
        }
    }
}

fn web_server_flow(org: &PracticeOrg, secret: Option<&str>) -> Value {
    let mut oauth2 = json!({
        "loginUrl": org.running().url(),
        "clientId": CLIENT_ID,
        "redirectUri": CALLBACK,
    });
    if let Some(secret) = secret {
        oauth2["clientSecret"] = secret.into();
    }
    json!({ "oauth2": oauth2, "username": ADMIN })
}

// proves CON-4, SF-17: jsforce's web-server flow with its code verifier, then its whole story
#[tokio::test]
async fn jsforce_signs_in_with_a_secret_and_works() {
    let mut app = confidential();
    app.require_pkce = true;
    let org = PracticeOrg::http(vec![app]).await;
    let report = jsforce(&org, &web_server_flow(&org, Some(CLIENT_SECRET)), false).await;
    assert_eq!(report["identity"]["username"], ADMIN);
    assert!(report["paging"]["pages"].as_u64().unwrap() > 1, "{report}");
    assert_eq!(org.running().counts().token_requests["refresh_token"], 1);
    org.stop().await;
}

// proves CON-5, CON-6: a public client, and a confidential app whose refresh needs no secret
#[tokio::test]
async fn jsforce_signs_in_without_a_secret_and_refreshes() {
    let mut app = App::public(CLIENT_ID, "Judge", CALLBACK);
    app.require_secret_for_refresh = false;
    let org = PracticeOrg::https(vec![app]).await;
    let report = jsforce(&org, &web_server_flow(&org, None), true).await;
    assert_eq!(report["refreshed"], true);
    org.stop().await;
}

// proves SF-17: jsforce with the SOAP login of its default version
#[tokio::test]
async fn jsforce_signs_in_by_soap_and_works() {
    let org = PracticeOrg::http(Vec::new()).await;
    let order = json!({ "loginUrl": org.running().url(), "username": ADMIN, "password": org.password(ADMIN) });
    let report = jsforce(&org, &order, false).await;
    assert_eq!(report["identity"]["username"], ADMIN);
    org.stop().await;
}

// proves CON-4, SF-17: simple-salesforce with the tokens of the real flow, over https
#[tokio::test]
async fn simple_salesforce_works_with_tokens_of_the_web_server_flow() {
    let org = PracticeOrg::https(vec![confidential()]).await;
    let tokens = web_server_tokens(&org).await;
    let order = json!({
        "session_id": tokens["access_token"],
        "instance_url": tokens["instance_url"],
        "invoice_number": "PY-1",
    });
    let report = Judge::python("simple_salesforce_story.py", &order, org.authority())
        .await
        .report()
        .await;
    assert!(report["paging"]["pages"].as_u64().unwrap() > 1, "{report}");
    org.stop().await;
}

// proves SF-17: simple-salesforce with its SOAP login, over https
#[tokio::test]
async fn simple_salesforce_signs_in_by_soap_and_works() {
    let org = PracticeOrg::https(Vec::new()).await;
    let order = json!({
        "username": ADMIN,
        "password": org.password(ADMIN),
        "instance_url": org.running().url(),
        "invoice_number": "PY-2",
    });
    let report = Judge::python("simple_salesforce_story.py", &order, org.authority())
        .await
        .report()
        .await;
    assert!(report["usage"].as_u64().unwrap() > 0, "{report}");
    org.stop().await;
}

// a client that trusts no authority of ours does not get in over https
#[tokio::test]
async fn a_client_that_does_not_trust_the_practice_authority_is_not_served() {
    let org = PracticeOrg::https(Vec::new()).await;
    let url = org.url();
    let refused = gatelodge_testkit::browser::client(None)
        .get(url)
        .send()
        .await;
    assert!(refused.unwrap_err().is_connect());
    org.stop().await;
}

/// The flow of RFC 7636 by hand, with the verifier and challenge of its appendix B.
async fn web_server_tokens(org: &PracticeOrg) -> Value {
    let authorize = Url::parse_with_params(
        org.url()
            .join("/services/oauth2/authorize")
            .unwrap()
            .as_str(),
        [
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", CALLBACK),
            (
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            ),
            ("code_challenge_method", "S256"),
        ],
    )
    .unwrap();
    let back = org
        .visitor()
        .follow(&authorize, ADMIN, &org.password(ADMIN), Decision::Allow)
        .await;
    let code = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let pem = std::fs::read(org.authority()).unwrap();
    let url = org.url().join("/services/oauth2/token").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", CALLBACK),
        (
            "code_verifier",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
    ];
    let request = gatelodge_testkit::browser::client(Some(&pem))
        .post(url.clone())
        .form(&form);
    gatelodge_testkit::browser::read(&url, request)
        .await
        .expect(200)
        .json()
}
