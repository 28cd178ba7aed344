//! The people of the organization: a list to search, and a page of each.
//!
//! Must not know: how they sign in, beyond whether a password is set.

use super::Done;
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{
        Badge, Frame, Section, Tone,
        pager::{Pager, asked_page, counted},
    },
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use gatelodge_core::{PeopleList, PeopleSearch};
use gatelodge_model::{Role, Timestamp, User};
use serde::Deserialize;

/// All roles, the widest first.
pub(crate) const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Auditor, Role::Member];

/// What a role allows.
pub(crate) const fn role_words(role: Role) -> &'static str {
    match role {
        Role::Owner => "Everything, and who else is an owner",
        Role::Admin => "Sets up people, OAuth apps and rules",
        Role::Auditor => "Reads settings and the whole audit log, changes nothing",
        Role::Member => "Connects own accounts and keeps own agents",
    }
}

/// A role to choose.
#[derive(Debug, Clone)]
pub(crate) struct RoleChoice {
    pub(crate) value: &'static str,
    pub(crate) words: &'static str,
    pub(crate) chosen: bool,
}

/// The roles that somebody with a role may give.
pub(crate) fn role_choices(giver: Role, chosen: Role) -> Vec<RoleChoice> {
    ROLES
        .into_iter()
        .filter(|role| *role != Role::Owner || giver == Role::Owner || chosen == Role::Owner)
        .map(|role| RoleChoice {
            value: role.as_str(),
            words: role_words(role),
            chosen: role == chosen,
        })
        .collect()
}

/// A person in the table.
#[derive(Debug, Clone)]
pub(crate) struct PersonRow {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) email: Visible,
    pub(crate) role: Role,
    pub(crate) badge: Badge,
    pub(crate) added: Moment,
}

impl PersonRow {
    pub(crate) fn of(user: &User, now: Timestamp) -> Self {
        Self {
            id: user.id.to_string(),
            name: one_line(&user.name, 120),
            email: one_line(&user.email, 160),
            role: user.role,
            badge: person_badge(user),
            added: moment(user.created_at, now),
        }
    }
}

/// Whether somebody can sign in.
pub(crate) fn person_badge(user: &User) -> Badge {
    match (user.removed_at, &user.password_hash) {
        (Some(_), _) => Badge::new(Tone::Off, "Removed"),
        (None, None) => Badge::new(Tone::Waiting, "No password yet"),
        (None, Some(_)) => Badge::new(Tone::Ok, "Can sign in"),
    }
}

#[derive(Template)]
#[template(path = "people.html")]
pub(crate) struct PeoplePage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<PersonRow>,
    pub(crate) search: String,
    pub(crate) role: String,
    pub(crate) removed: bool,
    pub(crate) pager: Pager,
}

impl PeoplePage {
    pub(crate) const ROLES: [Role; 4] = ROLES;

    pub(crate) fn of(frame: Frame, list: &PeopleList, wish: Wish, now: Timestamp) -> Self {
        let removed = wish.removed();
        let parameters = [
            ("search", wish.search.as_str()),
            ("role", wish.role.as_str()),
            ("removed", wish.removed.as_str()),
        ];
        Self {
            frame,
            rows: list
                .people
                .iter()
                .map(|user| PersonRow::of(user, now))
                .collect(),
            pager: Pager::of(
                counted(list.total, "person", "people"),
                list.page,
                list.pages,
                "/admin/people",
                &parameters,
            ),
            search: wish.search,
            role: wish.role,
            removed,
        }
    }

    /// Whether the list is a part of all.
    pub(crate) fn narrowed(&self) -> bool {
        !self.search.is_empty() || !self.role.is_empty() || self.removed
    }
}

/// Whom to list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    pub(crate) search: String,
    #[serde(default)]
    pub(crate) role: String,
    #[serde(default)]
    pub(crate) removed: String,
    #[serde(default)]
    pub(crate) page: String,
    #[serde(default)]
    pub(crate) done: Option<String>,
}

impl Wish {
    fn removed(&self) -> bool {
        self.removed == "yes"
    }

    pub(crate) fn search(&self) -> PeopleSearch {
        PeopleSearch {
            search: self.search.clone(),
            role: self.role.parse().ok(),
            removed: self.removed(),
            page: asked_page(&self.page),
        }
    }
}

/// `GET /admin/people`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let list = state
        .hub
        .people_page(&visitor.person, &wish.search())
        .await
        .map_err(|error| visitor.fault(error))?;
    let frame = visitor
        .frame()
        .at(Section::People)
        .saying(wish.done.as_deref());
    Ok(respond::ok(&PeoplePage::of(
        frame,
        &list,
        wish,
        state.hub.now(),
    )))
}

/// The role that a person shall have.
#[derive(Debug, Deserialize)]
pub(crate) struct RoleForm {
    #[serde(default)]
    role: String,
}

/// Reads a role from a form.
pub(crate) fn role_of(text: &str) -> gatelodge_model::Result<Role> {
    text.parse()
        .map_err(|unknown: gatelodge_model::organization::InvalidRole| {
            gatelodge_model::Error::invalid("role", format!("{unknown}. Nothing was changed."))
        })
}

/// `POST /admin/people/{id}/role`.
pub(crate) async fn change_role(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(user): Path<String>,
    Fields(form): Fields<RoleForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let user = id(&user, "person").map_err(fault)?;
    let role = role_of(&form.role).map_err(fault)?;
    state
        .hub
        .change_role(&visitor.person, user, role)
        .await
        .map_err(fault)?;
    Ok(respond::see(
        &format!("/admin/people/{user}"),
        Some("role-changed"),
    ))
}

/// `POST /admin/people/{id}/remove`.
pub(crate) async fn remove(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(user): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let user = id(&user, "person").map_err(fault)?;
    let removed = state
        .hub
        .remove_person(&visitor.person, user)
        .await
        .map_err(fault)?;
    let done = if removed.to_be_revoked == 0 {
        "person-removed"
    } else {
        "person-removed-open"
    };
    Ok(respond::see(&format!("/admin/people/{user}"), Some(done)))
}

/// `GET /admin/people/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(user): Path<String>,
    Query(done): Query<Done>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let user = id(&user, "person").map_err(fault)?;
    let view = state
        .hub
        .person_view(&visitor.person, user)
        .await
        .map_err(fault)?;
    let frame = visitor
        .frame()
        .at(Section::People)
        .saying(done.done.as_deref());
    Ok(respond::ok(&super::person::PersonPage::of(
        frame,
        &view,
        visitor.person.user().id,
        state.hub.now(),
    )))
}
