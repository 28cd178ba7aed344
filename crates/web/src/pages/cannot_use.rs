//! Why somebody cannot use a tool, answered question by question.
//!
//! Must not know: how the answers are found.

use crate::{
    fault::PageResult,
    parts::{Badge, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Visible, one_line, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::{UseAnswer, UseDiagnosis, UseQuestion, UseVerdict};
use gatelodge_model::WhoMustAct;
use serde::Deserialize;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    person: String,
    #[serde(default)]
    tool: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    item: String,
}

/// An answer in the list.
pub(crate) struct AnswerRow {
    pub(crate) question: &'static str,
    pub(crate) badge: Badge,
    pub(crate) words: Option<Visible>,
    pub(crate) to_do: Option<Visible>,
    pub(crate) who: Option<&'static str>,
}

impl AnswerRow {
    fn of(answer: &UseAnswer) -> Self {
        Self {
            question: answer.step.in_words(),
            badge: match answer.verdict {
                UseVerdict::Yes => Badge::new(Tone::Ok, "Yes"),
                UseVerdict::No => Badge::new(Tone::Danger, "No"),
                UseVerdict::NotAsked => Badge::new(Tone::Off, "Not looked at"),
            },
            words: Some(answer.words.as_str())
                .filter(|words| !words.is_empty())
                .map(visible),
            to_do: answer.to_do.as_deref().map(visible),
            who: answer.who.map(WhoMustAct::in_words),
        }
    }
}

/// The answers.
pub(crate) struct Told {
    pub(crate) person: Visible,
    pub(crate) tool: String,
    pub(crate) rows: Vec<AnswerRow>,
    /// The question that keeps them from it.
    pub(crate) obstacle: Option<&'static str>,
}

impl Told {
    pub(crate) fn of(diagnosis: &UseDiagnosis) -> Self {
        Self {
            person: one_line(&diagnosis.person, 120),
            tool: diagnosis.tool.clone(),
            rows: diagnosis.answers.iter().map(AnswerRow::of).collect(),
            obstacle: diagnosis.obstacle().map(|answer| answer.step.in_words()),
        }
    }
}

/// A tool to choose.
pub(crate) struct ToolChoice {
    pub(crate) name: String,
    pub(crate) title: &'static str,
    pub(crate) chosen: bool,
}

#[derive(Template)]
#[template(path = "cannot_use.html")]
pub(crate) struct CannotUsePage {
    pub(crate) frame: Frame,
    pub(crate) tools: Vec<ToolChoice>,
    pub(crate) person: String,
    pub(crate) kind: String,
    pub(crate) item: String,
    pub(crate) told: Option<Told>,
}

/// `GET /cannot-use`: the form, and below it the answers to what it asks.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> PageResult {
    let told = if asked.tool.is_empty() {
        None
    } else {
        let question = UseQuestion {
            person: asked.person.clone(),
            tool: asked.tool.clone(),
            kind: asked.kind.clone(),
            item: asked.item.clone(),
        };
        let diagnosis = state
            .hub
            .can_use(&visitor.person, &question)
            .await
            .map_err(|error| visitor.fault(error))?;
        Some(Told::of(&diagnosis))
    };
    let tools = state.hub.catalogue().tools();
    Ok(respond::ok(&CannotUsePage {
        frame: visitor.frame().at(Section::Connections),
        tools: tools
            .map(|(_, tool)| {
                let descriptor = tool.descriptor();
                let name = descriptor.name.to_string();
                ToolChoice {
                    chosen: name == asked.tool,
                    title: descriptor.title,
                    name,
                }
            })
            .collect(),
        person: asked.person,
        kind: asked.kind,
        item: asked.item,
        told,
    }))
}
