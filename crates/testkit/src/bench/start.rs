//! How long it takes until the hub answers, and what it holds then.
//!
//! Must not know the rounds of the calls.

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::place::folder;
use super::statistics::Spread;
use super::stopwatch::{Stopwatch, resident_when_idle};
use crate::browser;
use crate::process::Process;

/// Times in milliseconds, memory in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starts {
    /// First `demo` in an empty folder until its line is printed.
    pub(super) demo: Spread,
    /// `serve` on an existing folder until `/readyz` answers.
    pub(super) serve: Spread,
    /// Resident memory of an idle `demo`: hub and practice org in one process.
    pub(super) demo_memory: Spread,
}

impl Starts {
    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
    pub(super) async fn measure(times: usize) -> Self {
        let (mut demo, mut serve, mut memory) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..times {
            let folder = folder();
            let watch = Stopwatch::start();
            let hub = Process::demo(&folder.path().join("hub"), &folder.path().join("log")).await;
            demo.push(milliseconds(watch.read()));
            memory.push(resident_when_idle(&hub).await as f64);
            let address: Url = hub.ready["hub"]
                .as_str()
                .expect("an address")
                .parse()
                .expect("an address");
            assert!(hub.stop().await.success(), "the demo ends cleanly");
            serve.push(milliseconds(served(folder.path(), &address).await));
        }
        Self {
            demo: Spread::of(demo),
            serve: Spread::of(serve),
            demo_memory: Spread::of(memory),
        }
    }
}

/// From the start of `serve` to the first answer that says it is ready.
async fn served(folder: &Path, address: &Url) -> Duration {
    let client = browser::client(None);
    let url = address.join("/readyz").expect("a path");
    let watch = Stopwatch::start();
    let hub = Process::serve(&folder.join("hub/gatelodge.toml"), &folder.join("log")).await;
    let ready = async || {
        client
            .get(url.clone())
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
    };
    while !ready().await {
        // looked at often enough for a time of hundreds of milliseconds
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let time = watch.read();
    assert!(hub.stop().await.success(), "the hub ends cleanly");
    time
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
