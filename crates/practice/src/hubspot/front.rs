//! What the start page of a practice HubSpot shows.
//!
//! Must not change anything.

use super::portal::State;
use super::{HubSpot, seed};
use crate::vendor::{Front, Order, Row, Section};

/// Mails on the page.
const SHOWN: usize = 50;

/// The start page.
pub(super) fn front(hubspot: &HubSpot) -> Front {
    let url = hubspot.ground.base_url();
    let state = hubspot.state();
    Front {
        lead: "A HubSpot to practise with. It speaks OAuth, reads and searches contacts, sends mails by template, and keeps everything in memory.".to_owned(),
        facts: vec![
            ("Authorize".to_owned(), format!("{url}/oauth/authorize")),
            ("Token".to_owned(), format!("{url}/oauth/2026-03/token")),
            ("Contacts".to_owned(), format!("{url}/crm/objects/2026-03/contacts")),
        ],
        sections: vec![
            Section::people(&hubspot.ground, |username| accounts(&state, username)),
            apps(&state),
            private_apps(),
            templates(&state),
            grants(&state),
            mails(&state),
        ],
    }
}

fn accounts(state: &State, username: &str) -> String {
    let roles: Vec<String> = state
        .portals_of(username)
        .into_iter()
        .map(|portal| {
            let user = portal.user(username);
            let super_admin = user.is_some_and(|user| user.super_admin);
            let role = if super_admin { "super admin" } else { "user" };
            format!("{role} of {}", portal.name)
        })
        .collect();
    roles.join(", ")
}

fn apps(state: &State) -> Section {
    let blocked = |client_id: &str| {
        let portal = state.portal(seed::NORTHWIND);
        portal.is_some_and(|portal| portal.blocked.contains(client_id))
    };
    let rows = state.apps.iter().map(|app| {
        let id = || ("client_id", app.client_id.clone());
        let blocked = blocked(&app.client_id);
        let block = Order {
            name: "block_app",
            words: if blocked { "Unblock" } else { "Block" },
            with: vec![id(), ("on", if blocked { "no" } else { "yes" }.to_owned())],
        };
        let uninstall = Order {
            name: "uninstall",
            words: "Uninstall",
            with: vec![id()],
        };
        Row {
            cells: vec![
                app.name.clone(),
                app.client_id.clone(),
                app.redirect_urls.join(", "),
                app.scopes.join(" "),
            ],
            orders: vec![block, uninstall],
        }
    });
    Section {
        title: "Apps",
        empty: "None is registered yet.",
        head: vec!["Name", "Client id", "Redirect URLs", "Scopes"],
        rows: rows.collect(),
    }
}

/// Tokens that somebody copies from the settings and pastes elsewhere.
fn private_apps() -> Section {
    let make = |words, scopes: &str| Row {
        cells: vec![scopes.to_owned()],
        orders: vec![Order {
            name: "make_private_token",
            words,
            with: vec![("scopes", scopes.to_owned())],
        }],
    };
    Section {
        title: "Private apps",
        empty: "",
        head: vec!["Scopes"],
        rows: vec![
            make("Make a token that reads", "crm.objects.contacts.read"),
            make(
                "Make a token that reads and sends",
                "crm.objects.contacts.read transactional-email",
            ),
        ],
    }
}

fn templates(state: &State) -> Section {
    let templates = state.portal(seed::NORTHWIND).into_iter();
    let templates = templates.flat_map(|portal| &portal.templates);
    let rows = templates.map(|template| Row {
        cells: vec![
            template.id.to_string(),
            template.name.clone(),
            if template.for_single_send {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
            template.needs.join(", "),
        ],
        orders: Vec::new(),
    });
    Section {
        title: "Templates",
        empty: "",
        head: vec!["Id", "Name", "For single send", "Needs"],
        rows: rows.collect(),
    }
}

fn grants(state: &State) -> Section {
    let rows = state.grants.all().iter().map(|grant| {
        let revoke = Order {
            name: "revoke_refresh_token",
            words: "Revoke the refresh token",
            with: vec![("grant", grant.id.to_string())],
        };
        let uninstall = Order {
            name: "uninstall",
            words: "Uninstall",
            with: vec![("client_id", grant.client_id.clone())],
        };
        let orders = match (grant.installed, grant.private) {
            (false, _) => Vec::new(),
            (true, true) => vec![uninstall],
            (true, false) => vec![revoke],
        };
        Row {
            cells: vec![
                grant.client_id.clone(),
                grant.hub_id.to_string(),
                grant.username.clone(),
                grant.scopes.join(" "),
                if grant.installed { "yes" } else { "no" }.to_owned(),
            ],
            orders,
        }
    });
    Section {
        title: "Connected apps",
        empty: "Nothing was granted yet.",
        head: vec!["App", "Account", "By", "Scopes", "Installed"],
        rows: rows.collect(),
    }
}

fn mails(state: &State) -> Section {
    let sent = state.portals.iter().flat_map(|portal| &portal.sent);
    let rows = sent.rev().take(SHOWN).map(|sent| Row {
        cells: vec![
            sent.mail.to.clone(),
            sent.mail.email_id.to_string(),
            sent.mail.result.clone(),
            sent.mail.send_id.clone().unwrap_or_default(),
        ],
        orders: Vec::new(),
    });
    Section {
        title: "Mails",
        empty: "None was asked for yet.",
        head: vec!["To", "Template", "Result", "Send id"],
        rows: rows.collect(),
    }
}
