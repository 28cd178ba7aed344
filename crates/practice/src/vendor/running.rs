//! Starting and stopping a vendor's practice server, and what a test may ask of a running one.
//!
//! Must not know any vendor.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use super::{Ground, Vendor, VendorOptions, admin, front, sign_in, watch};
use crate::error::PracticeError;
use crate::faults::{Fault, FaultError};
use crate::journal::{Counts, Entry};
use crate::pages;
use crate::sockets::{Serving, Sockets, Wanted};

/// Largest request body.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// A vendor's practice server that answers.
pub struct Running<V> {
    vendor: Arc<V>,
    ground: Arc<Ground>,
    serving: Serving,
}

/// Starts the server of a vendor that `build` puts on its ground.
pub(crate) async fn start<V: Vendor>(
    options: &VendorOptions,
    build: impl FnOnce(Arc<Ground>) -> V,
) -> Result<Running<V>, PracticeError> {
    let mut names = ["localhost", "127.0.0.1", "::1"]
        .map(ToOwned::to_owned)
        .to_vec();
    if !names.contains(&options.host) {
        names.push(options.host.clone());
    }
    let wanted = options.tls.as_ref().map(|tls| Wanted {
        folder: tls.directory.as_deref(),
        names,
        now: options.clock.now(),
        random: options.random.as_ref(),
    });
    let sockets = Sockets::bind(options.port, wanted)?;
    let ground = Arc::new(Ground::new(options, sockets.base_url(&options.host)));
    let vendor = Arc::new(build(Arc::clone(&ground)));
    let serving = sockets.serve(application(&vendor)).await?;
    Ok(Running {
        vendor,
        ground,
        serving,
    })
}

fn application<V: Vendor>(vendor: &Arc<V>) -> Router {
    let mut router = V::router()
        .route("/", get(front::show::<V>))
        .route(
            "/login",
            get(sign_in::page::<V>).post(sign_in::sign_in::<V>),
        )
        .route(
            "/consent",
            get(sign_in::ask::<V>).post(sign_in::decide::<V>),
        )
        .route("/practice/style.css", get(async || pages::style()))
        .route("/practice/photo.svg", get(async || pages::photo()));
    if vendor.ground().admin {
        router = router.nest("/practice/admin", admin::router(vendor));
        if vendor.ground().admin_token.is_none() {
            let orders = Router::new()
                .route("/practice/orders/{order}", post(front::obey::<V>))
                .layer(from_fn(pages::frame::only_here));
            router = router.merge(orders);
        }
    }
    router
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(Arc::clone(vendor), watch::watch::<V>))
        .with_state(Arc::clone(vendor))
}

impl<V> Running<V> {
    /// Address without a slash at the end, e.g. `http://localhost:8191`.
    pub fn url(&self) -> &str {
        self.ground.base_url()
    }

    /// Certificate file that a client must trust, with TLS.
    pub fn authority_path(&self) -> Option<&Path> {
        self.serving.authority_path()
    }

    /// The vendor itself, for tests that look behind its answers and give orders.
    pub fn vendor(&self) -> &Arc<V> {
        &self.vendor
    }

    /// What the vendor stands on.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Names and passwords of the people who can sign in.
    pub fn sign_ins(&self) -> Vec<(String, String)> {
        self.ground.sign_ins()
    }

    /// Totals of requests.
    pub fn counts(&self) -> Counts {
        self.ground.journal().counts()
    }

    /// Kept requests, oldest first.
    pub fn journal(&self) -> Vec<Entry> {
        self.ground.journal().entries_after(0)
    }

    /// Orders a fault and gives it with its number.
    ///
    /// # Errors
    /// The order makes no sense, or too many are open.
    pub fn order(&self, fault: Fault) -> Result<Fault, FaultError> {
        self.ground.order(fault)
    }

    /// Stops: no new connections, a moment for requests under way, then the end.
    pub async fn shutdown(self) {
        self.serving.end().await;
    }
}
