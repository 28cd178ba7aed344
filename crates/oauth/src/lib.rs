//! The wire protocol of OAuth 2.0 as a client speaks it: what a request holds and what an answer says.
//!
//! Authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636), refresh (§6), revocation (RFC 7009),
//! introspection (RFC 7662), and the meaning of errors. Vendors' oddities are fields of [`Dialect`], not
//! branches. Must not know: sockets, storage, clocks, or any particular provider.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

pub mod answer;
pub mod authorize;
pub mod dialect;
pub mod error;
pub mod introspection;
pub mod pkce;
pub mod request;

pub use answer::{InvalidAnswer, TokenAnswer};
pub use authorize::AuthorizeRequest;
pub use dialect::{ClientAuthentication, Dialect};
pub use error::{TokenError, TokenErrorClass};
pub use introspection::Introspection;
pub use pkce::Pkce;
pub use request::{ClientCredentials, FormRequest, TokenHint};
