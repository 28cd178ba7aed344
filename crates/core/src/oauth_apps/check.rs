//! The test of an OAuth app: what people would run into, found without anybody who signs in, in words with who must act
//! (ADM-27, CON-15).
//!
//! Must not know: how the provider is asked; the keeper does it.

use super::callback_url;
use crate::{Hub, Person, hub::event, people::require_admin};
use gatelodge_keeper_client::{AppAnswer, CheckOAuthApp};
use gatelodge_model::{AuditOutcome, Error, OAuthApp, OAuthAppId, ReasonCode, Result, WhoMustAct};
use serde_json::json;
use url::Url;

/// What the test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppTest {
    /// The sign-in host that was asked.
    pub host: String,
    /// One after the other.
    pub steps: Vec<TestStep>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestStep {
    /// What was looked at.
    pub title: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do, where something is to do.
    pub to_do: Option<String>,
    /// Who must do it.
    pub who: Option<WhoMustAct>,
    /// Where to click.
    pub place: Option<String>,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// It works and should be looked at.
    Look,
    /// People run into it.
    Wrong,
    /// It cannot be told without somebody who signs in.
    Unknown,
}

impl Verdict {
    /// The word in rows and on pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Look => "look",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

impl TestStep {
    fn new(title: impl Into<String>, verdict: Verdict, found: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            verdict,
            found: found.into(),
            to_do: None,
            who: None,
            place: None,
        }
    }

    fn asking(mut self, who: WhoMustAct, to_do: impl Into<String>) -> Self {
        self.who = Some(who);
        self.to_do = Some(to_do.into());
        self
    }
}

impl Hub {
    /// Tries an app at a sign-in host: its own where it fixes one, else the given one.
    ///
    /// # Errors
    /// `invalid_argument` without a usable sign-in host; `forbidden`, `not_found`. What the provider answers is in
    /// the result.
    pub async fn test_oauth_app(
        &self,
        person: &Person,
        app: OAuthAppId,
        login_host: Option<&str>,
    ) -> Result<AppTest> {
        require_admin(person)?;
        let app = self.oauth_app(person, app).await?;
        let provider = self.known_provider(&app.provider)?;
        let name = provider.manifest().name.clone();
        let text = app
            .auth_base_url
            .as_deref()
            .or(login_host)
            .unwrap_or_default();
        let login = provider.parse_login_host(text)?;
        let host = login.base.host_str().unwrap_or_default().to_owned();
        let mut steps = self.standing_facts(person, &app, &name);
        if app.client_id.is_empty() {
            steps.push(self.without_client_id(&app));
        } else {
            for (index, public_url) in self.settings.public_urls.iter().enumerate() {
                self.ask_provider(&app, &login.base, public_url, index == 0, &mut steps)
                    .await?;
            }
        }
        steps.push(TestStep::new(
            "Who may authorize, and the permissions of people",
            Verdict::Unknown,
            format!(
                "Whether {name} lets people use this app, and whether they may use the API, shows only when somebody signs in. Connect with an account like your users', not with an administrator's."
            ),
        ));
        let worst = steps.iter().filter(|step| step.verdict == Verdict::Wrong);
        let wrong: Vec<&str> = worst.map(|step| step.title.as_str()).collect();
        let tested = event(
            &person.context,
            "oauth_app.tested",
            app.id,
            if wrong.is_empty() {
                AuditOutcome::Success
            } else {
                AuditOutcome::Failure
            },
            json!({ "host": host, "wrong": wrong }),
        );
        self.store.journal().append(tested).await?;
        Ok(AppTest { host, steps })
    }

    /// What shows without asking anybody.
    fn standing_facts(&self, person: &Person, app: &OAuthApp, name: &str) -> Vec<TestStep> {
        let mut steps = Vec::new();
        if let Err(error) = self.require_on(&person.organization, &app.provider) {
            let hint = error
                .hint()
                .map_or("", |hint| hint.text.as_str())
                .to_owned();
            steps.push(
                TestStep::new("Switched on", Verdict::Wrong, error.message())
                    .asking(WhoMustAct::Admin, hint),
            );
        }
        if !app.enabled {
            steps.push(
                TestStep::new(
                    "Switched on",
                    Verdict::Wrong,
                    "This OAuth app is switched off: nobody can connect with it.",
                )
                .asking(
                    WhoMustAct::Admin,
                    "Tick \"People can connect with this app\" and save.",
                ),
            );
        }
        let warnings = self.scope_warnings(app);
        steps.extend(warnings.into_iter().map(|warning| {
            TestStep::new("Scopes", Verdict::Look, warning)
                .asking(WhoMustAct::Admin, "Switch it off if nobody needs it.")
        }));
        let age = self.now() - app.updated_at;
        if age < crate::connect::APP_SETTLES {
            steps.push(
                TestStep::new(
                    "Changed a moment ago",
                    Verdict::Look,
                    ReasonCode::AppChangedRecently.what_happened(name),
                )
                .asking(
                    ReasonCode::AppChangedRecently.who_must_act(),
                    ReasonCode::AppChangedRecently.what_to_do(name),
                ),
            );
        }
        steps
    }

    fn without_client_id(&self, app: &OAuthApp) -> TestStep {
        if app.asks.client_id {
            return TestStep::new(
                "Client ID",
                Verdict::Unknown,
                "Each person gives an own client id when they connect, so that there is none to try here.",
            );
        }
        TestStep::new("Client ID", Verdict::Wrong, "There is no client id yet.").asking(
            WhoMustAct::Admin,
            format!(
                "Register the app at {} and paste its client id.",
                self.provider_name(&app.provider)
            ),
        )
    }

    async fn ask_provider(
        &self,
        app: &OAuthApp,
        login_base: &Url,
        public_url: &Url,
        first: bool,
        steps: &mut Vec<TestStep>,
    ) -> Result<()> {
        let name = self.provider_name(&app.provider).to_owned();
        let redirect_uri = callback_url(public_url, &app.provider, app.id);
        let answers = self
            .keeper
            .check_oauth_app(CheckOAuthApp {
                organization: app.organization,
                app: app.id,
                provider: app.provider.clone(),
                login_base: login_base.clone(),
                redirect_uri: redirect_uri.clone(),
                extra_scopes: app.scopes.names.clone(),
            })
            .await
            .map_err(Error::from)?;
        let title = format!("Client ID, scopes and callback {redirect_uri}");
        steps.push(self.finding(app, title, &answers.authorize, |fine| {
            format!("{name} knows the client id and {fine} this callback address and these scopes.")
        }));
        // The secret is the same whatever the address is.
        if !first {
            return Ok(());
        }
        if app.asks.client_secret {
            steps.push(TestStep::new(
                "Client secret",
                Verdict::Unknown,
                "Each person gives the secret when they connect, so that there is none to try here.",
            ));
            return Ok(());
        }
        let title = if app.secret_fingerprint.is_some() {
            "Client secret"
        } else {
            "No client secret"
        };
        steps.push(self.finding(app, title.to_owned(), &answers.token, |fine| {
            if app.secret_fingerprint.is_some() {
                format!("{name} {fine} the stored client secret.")
            } else {
                format!("{name} {fine} the app without a client secret.")
            }
        }));
        Ok(())
    }

    fn finding(
        &self,
        app: &OAuthApp,
        title: String,
        answer: &AppAnswer,
        fine: impl Fn(&str) -> String,
    ) -> TestStep {
        match answer {
            AppAnswer::Accepted => TestStep::new(title, Verdict::Fine, fine("accepts")),
            AppAnswer::Refused { error } | AppAnswer::Unreachable { error } => {
                self.refused(app, title, error)
            }
            AppAnswer::Unclear { status } => TestStep::new(
                title,
                Verdict::Unknown,
                format!(
                    "{} answered with HTTP {status}, which says neither yes nor no.",
                    self.provider_name(&app.provider)
                ),
            ),
        }
    }

    /// A refusal in the words that people would get, with the place where it is put right.
    fn refused(&self, app: &OAuthApp, title: String, error: &Error) -> TestStep {
        let mut found = error.message().to_owned();
        if let Some(detail) = error.provider() {
            found = format!("{found} ({}: {})", detail.code, detail.message);
        }
        let mut step = TestStep::new(title, Verdict::Wrong, found);
        if let Some(hint) = error.hint() {
            step = step.asking(hint.who_must_act, hint.text.clone());
        }
        if let Some(remedy) = error
            .reason()
            .and_then(|reason| self.remedy(&app.provider, reason))
        {
            step.place = Some(remedy.place.clone());
            if let Some(ask) = &remedy.ask {
                step.to_do = Some(ask.clone());
            }
            step.who = remedy.who_must_act.or(step.who);
        }
        step
    }
}
