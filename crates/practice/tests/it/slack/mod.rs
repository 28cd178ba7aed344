//! The practice Slack over real HTTP.

mod consent;
mod limits;
mod posting;
mod reading;
mod tokens;

use std::sync::Arc;

use gatelodge_practice::slack::{RunningSlack, SlackApp, SlackOptions, start};
use serde_json::{Value, json};
use url::Url;

use crate::support::TestClock;
use crate::visitor::{MARIA, Visitor, told};

const CLIENT_ID: &str = "1111.2222";
const SECRET: &str = "slack-app-secret";
const CALLBACK: &str = "https://hub.example/callback";

struct TestSlack {
    running: RunningSlack,
    clock: Arc<TestClock>,
    visitor: Visitor,
}

fn app() -> SlackApp {
    SlackApp::new(CLIENT_ID, SECRET, "Test app", CALLBACK)
}

async fn slack() -> TestSlack {
    slack_with(|_| {}).await
}

async fn slack_with(change: impl FnOnce(&mut SlackOptions)) -> TestSlack {
    let clock = TestClock::new();
    let mut options = SlackOptions::new();
    options.server.clock = clock.clone();
    options.apps = vec![app()];
    change(&mut options);
    let running = start(options).await.unwrap();
    let visitor = Visitor::at(running.url());
    TestSlack {
        running,
        clock,
        visitor,
    }
}

impl TestSlack {
    fn authorize_url(&self, scope: &str, user_scope: &str) -> String {
        let url = self.visitor.url("/oauth/v2/authorize");
        let parameters = [
            ("client_id", CLIENT_ID),
            ("scope", scope),
            ("user_scope", user_scope),
            ("redirect_uri", CALLBACK),
            ("state", "the state"),
        ];
        Url::parse_with_params(&url, parameters)
            .unwrap()
            .to_string()
    }

    /// Calls a method with a form; the answer, whose status must be 200.
    async fn call(&self, method: &str, token: &str, form: &[(&str, &str)]) -> Value {
        let url = self.visitor.url(&format!("/api/{method}"));
        let mut request = self.visitor.http.post(url).form(form);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let (status, id, body) = told(request.send().await.unwrap(), "x-slack-req-id").await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(id.len(), 32);
        body
    }

    /// Exchanges a code, with other or further fields.
    async fn exchange(&self, code: &str, more: &[(&str, &str)]) -> Value {
        let mut form = vec![
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", CLIENT_ID),
            ("client_secret", SECRET),
        ];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        self.call("oauth.v2.access", "", &form).await
    }

    async fn refresh(&self, refresh_token: &Value) -> Value {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.as_str().unwrap()),
            ("client_id", CLIENT_ID),
            ("client_secret", SECRET),
        ];
        self.call("oauth.v2.access", "", &form).await
    }

    /// Maria allows these scopes in Northwind; the answer with the tokens.
    async fn connect(&mut self, scope: &str, user_scope: &str) -> Value {
        let mut url = self.authorize_url(scope, user_scope);
        url.push_str("&team=T01NORTHWIND");
        let back = self.visitor.come_back(&url, MARIA, "allow").await;
        let answer = self.exchange(&back["code"], &[]).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer
    }

    fn bot(&self, scopes: &[&str]) -> String {
        self.running
            .vendor()
            .make_bot_token(CLIENT_ID, scopes)
            .unwrap()
    }

    fn channel(&self, name: &str) -> String {
        self.running.vendor().channel(name).unwrap()
    }
}

/// The word of a failure.
#[track_caller]
fn word(answer: &Value) -> &str {
    assert_eq!(answer["ok"], false, "{answer}");
    answer["error"].as_str().unwrap()
}

fn is_ok(answer: &Value) -> bool {
    answer["ok"] == json!(true)
}
