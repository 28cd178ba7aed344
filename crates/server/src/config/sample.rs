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
# Networks of reverse proxies, such as ["10.0.0.0/8"]. Only what comes from them is believed about who asks, in the
# header named here (x-forwarded-for or forwarded), and about host and scheme.
trusted_proxies = []
proxy_header = "x-forwarded-for"
# To end TLS here instead of in a proxy; both files are read again on SIGHUP. Keep them apart from the key file.
#[server.tls]
#cert_file = "tls/fullchain.pem"
#key_file = "tls/privkey.pem"

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
# file, systemd (the credential gatelodge.key), environment (GATELODGE_KEY), or passphrase: then every start is
# sealed until `gatelodge unlock` was told the passphrase.
source = "file"
# Earlier key files that still open while a key is being replaced: see docs/keys.md.
previous_files = []
# Without the key: refuse to start, or start_sealed and wait for `gatelodge unlock`.
missing = "refuse"

[keeper]
# The keeper's own folder: what must not depend on the database, such as the hashes of what was sent. Only the keeper
# may be able to reach it; keep it on a disk of its host, and out of the database's backup.
dir = "keeper"
# The process that holds the keys and is the only way out. Hub and keeper speak over this socket; its folder must
# be closed to other users and lie outside the data folder, which the hub may read. The keeper's lock lies beside
# it, and its log where the hub had it started.
socket = "keeper/keeper.sock"
# false: only a keeper that somebody else starts ('gatelodge keeper --stay', such as from a systemd unit) is used.
spawn = true
# How long it stays after its last client is gone.
grace_seconds = 10
# Numbers (uid) of users besides the keeper's own whose processes may speak with it.
allowed_users = []
# The longest request that it takes.
request_bytes = 67108864

[egress]
# Practice orgs to connect to, such as ["http://localhost:8421"]. Loopback is reachable for these only.
practice_orgs = []
# Further certificate authorities, PEM files, such as the practice org's.
extra_ca_files = []
# Ranges of private addresses that this installation may reach, such as ["10.20.0.0/16"]. Only this file opens
# them, the page "Way out" shows them, and a change is audited. Never for webhooks.
private_ranges = []
# Receivers of webhooks on this machine, for trying, such as ["http://localhost:9000"].
practice_receivers = []
# The only hosts that webhooks may go to. Empty: every public host that an administrator names.
webhook_hosts = []
# A proxy that opens connections with HTTP CONNECT: proxy = "http://proxy.example.com:3128". Names are looked up
# and vetted here first; what the proxy then connects to is its own rule. Variables such as HTTPS_PROXY say
# nothing. Mail does not go through it.
# proxy = ""
# Addresses from which this installation reaches providers, for Salesforce's trusted ranges; 'gatelodge egress'
# prints them.
own_addresses = []
# The longest answer of a provider that is handed on while it arrives, such as the rows of an export, unpacked. No
# more than a piece of it is in memory. Every other answer has at most 32 MiB.
download_bytes = 1073741824

[mail]
# Server that sends mail. Empty: no mail; people see on the pages what waits for them.
host = ""
# 0 takes the usual port: 587 for starttls, 465 for tls, 25 for none.
port = 0
# starttls, tls, or none (only for a server on this machine).
security = "starttls"
from = ""
username = ""
# A file with the password, mode 0600.
password_file = ""

# An OAuth app for every organization that has none of its own; at most one for each provider. Its callback addresses, one
# for each organization, stand under Admin, OAuth apps.
# [[oauth_apps]]
# provider = "salesforce"
# name = "Gatelodge"
# client_id = ""
# A file with the client secret, mode 0600; leave it out where the app has none.
# client_secret_file = "keys/salesforce.secret"
# Leave it out to let each person choose where to sign in.
# auth_base_url = "https://login.salesforce.com"

[budget]
# What may leave through one connection in an hour; 0 is no limit. At alert_percent people are told; when it is
# used up the connection is held until the hour is over, or until an owner or administrator lets it go on.
rows = 100000
calls = 20000
bytes = 2147483648
alert_percent = 80
# How often a day somebody may let a connection go on. 0: never.
releases = 3

[retention]
# After how many days things are deleted; the page "What is stored" tells people. The audit log stays.
# What agents asked to write, the values before and after, and what came of it: 32 at least.
proposals_days = 90
# When which request went to a provider, without its contents.
calls_days = 90
# What happened to each connection.
timeline_days = 90
# What people were told on their page (7 at least), and messages by mail and webhook.
notices_days = 90
messages_days = 30
# Ended sessions, used links, attempts to connect, failed sign-ins.
sign_in_days = 30

[backup]
# age recipients (age1..., made by 'age-keygen') that can open what 'gatelodge backup' writes. Their identity belongs
# on another machine.
recipients = []

[log]
# json or text, on standard error.
format = "json"
level = "info"

# Figures for Prometheus at /metrics: for whoever shows the token in this file (Authorization: Bearer …), or at an
# address of their own where only the monitoring can connect. Off without this section.
#[metrics]
#token_file = "keys/metrics.token"
#listen = "127.0.0.1:9420"
"#;
