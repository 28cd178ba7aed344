//! The setup guide as an administrator follows it: the values in it are those of this installation and this app.

use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{TestHub, Who};

// proves ADM-7, ADM-16, ADM-17, ADM-24a, CON-14, CON-17: each step is a page, and what is copied from it is exact
#[tokio::test]
async fn the_guide_is_followed_step_by_step() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let app = admin
        .get(&format!("/admin/oauth-apps/{}", hub.app.id))
        .await;
    let guide = format!("/admin/providers/salesforce/guide?app={}", hub.app.id);
    assert!(unescape(&app.expect(200).text).contains(&guide));
    let mut page = admin.get(&guide).await.expect(200);
    let mut seen = String::new();
    let mut steps = 0;
    loop {
        steps += 1;
        let text = unescape(&page.text);
        let next = text.split("<a class=\"button primary\" href=\"").nth(1);
        let next = next.unwrap().split('"').next().unwrap().to_owned();
        seen.push_str(&text);
        if next.starts_with("/admin/oauth-apps/") {
            assert_eq!(next, format!("/admin/oauth-apps/{}", hub.app.id));
            break;
        }
        page = admin.get(&next).await.expect(200);
    }
    assert!(steps >= 10, "{steps}");
    let public = hub.url.origin().ascii_serialization();
    let callback = format!(
        "{public}/api/integrations/callback/salesforce/{}",
        hub.app.id
    );
    assert!(seen.contains(&format!(">{callback}</code>")));
    for words in [
        "External Client App Manager",
        "App Manager > New Connected App",
        "Require Secret for Refresh Token Flow",
        "code by e-mail",
        "Never register it in a sandbox",
        "up to 10 minutes",
        "All users may self-authorize",
        "Admin approved users are pre-authorized",
        "API Enabled",
        "24 hours",
        "Force logout on session timeout",
        "Lock sessions to the IP address",
        "Refresh Token Policy",
        "multi-factor",
        "field-level security",
        "Connected Apps OAuth Usage",
        "Login History",
        "at most <strong>five</strong> grants",
        "salesforce_query",
        "gatelodge salesforce app --app",
    ] {
        assert!(seen.contains(words), "{words}");
    }
    let whole = admin.get(&format!("{guide}&step=all")).await.expect(200);
    assert!(unescape(&whole.text).matches(&callback).count() >= 2);
    hub.stop().await;
}

// proves ADM-16: the guide is there before there is an app, and for nobody's app but the organization's own
#[tokio::test]
async fn a_guide_shows_no_values_of_others() {
    let hub = TestHub::start().await;
    let mut stranger = hub.person(Who::Stranger).await;
    let path = "/admin/providers/salesforce/guide";
    stranger
        .get(&format!("{path}?app={}", hub.app.id))
        .await
        .expect(404);
    let empty = stranger.get(&format!("{path}?step=all")).await.expect(200);
    assert!(empty.text.contains("Set up Salesforce"));
    assert!(!empty.text.contains(&hub.app.id.to_string()));
    stranger
        .get(&format!("{path}?step=nowhere"))
        .await
        .expect(404);
    stranger
        .get("/admin/providers/unknown/guide")
        .await
        .expect(404);
    hub.person(Who::Member).await.get(path).await.expect(403);
    hub.stop().await;
}
