//! Inviting people, and the invitations that nobody answered.
//!
//! Must not know: how a link becomes a hash. A link is shown in one answer and never again.

use super::people::{RoleChoice, role_choices, role_of};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{
        Badge, CopyField, ErrorPanel, Frame, Section, Tone,
        pager::{Pager, asked_page, counted},
    },
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use gatelodge_core::{Invited, Invitee, Mailed, NewInvitations};
use gatelodge_model::{
    Error, ErrorKind, GroupId, Invitation, InvitationState, Result, Role, Timestamp,
};
use serde::Deserialize;
use url::Url;

/// An invitation in the table.
#[derive(Debug, Clone)]
pub(crate) struct InvitationRow {
    pub(crate) id: String,
    pub(crate) email: Visible,
    pub(crate) role: Role,
    pub(crate) badge: Badge,
    pub(crate) made: Moment,
    pub(crate) ends: Moment,
}

impl InvitationRow {
    pub(crate) fn of(invitation: &Invitation, now: Timestamp) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: one_line(&invitation.email, 160),
            role: invitation.role,
            badge: match invitation.state(now) {
                InvitationState::Open => Badge::new(Tone::Waiting, "Waits"),
                InvitationState::Expired => Badge::new(Tone::Attention, "Expired"),
                InvitationState::Accepted => Badge::new(Tone::Ok, "Accepted"),
                InvitationState::Withdrawn => Badge::new(Tone::Off, "Withdrawn"),
            },
            made: moment(invitation.created_at, now),
            ends: moment(invitation.expires_at, now),
        }
    }
}

/// A group to choose.
#[derive(Debug, Clone)]
pub(crate) struct GroupChoice {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) chosen: bool,
}

#[derive(Template)]
#[template(path = "invitations.html")]
pub(crate) struct InvitationsPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<InvitationRow>,
    pub(crate) search: String,
    pub(crate) pager: Pager,
    pub(crate) emails: String,
    pub(crate) roles: Vec<RoleChoice>,
    pub(crate) groups: Vec<GroupChoice>,
    pub(crate) mail: bool,
    pub(crate) panel: Option<ErrorPanel>,
}

/// What became of an address.
#[derive(Clone)]
pub(crate) struct InviteeRow {
    pub(crate) email: Visible,
    pub(crate) badge: Badge,
    pub(crate) what: String,
    pub(crate) link: Option<CopyField>,
}

impl InviteeRow {
    pub(crate) fn of(number: usize, invitee: &Invitee, site: &Url) -> Self {
        match invitee {
            Invitee::Invited(invited) => Self::invited(number, invited, site),
            Invitee::Updated { user, changed } => Self {
                email: one_line(&user.email, 160),
                badge: Badge::new(Tone::Ok, "Here already"),
                what: if *changed {
                    format!(
                        "Already in the organization; now {}, with the chosen groups.",
                        user.role
                    )
                } else {
                    format!(
                        "Already in the organization as {}; nothing had to be changed.",
                        user.role
                    )
                },
                link: None,
            },
            Invitee::Refused { email, error } => Self {
                email: one_line(email, 160),
                badge: Badge::new(Tone::Danger, "Not invited"),
                what: error.message().to_owned(),
                link: None,
            },
        }
    }

    pub(crate) fn invited(number: usize, invited: &Invited, site: &Url) -> Self {
        let link = format!(
            "{}/invitation/{}",
            site.origin().ascii_serialization(),
            invited.token.expose()
        );
        let (badge, what) = match &invited.mailed {
            Mailed::NoServer => (
                Badge::new(Tone::Waiting, "Invited"),
                "Send this link on a private way.".to_owned(),
            ),
            Mailed::Sent => (
                Badge::new(Tone::Ok, "Invited by mail"),
                "The link went out by mail. You can also send it yourself.".to_owned(),
            ),
            Mailed::Failed(why) => (
                Badge::new(Tone::Attention, "Mail failed"),
                format!("The mail was not sent ({why}). Send this link on a private way."),
            ),
        };
        Self {
            email: one_line(&invited.invitation.email, 160),
            badge,
            what,
            link: Some(CopyField::line(
                format!("invitation-{number}"),
                format!("link for {}", invited.invitation.email),
                link,
            )),
        }
    }
}

#[derive(Template)]
#[template(path = "invited.html")]
pub(crate) struct InvitedPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<InviteeRow>,
    pub(crate) links: bool,
}

impl InvitedPage {
    pub(crate) fn of(frame: Frame, rows: Vec<InviteeRow>) -> Self {
        Self {
            frame,
            links: rows.iter().any(|row| row.link.is_some()),
            rows,
        }
    }
}

/// Which invitations to list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    search: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    done: Option<String>,
}

/// What the form says. Boxes of one name come more than once.
#[derive(Debug, Default)]
struct Typed {
    emails: String,
    role: String,
    groups: Vec<String>,
}

impl Typed {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "emails" => typed.emails = value,
                "role" => typed.role = value,
                "group" => typed.groups.push(value),
                _ => {}
            }
        }
        typed
    }

    fn order(&self) -> Result<NewInvitations> {
        let groups: Result<Vec<GroupId>> =
            self.groups.iter().map(|text| id(text, "group")).collect();
        Ok(NewInvitations {
            emails: self
                .emails
                .split([',', ';', '\n', '\r', ' ', '\t'])
                .map(str::to_owned)
                .collect(),
            role: role_of(&self.role)?,
            groups: groups?,
        })
    }
}

async fn page(
    state: &WebState,
    visitor: &Visitor,
    wish: Wish,
    typed: &Typed,
    error: Option<&Error>,
) -> Result<InvitationsPage> {
    let now = state.hub.now();
    let list = state
        .hub
        .invitations(&visitor.person, &wish.search, asked_page(&wish.page))
        .await?;
    let groups = state.hub.groups(&visitor.person).await?;
    Ok(InvitationsPage {
        frame: visitor
            .frame()
            .at(Section::People)
            .saying(wish.done.as_deref()),
        rows: list
            .invitations
            .iter()
            .map(|invitation| InvitationRow::of(invitation, now))
            .collect(),
        pager: Pager::of(
            counted(list.total, "invitation", "invitations"),
            list.page,
            list.pages,
            "/admin/invitations",
            &[("search", wish.search.as_str())],
        ),
        search: wish.search,
        emails: typed.emails.clone(),
        roles: role_choices(
            visitor.person.role(),
            typed.role.parse().unwrap_or(Role::Member),
        ),
        groups: groups
            .iter()
            .map(|view| {
                let id = view.group.id.to_string();
                GroupChoice {
                    name: one_line(&view.group.name, 80),
                    chosen: typed.groups.contains(&id),
                    id,
                }
            })
            .collect(),
        mail: state.hub.settings().mail,
        panel: error.map(|error| ErrorPanel::of(error, Some(visitor.request))),
    })
}

/// `GET /admin/invitations`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let page = page(&state, &visitor, wish, &Typed::default(), None)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

/// `POST /admin/invitations`: answers with the page that shows the links, because a redirect could not carry them.
pub(crate) async fn invite(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(fields): Fields<Vec<(String, String)>>,
) -> PageResult {
    let typed = Typed::of(fields);
    let made = match typed.order() {
        Ok(new) => state.hub.invite(&visitor.person, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(invitees) => {
            let rows = invitees
                .iter()
                .enumerate()
                .map(|(number, invitee)| InviteeRow::of(number, invitee, &visitor.public_url))
                .collect();
            let frame = visitor.frame().at(Section::People);
            Ok(respond::ok(&InvitedPage::of(frame, rows)))
        }
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let page = page(&state, &visitor, Wish::default(), &typed, Some(&error))
                .await
                .map_err(|error| visitor.fault(error))?;
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(visitor.fault(error)),
    }
}

/// `POST /admin/invitations/{id}/resend`.
pub(crate) async fn resend(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(invitation): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let invitation = id(&invitation, "invitation").map_err(fault)?;
    let invited = state
        .hub
        .resend_invitation(&visitor.person, invitation)
        .await
        .map_err(fault)?;
    let rows = vec![InviteeRow::invited(0, &invited, &visitor.public_url)];
    let frame = visitor.frame().at(Section::People);
    Ok(respond::ok(&InvitedPage::of(frame, rows)))
}

/// `POST /admin/invitations/{id}/withdraw`.
pub(crate) async fn withdraw(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(invitation): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let invitation = id(&invitation, "invitation").map_err(fault)?;
    state
        .hub
        .withdraw_invitation(&visitor.person, invitation)
        .await
        .map_err(fault)?;
    Ok(respond::see(
        "/admin/invitations",
        Some("invitation-withdrawn"),
    ))
}
