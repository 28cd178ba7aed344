//! The policies of one app: in words for its card, and as a form that changes them.
//!
//! Parses and renders; what a policy leads to is decided by the flows.

use std::net::IpAddr;

use super::frame::Form;
use crate::oauth::{App, IpRange, Permitted, RefreshPolicy};

/// The ways a refresh token can end, by the name in the form.
const REFRESH: [(&str, &str); 4] = [
    ("until_revoked", "until it is revoked"),
    ("immediately", "not at all"),
    ("unused_for_days", "until it was not used for some days"),
    ("days_after_issue", "until some days after its issue"),
];

/// A check box.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) on: bool,
}

/// The policies as a card shows them.
pub(super) struct Policies {
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) checks: [Check; 7],
    /// Name, words, whether it is the present one.
    pub(super) refresh: [(&'static str, &'static str, bool); 4],
    pub(super) days: Option<u32>,
    pub(super) timeout: Option<u32>,
    pub(super) ranges: String,
    pub(super) refresh_ranges: String,
    pub(super) by_admin: bool,
    pub(super) profiles: String,
    pub(super) users: String,
    pub(super) run_as: String,
}

impl Policies {
    pub(super) fn of(app: &App) -> Self {
        let (kind, days) = match app.refresh_policy {
            RefreshPolicy::UntilRevoked => ("until_revoked", None),
            RefreshPolicy::Immediately => ("immediately", None),
            RefreshPolicy::UnusedForDays(days) => ("unused_for_days", Some(days)),
            RefreshPolicy::DaysAfterIssue(days) => ("days_after_issue", Some(days)),
        };
        let (profiles, users) = match &app.permitted {
            Permitted::Everyone => (String::new(), String::new()),
            Permitted::AdminApproved { profiles, users } => (profiles.join(", "), users.join(", ")),
        };
        Self {
            facts: facts(app),
            checks: checks(app),
            refresh: REFRESH.map(|(name, words)| (name, words, name == kind)),
            days,
            timeout: app.session_timeout_minutes,
            ranges: ranges_text(&app.ip_ranges),
            refresh_ranges: ranges_text(&app.refresh_ip_ranges),
            by_admin: app.permitted.by_admin(),
            profiles,
            users,
            run_as: app.run_as.clone().unwrap_or_default(),
        }
    }
}

fn checks(app: &App) -> [Check; 7] {
    let check = |name, words, on| Check { name, words, on };
    [
        check("pkce", "Require PKCE", app.require_pkce),
        check(
            "secret",
            "Require the secret for a code",
            app.require_secret,
        ),
        check(
            "refresh_secret",
            "Require the secret for a refresh",
            app.require_secret_for_refresh,
        ),
        check("rotate", "Rotate refresh tokens", app.rotate_refresh_tokens),
        check("introspection", "Allow introspection", app.introspection),
        check("device", "Allow the device flow", app.device_flow),
        check("enforce_ip", "Enforce IP ranges", app.enforce_ip_ranges),
    ]
}

fn facts(app: &App) -> Vec<(&'static str, String)> {
    let yes_no = |yes: bool| if yes { "required" } else { "not required" };
    let secret = match (
        app.client_secret.is_some(),
        app.require_secret,
        app.require_secret_for_refresh,
    ) {
        (false, ..) => "has none (public client)",
        (true, true, true) => "required for a code and for a refresh",
        (true, true, false) => "required for a code, not for a refresh",
        (true, false, true) => "required for a refresh, not for a code",
        (true, false, false) => "not required",
    };
    let life = match app.refresh_policy {
        RefreshPolicy::UntilRevoked => "valid until revoked".to_owned(),
        RefreshPolicy::Immediately => "expire at once".to_owned(),
        RefreshPolicy::UnusedForDays(days) => format!("expire when not used for {days} days"),
        RefreshPolicy::DaysAfterIssue(days) => format!("expire {days} days after their issue"),
    };
    let rotation = if app.rotate_refresh_tokens {
        "rotate"
    } else {
        "do not rotate"
    };
    let timeout = app.session_timeout_minutes;
    let timeout = timeout.map_or("that of the org".to_owned(), |minutes| {
        format!("{minutes} minutes")
    });
    let mut addresses = if app.enforce_ip_ranges {
        format!("only {}, and those of the org", or_none(&app.ip_ranges))
    } else {
        "any".to_owned()
    };
    if !app.refresh_ip_ranges.is_empty() {
        addresses += "; refresh from ";
        addresses += &ranges_text(&app.refresh_ip_ranges);
    }
    let permitted = match &app.permitted {
        Permitted::Everyone => "everyone, who approves it for herself".to_owned(),
        Permitted::AdminApproved { profiles, users } => {
            let all: Vec<&str> = profiles.iter().chain(users).map(String::as_str).collect();
            let names = if all.is_empty() {
                "nobody yet".to_owned()
            } else {
                all.join(", ")
            };
            format!("approved by an administrator: {names}")
        }
    };
    let mut facts = vec![
        ("PKCE", yes_no(app.require_pkce).to_owned()),
        ("Secret", secret.to_owned()),
        ("Refresh tokens", format!("{life}; {rotation}")),
        ("Session timeout", timeout),
        ("IP addresses", addresses),
        ("Permitted users", permitted),
    ];
    if let Some(run_as) = &app.run_as {
        facts.push(("Client credentials", format!("run as {run_as}")));
    }
    facts
}

fn or_none(ranges: &[IpRange]) -> String {
    if ranges.is_empty() {
        "no range of its own".to_owned()
    } else {
        ranges_text(ranges)
    }
}

fn ranges_text(ranges: &[IpRange]) -> String {
    let texts: Vec<String> = ranges
        .iter()
        .map(|range| format!("{}-{}", range.first, range.last))
        .collect();
    texts.join(", ")
}

/// Sets the policies of an app as a form says.
pub(super) fn change(app: &mut App, form: &Form) -> Result<(), String> {
    let days = || -> Result<u32, String> {
        let days = form.get("days").and_then(|days| days.parse().ok());
        days.filter(|days| *days > 0)
            .ok_or_else(|| "Days: a whole number above 0, please.".to_owned())
    };
    app.refresh_policy = match form.text("refresh_policy") {
        "until_revoked" => RefreshPolicy::UntilRevoked,
        "immediately" => RefreshPolicy::Immediately,
        "unused_for_days" => RefreshPolicy::UnusedForDays(days()?),
        "days_after_issue" => RefreshPolicy::DaysAfterIssue(days()?),
        _ => return Err("There is no such life of refresh tokens.".to_owned()),
    };
    app.session_timeout_minutes = match form.get("timeout") {
        None => None,
        Some(text) => {
            let minutes = text.parse().ok().filter(|minutes| *minutes > 0);
            let words = "Session timeout: a whole number of minutes above 0, please.";
            Some(minutes.ok_or(words)?)
        }
    };
    app.ip_ranges = ranges(form.text("ranges"))?;
    app.refresh_ip_ranges = ranges(form.text("refresh_ranges"))?;
    app.permitted = match form.text("permitted") {
        "everyone" => Permitted::Everyone,
        "admin_approved" => Permitted::AdminApproved {
            profiles: names(form.text("profiles")),
            users: names(form.text("users")),
        },
        _ => return Err("Who may use it: there is no such choice.".to_owned()),
    };
    app.run_as = form.get("run_as").map(ToOwned::to_owned);
    app.require_pkce = form.checked("pkce");
    app.require_secret = form.checked("secret");
    app.require_secret_for_refresh = form.checked("refresh_secret");
    app.rotate_refresh_tokens = form.checked("rotate");
    app.introspection = form.checked("introspection");
    app.device_flow = form.checked("device");
    app.enforce_ip_ranges = form.checked("enforce_ip");
    Ok(())
}

fn names(text: &str) -> Vec<String> {
    let names = text.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    names.map(ToOwned::to_owned).collect()
}

fn ranges(text: &str) -> Result<Vec<IpRange>, String> {
    let range = |text: &String| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let address = |text: &str| text.trim().parse::<IpAddr>().ok();
        match (address(first), address(last)) {
            (Some(first), Some(last)) if first.is_ipv4() == last.is_ipv4() && first <= last => {
                Ok(IpRange { first, last })
            }
            _ => Err(format!(
                "{text:?} is no range of addresses; write 10.0.0.1-10.0.0.9."
            )),
        }
    };
    names(text).iter().map(range).collect()
}
