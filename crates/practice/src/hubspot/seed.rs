//! The accounts, people, contacts and templates that every practice HubSpot begins with.
//!
//! Must not know what apps do with them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::contacts::Contact;
use super::mail::Template;
use super::portal::{Portal, User};
use crate::vendor::STAFF;

/// The account of the whole company.
pub(super) const NORTHWIND: u64 = 24_001_001;
/// A second account without the add-on for transactional e-mail.
pub(super) const SANDBOX: u64 = 24_001_002;

/// Id of the first contact.
const FIRST_CONTACT: u64 = 101;

const FIRST_NAMES: [&str; 12] = [
    "Anna", "Bilal", "Chloe", "Dmitri", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jamal", "Keiko",
    "Lars",
];
const LAST_NAMES: [&str; 11] = [
    "Abbott", "Brandt", "Castillo", "Duval", "Eriksen", "Fontaine", "Gupta", "Haddad", "Ivanova",
    "Jansen", "Kowalski",
];
const COMPANIES: [&str; 7] = [
    "Alpine Optics",
    "Birch Logistics",
    "Coral Foods",
    "Delta Print",
    "Ember Energy",
    "Fjord Marine",
    "Grove Paper",
];
const STAGES: [&str; 4] = ["subscriber", "lead", "opportunity", "customer"];

/// Addresses that mail is not sent to, with the result.
const RESULTS: [(&str, &str); 4] = [
    ("bounced@customers.example", "PREVIOUSLY_BOUNCED"),
    (
        "unsubscribed@customers.example",
        "PREVIOUSLY_UNSUBSCRIBED_MESSAGE",
    ),
    ("blocked@customers.example", "BLOCKED_ADDRESS"),
    ("later@customers.example", "QUEUED"),
];

pub(super) fn portals(contacts: u64, now: DateTime<Utc>) -> Vec<Portal> {
    vec![
        portal(NORTHWIND, "Northwind", true, STAFF.len(), 1, contacts, now),
        portal(SANDBOX, "Northwind Sandbox", false, 2, 2, 3, now),
    ]
}

fn portal(
    hub_id: u64,
    name: &str,
    sends_transactional: bool,
    people: usize,
    super_admins: usize,
    contacts: u64,
    now: DateTime<Utc>,
) -> Portal {
    let users = (0_u64..).zip(STAFF.iter().take(people).enumerate());
    let users = users.map(|(number, (place, employee))| User {
        id: 6_001 + number,
        username: employee.username.to_owned(),
        super_admin: place < super_admins,
    });
    Portal {
        hub_id,
        name: name.to_owned(),
        domain: "northwind-practice.example".to_owned(),
        sends_transactional,
        users: users.collect(),
        contacts: (0..contacts)
            .map(|number| contact(number, contacts, now))
            .map(|contact| (contact.id, contact))
            .collect(),
        templates: templates(),
        sent: Vec::new(),
        results: RESULTS
            .iter()
            .map(|&(address, result)| (address.to_owned(), result.to_owned()))
            .collect(),
        blocked: BTreeSet::new(),
        written: Vec::new(),
    }
}

/// The contact with this number. All differ in their address and in the moment of their last change.
fn contact(number: u64, all: u64, now: DateTime<Utc>) -> Contact {
    let pick = |list: &[&'static str]| {
        let length = u64::try_from(list.len()).unwrap_or(1);
        let place = usize::try_from(number % length).unwrap_or_default();
        list[place]
    };
    let (first, last) = (pick(&FIRST_NAMES), pick(&LAST_NAMES));
    let email = format!(
        "{}.{}.{number}@customers.example",
        first.to_lowercase(),
        last.to_lowercase()
    );
    let age = i64::try_from(all - number).unwrap_or_default();
    let mut contact = Contact::new(
        FIRST_CONTACT + number,
        &email,
        now - TimeDelta::minutes(age),
    );
    let properties = BTreeMap::from([
        ("firstname", first.to_owned()),
        ("lastname", last.to_owned()),
        ("company", pick(&COMPANIES).to_owned()),
        ("lifecyclestage", pick(&STAGES).to_owned()),
        ("phone", format!("+49 30 555{number:04}")),
        ("numemployees", (number * 10).to_string()),
    ]);
    for (name, value) in properties {
        contact.set(name, &value);
    }
    contact
}

fn templates() -> Vec<Template> {
    let template = |id, name: &str, for_single_send, needs: &[&str]| Template {
        id,
        name: name.to_owned(),
        for_single_send,
        needs: needs.iter().map(|&name| name.to_owned()).collect(),
    };
    vec![
        template(100_001, "Welcome", true, &[]),
        template(100_002, "Order confirmation", true, &["order_number"]),
        template(100_003, "Newsletter draft", false, &[]),
    ]
}
