//! After a loss: a restored copy, panic; and what leaves.

use super::{
    made::{account, connection, frame, now},
    write::sample,
};
use crate::{
    pages::{
        panic::PanicPage,
        people::{PeoplePage, Wish},
        way_out::WayOutPage,
    },
    parts::{Frame, Section},
};
use gatelodge_core::{
    Destination, OpenGrant, Opening, OwnAddress, PanicOverview, PanicResult, PanicRun, PanicScope,
    PeopleList, RestoredCopy, WayOut,
};
use gatelodge_model::{ConnectionId, ConnectionStatus, Environment, Role};

fn some_id() -> ConnectionId {
    connection(Environment::Production, ConnectionStatus::Active).id
}

fn result(connection: ConnectionId, ended_here: bool, unconfirmed: Option<&str>) -> PanicResult {
    PanicResult {
        connection,
        provider: "salesforce".into(),
        account: Some(account().username),
        ended_here,
        revoked: unconfirmed.is_none(),
        unconfirmed: unconfirmed.map(str::to_owned),
    }
}

#[test]
fn panic_shows_each_result_and_what_can_be_tried_again() {
    // proves O17, U1
    let (pending, by_hand, here) = (some_id(), some_id(), some_id());
    let scope = |provider: Option<&str>, typed: &str, connections| PanicScope {
        provider: provider.map(str::to_owned),
        typed: typed.to_owned(),
        connections,
    };
    let open = |connection, asked_until| OpenGrant {
        connection,
        provider: "salesforce".into(),
        since: now(),
        reason: "The provider answered with HTTP 503 <b>".into(),
        asked_until,
        by_hand: "Revoke it at Salesforce: Setup > Connected Apps OAuth Usage.".into(),
    };
    let mut overview = PanicOverview {
        scopes: vec![
            scope(None, "Harbour Lights Trading", 40),
            scope(Some("salesforce"), "salesforce", 40),
        ],
        run: Some(PanicRun {
            provider: None,
            begun_at: now(),
            connections: 44,
            results: vec![
                result(some_id(), true, None),
                result(pending, true, Some("Revocation pending: HTTP 503")),
                result(here, false, Some("It could not be ended here")),
                // was pending when it was tried, and is confirmed since
                result(some_id(), true, Some("long forgotten")),
            ],
            ended: false,
        }),
        open: vec![open(pending, Some(now())), open(by_hand, None)],
    };
    let page = PanicPage::of(frame(Role::Owner, 0), &overview, now());
    let html = sample("panic", &page);
    for needed in [
        "4 of 44 tried",
        "2 confirmed",
        "hx-get=\"/admin/panic/progress\"",
        "Ask again now",
        "Revoke it by hand",
        "Still connected",
        "All connections",
        "Connections with salesforce (40)",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    assert!(!html.contains("<b>") && !html.contains("long forgotten"));
    let again = |html: &str, id: ConnectionId| html.contains(&format!("/admin/panic/{id}/again"));
    assert!(again(&html, pending) && !again(&html, by_hand));
    assert!(!again(&html, here), "not while it runs");

    if let Some(run) = &mut overview.run {
        run.ended = true;
    }
    overview.scopes = vec![scope(None, "Harbour Lights Trading", 0)];
    let page = PanicPage::of(frame(Role::Owner, 0), &overview, now());
    let html = sample("panic-ended", &page);
    assert!(again(&html, here) && html.contains("Nothing to end"));
    assert!(!html.contains("hx-get"), "nothing changes any more");
}

#[test]
fn a_restored_copy_is_told_on_every_page() {
    // proves R16
    let frame = Frame {
        copy: Some(RestoredCopy {
            backed_up_at: Some(now()),
        }),
        ..frame(Role::Member, 2)
    };
    let nobody = PeopleList {
        people: Vec::new(),
        total: 0,
        page: 0,
        pages: 1,
    };
    let page = PeoplePage::of(frame.at(Section::People), &nobody, Wish::default(), now());
    let html = sample("restored-copy", &page);
    for needed in [
        "This is a restored copy of 2027-01-15",
        "gatelodge restore activate",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
}

#[test]
fn the_way_out_shows_what_the_file_opens() {
    // proves S10
    let list = WayOut {
        destinations: vec![Destination {
            provider: Some("salesforce".into()),
            needed: false,
            host: "*.my.salesforce.com".into(),
            port: 443,
            class: "provider",
            why: "API of Salesforce, and sign-in at an account's own address".into(),
        }],
        own_addresses: vec![OwnAddress {
            address: "203.0.113.7".into(),
            configured: true,
        }],
        openings: Vec::new(),
        proxy: None,
    };
    let of = |opened: Vec<Opening>| WayOutPage {
        frame: frame(Role::Admin, 0).at(Section::Settings),
        list: list.clone(),
        opened,
        text: "*.my.salesforce.com:443\tprovider".into(),
    };
    assert!(sample("way-out-0", &of(Vec::new())).contains("Nothing is opened."));
    let html = sample(
        "way-out",
        &of(vec![Opening {
            setting: "egress.private_ranges",
            words: "Private addresses that may be reached",
            values: vec!["10.20.0.0/16".into(), "10.30.0.0/16".into()],
        }]),
    );
    for needed in ["10.30.0.0/16", "egress.private_ranges", "203.0.113.7"] {
        assert!(html.contains(needed), "{needed}");
    }
}
