//! One exchange with a provider's token or revocation endpoint, and its refusals in words.
//!
//! Must not know: what is stored.

use crate::{
    egress::{Body, DestinationClass, Exchange, SendFailure},
    failure,
    journal::provider_request_id,
    keeper::Inner,
    redact,
};
use gatelodge_keeper_client::KeeperFailure;
use gatelodge_model::{AttentionReason, Error, ErrorKind, Secret, WhoMustAct};
use gatelodge_oauth::{FormRequest, TokenAnswer, TokenError, TokenErrorClass};
use gatelodge_provider::{Provider, ProviderResponse};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// What a token endpoint said or did not say.
#[derive(Debug)]
pub(crate) enum TokenOutcome {
    /// New tokens, and when the last byte of them was there.
    Granted {
        answer: Box<TokenAnswer>,
        answered: Instant,
    },
    /// A refusal, and the provider's id of the request.
    Refused {
        refusal: TokenError,
        request_id: Option<String>,
    },
    /// Certainly nothing arrived there.
    NotSent(SendFailure),
    /// Something may have happened there, and the answer is lost.
    Lost(SendFailure),
}

impl Inner {
    /// Asks a token endpoint.
    pub(crate) async fn ask_token_endpoint(
        &self,
        login_base: &Url,
        request: &FormRequest,
    ) -> TokenOutcome {
        let sent = self
            .post_form(login_base, request, self.timeouts.token)
            .await;
        let answered = Instant::now();
        match sent {
            Ok(response) if response.is_success() => match TokenAnswer::parse(&response.body) {
                Ok(answer) => TokenOutcome::Granted {
                    answer: Box::new(answer),
                    answered,
                },
                Err(cause) => TokenOutcome::Lost(SendFailure::Broken(cause.to_string())),
            },
            Ok(response) => TokenOutcome::Refused {
                refusal: TokenError::parse(response.status, &response.body),
                request_id: provider_request_id(&response),
            },
            Err(failure @ (SendFailure::Denied(_) | SendFailure::Unsent(_))) => {
                TokenOutcome::NotSent(failure)
            }
            Err(failure) => TokenOutcome::Lost(failure),
        }
    }

    /// Posts a form to a vetted sign-in host.
    pub(crate) async fn post_form(
        &self,
        login_base: &Url,
        request: &FormRequest,
        time: Duration,
    ) -> Result<ProviderResponse, SendFailure> {
        let origin = self.egress.vet(DestinationClass::SignIn, login_base)?;
        self.egress
            .send(Exchange {
                origin: &origin,
                method: "POST",
                path: &request.path,
                query: &[],
                headers: &[("accept".to_owned(), "application/json".to_owned())],
                authorization: request.authorization.clone(),
                body: Some(Body::Form(request.body())),
                time,
            })
            .await
    }
}

/// A refusal in the provider's own explanation, without our secrets in it.
pub(crate) fn explain<'a>(
    provider: &dyn Provider,
    refusal: &TokenError,
    secrets: impl Iterator<Item = &'a Secret> + Clone,
) -> KeeperFailure {
    let name = &provider.manifest().name;
    if refusal.error.is_empty() {
        return overloaded(name, refusal.status).into();
    }
    let code = redact::text(&refusal.error, secrets.clone());
    let description = redact::text(&refusal.description, secrets);
    let error = provider.explain_oauth_error(&code, &description);
    match refusal.class {
        TokenErrorClass::Terminal => failure::attention(error, AttentionReason::GrantEnded),
        TokenErrorClass::ApprovalNeeded => failure::attention(error, AttentionReason::AppBlocked),
        TokenErrorClass::RetryLater
        | TokenErrorClass::Configuration
        | TokenErrorClass::AlreadyInProgress => error.into(),
    }
}

/// An answer that is none of OAuth: a gateway's page, or too much load.
fn overloaded(name: &str, status: u16) -> Error {
    let kind = if status == 429 {
        ErrorKind::ProviderLimit
    } else {
        ErrorKind::ProviderUnavailable
    };
    Error::new(
        kind,
        format!("The sign-in service of {name} is not available now (HTTP {status})."),
    )
    .with_hint(
        WhoMustAct::Nobody,
        "The connection is not lost. Try again later.",
    )
}
