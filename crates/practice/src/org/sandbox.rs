//! What makes a copy of the org a sandbox: another org id, the flag, other usernames. Record ids stay, as they do
//! when Salesforce copies an org.
//!
//! Must not know hosts.

use std::sync::PoisonError;

use super::id::Id;
use super::value::Value;
use super::{Org, Record};

/// Instance that sandboxes live on.
const INSTANCE: &str = "CS12";

impl Org {
    /// Turns this org into the sandbox `name`, made by copy number `copy`; each copy has an org id of its own.
    pub(crate) fn become_sandbox(&self, copy: u64, name: &str) {
        let _order = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.snapshot().as_ref().clone();
        let companies = self.schema.object("Organization");
        let company = companies.and_then(|companies| state.live(companies).next().cloned());
        if let (Some(companies), Some(company)) = (companies, company) {
            let sequence = company.id.sequence().unwrap_or(0);
            let id = Id::generate(companies.prefix, sequence + copy);
            let mut values = company.values.clone();
            values[0] = Value::Id(id);
            let mut record = Record { id, values };
            record.set(companies, "IsSandbox", Value::Bool(true));
            record.set(companies, "InstanceName", Value::text(INSTANCE));
            state.forget(companies, company.id);
            state.put(companies, record);
        }
        if let Some(users) = self.schema.object("User") {
            let all: Vec<_> = state.live(users).cloned().collect();
            for user in all {
                let Some(username) = user.get(users, "Username").as_text() else {
                    continue;
                };
                let mut record = user.as_ref().clone();
                record.set(users, "Username", Value::text(format!("{username}.{name}")));
                state.put(users, record);
            }
        }
        self.publish(state);
    }
}
