//! OAuth apps in use: who sees them, and that they are not deleted from under people by accident.

use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::practice::MARIA;

// proves CON-30: an app in use is not deleted by accident; only administrators see these pages
#[tokio::test]
async fn an_app_in_use_is_not_deleted_unasked_and_members_see_nothing() {
    let hub = TestHub::start().await;
    let (mut member, _agent) = hub.member_with_agent(MARIA).await;
    let path = format!("/admin/oauth-apps/{}", hub.app.id);
    member.get(&path).await.expect(403);
    member
        .post(&format!("{path}/delete"), &[])
        .await
        .expect(403);
    let mut admin = hub.person(Who::Admin).await;
    let refused = admin.post(&format!("{path}/delete"), &[]).await.expect(409);
    assert!(
        unescape(&refused.text).contains("1 connection is bound to this OAuth app"),
        "{}",
        refused.text
    );
    let mut stranger = hub.person(Who::Stranger).await;
    stranger.get(&path).await.expect(404);
    hub.stop().await;
}
