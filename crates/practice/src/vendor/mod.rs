//! What the practice servers of all vendors but Salesforce stand on: a server in memory with its own port, a clock
//! that can be moved, a journal, faults on purpose, people who sign in and decide, and orders for tests.
//!
//! Must not know any vendor: each is a module of its own that implements [`Vendor`].

mod admin;
mod allowance;
mod door;
mod front;
mod ground;
mod options;
mod order;
mod pages;
mod people;
mod running;
mod sign_in;
mod watch;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;

pub use allowance::Allowance;
pub use ground::Ground;
pub use options::VendorOptions;
pub use order::Refused;
pub use people::{Employee, STAFF};
pub use running::Running;

pub(crate) use allowance::Counter;
pub(crate) use front::{Front, Order, Row, Section};
pub(crate) use pages::{Choice, Consent, Group, Line, PageFrame, consent, done, notice, redirect};
pub(crate) use running::start;

use crate::faults::Caller;
use crate::oauth::Parameters;

/// One vendor's practice server.
pub(crate) trait Vendor: Send + Sync + Sized + 'static {
    /// Its name as people say it.
    const NAME: &'static str;
    /// Who operates the true one.
    const COMPANY: &'static str;

    /// What it stands on.
    fn ground(&self) -> &Arc<Ground>;

    /// Whose place a visitor sees, such as the name of a workspace.
    fn place(&self) -> String;

    /// Everything that it answers beside the pages and orders that all vendors have.
    fn router() -> Router<Arc<Self>>;

    /// Who stands behind a request; nothing is used or changed.
    fn who(&self, headers: &HeaderMap, form: &Parameters) -> Caller;

    /// Gives an answer, of whatever origin, the headers that all answers of the vendor carry.
    fn dress(&self, response: &mut Response);

    /// The page on which somebody who signed in decides about a request for access.
    fn ask(&self, flow: &str, asked: &Parameters, username: &str) -> Response;

    /// What follows from the decision; the flow is used up.
    fn decide(&self, asked: &Parameters, username: &str, form: &Parameters) -> Response;

    /// What the start page shows.
    fn front(&self) -> Front;

    /// Carries out an order of a tester.
    fn obey(&self, order: &str, with: &Parameters) -> Result<serde_json::Value, Refused>;
}
