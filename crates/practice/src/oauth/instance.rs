//! Where the org lives: the address that token answers name, and the addresses it has left.
//!
//! Must not know which request asks.

use serde::{Deserialize, Serialize};

/// What an abandoned instance host answers; clients meet all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// 401 `INVALID_SESSION_ID`.
    #[default]
    InvalidSession,
    /// 301 to the same path at the new instance.
    Moved,
    /// 302 to the same path at the new instance.
    Found,
    /// 307 to the same path at the new instance.
    TemporaryRedirect,
    /// 404 with a page instead of JSON.
    NotFoundPage,
    /// 420, which no standard knows.
    TooCalm,
    /// The connection breaks, as after the name is gone from DNS.
    Gone,
}

/// A host the org has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Host as a request names it, with the port where there is one.
    pub host: String,
    /// What it answers.
    #[serde(default)]
    pub symptom: Symptom,
}

/// Where the org lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {
    /// Handed out as `instance_url`, any text; absent means the host's own.
    pub instance_url: Option<String>,
    /// Hosts that are left.
    pub retired: Vec<Retired>,
}

impl Instance {
    /// What this host answers if the org has left it.
    pub(crate) fn symptom(&self, host: &str) -> Option<Symptom> {
        let left = |retired: &&Retired| retired.host.eq_ignore_ascii_case(host);
        self.retired
            .iter()
            .find(left)
            .map(|retired| retired.symptom)
    }
}
