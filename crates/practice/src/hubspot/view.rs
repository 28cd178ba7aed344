//! What a test sees of a practice HubSpot behind its answers, and may do to it without a page.
//!
//! Never shows a token.

use std::collections::BTreeMap;

use serde::Serialize;

use super::grants::Grant;
use super::mail::SentMail;
use super::portal::State;
use super::{HubSpot, HubSpotApp, seed};
use crate::vendor::Refused;

/// A contact of the first account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactView {
    /// Its id.
    pub id: u64,
    /// All properties that have a value.
    pub properties: BTreeMap<String, String>,
}

/// Something that was granted to an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantView {
    /// Its number.
    pub id: usize,
    /// The app.
    pub client_id: String,
    /// Account.
    pub hub_id: u64,
    /// Who connected the app.
    pub username: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whether the app is installed.
    pub installed: bool,
}

impl From<&Grant> for GrantView {
    fn from(grant: &Grant) -> Self {
        Self {
            id: grant.id,
            client_id: grant.client_id.clone(),
            hub_id: grant.hub_id,
            username: grant.username.clone(),
            scopes: grant.scopes.clone(),
            installed: grant.installed,
        }
    }
}

impl HubSpot {
    /// Registers an app, or replaces the one with its client id.
    pub fn register(&self, app: HubSpotApp) {
        let mut state = self.state();
        state.apps.retain(|known| known.client_id != app.client_id);
        state.apps.push(app);
    }

    /// Apps that are registered.
    pub fn apps(&self) -> Vec<HubSpotApp> {
        self.state().apps.clone()
    }

    /// What was granted, also what has ended.
    pub fn grants(&self) -> Vec<GrantView> {
        self.state().grants.all().iter().map(Into::into).collect()
    }

    /// Mails that were asked for and did not count as repeated, oldest first.
    pub fn attempts(&self) -> Vec<SentMail> {
        let state = self.state();
        let sent = state.portals.iter().flat_map(|portal| &portal.sent);
        sent.map(|sent| sent.mail.clone()).collect()
    }

    /// Mails that went out, oldest first.
    pub fn mails(&self) -> Vec<SentMail> {
        let mut mails = self.attempts();
        mails.retain(SentMail::goes_out);
        mails
    }

    /// Contacts of the first account.
    pub fn contacts(&self) -> Vec<ContactView> {
        let state = self.state();
        let contacts = state.portal(seed::NORTHWIND).into_iter();
        let contacts = contacts.flat_map(|portal| portal.contacts.values());
        let view = contacts.map(|contact| ContactView {
            id: contact.id,
            properties: contact.properties().clone(),
        });
        view.collect()
    }

    /// Contacts of the first account that were created or changed since the start, one entry a time.
    pub fn written_contacts(&self) -> Vec<u64> {
        let state = self.state();
        let portal = state.portal(seed::NORTHWIND);
        portal
            .map(|portal| portal.written.clone())
            .unwrap_or_default()
    }

    /// Archives a contact of the first account, as somebody at its pages does.
    ///
    /// # Errors
    /// There is no such contact.
    pub fn archive_contact(&self, id: u64) -> Result<(), Refused> {
        let now = self.ground.now();
        let mut state = self.state();
        let portal = state.portal_mut(seed::NORTHWIND);
        let contact = portal.and_then(|portal| portal.contacts.get_mut(&id));
        let contact = contact.ok_or_else(|| Refused::unknown("contact", &id.to_string()))?;
        contact.archived = true;
        contact.touch(now);
        Ok(())
    }

    /// Makes a private app in the first account, and gives its token, as a super admin copies it from the settings.
    ///
    /// # Errors
    /// The account is gone.
    pub fn make_private_token(&self, scopes: &[&str]) -> Result<String, Refused> {
        let mut state = self.state();
        let gone = || Refused::unknown("account", "Northwind");
        let portal = state.portal(seed::NORTHWIND).ok_or_else(gone)?;
        let user = portal.users.first().ok_or_else(gone)?;
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let wanted = Grant::new("", portal.hub_id, user.id, &user.username, scopes);
        Ok(state.grants.make_private(&self.ground, wanted))
    }

    /// Removes an app from all accounts, a private one with its token; how many grants ended.
    pub fn uninstall(&self, client_id: &str) -> usize {
        self.state().grants.uninstall(client_id)
    }

    /// Ends the refresh token of a grant; whether there was one.
    pub fn revoke_refresh_token(&self, grant: usize) -> bool {
        self.state().grants.end_refresh(grant)
    }

    /// Ends the time of all access tokens.
    pub fn expire_access_tokens(&self) {
        self.state().grants.expire(self.ground.now());
    }

    /// From now on no grant has these scopes, whatever consent says.
    pub fn withhold_scopes(&self, scopes: &[&str]) {
        let mut state = self.state();
        let State {
            grants, withheld, ..
        } = &mut *state;
        *withheld = scopes.iter().map(|&scope| scope.to_owned()).collect();
        grants.drop_scopes(withheld);
    }

    /// Links to the next page lead to this origin; nothing sets them right again.
    pub fn page_links_to(&self, origin: Option<&str>) {
        self.state().page_links_to = origin.map(ToOwned::to_owned);
    }

    /// Gives the first account the add-on for transactional e-mail, or takes it away.
    pub fn set_add_on(&self, owned: bool) {
        if let Some(portal) = self.state().portal_mut(seed::NORTHWIND) {
            portal.sends_transactional = owned;
        }
    }

    /// An administrator of the first account blocks an app, or lets it in again.
    pub fn block_app(&self, client_id: &str, blocked: bool) {
        if let Some(portal) = self.state().portal_mut(seed::NORTHWIND) {
            if blocked {
                portal.blocked.insert(client_id.to_owned());
            } else {
                portal.blocked.remove(client_id);
            }
        }
    }

    /// What becomes of mails to an address in the first account.
    pub fn answer_for(&self, address: &str, result: &str) {
        if let Some(portal) = self.state().portal_mut(seed::NORTHWIND) {
            portal
                .results
                .insert(address.to_lowercase(), result.to_owned());
        }
    }
}
