//! `POST /composite/graph`: several composite calls, each of them all or nothing.
//!
//! Must not know how the requests of one graph are run.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::requests::{self, Request};
use super::{invalid_input, list, reference};
use crate::org::ApiError;
use crate::rest::answer::Answer;
use crate::rest::call::Call;
use crate::rest::group::in_one_write;

/// Version that brought the resource.
pub(super) const SINCE: u32 = 50;
const MOST_GRAPHS: usize = 75;
const MOST_NODES: usize = 500;
const MOST_DEPTH: usize = 15;

struct Graph<'a> {
    id: &'a str,
    requests: Vec<Request<'a>>,
}

/// `POST /composite/graph`.
pub(super) fn run(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (body, _) = call.json_body()?;
    let graphs = read(call, list(&body, "graphs")?)?;
    let (results, durable) = in_one_write(call, |group| {
        let run = |graph: &Graph<'_>| {
            let (done, successful) = requests::perform(call, Some(group), &graph.requests, true);
            let mut out = Vec::with_capacity(1024);
            out.extend_from_slice(b"{\"graphId\":");
            crate::org::value::write_text(&mut out, graph.id);
            out.extend_from_slice(b",\"graphResponse\":");
            requests::write_response(&mut out, &done);
            out.extend_from_slice(format!(",\"isSuccessful\":{successful}}}").as_bytes());
            out
        };
        graphs.iter().map(run).collect::<Vec<_>>()
    })?;
    let mut out = b"{\"graphs\":[".to_vec();
    out.extend_from_slice(&results.join(&b','));
    out.extend_from_slice(b"]}");
    Ok(Answer::bytes(out).durable(durable))
}

fn read<'a>(call: &Call<'_>, given: &'a [Value]) -> Result<Vec<Graph<'a>>, ApiError> {
    let mut ids = HashSet::new();
    let mut nodes = 0;
    let mut graphs = Vec::with_capacity(given.len().min(MOST_GRAPHS));
    for entry in given {
        let id = entry
            .get("graphId")
            .and_then(Value::as_str)
            .filter(|id| reference::valid_name(id))
            .ok_or_else(|| {
                invalid_input("A graph needs a graphId of letters, numbers and underscores.")
            })?;
        if !ids.insert(id) {
            return Err(invalid_input(format!(
                "Duplicate graphId provided in the request: {id}"
            )));
        }
        let entries = entry.get("compositeRequest").and_then(Value::as_array);
        let entries = entries.ok_or_else(|| {
            invalid_input("A graph needs a list with the name 'compositeRequest'.")
        })?;
        let requests = requests::read(call, entries)?;
        nodes += requests.len();
        let depth = depth(&requests);
        let limit = |what: &str, number: usize, most: usize| {
            let message = format!("The {what}, {number}, exceeds the limit of {most}.");
            Err(ApiError::new(400, "LIMIT_EXCEEDED", message))
        };
        if depth > MOST_DEPTH {
            return limit("depth of a graph", depth, MOST_DEPTH);
        }
        if nodes > MOST_NODES {
            return limit("number of nodes", nodes, MOST_NODES);
        }
        if given.len() > MOST_GRAPHS {
            return limit("number of graphs", given.len(), MOST_GRAPHS);
        }
        if let Some(other) = requests.iter().find(|request| !names_a_row(request.url)) {
            return Err(invalid_input(format!(
                "The URL of a graph must name an sObject resource: {}",
                other.url
            )));
        }
        graphs.push(Graph { id, requests });
    }
    Ok(graphs)
}

fn names_a_row(url: &str) -> bool {
    let mut parts = url.split('/').filter(|part| !part.is_empty());
    parts.next() == Some("services")
        && parts.next() == Some("data")
        && parts.nth(1) == Some("sobjects")
        && parts.next().is_some()
}

/// Length of the longest chain of references.
fn depth(requests: &[Request<'_>]) -> usize {
    let mut depths: HashMap<&str, usize> = HashMap::new();
    for request in requests {
        let body = request.body.map(Value::to_string).unwrap_or_default();
        let names = reference::names(request.url)
            .into_iter()
            .chain(reference::names(&body));
        let before = names.filter_map(|name| depths.get(name)).max();
        let depth = before.map_or(1, |before| before + 1);
        depths.insert(request.name, depth);
    }
    depths.values().copied().max().unwrap_or(0)
}
