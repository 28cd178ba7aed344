//! Proposals and idempotency keys: what happens once happens once, however many ask.

use crate::{bench::Bench, connecting::connection};
use gatelodge_model::{
    AgentId, Allowed, Approval, OrganizationId, Proposal, ProposalId, ProposalStatus, SealedId,
    SessionId, UserId,
};
use gatelodge_store::{
    Claimed, IdempotencyKey, IdempotencyState, Passing, ProposalChanges, ProposalFilter,
    StoreError,
    keeper::{ApprovalRecord, KeeperStore},
};
use tokio::task::JoinSet;

pub(crate) async fn proposal(
    bench: &Bench,
    organization: OrganizationId,
    user: UserId,
) -> Proposal {
    let connection = connection(bench, organization, user);
    let proposal = Proposal {
        id: ProposalId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        connection: connection.id,
        user,
        agent: Some(AgentId::generate(
            bench.clock.as_ref(),
            bench.random.as_ref(),
        )),
        tool: "salesforce_update_record".parse().unwrap(),
        status: ProposalStatus::Pending,
        digest: bench.digest(),
        sealed: SealedId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        sealed_outcome: None,
        created_at: bench.now(),
        expires_at: bench.in_minutes(60),
        decided_at: None,
        decided_by: None,
        note: None,
        superseded_by: None,
        executing_since: None,
        settled_at: None,
        version: 1,
    };
    let unit = bench.store.begin(organization).await.unwrap();
    unit.connections().insert(&connection).await.unwrap();
    unit.proposals().insert(&proposal).await.unwrap();
    unit.commit(vec![bench.event(organization, "proposal.created")])
        .await
        .unwrap();
    bench.clock.advance_millis(1);
    proposal
}

async fn moved(bench: &Bench, proposal: &Proposal, status: ProposalStatus) -> Proposal {
    let unit = bench.store.begin(proposal.organization).await.unwrap();
    let next = unit
        .proposals()
        .transition(proposal, status, ProposalChanges::default())
        .await
        .unwrap();
    unit.commit(vec![bench.event(proposal.organization, "proposal.moved")])
        .await
        .unwrap();
    next
}

pub(crate) async fn are_listed_for_those_concerned(bench: &Bench) {
    // proves T1
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, stranger) = bench.organization().await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(proposal(bench, here, user).await);
    }
    let foreign = proposal(bench, there, stranger).await;
    let proposals = store.proposals();
    assert_eq!(
        proposals.find(here, made[0].id).await.unwrap().as_ref(),
        Some(&made[0])
    );
    assert_eq!(proposals.find(here, foreign.id).await.unwrap(), None);
    assert_eq!(proposals.count_waiting(here, user).await.unwrap(), 4);
    assert_eq!(proposals.count_waiting(here, stranger).await.unwrap(), 0);

    let all = ProposalFilter::default();
    let newest = proposals.list(here, &all, 2, None).await.unwrap();
    assert_eq!(newest, [made[3].clone(), made[2].clone()]);
    let older = proposals
        .list(here, &all, 2, Some(made[2].id))
        .await
        .unwrap();
    assert_eq!(older, [made[1].clone(), made[0].clone()]);

    let approved = moved(bench, &made[0], ProposalStatus::Approved).await;
    let executing = moved(bench, &approved, ProposalStatus::Executing).await;
    assert_eq!(executing.executing_since, Some(bench.now()));
    let waiting = ProposalFilter {
        user: Some(user),
        agent: made[1].agent,
        statuses: vec![ProposalStatus::Pending, ProposalStatus::Executing],
    };
    assert_eq!(
        proposals.list(here, &waiting, 9, None).await.unwrap(),
        [made[1].clone()]
    );
    let other_approved = moved(bench, &foreign, ProposalStatus::Approved).await;
    let open = proposals.list_open_executions().await.unwrap();
    assert_eq!(open, [executing.clone(), other_approved]);

    let unit = store.begin(here).await.unwrap();
    let outcome = SealedId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let changes = ProposalChanges {
        sealed_outcome: Some(outcome),
        note: Some("done".to_owned()),
        ..ProposalChanges::default()
    };
    let done = unit
        .proposals()
        .transition(&executing, ProposalStatus::Done, changes)
        .await
        .unwrap();
    // What ended stays ended, and what never was cannot move.
    let again = unit
        .proposals()
        .transition(&done, ProposalStatus::Executing, ProposalChanges::default())
        .await
        .unwrap_err();
    assert!(matches!(again, StoreError::Conflict { .. }));
    let unknown = Proposal {
        id: ProposalId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        ..made[1].clone()
    };
    let missing = unit
        .proposals()
        .transition(
            &unknown,
            ProposalStatus::Approved,
            ProposalChanges::default(),
        )
        .await
        .unwrap_err();
    assert_eq!(missing, StoreError::NotFound { what: "proposal" });
    unit.commit(vec![bench.event(here, "proposal.executed")])
        .await
        .unwrap();
    assert_eq!(done.settled_at, Some(bench.now()));
    assert_eq!(done.sealed_outcome, Some(outcome));
    assert_eq!(proposals.find(here, done.id).await.unwrap(), Some(done));

    assert!(
        proposals
            .list_expire_due(bench.now(), 9)
            .await
            .unwrap()
            .is_empty()
    );
    bench.clock.advance_millis(2 * 3_600_000);
    assert_eq!(
        proposals
            .list_expire_due(bench.now(), 2)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(proposals.count_waiting(here, user).await.unwrap(), 0);
}

pub(crate) async fn of_many_approvers_one_wins(bench: &Bench) {
    // proves APR-4, P4
    let (organization, user) = bench.organization().await;
    let pending = proposal(bench, organization, user).await;
    let second_host = bench.another_store().await;
    let mut approvers = JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 {
            bench.store.clone()
        } else {
            second_host.clone()
        };
        let (pending, event) = (
            pending.clone(),
            bench.event(organization, "proposal.approved"),
        );
        approvers.spawn(async move {
            let unit = store.begin(organization).await.unwrap();
            let changes = ProposalChanges {
                decided_by: Some(user),
                ..ProposalChanges::default()
            };
            let approved = unit
                .proposals()
                .transition(&pending, ProposalStatus::Approved, changes)
                .await?;
            unit.commit(vec![event]).await?;
            Ok::<_, StoreError>(approved)
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) = approvers
        .join_all()
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for outcome in lost {
        let error = outcome.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    }
    let stored = bench
        .store
        .proposals()
        .find(organization, pending.id)
        .await
        .unwrap();
    assert_eq!(stored, won.into_iter().next().unwrap().ok());
    assert_eq!(stored.unwrap().decided_by, Some(user));
    // Whoever lost left no event either.
    let verification = bench.store.audit().verify(organization).await.unwrap();
    assert_eq!((verification.events, verification.first_fault), (3, None));
}

pub(crate) async fn of_many_repeats_one_runs(bench: &Bench) {
    let (organization, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let key = IdempotencyKey {
        organization,
        actor: user.to_string(),
        key: "order-1".to_owned(),
    };
    let arguments = bench.digest();
    let mut callers = JoinSet::new();
    for _ in 0..12 {
        let (store, key) = (bench.store.clone(), key.clone());
        callers.spawn(async move { store.idempotency().claim(&key, &arguments).await.unwrap() });
    }
    let claims = callers.join_all().await;
    assert_eq!(
        claims
            .iter()
            .filter(|claim| **claim == Claimed::New)
            .count(),
        1
    );

    let idempotency = bench.store.idempotency();
    let foreign = IdempotencyKey {
        organization: there,
        ..key.clone()
    };
    assert_eq!(idempotency.find(&foreign).await.unwrap(), None);
    let running = idempotency.find(&key).await.unwrap().unwrap();
    assert_eq!(running.state, IdempotencyState::Running);
    // Freed: certainly nothing happened, so the next one runs.
    idempotency.release(&key).await.unwrap();
    let unit = bench.store.begin(organization).await.unwrap();
    assert_eq!(
        unit.idempotency().claim(&key, &arguments).await.unwrap(),
        Claimed::New
    );
    let proposal = ProposalId::generate(bench.clock.as_ref(), bench.random.as_ref());
    unit.idempotency()
        .settle(&key, Some(proposal), None)
        .await
        .unwrap();
    unit.commit(vec![bench.event(organization, "proposal.created")])
        .await
        .unwrap();
    idempotency.release(&key).await.unwrap();
    let Claimed::Existing(row) = idempotency.claim(&key, &bench.digest()).await.unwrap() else {
        panic!("a settled key is never free");
    };
    assert_eq!(row.arguments, arguments);
    assert_eq!(row.proposal, Some(proposal));
    assert_eq!(row.state, IdempotencyState::Settled);
    let unclaimed = idempotency.settle(&foreign, None, None).await.unwrap_err();
    assert!(matches!(unclaimed, StoreError::NotFound { .. }));
    let purged = bench
        .store
        .purge(Passing::IdempotencyKeys, bench.in_minutes(1));
    assert_eq!(purged.await.unwrap()[&Some(organization)], 1);
}

pub(crate) async fn an_approval_is_used_up_once(bench: &Bench) {
    // proves P4: of many keepers one may send, and no second yes to the same bytes can be stored
    let (organization, user) = bench.organization().await;
    let (elsewhere, _) = bench.organization().await;
    let first = proposal(bench, organization, user).await;
    let second = proposal(bench, organization, user).await;
    let approval = Approval {
        organization,
        proposal: first.id,
        digest: first.digest,
        allowed: Allowed::ByPerson {
            user,
            session: SessionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
            nonce: "mark".to_owned(),
        },
        evidence: Some(vec![1, 2, 3]),
        approved_at: bench.now(),
        spent_at: None,
    };
    let insert = async |approval: &Approval| {
        let unit = bench.store.begin(approval.organization).await.unwrap();
        unit.approvals().insert(approval).await?;
        unit.commit(vec![
            bench.event(approval.organization, "proposal.approved"),
        ])
        .await
    };
    insert(&approval).await.unwrap();
    let same_bytes = Approval {
        proposal: second.id,
        ..approval.clone()
    };
    for twice in [&approval, &same_bytes] {
        let refused = insert(twice).await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    }
    let by_rule = Approval {
        proposal: second.id,
        digest: second.digest,
        allowed: Allowed::ByPolicy {
            rule: "direct".to_owned(),
        },
        evidence: None,
        ..approval.clone()
    };
    insert(&by_rule).await.unwrap();
    let stored = bench.store.approvals();
    assert_eq!(
        stored.find(organization, first.id).await.unwrap(),
        Some(approval)
    );
    assert_eq!(
        stored.find(organization, second.id).await.unwrap(),
        Some(by_rule)
    );
    assert_eq!(stored.find(elsewhere, first.id).await.unwrap(), None);
    assert!(
        !stored
            .spend(organization, first.id, &second.digest)
            .await
            .unwrap()
    );
    assert!(
        !stored
            .spend(elsewhere, first.id, &first.digest)
            .await
            .unwrap()
    );

    let other_host = bench.another_store().await;
    let mut keepers = JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 {
            bench.store.clone()
        } else {
            other_host.clone()
        };
        keepers.spawn(async move {
            let spent = store
                .approvals()
                .spend(organization, first.id, &first.digest)
                .await;
            spent.unwrap()
        });
    }
    let spent = keepers.join_all().await;
    assert_eq!(spent.into_iter().filter(|spent| *spent).count(), 1);
    let row = stored.find(organization, first.id).await.unwrap().unwrap();
    assert!(row.spent_at.is_some());
}

pub(crate) async fn records_about_approvals_only_go_forward(bench: &Bench) {
    // proves P4
    let (organization, user) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let records = keeper.approval_records();
    let record = |generation, bytes: &[u8]| ApprovalRecord {
        organization,
        subject: user.as_uuid(),
        generation,
        record: bytes.to_vec(),
    };
    records.save(record(1, b"one")).await.unwrap();
    records.save(record(2, b"two")).await.unwrap();
    for late in [record(1, b"again"), record(2, b"again"), record(4, b"far")] {
        let refused = records.save(late).await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    }
    let stored = records.load(organization, user.as_uuid()).await.unwrap();
    assert_eq!(stored, Some(record(2, b"two")));
    let other = organization.as_uuid();
    assert_eq!(records.load(organization, other).await.unwrap(), None);
    assert_eq!(records.list().await.unwrap(), [record(2, b"two")]);
}
