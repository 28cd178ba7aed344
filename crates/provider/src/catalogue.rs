//! The compiled-in list of providers and tools, in one order, looked up by name.
//!
//! Must not know: any particular provider; `server` builds it from `providers`.

use crate::{provider::Provider, tool::ToolRef};
use std::{collections::BTreeMap, sync::Arc};

/// Two providers or tools of one name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue has two entries named '{0}'")]
pub struct DuplicateName(String);

/// All providers and their tools.
#[derive(Clone)]
pub struct Catalogue {
    providers: BTreeMap<String, Arc<dyn Provider>>,
    tools: BTreeMap<String, (Arc<dyn Provider>, ToolRef)>,
    order: Vec<String>,
}

impl Catalogue {
    /// Joins providers.
    ///
    /// # Errors
    /// When two share a slug, or two tools a name.
    pub fn new(list: Vec<Arc<dyn Provider>>) -> Result<Self, DuplicateName> {
        let mut catalogue = Self {
            providers: BTreeMap::new(),
            tools: BTreeMap::new(),
            order: Vec::new(),
        };
        for provider in list {
            for tool in provider.tools() {
                let name = tool.descriptor().name.as_str().to_owned();
                catalogue.order.push(name.clone());
                let entry = (Arc::clone(&provider), Arc::clone(tool));
                if catalogue.tools.insert(name.clone(), entry).is_some() {
                    return Err(DuplicateName(name));
                }
            }
            let slug = provider.manifest().slug.clone();
            if catalogue.providers.insert(slug.clone(), provider).is_some() {
                return Err(DuplicateName(slug));
            }
        }
        Ok(catalogue)
    }

    /// A provider by slug.
    pub fn provider(&self, slug: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.get(slug)
    }

    /// All providers, by slug.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.values()
    }

    /// A tool by name, with its provider.
    pub fn tool(&self, name: &str) -> Option<(&Arc<dyn Provider>, &ToolRef)> {
        self.tools
            .get(name)
            .map(|(provider, tool)| (provider, tool))
    }

    /// All tools in their shown order.
    pub fn tools(&self) -> impl Iterator<Item = (&Arc<dyn Provider>, &ToolRef)> {
        self.order.iter().filter_map(|name| self.tool(name))
    }
}
