//! `[[oauth_apps]]`: OAuth apps of the whole installation, used by organizations that set up none of their own.
//!
//! Must not know: providers' rules; hub and keeper look at the values.

use super::{Config, ConfigProblem, check::problem_of_secret_file};
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, path::PathBuf};

/// One of them; at most one for each provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfiguredOAuthApp {
    /// Slug of the provider, such as `salesforce`.
    pub provider: String,
    /// Name that the provider shows on its consent page.
    pub name: String,
    /// Public identifier at the provider.
    pub client_id: String,
    /// File with the client secret, mode 0600; empty where the app has none. A relative path begins at the
    /// configuration's folder.
    pub client_secret_file: PathBuf,
    /// Sign-in host for everybody; empty lets each person choose.
    pub auth_base_url: String,
}

pub(super) fn problems(config: &Config) -> Vec<ConfigProblem> {
    let mut problems = Vec::new();
    let mut report = |setting, message: String| problems.push(ConfigProblem { setting, message });
    let mut seen = HashSet::new();
    for app in &config.oauth_apps {
        if app.provider.is_empty() || !seen.insert(&app.provider) {
            report(
                "oauth_apps.provider",
                format!(
                    "'{}': name each provider once, such as salesforce",
                    app.provider
                ),
            );
        }
        if app.name.trim().is_empty() {
            report(
                "oauth_apps.name",
                "the name that people see on the provider's consent page is needed".into(),
            );
        }
        if app.client_id.is_empty() || app.client_id.contains(char::is_whitespace) {
            report("oauth_apps.client_id", "one word is needed".into());
        }
        let file = &app.client_secret_file;
        if !file.as_os_str().is_empty()
            && let Some(problem) = problem_of_secret_file(&config.folder.join(file))
        {
            report("oauth_apps.client_secret_file", problem);
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Vec<&'static str> {
        let config: Config = toml::from_str(text).unwrap();
        let problems = problems(&config);
        problems.iter().map(|problem| problem.setting).collect()
    }

    #[test]
    fn an_app_is_named_once_and_whole() {
        // proves ADM-4
        let one =
            "[[oauth_apps]]\nprovider = \"salesforce\"\nname = \"Ours\"\nclient_id = \"3MVG9\"\n";
        assert!(settings(one).is_empty());
        assert_eq!(settings(&format!("{one}{one}")), ["oauth_apps.provider"]);
        assert_eq!(
            settings(
                "[[oauth_apps]]\nprovider = \"salesforce\"\nclient_id = \"a b\"\nclient_secret_file = \"gone\"\n"
            ),
            [
                "oauth_apps.name",
                "oauth_apps.client_id",
                "oauth_apps.client_secret_file"
            ]
        );
    }
}
