//! Organizations, people, their sessions and links.

use crate::bench::Bench;
use gatelodge_model::{
    Decision, Group, GroupId, Invitation, InvitationId, InvitationState, OneTimeLink,
    OneTimeLinkId, OrganizationId, Policy, Role, Session, SessionId, UserId,
};
use gatelodge_store::{Passing, PeopleFilter, StoreError};

pub(crate) async fn are_kept_apart_and_found(bench: &Bench) {
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, stranger) = bench.organization().await;

    let mut person = store.users().find(here, user).await.unwrap().unwrap();
    assert_eq!(person.created_at, bench.now());
    // proves T1: a foreign id looks like one that does not exist
    assert_eq!(store.users().find(there, user).await.unwrap(), None);
    assert_eq!(store.users().find(here, stranger).await.unwrap(), None);
    let found = store.users().find_by_email(&person.email).await.unwrap();
    assert_eq!(found.as_ref(), Some(&person));
    assert_eq!(
        store
            .users()
            .find_by_email("nobody@example.com")
            .await
            .unwrap(),
        None
    );

    person.role = Role::Admin;
    person.password_hash = Some("$argon2id$".to_owned());
    person.removed_at = Some(bench.now());
    let mut organization = store.organizations().find(here).await.unwrap().unwrap();
    "Renamed".clone_into(&mut organization.name);
    organization.policy = Policy {
        writes: Decision::Deny,
        ..Policy::default()
    };
    let unit = store.begin(here).await.unwrap();
    unit.users().update(&person).await.unwrap();
    unit.organizations().update(&organization).await.unwrap();
    // Inside a unit its own changes show.
    assert_eq!(
        unit.users().find(here, user).await.unwrap().as_ref(),
        Some(&person)
    );
    let foreign = store.users().find(there, stranger).await.unwrap().unwrap();
    let refused = unit.users().update(&foreign).await.unwrap_err();
    assert!(matches!(refused, StoreError::ForeignOrganization { .. }));
    unit.commit(vec![bench.event(here, "user.changed")])
        .await
        .unwrap();
    assert_eq!(store.users().list(here).await.unwrap(), [person.clone()]);
    assert_eq!(
        store.organizations().find(here).await.unwrap(),
        Some(organization)
    );
    assert_eq!(store.organizations().list().await.unwrap().len(), 2);

    let unit = store.begin(there).await.unwrap();
    let mut twin = bench.user(there);
    twin.email.clone_from(&person.email);
    let taken = unit.users().insert(&twin).await.unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { .. }), "{taken:?}");
    drop(unit);
    let unit = store.begin(there).await.unwrap();
    let unknown = unit.users().update(&bench.user(there)).await.unwrap_err();
    assert_eq!(unknown, StoreError::NotFound { what: "user" });
}

fn session(bench: &Bench, organization: OrganizationId, user: UserId, minutes: i64) -> Session {
    Session {
        id: SessionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        user,
        token_digest: bench.digest(),
        user_agent: "a browser".to_owned(),
        signed_in_at: bench.now(),
        proved_at: bench.now(),
        last_used_at: bench.now(),
        expires_at: bench.in_minutes(minutes),
    }
}

pub(crate) async fn sessions_end(bench: &Bench) {
    let store = &bench.store;
    let (organization, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let first = session(bench, organization, user, 60);
    let second = session(bench, organization, user, 60);
    let short = session(bench, organization, user, 1);
    let unit = store.begin(organization).await.unwrap();
    for session in [&first, &second, &short] {
        unit.sessions().insert(session).await.unwrap();
    }
    unit.commit(vec![bench.event(organization, "session.created")])
        .await
        .unwrap();

    let found = store
        .sessions()
        .find_by_token_digest(&first.token_digest)
        .await
        .unwrap();
    assert_eq!(found, Some(first.clone()));
    bench.clock.advance_millis(120_000);
    store
        .sessions()
        .touch(organization, second.id, bench.now())
        .await
        .unwrap();
    store
        .sessions()
        .touch(there, first.id, bench.in_minutes(99))
        .await
        .unwrap();
    let listed = store
        .sessions()
        .list_for_user(organization, user)
        .await
        .unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0].id, second.id);
    assert_eq!(listed[0].last_used_at, bench.now());
    let soon = bench.now() + chrono::TimeDelta::milliseconds(1);
    let purged = store.purge(Passing::Sessions, soon).await.unwrap();
    assert_eq!(
        purged.into_iter().collect::<Vec<_>>(),
        [(Some(organization), 1)]
    );

    let unit = store.begin(organization).await.unwrap();
    assert!(!unit.sessions().delete(short.id).await.unwrap());
    assert_eq!(
        unit.sessions()
            .delete_for_user(user, Some(first.id))
            .await
            .unwrap(),
        1
    );
    unit.commit(vec![bench.event(organization, "session.ended")])
        .await
        .unwrap();
    let left = store
        .sessions()
        .list_for_user(organization, user)
        .await
        .unwrap();
    assert_eq!(left, std::slice::from_ref(&first));

    let unit = store.begin(there).await.unwrap();
    assert!(!unit.sessions().delete(first.id).await.unwrap());
    drop(unit);
    let unit = store.begin(organization).await.unwrap();
    assert!(unit.sessions().delete(first.id).await.unwrap());
    unit.commit(vec![bench.event(organization, "session.ended")])
        .await
        .unwrap();
    assert_eq!(
        store
            .sessions()
            .find_by_token_digest(&first.token_digest)
            .await
            .unwrap(),
        None
    );
}

pub(crate) async fn links_work_once(bench: &Bench) {
    let store = &bench.store;
    let (organization, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let link = |minutes| OneTimeLink {
        id: OneTimeLinkId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        user,
        token_digest: bench.digest(),
        expires_at: bench.in_minutes(minutes),
        used_at: None,
    };
    let (good, late) = (link(10), link(1));
    let unit = store.begin(organization).await.unwrap();
    unit.one_time_links().insert(&good).await.unwrap();
    unit.one_time_links().insert(&late).await.unwrap();
    unit.commit(vec![bench.event(organization, "link.created")])
        .await
        .unwrap();
    let found = store
        .one_time_links()
        .find_by_token_digest(&good.token_digest)
        .await
        .unwrap();
    assert_eq!(found, Some(good.clone()));

    bench.clock.advance_millis(120_000);
    let unit = store.begin(there).await.unwrap();
    assert_eq!(
        unit.one_time_links()
            .use_once(&good.token_digest)
            .await
            .unwrap(),
        None
    );
    drop(unit);
    let unit = store.begin(organization).await.unwrap();
    let links = unit.one_time_links();
    assert_eq!(links.use_once(&late.token_digest).await.unwrap(), None);
    let used = links.use_once(&good.token_digest).await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(bench.now()));
    assert_eq!(links.use_once(&good.token_digest).await.unwrap(), None);
    assert_eq!(links.delete_for_user(user).await.unwrap(), 1);
    unit.commit(vec![bench.event(organization, "link.used")])
        .await
        .unwrap();
    assert_eq!(
        store
            .one_time_links()
            .find_by_token_digest(&late.token_digest)
            .await
            .unwrap(),
        None
    );
}

pub(crate) async fn failures_are_counted_over_a_restart(bench: &Bench) {
    // proves U12
    let since = bench.in_minutes(-15);
    let attempts = bench.store.sign_in_attempts();
    for _ in 0..3 {
        attempts
            .record_failure(&["email:a@example.com", "address:192.0.2.1"])
            .await
            .unwrap();
    }
    attempts.record_failure(&[]).await.unwrap();
    let restarted = bench.another_store().await;
    let attempts = restarted.sign_in_attempts();
    assert_eq!(
        attempts
            .failures("email:a@example.com", since)
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        attempts
            .failures("email:b@example.com", since)
            .await
            .unwrap(),
        0
    );
    attempts.clear("email:a@example.com").await.unwrap();
    assert_eq!(
        attempts
            .failures("email:a@example.com", since)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        attempts.failures("address:192.0.2.1", since).await.unwrap(),
        3
    );
    assert_eq!(
        attempts
            .failures("address:192.0.2.1", bench.now())
            .await
            .unwrap(),
        0
    );
    // more than a batch, at one moment and at others
    for _ in 0..4 {
        bench.clock.advance_millis(10);
        attempts
            .record_failure(&["address:192.0.2.9"; 400])
            .await
            .unwrap();
    }
    let purge = |before| bench.store.purge(Passing::SignInFailures, before);
    let last = purge(bench.now()).await.unwrap();
    assert_eq!(last.into_iter().collect::<Vec<_>>(), [(None, 1_203)]);
    assert_eq!(purge(bench.in_minutes(1)).await.unwrap()[&None], 400);
    assert!(purge(bench.in_minutes(1)).await.unwrap().is_empty());
}

pub(crate) async fn are_found_page_by_page(bench: &Bench) {
    // proves ACC-2, ACC-7
    let store = &bench.store;
    let (here, first) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let group = Group {
        id: GroupId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        name: "Sales".to_owned(),
        position: 0,
        created_at: bench.now(),
    };
    let unit = store.begin(here).await.unwrap();
    unit.groups().insert(&group).await.unwrap();
    let mut known = Vec::new();
    for (email, name, role) in [
        ("a100%@example.com", "Zoë Äpfel", Role::Admin),
        ("b_under@example.com", "Bert", Role::Member),
        ("c@example.com", "CARLA", Role::Member),
    ] {
        let mut user = bench.user(here);
        email.clone_into(&mut user.email);
        name.clone_into(&mut user.name);
        user.role = role;
        unit.users().insert(&user).await.unwrap();
        known.push(user);
    }
    unit.groups()
        .add_member(group.id, known[1].id)
        .await
        .unwrap();
    known[2].removed_at = Some(bench.now());
    unit.users().update(&known[2]).await.unwrap();
    unit.commit(vec![bench.event(here, "user.added")])
        .await
        .unwrap();
    let find = async |filter: PeopleFilter| {
        let (people, total) = store.users().page(here, &filter, 0, 50).await.unwrap();
        assert_eq!(total, u64::try_from(people.len()).unwrap());
        people.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    let search = |text: &str| PeopleFilter {
        search: Some(text.to_owned()),
        ..PeopleFilter::default()
    };
    for (text, found) in [
        ("ZO", vec![known[0].id]),
        ("Äpfel", vec![known[0].id]),
        ("100%", vec![known[0].id]),
        ("b_u", vec![known[1].id]),
        ("_100", vec![]),
        ("%", vec![known[0].id]),
        ("carla", vec![]),
    ] {
        assert_eq!(find(search(text)).await, found, "{text}");
    }
    let removed = PeopleFilter {
        removed: true,
        ..search("carla")
    };
    assert_eq!(find(removed).await, [known[2].id]);
    let role = PeopleFilter {
        role: Some(Role::Admin),
        ..search("example.com")
    };
    assert!(find(role).await.contains(&known[0].id));
    let inside = PeopleFilter {
        inside: Some(group.id),
        ..PeopleFilter::default()
    };
    assert_eq!(find(inside).await, [known[1].id]);
    let outside = PeopleFilter {
        outside: Some(group.id),
        ..PeopleFilter::default()
    };
    let outside = find(outside).await;
    assert!(outside.contains(&first) && !outside.contains(&known[1].id));
    let all = PeopleFilter::default();
    let (page, total) = store.users().page(here, &all, 1, 1).await.unwrap();
    assert_eq!((page.len(), total), (1, 3));
    assert_eq!(store.users().page(there, &all, 0, 50).await.unwrap().1, 1);
    let counts = store.groups().member_counts(here).await.unwrap();
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(group.id, 1)]);
}

pub(crate) async fn invitations_work_once(bench: &Bench) {
    // proves ACC-5: an invitation is used up by one, dies with its time, and can be taken back
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let invitation = |email: &str| Invitation {
        id: InvitationId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        email: email.to_owned(),
        role: Role::Auditor,
        groups: vec![GroupId::generate(
            bench.clock.as_ref(),
            bench.random.as_ref(),
        )],
        token_digest: bench.digest(),
        invited_by: Some(user),
        created_at: bench.now(),
        expires_at: bench.in_minutes(10),
        ended_at: None,
        user: None,
    };
    let (used, back, late) = (
        invitation("used@example.com"),
        invitation("back@example.com"),
        invitation("late@example.com"),
    );
    let unit = store.begin(here).await.unwrap();
    for one in [&used, &back, &late] {
        unit.invitations().insert(one).await.unwrap();
    }
    unit.commit(vec![bench.event(here, "invitation.made")])
        .await
        .unwrap();
    let invitations = store.invitations();
    let found = invitations.find_by_token_digest(&used.token_digest).await;
    assert_eq!(found.unwrap().as_ref(), Some(&used));
    assert_eq!(invitations.find(there, used.id).await.unwrap(), None);
    let (page, total) = invitations.unanswered(here, None, 1, 1).await.unwrap();
    assert_eq!((page, total), (vec![late.clone()], 3));
    let (page, _) = invitations
        .unanswered(here, Some("USED@"), 0, 9)
        .await
        .unwrap();
    assert_eq!(page, std::slice::from_ref(&used));

    let foreign = store.begin(there).await.unwrap();
    let invitations_there = foreign.invitations();
    let accepted = invitations_there.accept_once(&used.token_digest, user);
    assert!(!accepted.await.unwrap());
    drop(foreign);
    let unit = store.begin(here).await.unwrap();
    let here_too = unit.invitations();
    let accept = |digest| here_too.accept_once(digest, user);
    assert!(accept(&used.token_digest).await.unwrap());
    assert!(!accept(&used.token_digest).await.unwrap(), "once");
    assert!(here_too.withdraw(back.id).await.unwrap());
    assert!(!here_too.withdraw(back.id).await.unwrap());
    assert!(!accept(&back.token_digest).await.unwrap(), "taken back");
    bench.clock.advance_millis(10 * 60_000);
    assert!(!accept(&late.token_digest).await.unwrap(), "expired");
    unit.commit(vec![bench.event(here, "invitation.accepted")])
        .await
        .unwrap();
    for (one, state) in [
        (&used, InvitationState::Accepted),
        (&back, InvitationState::Withdrawn),
        (&late, InvitationState::Expired),
    ] {
        let one = invitations.find(here, one.id).await.unwrap().unwrap();
        assert_eq!(one.state(bench.now()), state);
    }
    let open = invitations.find_unanswered(here, "late@example.com").await;
    assert_eq!(open.unwrap().map(|one| one.id), Some(late.id));
    let none = invitations.find_unanswered(here, "used@example.com").await;
    assert_eq!(none.unwrap(), None);
    bench.clock.advance_millis(60_000);
    let gone = store
        .purge(Passing::Invitations, bench.now())
        .await
        .unwrap();
    assert_eq!(gone.get(&Some(here)), Some(&3));
}

pub(crate) async fn two_owners_cannot_both_go(bench: &Bench) {
    // proves ACC-5: of two that each take one of two owners away the second one sees what the first one did
    let store = &bench.store;
    let (here, first) = bench.organization().await;
    let mut owners = Vec::new();
    let unit = store.begin(here).await.unwrap();
    let mut first = unit.users().find(here, first).await.unwrap().unwrap();
    first.role = Role::Owner;
    unit.users().update(&first).await.unwrap();
    owners.push(first);
    let mut second = bench.user(here);
    second.role = Role::Owner;
    unit.users().insert(&second).await.unwrap();
    owners.push(second);
    unit.commit(vec![bench.event(here, "user.added")])
        .await
        .unwrap();
    let demote = async |mut owner: gatelodge_model::User| {
        let unit = store.begin(here).await.unwrap();
        let held = unit.users().owners_held().await.unwrap();
        if held.iter().all(|other| other.id == owner.id) {
            return false;
        }
        owner.role = Role::Admin;
        unit.users().update(&owner).await.unwrap();
        unit.commit(vec![bench.event(here, "user.role_changed")])
            .await
            .unwrap();
        true
    };
    let (one, other) = tokio::join!(demote(owners[0].clone()), demote(owners[1].clone()));
    assert!(one != other, "exactly one went");
    let unit = store.begin(here).await.unwrap();
    assert_eq!(unit.users().owners_held().await.unwrap().len(), 1);
}
