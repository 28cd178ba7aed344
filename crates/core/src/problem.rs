//! An error in the words of answers: the members of RFC 9457 §3.1 and ours. REST sends it as
//! `application/problem+json`, MCP as the structured content of a failed tool call, so both say the same.
//!
//! Must not know: either of them. The context of an error is not here: it is for the log.

use crate::http_status;
use gatelodge_model::{Error, RequestId, Retry};
use schemars::JsonSchema;
use serde::Serialize;

/// What a caller is told about a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// `about:blank`: the code says more than an address would (RFC 9457 §4.2.1).
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The code in words.
    pub title: String,
    /// HTTP status of the same refusal in REST.
    pub status: u16,
    /// Stable; programs decide by it.
    pub code: String,
    /// What went wrong this time.
    pub detail: String,
    /// The argument that was wrong, by name or JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Why a connection does not work, where that is the matter: a stable code such as `app_blocked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<gatelodge_model::ReasonCode>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Who must do it: `caller`, `person`, `admin`, `provider_admin`, `operator` or `nobody`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who_must_act: Option<String>,
    /// What can be chosen from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether the same request can succeed: `never`, `later` or `after_action`.
    pub retry: String,
    /// The provider's own answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderProblem>,
    /// Our id of the request; the log has more under it.
    pub request_id: String,
}

/// The provider's own answer, kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProviderProblem {
    /// Which provider.
    pub provider: String,
    /// HTTP status of its answer; 0 when there was none.
    pub status: u16,
    /// Its code, such as `INVALID_FIELD`.
    pub code: String,
    /// Its message, as written.
    pub message: String,
    /// The fields it named.
    pub fields: Vec<String>,
    /// Its id of the request, for its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// What the caller of this request is told.
    pub fn of(error: &Error, request: RequestId) -> Self {
        let provider = error.provider().map(|detail| ProviderProblem {
            provider: detail.provider.clone(),
            status: detail.status,
            code: detail.code.clone(),
            message: detail.message.clone(),
            fields: detail.fields.clone(),
            request_id: detail.request_id.clone(),
        });
        Self {
            field: error.field().map(str::to_owned),
            reason: error.reason(),
            hint: error.hint().map(|hint| hint.text.clone()),
            who_must_act: error.hint().map(|hint| word(&hint.who_must_act)),
            choices: error.choices().to_vec(),
            retry: word(&error.retry()),
            provider,
            ..Self::plain(
                http_status(error.kind()),
                error.code(),
                error.message(),
                request,
            )
        }
    }

    /// A refusal by a face itself, before any use case: a wrong method, a body too large.
    pub fn plain(status: u16, code: &str, detail: &str, request: RequestId) -> Self {
        Self {
            type_uri: "about:blank".to_owned(),
            title: title(code),
            status,
            code: code.to_owned(),
            detail: detail.to_owned(),
            field: None,
            reason: None,
            hint: None,
            who_must_act: None,
            choices: Vec::new(),
            retry: word(&Retry::Never),
            provider: None,
            request_id: request.to_string(),
        }
    }

    /// Adds what the caller should do.
    #[must_use]
    pub fn with_caller_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self.who_must_act = Some(word(&gatelodge_model::WhoMustAct::Caller));
        self
    }
}

/// The serialised word of an enumeration without data.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn title(code: &str) -> String {
    let mut title = code.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{
        ErrorKind, ProviderDetail, WhoMustAct,
        clock::testing::{FixedClock, SeededRandom},
    };
    use serde_json::json;

    fn request() -> RequestId {
        RequestId::generate(&FixedClock::at(0), &SeededRandom::new(1))
    }

    #[test]
    fn every_member_is_told_and_the_context_is_not() {
        // proves L6
        let error = Error::new(ErrorKind::ProviderForbidden, "Salesforce refused.")
            .with_hint(WhoMustAct::ProviderAdmin, "Turn 'API Enabled' on.")
            .with_provider(ProviderDetail {
                provider: "salesforce".into(),
                status: 403,
                code: "API_DISABLED_FOR_ORG".into(),
                message: "The REST API is not enabled for this Organization.".into(),
                fields: vec![],
                request_id: Some("4a2".into()),
            })
            .with_context("sql", "SELECT token");
        let value = serde_json::to_value(Problem::of(&error, request())).unwrap();
        assert_eq!(
            value,
            json!({
                "type": "about:blank",
                "title": "Provider forbidden",
                "status": 403,
                "code": "provider_forbidden",
                "detail": "Salesforce refused.",
                "hint": "Turn 'API Enabled' on.",
                "who_must_act": "provider_admin",
                "retry": "never",
                "provider": {
                    "provider": "salesforce",
                    "status": 403,
                    "code": "API_DISABLED_FOR_ORG",
                    "message": "The REST API is not enabled for this Organization.",
                    "fields": [],
                    "request_id": "4a2",
                },
                "request_id": request().to_string(),
            })
        );
    }

    #[test]
    fn fields_and_choices_are_told() {
        let error =
            Error::invalid("/fields/Amount", "Not a number.").with_choices(vec!["a".into()]);
        let problem = Problem::of(&error, request());
        assert_eq!(problem.field.as_deref(), Some("/fields/Amount"));
        assert_eq!(problem.who_must_act.as_deref(), Some("caller"));
        assert_eq!(problem.choices, ["a"]);
        assert_eq!(problem.status, 400);
    }
}
