//! `gatelodge practice fault`, `journal` and the rest: orders to a practice org that runs, as a person types them.

use crate::browser::client;
use crate::program::{Ended, Process, run};
use serde_json::Value;
use tempfile::TempDir;

const MARIA: &str = "maria.lopez@northwind-practice.example";

/// A running practice org of the built program.
struct Org {
    process: Process,
    url: String,
    ready: Value,
    _folder: TempDir,
}

impl Org {
    async fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut arguments = vec!["practice", "--json", "--port", "0"];
        arguments.extend(more);
        let mut process = Process::start(&arguments, &folder.path().join("log"));
        let ready = process.ready_line().await;
        let url = ready["practice_org"].as_str().unwrap().to_owned();
        Self {
            process,
            url,
            ready,
            _folder: folder,
        }
    }

    async fn order(&self, arguments: &[&str]) -> Ended {
        let mut all = vec!["practice"];
        all.extend(arguments);
        all.extend(["--url", &self.url]);
        run(&all).await
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        serde_json::from_str(&self.order(&all).await.worked()).unwrap()
    }

    /// Status and error code of a call with a token of the printed client.
    async fn call(&self) -> (u16, String) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.ready["client_id"].as_str().unwrap()),
            (
                "client_secret",
                self.ready["client_secret"].as_str().unwrap(),
            ),
        ];
        let token: Value = client()
            .post(format!("{}/services/oauth2/token", self.url))
            .form(&form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let answer = client()
            .get(format!("{}/services/data/v66.0/limits", self.url))
            .bearer_auth(token["access_token"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        let code = body[0]["errorCode"].as_str().unwrap_or_default().to_owned();
        (status, code)
    }
}

#[tokio::test]
async fn a_fault_is_added_listed_and_cleared() {
    let org = Org::start(&[]).await;
    assert_eq!(org.call().await.0, 200);
    let said = org
        .order(&["fault", "add", "daily_limit", "--until-cleared"])
        .await
        .worked();
    assert!(said.contains("fault clear 1"), "{said}");
    assert_eq!(org.call().await, (403, "REQUEST_LIMIT_EXCEEDED".to_owned()));
    let listed = org.order(&["fault", "list"]).await.worked();
    assert!(
        listed.contains("daily_limit") && listed.contains("until cleared"),
        "{listed}"
    );
    assert_eq!(org.json(&["fault", "list"]).await[0]["hits"], 1);
    org.order(&["fault", "clear", "1"]).await.worked();
    assert_eq!(org.call().await.0, 200);
    assert!(
        org.order(&["fault", "list"])
            .await
            .worked()
            .contains("No fault is set.")
    );
    let kinds = org.order(&["fault", "kinds"]).await.worked();
    assert!(kinds.contains("row_lock") && kinds.contains("UNABLE_TO_LOCK_ROW"));
    org.process.stop().await;
}

#[tokio::test]
async fn the_fields_of_a_fault_reach_the_org() {
    let org = Org::start(&[]).await;
    let set = org
        .json(&[
            "fault",
            "add",
            "--path",
            "/services/*",
            "--cut",
            "7",
            "--user",
            MARIA,
            "--skip",
            "2",
            "--times",
            "3",
            "--answer-delay-ms",
            "5",
        ])
        .await;
    let fault = &set["fault"];
    assert_eq!(fault["cut"]["at_byte"], 7);
    assert_eq!(fault["user"], MARIA);
    assert_eq!(
        (&fault["skip"], &fault["times"], &fault["answer_delay_ms"]),
        (&2.into(), &3.into(), &5.into())
    );
    org.process.stop().await;
}

#[tokio::test]
async fn a_wrong_order_is_refused_with_the_reason_of_the_org() {
    let org = Org::start(&[]).await;
    for (arguments, words) in [
        (&["fault", "add"][..], &["a fault needs one of"][..]),
        (
            &["fault", "add", "daily_limit", "--user", "nobody"],
            &["nobody"],
        ),
        (
            &["fault", "add", "row_lock", "--record", "x"],
            &["record", "15 or 18"],
        ),
        (&["fault", "clear", "99"], &["99"]),
        (
            &["fault", "add", "--path", "/", "--cut", "soon"],
            &["--cut"],
        ),
        (&["apps", "block", "nobody"], &["nobody"]),
    ] {
        org.order(arguments).await.refused_with(words);
    }
    let url = org.url.clone();
    org.process.stop().await;
    run(&["practice", "fault", "list", "--url", &url])
        .await
        .refused_with(&["cannot reach a practice org", "gatelodge practice"]);
    run(&["practice", "users", "--url", "http://practice.example"])
        .await
        .refused_with(&["localhost only"]);
}

#[tokio::test]
async fn the_journal_is_shown_and_filtered() {
    let org = Org::start(&[]).await;
    org.call().await;
    org.call().await;
    let shown = org.order(&["journal", "--path", "*/limits"]).await.worked();
    assert!(shown.contains("/services/data/v66.0/limits"), "{shown}");
    assert!(shown.contains("2 requests fit"), "{shown}");
    let journal = org
        .json(&["journal", "--status", "200", "--limit", "1"])
        .await;
    assert_eq!(journal["matching"]["requests"], 4);
    assert_eq!(journal["entries"].as_array().unwrap().len(), 1);
    org.order(&["journal", "--clear"]).await.worked();
    assert_eq!(org.json(&["journal"]).await["counts"]["requests"], 0);
    org.process.stop().await;
}

#[tokio::test]
async fn users_apps_and_the_clock_are_shown_and_changed() {
    let org = Org::start(&[]).await;
    let users = org.order(&["users"]).await.worked();
    assert!(
        users.contains(MARIA) && users.contains("System Administrator"),
        "{users}"
    );
    let client_id = org.ready["client_id"].as_str().unwrap().to_owned();
    assert!(org.order(&["apps"]).await.worked().contains(&client_id));
    org.order(&["apps", "block", &client_id]).await.worked();
    assert_eq!(org.json(&["apps"]).await[0]["blocked"], true);
    org.order(&["apps", "unblock", &client_id]).await.worked();
    assert_eq!(org.call().await.0, 200);
    let revoked = org.json(&["apps", "revoke", &client_id]).await;
    assert_eq!(revoked["revoked"], 0);
    let clock = org.order(&["clock", "--shift", "-3600"]).await.worked();
    assert!(clock.contains("-3600 s"), "{clock}");
    assert_eq!(org.json(&["clock"]).await["shift_seconds"], -3600);
    org.process.stop().await;
}

#[tokio::test]
async fn the_org_is_kept_put_back_and_reset() {
    let org = Org::start(&[]).await;
    let client_id = org.ready["client_id"].as_str().unwrap().to_owned();
    let blocked = async || org.json(&["apps"]).await[0]["blocked"].clone();
    let said = org.order(&["snapshot", "before"]).await.worked();
    assert!(said.contains("practice restore before"), "{said}");
    org.order(&["apps", "block", &client_id]).await.worked();
    assert_eq!(blocked().await, true);
    org.order(&["restore", "before"]).await.worked();
    assert_eq!(blocked().await, false);
    let listed = org.order(&["snapshot"]).await.worked();
    assert!(listed.contains("before"), "{listed}");
    org.order(&["apps", "block", &client_id]).await.worked();
    org.order(&["reset"]).await.worked();
    assert_eq!(blocked().await, false);
    org.order(&["snapshot", "before", "--drop"]).await.worked();
    org.order(&["restore", "before"])
        .await
        .refused_with(&["there is no snapshot", "before"]);
    org.process.stop().await;
}

#[tokio::test]
async fn with_a_token_file_orders_need_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let path = file.to_str().unwrap();
    let org = Org::start(&["--admin-token-file", path]).await;
    let token = std::fs::read_to_string(&file).unwrap();
    assert_eq!(token.trim().len(), 43);
    org.order(&["users"]).await.refused_with(&["admin token"]);
    org.order(&["users", "--admin-token-file", path])
        .await
        .worked();
    std::fs::write(&file, "wrong").unwrap();
    org.order(&["users", "--admin-token-file", path])
        .await
        .refused_with(&["admin token"]);
    org.process.stop().await;
}

#[tokio::test]
async fn the_help_explains_with_examples() {
    let help = run(&["practice", "--help"]).await.worked();
    for word in [
        "fault",
        "journal",
        "snapshot",
        "restore",
        "reset",
        "Examples:",
    ] {
        assert!(help.contains(word), "{help}");
    }
    let help = run(&["practice", "fault", "add", "--help"]).await.worked();
    for word in [
        "Whom it hits",
        "How often",
        "What happens",
        "before|after|BYTE",
    ] {
        assert!(help.contains(word), "{help}");
    }
}
