//! `gatelodge keys`, `gatelodge unlock`, `gatelodge organization erase`: what the operator does with keys at the
//! console, beside a running keeper or without one.
//!
//! Every act is in the audit log before it is done. Must not know: keys.

use super::say;
use crate::{
    ambient::{SystemClock, SystemRandom},
    cli::{ConfigArgs, KeysCommand, RotateArgs, UnlockArgs},
    config::{Config, KeySource},
    keeper_process::{KeeperLock, Place},
    passphrase,
    wiring::{KeeperSide, Running},
};
use anyhow::{Context as _, bail};
use gatelodge_keeper_client::{
    Keeper, RetireKey, Revocation, RotateKeys, RotateWhat, RotationFacts, Unlock,
};
use gatelodge_keeper_socket::{SocketKeeper, SocketTransport};
use gatelodge_model::OrganizationId;
use gatelodge_vault::KeyFile;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Between two looks at a replacement.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Who began, in lists.
const CONSOLE: &str = "the console";

/// The keeper of this installation: the one that runs, or one in this process.
struct Console {
    keeper: Arc<dyn Keeper>,
    own: Option<(KeeperSide, KeeperLock)>,
}

impl Console {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        config.check().context("the configuration cannot be used")?;
        let place = Place::of(config);
        let transport = SocketTransport::new(place.socket(), None);
        if transport.hello().await.is_ok() {
            return Ok(Self {
                keeper: Arc::new(SocketKeeper::new(transport)),
                own: None,
            });
        }
        let Some(lock) = KeeperLock::take(&place)? else {
            bail!(
                "the keeper at {} does not answer; try again when it has started",
                place.socket().display()
            );
        };
        let side = KeeperSide::start(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
        Ok(Self {
            keeper: side.keeper.clone(),
            own: Some((side, lock)),
        })
    }

    async fn close(self) {
        if let Some((side, _lock)) = self.own {
            side.stop().await;
        }
    }
}

/// Runs `gatelodge keys`.
///
/// # Errors
/// When the keeper refuses, and why.
pub async fn run(command: KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::List(args) => {
            let config = Config::read(&args.config)?;
            let console = Console::open(&config).await?;
            let listed = list(console.keeper.as_ref()).await;
            console.close().await;
            listed
        }
        KeysCommand::New { file } => {
            let path = std::path::absolute(&file)?;
            let kek = KeyFile::new(&path, None).create(&SystemRandom)?;
            say(format!(
                "Wrote the key {} to {} (keep a copy apart from the database)",
                kek.id(),
                path.display()
            ));
            Ok(())
        }
        KeysCommand::Rotate(args) => rotate(args).await,
        KeysCommand::Retire { id, now, config } => {
            let config = Config::read(&config.config)?;
            note(&config, None, "keys.retired", &id).await?;
            let console = Console::open(&config).await?;
            let order = RetireKey {
                id: id.clone(),
                now,
            };
            let retired = console.keeper.retire_key(order).await;
            console.close().await;
            retired?;
            say(format!(
                "The key {id} is given up. If it is an operator's key, its file may be destroyed; keep it as long as a backup needs it."
            ));
            Ok(())
        }
    }
}

/// Writes what is about to be done into the audit log: of one organization, or of all.
async fn note(
    config: &Config,
    organization: Option<OrganizationId>,
    action: &'static str,
    target: &str,
) -> anyhow::Result<()> {
    let running = Running::rows_only(config).await?;
    let noted = running
        .hub
        .note_at_console(organization, action, target, json!({}))
        .await;
    running.stop().await;
    Ok(noted?)
}

async fn list(keeper: &dyn Keeper) -> anyhow::Result<()> {
    let state = keeper.seal_state().await?;
    if state.sealed {
        let wanted = state.kek.unwrap_or_else(|| "none yet".to_owned());
        say(format!(
            "The keeper is sealed. The key that it wants: {wanted}"
        ));
    }
    let inventory = keeper.key_inventory(None).await?;
    say("Operator's keys (KEK)\n  key               state     data keys wrapped");
    for kek in &inventory.keks {
        let state = match (kek.current, kek.held) {
            (true, _) => "in use",
            (false, true) => "earlier",
            (false, false) => "missing",
        };
        say(format!("  {:<17} {state:<9} {}", kek.id, kek.data_keys));
    }
    say("Data keys\n  key               state     records  purpose        organization");
    for key in &inventory.data_keys {
        say(format!(
            "  {:<17} {:<9} {:<8} {:<14} {}",
            key.id.as_deref().unwrap_or("not noted"),
            if key.current { "in use" } else { "earlier" },
            key.rows,
            key.purpose,
            key.organization
        ));
    }
    if inventory.unnamed_rows > 0 {
        say(format!(
            "{} records do not say which key sealed them (an earlier version wrote them); replacing the data keys notes it.",
            inventory.unnamed_rows
        ));
    }
    for rotation in inventory.rotations.iter().take(10) {
        say(line(rotation));
    }
    Ok(())
}

fn line(rotation: &RotationFacts) -> String {
    format!(
        "Replacing the {} by {}: {} %, {} left, {} do not open, begun by {} at {}",
        rotation.key.in_words(),
        rotation.target,
        rotation.percent(),
        rotation.left(),
        rotation.unreadable,
        rotation.started_by,
        rotation.started_at.format("%Y-%m-%d %H:%M:%S UTC")
    )
}

async fn rotate(args: RotateArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config)?;
    let mut orders = Vec::new();
    if args.kek {
        let key_file = match &args.new_key_file {
            Some(path) => Some(std::path::absolute(path)?),
            None => None,
        };
        orders.push(("keys.kek_rotation_started", RotateWhat::Kek { key_file }));
    }
    if args.data_keys {
        orders.push((
            "keys.data_key_rotation_started",
            RotateWhat::DataKeys { organization: None },
        ));
    }
    for (action, _) in &orders {
        note(&config, None, action, "keys").await?;
    }
    let console = Console::open(&config).await?;
    let rotated = rotate_all(console.keeper.as_ref(), orders, args.detach).await;
    console.close().await;
    rotated?;
    if let (true, Some(path)) = (args.kek, &args.new_key_file) {
        say(format!(
            "Now set in {}: keys.file = \"{}\". The earlier key may be retired when every host has the new one.",
            args.config.config.display(),
            std::path::absolute(path)?.display()
        ));
    }
    Ok(())
}

async fn rotate_all(
    keeper: &dyn Keeper,
    orders: Vec<(&'static str, RotateWhat)>,
    detach: bool,
) -> anyhow::Result<()> {
    for (_, what) in orders {
        let order = RotateKeys {
            what,
            started_by: CONSOLE.to_owned(),
        };
        let begun = keeper.rotate_keys(order).await?;
        if detach {
            for rotation in &begun {
                say(line(rotation));
            }
            continue;
        }
        let mut last = Vec::new();
        loop {
            let inventory = keeper.key_inventory(None).await?;
            let mine: Vec<_> = inventory
                .rotations
                .into_iter()
                .filter(|rotation| begun.iter().any(|one| one.id == rotation.id))
                .collect();
            let lines: Vec<_> = mine.iter().map(line).collect();
            if lines != last {
                for line in &lines {
                    say(line);
                }
                last = lines;
            }
            if mine.iter().all(|rotation| rotation.finished_at.is_some()) {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}

/// Runs `gatelodge unlock`.
///
/// # Errors
/// When the key is not the right one, or no keeper waits for it.
pub async fn unlock(args: UnlockArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config)?;
    let place = Place::of(&config);
    let transport = SocketTransport::new(place.socket(), None);
    if transport.hello().await.is_err() {
        bail!("no keeper runs; start `gatelodge serve`, then unlock it");
    }
    let unlock = match &args.passphrase_file {
        Some(path) => Unlock::Passphrase(passphrase::read(path)?),
        None if config.keys.source == KeySource::Passphrase => {
            Unlock::Passphrase(passphrase::ask()?)
        }
        None => Unlock::ReadAgain,
    };
    let state = SocketKeeper::new(transport).unlock(unlock).await?;
    if state.sealed {
        bail!("the keeper is still sealed");
    }
    say(format!(
        "Unlocked with the key {}.",
        state.kek.unwrap_or_default()
    ));
    Ok(())
}

/// Runs `gatelodge organization erase`.
///
/// # Errors
/// When the organization is not known, or the keeper cannot reach the database.
pub(super) async fn erase_organization(
    id: &str,
    confirm: &str,
    config: &ConfigArgs,
) -> anyhow::Result<()> {
    if id != confirm {
        bail!("--confirm must repeat the organization's id; nothing was done");
    }
    let organization: OrganizationId = id
        .parse()
        .map_err(|_| anyhow::anyhow!("'{id}' is no organization's id"))?;
    let config = Config::read(&config.config)?;
    note(
        &config,
        Some(organization),
        "organization.erasure_started",
        id,
    )
    .await?;
    let console = Console::open(&config).await?;
    let erased = console.keeper.erase_organization(organization).await;
    console.close().await;
    let erased = erased?;
    let running = Running::rows_only(&config).await?;
    let ended = running.hub.end_erased(organization).await;
    running.stop().await;
    ended?;
    for (connection, revocation) in &erased.connections {
        let how = match revocation {
            Revocation::Revoked => "revoked at the provider",
            _ => "not confirmed by the provider: revoke it there by hand",
        };
        say(format!("{connection}: {how}"));
    }
    say(format!(
        "Erased {id}: {} data keys destroyed, {} sealed records deleted. Nothing of it opens here any more; a backup from before opens with the operator's key of its time, so destroy it.",
        erased.data_keys, erased.records
    ));
    Ok(())
}
