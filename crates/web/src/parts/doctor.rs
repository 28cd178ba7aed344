//! The connection doctor: what happened, who must act, where exactly, a message for them, the evidence; and a look
//! that repeats itself until all is well.
//!
//! Must not know: how a connection is looked at.

use super::CopyField;
use crate::text::{Moment, Visible, moment, one_line, visible};
use askama::{Template, filters::HtmlSafe};
use gatelodge_core::Diagnosis;
use gatelodge_model::{Connection, ConnectionStatus, Timestamp, WhoMustAct};

/// Seconds until the next look, by how many there were: soon at first, then rarely, then no more.
const PAUSES: [u32; 8] = [3, 5, 10, 15, 30, 60, 60, 120];

/// Looks after which only a press of the button looks again: about half an hour.
const MOST_LOOKS: usize = 20;

/// What the provider said.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) status: Option<u16>,
    pub(crate) code: Visible,
    pub(crate) message: Visible,
    pub(crate) request_id: Option<Visible>,
}

/// Something is wrong.
#[derive(Clone)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) title: String,
    pub(crate) what: Visible,
    pub(crate) to_do: Visible,
    pub(crate) who: String,
    pub(crate) place: Option<Visible>,
    pub(crate) message: Option<CopyField>,
    pub(crate) host: Option<Visible>,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) since: Moment,
    pub(crate) seen: Moment,
    pub(crate) grants: Option<String>,
    pub(crate) reconnect: bool,
    /// Whether a look may find it well without anybody connecting.
    pub(crate) heals: bool,
}

/// The panel, which replaces itself by the next look.
#[derive(Clone, Template)]
#[template(path = "parts/doctor.html")]
pub(crate) struct Doctor {
    pub(crate) provider: String,
    pub(crate) href: String,
    pub(crate) reconnect_href: String,
    pub(crate) finding: Option<Finding>,
    /// Address and pause of the next look; none where it would show nothing new.
    pub(crate) next: Option<(String, u32)>,
    /// Whether this look found well what was not.
    pub(crate) healed: bool,
    pub(crate) connects: bool,
}

impl HtmlSafe for Doctor {}

impl Doctor {
    /// The panel after `looks` looks.
    pub(crate) fn of(
        connection: &Connection,
        provider: &str,
        diagnosis: Option<&Diagnosis>,
        looks: usize,
        connects: bool,
        now: Timestamp,
    ) -> Self {
        let href = format!("/connections/{}", connection.id);
        let finding = diagnosis
            .filter(|_| connection.status != ConnectionStatus::Pending)
            .map(|diagnosis| finding(diagnosis, provider, now));
        let waits = finding.is_some() && connection.status != ConnectionStatus::Limited;
        let next = (waits && looks < MOST_LOOKS).then(|| {
            let pause = PAUSES
                .get(looks)
                .or(PAUSES.last())
                .copied()
                .unwrap_or_default();
            (format!("{href}/doctor?looks={}", looks + 1), pause)
        });
        Self {
            provider: provider.to_owned(),
            reconnect_href: format!("/connections/new?reconnect={}", connection.id),
            healed: looks > 0 && connection.status.is_usable() && finding.is_none(),
            href,
            finding,
            next,
            connects,
        }
    }
}

fn finding(diagnosis: &Diagnosis, provider: &str, now: Timestamp) -> Finding {
    Finding {
        code: diagnosis.reason.as_str(),
        title: diagnosis.title.clone(),
        what: visible(&diagnosis.what),
        to_do: visible(&diagnosis.to_do),
        who: match diagnosis.who {
            WhoMustAct::Person => "You".to_owned(),
            WhoMustAct::Admin => "Your Gatelodge administrator".to_owned(),
            WhoMustAct::ProviderAdmin => format!("Your {provider} administrator"),
            WhoMustAct::Operator => "Whoever runs this Gatelodge installation".to_owned(),
            WhoMustAct::Nobody | WhoMustAct::Caller => "Nobody: waiting is enough".to_owned(),
        },
        place: diagnosis.place.as_deref().map(visible),
        message: diagnosis
            .message
            .as_deref()
            .map(|text| CopyField::block("doctor-message", "message for the administrator", text)),
        host: diagnosis.host.as_deref().map(|host| one_line(host, 200)),
        evidence: diagnosis.evidence.as_ref().map(|detail| Evidence {
            status: (detail.status != 0).then_some(detail.status),
            code: visible(&detail.code),
            message: visible(&detail.message),
            request_id: detail.request_id.as_deref().map(visible),
        }),
        since: moment(diagnosis.since, now),
        seen: moment(diagnosis.seen_at, now),
        grants: diagnosis.grants.map(|(others, limit)| {
            format!("{others} other connections of this account hold a grant of the same app; {provider} keeps {limit} per person and app.")
        }),
        reconnect: diagnosis.reconnect_helps(),
        heals: diagnosis.may_heal(),
    }
}
