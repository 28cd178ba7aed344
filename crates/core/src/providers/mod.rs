//! The providers of the catalogue as an organization has them: switched on or off, set up or not, and what is told of
//! each before anybody is connected: the setup guide, the app as files.
//!
//! Must not know: pages; which provider it is; how a provider is called.

mod app_files;
mod guide;
mod library;
mod switches;

pub use app_files::{AppFilesOrder, WrittenApp};
pub use guide::SetupGuide;
pub use library::{Library, ProviderEntry};
pub(crate) use switches::Stops;
