//! How little it takes from `gatelodge init` to the first query of an org in which the app was registered by hand.

use gatelodge_practice::PracticeOptions;
use gatelodge_testkit::judge::Judge;
use gatelodge_testkit::practice::{MARIA, PracticeOrg};
use gatelodge_testkit::process::{Process, free_address};
use gatelodge_testkit::{evidence, installation, surroundings};
use serde_json::json;

const EMAIL: &str = "ada@example.com";
const SECRET: &str = "the-consumer-secret-of-the-first-day";

// proves ADM-5, ADM-7: at most three values are pasted, and no address is typed
#[tokio::test(flavor = "multi_thread")]
async fn three_pasted_values_and_no_typed_address_lead_to_the_first_query() {
    let org = PracticeOrg::start(PracticeOptions::new()).await;
    let place = evidence::folder();
    let folder = place.path().join("hub");
    let hub = free_address();
    let public = hub.origin().ascii_serialization();
    let listen = format!("127.0.0.1:{}", hub.port().unwrap());
    let practice = org.url().origin().ascii_serialization();
    let open = |text: &str| installation::with_practice_org(text, &practice);
    let config = installation::init(&folder, &public, &listen, open).await;
    let link = installation::first_owner(&config, EMAIL).await;
    let running = Process::serve_at(&config, &place.path().join("hub.log"), &hub).await;
    evidence::secret("client secret", SECRET);
    let order = json!({
        "hub": hub,
        "link": link,
        "email": EMAIL,
        "password": "a few words in a row",
        "org": org.url(),
        "account": { "username": MARIA, "password": org.password(MARIA) },
        "app": { "name": "Gatelodge", "clientId": "3MVG9first", "clientSecret": SECRET },
        "chromium": surroundings::chromium(),
        "pictures": surroundings::artifacts().join("pictures"),
    });
    let seen = Judge::node("browser/first_query.mjs", &order)
        .await
        .report()
        .await;
    assert_eq!(seen["problems"], json!([]));
    let pasted = seen["pasted"].as_array().unwrap();
    assert!(pasted.len() <= 3, "{pasted:?}");
    let typed = seen["typed"].as_array().unwrap();
    assert!(typed.iter().all(|value| value == ""), "{typed:?}");
    let trial = seen["trial"].as_str().unwrap();
    assert!(trial.contains("Query"), "{trial}");
    assert!(running.stop().await.success());
}
