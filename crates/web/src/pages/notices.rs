//! What a person was told, and whether they want it by mail too.
//!
//! Must not know: other people's notices, or how a message leaves.

use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_model::{Error, Notice, NoticeId, Timestamp};
use serde::Deserialize;

/// A notice in the list.
#[derive(Debug, Clone)]
pub(crate) struct NoticeRow {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) title: Visible,
    pub(crate) body: Visible,
    pub(crate) href: String,
    pub(crate) at: Moment,
    pub(crate) unread: bool,
}

impl NoticeRow {
    pub(crate) fn of(notice: &Notice, now: Timestamp) -> Self {
        Self {
            id: notice.id.to_string(),
            kind: notice.kind.in_words(),
            title: one_line(&notice.title, 160),
            body: visible(&notice.body),
            href: notice.path.clone(),
            at: moment(notice.created_at, now),
            unread: notice.read_at.is_none(),
        }
    }
}

#[derive(Template)]
#[template(path = "notices.html")]
pub(crate) struct NoticesPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<NoticeRow>,
    pub(crate) unread: u64,
    pub(crate) older: Option<String>,
    pub(crate) mail_possible: bool,
    pub(crate) mail_wanted: bool,
}

/// Which notices.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    done: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

/// `GET /notices`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let before = wish
        .before
        .as_deref()
        .map(|text| id::<NoticeId>(text, "notice"))
        .transpose()
        .map_err(fault)?;
    let inbox = state
        .hub
        .inbox(&visitor.person, before)
        .await
        .map_err(fault)?;
    let now = state.hub.now();
    let older = inbox
        .notices
        .last()
        .filter(|_| inbox.more)
        .map(|last| format!("/notices?before={}", last.id));
    Ok(respond::ok(&NoticesPage {
        frame: visitor
            .frame()
            .at(Section::Notices)
            .saying(wish.done.as_deref()),
        rows: inbox
            .notices
            .iter()
            .map(|notice| NoticeRow::of(notice, now))
            .collect(),
        unread: inbox.unread,
        older,
        mail_possible: inbox.mail_possible,
        mail_wanted: inbox.mail_wanted,
    }))
}

/// Which one was read; empty means all.
#[derive(Debug, Deserialize)]
pub(crate) struct ReadForm {
    #[serde(default)]
    notice: String,
}

/// `POST /notices/read`.
pub(crate) async fn read(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<ReadForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let only: Option<NoticeId> = match form.notice.as_str() {
        "" => None,
        text => Some(id(text, "notice").map_err(fault)?),
    };
    state
        .hub
        .mark_notices_read(&visitor.person, only)
        .await
        .map_err(fault)?;
    Ok(respond::see("/notices", Some("notices-read")))
}

/// Whether mail is wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct MailForm {
    #[serde(default)]
    mail: String,
}

/// `POST /notices/mail`.
pub(crate) async fn mail(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<MailForm>,
) -> PageResult {
    let wanted = match form.mail.as_str() {
        "on" => true,
        "off" => false,
        _ => {
            let error = Error::invalid("mail", "Choose whether mail is on or off.");
            return Err(visitor.fault(error));
        }
    };
    state
        .hub
        .set_mail_wanted(&visitor.person, wanted)
        .await
        .map_err(|error| visitor.fault(error))?;
    let done = if wanted { "mail-on" } else { "mail-off" };
    Ok(respond::see("/notices", Some(done)))
}
