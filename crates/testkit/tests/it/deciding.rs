//! Who may decide about a proposal, and when: nobody but its person, from its page, in time, while all is as shown.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::practice::MARIA;

use crate::proposals::{account, propose_phone};

const DATA: &str = "/services/data";

// proves P4, T1: nobody but the person whose account is used sees or decides, whatever their role
#[tokio::test]
async fn nobody_else_can_see_or_decide() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, name) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "4").await;
    let review = member.review(&proposal).await;
    for who in [
        Who::SecondMember,
        Who::Admin,
        Who::Owner,
        Who::Auditor,
        Who::Stranger,
    ] {
        let mut other = hub.person(who).await;
        let unknown = "prp_00000000000000000000000000000000";
        let page = other
            .get(&format!("/approvals/{proposal}"))
            .await
            .expect(404);
        assert!(!page.text.contains(&name), "{who:?}");
        other.approve(&proposal, &review).await.expect(404);
        other.reject(&proposal, &review, "no").await.expect(404);
        other
            .get(&format!("/approvals/{proposal}/edit"))
            .await
            .expect(404);
        other
            .get(&format!("/approvals/{unknown}"))
            .await
            .expect(404);
        assert!(
            !other
                .get("/approvals")
                .await
                .expect(200)
                .text
                .contains(&proposal),
            "{who:?}"
        );
    }
    assert_eq!(agent.proposal(&proposal).await["status"], "pending");
    hub.stop().await;
}

// proves P5, M15: no bearer token approves, even with what a review page sends
#[tokio::test]
async fn an_agent_cannot_approve() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "5").await;
    let review = member.review(&proposal).await;
    for path in [
        format!("/approvals/{proposal}/approve"),
        format!("/api/v1/proposals/{proposal}/approve"),
    ] {
        let url = agent.at(&path);
        let request = agent
            .client()
            .post(url.clone())
            .header("origin", hub.url.origin().ascii_serialization());
        let reply = agent.send(&url, request.form(&review.form())).await;
        let to_sign_in = reply
            .location()
            .is_some_and(|place| place.path() == "/sign-in");
        assert!(
            to_sign_in || reply.status.is_client_error(),
            "{path}: {} {}",
            reply.status,
            reply.text
        );
    }
    let names = agent.tool_names().await;
    assert!(
        !names
            .iter()
            .any(|name| name.contains("approve") || name.contains("decide")),
        "{names:?}"
    );
    assert_eq!(agent.proposal(&proposal).await["status"], "pending");
    assert_eq!(hub.requests("PATCH", DATA), 0);
    hub.stop().await;
}

// proves P4, APR-4: a confirmation counts only from this review page in this session
#[tokio::test]
async fn a_confirmation_from_elsewhere_does_not_count() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let first = propose_phone(&agent, &id, "6").await;
    let second = propose_phone(&agent, &id, "7").await;
    let review = member.review(&first).await;
    let other = member.review(&second).await;

    let mut elsewhere = hub.person(Who::Member).await;
    let reply = elsewhere.approve(&first, &review).await;
    assert!(
        reply.status.is_client_error(),
        "another session's page counted: {}",
        reply.status
    );
    let mut mixed = review.clone();
    mixed
        .fields
        .insert("digest".to_owned(), other.fields["digest"].clone());
    member.approve(&first, &mixed).await.expect(409);
    let mut mixed = review.clone();
    mixed
        .fields
        .insert("nonce".to_owned(), other.fields["nonce"].clone());
    assert!(
        member
            .approve(&first, &mixed)
            .await
            .status
            .is_client_error()
    );
    member
        .post(&format!("/approvals/{first}/approve"), &[])
        .await;
    assert_eq!(agent.proposal(&first).await["status"], "pending");
    assert!(hub.writers(&id).is_empty());
    hub.stop().await;
}

// proves P4: after its time nothing can be approved
#[tokio::test]
async fn an_expired_proposal_cannot_be_approved() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "8").await;
    hub.clock.advance(chrono::TimeDelta::hours(23));
    let mut member = hub.person(Who::Member).await;
    let review = member.review(&proposal).await;
    hub.clock.advance(chrono::TimeDelta::minutes(61));
    member.approve(&proposal, &review).await.expect(409);
    assert_eq!(agent.proposal(&proposal).await["status"], "expired");
    assert!(hub.writers(&id).is_empty());
    hub.stop().await;
}

// proves P2, APR-4: a proposal that was changed in the database is not sent
#[tokio::test]
async fn a_proposal_changed_in_the_database_is_not_sent() {
    use sea_orm::ConnectionTrait as _;
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "9").await;
    let review = member.review(&proposal).await;
    let door = hub.back_door().await;
    let changed = door
        .execute_unprepared("UPDATE proposals SET digest = zeroblob(32)")
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
    let reply = member.approve(&proposal, &review).await.expect(409);
    assert!(reply.text.contains("proposal_changed"), "{}", reply.text);
    let reply = member.get(&format!("/approvals/{proposal}")).await;
    assert!(
        !reply.status.is_success(),
        "what is stored is not what was frozen, and it is shown"
    );
    assert_eq!(hub.requests("PATCH", DATA), 0);
    hub.stop().await;
}

// proves P9, CON-12: what waits when the connection ends is not sent
#[tokio::test]
async fn a_proposal_of_an_ended_connection_is_not_sent() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let connection = member.connect(&hub, MARIA).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "10").await;
    let review = member.review(&proposal).await;
    member
        .post(&format!("/connections/{connection}/disconnect"), &[])
        .await
        .expect(303);
    member.approve(&proposal, &review).await;
    let seen = agent.proposal(&proposal).await;
    assert_eq!(seen["status"], "stale", "{seen}");
    assert_eq!(hub.requests("PATCH", DATA), 0);
    hub.stop().await;
}
