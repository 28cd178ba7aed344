//! People come by invitation, change roles, join groups, and leave; all through the pages.

use chrono::TimeDelta;
use gatelodge_model::{AgentAccess, Role};
use gatelodge_testkit::browser::{Reply, unescape};
use gatelodge_testkit::hub::{PASSWORD, Person, TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use serde_json::json;

use crate::proposals::{account, propose_phone};

async fn id_of(hub: &TestHub, email: &str) -> String {
    let user = hub.hub().find_user(email).await.unwrap();
    user.unwrap().id.to_string()
}

/// The paths of the links that a page shows.
fn links(page: &Reply) -> Vec<String> {
    page.text
        .split("/invitation/")
        .skip(1)
        .map(|rest| {
            let token = rest.split('<').next().unwrap();
            format!("/invitation/{token}")
        })
        .collect()
}

async fn invite(person: &mut Person, emails: &str, role: &str) -> Reply {
    let fields = [("emails", emails), ("role", role)];
    person.post("/admin/invitations", &fields).await
}

async fn join(hub: &TestHub, link: &str, name: &str) -> Reply {
    let fields = [("name", name), ("password", PASSWORD), ("again", PASSWORD)];
    hub.anonymous().post(link, &fields).await
}

// proves ACC-5, ACC-2: a link lets one person join, once, with the role and the groups that were chosen
#[tokio::test]
async fn an_invitation_lets_one_person_join_once() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let made = admin.post("/admin/groups", &[("name", "EMEA sales")]).await;
    let group = made.expect(303).location().unwrap().path().to_owned();
    let group_id = group.rsplit('/').next().unwrap().to_owned();
    let fields = [
        (
            "emails",
            "New@Example.com\nsecond@northwind.example, nonsense",
        ),
        ("role", "auditor"),
        ("group", group_id.as_str()),
    ];
    let page = admin.post("/admin/invitations", &fields).await.expect(200);
    let text = unescape(&page.text);
    assert!(text.contains("Send this link on a private way"), "{text}");
    // who is here already is changed instead, and what is no address keeps nobody else out
    assert!(text.contains("Already in the organization; now auditor"));
    assert!(text.contains("This is not an e-mail address"));
    let link = links(&page).pop().unwrap();
    assert_eq!(links(&page).len(), 1);
    let offer = hub.anonymous().get(&link).await.expect(200);
    let offered = unescape(&offer.text);
    assert!(offered.contains("Join Northwind") && offered.contains("Adam Admin invites you"));
    assert!(offered.contains("new@example.com") && offered.contains("role auditor"));
    let short = [
        ("name", "Nora New"),
        ("password", "short"),
        ("again", "short"),
    ];
    hub.anonymous().post(&link, &short).await.expect(400);
    join(&hub, &link, "Nora New").await.expect(303);
    let again = join(&hub, &link, "Somebody Else").await.expect(409);
    assert!(again.text.contains("used already"), "{}", again.text);
    hub.anonymous().get(&link).await.expect(409);
    let mut nora = hub.anonymous();
    nora.sign_in("new@example.com", PASSWORD).await;
    nora.get("/admin/oauth-apps").await.expect(200);
    nora.post("/admin/groups", &[("name", "Mine")])
        .await
        .expect(403);
    let members = unescape(&admin.get(&group).await.expect(200).text);
    assert!(members.contains("Nora New") && members.contains("Sam Second"));
    let list = admin.get("/admin/invitations").await.expect(200);
    assert!(list.text.contains("No invitation waits"));
    let mut auditor = hub.person(Who::Auditor).await;
    for (action, times) in [
        ("invitation.made", 1),
        ("user.joined", 1),
        ("user.role_changed", 1),
        ("group.member_added", 1),
    ] {
        assert_eq!(auditor.audited(action).await, times, "{action}");
    }
    hub.stop().await;
}

// proves ACC-5: a link that was replaced, withdrawn or is too old says so and lets nobody in
#[tokio::test]
async fn an_invitation_ends() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let first = links(
        &invite(&mut admin, "a@example.com", "member")
            .await
            .expect(200),
    )
    .remove(0);
    let id = |page: &Reply| {
        let (_, rest) = page.text.split_once("/admin/invitations/inv_").unwrap();
        format!("inv_{}", &rest[..32])
    };
    let open = id(&admin.get("/admin/invitations").await.expect(200));
    let resend = format!("/admin/invitations/{open}/resend");
    let second = links(&admin.post(&resend, &[]).await.expect(200)).remove(0);
    assert_ne!(first, second);
    let replaced = hub.anonymous().get(&first).await.expect(404);
    assert!(replaced.text.contains("newer link"), "{}", replaced.text);
    hub.clock.advance(TimeDelta::days(7));
    let late = join(&hub, &second, "Late").await.expect(409);
    assert!(late.text.contains("The time for this invitation was over"));
    assert!(unescape(&late.text).contains("Ask Adam Admin"));
    let mut admin = hub.person(Who::Admin).await;
    let list = admin
        .get("/admin/invitations?search=A%40EX")
        .await
        .expect(200);
    assert!(list.text.contains("Expired"));
    let third = links(&admin.post(&resend, &[]).await.expect(200)).remove(0);
    let withdraw = format!("/admin/invitations/{open}/withdraw");
    admin.post(&withdraw, &[]).await.expect(303);
    admin.post(&withdraw, &[]).await.expect(409);
    admin.post(&resend, &[]).await.expect(409);
    let gone = join(&hub, &third, "Gone").await.expect(409);
    assert!(gone.text.contains("was withdrawn"));
    assert!(
        hub.hub()
            .find_user("a@example.com")
            .await
            .unwrap()
            .is_none()
    );
    // an address of another organization is told only to who has its link
    let made = invite(&mut admin, Who::Stranger.email(), "member").await;
    let link = links(&made.expect(200)).remove(0);
    let refused = join(&hub, &link, "Stan").await.expect(409);
    assert!(refused.text.contains("used in this installation already"));
    let mut stranger = hub.person(Who::Stranger).await;
    assert!(stranger.get("/").await.expect(200).text.contains("Contoso"));
    let foreign = stranger.post(&withdraw, &[]).await.expect(404);
    assert!(foreign.text.contains("There is no such invitation"));
    hub.stop().await;
}

// proves ACC-5: owners are made and unmade by owners only, and the last one stays; what is no role changes nothing
#[tokio::test]
async fn the_last_owner_stays() {
    let hub = TestHub::start().await;
    let (mut owner, mut admin) = (hub.person(Who::Owner).await, hub.person(Who::Admin).await);
    let own = id_of(&hub, Who::Owner.email()).await;
    let admins = id_of(&hub, Who::Admin.email()).await;
    let role = |id: &str| format!("/admin/people/{id}/role");
    let remove = |id: &str| format!("/admin/people/{id}/remove");
    for (path, fields) in [
        (role(&own), vec![("role", "member")]),
        (remove(&own), vec![]),
    ] {
        let refused = owner.post(&path, &fields).await.expect(409);
        assert!(refused.text.contains("is the last owner"), "{path}");
        let refused = admin.post(&path, &fields).await.expect(403);
        assert!(refused.text.contains("Only an owner may"), "{path}");
    }
    let refused = admin.post(&role(&admins), &[("role", "owner")]).await;
    assert!(refused.expect(403).text.contains("Only an owner may"));
    invite(&mut admin, "b@example.com", "owner")
        .await
        .expect(403);
    let refused = owner.post(&role(&admins), &[("role", "king")]).await;
    let refused = unescape(&refused.expect(400).text);
    assert!(refused.contains("'king' is not a role"), "{refused}");
    owner
        .post(&role(&admins), &[("role", "owner")])
        .await
        .expect(303);
    // now there are two, and the first one may go
    owner
        .post(&role(&own), &[("role", "auditor")])
        .await
        .expect(303);
    owner
        .post("/admin/groups", &[("name", "A")])
        .await
        .expect(403);
    admin.post(&remove(&own), &[]).await.expect(303);
    admin.post(&remove(&admins), &[]).await.expect(409);
    admin.post(&remove(&own), &[]).await.expect(404);
    hub.stop().await;
}

// proves ACC-5, APR-8: giving a role and removing need a fresh proof
#[tokio::test]
async fn roles_and_removal_ask_for_a_proof() {
    let hub = TestHub::start().await;
    let mut owner = hub.person(Who::Owner).await;
    let member = id_of(&hub, Who::Member.email()).await;
    hub.clock.advance(TimeDelta::minutes(6));
    for path in [
        format!("/admin/people/{member}/role"),
        format!("/admin/people/{member}/remove"),
    ] {
        let asked = owner.post(&path, &[("role", "admin")]).await.expect(403);
        assert!(asked.text.contains("Confirm that it is you"), "{path}");
    }
    let asked = invite(&mut owner, "b@example.com", "admin")
        .await
        .expect(403);
    assert!(asked.text.contains("Confirm that it is you"));
    let page = owner
        .get(&format!("/admin/people/{member}"))
        .await
        .expect(200);
    assert!(unescape(&page.text).contains("Remove Mia Member"));
    let user = hub.hub().find_user(Who::Member.email()).await.unwrap();
    assert_eq!(user.unwrap().role, Role::Member);
    hub.stop().await;
}

// proves ACC-7: removal cuts every way in at once, ends what was connected at the provider, and keeps the history
#[tokio::test]
async fn removal_cuts_access_at_once_and_keeps_history() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (record, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &record, "+49 30 9").await;
    let mut admin = hub.person(Who::Admin).await;
    let id = id_of(&hub, Who::Member.email()).await;
    let path = format!("/admin/people/{id}");
    let page = unescape(&admin.get(&path).await.expect(200).text);
    assert!(page.contains("1 connection") && page.contains("the tokens of 1 agent"));
    let revocations = hub.requests("POST", "/services/oauth2/revoke");
    admin.post(&format!("{path}/remove"), &[]).await.expect(303);
    assert_eq!(
        hub.requests("POST", "/services/oauth2/revoke"),
        revocations + 1
    );
    let signed_out = member.get("/approvals").await;
    assert_eq!(signed_out.location().unwrap().path(), "/sign-in");
    let refused = agent.get("/api/v1/connections").await;
    assert_eq!(refused.status.as_u16(), 401, "{}", refused.text);
    let mut again = hub.anonymous();
    let fields = [("email", Who::Member.email()), ("password", PASSWORD)];
    again.post("/sign-in", &fields).await.expect(401);
    let page = unescape(&admin.get(&path).await.expect(200).text);
    assert!(page.contains("has no access any more"), "{page}");
    let people = admin.get("/admin/people?search=mia").await.expect(200);
    assert!(people.text.contains("Nobody found"));
    let people = admin
        .get("/admin/people?search=mia&removed=yes")
        .await
        .expect(200);
    assert!(people.text.contains("Mia Member"));
    let mut auditor = hub.person(Who::Auditor).await;
    for action in [
        "user.removed",
        "agent.revoked",
        "connection.disconnected",
        "proposal.expired",
    ] {
        assert_eq!(auditor.audited(action).await, 1, "{action}");
    }
    // the history stays, under the name
    let audit = auditor
        .get("/audit?action=proposal.created")
        .await
        .expect(200);
    assert!(audit.text.contains(&proposal) && audit.text.contains("Mia Member"));
    assert!(hub.writers(&record).is_empty());
    // invited again, it is the same person, without agents and connections
    let link = links(
        &invite(&mut admin, Who::Member.email(), "member")
            .await
            .expect(200),
    )
    .remove(0);
    join(&hub, &link, "Mia Back").await.expect(303);
    let mut back = hub.person(Who::Member).await;
    assert_eq!(id_of(&hub, Who::Member.email()).await, id);
    let agents = back.get("/agents").await.expect(200);
    assert!(agents.text.contains("Revoked"));
    back.create_agent("Another", AgentAccess::ReadOnly).await;
    hub.stop().await;
}

// proves ACC-7: what a provider does not confirm is listed as still to be revoked
#[tokio::test]
async fn what_a_provider_does_not_confirm_is_listed() {
    let hub = TestHub::start().await;
    let (_member, _agent) = hub.member_with_agent(MARIA).await;
    let mut admin = hub.person(Who::Admin).await;
    let id = id_of(&hub, Who::Member.email()).await;
    let path = format!("/admin/people/{id}");
    let fault = json!({ "path_prefix": "/services/oauth2/revoke", "status": 503, "times": 50 });
    hub.practice.admin("faults", &fault).await;
    let removed = admin.post(&format!("{path}/remove"), &[]).await.expect(303);
    let place = removed.location().unwrap();
    assert_eq!(place.query(), Some("done=person-removed-open"));
    let page = unescape(&admin.get(&path).await.expect(200).text);
    assert!(
        page.contains("Still to be revoked at the provider"),
        "{page}"
    );
    assert!(page.contains("the provider has not confirmed it"), "{page}");
    hub.stop().await;
}

// proves ACC-2, ADM-10a: groups are made, ordered by plain forms, filled by a search, renamed and deleted
#[tokio::test]
async fn groups_are_ordered_and_filled() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let mut paths = Vec::new();
    for name in ["First", "Second", "Third"] {
        let made = admin.post("/admin/groups", &[("name", name)]).await;
        paths.push(made.expect(303).location().unwrap().path().to_owned());
    }
    let taken = admin.post("/admin/groups", &[("name", " First ")]).await;
    assert!(
        taken
            .expect(400)
            .text
            .contains("Another group has this name")
    );
    admin
        .post("/admin/groups", &[("name", "")])
        .await
        .expect(400);
    let up = format!("{}/move", paths[2]);
    admin.post(&up, &[("to", "up")]).await.expect(303);
    admin.post(&up, &[("to", "up")]).await.expect(303);
    admin.post(&up, &[("to", "up")]).await.expect(303);
    admin.post(&up, &[("to", "sideways")]).await.expect(400);
    let page = admin.get("/admin/groups").await.expect(200);
    let page = unescape(&page.text);
    let place = |name: &str| page.find(&format!(">{name}</a>")).unwrap();
    assert!(place("Third") < place("First") && place("First") < place("Second"));
    let down = format!("{}/move", paths[0]);
    admin.post(&down, &[("to", "down")]).await.expect(303);
    let found = admin
        .get(&format!("{}?add=MIA", paths[0]))
        .await
        .expect(200);
    let user = found.hidden("user").unwrap();
    let members = format!("{}/members", paths[0]);
    let put = [("user", user.as_str()), ("inside", "yes")];
    admin.post(&members, &put).await.expect(303);
    admin.post(&members, &put).await.expect(303);
    let page = admin.get(&paths[0]).await.expect(200);
    assert!(page.text.contains("Mia Member") && page.text.contains("1 person"));
    let person = admin
        .get(&format!("/admin/people/{user}"))
        .await
        .expect(200);
    assert!(unescape(&person.text).contains(">First</a>"));
    let renamed = format!("{}/rename", paths[0]);
    admin.post(&renamed, &[("name", "Third")]).await.expect(400);
    admin.post(&renamed, &[("name", "Pilot")]).await.expect(303);
    let unknown = [
        ("user", "usr_00000000000000000000000000000000"),
        ("inside", "yes"),
    ];
    admin.post(&members, &unknown).await.expect(404);
    let stranger = id_of(&hub, Who::Stranger.email()).await;
    let foreign = [("user", stranger.as_str()), ("inside", "yes")];
    admin.post(&members, &foreign).await.expect(404);
    let delete = format!("{}/delete", paths[0]);
    let page = admin.get(&paths[0]).await.expect(200);
    assert!(unescape(&page.text).contains("Lost are who is in it (1 person)"));
    admin.post(&delete, &[]).await.expect(303);
    admin.get(&paths[0]).await.expect(404);
    let mut auditor = hub.person(Who::Auditor).await;
    for (action, times) in [
        ("group.created", 3),
        ("group.moved", 3),
        ("group.member_added", 1),
        ("group.renamed", 1),
        ("group.deleted", 1),
    ] {
        assert_eq!(auditor.audited(action).await, times, "{action}");
    }
    auditor.post(&delete, &[]).await.expect(403);
    hub.stop().await;
}

// proves ADM-10a: nothing that is set for a group is lost with it unseen
#[tokio::test]
async fn a_group_that_something_is_set_for_stays() {
    let hub = TestHub::start().await;
    let group = hub.group("Pilot", 0, &[Who::Member]).await;
    let (page, delete) = (
        format!("/admin/groups/{group}"),
        format!("/admin/groups/{group}/delete"),
    );
    let mut admin = hub.person(Who::Admin).await;
    let rule = [
        ("name", "No cases for now"),
        ("decision", "deny"),
        ("effect", "any"),
        ("objects", "Case"),
        ("groups", "Pilot"),
    ];
    admin.post("/admin/policy/new", &rule).await.expect(303);
    let limit = [("provider", "salesforce"), ("group", group.as_str())];
    admin.post("/admin/rollout/limit", &limit).await.expect(303);
    let shown = unescape(&admin.get(&page).await.expect(200).text);
    for used in ["the rule 'No cases for now'", "the rollout of Salesforce"] {
        assert!(shown.contains(used), "{used} in {shown}");
    }
    assert!(!shown.contains("Delete Pilot"));
    let kept = unescape(&admin.post(&delete, &[]).await.expect(409).text);
    assert!(
        kept.contains("Pilot stays") && kept.contains("the rule 'No cases for now'"),
        "{kept}"
    );
    let rules = admin.get("/admin/policy").await.expect(200).text;
    let start = rules.find("/admin/policy/rul_").unwrap();
    let rule = rules[start..].split('"').next().unwrap().to_owned();
    let rule = rule.trim_end_matches("/switch").to_owned();
    admin.post(&format!("{rule}/delete"), &[]).await.expect(303);
    admin
        .post("/admin/rollout/limit", &[("provider", "salesforce")])
        .await
        .expect(303);
    admin.post(&delete, &[]).await.expect(303);
    hub.stop().await;
}

// proves ACC-1: an organization that the console adds is apart: its owner lands in it, and ids of others look unknown
#[tokio::test]
async fn organizations_of_one_installation_are_apart() {
    let hub = TestHub::start().await;
    let mut stranger = hub.person(Who::Stranger).await;
    let mut admin = hub.person(Who::Admin).await;
    assert!(stranger.get("/").await.expect(200).text.contains("Contoso"));
    let made = admin.post("/admin/groups", &[("name", "Ours")]).await;
    let group = made.expect(303).location().unwrap().path().to_owned();
    let member = id_of(&hub, Who::Member.email()).await;
    for path in [group.clone(), format!("/admin/people/{member}")] {
        stranger.get(&path).await.expect(404);
    }
    for path in [
        format!("{group}/delete"),
        format!("/admin/people/{member}/remove"),
    ] {
        stranger.post(&path, &[]).await.expect(404);
    }
    let people = stranger.get("/admin/people").await.expect(200);
    assert!(people.text.contains("1 person") && people.text.contains("Stan Stranger"));
    let groups = stranger.get("/admin/groups").await.expect(200);
    assert!(groups.text.contains("No group yet"));
    // a name that is ours is free for them
    stranger
        .post("/admin/groups", &[("name", "Ours")])
        .await
        .expect(303);
    hub.stop().await;
}
