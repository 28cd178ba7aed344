//! `gatelodge practice fault`: arguments become an order, answers become a table.
//!
//! Must not know: whether an order makes sense; the org says so.

use super::client::Orders;
use super::orders::tell;
use super::table::{self, cell};
use crate::cli::{FaultArgs, FaultOrder, Target};
use crate::commands::say;
use anyhow::Context as _;
use serde_json::{Map, Value, json};

pub(super) async fn run(target: &Target, order: FaultOrder) -> anyhow::Result<()> {
    let orders = Orders::to(target)?;
    match order {
        FaultOrder::Add(args) => {
            let answer = orders.post("faults", &order_of(&args)?).await?;
            tell(target, &answer, || {
                let id = &answer["id"];
                format!("Fault {id} is set. Clear it with `gatelodge practice fault clear {id}`.")
            });
        }
        FaultOrder::List => {
            let answer = orders.get("faults", &[]).await?;
            if target.json {
                say(answer);
            } else {
                list(&answer);
            }
        }
        FaultOrder::Clear { id: None } => {
            let answer = orders.delete("faults").await?;
            tell(target, &answer, || "All faults are cleared.".to_owned());
        }
        FaultOrder::Clear { id: Some(id) } => {
            let answer = orders.delete(&format!("faults/{id}")).await?;
            tell(target, &answer, || format!("Fault {id} is cleared."));
        }
        FaultOrder::Kinds => {
            let answer = orders.get("fault-kinds", &[]).await?;
            if target.json {
                say(answer);
            } else {
                let rows = table::rows(&answer, &["fault", "what"]);
                table::print(&["FAULT", "WHAT HAPPENS"], &rows);
            }
        }
    }
    Ok(())
}

fn order_of(args: &FaultArgs) -> anyhow::Result<Value> {
    let cut = match args.cut.as_deref() {
        None => Value::Null,
        Some(moment @ ("before" | "after")) => json!(moment),
        Some(byte) => {
            let byte: u64 = byte
                .parse()
                .context("--cut takes before, after or the number of a byte")?;
            json!({ "at_byte": byte })
        }
    };
    let fields = [
        ("fault", json!(args.fault)),
        ("user", json!(args.user)),
        ("app", json!(args.app)),
        ("path", json!(args.path)),
        ("method", json!(args.method)),
        ("skip", json!(args.skip)),
        ("times", json!(args.times)),
        ("until_cleared", json!(args.until_cleared)),
        ("cut", cut),
        ("delay_ms", json!(args.delay_ms)),
        ("answer_delay_ms", json!(args.answer_delay_ms)),
        ("piece_delay_ms", json!(args.piece_delay_ms)),
        ("piece_bytes", json!(args.piece_bytes)),
        ("status", json!(args.status)),
        ("body", json!(args.body)),
        ("content_type", json!(args.content_type)),
        ("retry_after", json!(args.retry_after)),
        ("html", json!(args.html)),
        ("object", json!(args.object)),
        ("record", json!(args.record)),
    ];
    let mut order = Map::new();
    for (name, value) in fields {
        if !value.is_null() {
            order.insert(name.to_owned(), value);
        }
    }
    Ok(Value::Object(order))
}

fn list(answer: &Value) {
    let faults = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    if faults.is_empty() {
        say("No fault is set.");
        return;
    }
    let rows: Vec<Vec<String>> = faults
        .iter()
        .map(|fault| {
            let left = if fault["until_cleared"] == true {
                "until cleared".to_owned()
            } else {
                cell(&fault["times"])
            };
            vec![
                cell(&fault["id"]),
                what(fault),
                whom(fault),
                left,
                cell(&fault["hits"]),
            ]
        })
        .collect();
    table::print(&["ID", "WHAT", "WHOM", "LEFT", "HITS"], &rows);
}

/// What happens, from the fields that are set.
fn what(fault: &Value) -> String {
    words(
        fault,
        &[
            "fault",
            "status",
            "cut",
            "delay_ms",
            "answer_delay_ms",
            "piece_delay_ms",
            "object",
            "record",
        ],
    )
}

/// Whom it hits, from the fields that are set.
fn whom(fault: &Value) -> String {
    let words = words(fault, &["user", "app", "method", "path", "path_prefix"]);
    if words.is_empty() {
        "everyone".to_owned()
    } else {
        words
    }
}

fn words(fault: &Value, names: &[&str]) -> String {
    let set = names.iter().filter_map(|name| {
        let value = &fault[*name];
        let absent = value.is_null() || *value == 0;
        match *name {
            _ if absent => None,
            "fault" => Some(cell(value)),
            name => Some(format!("{name}={}", cell(value))),
        }
    });
    set.collect::<Vec<_>>().join(" ")
}
