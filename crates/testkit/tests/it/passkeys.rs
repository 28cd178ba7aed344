//! Passkeys through the pages: in a real Chromium with its virtual authenticator, and without scripts.

use gatelodge_keeper_client::PasskeyHolder;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::judge::Judge;
use gatelodge_testkit::practice::MARIA;
use gatelodge_testkit::surroundings;
use serde_json::json;

use crate::proposals::{account, phone, propose_phone};
use crate::taken_over::intruder::{console, store};

// proves P4, P5, U1, APR-4: a person enrols with a code and approves with a passkey, by keyboard and by click; a
// device that does not verify its holder approves nothing, and the page says so
#[tokio::test(flavor = "multi_thread")]
async fn a_person_enrols_and_approves_in_a_browser() {
    let hub = TestHub::builder().named().start().await;
    let (mut person, agent) = hub.member_with_agent(MARIA).await;
    let user = hub.hub().find_user(Who::Member.email()).await;
    let user = user.unwrap().unwrap();
    let store = store(&hub).await;
    let console = console(&hub, &store);
    console.set_sealed(user.organization, true).await.unwrap();
    let holder = PasskeyHolder {
        organization: user.organization,
        user: user.id,
    };
    let (code, _) = console.allow(holder).await.unwrap();
    let (record, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &record, "+49 30 7").await;
    // a page without scripts sends the form without an answer
    let review = person.review(&proposal).await;
    assert!(review.page.text.contains("you have no passkey yet"));
    let reply = person.approve(&proposal, &review).await.expect(403);
    assert!(reply.text.contains("passkey_needed"), "{}", reply.text);

    let order = json!({
        "hub": hub.url,
        "email": Who::Member.email(),
        "password": gatelodge_testkit::hub::PASSWORD,
        "code": code.expose(),
        "proposal": proposal,
        "chromium": surroundings::chromium(),
        "pictures": surroundings::artifacts().join("pictures"),
    });
    let seen = Judge::node("browser/passkeys.mjs", &order)
        .await
        .report()
        .await;
    assert_eq!(
        seen["problems"],
        json!([]),
        "console, script, layout and axe-core are clean"
    );
    let said = |name: &str| seen[name].as_str().unwrap().to_owned();
    assert!(said("withoutPasskey").contains("Enrol your passkey"));
    assert!(said("listed").contains("Laptop") && said("listed").contains("Approvals are sealed"));
    assert!(
        said("refused").contains("No passkey answered"),
        "{}",
        said("refused")
    );
    assert_eq!(phone(&agent, &record).await, "+49 30 7");
    assert_eq!(hub.writers(&record).len(), 1);
    for action in ["passkey.enrolled", "proposal.approved"] {
        assert_eq!(
            hub.person(Who::Auditor).await.audited(action).await,
            1,
            "{action}"
        );
    }
    hub.stop().await;
}
