//! `cargo xtask dist`: what is handed to operators, in one folder: the program, stripped; units, Containerfile and
//! documents; a list of everything that went into it; and checksums of all of it.
//!
//! The archive holds no times and no owner, so the same sources and toolchain give the same bytes. Must not know:
//! what the program does.

mod sbom;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{environment, process, workspace};

/// Files of the tree that go beside the program.
const BESIDE: [&str; 8] = [
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "docs/operating.md",
    "deploy/Containerfile",
    "deploy/systemd/gatelodge.service",
    "deploy/systemd/gatelodge-keeper.service",
    "deploy/systemd/gatelodge.sysusers",
];

/// The name of the checksums, in the form that `sha256sum --check` reads.
const CHECKSUMS: &str = "SHA256SUMS";

/// Builds and gathers everything below `target/dist-files`.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = workspace::root()?;
    let target = workspace::target(&root)?;
    let host = host()?;
    process::run(process::cargo(&root).args([
        "build",
        "--locked",
        "--profile",
        "dist",
        "--package",
        "gatelodge-server",
        "--bin",
        "gatelodge",
    ]))?;
    let program = target.join("dist/gatelodge");
    let name = format!("gatelodge-{}-{host}", version(&program)?);
    let out = target.join("dist-files");
    let folder = out.join(&name);
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("{} is in the way", out.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let mut files = vec![folder.join("gatelodge")];
    fs::copy(&program, &files[0])?;
    for beside in BESIDE {
        let place = folder.join(Path::new(beside).file_name().unwrap_or_default());
        fs::copy(root.join(beside), &place).with_context(|| format!("{beside} is missing"))?;
        files.push(place);
    }
    let bom = folder.join("gatelodge.cdx.json");
    fs::write(&bom, sbom::of(&root, &host)?)?;
    files.push(bom);
    write_checksums(&folder, &files)?;
    let archive = out.join(format!("{name}.tar.gz"));
    pack(&out, &name, &archive)?;
    write_checksums(&out, std::slice::from_ref(&archive))?;
    verify_units(&folder);
    let size = fs::metadata(&program)?.len() / 1024;
    println!("dist: {} ({size} KiB program)", archive.display());
    Ok(())
}

/// The system that the toolchain builds for.
fn host() -> anyhow::Result<String> {
    let told = process::output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// Asks the program itself, which also shows that it runs.
fn version(program: &Path) -> anyhow::Result<String> {
    let told = process::output(Command::new(program).arg("--version"))?;
    let version = told.trim().rsplit(' ').next().unwrap_or_default();
    if version.is_empty() {
        bail!("{} tells no version", program.display());
    }
    Ok(version.to_owned())
}

fn write_checksums(folder: &Path, files: &[PathBuf]) -> anyhow::Result<()> {
    let names: Vec<&std::ffi::OsStr> = files.iter().filter_map(|file| file.file_name()).collect();
    let sums = process::output(
        Command::new("sha256sum")
            .current_dir(folder)
            .arg("--")
            .args(names),
    )?;
    Ok(fs::write(folder.join(CHECKSUMS), sums)?)
}

fn pack(out: &Path, name: &str, archive: &Path) -> anyhow::Result<()> {
    process::run_quietly(
        Command::new("tar")
            .current_dir(out)
            .env("GZIP", "-n")
            .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
            .args(["--mtime=@0", "--create", "--gzip", "--file"])
            .arg(archive)
            .arg(name),
    )
}

/// Lets systemd judge the units where it is installed. What it says of a program that is not installed here, or of
/// other units of this machine, is no fault of ours, so its verdict is shown and not obeyed.
fn verify_units(folder: &Path) {
    let Some(analyze) = environment::program("systemd-analyze") else {
        println!("dist: systemd-analyze is not installed; the units were not judged");
        return;
    };
    for unit in ["gatelodge.service", "gatelodge-keeper.service"] {
        let judged = process::output(
            Command::new(&analyze)
                .args(["security", "--offline=yes"])
                .arg(folder.join(unit)),
        );
        let verdict = judged.ok().and_then(|text| {
            text.lines()
                .rfind(|line| line.contains("exposure level"))
                .map(|line| line.trim_start_matches(['→', ' ']).to_owned())
        });
        println!("dist: {unit}: {}", verdict.unwrap_or_default());
    }
}
