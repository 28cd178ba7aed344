//! Certificates and until when they are good: the listener's own, and those that people meet at the public addresses.
//!
//! Must not know: who renews them.

use super::finding::Finding;
use crate::{ambient::SystemClock, config::Config};
use anyhow::{Context as _, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use gatelodge_model::Clock as _;
use reqwest::{Certificate, Client, redirect, tls::TlsInfo};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use std::{error::Error, fs, path::Path, time::Duration};
use url::Url;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Renewals run some weeks before the end; whoever is later than this has none.
const SOON: TimeDelta = TimeDelta::days(14);

/// A public address is near.
const PATIENCE: Duration = Duration::from_secs(10);

/// What these findings are called.
const CHECK: &str = "certificate";

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dates {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

pub(super) async fn look(config: &Config, findings: &mut Vec<Finding>) {
    if let Some(files) = config.tls_files() {
        let shown = files.cert_file.display().to_string();
        findings.push(match of_file(&files.cert_file) {
            Ok(dates) => judge(&shown, dates, SystemClock.now()),
            Err(error) => Finding::fail(
                CHECK,
                format!("{error:#}"),
                "Put the certificate with its chain in its place, in PEM form.",
            ),
        });
    }
    for url in &config.server.public_urls {
        if url.scheme() == "https" {
            findings.push(of_address(config, url).await);
        }
    }
}

fn of_file(file: &Path) -> anyhow::Result<Dates> {
    let first = CertificateDer::from_pem_file(file)
        .with_context(|| format!("{} cannot be read as a certificate", file.display()))?;
    dates(&first).with_context(|| file.display().to_string())
}

/// Meets the address as a browser does.
async fn of_address(config: &Config, url: &Url) -> Finding {
    match met(config, url).await {
        Ok(dates) => judge(url.as_str(), dates, SystemClock.now()),
        Err(error) => {
            let cause = innermost(error.as_ref());
            Finding::warn(
                CHECK,
                format!("{url} is not reached with TLS from here: {cause}"),
                "People's browsers see the same if they come the same way: look at the proxy, the certificate and its chain.",
            )
        }
    }
}

async fn met(config: &Config, url: &Url) -> anyhow::Result<Dates> {
    let client = client(config)?;
    let response = client.get(url.join("/livez")?).send().await?;
    let certificate = response
        .extensions()
        .get::<TlsInfo>()
        .and_then(TlsInfo::peer_certificate)
        .context("it showed no certificate")?;
    dates(certificate)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the doctor looks from outside, as a browser; nothing of the hub goes with it"
)]
fn client(config: &Config) -> anyhow::Result<Client> {
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .tls_info(true);
    for file in &config.egress.extra_ca_files {
        let file = config.folder.join(file);
        let pem = fs::read(&file).with_context(|| file.display().to_string())?;
        builder = builder.tls_certs_merge(Certificate::from_pem_bundle(&pem)?);
    }
    Ok(builder.build()?)
}

fn dates(certificate: &[u8]) -> anyhow::Result<Dates> {
    let (_, read) = X509Certificate::from_der(certificate)
        .map_err(|_| anyhow!("it is no certificate that can be read"))?;
    let moment = |seconds| DateTime::from_timestamp(seconds, 0).context("its dates make no sense");
    let validity = read.validity();
    Ok(Dates {
        from: moment(validity.not_before.timestamp())?,
        until: moment(validity.not_after.timestamp())?,
    })
}

fn judge(of: &str, dates: Dates, now: DateTime<Utc>) -> Finding {
    let day = |moment: DateTime<Utc>| moment.format("%Y-%m-%d").to_string();
    if now < dates.from {
        return Finding::fail(
            CHECK,
            format!("{of} is good only from {}", day(dates.from)),
            "Look at the clock of this host, or use the earlier certificate.",
        );
    }
    if now >= dates.until {
        return Finding::fail(
            CHECK,
            format!("{of} ended on {}", day(dates.until)),
            "Renew it; the hub reads it again on SIGHUP.",
        );
    }
    let days = (dates.until - now).num_days();
    let found = format!("{of} is good until {} ({days} days)", day(dates.until));
    if dates.until - now < SOON {
        return Finding::warn(
            CHECK,
            found,
            "Renew it, and find out why that did not happen by itself.",
        );
    }
    Finding::ok(CHECK, found)
}

/// The cause that names the trouble; what wraps it only says that a request failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Level;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn the_dates_of_a_certificate_are_judged() {
        let mut params = CertificateParams::new(vec!["hub.example.com".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2026, 4, 1);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let dates = dates(made.der()).unwrap();
        let level = |day: &str| {
            let now = format!("{day}T00:00:00Z").parse().unwrap();
            judge("it", dates, now).level
        };
        assert_eq!(level("2025-12-31"), Level::Fail);
        assert_eq!(level("2026-01-02"), Level::Ok);
        assert_eq!(level("2026-03-25"), Level::Warn);
        assert_eq!(level("2026-04-01"), Level::Fail);
        assert!(super::dates(b"no certificate").is_err());
    }
}
