//! One way to ask for the same fifty records.
//!
//! Must not know how long it takes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The fields that everybody asks for.
pub(super) const FIELDS: [&str; 6] = [
    "Id",
    "Name",
    "Industry",
    "Phone",
    "BillingCity",
    "AnnualRevenue",
];
/// How many records everybody asks for.
pub(super) const RECORDS: usize = 50;

/// The query as a statement.
pub(super) fn soql() -> String {
    format!("SELECT {} FROM Account LIMIT {RECORDS}", FIELDS.join(", "))
}

type Asked = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One way, under its name.
#[derive(Clone)]
pub(super) struct Lane {
    pub(super) name: &'static str,
    ask: Arc<dyn Fn() -> Asked + Send + Sync>,
}

impl Lane {
    /// `ask` sends the query and fails unless the fifty records come back.
    pub(super) fn new<F>(name: &'static str, ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            name,
            ask: Arc::new(move || Box::pin(ask())),
        }
    }

    /// Asks once.
    pub(super) fn ask(&self) -> Asked {
        (self.ask)()
    }
}
