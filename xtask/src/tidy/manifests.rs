//! Manifests: every crate inherits the lint walls, and no dependency is unused.
//!
//! Must not know the arrows between crates.

use std::path::Path;

use super::Violation;
use crate::tree::SourceFile;
use crate::workspace::{Graph, Member};

const RULE: &str = "manifests";

/// Dependencies that no source names, each with the reason why it is there.
const UNNAMED: &[(&str, &str, &str)] = &[
    ("gatelodge-mcp", "async-trait", SHARED_HUB),
    ("gatelodge-mcp", "gatelodge-keeper-client", SHARED_HUB),
    ("gatelodge-mcp", "gatelodge-store", SHARED_HUB),
    ("gatelodge-mcp", "tempfile", SHARED_HUB),
    (
        "gatelodge-practice",
        "md-5",
        "sources name its library, `md5`",
    ),
];

const SHARED_HUB: &str = "its tests include the small hub that lies in the tests of gatelodge-api";

pub(super) fn check(graph: &Graph, root: &Path, files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    match files.iter().find(|file| file.path == "Cargo.toml") {
        Some(manifest)
            if has(
                &manifest.text,
                "[workspace.lints.rust]",
                "unsafe_code = \"forbid\"",
            ) => {}
        _ => violations.push(Violation::new(
            "Cargo.toml",
            1,
            RULE,
            "unsafe code is not forbidden",
            "keep `unsafe_code = \"forbid\"` under [workspace.lints.rust]",
        )),
    }
    for member in &graph.members {
        let folder = member
            .folder
            .strip_prefix(root)
            .unwrap_or(&member.folder)
            .to_string_lossy()
            .replace('\\', "/");
        let path = format!("{folder}/Cargo.toml");
        let manifest = files.iter().find(|file| file.path == path);
        if !manifest.is_some_and(|file| has(&file.text, "[lints]", "workspace = true")) {
            let fix = "add `[lints]` with `workspace = true`: the walls hold for every crate";
            violations.push(Violation::new(
                &path,
                1,
                RULE,
                "the workspace's lints are not inherited",
                fix,
            ));
        }
        violations.extend(unused(member, &folder, &path, files));
    }
    violations
}

/// Whether `line` stands in the section that `header` opens.
fn has(manifest: &str, header: &str, line: &str) -> bool {
    manifest
        .lines()
        .skip_while(|one| one.trim() != header)
        .skip(1)
        .take_while(|one| !one.trim_start().starts_with('['))
        .any(|one| one.trim() == line)
}

fn unused(member: &Member, folder: &str, manifest: &str, files: &[SourceFile]) -> Vec<Violation> {
    let prefix = format!("{folder}/");
    let sources: Vec<&SourceFile> = files
        .iter()
        .filter(|file| file.extension() == "rs" && file.path.starts_with(&prefix))
        .collect();
    let mut violations = Vec::new();
    for dependency in &member.dependencies {
        let excused = UNNAMED
            .iter()
            .any(|(krate, package, _)| *krate == member.name && *package == dependency.package);
        if excused
            || sources
                .iter()
                .any(|file| names(&file.text, &dependency.extern_name))
        {
            continue;
        }
        let line = files
            .iter()
            .find(|file| file.path == manifest)
            .and_then(|file| {
                file.lines()
                    .find(|(_, line)| line.trim_start().starts_with(&dependency.package))
            })
            .map_or(1, |(number, _)| number);
        let found = format!(
            "no source of `{}` names `{}`",
            member.name, dependency.extern_name
        );
        violations.push(Violation::new(
            manifest,
            line,
            RULE,
            found,
            "remove the dependency",
        ));
    }
    violations
}

/// Whether `word` stands as a whole word in a line that is not a plain comment.
fn names(text: &str, word: &str) -> bool {
    text.lines()
        .filter(|line| !is_plain_comment(line))
        .any(|line| {
            line.match_indices(word).any(|(at, _)| {
                let joins = |found: Option<char>| {
                    found.is_some_and(|one| one.is_alphanumeric() || one == '_')
                };
                !joins(line[..at].chars().next_back())
                    && !joins(line[at + word.len()..].chars().next())
            })
        })
}

fn is_plain_comment(line: &str) -> bool {
    let line = line.trim_start();
    // documentation may hold an example that uses the crate
    line.starts_with("//") && !line.starts_with("///") && !line.starts_with("//!")
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;
    use crate::workspace::Dependency;

    const WALL: &str = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n";

    fn graph(package: &str) -> Graph {
        let dependency = Dependency {
            package: package.to_owned(),
            extern_name: package.replace('-', "_"),
            normal: true,
            optional: false,
        };
        let member = Member {
            name: "gatelodge-web".into(),
            folder: "/w/crates/web".into(),
            dependencies: vec![dependency],
        };
        Graph {
            members: vec![member],
            steps: std::collections::BTreeMap::default(),
        }
    }

    fn check_web(manifest: &str, source: &str) -> Vec<Violation> {
        let files = [
            file("Cargo.toml", WALL),
            file("crates/web/Cargo.toml", manifest),
            file("crates/web/src/lib.rs", source),
        ];
        check(&graph("tower-http"), Path::new("/w"), &files)
    }

    #[test]
    fn a_crate_with_walls_and_used_dependencies_passes() {
        assert_eq!(
            check_web("[lints]\nworkspace = true\n", "use tower_http::trace;"),
            []
        );
    }

    #[test]
    fn missing_walls_are_found() {
        let found = check_web(
            "[lints]\n[dependencies]\nworkspace = true\n",
            "use tower_http::trace;",
        );
        assert!(found[0].found.contains("not inherited"), "{found:?}");
        let found = check(
            &graph("x"),
            Path::new("/w"),
            &[file("Cargo.toml", "[workspace]\n")],
        );
        assert!(
            found.iter().any(|one| one.found.contains("unsafe")),
            "{found:?}"
        );
    }

    #[test]
    fn a_dependency_that_only_a_comment_or_a_longer_word_names_is_unused() {
        let manifest = "[lints]\nworkspace = true\n[dependencies]\ntower-http = \"1\"\n";
        let found = check_web(
            manifest,
            "// tower_http is nice\nuse my_tower_http::x;\nuse tower_httpx::y;",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 4);
    }
}
