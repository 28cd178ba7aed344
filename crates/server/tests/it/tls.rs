//! TLS that ends here: served, renewed without a restart, refused when it cannot work.
//!
//! Must not know how certificates are loaded.

use crate::{
    browser::client,
    program::{Installation, Process},
};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::{fs, path::Path, time::Duration};
use tokio::time::{interval, timeout};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Writes a certificate that signed itself and its key; gives the certificate.
fn write_certificate(folder: &Path) -> reqwest::Certificate {
    write(
        folder,
        CertificateParams::new(NAMES.map(str::to_owned)).unwrap(),
    )
}

/// Writes a certificate whose time is over.
pub(crate) fn write_ended_certificate(folder: &Path) {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned)).unwrap();
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2001, 2, 3);
    write(folder, params);
}

fn write(folder: &Path, params: CertificateParams) -> reqwest::Certificate {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("fullchain.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("privkey.pem"), key.serialize_pem()).unwrap();
    reqwest::Certificate::from_pem(certificate.pem().as_bytes()).unwrap()
}

/// One that ends TLS itself, and its certificate.
pub(crate) async fn installation() -> (Installation, reqwest::Certificate) {
    let home = Installation::new().await;
    let certificate = write_certificate(&home.path("tls"));
    home.set("#[server.tls]", "[server.tls]");
    home.set("#cert_file", "cert_file = \"tls/fullchain.pem\"");
    home.set("#key_file", "key_file = \"tls/privkey.pem\"");
    let url = home.url.replace("http:", "https:");
    home.set("public_urls", &format!("public_urls = [\"{url}\"]"));
    (Installation { url, ..home }, certificate)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test plays a browser, which is no part of the hub"
)]
async fn get(url: &str, trusted: &reqwest::Certificate) -> reqwest::Result<reqwest::Response> {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([trusted.clone()])
        .build()
        .unwrap()
        .get(url)
        .send()
        .await
}

async fn answers(url: &str, trusted: &reqwest::Certificate) {
    let mut turns = interval(Duration::from_millis(20));
    let answer = async {
        loop {
            turns.tick().await;
            if get(url, trusted).await.is_ok() {
                break;
            }
        }
    };
    timeout(Duration::from_mins(1), answer)
        .await
        .expect("it answers with that certificate");
}

#[tokio::test]
async fn a_certificate_is_served_and_renewed_without_a_restart() {
    let (home, first) = installation().await;
    let hub = Process::start(
        &["serve", "--config", &home.config],
        &home.path("serve.log"),
    );
    let url = format!("{}/sign-in", home.url);
    answers(&url, &first).await;
    let answer = get(&url, &first).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert!(
        client()
            .get(home.url.replace("https:", "http:"))
            .send()
            .await
            .is_err()
    );

    let second = write_certificate(&home.path("tls"));
    hub.signal("-HUP").await;
    answers(&url, &second).await;
    assert!(get(&url, &first).await.is_err());

    // a renewal that broke changes nothing
    fs::write(home.path("tls/privkey.pem"), "broken").unwrap();
    hub.signal("-HUP").await;
    hub.logged("the certificate stays as it was").await;
    answers(&url, &second).await;
    let log = hub.stop().await;
    assert!(!log.contains("PRIVATE KEY"));
}

#[tokio::test]
async fn files_that_cannot_work_are_named() {
    let (home, _) = installation().await;
    fs::write(home.path("tls/privkey.pem"), "broken").unwrap();
    let check = ["config", "check"];
    home.run(&check)
        .await
        .refused_with(&["server.tls", "privkey.pem", "private key in PEM form"]);
    write_certificate(&home.path("other"));
    home.set("key_file = \"tls", "key_file = \"other/privkey.pem\"");
    home.run(&check)
        .await
        .refused_with(&["server.tls", "do not belong together"]);
    fs::remove_file(home.path("tls/fullchain.pem")).unwrap();
    home.run(&check)
        .await
        .refused_with(&["server.tls", "fullchain.pem", "cannot be read"]);
    // the web role may read its certificate's folder, and must not find the key there
    write_certificate(&home.path("keys"));
    home.set("cert_file", "cert_file = \"keys/fullchain.pem\"");
    home.set("key_file = \"other", "key_file = \"keys/privkey.pem\"");
    home.run(&check)
        .await
        .refused_with(&["server.tls", "folder of the key file"]);
}

#[tokio::test]
async fn a_hangup_without_a_certificate_ends_nothing() {
    let home = Installation::new().await;
    let hub = home.serve().await;
    hub.signal("-HUP").await;
    hub.logged("no certificate to read again").await;
    assert_eq!(
        client()
            .get(format!("{}/livez", home.url))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    hub.stop().await;
}
