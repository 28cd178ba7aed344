//! A practice org on a free port with one app, and a client that keeps cookies by hand and follows no redirect.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use gatelodge_practice::oauth::App;
use gatelodge_practice::{Clock, PracticeOptions, RunningPractice, start};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::Value;
use url::Url;

use crate::visitor::Visitor;

pub(crate) const CLIENT_ID: &str = "3MVG9practice";
pub(crate) const CLIENT_SECRET: &str = "consumer-secret";
pub(crate) const CALLBACK: &str = "http://localhost:9/callback";
/// The pair of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A clock that a test moves.
pub(crate) struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        let start = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        Arc::new(Self(Mutex::new(start)))
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A running practice org with what a test needs to use it.
pub(crate) struct TestOrg {
    pub(crate) running: RunningPractice,
    pub(crate) http: Client,
    pub(crate) clock: Arc<TestClock>,
}

pub(crate) fn app() -> App {
    App::confidential(CLIENT_ID, CLIENT_SECRET, "Test app", CALLBACK)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is a client of its own, not a way out of the product"
)]
pub(crate) fn client_builder() -> reqwest::ClientBuilder {
    Client::builder().redirect(redirect::Policy::none())
}

pub(crate) async fn org() -> TestOrg {
    org_with(|_| {}).await
}

pub(crate) async fn org_in(folder: &Path) -> TestOrg {
    org_with(|options| options.data_dir = Some(folder.to_owned())).await
}

pub(crate) async fn org_with(change: impl FnOnce(&mut PracticeOptions)) -> TestOrg {
    let clock = TestClock::new();
    let mut options = PracticeOptions::new();
    options.clock = clock.clone();
    options.apps = vec![app()];
    change(&mut options);
    let running = start(options).await.unwrap();
    let mut http = client_builder();
    if let Some(path) = running.authority_path() {
        let pem = std::fs::read(path).unwrap();
        http = http.tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()]);
    }
    let http = http.build().unwrap();
    TestOrg {
        running,
        http,
        clock,
    }
}

/// A browser at the pages of the practice org.
pub(crate) struct Browser(Visitor);

impl TestOrg {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    /// The first user who may sign in, with the password.
    pub(crate) fn user(&self) -> (String, String) {
        self.running.sign_ins().remove(0)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser(Visitor::with(self.http.clone(), self.running.url()))
    }

    /// The address that starts an authorization, with parameters added or replaced.
    pub(crate) fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
        let mut parameters = BTreeMap::from([
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", CALLBACK),
            ("state", "the state"),
        ]);
        parameters.extend(changes.iter().copied());
        let url = self.url("/services/oauth2/authorize");
        Url::parse_with_params(&url, parameters)
            .unwrap()
            .to_string()
    }

    /// A code for the first user.
    pub(crate) async fn code(&self, changes: &[(&str, &str)]) -> String {
        let (username, password) = self.user();
        let mut browser = self.browser();
        let back = browser
            .authorize(&self.authorize_url(changes), &username, &password)
            .await;
        back["code"].clone()
    }

    /// Sends a form to the token endpoint.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        self.form("/services/oauth2/token", form).await
    }

    pub(crate) async fn form(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let response = self
            .http
            .post(self.url(path))
            .form(form)
            .send()
            .await
            .unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub(crate) async fn exchange(&self, code: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("redirect_uri", CALLBACK),
        ];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        self.token(&form).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> (StatusCode, Value) {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ])
        .await
    }

    /// Tokens of the first user by the whole flow.
    pub(crate) async fn connect(&self) -> Value {
        let code = self.code(&[]).await;
        let (status, answer) = self.exchange(&code, &[]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// Status of a call with this access token.
    pub(crate) async fn call(&self, access_token: &str) -> StatusCode {
        let url = self.url("/services/oauth2/userinfo");
        self.http
            .get(url)
            .bearer_auth(access_token)
            .send()
            .await
            .unwrap()
            .status()
    }

    /// An answer that must be JSON with status 200.
    pub(crate) async fn get_json(&self, path: &str) -> Value {
        let response = self.http.get(self.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    /// An order to the administration interface.
    pub(crate) async fn admin(&self, path: &str, body: Value) -> Value {
        let url = self.url(&format!("/practice/admin/{path}"));
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, address: &str) -> Response {
        self.0.get(address).await
    }

    pub(crate) async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Response {
        self.0.post(address, form).await
    }

    /// Starts a flow, signs in if asked, and gives the address of the consent page or the way back.
    pub(crate) async fn reach_consent(
        &mut self,
        address: &str,
        username: &str,
        password: &str,
    ) -> String {
        let response = self.get(address).await;
        let mut next = location(&response);
        if next.starts_with("/login") {
            let flow = flow_of(&next);
            let form = [
                ("flow", flow.as_str()),
                ("username", username),
                ("password", password),
            ];
            let response = self.post("/login", &form).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            next = location(&response);
        }
        if next.starts_with("/consent") {
            let response = self.get(&next).await;
            if response.status().is_redirection() {
                next = location(&response);
            }
        }
        next
    }

    /// Goes the whole way with "Allow" and gives the parameters that came back.
    pub(crate) async fn authorize(
        &mut self,
        address: &str,
        username: &str,
        password: &str,
    ) -> BTreeMap<String, String> {
        let mut next = self.reach_consent(address, username, password).await;
        if next.starts_with("/consent") {
            next = self.decide(&next, "allow").await;
        }
        back(&next)
    }

    /// Presses a button of the consent page and gives the address that follows.
    pub(crate) async fn decide(&mut self, consent: &str, decision: &str) -> String {
        let flow = flow_of(consent);
        let response = self
            .post("/consent", &[("flow", &flow), ("decision", decision)])
            .await;
        location(&response)
    }
}

pub(crate) fn location(response: &Response) -> String {
    let location = response.headers().get("location");
    let location = location.unwrap_or_else(|| panic!("no redirect but {}", response.status()));
    location.to_str().unwrap().to_owned()
}

pub(crate) fn flow_of(address: &str) -> String {
    address.split_once("flow=").unwrap().1.to_owned()
}

/// The parameters of a redirect to the app.
pub(crate) fn back(address: &str) -> BTreeMap<String, String> {
    assert!(address.starts_with(CALLBACK), "{address}");
    Url::parse(address)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

pub(crate) fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {answer}"))
}
