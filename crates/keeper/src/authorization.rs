//! Connecting an account: the address of the consent page, and what follows when the code comes back.
//!
//! A new grant is durable as soon as the token answer proves acceptable, before anything else is asked: held where
//! it ends by itself (O16). It becomes its connection's credential in one commit, once it is known whose it is; until
//! then nothing refreshes it, and what was there before goes on. Must not know: browsers and sessions.

use crate::{
    app_check::scopes,
    credential::{AccountIds, Credential, FORMAT, end_of_life},
    egress::{DestinationClass, Exchange, host_of},
    failure,
    flow::FlowRecord,
    keeper::Inner,
    redact,
    refresh::bearer,
    timeline::Happened,
    token_endpoint::{TokenOutcome, explain},
};
use gatelodge_keeper_client::{
    Authorized, BeginAuthorization, CompleteAuthorization, ExpectedAccount, KeeperResult,
};
use gatelodge_model::{
    ConnectionEventDetail, ConnectionEventKind, Environment, Error, ErrorKind, ExternalAccount,
    OrganizationId, ReasonCode, Secret, WhoMustAct, id::new_uuid,
};
use gatelodge_oauth::{AuthorizeRequest, Dialect, FormRequest, Pkce, TokenAnswer};
use gatelodge_provider::{Provider, TokenFacts};
use std::sync::Arc;
use url::Url;

/// A grant that was just given.
struct Granted {
    credential: Credential,
    facts: TokenFacts,
}

impl Inner {
    pub(crate) async fn begin_authorization(&self, begin: BeginAuthorization) -> KeeperResult<Url> {
        let provider = self.provider(&begin.provider)?;
        let app = self
            .bound_app(begin.organization, begin.oauth_app, &begin.provider)
            .await?;
        let login_base = self.login_base(provider.as_ref(), &begin.login_base)?;
        let manifest = provider.manifest();
        let endpoint = login_base
            .join(&manifest.auth.authorize_path)
            .map_err(Error::internal)?;
        let pkce = Pkce::generate(self.random.as_ref());
        let url = AuthorizeRequest {
            endpoint: &endpoint,
            client_id: &app.client_id,
            redirect_uri: &begin.redirect_uri,
            scopes: &scopes(provider.as_ref(), &begin.extra_scopes),
            state: &begin.state,
            challenge: &pkce.challenge,
            prompt: None,
        }
        .url();
        let record = FlowRecord {
            provider: begin.provider,
            connection: begin.connection,
            owner: Some(begin.user),
            app,
            login_base,
            environment: begin.environment,
            redirect_uri: begin.redirect_uri,
            verifier: pkce.verifier,
        };
        self.keep_flow(begin.organization, begin.flow, &record)
            .await?;
        Ok(url)
    }

    /// A sign-in host that the provider knows and the guard lets pass.
    pub(crate) fn login_base(&self, provider: &dyn Provider, given: &Url) -> Result<Url, Error> {
        let known = provider
            .login_choices()
            .into_iter()
            .any(|(host, _)| host.base.origin() == given.origin());
        if !known {
            let text = given.as_str().trim_end_matches('/');
            let parsed = provider.parse_login_host(text).map_err(|cause| {
                Error::new(
                    ErrorKind::EgressDenied,
                    format!(
                        "'{text}' is no sign-in host of {}.",
                        provider.manifest().name
                    ),
                )
                .with_context("cause", cause)
            })?;
            if parsed.base.origin() != given.origin() {
                return Err(Error::new(
                    ErrorKind::EgressDenied,
                    format!(
                        "'{text}' is no sign-in host of {}.",
                        provider.manifest().name
                    ),
                ));
            }
        }
        Ok(self
            .egress
            .vet(DestinationClass::SignIn, given)?
            .base()
            .clone())
    }

    pub(crate) async fn complete_authorization(
        self: Arc<Self>,
        complete: CompleteAuthorization,
    ) -> KeeperResult<Authorized> {
        let organization = complete.organization;
        let flow = self.take_flow(organization, complete.flow).await?;
        let provider = self.provider(&flow.provider)?;
        let answer = self
            .exchange(provider.as_ref(), &flow, &complete.code)
            .await?;
        let granted = self.judge(organization, provider.as_ref(), &flow, answer)?;
        let held = self
            .hold_grant(organization, flow.connection, &granted.credential)
            .await?;
        let identified = self
            .identify(provider.as_ref(), &granted, complete.expected.as_ref())
            .await;
        let account = match identified {
            Ok(account) => account,
            Err(failure) => {
                self.try_to_end(&held, &granted.credential).await;
                return Err(failure);
            }
        };
        let mut credential = granted.credential;
        credential.account = Some(AccountIds::from(&account));
        // Should the answer get lost here, it may be stored: what is not is ended when its time comes.
        let previous = self.adopt_grant(&held, &credential).await?;
        let kind = if previous.is_some() {
            ConnectionEventKind::Reconnected
        } else {
            ConnectionEventKind::Connected
        };
        let host = host_of(&credential.instance_url);
        self.timeline.add(Happened {
            organization,
            connection: flow.connection,
            kind,
            detail: ConnectionEventDetail {
                host: Some(host.clone()),
                ..ConnectionEventDetail::default()
            },
        });
        if let Ok(opened) = self.credential(organization, flow.connection).await {
            self.learn_end(&opened);
        }
        if let Some(previous) = previous
            && previous.refresh_token != credential.refresh_token
        {
            self.end_in_background(organization, flow.connection, previous);
        }
        Ok(Authorized {
            account,
            host,
            granted_scopes: credential.granted_scopes,
            refreshable: credential.refresh_token.is_some(),
        })
    }

    async fn exchange(
        &self,
        provider: &dyn Provider,
        flow: &FlowRecord,
        code: &Secret,
    ) -> KeeperResult<TokenAnswer> {
        let request = FormRequest::exchange(
            &provider.manifest().auth.token_path,
            &flow.app.client(),
            Dialect::default(),
            code,
            &flow.redirect_uri,
            &flow.verifier,
        );
        let name = &provider.manifest().name;
        match self.ask_token_endpoint(&flow.login_base, &request).await {
            TokenOutcome::Granted { answer, .. } => Ok(*answer),
            TokenOutcome::Refused { refusal, .. } => {
                let secrets = [
                    Some(code),
                    Some(&flow.verifier),
                    flow.app.client_secret.as_ref(),
                ];
                let failure = explain(provider, &refusal, secrets.into_iter().flatten());
                // There is no connection yet, or the one there is was not touched.
                Err(failure.error.into())
            }
            TokenOutcome::NotSent(cause) | TokenOutcome::Lost(cause) => {
                let error = failure::read(name, cause)
                    .with_hint(WhoMustAct::Person, "Begin again from the connections page.");
                Err(error.into())
            }
        }
    }

    /// Makes a credential of an answer, if it leads to a host of the provider (O11).
    fn judge(
        self: &Arc<Self>,
        organization: OrganizationId,
        provider: &dyn Provider,
        flow: &FlowRecord,
        answer: TokenAnswer,
    ) -> KeeperResult<Granted> {
        let manifest = provider.manifest();
        let facts = provider.read_token_facts(&answer.facts, None);
        let now = self.clock.now();
        let mut credential = Credential {
            format: FORMAT,
            expires_at: end_of_life(&answer, now),
            provider: flow.provider.clone(),
            environment: flow.environment,
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            instance_url: flow.login_base.clone(),
            login_base: flow.login_base.clone(),
            token_path: manifest.auth.token_path.clone(),
            revoke_path: manifest.auth.revoke_path.clone(),
            app: flow.app.clone(),
            granted_scopes: answer.scopes.unwrap_or_else(|| manifest.requested_scopes()),
            owner: flow.owner,
            grant: Some(new_uuid(self.clock.as_ref(), self.random.as_ref())),
            account: None,
            issued_at: now,
        };
        let facts = match facts {
            Ok(facts) => facts,
            Err(error) => {
                self.end_in_background(organization, flow.connection, credential);
                return Err(error.into());
            }
        };
        if !self.accepts(provider, &flow.login_base, &facts.instance_url) {
            self.end_in_background(organization, flow.connection, credential);
            let host = facts.instance_url.host_str().unwrap_or_default();
            return Err(failure::host_refused(&manifest.name, host));
        }
        credential.instance_url = facts.instance_url.clone();
        if let (Some(organization_id), Some(user_id)) = (&facts.organization_id, &facts.user_id) {
            credential.account = Some(AccountIds {
                organization_id: organization_id.clone(),
                user_id: user_id.clone(),
            });
        }
        Ok(Granted { credential, facts })
    }

    /// Whose grant it is, if it is whose it should be.
    async fn identify(
        &self,
        provider: &dyn Provider,
        granted: &Granted,
        expected: Option<&ExpectedAccount>,
    ) -> KeeperResult<ExternalAccount> {
        let name = &provider.manifest().name;
        let environment = granted.credential.environment;
        let as_expected = |known: &AccountIds| match expected {
            Some(expected) if !is_expected(expected, known) => {
                Err(another_account(name, environment, expected, known))
            }
            _ => Ok(()),
        };
        if let Some(known) = &granted.credential.account {
            as_expected(known)?;
        }
        let account = self.introduce(provider, granted).await?;
        as_expected(&AccountIds::from(&account))?;
        Ok(account)
    }

    /// Asks who we are.
    async fn introduce(
        &self,
        provider: &dyn Provider,
        granted: &Granted,
    ) -> KeeperResult<ExternalAccount> {
        let name = &provider.manifest().name;
        let request = provider.identity_request(&granted.facts);
        let origin = self
            .egress
            .vet(DestinationClass::Provider, &granted.credential.instance_url)?;
        let response = self
            .egress
            .send(Exchange {
                origin: &origin,
                method: "GET",
                path: &request.path,
                query: &[],
                headers: &[("accept".to_owned(), "application/json".to_owned())],
                authorization: Some(bearer(&granted.credential.access_token)),
                body: None,
                time: self.timeouts.call,
            })
            .await
            .map_err(|cause| failure::read(name, cause))?;
        let response = redact::response(response, granted.credential.secrets());
        Ok(provider.read_identity(&response)?)
    }
}

fn is_expected(expected: &ExpectedAccount, known: &AccountIds) -> bool {
    expected.organization_id == known.organization_id && expected.user_id == known.user_id
}

/// A sandbox that was refreshed is another organization with the same users (O13).
fn another_account(
    name: &str,
    environment: Environment,
    expected: &ExpectedAccount,
    known: &AccountIds,
) -> Error {
    let reason = if environment == Environment::Sandbox
        && expected.organization_id != known.organization_id
    {
        ReasonCode::SandboxRefreshed
    } else {
        ReasonCode::OtherAccount
    };
    Error::new(ErrorKind::Conflict, reason.what_happened(name))
        .with_hint(reason.who_must_act(), reason.what_to_do(name))
        .with_reason(reason)
}
