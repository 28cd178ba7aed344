//! What a confined role must not be able to do, tried from inside it and from beside it.
//!
//! Must not know how a role is confined.

use crate::program::{Installation, command, end_of};
use gatelodge_server::hardening::{
    HardeningReport, Measure, State,
    trial::{Attempt, Outcome},
};
use std::{
    fs::{self, Permissions},
    net::{SocketAddr, TcpListener, UdpSocket},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Error numbers of Linux (errno-base.h).
const NOT_PERMITTED: i32 = 1;
const ACCESS_DENIED: i32 = 13;

/// Whoever is nobody else on a machine.
const NOBODY: u32 = 65534;

/// Listeners outside that must hear nothing.
struct Outside {
    tcp: TcpListener,
    udp: UdpSocket,
    address: SocketAddr,
}

impl Outside {
    fn new() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let udp = UdpSocket::bind(address).unwrap();
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        Self { tcp, udp, address }
    }

    /// How many connections and datagrams came.
    fn heard(&self) -> (usize, usize) {
        let connections = std::iter::from_fn(|| self.tcp.accept().ok()).count();
        let datagrams = std::iter::from_fn(|| self.udp.recv(&mut [0; 8]).ok()).count();
        (connections, datagrams)
    }
}

async fn tried(home: &Installation, role: &str, more: &[&str]) -> Outcome {
    let arguments = [&["confined", role, "--config", &home.config], more].concat();
    let out = end_of(command(&arguments)).await.worked();
    serde_json::from_str(&out).unwrap()
}

fn attempt<'a>(outcome: &'a Outcome, beginning: &str) -> &'a Attempt {
    outcome
        .attempts
        .iter()
        .find(|attempt| attempt.what.starts_with(beginning))
        .unwrap_or_else(|| panic!("nothing was tried that begins with {beginning}"))
}

#[track_caller]
fn assert_refused(outcome: &Outcome, attempts: &[&str]) {
    for name in attempts {
        let attempt = attempt(outcome, name);
        assert!(
            matches!(attempt.refused, Some(NOT_PERMITTED | ACCESS_DENIED)),
            "{attempt:?}"
        );
    }
}

#[track_caller]
fn assert_worked(outcome: &Outcome, attempts: &[&str]) {
    for name in attempts {
        let attempt = attempt(outcome, name);
        assert_eq!(attempt.refused, None, "{attempt:?}");
    }
}

const WAYS_OUT: [&str; 4] = ["tcp", "udp", "multipath tcp", "fast open"];

#[tokio::test]
async fn the_web_role_reaches_nothing_but_its_own_folder() {
    let (home, outside) = (Installation::new().await, Outside::new());
    fs::create_dir(home.path("keeper")).unwrap();
    let (address, keeper) = (outside.address.to_string(), home.path("keeper"));
    let asked = ["--connect", &address, "--read", keeper.to_str().unwrap()];

    // what is tried works where nothing is given up
    let open = tried(&home, "nothing", &asked).await;
    assert_worked(&open, &WAYS_OUT);
    assert_worked(
        &open,
        &["listen", "read ", "write own", "write outside", "program"],
    );
    let (connections, datagrams) = outside.heard();
    assert!(
        connections >= 2 && datagrams == 1,
        "{connections} {datagrams}"
    );

    let web = tried(&home, "web", &asked).await;
    assert_refused(&web, &WAYS_OUT);
    assert_refused(&web, &["listen", "write outside", "program"]);
    assert_refused(&web, &["signal parent", "read parent's memory"]);
    for secret in [home.key(), keeper.clone()] {
        assert_refused(&web, &[&format!("read {}", secret.display())]);
    }
    assert_worked(&web, &["write own"]);
    assert_eq!(outside.heard(), (0, 0), "nothing left");
    let report = web.report.unwrap();
    assert_eq!(report.incomplete().count(), 0, "{report}");
}

#[tokio::test]
async fn with_postgresql_only_the_database_is_reached() {
    let (home, outside, database) = (Installation::new().await, Outside::new(), Outside::new());
    home.set(
        "urls =",
        &format!("urls = [\"postgres://u:p@{}/hub\"]", database.address),
    );
    let address = outside.address.to_string();
    let web = tried(&home, "web", &["--connect", &address]).await;
    assert_refused(&web, &WAYS_OUT);
    // no folder is the web role's own then
    assert_refused(&web, &["write own", "read "]);
    assert_eq!(outside.heard(), (0, 0));

    let address = database.address.to_string();
    let web = tried(&home, "web", &["--connect", &address]).await;
    assert_worked(&web, &["tcp"]);
    assert_refused(&web, &["udp", "multipath tcp", "fast open"]);
    assert_eq!(database.heard(), (1, 0));

    // a name has to be looked up, and the report says what that leaves open
    home.set("urls =", "urls = [\"postgres://u:p@db.example.com/hub\"]");
    let report = tried(&home, "web", &[]).await.report.unwrap();
    assert_eq!(report.state(Measure::OtherNetwork), State::Partly);
    assert!(report.to_string().contains("database.urls"), "{report}");
}

#[tokio::test]
async fn the_keeper_keeps_the_way_out_and_runs_no_programs() {
    let (home, outside) = (Installation::new().await, Outside::new());
    let address = outside.address.to_string();
    let keeper = tried(&home, "keeper", &["--connect", &address]).await;
    assert_worked(&keeper, &["tcp", "read ", "write own"]);
    assert_refused(&keeper, &["program"]);
}

/// An installation of a user without rights, and the program where that user finds it.
struct Unprivileged {
    home: Installation,
    program: String,
}

impl Unprivileged {
    async fn new() -> Self {
        let home = Installation::new().await;
        let program = home.path("gatelodge");
        let built = env!("CARGO_BIN_EXE_gatelodge");
        if fs::hard_link(built, &program).is_err() {
            fs::copy(built, &program).unwrap();
        }
        if is_root() {
            let all = Command::new("chown")
                .args(["-R", &NOBODY.to_string()])
                .args([home.path("keys"), home.path("data")])
                .status();
            assert!(all.await.unwrap().success());
            fs::set_permissions(home.folder.path(), Permissions::from_mode(0o755)).unwrap();
        }
        Self {
            program: program.to_str().unwrap().to_owned(),
            home,
        }
    }

    /// Starts a confined process and waits until it is.
    async fn hold(&self, role: &str) -> (Child, Outcome) {
        let mut process = unprivileged(&self.program)
            .args(["confined", role, "--hold", "--config", &self.home.config])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("it tells its outcome");
        (process, serde_json::from_str(&line).unwrap())
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A command as a user without rights; a test that root runs chooses one.
fn unprivileged(program: &str) -> Command {
    let mut command = Command::new(program);
    command.kill_on_drop(true);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Whether somebody of the same user can open a process's memory.
async fn can_read_memory(of: u32) -> bool {
    let open = format!("exec 3< /proc/{of}/mem");
    unprivileged("/bin/sh")
        .args(["-c", &open])
        .stderr(Stdio::null())
        .status()
        .await
        .unwrap()
        .success()
}

fn told_by_kernel(process: u32, file: &str, line: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap();
    let found = text.lines().find_map(|one| one.strip_prefix(line));
    found
        .expect(line)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn memory_of_a_role_is_closed_to_its_own_user() {
    // proves V8
    let somebody = Unprivileged::new().await;
    // Where the machine lets users attach to their own processes, this one can be read.
    let (open, _) = somebody.hold("nothing").await;
    let restricted = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope")
        .is_ok_and(|scope| scope.trim() != "0");
    assert_ne!(can_read_memory(open.id().unwrap()).await, restricted);

    for role in ["web", "keeper"] {
        let (process, outcome) = somebody.hold(role).await;
        let id = process.id().unwrap();
        assert!(!can_read_memory(id).await, "{role}");
        assert_no_core_file_of(id, somebody.home.folder.path()).await;
        assert_eq!(
            told_by_kernel(id, "limits", "Max core file size"),
            "0 0 bytes"
        );
        assert_eq!(told_by_kernel(id, "status", "NoNewPrivs:"), "1");
        assert_eq!(told_by_kernel(id, "status", "Seccomp:"), "2");
        assert_eq!(told_by_kernel(id, "status", "CapEff:"), "0000000000000000");
        let report = outcome.report.unwrap();
        assert_eq!(report.state(Measure::CoreFiles), State::Active);
        assert_eq!(report.state(Measure::PrivateMemory), State::Active);
        if role == "keeper" {
            assert_lock_is_told(id, &report);
        }
    }
}

async fn assert_no_core_file_of(process: u32, folder: &Path) {
    let file = folder.join("data/core");
    let mut gcore = unprivileged("gcore");
    gcore
        .args(["-o", file.to_str().unwrap(), &process.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // where gdb is not installed, opening the memory is the same attempt
    if let Ok(status) = gcore.status().await {
        assert!(!status.success());
    }
    assert!(!folder.join(format!("data/core.{process}")).exists());
}

/// Without the right to lock everything, the keeper works and says so.
fn assert_lock_is_told(process: u32, report: &HardeningReport) {
    let locked = told_by_kernel(process, "status", "VmLck:");
    if locked == "0 kB" {
        assert_ne!(
            report.state(Measure::LockedMemory),
            State::Active,
            "{report}"
        );
        assert!(report.to_string().contains("LimitMEMLOCK"), "{report}");
    } else {
        assert_eq!(
            report.state(Measure::LockedMemory),
            State::Active,
            "{report}"
        );
    }
}
