//! Counts for people: thousands separated, the unit in the right number.
//!
//! Must not know: what is counted.

/// `12345` as `12,345`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in the largest unit that fits, rounded down to a tenth: `2 GiB`, `1.5 MiB`, `900 bytes`.
pub(crate) fn sized(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let Some((name, unit)) = units.into_iter().find(|(_, unit)| bytes >= *unit) else {
        return counted(usize::try_from(bytes).unwrap_or_default(), "byte", "bytes");
    };
    let (whole, tenths) = (bytes / unit, bytes % unit * 10 / unit);
    if tenths == 0 {
        format!("{} {name}", grouped(whole))
    } else {
        format!("{}.{tenths} {name}", grouped(whole))
    }
}

/// A count with its word: `1 field`, `2 fields`, `1,000 fields`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    let word = if count == 1 { one } else { many };
    format!("{} {word}", grouped(count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_and_words_agree() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
        assert_eq!(sized(0), "0 bytes");
        assert_eq!(sized(1_023), "1,023 bytes");
        assert_eq!(sized(1_536), "1.5 KiB");
        assert_eq!(sized(2 << 30), "2 GiB");
        assert_eq!(counted(1, "field", "fields"), "1 field");
        assert_eq!(counted(1_500, "field", "fields"), "1,500 fields");
    }
}
