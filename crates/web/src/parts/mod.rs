//! The parts that pages are made of: each prints itself as escaped markup, so that the tenth page costs
//! nothing new.
//!
//! Must not know: requests, routes, the hub. Every `HtmlSafe` here belongs to a template that escapes.

pub(crate) mod audit_row;
pub(crate) mod badge;
pub(crate) mod batch;
pub(crate) mod connection_words;
pub(crate) mod copy;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod error_panel;
pub(crate) mod frame;
pub(crate) mod inbox_row;
pub(crate) mod pager;
pub(crate) mod proposal_words;
pub(crate) mod scopes;
pub(crate) mod timeline;

pub(crate) use badge::{Badge, EnvironmentBadge, Tone};
pub(crate) use copy::CopyField;
pub(crate) use doctor::Doctor;
pub(crate) use error_panel::ErrorPanel;
pub(crate) use frame::{Flash, Frame, Section};
pub(crate) use inbox_row::InboxRow;
pub(crate) use scopes::ScopeRow;
pub(crate) use timeline::Moments;
