//! Statuses of connections in the words of the design, with what to do where something is wrong.
//!
//! Must not know: pages, the hub.

use super::{Badge, Tone};
use gatelodge_model::{AttentionReason, ConnectionStatus};

/// The badge of a status.
pub(crate) const fn badge(status: ConnectionStatus) -> Badge {
    match status {
        ConnectionStatus::Pending => Badge::new(Tone::Waiting, "Connecting"),
        ConnectionStatus::Active => Badge::new(Tone::Ok, "Connected"),
        ConnectionStatus::Limited => Badge::new(Tone::Attention, "Connected, limited"),
        ConnectionStatus::Attention(
            AttentionReason::GrantEnded
            | AttentionReason::LostRotation
            | AttentionReason::SessionEnded,
        ) => Badge::new(Tone::Danger, "Disconnected: reconnect needed"),
        ConnectionStatus::Attention(AttentionReason::AppBlocked) => {
            Badge::new(Tone::Danger, "Blocked by an administrator")
        }
        ConnectionStatus::Attention(AttentionReason::HostRefused) => {
            Badge::new(Tone::Danger, "Host refused")
        }
        ConnectionStatus::Attention(AttentionReason::Integrity) => {
            Badge::new(Tone::Danger, "Credential does not open")
        }
        ConnectionStatus::Attention(AttentionReason::AppDeleted) => {
            Badge::new(Tone::Danger, "OAuth app deleted: reconnect needed")
        }
        ConnectionStatus::Disconnected => Badge::new(Tone::Off, "Disconnected"),
    }
}

/// Why somebody must act and what helps; nothing where all is well.
pub(crate) fn advice(status: ConnectionStatus, provider: &str) -> Option<String> {
    let text = match status {
        ConnectionStatus::Active => return None,
        ConnectionStatus::Pending => format!(
            "The sign-in at {provider} was begun and not finished. Connect again if its window is closed."
        ),
        ConnectionStatus::Limited => {
            format!(
                "A scope is missing. Reconnect {provider} to enable offline refresh and every tool."
            )
        }
        ConnectionStatus::Attention(reason) => match reason {
            AttentionReason::GrantEnded => format!(
                "{provider} ended the grant: the password changed, the access was revoked, it was unused for long, or too many grants were made. Reconnect {provider}."
            ),
            AttentionReason::LostRotation => {
                format!("A refresh was cut off and its result is lost. Reconnect {provider}.")
            }
            AttentionReason::AppBlocked => format!(
                "An administrator at {provider} blocked or removed our OAuth app. They must allow it there; then reconnect."
            ),
            AttentionReason::SessionEnded => format!(
                "The access token ended and there is no refresh token. Reconnect {provider} to enable offline refresh."
            ),
            AttentionReason::HostRefused => format!(
                "{provider} answers from a host that is not one of its own. Nothing is sent there. Reconnect {provider}; if it stays, tell whoever runs this installation."
            ),
            AttentionReason::Integrity => {
                format!(
                    "The stored credential does not open. Reconnect {provider} to store a new one."
                )
            }
            AttentionReason::AppDeleted => format!(
                "An administrator deleted the OAuth app of this connection. Reconnect {provider}: it goes through the app that counts for you now."
            ),
        },
        ConnectionStatus::Disconnected => {
            format!(
                "The credential is deleted. Agents cannot use it until you reconnect {provider}."
            )
        }
    };
    Some(text)
}

/// Whether the person should look at it.
pub(crate) const fn needs_attention(status: ConnectionStatus) -> bool {
    matches!(
        status,
        ConnectionStatus::Limited | ConnectionStatus::Attention(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_design_words_are_used() {
        // proves CON-1, CON-11, CON-13
        assert_eq!(badge(ConnectionStatus::Active).word, "Connected");
        assert_eq!(badge(ConnectionStatus::Limited).word, "Connected, limited");
        let ended = ConnectionStatus::Attention(AttentionReason::GrantEnded);
        assert_eq!(badge(ended).word, "Disconnected: reconnect needed");
        let limited = advice(ConnectionStatus::Limited, "Salesforce").unwrap();
        assert!(limited.contains("Reconnect Salesforce to enable offline refresh"));
        assert_eq!(advice(ConnectionStatus::Active, "Salesforce"), None);
    }
}
