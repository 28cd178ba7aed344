//! What happens after a loss: an installation that was restored from a backup, and grants that outlive their
//! connection at the provider.
//!
//! Must not know: backups themselves; rows come and go without the use cases.

mod copy;
mod grants;
mod panic;
mod panic_run;

pub use copy::RestoredCopy;
pub use grants::OpenGrant;
pub use panic::{PanicReport, PanicResult};
pub(crate) use panic_run::Panics;
pub use panic_run::{PanicOverview, PanicRun, PanicScope};
