//! The address of a provider's consent page (RFC 6749 §4.1.1).
//!
//! Must not know: how `state` is bound to a browser.

use crate::pkce;
use gatelodge_model::Secret;
use url::Url;

/// What goes into the address.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizeRequest<'a> {
    /// The authorize endpoint, without a query of its own.
    pub endpoint: &'a Url,
    /// Public identifier of the OAuth app.
    pub client_id: &'a str,
    /// Byte for byte one of the registered ones.
    pub redirect_uri: &'a str,
    /// What is asked for.
    pub scopes: &'a [String],
    /// Comes back unchanged.
    pub state: &'a Secret,
    /// PKCE challenge.
    pub challenge: &'a str,
    /// `login`, `consent` or `select_account` (OpenID Connect Core §3.1.2.1), where wanted.
    pub prompt: Option<&'a str>,
}

impl AuthorizeRequest<'_> {
    /// The address to open in the person's browser. It holds no secret but `state`, which is meant to
    /// travel through that browser.
    pub fn url(&self) -> Url {
        let mut url = self.endpoint.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri);
        if !self.scopes.is_empty() {
            query.append_pair("scope", &self.scopes.join(" "));
        }
        query
            .append_pair("state", self.state.expose())
            .append_pair("code_challenge", self.challenge)
            .append_pair("code_challenge_method", pkce::METHOD);
        if let Some(prompt) = self.prompt {
            query.append_pair("prompt", prompt);
        }
        drop(query);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_parameter_arrives_as_it_was_given() {
        // proves CON-3, CON-4, CON-8
        let endpoint = Url::parse("https://login.example.com/services/oauth2/authorize").unwrap();
        let scopes = ["api".to_owned(), "refresh_token".to_owned()];
        let url = AuthorizeRequest {
            endpoint: &endpoint,
            client_id: "3MVG9&x=y",
            redirect_uri: "https://hub.example/api/integrations/callback/salesforce?a=b",
            scopes: &scopes,
            state: &Secret::new("st&ate"),
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            prompt: Some("login"),
        }
        .url();
        let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "3MVG9&x=y");
        assert_eq!(
            query["redirect_uri"],
            "https://hub.example/api/integrations/callback/salesforce?a=b"
        );
        assert_eq!(query["scope"], "api refresh_token");
        assert_eq!(query["state"], "st&ate");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["prompt"], "login");
        assert_eq!(url.host_str(), Some("login.example.com"));
    }
}
