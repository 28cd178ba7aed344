//! A look at a connection: one cheap call with the access token, to the path that the provider's manifest names.
//!
//! Where the token is refused, introspection (RFC 7662) tells whether only the session is over or the grant too;
//! it names the refresh token to its own issuer and does not use it. A look never refreshes (invariant 7). Must
//! not know: when somebody looks.

use crate::{
    credential::AccountIds,
    credentials::version_of,
    egress::{Exchange, SendFailure},
    failure,
    keeper::Inner,
    redact,
    refresh::bearer,
    slot::Opened,
};
use gatelodge_keeper_client::{KeeperFailure, KeeperResult, ProbeOutcome};
use gatelodge_model::{
    AttentionReason, ConnectionId, Environment, Error, ErrorKind, OrganizationId, ReasonCode,
};
use gatelodge_oauth::{Dialect, FormRequest, Introspection, TokenHint};
use gatelodge_provider::ProviderResponse;
use std::sync::Arc;

impl Inner {
    /// Looks at a connection.
    pub(crate) async fn probe(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<ProbeOutcome> {
        let opened = match self.credential(organization, connection).await {
            Ok(opened) => opened,
            Err(failure) => return unopened(failure),
        };
        let Some(path) = opened.provider.manifest().probe_path.clone() else {
            return Ok(ProbeOutcome::Unsupported);
        };
        let response = match self.look(&opened, &path).await {
            Ok(response) => response,
            Err(cause) => return Ok(unreachable_by(&opened, cause)),
        };
        if !opened.provider.refuses_token(&response) {
            return Ok(judge(&opened, &response));
        }
        // Another host may have refreshed since this one opened the credential.
        let Some(row) = self.row(organization, connection).await? else {
            return Ok(ProbeOutcome::NotConnected);
        };
        if version_of(&row) == opened.version {
            return self.after_refusal(&opened).await;
        }
        let newer = match self.open_row(&row).await {
            Ok(newer) => newer,
            Err(failure) => return unopened(failure),
        };
        self.slots.of(organization, connection).state().opened = Some(Arc::clone(&newer));
        match self.look(&newer, &path).await {
            Ok(response) if newer.provider.refuses_token(&response) => {
                self.after_refusal(&newer).await
            }
            Ok(response) => Ok(judge(&newer, &response)),
            Err(cause) => Ok(unreachable_by(&newer, cause)),
        }
    }

    async fn look(&self, opened: &Opened, path: &str) -> Result<ProviderResponse, SendFailure> {
        let response = self
            .egress
            .send(Exchange {
                origin: &opened.instance,
                method: "GET",
                path,
                query: &[],
                headers: &[("accept".to_owned(), "application/json".to_owned())],
                authorization: Some(bearer(&opened.credential.access_token)),
                body: None,
                time: self.timeouts.token,
            })
            .await?;
        Ok(redact::response(response, opened.credential.secrets()))
    }

    /// The access token is refused: is the grant gone as well?
    async fn after_refusal(&self, opened: &Opened) -> KeeperResult<ProbeOutcome> {
        let over = ProbeOutcome::SessionOver {
            grant_confirmed: false,
        };
        let credential = &opened.credential;
        let Some(refresh_token) = &credential.refresh_token else {
            let failure = failure::session_ended(opened.provider_name());
            return Ok(ProbeOutcome::GrantEnded {
                error: failure.error.with_reason(ReasonCode::SessionEnded),
                attention: AttentionReason::SessionEnded,
            });
        };
        let Some(path) = &opened.provider.manifest().auth.introspect_path else {
            return Ok(over);
        };
        let request = FormRequest::introspect(
            path,
            &credential.app.client(),
            Dialect::default(),
            refresh_token,
            TokenHint::Refresh,
        );
        let answer = self
            .post_form(&credential.login_base, &request, self.timeouts.token)
            .await;
        // A provider that does not let us ask has said nothing about the grant.
        let active = match answer {
            Ok(response) if response.is_success() => Introspection::parse(&response.body)
                .ok()
                .map(|answer| answer.active),
            _ => None,
        };
        match active {
            None => return Ok(over),
            Some(true) => {
                return Ok(ProbeOutcome::SessionOver {
                    grant_confirmed: true,
                });
            }
            Some(false) => {}
        }
        // A refresh under way anywhere makes the token that was named a used one: that says nothing.
        let row = self.row(opened.organization, opened.connection).await?;
        let unchanged =
            row.is_some_and(|row| row.intent.is_none() && version_of(&row) == opened.version);
        let refreshing = self
            .slots
            .of(opened.organization, opened.connection)
            .state()
            .flight
            .is_some();
        if !unchanged || refreshing {
            return Ok(over);
        }
        Ok(ProbeOutcome::GrantEnded {
            error: revoked(opened.provider_name()),
            attention: AttentionReason::GrantEnded,
        })
    }
}

fn unopened(failure: KeeperFailure) -> KeeperResult<ProbeOutcome> {
    match failure {
        KeeperFailure {
            error,
            attention: Some(attention),
        } => Ok(ProbeOutcome::Unusable {
            error: error.with_reason(attention.into()),
            attention,
        }),
        failure if failure.error.kind() == ErrorKind::NotConnected => {
            Ok(ProbeOutcome::NotConnected)
        }
        failure => Err(failure),
    }
}

fn unreachable_by(opened: &Opened, cause: SendFailure) -> ProbeOutcome {
    ProbeOutcome::Unreachable {
        error: failure::read(opened.provider_name(), cause).with_reason(ReasonCode::ProviderDown),
    }
}

/// What an answer says that is no refusal of the token.
fn judge(opened: &Opened, response: &ProviderResponse) -> ProbeOutcome {
    let provider = opened.provider.as_ref();
    if response.is_success() {
        // A page of a gateway in between has a status of success as well.
        let Ok(account) = provider.read_identity(response) else {
            return ProbeOutcome::Unreachable {
                error: Error::new(
                    ErrorKind::ProviderUnavailable,
                    format!(
                        "{} did not say whose access this is.",
                        opened.provider_name()
                    ),
                )
                .with_reason(ReasonCode::ProviderDown),
            };
        };
        let ids = AccountIds::from(&account);
        return match &opened.credential.account {
            Some(known) if *known != ids => ProbeOutcome::Refused {
                error: another(opened, known.organization_id != ids.organization_id),
            },
            _ => ProbeOutcome::Works,
        };
    }
    let error = provider.read_error(response);
    if response.status >= 500
        || matches!(response.status, 408 | 420 | 425 | 429)
        || response.status < 400
    {
        let reason = error.reason().unwrap_or(ReasonCode::ProviderDown);
        return ProbeOutcome::Unreachable {
            error: error.with_reason(reason),
        };
    }
    let reason = error.reason().unwrap_or(ReasonCode::Unclear);
    ProbeOutcome::Refused {
        error: error.with_reason(reason),
    }
}

/// The same address and token lead to somebody else now: a sandbox that was made anew has another id.
fn another(opened: &Opened, other_organization: bool) -> Error {
    let sandbox = opened.credential.environment == Environment::Sandbox;
    let reason = if other_organization && sandbox {
        ReasonCode::SandboxRefreshed
    } else {
        ReasonCode::OtherAccount
    };
    Error::new(
        ErrorKind::ReconnectNeeded,
        reason.what_happened(opened.provider_name()),
    )
    .with_hint(
        reason.who_must_act(),
        reason.what_to_do(opened.provider_name()),
    )
    .with_reason(reason)
}

fn revoked(provider: &str) -> Error {
    let reason = ReasonCode::GrantRevoked;
    Error::new(ErrorKind::ReconnectNeeded, reason.what_happened(provider))
        .with_hint(reason.who_must_act(), reason.what_to_do(provider))
        .with_reason(reason)
}
