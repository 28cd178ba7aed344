//! Who a token stands for: the identity address and `userinfo`.
//!
//! Must not know how a token came to be.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use crate::oauth::parameters::Parameters;
use crate::oauth::session::{Session, token_of};
use crate::org::{User, UserId};
use crate::site::Site;
use crate::state::Practice;

/// Version that `version=latest` puts into the addresses.
const LATEST: &str = "68.0";

/// The identity address of a user, as given in token answers.
pub(crate) fn address(practice: &Practice, site: &Site, user: &UserId) -> String {
    let organization = practice.org.organization();
    format!("{}/id/{}/{}", site.login, organization.id, user.as_str())
}

/// `GET` and `POST /services/oauth2/userinfo`
pub(crate) async fn userinfo(
    State(practice): State<Arc<Practice>>,
    site: Site,
    headers: HeaderMap,
) -> Response {
    let Some(token) = token_of(&headers) else {
        return refuse("Missing_OAuth_Token");
    };
    let session = Session::open(&practice, token, site.address);
    let user = session.and_then(|session| practice.org.user(&session.user_id));
    match user {
        Some(user) => answer(userinfo_of(&practice, &site, &user).to_string()),
        None => refuse("Bad_OAuth_Token"),
    }
}

/// `GET /id/{organization}/{user}`
pub(crate) async fn identity(
    State(practice): State<Arc<Practice>>,
    site: Site,
    Path((organization, user)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    let Some(token) = token_of(&headers).or_else(|| parameters.get("oauth_token")) else {
        return refuse("Missing_OAuth_Token");
    };
    if !same_id(&practice.org.organization().id, &organization) {
        return refuse("Wrong_Org");
    }
    let session = Session::open(&practice, token, site.address);
    let own = session.and_then(|session| practice.org.user(&session.user_id));
    let Some(own) = own.filter(|own| same_id(own.id.as_str(), &user)) else {
        return refuse("Bad_OAuth_Token");
    };
    let mut text = identity_of(&practice, &site, &own).to_string();
    match parameters.get("version") {
        Some("latest") => text = text.replace("{version}", LATEST),
        Some(version)
            if version
                .bytes()
                .all(|one| one.is_ascii_digit() || one == b'.') =>
        {
            text = text.replace("{version}", version);
        }
        _ => {}
    }
    match parameters.get("callback").filter(|name| is_name(name)) {
        Some(callback) => script(format!("{callback}({text});")),
        None => answer(text),
    }
}

/// Only a plain JavaScript name is called back.
pub(crate) fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_$.".contains(&byte);
    text.bytes().all(known)
}

/// A program for JSONP.
pub(crate) fn script(body: String) -> Response {
    let content_type = HeaderValue::from_static("text/javascript;charset=UTF-8");
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// Ids may be given with 15 or 18 characters.
fn same_id(full: &str, given: &str) -> bool {
    full == given || (given.len() == 15 && full.starts_with(given))
}

fn refuse(text: &'static str) -> Response {
    (StatusCode::FORBIDDEN, text).into_response()
}

fn answer(body: String) -> Response {
    let content_type = HeaderValue::from_static("application/json;charset=UTF-8");
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

fn display_name(user: &User) -> String {
    format!("{} {}", user.first_name, user.last_name)
        .trim()
        .to_owned()
}

fn addresses(practice: &Practice, site: &Site, user: &User) -> Map<String, Value> {
    let base = site.instance.as_str();
    let organization: String = practice.org.organization().id.chars().take(15).collect();
    let data = format!("{base}/services/data/v{{version}}");
    let soap = |letter: &str| format!("{base}/services/Soap/{letter}/{{version}}/{organization}");
    let entries = [
        ("enterprise", soap("c")),
        ("metadata", soap("m")),
        ("partner", soap("u")),
        ("rest", format!("{data}/")),
        ("sobjects", format!("{data}/sobjects/")),
        ("search", format!("{data}/search/")),
        ("query", format!("{data}/query/")),
        ("recent", format!("{data}/recent/")),
        ("tooling_soap", soap("T")),
        ("tooling_rest", format!("{data}/tooling/")),
        ("profile", format!("{base}/{}", user.id.as_str())),
        ("feeds", format!("{data}/chatter/feeds")),
        ("groups", format!("{data}/chatter/groups")),
        ("users", format!("{data}/chatter/users")),
        ("feed_items", format!("{data}/chatter/feed-items")),
        ("feed_elements", format!("{data}/chatter/feed-elements")),
        ("custom_domain", base.to_owned()),
    ];
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn userinfo_of(practice: &Practice, site: &Site, user: &User) -> Value {
    let photo = format!("{}/practice/photo.svg", site.instance);
    json!({
        "sub": address(practice, site, &user.id),
        "user_id": user.id.as_str(),
        "organization_id": practice.org.organization().id,
        "preferred_username": user.username,
        "nickname": nickname(user),
        "name": display_name(user),
        "email": user.email,
        "email_verified": true,
        "given_name": user.first_name,
        "family_name": user.last_name,
        "zoneinfo": user.time_zone,
        "photos": {"picture": photo, "thumbnail": photo},
        "profile": format!("{}/{}", site.instance, user.id.as_str()),
        "picture": photo,
        "address": {},
        "is_salesforce_integration_user": false,
        "urls": addresses(practice, site, user),
        "active": user.active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": user.locale,
        "utcOffset": 0,
        "updated_at": practice.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true),
    })
}

fn identity_of(practice: &Practice, site: &Site, user: &User) -> Value {
    let photo = format!("{}/practice/photo.svg", site.instance);
    let modified = practice
        .clock
        .now()
        .format("%Y-%m-%dT%H:%M:%S.000+0000")
        .to_string();
    json!({
        "id": address(practice, site, &user.id),
        "asserted_user": true,
        "user_id": user.id.as_str(),
        "organization_id": practice.org.organization().id,
        "username": user.username,
        "nick_name": nickname(user),
        "display_name": display_name(user),
        "email": user.email,
        "email_verified": true,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "timezone": user.time_zone,
        "photos": {"picture": photo, "thumbnail": photo},
        "addr_street": null,
        "addr_city": null,
        "addr_state": null,
        "addr_country": null,
        "addr_zip": null,
        "mobile_phone": null,
        "mobile_phone_verified": false,
        "is_lightning_login_user": false,
        "status": {"created_date": null, "body": null},
        "urls": addresses(practice, site, user),
        "active": user.active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": user.locale,
        "utcOffset": 0,
        "last_modified_date": modified,
        "is_app_installed": true,
    })
}

fn nickname(user: &User) -> &str {
    user.username.split('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_match_in_both_lengths() {
        assert!(same_id("00DdM00000vfgTuUAI", "00DdM00000vfgTu"));
        assert!(same_id("00DdM00000vfgTuUAI", "00DdM00000vfgTuUAI"));
        assert!(!same_id("00DdM00000vfgTuUAI", "00DdM"));
    }
}
