//! Trying what a confined role must not be able to do, from inside: the proof that the measures hold on this
//! machine. `gatelodge confined` confines itself and runs this; tests and `doctor` read what it prints.
//!
//! Must not know: which attempts ought to fail; its reader judges.

use super::{HardeningReport, Role, Room};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// A listener on this machine answers at once; nobody else is asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to try.
#[derive(Debug, Clone)]
pub struct Trial {
    /// A listener outside.
    pub connect: Option<SocketAddr>,
    /// Files and folders that are none of the role's business.
    pub read: Vec<PathBuf>,
    /// A folder that is its own.
    pub write: PathBuf,
    /// A folder that is not.
    pub write_outside: PathBuf,
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What was tried.
    pub what: String,
    /// The system's error number; absent when it worked.
    pub refused: Option<i32>,
    /// The error in words.
    pub words: Option<String>,
}

/// What `gatelodge confined` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Measures taken; absent when it was asked to take none.
    pub report: Option<HardeningReport>,
    /// What was tried then.
    pub attempts: Vec<Attempt>,
}

/// Confines this process as a role, or not at all.
pub fn confine(role: Option<Role>, room: &Room) -> Option<HardeningReport> {
    match role {
        Some(Role::Web) => Some(super::confine_web(room).clone()),
        Some(Role::Keeper) => Some(super::confine_keeper().clone()),
        None => None,
    }
}

/// Tries everything.
pub fn run(trial: &Trial) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut note = |what: String, outcome: io::Result<()>| {
        attempts.push(Attempt {
            what,
            refused: outcome
                .as_ref()
                .err()
                .map(|error| error.raw_os_error().unwrap_or(-1)),
            words: outcome.err().map(|error| error.to_string()),
        });
    };
    if let Some(address) = trial.connect {
        note(
            "tcp".into(),
            TcpStream::connect_timeout(&address, PATIENCE).map(drop),
        );
        note("udp".into(), send_datagram(address));
        #[cfg(target_os = "linux")]
        for (what, outcome) in linux::connect_otherwise(address) {
            note(what.into(), outcome);
        }
    }
    note(
        "listen".into(),
        TcpListener::bind(("127.0.0.1", 0)).map(drop),
    );
    for path in &trial.read {
        note(format!("read {}", path.display()), read(path));
    }
    note("write own".into(), write(&trial.write));
    note("write outside".into(), write(&trial.write_outside));
    note("program".into(), run_program());
    #[cfg(target_os = "linux")]
    for (what, outcome) in linux::reach_parent() {
        note(what.into(), outcome);
    }
    attempts
}

fn read(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return fs::read_dir(path).map(drop);
    }
    fs::read(path).map(drop)
}

fn write(folder: &Path) -> io::Result<()> {
    let file = folder.join(".gatelodge-confined");
    fs::write(&file, b"x")?;
    fs::remove_file(file)
}

fn send_datagram(address: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    socket.send_to(b"x", address).map(drop)
}

fn run_program() -> io::Result<()> {
    let mut program = Command::new("/bin/true");
    program.stdin(Stdio::null()).stdout(Stdio::null());
    program.status().map(drop)
}

#[cfg(target_os = "linux")]
mod linux {
    //! Ways that only Linux has: around connect(2), and into another process.

    use rustix::{
        net::{AddressFamily, Protocol, SendFlags, SocketType, connect, ipproto, sendto, socket},
        process::{getppid, test_kill_process},
    };
    use std::{fs, io, net::SocketAddr};

    /// `MSG_FASTOPEN`: the first data carries the connection.
    const FAST_OPEN: SendFlags = SendFlags::from_bits_retain(libc::MSG_FASTOPEN.cast_unsigned());

    pub(super) fn connect_otherwise(address: SocketAddr) -> [(&'static str, io::Result<()>); 2] {
        let open = |protocol: Option<Protocol>| {
            let family = if address.is_ipv4() {
                AddressFamily::INET
            } else {
                AddressFamily::INET6
            };
            socket(family, SocketType::STREAM, protocol)
        };
        let multipath = || -> io::Result<()> {
            let socket = open(Some(ipproto::MPTCP))?;
            Ok(connect(&socket, &address)?)
        };
        let fast_open = || -> io::Result<()> {
            let socket = open(None)?;
            sendto(&socket, b"x", FAST_OPEN, &address)?;
            Ok(())
        };
        [("multipath tcp", multipath()), ("fast open", fast_open())]
    }

    pub(super) fn reach_parent() -> Vec<(&'static str, io::Result<()>)> {
        let Some(parent) = getppid() else {
            return Vec::new();
        };
        let memory = format!("/proc/{}/mem", parent.as_raw_nonzero());
        vec![
            (
                "signal parent",
                test_kill_process(parent).map_err(Into::into),
            ),
            ("read parent's memory", fs::File::open(memory).map(drop)),
        ]
    }
}
