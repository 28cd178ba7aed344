//! The External Client App as metadata that `sf project deploy start --metadata-dir` takes.
//!
//! Types, folders, suffixes and elements are those of the "Metadata API Developer Guide" (`ExternalClientApplication`,
//! `ExtlClntAppGlobalOauthSettings`, `ExtlClntAppOauthSettings`, `ExtlClntAppOauthConfigurablePolicies`,
//! `ExtlClntAppConfigurablePolicies`; API 60.0 and later). What is left out keeps Salesforce's default.
//! Must not know: consumer key and secret, which Salesforce makes at the first deployment.

use gatelodge_model::{Error, Result};
use gatelodge_provider::{AppFile, AppFiles, AppRegistration, Manifest};

const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";
const VERSION: &str = "66.0";
/// Leaves room for the endings of the parts below the 80 characters of a developer name.
const LONGEST_NAME: usize = 60;
const DESCRIPTION: &str =
    "Lets AI agents and workflows use Salesforce through Gatelodge, as the person who connected.";
const NEXT: &str = "Sign in to your production org with the Salesforce CLI, then deploy:
  sf org login web --alias production
  sf project deploy start --metadata-dir {folder} --target-org production
Then open Setup > External Client App Manager > the app > Settings > OAuth Settings > Consumer Key and Secret, and paste
both values into the OAuth app in Gatelodge. It can take up to 10 minutes until all of Salesforce knows the app.";

/// One component of the package.
struct Component {
    kind: &'static str,
    folder: &'static str,
    suffix: &'static str,
    /// What the app's name is followed by.
    ending: &'static str,
    elements: Vec<(&'static str, String)>,
}

/// The files of an app.
///
/// # Errors
/// `invalid_argument` for a name, an e-mail or callbacks that cannot be registered; `internal` for a scope of the
/// manifest that has no name in metadata.
pub(super) fn write(manifest: &Manifest, app: &AppRegistration) -> Result<AppFiles> {
    let name = api_name(&app.name);
    check(app)?;
    let components = components(manifest, app, &name)?;
    let mut files: Vec<AppFile> = components
        .iter()
        .map(|component| AppFile {
            path: format!(
                "{}/{name}{}.{}",
                component.folder, component.ending, component.suffix
            ),
            text: document(component.kind, &component.elements),
        })
        .collect();
    files.push(AppFile {
        path: "package.xml".to_owned(),
        text: package(&components, &name),
    });
    Ok(AppFiles { files, next: NEXT })
}

fn components(manifest: &Manifest, app: &AppRegistration, name: &str) -> Result<Vec<Component>> {
    let scopes = manifest
        .scopes
        .iter()
        .map(|scope| scope_token(&scope.name))
        .collect::<Result<Vec<_>>>()?
        .join(", ");
    let of_app = || ("externalClientApplication", name.to_owned());
    let label = |words: &str| ("label", format!("{} {words}", app.name.trim()));
    let flag = |element, value: bool| (element, value.to_string());
    let permitted = if app.pre_authorized {
        "AdminApprovedPreAuthorized"
    } else {
        "AllSelfAuthorized"
    };
    Ok(vec![
        Component {
            kind: "ExternalClientApplication",
            folder: "externalClientApps",
            suffix: "eca",
            ending: "",
            elements: vec![
                ("contactEmail", app.contact_email.trim().to_owned()),
                ("description", DESCRIPTION.to_owned()),
                ("distributionState", "Local".to_owned()),
                flag("isProtected", false),
                ("label", app.name.trim().to_owned()),
            ],
        },
        Component {
            kind: "ExtlClntAppGlobalOauthSettings",
            folder: "extlClntAppGlobalOauthSets",
            suffix: "ecaGlblOauth",
            ending: "_glbloauth",
            elements: vec![
                // Several stand on lines of their own, as in Setup.
                ("callbackUrl", app.callbacks.join("\n")),
                of_app(),
                flag("isConsumerSecretOptional", app.without_secret),
                flag("isPkceRequired", true),
                flag("isSecretRequiredForRefreshToken", false),
                label("global OAuth settings"),
                flag("shouldRotateConsumerKey", false),
                flag("shouldRotateConsumerSecret", false),
            ],
        },
        Component {
            kind: "ExtlClntAppOauthSettings",
            folder: "extlClntAppOauthSettings",
            suffix: "ecaOauth",
            ending: "_oauth",
            elements: vec![
                ("commaSeparatedOauthScopes", scopes),
                of_app(),
                label("OAuth settings"),
            ],
        },
        Component {
            kind: "ExtlClntAppOauthConfigurablePolicies",
            folder: "extlClntAppOauthPolicies",
            suffix: "ecaOauthPlcy",
            ending: "_oauthPlcy",
            elements: vec![
                of_app(),
                ("ipRelaxationPolicyType", "Enforce".to_owned()),
                label("OAuth policies"),
                ("permittedUsersPolicyType", permitted.to_owned()),
                ("refreshTokenPolicyType", "Infinite".to_owned()),
            ],
        },
        Component {
            kind: "ExtlClntAppConfigurablePolicies",
            folder: "extlClntAppPolicies",
            suffix: "ecaPlcy",
            ending: "_plcy",
            elements: vec![
                of_app(),
                flag("isEnabled", true),
                flag("isOauthPluginEnabled", true),
                label("policies"),
            ],
        },
    ])
}

/// A scope's name in metadata, where it is spelled otherwise than on the wire.
fn scope_token(scope: &str) -> Result<&'static str> {
    match scope {
        "api" => Ok("Api"),
        "refresh_token" => Ok("RefreshToken"),
        other => Err(Error::internal(format!(
            "the scope '{other}' has no name in metadata"
        ))),
    }
}

/// The developer name of an app: a letter, then letters, digits and single underscores.
fn api_name(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let joined: String = words.join("_").chars().take(LONGEST_NAME).collect();
    let joined = joined.trim_end_matches('_');
    match joined.chars().next() {
        None => "Gatelodge".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("App_{joined}"),
        Some(_) => joined.to_owned(),
    }
}

fn check(app: &AppRegistration) -> Result<()> {
    if app.name.trim().is_empty() || app.name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "The app's name is a line of text."));
    }
    let email = app.contact_email.trim();
    let parts: Vec<&str> = email.split('@').collect();
    let is_address = parts.len() == 2
        && parts.iter().all(|part| !part.is_empty())
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if !is_address {
        return Err(Error::invalid(
            "contact_email",
            "The contact e-mail is one address, such as crm-admin@example.com.",
        ));
    }
    if app.callbacks.is_empty() {
        return Err(Error::invalid(
            "callbacks",
            "An app needs a callback address; this installation has no public URL.",
        ));
    }
    Ok(())
}

fn document(kind: &str, elements: &[(&'static str, String)]) -> String {
    let lines: Vec<String> = elements
        .iter()
        .map(|(element, value)| format!("    <{element}>{}</{element}>\n", escaped(value)))
        .collect();
    format!("{}{}</{kind}>\n", head(kind), lines.concat())
}

fn package(components: &[Component], name: &str) -> String {
    let types: Vec<String> = components
        .iter()
        .map(|Component { kind, ending, .. }| {
            format!(
                "    <types>\n        <members>{name}{ending}</members>\n        <name>{kind}</name>\n    </types>\n"
            )
        })
        .collect();
    let (head, types) = (head("Package"), types.concat());
    format!("{head}{types}    <version>{VERSION}</version>\n</Package>\n")
}

fn head(root: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n")
}

/// Text between tags. What XML 1.0 cannot hold at all (§2.2) is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\n' | '\t' => safe.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
