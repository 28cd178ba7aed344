//! The keys of the organization: which seal what, how old they are, how far replacements are, and beginning one.
//!
//! Must not know: keys. What destroys a key is done at the console; the page says how.

use super::Done;
use crate::{
    fault::{Fault, PageResult},
    parts::{Badge, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, grouped, moment, numbers::counted, one_line},
    visitor::Visitor,
};
use askama::{Template, filters::HtmlSafe};
use axum::extract::{Query, State};
use gatelodge_core::{DataKeyFacts, KekFacts, KeyInventory, RotatedKey, RotationFacts};
use gatelodge_model::Timestamp;

/// A data key in the table.
#[derive(Debug, Clone)]
pub(crate) struct DataKeyLine {
    pub(crate) id: Option<String>,
    pub(crate) seals: &'static str,
    pub(crate) badge: Badge,
    pub(crate) records: String,
    pub(crate) made: Moment,
    /// It seals nothing and may be given up.
    pub(crate) idle: bool,
}

/// An operator's key in the table.
#[derive(Debug, Clone)]
pub(crate) struct KekLine {
    pub(crate) id: String,
    pub(crate) badge: Badge,
    pub(crate) wraps: String,
}

/// A replacement.
#[derive(Debug, Clone)]
pub(crate) struct RotationLine {
    pub(crate) key: &'static str,
    pub(crate) target: String,
    pub(crate) badge: Badge,
    pub(crate) percent: u64,
    pub(crate) done: String,
    pub(crate) total: String,
    /// How fast it goes and how long it lasts, while it goes.
    pub(crate) pace: Option<String>,
    pub(crate) unreadable: Option<String>,
    pub(crate) by: Visible,
    pub(crate) began: Moment,
    pub(crate) ended: Option<Moment>,
}

/// What changes while a replacement goes on.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/keys.html")]
pub(crate) struct KeysNow {
    pub(crate) under_way: bool,
    pub(crate) data_keys: Vec<DataKeyLine>,
    pub(crate) keks: Vec<KekLine>,
    pub(crate) rotations: Vec<RotationLine>,
    pub(crate) unnamed: Option<String>,
}

impl HtmlSafe for KeysNow {}

impl KeysNow {
    pub(crate) fn of(inventory: &KeyInventory, now: Timestamp) -> Self {
        Self {
            under_way: inventory
                .rotations
                .iter()
                .any(|rotation| rotation.finished_at.is_none()),
            data_keys: inventory
                .data_keys
                .iter()
                .map(|key| data_key(key, now))
                .collect(),
            keks: inventory.keks.iter().map(kek).collect(),
            rotations: inventory
                .rotations
                .iter()
                .map(|rotation| line(rotation, now))
                .collect(),
            unnamed: (inventory.unnamed_rows > 0).then(|| records(inventory.unnamed_rows)),
        }
    }
}

fn records(count: u64) -> String {
    counted(
        usize::try_from(count).unwrap_or(usize::MAX),
        "record",
        "records",
    )
}

fn data_key(key: &DataKeyFacts, now: Timestamp) -> DataKeyLine {
    DataKeyLine {
        id: key.id.clone(),
        seals: if key.purpose == "credentials" {
            "Credentials"
        } else {
            "Customers' data"
        },
        badge: if key.current {
            Badge::new(Tone::Ok, "In use")
        } else {
            Badge::new(Tone::Off, "Not sealing")
        },
        records: grouped(key.rows),
        made: moment(key.made_at, now),
        idle: !key.current && key.rows == 0,
    }
}

fn kek(kek: &KekFacts) -> KekLine {
    KekLine {
        id: kek.id.clone(),
        badge: match (kek.current, kek.held) {
            (true, _) => Badge::new(Tone::Ok, "In use"),
            (false, true) => Badge::new(Tone::Off, "Earlier"),
            (false, false) => Badge::new(Tone::Attention, "Missing"),
        },
        wraps: grouped(kek.data_keys),
    }
}

fn line(rotation: &RotationFacts, now: Timestamp) -> RotationLine {
    RotationLine {
        key: match rotation.key {
            RotatedKey::Kek => "Operator's key",
            RotatedKey::Credentials => "Data key of credentials",
            RotatedKey::CustomerData => "Data key of customers' data",
        },
        target: rotation.target.clone(),
        badge: match (rotation.finished_at, rotation.unreadable) {
            (None, _) => Badge::new(Tone::Waiting, "Under way"),
            (Some(_), 0) => Badge::new(Tone::Ok, "Done"),
            (Some(_), _) => Badge::new(Tone::Attention, "Done, but for some"),
        },
        percent: rotation.percent(),
        done: grouped(rotation.done),
        total: grouped(rotation.total),
        pace: pace(rotation, now),
        unreadable: (rotation.unreadable > 0).then(|| records(rotation.unreadable)),
        by: one_line(&rotation.started_by, 60),
        began: moment(rotation.started_at, now),
        ended: rotation.finished_at.map(|at| moment(at, now)),
    }
}

/// None before the first row, and when it is done.
fn pace(rotation: &RotationFacts, now: Timestamp) -> Option<String> {
    let seconds = u64::try_from((now - rotation.started_at).num_seconds()).ok()?;
    if rotation.finished_at.is_some() || rotation.done == 0 || seconds == 0 {
        return None;
    }
    let left = rotation.left().saturating_mul(seconds) / rotation.done;
    let left = match left {
        0..=59 => "less than a minute".to_owned(),
        _ => counted(
            usize::try_from(left.div_ceil(60)).unwrap_or(usize::MAX),
            "minute",
            "minutes",
        ),
    };
    let rate = rotation.done.div_ceil(seconds);
    Some(format!("about {} a second, {left} left", grouped(rate)))
}

#[derive(Template)]
#[template(path = "keys.html")]
pub(crate) struct KeysPage {
    pub(crate) frame: Frame,
    pub(crate) now: KeysNow,
}

/// `GET /admin/keys`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    Ok(respond::ok(&KeysPage {
        now: keys_now(&state, &visitor).await?,
        frame: visitor
            .frame()
            .at(Section::Settings)
            .saying(done.done.as_deref()),
    }))
}

/// `GET /admin/keys/progress`: the part of the page that changes.
pub(crate) async fn progress(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    Ok(respond::ok(&keys_now(&state, &visitor).await?))
}

async fn keys_now(state: &WebState, visitor: &Visitor) -> Result<KeysNow, Fault> {
    let inventory = state
        .hub
        .keys(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(KeysNow::of(&inventory, state.hub.now()))
}

/// `POST /admin/keys/rotate`.
pub(crate) async fn rotate(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    state
        .hub
        .rotate_data_keys(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::see("/admin/keys", Some("keys-rotation")))
}
