//! The second half of connecting: the provider sends the browser back (RFC 6749 §4.1.2, RFC 9700 §4.7).
//!
//! The state is used up before anything else happens; then person, session and path must be those of the
//! attempt. Must not know: the code's exchange; the keeper does it and commits the tokens first.

use crate::{
    Hub, Person,
    hub::event,
    token::{self, TokenKind},
};
use chrono::TimeDelta;
use gatelodge_keeper_client::{Authorized, CompleteAuthorization, ExpectedAccount, KeeperFailure};
use gatelodge_model::{
    AuditOutcome, AuthorizationFlow, Connection, ConnectionId, ConnectionStatus, Digest, Error,
    ErrorKind, FlowStatus, ReasonCode, Result, Retry, Secret, Trouble, WhoMustAct,
};
use gatelodge_provider::WhenScopeMissing;
use serde_json::json;
use std::{collections::HashMap, time::Duration};
use url::Url;

/// What came back.
#[derive(Clone)]
pub struct Callback {
    /// The whole address as received: a public URL with path and query.
    pub url: Url,
}

/// Paths that older registrations may still carry (ADM-8).
const ALIASES: [&str; 2] = ["/connector/callback", "/api/salesforce-oauth"];

fn dead_state() -> Error {
    Error::new(
        ErrorKind::StateInvalid,
        "This sign-in attempt is unknown, was used already, or took longer than ten minutes.",
    )
    .with_hint(WhoMustAct::Person, "Start again from the Connections page.")
    .with_reason(ReasonCode::AttemptOver)
}

/// An attempt that ended without a connection.
#[derive(Debug)]
pub struct ConnectFailure {
    /// The connection whose page tells what is wrong; none where the attempt is not this person's.
    pub connection: Option<ConnectionId>,
    /// Why.
    pub error: Error,
}

impl std::fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for ConnectFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl From<Error> for ConnectFailure {
    fn from(error: Error) -> Self {
        Self {
            connection: None,
            error,
        }
    }
}

/// Whose turn it is with an answer of the provider's.
enum Claim {
    /// This request's: nobody used the state before.
    Mine(AuthorizationFlow),
    /// Another request's, of the same person and browser: a double click, two tabs, a reload (O14).
    Anothers(AuthorizationFlow),
}

/// How long a second request waits for the first one's result, and how often it looks.
const RESULT_WAIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Providers say that changes of an app take this long (CON-14).
pub(crate) const APP_SETTLES: TimeDelta = TimeDelta::minutes(10);

impl Hub {
    /// Ends an attempt: with a connection, or with the reason why there is none.
    ///
    /// # Errors
    /// `state_invalid`, `session_mismatch`, or what the provider refused, explained.
    pub async fn complete_connect(
        &self,
        person: &Person,
        callback: Callback,
    ) -> Result<Connection, ConnectFailure> {
        let parameters: HashMap<String, String> = callback.url.query_pairs().into_owned().collect();
        let state = parameters
            .get("state")
            .map(|text| Secret::new(text.clone()))
            .ok_or_else(dead_state)?;
        let flow = match self.claim_flow(person, &state, &callback.url).await? {
            Claim::Mine(flow) => flow,
            Claim::Anothers(flow) => return self.result_of(person, flow).await,
        };
        let answer = match (parameters.get("error"), parameters.get("code")) {
            (Some(error), _) => {
                let description = parameters
                    .get("error_description")
                    .map_or("", String::as_str);
                let provider = self.known_provider(&flow.provider)?;
                Err(KeeperFailure::from(
                    provider.explain_oauth_error(error, description),
                ))
            }
            (None, Some(code)) => match self.may_finish(person, &flow).await {
                Ok(()) => self.exchange(&flow, Secret::new(code.clone())).await,
                Err(error) => Err(KeeperFailure::from(error)),
            },
            (None, None) => Err(KeeperFailure::from(dead_state())),
        };
        match answer {
            Ok(authorized) => Ok(self.finish_flow(person, flow, authorized).await?),
            Err(failure) => {
                let error = self.explained(&flow, failure.error).await?;
                self.fail_flow(person, &flow, &error).await?;
                Err(ConnectFailure {
                    connection: Some(flow.connection),
                    error,
                })
            }
        }
    }

    /// Uses the state up, then checks that this person, this browser and this path began it.
    async fn claim_flow(&self, person: &Person, state: &Secret, url: &Url) -> Result<Claim> {
        let digest = token::digest(TokenKind::OAuthState, state);
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let Some(flow) = unit.flows().claim(&digest).await? else {
            drop(unit);
            if let Some(flow) = self.seen_before(person, &digest, url).await? {
                return Ok(Claim::Anothers(flow));
            }
            let refused = event(
                &person.context,
                "connection.refused",
                "state",
                AuditOutcome::Denied,
                json!({ "code": "state_invalid" }),
            );
            self.store.journal().append(refused).await?;
            return Err(dead_state());
        };
        let problem = if flow.expires_at <= self.now() {
            Some(dead_state())
        } else if flow.user != person.user.id || flow.session != person.session.id {
            Some(
                Error::new(
                    ErrorKind::SessionMismatch,
                    "This sign-in was started by another person or in another browser. Nothing was connected.",
                )
                .with_hint(WhoMustAct::Person, "Start again from the Connections page, and finish in the same browser.")
                .with_reason(ReasonCode::OtherBrowser),
            )
        } else if !path_matches(&flow, url) {
            Some(Error::new(
                ErrorKind::StateInvalid,
                "The provider answered at the address of another OAuth app. Nothing was connected.",
            ))
        } else {
            None
        };
        let Some(problem) = problem else {
            let claimed = event(
                &person.context,
                "connection.answered",
                flow.connection,
                AuditOutcome::Success,
                json!({}),
            );
            unit.commit(vec![claimed]).await?;
            return Ok(Claim::Mine(flow));
        };
        unit.flows().finish(flow.id, FlowStatus::Failed).await?;
        let detail = json!({ "code": problem.code() });
        unit.commit(vec![event(
            &person.context,
            "connection.refused",
            flow.connection,
            AuditOutcome::Denied,
            detail,
        )])
        .await?;
        self.keeper
            .abandon_authorization(organization, flow.id)
            .await?;
        Err(problem)
    }

    /// An attempt whose state is used up, if exactly this person, browser and path began it and its time is not
    /// over. Nothing is done for it again; only its result is shown.
    async fn seen_before(
        &self,
        person: &Person,
        digest: &Digest,
        url: &Url,
    ) -> Result<Option<AuthorizationFlow>> {
        let found = self.store.flows().find_by_state_digest(digest).await?;
        Ok(found.filter(|flow| {
            flow.organization == person.context.organization
                && flow.user == person.user.id
                && flow.session == person.session.id
                && flow.expires_at > self.now()
                && path_matches(flow, url)
        }))
    }

    /// The result of an attempt that another request brings to its end.
    async fn result_of(
        &self,
        person: &Person,
        flow: AuthorizationFlow,
    ) -> Result<Connection, ConnectFailure> {
        let ended = async {
            loop {
                let now = self
                    .store
                    .flows()
                    .find_by_state_digest(&flow.state_digest)
                    .await?;
                match now.map(|flow| flow.status) {
                    Some(FlowStatus::Claimed) => tokio::time::sleep(LOOK_AGAIN).await,
                    status => return Ok::<_, Error>(status),
                }
            }
        };
        let status = tokio::time::timeout(RESULT_WAIT, ended)
            .await
            .ok()
            .transpose()?
            .flatten();
        let connection = self.connection(person, flow.connection).await?;
        if status == Some(FlowStatus::Completed) {
            return Ok(connection);
        }
        let error = match self.diagnose(&connection).await? {
            Some(diagnosis) => Error::new(ErrorKind::StateInvalid, diagnosis.what)
                .with_hint(diagnosis.who, diagnosis.to_do)
                .with_reason(diagnosis.reason),
            None => dead_state(),
        };
        Err(ConnectFailure {
            connection: Some(flow.connection),
            error,
        })
    }

    /// Where the app was changed minutes ago, the error with the advice to wait and retry before anything else is
    /// changed (CON-14).
    async fn explained(&self, flow: &AuthorizationFlow, error: Error) -> Result<Error> {
        let app = self
            .store
            .oauth_apps()
            .find(flow.organization, flow.oauth_app)
            .await?;
        let settling = app.is_some_and(|app| {
            let age = self.now() - app.updated_at;
            age < APP_SETTLES && age >= TimeDelta::zero()
        });
        let by_the_app = matches!(
            error.reason(),
            Some(
                ReasonCode::UnknownClientId
                    | ReasonCode::WrongClientSecret
                    | ReasonCode::RedirectMismatch
                    | ReasonCode::InvalidScope
                    | ReasonCode::PkceMissing
                    | ReasonCode::AppNotInstalled
                    | ReasonCode::AppRefused
            )
        );
        if !(settling && by_the_app) {
            return Ok(error);
        }
        let name = self.provider_name(&flow.provider);
        let reason = ReasonCode::AppChangedRecently;
        let mut changed = Error::new(
            error.kind(),
            format!("{} {}", error.message(), reason.what_happened(name)),
        )
        .with_retry(Retry::Later)
        .with_hint(reason.who_must_act(), reason.what_to_do(name))
        .with_reason(reason);
        if let Some(detail) = error.provider() {
            changed = changed.with_provider(detail.clone());
        }
        Ok(changed)
    }

    /// The provider may have been switched off and the app deleted since the attempt began.
    async fn may_finish(&self, person: &Person, flow: &AuthorizationFlow) -> Result<()> {
        self.require_on(&person.organization, &flow.provider)?;
        let app = self
            .store
            .oauth_apps()
            .find(flow.organization, flow.oauth_app)
            .await?;
        if app.is_some() {
            return Ok(());
        }
        let name = self.provider_name(&flow.provider);
        let reason = ReasonCode::AppDeleted;
        Err(Error::new(ErrorKind::Conflict, reason.what_happened(name))
            .with_hint(reason.who_must_act(), reason.what_to_do(name))
            .with_reason(reason))
    }

    async fn exchange(
        &self,
        flow: &AuthorizationFlow,
        code: Secret,
    ) -> Result<Authorized, KeeperFailure> {
        let known = self
            .store
            .connections()
            .find(flow.organization, flow.connection)
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::not_found("connection"))?;
        let expected = known.account.map(|account| ExpectedAccount {
            organization_id: account.organization_id,
            user_id: account.user_id,
        });
        let complete = CompleteAuthorization {
            organization: flow.organization,
            flow: flow.id,
            code,
            expected,
        };
        self.keeper.complete_authorization(complete).await
    }

    async fn finish_flow(
        &self,
        person: &Person,
        flow: AuthorizationFlow,
        authorized: Authorized,
    ) -> Result<Connection> {
        let mut connection = self
            .store
            .connections()
            .find(flow.organization, flow.connection)
            .await?
            .ok_or_else(|| Error::not_found("connection"))?;
        let limited = !authorized.refreshable
            || self
                .known_provider(&flow.provider)?
                .manifest()
                .missing_scopes(&authorized.granted_scopes)
                .any(|scope| scope.when_missing == WhenScopeMissing::Limited);
        connection.status = if limited {
            ConnectionStatus::Limited
        } else {
            ConnectionStatus::Active
        };
        connection.status_changed_at = self.now();
        let earlier_app = connection.oauth_app;
        connection.oauth_app = flow.oauth_app;
        connection.account = Some(authorized.account);
        connection.host = Some(authorized.host);
        connection.granted_scopes = authorized.granted_scopes;
        let unit = self.store.begin(flow.organization).await?;
        let connection = unit.connections().update(&connection).await?;
        let forgotten = if earlier_app == flow.oauth_app {
            None
        } else {
            self.forget_own_values(&unit, flow.organization, earlier_app)
                .await?
        };
        unit.flows().finish(flow.id, FlowStatus::Completed).await?;
        unit.troubles().clear(connection.id).await?;
        unit.probes()
            .schedule(connection.organization, connection.id, self.next_look())
            .await?;
        let detail = json!({
            "provider": connection.provider,
            "environment": connection.environment.as_str(),
            "host": connection.host,
            "account": connection.account.as_ref().map(|account| &account.username),
            "scopes": connection.granted_scopes,
            "status": connection.status.as_str(),
        });
        let connected = event(
            &person.context,
            "connection.connected",
            connection.id,
            AuditOutcome::Success,
            detail,
        );
        unit.commit(vec![connected]).await?;
        self.forget_sealed_values(flow.organization, forgotten)
            .await?;
        self.watch.well(connection.id);
        self.recent_connections.forget();
        Ok(connection)
    }

    async fn fail_flow(
        &self,
        person: &Person,
        flow: &AuthorizationFlow,
        error: &Error,
    ) -> Result<()> {
        self.keeper
            .abandon_authorization(flow.organization, flow.id)
            .await?;
        let known = self
            .store
            .connections()
            .find(flow.organization, flow.connection)
            .await?;
        let unit = self.store.begin(flow.organization).await?;
        unit.flows().finish(flow.id, FlowStatus::Failed).await?;
        let bound = known
            .as_ref()
            .is_some_and(|known| known.oauth_app == flow.oauth_app)
            && known
                .as_ref()
                .is_some_and(|known| known.status != ConnectionStatus::Pending);
        let forgotten = if bound {
            None
        } else {
            self.forget_own_values(&unit, flow.organization, flow.oauth_app)
                .await?
        };
        if let Some(mut connection) = known {
            // A reconnect that failed leaves a working connection as it is.
            if !connection.status.is_usable()
                && let Some(mut trouble) =
                    Trouble::of(flow.organization, flow.connection, error, self.now())
            {
                // What was tried, which may be another host than the account's (O10).
                trouble.host = flow.login_host.clone().or_else(|| connection.host.clone());
                unit.troubles().record(&trouble).await?;
            }
            if connection.status == ConnectionStatus::Pending {
                connection.status = ConnectionStatus::Disconnected;
                connection.status_changed_at = self.now();
                unit.connections().update(&connection).await?;
            }
        }
        let provider = error.provider().map(|detail| &detail.code);
        let detail = json!({
            "code": error.code(), "reason": error.reason(), "provider_code": provider,
        });
        let failed = event(
            &person.context,
            "connection.failed",
            flow.connection,
            AuditOutcome::Failure,
            detail,
        );
        unit.commit(vec![failed]).await?;
        self.forget_sealed_values(flow.organization, forgotten)
            .await?;
        self.recent_connections.forget();
        Ok(())
    }
}

fn path_matches(flow: &AuthorizationFlow, url: &Url) -> bool {
    let Ok(expected) = Url::parse(&flow.redirect_uri) else {
        return false;
    };
    expected.origin() == url.origin()
        && (expected.path() == url.path() || ALIASES.contains(&url.path()))
}
