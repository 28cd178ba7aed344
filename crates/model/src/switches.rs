//! The two switches in front of providers: integrations as a whole, and each provider (ADM-1 to ADM-3).
//!
//! Must not know: what is refused while something is off.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an organization switched off; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SwitchedOff {
    /// Every provider at once.
    pub integrations: bool,
    /// Slugs of single providers.
    pub providers: BTreeSet<String>,
}

/// Which switch is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// The one of all providers.
    Integrations,
    /// The provider's own.
    Provider,
}

impl SwitchedOff {
    /// The switch that keeps a provider from being used; none where it can be.
    pub fn by(&self, provider: &str) -> Option<Switch> {
        if self.integrations {
            Some(Switch::Integrations)
        } else if self.providers.contains(provider) {
            Some(Switch::Provider)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_switch_keeps_a_provider_off() {
        // proves ADM-2, ADM-3
        let mut off = SwitchedOff::default();
        assert_eq!(off.by("salesforce"), None);
        off.providers.insert("salesforce".to_owned());
        assert_eq!(off.by("salesforce"), Some(Switch::Provider));
        assert_eq!(off.by("github"), None);
        off.integrations = true;
        assert_eq!(off.by("github"), Some(Switch::Integrations));
        assert_eq!(off.by("salesforce"), Some(Switch::Integrations));
    }
}
