//! Groups of people: their order, and who is in one.
//!
//! Must not know: what is set for a group.

use super::Done;
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{
        ErrorPanel, Frame, Section,
        pager::{Pager, asked_page, counted},
    },
    respond,
    state::WebState,
    text::{Visible, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use gatelodge_core::{GroupUse, GroupView, Move, PeopleList, PeopleSearch};
use gatelodge_model::{Error, ErrorKind, Group, GroupId, Result, User, UserId};
use serde::Deserialize;

/// A group in the order.
#[derive(Debug, Clone)]
pub(crate) struct GroupRow {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) place: usize,
    pub(crate) members: String,
    pub(crate) first: bool,
    pub(crate) last: bool,
}

#[derive(Template)]
#[template(path = "groups.html")]
pub(crate) struct GroupsPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<GroupRow>,
    pub(crate) name: String,
    pub(crate) name_error: Option<String>,
}

impl GroupsPage {
    pub(crate) fn of(frame: Frame, groups: &[GroupView]) -> Self {
        Self {
            frame,
            rows: groups
                .iter()
                .enumerate()
                .map(|(place, view)| GroupRow {
                    id: view.group.id.to_string(),
                    name: one_line(&view.group.name, 80),
                    place: place + 1,
                    members: counted(view.members, "person", "people"),
                    first: place == 0,
                    last: place + 1 == groups.len(),
                })
                .collect(),
            name: String::new(),
            name_error: None,
        }
    }
}

/// A person in a group, or to be put into it.
#[derive(Debug, Clone)]
pub(crate) struct MemberRow {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) email: Visible,
}

impl MemberRow {
    fn of(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            name: one_line(&user.name, 120),
            email: one_line(&user.email, 160),
        }
    }
}

#[derive(Template)]
#[template(path = "group.html")]
pub(crate) struct GroupPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) name: Visible,
    /// What stands in the field.
    pub(crate) name_plain: String,
    pub(crate) rows: Vec<MemberRow>,
    pub(crate) search: String,
    pub(crate) pager: Pager,
    pub(crate) members: String,
    pub(crate) add: String,
    pub(crate) offered: Vec<MemberRow>,
    /// What is set for it: words, and where.
    pub(crate) uses: Vec<(Visible, String)>,
    pub(crate) panel: Option<ErrorPanel>,
}

fn used(one: &GroupUse) -> (Visible, String) {
    let place = match one {
        GroupUse::OAuthApp { id, .. } => format!("/admin/oauth-apps/{id}"),
        GroupUse::Rule { id, .. } => format!("/admin/policy/{id}"),
        GroupUse::Limit { provider, .. } => format!("/admin/rollout?provider={provider}"),
    };
    (one_line(&one.in_words(), 160), place)
}

impl GroupPage {
    pub(crate) fn of(
        frame: Frame,
        group: &Group,
        uses: &[GroupUse],
        list: &PeopleList,
        offered: &[User],
        wish: Wish,
    ) -> Self {
        let members = counted(list.total, "person", "people");
        Self {
            frame,
            id: group.id.to_string(),
            name: one_line(&group.name, 80),
            name_plain: group.name.clone(),
            rows: list.people.iter().map(MemberRow::of).collect(),
            pager: Pager::of(
                members.clone(),
                list.page,
                list.pages,
                &format!("/admin/groups/{}", group.id),
                &[("search", wish.search.as_str())],
            ),
            members,
            search: wish.search,
            add: wish.add,
            offered: offered.iter().map(MemberRow::of).collect(),
            uses: uses.iter().map(used).collect(),
            panel: None,
        }
    }
}

/// Which people of a group to list, and whom to look for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    pub(crate) search: String,
    #[serde(default)]
    pub(crate) add: String,
    #[serde(default)]
    pub(crate) page: String,
    #[serde(default)]
    pub(crate) done: Option<String>,
}

async fn all(state: &WebState, visitor: &Visitor, done: Option<&str>) -> Result<GroupsPage> {
    let groups = state.hub.groups(&visitor.person).await?;
    let frame = visitor.frame().at(Section::Groups).saying(done);
    Ok(GroupsPage::of(frame, &groups))
}

/// `GET /admin/groups`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let page = all(&state, &visitor, done.done.as_deref())
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

/// The name of a group.
#[derive(Debug, Deserialize)]
pub(crate) struct NameForm {
    #[serde(default)]
    name: String,
}

/// `POST /admin/groups`.
pub(crate) async fn create(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<NameForm>,
) -> PageResult {
    match state.hub.create_group(&visitor.person, &form.name).await {
        Ok(group) => Ok(respond::see(&place(group.id), Some("group-created"))),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let mut page = all(&state, &visitor, None)
                .await
                .map_err(|error| visitor.fault(error))?;
            page.name = form.name;
            page.name_error = Some(error.message().to_owned());
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(visitor.fault(error)),
    }
}

fn place(group: GroupId) -> String {
    format!("/admin/groups/{group}")
}

async fn one(state: &WebState, visitor: &Visitor, group: GroupId, wish: Wish) -> Result<GroupPage> {
    let (hub, person) = (&state.hub, &visitor.person);
    let search = PeopleSearch {
        search: wish.search.clone(),
        page: asked_page(&wish.page),
        ..PeopleSearch::default()
    };
    let list = hub.group_members(person, group, &search).await?;
    let offered = hub.people_to_add(person, group, &wish.add).await?;
    let frame = visitor
        .frame()
        .at(Section::Groups)
        .saying(wish.done.as_deref());
    let uses = hub.group_uses(person, group).await?;
    let group = hub.group(person, group).await?;
    Ok(GroupPage::of(frame, &group, &uses, &list, &offered, wish))
}

/// `GET /admin/groups/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(group): Path<String>,
    Query(wish): Query<Wish>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let group = id(&group, "group").map_err(fault)?;
    let page = one(&state, &visitor, group, wish).await.map_err(fault)?;
    Ok(respond::ok(&page))
}

/// `POST /admin/groups/{id}/rename`.
pub(crate) async fn rename(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(group): Path<String>,
    Fields(form): Fields<NameForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let group: GroupId = id(&group, "group").map_err(fault)?;
    let renamed = state
        .hub
        .rename_group(&visitor.person, group, &form.name)
        .await;
    match renamed {
        Ok(()) => Ok(respond::see(&place(group), Some("group-renamed"))),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let mut page = one(&state, &visitor, group, Wish::default())
                .await
                .map_err(fault)?;
            page.name_plain = form.name;
            page.panel = Some(ErrorPanel::of(&error, Some(visitor.request)));
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(fault(error)),
    }
}

/// A step in the order.
#[derive(Debug, Deserialize)]
pub(crate) struct MoveForm {
    #[serde(default)]
    to: String,
}

/// `POST /admin/groups/{id}/move`.
pub(crate) async fn shift(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(group): Path<String>,
    Fields(form): Fields<MoveForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let group = id(&group, "group").map_err(fault)?;
    let to = match form.to.as_str() {
        "up" => Move::Up,
        "down" => Move::Down,
        _ => return Err(fault(Error::invalid("to", "Choose up or down."))),
    };
    state
        .hub
        .move_group(&visitor.person, group, to)
        .await
        .map_err(fault)?;
    Ok(respond::see("/admin/groups", Some("group-moved")))
}

/// `POST /admin/groups/{id}/delete`.
pub(crate) async fn delete(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(group): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let group = id(&group, "group").map_err(fault)?;
    state
        .hub
        .delete_group(&visitor.person, group)
        .await
        .map_err(fault)?;
    Ok(respond::see("/admin/groups", Some("group-deleted")))
}

/// Whom to put in or take out.
#[derive(Debug, Deserialize)]
pub(crate) struct MemberForm {
    #[serde(default)]
    user: String,
    #[serde(default)]
    inside: String,
}

/// `POST /admin/groups/{id}/members`.
pub(crate) async fn set_member(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(group): Path<String>,
    Fields(form): Fields<MemberForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let group: GroupId = id(&group, "group").map_err(fault)?;
    let user: UserId = id(&form.user, "person").map_err(fault)?;
    let inside = match form.inside.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(fault(Error::invalid("inside", "Choose yes or no."))),
    };
    state
        .hub
        .set_member(&visitor.person, group, user, inside)
        .await
        .map_err(fault)?;
    let done = if inside {
        "member-added"
    } else {
        "member-removed"
    };
    Ok(respond::see(&place(group), Some(done)))
}
