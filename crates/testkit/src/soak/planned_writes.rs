//! Many writes of every kind: proposed by an agent, and counted afterwards at the practice org.
//!
//! Must not know who approves them, and what is killed meanwhile.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

use crate::browser::{self, Reply};
use crate::decider::RestAgent;

/// The company of all leads that are made here.
const COMPANY: &str = "Crash test";

/// Records that one query gives at most.
const PAGE: usize = 1000;

/// One proposed write, and how to find what it did.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// Its id.
    pub(super) proposal: String,
    trace: Trace,
}

#[derive(Clone, Debug)]
enum Trace {
    /// The record that is changed or deleted.
    Record(String),
    /// The last name of the lead that is made.
    Lead(String),
    /// The number of the invoice that is made or changed.
    Invoice(String),
}

/// Proposes updates, and for each six of them two creations, one upsert and one deletion. Where the org has no more
/// records to change, records are made instead.
pub(super) async fn propose(agent: &RestAgent, count: usize) -> Vec<Planned> {
    let contacts = ids(agent, "SELECT Id FROM Contact ORDER BY Id", count).await;
    let leads = ids(agent, "SELECT Id FROM Lead ORDER BY Id", count / 10).await;
    let mut planned = Vec::new();
    for number in 0..count {
        let name = name_of(number);
        let (tool, arguments, trace) = match number % 10 {
            0 if number / 10 < leads.len() => {
                let id = leads[number / 10].clone();
                let arguments = json!({ "object": "Lead", "id": id });
                ("salesforce_delete_record", arguments, Trace::Record(id))
            }
            1 => {
                let arguments = json!({
                    "object": "Invoice__c", "external_id_field": "Invoice_Number__c", "external_id": name,
                    "fields": { "Notes__c": "crash test" },
                });
                ("salesforce_upsert_record", arguments, Trace::Invoice(name))
            }
            2 | 3 => lead(name),
            _ if number < contacts.len() => {
                let id = contacts[number].clone();
                let arguments =
                    json!({ "object": "Contact", "id": id, "fields": { "Description": name } });
                ("salesforce_update_record", arguments, Trace::Record(id))
            }
            _ => lead(name),
        };
        let proposal = agent.propose(tool, &arguments).await;
        planned.push(Planned { proposal, trace });
    }
    planned
}

fn lead(name: String) -> (&'static str, Value, Trace) {
    let fields = json!({ "LastName": name, "Company": COMPANY });
    let arguments = json!({ "object": "Lead", "fields": fields });
    ("salesforce_create_record", arguments, Trace::Lead(name))
}

fn name_of(number: usize) -> String {
    format!("CRASH-{number:05}")
}

/// Up to so many ids, at most a page of them.
async fn ids(agent: &RestAgent, soql: &str, count: usize) -> Vec<String> {
    let count = count.min(PAGE);
    records(agent, &format!("{soql} LIMIT {count}"))
        .await
        .iter()
        .map(|record| record["Id"].as_str().unwrap().to_owned())
        .collect()
}

async fn records(agent: &RestAgent, soql: &str) -> Vec<Value> {
    let answer = agent
        .result("salesforce_query", &json!({ "soql": soql, "limit": PAGE }))
        .await;
    answer["records"]
        .as_array()
        .unwrap_or_else(|| panic!("records in {answer}"))
        .clone()
}

/// What really happened at the practice org.
#[derive(Debug)]
pub(super) struct Effects {
    /// Writes of Gatelodge's clients by record.
    writes: BTreeMap<String, usize>,
    /// Records by the name that their proposal gave them.
    made: BTreeMap<String, Vec<String>>,
}

impl Effects {
    /// Counts. The queries go through the hub: its connection still works.
    pub(super) async fn read(agent: &RestAgent, org: &Url, count: usize) -> Self {
        let url = org
            .join("/practice/admin/writes?client_prefix=gatelodge/")
            .unwrap();
        let counted: Reply = browser::read(&url, browser::client(None).get(url.clone())).await;
        let counted = counted.expect(200).json();
        let writes = counted["records"].as_array().unwrap().iter().map(|record| {
            let id = record["id"].as_str().unwrap().to_owned();
            (id, record["writes"].as_array().unwrap().len())
        });
        let mut effects = Self {
            writes: writes.collect(),
            made: BTreeMap::new(),
        };
        // a page of names at a time
        for start in (0..count).step_by(PAGE) {
            let like = &name_of(start)[..8];
            for (object, name) in [("Lead", "LastName"), ("Invoice__c", "Invoice_Number__c")] {
                let soql = format!("SELECT Id, {name} FROM {object} WHERE {name} LIKE '{like}%'");
                for record in records(agent, &soql).await {
                    let id = record["Id"].as_str().unwrap().to_owned();
                    let name = record[name].as_str().unwrap().to_owned();
                    effects.made.entry(name).or_default().push(id);
                }
            }
        }
        effects
    }

    /// How often a proposed write happened.
    pub(super) fn of(&self, planned: &Planned) -> usize {
        let writes = |id: &String| self.writes.get(id).copied().unwrap_or(0);
        match &planned.trace {
            Trace::Record(id) => writes(id),
            Trace::Lead(name) | Trace::Invoice(name) => {
                self.made.get(name).into_iter().flatten().map(writes).sum()
            }
        }
    }
}
