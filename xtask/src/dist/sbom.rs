//! The list of everything that goes into the program (`CycloneDX` 1.6, JSON), from `cargo metadata` and the lock file.
//!
//! Without time or serial number: the same sources give the same list. Must not know: how the program is built.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::workspace;

/// What is shipped.
const ROOT: &str = "gatelodge-server";

/// The list for a system, as text.
pub(super) fn of(root: &Path, host: &str) -> anyhow::Result<String> {
    let metadata = workspace::metadata(root, &["--locked", "--filter-platform", host])?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let bom = bill(&metadata, &checksums(&lock))?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&bom)?))
}

/// Name and version to the checksum of the package, as the lock file has them.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut sums = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            package.lines().find_map(|line| {
                let value = line.strip_prefix(name)?.strip_prefix(" = ")?;
                Some(value.trim_matches('"').to_owned())
            })
        };
        if let (Some(name), Some(version), Some(sum)) =
            (field("name"), field("version"), field("checksum"))
        {
            sums.insert((name, version), sum);
        }
    }
    sums
}

fn bill(metadata: &Value, sums: &BTreeMap<(String, String), String>) -> anyhow::Result<Value> {
    let packages: BTreeMap<&str, &Value> = list(metadata, "/packages")?
        .iter()
        .filter_map(|package| Some((package.get("id")?.as_str()?, package)))
        .collect();
    let mut steps: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in list(metadata, "/resolve/nodes")? {
        let id = node["id"].as_str().unwrap_or_default();
        let normal = node["deps"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|step| {
                step["dep_kinds"]
                    .as_array()
                    .is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
            });
        steps.insert(id, normal.filter_map(|step| step["pkg"].as_str()).collect());
    }
    let start = packages
        .iter()
        .find_map(|(id, package)| (package["name"] == ROOT).then_some(*id))
        .context("cargo metadata has no program")?;
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        for next in steps.get(id).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    let name = |id: &str| packages.get(id).map(|package| locator(package));
    let mut components: Vec<Value> = reached
        .iter()
        .filter(|id| **id != start)
        .filter_map(|id| packages.get(id))
        .map(|package| component(package, "library", sums))
        .collect();
    components.sort_by_key(|component| component["bom-ref"].to_string());
    let mut dependencies: Vec<Value> = reached
        .iter()
        .map(|id| {
            let mut on: Vec<String> = steps
                .get(id)
                .into_iter()
                .flatten()
                .filter_map(|next| name(next))
                .collect();
            on.sort();
            json!({ "ref": name(id), "dependsOn": on })
        })
        .collect();
    dependencies.sort_by_key(|dependency| dependency["ref"].to_string());
    let program = packages
        .get(start)
        .context("cargo metadata has no program")?;
    let mut subject = component(program, "application", sums);
    subject["name"] = json!("gatelodge");
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": subject },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(package: &Value, kind: &str, sums: &BTreeMap<(String, String), String>) -> Value {
    let text = |field: &str| package[field].as_str().unwrap_or_default().to_owned();
    let mut component = json!({
        "type": kind,
        "bom-ref": locator(package),
        "name": text("name"),
        "version": text("version"),
        "purl": locator(package),
    });
    if let Some(license) = package["license"].as_str() {
        // the old way to write `OR`, which is no SPDX expression
        let expression = license.replace('/', " OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    if let Some(sum) = sums.get(&(text("name"), text("version"))) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    component
}

/// The package's address (purl-spec, type `cargo`).
fn locator(package: &Value) -> String {
    format!(
        "pkg:cargo/{}@{}",
        package["name"].as_str().unwrap_or_default(),
        package["version"].as_str().unwrap_or_default()
    )
}

fn list<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a Vec<Value>> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .with_context(|| format!("cargo metadata has no {pointer}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_the_program_is_listed_and_what_only_tests_use_is_not() {
        let root = workspace::root().unwrap();
        let text = of(&root, "x86_64-unknown-linux-gnu").unwrap();
        assert_eq!(text, of(&root, "x86_64-unknown-linux-gnu").unwrap());
        let bom: Value = serde_json::from_str(&text).unwrap();
        let components = bom["components"].as_array().unwrap();
        let named = |name: &str| components.iter().find(|one| one["name"] == name);
        let tokio = named("tokio").expect("the runtime");
        assert_eq!(tokio["licenses"][0]["expression"], "MIT");
        assert_eq!(tokio["hashes"][0]["content"].as_str().unwrap().len(), 64);
        assert!(
            tokio["purl"]
                .as_str()
                .unwrap()
                .starts_with("pkg:cargo/tokio@1.")
        );
        assert!(named("gatelodge-keeper").is_some());
        assert!(named("proptest").is_none());
        assert_eq!(bom["metadata"]["component"]["name"], "gatelodge");
        // whatever is depended on is listed
        let refs: BTreeSet<&str> = components
            .iter()
            .filter_map(|one| one["bom-ref"].as_str())
            .collect();
        for dependency in bom["dependencies"].as_array().unwrap() {
            for on in dependency["dependsOn"].as_array().unwrap() {
                assert!(refs.contains(on.as_str().unwrap()), "{on}");
            }
        }
    }
}
