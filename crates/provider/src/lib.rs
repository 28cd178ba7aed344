//! The contract between Gatelodge and a provider: what a provider declares (manifest), what its tools look
//! like, and how a tool reaches the connection (`Caller`).
//!
//! Must not know: credentials, databases, policy, pages. A tool reads through [`Caller`], which cannot
//! write; a write is described as a frozen request, which only an approved proposal sends.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

pub mod app_files;
pub mod caller;
pub mod catalogue;
pub mod download;
pub mod export;
pub mod guide;
pub mod host;
pub mod manifest;
pub mod provider;
pub mod rotation;
pub mod schema;
pub mod tool;
pub mod touching;
pub mod trial;

pub use app_files::{AppFile, AppFiles, AppRegistration};
pub use caller::{Caller, ProviderResponse, ReadRequest};
pub use catalogue::{Catalogue, DuplicateName};
pub use download::Download;
pub use export::{ExportFormat, ExportPart, ExportPiece, Exports};
pub use guide::{Guide, GuideBlock, GuideStep, GuideValue};
pub use host::{HostPattern, LoginHost};
pub use manifest::{
    Expiry, Extent, Involvement, Manifest, OptionalScope, Remedy, ReviewLink, ScopeEntry,
    ShownThere, WhenScopeMissing,
};
pub use provider::{IdentityRequest, Provider, RowCounter, TokenFacts};
pub use rotation::{RefreshProfile, Rotation};
pub use tool::{
    Descriptor, PreparedWrite, ReadTool, Reconciled, Tool, ToolKind, ToolRef, WriteTool,
};
pub use touching::{Hides, Looking};
pub use trial::{Learned, Trial, TrialStep, TrialVerdict};
