//! How fast the practice org is by itself: `cargo xtask bench practice`, or `cargo bench --package
//! gatelodge-practice`. Prints a Markdown table.
//!
//! Everything goes over HTTP, caller and org in one process; the numbers of two machines do not compare.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench fails by panicking, measures the real clock and prints its report"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gatelodge_practice::{PracticeOptions, RunningPractice, start};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Rows of the large table.
const ROWS: usize = 100_000;
/// Rows of one collection call.
const BATCH: usize = 200;
/// Requests on their way at once.
const MANY: usize = 32;
/// How long a rate is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// How often a single answer is timed.
const ROUNDS: usize = 15;

const STAGES: [&str; 4] = [
    "Prospecting",
    "Qualification",
    "Closed Won",
    "Negotiation/Review",
];

/// A signed-in caller.
struct Caller {
    http: Client,
    base: String,
    session: String,
}

#[tokio::main]
async fn main() {
    let mut options = PracticeOptions::new();
    options.daily_request_limit = 1_000_000_000;
    let running = start(options).await.unwrap();
    let caller = Arc::new(sign_in(&running).await);
    let id = caller.query("SELECT Id FROM Account LIMIT 1").await["records"][0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let simple = format!("SELECT Id, Name, Industry FROM Account WHERE Id = '{id}'");
    println!("| measured | here | aim |\n|---|---|---|");
    let queries = rate(&caller, move |caller, _| {
        let simple = simple.clone();
        async move { assert_eq!(caller.query(&simple).await["totalSize"], 1) }
    })
    .await;
    show("simple queries", queries, "5000/s");
    let creates = rate(&caller, |caller, number| async move {
        let body = json!({ "Name": format!("Bench {number}"), "StageName": STAGES[number % 4], "CloseDate": "2026-12-01" });
        caller.post("/sobjects/Opportunity", &body).await;
    })
    .await;
    show("creates, nothing kept on disk", creates, "2000/s");
    fill(&caller).await;
    let rows = caller.query("SELECT COUNT() FROM Opportunity").await["totalSize"].clone();
    println!("| rows of the large table | {rows} | |");
    for (name, soql) in [
        (
            "aggregate without groups",
            "SELECT COUNT(Id), SUM(Amount), MAX(CloseDate) FROM Opportunity",
        ),
        (
            "aggregate, four groups",
            "SELECT StageName, COUNT(Id), SUM(Amount), AVG(Amount) FROM Opportunity GROUP BY StageName",
        ),
        (
            "aggregate with a condition and subtotals",
            "SELECT StageName, CALENDAR_YEAR(CloseDate), COUNT(Id) FROM Opportunity WHERE Amount > 100 GROUP BY ROLLUP(StageName, CALENDAR_YEAR(CloseDate))",
        ),
        (
            "reading the table for one row",
            "SELECT Id FROM Opportunity WHERE Amount = 123456789",
        ),
        (
            "one row by name",
            "SELECT Id FROM Opportunity WHERE Name = 'Row 77777'",
        ),
        (
            "ordering all, first page of 2000",
            "SELECT Id, Name, Amount FROM Opportunity ORDER BY Amount, Name",
        ),
    ] {
        let median = timed(&caller, soql).await;
        let aim = if name.starts_with("aggregate") {
            "100 ms"
        } else {
            ""
        };
        println!(
            "| {name} | {:.1} ms | {aim} |",
            median.as_secs_f64() * 1_000.0
        );
    }
    let pages = page_through(&caller).await;
    println!("| all rows in pages of 2000 | {pages:.0} rows/s | |");
    let export = export(&caller).await;
    println!(
        "| all rows by a bulk export, from the order to the last byte | {export:.0} rows/s | 200000 rows/s |"
    );
    keep_and_put_back(&running).await;
    running.shutdown().await;
}

fn show(name: &str, rate: f64, aim: &str) {
    println!("| {name}, {MANY} on their way | {rate:.0}/s | {aim} |");
}

/// Calls per second with many on their way.
async fn rate<F>(
    caller: &Arc<Caller>,
    call: impl Fn(Arc<Caller>, usize) -> F + Clone + Send + 'static,
) -> f64
where
    F: Future<Output = ()> + Send + 'static,
{
    let done = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..MANY {
        let (caller, done, call) = (Arc::clone(caller), Arc::clone(&done), call.clone());
        tasks.spawn(async move {
            while begin.elapsed() < MEASURED {
                call(Arc::clone(&caller), done.fetch_add(1, Ordering::Relaxed)).await;
            }
        });
    }
    tasks.join_all().await;
    f64::from(u32::try_from(done.load(Ordering::Relaxed)).unwrap()) / begin.elapsed().as_secs_f64()
}

/// Median time of an answer.
async fn timed(caller: &Caller, soql: &str) -> Duration {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        caller.query(soql).await;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    times[ROUNDS / 2]
}

/// Rows per second when the whole table is read page by page.
async fn page_through(caller: &Caller) -> f64 {
    let begin = Instant::now();
    let mut page = caller
        .query("SELECT Id, Name, StageName, Amount, CloseDate FROM Opportunity")
        .await;
    let mut rows = page["records"].as_array().unwrap().len();
    while let Some(next) = page["nextRecordsUrl"].as_str() {
        let url = format!("{}{next}", caller.base);
        page = caller.get(&url).await;
        rows += page["records"].as_array().unwrap().len();
    }
    f64::from(u32::try_from(rows).unwrap()) / begin.elapsed().as_secs_f64()
}

/// Rows per second of a bulk export, the work on the job included.
async fn export(caller: &Caller) -> f64 {
    let begin = Instant::now();
    let order = json!({
        "operation": "query",
        "query": "SELECT Id, Name, StageName, Amount, CloseDate FROM Opportunity",
    });
    let job = caller.post("/jobs/query", &order).await;
    let url = format!(
        "{}/services/data/v66.0/jobs/query/{}",
        caller.base,
        job["id"].as_str().unwrap()
    );
    while caller.get(&url).await["state"] != "JobComplete" {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut rows = 0;
    let mut locator = None;
    loop {
        let place = locator.map_or_else(String::new, |locator| format!("?locator={locator}"));
        let request = caller.http.get(format!("{url}/results{place}"));
        let mut response = request
            .bearer_auth(&caller.session)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
        let next = response.headers()["sforce-locator"].to_str().unwrap();
        let next = (next != "null").then(|| next.to_owned());
        let mut lines = 0;
        while let Some(piece) = response.chunk().await.unwrap() {
            lines += piece.split(|byte| *byte == b'\n').count() - 1;
        }
        rows += lines - 1;
        locator = next;
        if locator.is_none() {
            break;
        }
    }
    assert!(rows >= ROWS, "{rows}");
    f64::from(u32::try_from(rows).unwrap()) / begin.elapsed().as_secs_f64()
}

/// How long the whole org takes to be kept under a name, reset and put back.
async fn keep_and_put_back(running: &RunningPractice) {
    let practice = running.practice();
    let begin = Instant::now();
    practice
        .take_snapshot("full")
        .unwrap()
        .wait()
        .await
        .unwrap();
    let kept = begin.elapsed();
    let begin = Instant::now();
    practice.reset().wait().await.unwrap();
    let reset = begin.elapsed();
    let begin = Instant::now();
    practice.restore("full").unwrap().wait().await.unwrap();
    let restored = begin.elapsed();
    for (name, time) in [
        ("kept under a name", kept),
        ("reset", reset),
        ("put back", restored),
    ] {
        println!(
            "| the whole org {name} | {:.1} ms | 100 ms |",
            time.as_secs_f64() * 1_000.0
        );
    }
}

/// Creates the rows of the large table.
async fn fill(caller: &Caller) {
    for batch in 0..ROWS / BATCH {
        let records: Vec<Value> = (0..BATCH)
            .map(|row| {
                let number = batch * BATCH + row;
                json!({
                    "attributes": { "type": "Opportunity" },
                    "Name": format!("Row {number}"),
                    "StageName": STAGES[number % 4],
                    "Amount": number % 1_000,
                    "CloseDate": format!("20{}-0{}-15", 20 + number % 7, 1 + number % 9),
                })
            })
            .collect();
        let answer = caller
            .post("/composite/sobjects", &json!({ "records": records }))
            .await;
        assert_eq!(answer[BATCH - 1]["success"], true, "{answer}");
    }
}

impl Caller {
    async fn query(&self, soql: &str) -> Value {
        let query: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
        self.get(&format!(
            "{}/services/data/v66.0/query?q={query}",
            self.base
        ))
        .await
    }

    async fn get(&self, url: &str) -> Value {
        let request = self.http.get(url).bearer_auth(&self.session);
        let response = request.send().await.unwrap();
        let text = response.text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self
            .http
            .post(format!("{}/services/data/v66.0{path}", self.base))
            .bearer_auth(&self.session)
            .header("content-type", "application/json")
            .body(body.to_string());
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        let text = response.text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// The session that SOAP `login` gives to the administrator.
async fn sign_in(running: &RunningPractice) -> Caller {
    let http = Client::new();
    let (username, password) = running.sign_ins().remove(0);
    let envelope = format!(
        "<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\"><env:Body>\
         <n1:login xmlns:n1=\"urn:partner.soap.sforce.com\"><n1:username>{username}</n1:username>\
         <n1:password>{password}</n1:password></n1:login></env:Body></env:Envelope>"
    );
    let request = http
        .post(format!("{}/services/Soap/u/60.0", running.url()))
        .header("content-type", "text/xml")
        .header("soapaction", "login")
        .body(envelope);
    let text = request.send().await.unwrap().text().await.unwrap();
    let (_, rest) = text.split_once("<sessionId>").unwrap();
    let (session, _) = rest.split_once("</sessionId>").unwrap();
    Caller {
        http,
        base: running.url().to_owned(),
        session: session.to_owned(),
    }
}
