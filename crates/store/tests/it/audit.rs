//! Units of work, the journal, and lists of events.

use crate::bench::Bench;
use gatelodge_model::{Actor, AgentId, Error, ErrorKind, NewAuditEvent};
use gatelodge_store::{AuditFilter, StoreError};
use sea_orm::ConnectionTrait;
use std::{
    future::{Future, poll_fn},
    task::Poll,
};
use tokio::task::JoinSet;

pub(crate) async fn nothing_changes_without_an_event(bench: &Bench) {
    // proves OBS-2, L5: no audit, no action
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let before = store.users().find(here, user).await.unwrap().unwrap();
    let mut changed = before.clone();
    "Somebody else".clone_into(&mut changed.name);

    let unit = store.begin(here).await.unwrap();
    unit.users().update(&changed).await.unwrap();
    assert_eq!(
        unit.commit(Vec::new()).await.unwrap_err(),
        StoreError::Unaudited
    );

    let unit = store.begin(here).await.unwrap();
    unit.users().update(&changed).await.unwrap();
    let refused = unit
        .commit(vec![bench.event(there, "user.changed")])
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::ForeignOrganization { .. }));

    let unit = store.begin(here).await.unwrap();
    unit.users().update(&changed).await.unwrap();
    drop(unit);
    assert_eq!(store.users().find(here, user).await.unwrap(), Some(before));

    // The chain goes on as if those units had never been.
    let unit = store.begin(here).await.unwrap();
    unit.users().update(&changed).await.unwrap();
    let events = vec![
        bench.event(here, "user.changed"),
        bench.event(here, "user.told"),
    ];
    let written = unit.commit(events).await.unwrap();
    assert_eq!(
        written
            .iter()
            .map(|event| event.sequence)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert!(written[0].id < written[1].id);
    let verification = store.audit().verify(here).await.unwrap();
    assert_eq!((verification.chains, verification.events), (1, 3));
    assert_eq!(verification.first_fault, None);
}

pub(crate) async fn two_hundred_at_once(bench: &Bench) {
    // proves OBS-2: what is acknowledged is there, in one unbroken chain per process
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let second_host = bench.another_store().await;
    let mut readers = JoinSet::new();
    for number in 0..200 {
        let store = if number % 4 == 0 {
            second_host.clone()
        } else {
            bench.store.clone()
        };
        let organization = if number % 2 == 0 { here } else { there };
        let event = bench.event(organization, "tool.called");
        readers.spawn(async move { store.journal().append(event).await });
    }
    // Units run in between and share the chains.
    for _ in 0..10 {
        let unit = bench.store.begin(here).await.unwrap();
        unit.commit(vec![bench.event(here, "user.changed")])
            .await
            .unwrap();
    }
    for outcome in readers.join_all().await {
        outcome.unwrap();
    }
    let verified = bench.store.audit().verify(here).await.unwrap();
    assert_eq!(verified.first_fault, None);
    assert_eq!((verified.chains, verified.events), (2, 100 + 10 + 1));
    let verified = bench.store.audit().verify(there).await.unwrap();
    assert_eq!(verified.first_fault, None);
    assert_eq!((verified.chains, verified.events), (1, 100 + 1));
}

pub(crate) async fn without_a_log_nothing_is_done(bench: &Bench) {
    // proves L5: nothing changes while the log is away, and work goes on without a restart
    let (here, user) = bench.organization().await;
    let before = bench.store.users().find(here, user).await.unwrap();
    let mut changed = before.clone().unwrap();
    "Somebody else".clone_into(&mut changed.name);
    let database = bench.back_door().await;
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    database
        .execute_unprepared(&rename("audit_events", "away"))
        .await
        .unwrap();

    let unavailable = |error: StoreError| Error::from(error).kind() == ErrorKind::AuditUnavailable;
    let event = bench.event(here, "tool.called");
    assert!(unavailable(
        bench.store.journal().append(event).await.unwrap_err()
    ));
    let unit = bench.store.begin(here).await.unwrap();
    unit.users().update(&changed).await.unwrap();
    let event = bench.event(here, "user.changed");
    assert!(unavailable(unit.commit(vec![event]).await.unwrap_err()));
    assert_eq!(bench.store.users().find(here, user).await.unwrap(), before);

    database
        .execute_unprepared(&rename("away", "audit_events"))
        .await
        .unwrap();
    database.close().await.unwrap();
    let event = bench.event(here, "tool.called");
    bench.store.journal().append(event).await.unwrap();
    let verified = bench.store.audit().verify(here).await.unwrap();
    assert_eq!((verified.events, verified.first_fault), (2, None));
}

pub(crate) async fn who_goes_away_breaks_no_chain(bench: &Bench) {
    // proves L4: a caller that hangs up in the middle of a commit leaves it done or undone, never half
    let (here, user) = bench.organization().await;
    for polls in 1..40 {
        let mut changed = bench.store.users().find(here, user).await.unwrap().unwrap();
        changed.name = format!("after {polls}");
        let unit = bench.store.begin(here).await.unwrap();
        unit.users().update(&changed).await.unwrap();
        let mut commit = Box::pin(unit.commit(vec![bench.event(here, "user.changed")]));
        let mut left = polls;
        let committed = poll_fn(|context| match commit.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        })
        .await;
        drop(commit);
        if let Some(outcome) = committed {
            outcome.unwrap();
        }
        let event = bench.event(here, "tool.called");
        bench.store.journal().append(event).await.unwrap();
        let verified = bench.store.audit().verify(here).await.unwrap();
        assert_eq!(verified.first_fault, None);
    }
    // What is in the log happened, and the other way round.
    let name = bench
        .store
        .users()
        .find(here, user)
        .await
        .unwrap()
        .unwrap()
        .name;
    let changes = AuditFilter {
        action_prefix: Some("user.changed".to_owned()),
        ..AuditFilter::default()
    };
    let logged = bench.store.audit().list(here, &changes, 100).await.unwrap();
    assert_eq!(logged.is_empty(), name == "A Person");
}

pub(crate) async fn lists_filter_and_page(bench: &Bench) {
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let agent = AgentId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let actors = [
        Actor::User { user },
        Actor::Agent {
            agent,
            on_behalf_of: user,
        },
        Actor::System,
    ];
    let unit = bench.store.begin(here).await.unwrap();
    let mut events = Vec::new();
    for actor in actors {
        for action in ["proposal.approved", "proposalXother", "tool.called"] {
            events.push(NewAuditEvent {
                actor,
                ..bench.event(here, action)
            });
        }
    }
    let written = unit.commit(events).await.unwrap();
    let audit = bench.store.audit();

    let all = audit
        .list(here, &AuditFilter::default(), 100)
        .await
        .unwrap();
    assert_eq!(all.len(), 10);
    assert_eq!(all[0], written[8]);
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id));
    let page = AuditFilter {
        before: Some(all[3].id),
        ..AuditFilter::default()
    };
    assert_eq!(audit.list(here, &page, 2).await.unwrap(), all[4..6]);
    let of_user = AuditFilter {
        user: Some(user),
        ..AuditFilter::default()
    };
    assert_eq!(audit.list(here, &of_user, 100).await.unwrap().len(), 6);
    let of_agent = AuditFilter {
        agent: Some(agent),
        action_prefix: Some("proposal.".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(
        audit.list(here, &of_agent, 100).await.unwrap(),
        [written[3].clone()]
    );
    // Wildcards of the database are plain characters here.
    let wild = AuditFilter {
        action_prefix: Some("proposal_".to_owned()),
        ..AuditFilter::default()
    };
    assert!(audit.list(here, &wild, 100).await.unwrap().is_empty());
    assert_eq!(
        audit
            .list(there, &AuditFilter::default(), 100)
            .await
            .unwrap()
            .len(),
        1
    );
}
