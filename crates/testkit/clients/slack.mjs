// @slack/web-api, unmodified, as a judge of the practice Slack: sign-in, two kinds of tokens, posting, reading, limits.
import assert from "node:assert/strict";
import { ask, load, open, receive, report } from "./talk.mjs";

const { ErrorCode, LogLevel, WebClient } = load("@slack/web-api");
const order = await receive();
const options = { slackApiUrl: `${order.url}/api/`, logLevel: LogLevel.ERROR };
const nobody = new WebClient(undefined, options);
const app = { client_id: order.clientId, client_secret: order.clientSecret };

const given = await connect();
const bot = new WebClient(given.access_token, options);
const person = new WebClient(given.authed_user.access_token, options);

report({
  identity: await identity(),
  posted: await posting(),
  read: await reading(),
  errors: await errors(),
  limits: await limits(),
  ...(order.rotation && { rotated: await rotation() }),
  revoked: await revoked(),
});

async function connect() {
  const address = new URL(`${order.url}/oauth/v2/authorize`);
  const scopes = "chat:write,channels:history";
  address.search = new URLSearchParams({
    client_id: order.clientId,
    scope: scopes,
    user_scope: scopes,
    redirect_uri: order.redirectUri,
    state: "from the judge",
  });
  const back = await open(address.href);
  assert.equal(back.searchParams.get("state"), "from the judge");
  const code = back.searchParams.get("code");
  await fails(nobody.oauth.v2.access({ ...app, code: "1.2.3", redirect_uri: order.redirectUri }), "invalid_code");
  const answer = await nobody.oauth.v2.access({ ...app, code, redirect_uri: order.redirectUri });
  assert.equal(answer.token_type, "bot");
  assert.equal(answer.authed_user.token_type, "user");
  await fails(nobody.oauth.v2.access({ ...app, code, redirect_uri: order.redirectUri }), "invalid_code");
  return answer;
}

/** A call that Slack answers with `ok: false`. */
async function fails(call, word) {
  let seen;
  await assert.rejects(call, (error) => {
    assert.equal(error.code, ErrorCode.PlatformError, `${error}`);
    assert.equal(error.data.error, word);
    seen = error.data;
    return true;
  });
  return seen;
}

async function identity() {
  const [asBot, asPerson] = [await bot.auth.test(), await person.auth.test()];
  assert.equal(asBot.user_id, given.bot_user_id);
  assert.match(asBot.bot_id, /^B/);
  assert.equal(asPerson.user_id, given.authed_user.id);
  assert.equal(asPerson.bot_id, undefined);
  assert.deepEqual(asBot.response_metadata.scopes, given.scope.split(","));
  return { bot: asBot.user, person: asPerson.user, team: asBot.team };
}

async function posting() {
  const channel = order.channel;
  await fails(bot.chat.postMessage({ channel, text: "outside" }), "not_in_channel");
  await ask({ invite: given.bot_user_id });
  const metadata = { event_type: "judged", event_payload: { number: 1 } };
  const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*Bold* & plain" } }];
  const first = await bot.chat.postMessage({ channel, text: "first", blocks, metadata });
  assert.equal(first.message.blocks[0].text.text, "*Bold* & plain");
  assert.equal(first.message.bot_id, (await bot.auth.test()).bot_id);
  const reply = await person.chat.postMessage({ channel, text: "reply", thread_ts: first.ts });
  assert.equal(reply.message.thread_ts, first.ts);
  assert.equal(reply.message.user, given.authed_user.id);
  const direct = await bot.chat.postMessage({ channel: given.authed_user.id, text: "psst" });
  assert.match(direct.channel, /^D/);
  const { permalink } = await bot.chat.getPermalink({ channel, message_ts: first.ts });
  assert.match(permalink, /\/archives\/C\w+\/p\d{16}$/);
  return { first: first.ts, reply: reply.ts };
}

/** Reads in pages of one, as the client pages by itself. */
async function reading() {
  const channel = order.channel;
  await person.chat.postMessage({ channel, text: "second" });
  const texts = [];
  let event;
  for await (const page of bot.paginate("conversations.history", { channel, limit: 1, include_all_metadata: true })) {
    assert.ok(page.messages.length <= 1);
    texts.push(...page.messages.map((message) => message.text));
    event = page.messages[0].metadata ?? event;
  }
  assert.deepEqual(texts, ["second", "first"]);
  assert.equal(event.event_payload.number, 1);
  const oldest = await bot.conversations.history({ channel, oldest: "0", limit: 999 });
  const thread = await bot.conversations.replies({ channel, ts: oldest.messages.at(-1).ts });
  assert.deepEqual(thread.messages.map((message) => message.text), ["first", "reply"]);
  return texts.length;
}

async function errors() {
  const channel = order.channel;
  await fails(bot.chat.postMessage({ channel: "C404", text: "x" }), "channel_not_found");
  await fails(bot.chat.postMessage({ channel }), "no_text");
  const wrong = await fails(bot.chat.postMessage({ channel, blocks: [{ type: "nothing" }] }), "invalid_blocks");
  assert.match(wrong.response_metadata.messages[0], /json-pointer:\/blocks\/0\/type/);
  await fails(bot.chat.postMessage({ channel: order.archived, text: "x" }), "is_archived");
  await fails(bot.chat.postMessage({ channel, text: "x".repeat(40_001) }), "msg_too_long");
  await fails(new WebClient("xoxb-none", options).auth.test(), "invalid_auth");
  await fails(nobody.auth.test(), "not_authed");
  await fails(bot.apiCall("chat.nothing"), "unknown_method");
  await ask({ withhold: "channels:history" });
  const missing = await fails(bot.conversations.history({ channel }), "missing_scope");
  assert.equal(missing.needed, "channels:history");
  assert.equal(missing.provided, "chat:write");
  return 9;
}

/** One client is told of the limit; the other waits as long as it is told and has all its messages posted. */
async function limits() {
  const channel = order.channel;
  const impatient = new WebClient(given.access_token, { ...options, rejectRateLimitedCalls: true });
  let posted = 0;
  await assert.rejects(
    async () => {
      for (; posted < 20; posted += 1) await impatient.chat.postMessage({ channel, text: "burst" });
    },
    (error) => {
      assert.equal(error.code, ErrorCode.RateLimitedError);
      assert.ok(error.retryAfter >= 1);
      return true;
    },
  );
  const waited = await bot.chat.postMessage({ channel, text: "waited" });
  assert.equal(waited.ok, true);
  return { posted: posted + 1 };
}

/** The pairs of bot and person turn apart, and a refresh token works once. */
async function rotation() {
  const turn = (refresh_token) => nobody.oauth.v2.access({ ...app, grant_type: "refresh_token", refresh_token });
  const next = await turn(given.refresh_token);
  assert.equal(next.token_type, "bot");
  assert.equal(next.expires_in, 43_200);
  const nextPerson = await turn(given.authed_user.refresh_token);
  assert.equal(nextPerson.token_type, "user");
  await new WebClient(next.access_token, options).auth.test();
  await new WebClient(nextPerson.access_token, options).auth.test();
  await fails(turn(given.authed_user.refresh_token), "invalid_refresh_token");
  await fails(new WebClient(nextPerson.access_token, options).auth.test(), "token_revoked");
  return true;
}

async function revoked() {
  assert.equal((await bot.auth.revoke({ test: true })).revoked, false);
  assert.equal((await bot.auth.revoke()).revoked, true);
  await fails(bot.auth.test(), "token_revoked");
  return true;
}
