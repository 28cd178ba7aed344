//! Paste-ready settings for the usual MCP clients.
//!
//! Must not know: who asks. A snippet holds the agent's token, therefore it is shown only where the token is:
//! once, to the person who made it.

use crate::parts::CopyField;
use gatelodge_model::Secret;
use serde_json::{Value, json};
use url::Url;

/// A client with its snippet.
#[derive(Clone)]
pub(crate) struct Snippet {
    pub(crate) client: &'static str,
    pub(crate) place: &'static str,
    pub(crate) field: CopyField,
}

/// The MCP address below a public URL.
pub(crate) fn mcp_address(public_url: &Url) -> String {
    let base = public_url.as_str().trim_end_matches('/');
    format!("{base}/mcp")
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// Snippets for every client that we know.
pub(crate) fn snippets(public_url: &Url, token: &Secret) -> Vec<Snippet> {
    let url = mcp_address(public_url);
    let bearer = format!("Bearer {}", token.expose());
    let bridge = json!({ "mcpServers": { "gatelodge": {
        "command": "gatelodge",
        "args": ["mcp"],
        "env": { "GATELODGE_MCP_URL": url, "GATELODGE_AGENT_TOKEN": token.expose() },
    } } });
    let cursor = json!({ "mcpServers": { "gatelodge": { "url": url, "headers": { "Authorization": bearer } } } });
    let code = json!({ "servers": { "gatelodge": { "type": "http", "url": url, "headers": { "Authorization": bearer } } } });
    let snippet = |client, place, id: &str, text: String| Snippet {
        client,
        place,
        field: CopyField::block(id, format!("settings for {client}"), text),
    };
    vec![
        snippet(
            "Claude Desktop",
            "Settings, Developer, Edit Config: claude_desktop_config.json. It starts “gatelodge mcp” on your computer.",
            "snippet-desktop",
            pretty(&bridge),
        ),
        snippet(
            "Claude Code",
            "In a terminal.",
            "snippet-claude-code",
            format!(
                "claude mcp add --transport http gatelodge {url} --header \"Authorization: {bearer}\""
            ),
        ),
        snippet(
            "Cursor",
            "~/.cursor/mcp.json, or .cursor/mcp.json in a project.",
            "snippet-cursor",
            pretty(&cursor),
        ),
        snippet(
            "VS Code",
            ".vscode/mcp.json in a workspace, or the user's mcp.json.",
            "snippet-vscode",
            pretty(&code),
        ),
        snippet(
            "Any other client",
            "Streamable HTTP with a header.",
            "snippet-generic",
            format!("{url}\nAuthorization: {bearer}"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_hold_the_address_and_are_what_clients_read() {
        let snippets = snippets(
            &Url::parse("https://gate.example/").unwrap(),
            &Secret::new("gla_x"),
        );
        for snippet in &snippets {
            let html = snippet.field.to_string();
            assert!(html.contains("https://gate.example/mcp"), "{html}");
            assert!(html.contains("gla_x"), "{html}");
        }
    }
}
