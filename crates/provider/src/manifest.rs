//! What a provider declares in its `provider.toml`: data only, no network, no secrets, no code.
//!
//! Must not know: tools' code.

use crate::rotation::RefreshProfile;
use gatelodge_model::{Error, ReasonCode, Result, WhoMustAct};
use serde::Deserialize;

/// A provider's declaration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Identity: lower-case letters and digits.
    pub slug: String,
    /// Name as the provider writes it.
    pub name: String,
    /// One sentence for the connections page.
    pub summary: String,
    /// Its products that the same sign-in serves.
    #[serde(default)]
    pub products: Vec<String>,
    /// What it can do, such as `crm`.
    pub capabilities: Vec<String>,
    /// How a connection authenticates.
    pub auth: AuthMethod,
    /// How it treats refresh tokens.
    #[serde(default)]
    pub refresh: RefreshProfile,
    /// A cheap GET at the API that only says whose access token it is, to see whether it still works: it must
    /// answer with what `Provider::read_identity` reads, and should not count against the account's limits.
    #[serde(default)]
    pub probe_path: Option<String>,
    /// A cheap GET of the API proper, which shows whether calls work: made when a person asks, because it may
    /// count against the account's limits.
    #[serde(default)]
    pub use_path: Option<String>,
    /// Scopes with reasons.
    pub scopes: Vec<ScopeEntry>,
    /// Scopes that an administrator can switch on beyond those.
    #[serde(default)]
    pub optional_scopes: Vec<OptionalScope>,
    /// Hosts that a connection's API may live on, as [`crate::HostPattern`]s.
    pub api_hosts: Vec<String>,
    /// Where people and administrators review and revoke what they granted.
    pub review: Vec<ReviewLink>,
    /// Where exactly somebody acts at the provider when something is wrong.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
    /// What the provider shows on a page of its own instead of sending the browser back, and what it means.
    #[serde(default)]
    pub shown_there: Vec<ShownThere>,
    /// Where the provider keeps the data of a connection.
    pub residency: String,
    /// What is read and written in all, in a line each.
    #[serde(default)]
    pub extent: Extent,
    /// Why an administrator of the provider is needed, and where they act; none where nobody is.
    #[serde(default)]
    pub involvement: Option<Involvement>,
}

/// What a provider's tools reach, in words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extent {
    /// What is read.
    #[serde(default)]
    pub reads: String,
    /// What is written.
    #[serde(default)]
    pub writes: String,
    /// What else one must know.
    #[serde(default)]
    pub notes: String,
}

/// What an administrator of the provider does before people can connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Involvement {
    /// Why they are needed.
    pub why: String,
    /// Where they act.
    pub place: String,
}

/// How a connection authenticates, with the provider's oddities as fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthMethod {
    /// `oauth2`: authorization code with PKCE (RFC 6749 §4.1, RFC 7636).
    pub method: String,
    /// Paths below the sign-in host.
    pub authorize_path: String,
    /// Exchange and refresh.
    pub token_path: String,
    /// RFC 7009.
    pub revoke_path: String,
    /// RFC 7662, where the provider has it.
    pub introspect_path: Option<String>,
    /// Whether and how the end of an access token is known.
    pub expiry: Expiry,
    /// How many grants one person may hold for one OAuth app before the oldest dies.
    pub grants_per_user: Option<u32>,
}

/// How the end of an access token is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// The token answer has `expires_in`.
    Declared,
    /// Introspection tells.
    Introspected,
    /// Nobody tells; a 401 shows it.
    Unknown,
}

/// A scope that we ask for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeEntry {
    /// As the provider spells it.
    pub name: String,
    /// Other spellings that the provider grants in its place.
    #[serde(default)]
    pub also: Vec<String>,
    /// Why, in words for people.
    pub reason: String,
    /// What happens where it is not granted.
    pub when_missing: WhenScopeMissing,
}

/// A scope that is asked for only where an administrator switched it on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionalScope {
    /// As the provider spells it.
    pub name: String,
    /// What it opens, in words for people.
    pub opens: String,
    /// Whether it opens more than any tool can use, so that a reason must be written down.
    #[serde(default)]
    pub broad: bool,
}

/// What a missing scope means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenScopeMissing {
    /// The connection is kept, limited.
    Limited,
    /// Tools that need it are refused.
    ToolsRefused,
}

/// A place at the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewLink {
    /// Who finds it there: `person` or `admin`.
    pub audience: String,
    /// What can be done.
    pub title: String,
    /// Where to click.
    pub path: String,
}

/// Where exactly somebody acts at the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// For which reasons.
    pub reasons: Vec<ReasonCode>,
    /// Who acts, where the provider knows better than the reason does.
    pub who_must_act: Option<WhoMustAct>,
    /// Where to click.
    pub place: String,
    /// What to do there, as a request to whoever must act.
    pub ask: Option<String>,
}

/// Words on a page of the provider's that never reach us (RFC 6749 §4.1.2.1: a wrong client id or redirect
/// address is not sent back).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownThere {
    /// The words.
    pub words: String,
    /// What they mean.
    pub reason: ReasonCode,
}

impl Manifest {
    /// Reads a `provider.toml`.
    ///
    /// # Errors
    /// `internal` with the place where the text does not fit: manifests are compiled in.
    pub fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text).map_err(Error::internal)?;
        match manifest.refresh.fault() {
            None => Ok(manifest),
            Some(fault) => Err(Error::internal(format!("{}: {fault}", manifest.slug))),
        }
    }

    /// The scopes to request, space separated as RFC 6749 §3.3 writes them.
    pub fn requested_scopes(&self) -> Vec<String> {
        self.scopes.iter().map(|scope| scope.name.clone()).collect()
    }

    /// An optional scope by its name.
    pub fn optional_scope(&self, name: &str) -> Option<&OptionalScope> {
        self.optional_scopes.iter().find(|scope| scope.name == name)
    }

    /// Scopes that were asked for and not granted.
    pub fn missing_scopes<'a>(
        &'a self,
        granted: &'a [String],
    ) -> impl Iterator<Item = &'a ScopeEntry> {
        self.scopes.iter().filter(move |scope| {
            !granted
                .iter()
                .any(|given| *given == scope.name || scope.also.contains(given))
        })
    }
}
