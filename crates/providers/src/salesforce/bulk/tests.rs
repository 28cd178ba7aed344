//! What a bulk query may be, what its job is asked, and what its results become.

use super::*;
use crate::salesforce::testing::{Scripted, raw, response};
use futures::TryStreamExt as _;
use gatelodge_provider::ExportFormat;
use serde_json::json;

const EXPORT: &str = "750dM00003jU9GxQAK";
const TABLE: &str = "\"Id\",\"Name\"\n\"1\",\"A\n,\"\"a\"\"\"\n\"2\",\"\"\n\"3\",\"C\"\n";

#[test]
fn nothing_but_a_reading_query_job_may_be_started() {
    // proves SF-3, S7: the keeper asks exactly this before a POST leaves as a read
    let request = start("SELECT Id FROM Account".to_owned(), false).unwrap();
    let body = request.start.unwrap();
    assert_eq!(
        body,
        r#"{"operation":"query","query":"SELECT Id FROM Account","contentType":"CSV","columnDelimiter":"COMMA","lineEnding":"LF"}"#
    );
    assert!(may_start(&request.path, &body).is_ok());
    let all = start("SELECT Id FROM Account".to_owned(), true).unwrap();
    assert!(may_start(&all.path, &all.start.unwrap()).is_ok());
    for path in [
        "/services/data/v66.0/jobs/ingest",
        "/services/data/v66.0/sobjects/Account",
        "/services/data/v66.0/jobs/query/",
        "/services/data/v66.0/jobs/query?x",
    ] {
        let error = may_start(path, &body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EgressDenied, "{path}");
    }
    for other in [
        body.replace(r#""query","query""#, r#""delete","query""#),
        body.replace("LF\"}", "LF\",\"object\":\"Account\"}"),
        body.replace("SELECT Id FROM Account", "SELECT Id FROM Account FOR VIEW"),
        body.replace("SELECT Id FROM Account", "DELETE FROM Account"),
        "{}".to_owned(),
    ] {
        assert!(may_start(&request.path, &other).is_err(), "{other}");
    }
}

fn org(state: &str, number: u64) -> Scripted {
    let mut rows = raw(200, TABLE);
    rows.headers
        .push(("sforce-locator".to_owned(), "MTAw".to_owned()));
    rows.headers
        .push(("sforce-numberofrecords".to_owned(), number.to_string()));
    Scripted::org()
        .on(
            &format!("jobs/query/{EXPORT}"),
            response(
                200,
                &json!({"id": EXPORT, "state": state, "object": "Account", "errorMessage": "odd"}),
            ),
        )
        .on(&format!("jobs/query/{EXPORT}/results"), rows)
}

fn part(format: ExportFormat, skip: u64, header: bool) -> ExportPart {
    ExportPart {
        export: EXPORT.to_owned(),
        format,
        position: None,
        skip,
        header,
    }
}

async fn bytes(format: ExportFormat, skip: u64, header: bool) -> Vec<u8> {
    let part = part(format, skip, header);
    let piece = BulkExports.piece(&org("JobComplete", 3), &part).await;
    let piece = piece.unwrap();
    assert_eq!((piece.rows, piece.next.as_deref()), (3, Some("MTAw")));
    let rows: Vec<_> = piece.body.try_collect().await.unwrap();
    rows.concat()
}

#[tokio::test]
async fn a_piece_can_begin_anywhere_and_loses_nothing() {
    // proves SF-3: wherever the network parts the body, rows are whole
    assert_eq!(bytes(ExportFormat::Csv, 0, true).await, TABLE.as_bytes());
    let rest = bytes(ExportFormat::Csv, 1, false).await;
    assert_eq!(rest, b"\"2\",\"\"\n\"3\",\"C\"\n");
    let lines = bytes(ExportFormat::NdJson, 0, true).await;
    assert_eq!(
        lines,
        b"{\"Id\":\"1\",\"Name\":\"A\\n,\\\"a\\\"\"}\n{\"Id\":\"2\",\"Name\":null}\n{\"Id\":\"3\",\"Name\":\"C\"}\n"
    );
    assert!(bytes(ExportFormat::NdJson, 3, true).await.is_empty());
}

#[tokio::test]
async fn a_short_piece_is_an_error() {
    // proves SF-3, S8
    let part = part(ExportFormat::Csv, 0, true);
    let piece = BulkExports.piece(&org("JobComplete", 4), &part).await;
    let came: Result<Vec<_>> = piece.unwrap().body.try_collect().await;
    assert_eq!(came.unwrap_err().kind(), ErrorKind::ProviderUnavailable);
}

#[tokio::test]
async fn an_unfinished_export_says_so() {
    let part = |export: &str| ExportPart {
        export: export.to_owned(),
        format: ExportFormat::Csv,
        position: None,
        skip: 0,
        header: true,
    };
    for (state, kind) in [
        ("InProgress", ErrorKind::Conflict),
        ("Failed", ErrorKind::ProviderRejected),
    ] {
        let error = BulkExports
            .piece(&org(state, 3), &part(EXPORT))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    let foreign = BulkExports
        .piece(&org("JobComplete", 3), &part("001dM00003jU9Gx"))
        .await;
    assert_eq!(foreign.unwrap_err().field(), Some("export"));
}
