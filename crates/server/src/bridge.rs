//! placeholder
pub async fn run(_u: url::Url, _t: gatelodge_model::Secret, _c: Option<std::path::PathBuf>) -> anyhow::Result<()> { Ok(()) }
