//! Named sets of people. They are ordered: where several groups of a person say something, the first one counts.
//!
//! Must not know: what is set for a group.

use crate::{
    clock::Timestamp,
    id::{GroupId, OrganizationId},
};

/// A named set of people of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Identity.
    pub id: GroupId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Shown name, unique in the organization.
    pub name: String,
    /// Place in the order, counted from 0; the lowest counts first.
    pub position: u32,
    /// When it was made.
    pub created_at: Timestamp,
}
