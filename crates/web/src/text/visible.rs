//! Makes visible what a screen hides or turns around: control, bidirectional, zero-width and odd space
//! characters, and letters of other scripts that look Latin (security cases U2, P6, P7).
//!
//! Nothing is removed and nothing is normalised: every character of the input is on the page, either as
//! itself or as a named mark. Must not know: where the text comes from.

use super::scripts::deceptions;
use askama::{Template, filters::HtmlSafe};

/// One stretch of text as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Harmless characters, as they are.
    Text(String),
    /// A character shown by its mark.
    Mark {
        /// What stands on the page.
        shown: String,
        /// Code point and name, on hover.
        name: String,
    },
    /// A mark followed by a real end of line.
    LineEnd {
        /// Which characters.
        name: &'static str,
    },
}

/// Text ready for a page; prints itself as escaped markup inside its own direction.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<bdi>{% for piece in pieces %}{% match piece %}{% when Piece::Text(text) %}{{ text }}{% when Piece::Mark { shown, name } %}<span class="mark" title="{{ name }}">{{ shown }}</span>{% when Piece::LineEnd { name } %}<span class="mark" title="{{ name }}">↵</span><br>{% endmatch %}{% endfor %}</bdi>"#,
    ext = "html"
)]
pub(crate) struct Visible {
    pieces: Vec<Piece>,
    /// Characters in the input.
    pub(crate) length: usize,
}

impl HtmlSafe for Visible {}

impl Visible {
    /// How many characters had to be marked.
    pub(crate) fn marks(&self) -> usize {
        self.pieces
            .iter()
            .filter(|piece| !matches!(piece, Piece::Text(_)))
            .count()
    }
}

/// The words for a character that may not stand as itself.
fn hidden(character: char) -> Option<(&'static str, &'static str)> {
    Some(match character {
        '\t' => ("→", "tab"),
        '\u{00A0}' => ("␣", "no-break space"),
        '\u{00AD}' => ("SHY", "soft hyphen, invisible"),
        '\u{034F}' => ("CGJ", "combining grapheme joiner, invisible"),
        '\u{061C}' => ("ALM", "Arabic letter mark, changes the reading direction"),
        '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' => ("HF", "Hangul filler, invisible"),
        '\u{180E}' => ("MVS", "Mongolian vowel separator, invisible"),
        '\u{200B}' => ("ZWSP", "zero-width space"),
        '\u{200C}' => ("ZWNJ", "zero-width non-joiner"),
        '\u{200D}' => ("ZWJ", "zero-width joiner"),
        '\u{200E}' => ("LRM", "left-to-right mark"),
        '\u{200F}' => ("RLM", "right-to-left mark"),
        '\u{202A}' => ("LRE", "left-to-right embedding"),
        '\u{202B}' => ("RLE", "right-to-left embedding"),
        '\u{202C}' => ("PDF", "end of a direction change"),
        '\u{202D}' => ("LRO", "left-to-right override"),
        '\u{202E}' => (
            "RLO",
            "right-to-left override: what follows is shown backwards",
        ),
        '\u{2028}' => ("LSEP", "line separator"),
        '\u{2029}' => ("PSEP", "paragraph separator"),
        '\u{2060}' => ("WJ", "word joiner, invisible"),
        '\u{2061}'..='\u{2064}' => ("INV", "invisible operator"),
        '\u{2066}' => ("LRI", "left-to-right isolate"),
        '\u{2067}' => ("RLI", "right-to-left isolate"),
        '\u{2068}' => ("FSI", "first strong isolate"),
        '\u{2069}' => ("PDI", "end of an isolate"),
        '\u{206A}'..='\u{206F}' => ("FMT", "deprecated formatting character"),
        '\u{2800}' => ("BLANK", "braille blank"),
        '\u{FEFF}' => ("BOM", "zero-width no-break space"),
        '\u{FFF9}'..='\u{FFFB}' => ("IA", "interlinear annotation, invisible"),
        '\u{FFFC}' => ("OBJ", "object replacement character"),
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180D}' => {
            ("VS", "variation selector, invisible")
        }
        '\u{E0000}'..='\u{E007F}' => ("TAG", "tag character, invisible"),
        '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
            ("␣", "unusual space")
        }
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' => ("PUA", "private-use character"),
        _ if character.is_control() => ("CTL", "control character"),
        _ => return None,
    })
}

/// Marks that stand on a letter; more than two on one letter hide their neighbours.
fn is_combining(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

fn mark(shown: &str, character: char, name: &str) -> Piece {
    Piece::Mark {
        shown: shown.to_owned(),
        name: format!("U+{:04X} {name}", u32::from(character)),
    }
}

/// Makes a whole value visible; ends of line stay ends of line.
pub(crate) fn visible(text: &str) -> Visible {
    mark_up(text, Layout::TheirOwn)
}

/// Makes text visible whose line ends and indents are ours, such as JSON that we laid out: inside its
/// strings such characters are escaped, so none of a stranger's can hide among them.
pub(crate) fn laid_out(text: &str) -> Visible {
    mark_up(text, Layout::Ours)
}

/// Whose line ends and spaces a text has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Ours,
    TheirOwn,
}

fn mark_up(text: &str, layout: Layout) -> Visible {
    let characters: Vec<char> = text.chars().collect();
    let deceiving = deceptions(text);
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut combining = 0_usize;
    let mut index = 0;
    while let Some(&character) = characters.get(index) {
        combining = if is_combining(character) {
            combining + 1
        } else {
            0
        };
        let next = characters.get(index + 1).copied();
        let piece = match character {
            ' ' | '\n' if layout == Layout::Ours => None,
            '\r' if next == Some('\n') => {
                index += 1;
                Some(Piece::LineEnd {
                    name: "carriage return and line feed",
                })
            }
            '\n' => Some(Piece::LineEnd { name: "line feed" }),
            ' ' if is_odd_space(&characters, index) => Some(mark("·", ' ', "space")),
            _ if combining > 2 => Some(mark("◌", character, "stacked combining mark")),
            _ => hidden(character)
                .map(|(shown, name)| mark(shown, character, name))
                .or_else(|| {
                    deceiving.get(index).copied().flatten().map(|script| {
                        mark(
                            &format!("{character}‹{}›", script.name()),
                            character,
                            &format!("{} character that looks like a Latin one", script.name()),
                        )
                    })
                }),
        };
        match piece {
            None => plain.push(character),
            Some(piece) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(piece);
            }
        }
        index += 1;
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Visible {
        pieces,
        length: characters.len(),
    }
}

/// A space that HTML would swallow: at the start or end of a line, or beside another space.
fn is_odd_space(characters: &[char], index: usize) -> bool {
    let edge =
        |neighbour: Option<&char>| neighbour.is_none_or(|found| matches!(found, ' ' | '\n' | '\r'));
    let before = index.checked_sub(1).and_then(|place| characters.get(place));
    edge(before) || edge(characters.get(index + 1))
}

/// A name for a heading or a table cell: visible, and cut at `limit` characters with a mark of the cut.
pub(crate) fn one_line(text: &str, limit: usize) -> Visible {
    let length = text.chars().count();
    let kept: String = text.chars().take(limit).collect();
    let mut line = visible(&kept);
    for piece in &mut line.pieces {
        if let Piece::LineEnd { name } = piece {
            *piece = Piece::Mark {
                shown: "↵".to_owned(),
                name: (*name).to_owned(),
            };
        }
    }
    if length > limit {
        line.pieces.push(Piece::Mark {
            shown: format!("… {} more", super::grouped((length - limit) as u64)),
            name: "cut here; the whole text is on its own page".to_owned(),
        });
    }
    line.length = length;
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_text_is_escaped_and_marked() {
        // proves U1, U2
        let html = visible("<script>a</script>\u{202E}gpj.exe\u{200B}").to_string();
        assert!(!html.contains("<script>"), "{html}");
        assert!(!html.contains(['\u{202E}', '\u{200B}']), "{html}");
        assert!(html.contains("RLO") && html.contains("ZWSP") && html.contains("U+202E"));
    }

    #[test]
    fn spaces_and_line_ends_are_seen() {
        // proves P7
        assert_eq!(visible("a b").marks(), 0);
        assert_eq!(visible(" a  b ").marks(), 4);
        assert_eq!(visible("a\r\nb\nc\td").marks(), 3);
        assert!(visible("a\nb").to_string().contains("<br>"));
        assert!(!one_line("a\nb", 80).to_string().contains("<br>"));
    }

    #[test]
    fn our_own_layout_is_not_marked_and_a_strangers_text_in_it_still_is() {
        // proves U2
        let shown = laid_out("{\n  \"Name\": \"A\u{202E}b\"\n}");
        assert_eq!(shown.marks(), 1);
        assert!(shown.to_string().contains("RLO"));
    }

    #[test]
    fn look_alikes_are_named() {
        // proves U2
        let html = visible("\u{0410}cme").to_string();
        assert!(
            html.contains("Cyrillic") && html.contains("U+0410"),
            "{html}"
        );
    }

    #[test]
    fn a_cut_says_how_much_is_missing() {
        // proves P7
        let html = one_line(&"x".repeat(1_250), 80).to_string();
        assert!(html.contains("… 1,170 more"), "{html}");
        assert_eq!(one_line(&"x".repeat(80), 80).marks(), 0);
    }

    proptest! {
        #[test]
        fn nothing_disappears_and_nothing_hidden_remains(text in "[a-zA-Z<&\"' \n\u{200B}-\u{200F}\u{202A}-\u{202E}\u{0430}-\u{0440}]{0,40}") {
            // proves U1, U2, P7
            let shown = visible(&text);
            let html = shown.to_string();
            prop_assert_eq!(shown.length, text.chars().count());
            prop_assert!(!html.chars().any(|found| hidden(found).is_some()));
            let plain: usize = shown.pieces.iter().map(|piece| match piece {
                Piece::Text(text) => text.chars().count(),
                Piece::Mark { .. } | Piece::LineEnd { .. } => 1,
            }).sum();
            prop_assert_eq!(plain, text.chars().count());
        }
    }
}
