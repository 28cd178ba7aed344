//! What is handed to operators names only commands, options and settings that exist.
//!
//! Must not know what they do.

use clap::Parser as _;
use gatelodge_server::{cli::Cli, config::Config};
use std::{fs, path::PathBuf};

fn file(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name);
    fs::read_to_string(path).unwrap()
}

/// The command of a unit, with the folder of credentials as systemd fills it in.
fn commands(unit: &str) -> Vec<Vec<String>> {
    unit.lines()
        .filter_map(|line| line.strip_prefix("ExecStart="))
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect()
}

/// `(name, value)` of the variables that override settings.
fn settings(text: &str) -> Vec<(String, String)> {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix("Environment=").or(Some(word)))
        .filter(|word| word.starts_with("GATELODGE_"))
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Sets one variable in a configuration as the program would.
fn assert_is_setting(name: &str, value: &str) {
    let inner = name
        .strip_prefix("GATELODGE_")
        .unwrap()
        .to_ascii_lowercase();
    let (section, key) = inner.split_once("__").expect("a section and a name");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gatelodge.toml");
    let value = match value.parse::<bool>() {
        Ok(switch) => switch.to_string(),
        Err(_) => format!("\"{value}\""),
    };
    fs::write(&path, format!("[{section}]\n{key} = {value}\n")).unwrap();
    Config::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[test]
fn units_run_commands_and_set_settings_that_exist() {
    for (name, command) in [
        ("systemd/gatelodge.service", "serve"),
        ("systemd/gatelodge-keeper.service", "keeper"),
    ] {
        let unit = file(name);
        let found = commands(&unit);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0][1], command);
        Cli::try_parse_from(&found[0]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let settings = settings(&unit);
        assert!(settings.len() >= 3, "{settings:?}");
        for (name, value) in settings {
            assert_is_setting(&name, &value);
        }
        // both confine themselves, which needs calls that the filter of a unit must let through
        assert!(
            unit.contains("SystemCallFilter=seccomp landlock_"),
            "{name}"
        );
        assert!(unit.contains("NoNewPrivileges=yes"), "{name}");
        assert!(!unit.contains("User=root"), "{name}");
    }
}

#[test]
fn both_units_meet_at_one_socket_and_one_folder() {
    let (web, keeper) = (
        settings(&file("systemd/gatelodge.service")),
        settings(&file("systemd/gatelodge-keeper.service")),
    );
    for name in ["GATELODGE_KEEPER__SOCKET", "GATELODGE_DATA__DIR"] {
        let of = |settings: &[(String, String)]| {
            settings
                .iter()
                .find(|(one, _)| one == name)
                .cloned()
                .expect(name)
        };
        assert_eq!(of(&web), of(&keeper));
    }
    // the key is the keeper's alone
    assert!(!web.iter().any(|(name, _)| name.contains("KEYS")));
    assert!(
        keeper
            .iter()
            .any(|(name, _)| name == "GATELODGE_KEYS__FILE")
    );
}

#[test]
fn the_container_runs_a_command_that_exists_and_not_as_root() {
    let text = file("Containerfile");
    let list = |beginning: &str| -> Vec<String> {
        let line = text.lines().find_map(|line| line.strip_prefix(beginning));
        serde_json::from_str(line.expect(beginning)).unwrap()
    };
    let command = [list("ENTRYPOINT "), list("CMD ")].concat();
    Cli::try_parse_from(&command).unwrap();
    let settings = settings(&text);
    assert!(settings.len() >= 3, "{settings:?}");
    for (name, value) in settings {
        assert_is_setting(&name, &value);
    }
    let last_stage = text.rsplit("\nFROM ").next().unwrap();
    assert!(last_stage.starts_with("scratch"), "no shell");
    assert!(last_stage.contains("USER 65532:65532"), "not root");
    assert!(!last_stage.contains("RUN "));
    // built the way that it is handed out
    assert!(text.contains("--profile dist"));
}

#[test]
fn systemd_understands_the_units() {
    // judged where systemd is installed; it names unknown settings on standard error
    for name in ["gatelodge.service", "gatelodge-keeper.service"] {
        let folder = tempfile::tempdir().unwrap();
        // the program need not be installed where it is tested
        let unit = file(&format!("systemd/{name}"))
            .replace("/usr/local/bin/gatelodge", env!("CARGO_BIN_EXE_gatelodge"));
        let path = folder.path().join(name);
        fs::write(&path, unit).unwrap();
        let judged = std::process::Command::new("systemd-analyze")
            .arg("verify")
            .arg("--man=no")
            .arg(&path)
            .output();
        let Ok(judged) = judged else {
            return;
        };
        let said = String::from_utf8_lossy(&judged.stderr);
        let about_it: Vec<&str> = said.lines().filter(|line| line.contains(name)).collect();
        assert!(about_it.is_empty(), "{about_it:?}");
    }
}
