//! Why connecting or keeping a connection does not work: one stable code each, with who must act, whether the
//! grant still lives, and the words, in one place for pages, answers, mail and webhooks.
//!
//! The texts behind the codes are Salesforce's ("OAuth 2.0 Error Codes" in Salesforce Help) and RFC 6749 §4.1.2.1
//! and §5.2; reading them is the provider's own work. Must not know: any provider. Where something is clicked at a
//! provider stands in that provider's `provider.toml`.

use crate::{connection::AttentionReason, error::WhoMustAct};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is left of the grant behind a failure: it decides whether waiting or reconnecting helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantState {
    /// No grant came about, or it does not matter here.
    None,
    /// The stored credential works again once the cause is gone; nobody needs to sign in again.
    Lives,
    /// Only connecting again helps.
    Ended,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $who:ident, $grant:ident: $title:literal, $what:literal, $act:literal;)*) => {
        /// Why connecting or keeping a connection does not work. Codes never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ReasonCode {
            $($(#[$doc])* $name,)*
        }

        impl ReasonCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code in answers, rows and events.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Who must act, unless the provider knows better.
            pub const fn who_must_act(self) -> WhoMustAct {
                match self { $(Self::$name => WhoMustAct::$who,)* }
            }

            /// What is left of the grant.
            pub const fn grant(self) -> GrantState {
                match self { $(Self::$name => GrantState::$grant,)* }
            }

            /// A heading.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            const fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }

            const fn act(self) -> &'static str {
                match self { $(Self::$name => $act,)* }
            }
        }
    };
}

reasons! {
    /// The sign-in host does not know our client id.
    UnknownClientId, "unknown_client_id", Admin, None: "The OAuth app is not known there",
        "{provider} does not know the app's client id at the sign-in host that was used.",
        "Check whether production or sandbox was chosen rightly, then compare the client id in Gatelodge with the one at {provider}.";
    /// The client id and secret do not belong together.
    WrongClientSecret, "wrong_client_secret", Admin, None: "The OAuth app's secret is not accepted",
        "{provider} does not accept the app's client id and secret.",
        "Save the secret again under Admin, OAuth apps, as {provider} shows it.";
    /// The sign-in failed in a way that the other environment explains.
    WrongEnvironment, "wrong_environment", Person, None: "Probably the wrong environment",
        "{provider} did not accept the sign-in. The usual cause is that production was chosen for a sandbox user, or the other way round.",
        "Connect again and choose the other environment, or type your organization's own sign-in address.";
    /// The callback is not the registered one.
    RedirectMismatch, "redirect_mismatch", Admin, None: "The callback address differs",
        "The app at {provider} knows another callback address than the one that Gatelodge uses.",
        "Copy the callback address from Admin, OAuth apps, into the app at {provider}, letter by letter.";
    /// The app demands PKCE and no challenge arrived.
    PkceMissing, "pkce_missing", Operator, None: "The proof of the sign-in got lost",
        "The app requires PKCE, and {provider} saw no code challenge in the address of the sign-in.",
        "Look for a proxy between the browser and {provider} that cuts addresses, then connect again.";
    /// The code was used, too old, or belongs to another attempt.
    CodeRejected, "code_rejected", Person, None: "The sign-in was too slow or answered twice",
        "{provider} did not accept the code of this sign-in: it was used already, too old, or of another attempt.",
        "Connect again, in one window.";
    /// The person said no on the consent page.
    AccessDenied, "access_denied", Person, None: "Access was denied on the consent page",
        "Somebody chose Deny on {provider}'s page. Nothing was connected.",
        "Connect again and choose Allow, if Gatelodge shall use {provider} for you.";
    /// The app is not installed in that organization.
    AppNotInstalled, "app_not_installed", ProviderAdmin, Lives: "The app is not installed in your organization there",
        "{provider} lets nobody use an app that is not installed in the organization.",
        "A {provider} administrator installs the app.";
    /// An administrator blocked the app.
    AppBlocked, "app_blocked", ProviderAdmin, Lives: "The app is blocked there",
        "An administrator at {provider} blocked the app.",
        "A {provider} administrator unblocks it.";
    /// Only people approved by an administrator may use the app.
    AppNotApproved, "app_not_approved", ProviderAdmin, Lives: "You are not approved for the app",
        "At {provider}, only people whom an administrator approved may use the app.",
        "A {provider} administrator approves your profile or permission set for the app, or lets all users authorize it themselves.";
    /// The organization allows listed programs only.
    ApiAccessControl, "api_access_control", ProviderAdmin, Lives: "Access by programs is restricted there",
        "Your organization at {provider} allows access by programs only to those that an administrator listed.",
        "A {provider} administrator lists the app, or gives you the permission to use any program.";
    /// The provider refuses the app without saying which rule.
    AppRefused, "app_refused", ProviderAdmin, None: "The app was refused without a reason",
        "{provider} refused the app and did not say which rule forbids it; the usual one is that the app is not installed.",
        "A {provider} administrator looks whether the app is installed, blocked or limited to approved people.";
    /// The app may not ask for these scopes.
    InvalidScope, "invalid_scope", Admin, None: "The app does not allow the scopes",
        "The app at {provider} does not allow the scopes that Gatelodge asks for.",
        "Add the scopes to the app at {provider} as the setup guide shows.";
    /// The app was changed minutes ago; providers take a while.
    AppChangedRecently, "app_changed_recently", Nobody, Lives: "The app was changed a few minutes ago",
        "The OAuth app was saved less than ten minutes ago. At {provider}, changes can take up to 10 minutes.",
        "Wait until ten minutes have passed and retry first, before you change anything else.";
    /// The attempt is unknown, used or too old.
    AttemptOver, "attempt_over", Person, None: "This attempt to connect is over",
        "The attempt is unknown, was used already, or took longer than ten minutes.",
        "Begin again from Connections.";
    /// Another person or browser began the attempt.
    OtherBrowser, "other_browser", Person, None: "Another browser began this",
        "The sign-in was begun by another person or in another browser. Nothing was connected.",
        "Begin again from Connections, and finish in the same browser.";
    /// A reconnect led to another account.
    OtherAccount, "other_account", Person, Lives: "Another account signed in",
        "You signed in to {provider} with another account than this connection has. Nothing was changed.",
        "Sign out of {provider}, sign in with the account of the connection and reconnect; or connect the other account as a new connection.";
    /// A second factor is demanded.
    MfaRequired, "mfa_required", Person, None: "A second factor is demanded",
        "{provider} demands a second factor, which only a sign-in on its own page can give.",
        "Connect again and complete the second factor on {provider}'s page.";
    /// Single sign-on is demanded.
    SsoRequired, "sso_required", Person, None: "Single sign-on is demanded",
        "Your organization at {provider} demands single sign-on.",
        "Connect again with your organization's own sign-in address, and sign in through your company's page.";
    /// The provider wants to see the person.
    SignInNeeded, "sign_in_needed", Person, Ended: "{provider} wants you to sign in",
        "{provider} wants to see you before it goes on.",
        "Connect again and sign in on {provider}'s page.";
    /// A scope was not granted.
    ScopeMissing, "scope_missing", Person, Lives: "A scope is missing",
        "A scope that tools need was not granted.",
        "Reconnect {provider} and allow it.";
    /// Granted without offline refresh.
    RefreshTokenMissing, "refresh_token_missing", Person, Lives: "Offline refresh is missing",
        "{provider} granted no refresh token, so the connection ends with its session.",
        "Reconnect {provider} to enable offline refresh.";
    /// The grant is gone and nobody said why.
    GrantEnded, "grant_ended", Person, Ended: "{provider} ended the access",
        "{provider} ended the access and does not say why: a changed password, a revocation, long inactivity, or too many grants.",
        "Reconnect {provider}.";
    /// The grant ran out.
    GrantExpired, "grant_expired", Person, Ended: "The access ran out",
        "The access ran out: it was unused for too long, or older than {provider} allows.",
        "Reconnect {provider}.";
    /// Somebody took the grant back at the provider.
    GrantRevoked, "grant_revoked", Person, Ended: "The access was revoked at {provider}",
        "You or an administrator revoked the access at {provider}.",
        "Reconnect {provider} if Gatelodge shall use it again.";
    /// The password changed.
    PasswordChanged, "password_changed", Person, Ended: "The password changed",
        "Your password at {provider} changed, which ended the access.",
        "Reconnect {provider}.";
    /// Another approval pushed ours out.
    FiveGrants, "five_grants", Person, Ended: "A newer grant took this one's place",
        "{provider} keeps a small number of grants for one person and app; a newer one ended the oldest without a word, and the oldest was this connection's.",
        "Disconnect connections of the same account that nobody needs, in every Gatelodge, then reconnect {provider}.";
    /// The person's user there is switched off or frozen.
    UserInactive, "user_inactive", ProviderAdmin, Ended: "The user there is not active",
        "The {provider} user of this connection is inactive or frozen.",
        "A {provider} administrator activates the user; then reconnect.";
    /// The organization there is switched off or locked.
    OrganizationInactive, "organization_inactive", ProviderAdmin, Ended: "The organization there is not active",
        "The organization at {provider} is inactive or locked.",
        "A {provider} administrator clears this up with {provider}; then reconnect.";
    /// The sandbox was made anew and has another identity.
    SandboxRefreshed, "sandbox_refreshed", Person, Ended: "The sandbox was refreshed",
        "The sandbox was refreshed: it is another organization now, with new ids and without our grants and apps.",
        "Disconnect this connection and connect the sandbox as a new one. What waits for approval belongs to the old sandbox and is not sent.";
    /// Requests from our address are refused.
    IpLocked, "ip_locked", ProviderAdmin, Lives: "Our address is not allowed there",
        "{provider} refuses requests of this app from the address of this installation.",
        "A {provider} administrator adds the outgoing addresses of this installation to the allowed ranges.";
    /// Outside of the hours in which the person may sign in.
    LoginHours, "login_hours", ProviderAdmin, Lives: "Outside of the login hours",
        "{provider} lets this user sign in at certain hours only.",
        "Wait for those hours, or let a {provider} administrator change them.";
    /// The person or the edition may not use the API.
    ApiDisabled, "api_disabled", ProviderAdmin, Lives: "API access is switched off",
        "At {provider}, API access is switched off for this user or organization.",
        "A {provider} administrator gives the permission \"API Enabled\".";
    /// A rotation was cut off and its result is lost.
    LostRotation, "lost_rotation", Person, Ended: "A renewal was cut off",
        "A renewal of the access was cut off in the middle, and the new token is lost. Nobody else has it.",
        "Reconnect {provider}.";
    /// The account lives elsewhere now and the way there was not told.
    InstanceMoved, "instance_moved", Person, Lives: "The account moved to another host",
        "The account moved to another host of {provider}. The next renewal of the access tells where.",
        "Check again; if it stays, reconnect {provider}.";
    /// The provider names a host that is none of its own.
    HostRefused, "host_refused", Person, Ended: "A foreign host was named",
        "{provider} names a host for the account that is none of its own. Nothing is sent there.",
        "Reconnect {provider}. If it stays, tell whoever runs this installation.";
    /// The stored credential does not open.
    Integrity, "integrity", Person, Ended: "The stored credential does not open",
        "The stored credential does not open: it was changed, or sealed with another key.",
        "Reconnect {provider} to store a new one, and tell whoever runs this installation.";
    /// The access token ended and nothing can renew it.
    SessionEnded, "session_ended", Person, Ended: "The session is over",
        "The session at {provider} is over, and offline refresh was not granted.",
        "Reconnect {provider} to enable offline refresh.";
    /// Too many requests.
    RateLimited, "rate_limited", Nobody, Lives: "A limit of {provider} is reached",
        "{provider} takes no more requests at present.",
        "Wait; Gatelodge goes on by itself.";
    /// The provider cannot be reached or fails.
    ProviderDown, "provider_down", Nobody, Lives: "{provider} cannot be reached",
        "{provider} cannot be reached or does not answer as it should. The connection is not lost.",
        "Wait; Gatelodge goes on by itself.";
    /// Another renewal is under way.
    RefreshBusy, "refresh_busy", Nobody, Lives: "A renewal is under way",
        "The access is being renewed at this moment.",
        "Wait a minute.";
    /// The hour's budget is used up.
    BudgetHold, "budget_hold", Admin, Lives: "The budget of this hour is used up",
        "As much left through this connection in this hour as its budget allows; nothing more leaves before the hour is over.",
        "Wait for the next hour, or let an administrator release the connection if this was meant.";
    /// The provider did not confirm that access ended.
    RevocationUnconfirmed, "revocation_unconfirmed", Person, Ended: "{provider} did not confirm the end",
        "The credential is deleted here, and {provider} did not confirm that access ended there.",
        "Revoke the access at {provider} by hand.";
    /// The OAuth app behind it is gone from this installation.
    AppDeleted, "app_deleted", Person, Ended: "Its OAuth app was deleted",
        "An administrator deleted the OAuth app through which this account was connected. Agents cannot use the connection.",
        "Reconnect {provider}: it goes through the OAuth app that counts for you now. If there is none, ask an administrator to set one up.";
    /// Somebody disconnected it.
    Disconnected, "disconnected", Person, Ended: "Disconnected",
        "The credential is deleted. Agents cannot use the connection.",
        "Reconnect {provider} when it shall be used again.";
    /// Nothing above fits; the provider's own words are all there is.
    Unclear, "unclear", Admin, None: "{provider} refused",
        "{provider} refused with a reason that Gatelodge does not know.",
        "Compare the app's settings with the setup guide.";
}

impl ReasonCode {
    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The heading with the provider's name.
    pub fn title_at(self, provider: &str) -> String {
        self.title().replace("{provider}", provider)
    }

    /// What happened, in words.
    pub fn what_happened(self, provider: &str) -> String {
        self.what().replace("{provider}", provider)
    }

    /// What to do, in words.
    pub fn what_to_do(self, provider: &str) -> String {
        self.act().replace("{provider}", provider)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The code for a state whose finer cause nobody recorded.
impl From<AttentionReason> for ReasonCode {
    fn from(reason: AttentionReason) -> Self {
        match reason {
            AttentionReason::GrantEnded => Self::GrantEnded,
            AttentionReason::LostRotation => Self::LostRotation,
            AttentionReason::AppBlocked => Self::AppBlocked,
            AttentionReason::SessionEnded => Self::SessionEnded,
            AttentionReason::HostRefused => Self::HostRefused,
            AttentionReason::Integrity => Self::Integrity,
            AttentionReason::AppDeleted => Self::AppDeleted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_their_serialised_form_and_each_has_words() {
        // proves CON-13, CON-15
        for code in ReasonCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(ReasonCode::parse(code.as_str()), Some(*code));
            for words in [
                code.title_at("Salesforce"),
                code.what_happened("Salesforce"),
                code.what_to_do("Salesforce"),
            ] {
                assert!(words.len() > 8 && !words.contains('{'), "{code}: {words}");
            }
        }
        assert_eq!(ReasonCode::parse("nothing"), None);
    }

    #[test]
    fn whoever_waits_for_an_administrator_keeps_the_grant() {
        // proves O15: the person need not sign in again once the app is allowed
        for code in [
            ReasonCode::AppBlocked,
            ReasonCode::AppNotApproved,
            ReasonCode::IpLocked,
            ReasonCode::ApiDisabled,
        ] {
            assert_eq!(code.who_must_act(), WhoMustAct::ProviderAdmin);
            assert_eq!(code.grant(), GrantState::Lives);
        }
    }
}
