// @hubspot/api-client, unmodified, as a judge of the practice HubSpot: sign-in, contacts, search, mails, limits.
import assert from "node:assert/strict";
import { ask, load, open, receive, report } from "./talk.mjs";

const { Client } = load("@hubspot/api-client");
const order = await receive();
// the client's own brake would keep it below the limits that are to be met
const client = new Client({ basePath: order.url, limiterOptions: { maxConcurrent: 10 } });
const scopes = "oauth crm.objects.contacts.read transactional-email";

const refreshToken = await connect();

report({
  identity: await identity(),
  contacts: await contacts(),
  search: await search(),
  mails: await mails(),
  errors: await errors(),
  limits: await limits(),
  revoked: await revoked(),
});

async function connect() {
  const theirs = new URL(client.oauth.getAuthorizationUrl(order.clientId, order.redirectUri, scopes, undefined, "state"));
  assert.equal(theirs.origin, "https://app.hubspot.com");
  const back = await open(`${order.url}${theirs.pathname}${theirs.search}`);
  assert.equal(back.searchParams.get("state"), "state");
  const exchange = () =>
    client.oauth.tokensApi.create(
      "authorization_code",
      back.searchParams.get("code"),
      order.redirectUri,
      order.clientId,
      order.clientSecret,
    );
  const given = await exchange();
  assert.equal(given.expiresIn, 1_800);
  await fails(exchange(), 400, (body) => assert.equal(body.status, "BAD_AUTH_CODE"));
  client.setAccessToken(given.accessToken);
  return given.refreshToken;
}

/** A call that is refused with this status. */
async function fails(call, status, look = () => {}) {
  await assert.rejects(call, (error) => {
    assert.equal(error.code, status, `${error}`);
    look(error.body);
    return true;
  });
}

/** The dated address, which the client offers no function for. */
async function dated(path, form) {
  const answer = await client.apiRequest({
    method: "POST",
    path: `/oauth/2026-03/token${path}`,
    defaultJson: false,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ client_id: order.clientId, client_secret: order.clientSecret, ...form }).toString(),
  });
  return { status: answer.status, body: await answer.json() };
}

async function identity() {
  const { body } = await dated("", { grant_type: "refresh_token", refresh_token: refreshToken });
  assert.equal(body.refresh_token, refreshToken);
  assert.ok(body.access_token.length > 300);
  client.setAccessToken(body.access_token);
  const seen = (await dated("/introspect", { token: body.access_token })).body;
  assert.equal(seen.active, true);
  return { account: seen.hub_id, user: seen.user };
}

async function contacts() {
  const page = await client.crm.contacts.basicApi.getPage(25, undefined, ["email", "company"]);
  assert.equal(page.results.length, 25);
  assert.ok(page.paging.next.after);
  assert.ok(page.results[0].createdAt instanceof Date);
  const all = await client.crm.contacts.getAll(100);
  assert.equal(new Set(all.map((contact) => contact.id)).size, all.length);
  const { email } = page.results[3].properties;
  const one = await client.crm.contacts.basicApi.getById(email, ["email"], undefined, undefined, false, "email");
  assert.equal(one.id, page.results[3].id);
  const inputs = [{ id: page.results[0].id }, { id: "1" }];
  const batch = await client.crm.contacts.batchApi.read({ inputs, properties: ["email"], propertiesWithHistory: [] });
  assert.equal(batch.results.length, 1);
  assert.equal(batch.errors[0].category, "OBJECT_NOT_FOUND");
  return all.length;
}

/** More searches in a row than a second allows: the client waits and asks again. */
async function search() {
  const patient = new Client({
    basePath: order.url,
    accessToken: client.config.accessToken,
    numberOfApiCallRetries: 6,
    limiterOptions: { maxConcurrent: 10 },
  });
  const wanted = {
    filterGroups: [{ filters: [{ propertyName: "firstname", operator: "EQ", value: "Anna" }] }],
    sorts: ["lastmodifieddate"],
    properties: ["firstname"],
    limit: 2,
  };
  let after;
  const found = [];
  for (let count = 0; count < 4; count += 1) {
    const page = await patient.crm.contacts.searchApi.doSearch({ ...wanted, after });
    found.push(...page.results.map((contact) => contact.id));
    after = page.paging.next.after;
    assert.equal(page.total, 10);
  }
  assert.equal(new Set(found).size, 8);
  await fails(patient.crm.contacts.searchApi.doSearch({ ...wanted, after: "9999" }), 400);
  // the client keeps its patience for all its instances; from here on it has none again
  client.setAccessToken(client.config.accessToken);
  return found.length;
}

async function mails() {
  const send = client.marketing.transactional.singleSendApi;
  const order = { emailId: 100_002, message: { to: "ann@customers.example", sendId: "judge" } };
  const mail = { ...order, customProperties: { order_number: "7" } };
  const sent = await send.sendEmail(mail);
  assert.equal(sent.status, "COMPLETE");
  assert.equal(sent.sendResult, "SENT");
  assert.ok(sent.eventId.created instanceof Date);
  assert.equal((await send.sendEmail(mail)).sendResult, "IDEMPOTENT_IGNORE");
  const bounced = { emailId: 100_001, message: { to: "bounced@customers.example", sendId: "other" } };
  assert.equal((await send.sendEmail(bounced)).sendResult, "PREVIOUSLY_BOUNCED");
  await fails(send.sendEmail({ ...order, emailId: 1 }), 404);
  return sent.statusId;
}

async function errors() {
  await fails(client.crm.contacts.basicApi.getById("1"), 404, (body) => assert.ok(body.correlationId));
  await fails(client.crm.contacts.basicApi.getPage(101), 400, (body) => assert.equal(body.category, "VALIDATION_ERROR"));
  await ask({ withhold: "transactional-email" });
  const mail = { emailId: 100_001, message: { to: "ann@customers.example", sendId: "third" } };
  await fails(client.marketing.transactional.singleSendApi.sendEmail(mail), 403, (body) => {
    assert.equal(body.category, "MISSING_SCOPES");
    assert.deepEqual(body.errors[0].context.requiredGranularScopes, ["transactional-email"]);
  });
  return 4;
}

async function limits() {
  let pages = 0;
  const all = async () => {
    for (; pages < 500; pages += 1) await client.crm.contacts.basicApi.getPage(1);
  };
  await fails(all(), 429, (body) => assert.equal(body.policyName, "TEN_SECONDLY_ROLLING"));
  assert.ok(pages < 500);
  return pages;
}

/** Without its refresh token the app is connected until the access token ends. */
async function revoked() {
  assert.equal((await dated("/revoke", { token: refreshToken })).status, 200);
  const again = await dated("", { grant_type: "refresh_token", refresh_token: refreshToken });
  assert.equal(again.status, 400);
  assert.equal(again.body.status, "BAD_REFRESH_TOKEN");
  await ask({ expire: true });
  await fails(client.crm.contacts.basicApi.getPage(1), 401, (body) =>
    assert.equal(body.category, "EXPIRED_AUTHENTICATION"),
  );
  return true;
}
