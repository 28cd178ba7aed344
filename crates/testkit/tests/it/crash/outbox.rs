//! A host is killed while it delivers: what was acknowledged as told arrives all the same, always under one identity.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use gatelodge_testkit::chance::Chance;
use gatelodge_testkit::database::Engine;
use gatelodge_testkit::host::Host;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use url::Url;

use crate::proposals::{account, propose_phone};

/// Kills, every second one while the receiver has a message and has not answered.
const KILLS: usize = 6;

/// A host looks for messages that others queued every five seconds.
const LIFE: Duration = Duration::from_secs(6);

/// What a webhook receiver got: the identity of each message, as often as it came.
struct Receiver {
    url: Url,
    arrived: Arc<Mutex<Vec<String>>>,
    /// For each arrival whether it waits for its answer.
    arrivals: mpsc::UnboundedReceiver<bool>,
    /// Whether it answers.
    answers: watch::Sender<bool>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrived = Arc::<Mutex<Vec<String>>>::default();
        let (tell, arrivals) = mpsc::unbounded_channel();
        let (answers, answering) = watch::channel(true);
        let kept = Arc::clone(&arrived);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, tell, answering) = (Arc::clone(&kept), tell.clone(), answering.clone());
                tokio::spawn(async move {
                    // a sender that is killed takes its connection along
                    drop(receive(stream, &kept, &tell, answering).await);
                });
            }
        });
        Self {
            url: url.parse().unwrap(),
            arrived,
            arrivals,
            answers,
        }
    }

    fn arrived(&self) -> Vec<String> {
        self.arrived.lock().unwrap().clone()
    }
}

async fn receive(
    stream: TcpStream,
    arrived: &Mutex<Vec<String>>,
    tell: &mpsc::UnboundedSender<bool>,
    mut answering: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("webhook-id") => {
                value.clone_into(&mut id);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            _ if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    arrived.lock().unwrap().push(id);
    // nobody listens any more at the end of the test
    tell.send(!*answering.borrow()).unwrap_or_default();
    drop(answering.wait_for(|answers| *answers).await);
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        .await
}

// proves R18: whoever is killed while it delivers, what was queued arrives, and never under another identity
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_queued_arrives_after_kills_under_one_identity() {
    let mut chance = Chance::new();
    println!("GATELODGE_TEST_SEED={}", chance.seed());
    let mut receiver = Receiver::start().await;
    let place = receiver.url.clone();
    let hub = TestHub::builder()
        .on(Engine::Postgres)
        .configure(move |config| config.egress.practice_receivers = vec![place])
        .start()
        .await;
    let mut admin = hub.person(Who::Admin).await;
    let address = receiver.url.join("/hook").unwrap();
    let fields = [("name", "On call"), ("url", address.as_str())];
    admin.post("/admin/webhooks", &fields).await.expect(200);
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let (record, _) = account(&agent).await;
    let mut host = Host::beside(&hub).await;
    for kill in 0..KILLS {
        let held = kill % 2 == 0;
        receiver.answers.send(!held).unwrap();
        // the answer to the agent says that its proposal waits: from then on somebody must be told
        propose_phone(&agent, &record, &format!("+49 30 {kill}")).await;
        if held {
            // what arrived in an earlier round was answered
            while !receiver.arrivals.recv().await.expect("a message") {}
        } else {
            // the moment of the kill is what chance decides here; nothing waits for anything
            tokio::time::sleep(chance.moment(LIFE)).await;
        }
        host.kill_keeper().await;
        host.kill_web().await;
        receiver.answers.send(true).unwrap();
        host.restart_web().await;
    }
    host.stop().await;
    // once the leases of those who were killed are over, somebody else takes what is left
    loop {
        hub.clock.advance(TimeDelta::minutes(10));
        if hub.hub().deliver_due_messages().await.unwrap() == 0 {
            break;
        }
    }
    let arrived = receiver.arrived();
    let identities: BTreeSet<&String> = arrived.iter().collect();
    println!(
        "{} messages arrived {} times",
        identities.len(),
        arrived.len()
    );
    assert_eq!(identities.len(), KILLS, "{arrived:?}");
    assert!(
        arrived.len() >= KILLS + KILLS / 2,
        "those whose answer never came, came again: {arrived:?}"
    );
    let log = admin.get("/admin/webhooks").await.expect(200).text;
    assert!(!log.contains("Given up"), "{log}");
    hub.stop().await;
}
