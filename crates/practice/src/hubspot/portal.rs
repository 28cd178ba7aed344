//! Everything that a practice HubSpot remembers: accounts with their contacts, templates and mails, apps, grants.
//!
//! Finds and keeps; must not know the words of the interface.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::authorize::Code;
use super::contacts::Contact;
use super::grants::Grants;
use super::mail::{Sent, Template};
use super::{HubSpotApp, HubSpotOptions, seed};

/// An account.
#[derive(Clone, Debug)]
pub(super) struct Portal {
    pub(super) hub_id: u64,
    pub(super) name: String,
    pub(super) domain: String,
    /// It owns the add-on for transactional e-mail.
    pub(super) sends_transactional: bool,
    pub(super) users: Vec<User>,
    pub(super) contacts: BTreeMap<u64, Contact>,
    pub(super) templates: Vec<Template>,
    pub(super) sent: Vec<Sent>,
    /// Results for addresses that mail cannot be sent to.
    pub(super) results: BTreeMap<String, String>,
    /// Client ids of apps that an administrator blocked.
    pub(super) blocked: BTreeSet<String>,
    /// Contacts that were created or changed since the seed, one entry a time.
    pub(super) written: Vec<u64>,
}

/// Somebody in an account.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) username: String,
    pub(super) super_admin: bool,
}

pub(super) struct State {
    pub(super) portals: Vec<Portal>,
    pub(super) apps: Vec<HubSpotApp>,
    pub(super) grants: Grants,
    /// Codes that were not exchanged yet.
    pub(super) codes: BTreeMap<String, Code>,
    /// Scopes that consent does not give, whatever is asked.
    pub(super) withheld: BTreeSet<String>,
    /// Where links to the next page lead instead of here.
    pub(super) page_links_to: Option<String>,
}

impl State {
    pub(super) fn new(options: &HubSpotOptions, now: DateTime<Utc>) -> Self {
        Self {
            portals: seed::portals(options.contacts, now),
            apps: options.apps.clone(),
            grants: Grants::default(),
            codes: BTreeMap::new(),
            withheld: BTreeSet::new(),
            page_links_to: None,
        }
    }

    pub(super) fn app(&self, client_id: &str) -> Option<&HubSpotApp> {
        self.apps.iter().find(|app| app.client_id == client_id)
    }

    pub(super) fn portal(&self, hub_id: u64) -> Option<&Portal> {
        self.portals.iter().find(|portal| portal.hub_id == hub_id)
    }

    pub(super) fn portal_mut(&mut self, hub_id: u64) -> Option<&mut Portal> {
        self.portals
            .iter_mut()
            .find(|portal| portal.hub_id == hub_id)
    }

    /// The accounts of somebody.
    pub(super) fn portals_of(&self, username: &str) -> Vec<&Portal> {
        let portals = self.portals.iter();
        portals
            .filter(|portal| portal.user(username).is_some())
            .collect()
    }
}

impl Portal {
    pub(super) fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username == username)
    }

    /// The living contact with an e-mail address.
    pub(super) fn contact_by_email(&self, email: &str) -> Option<&Contact> {
        self.contacts.values().find(|contact| {
            !contact.archived
                && contact
                    .property("email")
                    .is_some_and(|known| known.eq_ignore_ascii_case(email))
        })
    }

    /// Writes properties of the contact with an e-mail address, who is made where there is none.
    pub(super) fn write_contact(
        &mut self,
        email: &str,
        properties: &BTreeMap<String, String>,
        now: DateTime<Utc>,
    ) {
        let known = self.contact_by_email(email).map(|contact| contact.id);
        let id = known.unwrap_or_else(|| self.contacts.keys().last().map_or(1, |last| last + 1));
        let contact = self
            .contacts
            .entry(id)
            .or_insert_with(|| Contact::new(id, email, now));
        for (name, value) in properties {
            contact.set(name, value);
        }
        contact.touch(now);
        self.written.push(id);
    }
}
