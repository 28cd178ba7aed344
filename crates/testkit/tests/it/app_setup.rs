//! Setting up an OAuth app with three pasted values, and what its page then shows.

use gatelodge_practice::oauth::App;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Person, TestHub, Who, connection_id};
use gatelodge_testkit::practice::{Decision, MARIA, Visitor};

const SECRET: &str = "a-pasted-consumer-secret";

/// Starts an app on the page; gives its path and the callback to register.
async fn started(admin: &mut Person) -> (String, String) {
    let reply = admin
        .post("/admin/oauth-apps", &[("provider", "salesforce")])
        .await
        .expect(303);
    let path = reply.location().unwrap().path().to_owned();
    let page = unescape(&admin.get(&path).await.expect(200).text);
    let start = page.find("http://127.0.0.1").expect("a callback to copy");
    let callback = page[start..]
        .split(['"', '<', ' '])
        .next()
        .unwrap()
        .to_owned();
    (path, callback)
}

// proves ADM-5, ADM-7, SEC-1: pasted values connect people; the secret is never shown again
#[tokio::test]
async fn three_pasted_values_connect_an_org() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let (path, callback) = started(&mut admin).await;
    assert!(
        callback.contains("/api/integrations/callback/salesforce/app_"),
        "{callback}"
    );
    hub.register(App::confidential(
        "3MVG9pasted",
        SECRET,
        "Pasted",
        &callback,
    ))
    .await;
    let base = hub.practice_url.origin().ascii_serialization();
    let values = [
        ("name", "Pasted"),
        ("client_id", "3MVG9pasted"),
        ("client_secret", SECRET),
        ("auth_base_url", base.as_str()),
        ("enabled", "yes"),
    ];
    admin.post(&path, &values).await.expect(303);
    let page = admin.get(&path).await.expect(200);
    assert!(
        page.text.contains("3MVG9pasted") && page.text.contains("fingerprint"),
        "{}",
        page.text
    );
    assert!(!page.text.contains(SECRET), "the secret is shown again");

    let mut member = hub.person(Who::Member).await;
    let app = path.rsplit('/').next().unwrap();
    let begun = member
        .post(
            "/connections/new",
            &[("app", app), ("login_host", base.as_str())],
        )
        .await
        .expect(303);
    let departure = member
        .browser
        .get(&begun.location().unwrap())
        .await
        .expect(200);
    let text = unescape(&departure.text);
    let start = text
        .find(&format!("{base}/services/oauth2/authorize"))
        .unwrap();
    let authorize = text[start..].split('"').next().unwrap().parse().unwrap();
    let password = hub.practice.password(MARIA);
    let back = Visitor::at(hub.practice_url.clone())
        .follow(&authorize, MARIA, &password, Decision::Allow)
        .await;
    connection_id(&member.browser.get(&back).await);

    // while it is used it cannot be deleted, and the page says why
    let refused = admin.post(&format!("{path}/delete"), &[]).await.expect(409);
    assert!(refused.text.contains('1'), "{}", refused.text);
    hub.stop().await;
}

// proves ADM-5: a sign-in host that is not Salesforce's is refused with the reason, and nothing is saved
#[tokio::test]
async fn a_wrong_auth_base_url_is_refused() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let (path, _) = started(&mut admin).await;
    for wrong in [
        "http://login.salesforce.com",
        "https://login.salesforce.com.evil.tld",
        "https://login.salesforce.com/path",
        "https://login.salesforce.com:8443",
        "https://evil@login.salesforce.com",
        "https://127.0.0.1",
        "http://localhost:1",
        "evil",
    ] {
        let values = [
            ("name", "x"),
            ("client_id", "3MVG9wrong"),
            ("auth_base_url", wrong),
            ("enabled", "yes"),
        ];
        let page = admin.post(&path, &values).await.expect(400);
        assert!(page.text.contains("field-error"), "{wrong}: {}", page.text);
    }
    assert!(
        !admin
            .get(&path)
            .await
            .expect(200)
            .text
            .contains("3MVG9wrong")
    );
    hub.stop().await;
}
