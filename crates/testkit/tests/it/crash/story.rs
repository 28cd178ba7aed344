//! The writes of the crash test: proposed by an agent, and counted afterwards at the practice org.

use std::collections::BTreeMap;

use gatelodge_testkit::browser::{self, Reply};
use gatelodge_testkit::decider::RestAgent;
use serde_json::{Value, json};
use url::Url;

/// The company of all leads that are made here.
const COMPANY: &str = "Crash test";

/// One proposed write, and how to find what it did.
#[derive(Clone, Debug)]
pub(super) struct Planned {
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

/// Proposes updates, and for each six of them two creations, one upsert and one deletion.
pub(super) async fn propose(agent: &RestAgent, count: usize) -> Vec<Planned> {
    let contacts = ids(agent, "SELECT Id FROM Contact ORDER BY Id", count).await;
    let leads = ids(agent, "SELECT Id FROM Lead ORDER BY Id", count / 10).await;
    let mut planned = Vec::new();
    for number in 0..count {
        let name = format!("CRASH-{number:03}");
        let (tool, arguments, trace) = match number % 10 {
            0 => {
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
            2 | 3 => {
                let fields = json!({ "LastName": name, "Company": COMPANY });
                let arguments = json!({ "object": "Lead", "fields": fields });
                ("salesforce_create_record", arguments, Trace::Lead(name))
            }
            _ => {
                let id = contacts[number].clone();
                let arguments =
                    json!({ "object": "Contact", "id": id, "fields": { "Description": name } });
                ("salesforce_update_record", arguments, Trace::Record(id))
            }
        };
        let proposal = agent.propose(tool, &arguments).await;
        planned.push(Planned { proposal, trace });
    }
    planned
}

async fn ids(agent: &RestAgent, soql: &str, count: usize) -> Vec<String> {
    let found = records(agent, &format!("{soql} LIMIT {count}")).await;
    assert_eq!(found.len(), count, "{soql}");
    found
        .iter()
        .map(|record| record["Id"].as_str().unwrap().to_owned())
        .collect()
}

async fn records(agent: &RestAgent, soql: &str) -> Vec<Value> {
    let answer = agent
        .result("salesforce_query", &json!({ "soql": soql, "limit": 1000 }))
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
    pub(super) async fn read(agent: &RestAgent, org: &Url) -> Self {
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
        for (soql, name) in [
            (format!("SELECT Id, LastName FROM Lead WHERE Company = '{COMPANY}'"), "LastName"),
            (
                "SELECT Id, Invoice_Number__c FROM Invoice__c WHERE Invoice_Number__c LIKE 'CRASH-%'".to_owned(),
                "Invoice_Number__c",
            ),
        ] {
            for record in records(agent, &soql).await {
                let id = record["Id"].as_str().unwrap().to_owned();
                effects.made.entry(record[name].as_str().unwrap().to_owned()).or_default().push(id);
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
