//! Hostile destinations, as attackers write them (S1, S2, S5): each must be refused as text, before any
//! name is resolved. `hostile.tsv` holds case, text and reason of each.

use super::origin::Origin;
use gatelodge_model::ErrorKind;
use url::Url;

const LIST: &str = include_str!("hostile.tsv");

/// The texts. `\\` is a backslash, `\u` and four digits a letter.
fn hostile() -> Vec<String> {
    LIST.lines()
        .map(|line| {
            let text = line.split('\t').nth(1).unwrap();
            text.replace("\\u00ad", "\u{ad}")
                .replace("\\u2024", "\u{2024}")
                .replace("\\\\", "\\")
        })
        .collect()
}

#[test]
fn every_hostile_destination_is_refused() {
    // proves S1, S2, S5
    assert!(hostile().len() >= 120);
    for text in &hostile() {
        let error = Origin::parse(text, &[]).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::EgressDenied, "{text}");
    }
}

#[test]
fn a_practice_origin_allows_exactly_itself() {
    // proves S10
    let practice = [Url::parse("http://127.0.0.1:8844").unwrap()];
    assert!(Origin::parse("http://127.0.0.1:8844", &practice).is_ok());
    for text in [
        "https://127.0.0.1:8844",
        "http://127.0.0.1:8845",
        "http://127.0.0.1",
        "http://127.0.0.2:8844",
        "http://localhost:8844",
        "http://user@127.0.0.1:8844",
        "http://127.0.0.1:8844/path",
        "http://[::1]:8844",
    ] {
        assert!(Origin::parse(text, &practice).is_err(), "{text}");
    }
    for text in &hostile() {
        assert!(Origin::parse(text, &practice).is_err(), "{text}");
    }
    let named = [Url::parse("http://practice.example.com:8844").unwrap()];
    assert!(Origin::parse("http://practice.example.com:8844", &named).is_ok());
    assert!(Origin::parse("https://practice.example.com", &named).is_err());
}

#[test]
fn providers_hosts_pass() {
    for text in [
        "https://login.salesforce.com",
        "https://test.salesforce.com/",
        "https://acme--uat.sandbox.my.salesforce.com:443",
        "https://ACME.my.salesforce.com",
    ] {
        assert!(Origin::parse(text, &[]).is_ok(), "{text}");
    }
}
