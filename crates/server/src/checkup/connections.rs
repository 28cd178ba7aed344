//! Each connection, by one cheap call with the access token that is there. A session that is over is no fault:
//! the next use refreshes it, and the doctor does not.
//!
//! Must not know: tokens.

use super::finding::Finding;
use crate::wiring::Running;
use gatelodge_keeper_client::ProbeOutcome;
use gatelodge_model::{Connection, ConnectionStatus, Error};

pub(super) async fn look(running: &Running, findings: &mut Vec<Finding>) {
    match running.hub.restored_copy().await {
        Ok(None) => findings.push(Finding::ok(
            "keeper",
            concat!("it runs, unsealed, version ", env!("CARGO_PKG_VERSION")),
        )),
        Ok(Some(copy)) => {
            findings.push(Finding::warn(
                "keeper",
                copy.in_words(),
                "Connections are not looked at. When the original is stopped for good: gatelodge restore activate.",
            ));
            return;
        }
        Err(error) => {
            findings.push(Finding::fail(
                "keeper",
                error.message(),
                "See the database above.",
            ));
            return;
        }
    }
    match running.hub.all_connections().await {
        Ok(all) => {
            for connection in all {
                if matches!(
                    connection.status,
                    ConnectionStatus::Disconnected | ConnectionStatus::Pending
                ) {
                    continue;
                }
                findings.push(one(running, &connection).await);
            }
        }
        Err(error) => findings.push(Finding::fail(
            "connections",
            error.message(),
            "See the database above.",
        )),
    }
}

async fn one(running: &Running, connection: &Connection) -> Finding {
    let account = connection
        .account
        .as_ref()
        .map_or("", |account| account.username.as_str());
    let name = format!("{} {account}", connection.provider);
    let probed = running.hub.probe_connection(connection).await;
    judge(&name, &connection.id.to_string(), probed)
}

fn judge(name: &str, id: &str, probed: Result<ProbeOutcome, Error>) -> Finding {
    let check = "connection";
    let of = |words: &str| format!("{name} ({id}): {words}");
    match probed {
        Ok(ProbeOutcome::Works) => Finding::ok(check, of("works")),
        Ok(ProbeOutcome::SessionOver { .. }) => Finding::ok(
            check,
            of("its session is over; it is refreshed at the next use"),
        ),
        Ok(ProbeOutcome::Unsupported) => Finding::ok(check, of("this provider has no way to look")),
        Ok(ProbeOutcome::Unreachable { error }) => Finding::warn(
            check,
            of(error.message()),
            "Nothing is known of the connection; look at the network and at the provider's status.",
        ),
        Ok(ProbeOutcome::Refused { error }) => warned(check, of(error.message()), &error),
        Ok(ProbeOutcome::GrantEnded { error, .. } | ProbeOutcome::Unusable { error, .. }) => {
            failed(check, of(error.message()), &error)
        }
        Ok(ProbeOutcome::NotConnected) => Finding::fail(
            check,
            of("its credential is missing"),
            "The person must connect again.",
        ),
        Err(error) => failed(check, of(error.message()), &error),
    }
}

fn todo(error: &Error) -> String {
    error.hint().map_or_else(
        || "The person must connect again.".to_owned(),
        |hint| hint.text.clone(),
    )
}

fn warned(check: &str, found: String, error: &Error) -> Finding {
    Finding::warn(check, found, &todo(error))
}

fn failed(check: &str, found: String, error: &Error) -> Finding {
    Finding::fail(check, found, &todo(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Level;
    use gatelodge_model::{AttentionReason, ErrorKind};

    #[test]
    fn a_session_that_is_over_is_no_fault_and_an_ended_grant_is() {
        let session = ProbeOutcome::SessionOver {
            grant_confirmed: false,
        };
        let found = judge("salesforce ada", "con_1", Ok(session));
        assert_eq!((found.level, found.todo), (Level::Ok, None));
        let error = Error::new(ErrorKind::ReconnectNeeded, "It was revoked.");
        let ended = ProbeOutcome::GrantEnded {
            error,
            attention: AttentionReason::GrantEnded,
        };
        assert_eq!(
            judge("salesforce ada", "con_1", Ok(ended)).level,
            Level::Fail
        );
        let away = ProbeOutcome::Unreachable {
            error: Error::internal("x"),
        };
        assert_eq!(
            judge("salesforce ada", "con_1", Ok(away)).level,
            Level::Warn
        );
    }
}
