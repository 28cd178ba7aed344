//! What a keeper costs, measured: `cargo xtask bench keeper` and `cargo xtask bench refresh`.
//!
//! The keeper that is measured is a process of its own; the provider and whoever asks are this one. Ratios are made
//! within one run.

mod calls;
mod refreshes;

/// The median of some numbers, with the least and the greatest of them.
fn spread(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (least, greatest) = (values[0], values[values.len() - 1]);
    let median = values[values.len() / 2];
    format!("{median:.digits$} ({least:.digits$}–{greatest:.digits$})")
}
