//! `gatelodge salesforce app`: the app as files that a Salesforce administrator deploys.

use crate::program::Installation;
use std::fs;

const PARTS: [&str; 6] = [
    "externalClientApps/Gatelodge.eca",
    "extlClntAppGlobalOauthSets/Gatelodge_glbloauth.ecaGlblOauth",
    "extlClntAppOauthSettings/Gatelodge_oauth.ecaOauth",
    "extlClntAppOauthPolicies/Gatelodge_oauthPlcy.ecaOauthPlcy",
    "extlClntAppPolicies/Gatelodge_plcy.ecaPlcy",
    "package.xml",
];

#[tokio::test]
async fn the_app_is_written_with_the_callbacks_of_this_installation() {
    // proves ADM-7, ADM-16
    let home = Installation::new().await;
    let out = home.path("sf");
    let out_text = out.to_str().unwrap();
    let order = [
        "salesforce",
        "app",
        "--contact-email",
        "crm@example.com",
        "--out",
        out_text,
    ];
    home.add_person("ada@example.com").await;
    let said = home.run(&order).await.worked();
    assert!(said.contains("empty and switched off"), "{said}");
    assert!(
        said.contains("sf project deploy start --metadata-dir"),
        "{said}"
    );
    let app = said
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .find(|word| word.starts_with("app_"))
        .unwrap()
        .to_owned();
    for part in PARTS {
        assert!(out.join(part).is_file(), "{part}");
    }
    let settings = fs::read_to_string(out.join(PARTS[1])).unwrap();
    let callback = format!("/api/integrations/callback/salesforce/{app}");
    assert!(settings.contains(&callback), "{settings}");
    assert!(settings.contains("<isPkceRequired>true</isPkceRequired>"));

    // the app is there now: the same command means it, writes the same, and overwrites nothing unasked
    home.run(&order)
        .await
        .refused_with(&["exists already", "--force"]);
    let before: Vec<_> = PARTS.map(|part| fs::read(out.join(part)).unwrap()).to_vec();
    let forced = home
        .run(&[&order[..], &["--force"]].concat())
        .await
        .worked();
    assert!(!forced.contains("empty and switched off"), "{forced}");
    let after: Vec<_> = PARTS.map(|part| fs::read(out.join(part)).unwrap()).to_vec();
    assert_eq!(before, after);

    let mut closed = order;
    let other = home.path("closed");
    closed[5] = other.to_str().unwrap();
    let options = ["--app", &app, "--without-secret", "--pre-authorized"];
    home.run(&[&closed[..], &options].concat()).await.worked();
    let settings = fs::read_to_string(other.join(PARTS[1])).unwrap();
    assert!(settings.contains("<isConsumerSecretOptional>true</isConsumerSecretOptional>"));
    let policies = fs::read_to_string(other.join(PARTS[3])).unwrap();
    assert!(policies.contains("AdminApprovedPreAuthorized"));
}

#[tokio::test]
async fn what_cannot_be_registered_is_refused_and_nothing_is_made() {
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    let out = home.path("sf");
    let out_text = out.to_str().unwrap();
    let with = |email: &'static str| {
        [
            "salesforce",
            "app",
            "--contact-email",
            email,
            "--out",
            out_text,
        ]
    };
    home.run(&with("nobody"))
        .await
        .refused_with(&["--contact-email", "one address"]);
    let unknown = ["--app", "app_00000000000000000000000000000000"];
    home.run(&[&with("crm@example.com")[..], &unknown].concat())
        .await
        .refused_with(&["OAuth app"]);
    assert!(!out.exists());
}
