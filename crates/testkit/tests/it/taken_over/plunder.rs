//! Reading as much as it can: what the intruder carries away is at most the hour's budget, also when it writes the
//! keeper's counts itself and lets the connection go on as often as that is allowed.
//!
//! Must not know how the keeper counts: records are counted here in the parsed answers.

use gatelodge_keeper_client::{BudgetState, ReleaseBudget};
use gatelodge_model::ErrorKind;
use gatelodge_provider::ReadRequest;
use serde_json::Value;

use super::intruder::Intruder;

/// Records that may leave in an hour.
pub(super) const ROWS: u64 = 120;

/// How often a day a held connection may be let go on.
pub(super) const RELEASES: u32 = 1;

/// Rounds, far more than the budget lasts for.
const ROUNDS: usize = 12;

/// What it does to the keeper's counts between two rounds.
const HARM: [&str; 4] = [
    "SELECT 1",
    "DELETE FROM budget_hours",
    "UPDATE budget_hours SET \"rows\" = 0, calls = 0, bytes = 0, mark = 0, told = 0",
    "DELETE FROM sealed_records WHERE kind = 'budget_release'; \
     UPDATE budget_hours SET \"rows\" = -1000000",
];

/// Takes what it can; the hold is seen, and stays.
pub(super) async fn plunder(intruder: &mut Intruder) {
    let (organization, connection) = (intruder.sent.organization, intruder.connection);
    let release = ReleaseBudget {
        organization,
        connection,
        by: intruder.member,
    };
    let mut carried = 0;
    let mut refused = 0;
    let mut released = 0;
    for round in 0..ROUNDS {
        for request in asked(&intruder.account, round) {
            let answer = intruder.keeper.read(intruder.read(request)).await;
            intruder.hear(&answer);
            match answer {
                Ok(answer) => {
                    assert!(answer.is_success(), "{}", answer.status);
                    carried += records(&serde_json::from_slice(&answer.body).unwrap());
                }
                Err(failure) => {
                    assert_eq!(
                        failure.error.kind(),
                        ErrorKind::BudgetExceeded,
                        "{failure:?}"
                    );
                    refused += 1;
                }
            }
        }
        if intruder.keeper.release_budget(release).await.is_ok() {
            released += 1;
        }
        intruder.sql(HARM[round % HARM.len()]).await;
    }
    let budget = ROWS * u64::from(RELEASES + 1);
    assert_eq!(released, RELEASES, "let go on no more often than allowed");
    assert!(carried <= budget, "{carried} records were carried away");
    assert!(carried > ROWS / 2, "the attempt was real: {carried}");
    assert!(refused > 0, "and it met the end of the budget");
    // whatever it did to the rows, what does not fit holds the connection, and then nothing leaves
    for (name, soql) in [
        (
            "many more records",
            "SELECT FIELDS(ALL) FROM Contact LIMIT 200",
        ),
        ("one more record", "SELECT Id FROM Contact LIMIT 1"),
    ] {
        let answer = intruder.keeper.read(intruder.read(query(soql))).await;
        intruder.judge(name, answer, ErrorKind::BudgetExceeded, "held");
    }
    let standing = intruder
        .keeper
        .budget(organization, connection)
        .await
        .unwrap();
    assert_eq!(standing.state, BudgetState::Held, "{standing:?}");
    assert_eq!(standing.releases_left, 0);
}

/// Ways to ask for many records, and for one.
fn asked(account: &str, round: usize) -> Vec<ReadRequest> {
    let mut search = ReadRequest::get("/services/data/v62.0/search");
    search.query = vec![(
        "q".to_owned(),
        "FIND {a*} RETURNING Contact(Id, Name LIMIT 9)".to_owned(),
    )];
    let offset = round * 7;
    vec![
        query(&format!(
            "SELECT Id, Name, Email FROM Contact LIMIT 7 OFFSET {offset}"
        )),
        query("SELECT Id, (SELECT Id, Name FROM Contacts) FROM Account LIMIT 3"),
        query("SELECT FIELDS(ALL) FROM Contact LIMIT 200"),
        ReadRequest::get(format!("/services/data/v62.0/sobjects/Account/{account}")),
        search,
    ]
}

fn query(soql: &str) -> ReadRequest {
    let mut request = ReadRequest::get("/services/data/v62.0/query");
    request.query = vec![("q".to_owned(), soql.to_owned())];
    request
}

/// Records in an answer: everything with attributes that name a type, at any depth.
fn records(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => {
            let is_record = fields
                .get("attributes")
                .is_some_and(|about| about["type"].is_string());
            u64::from(is_record) + fields.values().map(records).sum::<u64>()
        }
        Value::Array(items) => items.iter().map(records).sum(),
        _ => 0,
    }
}
