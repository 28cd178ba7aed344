//! `gatelodge doctor` about this machine: what the roles give up, and until when certificates are good.

use crate::{
    program::{Installation, Process},
    tls,
};
use serde_json::Value;

/// All findings of one kind: level and text.
async fn findings(home: &Installation, check: &str) -> Vec<(String, String)> {
    let found = home.run(&["doctor", "--json"]).await;
    let found: Value = serde_json::from_str(&found.out).unwrap();
    found["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["check"] == check)
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            (text("level"), text("found"))
        })
        .collect()
}

#[tokio::test]
async fn the_doctor_tells_what_each_role_gives_up() {
    // proves V8
    let home = Installation::new().await;
    let told = findings(&home, "hardening").await;
    for role in ["web", "keeper"] {
        for measure in ["core_files", "private_memory", "system_calls", "programs"] {
            let beginning = format!("{role}: {measure} active: ");
            let (level, found) = told
                .iter()
                .find(|(_, found)| found.starts_with(&beginning))
                .unwrap_or_else(|| panic!("{beginning} is not in {told:?}"));
            assert!(level == "ok" && found.len() > beginning.len(), "{found}");
        }
    }
    let named = |measure: &str| told.iter().any(|(_, found)| found.starts_with(measure));
    assert!(named("keeper: locked_memory"), "{told:?}");
    assert!(named("web: files") && named("web: tcp"), "{told:?}");
    let text = home.run(&["doctor"]).await.out;
    assert!(text.contains("hardening"), "{text}");
    let left: Vec<_> = std::fs::read_dir(home.folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains("confined"))
        .collect();
    assert!(left.is_empty(), "it tries nothing: {left:?}");
}

#[tokio::test]
async fn the_doctor_tells_until_when_certificates_are_good() {
    let (home, _) = tls::installation().await;
    let file = home.path("tls/fullchain.pem");
    let told = findings(&home, "certificate").await;
    let [(level, own), (reached, met)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((level.as_str(), reached.as_str()), ("ok", "warn"));
    assert!(
        own.starts_with(file.to_str().unwrap()) && own.contains("good until"),
        "{own}"
    );
    assert!(met.contains("is not reached with TLS from here"), "{met}");

    // the address answers with a certificate that the configuration trusts
    home.set("extra_ca_files", "extra_ca_files = [\"tls/fullchain.pem\"]");
    let log = home.path("serve.log");
    let hub = Process::start(&["serve", "--config", &home.config], &log);
    hub.logged("\"serving\"").await;
    let told = findings(&home, "certificate").await;
    let (level, met) = &told[1];
    assert!(
        level == "ok" && met.starts_with(&home.url) && met.contains("good until"),
        "{told:?}"
    );
    hub.stop().await;

    tls::write_ended_certificate(&home.path("tls"));
    let ended = home.run(&["doctor"]).await;
    assert_eq!(ended.code, Some(2), "{}", ended.out);
    assert!(ended.out.contains("ended on 2001-02-03"), "{}", ended.out);
}
