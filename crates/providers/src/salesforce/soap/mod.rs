//! The SOAP API, for the one call that no REST resource offers ("SOAP API Developer Guide, `undelete()`").
//!
//! SOAP takes the session from an element of its own header and reads no `Authorization`. The frozen request holds
//! that element empty. Must not know: the session; the keeper fills it in while sending.

mod answer;

pub(super) use answer::{Fault, fault, refuses_session, undeleted};

use super::{client, ids::RecordId, rest};
use gatelodge_model::{CredentialPlace, Error, ErrorKind, FrozenRequest, Result};
use gatelodge_provider::Caller;

/// The element that takes the session.
const SESSION: &str = "urn:sessionId";

/// SOAP 1.1 §6.1.1 wants the header; Salesforce reads the call from the body and the header stays empty.
const ACTION: (&str, &str) = ("SOAPAction", "\"\"");

const CONTENT_TYPE: (&str, &str) = ("Content-Type", "text/xml; charset=UTF-8");

/// The partner endpoint of the pinned version.
fn path() -> String {
    let version = rest::API_VERSION.trim_start_matches('v');
    format!("/services/Soap/u/{version}")
}

/// The whole body. Both values need no escapes: an id is letters and digits, a client's name is sanitised.
fn envelope(client: &str, id: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:urn=\"urn:partner.soap.sforce.com\"><soapenv:Header>\
         <urn:SessionHeader><{SESSION}/></urn:SessionHeader>\
         <urn:CallOptions><urn:client>{client}</urn:client></urn:CallOptions></soapenv:Header>\
         <soapenv:Body><urn:undelete><urn:ids>{id}</urn:ids></urn:undelete></soapenv:Body></soapenv:Envelope>"
    )
}

fn headers() -> Vec<(String, String)> {
    [CONTENT_TYPE, ACTION]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// The request that takes a record out of the recycle bin.
pub(super) fn undelete(caller: &dyn Caller, id: &RecordId) -> FrozenRequest {
    FrozenRequest {
        method: "POST".to_owned(),
        path: path(),
        headers: headers(),
        body: Some(envelope(&client::name(caller.client_name()), id.as_str())),
        credential: CredentialPlace::SoapSession,
    }
}

/// Agrees to exactly the request that [`undelete`] makes, and names the empty element that takes the session.
///
/// # Errors
/// `egress_denied` for anything else.
pub(super) fn session_element(request: &FrozenRequest) -> Result<&'static str> {
    let body = request.body.as_deref().unwrap_or_default();
    let expected = between(body, "<urn:client>", "</urn:client>")
        .filter(|name| client::is_name(name))
        .zip(between(body, "<urn:ids>", "</urn:ids>").and_then(|id| RecordId::parse("id", id).ok()))
        .map(|(name, id)| envelope(name, id.as_str()));
    let agreed = request.method == "POST"
        && request.path == path()
        && request.headers == headers()
        && expected.as_deref() == Some(body);
    if agreed {
        Ok(SESSION)
    } else {
        Err(Error::new(
            ErrorKind::EgressDenied,
            "Only the restoring of a record may carry the session in its body. Nothing was sent.",
        ))
    }
}

fn between<'text>(text: &'text str, start: &str, end: &str) -> Option<&'text str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::Scripted;

    const ID: &str = "001dM00003jU9GxQAK";

    fn request() -> FrozenRequest {
        undelete(&Scripted::org(), &RecordId::parse("id", ID).unwrap())
    }

    #[test]
    fn the_request_holds_an_empty_place_for_the_session() {
        // proves CRED-2, SF-6a
        let request = request();
        let body = request.body.as_deref().unwrap();
        assert_eq!(request.path, "/services/Soap/u/66.0");
        assert_eq!(body.matches("<urn:sessionId/>").count(), 1);
        assert!(
            body.contains("<urn:undelete><urn:ids>001dM00003jU9GxQAK</urn:ids></urn:undelete>")
        );
        assert_eq!(session_element(&request).unwrap(), "urn:sessionId");
    }

    #[test]
    fn nothing_else_carries_the_session_in_its_body() {
        // proves CRED-2, S5
        let changes: [fn(&mut FrozenRequest); 9] = [
            |request| request.method = "PUT".to_owned(),
            |request| request.path = "/services/Soap/u/65.0".to_owned(),
            |request| request.path = "/services/data/v66.0/sobjects/Note".to_owned(),
            |request| request.body = None,
            |request| request.headers.push(("X-A".to_owned(), "b".to_owned())),
            |request| replace(request, "undelete", "delete"),
            |request| replace(request, ID, "<urn:sessionId/>"),
            |request| replace(request, "gatelodge/", "<urn:sessionId/>"),
            |request| {
                replace(
                    request,
                    "</urn:undelete>",
                    "<urn:ids>1</urn:ids></urn:undelete>",
                );
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut request = request();
            change(&mut request);
            let error = session_element(&request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::EgressDenied, "{number}");
        }
    }

    fn replace(request: &mut FrozenRequest, from: &str, to: &str) {
        request.body = request.body.take().map(|body| body.replace(from, to));
    }
}
