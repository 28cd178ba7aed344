//! The catalogue of providers that are compiled in: one folder per provider, nothing else.
//!
//! Must not know: stores, use cases, faces, credentials. A provider's folder holds everything about it.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

use gatelodge_model::Result;
use gatelodge_provider::Provider;
use std::sync::Arc;
use url::Url;

// One line per folder of this crate, in alphabetical order; a test compares the two.
mod salesforce;

/// What providers take from the configuration file.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Origins of practice orgs that stand in for Salesforce: the only hosts that may have a port.
    pub practice_orgs: Vec<Url>,
}

/// All providers.
///
/// # Errors
/// `internal` where a compiled-in manifest or tool name is wrong, `misconfigured` where a setting is.
pub fn catalogue(settings: Settings) -> Result<Vec<Arc<dyn Provider>>> {
    let salesforce = salesforce::Salesforce::new(settings.practice_orgs)?;
    Ok(vec![Arc::new(salesforce)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_provider::{Catalogue, ToolKind};
    use std::{fs, path::Path};

    #[test]
    fn every_folder_has_its_line_and_its_entry() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let text = fs::read_to_string(source.join("lib.rs")).unwrap();
        let mut listed: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("mod "))
            .filter_map(|line| line.strip_suffix(';'))
            .map(str::to_owned)
            .collect();
        let mut folders: Vec<_> = fs::read_dir(&source)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(listed, folders);

        let mut slugs: Vec<_> = catalogue(Settings::default())
            .unwrap()
            .iter()
            .map(|provider| provider.manifest().slug.clone())
            .collect();
        slugs.sort();
        listed.sort();
        assert_eq!(slugs, listed);
        for folder in folders {
            for file in ["provider.toml", "README.md", "mod.rs"] {
                assert!(source.join(&folder).join(file).is_file(), "{folder}/{file}");
            }
        }
    }

    #[test]
    fn tools_agree_with_their_declared_effect_and_scopes() {
        let catalogue = Catalogue::new(catalogue(Settings::default()).unwrap()).unwrap();
        assert!(catalogue.tools().count() >= 12);
        for (provider, tool) in catalogue.tools() {
            let descriptor = tool.descriptor();
            let name = descriptor.name.as_str();
            let slug = &provider.manifest().slug;
            assert!(name.starts_with(&format!("{slug}_")), "{name}");
            let writes = matches!(tool.kind(), ToolKind::Write(_));
            assert_eq!(descriptor.effect.is_write(), writes, "{name}");
            for scope in descriptor.scopes {
                let declared = &provider.manifest().scopes;
                assert!(declared.iter().any(|entry| entry.name == *scope), "{name}");
            }
            let schema = descriptor.input_schema.to_string();
            assert!(schema.contains(r#""additionalProperties":false"#), "{name}");
            assert!(!schema.contains(r#""null""#), "{name}: {schema}");
            assert!(!schema.contains("$ref"), "{name}: {schema}");
        }
    }
}
