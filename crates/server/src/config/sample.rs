//! The configuration that `gatelodge init` writes: every setting with its default and its reason.
//!
//! Must not know: where it is written.

/// The text; `{public_url}` and `{listen}` are filled in by `init`.
pub const SAMPLE: &str = r#"# Gatelodge configuration. Paths are relative to the folder of this file.
# Every value can be overridden by the environment: GATELODGE_SERVER__LISTEN overrides listen in [server].
# 'gatelodge config check' reads this file and says what is wrong with it.

[server]
# Where to listen. Put a reverse proxy with TLS in front for anything but this machine.
listen = "{listen}"
# The addresses under which people reach this installation, the main one first. Links, OAuth callbacks and the
# Host check use them; a request for any other host is refused (421). https, except for loopback addresses.
public_urls = ["{public_url}"]
# Name of the organization that the first start makes.
organization = "My organization"

[data]
# Holds the embedded database. Back it up together with, but apart from, the key file.
dir = "data"

[database]
# Empty: SQLite in the data folder, for one host. For several hosts: ["postgres://user:password@host/database"].
urls = []
max_connections = 16

[keys]
# 32 random bytes, mode 0600, outside the data folder. Whoever has this file and the database has every
# credential; without it nothing opens.
file = "keys/gatelodge.key"

[egress]
# Practice orgs to connect to, such as ["http://localhost:8421"]. Loopback is reachable for these only.
practice_orgs = []
# Further certificate authorities, PEM files, such as the practice org's.
extra_ca_files = []

[log]
# json or text, on standard error.
format = "json"
level = "info"
"#;
