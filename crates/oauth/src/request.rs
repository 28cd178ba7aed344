//! Requests to the token, revocation and introspection endpoints, as plain descriptions.
//!
//! Must not know: hosts and sockets; whoever sends joins the path with a host that was vetted.

use crate::dialect::{ClientAuthentication, Dialect};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatelodge_model::Secret;
use url::form_urlencoded::{Serializer, byte_serialize};

/// Who we are at the provider.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// Public identifier.
    pub id: String,
    /// The secret, where the OAuth app has one.
    pub secret: Option<Secret>,
}

/// The kind of a token that is revoked or introspected (`token_type_hint`, RFC 7009 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenHint {
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
}

impl TokenHint {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
        }
    }
}

/// A POST with a form body.
#[derive(Debug, Clone)]
pub struct FormRequest {
    /// Absolute path below the host.
    pub path: String,
    /// Form fields in their order; every value counts as a secret.
    pub fields: Vec<(&'static str, Secret)>,
    /// Value of the `Authorization` header, where the client proves itself by HTTP Basic.
    pub authorization: Option<Secret>,
}

impl FormRequest {
    /// Exchanges an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5).
    pub fn exchange(
        path: &str,
        client: &ClientCredentials,
        dialect: Dialect,
        code: &Secret,
        redirect_uri: &str,
        verifier: &Secret,
    ) -> Self {
        Self::new(path)
            .field("grant_type", "authorization_code")
            .secret("code", code)
            .field("redirect_uri", redirect_uri)
            .secret("code_verifier", verifier)
            .client(client, dialect)
    }

    /// Asks for a new access token (RFC 6749 §6).
    pub fn refresh(
        path: &str,
        client: &ClientCredentials,
        dialect: Dialect,
        refresh_token: &Secret,
        scopes: &[String],
    ) -> Self {
        let mut request = Self::new(path)
            .field("grant_type", "refresh_token")
            .secret("refresh_token", refresh_token);
        if dialect.scope_at_refresh && !scopes.is_empty() {
            request = request.field("scope", &scopes.join(" "));
        }
        request.client(client, dialect)
    }

    /// Ends a grant (RFC 7009 §2.1).
    pub fn revoke(
        path: &str,
        client: &ClientCredentials,
        dialect: Dialect,
        token: &Secret,
        hint: TokenHint,
    ) -> Self {
        let mut request = Self::new(path).secret("token", token);
        if dialect.hint_at_revoke {
            request = request.field("token_type_hint", hint.as_str());
        }
        if dialect.client_at_revoke {
            request = request.client(client, dialect);
        }
        request
    }

    /// Asks what a token is worth (RFC 7662 §2.1).
    pub fn introspect(
        path: &str,
        client: &ClientCredentials,
        dialect: Dialect,
        token: &Secret,
        hint: TokenHint,
    ) -> Self {
        Self::new(path)
            .secret("token", token)
            .field("token_type_hint", hint.as_str())
            .client(client, dialect)
    }

    /// The body as `application/x-www-form-urlencoded`.
    pub fn body(&self) -> Secret {
        let mut form = Serializer::new(String::new());
        for (name, value) in &self.fields {
            form.append_pair(name, value.expose());
        }
        Secret::new(form.finish())
    }

    fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            fields: Vec::new(),
            authorization: None,
        }
    }

    fn field(self, name: &'static str, value: &str) -> Self {
        self.secret(name, &Secret::new(value))
    }

    fn secret(mut self, name: &'static str, value: &Secret) -> Self {
        self.fields.push((name, value.clone()));
        self
    }

    /// A public client names itself and sends no secret (RFC 6749 §2.3, §3.2.1).
    fn client(mut self, client: &ClientCredentials, dialect: Dialect) -> Self {
        match (&client.secret, dialect.client_authentication) {
            (Some(secret), ClientAuthentication::Basic) => {
                self.authorization = Some(basic(&client.id, secret));
                self
            }
            (secret, _) => {
                self = self.field("client_id", &client.id);
                match secret {
                    Some(secret) => self.secret("client_secret", secret),
                    None => self,
                }
            }
        }
    }
}

/// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
fn basic(id: &str, secret: &Secret) -> Secret {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", encode(id), encode(secret.expose())));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(secret: Option<&str>) -> ClientCredentials {
        ClientCredentials {
            id: "s6BhdRkqt3".to_owned(),
            secret: secret.map(Secret::new),
        }
    }

    fn names(request: &FormRequest) -> Vec<&'static str> {
        request.fields.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn basic_is_the_vector_of_the_rfc() {
        // RFC 6749 §2.3.1
        let value = basic("s6BhdRkqt3", &Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw"));
        assert_eq!(
            value.expose(),
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"
        );
    }

    #[test]
    fn the_secret_is_sent_only_when_there_is_one() {
        // proves CON-5, CON-6
        let dialect = Dialect::default();
        let token = Secret::new("5Aep==");
        let public = FormRequest::refresh("/t", &client(None), dialect, &token, &[]);
        assert_eq!(names(&public), ["grant_type", "refresh_token", "client_id"]);
        let confidential = FormRequest::refresh("/t", &client(Some("s")), dialect, &token, &[]);
        assert!(names(&confidential).contains(&"client_secret"));
        assert_eq!(
            public.body().expose(),
            "grant_type=refresh_token&refresh_token=5Aep%3D%3D&client_id=s6BhdRkqt3"
        );
    }

    #[test]
    fn scope_is_repeated_at_refresh_only_where_the_dialect_says_so() {
        let scopes = ["api".to_owned()];
        let token = Secret::new("r");
        let plain = Dialect::default();
        let chatty = Dialect {
            scope_at_refresh: true,
            ..plain
        };
        let quiet = FormRequest::refresh("/t", &client(None), plain, &token, &scopes);
        assert!(!names(&quiet).contains(&"scope"));
        let loud = FormRequest::refresh("/t", &client(None), chatty, &token, &scopes);
        assert!(names(&loud).contains(&"scope"));
    }

    #[test]
    fn an_exchange_proves_the_verifier() {
        // proves CON-4
        let request = FormRequest::exchange(
            "/services/oauth2/token",
            &client(Some("s")),
            Dialect {
                client_authentication: ClientAuthentication::Basic,
                ..Dialect::default()
            },
            &Secret::new("aPrx=="),
            "https://hub.example/cb",
            &Secret::new("verifier"),
        );
        assert_eq!(
            names(&request),
            ["grant_type", "code", "redirect_uri", "code_verifier"]
        );
        assert!(request.authorization.is_some());
        assert!(request.body().expose().contains("code=aPrx%3D%3D"));
    }

    #[test]
    fn revoking_and_introspecting_follow_the_dialect() {
        let strict = Dialect {
            client_at_revoke: true,
            hint_at_revoke: true,
            ..Dialect::default()
        };
        let token = Secret::new("t");
        let plain = FormRequest::revoke(
            "/r",
            &client(Some("s")),
            Dialect::default(),
            &token,
            TokenHint::Refresh,
        );
        assert_eq!(names(&plain), ["token"]);
        let full =
            FormRequest::revoke("/r", &client(Some("s")), strict, &token, TokenHint::Refresh);
        assert_eq!(
            full.body().expose(),
            "token=t&token_type_hint=refresh_token&client_id=s6BhdRkqt3&client_secret=s"
        );
        let look = FormRequest::introspect("/i", &client(None), strict, &token, TokenHint::Access);
        assert_eq!(names(&look), ["token", "token_type_hint", "client_id"]);
    }

    #[test]
    fn nothing_prints_what_it_holds() {
        // proves CRED-2, L1
        let request = FormRequest::refresh(
            "/t",
            &client(Some("CANARY-client")),
            Dialect::default(),
            &Secret::new("CANARY-token"),
            &[],
        );
        assert!(!format!("{request:?}").contains("CANARY"));
    }
}
