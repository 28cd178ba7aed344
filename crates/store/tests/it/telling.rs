//! Notices, messages on their way out, troubles of connections, and whose turn it is to look.

use crate::{bench::Bench, connecting::connection};
use chrono::TimeDelta;
use gatelodge_model::{
    ConnectionStatus, MessageState, NewNotice, NoticeKind, OrganizationId, ProviderDetail,
    ReasonCode, Trouble, UserId, Way, WebhookId, WebhookTarget,
};
use gatelodge_store::{Passing, Tried};

fn notice(organization: OrganizationId, user: UserId, key: &str) -> NewNotice {
    NewNotice {
        organization,
        user,
        kind: NoticeKind::ProposalWaits,
        key: key.to_owned(),
        title: "A proposal waits for you".to_owned(),
        body: "Agent A wants to update a record.".to_owned(),
        path: "/approvals/prp_1".to_owned(),
    }
}

fn webhook(bench: &Bench, organization: OrganizationId, user: UserId) -> WebhookTarget {
    WebhookTarget {
        id: WebhookId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        name: "Chat".to_owned(),
        url: "https://hooks.example.com/x".to_owned(),
        fingerprint: "ab12".to_owned(),
        enabled: true,
        created_by: user,
        created_at: bench.now(),
    }
}

/// Tells within a unit of work of its own.
async fn tell(bench: &Bench, new: &NewNotice, mail: bool) -> bool {
    let unit = bench.store.begin(new.organization).await.unwrap();
    let told = unit.notices().tell(new, mail).await.unwrap();
    unit.commit(vec![bench.event(new.organization, "notice.told")])
        .await
        .unwrap();
    told.is_some()
}

pub(crate) async fn is_done_once_and_with_its_cause(bench: &Bench) {
    // proves R18, T1
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, stranger) = bench.organization().await;
    let target = webhook(bench, here, user);
    let unit = store.begin(here).await.unwrap();
    unit.webhook_targets().insert(&target).await.unwrap();
    unit.commit(vec![bench.event(here, "webhook.added")])
        .await
        .unwrap();

    // A unit that ends without its commit told nobody.
    let unit = store.begin(here).await.unwrap();
    let new = notice(here, user, "proposal:1");
    assert!(unit.notices().tell(&new, true).await.unwrap().is_some());
    drop(unit);
    assert_eq!(store.notices().count_unread(here, user).await.unwrap(), 0);
    let lease = bench.now() + TimeDelta::minutes(1);
    assert!(
        store
            .outbox()
            .claim(bench.now(), lease, 10)
            .await
            .unwrap()
            .is_empty()
    );

    assert!(tell(bench, &new, true).await);
    assert!(!tell(bench, &new, true).await, "the same thing twice");
    assert!(
        tell(bench, &notice(there, stranger, "proposal:1"), false).await,
        "another organization's own"
    );
    let listed = store.notices().list(here, user, 10, None).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].title, new.title);
    assert_eq!(
        store.notices().find(there, listed[0].id).await.unwrap(),
        None
    );
    assert_eq!(
        store.notices().mark_read(there, user, None).await.unwrap(),
        0
    );
    assert_eq!(
        store
            .notices()
            .mark_read(here, user, Some(listed[0].id))
            .await
            .unwrap(),
        1
    );
    assert_eq!(store.notices().count_unread(here, user).await.unwrap(), 0);

    let claimed = store.outbox().claim(bench.now(), lease, 10).await.unwrap();
    let mut ways: Vec<Way> = claimed.iter().map(|message| message.way).collect();
    ways.sort_by_key(|way| matches!(way, Way::Webhook(_)));
    assert_eq!(ways, [Way::Mail(user), Way::Webhook(target.id)]);

    // Who wants no mail gets none; the webhook still does.
    let unit = store.begin(here).await.unwrap();
    unit.notices().set_wants_mail(user, false).await.unwrap();
    unit.commit(vec![bench.event(here, "preference.changed")])
        .await
        .unwrap();
    assert!(tell(bench, &notice(here, user, "proposal:2"), true).await);
    let claimed = store.outbox().claim(bench.now(), lease, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].way, Way::Webhook(target.id));

    // proves SEC-10: what waits stays, and what is over goes with its time
    let delivered = Tried {
        state: MessageState::Delivered,
        next_try_at: bench.now(),
        status: Some(200),
        error: None,
    };
    assert!(store.outbox().tried(&claimed[0], &delivered).await.unwrap());
    let purge = |passing| store.purge(passing, bench.in_minutes(1));
    assert_eq!(purge(Passing::Messages).await.unwrap()[&Some(here)], 1);
    assert!(purge(Passing::Messages).await.unwrap().is_empty());
    let notices = purge(Passing::Notices).await.unwrap();
    assert_eq!((notices[&Some(here)], notices[&Some(there)]), (2, 1));
    assert_eq!(store.count_rows(here, "notices").await.unwrap(), 0);
    assert_eq!(store.count_rows(here, "outbox").await.unwrap(), 2);
}

pub(crate) async fn survives_the_death_of_a_host(bench: &Bench) {
    // proves R18
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    assert!(tell(bench, &notice(here, user, "a"), true).await);
    let now = bench.now();
    let lease = now + TimeDelta::minutes(1);
    let first = store.outbox().claim(now, lease, 10).await.unwrap();
    assert_eq!((first.len(), first[0].tries), (1, 1));
    assert!(
        store
            .outbox()
            .claim(now, lease, 10)
            .await
            .unwrap()
            .is_empty()
    );

    // The host is gone; its lease ends, another one repeats the message under its identity.
    let later = lease + TimeDelta::seconds(1);
    let second = store
        .outbox()
        .claim(later, later + TimeDelta::minutes(1), 10)
        .await
        .unwrap();
    assert_eq!((second[0].notice, second[0].tries), (first[0].notice, 2));
    let delivered = Tried {
        state: MessageState::Delivered,
        next_try_at: later,
        status: Some(200),
        error: None,
    };
    assert!(
        !store.outbox().tried(&first[0], &delivered).await.unwrap(),
        "the first host comes too late"
    );
    let failed = Tried {
        state: MessageState::Waiting,
        next_try_at: later + TimeDelta::minutes(5),
        status: Some(503),
        error: Some("HTTP 503".to_owned()),
    };
    assert!(store.outbox().tried(&second[0], &failed).await.unwrap());
    assert!(
        store
            .outbox()
            .claim(later, later + TimeDelta::minutes(1), 10)
            .await
            .unwrap()
            .is_empty(),
        "not before its time"
    );
    let again = later + TimeDelta::minutes(5);
    let third = store
        .outbox()
        .claim(again, again + TimeDelta::minutes(1), 10)
        .await
        .unwrap();
    let dead = Tried {
        state: MessageState::Dead,
        ..failed
    };
    assert!(store.outbox().tried(&third[0], &dead).await.unwrap());
    let listed = store.outbox().list_dead(here, 10).await.unwrap();
    assert_eq!(listed[0].last_status, Some(503));
    assert_eq!(store.outbox().count_dead(here).await.unwrap(), 1);
    let unit = store.begin(here).await.unwrap();
    assert_eq!(unit.outbox().revive(None).await.unwrap(), 1);
    unit.commit(vec![bench.event(here, "outbox.revived")])
        .await
        .unwrap();
    assert_eq!(store.outbox().count_dead(here).await.unwrap(), 0);
}

pub(crate) async fn many_hosts_share_the_work(bench: &Bench) {
    // proves R18, CON-13a
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    for number in 0..20 {
        assert!(tell(bench, &notice(here, user, &number.to_string()), true).await);
        let mut usable = connection(bench, here, user);
        usable.status = ConnectionStatus::Active;
        let unit = store.begin(here).await.unwrap();
        unit.connections().insert(&usable).await.unwrap();
        unit.commit(vec![bench.event(here, "connection.created")])
            .await
            .unwrap();
    }
    let now = bench.now();
    assert_eq!(store.probes().schedule_missing(now).await.unwrap(), 20);
    assert_eq!(store.probes().schedule_missing(now).await.unwrap(), 0);
    let later = now + TimeDelta::minutes(10);
    let hosts = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let messages = store.outbox().claim(now, later, 50).await.unwrap();
            let probes = store.probes().claim_due(now, 50, || later).await.unwrap();
            (messages, probes)
        })
    });
    let (mut messages, mut probes) = (Vec::new(), Vec::new());
    for host in hosts.collect::<Vec<_>>() {
        let (some, looks) = host.await.unwrap();
        messages.extend(some.into_iter().map(|message| message.notice));
        probes.extend(looks.into_iter().map(|(_, connection)| connection));
    }
    messages.sort();
    messages.dedup();
    probes.sort();
    probes.dedup();
    assert_eq!((messages.len(), probes.len()), (20, 20));
    store.probes().cancel(here, probes[0]).await.unwrap();
    store.probes().schedule(here, probes[1], now).await.unwrap();
    let due = store.probes().claim_due(now, 50, || later).await.unwrap();
    assert_eq!(due, [(here, probes[1])]);
}

pub(crate) async fn troubles_keep_their_beginning(bench: &Bench) {
    // proves CON-13, T1
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let of = connection(bench, here, user).id;
    let first = Trouble {
        organization: here,
        connection: of,
        reason: ReasonCode::AppBlocked,
        since: bench.now(),
        seen_at: bench.now(),
        host: Some("login.salesforce.com".to_owned()),
        evidence: Some(ProviderDetail {
            provider: "salesforce".to_owned(),
            status: 400,
            code: "OAUTH_APP_BLOCKED".to_owned(),
            message: "this app is blocked by admin".to_owned(),
            fields: Vec::new(),
            request_id: None,
        }),
    };
    let later = Trouble {
        since: bench.now() + TimeDelta::minutes(3),
        seen_at: bench.now() + TimeDelta::minutes(3),
        ..first.clone()
    };
    let unit = store.begin(here).await.unwrap();
    unit.troubles().record(&first).await.unwrap();
    unit.troubles().record(&later).await.unwrap();
    unit.commit(vec![bench.event(here, "connection.needs_attention")])
        .await
        .unwrap();
    let stored = store.troubles().find(here, of).await.unwrap().unwrap();
    assert_eq!(stored.since, first.since);
    assert_eq!(stored.seen_at, later.seen_at);
    assert_eq!(stored.evidence, first.evidence);
    assert_eq!(store.troubles().find(there, of).await.unwrap(), None);
    let unit = store.begin(here).await.unwrap();
    let other = Trouble {
        reason: ReasonCode::GrantRevoked,
        ..later.clone()
    };
    unit.troubles().record(&other).await.unwrap();
    assert_eq!(
        unit.troubles().find(here, of).await.unwrap().unwrap().since,
        later.since
    );
    unit.troubles().clear(of).await.unwrap();
    assert_eq!(unit.troubles().find(here, of).await.unwrap(), None);
}
