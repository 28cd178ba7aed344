//! Which tools a caller sees.
//!
//! Must not know: how a face writes them.

use super::{arguments::extend_schema, hub_tools};
use crate::{AgentCaller, Hub};
use gatelodge_model::Decision;
use gatelodge_provider::Descriptor;

impl Hub {
    /// The tools of the catalogue and of the hub, with their full schemas. An agent that only reads sees no
    /// tool that writes, and no agent does while the organization has switched writes off. Nobody sees tools of a
    /// provider that is switched off, or not open to the person.
    pub fn tools(&self, caller: &AgentCaller) -> Vec<Descriptor> {
        let policy = caller.organization.policy;
        let access = Some(caller.agent.access);
        let mut tools = self.all_tools();
        tools.retain(|descriptor| policy.decide(descriptor.effect, access) != Decision::Deny);
        tools.retain(|descriptor| self.is_listed(caller, descriptor));
        tools
    }

    /// Every tool, whoever asks: for documents that describe this installation.
    pub fn all_tools(&self) -> Vec<Descriptor> {
        let of_providers = self.catalogue.tools().map(|(_, tool)| {
            let mut descriptor = tool.descriptor().clone();
            descriptor.input_schema = extend_schema(&descriptor.input_schema, descriptor.effect);
            descriptor
        });
        hub_tools::descriptors()
            .into_iter()
            .chain(of_providers)
            .collect()
    }

    fn is_listed(&self, caller: &AgentCaller, descriptor: &Descriptor) -> bool {
        let provider = self
            .catalogue
            .tool(descriptor.name.as_str())
            .map(|(provider, _)| &provider.manifest().slug);
        provider.is_none_or(|slug| {
            caller.organization.off.by(slug).is_none() && !caller.closed.contains(slug)
        })
    }
}
