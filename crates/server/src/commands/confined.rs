//! `gatelodge confined`: confines this process as a role, tries what that role must not be able to do, and prints
//! one line of JSON. Not for daily use; `doctor` and tests ask it.
//!
//! Must not know: which attempts ought to fail.

use super::say;
use crate::{
    cli::{ConfinedArgs, ConfinedRole},
    config::Config,
    hardening::{
        Role, Room,
        trial::{self, Outcome, Trial},
    },
};
use std::io;

/// Runs it. There must be no other thread yet.
///
/// # Errors
/// When the configuration cannot be read.
pub fn run(args: &ConfinedArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config)?;
    let role = match args.role {
        ConfinedRole::Web => Some(Role::Web),
        ConfinedRole::Keeper => Some(Role::Keeper),
        ConfinedRole::Nothing => None,
    };
    let mut read = vec![config.key_file()];
    read.extend(args.read.iter().cloned());
    let trial = Trial {
        connect: args.connect,
        read,
        write: config.data_dir(),
        write_outside: config.folder.clone(),
    };
    let report = trial::confine(role, &Room::of_web(&config));
    let attempts = if args.untried {
        Vec::new()
    } else {
        trial::run(&trial)
    };
    say(serde_json::to_string(&Outcome { report, attempts })?);
    if args.hold {
        io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    }
    Ok(())
}
