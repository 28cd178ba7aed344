//! Whose OAuth app a person connects with: group before organization before installation, blanks asked of each person.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use gatelodge_practice::oauth::App;
use gatelodge_server::config::ConfiguredOAuthApp;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Person, TestHub, Who, connection_id};
use gatelodge_testkit::practice::{BEN, Decision, MARIA, Visitor};
use url::Url;

/// An app that an administrator made.
pub(crate) struct Made {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) callback: String,
}

/// The first callback address on a page.
fn callback_on(page: &str) -> String {
    let page = unescape(page);
    let start = page.find("http://127.0.0.1").expect("a callback to copy");
    let end = page[start..].find(['"', '<', ' ']).expect("its end");
    page[start..start + end].to_owned()
}

/// Starts an app, for a group where one is named.
pub(crate) async fn start(admin: &mut Person, group: &str) -> Made {
    let fields = [("provider", "salesforce"), ("group", group)];
    let reply = admin.post("/admin/oauth-apps", &fields).await.expect(303);
    let path = reply.location().unwrap().path().to_owned();
    let page = admin.get(&path).await.expect(200);
    Made {
        id: path.rsplit('/').next().unwrap().to_owned(),
        callback: callback_on(&page.text),
        path,
    }
}

/// Starts, registers and saves an app with this client id.
pub(crate) async fn make(
    hub: &TestHub,
    admin: &mut Person,
    group: &str,
    client_id: &str,
    more: &[(&str, &str)],
) -> Made {
    let made = start(admin, group).await;
    hub.register(App::public(client_id, client_id, &made.callback))
        .await;
    let mut fields = vec![
        ("name", client_id),
        ("client_id", client_id),
        ("group", group),
        ("enabled", "yes"),
    ];
    fields.extend(more);
    admin.post(&made.path, &fields).await.expect(303);
    made
}

/// A parameter of the address that the person leaves for.
fn sent(authorize: &Url, name: &str) -> String {
    let mut pairs = authorize.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn client_of(hub: &TestHub, person: &mut Person, reconnect: Option<&str>) -> String {
    sent(&person.begin_connect(hub, reconnect).await, "client_id")
}

async fn who_uses(admin: &mut Person, who: Who) -> String {
    let path = format!("/admin/providers/salesforce?person={}", who.email());
    unescape(&admin.get(&path).await.expect(200).text)
}

// proves ADM-10, ADM-10a, ADM-11, ADM-14, CON-30: the first group with an app that is on wins, one that is off falls
// back, the reason is said; a connection stays bound to its app
#[tokio::test]
async fn people_go_through_the_app_of_their_first_group() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let mut member = hub.person(Who::Member).await;
    let mut second = hub.person(Who::SecondMember).await;
    let before = member.connect(&hub, MARIA).await;

    let emea = hub.group("EMEA", 0, &[Who::Member]).await;
    let apac = hub
        .group("APAC", 1, &[Who::Member, Who::SecondMember])
        .await;
    let of_emea = make(&hub, &mut admin, &emea, "3MVG9emea", &[]).await;
    let of_apac = make(&hub, &mut admin, &apac, "3MVG9apac", &[]).await;

    // each through the right one, and the practice org saw which
    assert_eq!(client_of(&hub, &mut member, None).await, "3MVG9emea");
    assert_eq!(client_of(&hub, &mut second, None).await, "3MVG9apac");
    let connected = second.connect(&hub, BEN).await;
    let ours = hub.app.client_id.clone();
    assert_eq!(client_of(&hub, &mut admin, None).await, ours);
    let page = who_uses(&mut admin, Who::Member).await;
    assert!(page.contains("For Mia Member, in group EMEA:"), "{page}");
    assert!(page.contains("Group APAC has one too"), "{page}");
    let own = unescape(&member.get("/connections/new").await.expect(200).text);
    assert!(own.contains("For you, in group EMEA:"), "{own}");
    assert!(
        own.contains("under the name \u{201c}3MVG9emea\u{201d}"),
        "{own}"
    );

    // what was connected before stays with its app
    assert_eq!(client_of(&hub, &mut member, Some(&before)).await, ours);
    assert_eq!(
        client_of(&hub, &mut second, Some(&connected)).await,
        "3MVG9apac"
    );

    // nobody takes an app that does not count for them
    let host = hub.practice_url.origin().ascii_serialization();
    let fields = [("app", of_apac.id.as_str()), ("login_host", host.as_str())];
    member.post("/connections/new", &fields).await.expect(403);

    // switched off: the next group, then the organization
    for (made, group, next) in [
        (&of_emea, &emea, "3MVG9apac"),
        (&of_apac, &apac, ours.as_str()),
    ] {
        let off = [
            ("name", "x"),
            (
                "client_id",
                if group == &emea {
                    "3MVG9emea"
                } else {
                    "3MVG9apac"
                },
            ),
            ("group", group.as_str()),
        ];
        admin.post(&made.path, &off).await.expect(303);
        assert_eq!(client_of(&hub, &mut member, None).await, next);
    }
    let page = who_uses(&mut admin, Who::Member).await;
    assert!(
        page.contains("That of group EMEA is switched off"),
        "{page}"
    );
    let unknown = admin
        .get("/admin/providers/salesforce?person=nobody@northwind.example")
        .await
        .expect(400);
    assert!(unknown.text.contains("Nobody in this organization"));
    // somebody of another organization looks like nobody
    let path = format!(
        "/admin/providers/salesforce?person={}",
        Who::Stranger.email()
    );
    admin.get(&path).await.expect(400);
    hub.stop().await;
}

// proves ADM-10: an override for a group that is not there is refused at its field, and nothing is saved
#[tokio::test]
async fn an_unknown_group_is_refused() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let made = start(&mut admin, "").await;
    let gone = format!("grp_{}", "0".repeat(32));
    for group in [gone.as_str(), "nonsense", hub.app.id.to_string().as_str()] {
        let fields = [("name", "x"), ("client_id", "3MVG9x"), ("group", group)];
        let page = admin.post(&made.path, &fields).await.expect(400);
        assert!(
            page.text.contains("There is no such group"),
            "{}",
            page.text
        );
        admin
            .post(
                "/admin/oauth-apps",
                &[("provider", "salesforce"), ("group", group)],
            )
            .await
            .expect(400);
    }
    assert!(
        !admin
            .get(&made.path)
            .await
            .expect(200)
            .text
            .contains("3MVG9x")
    );
    hub.stop().await;
}

/// Follows a begun attempt to its end; gives the connection's id.
async fn finish(hub: &TestHub, person: &mut Person, authorize: &Url, user: &str) -> String {
    let password = hub.practice.password(user);
    let back = Visitor::at(hub.practice_url.clone())
        .follow(authorize, user, &password, Decision::Allow)
        .await;
    connection_id(&person.browser.get(&back).await)
}

/// Sends the form with own values; gives the address that leaves.
async fn begin_with(hub: &TestHub, person: &mut Person, fields: &[(&str, &str)]) -> Url {
    let host = hub.practice_url.origin().ascii_serialization();
    let mut all = vec![("login_host", host.as_str())];
    all.extend(fields);
    let reply = person.post("/connections/new", &all).await.expect(303);
    let page = person
        .browser
        .get(&reply.location().unwrap())
        .await
        .expect(200);
    let text = unescape(&page.text);
    let start = text
        .find(&format!("{host}/services/oauth2/authorize"))
        .unwrap();
    text[start..].split('"').next().unwrap().parse().unwrap()
}

const OWN_SECRET: &str = "a-secret-of-mia-only";

// proves ADM-13, ADM-14, SEC-1: a blank secret is asked of each person, kept for that connection only, shown to nobody,
// left empty when it is renewed, and gone when it is disconnected
#[tokio::test]
async fn a_blank_secret_is_asked_when_a_person_connects() {
    gatelodge_testkit::evidence::secret("own client secret", OWN_SECRET);
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let group = hub
        .group("Own secrets", 0, &[Who::Member, Who::SecondMember])
        .await;
    let made = make(
        &hub,
        &mut admin,
        &group,
        "3MVG9ask",
        &[("ask_client_secret", "yes")],
    )
    .await;
    hub.register(App::confidential(
        "3MVG9ask",
        OWN_SECRET,
        "Asks",
        &made.callback,
    ))
    .await;
    let mut member = hub.person(Who::Member).await;
    let page = unescape(&member.get("/connections/new").await.expect(200).text);
    assert!(page.contains("Values of your own"), "{page}");
    let app = ("app", made.id.as_str());
    let host = hub.practice_url.origin().ascii_serialization();
    let blank = [app, ("login_host", host.as_str())];
    let refused = member.post("/connections/new", &blank).await.expect(400);
    assert!(
        refused.text.contains("Paste the client secret"),
        "{}",
        refused.text
    );

    let authorize = begin_with(&hub, &mut member, &[app, ("client_secret", OWN_SECRET)]).await;
    // the callback is the one that the administrator registered
    assert_eq!(sent(&authorize, "redirect_uri"), made.callback);
    let connection = finish(&hub, &mut member, &authorize, MARIA).await;
    // nobody sees it: no list, no page of its own
    for path in [
        "/admin/oauth-apps",
        "/admin/providers/salesforce",
        &made.path,
        "/audit",
    ] {
        let page = admin.get(path).await.expect(200).text;
        assert!(!page.contains(OWN_SECRET), "{path}");
    }
    let listed = admin.get("/admin/oauth-apps").await.expect(200).text;
    assert_eq!(
        listed.matches("/admin/oauth-apps/app_").count(),
        2,
        "{listed}"
    );
    // it counts as a connection of the app whose blank it filled
    let page = admin.get(&made.path).await.expect(200).text;
    assert!(page.contains("Mia Member"), "{page}");

    // renewed with the field left empty: the same values again
    let renewed = [app, ("reconnect", connection.as_str())];
    let authorize = begin_with(&hub, &mut member, &renewed).await;
    assert_eq!(
        finish(&hub, &mut member, &authorize, MARIA).await,
        connection
    );
    // somebody else gives other values, and a wrong secret is said as such
    let mut second = hub.person(Who::SecondMember).await;
    let authorize = begin_with(&hub, &mut second, &[app, ("client_secret", "another")]).await;
    let password = hub.practice.password(BEN);
    let back = Visitor::at(hub.practice_url.clone())
        .follow(&authorize, BEN, &password, Decision::Allow)
        .await;
    let page = second.browser.get(&back).await;
    assert!(
        unescape(&page.text).contains("does not accept the app's consumer key and secret"),
        "{}",
        page.text
    );

    assert_eq!(personal_apps(&hub).await, 1);
    member
        .post(&format!("/connections/{connection}/disconnect"), &[])
        .await
        .expect(303);
    assert_eq!(personal_apps(&hub).await, 0);
    hub.stop().await;
}

async fn personal_apps(hub: &TestHub) -> usize {
    use sea_orm::{ConnectionTrait as _, Statement};
    let database = hub.back_door().await;
    let rows = database
        .query_all_raw(Statement::from_string(
            database.get_database_backend(),
            "SELECT id FROM oauth_apps WHERE user_id IS NOT NULL",
        ))
        .await
        .unwrap();
    rows.len()
}

// proves ADM-13, ADM-7: a blank client id is asked too, with the callback that an own registration needs
#[tokio::test]
async fn a_blank_client_id_is_asked_when_a_person_connects() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let group = hub.group("Own apps", 0, &[Who::Member]).await;
    let made = start(&mut admin, &group).await;
    let fields = [
        ("name", "Own"),
        ("group", group.as_str()),
        ("ask_client_id", "yes"),
        ("enabled", "yes"),
    ];
    admin.post(&made.path, &fields).await.expect(303);
    let mut member = hub.person(Who::Member).await;
    let page = member.get("/connections/new").await.expect(200);
    assert_eq!(callback_on(&page.text), made.callback);
    hub.register(App::public("3MVG9mias", "Mia's", &made.callback))
        .await;
    let app = ("app", made.id.as_str());
    let authorize = begin_with(&hub, &mut member, &[app, ("client_id", " 3MVG9mias ")]).await;
    assert_eq!(sent(&authorize, "client_id"), "3MVG9mias");
    finish(&hub, &mut member, &authorize, MARIA).await;
    hub.stop().await;
}

// proves SEC-3, CON-8: broad scopes take a written reason, which is kept, shown and audited; unneeded ones warn
#[tokio::test]
async fn scopes_beyond_the_least_are_chosen_with_reasons() {
    const REASON: &str = "The auditors asked for it in March.";
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let path = format!("/admin/oauth-apps/{}", hub.app.id);
    let client_id = hub.app.client_id.clone();
    let base = [
        ("name", "Gatelodge test"),
        ("client_id", client_id.as_str()),
        ("enabled", "yes"),
    ];
    let authorize = admin.begin_connect(&hub, None).await;
    assert_eq!(sent(&authorize, "scope"), "api refresh_token");
    for reason in ["", "short"] {
        let mut fields = base.to_vec();
        fields.extend([("scope-full", "yes"), ("scope_reason", reason)]);
        let page = admin.post(&path, &fields).await.expect(400);
        assert!(
            page.text.contains("Write down why it is needed"),
            "{}",
            page.text
        );
    }
    let mut unknown = base.to_vec();
    unknown.push(("scope-everything", "yes"));
    admin.post(&path, &unknown).await.expect(400);
    let mut fields = base.to_vec();
    fields.extend([
        ("scope-full", "yes"),
        ("scope-id", "yes"),
        ("scope_reason", REASON),
    ]);
    admin.post(&path, &fields).await.expect(303);
    let page = unescape(&admin.get(&path).await.expect(200).text);
    assert!(
        page.contains("More access than needed") && page.contains(REASON),
        "{page}"
    );
    assert!(page.contains("No tool needs 'id'"), "{page}");
    let audit = unescape(&admin.get("/audit").await.expect(200).text);
    assert!(audit.contains(REASON), "{audit}");
    let mut member = hub.person(Who::Member).await;
    let shown = unescape(&member.get("/connections/new").await.expect(200).text);
    assert!(shown.contains(REASON), "{shown}");
    let authorize = member.begin_connect(&hub, None).await;
    let scopes = sent(&authorize, "scope");
    for scope in ["api", "refresh_token", "full", "id"] {
        assert!(scopes.split(' ').any(|one| one == scope), "{scopes}");
    }
    hub.stop().await;
}

// proves ADM-4, ADM-14, T9: the default of the installation serves an organization without an app of its own, is
// changed by nobody there, and has a callback of its own
#[tokio::test]
async fn the_default_of_the_installation_serves_who_has_no_own_app() {
    const SECRET: &str = "the-secret-of-the-installation";
    gatelodge_testkit::evidence::secret("configured client secret", SECRET);
    let hub = TestHub::builder()
        .configure(|config| {
            let file = config.folder.join("default.secret");
            std::fs::write(&file, format!("{SECRET}\n")).unwrap();
            std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
            config.oauth_apps = vec![ConfiguredOAuthApp {
                provider: "salesforce".to_owned(),
                name: "Installation".to_owned(),
                client_id: "3MVG9installation".to_owned(),
                client_secret_file: "default.secret".into(),
                auth_base_url: String::new(),
            }];
        })
        .start()
        .await;
    // an organization with its own app goes through that
    let mut admin = hub.person(Who::Admin).await;
    let ours = hub.app.client_id.clone();
    assert_eq!(client_of(&hub, &mut admin, None).await, ours);
    // the other one has none
    let mut stranger = hub.person(Who::Stranger).await;
    let page = unescape(
        &stranger
            .get("/admin/providers/salesforce")
            .await
            .expect(200)
            .text,
    );
    assert!(
        page.contains("Everybody, default of this installation"),
        "{page}"
    );
    let start = page.find("/admin/oauth-apps/app_").unwrap();
    let path = page[start..].split('"').next().unwrap().to_owned();
    let app_page = stranger.get(&path).await.expect(200);
    assert!(app_page.text.contains("Default of this installation"));
    assert!(!app_page.text.contains(SECRET));
    let callback = callback_on(&app_page.text);
    hub.register(App::confidential(
        "3MVG9installation",
        SECRET,
        "Installation",
        &callback,
    ))
    .await;
    assert_eq!(
        client_of(&hub, &mut stranger, None).await,
        "3MVG9installation"
    );
    stranger.connect(&hub, MARIA).await;
    let change = [
        ("name", "x"),
        ("client_id", "3MVG9mine"),
        ("enabled", "yes"),
    ];
    stranger.post(&path, &change).await.expect(403);
    stranger
        .post(&format!("{path}/delete"), &[])
        .await
        .expect(403);
    // the same default of the first organization has another callback
    let page = unescape(
        &admin
            .get("/admin/providers/salesforce")
            .await
            .expect(200)
            .text,
    );
    assert!(
        page.contains("Everybody, default of this installation"),
        "{page}"
    );
    assert!(!page.contains(&path), "{page}");
    hub.stop().await;
}
