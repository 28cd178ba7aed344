//! Who asks, behind a proxy: believed from the configured networks, ignored from anybody else.
//!
//! Must not know how a chain is read; the rules are tested beside the code.

use crate::{
    browser::client,
    program::{Installation, Process},
};
use sqlx::{Connection as _, SqliteConnection};

const OUTSIDE: &str = "https://hub.example.com";

/// A hub that people reach at [`OUTSIDE`] through a proxy on this machine, or that trusts nobody.
async fn hub(trusted: &str) -> (Installation, Process) {
    let home = Installation::new().await;
    home.set(
        "public_urls",
        &format!("public_urls = [\"{OUTSIDE}\", \"{}\"]", home.url),
    );
    home.set("trusted_proxies", &format!("trusted_proxies = [{trusted}]"));
    let hub = home.serve().await;
    (home, hub)
}

/// Fails a sign-in with these headers and gives the addresses that were noted.
async fn noted(home: &Installation, headers: &[(&str, &str)]) -> Vec<String> {
    let mut request = client()
        .post(format!("{}/sign-in", home.url))
        .header("origin", &home.url)
        .form(&[("email", "nobody@example.com"), ("password", "wrong")]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    assert_eq!(request.send().await.unwrap().status(), 401);
    let address = format!("sqlite://{}", home.database().display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    let noted = sqlx::query_scalar(
        "SELECT DISTINCT subject FROM sign_in_failures WHERE subject NOT LIKE '%@%' ORDER BY subject",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    noted
}

const FORGED: [(&str, &str); 3] = [
    ("x-forwarded-for", "198.51.100.9, 203.0.113.7"),
    ("forwarded", "for=192.0.2.1"),
    ("x-real-ip", "192.0.2.2"),
];

#[tokio::test]
async fn the_throttle_counts_the_address_that_a_trusted_proxy_saw() {
    let (home, hub) = hub("\"127.0.0.0/8\"").await;
    // what the client wrote itself stands to the left of what the proxy wrote
    assert_eq!(noted(&home, &FORGED).await, ["203.0.113.7"]);
    hub.stop().await;
}

#[tokio::test]
async fn headers_of_strangers_change_nothing() {
    let (home, hub) = hub("\"10.0.0.0/8\"").await;
    assert_eq!(noted(&home, &FORGED).await, ["127.0.0.1"]);
    let answer = client()
        .get(format!("{}/sign-in", home.url))
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    // nor do they make a foreign host one of ours
    let answer = client()
        .get(format!("{}/sign-in", home.url))
        .header("host", "evil.example")
        .header("x-forwarded-host", "hub.example.com")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 421);
    hub.stop().await;
}

#[tokio::test]
async fn host_and_scheme_are_those_that_the_person_used() {
    // proves CON-10
    let (home, hub) = hub("\"127.0.0.1\"").await;
    let asked = |method: reqwest::Method, host: &'static str, scheme: &'static str| {
        client()
            .request(method, format!("{}/sign-in?next=%2Fagents", home.url))
            .header("host", "internal:8080")
            .header("x-forwarded-host", host)
            .header("x-forwarded-proto", scheme)
            .header("x-forwarded-for", "203.0.113.7")
            .send()
    };
    let get = reqwest::Method::GET;
    let answer = asked(get.clone(), "hub.example.com", "https")
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let answer = asked(get.clone(), "evil.example", "https").await.unwrap();
    assert_eq!(answer.status(), 421);
    // in clear: a page is sent to https, anything that carries data is refused
    let answer = asked(get, "hub.example.com", "http").await.unwrap();
    assert_eq!(answer.status(), 308);
    assert_eq!(
        answer.headers()["location"],
        "https://hub.example.com/sign-in?next=%2Fagents"
    );
    let answer = asked(reqwest::Method::POST, "hub.example.com", "http")
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    hub.stop().await;
}

#[tokio::test]
async fn what_is_no_network_is_named() {
    let home = Installation::new().await;
    home.set("trusted_proxies", "trusted_proxies = [\"everybody\"]");
    home.run(&["config", "check"])
        .await
        .refused_with(&["server.trusted_proxies.0", "such as \"10.0.0.0/8\""]);
}
