//! Guides, documents, and what is told of a provider.

use super::{
    made::{HOSTILE, app, frame},
    write::sample,
};
use crate::pages::guide::GuidePage;
use gatelodge_core::{OwnAddress, ScopeView, SetupGuide, provider::Guide};
use gatelodge_model::Role;

const TEXT: &str = "# Connect Salesforce\n\nTen minutes.\n\n## Register the app\n\n1. Open **Setup**.\n\n<!-- value: app name -->\n<!-- value: callbacks -->\n\n2. Move *two* scopes.\n\n<!-- value: scopes -->\n\n## Wait up to 10 minutes\n\nWait.\n\n<!-- value: own addresses -->\n<!-- value: command -->\n\n## See and revoke\n\n- People\n";

fn setup() -> SetupGuide {
    let mut app = app();
    app.name = HOSTILE.into();
    SetupGuide {
        provider: "salesforce".into(),
        name: "Salesforce".into(),
        guide: Guide::parse(TEXT).unwrap(),
        apps: vec![app.clone(), super::made::app()],
        app: Some(app),
        callbacks: vec![
            "https://gate.example/api/integrations/callback/salesforce/app_1".into(),
            "https://staging.gate.example/api/integrations/callback/salesforce/app_1".into(),
        ],
        scopes: vec![ScopeView {
            name: "api".into(),
            reason: "Reads and changes records.".into(),
            tools: vec!["salesforce_query".into()],
        }],
        own_addresses: vec![OwnAddress {
            address: "203.0.113.7".into(),
            configured: true,
        }],
        command: "gatelodge salesforce app --out salesforce-app".into(),
    }
}

#[test]
fn a_guide_goes_step_by_step_with_values_to_copy() {
    // proves ADM-7, ADM-16, U1
    let page = |step| GuidePage::of(frame(Role::Admin, 0), &setup(), step).unwrap();
    let first = sample("guide-first", &page(""));
    for callback in setup().callbacks {
        assert!(first.contains(&callback), "{callback}");
    }
    assert!(first.contains("aria-current=\"step\"") && first.contains("Ten minutes."));
    assert!(first.contains("step=wait-up-to-10-minutes"));
    assert!(!first.contains("<script>alert") && !first.contains("203.0.113.7"));
    let last = sample("guide-last", &page("see-and-revoke"));
    assert!(last.contains("Paste the values into the OAuth app"));
    let whole = sample("guide-whole", &page("all"));
    assert!(whole.contains("203.0.113.7") && whole.contains("gatelodge salesforce app"));
    let mut fields: Vec<&str> = whole.split("data-copy=\"").skip(1).collect();
    for field in &mut fields {
        *field = field.split('"').next().unwrap_or_default();
    }
    let distinct: std::collections::HashSet<&&str> = fields.iter().collect();
    assert_eq!(fields.len(), 5);
    assert_eq!(
        distinct.len(),
        fields.len(),
        "every field is copied by its own button"
    );
    assert!(GuidePage::of(frame(Role::Admin, 0), &setup(), "nowhere").is_err());
}

#[test]
fn a_guide_without_an_app_says_where_its_values_come_from() {
    let none = SetupGuide {
        app: None,
        apps: Vec::new(),
        callbacks: Vec::new(),
        own_addresses: Vec::new(),
        ..setup()
    };
    let page = |role| GuidePage::of(frame(role, 0), &none, "all").unwrap();
    let html = sample("guide-no-app", &page(Role::Admin));
    assert!(html.contains("Set up Salesforce") && html.contains("egress.own_addresses"));
    let auditor = page(Role::Auditor).to_string();
    assert!(!auditor.contains("Set up Salesforce"));
}
