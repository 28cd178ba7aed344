// An authorization server that we did not write: oidc-provider with strict rotation. A refresh token works once, and
// its second use ends the grant. It is started with {modules, ttl, clients} as JSON in its first argument, says where it
// listens in one line of JSON, and ends when its standard input does.
//
// Beside the protocol it answers two questions of the test: `/test/code` makes an authorization code as if a person had
// consented, `/test/counts` says what it has seen.
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";

const order = JSON.parse(process.argv[2]);
const entry = pathToFileURL(`${order.modules}/oidc-provider/lib/index.js`);
const { Provider } = await import(entry.href);

const counts = { refreshes: 0, refused: 0, twice: 0, ended: 0 };
const presented = new Set();
const REDIRECT = "https://hub.test/callback";
const SCOPE = "openid offline_access api";

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: "client-1", client_secret: order.secret, redirect_uris: [REDIRECT],
    grant_types: ["authorization_code", "refresh_token"], response_types: ["code"],
    token_endpoint_auth_method: "client_secret_post",
  }],
  scopes: ["openid", "offline_access", "api"],
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: { AccessToken: order.ttl, RefreshToken: 86400, Grant: 86400, AuthorizationCode: 60, IdToken: 60, Session: 86400 },
  pkce: { required: () => true },
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  features: { devInteractions: { enabled: false } },
});
const note = (ctx) => {
  const token = ctx.oidc?.params?.refresh_token;
  if (!token) return false;
  const mark = createHash("sha256").update(token).digest("hex");
  if (presented.has(mark)) counts.twice += 1;
  presented.add(mark);
  return true;
};
provider.on("grant.success", (ctx) => { if (note(ctx)) counts.refreshes += 1; });
provider.on("grant.error", (ctx, error) => { if (note(ctx)) counts.refused += 1; console.error(error.message); });
provider.on("grant.revoked", () => { counts.ended += 1; });
provider.on("server_error", (_, error) => console.error(error));

const answer = (response, value) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(value));
};
const code = async (query) => {
  const accountId = query.get("account");
  const grant = new provider.Grant({ accountId, clientId: "client-1" });
  grant.addOIDCScope(SCOPE);
  const grantId = await grant.save();
  const client = await provider.Client.find("client-1");
  const made = new provider.AuthorizationCode({
    accountId, client, grantId, gty: "authorization_code", scope: SCOPE, redirectUri: REDIRECT,
    codeChallenge: query.get("challenge"), codeChallengeMethod: "S256", authTime: Math.floor(Date.now() / 1000),
    sessionUid: accountId, expiresWithSession: false,
  });
  return made.save();
};
const protocol = provider.callback();
server.on("request", async (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname === "/test/counts") return answer(response, counts);
  if (url.pathname === "/test/code") return answer(response, { code: await code(url.searchParams) });
  return protocol(request, response);
});
console.log(JSON.stringify({ issuer }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
