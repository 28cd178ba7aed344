//! How long requests take, by face and class of status: few labels, whatever is asked for.
//!
//! Must not know: routes beyond their first part.

use axum::{extract::Request, middleware::Next, response::Response};
use metrics::histogram;
use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "only a duration is measured for a metric"
)]
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let face = face(request.uri().path());
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = match response.status().as_u16() / 100 {
        1 | 2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    histogram!("gatelodge_http_request_seconds", "face" => face, "status" => status)
        .record(begun.elapsed().as_secs_f64());
    response
}

fn face(path: &str) -> &'static str {
    match path.split('/').nth(1) {
        Some("api") => "api",
        Some("mcp") => "mcp",
        Some("assets") => "assets",
        Some("healthz" | "livez" | "readyz" | "metrics") => "operator",
        _ => "web",
    }
}
