//! What is told of a provider before anybody is connected to it: the setup guide, the app as files, what it reads
//! and writes, where it is reviewed, where its data lies.
//!
//! Must not know: pages; which provider it is.

mod app_files;
mod guide;

pub use app_files::{AppFilesOrder, WrittenApp};
pub use guide::SetupGuide;
