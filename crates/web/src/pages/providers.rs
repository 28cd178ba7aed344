//! The library of providers: what is there, what is switched on, what still has to be set up.
//!
//! Must not know: what a provider does.

use super::Done;
use crate::{
    extract::Fields,
    fault::PageResult,
    parts::{Badge, Frame, Section, Tone},
    respond,
    state::WebState,
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use gatelodge_core::ProviderEntry;
use gatelodge_model::{Error, Result, Serves, Switch};
use serde::Deserialize;

/// A provider in the library.
#[derive(Debug, Clone)]
pub(crate) struct ProviderCard {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) products: String,
    pub(crate) state: Badge,
    pub(crate) setup: Option<Badge>,
    pub(crate) source: &'static str,
    pub(crate) on: bool,
}

/// On, or which switch is off.
pub(crate) const fn state(off: Option<Switch>) -> Badge {
    match off {
        None => Badge::new(Tone::Ok, "On"),
        Some(Switch::Provider) => Badge::new(Tone::Off, "Off"),
        Some(Switch::Integrations) => Badge::new(Tone::Off, "Off: integrations are off"),
    }
}

impl From<&ProviderEntry> for ProviderCard {
    fn from(entry: &ProviderEntry) -> Self {
        Self {
            slug: entry.slug.clone(),
            name: entry.name.clone(),
            summary: entry.summary.clone(),
            products: entry.products.join(", "),
            state: state(entry.off),
            setup: entry
                .setup_required()
                .then(|| Badge::new(Tone::Attention, "Setup required")),
            source: match (entry.source(), entry.setup_required()) {
                (Some(Serves::Instance), _) => "the default of this installation",
                (Some(_), _) => "your organization's own",
                (None, false) => "of groups only",
                (None, true) => "none yet",
            },
            on: entry.on,
        }
    }
}

#[derive(Template)]
#[template(path = "providers.html")]
pub(crate) struct ProvidersPage {
    pub(crate) frame: Frame,
    pub(crate) integrations_on: bool,
    pub(crate) search: String,
    pub(crate) cards: Vec<ProviderCard>,
}

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    #[serde(flatten)]
    done: Done,
}

/// `GET /admin/providers`.
pub(crate) async fn list(
    State(web): State<WebState>,
    visitor: Visitor,
    Query(search): Query<Search>,
) -> PageResult {
    let library = web
        .hub
        .providers(&visitor.person, &search.q)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&ProvidersPage {
        frame: visitor
            .frame()
            .at(Section::Providers)
            .saying(search.done.done.as_deref()),
        integrations_on: library.integrations_on,
        search: search.q,
        cards: library.entries.iter().map(ProviderCard::from).collect(),
    }))
}

/// Where a switch shall stand.
#[derive(Debug, Deserialize)]
pub(crate) struct SwitchForm {
    #[serde(default)]
    on: String,
}

impl SwitchForm {
    /// Only a word that says it: a form that was not filled in switches nothing.
    fn on(&self) -> Result<bool> {
        match self.on.as_str() {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(Error::invalid("on", "Say whether it shall be on or off.")),
        }
    }
}

/// `POST /admin/providers`: integrations as a whole.
pub(crate) async fn switch_all(
    State(web): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<SwitchForm>,
) -> PageResult {
    let on = form.on().map_err(|error| visitor.fault(error))?;
    web.hub
        .switch_integrations(&visitor.person, on)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::see(
        "/admin/providers",
        Some(if on {
            "integrations-on"
        } else {
            "integrations-off"
        }),
    ))
}

/// `POST /admin/providers/{slug}/switch`.
pub(crate) async fn switch(
    State(web): State<WebState>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Fields(form): Fields<SwitchForm>,
) -> PageResult {
    let on = form.on().map_err(|error| visitor.fault(error))?;
    web.hub
        .switch_provider(&visitor.person, &slug, on)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::see(
        &format!("/admin/providers/{slug}"),
        Some(if on { "provider-on" } else { "provider-off" }),
    ))
}
