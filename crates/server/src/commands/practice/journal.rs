//! `gatelodge practice journal`: the filter becomes a query, the report becomes tables.
//!
//! Must not know: what is kept.

use super::client::Orders;
use super::orders::tell;
use super::table;
use crate::cli::{JournalFilter, Target};
use crate::commands::say;
use serde_json::Value;

pub(super) async fn run(target: &Target, filter: &JournalFilter) -> anyhow::Result<()> {
    let orders = Orders::to(target)?;
    if filter.clear {
        let answer = orders.delete("journal").await?;
        tell(target, &answer, || "The journal is empty.".to_owned());
        return Ok(());
    }
    let answer = orders.get("journal", &query_of(filter)).await?;
    if target.json {
        say(answer);
    } else {
        show(&answer);
    }
    Ok(())
}

fn query_of(filter: &JournalFilter) -> Vec<(&'static str, String)> {
    let mut query = vec![("limit", filter.limit.to_string())];
    let texts = [
        ("user", filter.user.clone()),
        ("app", filter.app.clone()),
        ("path", filter.path.clone()),
        ("method", filter.method.clone()),
        ("status", filter.status.map(|status| status.to_string())),
        ("client_prefix", filter.client_prefix.clone()),
        ("token", filter.token.clone()),
        ("after", filter.after.map(|after| after.to_string())),
    ];
    for (name, value) in texts {
        query.extend(value.map(|value| (name, value)));
    }
    query
}

fn show(answer: &Value) {
    let names = [
        "sequence", "at", "method", "path", "status", "username", "client", "token",
    ];
    let head = [
        "NUMBER", "AT", "METHOD", "PATH", "STATUS", "USER", "CLIENT", "TOKEN",
    ];
    table::print(&head, &table::rows(&answer["entries"], &names));
    say("");
    let counts = |value: &Value| {
        let pairs = value.as_object().into_iter().flatten();
        pairs
            .map(|(name, count)| vec![count.to_string(), name.clone()])
            .collect::<Vec<_>>()
    };
    let matching = &answer["matching"];
    table::print(&["COUNT", "ENDPOINT"], &counts(&matching["endpoints"]));
    say("");
    say(format!(
        "{} requests fit; {} since the start.",
        matching["requests"], answer["counts"]["requests"]
    ));
}
