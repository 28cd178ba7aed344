//! Which organization a command means, where one installation serves many.
//!
//! Must not know: what is done to it.

use anyhow::{Context as _, bail};
use gatelodge_core::Hub;
use gatelodge_model::Organization;

/// The organization with this name or id; without one, the only one there is.
///
/// # Errors
/// When there is none, or several and none was named.
pub(super) async fn organization(hub: &Hub, wanted: Option<&str>) -> anyhow::Result<Organization> {
    let all = hub.organizations().await?;
    match wanted {
        Some(wanted) => all
            .into_iter()
            .find(|one| one.name == wanted || one.id.to_string() == wanted)
            .with_context(|| format!("there is no organization '{wanted}'")),
        None => match <[Organization; 1]>::try_from(all) {
            Ok([only]) => Ok(only),
            Err(all) => {
                let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
                bail!(
                    "there are several organizations; name one with --organization: {}",
                    names.join(", ")
                )
            }
        },
    }
}
