//! The grant types: what each asks for and what it gives.
//!
//! Must not know how an answer is written.

use axum::http::HeaderMap;

use crate::oauth::answer::TokenError;
use crate::oauth::client::{self, Claim};
use crate::oauth::grants::NewTokens;
use crate::oauth::parameters::Parameters;
use crate::oauth::passwords::Verdict;
use crate::oauth::policy::{SignInRule, inside};
use crate::oauth::token::storage_failure;
use crate::oauth::{App, jwt, scopes};
use crate::org::User;
use crate::site::Site;
use crate::state::Practice;

/// One request for tokens.
pub(crate) struct Order<'a> {
    pub(crate) practice: &'a Practice,
    pub(crate) site: &'a Site,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) parameters: &'a Parameters,
}

type Given = Result<(App, NewTokens), TokenError>;

impl Order<'_> {
    /// Gives what the grant type asks for.
    ///
    /// # Errors
    /// Whatever is wrong with the request, in Salesforce's words.
    pub(crate) async fn carry_out(&self) -> Given {
        match self.parameters.get("grant_type") {
            None => Err(TokenError::NO_GRANT_TYPE),
            Some("authorization_code") => self.code(),
            Some("refresh_token") => self.refresh().await,
            Some("client_credentials") => self.client_credentials(),
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => self.assertion(),
            Some("device" | "urn:ietf:params:oauth:grant-type:device") => self.device(),
            Some("password") if self.practice.options.allow_password_grant => self.password(),
            // Blocked in orgs made since Summer '23, with the text of a wrong password.
            Some("password") => Err(TokenError::BAD_SIGN_IN),
            Some(_) => Err(TokenError::UNSUPPORTED_GRANT),
        }
    }

    fn app(&self, may_omit_secret: impl Fn(&App) -> bool) -> Result<App, TokenError> {
        let claim = Claim::of(self.headers, self.parameters)?;
        claim.prove(&self.practice.oauth, may_omit_secret)
    }

    fn code(&self) -> Given {
        let app = self.app(|app| !app.require_secret)?;
        let practice = self.practice;
        let code = self.parameters.get("code").ok_or(TokenError::NO_CODE)?;
        let code = practice.oauth.redeem(
            practice,
            code,
            &app.client_id,
            self.parameters.text("redirect_uri"),
            self.parameters.get("code_verifier"),
        )?;
        let user = practice.org.user(&code.user);
        let user = user.ok_or(TokenError::INACTIVE_USER)?;
        admit(practice, self.site, &app, &user)?;
        let mut issued = self.open(&app, user, code.scopes, true);
        issued.nonce = code.nonce;
        Ok((app, issued))
    }

    async fn refresh(&self) -> Given {
        let app = self.app(|app| !app.require_secret_for_refresh)?;
        if self.parameters.get("scope").is_some() {
            return Err(TokenError::INVALID_SCOPE);
        }
        let practice = self.practice;
        let token = self.parameters.get("refresh_token");
        let token = token.ok_or(TokenError::NO_REFRESH_TOKEN)?;
        let grant = match practice.oauth.grant_of(practice, &app, token) {
            Ok(grant) => grant,
            Err((error, durable)) => {
                return match durable.wait().await {
                    Ok(()) => Err(error),
                    Err(failure) => Err(storage_failure(&failure)),
                };
            }
        };
        if !inside(app.refresh_ip_ranges.iter(), self.site.address) {
            return Err(TokenError::IP_RESTRICTED);
        }
        let user = practice.org.user(&grant.user);
        let user = user.ok_or(TokenError::INACTIVE_USER)?;
        admit(practice, self.site, &app, &user)?;
        let issued = practice.oauth.refresh(practice, self.site, &app, grant)?;
        Ok((app, issued))
    }

    fn client_credentials(&self) -> Given {
        if !self.site.is_own {
            return Err(TokenError::WRONG_HOST);
        }
        let app = self.app(|_| false)?;
        if app.client_secret.is_none() {
            return Err(TokenError::WRONG_SECRET);
        }
        let username = app.run_as.as_deref().ok_or(TokenError::NO_RUN_AS)?;
        let user = self.practice.org.user_by_username(username);
        let user = user.ok_or(TokenError::NO_RUN_AS)?;
        admit(self.practice, self.site, &app, &user)?;
        let scopes = scopes::parse(&app.scopes.join(" "));
        let issued = self.open(&app, user, scopes, false);
        Ok((app, issued))
    }

    fn assertion(&self) -> Given {
        let assertion = self.parameters.get("assertion");
        let assertion = assertion.ok_or(TokenError::NO_ASSERTION)?;
        let (app, username) = jwt::check(self.practice, self.site, assertion)?;
        client::usable(&app)?;
        let user = self.practice.org.user_by_username(&username);
        let user = user.ok_or(TokenError::NOT_APPROVED)?;
        let approved =
            app.permitted.by_admin() || self.practice.oauth.approved(&app.client_id, &user.id, &[]);
        if !approved {
            return Err(TokenError::NOT_APPROVED);
        }
        admit(self.practice, self.site, &app, &user)?;
        let scopes = scopes::parse(&app.scopes.join(" "));
        let issued = self.open(&app, user, scopes, false);
        Ok((app, issued))
    }

    fn device(&self) -> Given {
        // A device is a public client: the secret may be left out.
        let app = self.app(|_| true)?;
        let practice = self.practice;
        let code = self.parameters.get("code").ok_or(TokenError::NO_CODE)?;
        let (user, scopes) = practice.oauth.ask_device(practice, &app.client_id, code)?;
        let user = practice.org.user(&user);
        let user = user.ok_or(TokenError::INACTIVE_USER)?;
        admit(practice, self.site, &app, &user)?;
        let issued = self.open(&app, user, scopes, true);
        Ok((app, issued))
    }

    fn password(&self) -> Given {
        let app = self.app(|_| false)?;
        let parameters = self.parameters;
        let (username, password) = (parameters.text("username"), parameters.text("password"));
        let user = self.practice.org.user_by_username(username);
        let user = user.ok_or(TokenError::BAD_SIGN_IN)?;
        let passwords = &self.practice.oauth.passwords;
        if passwords.check_program(&user.username, password) != Verdict::Right {
            return Err(TokenError::BAD_SIGN_IN);
        }
        let refused = self.practice.oauth.policy().refuse_general_login;
        if refused && !self.site.is_own {
            return Err(TokenError::BAD_SIGN_IN);
        }
        admit(self.practice, self.site, &app, &user)?;
        let scopes = scopes::parse(&app.scopes.join(" "));
        let issued = self.open(&app, user, scopes, false);
        Ok((app, issued))
    }

    fn open(&self, app: &App, user: User, scopes: Vec<String>, refreshable: bool) -> NewTokens {
        self.practice.oauth.open(
            self.practice,
            self.site,
            Some(app),
            user.id,
            scopes,
            refreshable,
        )
    }
}

/// Whether this user gets tokens for this app from this address now; counts as a sign-in.
///
/// # Errors
/// Org or user are inactive, an administrator has not approved the user, the address is outside the ranges, or the
/// user signs in too often.
pub(crate) fn admit(
    practice: &Practice,
    site: &Site,
    app: &App,
    user: &User,
) -> Result<(), TokenError> {
    let mut memory = practice.oauth.lock();
    let policy = &memory.lasting.policy;
    if !policy.organization_active {
        return Err(TokenError::INACTIVE_ORG);
    }
    if !user.active {
        return Err(TokenError::INACTIVE_USER);
    }
    if !app.permitted.includes(user) {
        return Err(TokenError::APP_ACCESS);
    }
    let ranges = app.ip_ranges.iter().chain(&policy.login_ranges);
    if app.enforce_ip_ranges && !inside(ranges, site.address) {
        return Err(TokenError::IP_RESTRICTED);
    }
    match policy.sign_in {
        SignInRule::OutsideLoginHours => return Err(TokenError::RESTRICTED_TIME),
        SignInRule::ApiAccessControl if !app.permitted.by_admin() => {
            return Err(TokenError::APP_ACCESS);
        }
        // the other rules are about people at a page
        _ => {}
    }
    if !memory.count_login(&user.id, practice.clock.now()) {
        return Err(TokenError::RATE);
    }
    Ok(())
}
