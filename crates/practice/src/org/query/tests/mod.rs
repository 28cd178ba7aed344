//! Evaluation against hand-made records whose answer is known beforehand.

use chrono::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::org::dml::{Body, Draft, WriteContext};

mod conditions;
mod errors;
mod export;
mod functions;
mod lookup;
mod results;
mod rules;
mod totals;
mod type_of;

const QUERY_TIME: (i32, u32, u32) = (2026, 11, 18);

struct Fixture {
    schema: Schema,
    state: Arc<State>,
    user: Id,
}

fn now() -> DateTime<Utc> {
    let (year, month, day) = QUERY_TIME;
    Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap()
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

/// Four accounts, three contacts, four opportunities; nothing else but the seeded users.
fn fixture() -> Fixture {
    let schema = Schema::built_in().unwrap();
    let seeded = crate::org::seed::seed(&schema);
    let mut state = State::new(&schema);
    for name in ["User", "Profile", "Group"] {
        let object = schema.object(name).unwrap();
        for record in seeded.live(object) {
            state.put(object, record.as_ref().clone());
        }
    }
    let user = Id::generate(*b"005", 1);
    let context = WriteContext {
        user,
        access: Access::administrator(&schema),
        now: now(),
        client: None,
        assignment: crate::org::dml::Assignment::Off,
        duplicates: crate::org::dml::DuplicateOptions::default(),
        most_records: None,
        base: String::new(),
        files: Arc::default(),
    };
    let mut draft = Draft::new(&schema, state, context);
    let mut create = |object: &str, fields: Json| -> String {
        let fields = map(fields);
        draft
            .create(schema.object(object).unwrap(), &Body::from(&fields))
            .unwrap()
            .to_string()
    };
    let acme = create(
        "Account",
        json!({"Name": "Acme", "Industry": "Energy", "AnnualRevenue": 100, "NumberOfEmployees": 5}),
    );
    let blue = create(
        "Account",
        json!({"Name": "blue", "Industry": "Banking", "AnnualRevenue": 139_000_000, "ParentId": acme, "BillingCity": "Lyon", "BillingCountry": "France"}),
    );
    create(
        "Account",
        json!({"Name": "Cobalt_1", "Industry": "Energy", "Description": "Long"}),
    );
    create("Account", json!({"Name": "D'Arc 100%"}));
    let ann = create(
        "Contact",
        json!({"FirstName": "Ann", "LastName": "Ash", "AccountId": acme, "Email": "ann@acme.example"}),
    );
    create(
        "Contact",
        json!({"LastName": "Birk", "AccountId": blue, "Birthdate": "1990-02-28"}),
    );
    create("Contact", json!({"LastName": "Cole"}));
    for (name, stage, amount, close) in [
        ("One", "Prospecting", Some(10), "2026-11-18"),
        ("Two", "Closed Won", Some(30), "2026-10-31"),
        ("Three", "Closed Won", None, "2026-11-17"),
        ("Four", "Qualification", Some(5), "2025-12-31"),
    ] {
        create(
            "Opportunity",
            json!({"Name": name, "StageName": stage, "Amount": amount, "CloseDate": close, "AccountId": acme}),
        );
    }
    create(
        "Invoice__c",
        json!({"Name": "I1", "Invoice_Number__c": "N1", "Payment_Methods__c": "Card;Cheque", "Account__c": blue}),
    );
    create(
        "Task",
        json!({"Subject": "Call", "WhatId": acme, "WhoId": ann}),
    );
    let (change, _) = draft.finish().unwrap();
    let mut state = State::new(&schema);
    for name in ["User", "Profile", "Group"] {
        let object = schema.object(name).unwrap();
        for record in seeded.live(object) {
            state.put(object, record.as_ref().clone());
        }
    }
    // Going through the change proves that a replay gives the same records.
    let text = serde_json::to_string(&change).unwrap();
    state.apply(&schema, &serde_json::from_str(&text).unwrap());
    Fixture {
        schema,
        state: Arc::new(state),
        user,
    }
}

impl Fixture {
    fn asker(&self, access: &Arc<Access>) -> Asker {
        Asker {
            user: self.user,
            access: Arc::clone(access),
            now: now(),
            base: "/b".to_owned(),
            version: 66,
            deleted: false,
        }
    }

    fn ask(&self, access: &Arc<Access>, text: &str) -> Result<Json, ApiError> {
        self.ask_as(&self.asker(access), text)
    }

    /// An asker in another time zone than the administrator's: Chicago.
    fn maria(&self) -> Asker {
        let mut asker = self.asker(&Access::administrator(&self.schema));
        asker.user = Id::generate(*b"005", 2);
        asker
    }

    fn ask_as(&self, asker: &Asker, text: &str) -> Result<Json, ApiError> {
        let found = run(&self.schema, &self.state, asker, text)?;
        Ok(serde_json::from_slice(&self.page(&found)).unwrap())
    }

    /// The whole result as one page.
    fn page(&self, found: &Found) -> Vec<u8> {
        let page = Page {
            base: "/b",
            from: 0,
            size: 2_000,
            locator: None,
            locators: &|| "0r8".to_owned(),
        };
        found.page(&self.schema, &self.state, page).body
    }

    fn admin(&self, text: &str) -> Result<Json, ApiError> {
        self.ask(&Access::administrator(&self.schema), text)
    }

    /// The first selected field of all rows.
    fn first(&self, text: &str) -> Vec<Json> {
        let answer = self
            .admin(text)
            .unwrap_or_else(|error| panic!("{text}: {}", error.entry.message));
        let rows = answer["records"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row.as_object().unwrap().values().nth(1).unwrap().clone())
            .collect()
    }
}
