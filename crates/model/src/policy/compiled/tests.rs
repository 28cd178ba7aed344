//! The compiled rules against their plain meaning, and a table of decisions.
//!
//! Must not know: how the index is built.

use super::super::{RuleEffect, RuleScope, naive};
use super::*;
use crate::{
    clock::Timestamp,
    id::{OrganizationId, PolicyRuleId},
};
use proptest::{prelude::*, sample::select, test_runner::Config};
use std::fmt::Write as _;
use uuid::Uuid;

const OBJECTS: [&str; 4] = ["Account", "Contact", "Case", "Invoice__c"];
const FIELDS: [&str; 4] = ["Id", "Name", "Salary__c", "Phone"];
const TOOLS: [&str; 3] = [
    "salesforce_query",
    "salesforce_update_record",
    "salesforce_delete_record",
];

fn agent(number: u128) -> AgentId {
    AgentId::from_uuid(Uuid::from_u128(number))
}

fn group(number: u128) -> GroupId {
    GroupId::from_uuid(Uuid::from_u128(number))
}

fn rule(number: u128, decision: Decision, scope: RuleScope) -> PolicyRule {
    PolicyRule {
        id: PolicyRuleId::from_uuid(Uuid::from_u128(number)),
        organization: OrganizationId::from_uuid(Uuid::nil()),
        name: format!("rule {number}"),
        decision,
        scope,
        demands: Demands::default(),
        reason: "because".to_owned(),
        enabled: true,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

fn names(pool: &'static [&'static str]) -> impl Strategy<Value = Names> {
    let some = proptest::collection::vec(select(pool), 1..3);
    prop_oneof![
        2 => Just(Names::default()),
        2 => some.clone().prop_map(Names::only),
        1 => some.prop_map(Names::except),
    ]
}

fn scope() -> impl Strategy<Value = RuleScope> {
    let environments = [Environment::Production, Environment::Practice];
    (
        names(&TOOLS),
        select(&RuleEffect::ALL[..]),
        names(&OBJECTS),
        names(&FIELDS),
        proptest::option::weighted(0.3, 0_u32..4),
        proptest::collection::vec(select(environments.to_vec()), 0..2),
        proptest::collection::vec((0_u128..3).prop_map(group), 0..2),
        proptest::collection::vec((0_u128..3).prop_map(agent), 0..2),
    )
        .prop_map(
            |(tools, effect, objects, fields, records, environments, groups, agents)| RuleScope {
                tools,
                effect,
                objects,
                fields,
                records,
                environments,
                groups,
                agents,
            },
        )
}

fn rules() -> impl Strategy<Value = Vec<PolicyRule>> {
    let decision = select(vec![Decision::Deny, Decision::Ask, Decision::Allow]);
    let one = (decision, scope(), any::<bool>(), any::<bool>(), 0..10_u8);
    proptest::collection::vec(one, 0..12).prop_map(|drawn| {
        drawn
            .into_iter()
            .enumerate()
            .map(
                |(number, (decision, scope, step_up, four_eyes, off))| PolicyRule {
                    demands: Demands { step_up, four_eyes },
                    enabled: off > 0,
                    ..rule(number as u128, decision, scope)
                },
            )
            .collect()
    })
}

fn touches() -> impl Strategy<Value = Touches> {
    let fields = prop_oneof![
        1 => Just(Fields::All),
        4 => proptest::collection::vec(select(&FIELDS[..]), 0..3)
            .prop_map(|names| Fields::Named(names.into_iter().map(str::to_uppercase).collect())),
    ];
    let objects = proptest::collection::vec((select(&OBJECTS[..]), fields), 0..3);
    let unknown = proptest::bool::weighted(0.15);
    let records = proptest::option::weighted(0.7, 0_u64..5);
    (objects, unknown, records).prop_map(|(objects, unknown, records)| {
        let mut touches = Touches {
            unknown,
            records,
            ..Touches::default()
        };
        for (object, fields) in objects {
            touches.add(object.to_lowercase(), fields);
        }
        touches
    })
}

proptest! {
    #![proptest_config(Config { cases: 2_000, ..Config::default() })]

    /// The compiled rules decide as their meaning says, name the oldest rule that is about the call, and demand
    /// what any of the asking rules demands.
    #[test]
    fn the_index_changes_no_decision(
        rules in rules(),
        touches in touches(),
        tool in select(&TOOLS[..]),
        effect in select(vec![Effect::Read, Effect::Write, Effect::Destructive]),
        environment in select(vec![None, Some(Environment::Production), Some(Environment::Sandbox), Some(Environment::Practice)]),
        who in (proptest::option::of(0_u128..3), any::<bool>(), proptest::collection::vec((0_u128..3).prop_map(group), 0..3)),
        writes in any::<bool>(),
    ) {
        // proves SEC-11, SF-10
        let (agent_number, reads_only, groups) = who;
        let call = Call {
            policy: Policy { writes: if writes { Decision::Ask } else { Decision::Deny }, ..Policy::default() },
            tool,
            effect,
            environment,
            agent: agent_number.map(agent),
            access: agent_number.map(|_| if reads_only { AgentAccess::ReadOnly } else { AgentAccess::ReadAndPropose }),
            groups: &groups,
            touches: &touches,
        };
        let set = RuleSet::new(rules.clone());
        let ruling = set.decide(&call);
        let (decision, about) = naive::decide(&rules, &call);
        prop_assert_eq!(ruling.decision, decision);
        prop_assert_eq!(ruling.rule().map(|rule| &rule.name), about.first());
        let demanded = rules
            .iter()
            .filter(|rule| decision == Decision::Ask && about.contains(&rule.name))
            .fold(Demands::default(), |all, rule| all.and(rule.demands));
        if decision == Decision::Ask {
            prop_assert_eq!(ruling.demands, demanded);
        }
    }

    /// Whatever rules say: a read-only agent never writes, and nobody does while writes are off.
    #[test]
    fn no_rule_opens_what_is_switched_off(rules in rules(), touches in touches(), off in any::<bool>()) {
        // proves SF-10
        let call = Call {
            policy: Policy { writes: if off { Decision::Deny } else { Decision::Ask }, ..Policy::default() },
            tool: TOOLS[1],
            effect: Effect::Write,
            environment: Some(Environment::Practice),
            agent: Some(agent(1)),
            access: Some(if off { AgentAccess::ReadAndPropose } else { AgentAccess::ReadOnly }),
            groups: &[],
            touches: &touches,
        };
        prop_assert_eq!(RuleSet::new(rules).decide(&call).decision, Decision::Deny);
    }
}

/// The rules that the table of decisions is made of.
fn example() -> Vec<PolicyRule> {
    let scope = RuleScope::default;
    let mut ask = rule(
        4,
        Decision::Ask,
        RuleScope {
            effect: RuleEffect::Destructive,
            ..scope()
        },
    );
    ask.demands.four_eyes = true;
    vec![
        rule(
            1,
            Decision::Deny,
            RuleScope {
                fields: Names::only(["Salary__c"]),
                objects: Names::only(["Contact"]),
                ..scope()
            },
        ),
        rule(
            2,
            Decision::Deny,
            RuleScope {
                objects: Names::except(["Account", "Contact"]),
                agents: vec![agent(2)],
                ..scope()
            },
        ),
        rule(
            3,
            Decision::Deny,
            RuleScope {
                effect: RuleEffect::Change,
                records: Some(50),
                ..scope()
            },
        ),
        ask,
        rule(
            5,
            Decision::Allow,
            RuleScope {
                effect: RuleEffect::Change,
                environments: vec![Environment::Practice],
                ..scope()
            },
        ),
        rule(
            6,
            Decision::Allow,
            RuleScope {
                effect: RuleEffect::Write,
                objects: Names::only(["Case"]),
                fields: Names::only(["Status"]),
                ..scope()
            },
        ),
    ]
}

#[test]
fn the_table_of_decisions() {
    // proves SEC-11, APR-5, APR-8
    let set = RuleSet::new(example());
    let named = |object: &str, fields: &[&str], records| {
        Touches::object(
            object,
            Fields::Named(fields.iter().map(|name| (*name).to_owned()).collect()),
            records,
        )
    };
    let touched = [
        ("nothing", Touches::nothing()),
        ("anything", Touches::anything()),
        ("Contact.Name", named("Contact", &["Name"], Some(1))),
        (
            "contact.salary__C",
            named("contact", &["salary__C"], Some(1)),
        ),
        (
            "Contact.*",
            Touches::object("Contact", Fields::All, Some(1)),
        ),
        ("51 of Account", named("Account", &["Name"], Some(51))),
        ("Case.Status", named("Case", &["Status"], Some(1))),
        (
            "Case.Status, Subject",
            named("Case", &["Status", "Subject"], Some(1)),
        ),
    ];
    let mut table = String::new();
    for (words, touches) in &touched {
        for effect in [Effect::Read, Effect::Write, Effect::Destructive] {
            for environment in [Environment::Production, Environment::Practice] {
                for asking in [1, 2] {
                    let ruling = set.decide(&Call {
                        policy: Policy::default(),
                        tool: "salesforce_query",
                        effect,
                        environment: Some(environment),
                        agent: Some(agent(asking)),
                        access: Some(AgentAccess::ReadAndPropose),
                        groups: &[],
                        touches,
                    });
                    let _ = writeln!(
                        table,
                        "{words} | {effect:?} | {environment} | agent {asking} | {} | {}",
                        ruling.decision.as_str(),
                        ruling.in_words()
                    );
                }
            }
        }
    }
    assert_eq!(table, include_str!("matrix.txt"), "\n{table}");
}

#[test]
fn rules_are_sentences() {
    let words: Vec<String> = example()
        .iter()
        .map(|rule| rule.in_words(|_| "Claude".to_owned(), |_| "EMEA".to_owned()))
        .collect();
    assert_eq!(
        words,
        [
            "Refuse every read and change of the field Salary__c in the object Contact.",
            "Refuse every read and change of all objects but Account or Contact, by the agent Claude.",
            "Refuse every change, of more than 50 records at once.",
            "Ask a person before removing, and a second person.",
            "Run without asking every change, in practice.",
            "Run without asking creating and changing of the field Status in the object Case.",
        ]
    );
}
