//! What the test of an OAuth app found, on the app's page.
//!
//! Must not know: how the provider was asked.

use crate::{
    parts::{Badge, Tone},
    text::{Visible, one_line, visible},
};
use gatelodge_core::{AppTest, TestStep, Verdict};
use serde::Deserialize;

/// Where to try it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TestForm {
    #[serde(default)]
    pub(crate) login_host: String,
}

/// The findings.
#[derive(Debug, Clone)]
pub(crate) struct TestView {
    pub(crate) host: Visible,
    pub(crate) summary: &'static str,
    pub(crate) steps: Vec<StepView>,
}

/// One finding.
#[derive(Debug, Clone)]
pub(crate) struct StepView {
    pub(crate) title: Visible,
    pub(crate) badge: Badge,
    pub(crate) found: Visible,
    pub(crate) to_do: Option<Visible>,
    pub(crate) who: Option<&'static str>,
    pub(crate) place: Option<Visible>,
}

impl From<&TestStep> for StepView {
    fn from(step: &TestStep) -> Self {
        let badge = match step.verdict {
            Verdict::Fine => Badge::new(Tone::Ok, "Fine"),
            Verdict::Look => Badge::new(Tone::Attention, "Look at this"),
            Verdict::Wrong => Badge::new(Tone::Danger, "Does not work"),
            Verdict::Unknown => Badge::new(Tone::Off, "Cannot be told yet"),
        };
        Self {
            title: one_line(&step.title, 400),
            badge,
            found: visible(&step.found),
            to_do: step.to_do.as_deref().map(visible),
            who: step.who.map(gatelodge_model::WhoMustAct::in_words),
            place: step.place.as_deref().map(visible),
        }
    }
}

impl TestView {
    pub(crate) fn of(test: &AppTest) -> Self {
        let wrong = test.steps.iter().any(|step| step.verdict == Verdict::Wrong);
        Self {
            host: one_line(&test.host, 255),
            summary: if wrong {
                "People would run into what is marked below."
            } else {
                "Nothing was found that people would run into."
            },
            steps: test.steps.iter().map(StepView::from).collect(),
        }
    }
}
