//! What an administrator does on the first day, by clicks in a real Chromium: everything that a company needs so that
//! its people can use Salesforce, and what happens when it is blocked there.

use chrono::TimeDelta;
use gatelodge_practice::PracticeOptions;
use gatelodge_testkit::evidence;
use gatelodge_testkit::hub::{PASSWORD, TestHub, Who};
use gatelodge_testkit::judge::{Judge, Word};
use gatelodge_testkit::practice::{BEN, MARIA, PracticeOrg};
use gatelodge_testkit::surroundings;
use serde_json::{Value, json};

const SECRET: &str = "the-consumer-secret-of-everybody";
const GROUP_SECRET: &str = "the-consumer-secret-of-emea";

/// How many grants an org gave to an app.
fn grants(org: &PracticeOrg, client_id: &str) -> usize {
    let grants = org.running().practice().oauth.grants();
    grants
        .iter()
        .filter(|grant| grant.client_id == client_id)
        .count()
}

/// Who signs in as whom, and where.
fn person(email: &str, name: &str, org: &PracticeOrg, username: &str) -> Value {
    json!({
        "email": email,
        "name": name,
        "password": PASSWORD,
        "org": org.url(),
        "account": { "username": username, "password": org.password(username) },
    })
}

// proves ADM-1, ADM-5, ADM-7, ADM-10, ADM-13, ADM-16, ADM-24a, CON-14, ACC-2, APR-8: guide, app of the organization, app of a
// group with another sign-in host whose secret each person gives, two people through the right one each, test page,
// rule after a proof of the person, blocked app recognised and cured
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_salesforce_up_for_a_company() {
    let emea = PracticeOrg::start(PracticeOptions::new()).await;
    let other = emea.url();
    let hub = TestHub::builder()
        .configure(move |config| config.egress.practice_orgs.push(other))
        .start()
        .await;
    for secret in [SECRET, GROUP_SECRET] {
        evidence::secret("client secret", secret);
    }
    let order = json!({
        "hub": hub.url,
        // an organization in which nothing is set up
        "admin": { "email": Who::Stranger.email(), "password": PASSWORD },
        "anna": person("anna.berg@example.com", "Anna Berg", &hub.practice, MARIA),
        "bert": person("bert.kuhn@example.com", "Bert Kuhn", &emea, BEN),
        "production": hub.practice.url(),
        "emea": emea.url(),
        "app": { "name": "Gatelodge for everybody", "clientId": "3MVG9everybody", "clientSecret": SECRET },
        "groupApp": { "name": "Gatelodge for EMEA", "clientId": "3MVG9emea", "clientSecret": GROUP_SECRET },
        "chromium": surroundings::chromium(),
        "pictures": surroundings::artifacts().join("pictures"),
    });
    let mut script = Judge::node("browser/first_day.mjs", &order).await;
    let seen = loop {
        match script.next().await {
            Word::Report(seen) => break seen,
            Word::Says(_) => {
                hub.clock.advance(TimeDelta::minutes(6));
                script.say(&Value::Null).await;
            }
            Word::Open(address) => panic!("nobody is asked for at {address}"),
        }
    };
    let said = |name: &str| seen[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        seen["problems"],
        json!([]),
        "console, script, layout and axe-core are clean"
    );
    assert!(seen["guideSteps"].as_u64().unwrap() >= 4, "{seen}");
    assert!(said("offeredToAnna").contains("Gatelodge for everybody"));
    let bert = said("offeredToBert");
    assert!(
        bert.contains("Gatelodge for EMEA") && bert.contains("EMEA"),
        "{bert}"
    );
    assert_eq!(grants(&hub.practice, "3MVG9everybody"), 1);
    assert_eq!(grants(&emea, "3MVG9emea"), 1);
    let everywhere = hub.practice.running().practice().oauth.grant_count();
    assert_eq!(everywhere, 1, "Bert went to the other org only");
    assert!(said("trial").contains("Nothing was"), "{}", said("trial"));
    assert!(
        said("asked").contains("Confirm that it is you"),
        "{}",
        said("asked")
    );
    assert!(said("ruled").contains("Opportunity"), "{}", said("ruled"));
    let tried = said("blockedTest");
    assert!(
        tried.contains("blocked") && !tried.contains("under way"),
        "{tried}"
    );
    assert!(said("blocked").contains("blocked"), "{}", said("blocked"));
    assert!(said("cured").contains("Connected"), "{}", said("cured"));
    hub.stop().await;
}
