//! What a tool call answers: structured content for programs, text for models, and errors that a model can
//! read and act on.
//!
//! Must not know: tools.

use gatelodge_core::{Answer, Problem, WriteAnswer, WriteStatus};
use gatelodge_model::{Error, ErrorKind, RequestId};
use rmcp::{
    ErrorData,
    model::{CallToolResult, ContentBlock},
};
use serde_json::Value;
use std::fmt::Write as _;

/// The result of a call that the hub answered.
pub(crate) fn succeeded(answer: Answer) -> Result<CallToolResult, ErrorData> {
    match answer {
        Answer::Result(value) => Ok(CallToolResult::structured(value)),
        Answer::Write(answer) => {
            let next = what_next(&answer);
            let mut result = CallToolResult::structured(to_value(&answer)?);
            result.content.insert(0, ContentBlock::text(next));
            Ok(result)
        }
    }
}

/// What an agent should do after a write, in words.
fn what_next(answer: &WriteAnswer) -> String {
    let Some(proposal) = &answer.proposal else {
        return match answer.status {
            WriteStatus::Done => "The change was made.".to_owned(),
            WriteStatus::Pending => "The change is under way.".to_owned(),
            WriteStatus::Failed => "The change was not made.".to_owned(),
            WriteStatus::Unknown => "Nobody knows whether the change was made.".to_owned(),
        };
    };
    match answer.status {
        WriteStatus::Pending => format!(
            "Nothing has changed yet: a person must decide about proposal {id}. Ask them to open {url} (it waits until {until}). Then call gatelodge_get_proposal with id {id} and wait_seconds 50 to learn the outcome. Do not propose the same change again.",
            id = proposal.id,
            url = proposal.review_url,
            until = proposal.expires_at.to_rfc3339(),
        ),
        WriteStatus::Done => format!("The change of proposal {} was made.", proposal.id),
        WriteStatus::Failed => format!(
            "The change of proposal {} was not made; its status is {}.",
            proposal.id, proposal.status
        ),
        WriteStatus::Unknown => format!(
            "Nobody knows yet whether the change of proposal {} was made. Do not repeat it; tell the person to look at {}.",
            proposal.id, proposal.review_url
        ),
    }
}

/// A refused call. A tool that does not exist is a fault of the protocol's kind (MCP 2025-11-25, Tools,
/// Error Handling: -32602); everything else is for the model to read and to act on.
pub(crate) fn failed(error: &Error, request: RequestId) -> Result<CallToolResult, ErrorData> {
    let problem = Problem::of(error, request);
    if problem.status >= 500 {
        tracing::warn!(%request, code = %problem.code, context = ?error.context(), "a tool call failed");
    } else {
        tracing::debug!(%request, code = %problem.code, context = ?error.context(), "a tool call was refused");
    }
    let text = in_words(&problem);
    let value = to_value(&problem)?;
    if error.kind() == ErrorKind::UnknownTool {
        return Err(ErrorData::invalid_params(text, Some(value)));
    }
    let mut result = CallToolResult::structured_error(value);
    result.content.insert(0, ContentBlock::text(text));
    Ok(result)
}

/// A problem in sentences.
fn in_words(problem: &Problem) -> String {
    let mut text = format!("{} ({})", problem.detail, problem.code);
    // Writing to a String cannot fail.
    if let Some(field) = problem.field.as_deref().filter(|field| !field.is_empty()) {
        let _ = write!(text, "\nArgument: {field}");
    }
    if let Some(provider) = &problem.provider {
        let _ = write!(
            text,
            "\n{} said: {}: {}",
            provider.provider, provider.code, provider.message
        );
        if !provider.fields.is_empty() {
            let _ = write!(text, " [{}]", provider.fields.join(", "));
        }
    }
    if !problem.choices.is_empty() {
        let _ = write!(text, "\nChoices: {}", problem.choices.join("; "));
    }
    if let Some(hint) = &problem.hint {
        let _ = write!(text, "\nWhat to do: {hint}");
    }
    if let Some(who) = &problem.who_must_act {
        let _ = write!(text, "\nWho must act: {}", who.replace('_', " "));
    }
    let _ = write!(text, "\nRequest: {}", problem.request_id);
    text
}

fn to_value<T: serde::Serialize>(value: &T) -> Result<Value, ErrorData> {
    serde_json::to_value(value)
        .map_err(|_| ErrorData::internal_error("The answer could not be written.", None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{
        ProviderDetail, WhoMustAct,
        clock::testing::{FixedClock, SeededRandom},
    };

    fn request() -> RequestId {
        RequestId::generate(&FixedClock::at(0), &SeededRandom::new(1))
    }

    fn refused() -> Error {
        Error::new(ErrorKind::ProviderRejected, "Salesforce refused the query.")
            .with_hint(WhoMustAct::Caller, "Correct the query.")
            .with_provider(ProviderDetail {
                provider: "salesforce".into(),
                status: 400,
                code: "INVALID_FIELD".into(),
                message: "No such column 'Nam'".into(),
                fields: vec!["Nam".into()],
                request_id: None,
            })
    }

    #[test]
    fn a_failed_call_is_told_in_words_and_in_members() {
        let result = serde_json::to_value(failed(&refused(), request()).unwrap()).unwrap();
        assert_eq!(result["isError"], true);
        assert_eq!(result["structuredContent"]["code"], "provider_rejected");
        assert_eq!(
            result["structuredContent"]["provider"]["code"],
            "INVALID_FIELD"
        );
        assert_eq!(
            result["structuredContent"]["request_id"],
            request().to_string()
        );
        let text = result["content"][0]["text"].as_str().unwrap();
        for words in [
            "No such column 'Nam'",
            "Correct the query.",
            "caller",
            "[Nam]",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn a_tool_that_does_not_exist_is_a_protocol_error() {
        let error = Error::new(ErrorKind::UnknownTool, "There is no tool named 'x'.")
            .with_choices(vec!["salesforce_query".into()]);
        let refusal = failed(&error, request()).unwrap_err();
        assert_eq!(refusal.code.0, -32602);
        assert!(refusal.message.contains("salesforce_query"));
    }

    #[test]
    fn the_log_keeps_what_the_caller_does_not_see() {
        let error = Error::internal("the disk is on fire");
        let result = serde_json::to_string(&failed(&error, request()).unwrap()).unwrap();
        assert!(!result.contains("fire"), "{result}");
    }
}
