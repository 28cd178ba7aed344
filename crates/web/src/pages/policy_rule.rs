//! One rule for tool calls: its form, and what is said before a rule that stops something is saved.
//!
//! Must not know: how rules are weighed.

use super::policy::words;
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    state::WebState,
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use gatelodge_core::{RuleChange, RuleSaved};
use gatelodge_model::{
    Decision, Environment, Error, ErrorKind, PolicyRule, PolicyRuleId, Result,
    policy::{Demands, Names, RuleEffect, RuleScope},
};
use serde::Deserialize;

/// A rule as it is typed. Lists are words with blanks, commas or lines between them; groups and agents may have blanks
/// in their names and stand between commas or lines.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RuleForm {
    pub(crate) name: String,
    pub(crate) decision: String,
    pub(crate) effect: String,
    pub(crate) tools: String,
    pub(crate) tools_except: String,
    pub(crate) objects: String,
    pub(crate) objects_except: String,
    pub(crate) fields: String,
    pub(crate) fields_except: String,
    pub(crate) records: String,
    pub(crate) production: String,
    pub(crate) sandbox: String,
    pub(crate) practice: String,
    pub(crate) groups: String,
    pub(crate) agents: String,
    pub(crate) step_up: String,
    pub(crate) four_eyes: String,
    pub(crate) reason: String,
    pub(crate) off: String,
    pub(crate) understood: String,
}

fn mark(on: bool) -> String {
    if on { "yes".to_owned() } else { String::new() }
}

fn list(text: &str) -> Vec<String> {
    text.split(|sign: char| sign.is_whitespace() || sign == ',' || sign == ';')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn lines(text: &str) -> Vec<String> {
    text.split([',', ';', '\n', '\r'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn names(text: &str, except: &str) -> Names {
    Names {
        names: list(text),
        except: !except.is_empty() && !text.trim().is_empty(),
    }
}

impl RuleForm {
    fn of(rule: &PolicyRule) -> Self {
        let scope = &rule.scope;
        let in_environment = |environment| mark(scope.environments.contains(&environment));
        let change = RuleChange::of(rule);
        Self {
            name: rule.name.clone(),
            decision: rule.decision.as_str().to_owned(),
            effect: scope.effect.as_str().to_owned(),
            tools: scope.tools.names.join(", "),
            tools_except: mark(scope.tools.except),
            objects: scope.objects.names.join(", "),
            objects_except: mark(scope.objects.except),
            fields: scope.fields.names.join(", "),
            fields_except: mark(scope.fields.except),
            records: scope
                .records
                .map_or_else(String::new, |number| number.to_string()),
            production: in_environment(Environment::Production),
            sandbox: in_environment(Environment::Sandbox),
            practice: in_environment(Environment::Practice),
            groups: change.groups.join(", "),
            agents: change.agents.join(", "),
            step_up: mark(rule.demands.step_up),
            four_eyes: mark(rule.demands.four_eyes),
            reason: rule.reason.clone(),
            off: mark(!rule.enabled),
            understood: String::new(),
        }
    }

    fn read(&self, rule: Option<PolicyRuleId>) -> Result<RuleChange> {
        let decision = Decision::parse(&self.decision)
            .ok_or_else(|| Error::invalid("decision", "Choose what happens."))?;
        let effect = RuleEffect::parse(&self.effect)
            .ok_or_else(|| Error::invalid("effect", "Choose which calls are meant."))?;
        let records = match self.records.trim() {
            "" => None,
            number => Some(number.parse::<u32>().map_err(|_| {
                Error::invalid(
                    "records",
                    "The number of records is a whole number from 0 on.",
                )
            })?),
        };
        let environments = [
            (Environment::Production, &self.production),
            (Environment::Sandbox, &self.sandbox),
            (Environment::Practice, &self.practice),
        ];
        Ok(RuleChange {
            rule,
            name: self.name.clone(),
            decision,
            scope: RuleScope {
                tools: names(&self.tools, &self.tools_except),
                effect,
                objects: names(&self.objects, &self.objects_except),
                fields: names(&self.fields, &self.fields_except),
                records,
                environments: environments
                    .into_iter()
                    .filter(|(_, mark)| !mark.is_empty())
                    .map(|(environment, _)| environment)
                    .collect(),
                groups: Vec::new(),
                agents: Vec::new(),
            },
            groups: lines(&self.groups),
            agents: lines(&self.agents),
            demands: Demands {
                step_up: !self.step_up.is_empty(),
                four_eyes: !self.four_eyes.is_empty(),
            },
            reason: self.reason.clone(),
            enabled: self.off.is_empty(),
            understood: !self.understood.is_empty(),
        })
    }
}

#[derive(Template)]
#[template(path = "policy_rule.html")]
pub(crate) struct RulePage {
    pub(crate) frame: Frame,
    /// Where the form goes.
    pub(crate) action: String,
    pub(crate) is_new: bool,
    pub(crate) form: RuleForm,
    pub(crate) tools: Vec<String>,
    pub(crate) error: Option<String>,
    pub(crate) hint: Option<String>,
    /// The tools that would stop, before that is confirmed.
    pub(crate) stops: Vec<String>,
}

fn page(
    state: &WebState,
    visitor: &Visitor,
    rule: Option<PolicyRuleId>,
    form: RuleForm,
) -> RulePage {
    RulePage {
        frame: visitor.frame().at(Section::Policy),
        action: rule.map_or_else(
            || "/admin/policy/new".to_owned(),
            |rule| format!("/admin/policy/{rule}"),
        ),
        is_new: rule.is_none(),
        form,
        tools: state
            .hub
            .catalogue()
            .tools()
            .map(|(_, tool)| tool.descriptor().name.to_string())
            .collect(),
        error: None,
        hint: None,
        stops: Vec::new(),
    }
}

async fn submit(
    state: &WebState,
    visitor: &Visitor,
    rule: Option<PolicyRuleId>,
    form: RuleForm,
) -> PageResult {
    let saved = match form.read(rule) {
        Ok(change) => state.hub.save_policy_rule(&visitor.person, change).await,
        Err(error) => Err(error),
    };
    let mut page = page(state, visitor, rule, form);
    match saved {
        Ok(RuleSaved::Saved(_)) => Ok(respond::see("/admin/policy", Some("rule-saved"))),
        Ok(RuleSaved::Stops(stops)) => {
            page.stops = stops;
            Ok(respond::page(StatusCode::CONFLICT, &page))
        }
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidArgument | ErrorKind::Conflict
            ) =>
        {
            page.error = Some(words(&error));
            page.hint = error.hint().map(|hint| hint.text.clone());
            let status = match error.kind() {
                ErrorKind::Conflict => StatusCode::CONFLICT,
                _ => StatusCode::BAD_REQUEST,
            };
            Ok(respond::page(status, &page))
        }
        Err(error) => Err(visitor.fault(error)),
    }
}

/// `GET /admin/policy/new`.
pub(crate) async fn new(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    let form = RuleForm {
        decision: Decision::Deny.as_str().to_owned(),
        effect: RuleEffect::Any.as_str().to_owned(),
        ..RuleForm::default()
    };
    Ok(respond::ok(&page(&state, &visitor, None, form)))
}

/// `POST /admin/policy/new`.
pub(crate) async fn add(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<RuleForm>,
) -> PageResult {
    submit(&state, &visitor, None, form).await
}

async fn found(state: &WebState, visitor: &Visitor, text: &str) -> Result<PolicyRule> {
    let id: PolicyRuleId = id(text, "rule")?;
    state.hub.policy_rule(&visitor.person, id).await
}

/// `GET /admin/policy/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> PageResult {
    let rule = found(&state, &visitor, &text)
        .await
        .map_err(|error| visitor.fault(error))?;
    let form = RuleForm::of(&rule);
    Ok(respond::ok(&page(&state, &visitor, Some(rule.id), form)))
}

/// `POST /admin/policy/{id}`.
pub(crate) async fn save(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
    Fields(form): Fields<RuleForm>,
) -> PageResult {
    let rule = found(&state, &visitor, &text)
        .await
        .map_err(|error| visitor.fault(error))?;
    submit(&state, &visitor, Some(rule.id), form).await
}

/// `POST /admin/policy/{id}/switch`: to the other state. Switching something off that stops is always fine; what is
/// switched on is confirmed like a new rule.
pub(crate) async fn switch(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let rule = found(&state, &visitor, &text).await.map_err(fault)?;
    let on = !rule.enabled;
    let mut change = RuleChange::of(&rule);
    change.enabled = on;
    let saved = state
        .hub
        .save_policy_rule(&visitor.person, change)
        .await
        .map_err(fault)?;
    match saved {
        RuleSaved::Saved(_) => {
            let done = if on { "rule-on" } else { "rule-off" };
            Ok(respond::see("/admin/policy", Some(done)))
        }
        RuleSaved::Stops(stops) => {
            let mut form = RuleForm::of(&rule);
            form.off = String::new();
            let mut page = page(&state, &visitor, Some(rule.id), form);
            page.stops = stops;
            Ok(respond::page(StatusCode::CONFLICT, &page))
        }
    }
}

/// `POST /admin/policy/{id}/delete`.
pub(crate) async fn delete(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let id: PolicyRuleId = id(&text, "rule").map_err(fault)?;
    state
        .hub
        .delete_policy_rule(&visitor.person, id)
        .await
        .map_err(fault)?;
    Ok(respond::see("/admin/policy", Some("rule-deleted")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_people_write_them() {
        assert_eq!(
            list("Account, Contact\nCase"),
            ["Account", "Contact", "Case"]
        );
        assert_eq!(
            lines("EMEA North, APAC\r\nLATAM"),
            ["EMEA North", "APAC", "LATAM"]
        );
        assert!(names("", "yes").is_any());
        assert!(!names("", "yes").except, "all but nothing is everything");
    }

    #[test]
    fn what_is_no_choice_is_refused_by_name() {
        let form = RuleForm {
            decision: "deny".to_owned(),
            effect: "any".to_owned(),
            ..RuleForm::default()
        };
        assert!(form.read(None).is_ok());
        for (broken, field) in [
            (
                RuleForm {
                    decision: "x".to_owned(),
                    ..form.clone()
                },
                "decision",
            ),
            (
                RuleForm {
                    effect: String::new(),
                    ..form.clone()
                },
                "effect",
            ),
            (
                RuleForm {
                    records: "-1".to_owned(),
                    ..form.clone()
                },
                "records",
            ),
            (
                RuleForm {
                    records: "4294967296".to_owned(),
                    ..form.clone()
                },
                "records",
            ),
        ] {
            assert_eq!(broken.read(None).unwrap_err().field(), Some(field));
        }
    }
}
