//! The one table of pages: method, path, who may call it, handler. The router is built from it, and so is
//! the list that tests walk, so no page exists without saying whom it admits (invariant 14).
//!
//! Must not know: what the pages do.

use crate::{assets, fallback, pages, security, state::WebState, visitor::guard};
use axum::{
    Router,
    handler::Handler,
    http::Method,
    middleware::{from_fn, from_fn_with_state},
    routing::{self, MethodRouter},
};
use gatelodge_model::{Result, Role};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Anybody.
    Public,
    /// A person in a browser session; no agent, no API token.
    SignedIn,
    /// As `SignedIn`, coming back from a provider: without a session the attempt ends with an error page.
    Callback,
    /// Owners, administrators and auditors.
    Overseer,
    /// Owners and administrators.
    Admin,
}

impl Who {
    /// Whether a person with this role is let in.
    pub const fn admits(self, role: Role) -> bool {
        match self {
            Self::Public | Self::SignedIn | Self::Callback => true,
            Self::Overseer => role.reads_audit(),
            Self::Admin => role.administers(),
        }
    }
}

/// A route, without its handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// Its method.
    pub method: Method,
    /// Its path, with `{names}`.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
}

struct Route {
    entry: RouteEntry,
    handler: MethodRouter<WebState>,
}

fn get<T: 'static>(path: &'static str, who: Who, handler: impl Handler<T, WebState>) -> Route {
    Route {
        entry: RouteEntry {
            method: Method::GET,
            path,
            who,
        },
        handler: routing::get(handler),
    }
}

fn post<T: 'static>(path: &'static str, who: Who, handler: impl Handler<T, WebState>) -> Route {
    Route {
        entry: RouteEntry {
            method: Method::POST,
            path,
            who,
        },
        handler: routing::post(handler),
    }
}

fn table() -> Vec<Route> {
    let mut table = everyday();
    table.extend(connecting());
    table.extend(administration());
    table.extend(people());
    table.extend(rules());
    if cfg!(debug_assertions) {
        table.push(get("/styleguide", Who::SignedIn, pages::styleguide::show));
    }
    table
}

/// Signing in, deciding, looking at what happened.
fn everyday() -> Vec<Route> {
    use Who::{Overseer, Public, SignedIn};
    vec![
        get("/assets/{name}", Public, assets::serve),
        get("/favicon.ico", Public, assets::icon),
        get("/sign-in", Public, pages::sign_in::show),
        post("/sign-in", Public, pages::sign_in::submit),
        post("/sign-out", SignedIn, pages::sign_in::sign_out),
        get("/link/{token}", Public, pages::link::show),
        post("/link/{token}", Public, pages::link::submit),
        get("/invitation/{token}", Public, pages::join::show),
        post("/invitation/{token}", Public, pages::join::submit),
        get("/", SignedIn, pages::home::show),
        get("/approvals", SignedIn, pages::approvals::list),
        get("/approvals/news", SignedIn, pages::approvals::news),
        get("/approvals/{id}", SignedIn, pages::review::show),
        get(
            "/approvals/{id}/progress",
            SignedIn,
            pages::review::progress,
        ),
        post("/approvals/{id}/approve", SignedIn, pages::review::approve),
        post("/approvals/{id}/reject", SignedIn, pages::review::reject),
        get("/approvals/{id}/edit", SignedIn, pages::edit::show),
        post("/approvals/{id}/edit", SignedIn, pages::edit::submit),
        get("/notices", SignedIn, pages::notices::list),
        post("/notices/read", SignedIn, pages::notices::read),
        post("/notices/mail", SignedIn, pages::notices::mail),
        get("/agents", SignedIn, pages::agents::list),
        post("/agents", SignedIn, pages::agents::create),
        post("/agents/{id}/revoke", SignedIn, pages::agents::revoke),
        get("/audit", SignedIn, pages::audit::show),
        post("/audit/verify", Overseer, pages::audit::verify),
        post("/audit/export", Overseer, pages::audit_export::export),
        get("/audit/records", Overseer, pages::record_access::show),
    ]
}

/// Connections, and where providers send the browser back to.
fn connecting() -> Vec<Route> {
    use Who::{Callback, SignedIn};
    vec![
        get("/connections", SignedIn, pages::connections::list),
        get("/connections/new", SignedIn, pages::connect::show),
        post("/connections/new", SignedIn, pages::connect::submit),
        get("/connections/go", SignedIn, pages::connect::go),
        get("/connections/{id}", SignedIn, pages::connection::show),
        post(
            "/connections/{id}/disconnect",
            SignedIn,
            pages::connection::disconnect,
        ),
        get(
            "/connections/{id}/doctor",
            SignedIn,
            pages::connection::doctor,
        ),
        post(
            "/connections/{id}/check",
            SignedIn,
            pages::connection::check,
        ),
        get("/connections/{id}/test", SignedIn, pages::trial::show),
        post("/connections/{id}/test", SignedIn, pages::trial::run),
        post("/connections/{id}/test/step", SignedIn, pages::trial::step),
        get(
            "/api/integrations/callback/{provider}",
            Callback,
            pages::connect::callback,
        ),
        get(
            "/api/integrations/callback/{provider}/{app}",
            Callback,
            pages::connect::callback,
        ),
        get("/connector/callback", Callback, pages::connect::callback),
        get("/api/salesforce-oauth", Callback, pages::connect::callback),
    ]
}

/// Settings, and what administrators do.
fn administration() -> Vec<Route> {
    use Who::{Admin, Overseer, SignedIn};
    vec![
        get("/step-up", SignedIn, pages::step_up::show),
        post("/step-up", SignedIn, pages::step_up::submit),
        get("/providers", SignedIn, pages::about_providers::list),
        get(
            "/providers/{provider}",
            SignedIn,
            pages::about_providers::show,
        ),
        get("/help/{document}", SignedIn, pages::help::show),
        get("/cannot-use", SignedIn, pages::cannot_use::show),
        get("/settings", SignedIn, pages::settings::show),
        post(
            "/settings/sessions/{id}/end",
            SignedIn,
            pages::settings::end_session,
        ),
        get("/settings/passkeys", SignedIn, pages::passkeys::show),
        post("/settings/passkeys", SignedIn, pages::passkeys::begin),
        post("/settings/passkeys/step", SignedIn, pages::passkeys::step),
        post("/settings/writes", Admin, pages::settings::switch_writes),
        get("/admin/providers", Overseer, pages::providers::list),
        post("/admin/providers", Admin, pages::providers::switch_all),
        get(
            "/admin/providers/{provider}",
            Overseer,
            pages::provider::show,
        ),
        post(
            "/admin/providers/{provider}/switch",
            Admin,
            pages::providers::switch,
        ),
        get("/admin/oauth-apps", Overseer, pages::oauth_apps::list),
        post("/admin/oauth-apps", Admin, pages::oauth_apps::start),
        get("/admin/oauth-apps/{id}", Overseer, pages::oauth_app::show),
        post("/admin/oauth-apps/{id}", Admin, pages::oauth_app::save),
        post("/admin/oauth-apps/{id}/test", Admin, pages::oauth_app::test),
        post(
            "/admin/oauth-apps/{id}/delete",
            Admin,
            pages::oauth_app::delete,
        ),
        get(
            "/admin/providers/{provider}/guide",
            Overseer,
            pages::guide::show,
        ),
        get("/admin/webhooks", Overseer, pages::webhooks::list),
        post("/admin/webhooks", Admin, pages::webhooks::add),
        post("/admin/webhooks/retry", Admin, pages::webhooks::retry),
        post("/admin/webhooks/{id}/test", Admin, pages::webhooks::test),
        post(
            "/admin/webhooks/{id}/switch",
            Admin,
            pages::webhooks::switch,
        ),
        post(
            "/admin/webhooks/{id}/delete",
            Admin,
            pages::webhooks::delete,
        ),
        get("/admin/connections", Overseer, pages::all_connections::list),
        get("/admin/rollout", Overseer, pages::rollout::show),
        post("/admin/rollout/ask", Admin, pages::rollout::ask),
        post("/admin/rollout/limit", Admin, pages::rollout::limit),
        get("/stored", SignedIn, pages::stored::show),
        get("/admin/keys", Overseer, pages::keys::show),
        get("/admin/keys/progress", Overseer, pages::keys::progress),
        post("/admin/keys/rotate", Admin, pages::keys::rotate),
        get("/admin/panic", Admin, pages::panic::show),
        get("/admin/panic/progress", Admin, pages::panic::progress),
        post("/admin/panic", Admin, pages::panic::order),
        post("/admin/panic/{id}/again", Admin, pages::panic::again),
        get("/admin/way-out", Overseer, pages::way_out::show),
        get("/admin/way-out/list.csv", Overseer, pages::way_out::export),
        post("/admin/way-out/release", Admin, pages::way_out::release),
    ]
}

/// Rules for tool calls, and second looks.
fn rules() -> Vec<Route> {
    use Who::{Admin, Overseer};
    vec![
        get("/admin/policy", Overseer, pages::policy::list),
        get("/admin/policy/new", Admin, pages::policy_rule::new),
        post("/admin/policy/new", Admin, pages::policy_rule::add),
        post("/admin/policy/try", Admin, pages::policy::test),
        post("/admin/policy/share", Admin, pages::policy::share),
        get("/admin/policy/{id}", Overseer, pages::policy_rule::show),
        post("/admin/policy/{id}", Admin, pages::policy_rule::save),
        post(
            "/admin/policy/{id}/switch",
            Admin,
            pages::policy_rule::switch,
        ),
        post(
            "/admin/policy/{id}/delete",
            Admin,
            pages::policy_rule::delete,
        ),
        get("/admin/second-looks", Admin, pages::second_looks::list),
        get("/admin/second-looks/{id}", Admin, pages::second_looks::show),
        post(
            "/admin/second-looks/{id}",
            Admin,
            pages::second_looks::confirm,
        ),
    ]
}

/// People, their invitations and groups.
fn people() -> Vec<Route> {
    use Who::{Admin, Overseer};
    use pages::{groups, invitations, people};
    vec![
        get("/admin/people", Overseer, people::list),
        get("/admin/people/{id}", Overseer, people::show),
        post("/admin/people/{id}/role", Admin, people::change_role),
        post("/admin/people/{id}/remove", Admin, people::remove),
        get("/admin/invitations", Overseer, invitations::list),
        post("/admin/invitations", Admin, invitations::invite),
        post("/admin/invitations/{id}/resend", Admin, invitations::resend),
        post(
            "/admin/invitations/{id}/withdraw",
            Admin,
            invitations::withdraw,
        ),
        get("/admin/groups", Overseer, groups::list),
        post("/admin/groups", Admin, groups::create),
        get("/admin/groups/{id}", Overseer, groups::show),
        post("/admin/groups/{id}/rename", Admin, groups::rename),
        post("/admin/groups/{id}/move", Admin, groups::shift),
        post("/admin/groups/{id}/delete", Admin, groups::delete),
        post("/admin/groups/{id}/members", Admin, groups::set_member),
    ]
}

/// All routes of the pages and whom they admit.
pub fn routes() -> Vec<RouteEntry> {
    table().into_iter().map(|route| route.entry).collect()
}

/// The pages. Answers every path that nothing else takes with a page that says so.
///
/// # Errors
/// `internal` when a public URL cannot be an origin.
pub fn router(state: WebState) -> Result<Router> {
    let csrf = security::csrf(&state.hub.settings().public_urls)?;
    let mut router = Router::new();
    for Route { entry, handler } in table() {
        let guarded = handler.route_layer(from_fn_with_state((state.clone(), entry.who), guard));
        router = router.route(entry.path, guarded);
    }
    Ok(router
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::wrong_method)
        .layer(csrf)
        .layer(from_fn(security::headers))
        .with_state(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_route_is_there_once_and_names_who_may_call_it() {
        let mut seen = HashSet::new();
        for route in routes() {
            assert!(
                seen.insert((route.method.clone(), route.path)),
                "{} {}",
                route.method,
                route.path
            );
            let open = route.who == Who::Public;
            let meant_open = ["/assets/", "/favicon", "/sign-in", "/link/", "/invitation/"]
                .iter()
                .any(|prefix| route.path.starts_with(prefix));
            assert_eq!(open, meant_open, "{}", route.path);
            if route.path.starts_with("/admin") {
                assert!(!route.who.admits(Role::Member), "{}", route.path);
            }
            if route.path.starts_with("/admin") && route.method == Method::POST {
                assert!(!route.who.admits(Role::Auditor), "{}", route.path);
            }
        }
    }

    #[test]
    fn the_callback_paths_of_registrations_are_answered() {
        // proves ADM-8
        let paths: Vec<&str> = routes().iter().map(|route| route.path).collect();
        for path in [
            "/api/integrations/callback/{provider}",
            "/api/integrations/callback/{provider}/{app}",
            "/connector/callback",
            "/api/salesforce-oauth",
        ] {
            assert!(paths.contains(&path), "{path}");
        }
    }
}
