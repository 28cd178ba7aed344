//! Jobs as a client drives them: order, upload, wait, read the results.

use serde_json::{Value, json};

use crate::rest_support::{Reply, Rest};

/// So many looks at a job are enough for any machine.
const LOOKS: usize = 20_000;

impl Rest<'_> {
    /// Orders a query job and gives its id.
    pub(crate) async fn order_query(&self, soql: &str) -> String {
        let body = json!({"operation": "query", "query": soql});
        self.post("/jobs/query", body).await.expect(200).id()
    }

    /// Orders a query job and waits for its end.
    pub(crate) async fn export(&self, soql: &str) -> String {
        let id = self.order_query(soql).await;
        let job = self.wait_for("query", &id).await;
        assert_eq!(job["state"], "JobComplete", "{job}");
        id
    }

    /// Looks at a job until nothing happens to it any more.
    pub(crate) async fn wait_for(&self, kind: &str, id: &str) -> Value {
        for _ in 0..LOOKS {
            let job = self
                .get(&format!("/jobs/{kind}/{id}"))
                .await
                .expect(200)
                .body;
            match job["state"].as_str().unwrap() {
                "UploadComplete" | "InProgress" => tokio::task::yield_now().await,
                _ => return job,
            }
        }
        panic!("the job {id} does not end");
    }

    /// Orders a load, uploads its file and closes it; gives its id.
    pub(crate) async fn begin_load(&self, order: Value, csv: &str) -> String {
        let id = self.post("/jobs/ingest", order).await.expect(200).id();
        self.upload(&id, csv).await.expect(201);
        self.close(&id).await.expect(200);
        id
    }

    pub(crate) async fn upload(&self, id: &str, csv: &str) -> Reply {
        self.send(
            "PUT",
            &format!("/v66.0/jobs/ingest/{id}/batches"),
            &[("content-type", "text/csv")],
            Some(csv.to_owned()),
        )
        .await
    }

    pub(crate) async fn close(&self, id: &str) -> Reply {
        self.patch(
            &format!("/jobs/ingest/{id}"),
            json!({"state": "UploadComplete"}),
        )
        .await
    }

    /// Loads a file and waits for the end; gives the job.
    pub(crate) async fn load(&self, order: Value, csv: &str) -> Value {
        let id = self.begin_load(order, csv).await;
        self.wait_for("ingest", &id).await
    }

    /// One of the results of a load, as text.
    pub(crate) async fn outcome(&self, job: &Value, what: &str) -> String {
        let id = job["id"].as_str().unwrap();
        let reply = self
            .get(&format!("/jobs/ingest/{id}/{what}"))
            .await
            .expect(200);
        assert_eq!(reply.headers["content-type"], "text/csv");
        reply.raw
    }
}
