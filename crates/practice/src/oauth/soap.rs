//! SOAP `login`, `logout` and `undelete`, which older clients use to get a session. Not there from version 65.0 on.
//!
//! Reads the few elements it needs; this is not a SOAP engine.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::oauth::answer::escape_xml;
use crate::oauth::passwords::Verdict;
use crate::oauth::{Session, scopes, soap_undelete};
use crate::org::User;
use crate::site::Site;
use crate::state::Practice;

/// Oldest version that still answers.
const OLDEST: u16 = 31;

/// First version without `login`.
const WITHOUT_LOGIN: u16 = 65;

/// What a SOAP session may do: everything.
const SCOPE: &str = "full";

struct Fault(&'static str, &'static str);

const INVALID_LOGIN: Fault = Fault(
    "INVALID_LOGIN",
    "Invalid username, password, security token; or user locked out.",
);

const INVALID_SESSION: Fault = Fault(
    "INVALID_SESSION_ID",
    "Invalid Session ID found in SessionHeader: Illegal Session",
);

/// `POST /services/Soap/{u|c}/{version}` with or without the org id behind it.
pub(crate) async fn call(
    State(practice): State<Arc<Practice>>,
    site: Site,
    Path(path): Path<std::collections::HashMap<String, String>>,
    body: String,
) -> Response {
    let version = path.get("version").map_or("", String::as_str);
    let kind = path.get("kind").map_or("", String::as_str);
    match answer(&practice, &site, kind, version, &body).await {
        Ok(text) => respond(StatusCode::OK, &text),
        Err(Fault(code, message)) => {
            respond(StatusCode::INTERNAL_SERVER_ERROR, &fault(code, message))
        }
    }
}

async fn answer(
    practice: &Practice,
    site: &Site,
    kind: &str,
    version: &str,
    body: &str,
) -> Result<String, Fault> {
    let number = version
        .split('.')
        .next()
        .and_then(|major| major.parse::<u16>().ok());
    let number = number.filter(|number| *number >= OLDEST);
    let unsupported = Fault(
        "UNSUPPORTED_API_VERSION",
        "Invalid Api version specified on URL",
    );
    let number = number
        .filter(|_| kind == "u" || kind == "c")
        .ok_or(unsupported)?;
    if let Some(username) = element(body, "username") {
        if number >= WITHOUT_LOGIN {
            return Err(Fault(
                "UNSUPPORTED_API_VERSION",
                "SOAP login() is not available in this API version. Use OAuth instead.",
            ));
        }
        let password = element(body, "password").unwrap_or_default();
        return login(practice, site, kind, version, &username, &password).await;
    }
    if has_element(body, "logout") {
        return logout(practice, body).await;
    }
    let session = element(body, "sessionId").unwrap_or_default();
    let session = Session::open(practice, &session, site.address);
    if session.is_none() {
        return Err(INVALID_SESSION);
    }
    if has_element(body, "undelete") {
        return soap_undelete::undelete(practice, session, &all(body, "ids"))
            .await
            .map_err(|(code, message)| Fault(code, message));
    }
    Err(Fault(
        "INVALID_OPERATION",
        "Only login, logout and undelete are answered here",
    ))
}

async fn login(
    practice: &Practice,
    site: &Site,
    kind: &str,
    version: &str,
    username: &str,
    password: &str,
) -> Result<String, Fault> {
    let user = practice
        .org
        .user_by_username(username)
        .filter(|user| user.active);
    let user = user.ok_or(INVALID_LOGIN)?;
    match practice
        .oauth
        .passwords
        .check_program(&user.username, password)
    {
        Verdict::Right => {}
        Verdict::Wrong => return Err(INVALID_LOGIN),
        Verdict::NeedsSecurityToken => {
            return Err(Fault(
                "LOGIN_MUST_USE_SECURITY_TOKEN",
                "Invalid username, password, security token; or user locked out. Are you at a new location? \
                 Append your security token to your password.",
            ));
        }
    }
    let scopes = scopes::parse(SCOPE);
    let issued = practice
        .oauth
        .open(practice, site, None, user.id.clone(), scopes, false);
    let text = login_response(practice, site, kind, version, &user, &issued.access_token);
    issued
        .durable
        .wait()
        .await
        .map_err(|_| SERVER_UNAVAILABLE)?;
    Ok(text)
}

const SERVER_UNAVAILABLE: Fault = Fault(
    "SERVER_UNAVAILABLE",
    "the practice org could not write to its data folder",
);

async fn logout(practice: &Practice, body: &str) -> Result<String, Fault> {
    let token = element(body, "sessionId").unwrap_or_default();
    let durable = practice.oauth.revoke(practice, &token);
    let durable = durable.ok_or(INVALID_SESSION)?;
    durable.wait().await.map_err(|_| SERVER_UNAVAILABLE)?;
    Ok("<logoutResponse/>".to_owned())
}

fn login_response(
    practice: &Practice,
    site: &Site,
    kind: &str,
    version: &str,
    user: &User,
    session_id: &str,
) -> String {
    let organization = practice.org.organization();
    let short: String = organization.id.chars().take(15).collect();
    let base = site.instance.as_str();
    let full_name = format!("{} {}", user.first_name, user.last_name);
    let user_info = elements(&[
        ("organizationId", &organization.id),
        ("organizationMultiCurrency", "false"),
        ("organizationName", &organization.name),
        ("userEmail", &user.email),
        ("userFullName", full_name.trim()),
        ("userId", user.id.as_str()),
        ("userLanguage", "en_US"),
        ("userLocale", &user.locale),
        ("userName", &user.username),
        ("userTimeZone", &user.time_zone),
        ("userType", "Standard"),
    ]);
    let result = elements(&[
        (
            "metadataServerUrl",
            &format!("{base}/services/Soap/m/{version}/{short}"),
        ),
        ("passwordExpired", "false"),
        (
            "sandbox",
            if organization.is_sandbox {
                "true"
            } else {
                "false"
            },
        ),
        (
            "serverUrl",
            &format!("{base}/services/Soap/{kind}/{version}/{short}"),
        ),
        ("sessionId", session_id),
        ("userId", user.id.as_str()),
    ]);
    format!(
        "<loginResponse><result>{result}<userInfo>{user_info}</userInfo></result></loginResponse>"
    )
}

fn elements(pairs: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("<{name}>{}</{name}>", escape_xml(value));
    pairs.iter().map(one).collect()
}

fn fault(code: &str, message: &str) -> String {
    let text = escape_xml(message);
    format!(
        "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring><detail>\
         <sf:LoginFault xsi:type=\"sf:LoginFault\"><sf:exceptionCode>{code}</sf:exceptionCode>\
         <sf:exceptionMessage>{text}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )
}

fn respond(status: StatusCode, content: &str) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns=\"urn:partner.soap.sforce.com\" xmlns:sf=\"urn:fault.partner.soap.sforce.com\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>{content}</soapenv:Body>\
         </soapenv:Envelope>"
    );
    let content_type = HeaderValue::from_static("text/xml; charset=utf-8");
    (status, [(header::CONTENT_TYPE, content_type)], text).into_response()
}

/// The text of the first element with this name, whatever its prefix.
pub(crate) fn element(body: &str, name: &str) -> Option<String> {
    let (start, prefixed) = opening(body, name)?;
    let rest = &body[start..];
    let end = rest.find(&format!("</{prefixed}"))?;
    Some(unescape(&rest[..end]))
}

/// The texts of all elements with this name, in their order.
fn all(body: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = body;
    while let Some((start, prefixed)) = opening(rest, name) {
        let content = &rest[start..];
        let Some(end) = content.find(&format!("</{prefixed}")) else {
            break;
        };
        found.push(unescape(&content[..end]));
        rest = &content[end..];
    }
    found
}

fn has_element(body: &str, name: &str) -> bool {
    opening(body, name).is_some()
}

/// Where the content of an element begins, and its name with the prefix.
fn opening<'a>(body: &'a str, name: &str) -> Option<(usize, &'a str)> {
    for (index, _) in body.match_indices('<') {
        let tag = &body[index + 1..];
        let end = tag.find('>')?;
        let prefixed = tag[..end].split_whitespace().next().unwrap_or_default();
        let local = prefixed.trim_end_matches('/').rsplit(':').next();
        if local == Some(name) {
            return Some((index + 1 + end + 1, prefixed));
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let text = text.trim();
    let plain = text
        .strip_prefix("<![CDATA[")
        .and_then(|text| text.strip_suffix("]]>"));
    if let Some(plain) = plain {
        return plain.to_owned();
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    text.replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_elements_with_and_without_prefix() {
        let body = "<env:Body><n1:login xmlns:n1=\"urn:p\"><n1:username>a@b.c</n1:username>\
                    <password>x&amp;&lt;y</password></n1:login></env:Body>";
        assert_eq!(element(body, "username").as_deref(), Some("a@b.c"));
        assert_eq!(element(body, "password").as_deref(), Some("x&<y"));
        assert_eq!(element(body, "sessionId"), None);
        assert!(has_element("<urn:logout/>", "logout"));
    }

    #[test]
    fn broken_markup_is_no_element() {
        assert_eq!(element("<username", "username"), None);
        assert_eq!(element("<username>never closed", "username"), None);
    }
}
