// The first day of an administrator by clicks: guide, OAuth app of the organization, people and a group with an app of
// its own, both connect, test, policy after a proof of the person, a blocked app recognised and cured. The test moves
// time on where the script says so. Reports what it saw; the test that started it judges.

import { ask, receive, report } from "../talk.mjs";
import { allowAtPracticeOrg, registerApp, signIn } from "./people.mjs";
import { openBrowser } from "./watched.mjs";

const task = await receive();
const hub = task.hub;
const browser = await openBrowser(task);
const seen = {};
const text = (page) => page.locator("main").innerText();

/** The value of the copy field that begins so. */
async function copied(page, beginning) {
  const fields = await page.locator("main code, main input[readonly]").evaluateAll((found) =>
    found.map((field) => field.value ?? field.textContent.trim()),
  );
  return fields.find((value) => value.startsWith(beginning));
}

/** Opens a page from the map, as somebody does who was not told its address. */
async function visit(page, name) {
  await page.getByRole("navigation").getByRole("link", { name }).first().click();
  await page.getByRole("heading", { level: 1 }).waitFor();
}

async function setUp(page) {
  await visit(page, /^Providers/);
  await browser.look(page, "day-providers");
  await page.getByRole("link", { name: "Configure Salesforce" }).click();
  await browser.look(page, "day-provider");
  await page.getByRole("button", { name: "Set up an OAuth app" }).click();
  const app = page.url();
  await page.getByRole("link", { name: /guide/i }).first().click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await browser.look(page, "day-guide");
  const steps = await page.getByRole("navigation", { name: "Steps" }).getByRole("link").count();
  for (let step = 1; step < steps; step += 1) {
    await page.getByRole("link", { name: /^Next: / }).click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await browser.look(page, `day-guide-${step + 1}`);
  }
  seen.guideSteps = steps;
  await page.goto(app);
  return app;
}

/** Fills the form of an OAuth app whose page is open. */
async function save(page, { clientId, clientSecret, base, asksSecret, name }) {
  await page.getByLabel("Client ID", { exact: true }).fill(clientId);
  if (clientSecret) await page.getByLabel(/^Client secret/).fill(clientSecret);
  if (asksSecret) await page.locator("input[name=ask_client_secret]").check();
  if (base) await page.getByLabel(/^Auth base URL/).fill(base);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("People can connect with this app").check();
  await page.getByRole("button", { name: "Save OAuth app" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
}

/** Makes somebody of each invitation; gives their pages, signed in. */
async function invite(page) {
  await visit(page, /^Groups/);
  await browser.look(page, "day-groups-empty");
  await page.getByLabel("Name", { exact: true }).fill("EMEA");
  await page.getByRole("button", { name: "Make group" }).click();
  await page.getByText("EMEA").first().waitFor();
  await visit(page, /^People/);
  await page.getByRole("link", { name: "Invite people" }).click();
  await page.getByLabel("E-mail addresses").fill(`${task.anna.email}\n`);
  await page.getByRole("radio", { name: /^member/ }).check();
  await browser.look(page, "day-invite");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByRole("heading", { name: "Invited" }).waitFor();
  const first = await copied(page, hub);
  await browser.look(page, "day-invited");
  await page.getByRole("link", { name: "Invitations" }).first().click();
  await page.getByLabel("E-mail addresses").fill(task.bert.email);
  await page.getByRole("radio", { name: /^member/ }).check();
  await page.getByLabel("EMEA").check();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByRole("heading", { name: "Invited" }).waitFor();
  const second = await copied(page, hub);
  return [await join(first, task.anna), await join(second, task.bert)];
}

async function join(link, person) {
  const page = await browser.newPage({ expected: "40" });
  await page.goto(link);
  await browser.look(page, `day-join-${person.name.split(" ")[0]}`);
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByLabel("The same password again").fill(person.password);
  await page.getByRole("button", { name: /^Join/ }).click();
  await page.waitForLoadState();
  await signIn(page, hub, person);
  return page;
}

async function connect(page, person, { secret, name }) {
  await visit(page, /^Connections/);
  await page.getByRole("link", { name: "Connect an account" }).first().click();
  await page.getByRole("button", { name: /^Connect/ }).waitFor();
  const offered = await text(page);
  const place = new URL(person.org).origin;
  await page.locator(`input[type=radio][value="${place}"]`).check();
  if (secret) await page.getByLabel(/^Client secret/).fill(secret);
  await browser.look(page, `day-connect-${name}`);
  await page.getByRole("button", { name: /^Connect/ }).click();
  await page.getByRole("link", { name: /^Continue to/ }).click();
  await allowAtPracticeOrg(page, person.account);
  await page.waitForURL((url) => url.origin === new URL(hub).origin);
  await page.getByText("Connected", { exact: false }).first().waitFor();
  await browser.look(page, `day-connected-${name}`);
  return offered;
}

/** Runs the test of the connection whose page, or whose test, is open. */
async function tryOut(page, name) {
  if (!page.url().endsWith("/test")) await page.getByRole("link", { name: /^Test/ }).first().click();
  await page.locator("#trial > li").first().evaluate((step) => step.setAttribute("data-old", ""));
  await page.getByRole("button", { name: /^Run the test/ }).click();
  await page.waitForFunction(() => {
    const trial = document.querySelector("#trial");
    return trial.querySelector("h2") && !trial.querySelector("[data-old], [hx-trigger=load]");
  });
  await browser.look(page, `day-test-${name}`);
  return text(page);
}

/** Adds a rule, for which the administrator's proof is too old by now. */
async function rule(page) {
  await visit(page, /^Policy/);
  await browser.look(page, "day-policy");
  await page.getByRole("link", { name: "Add a rule" }).click();
  await page.getByLabel("Name", { exact: true }).fill("No opportunities");
  await page.getByLabel("What happens").selectOption("deny");
  await page.getByLabel("Objects").fill("Opportunity");
  await browser.look(page, "day-rule");
  await page.getByRole("button", { name: "Save rule" }).click();
  await page.getByLabel("Your Gatelodge password").waitFor();
  await browser.look(page, "day-step-up");
  const asked = await text(page);
  await page.getByLabel("Your Gatelodge password").fill(task.admin.password);
  await page.getByRole("button", { name: /^Confirm/ }).first().click();
  await page.getByRole("heading", { name: "Policy" }).waitFor();
  await browser.look(page, "day-ruled");
  return [asked, await text(page)];
}

/** At the practice org somebody blocks the app, or lets it in again. */
async function order(registrar, name) {
  await registrar.goto(new URL("practice/apps", task.production).href);
  const card = registrar.locator("section", { hasText: task.app.clientId });
  await card.getByRole("button", { name, exact: true }).click();
  await registrar.getByRole("status").waitFor();
}

async function blockedAndCured(page, registrar) {
  const connection = page.url().replace(/\/test$/, "");
  await order(registrar, "Block");
  seen.blockedTest = await tryOut(page, "blocked");
  await page.goto(connection);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const blocked = await text(page);
  await browser.look(page, "day-blocked");
  await order(registrar, "Unblock");
  await page.getByRole("button", { name: "Check again" }).click();
  await page.getByText("works again").waitFor();
  const cured = await text(page);
  await browser.look(page, "day-cured");
  return [blocked, cured];
}

try {
  const admin = await browser.newPage({ expected: "40" });
  await signIn(admin, hub, task.admin);
  const app = await setUp(admin);
  const callback = await copied(admin, hub);
  const registrar = await browser.newPage();
  await registerApp(registrar, task.production, { ...task.app, callback });
  await save(admin, { ...task.app });
  await browser.look(admin, "day-app");
  await admin.getByRole("button", { name: "Test OAuth app" }).click();
  await admin.locator("[role=status]").first().waitFor();
  seen.tested = await text(admin);
  await browser.look(admin, "day-app-tested");

  const [anna, bert] = await invite(admin);
  await visit(admin, /^Providers/);
  await admin.getByRole("link", { name: "Configure Salesforce" }).click();
  await admin.getByLabel("For whom").selectOption({ label: "Only group EMEA" });
  await admin.getByRole("button", { name: "Set up an OAuth app" }).click();
  const groupCallback = await copied(admin, hub);
  await registerApp(registrar, task.emea, { ...task.groupApp, callback: groupCallback });
  await save(admin, { ...task.groupApp, clientSecret: undefined, asksSecret: true, base: new URL(task.emea).origin });
  await browser.look(admin, "day-group-app");

  seen.offeredToAnna = await connect(anna, task.anna, { name: "anna" });
  seen.trial = await tryOut(anna, "works");
  seen.offeredToBert = await connect(bert, task.bert, { name: "bert", secret: task.groupApp.clientSecret });

  await ask("six minutes pass");
  [seen.asked, seen.ruled] = await rule(admin);
  [seen.blocked, seen.cured] = await blockedAndCured(anna, registrar);
  for (const [name, place] of [
    ["people", "admin/people"],
    ["connections-of-all", "admin/connections"],
    ["rollout", "admin/rollout"],
    ["second-looks", "admin/second-looks"],
    ["records", "audit/records"],
    ["audit", "audit"],
    ["cannot-use", "cannot-use"],
    ["help", "help/security"],
  ]) {
    const answer = await admin.goto(new URL(place, hub).href);
    if (!answer.ok()) browser.problems.push(`${place} answered ${answer.status()}`);
    await admin.getByRole("heading", { level: 1 }).waitFor();
    await browser.look(admin, `day-${name}`);
  }
  report({ ...seen, app, problems: browser.problems });
} finally {
  await browser.close();
}
