//! `gatelodge soql`: verdicts and layout, as a script or CI meets them.
//!
//! Must not know the languages beyond what the command promises.

use crate::program::{Ended, command, end_of, run};
use serde_json::{Value, json};
use std::{fs, fs::File, process::Stdio};
use tempfile::TempDir;

fn file(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("statements.soql");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// The lines of JSON that it printed.
fn verdicts(ended: &Ended) -> Vec<Value> {
    let lines = ended.out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const MIXED: &str = "\
# comment
SELECT Id FROM Account

-- comment
SELECT Id FROM Contact FOR VIEW
SELECT FROM Account
SELECT Id FROM Account WHERE Name = 'x
SELECT LOWER(Name) FROM Account
";

// proves SFB-GRAM-1, SFB-SOQL-33
#[tokio::test]
async fn check_gives_a_verdict_for_each_line() {
    let (_folder, path) = file(MIXED);
    let ended = run(&["soql", "check", &path, "--json"]).await;
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "gatelodge: 2 of 5 statements are wrong\n");
    assert_eq!(
        verdicts(&ended),
        [
            json!({"line": 2, "ok": true, "read_only": true, "error": null, "row": null, "column": null}),
            json!({"line": 5, "ok": true, "read_only": false, "error": null, "row": null, "column": null}),
            json!({"line": 6, "ok": false, "read_only": false, "error": "unexpected token: 'FROM'", "row": 1, "column": 8}),
            json!({"line": 7, "ok": false, "read_only": false, "error": "line 1:38 mismatched character '<EOF>' expecting '''", "row": 1, "column": 38}),
            json!({"line": 8, "ok": true, "read_only": true, "error": null, "row": 1, "column": 13, "warning": "unexpected token: '('"}),
        ]
    );

    let ended = run(&["soql", "check", &path]).await;
    let expected = [
        ":2: ok",
        ":5: ok, but FOR VIEW makes this statement write: it marks the records as viewed by the user",
        ":6:8: error: unexpected token: 'FROM'",
        ":7:38: error: line 1:38 mismatched character '<EOF>' expecting '''",
        ":8:13: warning: no org runs this: unexpected token: '('",
    ];
    let expected: Vec<String> = expected.map(|line| format!("{path}{line}")).into();
    assert_eq!(ended.out.lines().collect::<Vec<_>>(), expected);
}

// proves SFB-GRAM-2
#[tokio::test]
async fn strict_refuses_what_no_org_runs() {
    let (_folder, path) = file("SELECT LOWER(Name) FROM Account\n");
    run(&["soql", "check", &path]).await.worked();
    let ended = run(&["soql", "check", &path, "--strict", "--json"]).await;
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        verdicts(&ended),
        [
            json!({"line": 1, "ok": false, "read_only": false, "error": "unexpected token: '('", "row": 1, "column": 13})
        ]
    );
}

// proves SFB-GRAM-6
#[tokio::test]
async fn searches_are_read_from_standard_input() {
    let (_folder, path) =
        file("FIND {John}\nFIND {John} UPDATE TRACKING\nFIND {John|Jane}\nFIND John\n");
    let mut command = command(&["soql", "check", "-", "--sosl", "--json"]);
    command.stdin(Stdio::from(File::open(path).unwrap()));
    let ended = end_of(command).await;
    assert_eq!(ended.code, Some(1));
    let found: Vec<_> = verdicts(&ended)
        .iter()
        .map(|line| {
            (
                line["ok"] == true,
                line["read_only"] == true,
                line["column"].clone(),
            )
        })
        .collect();
    let expected = [
        (true, true, json!(null)),
        (true, false, json!(null)),
        (false, false, json!(11)),
        (false, false, json!(1)),
    ];
    assert_eq!(found[..2], expected[..2]);
    assert!(!found[2].0 && !found[3].0, "{found:?}");
}

#[tokio::test]
async fn a_wrong_call_ends_with_two() {
    for arguments in [
        &["soql", "check", "/nowhere/at/all"][..],
        &["soql", "format", "/nowhere/at/all"],
        &["soql", "check", "--what"],
        &["soql"],
    ] {
        let ended = run(arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        assert!(!ended.err.contains("panicked"));
    }
    let ended = run(&["soql", "check", "/nowhere/at/all"]).await;
    assert!(
        ended
            .err
            .starts_with("gatelodge: cannot read /nowhere/at/all: ")
    );
}

#[tokio::test]
async fn format_lays_statements_out_and_keeps_comments() {
    let text = "\
# the accounts
select id,name from account where industry='Energy' and createddate=last_n_days:30 order by name
find{Acme}returning Account(Id)

SELECT Id
  FROM Contact
";
    let expected = "\
# the accounts
SELECT id, name
FROM account
WHERE industry = 'Energy' AND createddate = LAST_N_DAYS:30
ORDER BY name
FIND {Acme} RETURNING Account(Id)

SELECT Id FROM Contact
";
    let (_folder, path) = file(text);
    let laid_out = run(&["soql", "format", &path]).await.worked();
    assert_eq!(laid_out, expected);
    let (_folder, path) = file(&laid_out);
    assert_eq!(run(&["soql", "format", &path]).await.worked(), expected);

    let (_folder, path) = file("SELECT Id FROM A\nSELECT Id FROM\n");
    let ended = run(&["soql", "format", &path]).await;
    ended.refused_with(&[
        "line 2: ",
        "ERROR at Row:1:Column:15",
        "unexpected token: '<EOF>'",
    ]);
    assert_eq!(ended.out, "SELECT Id FROM A\nSELECT Id FROM\n");
}
