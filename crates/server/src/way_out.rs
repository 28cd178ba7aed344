//! What leaves this installation, read from its configuration and its providers.
//!
//! Must not know: how the list is shown.

use crate::config::{Config, MailProtection};
use gatelodge_core::{Destination, Opening, OwnAddress, WayOut};
use gatelodge_keeper::DestinationClass;
use gatelodge_provider::Catalogue;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use url::Url;

/// An address of the documentation block: the system is asked for its route there, and nothing is sent.
const SOMEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 443);

/// Gathers it.
pub(crate) fn way_out(config: &Config, catalogue: &Catalogue) -> WayOut {
    let mut destinations = Vec::new();
    for provider in catalogue.providers() {
        let manifest = provider.manifest();
        let name = &manifest.name;
        for host in &manifest.api_hosts {
            destinations.push(Destination {
                host: host.clone(),
                port: 443,
                class: DestinationClass::Provider.as_str(),
                why: format!("API of {name}, and sign-in at an account's own address"),
                provider: Some(manifest.slug.clone()),
                needed: true,
            });
        }
        for (login, words) in provider.login_choices() {
            destinations.push(place(
                &login.base,
                &manifest.slug,
                format!("Sign-in and tokens of {name}: {words}"),
            ));
        }
    }
    for host in &config.egress.webhook_hosts {
        destinations.push(Destination {
            host: host.clone(),
            port: 443,
            class: DestinationClass::Webhook.as_str(),
            why: "Messages to a receiver of the configuration".to_owned(),
            provider: None,
            needed: true,
        });
    }
    if config.egress.webhook_hosts.is_empty() {
        destinations.push(Destination {
            host: "*".to_owned(),
            port: 443,
            class: DestinationClass::Webhook.as_str(),
            why: "Messages to receivers that administrators name; egress.webhook_hosts limits them"
                .to_owned(),
            provider: None,
            needed: true,
        });
    }
    if !config.mail.host.is_empty() {
        destinations.push(Destination {
            host: config.mail.host.clone(),
            port: config.mail.usual_port(),
            class: DestinationClass::Mail.as_str(),
            why: "Mail to people".to_owned(),
            provider: None,
            needed: true,
        });
    }
    WayOut {
        destinations,
        own_addresses: own_addresses(config),
        openings: openings(config),
        proxy: config.egress.proxy.as_ref().map(Url::to_string),
    }
}

fn openings(config: &Config) -> Vec<Opening> {
    let egress = &config.egress;
    let of = |setting, words, values| Opening {
        setting,
        words,
        values,
    };
    let urls = |urls: &[Url]| urls.iter().map(Url::to_string).collect();
    let files = egress.extra_ca_files.iter();
    vec![
        of(
            "egress.private_ranges",
            "Private addresses that may be reached",
            egress.private_ranges.clone(),
        ),
        of(
            "egress.practice_orgs",
            "Practice orgs on this machine",
            urls(&egress.practice_orgs),
        ),
        of(
            "egress.practice_receivers",
            "Receivers of webhooks on this machine",
            urls(&egress.practice_receivers),
        ),
        of(
            "egress.webhook_hosts",
            "The only hosts that webhooks may go to",
            egress.webhook_hosts.clone(),
        ),
        of(
            "egress.extra_ca_files",
            "Further certificate authorities that are believed",
            files.map(|file| file.display().to_string()).collect(),
        ),
        of(
            "egress.proxy",
            "The proxy that opens connections",
            egress.proxy.iter().map(Url::to_string).collect(),
        ),
    ]
}

fn place(base: &Url, provider: &str, why: String) -> Destination {
    Destination {
        host: base.host_str().unwrap_or_default().to_owned(),
        port: base.port_or_known_default().unwrap_or(443),
        class: DestinationClass::SignIn.as_str(),
        why,
        provider: Some(provider.to_owned()),
        needed: true,
    }
}

/// Those of the configuration, or the address that this machine would use.
fn own_addresses(config: &Config) -> Vec<OwnAddress> {
    if !config.egress.own_addresses.is_empty() {
        return config
            .egress
            .own_addresses
            .iter()
            .map(|address| OwnAddress {
                address: address.clone(),
                configured: true,
            })
            .collect();
    }
    // A machine without a route has none to show.
    let local = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(SOMEWHERE)?;
        socket.local_addr()
    });
    local
        .map(|address| OwnAddress {
            address: address.ip().to_string(),
            configured: false,
        })
        .into_iter()
        .collect()
}

impl crate::config::Mail {
    /// The port, or the usual one of the security.
    pub(crate) fn usual_port(&self) -> u16 {
        match (self.port, self.security) {
            (0, MailProtection::Starttls) => 587,
            (0, MailProtection::Tls) => 465,
            (0, MailProtection::None) => 25,
            (port, _) => port,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> WayOut {
        let config: Config = toml::from_str(text).unwrap();
        let providers = gatelodge_providers::catalogue(gatelodge_providers::Settings {
            practice_orgs: Vec::new(),
        })
        .unwrap();
        way_out(&config, &Catalogue::new(providers).unwrap())
    }

    #[test]
    fn a_firewall_list_names_what_is_reached_and_nothing_else() {
        // proves S10
        let plain = of("");
        let hosts: Vec<_> = plain
            .destinations
            .iter()
            .map(|place| (&*place.host, place.port, place.class))
            .collect();
        assert!(hosts.contains(&("*.my.salesforce.com", 443, "provider")));
        assert!(hosts.contains(&("login.salesforce.com", 443, "sign_in")));
        assert!(hosts.contains(&("*", 443, "webhook")));
        assert!(!hosts.iter().any(|place| place.2 == "mail"));
        assert!(plain.own_addresses.iter().all(|own| !own.configured));

        let full = of("egress.webhook_hosts = ['hooks.example.com']\n\
             egress.own_addresses = ['203.0.113.7']\negress.private_ranges = ['10.20.0.0/16']\n\
             mail = { host = 'mail.example.com', from = 'a@b.example' }");
        assert!(full.destinations.iter().all(|place| place.host != "*"));
        let mail = full.destinations.iter().find(|place| place.class == "mail");
        assert_eq!(mail.unwrap().port, 587);
        assert_eq!(full.own_addresses[0].address, "203.0.113.7");
        let opened: Vec<_> = full
            .openings
            .iter()
            .filter(|opening| !opening.values.is_empty())
            .map(|opening| (opening.setting, opening.values[0].as_str()))
            .collect();
        assert_eq!(
            opened,
            [
                ("egress.private_ranges", "10.20.0.0/16"),
                ("egress.webhook_hosts", "hooks.example.com"),
            ]
        );
    }
}
