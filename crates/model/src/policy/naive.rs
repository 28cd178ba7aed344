//! The meaning of rules, written down as plainly as possible: what the compiled form is tested against.

use super::{Call, Decision, Fields, Names, PolicyRule, Touched};

/// The decision, and the names of the rules of the strongest decision that are about the call.
pub(super) fn decide(rules: &[PolicyRule], call: &Call<'_>) -> (Decision, Vec<String>) {
    let whole = call.policy.decide(call.effect, call.access);
    if whole == Decision::Deny {
        return (whole, Vec::new());
    }
    for decision in [Decision::Deny, Decision::Ask, Decision::Allow] {
        let about: Vec<String> = rules
            .iter()
            .filter(|rule| rule.enabled && rule.decision == decision && is_about(rule, call))
            .map(|rule| rule.name.clone())
            .collect();
        if !about.is_empty() {
            return (decision, about);
        }
    }
    (whole, Vec::new())
}

fn is_about(rule: &PolicyRule, call: &Call<'_>) -> bool {
    let scope = &rule.scope;
    let opens = rule.decision == Decision::Allow;
    if rule.decision != Decision::Deny && !call.effect.is_write() {
        return false;
    }
    if !scope.effect.fits(call.effect) || !names(&scope.tools, call.tool) {
        return false;
    }
    if !scope.agents.is_empty() && !scope.agents.iter().any(|one| Some(*one) == call.agent) {
        return false;
    }
    if !scope.environments.is_empty()
        && !scope
            .environments
            .iter()
            .any(|one| Some(*one) == call.environment)
    {
        return false;
    }
    if !scope.groups.is_empty() && !scope.groups.iter().any(|one| call.groups.contains(one)) {
        return false;
    }
    if let Some(number) = scope.records {
        let few = call
            .touches
            .records
            .is_some_and(|records| records <= u64::from(number));
        if few != opens {
            return false;
        }
    }
    if scope.objects.is_any() && scope.fields.is_any() {
        return true;
    }
    let objects = &call.touches.objects;
    if opens {
        !call.touches.unknown
            && !objects.is_empty()
            && objects.iter().all(|one| {
                names(&scope.objects, &one.object)
                    && fields(one, |name| names(&scope.fields, name), true, &scope.fields)
            })
    } else {
        call.touches.unknown
            || objects.iter().any(|one| {
                names(&scope.objects, &one.object)
                    && fields(one, |name| names(&scope.fields, name), false, &scope.fields)
            })
    }
}

fn fields(one: &Touched, holds: impl Fn(&str) -> bool, all: bool, asked: &Names) -> bool {
    if asked.is_any() {
        return true;
    }
    match &one.fields {
        Fields::All => !all,
        Fields::Named(named) if all => !named.is_empty() && named.iter().all(|name| holds(name)),
        Fields::Named(named) => named.iter().any(|name| holds(name)),
    }
}

fn names(names: &Names, name: &str) -> bool {
    let listed = names
        .names
        .iter()
        .any(|known| known.to_lowercase() == name.to_lowercase());
    names.is_any() || listed != names.except
}
