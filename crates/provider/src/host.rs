//! Which hosts belong to a provider, and how a sign-in host is read from what a person typed.
//!
//! Must not know: how connections are made; the egress guard uses these patterns.

use gatelodge_model::Environment;
use url::Url;

/// A host rule of a manifest: an exact name, or `*.` before a suffix for one or more labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(String);

impl HostPattern {
    /// Takes a rule as a manifest writes it.
    pub fn new(rule: &str) -> Self {
        Self(rule.to_ascii_lowercase())
    }

    /// Whether a host name (lower case, no trailing dot) is meant.
    pub fn matches(&self, host: &str) -> bool {
        match self.0.strip_prefix("*.") {
            Some(suffix) => host
                .strip_suffix(suffix)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|labels| {
                    !labels.is_empty() && labels.split('.').all(|label| !label.is_empty())
                }),
            None => host == self.0,
        }
    }

    /// The rule's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where people sign in at a provider: origin and environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginHost {
    /// Scheme and host (and port, only for a configured practice org), no path.
    pub base: Url,
    /// What it means.
    pub environment: Environment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_anchored_at_a_dot() {
        // proves O11, S9: no look-alike passes
        let rule = HostPattern::new("*.my.salesforce.com");
        assert!(rule.matches("acme.my.salesforce.com"));
        assert!(rule.matches("acme--uat.sandbox.my.salesforce.com"));
        for bad in [
            "my.salesforce.com",
            ".my.salesforce.com",
            "evilmy.salesforce.com",
            "acme.my.salesforce.com.evil.tld",
            "a..my.salesforce.com",
        ] {
            assert!(!rule.matches(bad), "{bad}");
        }
        assert!(HostPattern::new("login.salesforce.com").matches("login.salesforce.com"));
    }
}
