//! Text to be copied: selectable without script, one press with it.
//!
//! Must not know: what the text is for.

use askama::{Template, filters::HtmlSafe};

/// One line, or a block of lines, with a button that copies it.
#[derive(Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<div class="copy{% if block %} copy-block{% endif %}">{% if block %}<pre id="{{ id }}" tabindex="0" role="region" aria-label="{{ label }}">{{ text }}</pre>{% else %}<code id="{{ id }}">{{ text }}</code>{% endif %}<button type="button" class="button small" data-copy="{{ id }}" hidden>Copy<span class="visually-hidden"> {{ label }}</span></button></div>"#,
    ext = "html"
)]
pub(crate) struct CopyField {
    id: String,
    label: String,
    text: String,
    block: bool,
}

impl HtmlSafe for CopyField {}

impl CopyField {
    /// One line; `id` is unique on the page.
    pub(crate) fn line(
        id: impl Into<String>,
        label: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            text: text.into(),
            block: false,
        }
    }

    /// Several lines.
    pub(crate) fn block(
        id: impl Into<String>,
        label: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            block: true,
            ..Self::line(id, label, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_escaped() {
        // proves U1
        let html = CopyField::line("a", "Callback", "https://x/?a=1&b=<i>").to_string();
        assert!(
            !html.contains("<i>") && html.contains("data-copy=\"a\""),
            "{html}"
        );
    }
}
