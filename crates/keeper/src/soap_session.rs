//! Fills the session into the one empty element of a SOAP request, while it is being sent (decision 0015).
//!
//! What was frozen, sealed, hashed and shown holds the element empty; the filled text exists as a [`Secret`] only.
//! Must not know: what the request asks for.

use crate::egress::denied;
use gatelodge_model::{Error, Secret};

/// The body with the session in `element`, such as `urn:sessionId`.
///
/// # Errors
/// `egress_denied` where the element is not there exactly once and empty, or the token would not stay inside it.
pub(crate) fn fill(body: &str, element: &str, token: &Secret) -> Result<Secret, Error> {
    let placeholder = format!("<{element}/>");
    let mut parts = body.split(&placeholder);
    let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(denied("the body has not exactly one place for the session"));
    };
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'&');
    if !token.expose().bytes().all(plain) {
        return Err(denied("the credential does not fit into the body"));
    }
    Ok(Secret::new(format!(
        "{before}<{element}>{}</{element}>{after}",
        token.expose()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::ErrorKind;

    #[test]
    fn the_session_gets_into_its_one_place() {
        // proves CRED-2
        let token = Secret::new("00D!CANARY.token");
        let filled = fill("<h><s:id/></h><b>x</b>", "s:id", &token).unwrap();
        assert_eq!(
            filled.expose(),
            "<h><s:id>00D!CANARY.token</s:id></h><b>x</b>"
        );
        assert!(!format!("{filled:?}").contains("CANARY"));
    }

    #[test]
    fn two_places_or_none_and_tokens_that_break_out_are_refused() {
        // proves CRED-2, S5
        for (body, token) in [
            ("<b/>", "token"),
            ("<s:id/><s:id/>", "token"),
            ("<s:id></s:id>", "token"),
            ("<s:id/>", "to</s:id>ken"),
            ("<s:id/>", "to&amp;ken"),
            ("<s:id/>", "to ken"),
        ] {
            let error = fill(body, "s:id", &Secret::new(token)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::EgressDenied, "{body} {token}");
            assert!(!format!("{error:?}").contains(token));
        }
    }
}
