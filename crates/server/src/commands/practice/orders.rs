//! The orders that are not about faults or the journal: snapshots, users, apps, clock.
//!
//! Must not know: how the org carries them out.

use super::client::Orders;
use super::{fault, journal, table};
use crate::cli::{AppOrder, PracticeOrder, Target};
use crate::commands::say;
use serde_json::{Value, json};

pub(super) async fn run(order: PracticeOrder) -> anyhow::Result<()> {
    match order {
        PracticeOrder::Fault { target, order } => fault::run(&target, order).await,
        PracticeOrder::Journal { target, filter } => journal::run(&target, &filter).await,
        PracticeOrder::Snapshot { target, name, drop } => {
            snapshot(&target, name.as_deref(), drop).await
        }
        PracticeOrder::Restore { target, name } => {
            let answer = Orders::to(&target)?
                .post("restore", &json!({ "name": name }))
                .await?;
            tell(&target, &answer, || format!("Restored {name}."));
            Ok(())
        }
        PracticeOrder::Reset { target } => {
            let answer = Orders::to(&target)?.post("reset", &json!({})).await?;
            tell(&target, &answer, || {
                "The org is as on its first day.".to_owned()
            });
            Ok(())
        }
        PracticeOrder::Users { target } => {
            let names = ["name", "username", "password", "profile", "active"];
            let head = ["NAME", "USERNAME", "PASSWORD", "PROFILE", "ACTIVE"];
            list(&target, "users", &head, &names).await
        }
        PracticeOrder::Apps { target, order } => apps(&target, order).await,
        PracticeOrder::Clock { target, shift } => clock(&target, shift).await,
    }
}

/// Prints an answer as JSON, or in words.
pub(super) fn tell(target: &Target, answer: &Value, words: impl FnOnce() -> String) {
    if target.json {
        say(answer);
    } else {
        say(words());
    }
}

async fn list(target: &Target, path: &str, head: &[&str], names: &[&str]) -> anyhow::Result<()> {
    let answer = Orders::to(target)?.get(path, &[]).await?;
    if target.json {
        say(answer);
    } else {
        table::print(head, &table::rows(&answer, names));
    }
    Ok(())
}

async fn snapshot(target: &Target, name: Option<&str>, drop: bool) -> anyhow::Result<()> {
    let Some(name) = name else {
        let head = ["NAME", "TAKEN", "RECORDS", "GRANTS"];
        return list(
            target,
            "snapshots",
            &head,
            &["name", "taken_at", "records", "grants"],
        )
        .await;
    };
    let orders = Orders::to(target)?;
    if drop {
        let answer = orders.delete(&format!("snapshots/{name}")).await?;
        tell(target, &answer, || format!("Forgot {name}."));
    } else {
        let answer = orders.post("snapshots", &json!({ "name": name })).await?;
        tell(target, &answer, || {
            format!("Kept as {name}. Put it back with `gatelodge practice restore {name}`.")
        });
    }
    Ok(())
}

async fn apps(target: &Target, order: Option<AppOrder>) -> anyhow::Result<()> {
    let Some(order) = order else {
        let head = ["NAME", "CLIENT ID", "CALLBACKS", "BLOCKED", "GRANTS"];
        let names = ["name", "client_id", "callbacks", "blocked", "grants"];
        return list(target, "apps", &head, &names).await;
    };
    let orders = Orders::to(target)?;
    match order {
        AppOrder::Block { client_id } => {
            let order = json!({ "client_id": client_id });
            let answer = orders.post("block-app", &order).await?;
            tell(target, &answer, || format!("Blocked {client_id}."));
        }
        AppOrder::Unblock { client_id } => {
            let order = json!({ "client_id": client_id, "blocked": false });
            let answer = orders.post("block-app", &order).await?;
            tell(target, &answer, || format!("Unblocked {client_id}."));
        }
        AppOrder::Revoke { client_id, user } => {
            let order = json!({ "client_id": client_id, "username": user });
            let answer = orders.post("revoke-grants", &order).await?;
            tell(target, &answer, || {
                format!("Grants that ended: {}.", answer["revoked"])
            });
        }
    }
    Ok(())
}

async fn clock(target: &Target, shift: Option<i64>) -> anyhow::Result<()> {
    let orders = Orders::to(target)?;
    let answer = match shift {
        None => orders.get("clock", &[]).await?,
        Some(seconds) => {
            let order = json!({ "shift_seconds": seconds });
            orders.post("clock", &order).await?
        }
    };
    tell(target, &answer, || {
        let now = table::cell(&answer["now"]);
        match answer["shift_seconds"].as_i64() {
            None | Some(0) => format!("The org has the true time: {now}."),
            Some(seconds) => {
                format!("The org thinks it is {now} ({seconds} s from the true time).")
            }
        }
    });
    Ok(())
}
