//! What both ends tell each other before anything else: which protocol, which build.
//!
//! Must not know: what follows from a difference.

use serde::{Deserialize, Serialize};

/// Changes when the frame around a packet does. What is inside follows the build.
pub const PROTOCOL: u32 = 2;

/// Who answers at the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The protocol that it speaks.
    pub protocol: u32,
    /// Its build; another one packs other types.
    pub build: String,
    /// Its process, for people who look for it.
    pub process: u32,
}

impl Greeting {
    /// This process, of this build.
    pub fn of_this_process(build: impl Into<String>) -> Self {
        Self {
            protocol: PROTOCOL,
            build: build.into(),
            process: std::process::id(),
        }
    }

    /// Whether the other end may be used by one that was built like this.
    pub fn suits(&self, build: &str) -> bool {
        self.protocol == PROTOCOL && self.build == build
    }
}
