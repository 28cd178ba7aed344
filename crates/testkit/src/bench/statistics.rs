//! Median and spread.
//!
//! Must not know what the numbers mean.

/// The median of some numbers, with the least and the greatest of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) greatest: f64,
}

impl Spread {
    pub(super) fn of(mut numbers: Vec<f64>) -> Self {
        assert!(!numbers.is_empty(), "something was measured");
        numbers.sort_by(f64::total_cmp);
        let middle = numbers.len() / 2;
        let median = if numbers.len() % 2 == 1 {
            numbers[middle]
        } else {
            f64::midpoint(numbers[middle - 1], numbers[middle])
        };
        Self {
            median,
            least: numbers[0],
            greatest: numbers[numbers.len() - 1],
        }
    }

    /// As `median (least–greatest) unit`.
    pub(super) fn show(&self, unit: &str) -> String {
        let digits = if self.median.abs() < 100.0 { 2 } else { 0 };
        format!(
            "{:.digits$}{unit} ({:.digits$}–{:.digits$})",
            self.median, self.least, self.greatest
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let spread = Spread::of(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!(
            spread,
            Spread {
                median: 2.5,
                least: 1.0,
                greatest: 4.0
            }
        );
        assert_eq!(
            Spread::of(vec![3.0, 1.0, 2.0]).show(" ms"),
            "2.00 ms (1.00–3.00)"
        );
    }
}
