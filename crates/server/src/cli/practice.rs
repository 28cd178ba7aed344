//! The arguments of `gatelodge practice`: starting a practice org, and giving orders to one that runs.
//!
//! Must not know: what an order does.

use clap::{Args, Subcommand, builder::PossibleValuesParser};
use gatelodge_practice::faults::Kind;
use std::path::PathBuf;
use url::Url;

/// `gatelodge practice`.
#[derive(Debug, Clone, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  gatelodge practice --data ./practice            start it, keep its records
  gatelodge practice fault add daily_limit        the next API call finds the day used up
  gatelodge practice fault add --path '/services/data/*' --cut after
                                                  the next write is done, its answer is lost
  gatelodge practice journal --user maria.lopez@northwind-practice.example
  gatelodge practice snapshot before && gatelodge practice restore before"
)]
pub struct PracticeArgs {
    /// How to start it.
    #[command(flatten)]
    pub start: PracticeStart,
    /// An order to a practice org that runs.
    #[command(subcommand)]
    pub order: Option<PracticeOrder>,
}

/// `gatelodge practice` without an order.
#[derive(Debug, Clone, Args)]
pub struct PracticeStart {
    /// Port; 0 takes any free one.
    #[arg(long, default_value_t = 8421)]
    pub port: u16,
    /// Serve https with a certificate of an own authority, whose file is printed.
    #[arg(long)]
    pub tls: bool,
    /// Keep records, apps and grants here; in memory otherwise.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Own objects, fields and rules from this file; see docs/practice-schema.md.
    #[arg(long)]
    pub schema: Option<PathBuf>,
    /// Own records from this CSV file, or from the CSV files of this folder; each is named after its object.
    #[arg(long)]
    pub seed: Option<PathBuf>,
    /// Take orders only with the token in this file; a missing file is made, for its owner only. Without it
    /// every program of this machine may give orders.
    #[arg(long)]
    pub admin_token_file: Option<PathBuf>,
    /// Print one line of JSON when ready.
    #[arg(long)]
    pub json: bool,
}

/// Which practice org, and how to answer.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// Address of the practice org.
    #[arg(
        long,
        env = "GATELODGE_PRACTICE_URL",
        default_value = "http://localhost:8421",
        global = true
    )]
    pub url: Url,
    /// File with the token that it was started with.
    #[arg(long, env = "GATELODGE_PRACTICE_TOKEN_FILE", global = true)]
    pub admin_token_file: Option<PathBuf>,
    /// Certificate authority that it printed at its start, with --tls.
    #[arg(long, global = true)]
    pub ca_file: Option<PathBuf>,
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// An order with its target.
#[derive(Debug, Clone, Subcommand)]
pub enum PracticeOrder {
    /// Order faults on purpose, list them, clear them.
    Fault {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
        /// What to do.
        #[command(subcommand)]
        order: FaultOrder,
    },
    /// Show what was asked of the org: totals, and the requests that fit the filter.
    Journal {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
        /// Which requests.
        #[command(flatten)]
        filter: Box<JournalFilter>,
    },
    /// Keep the whole org as it is now under a name: records, apps, grants, tokens.
    Snapshot {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
        /// Name of the snapshot; without one, list the snapshots.
        name: Option<String>,
        /// Forget the snapshot of this name.
        #[arg(long, requires = "name")]
        drop: bool,
    },
    /// Put the org back to a snapshot; later tokens die, earlier ones live again.
    Restore {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
        /// Name of the snapshot.
        name: String,
    },
    /// Put the org back to its first day; clears faults and the clock, keeps snapshots and the journal.
    Reset {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
    },
    /// List users and their passwords.
    Users {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
    },
    /// List OAuth apps; block, unblock or revoke one.
    Apps {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
        /// What to do; list them otherwise.
        #[command(subcommand)]
        order: Option<AppOrder>,
    },
    /// Show the clock of the org, or move it.
    Clock {
        /// Which practice org.
        #[command(flatten)]
        target: Target,
        /// Distance from the true time in seconds; negative is the past, 0 the present.
        #[arg(long, allow_hyphen_values = true)]
        shift: Option<i64>,
    },
}

/// `gatelodge practice fault`.
#[derive(Debug, Clone, Subcommand)]
pub enum FaultOrder {
    /// Order a fault: by name, or by saying what happens (--status, --cut, --delay-ms).
    Add(Box<FaultArgs>),
    /// List the faults that are open.
    List,
    /// Clear one fault, or all of them.
    Clear {
        /// Number of the fault; all of them without it.
        id: Option<u64>,
    },
    /// List the names of faults with what they do.
    Kinds,
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(Kind::ALL.map(Kind::name))
}

/// `gatelodge practice fault add`.
#[derive(Debug, Clone, Args)]
pub struct FaultArgs {
    /// Name of the fault; `gatelodge practice fault kinds` explains them.
    #[arg(value_parser = kinds(), hide_possible_values = true)]
    pub fault: Option<String>,
    /// Only requests with a token of this user.
    #[arg(long, help_heading = "Whom it hits")]
    pub user: Option<String>,
    /// Only requests of this app (client id).
    #[arg(long, help_heading = "Whom it hits")]
    pub app: Option<String>,
    /// Only paths of this pattern; * stands for anything.
    #[arg(long, help_heading = "Whom it hits")]
    pub path: Option<String>,
    /// Only this HTTP method.
    #[arg(long, help_heading = "Whom it hits")]
    pub method: Option<String>,
    /// Let so many matching requests pass first.
    #[arg(long, default_value_t = 0, help_heading = "How often")]
    pub skip: u32,
    /// Hit so many matching requests.
    #[arg(long, default_value_t = 1, help_heading = "How often")]
    pub times: u32,
    /// Hit all matching requests until the fault is cleared.
    #[arg(long, help_heading = "How often")]
    pub until_cleared: bool,
    /// Cut the connection: before, after (the work is done, the answer is lost), or at a byte of the body.
    #[arg(long, value_name = "before|after|BYTE", help_heading = "What happens")]
    pub cut: Option<String>,
    /// Wait before the work.
    #[arg(long, help_heading = "What happens")]
    pub delay_ms: Option<u64>,
    /// Wait between the work and its answer.
    #[arg(long, help_heading = "What happens")]
    pub answer_delay_ms: Option<u64>,
    /// Wait before each piece of the body.
    #[arg(long, help_heading = "What happens")]
    pub piece_delay_ms: Option<u64>,
    /// Bytes of a piece.
    #[arg(long, help_heading = "What happens")]
    pub piece_bytes: Option<u64>,
    /// Answer with this status instead of doing the work.
    #[arg(long, help_heading = "What happens")]
    pub status: Option<u16>,
    /// Body of that answer.
    #[arg(long, help_heading = "What happens")]
    pub body: Option<String>,
    /// Content type of that answer.
    #[arg(long, help_heading = "What happens")]
    pub content_type: Option<String>,
    /// Retry-After of that answer, or of a named one from the edge.
    #[arg(long, help_heading = "What happens")]
    pub retry_after: Option<String>,
    /// `unavailable` as a page of the edge.
    #[arg(long, help_heading = "What happens")]
    pub html: bool,
    /// `row_lock`, `storage_limit`: only this object.
    #[arg(long, help_heading = "What happens")]
    pub object: Option<String>,
    /// `row_lock`: only this record.
    #[arg(long, help_heading = "What happens")]
    pub record: Option<String>,
}

/// `gatelodge practice journal`.
#[derive(Debug, Clone, Args)]
pub struct JournalFilter {
    /// Only this user.
    #[arg(long)]
    pub user: Option<String>,
    /// Only this app (client id).
    #[arg(long)]
    pub app: Option<String>,
    /// Only paths of this pattern; * stands for anything.
    #[arg(long)]
    pub path: Option<String>,
    /// Only this HTTP method.
    #[arg(long)]
    pub method: Option<String>,
    /// Only this status; 0 for answers that were cut.
    #[arg(long)]
    pub status: Option<u16>,
    /// Only clients whose name (Sforce-Call-Options) begins so.
    #[arg(long)]
    pub client_prefix: Option<String>,
    /// Only the token with this fingerprint.
    #[arg(long)]
    pub token: Option<String>,
    /// Only requests after this number.
    #[arg(long)]
    pub after: Option<u64>,
    /// At most so many, the latest.
    #[arg(long, default_value_t = 50)]
    pub limit: u64,
    /// Forget everything instead.
    #[arg(long)]
    pub clear: bool,
}

/// `gatelodge practice apps`.
#[derive(Debug, Clone, Subcommand)]
pub enum AppOrder {
    /// Block an app: its tokens stop working.
    Block {
        /// Client id.
        client_id: String,
    },
    /// Unblock an app: its tokens work again.
    Unblock {
        /// Client id.
        client_id: String,
    },
    /// End the grants of an app, of all users or of one.
    Revoke {
        /// Client id.
        client_id: String,
        /// Only this user.
        #[arg(long)]
        user: Option<String>,
    },
}
