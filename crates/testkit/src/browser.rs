//! A browser without pages: keeps cookies by host, follows nothing by itself, sends forms.
//!
//! Must not know any page; those who do are built on it.

use std::collections::BTreeMap;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use serde_json::Value;
use url::Url;

use crate::evidence;

/// Shorter values of cookies hold no secret.
const SECRET_COOKIE: usize = 20;

/// A client that follows no redirect, uses no proxy, and trusts a further authority where one is given.
#[expect(
    clippy::disallowed_methods,
    reason = "a test is a client of its own, not a way out of the product"
)]
pub fn client(authority: Option<&[u8]>) -> Client {
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy();
    if let Some(pem) = authority {
        let certificate = reqwest::Certificate::from_pem(pem).expect("a certificate in PEM");
        builder = builder.tls_certs_only([certificate]);
    }
    builder.build().expect("a client")
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Where it came from.
    pub url: Url,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
}

impl Reply {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.url, self.text))
    }

    /// A header as text, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<Url> {
        if !self.status.is_redirection() {
            return None;
        }
        self.url.join(self.header("location")).ok()
    }

    /// The same answer, when its status is this one.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "often the status is all that a test wants to know"
    )]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.url, self.text);
        self
    }

    /// The value of the hidden field with this name.
    pub fn hidden(&self, name: &str) -> Option<String> {
        hidden(&self.text, name)
    }
}

/// The value of the first `input` with this name in a page.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    page.split("<input").skip(1).find_map(|rest| {
        let tag = rest.split('>').next()?;
        (attribute(tag, "name")? == name).then(|| attribute(tag, "value"))?
    })
}

/// An attribute of a tag, with the entities of HTML that our templates write resolved.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let length = tag[start..].find('"')?;
    Some(unescape(&tag[start..start + length]))
}

/// Text as a person reads it: the entities that templates write, resolved; names not isolated from their surroundings.
pub fn unescape(text: &str) -> String {
    [
        ("<bdi>", ""),
        ("</bdi>", ""),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&amp;", "&"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, character)| {
        text.replace(entity, character)
    })
}

/// Cookies, and the client that sends them.
#[derive(Clone, Debug)]
pub struct Browser {
    client: Client,
    cookies: BTreeMap<(String, String), String>,
    /// Whose answers and cookies are noted for a canary scan.
    noted: Option<String>,
}

impl Browser {
    /// A browser with an empty jar.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            cookies: BTreeMap::new(),
            noted: None,
        }
    }

    /// What this hub answers is looked through by a canary scan, and its cookies are secrets.
    #[must_use]
    pub fn noting(mut self, hub: &Url) -> Self {
        self.noted = Some(site(hub));
        self
    }

    /// Opens an address.
    pub async fn get(&mut self, url: &Url) -> Reply {
        let request = self
            .client
            .get(url.clone())
            .header("sec-fetch-site", "none");
        self.send(url, request).await
    }

    /// Sends a form, as a page of the same site does.
    pub async fn post(&mut self, url: &Url, fields: &[(&str, &str)]) -> Reply {
        let request = self
            .client
            .request(Method::POST, url.clone())
            .header(header::ORIGIN, url.origin().ascii_serialization())
            .header("sec-fetch-site", "same-origin")
            .form(fields);
        self.send(url, request).await
    }

    /// Sends any request with the cookies of its host.
    pub async fn send(&mut self, url: &Url, request: RequestBuilder) -> Reply {
        let site = site(url);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((host, _), _)| *host == site)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let request = if cookies.is_empty() {
            request
        } else {
            request.header(header::COOKIE, cookies.join("; "))
        };
        let reply = read(url, request).await;
        let noted = self.noted.as_deref() == Some(site.as_str());
        if noted {
            evidence::answer(&reply);
        }
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie of visible characters");
            if noted {
                note_cookie(cookie);
            }
            self.keep(&site, cookie);
        }
        reply
    }

    /// The value of a cookie.
    pub fn cookie(&self, url: &Url, name: &str) -> Option<&str> {
        self.cookies
            .get(&(site(url), name.to_owned()))
            .map(String::as_str)
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&mut self, url: &Url, name: &str, value: &str) {
        self.cookies
            .insert((site(url), name.to_owned()), value.to_owned());
    }

    /// The client without cookies.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn keep(&mut self, site: &str, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else {
            return;
        };
        let key = (site.to_owned(), name.trim().to_owned());
        if cookie.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(&key);
        } else {
            self.cookies.insert(key, value.trim().to_owned());
        }
    }
}

fn note_cookie(cookie: &str) {
    let pair = cookie.split(';').next().unwrap_or_default();
    if let Some((_, value)) = pair.split_once('=')
        && value.trim().len() >= SECRET_COOKIE
    {
        evidence::secret("cookie", value.trim());
    }
}

/// Sends a request and reads its answer to the end.
pub async fn read(url: &Url, request: RequestBuilder) -> Reply {
    let response = request
        .send()
        .await
        .unwrap_or_else(|error| panic!("{url}: {error:?}"));
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response
        .text()
        .await
        .unwrap_or_else(|error| panic!("{url}: {error:?}"));
    Reply {
        url: url.clone(),
        status,
        headers,
        text,
    }
}

/// Cookies of plain loopback are told apart by port here, so that a test needs no second host name.
fn site(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_whatever_the_order_of_its_attributes() {
        let page = r#"<form><input type="hidden" name="a" value="1&amp;2"><input value="x" type="hidden" name="flow">"#;
        assert_eq!(hidden(page, "a").as_deref(), Some("1&2"));
        assert_eq!(hidden(page, "flow").as_deref(), Some("x"));
        assert_eq!(hidden(page, "b"), None);
    }
}
