//! How long a decision about a tool call takes with a thousand rules: `cargo bench -p gatelodge-model` prints a
//! Markdown table. Rules of every kind are drawn, and then the worst: none that an index narrows.
//!
//! Must not know what is good enough.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints, and may fail by panicking"
)]

use gatelodge_model::{
    AgentAccess, AgentId, Decision, Effect, Environment, OrganizationId, Policy, PolicyRule,
    PolicyRuleId, RuleSet, Timestamp, Touches,
    policy::{Call, Demands, Fields, Names, RuleEffect, RuleScope},
};
use std::hint::black_box;

const RULES: u32 = 1_000;
const CALLS: u32 = 20_000;
const ROUNDS: usize = 9;

/// Seconds that this thread has run, not counting while others had the processor (proc(5), `schedstat`).
fn on_processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = text.split_whitespace().next().expect("a number");
    nanoseconds.parse::<f64>().expect("a number") / 1e9
}

fn agent(number: u32) -> AgentId {
    format!("agt_{number:032x}").parse().expect("an id")
}

fn rule(number: u32, scope: RuleScope) -> PolicyRule {
    PolicyRule {
        id: format!("rul_{number:032x}")
            .parse::<PolicyRuleId>()
            .expect("an id"),
        organization: format!("org_{:032x}", 1)
            .parse::<OrganizationId>()
            .expect("an id"),
        name: format!("rule {number}"),
        decision: match number % 3 {
            0 => Decision::Deny,
            1 => Decision::Ask,
            _ => Decision::Allow,
        },
        scope,
        demands: Demands::default(),
        reason: String::new(),
        enabled: true,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

/// As a company has them: by object, field, agent, tool and number.
fn mixed(number: u32) -> RuleScope {
    let mut scope = RuleScope::default();
    match number % 5 {
        0 => scope.objects = Names::only([format!("Object{number}__c")]),
        1 => {
            scope.objects = Names::only([format!("Object{number}__c"), "Contact".to_owned()]);
            scope.fields = Names::only([format!("Field{number}__c")]);
        }
        2 => scope.agents = vec![agent(number)],
        3 => scope.tools = Names::only([format!("salesforce_tool_{number}")]),
        _ => {
            scope.records = Some(1_000 + number);
            scope.effect = RuleEffect::Destructive;
        }
    }
    scope
}

/// None of them narrows by anything that an index knows, and none is about the call.
fn worst(number: u32) -> RuleScope {
    RuleScope {
        objects: Names::except(["Account".to_owned(), "Contact".to_owned()]),
        fields: Names::except([format!("Field{number}__c")]),
        ..RuleScope::default()
    }
}

fn measure(scope: impl Fn(u32) -> RuleScope) -> f64 {
    let set = RuleSet::new((0..RULES).map(|number| rule(number, scope(number))));
    let mut touches = Touches::object(
        "Account",
        Fields::Named(vec![
            "Name".to_owned(),
            "Phone".to_owned(),
            "OwnerId".to_owned(),
        ]),
        Some(1),
    );
    touches.add("Contact", Fields::Named(vec!["LastName".to_owned()]));
    let call = Call {
        policy: Policy::default(),
        tool: "salesforce_update_record",
        effect: Effect::Write,
        environment: Some(Environment::Production),
        agent: Some(agent(7)),
        access: Some(AgentAccess::ReadAndPropose),
        groups: &[],
        touches: &touches,
    };
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = on_processor();
            for _ in 0..CALLS {
                black_box(set.decide(black_box(&call)));
            }
            (on_processor() - start) / f64::from(CALLS) * 1e6
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn main() {
    println!("| {RULES} rules | µs a decision |\n|---|---|");
    println!("| of every kind | {:.2} |", measure(mixed));
    println!("| none narrowed by an index | {:.2} |", measure(worst));
}
