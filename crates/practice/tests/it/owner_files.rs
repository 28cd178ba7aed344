//! Own objects and records: `--schema` and `--seed`, what they add, and how they are refused.

use std::path::{Path, PathBuf};

use gatelodge_practice::{PracticeOptions, start};
use serde_json::json;

use crate::rest_support::{ADMIN, MARIA};
use crate::support::{TestOrg, org_with};

const SCHEMA: &str = r"
object Machine__c | a10 | Machine | Machines
Name | string(80) | Machine Name | required | name
Serial__c | string(40) | Serial Number | external-id | unique
Account__c | reference | Account | to=Account | rel=Account__r | kids=Machines__r
Part_Of__c | reference | Part Of | to=Machine__c | rel=Part_Of__r | kids=Parts__r
State__c | picklist(40) | State | restricted | values=*Running;Stopped
Price__c | currency(16,2) | Price
Discount__c | percent(5,2) | Discount
Net__c | currency(16,2) | Net Price | formula=Price__c * (1 - Discount__c)
Bought__c | date | Bought On | default=TODAY()
rule Discount_Limit | Discount__c | Discount__c > 0.4 | More than 40 % needs the head of sales.

extend Account
Region__c | picklist(40) | Region | values=North;South
";

const ACCOUNTS: &str = "Id,Name,Region__c,CreatedDate\nA1,Mill Works,North,2020-01-01\n";
const MACHINES: &str = "Name,Serial__c,Account__c,Part_Of__r.Serial__c,Owner.Username,Price__c,Discount__c\n\
    Gear,S-2,,S-1,,50,\n\
    \"Press, large\",S-1,A1,,maria.lopez@northwind-practice.example,1000,10\n";

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn org_of(folder: &Path, change: impl FnOnce(&mut PracticeOptions)) -> TestOrg {
    let schema = write(folder, "company.txt", SCHEMA);
    let records = folder.join("records");
    std::fs::create_dir_all(&records).unwrap();
    write(&records, "Account.csv", ACCOUNTS);
    write(&records, "Machine__c.csv", MACHINES);
    org_with(|options| {
        options.schema = Some(schema);
        options.seed = Some(records);
        change(options);
    })
    .await
}

#[tokio::test]
async fn own_objects_and_records_behave_like_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_of(folder.path(), |_| {}).await;
    let (admin, maria) = (org.rest(ADMIN).await, org.rest(MARIA).await);
    let rows = maria
        .records(
            "SELECT Name, Net__c, State__c, Owner.Name, Account__r.Region__c, Part_Of__r.Name, \
             (SELECT Serial__c FROM Parts__r) FROM Machine__c ORDER BY Serial__c",
        )
        .await;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["Name"], &rows[0]["Net__c"], &rows[0]["State__c"]),
        (&json!("Press, large"), &json!(900.0), &json!("Running"))
    );
    assert_eq!(rows[0]["Owner"]["Name"], "Maria Lopez");
    assert_eq!(rows[0]["Account__r"]["Region__c"], "North");
    assert_eq!(rows[0]["Parts__r"]["records"][0]["Serial__c"], "S-2");
    assert_eq!(rows[1]["Part_Of__r"]["Name"], "Press, large");
    let describe = admin
        .get("/sobjects/Machine__c/describe")
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&describe["keyPrefix"], &describe["custom"]),
        (&json!("a10"), &json!(true))
    );
    let refused = maria
        .post(
            "/sobjects/Machine__c",
            json!({"Name": "M", "Discount__c": 50}),
        )
        .await
        .expect(400);
    assert_eq!(
        refused.body,
        json!([{
            "message": "More than 40 % needs the head of sales.",
            "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": ["Discount__c"],
        }])
    );
}

#[tokio::test]
async fn records_are_loaded_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for _ in 0..2 {
        let org = org_of(folder.path(), |options| {
            options.data_dir = Some(data.clone());
        })
        .await;
        let admin = org.rest(ADMIN).await;
        let rows = admin.records("SELECT Id FROM Machine__c").await;
        assert_eq!(rows.len(), 2);
        org.running.shutdown().await;
    }
}

async fn refusal(change: impl FnOnce(&mut PracticeOptions)) -> String {
    let mut options = PracticeOptions::new();
    change(&mut options);
    start(options).await.err().unwrap().to_string()
}

#[tokio::test]
async fn what_is_wrong_in_a_file_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (text, reason) in [
        (
            "Name | string | N",
            "line 1: the first line must begin with `object` or `extend`",
        ),
        (
            "object A__c | a0 | A | As",
            "line 1: `a0` is no key prefix: three letters or digits, such as `a05`",
        ),
        (
            "object A__c | 001 | A | As",
            "line 1: the key prefix 001 belongs to Account",
        ),
        (
            "extend Acount",
            "line 1: there is no object `Acount` to extend",
        ),
        (
            "extend Account\nX__c | text | X",
            "line 2: unknown type `text`",
        ),
        (
            "extend Account\n\nName | string(80) | X",
            "line 3: `Account` has a field `Name` already",
        ),
        (
            "extend Account\nrule R | - | Nme = 1 | No.",
            "line 2: formula, column 1: Account has no field `Nme`",
        ),
        (
            "extend Account\nX__c | reference | X | to=Nothing__c",
            "line 2: Account.X__c refers to `Nothing__c`, which is no object",
        ),
        (
            "object A__c | a20 | A | As\nX__c | string(80) | X",
            "line 1: `A__c` needs a field with the flag `name`",
        ),
    ] {
        let path = write(folder.path(), "bad.txt", text);
        let told = refusal(|options| options.schema = Some(path)).await;
        assert_eq!(told, format!("bad.txt, {reason}"), "{text}");
    }
    for (text, reason) in [
        (
            "Name,Nme\nA,B\n",
            "line 1, column Nme: Account has no field `Nme`",
        ),
        (
            "Name,NumberOfEmployees\nA,1\nB,many\n",
            "line 3, column NumberOfEmployees: INVALID_TYPE_ON_FIELD_IN_RECORD: Employees: value not of required type: many",
        ),
        (
            "Name,ParentId\nA,X\n",
            "line 2, column ParentId: there is no row and no record `X`",
        ),
        (
            "Name,Parent.Name\nA,Nobody\n",
            "line 2, column Parent.Name: no Account has the Name `Nobody`",
        ),
        (
            "Id,Name\n1,A\n1,B\n",
            "line 3, column Id: two rows have the id `1`",
        ),
        (
            "Phone\n123\n",
            "line 2, column Name: REQUIRED_FIELD_MISSING: Required fields are missing: [Name]",
        ),
    ] {
        let path = write(folder.path(), "Account.csv", text);
        let told = refusal(|options| options.seed = Some(path)).await;
        assert_eq!(told, format!("Account.csv, {reason}"), "{text}");
    }
    let missing = folder.path().join("nothing.csv");
    let told = refusal(|options| options.seed = Some(missing.clone())).await;
    assert!(
        told.starts_with(&format!("cannot read {}: ", missing.display())),
        "{told}"
    );
}

#[tokio::test]
async fn a_schema_that_lost_what_kept_records_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let org = org_of(folder.path(), |options| {
        options.data_dir = Some(data.clone());
    })
    .await;
    org.running.shutdown().await;
    let told = async |from: &str, to: &str| {
        let path = write(folder.path(), "changed.txt", &SCHEMA.replace(from, to));
        refusal(|options| {
            options.schema = Some(path);
            options.data_dir = Some(data.clone());
        })
        .await
    };
    for (from, to, reason) in [
        (
            "| a10 |",
            "| a11 |",
            "Machine__c has the key prefix a11, and its kept records have a10",
        ),
        (
            "Price__c | currency(16,2)",
            "Price__c | date",
            "Machine__c.Price__c is of the type date, and a kept record has 1000.0",
        ),
        (
            "Region__c |",
            "Area__c |",
            "there is no field Account.Region__c any more, and kept records use it",
        ),
        (
            "Machine__c",
            "Device__c",
            "there is no object Machine__c any more, and kept records use it",
        ),
    ] {
        let words = format!("the schema does not fit the kept records: {reason}");
        assert_eq!(told(from, to).await, words);
    }
}
