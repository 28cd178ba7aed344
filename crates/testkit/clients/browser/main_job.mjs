// The main job by clicks, in a real browser with the production policy: a person signs in, connects through the
// practice org's own pages, makes an agent; the agent proposes; the person reviews and approves.
// Reports what it saw; the test that started it judges.

import { receive, report } from "../talk.mjs";
import { Agent } from "./agent.mjs";
import { allowAtPracticeOrg, signIn } from "./people.mjs";
import { openBrowser } from "./watched.mjs";

const task = await receive();

const foreignRequests = [];
const hubOrigin = new URL(task.demo.hub).origin;
const practiceOrigin = new URL(task.demo.practice_org).origin;
const person = task.demo.people.find(({ connected }) => !connected);
const owner = task.demo.people.find(({ role }) => role === "owner");
const practiceUser = task.demo.practice_users.find(({ username }) => username.startsWith("ben."));

const browser = await openBrowser(task);

async function newPage() {
  const page = await browser.newPage();
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== hubOrigin && origin !== practiceOrigin) {
      foreignRequests.push(request.url());
    }
  });
  return page;
}

async function connect(page) {
  await page.getByRole("link", { name: "Connections" }).first().click();
  await browser.look(page, "connections-empty");
  await page.getByRole("link", { name: "Connect an account" }).first().click();
  await page.getByRole("radio").first().check();
  await browser.look(page, "connect");
  await page.getByRole("button", { name: /^Connect/ }).click();
  const leave = page.getByRole("link", { name: /^Continue to/ });
  await leave.waitFor();
  await browser.look(page, "connect-go");
  await leave.click();
  await allowAtPracticeOrg(page, practiceUser, (name) => browser.look(page, name));
  await page.waitForURL((url) => url.origin === hubOrigin);
  await page.getByText("Connected", { exact: false }).first().waitFor();
  await browser.look(page, "connection");
  await page.goto(`${task.demo.hub}/connections`);
  await browser.look(page, "connections");
}

async function makeAgent(page) {
  await page.getByRole("link", { name: "Agents" }).first().click();
  await page.getByLabel("Name").fill("Sales assistant");
  await page.getByRole("radio", { name: /Read and propose/ }).check();
  await browser.look(page, "agents");
  await page.getByRole("button", { name: "Create agent" }).click();
  await page.getByRole("heading", { name: "Agent created" }).waitFor();
  const token = (await page.locator("body").innerText()).match(/gla_[A-Za-z0-9_-]{43}/)?.[0]
    ?? (await page.content()).match(/gla_[A-Za-z0-9_-]{43}/)[0];
  await browser.look(page, "agent-created");
  return new Agent(task.demo.mcp, token);
}

async function review(page, proposal) {
  await page.goto(`${task.demo.hub}/`);
  await browser.look(page, "home");
  await page.getByRole("link", { name: /^Approvals/ }).first().click();
  await browser.look(page, "approvals");
  await page.locator("[data-row]").first().click();
  await page.getByRole("button", { name: "Approve and run" }).waitFor();
  const shown = await page.locator("main").innerText();
  await browser.look(page, "review");
  await page.getByRole("button", { name: "Approve and run" }).click();
  await page.getByRole("heading", { name: "Result" }).waitFor();
  await browser.look(page, "result");
  if (!page.url().includes(proposal)) browser.problems.push(`the review page is at ${page.url()}`);
  return shown;
}

async function verifyAudit() {
  const page = await newPage();
  await signIn(page, task.demo.hub, owner);
  await page.getByRole("link", { name: "Audit" }).first().click();
  await browser.look(page, "audit");
  await page.getByRole("button", { name: "Verify audit log" }).click();
  const verdict = await page.getByRole("status").first().innerText();
  await page.goto(`${task.demo.hub}/admin/oauth-apps`);
  await browser.look(page, "oauth-apps");
  await page.locator("main a[href*='/admin/oauth-apps/app_']").first().click();
  await browser.look(page, "oauth-app");
  await page.goto(`${task.demo.hub}/admin/people`);
  await browser.look(page, "people");
  await page.goto(`${task.demo.hub}/settings`);
  await browser.look(page, "settings");
  return verdict;
}

try {
  const page = await newPage();
  await page.goto(`${task.demo.hub}/sign-in`);
  await browser.look(page, "sign-in");
  await signIn(page, task.demo.hub, person);
  await connect(page);
  const agent = await makeAgent(page);
  const found = await agent.call("salesforce_query", {
    soql: "SELECT Id, Name, Phone, Industry, NumberOfEmployees FROM Account WHERE Industry != null ORDER BY Name LIMIT 1",
  });
  const account = found.records[0];
  const phone = "+44 20 7946 0958";
  const proposed = await agent.call("salesforce_update_record", {
    object: "Account",
    id: account.Id,
    fields: { Phone: phone, Description: "Renewal call on Friday; asks for the new price list." },
    reason: "The customer gave a new number in today's call.",
  });
  const proposal = proposed.proposal.id;
  const waiting = agent.call("gatelodge_get_proposal", { id: proposal, wait_seconds: 50 });
  const shown = await review(page, proposal);
  const followed = await waiting;
  const after = await agent.call("salesforce_get_record", {
    object: "Account",
    id: account.Id,
    fields: ["Id", "Phone"],
  });
  const verdict = await verifyAudit();
  report({ account, phone, proposed, shown, followed, after, verdict, problems: browser.problems, foreignRequests });
} finally {
  await browser.close();
}
