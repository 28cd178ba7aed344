//! An answer found by index is the answer of reading the whole table.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use crate::org::Value;

use super::*;

/// Read once: every case uses it.
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::built_in().unwrap());

/// One write: which record, which values, deleted or not.
#[derive(Clone, Debug)]
struct Write {
    row: u64,
    name: Option<String>,
    parent: Option<u64>,
    account: Option<u64>,
    number: Option<String>,
    deleted: bool,
}

fn letters() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a", "A", "Ab", "é", "É", "\u{212A}", "k", "Σ", "ς", "σ", "ss", "ß",
    ])
    .prop_map(str::to_owned)
}

fn write() -> impl Strategy<Value = Write> {
    (
        0..8_u64,
        prop::option::of(letters()),
        prop::option::of(0..8_u64),
        prop::option::of(0..8_u64),
        prop::option::of(letters()),
        prop::bool::ANY,
    )
        .prop_map(|(row, name, parent, account, number, deleted)| Write {
            row,
            name,
            parent,
            account,
            number,
            deleted,
        })
}

fn id(object: &Object, row: u64) -> Id {
    Id::generate(object.prefix, row + 1)
}

fn state_of(schema: &Schema, writes: &[Write]) -> State {
    let (accounts, invoices) = (
        schema.object("Account").unwrap(),
        schema.object("Invoice__c").unwrap(),
    );
    let mut state = State::new(schema);
    for write in writes {
        let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, Value::text);
        let mut account = Record::empty(accounts, id(accounts, write.row));
        account.set(accounts, "Name", text(&write.name));
        let parent = write.parent.map(|row| Value::Id(id(accounts, row)));
        account.set(accounts, "ParentId", parent.unwrap_or_default());
        account.set(accounts, "IsDeleted", Value::Bool(write.deleted));
        state.put(accounts, account);
        let mut invoice = Record::empty(invoices, id(invoices, write.row));
        let account = write.account.map(|row| Value::Id(id(accounts, row)));
        invoice.set(invoices, "Account__c", account.unwrap_or_default());
        invoice.set(invoices, "Invoice_Number__c", text(&write.number));
        state.put(invoices, invoice);
    }
    state
}

proptest! {
    #[test]
    fn index_and_scan_agree_after_any_writes(
        writes in prop::collection::vec(write(), 0..40),
        row in 0..8_u64,
        name in letters(),
        deleted in prop::bool::ANY,
    ) {
        // proves SFB-QRY-15
        let schema = &*SCHEMA;
        let state = Arc::new(state_of(schema, &writes));
        let accounts = schema.object("Account").unwrap();
        let asker = Asker {
            user: Id::generate(*b"005", 1),
            access: Access::administrator(schema),
            now: now(),
            base: String::new(),
            version: 66,
            deleted,
        };
        let account = id(accounts, row);
        let other = id(accounts, (row + 1) % 8);
        for (text, indexed) in [
            (format!("SELECT Id FROM Account WHERE Name = '{name}'"), true),
            (format!("SELECT Id FROM Account WHERE Name IN ('{name}', 'a')"), true),
            (format!("SELECT Id FROM Account WHERE Name IN ('{name}', null)"), false),
            (format!("SELECT Id FROM Account WHERE Name != '{name}'"), false),
            (format!("SELECT Id FROM Account WHERE Id = '{account}' OR ParentId = '{account}'"), true),
            (format!("SELECT Id FROM Account WHERE Id IN ('{account}', '{other}') AND Name != null"), true),
            (format!("SELECT Id FROM Account WHERE ParentId IN ('{account}', '{other}')"), true),
            (format!("SELECT Id FROM Account WHERE Parent.Name = '{name}'"), true),
            (format!("SELECT Id FROM Account WHERE Parent.Parent.Name = '{name}'"), true),
            (format!("SELECT Id FROM Account WHERE Parent.ParentId = '{account}'"), true),
            (format!("SELECT Id FROM Account WHERE (NOT Parent.Name = '{name}')"), false),
            (format!("SELECT Id FROM Account WHERE Parent.Name = null AND ParentId = '{account}'"), true),
            ("SELECT Id FROM Account WHERE Id IN (SELECT Account__c FROM Invoice__c)".to_owned(), true),
            (format!("SELECT Id FROM Invoice__c WHERE Invoice_Number__c = '{name}'"), true),
            (format!("SELECT Id FROM Invoice__c WHERE Account__r.Parent.Name = '{name}'"), true),
        ] {
            let plan = plan(schema, &state, &asker, &text).unwrap();
            let world = World::of(schema, &state, &asker);
            let object = &schema.objects[plan.object];
            let filter = plan.filter.as_ref().unwrap();
            prop_assert_eq!(filter.candidates(world, object).is_some(), indexed, "{}", text);
            let found = rows::ids(world, object, &plan);
            let scanned: Vec<Id> = state
                .table(object)
                .rows
                .values()
                .filter(|record| world.shows(object, record))
                .filter(|record| filter.accepts(filter::Source::Record(world, record)))
                .map(|record| record.id)
                .collect();
            prop_assert_eq!(&found, &scanned, "{}", text);
            let each: BTreeSet<Id> = found.iter().copied().collect();
            prop_assert_eq!(each.len(), found.len());
        }
        let children = schema.object("Invoice__c").unwrap();
        let field = children.field_index("Account__c").unwrap();
        let pointing: Vec<Id> = state.pointing(children, field, account).map(|record| record.id).collect();
        let scanned: Vec<Id> = state
            .table(children)
            .rows
            .values()
            .filter(|record| record.values[field].as_id() == Some(account))
            .map(|record| record.id)
            .collect();
        prop_assert_eq!(pointing, scanned);
    }
}
