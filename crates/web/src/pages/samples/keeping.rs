//! Keys and their replacement; what is stored and for how long.

use super::{
    made::{HOSTILE, ago, frame, now, organization},
    write::sample,
};
use crate::{
    pages::{
        keys::{KeysNow, KeysPage},
        stored::StoredPage,
    },
    parts::Section,
};
use gatelodge_core::{DataKeyFacts, KekFacts, KeyInventory, RotatedKey, RotationFacts, StoredKind};
use gatelodge_model::{
    Role,
    clock::testing::{FixedClock, SeededRandom},
    id::new_uuid,
};

fn data_key(epoch: i64, current: bool, rows: u64) -> DataKeyFacts {
    DataKeyFacts {
        organization: organization(),
        purpose: "customer_data".to_owned(),
        epoch,
        id: Some(format!("00112233445566{epoch:02}")),
        kek: "a1b2c3d4e5f60718".to_owned(),
        current,
        rows,
        made_at: ago(60 * 24 * 40 / epoch),
    }
}

fn rotation(done: u64, unreadable: u64, finished: bool) -> RotationFacts {
    RotationFacts {
        id: new_uuid(&FixedClock::at(0), &SeededRandom::new(1)),
        organization: Some(organization()),
        key: RotatedKey::CustomerData,
        target: "0011223344556602".to_owned(),
        started_by: HOSTILE.to_owned(),
        started_at: ago(2),
        finished_at: finished.then(now),
        total: 12_000,
        done,
        unreadable,
    }
}

fn inventory(rotations: Vec<RotationFacts>) -> KeyInventory {
    KeyInventory {
        keks: vec![
            KekFacts {
                id: "a1b2c3d4e5f60718".to_owned(),
                current: true,
                held: true,
                data_keys: 2,
            },
            KekFacts {
                id: "ffb2c3d4e5f60718".to_owned(),
                current: false,
                held: false,
                data_keys: 1,
            },
        ],
        data_keys: vec![data_key(1, false, 0), data_key(2, true, 12_000)],
        unnamed_rows: 0,
        rotations,
    }
}

fn page(role: Role, inventory: &KeyInventory) -> KeysPage {
    KeysPage {
        frame: frame(role, 0).at(Section::Settings),
        now: KeysNow::of(inventory, now()),
    }
}

#[test]
fn a_replacement_shows_how_far_it_is_and_no_second_one_is_offered() {
    // proves V5, U1
    let html = sample(
        "keys",
        &page(Role::Owner, &inventory(vec![rotation(6_000, 0, false)])),
    );
    for needed in [
        "Under way",
        "value=\"50\"",
        "6,000 of 12,000",
        "about 50 a second, 2 minutes left",
        "may be given up",
        "Missing",
        "hx-get=\"/admin/keys/progress\"",
        "can begin when it is done",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    assert!(!html.contains("<script>alert") && !html.contains("Yes, replace"));

    let done = inventory(vec![rotation(11_998, 2, true)]);
    let html = sample("keys-done", &page(Role::Admin, &done));
    for needed in [
        "Done, but for some",
        "2 records do not open and stay as they are",
        "Yes, replace the data keys",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    assert!(!html.contains("hx-get=\"/admin/keys"), "nothing goes on");
    assert!(!html.contains("keys/retire"), "no page destroys a key");

    let html = sample("keys-auditor", &page(Role::Auditor, &done));
    assert!(!html.contains("/admin/keys/rotate"));
}

#[test]
fn an_organization_without_keys_is_told_when_they_come() {
    let empty = KeyInventory {
        keks: Vec::new(),
        data_keys: Vec::new(),
        unnamed_rows: 3,
        rotations: Vec::new(),
    };
    let html = sample("keys-none", &page(Role::Owner, &empty));
    assert!(html.contains("No data key yet"));
    assert!(html.contains("3 records of an earlier version"));
}

#[test]
fn what_is_stored_is_told_with_its_days_and_rows() {
    // proves SEC-10
    let kind = |what, days, rows| StoredKind {
        what,
        holds: "Values of records.",
        tables: &["sealed_records"],
        sealed: true,
        kept: "90 days after it was made".to_owned(),
        days,
        setting: days.map(|_| "retention.proposals_days"),
        rows,
    };
    let stored = vec![
        kind("Contents of proposals", Some(90), Some(1_234)),
        kind("Credentials", None, None),
    ];
    let page = StoredPage::of(frame(Role::Member, 0).at(Section::Settings), stored);
    let html = sample("stored", &page);
    let (passing, staying) = html.split_once("Kept until something happens").unwrap();
    for needed in [
        "Contents of proposals",
        "90 days after",
        "1,234",
        "retention.proposals_days",
    ] {
        assert!(passing.contains(needed), "{needed}");
    }
    assert!(staying.contains("Credentials") && staying.contains("not counted"));
}
