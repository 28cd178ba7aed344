//! Whether a rule that somebody wrote makes sense: every name is one that exists, every number one that can be met.
//!
//! Must not know: what other rules say.

use crate::Hub;
use gatelodge_model::{
    Decision, Environment, Error, PolicyRule, Result,
    policy::{Names, RuleEffect},
};

/// A call touches at most so many records (the largest query of a tool).
const MOST_RECORDS: u32 = 50_000;

const MOST_NAMES: usize = 200;

impl Hub {
    /// Checks a rule and writes it as it is meant: an allowing or asking rule about everything is about changes.
    pub(super) fn check_rule(&self, mut rule: PolicyRule) -> Result<PolicyRule> {
        rule.name = one_line("name", &rule.name, 1, 80)?;
        rule.reason = one_line("reason", &rule.reason, 0, 500)?;
        if rule.decision != Decision::Deny {
            rule.scope.effect = match rule.scope.effect {
                RuleEffect::Read if rule.decision == Decision::Ask => {
                    return Err(Error::invalid(
                        "effect",
                        "A read cannot wait for a person. Refuse it, or leave it be: reads run without a rule.",
                    ));
                }
                RuleEffect::Read => {
                    return Err(Error::invalid(
                        "effect",
                        "Reads run without a rule; there is nothing to allow.",
                    ));
                }
                RuleEffect::Any => RuleEffect::Change,
                effect => effect,
            };
        }
        if rule.decision != Decision::Ask && !rule.demands.is_none() {
            return Err(Error::invalid(
                "demands",
                "Only a rule that asks a person can want more than the person's yes.",
            ));
        }
        if rule.is_direct_mode()
            && rule.scope.environments != [Environment::Practice]
            && rule.reason.chars().count() < 10
        {
            return Err(Error::invalid(
                "reason",
                "Writing without asking needs a written reason of at least 10 characters, unless it is for practice orgs only.",
            ));
        }
        self.check_tools(&rule)?;
        for (argument, names) in [
            ("objects", &mut rule.scope.objects),
            ("fields", &mut rule.scope.fields),
        ] {
            names.names = names
                .names
                .iter()
                .map(|name| name.trim().to_owned())
                .collect();
            check_names(argument, names)?;
        }
        if rule
            .scope
            .records
            .is_some_and(|number| number > MOST_RECORDS)
        {
            return Err(Error::invalid(
                "records",
                format!("No call touches more than {MOST_RECORDS} records."),
            ));
        }
        check_callers(&rule)?;
        Ok(rule)
    }

    fn check_tools(&self, rule: &PolicyRule) -> Result<()> {
        for name in &rule.scope.tools.names {
            let Some((_, tool)) = self.catalogue.tool(name) else {
                return Err(Error::invalid(
                    "tools",
                    format!("There is no tool named '{}'.", short(name)),
                ));
            };
            let effect = tool.descriptor().effect;
            if !rule.scope.tools.except && !rule.scope.effect.fits(effect) {
                return Err(Error::invalid(
                    "tools",
                    format!(
                        "'{name}' never does what the rule is about, so that the rule would do nothing."
                    ),
                ));
            }
        }
        if rule.scope.tools.names.len() > MOST_NAMES {
            return Err(too_many("tools"));
        }
        Ok(())
    }
}

fn check_callers(rule: &PolicyRule) -> Result<()> {
    if rule.scope.groups.len() > MOST_NAMES {
        return Err(too_many("groups"));
    }
    if rule.scope.agents.len() > MOST_NAMES {
        return Err(too_many("agents"));
    }
    Ok(())
}

fn check_names(argument: &str, names: &Names) -> Result<()> {
    if names.names.len() > MOST_NAMES {
        return Err(too_many(argument));
    }
    for name in &names.names {
        let well_formed = name.len() <= 128
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !well_formed {
            return Err(Error::invalid(
                argument,
                format!(
                    "'{}' is not an API name: letters, digits and underscores, such as Account or Invoice__c.",
                    short(name)
                ),
            ));
        }
    }
    Ok(())
}

fn too_many(argument: &str) -> Error {
    Error::invalid(
        argument,
        format!("At most {MOST_NAMES} can be named in one rule."),
    )
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

fn one_line(argument: &str, text: &str, least: usize, most: usize) -> Result<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if (least..=most).contains(&text.chars().count()) {
        Ok(text)
    } else {
        Err(Error::invalid(
            argument,
            format!("This has {least} to {most} characters."),
        ))
    }
}
