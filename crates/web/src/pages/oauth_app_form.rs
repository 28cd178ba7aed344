//! The form of an OAuth app: what stands in it, what was sent, which field is wrong.
//!
//! Must not know: the hub. The client secret goes in and never comes out.

use gatelodge_core::provider::OptionalScope;
use gatelodge_core::{OAuthAppChange, SecretChange};
use gatelodge_model::{
    Asks, Error, ExtraScopes, GroupId, OAuthApp, OAuthAppId, Result, Secret, Serves,
};
use serde::Deserialize;
use std::collections::HashMap;

/// Fields of scopes are named like this, followed by the scope's name.
const SCOPE: &str = "scope-";

/// What stands in the form's fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filled {
    pub(crate) name: String,
    pub(crate) client_id: String,
    pub(crate) auth_base_url: String,
    pub(crate) group: String,
    pub(crate) asks: Asks,
    pub(crate) scopes: Vec<String>,
    pub(crate) scope_reason: String,
    pub(crate) enabled: bool,
}

impl Filled {
    pub(crate) fn of(app: &OAuthApp) -> Self {
        Self {
            name: app.name.clone(),
            client_id: app.client_id.clone(),
            auth_base_url: app.auth_base_url.clone().unwrap_or_default(),
            group: match app.serves {
                Serves::Group(group) => group.to_string(),
                _ => String::new(),
            },
            asks: app.asks,
            scopes: app.scopes.names.clone(),
            scope_reason: app.scopes.reason.clone().unwrap_or_default(),
            // A first save is meant to be used.
            enabled: app.enabled || !app.is_set_up(),
        }
    }

    pub(crate) fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|known| known == name)
    }
}

/// A scope that can be switched on.
#[derive(Debug, Clone)]
pub(crate) struct ScopeChoice {
    pub(crate) name: String,
    pub(crate) opens: String,
    pub(crate) broad: bool,
}

impl From<&OptionalScope> for ScopeChoice {
    fn from(scope: &OptionalScope) -> Self {
        Self {
            name: scope.name.clone(),
            opens: scope.opens.clone(),
            broad: scope.broad,
        }
    }
}

/// Which field is wrong, and why.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldErrors {
    pub(crate) name: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) auth_base_url: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) scopes: Option<String>,
    pub(crate) confirm: Option<String>,
}

impl FieldErrors {
    /// The error at its field; `None` where no field of the form is named.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let mut errors = Self::default();
        let slot = match error.field()? {
            "name" => &mut errors.name,
            "client_id" => &mut errors.client_id,
            "client_secret" => &mut errors.client_secret,
            "auth_base_url" | "login_host" => &mut errors.auth_base_url,
            "group" => &mut errors.group,
            "scopes" | "scope_reason" => &mut errors.scopes,
            "confirm" => &mut errors.confirm,
            _ => return None,
        };
        *slot = Some(error.message().to_owned());
        Some(errors)
    }
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct AppForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    client_id: String,
    client_secret: Option<Secret>,
    #[serde(default)]
    clear_secret: String,
    #[serde(default)]
    ask_client_id: String,
    #[serde(default)]
    ask_client_secret: String,
    #[serde(default)]
    auth_base_url: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    scope_reason: String,
    #[serde(default)]
    enabled: String,
    #[serde(default)]
    confirm: String,
    /// The boxes of scopes.
    #[serde(flatten)]
    others: HashMap<String, String>,
}

impl AppForm {
    /// What was filled in, to show it again.
    pub(crate) fn filled(&self) -> Filled {
        let ticked = self.others.iter().filter(|(_, value)| *value == "yes");
        let mut scopes: Vec<String> = ticked
            .filter_map(|(name, _)| Some(name.strip_prefix(SCOPE)?.to_owned()))
            .collect();
        scopes.sort();
        Filled {
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            auth_base_url: self.auth_base_url.clone(),
            group: self.group.clone(),
            asks: Asks {
                client_id: self.ask_client_id == "yes",
                client_secret: self.ask_client_secret == "yes",
            },
            scopes,
            scope_reason: self.scope_reason.clone(),
            enabled: self.enabled == "yes",
        }
    }

    /// What shall be saved.
    ///
    /// # Errors
    /// `invalid_argument` for a group that cannot be one.
    pub(crate) fn change(self, app: OAuthAppId) -> Result<OAuthAppChange> {
        let filled = self.filled();
        let client_secret = match self.client_secret {
            Some(secret) if !secret.is_empty() => SecretChange::Set(secret),
            _ if self.clear_secret == "yes" => SecretChange::Clear,
            _ => SecretChange::Keep,
        };
        Ok(OAuthAppChange {
            app,
            name: filled.name.trim().to_owned(),
            client_id: filled.client_id.trim().to_owned(),
            client_secret,
            auth_base_url: Some(filled.auth_base_url.trim().to_owned())
                .filter(|url| !url.is_empty()),
            group: group(&filled.group)?,
            asks: filled.asks,
            scopes: ExtraScopes {
                names: filled.scopes,
                reason: Some(filled.scope_reason),
            },
            enabled: filled.enabled,
            confirm: Some(self.confirm).filter(|typed| !typed.is_empty()),
        })
    }
}

/// A group of a form; none where everybody is meant.
///
/// # Errors
/// `invalid_argument` for what is no group's id: it looks like a group that does not exist.
pub(crate) fn group(text: &str) -> Result<Option<GroupId>> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse().map(Some);
    read.map_err(|_| Error::invalid("group", "There is no such group in this organization."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_of_scopes_are_read_by_their_names() {
        // proves SEC-3
        let text = "name=Ours&client_id=3MVG9&client_secret=&scope-full=yes&scope-id=yes&scope-x=no&other=yes&scope_reason=why";
        let form: AppForm = serde_json::from_value(
            url::form_urlencoded::parse(text.as_bytes())
                .map(|(key, value)| (key.into_owned(), value.into_owned().into()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        )
        .unwrap();
        let filled = form.filled();
        assert_eq!(filled.scopes, ["full", "id"]);
        assert!(!filled.enabled && !filled.asks.anything());
        assert!(group("nonsense").is_err());
        assert_eq!(group("").unwrap(), None);
    }
}
