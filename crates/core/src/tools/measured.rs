//! Counting tool calls: by tool, by outcome, and how long they took.
//!
//! A name that no tool has is counted as `unknown`, so that no caller makes labels. Must not know: arguments, people.

use super::{execute::Answer, hub_tools};
use crate::Hub;
use gatelodge_model::Result;
use metrics::{counter, histogram};
use std::time::Instant;

/// A call under way.
pub(super) struct Measured {
    tool: String,
    effect: &'static str,
    begun: Instant,
}

impl Measured {
    #[expect(
        clippy::disallowed_methods,
        reason = "only a duration is measured for a metric"
    )]
    pub(super) fn begin(hub: &Hub, tool: &str) -> Self {
        let (tool, effect) = match hub.catalogue.tool(tool) {
            Some((_, known)) if known.descriptor().effect.is_write() => (tool, "write"),
            Some(_) => (tool, "read"),
            None if hub_tools::is_known(tool) => (tool, "hub"),
            None => ("unknown", "unknown"),
        };
        Self {
            tool: tool.to_owned(),
            effect,
            begun: Instant::now(),
        }
    }

    pub(super) fn end(self, result: &Result<Answer>) {
        let outcome = match result {
            Ok(Answer::Result(_)) => "ok",
            Ok(Answer::Write(_)) => "proposed",
            Err(error) => error.code(),
        };
        counter!("gatelodge_tool_calls_total", "tool" => self.tool, "outcome" => outcome)
            .increment(1);
        histogram!("gatelodge_tool_call_seconds", "effect" => self.effect)
            .record(self.begun.elapsed().as_secs_f64());
    }
}
