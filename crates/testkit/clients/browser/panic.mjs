// Panic by clicks: typed wrongly, then right; the result appears by itself, and what was not confirmed is asked for
// again. On the way it looks at the pages of the person who runs an installation. Reports what it saw; the test that
// started it judges.

import { mkdir } from "node:fs/promises";
import { load, receive, report } from "../talk.mjs";
import { loadAxe, lookAt } from "./pictures.mjs";

const task = await receive();
const { chromium } = load("playwright-core");
const problems = [];

await mkdir(task.pictures, { recursive: true });
const axe = await loadAxe(process.env.GATELODGE_TEST_NODE_MODULES);
const browser = await chromium.launch({
  executablePath: task.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});

try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    // the refused form is answered with 400, which the browser notes
    if (message.type() === "error" && !message.text().includes("400")) {
      problems.push(`console at ${page.url()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => problems.push(`script at ${page.url()}: ${error.message}`));
  const look = async (name) => problems.push(...(await lookAt(page, name, task.pictures, axe)));
  const said = () => page.locator("main").innerText();

  await page.goto(`${task.hub}sign-in`);
  await page.getByLabel("E-mail").fill(task.email);
  await page.getByLabel("Password").fill(task.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  for (const [name, path] of [
    ["way-out", "admin/way-out"],
    ["webhooks-empty", "admin/webhooks"],
    ["notices-list", "notices"],
  ]) {
    await page.goto(`${task.hub}${path}`);
    await look(name);
  }

  await page.getByRole("link", { name: "Panic" }).click();
  await look("panic");
  await page.getByRole("radio", { name: "All connections" }).check();
  await page.getByRole("textbox", { name: "To confirm, type" }).fill("something else");
  await page.getByRole("button", { name: "End these connections" }).click();
  await page.getByRole("alert").waitFor();
  const refused = await said();
  await look("panic-refused");

  await page.getByRole("radio", { name: "All connections" }).check();
  await page.getByRole("textbox", { name: "To confirm, type" }).fill(task.organization);
  await page.getByRole("button", { name: "End these connections" }).click();
  await page.getByRole("heading", { name: "What was ended" }).waitFor();
  await page.getByRole("heading", { name: "Nothing to end" }).waitFor();
  const result = await said();
  await look("panic-ended");

  await page.getByRole("button", { name: "Ask again now" }).click();
  await page.getByText("Ended, and its provider knows").waitFor();
  const after = await said();

  report({ problems, refused, result, after });
} finally {
  await browser.close();
}
