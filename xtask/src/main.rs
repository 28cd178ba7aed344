//! The tasks of a developer and of CI, as one program: `cargo xtask <task>`.
//!
//! Knows how the tree is checked, tested and measured. Must not know what the product does: it reads the tree, its
//! manifests and the lists under `docs/`, and links none of the product's crates.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard streams"
)]

mod bench;
mod checks;
mod deny;
mod dist;
mod environment;
mod features;
mod jsforce;
mod process;
mod soak;
mod test;
mod tidy;
mod tree;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  tidy                    check what design and house rules ask of the tree
  features [--check]      which test proves which line of docs/; --check fails on an ID that no list has
  practice-org [--check]  write the table of docs/practice-org.md: each rule of Salesforce's with its tests
  dist                    what is handed out: program, units, Containerfile, list of contents, checksums
  deny                    bans, licences and sources of dependencies; advisories where a database is present
  test [-- ARGS]          install what is missing, start servers, run all tests; ARGS go to `cargo test`
                          (with `-p CRATE` among them only that crate is tested)
  bench [-- ARGS]         the same preparation, then the benches in a release build
  soak [NAME [-- ARGS]]   the same preparation, then one of the long runs: kills and rotations by the thousand, counted
  jsforce-live PATH [FILE ...]
                          the live tests of a jsforce checkout against the practice org; pass and fail per file
  ci                      fmt, clippy, deny, tidy, features --check, test: what `.ci/run` asks
";

fn main() -> ExitCode {
    let arguments: Vec<String> = environment::arguments();
    let (task, rest) = match arguments.split_first() {
        Some((task, rest)) => (task.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match task {
        "tidy" => tidy::run(),
        "features" => features::run(rest),
        "practice-org" => features::practice_org::run(rest),
        "deny" => deny::run(),
        "dist" => dist::run(),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "soak" => soak::run(rest),
        "jsforce-live" => jsforce::run(rest),
        "ci" => checks::run(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("there is no task `{other}`\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {task}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
