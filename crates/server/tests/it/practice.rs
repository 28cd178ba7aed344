//! `gatelodge practice`: the practice org alone, with and without TLS.

use crate::{
    browser::client,
    program::{Process, run},
};
use reqwest::{Certificate, Client};
use serde_json::Value;
use std::{fs, net::TcpListener};

#[tokio::test]
async fn it_says_where_it_is_and_who_may_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(
        &["practice", "--json", "--port", "0"],
        &folder.path().join("log"),
    );
    let ready = process.ready_line().await;
    let url = ready["practice_org"].as_str().unwrap();
    assert!(url.starts_with("http://localhost:"), "{url}");
    assert!(ready["ca_file"].is_null());
    assert!(ready["practice_users"].as_array().unwrap().len() >= 2);
    let versions: Value = client()
        .get(format!("{url}/services/data"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(
        versions
            .as_array()
            .unwrap()
            .iter()
            .any(|version| version["version"] == "68.0"),
        "{versions}"
    );
    process.stop().await;
}

#[tokio::test]
async fn with_tls_its_authority_is_a_file_that_others_can_trust() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(
        &["practice", "--json", "--tls", "--port", "0"],
        &folder.path().join("log"),
    );
    let ready = process.ready_line().await;
    let address = format!("{}/services/data", ready["practice_org"].as_str().unwrap());
    assert!(address.starts_with("https://localhost:"), "{address}");
    let pem = fs::read(ready["ca_file"].as_str().unwrap()).unwrap();
    assert!(
        client().get(&address).send().await.is_err(),
        "nobody trusts it unasked"
    );
    assert_eq!(
        trusting(&pem).get(&address).send().await.unwrap().status(),
        200
    );
    process.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    run(&["practice", "--port", &port]).await.refused_with(&[
        &port,
        "already in use",
        "0 for any free port",
    ]);
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test plays a client, which is no part of the hub"
)]
fn trusting(pem: &[u8]) -> Client {
    let authority = Certificate::from_pem(pem).unwrap();
    Client::builder()
        .no_proxy()
        .add_root_certificate(authority)
        .build()
        .unwrap()
}
