//! How a vendor differs from the plain reading of the RFCs, as data.
//!
//! Must not know: which vendor it is.

/// How the client proves who it is at the token endpoint (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuthentication {
    /// `client_id` and `client_secret` as form fields.
    #[default]
    InBody,
    /// HTTP Basic; a client without a secret still names itself in the body.
    Basic,
}

/// A vendor's oddities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// How the client proves who it is.
    pub client_authentication: ClientAuthentication,
    /// Whether a refresh repeats `scope`. Salesforce answers `invalid_scope` where it does.
    pub scope_at_refresh: bool,
    /// Whether revoking needs the client's credentials (RFC 7009 §2.1 says so; Salesforce wants none).
    pub client_at_revoke: bool,
    /// Whether revoking names the kind of token (`token_type_hint`, RFC 7009 §2.1).
    pub hint_at_revoke: bool,
}

impl Default for Dialect {
    /// What every known vendor accepts: the least that the RFCs ask for.
    fn default() -> Self {
        Self {
            client_authentication: ClientAuthentication::InBody,
            scope_at_refresh: false,
            client_at_revoke: false,
            hint_at_revoke: false,
        }
    }
}
