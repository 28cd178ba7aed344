//! The pages of a practice org that stands alone, in a real Chromium: pictures of each for people to look at, and
//! what a program can judge about them.

use gatelodge_practice::oauth::App;
use gatelodge_testkit::browser::{client, read};
use gatelodge_testkit::judge::Judge;
use gatelodge_testkit::practice::PracticeOrg;
use gatelodge_testkit::surroundings;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_practice_org_are_for_everyone() {
    let app = App::confidential(
        "3MVG9pictures",
        "consumer-secret",
        "Reporting dashboard",
        "http://localhost:3000/oauth/callback",
    );
    let org = PracticeOrg::http(vec![app]).await;
    let practice = org.running().practice();
    let accounts = practice.org.schema().object("Account").unwrap();
    let record = practice.org.snapshot().live(accounts).next().unwrap().id;
    // A first entry of the journal.
    let url = org.url().join("/services/data").unwrap();
    read(&url, client(None).get(url.clone())).await.expect(200);
    let order = json!({
        "org": org.url().as_str().trim_end_matches('/'),
        "record": record.to_string(),
        "chromium": surroundings::chromium(),
        "pictures": surroundings::artifacts().join("pictures"),
    });
    let seen = Judge::node("browser/practice_pages.mjs", &order)
        .await
        .report()
        .await;
    assert_eq!(
        seen["problems"],
        json!([]),
        "console, script, layout and axe-core are clean"
    );
    assert_eq!(seen["foreignRequests"], json!([]), "nobody else is asked");
    for (page, title) in [
        ("apps", "OAuth apps"),
        ("saved", "Reporting dashboard has other policies."),
        ("set", "Fault 1 is set."),
        ("faults", "Faults on purpose"),
        ("limits", "Limits"),
    ] {
        assert_eq!(seen["titles"][page], title);
    }
    assert!(
        practice
            .oauth
            .app("3MVG9pictures")
            .unwrap()
            .rotate_refresh_tokens
    );
    org.stop().await;
}
