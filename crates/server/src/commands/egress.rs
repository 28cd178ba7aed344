//! `gatelodge egress`: the firewall list, and the addresses for providers' trusted ranges.
//!
//! Must not know: how the list is made.

use super::say;
use crate::{cli::EgressArgs, config::Config, way_out::way_out, wiring::catalogue};
use gatelodge_core::WayOut;
use std::fmt::Write as _;

/// Runs it. Needs no key and no database.
///
/// # Errors
/// When the configuration cannot be used.
pub fn run(args: &EgressArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config)?;
    let list = way_out(&config, catalogue(&config)?.as_ref());
    if args.json {
        say(serde_json::to_string_pretty(&list)?);
    } else {
        say(in_words(&list).trim_end());
    }
    Ok(())
}

fn in_words(list: &WayOut) -> String {
    let width = |of: fn(&gatelodge_core::Destination) -> usize| {
        list.destinations.iter().map(of).max().unwrap_or(0)
    };
    let (hosts, classes) = (
        width(|place| place.host.len()),
        width(|place| place.class.len()),
    );
    let mut text = "Outgoing, TCP:\n".to_owned();
    for place in &list.destinations {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "  {:hosts$}  {:>5}  {:classes$}  {}",
            place.host, place.port, place.class, place.why
        );
    }
    if let Some(proxy) = &list.proxy {
        let _ = writeln!(text, "\nThrough the proxy {proxy} (all but mail).");
    }
    for opening in &list.openings {
        if !opening.values.is_empty() {
            let (words, values) = (opening.words, opening.values.join(", "));
            let _ = writeln!(text, "\n{words} ({}): {values}", opening.setting);
        }
    }
    text.push_str("\nComes from, for Salesforce's trusted IP ranges:\n");
    for own in &list.own_addresses {
        let note = if own.configured {
            "from the configuration"
        } else {
            "address of this machine; behind NAT ask your network team for the public one"
        };
        let _ = writeln!(text, "  {}  {note}", own.address);
    }
    if list.own_addresses.is_empty() {
        text.push_str("  unknown: this machine has no route; set egress.own_addresses\n");
    }
    text
}
