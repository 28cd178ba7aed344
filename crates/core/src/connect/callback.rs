//! The second half of connecting: the provider sends the browser back (RFC 6749 §4.1.2, RFC 9700 §4.7).
//!
//! The state is used up before anything else happens; then person, session and path must be those of the
//! attempt. Must not know: the code's exchange; the keeper does it and commits the tokens first.

use crate::{
    Hub, Person,
    hub::event,
    token::{self, TokenKind},
};
use gatelodge_keeper_client::{Authorized, CompleteAuthorization, ExpectedAccount, KeeperFailure};
use gatelodge_model::{
    AuditOutcome, AuthorizationFlow, Connection, ConnectionStatus, Error, ErrorKind, FlowStatus,
    Result, Secret, WhoMustAct,
};
use gatelodge_provider::WhenScopeMissing;
use serde_json::json;
use std::collections::HashMap;
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
}

impl Hub {
    /// Ends an attempt: with a connection, or with the reason why there is none.
    ///
    /// # Errors
    /// `state_invalid`, `session_mismatch`, or what the provider refused, explained.
    pub async fn complete_connect(
        &self,
        person: &Person,
        callback: Callback,
    ) -> Result<Connection> {
        let parameters: HashMap<String, String> = callback.url.query_pairs().into_owned().collect();
        let state = parameters
            .get("state")
            .map(|text| Secret::new(text.clone()))
            .ok_or_else(dead_state)?;
        let flow = self.claim_flow(person, &state, &callback.url).await?;
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
            (None, Some(code)) => self.exchange(&flow, Secret::new(code.clone())).await,
            (None, None) => Err(KeeperFailure::from(dead_state())),
        };
        match answer {
            Ok(authorized) => self.finish_flow(person, flow, authorized).await,
            Err(failure) => {
                self.fail_flow(person, &flow, &failure.error).await?;
                Err(failure.error)
            }
        }
    }

    /// Uses the state up, then checks that this person, this browser and this path began it.
    async fn claim_flow(
        &self,
        person: &Person,
        state: &Secret,
        url: &Url,
    ) -> Result<AuthorizationFlow> {
        let digest = token::digest(TokenKind::OAuthState, state);
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let Some(flow) = unit.flows().claim(&digest).await? else {
            drop(unit);
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
                .with_hint(WhoMustAct::Person, "Start again from the Connections page, and finish in the same browser."),
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
            return Ok(flow);
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
        connection.oauth_app = flow.oauth_app;
        connection.account = Some(authorized.account);
        connection.host = Some(authorized.host);
        connection.granted_scopes = authorized.granted_scopes;
        let unit = self.store.begin(flow.organization).await?;
        let connection = unit.connections().update(&connection).await?;
        unit.flows().finish(flow.id, FlowStatus::Completed).await?;
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
        if let Some(mut connection) =
            known.filter(|known| known.status == ConnectionStatus::Pending)
        {
            connection.status = ConnectionStatus::Disconnected;
            connection.status_changed_at = self.now();
            unit.connections().update(&connection).await?;
        }
        let provider = error.provider().map(|detail| &detail.code);
        let detail = json!({ "code": error.code(), "provider_code": provider });
        let failed = event(
            &person.context,
            "connection.failed",
            flow.connection,
            AuditOutcome::Failure,
            detail,
        );
        unit.commit(vec![failed]).await?;
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
