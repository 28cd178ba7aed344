//! Rules for tool calls, second looks at proposals, counts of calls.

use crate::{bench::Bench, proposals::proposal};
use gatelodge_model::{
    ApiCount, ApiUsage, Decision, Environment, OrganizationId, PolicyRule, PolicyRuleId,
    SecondLook,
    policy::{Demands, Names, RuleEffect, RuleScope},
};

fn rule(bench: &Bench, organization: OrganizationId, name: &str) -> PolicyRule {
    PolicyRule {
        id: PolicyRuleId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        name: name.to_owned(),
        decision: Decision::Ask,
        scope: RuleScope {
            tools: Names::except(["salesforce_query"]),
            effect: RuleEffect::Change,
            objects: Names::only(["Contact"]),
            fields: Names::only(["Salary__c"]),
            records: Some(20),
            environments: vec![Environment::Production],
            ..RuleScope::default()
        },
        demands: Demands {
            step_up: true,
            four_eyes: false,
        },
        reason: "Salaries are decided by people.".to_owned(),
        enabled: true,
        created_at: bench.now(),
        updated_at: bench.now(),
    }
}

pub(crate) async fn rules_looks_and_counts_are_kept(bench: &Bench) {
    // proves SEC-11, APR-8: rules come back as they were written, each tenant its own; a look is given once
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let mut made = [rule(bench, here, "First"), rule(bench, here, "Second")];
    // Both are of the same millisecond.
    made.sort_by_key(|rule| rule.id);
    let [first, mut second] = made;
    let unit = store.begin(here).await.unwrap();
    for rule in [&first, &second] {
        unit.policy_rules().insert(rule).await.unwrap();
    }
    let foreign = unit.policy_rules().insert(&rule(bench, there, "X")).await;
    assert!(foreign.is_err(), "a rule of another organization");
    unit.commit(vec![bench.event(here, "policy_rule.created")])
        .await
        .unwrap();
    let rules = store.policy_rules();
    assert_eq!(
        rules.list(here).await.unwrap(),
        [first.clone(), second.clone()]
    );
    assert!(rules.list(there).await.unwrap().is_empty());
    assert_eq!(rules.find(there, first.id).await.unwrap(), None);

    second.enabled = false;
    second.decision = Decision::Deny;
    let unit = store.begin(here).await.unwrap();
    unit.policy_rules().update(&second).await.unwrap();
    assert!(unit.policy_rules().delete(first.id).await.unwrap());
    assert!(!unit.policy_rules().delete(first.id).await.unwrap());
    assert!(unit.policy_rules().update(&first).await.is_err());
    unit.commit(vec![bench.event(here, "policy_rule.changed")])
        .await
        .unwrap();
    assert_eq!(rules.list(here).await.unwrap(), [second]);

    let proposal = proposal(bench, here, user).await;
    let wanted = SecondLook {
        organization: here,
        proposal: proposal.id,
        digest: proposal.digest,
        wanted_at: bench.now(),
        confirmed: None,
    };
    let unit = store.begin(here).await.unwrap();
    for _ in 0..2 {
        unit.second_looks().want(&wanted).await.unwrap();
    }
    let other_bytes = gatelodge_model::Digest::of("other", &[]);
    let looks = unit.second_looks();
    assert!(
        !looks
            .confirm(proposal.id, &other_bytes, user)
            .await
            .unwrap()
    );
    unit.commit(vec![bench.event(here, "proposal.second_look_wanted")])
        .await
        .unwrap();
    let looks = store.second_looks();
    assert_eq!(looks.wanted(here, 10).await.unwrap(), [wanted]);
    assert_eq!(looks.find(there, proposal.id).await.unwrap(), None);
    let unit = store.begin(here).await.unwrap();
    let confirming = unit.second_looks();
    for first in [true, false] {
        let done = confirming.confirm(proposal.id, &proposal.digest, user);
        assert_eq!(done.await.unwrap(), first);
    }
    unit.commit(vec![bench.event(here, "proposal.confirmed")])
        .await
        .unwrap();
    assert!(looks.wanted(here, 10).await.unwrap().is_empty());
    let found = looks.find(here, proposal.id).await.unwrap().unwrap();
    assert_eq!(found.confirmed.map(|(by, _)| by), Some(user));

    let mut usage = ApiUsage {
        organization: here,
        provider: "salesforce".to_owned(),
        account: "00D".to_owned(),
        count: ApiCount {
            used: 5,
            allowed: 15_000,
        },
        seen_at: bench.now(),
    };
    for used in [5, 6] {
        usage.count.used = used;
        store.api_usage().keep(&usage).await.unwrap();
    }
    let found = store.api_usage().find(here, "salesforce", "00D").await;
    assert_eq!(found.unwrap(), Some(usage));
    let foreign = store.api_usage().find(there, "salesforce", "00D").await;
    assert_eq!(foreign.unwrap(), None);
}
