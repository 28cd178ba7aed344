//! The smallest provider: what the manifest of a real one says, and no tools.

use gatelodge_model::{
    Environment, Error, ErrorKind, ExternalAccount, FrozenRequest, ProviderDetail, Result,
};
use gatelodge_provider::{
    IdentityRequest, LoginHost, Manifest, Provider, ProviderResponse, RowCounter, TokenFacts,
    ToolRef,
};
use serde_json::{Map, Value};
use url::Url;

pub(crate) const SLUG: &str = "small";

/// Takes the session in its body.
pub(crate) const SESSION_PATH: &str = "/data/session";
pub(crate) const SESSION_BODY: &str = "<h><s:id/></h><b>restore</b>";
/// What it says to an ended session, with status 500.
pub(crate) const SESSION_ENDED: &str = "session ended";

pub(crate) const MANIFEST: &str = r#"
slug = "small"
name = "Small CRM"
summary = "A provider for tests."
capabilities = ["crm"]
api_hosts = ["*.small.test"]
residency = "here"
review = []
probe_path = "/me"

[auth]
method = "oauth2"
authorize_path = "/authorize"
token_path = "/token"
revoke_path = "/revoke"
introspect_path = "/introspect"
expiry = "unknown"

[[scopes]]
name = "api"
reason = "To read."
when_missing = "tools_refused"

[[scopes]]
name = "refresh_token"
reason = "To stay connected."
when_missing = "limited"
"#;

pub(crate) struct SmallProvider {
    manifest: Manifest,
    login: Url,
    /// Origins that it takes for its own; none means that it takes everything.
    accepted: Option<Vec<Url>>,
    /// The API lives where people sign in, and no answer says so.
    at_login: bool,
}

impl SmallProvider {
    pub(crate) fn new(login: Url, accepted: Option<Vec<Url>>) -> Self {
        let manifest = Manifest::parse(MANIFEST).unwrap();
        Self {
            manifest,
            login,
            accepted,
            at_login: false,
        }
    }

    /// With a declaration of the test's own, whose API lives where people sign in.
    pub(crate) fn declared(login: Url, manifest: &str) -> Self {
        Self {
            manifest: Manifest::parse(manifest).unwrap(),
            accepted: Some(vec![login.clone()]),
            login,
            at_login: true,
        }
    }

    fn refusal(&self, kind: ErrorKind, status: u16, code: &str, message: &str) -> Error {
        Error::new(kind, format!("Small CRM says: {message}")).with_provider(ProviderDetail {
            provider: self.manifest.slug.clone(),
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            fields: Vec::new(),
            request_id: None,
        })
    }
}

impl Provider for SmallProvider {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn tools(&self) -> &[ToolRef] {
        &[]
    }

    fn guide(&self) -> &'static str {
        "Nothing to set up."
    }

    fn login_choices(&self) -> Vec<(LoginHost, &'static str)> {
        let host = LoginHost {
            base: self.login.clone(),
            environment: Environment::Practice,
        };
        vec![(host, "The test server")]
    }

    fn parse_login_host(&self, text: &str) -> Result<LoginHost> {
        if self.accepted.is_none()
            && let Ok(base) = Url::parse(text)
        {
            return Ok(LoginHost {
                base,
                environment: Environment::Practice,
            });
        }
        Err(Error::invalid(
            "login_host",
            format!("'{text}' is no host of Small CRM."),
        ))
    }

    fn accepts_instance(&self, instance: &Url) -> bool {
        self.accepted
            .as_ref()
            .is_none_or(|list| list.iter().any(|own| own.origin() == instance.origin()))
    }

    fn read_token_facts(
        &self,
        answer: &Map<String, Value>,
        previous: Option<&Url>,
    ) -> Result<TokenFacts> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let instance_url = match text("instance_url").map(Url::parse) {
            Some(Ok(url)) => url,
            None if previous.is_some() => previous.unwrap().clone(),
            None if self.at_login => self.login.clone(),
            _ => {
                return Err(self.refusal(
                    ErrorKind::ProviderUnavailable,
                    200,
                    "",
                    "no usable instance",
                ));
            }
        };
        Ok(TokenFacts {
            instance_url,
            scopes: Vec::new(),
            organization_id: text("organization_id").map(str::to_owned),
            user_id: text("user_id").map(str::to_owned),
        })
    }

    fn identity_request(&self, _: &TokenFacts) -> IdentityRequest {
        IdentityRequest {
            path: "/me".to_owned(),
        }
    }

    fn read_identity(&self, response: &ProviderResponse) -> Result<ExternalAccount> {
        if !response.is_success() {
            return Err(self.read_error(response));
        }
        let body: Value = serde_json::from_slice(&response.body).map_err(Error::internal)?;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Ok(ExternalAccount {
            organization_id: text("organization_id"),
            organization_name: None,
            user_id: text("user_id"),
            username: text("username"),
            display_name: None,
        })
    }

    fn refuses_token(&self, response: &ProviderResponse) -> bool {
        response.status == 401 || (response.status == 500 && response.body == SESSION_ENDED)
    }

    fn row_counter(&self, path: &str, _: &[(String, String)]) -> RowCounter {
        // the ends of lines are looked for in every body, as a real provider's rows are
        let counted = u64::from(path.starts_with("/data/rows/"));
        Box::new(move |piece| counted * memchr::memchr_iter(b'\n', piece).count() as u64)
    }

    fn may_start(&self, path: &str, body: &str) -> Result<()> {
        if (path, body) == ("/data/jobs", r#"{"operation":"query"}"#) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::EgressDenied, "No such work."))
    }

    fn session_element(&self, request: &FrozenRequest) -> Result<&'static str> {
        let body = request.body.as_deref().unwrap_or_default();
        if request.path == SESSION_PATH && body.contains("<b>restore</b>") {
            return Ok("s:id");
        }
        Err(Error::new(ErrorKind::EgressDenied, "No such request."))
    }

    fn read_error(&self, response: &ProviderResponse) -> Error {
        let text = String::from_utf8_lossy(&response.body).into_owned();
        self.refusal(ErrorKind::ProviderRejected, response.status, "NO", &text)
    }

    fn explain_oauth_error(&self, error: &str, description: &str) -> Error {
        self.refusal(ErrorKind::ReconnectNeeded, 400, error, description)
    }

    fn client_headers(&self, agent: &str) -> Vec<(String, String)> {
        vec![("x-client".to_owned(), format!("Gatelodge/{agent}"))]
    }

    fn record_url(&self, _: &Url, _: &str, _: &str) -> Option<Url> {
        None
    }
}
