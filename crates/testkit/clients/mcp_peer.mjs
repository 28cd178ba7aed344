// @tsmztech/mcp-server-salesforce, unmodified, on the practice org: every tool of it that needs no Apex and no setup.
import assert from "node:assert/strict";
import { load, receive, report } from "./talk.mjs";

const { Client } = load("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = load("@modelcontextprotocol/sdk/client/stdio.js");
const order = await receive();
const client = new Client({ name: "judge", version: "1" });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [`${process.env.GATELODGE_TEST_NODE_MODULES}/@tsmztech/mcp-server-salesforce/dist/index.js`],
    env: {
      SALESFORCE_CONNECTION_TYPE: "User_Password",
      SALESFORCE_USERNAME: order.username,
      SALESFORCE_PASSWORD: order.password,
      SALESFORCE_TOKEN: "",
      SALESFORCE_INSTANCE_URL: order.loginUrl,
      NO_PROXY: "localhost,127.0.0.1",
    },
    stderr: "ignore",
  }),
);

const seen = {
  objects: await call("salesforce_search_objects", { searchPattern: "Invoice" }, /Invoice__c/),
  describe: await call("salesforce_describe_object", { objectName: "Account" }, /Industry/),
  query: await call(
    "salesforce_query_records",
    { objectName: "Contact", fields: ["Name", "Account.Name"], whereClause: "Account.Name != null", limit: 5 },
    /Query returned 5 records/,
  ),
  children: await call(
    "salesforce_query_records",
    { objectName: "Account", fields: ["Name", "(SELECT LastName FROM Contacts)"], limit: 2 },
    /Query returned 2 records/,
  ),
  aggregate: await call(
    "salesforce_aggregate_query",
    {
      objectName: "Opportunity",
      selectFields: ["CALENDAR_YEAR(CloseDate) Year", "StageName", "COUNT(Id) Deals", "SUM(Amount) Revenue"],
      groupByFields: ["CALENDAR_YEAR(CloseDate)", "StageName"],
      havingClause: "COUNT(Id) > 1",
      orderBy: "StageName",
    },
    /Aggregate query returned [1-9]/,
  ),
  insert: await call(
    "salesforce_dml_records",
    { operation: "insert", objectName: "Account", records: [{ Name: "Peer One" }, { Name: "Peer Two" }, { Phone: "1" }] },
    /Successful: 2\n- Failed: 1[^]*REQUIRED_FIELD_MISSING/,
  ),
  upsert: await call(
    "salesforce_dml_records",
    {
      operation: "upsert",
      objectName: "Invoice__c",
      externalIdField: "Invoice_Number__c",
      records: [{ Invoice_Number__c: "PEER-1", Amount__c: 1 }, { Invoice_Number__c: "PEER-2", Amount__c: 2 }],
    },
    /Successful: 2\n- Failed: 0/,
  ),
  search: await call(
    "salesforce_search_all",
    { searchTerm: "Peer", searchIn: "NAME FIELDS", objects: [{ name: "Account", fields: ["Name"], orderBy: "Name", limit: 10 }] },
    /Account \(2 records found\)[^]*Peer One[^]*Peer Two/,
  ),
  mistake: await call(
    "salesforce_query_records",
    { objectName: "Account", fields: ["Nmae"] },
    /Nmae/,
    true,
  ),
};
await client.close();
report(seen);

async function call(name, given, expected, mistake = false) {
  const answer = await client.callTool({ name, arguments: given });
  const text = answer.content[0].text;
  assert.match(text, expected, `${name}: ${text}`);
  assert.equal(Boolean(answer.isError), mistake, text);
  return text.length;
}
