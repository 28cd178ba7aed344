//! What the SOAP API answers: one result per record, or a fault ("SOAP API Developer Guide, Error Handling").
//!
//! Reads the few elements that matter here; this is no XML parser. Must not know: what was asked.

use super::super::{error, ids::RecordId};
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use gatelodge_provider::ProviderResponse;

/// The code of a session that ended or never was.
const ENDED: &str = "INVALID_SESSION_ID";

/// A refusal of the whole call.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Fault {
    pub(in super::super) code: String,
    pub(in super::super) message: String,
}

/// Reads a fault: `<faultcode>sf:CODE</faultcode><faultstring>CODE: words</faultstring>`.
pub(in super::super) fn fault(response: &ProviderResponse) -> Option<Fault> {
    let text = xml(response)?;
    let fault = element(text, "Fault")?;
    let code = element(fault, "faultcode")?;
    let code = code.rsplit(':').next().unwrap_or(code).trim();
    let is_code = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if code.is_empty() || code.len() > 100 || !code.chars().all(is_code) {
        return None;
    }
    let message = unescape(element(fault, "faultstring").unwrap_or_default());
    let words = message
        .strip_prefix(code)
        .and_then(|rest| rest.strip_prefix(": "));
    Some(Fault {
        code: code.to_owned(),
        message: words.unwrap_or(&message).to_owned(),
    })
}

/// Whether the session was refused: SOAP says so in a fault with status 500, where the REST API answers 401.
pub(in super::super) fn refuses_session(response: &ProviderResponse) -> bool {
    response.status == 500 && fault(response).is_some_and(|fault| fault.code == ENDED)
}

/// Whether the record with this id was restored.
///
/// # Errors
/// Salesforce's refusal; `unknown_outcome` where it does not tell.
pub(in super::super) fn undeleted(response: &ProviderResponse, id: &str) -> Result<()> {
    if !response.is_success() {
        return Err(error::read(response));
    }
    let result = xml(response)
        .and_then(|text| element(text, "undeleteResponse"))
        .and_then(|text| element(text, "result"))
        .ok_or_else(untold)?;
    match element(result, "success").map(str::trim) {
        Some("true") => {
            let told = element(result, "id").and_then(|id| RecordId::parse("id", id).ok());
            told.is_some_and(|told| told.as_str() == id)
                .then_some(())
                .ok_or_else(untold)
        }
        Some("false") => {
            let text = |name| unescape(element(result, name).unwrap_or_default());
            let refusal = error::of_record(&text("statusCode"), &text("message"), Vec::new());
            let words = format!("Salesforce answered {}: {}", refusal.code, refusal.message);
            Err(error::of_all_records(&refusal, &words, response))
        }
        _ => Err(untold()),
    }
}

fn untold() -> Error {
    Error::new(
        ErrorKind::UnknownOutcome,
        "Salesforce accepted the request and did not tell whether it restored the record.",
    )
    .with_hint(
        WhoMustAct::Person,
        "Look for the record in Salesforce before anybody tries again.",
    )
}

fn xml(response: &ProviderResponse) -> Option<&str> {
    let is_xml = response
        .header("content-type")
        .is_some_and(|kind| kind.trim_start().starts_with("text/xml"));
    std::str::from_utf8(&response.body).ok().filter(|_| is_xml)
}

/// The content of the first element with this name, whatever its prefix. Texts of others cannot look like one:
/// they are escaped.
fn element<'text>(text: &'text str, name: &str) -> Option<&'text str> {
    text.match_indices('<').find_map(|(at, _)| {
        let (tag, rest) = text[at + 1..].split_once('>')?;
        let full = tag.split_whitespace().next()?;
        let local = full.rsplit(':').next()?;
        if local != name || tag.ends_with('/') {
            return None;
        }
        rest.split_once(&format!("</{full}>"))
            .map(|(inner, _)| inner)
    })
}

fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.trim().to_owned(), |text, (from, to)| {
        text.replace(from, to)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "001dM00003jU9GxQAK";

    fn answer(status: u16, content: &str) -> ProviderResponse {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\"><soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>"
        );
        ProviderResponse {
            status,
            headers: vec![(
                "content-type".to_owned(),
                "text/xml; charset=utf-8".to_owned(),
            )],
            body: body.into(),
        }
    }

    fn result(content: &str) -> ProviderResponse {
        answer(
            200,
            &format!("<undeleteResponse><result>{content}</result></undeleteResponse>"),
        )
    }

    #[test]
    fn a_result_is_read_and_nothing_is_guessed() {
        // proves SF-6a, SF-11
        let done = result("<id>001dM00003jU9GxQAK</id><success>true</success>");
        assert_eq!(undeleted(&done, ID), Ok(()));
        let refused = result(
            "<errors><message>Entity is not in the &lt;recycle&gt; bin</message><statusCode>UNDELETE_FAILED</statusCode></errors><id xsi:nil=\"true\"/><success>false</success>",
        );
        let error = undeleted(&refused, ID).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderRejected);
        let detail = error.provider().unwrap();
        assert_eq!(detail.code, "UNDELETE_FAILED");
        assert!(
            detail
                .message
                .contains("Entity is not in the <recycle> bin")
        );
        for unclear in [
            result("<id>001dM00003jU9GyQAK</id><success>true</success>"),
            result("<success>true</success>"),
            answer(200, "<undeleteResponse/>"),
            answer(200, ""),
        ] {
            let error = undeleted(&unclear, ID).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnknownOutcome);
        }
    }

    #[test]
    fn faults_are_told_apart() {
        // proves CRED-3, R7
        let fault_of = |code: &str| {
            answer(
                500,
                &format!(
                    "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: Words &amp; more</faultstring></soapenv:Fault>"
                ),
            )
        };
        let ended = fault_of(ENDED);
        assert!(refuses_session(&ended));
        assert_eq!(fault(&ended).unwrap().message, "Words & more");
        assert_eq!(
            undeleted(&ended, ID).unwrap_err().kind(),
            ErrorKind::ReconnectNeeded
        );
        let other = fault_of("UNKNOWN_EXCEPTION");
        assert!(!refuses_session(&other));
        assert_eq!(
            undeleted(&other, ID).unwrap_err().kind(),
            ErrorKind::ProviderUnavailable
        );
        let invalid = fault_of("INVALID_OPERATION");
        let error = undeleted(&invalid, ID).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderRejected);
        assert_eq!(error.provider().unwrap().code, "INVALID_OPERATION");
        // Only SOAP's own answers are faults, whatever a text says.
        let mut other = fault_of(ENDED);
        other.headers.clear();
        assert!(!refuses_session(&other) && fault(&other).is_none());
        let mut success = fault_of(ENDED);
        success.status = 200;
        assert!(!refuses_session(&success));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(text in "\\PC{0,80}|(<|>|/|success|result|undeleteResponse|Fault|:| |é){0,40}") {
            let response = answer(200, &text);
            prop_assert!(undeleted(&response, ID).is_err());
            prop_assert!(!refuses_session(&response));
        }
    }
}
