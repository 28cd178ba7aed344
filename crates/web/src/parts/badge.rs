//! States as word plus shape plus colour, and the environment beside every account.
//!
//! Must not know: what has the state.

use askama::{Template, filters::HtmlSafe};
use gatelodge_model::Environment;

/// The five kinds of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Ok,
    Waiting,
    Attention,
    Danger,
    Off,
}

impl Tone {
    /// Name in the stylesheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Waiting => "waiting",
            Self::Attention => "attention",
            Self::Danger => "danger",
            Self::Off => "off",
        }
    }
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="badge badge-{{ tone.class() }}"><span class="shape" aria-hidden="true"></span>{{ word }}</span>"#,
    ext = "html"
)]
pub(crate) struct Badge {
    pub(crate) tone: Tone,
    pub(crate) word: &'static str,
}

impl HtmlSafe for Badge {}

impl Badge {
    pub(crate) const fn new(tone: Tone, word: &'static str) -> Self {
        Self { tone, word }
    }
}

/// PRODUCTION, SANDBOX or PRACTICE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="environment environment-{{ self.class() }}" title="{{ self.title() }}">{{ self.word() }}</span>"#,
    ext = "html"
)]
pub(crate) struct EnvironmentBadge(pub(crate) Environment);

impl HtmlSafe for EnvironmentBadge {}

impl EnvironmentBadge {
    /// Name in the stylesheet.
    pub(crate) const fn class(self) -> &'static str {
        self.0.as_str()
    }

    const fn word(self) -> &'static str {
        match self.0 {
            Environment::Production => "PRODUCTION",
            Environment::Sandbox => "SANDBOX",
            Environment::Practice => "PRACTICE",
        }
    }

    const fn title(self) -> &'static str {
        match self.0 {
            Environment::Production => "The company's real data",
            Environment::Sandbox => "A copy for tests, at the provider",
            Environment::Practice => "Our own stand-in; no real data",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_never_colour_alone() {
        let html = Badge::new(Tone::Danger, "Failed").to_string();
        assert!(html.contains("badge-danger") && html.contains("shape") && html.contains("Failed"));
        assert!(
            EnvironmentBadge(Environment::Production)
                .to_string()
                .contains("PRODUCTION")
        );
    }
}
