//! Letters that look like Latin ones but are not: which script they come from, and where they deceive.
//!
//! After Unicode Technical Standard 39 (mixed-script detection, §5), cut down to what a reader of an
//! approval needs. Must not know: markup.

/// A script that is told apart here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Armenian,
    Cherokee,
    /// Full-width, mathematical and enclosed forms of Latin letters and digits.
    Styled,
    Other,
}

impl Script {
    /// The word for readers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Latin => "Latin",
            Self::Cyrillic => "Cyrillic",
            Self::Greek => "Greek",
            Self::Armenian => "Armenian",
            Self::Cherokee => "Cherokee",
            Self::Styled => "styled",
            Self::Other => "other",
        }
    }

    /// Whether its letters can pass as Latin ones.
    const fn deceives(self) -> bool {
        matches!(
            self,
            Self::Cyrillic | Self::Greek | Self::Armenian | Self::Cherokee
        )
    }
}

/// The script of a letter.
pub(crate) fn script_of(letter: char) -> Script {
    match letter {
        'A'..='Z' | 'a'..='z' | '\u{00C0}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' => Script::Latin,
        '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{0400}'..='\u{052F}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A640}'..='\u{A69F}' => {
            Script::Cyrillic
        }
        '\u{0530}'..='\u{058F}' => Script::Armenian,
        '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}' => Script::Cherokee,
        '\u{FF10}'..='\u{FF5A}'
        | '\u{1D400}'..='\u{1D7FF}'
        | '\u{24B6}'..='\u{24E9}'
        | '\u{1F130}'..='\u{1F189}' => Script::Styled,
        _ => Script::Other,
    }
}

/// Cyrillic and Greek letters that a reader takes for Latin ones.
fn looks_latin(letter: char) -> bool {
    "АВЕЅІЈКМНОРСТУХԚԜаеіјорсухѕԁԛԝһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχϳ".contains(letter)
}

/// For each character of `text`, the script that deceives there, if any.
///
/// A letter deceives where its word also has Latin letters, or where the whole text has nothing but
/// letters that look Latin: then nothing tells the reader that it is another script.
pub(crate) fn deceptions(text: &str) -> Vec<Option<Script>> {
    let letters: Vec<char> = text.chars().collect();
    let mut result = vec![None; letters.len()];
    let honest_foreign = letters.iter().any(|letter| {
        script_of(*letter).deceives() && letter.is_alphabetic() && !looks_latin(*letter)
    });
    let mut start = 0;
    while start < letters.len() {
        let end = letters[start..]
            .iter()
            .position(|letter| !letter.is_alphanumeric())
            .map_or(letters.len(), |length| start + length);
        let word = &letters[start..end];
        let has_latin = word
            .iter()
            .any(|letter| script_of(*letter) == Script::Latin);
        let all_alike = word
            .iter()
            .all(|letter| !script_of(*letter).deceives() || looks_latin(*letter));
        for (offset, letter) in word.iter().enumerate() {
            let script = script_of(*letter);
            let deceives = script == Script::Styled
                || (script.deceives() && (has_latin || (all_alike && !honest_foreign)));
            if deceives {
                result[start + offset] = Some(script);
            }
        }
        start = end.max(start + 1);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> String {
        text.chars()
            .zip(deceptions(text))
            .filter_map(|(letter, script)| script.map(|_| letter))
            .collect()
    }

    #[test]
    fn mixed_words_and_pure_look_alikes_are_found() {
        // proves U2, P7
        assert_eq!(marked("p\u{0430}ypal"), "\u{0430}");
        assert_eq!(marked("\u{0410}cme and S\u{043E}ns"), "\u{0410}\u{043E}");
        assert_eq!(
            marked("\u{0441}\u{043E}\u{0440}\u{0430}"),
            "\u{0441}\u{043E}\u{0440}\u{0430}"
        );
        assert_eq!(marked("\u{FF21}cme"), "\u{FF21}");
    }

    #[test]
    fn honest_text_of_another_script_is_left_alone() {
        for text in [
            "Привет, сосна",
            "Ελλάδα",
            "Müller & Søn",
            "株式会社",
            "שלום",
            "",
        ] {
            assert_eq!(marked(text), "", "{text}");
        }
    }
}
