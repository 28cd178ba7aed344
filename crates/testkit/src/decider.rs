//! A person who decides proposals on the real review pages, and an agent who asks over REST, both ready to find the
//! hub gone: what fails because it was killed is an answer here, not a failed test.
//!
//! Must not know when or why a hub goes.

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::browser::{self, Browser, hidden, unescape};
use crate::practice::{Decision, Visitor};

/// The connection broke before the answer had come.
#[derive(Debug)]
pub struct Gone(pub reqwest::Error);

/// How an approval went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The hub said that it is approved.
    Acknowledged,
    /// It had been decided before, by an approval whose answer got lost.
    Before,
    /// The hub cannot do it now and says so; nothing is decided.
    NotNow,
}

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct Decider {
    client: Client,
    hub: Url,
    cookie: String,
}

impl Decider {
    /// The first person of a demo, signed in; `ready` is what the demo said at its start.
    pub async fn first_of(ready: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let person = &ready["people"][0];
        let hub = text(&ready["hub"]).parse().expect("an address");
        Self::sign_in(&hub, &text(&person["email"]), &text(&person["password"])).await
    }

    /// Signs in on the page.
    pub async fn sign_in(hub: &Url, email: &str, password: &str) -> Self {
        let client = browser::client(None);
        let fields = [("email", email), ("password", password), ("next", "/")];
        let url = hub.join("/sign-in").expect("a path");
        let response = as_page(client.post(url), hub)
            .form(&fields)
            .send()
            .await
            .expect("the hub answers");
        assert_eq!(
            response.status(),
            StatusCode::SEE_OTHER,
            "the sign-in is accepted"
        );
        let cookie = response.headers().get(SET_COOKIE).expect("a session");
        let cookie = cookie.to_str().expect("visible characters");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Self {
            client,
            hub: hub.clone(),
            cookie,
        }
    }

    /// Opens the review page, reads its form, and sends it.
    ///
    /// # Errors
    /// [`Gone`] when the hub went before it had answered: whether it took the decision is open.
    pub async fn approve(&self, proposal: &str) -> Result<Decided, Gone> {
        let (status, page) = self.page(&format!("/approvals/{proposal}")).await?;
        if status == 503 {
            return Ok(Decided::NotNow);
        }
        assert_eq!(status, 200, "the review page of {proposal}: {page}");
        let action = format!("/approvals/{proposal}/approve");
        let Some(form) = page
            .split("<form")
            .find(|form| form.contains(&format!("action=\"{action}\"")))
        else {
            return Ok(Decided::Before);
        };
        let mut fields: Vec<(&str, String)> = ["digest", "nonce", "folded"]
            .iter()
            .filter_map(|name| Some((*name, hidden(form, name)?)))
            .collect();
        if form.contains("name=\"read_all\"") {
            fields.push(("read_all", "yes".to_owned()));
        }
        let request = self
            .client
            .post(self.at(&action))
            .header(COOKIE, &self.cookie)
            .form(&fields);
        let (status, page) = ask(as_page(request, &self.hub)).await?;
        match status {
            303 => Ok(Decided::Acknowledged),
            409 => Ok(Decided::Before),
            503 => Ok(Decided::NotNow),
            _ => panic!("approving {proposal}: {status} {page}"),
        }
    }

    /// Reconnects a connection by the pages, as a user of the practice org who allows it.
    pub async fn reconnect(&self, connection: &str, org: &Url, username: &str, password: &str) {
        let host = org.origin().ascii_serialization();
        let mut browser = Browser::new(self.client.clone());
        let (name, session) = self.cookie.split_once('=').expect("a cookie");
        browser.set_cookie(&self.hub, name, session);
        let form = self.at(&format!("/connections/new?reconnect={connection}"));
        let form = browser.get(&form).await.expect(200);
        let app = form.hidden("app").expect("an app to connect with");
        let fields = [
            ("app", app.as_str()),
            ("login_host", &host),
            ("reconnect", connection),
        ];
        let sent = browser
            .post(&self.at("/connections/new"), &fields)
            .await
            .expect(303);
        let page = browser
            .get(&sent.location().expect("the page that leaves"))
            .await
            .expect(200);
        let authorize = link_to(&page.text, &host).expect("a link to the practice org");
        let back = Visitor::at(org.clone())
            .follow(&authorize, username, password, Decision::Allow)
            .await;
        browser.get(&back).await.expect(303);
    }

    /// Opens a page.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn page(&self, path: &str) -> Result<(u16, String), Gone> {
        ask(self
            .client
            .get(self.at(path))
            .header(COOKIE, &self.cookie)
            .header("sec-fetch-site", "none"))
        .await
    }

    fn at(&self, path: &str) -> Url {
        self.hub.join(path).expect("a path")
    }
}

/// The first link of a page that leads to this site.
pub fn link_to(page: &str, site: &str) -> Option<Url> {
    let link = page.split("href=\"").find(|rest| rest.starts_with(site))?;
    unescape(link.split('"').next()?).parse().ok()
}

/// A form of one of the hub's own pages, as a browser sends it.
fn as_page(request: RequestBuilder, hub: &Url) -> RequestBuilder {
    request
        .header(ORIGIN, hub.origin().ascii_serialization())
        .header("sec-fetch-site", "same-origin")
}

async fn ask(request: RequestBuilder) -> Result<(u16, String), Gone> {
    let response = request.send().await.map_err(Gone)?;
    let status = response.status().as_u16();
    Ok((status, response.text().await.map_err(Gone)?))
}

/// As [`ask`], where the body is JSON.
async fn answer(request: RequestBuilder) -> Result<(u16, Value), Gone> {
    let (status, text) = ask(request).await?;
    let body = serde_json::from_str(&text).unwrap_or_else(|_| json!({ "text": text }));
    Ok((status, body))
}

/// An agent at the REST face.
#[derive(Clone, Debug)]
pub struct RestAgent {
    client: Client,
    rest: String,
    token: String,
}

impl RestAgent {
    /// An agent with its token; `rest` is the address of the REST face.
    pub fn new(rest: &str, token: &str) -> Self {
        Self {
            client: browser::client(None),
            rest: rest.to_owned(),
            token: token.to_owned(),
        }
    }

    /// Calls a tool: status and body.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn call(&self, tool: &str, arguments: &Value) -> Result<(u16, Value), Gone> {
        let request = self
            .client
            .post(format!("{}/tools/{tool}", self.rest))
            .bearer_auth(&self.token)
            .json(arguments);
        answer(request).await
    }

    /// Reads a proposal: status and body.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn proposal(&self, id: &str) -> Result<(u16, Value), Gone> {
        let request = self.client.get(format!("{}/proposals/{id}", self.rest));
        answer(request.bearer_auth(&self.token)).await
    }

    /// Calls a tool that must answer with its result.
    pub async fn result(&self, tool: &str, arguments: &Value) -> Value {
        let (status, body) = self.call(tool, arguments).await.expect("the hub answers");
        assert_eq!(status, 200, "{tool}: {body}");
        body
    }

    /// Proposes a write: the id of what waits.
    pub async fn propose(&self, tool: &str, arguments: &Value) -> String {
        let (status, body) = self.call(tool, arguments).await.expect("the hub answers");
        assert_eq!(status, 202, "{tool}: {body}");
        let id = body["proposal"]["id"].as_str();
        id.unwrap_or_else(|| panic!("no id in {body}")).to_owned()
    }
}
