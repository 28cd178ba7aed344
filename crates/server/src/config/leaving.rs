//! What can be wrong with the sections that say what leaves: `[egress]`, `[mail]`, `[budget]`.
//!
//! Must not know: how anything is sent.

use super::{
    Config, ConfigProblem, MailProtection,
    check::{is_loopback, problem_of_secret_file},
};
use gatelodge_keeper::AddressRange;
use std::{net::IpAddr, path::Path};

pub(super) fn problems(config: &Config) -> Vec<ConfigProblem> {
    let mut problems = Vec::new();
    let mut report = |setting, message: String| problems.push(ConfigProblem { setting, message });
    for range in &config.egress.private_ranges {
        if let Err(cause) = range.parse::<AddressRange>() {
            report("egress.private_ranges", cause.to_string());
        }
    }
    for url in &config.egress.practice_receivers {
        if !is_loopback(url) || url.path() != "/" {
            report(
                "egress.practice_receivers",
                format!(
                    "{url}: such a receiver is a loopback address without a path, such as http://localhost:9000"
                ),
            );
        }
    }
    if let Some(url) = &config.egress.proxy {
        let plain = matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.username().is_empty();
        if !plain {
            report(
                "egress.proxy",
                "a proxy is scheme, host and port, such as http://proxy.example.com:3128".into(),
            );
        }
    }
    for address in &config.egress.own_addresses {
        let address = address.split('/').next().unwrap_or_default();
        if address.parse::<IpAddr>().is_err() {
            report(
                "egress.own_addresses",
                format!("'{address}' is no address or range, such as 203.0.113.7"),
            );
        }
    }
    if !(1..=100).contains(&config.budget.alert_percent) {
        report("budget.alert_percent", "1 to 100".into());
    }
    if !config.mail.host.is_empty() {
        mail(config, &mut report);
    }
    problems
}

fn mail(config: &Config, report: &mut impl FnMut(&'static str, String)) {
    let mail = &config.mail;
    let local = mail.host == "localhost"
        || mail
            .host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if mail.security == MailProtection::None && !local {
        report(
            "mail.security",
            "none is for a server on this machine; write starttls or tls".into(),
        );
    }
    let address = mail.from.rsplit(' ').next().unwrap_or_default();
    let address = address.trim_start_matches('<').trim_end_matches('>');
    if !address
        .split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
    {
        report(
            "mail.from",
            "a mail address is needed, such as \"Gatelodge <gatelodge@example.com>\"".into(),
        );
    }
    let password = mail.password_file.as_path() != Path::new("");
    if mail.username.is_empty() == password {
        report(
            "mail.username",
            "name and password file belong together: give both or none".into(),
        );
    }
    if password
        && let Some(problem) = problem_of_secret_file(&config.folder.join(&mail.password_file))
    {
        report("mail.password_file", problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Vec<&'static str> {
        let config: Config = toml::from_str(text).unwrap();
        problems(&config)
            .iter()
            .map(|problem| problem.setting)
            .collect()
    }

    #[test]
    fn what_leaves_is_checked() {
        // proves S10
        assert!(settings("").is_empty());
        for (text, setting) in [
            (
                "egress.private_ranges = ['0.0.0.0/0']",
                "egress.private_ranges",
            ),
            (
                "egress.private_ranges = ['169.254.0.0/16']",
                "egress.private_ranges",
            ),
            (
                "egress.practice_receivers = ['http://10.0.0.1']",
                "egress.practice_receivers",
            ),
            ("egress.proxy = 'socks5://proxy:1080'", "egress.proxy"),
            (
                "egress.proxy = 'http://user:pass@proxy:1080'",
                "egress.proxy",
            ),
            ("egress.own_addresses = ['hub']", "egress.own_addresses"),
            ("budget.alert_percent = 0", "budget.alert_percent"),
            (
                "mail = { host = 'mail.example.com', from = 'a@b.example', security = 'none' }",
                "mail.security",
            ),
            ("mail = { host = 'mail.example.com' }", "mail.from"),
            (
                "mail = { host = 'localhost', from = 'a@b.example', username = 'a' }",
                "mail.username",
            ),
        ] {
            assert_eq!(settings(text), [setting], "{text}");
        }
        assert!(
            settings(
                "egress.private_ranges = ['10.20.0.0/16']\negress.proxy = 'http://proxy:3128'\n\
                 mail = { host = 'localhost', from = 'Hub <a@b.example>', security = 'none' }"
            )
            .is_empty()
        );
    }
}
