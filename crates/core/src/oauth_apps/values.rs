//! What may stand in an OAuth app: names, client ids, secrets, scopes.
//!
//! Must not know: who saves it.

use crate::Hub;
use gatelodge_keeper_client::SecretChange;
use gatelodge_model::{Error, ExtraScopes, OAuthApp, Result, Secret};
use gatelodge_provider::Manifest;

/// The shortest reason that says something.
const REASON_CHARACTERS: usize = 10;

/// A client id: one word.
pub(super) fn client_id(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 512 || text.chars().any(char::is_whitespace) {
        return Err(Error::invalid(
            "client_id",
            "Paste the client id (consumer key): one word, at most 512 characters.",
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn name(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 120 {
        return Err(Error::invalid(
            "name",
            "The app's name has 1 to 120 characters.",
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn secret(secret: &Secret) -> Result<()> {
    if secret.is_empty() || secret.expose().len() > 1024 {
        return Err(Error::invalid(
            "client_secret",
            "A client secret has 1 to 1,024 characters.",
        ));
    }
    Ok(())
}

pub(super) fn secret_change(change: &SecretChange) -> Result<()> {
    match change {
        SecretChange::Set(given) => secret(given),
        SecretChange::Keep | SecretChange::Clear | SecretChange::Configured => Ok(()),
    }
}

/// Only scopes that the provider declares; a broad one with a reason that somebody wrote (SEC-3).
pub(super) fn scopes(manifest: &Manifest, wanted: ExtraScopes) -> Result<ExtraScopes> {
    let mut names = Vec::new();
    let mut needs_reason = None;
    for name in wanted.names {
        let Some(scope) = manifest.optional_scope(&name) else {
            let name: String = name.chars().take(60).collect();
            return Err(Error::invalid(
                "scopes",
                format!("'{name}' is not a scope that can be switched on."),
            ));
        };
        if scope.broad {
            needs_reason = Some(scope.name.clone());
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let reason = wanted.reason.map(|text| text.trim().to_owned());
    let reason = reason.filter(|text| !text.is_empty());
    let Some(broad) = needs_reason else {
        return Ok(ExtraScopes {
            names,
            reason: None,
        });
    };
    match reason {
        Some(text) if (REASON_CHARACTERS..=500).contains(&text.chars().count()) => {
            Ok(ExtraScopes {
                names,
                reason: Some(text),
            })
        }
        _ => Err(Error::invalid(
            "scope_reason",
            format!(
                "'{broad}' opens more than any tool of Gatelodge uses. Write down why it is needed, in 10 to 500 characters, or switch it off."
            ),
        )),
    }
}

impl Hub {
    /// What is wrong with the scopes of an app, in words; empty where it asks for the least (SEC-3).
    pub fn scope_warnings(&self, app: &OAuthApp) -> Vec<String> {
        let Some(provider) = self.catalogue.provider(&app.provider) else {
            return Vec::new();
        };
        let needed = |name: &str| {
            let mut tools = provider.tools().iter();
            tools.any(|tool| tool.descriptor().scopes.contains(&name))
        };
        let unneeded = app.scopes.names.iter().filter(|name| !needed(name));
        unneeded
            .map(|name| {
                let broad = provider
                    .manifest()
                    .optional_scope(name)
                    .is_some_and(|scope| scope.broad);
                match (&app.scopes.reason, broad) {
                    (Some(reason), true) => format!(
                        "'{name}' opens everything that the person can do, and no tool needs it. The written reason: {reason}"
                    ),
                    _ => format!("No tool needs '{name}'. Without it the app asks for less."),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
slug = "notes"
name = "Notes"
summary = "Notes."
capabilities = []
api_hosts = []
review = []
residency = "Here."
[auth]
method = "oauth2"
authorize_path = "/a"
token_path = "/t"
revoke_path = "/r"
expiry = "unknown"
[[scopes]]
name = "read"
reason = "Reads."
when_missing = "tools_refused"
[[optional_scopes]]
name = "profile"
opens = "The name."
[[optional_scopes]]
name = "full"
opens = "Everything."
broad = true
"#;

    fn extra(names: &[&str], reason: Option<&str>) -> ExtraScopes {
        ExtraScopes {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn a_broad_scope_takes_a_written_reason_and_unknown_ones_are_refused() {
        // proves SEC-3
        let manifest = Manifest::parse(MANIFEST).unwrap();
        let kept = scopes(&manifest, extra(&["profile", "profile"], Some("no matter"))).unwrap();
        assert_eq!(kept, extra(&["profile"], None));
        for bad in [None, Some("  "), Some("because")] {
            let error = scopes(&manifest, extra(&["full"], bad)).unwrap_err();
            assert_eq!(error.field(), Some("scope_reason"));
        }
        let reason = Some("  An auditor approved it, ticket 7. ");
        let kept = scopes(&manifest, extra(&["full"], reason)).unwrap();
        assert_eq!(
            kept.reason.as_deref(),
            Some("An auditor approved it, ticket 7.")
        );
        let unknown = scopes(&manifest, extra(&["api refresh_token"], None)).unwrap_err();
        assert_eq!(unknown.field(), Some("scopes"));
    }

    #[test]
    fn a_client_id_is_one_word() {
        // proves ADM-5
        assert_eq!(client_id(" 3MVG9 ").unwrap(), "3MVG9");
        for bad in ["", "  ", "a b", "a\nb"] {
            assert_eq!(client_id(bad).unwrap_err().field(), Some("client_id"));
        }
    }
}
