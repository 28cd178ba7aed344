//! What every page of the org has around its content: the name, the links, a notice, the guard of forms.
//!
//! Must not know what a page shows.

use axum::http::header;

use crate::oauth::secrets;
use crate::state::Practice;

/// The frame of one page.
pub(super) struct Frame {
    pub(super) organization: String,
    /// Address of the page among the links.
    pub(super) current: &'static str,
    pub(super) notice: Option<String>,
    pub(super) problem: Option<String>,
    admin: bool,
    guard: String,
    wants_token: bool,
}

impl Frame {
    pub(super) fn new(practice: &Practice, current: &'static str) -> Self {
        Self {
            organization: practice.org.organization().name,
            current,
            notice: None,
            problem: None,
            admin: practice.options.admin,
            guard: practice.form_guard.clone(),
            wants_token: practice.options.admin_token.is_some(),
        }
    }

    pub(super) fn links(&self) -> Vec<(&'static str, &'static str)> {
        let mut links = vec![("/", "Start"), ("/practice/objects", "Objects")];
        if self.admin {
            links.extend([
                ("/practice/apps", "Apps"),
                ("/practice/faults", "Faults"),
                ("/practice/journal", "Journal"),
            ]);
        }
        links.push(("/practice/limits", "Limits"));
        links
    }

    /// The hidden fields of a form; the guard is letters only, so that nothing is to be escaped.
    pub(super) fn guard(&self) -> String {
        let mut fields = format!(
            "<input type=\"hidden\" name=\"guard\" value=\"{}\">",
            self.guard
        );
        if self.wants_token {
            fields.push_str(
                "<input name=\"admin_token\" type=\"password\" aria-label=\"Admin token\" placeholder=\"admin token\" autocomplete=\"off\">",
            );
        }
        fields
    }
}

/// The fields of a form that was sent.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    pub(super) fn checked(&self, name: &str) -> bool {
        self.get(name) == Some("yes")
    }

    /// Why the form is not obeyed: it does not come from a page of this org, or lacks the admin token.
    pub(super) fn refusal(&self, practice: &Practice) -> Option<&'static str> {
        if !secrets::same(self.text("guard"), &practice.form_guard) {
            return Some("This form is out of date. Nothing was changed; please send it again.");
        }
        match &practice.options.admin_token {
            Some(token) if !secrets::same(self.text("admin_token"), token) => {
                Some("The admin token is missing or wrong. Nothing was changed.")
            }
            _ => None,
        }
    }
}

/// Pages with orders answer this machine only, as the administration interface does.
pub(crate) async fn only_here(
    axum::extract::ConnectInfo(peer): axum::extract::ConnectInfo<std::net::SocketAddr>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let headers = request.headers();
    // A browser names the page that a form comes from; ours has the host that it is sent to.
    let host = headers.get(header::HOST);
    let own = headers.get(header::ORIGIN).is_none_or(|origin| {
        let (origin, host) = (
            origin.to_str().ok(),
            host.and_then(|host| host.to_str().ok()),
        );
        origin
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, origin)| Some(origin) == host)
    });
    if own && crate::admin::guard::from_this_machine(peer, headers, request.uri()) {
        return next.run(request).await;
    }
    super::not_found().await
}
