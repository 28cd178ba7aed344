//! Several addresses behind one port: sign-in hosts, My Domain, the sandbox.

use std::net::{Ipv4Addr, SocketAddr};

use gatelodge_practice::TlsOptions;
use gatelodge_practice::oauth::App;
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, TestOrg, client_builder, org, org_with, text,
};

const LOGIN: &str = "login.salesforce.com";
const OWN: &str = "acme.my.salesforce.com";
const SANDBOX: &str = "acme--uat.sandbox.my.salesforce.com";

async fn get(org: &TestOrg, host: &str, path: &str, token: &str) -> (StatusCode, Value) {
    let request = org.http.get(org.url(path)).header("host", host);
    let response = request.bearer_auth(token).send().await.unwrap();
    let status = response.status();
    (status, response.json().await.unwrap_or_default())
}

async fn credentials(org: &TestOrg, host: &str) -> (StatusCode, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    let request = org.http.post(org.url("/services/oauth2/token"));
    let request = request.header("host", host).form(&form);
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn app_of(username: &str) -> App {
    let mut app = App::confidential(CLIENT_ID, CLIENT_SECRET, "Test app", CALLBACK);
    app.run_as = Some(username.to_owned());
    app
}

// proves SFB-OAUTH-28, SFB-HOST-9, SFB-OAUTH-67
#[tokio::test]
async fn client_credentials_are_for_the_own_host() {
    let org = org().await;
    let (username, _) = org.user();
    let practice = org.running.practice();
    let durable = practice.oauth.save_app(&practice.log, app_of(&username));
    durable.wait().await.unwrap();
    let (status, refused) = credentials(&org, LOGIN).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(refused["error"], "invalid_grant");
    assert_eq!(
        refused["error_description"],
        "request not supported on this domain"
    );
    let (_, tokens) = credentials(&org, OWN).await;
    assert_eq!(tokens["instance_url"], format!("http://{OWN}"));
    assert!(text(&tokens, "id").starts_with(&format!("http://{OWN}/id/00D")));
    let (status, _) = get(
        &org,
        "na37.salesforce.com",
        "/services/data/v66.0/limits",
        text(&tokens, "access_token"),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
}

// proves SFB-HOST-7, SFB-HOST-11
#[tokio::test]
async fn the_sandbox_is_another_org_and_a_new_copy_is_a_third() {
    let org = org().await;
    let practice = org.running.practice();
    let sandbox = practice.sandbox().await.unwrap().unwrap();
    let production_id = practice.org.organization().id;
    let sandbox_id = sandbox.org.organization().id;
    assert_ne!(production_id, sandbox_id);
    let username = format!("{}.uat", org.user().0);
    let durable = sandbox.oauth.save_app(&sandbox.log, app_of(&username));
    durable.wait().await.unwrap();
    let (status, tokens) = credentials(&org, SANDBOX).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let token = text(&tokens, "access_token");
    assert!(token.starts_with(&sandbox_id[..15]));
    let query = "/services/data/v66.0/query?q=SELECT+Id,IsSandbox+FROM+Organization";
    let (_, rows) = get(&org, SANDBOX, query, token).await;
    assert_eq!(rows["records"][0]["Id"], sandbox_id);
    assert_eq!(rows["records"][0]["IsSandbox"], true);
    // a token of one org is nothing in the other
    let production = org.connect().await;
    for (host, token) in [(SANDBOX, text(&production, "access_token")), (OWN, token)] {
        let (status, body) = get(&org, host, "/services/data/v66.0/limits", token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(body[0]["errorCode"], "INVALID_SESSION_ID");
    }
    let copy = practice.refresh_sandbox().await.unwrap().unwrap();
    let new_id = copy.org.organization().id;
    assert!(new_id != sandbox_id && new_id != production_id);
    assert!(copy.oauth.apps().is_empty());
    let (status, _) = get(&org, SANDBOX, "/services/data/v66.0/limits", token).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (_, refused) = credentials(&org, SANDBOX).await;
    assert_eq!(refused["error"], "invalid_client_id");
}

// proves SFB-HOST-11: the copy stays the same over a restart
#[tokio::test]
async fn a_sandbox_survives_a_restart_as_the_copy_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let first = crate::support::org_in(folder.path()).await;
    let copy = first.running.practice().refresh_sandbox().await;
    let id = copy.unwrap().unwrap().org.organization().id;
    first.running.shutdown().await;
    let second = crate::support::org_in(folder.path()).await;
    let sandbox = second.running.practice().sandbox().await;
    assert_eq!(sandbox.unwrap().unwrap().org.organization().id, id);
}

// proves SFB-HOST-9: an org may forbid the general sign-in host
#[tokio::test]
async fn the_general_sign_in_host_can_be_forbidden() {
    let org = org_with(|options| options.allow_password_grant = true).await;
    let practice = org.running.practice();
    let mut policy = practice.oauth.policy();
    policy.refuse_general_login = true;
    let durable = practice.oauth.set_policy(practice, policy);
    durable.wait().await.unwrap();
    let (username, password) = org.user();
    for (host, expected) in [(LOGIN, 400), (OWN, 200)] {
        let form = [
            ("grant_type", "password"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("username", &username),
            ("password", &password),
        ];
        let request = org.http.post(org.url("/services/oauth2/token"));
        let response = request.header("host", host).form(&form).send().await;
        assert_eq!(response.unwrap().status().as_u16(), expected, "{host}");
    }
}

// proves SFB-HOST-8
#[tokio::test]
async fn unknown_hosts_and_the_user_interface_host_are_not_served() {
    let org = org().await;
    for host in [
        "acme.lightning.force.com",
        "other.my.salesforce.com",
        "evil.example",
    ] {
        let (status, _) = get(&org, host, "/services/data", "none").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{host}");
    }
    let (status, versions) = get(&org, OWN, "/services/data", "none").await;
    assert_eq!(status, StatusCode::OK);
    assert!(versions[0]["version"].is_string());
}

// proves SFB-HOST-7, SFB-HOST-12
#[tokio::test]
async fn https_holds_for_every_name_and_absolute_addresses_begin_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_with(|options| {
        options.tls = Some(TlsOptions {
            directory: Some(folder.path().to_owned()),
        });
    })
    .await;
    let port = org.running.url().rsplit(':').next().unwrap().to_owned();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap()));
    let pem = std::fs::read(org.running.authority_path().unwrap()).unwrap();
    let mut client =
        client_builder().tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()]);
    let hosts = [
        LOGIN,
        "test.salesforce.com",
        OWN,
        SANDBOX,
        "acme.my.localhost",
    ];
    for host in hosts {
        client = client.resolve(host, address);
    }
    let client = client.build().unwrap();
    for host in hosts {
        let versions = client.get(format!("https://{host}:{port}/services/data"));
        assert_eq!(versions.send().await.unwrap().status(), 200, "{host}");
    }
    let tokens = org.connect().await;
    for host in [OWN, "acme.my.localhost"] {
        let own = format!("https://{host}:{port}");
        let read = async |path: &str| -> Value {
            let request = client.get(format!("{own}/services/data/v66.0{path}"));
            let request = request.bearer_auth(text(&tokens, "access_token"));
            request.send().await.unwrap().json().await.unwrap()
        };
        let resources = read("").await;
        let identity = text(&resources, "identity");
        assert!(identity.starts_with(&format!("{own}/id/00D")), "{identity}");
        let tabs = read("/tabs").await;
        let tab = text(&tabs[0], "url");
        assert!(tab.starts_with(&format!("{own}/")), "{tab}");
        let account = read("/sobjects/Account/describe").await;
        assert_eq!(
            account["urls"]["uiNewRecord"],
            format!("{own}/001/e"),
            "{account}"
        );
    }
}
