//! What the system says about this process.
//!
//! Must not know: roles.

use metrics::gauge;
use std::fs;

/// The unit of `statm` on every machine that the product is built for (proc(5)).
const PAGE: u32 = 4096;

/// Takes the figures of this moment; where the system has none, there are none.
pub(super) fn measure() {
    let resident = fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse::<u32>().ok());
    if let Some(pages) = resident {
        gauge!("gatelodge_resident_bytes").set(f64::from(pages) * f64::from(PAGE));
    }
}
