//! Random text for sessions, links, agents and OAuth states; only its hash is ever stored.
//!
//! 256 bits from the injected source, base64url without padding (RFC 4648 §5).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_model::{Digest, Random, Secret};

/// What a token is for; part of its hash, so that one kind never passes as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Session,
    Link,
    Agent,
    OAuthState,
    Invitation,
}

impl TokenKind {
    const fn tag(self) -> &'static str {
        match self {
            Self::Session => "gatelodge.session.v1",
            Self::Link => "gatelodge.link.v1",
            Self::Agent => "gatelodge.agent.v1",
            Self::OAuthState => "gatelodge.oauth-state.v1",
            Self::Invitation => "gatelodge.invitation.v1",
        }
    }

    /// Shown before the random part, so that a leaked token is recognised for what it is.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Agent => "gla_",
            Self::Session | Self::Link | Self::OAuthState | Self::Invitation => "",
        }
    }
}

/// Makes a new token.
pub(crate) fn generate(kind: TokenKind, random: &dyn Random) -> Secret {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    Secret::new(format!(
        "{}{}",
        kind.prefix(),
        URL_SAFE_NO_PAD.encode(bytes)
    ))
}

/// The hash that is stored and looked up.
pub(crate) fn digest(kind: TokenKind, token: &Secret) -> Digest {
    Digest::of(kind.tag(), &[token.expose().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::SeededRandom;

    #[test]
    fn tokens_are_long_and_kinds_do_not_mix() {
        let random = SeededRandom::new(7);
        let token = generate(TokenKind::Agent, &random);
        assert_eq!(token.expose().len(), 4 + 43);
        assert_ne!(
            digest(TokenKind::Agent, &token),
            digest(TokenKind::Session, &token)
        );
        assert_ne!(generate(TokenKind::Agent, &random), token);
    }
}
