//! What a change of an OAuth app would hurt, its end, and its test.

use gatelodge_practice::oauth::App;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Person, TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use serde_json::json;

use crate::app_sources::{make, start};

const NAME: &str = "Gatelodge test";

fn path_of(hub: &TestHub) -> String {
    format!("/admin/oauth-apps/{}", hub.app.id)
}

// proves CON-30: whom a change or the end of an app hurts is listed first, and its name must be typed
#[tokio::test]
async fn a_change_that_connections_feel_takes_the_apps_name() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let mut admin = hub.person(Who::Admin).await;
    let path = path_of(&hub);
    let page = unescape(&admin.get(&path).await.expect(200).text);
    assert!(
        page.contains("Mia Member") && page.contains(MARIA),
        "{page}"
    );
    let change = [
        ("name", NAME),
        ("client_id", "3MVG9other"),
        ("enabled", "yes"),
    ];
    let refused = admin.post(&path, &change).await.expect(400);
    assert!(
        unescape(&refused.text).contains("1 connection is bound to this OAuth app"),
        "{}",
        refused.text
    );
    // what nobody feels needs no confirmation
    let same = [
        ("name", NAME),
        ("client_id", hub.app.client_id.as_str()),
        ("scope-id", "yes"),
        ("enabled", "yes"),
    ];
    admin.post(&path, &same).await.expect(303);
    let mut confirmed = change.to_vec();
    confirmed.push(("confirm", NAME));
    admin.post(&path, &confirmed).await.expect(303);
    // the connection goes on with the values that it was made with
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(200);

    // deleting it: said first, then done, and the connection says what happened and what to do
    let delete = format!("{path}/delete");
    admin
        .post(&delete, &[("confirm", "something")])
        .await
        .expect(409);
    agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(200);
    admin.post(&delete, &[("confirm", NAME)]).await.expect(303);
    let refused = agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["reason"], "app_deleted", "{refused}");
    let list = unescape(&member.get("/connections").await.expect(200).text);
    assert!(
        list.contains("OAuth app deleted: reconnect needed"),
        "{list}"
    );
    let start_of = list.find("/connections/con_").unwrap();
    let connection = list[start_of..].split('"').next().unwrap().to_owned();
    let page = unescape(&member.get(&connection).await.expect(200).text);
    assert!(
        page.contains("An administrator deleted the OAuth app"),
        "{page}"
    );
    let id = connection.rsplit('/').next().unwrap().to_owned();
    let nothing = unescape(
        &member
            .get(&format!("/connections/new?reconnect={id}"))
            .await
            .expect(200)
            .text,
    );
    assert!(nothing.contains("Nothing to connect with yet"), "{nothing}");

    // with another app the same connection comes back, and keeps its identity
    make(&hub, &mut admin, "", "3MVG9next", &[]).await;
    let reply = member
        .try_connect(
            &hub,
            MARIA,
            gatelodge_testkit::practice::Decision::Allow,
            Some(&id),
        )
        .await;
    assert_eq!(gatelodge_testkit::hub::connection_id(&reply), id);
    agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(200);
    hub.stop().await;
}

// proves CON-30: an app that is deleted while somebody is on the way back connects nobody
#[tokio::test]
async fn an_app_deleted_under_an_attempt_ends_it() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let mut member = hub.person(Who::Member).await;
    let authorize = member.begin_connect(&hub, None).await;
    let password = hub.practice.password(MARIA);
    let back = gatelodge_testkit::practice::Visitor::at(hub.practice_url.clone())
        .follow(
            &authorize,
            MARIA,
            &password,
            gatelodge_testkit::practice::Decision::Allow,
        )
        .await;
    admin
        .post(&format!("{}/delete", path_of(&hub)), &[])
        .await
        .expect(303);
    let page = member.browser.get(&back).await;
    let text = unescape(&page.text);
    assert!(
        text.contains("An administrator deleted the OAuth app"),
        "{text}"
    );
    assert_eq!(hub.token_requests("authorization_code"), 0);
    hub.stop().await;
}

// proves ADM-9, APR-8: a secret is saved and an app deleted only soon after a sign-in
#[tokio::test]
async fn saving_takes_a_fresh_sign_in() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let path = path_of(&hub);
    hub.clock.advance(chrono::TimeDelta::minutes(6));
    let change = [
        ("name", "Changed"),
        ("client_id", "3MVG9late"),
        ("client_secret", "late"),
        ("enabled", "yes"),
    ];
    let refused = admin.post(&path, &change).await;
    assert!(!refused.status.is_success());
    assert!(
        refused.location().is_none_or(|place| place.path() != path),
        "{refused:?}"
    );
    admin.post(&format!("{path}/delete"), &[]).await;
    let page = admin.get(&path).await.expect(200).text;
    assert!(!page.contains("3MVG9late") && page.contains(NAME), "{page}");
    hub.stop().await;
}

async fn tested(hub: &TestHub, admin: &mut Person, path: &str) -> String {
    let host = hub.practice_url.origin().ascii_serialization();
    let reply = admin
        .post(&format!("{path}/test"), &[("login_host", &host)])
        .await
        .expect(200);
    unescape(&reply.text)
}

// proves ADM-27, CON-15, SEC-3: the test finds what people would run into, says who must act, and connects nobody
#[tokio::test]
async fn the_test_of_an_app_finds_what_people_would_run_into() {
    const SECRET: &str = "a-secret-to-be-tested";
    gatelodge_testkit::evidence::secret("tested client secret", SECRET);
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let path = path_of(&hub);
    let fine = tested(&hub, &mut admin, &path).await;
    assert!(
        fine.contains("Nothing was found that people would run into"),
        "{fine}"
    );
    assert!(fine.contains("accepts the stored client secret"), "{fine}");
    assert!(fine.contains("shows only when somebody signs in"), "{fine}");

    let made = start(&mut admin, "").await;
    let save = async |admin: &mut Person, client_id: &str, secret: &str| {
        let fields = [
            ("name", "Tested"),
            ("client_id", client_id),
            ("client_secret", secret),
            ("enabled", "yes"),
        ];
        admin.post(&made.path, &fields).await.expect(303);
    };
    save(&mut admin, "3MVG9tested", SECRET).await;
    let unknown = tested(&hub, &mut admin, &made.path).await;
    for part in [
        "invalid_client_id",
        "consumer key",
        "Who must act",
        "up to 10 minutes",
    ] {
        assert!(unknown.contains(part), "{part}: {unknown}");
    }
    let elsewhere = "https://gate.example/other";
    hub.register(App::confidential(
        "3MVG9tested",
        SECRET,
        "Tested",
        elsewhere,
    ))
    .await;
    let callback = tested(&hub, &mut admin, &made.path).await;
    assert!(callback.contains("redirect_uri_mismatch"), "{callback}");
    assert!(callback.contains("letter by letter"), "{callback}");

    hub.register(App::confidential(
        "3MVG9tested",
        SECRET,
        "Tested",
        &made.callback,
    ))
    .await;
    save(&mut admin, "3MVG9tested", "wrong").await;
    let secret = tested(&hub, &mut admin, &made.path).await;
    assert!(secret.contains("invalid client credentials"), "{secret}");
    save(&mut admin, "3MVG9tested", SECRET).await;
    let cured = tested(&hub, &mut admin, &made.path).await;
    assert!(
        cured.contains("Nothing was found that people would run into"),
        "{cured}"
    );
    assert!(!cured.contains(SECRET));

    for (change, found, place) in [
        (
            (|app: &mut App| app.blocked = true) as fn(&mut App),
            "OAUTH_APP_BLOCKED",
            "Unblock",
        ),
        (
            |app| app.scopes = vec!["id".to_owned()],
            "invalid_scope",
            "Selected OAuth Scopes",
        ),
        (
            |app| app.installed = false,
            "OAUTH_APPROVAL_ERROR_GENERIC",
            "Install",
        ),
    ] {
        let mut app = App::confidential("3MVG9tested", SECRET, "Tested", &made.callback);
        change(&mut app);
        hub.register(app).await;
        let page = tested(&hub, &mut admin, &made.path).await;
        assert!(
            page.contains(found) && page.contains(place),
            "{found}: {page}"
        );
    }
    assert_eq!(admin.audited("oauth_app.tested").await, 8);

    // where the sign-in host does not answer, that is what is said
    let down = json!({ "path_prefix": "/services/oauth2", "times": 2, "status": 503, "body": "maintenance" });
    hub.practice.admin("faults", &down).await;
    let page = tested(&hub, &mut admin, &path).await;
    assert!(page.contains("503"), "{page}");
    // a host that is not the provider's is refused before anything leaves
    let refused = admin
        .post(
            &format!("{path}/test"),
            &[("login_host", "https://login.salesforce.com.evil.tld")],
        )
        .await
        .expect(400);
    assert!(refused.text.contains("no sign-in host"), "{}", refused.text);
    hub.stop().await;
}
