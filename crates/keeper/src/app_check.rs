//! Trying an OAuth app without anybody who signs in: what a provider says to a request for consent, and to a code that
//! nobody was given. The secret of the app is judged before the code is, so a refused code means an accepted secret.
//!
//! Must not know: what an administrator is told about it.

use crate::{
    egress::{DestinationClass, Exchange, SendFailure},
    failure,
    keeper::Inner,
    token_endpoint::{TokenOutcome, explain},
};
use gatelodge_keeper_client::{AppAnswer, AppCheck, CheckOAuthApp, KeeperResult};
use gatelodge_model::{Error, ReasonCode, Secret, id::new_uuid};
use gatelodge_oauth::{AuthorizeRequest, Dialect, FormRequest, Pkce, TokenErrorClass};
use gatelodge_provider::{Provider, ProviderResponse};
use url::{Position, Url};

impl Inner {
    pub(crate) async fn check_oauth_app(&self, check: CheckOAuthApp) -> KeeperResult<AppCheck> {
        let provider = self.provider(&check.provider)?;
        let app = self
            .bound_app(check.organization, check.app, &check.provider)
            .await?;
        let login_base = self.login_base(provider.as_ref(), &check.login_base)?;
        let manifest = provider.manifest();
        let endpoint = login_base
            .join(&manifest.auth.authorize_path)
            .map_err(Error::internal)?;
        let pkce = Pkce::generate(self.random.as_ref());
        // Nobody waits for this state: an answer with it would be refused.
        let state = new_uuid(self.clock.as_ref(), self.random.as_ref());
        let address = AuthorizeRequest {
            endpoint: &endpoint,
            client_id: &app.client_id,
            redirect_uri: &check.redirect_uri,
            scopes: &scopes(provider.as_ref(), &check.extra_scopes),
            state: &Secret::new(state.to_string()),
            challenge: &pkce.challenge,
            prompt: None,
        }
        .url();
        let authorize = match self.knock(&login_base, &address).await {
            Ok(response) => judge(provider.as_ref(), &address, &check.redirect_uri, &response),
            Err(cause) => AppAnswer::Unreachable {
                error: failure::read(&manifest.name, cause),
            },
        };
        let code = Secret::new("gatelodge-app-check");
        let request = FormRequest::exchange(
            &manifest.auth.token_path,
            &app.client(),
            Dialect::default(),
            &code,
            &check.redirect_uri,
            &pkce.verifier,
        );
        let token = match self.ask_token_endpoint(&login_base, &request).await {
            TokenOutcome::Granted { .. } => AppAnswer::Unclear { status: 200 },
            TokenOutcome::Refused { refusal, .. } => {
                let error = explain(provider.as_ref(), &refusal, app.client_secret.iter()).error;
                match (refusal.class, error.reason()) {
                    // The grant is bad, the client is not.
                    (_, Some(ReasonCode::CodeRejected)) => AppAnswer::Accepted,
                    (TokenErrorClass::RetryLater, _) => AppAnswer::Unreachable { error },
                    _ => AppAnswer::Refused { error },
                }
            }
            TokenOutcome::NotSent(cause) | TokenOutcome::Lost(cause) => AppAnswer::Unreachable {
                error: failure::read(&manifest.name, cause),
            },
        };
        Ok(AppCheck { authorize, token })
    }

    /// Opens the address of the consent page as a browser without any cookie would, and follows nothing.
    async fn knock(
        &self,
        login_base: &Url,
        address: &Url,
    ) -> Result<ProviderResponse, SendFailure> {
        let origin = self.egress.vet(DestinationClass::SignIn, login_base)?;
        self.egress
            .send(Exchange {
                origin: &origin,
                method: "GET",
                path: &address[Position::BeforePath..],
                query: &[],
                headers: &[("accept".to_owned(), "text/html".to_owned())],
                authorization: None,
                body: None,
                time: self.timeouts.token,
            })
            .await
    }
}

/// The scopes to ask for: the least, and those of the manifest's list that were switched on.
pub(crate) fn scopes(provider: &dyn Provider, extra: &[String]) -> Vec<String> {
    let manifest = provider.manifest();
    let declared = extra
        .iter()
        .filter(|name| manifest.optional_scope(name).is_some());
    let mut scopes = manifest.requested_scopes();
    scopes.extend(declared.cloned());
    scopes
}

/// Reads an answer of the authorize endpoint. A wrong app or callback is shown on a page or a redirect within the
/// provider; other refusals come back to us (RFC 6749 §4.1.2.1).
fn judge(
    provider: &dyn Provider,
    asked: &Url,
    redirect_uri: &str,
    response: &ProviderResponse,
) -> AppAnswer {
    let target = response
        .header("location")
        .and_then(|location| asked.join(location).ok());
    if let Some(target) = &target
        && target.as_str().starts_with(redirect_uri)
    {
        let find = |name: &str| {
            let mut pairs = target.query_pairs();
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        return match find("error") {
            Some(error) => AppAnswer::Refused {
                error: provider.explain_oauth_error(
                    &error,
                    find("error_description").as_deref().unwrap_or_default(),
                ),
            },
            None => AppAnswer::Unclear {
                status: response.status,
            },
        };
    }
    let target = target.map(String::from).unwrap_or_default();
    let page = String::from_utf8_lossy(&response.body);
    let shown = provider
        .manifest()
        .shown_there
        .iter()
        .find(|shown| target.contains(&shown.words) || page.contains(&shown.words));
    if let Some(shown) = shown {
        let code = shown.words.strip_prefix("error=").unwrap_or(&shown.words);
        return AppAnswer::Refused {
            error: provider
                .explain_oauth_error(code, &shown.words)
                .with_reason(shown.reason),
        };
    }
    match response.status {
        // Its page for signing in, or the way there.
        200..400 => AppAnswer::Accepted,
        status => AppAnswer::Unclear { status },
    }
}
