//! A practice Slack: workspaces in memory that apps are installed into and post messages to, with the ways of the true
//! one: 200 with `ok:false`, bot and user tokens apart, rotation that is opted into, limits per channel.
//!
//! Must not know the connector it is used to test.

mod access;
mod answer;
mod app;
mod arguments;
mod authorize;
mod blocks;
mod call;
mod channels;
mod delete;
mod front;
mod grants;
mod history;
mod identity;
mod message;
mod metadata;
mod options;
mod orders;
mod post;
mod scopes;
mod seed;
mod state;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::{any, get};

use crate::error::PracticeError;
use crate::faults::Caller;
use crate::oauth::{self, Claim, Parameters};
use crate::vendor::{self, Counter, Front, Ground, Refused, Running, Vendor};

pub use app::SlackApp;
pub use options::SlackOptions;
pub use view::{GrantView, PostedMessage};

use state::State;

/// The practice Slack.
pub struct Slack {
    ground: Arc<Ground>,
    options: SlackOptions,
    state: Mutex<State>,
    posts: Counter,
}

/// A practice Slack that answers.
pub type RunningSlack = Running<Slack>;

/// Starts a practice Slack.
///
/// # Errors
/// The port is taken, or certificates cannot be made.
pub async fn start(options: SlackOptions) -> Result<RunningSlack, PracticeError> {
    let server = options.server.clone();
    let build = |ground| Slack {
        state: Mutex::new(State::new(&options)),
        ground,
        options,
        posts: Counter::default(),
    };
    vendor::start(&server, build).await
}

impl Slack {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vendor for Slack {
    const NAME: &'static str = "Slack";
    const COMPANY: &'static str = "Slack";

    fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    fn place(&self) -> String {
        "Northwind".to_owned()
    }

    fn router() -> Router<Arc<Self>> {
        Router::new()
            .route("/oauth/v2/authorize", get(authorize::authorize))
            .route("/api/{method}", any(call::call))
    }

    fn who(&self, headers: &HeaderMap, form: &Parameters) -> Caller {
        let state = self.state();
        let token = oauth::token_of(headers).or_else(|| form.get("token"));
        let grant = token
            .or_else(|| form.get("refresh_token"))
            .and_then(|token| state.grants.behind(token));
        let claimed = Claim::of(headers, form).ok();
        Caller {
            username: grant
                .and_then(|grant| state.member(&grant.team, &grant.user_id))
                .map(|member| member.username.clone()),
            app: grant
                .map(|grant| grant.client_id.clone())
                .or_else(|| claimed.map(|claim| claim.client_id)),
            ..Caller::default()
        }
    }

    fn dress(&self, response: &mut Response) {
        if let Ok(id) = HeaderValue::from_str(&self.ground.hex(16)) {
            let headers = response.headers_mut();
            headers.entry("x-slack-req-id").or_insert(id);
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
