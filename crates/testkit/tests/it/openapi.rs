//! The REST face against its own document: schemathesis, which others wrote, asks what it describes and judges every
//! answer.

use std::path::Path;

use gatelodge_model::AgentAccess;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::judge::{Judge, Word};
use gatelodge_testkit::practice::MARIA;
use serde_json::json;

/// Asked of each operation when values are made up.
const EXAMPLES: u32 = 5;

/// The same questions in every run.
const SEED: u32 = 20_261_124;

// proves API-2: no fault of ours and no breach of the document, whatever is asked
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_as_the_document_says() {
    let hub = TestHub::builder().without_budget().start().await;
    let mut member = hub.person(Who::Member).await;
    member.connect(&hub, MARIA).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let order = json!({
        "document": agent.at("/api/v1/openapi.json"),
        "token": agent.token().expose(),
        "examples": EXAMPLES,
        "seed": SEED,
    });
    let mut judge = Judge::python("openapi.py", &order, Path::new("")).await;
    let report = loop {
        match judge.next().await {
            Word::Report(report) => break report,
            Word::Says(_) => {}
            Word::Open(address) => panic!("nobody is asked for at {address}"),
        }
    };
    let output = report["output"].as_str().expect("what it wrote");
    assert_eq!(report["status"], 0, "{output}");
    assert!(output.contains("Test cases"), "{output}");
    hub.stop().await;
}
