//! Which way the crates' arrows point (ARCHITECTURE.md): direct dependencies by a table, and what nobody may reach on
//! any way at all.
//!
//! Must not know how the graph is read.

use super::Violation;
use crate::tree::SourceFile;
use crate::workspace::{Graph, Member};

const RULE: &str = "arrows";

/// Which of our own crates a crate may use directly.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("soql", &[]),
    ("oauth", &["model"]),
    ("provider", &["model", "oauth"]),
    ("providers", &["provider", "soql", "model"]),
    ("vault", &["model"]),
    ("store", &["model"]),
    ("keeper-client", &["model", "provider"]),
    ("keeper-socket", &["keeper-client", "model"]),
    (
        "keeper",
        &[
            "keeper-client",
            "vault",
            "store",
            "oauth",
            "provider",
            "model",
        ],
    ),
    ("core", &["model", "store", "provider", "keeper-client"]),
    ("api", &["core", "model"]),
    ("mcp", &["core", "model"]),
    ("web", &["core", "model"]),
    ("practice", &["soql"]),
    (
        "server",
        &[
            "api",
            "core",
            "keeper",
            "keeper-client",
            "keeper-socket",
            "mcp",
            "model",
            "oauth",
            "practice",
            "provider",
            "providers",
            "soql",
            "store",
            "vault",
            "web",
        ],
    ),
];

/// What a crate may reach on no way: by ordinary dependencies, through any number of others.
const NEVER_REACHES: &[(&str, &[&str], &str)] = &[
    ("api", FACE_FORBIDS, FACE_REASON),
    ("mcp", FACE_FORBIDS, FACE_REASON),
    ("web", FACE_FORBIDS, FACE_REASON),
    (
        "core",
        &[
            "gatelodge-vault",
            "gatelodge-keeper",
            "gatelodge-providers",
            "gatelodge-practice",
            "axum",
            "hyper",
            "reqwest",
        ],
        "core knows no HTTP framework, no key and no way out",
    ),
    (
        "providers",
        &[
            "gatelodge-store",
            "gatelodge-core",
            "gatelodge-vault",
            "gatelodge-keeper",
            "reqwest",
            "axum",
        ],
        "providers know no store, no core and no way out but `Caller`",
    ),
    (
        "store",
        &["gatelodge-vault", "reqwest", "axum"],
        "the store keeps sealed bytes and opens nothing",
    ),
    (
        "vault",
        &["gatelodge-store", "tokio", "reqwest", "axum"],
        "the vault does no I/O but reading its key",
    ),
    (
        "model",
        &["tokio", "reqwest", "axum", "sea-orm", "sqlx"],
        "model does no I/O",
    ),
    (
        "oauth",
        &["tokio", "reqwest", "axum"],
        "oauth is the wire protocol only; the keeper sends",
    ),
    (
        "soql",
        &["tokio", "reqwest", "axum", "gatelodge-model"],
        "soql stands alone",
    ),
];

const FACE_FORBIDS: &[&str] = &[
    "gatelodge-vault",
    "gatelodge-keeper",
    "gatelodge-providers",
    "gatelodge-practice",
    "reqwest",
];
const FACE_REASON: &str = "a face parses and renders; it has no key and no way out";

/// Who may reach the vault at all.
const VAULT_USERS: &[&str] = &["keeper", "server", "testkit"];

/// Crates outside the product: what they use is not an arrow of it.
const NOT_PRODUCT: &[&str] = &["testkit", "xtask"];

pub(super) fn check(graph: &Graph, files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for member in &graph.members {
        let short = short(&member.name);
        if !NOT_PRODUCT.contains(&short) {
            violations.extend(direct(member, short));
        }
        violations.extend(indirect(graph, member, short));
    }
    violations.extend(credential_rows(files));
    violations
}

fn direct(member: &Member, short_name: &str) -> Vec<Violation> {
    let manifest = format!("crates/{short_name}/Cargo.toml");
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == short_name) else {
        let fix =
            "add the crate with its arrows to xtask/src/tidy/arrows.rs and to ARCHITECTURE.md";
        return vec![Violation::new(
            &manifest,
            1,
            RULE,
            format!("crate `{short_name}` has no arrows"),
            fix,
        )];
    };
    let mut violations = Vec::new();
    for dependency in member
        .dependencies
        .iter()
        .filter(|dependency| dependency.normal)
    {
        let Some(ours) = dependency.package.strip_prefix("gatelodge-") else {
            continue;
        };
        if !allowed.contains(&ours) {
            let found = format!("`{short_name}` uses `{ours}`");
            let fix = format!(
                "`{short_name}` may use [{}]; move the code to the side that may",
                allowed.join(", ")
            );
            violations.push(Violation::new(&manifest, 1, RULE, found, fix));
        } else if ours == "practice" && !dependency.optional {
            let fix = "keep `optional = true`: the product is built without the practice org too";
            violations.push(Violation::new(
                &manifest,
                1,
                RULE,
                "`practice` is not optional",
                fix,
            ));
        }
    }
    violations
}

fn indirect(graph: &Graph, member: &Member, short_name: &str) -> Vec<Violation> {
    let manifest = format!("crates/{short_name}/Cargo.toml");
    let reached = graph.reached_by(&member.name);
    let mut violations = Vec::new();
    for (name, forbidden, reason) in NEVER_REACHES {
        if *name != short_name {
            continue;
        }
        for package in *forbidden {
            if let Some(way) = reached.get(*package) {
                let found = format!("`{short_name}` reaches `{package}`: {}", way.join(" -> "));
                violations.push(Violation::new(
                    &manifest,
                    1,
                    RULE,
                    found,
                    format!("cut the way; {reason}"),
                ));
            }
        }
    }
    if let Some(way) = reached
        .get("gatelodge-vault")
        .filter(|_| !VAULT_USERS.contains(&short_name))
    {
        let found = format!("`{short_name}` reaches the vault: {}", way.join(" -> "));
        violations.push(Violation::new(
            &manifest,
            1,
            RULE,
            found,
            "only keeper and server may; ask the keeper instead",
        ));
    }
    violations
}

/// Credential rows (`store::keeper`) are used by the keeper only.
fn credential_rows(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "rs") {
        let allowed = [
            "crates/store/",
            "crates/keeper/",
            "crates/testkit/",
            "xtask/",
        ];
        if allowed.iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        for (number, line) in file.lines() {
            if uses_credential_rows(line) {
                let fix = "only crates/keeper may use the credential rows; ask the keeper through `keeper-client`";
                violations.push(Violation::new(&file.path, number, RULE, line.trim(), fix));
            }
        }
    }
    violations
}

fn uses_credential_rows(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    if code.contains(concat!("store::", "keeper")) {
        return true;
    }
    code.split_once(concat!("gatelodge_", "store::{"))
        .is_some_and(|(_, names)| {
            names
                .split([',', '{', '}', ';'])
                .map(str::trim)
                .any(|name| {
                    name == "keeper"
                        || name.starts_with("keeper::")
                        || name.starts_with("keeper as ")
                })
        })
}

fn short(package: &str) -> &str {
    package.strip_prefix("gatelodge-").unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::workspace::Dependency;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let full = |name: &str| {
            if MAY_USE.iter().any(|(short, _)| *short == name) {
                format!("gatelodge-{name}")
            } else {
                name.to_owned()
            }
        };
        let dependency = |name: &&str| Dependency {
            package: full(name),
            extern_name: name.replace('-', "_"),
            normal: true,
            optional: false,
        };
        let members = edges
            .iter()
            .filter(|(name, _)| MAY_USE.iter().any(|(short, _)| short == name))
            .map(|(name, uses)| Member {
                name: full(name),
                folder: format!("/w/crates/{name}").into(),
                dependencies: uses.iter().map(dependency).collect(),
            })
            .collect();
        let steps: BTreeMap<_, _> = edges
            .iter()
            .map(|(name, uses)| (full(name), uses.iter().map(|used| full(used)).collect()))
            .collect();
        Graph { members, steps }
    }

    #[test]
    fn the_arrows_of_the_design_pass() {
        let graph = graph(&[
            ("web", &["core", "model"]),
            ("core", &["store", "model"]),
            ("store", &["model"]),
        ]);
        assert_eq!(check(&graph, &[]), []);
    }

    #[test]
    fn a_face_that_uses_the_store_is_found() {
        let found = check(&graph(&[("web", &["store"]), ("store", &["model"])]), &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].found.contains("`web` uses `store`"), "{found:?}");
    }

    #[test]
    fn a_way_to_the_vault_through_others_is_found() {
        let found = check(
            &graph(&[
                ("core", &["keeper-client"]),
                ("keeper-client", &["model"]),
                ("model", &["vault"]),
            ]),
            &[],
        );
        assert!(
            found
                .iter()
                .any(|one| one.found.contains("`core` reaches the vault")),
            "{found:?}"
        );
    }

    #[test]
    fn a_framework_in_core_and_a_client_in_a_face_are_found() {
        let found = check(
            &graph(&[("core", &["axum"]), ("api", &["core", "reqwest"])]),
            &[],
        );
        assert!(
            found
                .iter()
                .any(|one| one.found.contains("`core` reaches `axum`")),
            "{found:?}"
        );
        assert!(
            found
                .iter()
                .any(|one| one.found.contains("`api` reaches `reqwest`")),
            "{found:?}"
        );
    }

    #[test]
    fn practice_must_be_optional_and_only_server_may_use_it() {
        assert!(
            check(&graph(&[("server", &["practice"])]), &[])[0]
                .found
                .contains("not optional")
        );
        assert!(!check(&graph(&[("core", &["practice"])]), &[]).is_empty());
    }

    #[test]
    fn credential_rows_outside_the_keeper_are_found() {
        let group = concat!("use gatelodge_", "store::{people, keeper as rows};");
        let path = concat!("gatelodge_", "store::", "keeper::read();");
        for text in [group, path] {
            assert_eq!(
                check(
                    &graph(&[]),
                    &[super::super::file("crates/core/src/a.rs", text)]
                )
                .len(),
                1,
                "{text}"
            );
            assert_eq!(
                check(
                    &graph(&[]),
                    &[super::super::file("crates/keeper/src/a.rs", text)]
                ),
                []
            );
        }
        assert!(!uses_credential_rows(
            "use gatelodge_store::{people, housekeeper};"
        ));
    }
}
