//! Who we are: the public facts of a token answer and the user-information answer.
//!
//! Must not know: tokens. Secrets of the token answer are never read here.

use super::{ids::RecordId, rest};
use gatelodge_model::{Error, ErrorKind, ExternalAccount, Result};
use gatelodge_provider::{ProviderResponse, TokenFacts};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// "OAuth 2.0 User Information": org and user ids, user name, shown name in one answer.
pub(super) const USER_INFORMATION: &str = "/services/oauth2/userinfo";

/// Reads the facts of a token answer. The id URL ends in `/id/<organization>/<user>`
/// ("Identity URLs" in Salesforce Help).
pub(super) fn read_token_facts(
    answer: &Map<String, Value>,
    previous: Option<&Url>,
) -> Result<TokenFacts> {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    let instance_url = match (text("instance_url"), previous) {
        (Some(instance), _) => Url::parse(instance)
            .map_err(|cause| incomplete("an address that is none").with_context("cause", cause))?,
        (None, Some(previous)) => previous.clone(),
        (None, None) => return Err(incomplete("no address of the org (instance_url)")),
    };
    let (organization_id, user_id) = text("id").and_then(read_id_url).unzip();
    let scopes = text("scope")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    Ok(TokenFacts {
        instance_url,
        scopes,
        organization_id,
        user_id,
    })
}

fn read_id_url(text: &str) -> Option<(String, String)> {
    let url = Url::parse(text).ok()?;
    let mut segments = url.path_segments()?;
    let parts = (
        segments.next()?,
        segments.next()?,
        segments.next()?,
        segments.next(),
    );
    let ("id", organization, user, None) = parts else {
        return None;
    };
    ids(organization, user)
}

/// Both ids in their long form, if they are an organization's and a user's.
fn ids(organization: &str, user: &str) -> Option<(String, String)> {
    let organization = RecordId::parse("organization_id", organization).ok()?;
    let user = RecordId::parse("user_id", user).ok()?;
    (organization.as_str().starts_with("00D") && user.as_str().starts_with("005"))
        .then(|| (organization.to_string(), user.to_string()))
}

/// Both forms: user information (`preferred_username`, `name`) and the id URL (`username`, `display_name`).
#[derive(Deserialize)]
struct UserInformation {
    organization_id: String,
    user_id: String,
    #[serde(alias = "username")]
    preferred_username: String,
    #[serde(alias = "display_name")]
    name: Option<String>,
}

/// Reads who we are.
pub(super) fn read_identity(response: &ProviderResponse) -> Result<ExternalAccount> {
    let information: UserInformation = rest::json(response)?;
    let (organization_id, user_id) = ids(&information.organization_id, &information.user_id)
        .ok_or_else(|| incomplete("ids of the user that are none"))?;
    Ok(ExternalAccount {
        organization_id,
        organization_name: None,
        user_id,
        username: information.preferred_username,
        display_name: information.name,
    })
}

/// The identity services answer an ended token with 403 and plain text, not with 401 as the API does
/// ("Identity URLs" in Salesforce Help: `Bad_OAuth_Token`).
pub(super) fn refuses_token(response: &ProviderResponse) -> bool {
    response.status == 403 && response.body.trim_ascii() == b"Bad_OAuth_Token"
}

/// An instance host that the org has left redirects, or its edge answers with a page: 404 "URL No Longer Exists", or
/// 420. The API itself says 404 in JSON ("Status Codes and Error Responses" in the REST API guide).
pub(super) fn has_left(response: &ProviderResponse) -> bool {
    let is_page = response.body.trim_ascii_start().starts_with(b"<");
    matches!(response.status, 301 | 302 | 303 | 307 | 308 | 420)
        || (response.status == 404 && is_page)
}

fn incomplete(what: &str) -> Error {
    Error::new(
        ErrorKind::ProviderUnavailable,
        format!("Salesforce's answer to the sign-in holds {what}. Connect again."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{raw, response};
    use serde_json::json;

    fn facts(answer: Value, previous: Option<&Url>) -> Result<TokenFacts> {
        let Value::Object(map) = answer else {
            panic!("an object")
        };
        read_token_facts(&map, previous)
    }

    #[test]
    fn a_token_answer_tells_instance_scopes_and_ids() {
        // proves CON-9
        let facts = facts(
            json!({
                "scope": "refresh_token api id", "instance_url": "https://acme.my.salesforce.com",
                "id": "https://login.salesforce.com/id/00DdM00000vfgTuUAI/005dM00000awSFJQA2"
            }),
            None,
        )
        .unwrap();
        assert_eq!(
            facts.instance_url.as_str(),
            "https://acme.my.salesforce.com/"
        );
        assert_eq!(facts.scopes, ["refresh_token", "api", "id"]);
        assert_eq!(facts.organization_id.as_deref(), Some("00DdM00000vfgTuUAI"));
        assert_eq!(facts.user_id.as_deref(), Some("005dM00000awSFJQA2"));
    }

    #[test]
    fn a_refresh_may_move_or_keep_the_instance() {
        // proves CON-16
        let old = Url::parse("https://old.my.salesforce.com").unwrap();
        assert_eq!(facts(json!({}), Some(&old)).unwrap().instance_url, old);
        let moved = facts(
            json!({"instance_url": "https://new.my.salesforce.com"}),
            Some(&old),
        );
        assert_eq!(
            moved.unwrap().instance_url.host_str(),
            Some("new.my.salesforce.com")
        );
        assert_eq!(
            facts(json!({}), None).unwrap_err().kind(),
            ErrorKind::ProviderUnavailable
        );
        assert!(facts(json!({"instance_url": "no address"}), Some(&old)).is_err());
    }

    #[test]
    fn an_id_url_of_another_form_tells_nothing() {
        for id in [
            "https://login.salesforce.com/id/005dM00000awSFJQA2/00DdM00000vfgTuUAI",
            "https://login.salesforce.com/id/00DdM00000vfgTuUAI",
            "https://login.salesforce.com/id/00DdM00000vfgTuUAI/005dM00000awSFJQA2/x",
            "nothing",
        ] {
            assert_eq!(read_id_url(id), None, "{id}");
        }
    }

    #[test]
    fn both_forms_of_user_information_are_read() {
        for body in [
            json!({"user_id": "005dM00000awSFJQA2", "organization_id": "00DdM00000vfgTuUAI",
                   "preferred_username": "ada@acme.example", "name": "Ada"}),
            json!({"user_id": "005dM00000awSFJ", "organization_id": "00DdM00000vfgTu",
                   "username": "ada@acme.example", "display_name": "Ada"}),
        ] {
            let account = read_identity(&response(200, &body)).unwrap();
            assert_eq!(account.organization_id, "00DdM00000vfgTuUAI");
            assert_eq!(account.user_id, "005dM00000awSFJQA2");
            assert_eq!(account.username, "ada@acme.example");
            assert_eq!(account.display_name.as_deref(), Some("Ada"));
        }
        let refused = read_identity(&response(403, &json!("Bad_OAuth_Token"))).unwrap_err();
        assert_eq!(refused.provider().unwrap().status, 403);
    }

    #[test]
    fn an_ended_token_is_told_from_a_missing_permission() {
        // proves CRED-3
        let answer = |status, body: &'static str| ProviderResponse {
            status,
            headers: Vec::new(),
            body: body.into(),
        };
        assert!(refuses_token(&answer(403, "Bad_OAuth_Token")));
        assert!(refuses_token(&answer(403, "Bad_OAuth_Token\n")));
        assert!(!refuses_token(&answer(403, "Wrong_Org")));
        assert!(!refuses_token(&answer(
            403,
            r#"[{"errorCode":"API_DISABLED_FOR_ORG"}]"#
        )));
        assert!(!refuses_token(&answer(200, "Bad_OAuth_Token")));
    }

    #[test]
    fn an_abandoned_host_is_told_from_a_missing_record() {
        // proves R19
        let answer = raw;
        let page = "\n<!DOCTYPE html><title>URL No Longer Exists</title>";
        assert!(has_left(&answer(301, "")) && has_left(&answer(307, "")));
        assert!(has_left(&answer(404, page)) && has_left(&answer(420, "INVALID_INSTANCE")));
        let missing =
            r#"[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]"#;
        assert!(!has_left(&answer(404, missing)));
        assert!(!has_left(&answer(300, "[]")) && !has_left(&answer(304, "")));
        assert!(!has_left(&answer(200, page)));
    }
}
