// Walks through the pages of a practice org that stands alone and takes pictures of each.
// Reports what it saw; the test that started it judges.

import { mkdir } from "node:fs/promises";
import { load, receive, report } from "../talk.mjs";
import { loadAxe, lookAt } from "./pictures.mjs";

const task = await receive();
const { chromium } = load("playwright-core");

const problems = [];
const foreignRequests = [];
const titles = {};
const origin = new URL(task.org).origin;

await mkdir(task.pictures, { recursive: true });
const axe = await loadAxe(process.env.GATELODGE_TEST_NODE_MODULES);
const browser = await chromium.launch({
  executablePath: task.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console at ${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`script at ${page.url()}: ${error.message}`));
  page.on("request", (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && asked !== origin) foreignRequests.push(request.url());
  });
  const look = async (name) => {
    titles[name] = await page.getByRole("heading", { level: 1 }).innerText();
    problems.push(...(await lookAt(page, `practice-${name}`, task.pictures, axe)));
  };

  await page.goto(`${task.org}/`);
  await look("start");
  await page.getByRole("link", { name: "Objects" }).first().click();
  await look("objects");
  await page.goto(`${task.org}/practice/objects/Account`);
  await look("object");
  await page.goto(`${task.org}/practice/records/${task.record}`);
  await look("record");
  await page.getByRole("link", { name: "Apps" }).click();
  await page.locator("summary").first().click();
  await page.getByLabel("Rotate refresh tokens").first().check();
  await look("apps");
  await page.getByRole("button", { name: "Save the policies" }).first().click();
  titles.saved = await page.getByRole("status").innerText();
  await page.getByRole("link", { name: "Faults" }).click();
  await page.getByLabel("What happens").selectOption("row_lock");
  await page.getByRole("button", { name: "Set the fault" }).click();
  titles.set = await page.getByRole("status").innerText();
  await look("faults");
  await page.getByRole("link", { name: "Journal" }).click();
  await look("journal");
  await page.getByRole("link", { name: "Limits" }).click();
  await look("limits");
  report({ titles, problems, foreignRequests });
} finally {
  await browser.close();
}
