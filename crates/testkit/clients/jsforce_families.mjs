// jsforce, unmodified, on each family of resources of the practice org: collections, composite, queries, feeds, layouts,
// both bulk interfaces, files.
import assert from "node:assert/strict";
import { load, receive, report } from "./talk.mjs";

const { Connection } = load("jsforce");
const order = await receive();
const connection = new Connection({ loginUrl: order.loginUrl });
await connection.login(order.username, order.password);
connection.version = "66.0";

report({
  collections: await collections(),
  composite: await composite(),
  batch: await batch(),
  tree: await tree(),
  queries: await queries(),
  feeds: await feeds(),
  layouts: await layouts(),
  organization: await organization(),
  search: await search(),
  bulk2: await bulk2(),
  bulk: await bulk(),
  files: await files(),
});

/** 300 rows in two requests of 200, changed and deleted by query, one bad row among good ones. */
async function collections() {
  const accounts = connection.sobject("Account");
  const rows = Array.from({ length: 300 }, (_, index) => ({ Name: `Family ${index}`, NumberOfEmployees: index }));
  const made = await accounts.create(rows, { allowRecursive: true });
  assert.equal(made.length, 300);
  assert.ok(made.every((one) => one.success && one.id.startsWith("001")));

  const read = await accounts.retrieve([made[2].id, made[0].id, "001000000000000AAA"]);
  assert.deepEqual(read.map((one) => one && one.Name), ["Family 2", "Family 0", null]);

  const changed = await accounts
    .find({ Name: { $like: "Family %" } })
    .update({ Name: "${Name} again" }, { allowBulk: false });
  assert.equal(changed.length, 300);
  assert.ok(changed.every((one) => one.success));

  const mixed = await accounts.create([{ Name: "Family good" }, { Phone: "1" }]);
  assert.deepEqual(mixed.map((one) => one.success), [true, false]);
  assert.equal(mixed[1].errors[0].statusCode, "REQUIRED_FIELD_MISSING");
  assert.deepEqual(mixed[1].errors[0].fields, ["Name"]);

  const together = await accounts.create([{ Name: "Family lost" }, { Phone: "1" }], { allOrNone: true });
  assert.equal(together[0].errors[0].statusCode, "ALL_OR_NONE_OPERATION_ROLLED_BACK");
  assert.equal(await accounts.count({ Name: "Family lost" }), 0);

  const invoices = connection.sobject("Invoice__c");
  const numbers = [1, 2, 3].map((one) => ({ Invoice_Number__c: `JSF-${one}`, Amount__c: one }));
  const upserted = await invoices.upsert(numbers, "Invoice_Number__c");
  assert.deepEqual(upserted.map((one) => [one.success, one.created]), [[true, true], [true, true], [true, true]]);
  const again = await invoices.upsert(numbers, "Invoice_Number__c");
  assert.deepEqual(again.map((one) => [one.id, one.created]), upserted.map((one) => [one.id, false]));

  const gone = await accounts.find({ Name: { $like: "Family %" } }).destroy({ allowBulk: false });
  assert.equal(gone.length, 301);
  assert.equal((await invoices.destroy(upserted.map((one) => one.id))).length, 3);
  return made.length;
}

/** An account, a contact of it and a query over both in one request; then one that is rolled back. */
async function composite() {
  const base = `/services/data/v${connection.version}`;
  const request = (allOrNone, lastName) => ({
    allOrNone,
    compositeRequest: [
      { method: "POST", url: `${base}/sobjects/Account`, referenceId: "account", body: { Name: "Composite Ltd" } },
      {
        method: "POST",
        url: `${base}/sobjects/Contact`,
        referenceId: "contact",
        body: { LastName: lastName, AccountId: "@{account.id}" },
      },
      {
        method: "GET",
        url: `${base}/query/?q=SELECT+Name,(SELECT+LastName+FROM+Contacts)+FROM+Account+WHERE+Id='@{account.id}'`,
        referenceId: "both",
      },
    ],
  });
  const done = (await connection.requestPost("/composite", request(true, "Smith"))).compositeResponse;
  assert.deepEqual(done.map((one) => one.httpStatusCode), [201, 201, 200]);
  assert.equal(done[2].body.records[0].Contacts.records[0].LastName, "Smith");
  assert.match(done[0].httpHeaders.Location, /\/sobjects\/Account\/001/);

  const failed = (await connection.requestPost("/composite", request(true, null))).compositeResponse;
  assert.deepEqual(failed.map((one) => one.httpStatusCode), [400, 400, 400]);
  assert.equal(failed[0].body[0].errorCode, "PROCESSING_HALTED");
  assert.equal(failed[1].body[0].errorCode, "REQUIRED_FIELD_MISSING");
  assert.equal(await connection.sobject("Account").count({ Name: "Composite Ltd" }), 1);

  const graph = await connection.requestPost("/composite/graph", {
    graphs: [{ graphId: "g1", compositeRequest: request(true, "Graph").compositeRequest.slice(0, 2) }],
  });
  assert.equal(graph.graphs[0].isSuccessful, true);
  return done.length;
}

async function batch() {
  const answer = await connection.requestPost("/composite/batch", {
    batchRequests: [
      { method: "GET", url: "v66.0/limits" },
      { method: "GET", url: "v66.0/sobjects/Account/001000000000000AAA" },
    ],
  });
  assert.equal(answer.hasErrors, true);
  assert.deepEqual(answer.results.map((one) => one.statusCode), [200, 404]);
  return answer.results.length;
}

async function tree() {
  const answer = await connection.requestPost("/composite/tree/Account", {
    records: [
      {
        attributes: { type: "Account", referenceId: "root" },
        Name: "Tree Ltd",
        Contacts: { records: [{ attributes: { type: "Contact", referenceId: "leaf" }, LastName: "Leaf" }] },
      },
    ],
  });
  assert.equal(answer.hasErrors, false);
  assert.deepEqual(answer.results.map((one) => one.referenceId).sort(), ["leaf", "root"]);
  const [row] = (await connection.query("SELECT (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'Tree Ltd'")).records;
  assert.equal(row.Contacts.totalSize, 1);
  return answer.results.length;
}

async function queries() {
  const accounts = connection.sobject("Account");
  const made = await accounts.create({ Name: "Soon deleted" });
  await accounts.destroy(made.id);
  const soql = "SELECT Id, IsDeleted FROM Account WHERE Name = 'Soon deleted'";
  assert.equal((await connection.query(soql)).totalSize, 0);
  const all = await connection.query(soql).run({ scanAll: true });
  assert.deepEqual(all.records.map((one) => [one.Id, one.IsDeleted]), [[made.id, true]]);

  const plan = await connection.query("SELECT Id FROM Account WHERE Name = 'x'").explain();
  assert.ok(plan.plans.length > 0 && typeof plan.plans[0].leadingOperationType === "string");

  const groups = await connection.query(
    "SELECT StageName, COUNT(Id) deals, SUM(Amount) FROM Opportunity GROUP BY ROLLUP(StageName) ORDER BY StageName",
  );
  const total = groups.records.find((one) => one.StageName === null);
  assert.equal(total.deals, await connection.sobject("Opportunity").count({}));
  assert.ok("expr0" in total);

  const children = await accounts.find({}, "Id, Name").include("Contacts").select("LastName").limit(2).end().limit(20);
  assert.ok(children.some((one) => one.Contacts && one.Contacts.records.length === 2));
  const typed = await connection.query("SELECT TYPEOF What WHEN Account THEN Name ELSE Id END FROM Task LIMIT 5");
  assert.ok(typed.records.every((one) => one.What === null || one.What.attributes.type));
  return groups.totalSize;
}

/** What changed and what went in the last minutes. */
async function feeds() {
  const accounts = connection.sobject("Account");
  const [kept, lost] = await accounts.create([{ Name: "Kept" }, { Name: "Lost" }]);
  await accounts.destroy(lost.id);
  const end = new Date(Date.now() + 60_000);
  const start = new Date(end.getTime() - 5 * 60_000);
  const updated = await accounts.updated(start, end);
  assert.ok(updated.ids.includes(kept.id) && typeof updated.latestDateCovered === "string");
  const deleted = await accounts.deleted(start, end);
  assert.ok(deleted.deletedRecords.some((one) => one.id === lost.id));
  return updated.ids.length;
}

async function layouts() {
  const accounts = connection.sobject("Account");
  const { layouts } = await accounts.layouts();
  assert.ok(layouts.length > 0 && Array.isArray(layouts[0].detailLayoutSections));
  const { compactLayouts } = await accounts.compactLayouts();
  assert.ok(compactLayouts.every((one) => Array.isArray(one.fieldItems)));
  assert.ok(Array.isArray((await accounts.approvalLayouts()).approvalLayouts));
  const { listviews } = await accounts.listviews();
  assert.ok(listviews.length > 0);
  const view = await accounts.listview(listviews[0].id).results();
  assert.ok(Array.isArray(view.records) && view.records.length > 0);
  assert.ok(Array.isArray(await accounts.quickActions()));
  return layouts.length;
}

async function organization() {
  const limits = await connection.limits();
  assert.ok(limits.DailyApiRequests.Remaining < limits.DailyApiRequests.Max);
  assert.ok(connection.limitInfo.apiUsage.used > 0);
  await connection.query("SELECT Id, Name FROM Account LIMIT 2 FOR VIEW");
  assert.equal((await connection.recent(2)).length, 2);
  assert.ok((await connection.sobject("Account").recent()).length >= 2);
  assert.ok(Array.isArray(await connection.tabs()));
  assert.ok(Array.isArray((await connection.theme()).themeItems));
  return Object.keys(limits).length;
}

async function search() {
  const account = await connection.sobject("Account").create({ Name: "Zanzibar Spices", Phone: "+255 24 2230000" });
  const { searchRecords } = await connection.search("FIND {Zanz*} IN NAME FIELDS RETURNING Account(Id, Name), Contact");
  assert.deepEqual(searchRecords.map((one) => one.Id), [account.id]);
  assert.equal(searchRecords[0].Name, "Zanzibar Spices");
  await assert.rejects(connection.search("FIND Zanz RETURNING Account"), (error) => {
    assert.equal(error.errorCode, "MALFORMED_SEARCH");
    return true;
  });
  return searchRecords.length;
}

/** A load of Bulk API 2.0 with one bad row, an export of what it made in pages, and its deletion. */
async function bulk2() {
  connection.bulk2.pollInterval = 50;
  const input = Array.from({ length: 500 }, (_, index) => ({ Name: `Second ${index}`, Site: 'a "b"\nc' }));
  input.push({ Name: "", Site: "nameless" });
  const loaded = await connection.bulk2.loadAndWaitForResults({ object: "Account", operation: "insert", input });
  assert.equal(loaded.successfulResults.length, 500);
  assert.equal(loaded.successfulResults[0].sf__Created, "true");
  assert.equal(loaded.failedResults.length, 1);
  assert.match(loaded.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:Required fields are missing: \[Name\]:Name --$/);
  assert.equal(loaded.unprocessedRecords.length, 0);

  const stream = await connection.bulk2.query("SELECT Id, Name, Site FROM Account WHERE Name LIKE 'Second %'");
  const rows = await stream.toArray();
  assert.equal(rows.length, 500);
  assert.ok(rows.every((row) => row.Site === 'a "b"\nc'));
  await assert.rejects(connection.bulk2.query("SELECT COUNT() FROM Account"), /not supported in Bulk Query/);

  const input2 = rows.map((row) => ({ Id: row.Id }));
  const gone = await connection.bulk2.loadAndWaitForResults({ object: "Account", operation: "delete", input: input2 });
  assert.equal(gone.successfulResults.length, 500);
  return rows.length;
}

/** The first Bulk API: rows in, a query over them, rows out, and a dead session. */
async function bulk() {
  connection.bulk.pollInterval = 50;
  const rows = Array.from({ length: 250 }, (_, index) => ({ LastName: `First ${index}`, Email: `${index}@first.example` }));
  const made = await connection.bulk.load("Contact", "insert", [...rows, { Email: "nameless@first.example" }]);
  assert.deepEqual(made.map((one) => one.success), [...rows.map(() => true), false]);
  assert.match(made[250].errors[0], /^REQUIRED_FIELD_MISSING:/);

  const stream = await connection.bulk.query("SELECT Id, LastName, Email FROM Contact WHERE LastName LIKE 'First %'");
  const read = await stream.toArray();
  assert.deepEqual(new Set(read.map((one) => one.Email)), new Set(rows.map((one) => one.Email)));

  const job = connection.bulk.createJob("Contact", "delete");
  const batch = job.createBatch();
  batch.execute(read.map((one) => ({ Id: one.Id })));
  await new Promise((resolve, reject) => batch.on("queue", resolve).on("error", reject));
  batch.poll(50, 60_000);
  const gone = await new Promise((resolve, reject) => batch.on("response", resolve).on("error", reject));
  assert.equal(gone.filter((one) => one.success).length, 250);
  const info = await job.check();
  assert.deepEqual([info.state, info.numberBatchesTotal, info.numberRecordsProcessed], ["Open", "1", "250"]);
  assert.equal((await job.list())[0].state, "Completed");
  assert.equal((await job.close()).state, "Closed");

  const stranger = new Connection({ instanceUrl: connection.instanceUrl, accessToken: "00D!dead", version: "66.0" });
  const refused = async () => await stranger.bulk.load("Contact", "insert", [{ LastName: "Nobody" }]);
  await assert.rejects(refused, { name: "InvalidSessionId" });
  return read.length;
}

/** A file goes up as base64, is linked, and comes down as it was. */
async function files() {
  const text = "product,price\n\"Tea, green\",3.50\n";
  const versions = connection.sobject("ContentVersion");
  const account = await connection.sobject("Account").findOne({}, "Id");
  const made = await versions.create({
    PathOnClient: "prices.csv",
    VersionData: Buffer.from(text).toString("base64"),
    FirstPublishLocationId: account.Id,
  });
  const version = await versions.retrieve(made.id);
  assert.deepEqual([version.FileType, version.ContentSize, version.Title], ["CSV", text.length, "prices"]);
  let read = "";
  for await (const piece of versions.record(made.id).blob("VersionData")) read += piece;
  assert.equal(read, text);
  const links = await connection.query(
    `SELECT ContentDocumentId FROM ContentDocumentLink WHERE LinkedEntityId = '${account.Id}'`,
  );
  assert.ok(links.records.some((one) => one.ContentDocumentId === version.ContentDocumentId));
  await connection.sobject("ContentDocument").destroy(version.ContentDocumentId);
  return read.length;
}
