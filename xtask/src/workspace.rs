//! Where the workspace lies and what cargo knows of it: members, their dependencies, the resolved graph.
//!
//! Must not know any rule; it only reads `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

/// The root of the workspace: the parent of xtask's own folder.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .context("xtask has no parent folder")
}

/// The folder that cargo builds into.
pub(crate) fn target(root: &Path) -> anyhow::Result<PathBuf> {
    let metadata = metadata(root, &["--no-deps"])?;
    Ok(PathBuf::from(text(&metadata, "target_directory")?))
}

/// A dependency as a member's manifest writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The name of the package.
    pub(crate) package: String,
    /// The name by which the member's source speaks of it.
    pub(crate) extern_name: String,
    /// Whether it is an ordinary one, neither for tests nor for the build script.
    pub(crate) normal: bool,
    /// Whether a feature switches it on.
    pub(crate) optional: bool,
}

/// A member of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The name of the package.
    pub(crate) name: String,
    /// The folder of its manifest.
    pub(crate) folder: PathBuf,
    /// What its manifest asks for.
    pub(crate) dependencies: Vec<Dependency>,
}

/// The members and, for each package, the packages that it reaches by ordinary dependencies.
pub(crate) struct Graph {
    /// The members of the workspace.
    pub(crate) members: Vec<Member>,
    /// Package name to the names of the packages that its ordinary dependencies lead to in one step.
    pub(crate) steps: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Reads the graph with `cargo metadata`.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        Self::parse(&metadata(root, &[])?)
    }

    /// All packages that `from` reaches by ordinary dependencies, each with the way to it.
    pub(crate) fn reached_by(&self, from: &str) -> BTreeMap<String, Vec<String>> {
        let mut ways: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut open = vec![vec![from.to_owned()]];
        while let Some(way) = open.pop() {
            let Some(next) = way.last().and_then(|last| self.steps.get(last)) else {
                continue;
            };
            for package in next {
                if !ways.contains_key(package) {
                    let mut longer = way.clone();
                    longer.push(package.clone());
                    ways.insert(package.clone(), longer.clone());
                    open.push(longer);
                }
            }
        }
        ways
    }

    fn parse(metadata: &Value) -> anyhow::Result<Self> {
        let member_ids: BTreeSet<&str> = list(metadata, "workspace_members")?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let mut names = BTreeMap::new();
        let mut members = Vec::new();
        for package in list(metadata, "packages")? {
            let (id, name) = (text(package, "id")?, text(package, "name")?);
            names.insert(id, name);
            if member_ids.contains(id) {
                members.push(member(package, name)?);
            }
        }
        let mut steps: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let resolve = metadata
            .get("resolve")
            .context("cargo metadata has no `resolve`")?;
        for node in list(resolve, "nodes")? {
            let Some(name) = names.get(text(node, "id")?) else {
                continue;
            };
            let reached = steps.entry((*name).to_owned()).or_default();
            for step in list(node, "deps")? {
                let normal = list(step, "dep_kinds")?
                    .iter()
                    .any(|kind| kind.get("kind").is_none_or(Value::is_null));
                if let (true, Some(name)) = (normal, names.get(text(step, "pkg")?)) {
                    reached.insert((*name).to_owned());
                }
            }
        }
        members.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(Self { members, steps })
    }
}

fn member(package: &Value, name: &str) -> anyhow::Result<Member> {
    let manifest = Path::new(text(package, "manifest_path")?);
    let mut dependencies = Vec::new();
    for dependency in list(package, "dependencies")? {
        let package = text(dependency, "name")?;
        let written = dependency
            .get("rename")
            .and_then(Value::as_str)
            .unwrap_or(package);
        dependencies.push(Dependency {
            package: package.to_owned(),
            extern_name: written.replace('-', "_"),
            normal: dependency.get("kind").is_none_or(Value::is_null),
            optional: dependency
                .get("optional")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        });
    }
    let folder = manifest
        .parent()
        .context("a manifest has no folder")?
        .to_path_buf();
    Ok(Member {
        name: name.to_owned(),
        folder,
        dependencies,
    })
}

pub(crate) fn metadata(root: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let text = crate::process::output(
        crate::process::cargo(root)
            .args(["metadata", "--format-version", "1"])
            .args(arguments),
    )?;
    serde_json::from_str(&text).context("cargo metadata wrote something that is not JSON")
}

fn list<'a>(value: &'a Value, key: &str) -> anyhow::Result<&'a Vec<Value>> {
    value
        .get(key)
        .and_then(Value::as_array)
        .with_context(|| format!("cargo metadata has no list `{key}`"))
}

fn text<'a>(value: &'a Value, key: &str) -> anyhow::Result<&'a str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .with_context(|| format!("cargo metadata has no text `{key}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ordinary_dependencies_are_steps() {
        let metadata = serde_json::json!({
            "workspace_members": ["a"],
            "packages": [
                {"id": "a", "name": "a", "manifest_path": "/w/a/Cargo.toml", "dependencies": [
                    {"name": "b-c", "kind": null, "optional": true}, {"name": "t", "kind": "dev", "optional": false}]},
                {"id": "b", "name": "b-c", "manifest_path": "/r/b/Cargo.toml", "dependencies": []},
                {"id": "t", "name": "t", "manifest_path": "/r/t/Cargo.toml", "dependencies": []},
                {"id": "d", "name": "d", "manifest_path": "/r/d/Cargo.toml", "dependencies": []},
            ],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]}, {"pkg": "t", "dep_kinds": [{"kind": "dev"}]}]},
                {"id": "b", "deps": [{"pkg": "d", "dep_kinds": [{"kind": null}]}]},
                {"id": "t", "deps": []}, {"id": "d", "deps": []},
            ]},
        });
        let graph = Graph::parse(&metadata).unwrap();
        let reached = graph.reached_by("a");
        assert_eq!(reached.keys().collect::<Vec<_>>(), ["b-c", "d"]);
        assert_eq!(reached["d"], ["a", "b-c", "d"]);
        let dependency = &graph.members[0].dependencies[0];
        assert_eq!(
            (
                dependency.extern_name.as_str(),
                dependency.optional,
                dependency.normal
            ),
            ("b_c", true, true)
        );
    }
}
