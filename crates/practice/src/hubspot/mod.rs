//! A practice HubSpot: accounts in memory with contacts and e-mail templates, OAuth with dated addresses beside old
//! ones, limits with policy names, and a mail that is sent once per `sendId`.
//!
//! Must not know the connector it is used to test.

mod account;
mod app;
mod authorize;
mod call;
mod contacts;
mod front;
mod grants;
mod mail;
mod options;
mod orders;
mod portal;
mod problem;
mod seed;
mod send;
mod token;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::{get, post};

use crate::error::PracticeError;
use crate::faults::Caller;
use crate::oauth::{self, Parameters};
use crate::vendor::{self, Counter, Front, Ground, Refused, Running, Vendor};

pub use app::HubSpotApp;
pub use mail::SentMail;
pub use options::HubSpotOptions;
pub use view::{ContactView, GrantView};

use portal::State;

/// The versions of dated addresses that are served.
const DATES: [&str; 2] = ["2026-03", "2026-09"];

/// The practice HubSpot.
pub struct HubSpot {
    ground: Arc<Ground>,
    options: HubSpotOptions,
    state: Mutex<State>,
    requests: Counter,
}

/// A practice HubSpot that answers.
pub type RunningHubSpot = Running<HubSpot>;

/// Starts a practice HubSpot.
///
/// # Errors
/// The port is taken, or certificates cannot be made.
pub async fn start(options: HubSpotOptions) -> Result<RunningHubSpot, PracticeError> {
    let server = options.server.clone();
    let build = |ground: Arc<Ground>| HubSpot {
        state: Mutex::new(State::new(&options, ground.now())),
        ground,
        options,
        requests: Counter::default(),
    };
    vendor::start(&server, build).await
}

impl HubSpot {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vendor for HubSpot {
    const NAME: &'static str = "HubSpot";
    const COMPANY: &'static str = "HubSpot";

    fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    fn place(&self) -> String {
        "Northwind".to_owned()
    }

    fn router() -> Router<Arc<Self>> {
        let mut router = Router::new()
            .route("/oauth/authorize", get(authorize::authorize))
            .route("/account-info/v3/details", get(account::details))
            .route("/oauth/v1/token", post(token::old_token))
            .route("/oauth/v3/token", post(token::token))
            .route("/oauth/v3/token/introspect", post(token::introspect))
            .route("/oauth/v3/token/revoke", post(token::revoke))
            .route(
                "/marketing/v3/transactional/single-email/send",
                post(send::send),
            )
            .route(
                "/marketing/v3/email/send-statuses/{status_id}",
                get(send::status),
            )
            .fallback(call::nothing_here);
        let mut objects = vec!["/crm/v3/objects/contacts".to_owned()];
        for date in DATES {
            objects.push(format!("/crm/objects/{date}/contacts"));
            let token = format!("/oauth/{date}/token");
            let send = format!("/marketing/transactional/{date}/single-email/send");
            let details = format!("/account-info/{date}/details");
            router = router
                .route(&details, get(account::details))
                .route(&token, post(token::token))
                .route(&format!("{token}/introspect"), post(token::introspect))
                .route(&format!("{token}/revoke"), post(token::revoke))
                .route(&send, post(send::send));
        }
        for contacts in objects {
            router = router
                .route(&contacts, get(contacts::list))
                .route(&format!("{contacts}/search"), post(contacts::search))
                .route(&format!("{contacts}/batch/read"), post(contacts::batch))
                .route(&format!("{contacts}/{{id}}"), get(contacts::one));
        }
        router
    }

    fn who(&self, headers: &HeaderMap, form: &Parameters) -> Caller {
        let state = self.state();
        let token = oauth::token_of(headers)
            .or_else(|| form.get("refresh_token"))
            .or_else(|| form.get("token"));
        let grant = token.and_then(|token| state.grants.behind(token));
        Caller {
            username: grant.map(|grant| grant.username.clone()),
            app: grant
                .map(|grant| grant.client_id.clone())
                .or_else(|| form.get("client_id").map(ToOwned::to_owned)),
            ..Caller::default()
        }
    }

    fn dress(&self, response: &mut Response) {
        if let Ok(id) = HeaderValue::from_str(&problem::uuid(&self.ground)) {
            let headers = response.headers_mut();
            headers.entry("x-hubspot-correlation-id").or_insert(id);
        }
    }

    fn ask(&self, flow: &str, asked: &Parameters, username: &str) -> Response {
        authorize::ask(self, flow, asked, username)
    }

    fn decide(&self, asked: &Parameters, username: &str, form: &Parameters) -> Response {
        authorize::decide(self, asked, username, form)
    }

    fn front(&self) -> Front {
        front::front(self)
    }

    fn obey(&self, order: &str, with: &Parameters) -> Result<serde_json::Value, Refused> {
        orders::obey(self, order, with)
    }
}
