//! Telling whoever must act, once: on the page, by mail, and by signed webhooks (decision 0023).
//!
//! A notice comes about in the unit of work of its cause; its messages leave afterwards, at least once each, under
//! the notice's identity. Must not know: how a message leaves; the keeper delivers it.

mod deliver;
mod events;
mod inbox;
mod webhooks;
pub(crate) mod words;

pub use inbox::Inbox;
pub use webhooks::{NewWebhook, WebhookMade, WebhookView};

use crate::Hub;
use gatelodge_model::{NewNotice, NoticeId, Result};
use gatelodge_store::Unit;

impl Hub {
    /// Tells a person within a unit of work; nobody where the same was told already.
    pub(crate) async fn tell(&self, unit: &Unit, notice: &NewNotice) -> Result<Option<NoticeId>> {
        Ok(unit.notices().tell(notice, self.settings.mail).await?)
    }
}
