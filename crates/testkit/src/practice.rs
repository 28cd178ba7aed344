//! A practice org on free ports, and a person at its sign-in and consent pages.
//!
//! Must not know the hub: the address that a flow comes back to is only an address here.

use std::path::Path;

use gatelodge_practice::oauth::App;
use gatelodge_practice::{PracticeOptions, RunningPractice, TlsOptions, start};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use crate::browser::{self, Browser, Reply};

/// The administrator of the practice org.
pub const ADMIN: &str = "admin@northwind-practice.example";
/// A key account manager.
pub const MARIA: &str = "maria.lopez@northwind-practice.example";
/// An account executive with fewer rights.
pub const BEN: &str = "ben.carter@northwind-practice.example";
/// A user who may read only.
pub const RUTH: &str = "ruth.adeyemi@northwind-practice.example";

/// More steps than any real flow has.
const MAX_STEPS: usize = 10;

/// A practice org in this process.
pub struct PracticeOrg {
    running: RunningPractice,
    client: Client,
    _certificates: Option<TempDir>,
}

impl PracticeOrg {
    /// Over http, with these apps.
    pub async fn http(apps: Vec<App>) -> Self {
        let mut options = PracticeOptions::new();
        options.apps = apps;
        Self::start(options).await
    }

    /// Over https, with these apps.
    pub async fn https(apps: Vec<App>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut options = PracticeOptions::new();
        options.apps = apps;
        options.tls = Some(TlsOptions {
            directory: Some(folder.path().to_owned()),
        });
        Self {
            _certificates: Some(folder),
            ..Self::start(options).await
        }
    }

    /// With options of the test's own.
    pub async fn start(options: PracticeOptions) -> Self {
        let running = start(options).await.expect("a practice org");
        let authority = running
            .authority_path()
            .map(|path| std::fs::read(path).expect("a certificate"));
        Self {
            client: browser::client(authority.as_deref()),
            running,
            _certificates: None,
        }
    }

    /// Where it answers.
    pub fn url(&self) -> Url {
        self.running.url().parse().expect("an address")
    }

    /// The org itself, for tests that look behind its answers.
    pub fn running(&self) -> &RunningPractice {
        &self.running
    }

    /// The file with the certificate that clients must trust.
    pub fn authority(&self) -> &Path {
        self.running
            .authority_path()
            .expect("a practice org with TLS")
    }

    /// The readable password of a user.
    pub fn password(&self, username: &str) -> String {
        let found = self
            .running
            .sign_ins()
            .into_iter()
            .find(|(known, _)| known == username);
        found.unwrap_or_else(|| panic!("no user {username}")).1
    }

    /// A person without a session.
    pub fn visitor(&self) -> Visitor {
        Visitor {
            browser: Browser::new(self.client.clone()),
            origin: self.url(),
        }
    }

    /// An order to the administration interface.
    pub async fn admin(&self, path: &str, order: &Value) -> Value {
        admin(&self.client, &self.url(), path, order).await
    }

    /// Stops it.
    pub async fn stop(self) {
        self.running.shutdown().await;
    }
}

/// An order to the administration interface of any practice org.
pub async fn admin(client: &Client, origin: &Url, path: &str, order: &Value) -> Value {
    let url = origin
        .join(&format!("/practice/admin/{path}"))
        .expect("a path");
    browser::read(&url, client.post(url.clone()).json(order))
        .await
        .expect(200)
        .json()
}

/// The app that the demo registered, from the log of a practice org that keeps its files in `folder`: the
/// secret is shown nowhere else.
pub fn registered_app(folder: &Path) -> Value {
    let log = std::fs::read_to_string(folder.join("practice-log.jsonl")).expect("a log");
    let saved = log.lines().find_map(|line| {
        let change: Value = serde_json::from_str(line).ok()?;
        change["oauth"]["app_saved"]
            .as_object()
            .map(|app| Value::Object(app.clone()))
    });
    saved.expect("the demo registers its app")
}

/// How a person answers the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Access is given.
    Allow,
    /// Access is refused.
    Deny,
}

/// A person at the practice org's pages.
pub struct Visitor {
    browser: Browser,
    origin: Url,
}

impl Visitor {
    /// A person at a practice org that runs elsewhere.
    pub fn at(origin: Url) -> Self {
        Self {
            browser: Browser::new(browser::client(None)),
            origin,
        }
    }

    /// Follows a flow from its authorize address: signs in where asked, decides, and gives the address that the
    /// browser is sent to outside the practice org.
    pub async fn follow(
        &mut self,
        authorize: &Url,
        username: &str,
        password: &str,
        decision: Decision,
    ) -> Url {
        let mut at = authorize.clone();
        for _ in 0..MAX_STEPS {
            if at.origin() != self.origin.origin() {
                return at;
            }
            let page = self.browser.get(&at).await;
            at = match page.location() {
                Some(next) => next,
                None => self.answer(&page, username, password, decision).await,
            };
        }
        panic!(
            "the flow did not come to an end; it stands at {}",
            at.path()
        );
    }

    /// The page that a flow stops at, when it never leaves the practice org.
    pub async fn stopped_at(&mut self, authorize: &Url) -> Reply {
        let mut at = authorize.clone();
        for _ in 0..MAX_STEPS {
            let page = self.browser.get(&at).await;
            match page.location() {
                Some(next) => at = next,
                None => return page,
            }
        }
        panic!(
            "the flow did not come to an end; it stands at {}",
            at.path()
        );
    }

    async fn answer(
        &mut self,
        page: &Reply,
        username: &str,
        password: &str,
        decision: Decision,
    ) -> Url {
        let flow = page.hidden("flow");
        let flow = flow.unwrap_or_else(|| {
            panic!("neither sign-in nor consent: {} {}", page.status, page.text)
        });
        let flow = ("flow", flow.as_str());
        let reply = if page.text.contains("name=\"password\"") {
            let action = self.origin.join("/login").expect("a path");
            self.browser
                .post(
                    &action,
                    &[flow, ("username", username), ("password", password)],
                )
                .await
        } else {
            let action = self.origin.join("/consent").expect("a path");
            let word = if decision == Decision::Allow {
                "allow"
            } else {
                "deny"
            };
            self.browser
                .post(&action, &[flow, ("decision", word)])
                .await
        };
        reply
            .location()
            .unwrap_or_else(|| panic!("the form was not accepted: {} {}", reply.status, reply.text))
    }
}
