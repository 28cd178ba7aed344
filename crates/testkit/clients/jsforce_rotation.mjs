// jsforce, unmodified, at an app that rotates refresh tokens: it keeps the first one for ever.
import { load, open, receive, report } from "./talk.mjs";

const { Connection } = load("jsforce");
const order = await receive();
const connection = new Connection({ version: "66.0", oauth2: { ...order.oauth2, useVerifier: true } });
const back = await open(connection.oauth2.getAuthorizationUrl({ scope: "api refresh_token" }));
await connection.authorize(back.searchParams.get("code"));

const rounds = [];
for (let round = 0; round < 2; round += 1) {
  const expired = await fetch(`${order.oauth2.loginUrl}/practice/admin/expire-access-tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  if (!expired.ok) throw new Error(`the tokens live on: ${expired.status}`);
  try {
    const page = await connection.query("SELECT Id FROM Account LIMIT 1");
    rounds.push({ rows: page.records.length });
  } catch (error) {
    rounds.push({ error: error.message });
  }
}
report({ rounds });
