//! The files are read back by an XML reader that is not ours.

use super::*;
use proptest::prelude::*;
use roxmltree::Document;

fn manifest() -> Manifest {
    Manifest::parse(include_str!("../provider.toml")).unwrap()
}

fn app(name: &str) -> AppRegistration {
    AppRegistration {
        name: name.to_owned(),
        contact_email: "crm-admin@example.com".to_owned(),
        callbacks: vec![
            "https://gatelodge.example.com/api/integrations/callback/salesforce/app_1".to_owned(),
            "https://staging.example.com/api/integrations/callback/salesforce/app_1".to_owned(),
        ],
        without_secret: false,
        pre_authorized: false,
    }
}

fn written(app: &AppRegistration) -> Vec<AppFile> {
    write(&manifest(), app).unwrap().files
}

/// The text of an element below the root of a file.
fn value(files: &[AppFile], ending: &str, element: &str) -> String {
    let file = files
        .iter()
        .find(|file| file.path.ends_with(ending))
        .unwrap_or_else(|| panic!("no file ends in {ending}"));
    let document = Document::parse(&file.text).unwrap();
    let found = document.root_element().children().find(|child| {
        child.tag_name().name() == element && child.tag_name().namespace() == Some(NAMESPACE)
    });
    let found = found.unwrap_or_else(|| panic!("no {element} in {}", file.path));
    found.text().unwrap_or_default().to_owned()
}

#[test]
fn the_app_is_a_package_that_can_be_deployed() {
    // proves ADM-16
    let files = written(&app("Gatelodge"));
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "externalClientApps/Gatelodge.eca",
            "extlClntAppGlobalOauthSets/Gatelodge_glbloauth.ecaGlblOauth",
            "extlClntAppOauthSettings/Gatelodge_oauth.ecaOauth",
            "extlClntAppOauthPolicies/Gatelodge_oauthPlcy.ecaOauthPlcy",
            "extlClntAppPolicies/Gatelodge_plcy.ecaPlcy",
            "package.xml",
        ]
    );
    let of = |ending, element| value(&files, ending, element);
    assert_eq!(of(".eca", "contactEmail"), "crm-admin@example.com");
    assert_eq!(of(".eca", "distributionState"), "Local");
    assert_eq!(
        of(".ecaGlblOauth", "callbackUrl"),
        app("").callbacks.join("\n")
    );
    assert_eq!(of(".ecaGlblOauth", "isPkceRequired"), "true");
    assert_eq!(
        of(".ecaGlblOauth", "isSecretRequiredForRefreshToken"),
        "false"
    );
    assert_eq!(of(".ecaGlblOauth", "isConsumerSecretOptional"), "false");
    assert_eq!(
        of(".ecaOauth", "commaSeparatedOauthScopes"),
        "Api, RefreshToken"
    );
    assert_eq!(
        of(".ecaOauthPlcy", "permittedUsersPolicyType"),
        "AllSelfAuthorized"
    );
    for part in [".ecaGlblOauth", ".ecaOauth", ".ecaOauthPlcy", ".ecaPlcy"] {
        assert_eq!(of(part, "externalClientApplication"), "Gatelodge");
    }
    assert!(files.iter().all(|file| {
        !file.text.contains("consumerKey>") && !file.text.contains("consumerSecret>")
    }));
}

#[test]
fn the_manifest_of_the_package_names_every_part() {
    let files = written(&app("Gatelodge EMEA"));
    let package = files.last().unwrap();
    let document = Document::parse(&package.text).unwrap();
    let types = document
        .root_element()
        .children()
        .filter(|node| node.has_tag_name((NAMESPACE, "types")));
    let named: Vec<(String, String)> = types
        .map(|node| {
            let text = |name| {
                let mut children = node.children();
                let child = children.find(|child| child.has_tag_name((NAMESPACE, name)));
                child.unwrap().text().unwrap().to_owned()
            };
            (text("name"), text("members"))
        })
        .collect();
    assert_eq!(named.len(), files.len() - 1);
    for (file, (kind, member)) in files.iter().zip(&named) {
        let stem = file.path.split(['/', '.']).nth(1).unwrap();
        assert_eq!(stem, member);
        let document = Document::parse(&file.text).unwrap();
        assert_eq!(document.root_element().tag_name().name(), kind);
    }
}

#[test]
fn choices_are_written() {
    let files = written(&AppRegistration {
        without_secret: true,
        pre_authorized: true,
        ..app("Gatelodge")
    });
    assert_eq!(
        value(&files, ".ecaGlblOauth", "isConsumerSecretOptional"),
        "true"
    );
    assert_eq!(
        value(&files, ".ecaOauthPlcy", "permittedUsersPolicyType"),
        "AdminApprovedPreAuthorized"
    );
}

#[test]
fn what_cannot_be_registered_is_refused_by_name() {
    for (wrong, field) in [
        (app("  "), "name"),
        (app("two\nlines"), "name"),
        (
            AppRegistration {
                contact_email: "nobody".to_owned(),
                ..app("x")
            },
            "contact_email",
        ),
        (
            AppRegistration {
                callbacks: Vec::new(),
                ..app("x")
            },
            "callbacks",
        ),
    ] {
        let error = write(&manifest(), &wrong).unwrap_err();
        assert_eq!(error.field(), Some(field));
    }
}

proptest! {
    // Whatever an administrator calls the app, the files are well-formed, say that name, and are the same each time.
    #[test]
    fn any_name_is_escaped_and_ids_are_stable(name in "\\PC{1,60}") {
        prop_assume!(!name.trim().is_empty());
        let files = written(&app(&name));
        prop_assert_eq!(&files, &written(&app(&name)));
        for file in &files {
            prop_assert!(Document::parse(&file.text).is_ok(), "{}", file.text);
        }
        let label = value(&files, ".eca", "label");
        prop_assert_eq!(label.trim(), name.trim());
        let id = api_name(&name);
        let well_formed = id.starts_with(|c: char| c.is_ascii_alphabetic())
            && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !id.contains("__")
            && !id.ends_with('_');
        prop_assert!(well_formed, "{}", id);
    }
}
