//! Why something leaves, and what may leave for that reason: each class of destinations has rules of its
//! own (design invariant 2).
//!
//! Must not know: single destinations.

/// Why something leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationClass {
    /// Calls of a provider's API: the host that is sealed with the connection.
    Provider,
    /// Token, revocation and sign-in endpoints: hosts of the provider's catalogue entry.
    SignIn,
    /// Documents that say where things are, such as OpenID discovery and key sets (O19).
    MetadataFetch,
    /// Messages to addresses that an administrator named (S9).
    Webhook,
    /// The one mail server of the configuration.
    Mail,
    /// A service that holds or wraps the key of this installation.
    KeyProvider,
    /// Measurements to the collector of the configuration.
    Telemetry,
}

/// What may leave for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// The only ports, where no configured local origin says otherwise.
    pub(crate) ports: &'static [u16],
    /// Whether private ranges of the configuration file count as public.
    pub(crate) private_ranges: bool,
    /// The longest answer; none where the configuration says it.
    pub(crate) response_bytes: Option<usize>,
}

/// Signing in and telling: short answers.
const SHORT_ANSWER: usize = 1024 * 1024;

/// Of a webhook's answer only the status counts.
const STATUS_ONLY: usize = 64 * 1024;

impl DestinationClass {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Provider,
        Self::SignIn,
        Self::MetadataFetch,
        Self::Webhook,
        Self::Mail,
        Self::KeyProvider,
        Self::Telemetry,
    ];

    /// The word in lists and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::SignIn => "sign_in",
            Self::MetadataFetch => "metadata_fetch",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
            Self::KeyProvider => "key_provider",
            Self::Telemetry => "telemetry",
        }
    }

    /// Its rules. No class follows a redirect.
    pub(crate) const fn rules(self) -> Rules {
        match self {
            Self::Provider => Rules {
                ports: &[443],
                private_ranges: true,
                response_bytes: None,
            },
            Self::SignIn | Self::MetadataFetch | Self::KeyProvider | Self::Telemetry => Rules {
                ports: &[443],
                private_ranges: true,
                response_bytes: Some(SHORT_ANSWER),
            },
            // An administrator of an organization names these, not the operator: never inside the network.
            Self::Webhook => Rules {
                ports: &[443, 8443],
                private_ranges: false,
                response_bytes: Some(STATUS_ONLY),
            },
            // No URL leads there: host and port stand in the configuration file.
            Self::Mail => Rules {
                ports: &[],
                private_ranges: true,
                response_bytes: Some(STATUS_ONLY),
            },
        }
    }
}
