// An agent: speaks MCP over HTTP as plain JSON-RPC. Knows only its token and the address.

export class Agent {
  #address;
  #token;
  #next = 1;

  constructor(address, token) {
    this.#address = address;
    this.#token = token;
  }

  async call(name, args) {
    const answer = await fetch(this.#address, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2025-11-25",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: this.#next++,
        method: "tools/call",
        params: { name, arguments: args },
      }),
    });
    const text = await answer.text();
    const message = text.startsWith("{") ? JSON.parse(text) : fromEvents(text);
    if (message.error) throw new Error(`${name}: ${JSON.stringify(message.error)}`);
    if (message.result.isError) throw new Error(`${name}: ${JSON.stringify(message.result)}`);
    return message.result.structuredContent;
  }
}

function fromEvents(text) {
  const data = text.split("\n").filter((line) => line.startsWith("data:")).pop();
  return JSON.parse(data.slice(5));
}
