//! Bytes of a file as text: UTF-8 and UTF-16 with their marks, and Windows' western code page where asked.
//!
//! Must not know: what the text is.

use std::borrow::Cow;

/// An encoding that a caller may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
    Windows1252,
}

/// What stands at 0x80 to 0x9F (WHATWG Encoding Standard, index windows-1252).
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl Encoding {
    /// Reads a name.
    pub(in super::super) fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "utf-16le" | "utf-16" => Some(Self::Utf16Little),
            "utf-16be" => Some(Self::Utf16Big),
            "windows-1252" | "cp1252" | "latin1" | "iso-8859-1" => Some(Self::Windows1252),
            _ => None,
        }
    }
}

/// The text of the bytes; a byte order mark tells the encoding where the caller does not.
///
/// # Errors
/// The place of the first byte that fits no text.
pub(in super::super) fn decode(
    bytes: &[u8],
    encoding: Option<Encoding>,
) -> Result<Cow<'_, str>, usize> {
    let marked = [
        (&[0xEF, 0xBB, 0xBF][..], Encoding::Utf8),
        (&[0xFF, 0xFE][..], Encoding::Utf16Little),
        (&[0xFE, 0xFF][..], Encoding::Utf16Big),
    ]
    .into_iter()
    .find_map(|(mark, encoding)| Some((bytes.strip_prefix(mark)?, encoding)));
    let (bytes, found) = marked.map_or((bytes, None), |(rest, found)| (rest, Some(found)));
    match encoding.or(found).unwrap_or(Encoding::Utf8) {
        Encoding::Utf8 => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| error.valid_up_to()),
        Encoding::Utf16Little => utf16(bytes, u16::from_le_bytes),
        Encoding::Utf16Big => utf16(bytes, u16::from_be_bytes),
        Encoding::Windows1252 => Ok(bytes
            .iter()
            .map(|byte| match byte {
                0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
                byte => char::from(*byte),
            })
            .collect()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, usize> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(bytes.len() - 1);
    }
    let mut text = String::with_capacity(pairs.len());
    let mut place = 0;
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = character.map_err(|_| place)?;
        place += 2 * character.len_utf16();
        text.push(character);
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_names_tell_the_encoding() {
        // proves SF-16
        let windows = Encoding::parse("Windows-1252");
        for (bytes, encoding, text) in [
            (&b"\xEF\xBB\xBFa\xC3\xA4"[..], None, "aä"),
            (b"\xFF\xFEa\0\xE4\0", None, "aä"),
            (b"\xFE\xFF\0a\0\xE4", None, "aä"),
            (b"a\xE4\x80", windows, "aä€"),
            (b"\0a", Encoding::parse("utf-16be"), "a"),
        ] {
            assert_eq!(decode(bytes, encoding).as_deref(), Ok(text), "{bytes:?}");
        }
        assert_eq!(decode(b"ab\xE4c", None), Err(2));
        assert_eq!(decode(b"\xFF\xFEa\0b", None), Err(2));
        assert_eq!(decode(b"\xFF\xFEa\0\0\xD8a\0", None), Err(2));
        assert_eq!(Encoding::parse("EBCDIC"), None);
    }
}
