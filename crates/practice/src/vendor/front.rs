//! The start page of a vendor's practice server: who can sign in, what it holds, and orders with one click.
//!
//! Shows passwords on purpose: they are practice passwords, and the server listens on loopback only.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::PageFrame;
use super::people::STAFF;
use super::{Ground, Refused, Vendor};
use crate::oauth::{Parameters, secrets};
use crate::pages;

/// What the start page shows.
pub(crate) struct Front {
    pub(crate) lead: String,
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) sections: Vec<Section>,
}

/// A table with its heading.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
}

/// A line of a table, and what can be ordered about it.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<String>,
    pub(crate) orders: Vec<Order>,
}

/// An order with one click.
pub(crate) struct Order {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) with: Vec<(&'static str, String)>,
}

impl Section {
    fn has_orders(&self) -> bool {
        self.rows.iter().any(|row| !row.orders.is_empty())
    }

    /// Everybody who can sign in; `note` says what somebody is at this vendor.
    pub(crate) fn people(ground: &Ground, note: impl Fn(&str) -> String) -> Self {
        let rows = STAFF.iter().map(|employee| Row {
            cells: vec![
                employee.name(),
                employee.username.to_owned(),
                ground.passwords.of(employee.username),
                note(employee.username),
            ],
            orders: Vec::new(),
        });
        Self {
            title: "People",
            empty: "",
            head: vec!["Name", "Email address", "Password", "Is"],
            rows: rows.collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "vendor/front.html")]
struct FrontTemplate<'a> {
    frame: PageFrame,
    page: Front,
    notice: Option<String>,
    problem: Option<String>,
    orders: bool,
    guard: &'a str,
}

/// `GET /`
pub(super) async fn show<V: Vendor>(State(vendor): State<Arc<V>>) -> Response {
    render(vendor.as_ref(), None, None)
}

/// `POST /practice/orders/{order}`
pub(super) async fn obey<V: Vendor>(
    State(vendor): State<Arc<V>>,
    Path(order): Path<String>,
    body: Bytes,
) -> Response {
    let form = Parameters::parse(&body);
    let ground = vendor.ground();
    if !secrets::same(form.text("guard"), &ground.form_guard) {
        let problem = "This form is out of date. Nothing was changed; please send it again.";
        return render(vendor.as_ref(), None, Some(problem.to_owned()));
    }
    match vendor.obey(&order, &form) {
        Ok(done) => {
            let notice = done["notice"].as_str().unwrap_or("Done.").to_owned();
            render(vendor.as_ref(), Some(notice), None)
        }
        Err(Refused(problem)) => render(vendor.as_ref(), None, Some(problem)),
    }
}

fn render<V: Vendor>(vendor: &V, notice: Option<String>, problem: Option<String>) -> Response {
    let ground = vendor.ground();
    let page = FrontTemplate {
        frame: PageFrame::of(vendor),
        page: vendor.front(),
        notice,
        problem,
        // With an admin token, orders go over the administration interface only.
        orders: ground.admin && ground.admin_token.is_none(),
        guard: &ground.form_guard,
    };
    pages::html(StatusCode::OK, &page)
}
