//! The pages that people see at every vendor's practice server: sign-in, decision, a problem.
//!
//! Renders what it is given; decides nothing.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::Vendor;
use crate::pages;

/// What every page has around its content.
pub(crate) struct PageFrame {
    pub(crate) vendor: &'static str,
    pub(crate) company: &'static str,
    pub(crate) place: String,
}

impl PageFrame {
    pub(crate) fn of<V: Vendor>(vendor: &V) -> Self {
        Self {
            vendor: V::NAME,
            company: V::COMPANY,
            place: vendor.place(),
        }
    }
}

/// A page on which somebody decides.
pub(crate) struct Consent {
    pub(crate) title: String,
    pub(crate) lead: Vec<String>,
    pub(crate) username: String,
    pub(crate) flow: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) choice: Option<Choice>,
    /// Value and words of the button that goes on.
    pub(crate) agree: Option<(&'static str, &'static str)>,
    /// Value and words of the button that goes back.
    pub(crate) refuse: Option<(&'static str, &'static str)>,
}

/// Scopes under one heading.
pub(crate) struct Group {
    pub(crate) heading: String,
    pub(crate) lines: Vec<Line>,
}

/// A scope in words.
pub(crate) struct Line {
    pub(crate) words: String,
    pub(crate) scope: String,
}

/// Something to pick, such as the workspace.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// Value and words; the first is picked unless the person picks another.
    pub(crate) options: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "vendor/sign_in.html")]
struct SignInTemplate<'a> {
    frame: PageFrame,
    flow: &'a str,
    username: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "vendor/consent.html")]
struct ConsentTemplate<'a> {
    frame: PageFrame,
    page: &'a Consent,
}

#[derive(Template)]
#[template(path = "vendor/notice.html")]
struct NoticeTemplate<'a> {
    frame: PageFrame,
    title: &'a str,
    text: &'a str,
    code: &'a str,
    good: bool,
}

pub(super) fn sign_in(
    frame: PageFrame,
    status: StatusCode,
    flow: &str,
    username: &str,
    problem: Option<&str>,
) -> Response {
    let page = SignInTemplate {
        frame,
        flow,
        username,
        problem,
    };
    pages::html(status, &page)
}

/// The page on which somebody decides.
pub(crate) fn consent(frame: PageFrame, page: &Consent) -> Response {
    pages::html(StatusCode::OK, &ConsentTemplate { frame, page })
}

/// A page that says why it does not go on.
pub(crate) fn notice(
    frame: PageFrame,
    status: StatusCode,
    title: &str,
    text: &str,
    code: &str,
) -> Response {
    let page = NoticeTemplate {
        frame,
        title,
        text,
        code,
        good: false,
    };
    pages::html(status, &page)
}

/// A page that says that it went well and ends here.
pub(crate) fn done(frame: PageFrame, title: &str, text: &str) -> Response {
    let page = NoticeTemplate {
        frame,
        title,
        text,
        code: "",
        good: true,
    };
    pages::html(StatusCode::OK, &page)
}

/// Sends the browser elsewhere; never cached.
pub(crate) fn redirect(location: &str) -> Response {
    pages::redirect(StatusCode::FOUND, location)
}
