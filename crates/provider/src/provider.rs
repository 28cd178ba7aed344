//! A provider as code: its manifest, its tools, and the few judgements that data cannot express.
//!
//! Must not know: credentials beyond the token answer's public facts, stores, pages.

use crate::{
    app_files::{AppFiles, AppRegistration},
    caller::ProviderResponse,
    export::Exports,
    host::LoginHost,
    manifest::Manifest,
    tool::ToolRef,
    trial::Trial,
};
use gatelodge_model::{ApiCount, Error, ExternalAccount, FrozenRequest, Result};
use serde_json::{Map, Value};
use url::Url;

/// Facts of a token answer that are no secrets (RFC 6749 §5.1 and vendors' additions).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// The API's base: scheme, host, port.
    pub instance_url: Url,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The provider's id of the organization, where the answer tells it.
    pub organization_id: Option<String>,
    /// The provider's id of the user, where the answer tells it.
    pub user_id: Option<String>,
}

/// How to ask who we are: a read at the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRequest {
    /// Absolute path at the instance.
    pub path: String,
}

/// Is given the body of an answer piece by piece, wherever it was parted, and says how many records began or are
/// told with each.
pub type RowCounter = Box<dyn FnMut(&[u8]) -> u64 + Send>;

/// A provider of the catalogue.
pub trait Provider: Send + Sync {
    /// Its declaration.
    fn manifest(&self) -> &Manifest;

    /// Its tools, in the order shown.
    fn tools(&self) -> &[ToolRef];

    /// The setup guide, shown in the product; [`crate::Guide`] reads it.
    fn guide(&self) -> &'static str;

    /// The OAuth app as files to deploy at the provider, where it takes such files.
    ///
    /// # Errors
    /// `invalid_argument` for what cannot be registered.
    fn app_files(&self, app: &AppRegistration) -> Result<Option<AppFiles>> {
        let _ = app;
        Ok(None)
    }

    /// The test of a connection, where there is one.
    fn trial(&self) -> Option<&dyn Trial> {
        None
    }

    /// Choices of sign-in host to offer a person, each with words.
    fn login_choices(&self) -> Vec<(LoginHost, &'static str)>;

    /// Reads a sign-in host that somebody typed.
    ///
    /// # Errors
    /// `invalid_argument` with the reason: not https, another host, a path, a port.
    fn parse_login_host(&self, text: &str) -> Result<LoginHost>;

    /// Whether an API base may be used: https, no port, a host of the manifest; or exactly the practice
    /// org that the configuration file names.
    fn accepts_instance(&self, instance: &Url) -> bool;

    /// Reads the public facts of a token answer; `previous` is the instance known before a refresh.
    ///
    /// # Errors
    /// `provider_unavailable` where the answer lacks what a connection needs.
    fn read_token_facts(
        &self,
        answer: &Map<String, Value>,
        previous: Option<&Url>,
    ) -> Result<TokenFacts>;

    /// How to ask who we are.
    fn identity_request(&self, facts: &TokenFacts) -> IdentityRequest;

    /// Reads who we are.
    ///
    /// # Errors
    /// The provider's refusal, or an answer without the ids.
    fn read_identity(&self, response: &ProviderResponse) -> Result<ExternalAccount>;

    /// Whether the API refuses because it takes the access token no longer, so that a fresh one is worth a try.
    /// RFC 6750 §3.1 says 401; a provider whose older services say it in other words tells so here.
    fn refuses_token(&self, response: &ProviderResponse) -> bool {
        response.status == 401
    }

    /// Whether a host answers so that does not hold the account any more, so that it is worth asking where the account
    /// is. The request was not worked on then. A redirect says it everywhere, and none is ever followed.
    fn has_left(&self, response: &ProviderResponse) -> bool {
        matches!(response.status, 301 | 302 | 303 | 307 | 308)
    }

    /// Agrees to a request that starts work at the provider and changes no data there, or refuses it. The keeper
    /// asks before every such request; whatever is not agreed to here never leaves as a read.
    ///
    /// # Errors
    /// `egress_denied`: unless the provider declares such work, always.
    fn may_start(&self, path: &str, body: &str) -> Result<()> {
        let _ = (path, body);
        Err(Error::new(
            gatelodge_model::ErrorKind::EgressDenied,
            "This provider starts no work by a read. Nothing was sent.",
        ))
    }

    /// Agrees to a write whose body carries the session, and names the empty element of the body that takes it; or
    /// refuses. The keeper asks before every such write, and fills the element in itself.
    ///
    /// # Errors
    /// `egress_denied`: unless the provider declares such a request, always.
    fn session_element(&self, request: &FrozenRequest) -> Result<&'static str> {
        let _ = request;
        Err(Error::new(
            gatelodge_model::ErrorKind::EgressDenied,
            "This provider takes no session in a body. Nothing was sent.",
        ))
    }

    /// Counts the records of a successful answer with these headers, for the budget of the connection. Found
    /// without parsing the whole: it is asked for every answer. What a provider cannot tell counts as one.
    fn row_counter(&self, path: &str, headers: &[(String, String)]) -> RowCounter {
        let _ = (path, headers);
        let mut rows = 1;
        Box::new(move |_| std::mem::take(&mut rows))
    }

    /// The objects that a call names in its arguments, for the audit log: names, never values.
    fn objects_named(&self, arguments: &Value) -> Vec<String> {
        let _ = arguments;
        Vec::new()
    }

    /// How many calls the provider counted, where an answer with these headers tells it.
    fn api_count(&self, headers: &[(String, String)]) -> Option<ApiCount> {
        let _ = headers;
        None
    }

    /// When counted calls are forgotten again, for people: "within 24 hours".
    fn api_count_ends(&self) -> &'static str {
        "later"
    }

    /// Its exports, where it has them.
    fn exports(&self) -> Option<&dyn Exports> {
        None
    }

    /// Reads a refusal of the API with its code, message, fields, request id, and our hint.
    fn read_error(&self, response: &ProviderResponse) -> Error;

    /// Explains an error of the authorize or token endpoint (RFC 6749 §4.1.2.1 and §5.2, vendors' additions).
    fn explain_oauth_error(&self, error: &str, description: &str) -> Error;

    /// Headers for an API request on behalf of a named agent, such as a client name for the provider's logs.
    fn client_headers(&self, agent: &str) -> Vec<(String, String)>;

    /// Address of a record in the provider's own pages, to link from ours.
    fn record_url(&self, instance: &Url, object: &str, id: &str) -> Option<Url>;
}
