//! The rows that allow a write, as the hub writes them and as somebody would who has the whole database.

use crate::{
    bench::Bench,
    write::{approval, store},
};
use gatelodge_model::{
    Actor, Allowed, Approval, AuditOutcome, Clock, Decision, ErrorKind, Face, NewAuditEvent,
    Organization, Policy, PolicyRule, PolicyRuleId, RequestId, SessionId, SwitchedOff, UserId,
    policy::{Demands, RuleEffect, RuleScope},
};
use sea_orm::{ConnectionTrait as _, Database};
use tokio::task::JoinSet;

/// The reason in the refusal of a write that nothing allows.
async fn refusal(bench: &Bench, call: &gatelodge_keeper_client::SendWrite) -> String {
    let error = bench.send(call).await.unwrap_err().error;
    assert_eq!(error.kind(), ErrorKind::ApprovalMissing, "{error}");
    assert!(error.message().contains("Nothing was sent"), "{error}");
    error.message().to_owned()
}

impl Bench {
    /// Does something with the database behind everybody's back.
    pub(crate) async fn sql(&self, statement: &str) -> u64 {
        let connection = Database::connect(&self.database).await.unwrap();
        let done = connection.execute_unprepared(statement).await.unwrap();
        connection.close().await.unwrap();
        done.rows_affected()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_needs_a_row_for_exactly_its_bytes() {
    // proves P2, P4
    let bench = Bench::connected().await;
    let call = bench.proposed(|_| {}).await;
    assert!(refusal(&bench, &call).await.contains("No approval"));
    let other = bench.proposed(|_| {}).await;
    let for_other_bytes = Approval {
        digest: other.digest,
        ..approval(&bench, &call)
    };
    store(&bench, &for_other_bytes).await;
    assert!(refusal(&bench, &call).await.contains("other bytes"));

    let call = bench.proposed(|_| {}).await;
    let by_somebody = Approval {
        allowed: Allowed::ByPerson {
            user: UserId::generate(bench.clock.as_ref(), bench.random.as_ref()),
            session: SessionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
            nonce: "mark".to_owned(),
        },
        ..approval(&bench, &call)
    };
    store(&bench, &by_somebody).await;
    assert!(refusal(&bench, &call).await.contains("Somebody else"));

    let call = bench.proposed(|_| {}).await;
    let spent = Approval {
        spent_at: Some(bench.clock.now()),
        ..approval(&bench, &call)
    };
    store(&bench, &spent).await;
    assert!(refusal(&bench, &call).await.contains("used already"));

    let life = |days| {
        move |proposal: &mut gatelodge_model::FrozenProposal| {
            proposal.expires_at = proposal.created_at + chrono::TimeDelta::days(days);
        }
    };
    let call = bench.proposed(life(40)).await;
    store(&bench, &approval(&bench, &call)).await;
    assert!(refusal(&bench, &call).await.contains("longer than any"));
    assert_eq!(bench.writes(), 0);

    let call = bench.proposed(life(30)).await;
    store(&bench, &approval(&bench, &call)).await;
    assert_eq!(bench.send(&call).await.unwrap().status, 200);
    assert_eq!(bench.writes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_send_at_once_one_does() {
    // proves P4, R9
    let bench = Bench::connected().await;
    let call = bench.proposed(|_| {}).await;
    store(&bench, &approval(&bench, &call)).await;
    let second = bench.another_keeper().await;
    let mut tries = JoinSet::new();
    for number in 0..10 {
        let keeper = if number % 2 == 0 {
            bench.keeper.clone()
        } else {
            second.clone()
        };
        let call = call.clone();
        tries.spawn(async move {
            use gatelodge_keeper_client::Keeper as _;
            keeper.write(call).await.is_ok()
        });
    }
    let sent = tries.join_all().await;
    assert_eq!(sent.into_iter().filter(|sent| *sent).count(), 1);
    assert_eq!(bench.writes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setting_rows_back_sends_nothing_twice() {
    // proves P4: with full access to the database, before and after a restart of the keeper
    let mut bench = Bench::connected().await;
    let call = bench.proposed(|_| {}).await;
    store(&bench, &approval(&bench, &call)).await;
    assert_eq!(bench.send(&call).await.unwrap().status, 200);
    assert!(refusal(&bench, &call).await.contains("used already"));
    for restarted in [false, true] {
        if restarted {
            bench.keeper = bench.another_keeper().await;
        }
        assert_eq!(bench.sql("UPDATE approvals SET spent_at = NULL").await, 1);
        assert!(
            refusal(&bench, &call)
                .await
                .contains("sent these bytes before")
        );
        assert_eq!(bench.sql("DELETE FROM approvals").await, 1);
        store(&bench, &approval(&bench, &call)).await;
        assert!(
            refusal(&bench, &call)
                .await
                .contains("sent these bytes before")
        );
    }
    assert_eq!(bench.writes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_recorded_and_spent_like_an_approval() {
    // proves P4: direct mode leaves a row too, and is never enough where approvals are sealed
    let bench = Bench::connected().await;
    let mut rule = direct_rule(&bench);
    let id = rule.id;
    let by_rule = |call: &gatelodge_keeper_client::SendWrite| Approval {
        allowed: Allowed::ByPolicy {
            rule: id.to_string(),
        },
        ..approval(&bench, call)
    };
    let call = bench.proposed(|_| {}).await;
    store(&bench, &by_rule(&call)).await;
    assert!(
        refusal(&bench, &call)
            .await
            .contains("gone or switched off")
    );
    rule.enabled = false;
    keep(&bench, &rule, true).await;
    assert!(
        refusal(&bench, &call)
            .await
            .contains("gone or switched off")
    );
    rule.enabled = true;
    keep(&bench, &rule, false).await;
    assert_eq!(bench.send(&call).await.unwrap().status, 200);
    assert!(refusal(&bench, &call).await.contains("used already"));
    let console = bench.console();
    console.set_sealed(bench.organization, true).await.unwrap();
    let call = bench.proposed(|_| {}).await;
    store(&bench, &by_rule(&call)).await;
    assert!(refusal(&bench, &call).await.contains("No rule is enough"));
    assert_eq!(bench.writes(), 1);
}

/// A rule that lets every change of the organization run without a person.
fn direct_rule(bench: &Bench) -> PolicyRule {
    PolicyRule {
        id: PolicyRuleId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: bench.organization,
        name: "Direct".to_owned(),
        decision: Decision::Allow,
        scope: RuleScope {
            effect: RuleEffect::Change,
            ..RuleScope::default()
        },
        demands: Demands::default(),
        reason: "The migration of May.".to_owned(),
        enabled: true,
        created_at: bench.clock.now(),
        updated_at: bench.clock.now(),
    }
}

async fn keep(bench: &Bench, rule: &PolicyRule, is_new: bool) {
    let unit = bench.store.begin(bench.organization).await.unwrap();
    if is_new {
        let organization = Organization {
            id: bench.organization,
            name: "Northwind".to_owned(),
            policy: Policy::default(),
            off: SwitchedOff::default(),
            created_at: bench.clock.now(),
        };
        unit.organizations().insert(&organization).await.unwrap();
        unit.policy_rules().insert(rule).await.unwrap();
    } else {
        unit.policy_rules().update(rule).await.unwrap();
    }
    let told = NewAuditEvent {
        organization: bench.organization,
        actor: Actor::System,
        via: Face::Job,
        request: RequestId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        action: "policy_rule.changed",
        target: rule.id.to_string(),
        outcome: AuditOutcome::Success,
        detail: serde_json::json!({}),
    };
    unit.commit(vec![told]).await.unwrap();
}
