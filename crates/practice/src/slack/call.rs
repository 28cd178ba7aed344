//! `/api/{method}`: who calls, what for, and the answer with its headers.
//!
//! Must not know what a method does.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

use super::answer::{Answer, Failure, render, warn};
use super::arguments::Arguments;
use super::grants::Grant;
use super::{Slack, access, delete, history, identity, post};
use crate::journal::RequestNote;
use crate::oauth;

/// Who calls a method.
pub(super) struct Caller {
    pub(super) token: String,
    pub(super) grant: Grant,
}

impl Caller {
    /// Whether the token has a scope.
    pub(super) fn needs(&self, scope: &'static str) -> Result<(), Failure> {
        if self.grant.has(scope) {
            return Ok(());
        }
        Err(Failure::MissingScope {
            needed: scope,
            provided: self.grant.scopes.join(","),
        })
    }
}

type Method = fn(&Slack, &Caller, &Arguments) -> Answer;

/// A method that wants a token: its name, the scope that it accepts, and what it does.
const METHODS: [(&str, &str, Method); 7] = [
    ("auth.test", "", identity::test),
    ("auth.revoke", "", identity::revoke),
    ("chat.postMessage", "chat:write", post::post),
    ("chat.delete", "chat:write", delete::delete),
    ("chat.getPermalink", "", history::permalink),
    (
        "conversations.history",
        "channels:history,groups:history,mpim:history,im:history",
        history::history,
    ),
    (
        "conversations.replies",
        "channels:history,groups:history,mpim:history,im:history",
        history::replies,
    ),
];

/// `GET` or `POST /api/{method}`
pub(super) async fn call(
    Shared(slack): Shared<Arc<Slack>>,
    Path(method): Path<String>,
    Extension(note): Extension<RequestNote>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let arguments = match Arguments::read(&headers, &query, &body) {
        Ok(arguments) => arguments,
        Err(failure) => return render(Err(failure)),
    };
    if method == "oauth.v2.access" {
        return finish(&arguments, access::access(&slack, &headers, &arguments));
    }
    let Some((_, accepted, work)) = METHODS.iter().find(|(name, ..)| *name == method) else {
        return render(Err("unknown_method".into()));
    };
    let token = oauth::token_of(&headers).map(ToOwned::to_owned);
    // A token in the query string would end up in logs, so it counts for nothing.
    let in_body = || Arguments::read(&headers, "", &body).ok()?.get("token");
    let Some(token) = token.or_else(in_body) else {
        return finish(&arguments, Err("not_authed".into()));
    };
    let caller = {
        let state = slack.state();
        match state.grants.check(&token, slack.ground.now()) {
            Ok(grant) => {
                let member = state.member(&grant.team, &grant.user_id);
                let username = member.map_or("", |member| member.username.as_str());
                note.set(&grant.user_id, username, Some(&grant.client_id));
                let grant = grant.clone();
                Caller { token, grant }
            }
            Err(word) => return finish(&arguments, Err(word.into())),
        }
    };
    let mut response = finish(&arguments, work(&slack, &caller, &arguments));
    let scopes = caller.grant.scopes.join(",");
    for (name, value) in [
        ("x-oauth-scopes", scopes.as_str()),
        ("x-accepted-oauth-scopes", accepted),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            let headers = response.headers_mut();
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn finish(arguments: &Arguments, mut answer: Answer) -> Response {
    if let (Ok(fields), Some(warning)) = (&mut answer, arguments.warning) {
        warn(fields, warning);
    }
    render(answer)
}
