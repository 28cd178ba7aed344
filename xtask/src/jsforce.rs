//! `cargo xtask jsforce-live PATH`: the live tests of a jsforce checkout, unmodified, against the practice org.
//!
//! `tests/clients/jsforce-live.json` says which of its files run and which of their tests may fail, each with its
//! reason. Must not know what the tests ask of the practice org.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::{process, test, workspace};

const PLAN: &str = "tests/clients/jsforce-live.json";
/// Signs in as the practice org's first person, whose rights are an administrator's, and prints the access token.
const SIGN_IN: &str = "const { Connection } = require(process.cwd());
const { PRACTICE_ORG, PRACTICE_USERNAME, PRACTICE_PASSWORD } = process.env;
const connection = new Connection({ loginUrl: PRACTICE_ORG });
connection.login(PRACTICE_USERNAME, PRACTICE_PASSWORD).then(
  () => console.log(connection.accessToken),
  (error) => { console.error(error.message); process.exit(1); },
);";

/// Runs the files of the plan, or those named after the checkout, and compares what failed with the plan.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [checkout, wanted @ ..] = arguments else {
        bail!("which checkout of jsforce? cargo xtask jsforce-live PATH [FILE ...]");
    };
    let checkout = Path::new(checkout)
        .canonicalize()
        .with_context(|| format!("there is no folder {checkout}"))?;
    ensure!(
        read_json(&checkout.join("package.json"))?["name"] == "jsforce",
        "{} is not a checkout of jsforce",
        checkout.display()
    );
    let root = workspace::root()?;
    let plan = read_json(&root.join(PLAN))?;
    let files = if wanted.is_empty() {
        strings(&plan["files"])
    } else {
        wanted.to_vec()
    };

    build(&checkout)?;
    let node = test::current_node(&root)?;
    let practice = Practice::start(&root)?;
    let token = practice.sign_in(&node, &checkout)?;
    let report = workspace::target(&root)?.join("jsforce-live-report.json");
    let mut jest = Command::new(&node);
    jest.arg("node_modules/jest/bin/jest.js")
        .args(["--runInBand", "--forceExit", "--json"])
        .arg(format!("--outputFile={}", report.display()))
        .args(files.iter().map(|file| format!("/test/{file}")))
        .env("SF_LOGIN_URL", &practice.address)
        .env("SF_ACCESS_TOKEN", token)
        .env("NODE_EXTRA_CA_CERTS", &practice.authority)
        .env_remove("CI")
        .current_dir(&checkout);
    // Its exit code says that some test failed; which ones may is decided below.
    let _ = process::run(&mut jest);
    judge(&read_json(&report)?, &plan, &files)
}

/// Installs and compiles the checkout where that was not done.
fn build(checkout: &Path) -> anyhow::Result<()> {
    if !checkout.join("node_modules").is_dir() {
        process::run(
            Command::new("npm")
                .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(checkout),
        )?;
    }
    if !checkout.join("lib/index.js").is_file() {
        process::run(
            Command::new("npx")
                .args(["tsc", "-p", "."])
                .current_dir(checkout),
        )?;
    }
    Ok(())
}

/// Prints passed and failed per file; an error where the plan did not foresee a failure, or foresaw one that is gone.
fn judge(report: &Value, plan: &Value, files: &[String]) -> anyhow::Result<()> {
    let mut surprises = Vec::new();
    for suite in report["testResults"].as_array().into_iter().flatten() {
        let file = file_name(&suite["name"]);
        let expected: Vec<&Value> = plan["expected_failures"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|failure| failure["file"] == *file)
            .collect();
        let tests = suite["assertionResults"].as_array();
        let (mut passed, mut failed) = (0, 0);
        for test in tests.into_iter().flatten() {
            let name = test["fullName"].as_str().unwrap_or_default();
            let foreseen = expected.iter().find(|failure| failure["test"] == name);
            match (test["status"] == "failed", foreseen) {
                (false, None) => passed += 1,
                (true, Some(failure)) => {
                    failed += 1;
                    println!("  expected: {file}: {name}: {}", text(&failure["reason"]));
                }
                (true, None) => {
                    failed += 1;
                    surprises.push(format!("{file}: {name} failed\n{}", messages(test)));
                }
                (false, Some(_)) => {
                    passed += 1;
                    surprises.push(format!("{file}: {name} passes; {PLAN} says it fails"));
                }
            }
        }
        if tests.is_none_or(Vec::is_empty) {
            surprises.push(format!("{file} did not run:\n{}", text(&suite["message"])));
        }
        println!("{file}: {passed} passed, {failed} failed");
    }
    let ran = report["testResults"].as_array().map_or(0, Vec::len);
    ensure!(
        ran == files.len(),
        "{ran} of {} files ran: is one of them misspelt?",
        files.len()
    );
    ensure!(surprises.is_empty(), "{}", surprises.join("\n"));
    Ok(())
}

/// A running practice org; it ends with this value.
struct Practice {
    process: Child,
    address: String,
    authority: PathBuf,
    username: String,
    password: String,
}

impl Practice {
    /// Builds it and starts it over https, which one of the tests insists on.
    fn start(root: &Path) -> anyhow::Result<Self> {
        process::run(process::cargo(root).args(["build", "-p", "gatelodge-server"]))?;
        let binary = workspace::target(root)?.join("debug/gatelodge");
        let mut process = Command::new(binary)
            .args(["practice", "--port", "0", "--tls", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the practice org")?;
        let mut line = String::new();
        if let Some(output) = process.stdout.as_mut() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let ready: Value = serde_json::from_str(&line)
            .with_context(|| format!("the practice org is not ready: {line}"))?;
        let user = &ready["practice_users"][0];
        Ok(Self {
            process,
            address: text(&ready["practice_org"]),
            authority: text(&ready["ca_file"]).into(),
            username: text(&user["username"]),
            password: text(&user["password"]),
        })
    }

    fn sign_in(&self, node: &Path, checkout: &Path) -> anyhow::Result<String> {
        let token = process::output(
            Command::new(node)
                .args(["-e", SIGN_IN])
                .env("PRACTICE_ORG", &self.address)
                .env("PRACTICE_USERNAME", &self.username)
                .env("PRACTICE_PASSWORD", &self.password)
                .env("NODE_EXTRA_CA_CERTS", &self.authority)
                .current_dir(checkout),
        )?;
        Ok(token.trim().to_owned())
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read_json(path: &Path) -> anyhow::Result<Value> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn file_name(path: &Value) -> String {
    let path = text(path);
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The first lines of what jest says about a failed test.
fn messages(test: &Value) -> String {
    let messages = strings(&test["failureMessages"]);
    let lines: Vec<&str> = messages
        .iter()
        .flat_map(|message| message.lines().take(12))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(status: &str, expected: Value) -> anyhow::Result<()> {
        let report = json!({ "testResults": [{
            "name": "/somewhere/test/query.test.ts",
            "assertionResults": [{ "fullName": "finds", "status": status, "failureMessages": ["no"] }],
        }] });
        let plan = json!({ "expected_failures": expected });
        judge(&report, &plan, &["query.test.ts".to_owned()])
    }

    #[test]
    fn only_what_the_plan_foresees_may_fail() {
        let foreseen = json!([{ "file": "query.test.ts", "test": "finds", "reason": "because" }]);
        assert!(judged("passed", json!([])).is_ok());
        assert!(judged("failed", foreseen.clone()).is_ok());
        let surprise = judged("failed", json!([])).unwrap_err().to_string();
        assert!(surprise.contains("finds failed"), "{surprise}");
        let gone = judged("passed", foreseen).unwrap_err().to_string();
        assert!(gone.contains("says it fails"), "{gone}");
    }

    #[test]
    fn every_expected_failure_has_its_reason() {
        let plan = read_json(&workspace::root().unwrap().join(PLAN)).unwrap();
        for failure in plan["expected_failures"].as_array().unwrap() {
            for key in ["file", "test", "reason"] {
                assert!(!text(&failure[key]).is_empty(), "{failure} lacks {key}");
            }
        }
        assert!(!strings(&plan["files"]).is_empty());
    }
}
