//! Salesforce's own parser in a process of Node that lives as long as this value. Must not know
//! which queries are asked, nor why.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// Queries sent at a time.
const BATCH: usize = 500;

pub(super) struct Oracle {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The names of the grammar's productions; nothing for a rule that only its alternatives
    /// stand for.
    pub(super) productions: Vec<Option<String>>,
}

pub(super) struct Judgement {
    pub(super) accepted: bool,
    /// The productions met, each once.
    pub(super) productions: Vec<usize>,
}

impl Oracle {
    pub(super) fn start() -> Self {
        let mut process = Command::new(variable("GATELODGE_TEST_NODE"))
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/oracle/judge.mjs"
            ))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node starts");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut oracle = Self {
            process,
            input,
            output,
            productions: Vec::new(),
        };
        let productions = oracle.answer();
        let names = productions.as_array().expect("a list");
        oracle.productions = names
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect();
        oracle
    }

    pub(super) fn judge(&mut self, queries: &[String]) -> Vec<Judgement> {
        let mut judgements = Vec::with_capacity(queries.len());
        for batch in queries.chunks(BATCH) {
            let question = serde_json::to_string(batch).expect("texts");
            writeln!(self.input, "{question}").expect("it reads its input");
            let answer = self.answer();
            let answer = answer.as_array().expect("a list");
            assert_eq!(answer.len(), batch.len());
            judgements.extend(answer.iter().map(judgement));
        }
        judgements
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It waits for its next question for ever otherwise; it may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn judgement(answer: &Value) -> Judgement {
    let met = answer[1].as_array().expect("a list");
    let index = |index: &Value| usize::try_from(index.as_u64().expect("an index")).unwrap();
    Judgement {
        accepted: answer[0].as_bool().expect("a verdict"),
        productions: met.iter().map(index).collect(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the tests of this crate learn of their surroundings"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run `cargo xtask test`, which prepares what this test needs")
    })
}
