//! Explains what the authorize and token endpoints answer ("OAuth 2.0 Error Codes" in Salesforce Help;
//! RFC 6749 §4.1.2.1 and §5.2).
//!
//! Must not know: the flow or the connection; it sees code and description only.

use super::{PROVIDER, redact, shortened};
use gatelodge_model::{Error, ErrorKind, ProviderDetail, ReasonCode, Retry, WhoMustAct};

const BLOCKED: &str = "Either a Salesforce administrator opens Setup > Connected Apps OAuth Usage (or External Client App Manager), installs the app and sets Permitted Users to \"Admin approved users are pre-authorized\" with your profile or permission set; or sets it to \"All users may self-authorize\". People with the permission \"Approve Uninstalled Connected Apps\" may also approve it themselves. Then connect again.";
const WRONG_ENVIRONMENT: &str = "The usual cause is the wrong environment: production users sign in at login.salesforce.com, sandbox users at test.salesforce.com, and some orgs only at their My Domain address. Choose the other one and connect again. If it is right, check user name and password, and whether the org restricts sign-in by address.";
const CALLBACK: &str = "In the app's settings in Salesforce, the callback URL must equal the one that Gatelodge shows for this provider, letter by letter. Changes can take up to 10 minutes: wait and retry first.";
const CLIENT: &str = "Compare the consumer key in Gatelodge with the one in Salesforce. After an app was created or changed it can take up to 10 minutes until Salesforce knows it: wait and retry first. An app registered in one org may also be unknown at another environment's sign-in host.";
const SECRET: &str = "Compare the consumer secret in Gatelodge with the one in Salesforce. Changes can take up to 10 minutes: wait and retry first.";
const RECONNECT: &str = "Reconnect Salesforce in Gatelodge. Causes are a changed password, a revocation by you or an administrator, long inactivity, or a sixth grant for the same app: Salesforce keeps five per person and ends the oldest.";

/// Explains an error; kind, words, hint and who must act.
pub(in super::super) fn explain(error: &str, description: &str) -> Error {
    let text = description.to_ascii_lowercase();
    let says = |part: &str| text.contains(part);
    let (kind, words, who, hint, reason) = policy(error, &text).unwrap_or_else(|| match error {
        "access_denied" if !says("not approved") && !says("not admin approved") => (
            ErrorKind::Forbidden,
            "Access was denied on Salesforce's page. Nothing was connected.",
            WhoMustAct::Person,
            "Connect again and choose Allow, if you want Gatelodge to use Salesforce for you.",
            ReasonCode::AccessDenied,
        ),
        _ if says("api access control") || says("use any api client") => {
            blocked(ReasonCode::ApiAccessControl)
        }
        _ if says("must be installed") || says("not installed") => {
            blocked(ReasonCode::AppNotInstalled)
        }
        _ if says("not admin approved") || says("hasn't approved") => {
            blocked(ReasonCode::AppNotApproved)
        }
        "OAUTH_APP_BLOCKED" => blocked(ReasonCode::AppBlocked),
        "OAUTH_APP_ACCESS_DENIED" | "invalid_app_access" | "access_denied" => {
            blocked(ReasonCode::AppNotApproved)
        }
        "OAUTH_APPROVAL_ERROR_GENERIC" => blocked(ReasonCode::AppRefused),
        "app_not_found" => blocked(ReasonCode::AppNotInstalled),
        _ if says("blocked") => blocked(ReasonCode::AppBlocked),
        "redirect_uri_mismatch" => callback(),
        _ if says("redirect_uri must match") => callback(),
        "invalid_client_id" => (
            ErrorKind::Misconfigured,
            "Salesforce does not know the app's consumer key.",
            WhoMustAct::Admin,
            CLIENT,
            ReasonCode::UnknownClientId,
        ),
        "invalid_client" => (
            ErrorKind::Misconfigured,
            "Salesforce does not accept the app's consumer key and secret.",
            WhoMustAct::Admin,
            SECRET,
            ReasonCode::WrongClientSecret,
        ),
        "invalid_grant" => grant(&text),
        "invalid_request" if says("code challenge") => (
            ErrorKind::Misconfigured,
            "The app requires PKCE and Salesforce saw no code challenge.",
            WhoMustAct::Operator,
            "A proxy between browser and Salesforce may have cut the address. Connect again; otherwise look up the request id in the log.",
            ReasonCode::PkceMissing,
        ),
        "invalid_scope" => (
            ErrorKind::Misconfigured,
            "The app does not allow the scopes that Gatelodge asks for.",
            WhoMustAct::Admin,
            "Add \"Manage user data via APIs (api)\" and \"Perform requests at any time (refresh_token, offline_access)\" to the app in Salesforce. Changes can take up to 10 minutes: wait and retry first.",
            ReasonCode::InvalidScope,
        ),
        "rate_limit_exceeded" => later(ReasonCode::RateLimited),
        "server_error" | "unknown_error" | "temporarily_unavailable" => {
            later(ReasonCode::ProviderDown)
        }
        "immediate_unsuccessful" | "interaction_required" | "login_required" => {
            seen(ReasonCode::SignInNeeded)
        }
        _ if says("invalid login") || says("authentication failure") => wrong_environment(),
        _ => (
            ErrorKind::ProviderRejected,
            "Salesforce refused the sign-in.",
            WhoMustAct::Admin,
            "Compare the app's settings with the setup guide. After an app was changed it can take up to 10 minutes: wait and retry first.",
            ReasonCode::Unclear,
        ),
    });
    let retry = if kind == ErrorKind::ProviderUnavailable {
        Retry::Later
    } else {
        Retry::AfterAction
    };
    Error::new(kind, words)
        .with_retry(retry)
        .with_hint(who, hint)
        .with_reason(reason)
        .with_provider(ProviderDetail {
            provider: PROVIDER.to_owned(),
            status: 0,
            code: redact::tokens(&shortened(error)),
            message: redact::tokens(&shortened(description)),
            fields: Vec::new(),
            request_id: None,
        })
}

type Explanation = (
    ErrorKind,
    &'static str,
    WhoMustAct,
    &'static str,
    ReasonCode,
);

/// Rules of the org about people, places and times.
fn policy(error: &str, text: &str) -> Option<Explanation> {
    let says = |part: &str| text.contains(part);
    match error {
        "inactive_user" => Some(inactive(ReasonCode::UserInactive)),
        "inactive_org" => Some(inactive(ReasonCode::OrganizationInactive)),
        "ip_not_allowed" => Some(address()),
        _ if says("inactive user") || says("user is frozen") => {
            Some(inactive(ReasonCode::UserInactive))
        }
        _ if says("inactive organization") => Some(inactive(ReasonCode::OrganizationInactive)),
        _ if says("ip restricted") || says("ip_not_allowed") => Some(address()),
        _ if says("login hours") || says("restricted hours") || says("restricted time") => {
            Some(hours())
        }
        _ if says("multi-factor") || says("two-factor") || says("verification required") => {
            Some(seen(ReasonCode::MfaRequired))
        }
        _ if says("single sign-on") || says("sso required") => Some(seen(ReasonCode::SsoRequired)),
        _ => None,
    }
}

/// `invalid_grant` stands for much; its description tells what.
fn grant(text: &str) -> Explanation {
    let says = |part: &str| text.contains(part);
    if says("already being processed") {
        later(ReasonCode::RefreshBusy)
    } else if says("authentication failure")
        || says("invalid login")
        || says("not supported on this domain")
    {
        wrong_environment()
    } else if says("code verifier") {
        (
            ErrorKind::StateInvalid,
            "Salesforce did not accept the proof of this sign-in.",
            WhoMustAct::Person,
            "Connect again; one attempt cannot be continued in another window.",
            ReasonCode::CodeRejected,
        )
    } else if says("authorization code") {
        (
            ErrorKind::StateInvalid,
            "The sign-in took too long or was answered twice.",
            WhoMustAct::Person,
            "Connect again.",
            ReasonCode::CodeRejected,
        )
    } else {
        (
            ErrorKind::ReconnectNeeded,
            "Salesforce ended the grant of this connection.",
            WhoMustAct::Person,
            RECONNECT,
            ReasonCode::GrantEnded,
        )
    }
}

const fn blocked(reason: ReasonCode) -> Explanation {
    (
        ErrorKind::ProviderApprovalNeeded,
        "This org does not let you use the app until a Salesforce administrator allows it.",
        WhoMustAct::ProviderAdmin,
        BLOCKED,
        reason,
    )
}

const fn wrong_environment() -> Explanation {
    (
        ErrorKind::ProviderRejected,
        "Salesforce did not accept the sign-in.",
        WhoMustAct::Person,
        WRONG_ENVIRONMENT,
        ReasonCode::WrongEnvironment,
    )
}

const fn callback() -> Explanation {
    (
        ErrorKind::Misconfigured,
        "The app in Salesforce knows another callback URL than the one that Gatelodge uses.",
        WhoMustAct::Admin,
        CALLBACK,
        ReasonCode::RedirectMismatch,
    )
}

const fn inactive(reason: ReasonCode) -> Explanation {
    (
        ErrorKind::ReconnectNeeded,
        "The Salesforce user or org is not active.",
        WhoMustAct::ProviderAdmin,
        "A Salesforce administrator activates the user (Setup > Users) or the org. Then connect again.",
        reason,
    )
}

const fn address() -> Explanation {
    (
        ErrorKind::ProviderForbidden,
        "Salesforce does not accept requests of this app from the address of this installation.",
        WhoMustAct::ProviderAdmin,
        "A Salesforce administrator adds the installation's outgoing address to the trusted ranges (Setup > Network Access, the profile's Login IP Ranges, or the app's refresh token allowlist), or relaxes the app's IP restrictions.",
        ReasonCode::IpLocked,
    )
}

const fn hours() -> Explanation {
    (
        ErrorKind::ProviderForbidden,
        "Salesforce lets this user sign in at certain hours only.",
        WhoMustAct::ProviderAdmin,
        "Wait for those hours, or let a Salesforce administrator change them (Setup > Profiles > Login Hours).",
        ReasonCode::LoginHours,
    )
}

const fn seen(reason: ReasonCode) -> Explanation {
    (
        ErrorKind::ReconnectNeeded,
        "Salesforce wants to see you.",
        WhoMustAct::Person,
        "Connect again and sign in on Salesforce's page.",
        reason,
    )
}

const fn later(reason: ReasonCode) -> Explanation {
    (
        ErrorKind::ProviderUnavailable,
        "Salesforce's sign-in service is busy.",
        WhoMustAct::Nobody,
        "Wait a minute and try again.",
        reason,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    use ErrorKind::{
        Forbidden, Misconfigured, ProviderApprovalNeeded, ProviderForbidden, ProviderRejected,
        ProviderUnavailable, ReconnectNeeded, StateInvalid,
    };

    #[rustfmt::skip] // a table: one row per text
    const TEXTS: &[(&str, &str, ErrorKind, &str)] = &[
        ("access_denied", "end-user denied authorization", Forbidden, "choose Allow"),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", ProviderApprovalNeeded, "self-authorize"),
        ("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app", ProviderApprovalNeeded, "pre-authorized"),
        ("OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occured during authentication. Please try again.", ProviderApprovalNeeded, "Approve Uninstalled"),
        ("invalid_client", "app must be installed into org", ProviderApprovalNeeded, "installs"),
        ("invalid_grant", "app must be installed into org", ProviderApprovalNeeded, "installs"),
        ("app_not_found", "External client app is not installed in this org", ProviderApprovalNeeded, "installs"),
        ("invalid_app_access", "user is not admin approved to access this app", ProviderApprovalNeeded, "pre-authorized"),
        ("access_denied", "user is not admin approved", ProviderApprovalNeeded, "pre-authorized"),
        ("invalid_grant", "user hasn't approved this consumer", ProviderApprovalNeeded, "pre-authorized"),
        ("redirect_uri_mismatch", "redirect_uri must match configuration", Misconfigured, "callback URL"),
        ("invalid_grant", "redirect_uri must match configuration", Misconfigured, "callback URL"),
        ("invalid_client_id", "client identifier invalid", Misconfigured, "up to 10 minutes"),
        ("invalid_client", "invalid client credentials", Misconfigured, "up to 10 minutes"),
        ("invalid_grant", "authentication failure", ProviderRejected, "test.salesforce.com"),
        ("invalid_grant", "Invalid login", ProviderRejected, "test.salesforce.com"),
        ("something", "Invalid login", ProviderRejected, "test.salesforce.com"),
        ("invalid_grant", "request not supported on this domain", ProviderRejected, "My Domain"),
        ("invalid_grant", "expired access/refresh token", ReconnectNeeded, "sixth grant"),
        ("invalid_grant", "expired authorization code", StateInvalid, "Connect again"),
        ("invalid_grant", "invalid code verifier", StateInvalid, "another window"),
        ("invalid_grant", "inactive user", ReconnectNeeded, "activates"),
        ("inactive_org", "organization is inactive/locked", ReconnectNeeded, "activates"),
        ("invalid_grant", "ip restricted", ProviderForbidden, "trusted ranges"),
        ("invalid_grant", "token request is already being processed", ProviderUnavailable, "Wait"),
        ("rate_limit_exceeded", "login rate exceeded", ProviderUnavailable, "Wait"),
        ("server_error", "", ProviderUnavailable, "Wait"),
        ("invalid_scope", "the requested scope is not allowed", Misconfigured, "refresh_token"),
        ("invalid_request", "missing required code challenge", Misconfigured, "proxy"),
        ("unsupported_response_type", "x", ProviderRejected, "setup guide"),
    ];

    #[test]
    fn texts_become_explanations() {
        // proves CON-13, CON-14, CON-15, O10, O15
        // proves SFB-OAUTH-35
        for (error, description, kind, hint) in TEXTS.iter().copied() {
            let explained = explain(error, description);
            assert_eq!(explained.kind(), kind, "{error}: {description}");
            let given = &explained.hint().unwrap().text;
            assert!(given.contains(hint), "{error}: {description}: {given}");
            let detail = explained.provider().unwrap();
            assert_eq!(detail.code, error);
            assert_eq!(detail.message, description);
        }
    }

    #[rustfmt::skip] // a table: one row per text
    const REASONS: &[(&str, &str, ReasonCode)] = &[
        ("access_denied", "end-user denied authorization", ReasonCode::AccessDenied),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", ReasonCode::AppBlocked),
        ("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app", ReasonCode::AppNotApproved),
        ("invalid_app_access", "user is not admin approved to access this app", ReasonCode::AppNotApproved),
        ("invalid_grant", "user hasn't approved this consumer", ReasonCode::AppNotApproved),
        ("OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occured during authentication. Please try again.", ReasonCode::AppRefused),
        ("invalid_client", "app must be installed into org", ReasonCode::AppNotInstalled),
        ("app_not_found", "External client app is not installed in this org", ReasonCode::AppNotInstalled),
        ("invalid_grant", "blocked by API Access Control", ReasonCode::ApiAccessControl),
        ("redirect_uri_mismatch", "redirect_uri must match configuration", ReasonCode::RedirectMismatch),
        ("invalid_client_id", "client identifier invalid", ReasonCode::UnknownClientId),
        ("invalid_client", "invalid client credentials", ReasonCode::WrongClientSecret),
        ("invalid_request", "missing required code challenge", ReasonCode::PkceMissing),
        ("invalid_scope", "the requested scope is not allowed", ReasonCode::InvalidScope),
        ("invalid_grant", "authentication failure", ReasonCode::WrongEnvironment),
        ("invalid_grant", "expired authorization code", ReasonCode::CodeRejected),
        ("invalid_grant", "invalid code verifier", ReasonCode::CodeRejected),
        ("invalid_grant", "expired access/refresh token", ReasonCode::GrantEnded),
        ("invalid_grant", "token request is already being processed", ReasonCode::RefreshBusy),
        ("invalid_grant", "inactive user", ReasonCode::UserInactive),
        ("inactive_org", "organization is inactive/locked", ReasonCode::OrganizationInactive),
        ("invalid_grant", "ip restricted", ReasonCode::IpLocked),
        ("ip_not_allowed", "", ReasonCode::IpLocked),
        ("invalid_grant", "outside of login hours", ReasonCode::LoginHours),
        ("login_required", "", ReasonCode::SignInNeeded),
        ("interaction_required", "multi-factor authentication", ReasonCode::MfaRequired),
        ("invalid_grant", "single sign-on is required", ReasonCode::SsoRequired),
        ("rate_limit_exceeded", "login rate exceeded", ReasonCode::RateLimited),
        ("server_error", "", ReasonCode::ProviderDown),
        ("unsupported_response_type", "x", ReasonCode::Unclear),
    ];

    #[test]
    fn texts_become_reasons() {
        // proves CON-13, CON-15, O10, O15
        for (error, description, reason) in REASONS.iter().copied() {
            let explained = explain(error, description);
            assert_eq!(explained.reason(), Some(reason), "{error}: {description}");
        }
    }

    #[test]
    fn a_blocked_app_is_never_tried_in_a_loop() {
        // proves O15: both remedies are named, and only an administrator's act helps
        let error = explain("OAUTH_APP_BLOCKED", "this app is blocked by admin");
        assert_eq!(error.retry(), Retry::AfterAction);
        assert_eq!(error.code(), "provider_admin_approval_required");
        let hint = error.hint().unwrap();
        assert_eq!(hint.who_must_act, WhoMustAct::ProviderAdmin);
        assert!(hint.text.contains("pre-authorized") && hint.text.contains("self-authorize"));
    }
}
