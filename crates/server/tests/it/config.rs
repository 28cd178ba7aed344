//! `gatelodge config check`: every problem is named with its place and what to do.

use crate::program::{Installation, command, end_of, run};
use std::fs;

/// Checks a configuration with one line changed.
async fn refused(beginning: &str, line: &str, words: &[&str]) {
    let home = Installation::new().await;
    home.set(beginning, line);
    home.run(&["config", "check"]).await.refused_with(words);
    // what check refuses never serves
    home.run(&["serve"]).await.refused_with(words);
    assert!(!home.database().exists(), "nothing was made");
}

#[tokio::test]
async fn public_addresses_are_checked() {
    // proves CON-10
    let line = r#"public_urls = ["http://hub.example.com", "https://hub.example.com/gate"]"#;
    let words = [
        "gatelodge.toml",
        "server.public_urls: http://hub.example.com/: http is allowed for loopback addresses only",
        "server.public_urls: https://hub.example.com/gate: only scheme, host and port",
    ];
    refused("public_urls", line, &words).await;
    refused(
        "public_urls",
        "public_urls = []",
        &["server.public_urls: at least one address is needed"],
    )
    .await;
}

#[tokio::test]
async fn a_practice_org_is_on_this_machine() {
    // proves S10
    let line = r#"practice_orgs = ["http://10.0.0.5:8421"]"#;
    refused(
        "practice_orgs",
        line,
        &["egress.practice_orgs", "http://10.0.0.5:8421/", "loopback"],
    )
    .await;
}

#[tokio::test]
async fn a_data_folder_that_takes_no_files_is_named() {
    let home = Installation::new().await;
    fs::write(home.path("file"), "").unwrap();
    for (place, words) in [
        (home.path("file").to_str().unwrap(), "cannot be made"),
        // a folder that exists and takes no files, from root either
        ("/proc/self", "is not writable"),
    ] {
        home.set("dir =", &format!("dir = \"{place}\""));
        home.run(&["config", "check"])
            .await
            .refused_with(&["data.dir", place, words]);
        home.run(&["serve"])
            .await
            .refused_with(&["data.dir", place, words]);
    }
}

#[tokio::test]
async fn the_keeper_lives_apart_from_what_the_hub_may_read() {
    for (beginning, line, words) in [
        ("dir = \"keeper\"", "dir = \"data/keeper\"", "keeper.dir"),
        ("socket =", "socket = \"data/keeper.sock\"", "keeper.socket"),
    ] {
        refused(beginning, line, &[words, "lies in the data folder"]).await;
    }
}

#[tokio::test]
async fn what_is_in_effect_is_printed_with_its_source_and_without_secrets() {
    // proves L1
    let home = Installation::new().await;
    home.set("urls =", "urls = [\"postgres://hub:CANARY@db/hub\"]");
    let mut print = command(&["config", "print", "--config", &home.config]);
    print
        .env("GATELODGE_LOG__LEVEL", "debug")
        .env("GATELODGE_KEY", "CANARY");
    let printed = end_of(print).await.worked();
    assert!(!printed.contains("CANARY"), "{printed}");
    for line in [
        "urls = [\"postgres://hub:[REDACTED]@db/hub\"]  # file",
        "level = \"debug\"  # GATELODGE_LOG__LEVEL",
    ] {
        assert!(printed.contains(line), "{line} is not in {printed}");
    }
}

#[tokio::test]
async fn authority_files_are_read() {
    let missing = ["egress.extra_ca_files", "gone.pem", "cannot be read"];
    refused(
        "extra_ca_files",
        "extra_ca_files = [\"gone.pem\"]",
        &missing,
    )
    .await;
    let wrong = [
        "egress.extra_ca_files",
        "gatelodge.key",
        "no certificate in PEM form",
    ];
    refused(
        "extra_ca_files",
        "extra_ca_files = [\"keys/gatelodge.key\"]",
        &wrong,
    )
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_named_with_file_setting_and_expectation() {
    for (beginning, line, words) in [
        (
            "listen",
            "lissten = \"127.0.0.1:1\"",
            ["server.lissten", "no such setting; there are: listen,"],
        ),
        (
            "listen",
            "listen = 8420",
            ["server.listen", "expected an address and a port"],
        ),
        (
            "public_urls",
            "public_urls = [\"hub\"]",
            ["server.public_urls.0", "expected an address"],
        ),
        (
            "max_connections",
            "max_connections = \"many\"",
            ["database.max_connections", "expected u32"],
        ),
        (
            "format",
            "format = \"xml\"",
            ["log.format", "'xml' is none of: json, text"],
        ),
        (
            "level",
            "level = \"lo=ud=x\"",
            ["log.level", "error, warn, info, debug or trace"],
        ),
        ("listen", "listen = \"127", ["gatelodge.toml", "line 7"]),
    ] {
        refused(beginning, line, &words).await;
    }
}

#[tokio::test]
async fn settings_come_from_the_environment_too_and_wrong_ones_are_named() {
    let home = Installation::new().await;
    let check = ["config", "check", "--config", &home.config];
    let mut wrong = command(&check);
    wrong.env("GATELODGE_SERVER__LISTEN", "everywhere");
    end_of(wrong)
        .await
        .refused_with(&["GATELODGE_SERVER__LISTEN", "expected an address and a port"]);
    // options of commands are no settings
    let mut option = command(&["config", "check"]);
    option
        .env("GATELODGE_CONFIG", &home.config)
        .env("GATELODGE_AGENT_TOKEN", "gla_x");
    end_of(option).await.worked();
}

#[tokio::test]
async fn a_missing_file_says_what_writes_one() {
    run(&["config", "check", "--config", "/nowhere/gatelodge.toml"])
        .await
        .refused_with(&["/nowhere/gatelodge.toml", "gatelodge init"]);
}
