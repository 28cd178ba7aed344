//! A provider's setup guide, step by step, with the values of this installation to copy.
//!
//! Must not know: what a guide says.

use crate::{
    extract::id,
    fault::PageResult,
    parts::{CopyField, Frame, ScopeRow, Section, scopes::Granted},
    respond,
    state::WebState,
    text::{
        Visible,
        markdown::{Guide as Rendered, guide as rendered},
        one_line,
    },
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use gatelodge_core::{
    SetupGuide,
    provider::{GuideBlock, GuideStep, GuideValue},
};
use gatelodge_model::{Error, OAuthAppId};
use serde::Deserialize;

/// A step in the list of steps.
#[derive(Debug, Clone)]
pub(crate) struct StepLink {
    pub(crate) href: String,
    pub(crate) title: &'static str,
    pub(crate) number: usize,
    pub(crate) here: bool,
}

/// A piece of a step.
pub(crate) enum Piece {
    Text(Rendered),
    Copies(Vec<CopyField>),
    Scopes(Vec<ScopeRow>),
    /// Values that only an app has, where none is chosen yet.
    NeedsApp,
    /// Addresses that this machine does not know.
    NoAddresses,
}

/// A step with everything in it.
pub(crate) struct Shown {
    pub(crate) slug: String,
    pub(crate) title: &'static str,
    pub(crate) pieces: Vec<Piece>,
}

/// Another app that the guide could be followed for.
pub(crate) struct AppLink {
    pub(crate) href: String,
    pub(crate) name: Visible,
    pub(crate) here: bool,
}

#[derive(Template)]
#[template(path = "guide.html")]
pub(crate) struct GuidePage {
    pub(crate) frame: Frame,
    pub(crate) title: &'static str,
    pub(crate) provider: String,
    pub(crate) slug: String,
    pub(crate) steps: Vec<StepLink>,
    /// The step that is shown, or all of them.
    pub(crate) shown: Vec<Shown>,
    pub(crate) opening: Vec<Piece>,
    pub(crate) previous: Option<StepLink>,
    pub(crate) next: Option<StepLink>,
    pub(crate) whole: bool,
    /// The same guide, all steps on one page, or one by one.
    pub(crate) other_way: String,
    /// The app whose values are shown: where it is set up.
    pub(crate) app: Option<(String, Visible)>,
    pub(crate) apps: Vec<AppLink>,
    pub(crate) show_granted: bool,
}

/// Which step, for which app.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Place {
    #[serde(default)]
    step: String,
    #[serde(default)]
    app: String,
}

/// The word that stands for all steps.
const ALL: &str = "all";

impl GuidePage {
    pub(crate) fn of(frame: Frame, setup: &SetupGuide, step: &str) -> Result<Self, Error> {
        let base = format!("/admin/providers/{}/guide", setup.provider);
        let of_app = setup
            .app
            .as_ref()
            .map_or_else(String::new, |app| format!("&app={}", app.id));
        let whole = step == ALL;
        let here = match step {
            "" | ALL => 0,
            slug => {
                setup
                    .guide
                    .step(slug)
                    .ok_or_else(|| Error::not_found("step of the guide"))?
                    .0
            }
        };
        let steps: Vec<StepLink> = setup
            .guide
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| StepLink {
                href: if whole {
                    format!("#{}", step.slug)
                } else {
                    format!("{base}?step={}{of_app}", step.slug)
                },
                title: step.title,
                number: index + 1,
                here: !whole && index == here,
            })
            .collect();
        let beside = |index: Option<usize>| {
            let index = index.filter(|_| !whole)?;
            steps.get(index).cloned()
        };
        let mut numbers = Numbers::default();
        let opening = if whole || here == 0 {
            pieces(&setup.guide.opening, setup, &mut numbers)
        } else {
            Vec::new()
        };
        let shown = setup
            .guide
            .steps
            .iter()
            .enumerate()
            .filter(|(index, _)| whole || *index == here)
            .map(|(_, step)| shown(step, setup, &mut numbers))
            .collect();
        Ok(Self {
            frame,
            title: setup.guide.title,
            provider: setup.name.clone(),
            slug: setup.provider.clone(),
            previous: beside(here.checked_sub(1)),
            next: beside(Some(here + 1)),
            other_way: if whole {
                format!("{base}?step={of_app}")
            } else {
                format!("{base}?step={ALL}{of_app}")
            },
            whole,
            steps,
            shown,
            opening,
            app: setup.app.as_ref().map(|app| {
                (
                    format!("/admin/oauth-apps/{}", app.id),
                    one_line(&app.name, 120),
                )
            }),
            apps: setup
                .apps
                .iter()
                .map(|app| AppLink {
                    href: format!("{base}?step={step}&app={}", app.id),
                    name: one_line(&app.name, 120),
                    here: setup.app.as_ref().is_some_and(|known| known.id == app.id),
                })
                .collect(),
            show_granted: false,
        })
    }
}

/// Ids of copy fields are unique on a page.
#[derive(Default)]
struct Numbers(usize);

impl Numbers {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("copy-{}", self.0)
    }
}

fn shown(step: &GuideStep, setup: &SetupGuide, numbers: &mut Numbers) -> Shown {
    Shown {
        slug: step.slug.clone(),
        title: step.title,
        pieces: pieces(&step.blocks, setup, numbers),
    }
}

fn pieces(blocks: &[GuideBlock], setup: &SetupGuide, numbers: &mut Numbers) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(blocks.len());
    for block in blocks {
        pieces.push(match block {
            GuideBlock::Text(text) => Piece::Text(rendered(text)),
            GuideBlock::Value(value) => of_value(*value, setup, numbers),
        });
    }
    pieces
}

fn of_value(value: GuideValue, setup: &SetupGuide, numbers: &mut Numbers) -> Piece {
    let mut line = |label: &str, text: &str| CopyField::line(numbers.next(), label, text);
    match (value, &setup.app) {
        (GuideValue::Callbacks, Some(_)) => Piece::Copies(
            setup
                .callbacks
                .iter()
                .map(|url| line("callback URL", url))
                .collect(),
        ),
        (GuideValue::AppName, Some(app)) => Piece::Copies(vec![line("name of the app", &app.name)]),
        (GuideValue::Command, Some(_)) => Piece::Copies(vec![line("command", &setup.command)]),
        (GuideValue::Callbacks | GuideValue::AppName | GuideValue::Command, None) => {
            Piece::NeedsApp
        }
        (GuideValue::Scopes, _) => Piece::Scopes(
            setup
                .scopes
                .iter()
                .map(|scope| {
                    ScopeRow::new(&scope.name, &scope.reason, &scope.tools, Granted::NotAsked)
                })
                .collect(),
        ),
        (GuideValue::OwnAddresses, _) if setup.own_addresses.is_empty() => Piece::NoAddresses,
        (GuideValue::OwnAddresses, _) => Piece::Copies(
            setup
                .own_addresses
                .iter()
                .map(|own| line("address of this installation", &own.address))
                .collect(),
        ),
    }
}

/// `GET /admin/providers/{provider}/guide`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(provider): Path<String>,
    Query(place): Query<Place>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app: Option<OAuthAppId> = match place.app.as_str() {
        "" => None,
        text => Some(id(text, "OAuth app").map_err(fault)?),
    };
    let setup = state
        .hub
        .setup_guide(&visitor.person, &provider, app)
        .await
        .map_err(fault)?;
    let frame = visitor.frame().at(Section::OAuthApps);
    let page = GuidePage::of(frame, &setup, &place.step).map_err(fault)?;
    Ok(respond::ok(&page))
}
