//! A person in front of a browser: signs in, connects, reviews, decides, all by the pages' own forms.
//!
//! Must not know the hub behind the pages.

use std::collections::BTreeMap;

use gatelodge_model::{AgentAccess, Secret};
use serde_json::Value;
use url::Url;

use super::TestHub;
use crate::authenticator::SoftPasskey;
use crate::browser::{Browser, Reply, unescape};
use crate::practice::{Decision, Visitor};

/// A person with a browser at one hub.
#[derive(Clone, Debug)]
pub struct Person {
    url: Url,
    /// The browser.
    pub browser: Browser,
}

/// What a review page sends back.
#[derive(Clone, Debug)]
pub struct Review {
    /// The page.
    pub page: Reply,
    /// Its hidden fields.
    pub fields: BTreeMap<String, String>,
}

impl Person {
    pub(super) fn new(url: Url, browser: Browser) -> Self {
        let browser = browser.noting(&url);
        Self { url, browser }
    }

    /// The address of a page.
    pub fn at(&self, path: &str) -> Url {
        self.url.join(path).expect("a path")
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Reply {
        let url = self.at(path);
        self.browser.get(&url).await
    }

    /// Sends a form of a page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let url = self.at(path);
        self.browser.post(&url, fields).await
    }

    /// Signs in and lands on a page.
    pub async fn sign_in(&mut self, email: &str, password: &str) {
        let page = self.get("/sign-in").await.expect(200);
        let next = page.hidden("next").expect("where to go afterwards");
        let fields = [
            ("email", email),
            ("password", password),
            ("next", next.as_str()),
        ];
        let reply = self.post("/sign-in", &fields).await.expect(303);
        let landed = reply.location().expect("a page");
        self.browser.get(&landed).await.expect(200);
    }

    /// Makes an agent on the agents page; gives its token, which is shown only there.
    pub async fn create_agent(&mut self, name: &str, access: AgentAccess) -> Secret {
        let fields = [("name", name), ("access", access.as_str())];
        let page = self.post("/agents", &fields).await.expect(200);
        let start = page.text.find("gla_").expect("a token on the page");
        let token = page.text[start..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-');
        Secret::new(token.collect::<String>())
    }

    /// Presses "Connect": chooses the practice org, and comes to the link that leaves for it.
    pub async fn begin_connect(&mut self, hub: &TestHub, reconnect: Option<&str>) -> Url {
        let path = reconnect.map_or_else(
            || "/connections/new".to_owned(),
            |id| format!("/connections/new?reconnect={id}"),
        );
        let page = self.get(&path).await.expect(200);
        let app = page.hidden("app").expect("an app to connect with");
        let host = hub.practice_url.origin().ascii_serialization();
        assert!(page.text.contains(&host), "the practice org is not offered");
        let mut fields = vec![("app", app.as_str()), ("login_host", host.as_str())];
        fields.extend(reconnect.map(|id| ("reconnect", id)));
        let reply = self.post("/connections/new", &fields).await.expect(303);
        let departure = self
            .browser
            .get(&reply.location().expect("the page that leaves"))
            .await
            .expect(200);
        link_to(&departure.text, "/services/oauth2/authorize").expect("a link to the provider")
    }

    /// Goes the whole way of connecting as a user of the practice org; gives the page that the callback ends on.
    pub async fn try_connect(
        &mut self,
        hub: &TestHub,
        practice_user: &str,
        decision: Decision,
        reconnect: Option<&str>,
    ) -> Reply {
        let authorize = self.begin_connect(hub, reconnect).await;
        let password = hub.practice.password(practice_user);
        let mut visitor = Visitor::at(hub.practice_url.clone());
        let back = visitor
            .follow(&authorize, practice_user, &password, decision)
            .await;
        self.browser.get(&back).await
    }

    /// Connects as a user of the practice org; gives the connection's id.
    pub async fn connect(&mut self, hub: &TestHub, practice_user: &str) -> String {
        let reply = self
            .try_connect(hub, practice_user, Decision::Allow, None)
            .await;
        connection_id(&reply)
    }

    /// Opens the review page of a proposal.
    pub async fn review(&mut self, proposal: &str) -> Review {
        let page = self
            .get(&format!("/approvals/{proposal}"))
            .await
            .expect(200);
        let fields = ["digest", "nonce", "folded"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), page.hidden(name)?)))
            .collect();
        Review { page, fields }
    }

    /// Presses "Approve and run" on a review page that was opened.
    pub async fn approve(&mut self, proposal: &str, review: &Review) -> Reply {
        let mut fields = review.form();
        fields.push(("read_all", "yes"));
        self.post(&format!("/approvals/{proposal}/approve"), &fields)
            .await
    }

    /// Enrols a passkey with a code of the operator's console.
    pub async fn enrol(&mut self, passkey: &mut SoftPasskey, name: &str, code: &Secret) -> Reply {
        let fields = [
            ("purpose", "enrol"),
            ("name", name),
            ("code", code.expose()),
        ];
        let step = self.post("/settings/passkeys", &fields).await.expect(200);
        let answer = passkey.create(&options(&step));
        let state = step.hidden("state").expect("a state");
        let fields = [("state", state.as_str()), ("answer", answer.as_str())];
        self.post("/settings/passkeys/step", &fields).await
    }

    /// Approves on a review page that was opened, with a passkey.
    pub async fn approve_with(
        &mut self,
        proposal: &str,
        review: &Review,
        passkey: &mut SoftPasskey,
    ) -> Reply {
        let assertion = passkey.get(&options(&review.page));
        let mut fields = review.form();
        fields.push(("read_all", "yes"));
        fields.push(("assertion", assertion.as_str()));
        self.post(&format!("/approvals/{proposal}/approve"), &fields)
            .await
    }

    /// Presses "Reject" with a note.
    pub async fn reject(&mut self, proposal: &str, review: &Review, note: &str) -> Reply {
        let mut fields = review.form();
        fields.push(("note", note));
        self.post(&format!("/approvals/{proposal}/reject"), &fields)
            .await
    }

    /// How many events with this action the audit page shows to this person (the newest page of it).
    pub async fn audited(&mut self, action: &str) -> usize {
        let page = self
            .get(&format!("/audit?action={action}"))
            .await
            .expect(200);
        page.text.matches(&format!(">{action}<")).count()
    }

    /// Reviews and approves.
    pub async fn review_and_approve(&mut self, proposal: &str) -> Reply {
        let review = self.review(proposal).await;
        self.approve(proposal, &review).await
    }
}

impl Review {
    /// The hidden fields as a form sends them.
    pub fn form(&self) -> Vec<(&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// The page as a person reads it.
    pub fn text(&self) -> String {
        unescape(&self.page.text)
    }
}

/// What a page asks the browser's passkeys for.
pub fn options(page: &Reply) -> Value {
    let (_, rest) = page.text.split_once("data-options=\"").expect("options");
    let (options, _) = rest.split_once('"').expect("their end");
    serde_json::from_str(&unescape(options)).expect("JSON")
}

/// The id of the connection that a callback ended on.
#[track_caller]
pub fn connection_id(reply: &Reply) -> String {
    let place = reply
        .location()
        .unwrap_or_else(|| panic!("not connected: {} {}", reply.status, reply.text));
    let id = place.path().rsplit('/').next().unwrap_or_default();
    assert!(id.starts_with("con_"), "not a connection: {place}");
    id.to_owned()
}

/// The first link of a page whose address contains `part`.
fn link_to(page: &str, part: &str) -> Option<Url> {
    page.split("href=\"").skip(1).find_map(|rest| {
        let address = unescape(rest.split('"').next()?);
        address.contains(part).then(|| address.parse().ok())?
    })
}
