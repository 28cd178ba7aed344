//! The test of a connection: which tools are tried, with what, and what their answers mean for people.
//!
//! A trial only plans and judges; `core` runs each tool as it runs every other call. Must not know: how a tool is run,
//! pages.

use serde_json::Value;
use std::collections::BTreeMap;

/// What earlier steps found out, for later ones: names and ids, no other content of records.
pub type Learned = BTreeMap<String, String>;

/// A step of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialStep {
    /// Its name in addresses.
    pub slug: &'static str,
    /// What is tried.
    pub title: &'static str,
    /// The tool that is tried.
    pub tool: &'static str,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum TrialPlan {
    /// Runs the tool with these arguments; with the next ones where the provider refuses them.
    Try(Vec<Value>),
    /// Tries nothing, because of what earlier steps found.
    Skip {
        /// Why.
        why: &'static str,
        /// What to do.
        to_do: &'static str,
    },
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialVerdict {
    /// As it should be.
    Works,
    /// It works, and somebody should look at what was found.
    Attention,
    /// It does not work.
    Fails,
    /// It was not tried.
    Skipped,
}

/// What an answer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Whether that is as it should be.
    pub verdict: TrialVerdict,
    /// What was seen.
    pub words: String,
    /// What to do about it.
    pub to_do: Option<&'static str>,
}

impl Shown {
    /// All well.
    pub fn works(words: impl Into<String>) -> Self {
        Self {
            verdict: TrialVerdict::Works,
            words: words.into(),
            to_do: None,
        }
    }

    /// Worth a look.
    pub fn attention(words: impl Into<String>, to_do: &'static str) -> Self {
        Self {
            verdict: TrialVerdict::Attention,
            words: words.into(),
            to_do: Some(to_do),
        }
    }
}

/// The trial of a provider.
pub trait Trial: Send + Sync {
    /// Its steps, in their order.
    fn steps(&self) -> &'static [TrialStep];

    /// What a step does. `learned` came back from a browser: it is text of somebody's, not of ours.
    fn plan(&self, step: &TrialStep, learned: &Learned) -> TrialPlan;

    /// Judges the answer of a step's tool and keeps what later steps need.
    fn read(&self, step: &TrialStep, answer: &Value, learned: &mut Learned) -> Shown;

    /// The reads that show whether an item is there: the kind of thing first, then the thing.
    fn looks(&self, kind: &str, item: Option<&str>) -> Vec<(&'static str, Value)>;

    /// Whether the kind of thing supports what a tool does, by the answer of the first look.
    fn supports(&self, tool: &str, answer: &Value) -> Shown;

    /// What to do where the provider refuses a step, where the refusal itself does not say it.
    fn remedy(&self, step: &TrialStep) -> &'static str;
}
