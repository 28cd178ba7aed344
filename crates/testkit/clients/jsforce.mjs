// jsforce, unmodified, as a judge of the practice org: sign-in, paging, describe, writes, errors.
import assert from "node:assert/strict";
import { load, open, receive, report } from "./talk.mjs";

const { Connection } = load("jsforce");
const order = await receive();
const connection = await signIn();

report({
  identity: await identity(),
  paging: await paging(),
  describe: await describe(),
  record: await oneRecord(),
  upsert: await upsert(),
  errors: await errors(),
  ...(order.oauth2 && { refreshed: await refreshed(), revoked: await revoked() }),
});

async function signIn() {
  if (order.oauth2) {
    const connection = new Connection({ version: "66.0", oauth2: { ...order.oauth2, useVerifier: true } });
    const address = connection.oauth2.getAuthorizationUrl({ scope: "api refresh_token id", state: "from jsforce" });
    const back = await open(address);
    assert.equal(back.searchParams.get("state"), "from jsforce");
    const user = await connection.authorize(back.searchParams.get("code"));
    assert.match(user.id, /^005/);
    assert.match(user.organizationId, /^00D/);
    assert.ok(connection.accessToken && connection.refreshToken);
    assert.equal(connection.instanceUrl, order.oauth2.loginUrl);
    return connection;
  }
  // the SOAP login of jsforce's own default version
  const connection = new Connection({ loginUrl: order.loginUrl });
  await assert.rejects(connection.login(order.username, `${order.password}?`), (error) => {
    assert.match(error.message, /INVALID_LOGIN/);
    return true;
  });
  const user = await connection.login(order.username, order.password);
  assert.match(user.id, /^005/);
  return connection;
}

async function identity() {
  const identity = await connection.identity();
  assert.equal(identity.username, order.username);
  return { username: identity.username, organization: identity.organization_id };
}

/** Reads all contacts in pages of 200, by hand and by jsforce's own loop. */
async function paging() {
  const count = (await connection.query("SELECT COUNT() FROM Contact")).totalSize;
  assert.ok(count > 200, `${count} contacts`);
  const options = { headers: { "Sforce-Query-Options": "batchSize=200" } };
  const soql = "SELECT Id, Name, Account.Name FROM Contact ORDER BY Id";
  let page = await connection.query(soql, options);
  assert.equal(page.totalSize, count);
  assert.equal(page.done, false);
  assert.equal(page.records.length, 200);
  const ids = page.records.map((record) => record.Id);
  let pages = 1;
  while (!page.done) {
    page = await connection.queryMore(page.nextRecordsUrl, options);
    ids.push(...page.records.map((record) => record.Id));
    pages += 1;
  }
  assert.equal(page.nextRecordsUrl, undefined);
  assert.equal(ids.length, count);
  assert.equal(new Set(ids).size, count);
  assert.equal(pages, Math.ceil(count / 200));

  const all = await connection.query(soql).execute({ autoFetch: true, maxFetch: 10_000, ...options });
  assert.deepEqual(all.records.map((record) => record.Id), ids);

  const found = await connection
    .sobject("Contact")
    .find({ "Account.Name": { $like: "A%" } }, "Id, Name, Account.Name")
    .sort({ Name: 1 })
    .limit(5);
  assert.ok(found.every((record) => record.Account.Name.startsWith("A")));
  return { count, pages };
}

async function describe() {
  const global = await connection.describeGlobal();
  const names = global.sobjects.map((object) => object.name);
  for (const name of ["Account", "Contact", "Opportunity", "Case", "Invoice__c"]) assert.ok(names.includes(name), name);
  const account = await connection.sobject("Account").describe();
  assert.equal(account.keyPrefix, "001");
  const industry = account.fields.find((field) => field.name === "Industry");
  assert.equal(industry.type, "picklist");
  assert.ok(industry.picklistValues.some((value) => value.value === "Banking"));
  assert.ok(account.childRelationships.some((child) => child.relationshipName === "Contacts"));
  const invoice = await connection.describe("Invoice__c");
  assert.equal(invoice.custom, true);
  const number = invoice.fields.find((field) => field.name === "Invoice_Number__c");
  assert.ok(number.externalId && number.idLookup && number.unique);
  return { objects: names.length, accountFields: account.fields.length };
}

async function oneRecord() {
  const accounts = connection.sobject("Account");
  const made = await accounts.create({ Name: "Jsforce & Söhne", Industry: "Banking", AnnualRevenue: 1234567 });
  assert.equal(made.success, true);
  assert.match(made.id, /^001.{15}$/);
  const read = await accounts.retrieve(made.id);
  assert.equal(read.Name, "Jsforce & Söhne");
  assert.equal(read.AnnualRevenue, 1234567);
  assert.equal(read.attributes.type, "Account");
  const changed = await accounts.update({ Id: made.id, Phone: "+49 30 1", Industry: null });
  assert.equal(changed.success, true);
  const [row] = (await connection.query(`SELECT Phone, Industry FROM Account WHERE Id = '${made.id}'`)).records;
  assert.deepEqual([row.Phone, row.Industry], ["+49 30 1", null]);
  const deleted = await accounts.destroy(made.id);
  assert.equal(deleted.success, true);
  await assert.rejects(accounts.retrieve(made.id), (error) => {
    assert.equal(error.errorCode, "NOT_FOUND");
    return true;
  });
  return { id: made.id };
}

async function upsert() {
  const invoices = connection.sobject("Invoice__c");
  const number = `JS-${Date.now()}`;
  const made = await invoices.upsert({ Invoice_Number__c: number, Amount__c: 100.5 }, "Invoice_Number__c");
  assert.equal(made.success, true);
  assert.equal(made.created, true);
  const again = await invoices.upsert({ Invoice_Number__c: number, Amount__c: 200.25 }, "Invoice_Number__c");
  assert.equal(again.success, true);
  assert.notEqual(again.created, true);
  const rows = await invoices.find({ Invoice_Number__c: number }, "Id, Amount__c");
  assert.deepEqual(rows.map((row) => [row.Id, row.Amount__c]), [[made.id, 200.25]]);
  assert.equal((await invoices.destroy(made.id)).success, true);
  return { id: made.id };
}

async function errors() {
  const codes = {};
  const fails = async (name, promise, code, text) => {
    await assert.rejects(promise, (error) => {
      assert.equal(error.errorCode, code, `${name}: ${error.message}`);
      assert.match(error.message, text);
      return true;
    });
    codes[name] = code;
  };
  const accounts = connection.sobject("Account");
  await fails("unknown field in a query", connection.query("SELECT Nmae FROM Account").run(), "INVALID_FIELD", /Nmae/);
  await fails("broken query", connection.query("SELECT Id FROM").run(), "MALFORMED_QUERY", /./);
  await fails("unknown object", connection.sobject("Nothing__c").describe(), "NOT_FOUND", /./);
  await fails("unknown field in a write", accounts.create({ Name: "x", Nmae: "y" }), "INVALID_FIELD", /Nmae/);
  await fails("missing field", accounts.create({ Phone: "1" }), "REQUIRED_FIELD_MISSING", /Name/);
  await fails("unknown record", accounts.update({ Id: "001000000000000AAA", Phone: "1" }), "NOT_FOUND", /./);
  return codes;
}

/** A session that ended is renewed by jsforce itself, and the call is made again. */
async function refreshed() {
  const stale = connection.accessToken;
  let refreshes = 0;
  connection.on("refresh", () => (refreshes += 1));
  connection.accessToken = `${stale.slice(0, -4)}AAAA`;
  await connection.query("SELECT Id FROM Account LIMIT 1");
  assert.equal(refreshes, 1);
  return true;
}

/** After a logout the session is gone. */
async function revoked() {
  const bearer = connection.accessToken;
  await connection.logout(true);
  const answer = await fetch(`${order.oauth2.loginUrl}/services/oauth2/userinfo`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  assert.ok([401, 403].includes(answer.status), `${answer.status}`);
  return true;
}
