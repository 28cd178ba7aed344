//! Programs that others wrote, run unmodified by small scripts of ours in `clients/`.
//!
//! A script and its test talk in lines of JSON: the test sends what the script needs, the script asks for a person
//! with `{"open": address}` and gets back the address that the person came to, and ends with `{"report": …}`.
//! Must not know what a script checks.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use url::Url;

use crate::surroundings;

/// A script that says nothing for this long hangs.
const SILENCE: Duration = Duration::from_mins(2);

/// A running script.
pub struct Judge {
    name: String,
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// What a script says.
#[derive(Debug)]
pub enum Word {
    /// A person must open this address; answer with [`Judge::came_to`].
    Open(Url),
    /// Something that the test must know before the end, such as where the script listens.
    Says(Value),
    /// The end, with what was seen.
    Report(Value),
}

impl Judge {
    /// Starts a script of Node.
    pub async fn node(script: &str, order: &Value) -> Self {
        let mut command = Command::new(surroundings::node());
        command
            .arg(place(script))
            .env("GATELODGE_TEST_NODE_MODULES", surroundings::node_modules());
        Self::start(command, script, order).await
    }

    /// Starts a script of Node that trusts one more authority.
    pub async fn node_trusting(script: &str, order: &Value, authority: &Path) -> Self {
        let mut command = Command::new(surroundings::node());
        command
            .arg(place(script))
            .env("GATELODGE_TEST_NODE_MODULES", surroundings::node_modules())
            .env("NODE_EXTRA_CA_CERTS", authority);
        Self::start(command, script, order).await
    }

    /// Starts a script of Python that trusts this authority.
    pub async fn python(script: &str, order: &Value, authority: &Path) -> Self {
        let mut command = Command::new(surroundings::python());
        // the folder of the scripts stays as it is
        command
            .arg("-B")
            .arg(place(script))
            .env("REQUESTS_CA_BUNDLE", authority);
        Self::start(command, script, order).await
    }

    /// The next thing that the script says. Fails with what it wrote when it ends otherwise.
    pub async fn next(&mut self) -> Word {
        let line = tokio::time::timeout(SILENCE, self.output.next_line()).await;
        let line = line
            .unwrap_or_else(|_| panic!("{} says nothing", self.name))
            .expect("its output can be read");
        let Some(line) = line else { self.fail().await };
        let word: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{}: {error} in {line}", self.name));
        match (word.get("open").and_then(Value::as_str), word.get("report")) {
            (Some(address), _) => Word::Open(address.parse().expect("an address")),
            (None, Some(report)) => Word::Report(report.clone()),
            (None, None) => match word.get("says") {
                Some(said) => Word::Says(said.clone()),
                None => panic!("{} says {line}", self.name),
            },
        }
    }

    /// Tells the script where its person came to.
    pub async fn came_to(&mut self, address: &Url) {
        self.tell(&Value::from(address.as_str())).await;
    }

    /// Tells the script what it waits for.
    pub async fn say(&mut self, value: &Value) {
        self.tell(value).await;
    }

    /// The report of a script that needs no person.
    pub async fn report(mut self) -> Value {
        match self.next().await {
            Word::Report(report) => report,
            Word::Open(address) => panic!("{} asks for a person at {address}", self.name),
            Word::Says(said) => panic!("{} says {said}", self.name),
        }
    }

    async fn start(mut command: Command, script: &str, order: &Value) -> Self {
        let mut process = command
            .env_remove("HTTP_PROXY")
            .env_remove("HTTPS_PROXY")
            .env_remove("http_proxy")
            .env_remove("https_proxy")
            .env("NO_PROXY", "localhost,127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {script}: {error}"));
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output")).lines();
        let mut judge = Self {
            name: script.to_owned(),
            process,
            input,
            output,
        };
        judge.tell(order).await;
        judge
    }

    async fn tell(&mut self, value: &Value) {
        let line = format!("{value}\n");
        self.input
            .write_all(line.as_bytes())
            .await
            .expect("it reads its input");
        self.input.flush().await.expect("it reads its input");
    }

    async fn fail(&mut self) -> ! {
        let mut errors = String::new();
        if let Some(stream) = &mut self.process.stderr {
            stream
                .read_to_string(&mut errors)
                .await
                .expect("its errors can be read");
        }
        let status = self.process.wait().await.expect("its end");
        panic!(
            "{} ended with {status} and without a report:\n{errors}",
            self.name
        );
    }
}

fn place(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(script)
}
