//! The practice HubSpot over real HTTP.

mod consent;
mod contacts;
mod limits;
mod mails;
mod searching;
mod tokens;

use std::sync::Arc;

use gatelodge_practice::hubspot::{HubSpotApp, HubSpotOptions, RunningHubSpot, start};
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::support::TestClock;
use crate::visitor::{ADMIN, Visitor, told};

const CLIENT_ID: &str = "0f6c2d9e-client";
const SECRET: &str = "hubspot-app-secret";
const CALLBACK: &str = "https://hub.example/callback";
const SCOPES: &str = "oauth crm.objects.contacts.read";
const CONTACTS: &str = "/crm/objects/2026-03/contacts";

struct TestHubSpot {
    running: RunningHubSpot,
    clock: Arc<TestClock>,
    visitor: Visitor,
}

fn app() -> HubSpotApp {
    HubSpotApp::new(CLIENT_ID, SECRET, "Test app", CALLBACK)
}

async fn hubspot() -> TestHubSpot {
    hubspot_with(|_| {}).await
}

async fn hubspot_with(change: impl FnOnce(&mut HubSpotOptions)) -> TestHubSpot {
    let clock = TestClock::new();
    let mut options = HubSpotOptions::new();
    options.server.clock = clock.clone();
    options.apps = vec![app()];
    change(&mut options);
    let running = start(options).await.unwrap();
    let visitor = Visitor::at(running.url());
    TestHubSpot {
        running,
        clock,
        visitor,
    }
}

impl TestHubSpot {
    fn authorize_url(&self, scope: &str, more: &[(&str, &str)]) -> String {
        let url = self.visitor.url("/oauth/authorize");
        let mut parameters = vec![
            ("client_id", CLIENT_ID),
            ("scope", scope),
            ("redirect_uri", CALLBACK),
            ("state", "the state"),
        ];
        parameters.extend_from_slice(more);
        Url::parse_with_params(&url, parameters)
            .unwrap()
            .to_string()
    }

    async fn form(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut all = vec![("client_id", CLIENT_ID), ("client_secret", SECRET)];
        all.retain(|(name, _)| !form.iter().any(|(other, _)| other == name));
        all.extend_from_slice(form);
        let request = self.visitor.http.post(self.visitor.url(path)).form(&all);
        let (status, _, body) = told(request.send().await.unwrap(), "").await;
        (status, body)
    }

    async fn exchange(&self, code: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
        ];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        self.form("/oauth/2026-03/token", &form).await
    }

    /// A code of the administrator for the first account.
    async fn code(&mut self, scope: &str) -> String {
        let url = self.authorize_url(scope, &[]);
        self.visitor.come_back(&url, ADMIN, "allow").await["code"].clone()
    }

    /// The administrator connects the first account; the access token.
    async fn connect(&mut self, scope: &str) -> String {
        let code = self.code(scope).await;
        let (status, answer) = self.exchange(&code, &[]).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn get(&self, token: &str, path: &str) -> (StatusCode, Value) {
        let request = self.visitor.http.get(self.visitor.url(path));
        let response = request.bearer_auth(token).send().await.unwrap();
        let (status, _, body) = told(response, "").await;
        (status, body)
    }

    async fn post(&self, token: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.visitor.http.post(self.visitor.url(path));
        let request = request
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body.to_string());
        let (status, _, body) = told(request.send().await.unwrap(), "").await;
        (status, body)
    }
}

/// Checks the shape of every problem; its category.
#[track_caller]
fn category(answer: &Value) -> &str {
    assert_eq!(answer["status"], "error", "{answer}");
    assert_eq!(answer["correlationId"].as_str().unwrap().len(), 36);
    assert!(answer["message"].is_string());
    answer["category"].as_str().unwrap()
}
