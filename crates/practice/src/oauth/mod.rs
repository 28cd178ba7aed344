//! The authorization server of the practice org: OAuth 2.0 with PKCE, identity, SOAP login, and the sessions
//! that the data interface asks for.
//!
//! Knows users through `org` and must not know records.

mod administration;
mod answer;
mod app;
mod authority;
mod authorize;
mod change;
mod client;
mod code;
mod der;
mod device;
mod device_page;
mod discovery;
mod flow;
mod fold;
mod grant_types;
mod grants;
mod identity;
mod identity_key;
mod identity_token;
mod instance;
mod jwt;
mod memory;
mod overview;
mod parameters;
mod passwords;
mod picture;
mod policy;
mod revoke;
mod scopes;
pub(crate) mod secrets;
mod session;
mod sign_in;
mod soap;
mod soap_undelete;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::state::Practice;

pub(crate) use answer::escape_xml;
pub use app::{App, AppKind};
pub use authority::Authority;
pub use change::{Access, Grant, OauthChange};
pub(crate) use client::Claim;
pub use code::CODE_LIFE;
pub use fold::OauthFold;
pub use grants::GRANTS_PER_USER_AND_APP;
pub use instance::{Instance, Retired, Symptom};
pub use memory::Lasting;
pub use overview::{GrantView, Presented};
pub(crate) use parameters::Parameters;
pub use passwords::Passwords;
pub use policy::{Ends, IpRange, Permitted, Policy, RefreshPolicy, SignInRule};
pub use secrets::{Digest, MARK};
pub(crate) use session::token_of;
pub use session::{Session, SessionRejection};
pub(crate) use soap::element;

/// The routes of authorization, identity and SOAP login.
pub(crate) fn router() -> Router<Arc<Practice>> {
    Router::new()
        .route(
            "/services/oauth2/authorize",
            get(authorize::get).post(authorize::post),
        )
        .route(
            "/services/oauth2/token",
            get(token::refuse_get).post(token::token),
        )
        .route(
            "/services/oauth2/revoke",
            get(revoke::get).post(revoke::post),
        )
        .route("/services/oauth2/introspect", post(revoke::introspect))
        .route(
            "/services/oauth2/userinfo",
            get(identity::userinfo).post(identity::userinfo),
        )
        .route("/id/{organization}/{user}", get(identity::identity))
        .route("/id/keys", get(discovery::keys))
        .route(
            "/.well-known/openid-configuration",
            get(discovery::configuration),
        )
        .route(
            "/setup/connect",
            get(device_page::page).post(device_page::typed),
        )
        .route("/login", get(sign_in::sign_in_page).post(sign_in::sign_in))
        .route("/logout", post(sign_in::sign_out))
        .route("/consent", get(sign_in::consent_page).post(sign_in::decide))
        .route("/services/Soap/{kind}/{version}", post(soap::call))
        .route(
            "/services/Soap/{kind}/{version}/{organization}",
            post(soap::call),
        )
}
