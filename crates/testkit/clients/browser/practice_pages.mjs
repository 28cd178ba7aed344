// Walks through the pages of a practice org that stands alone and takes pictures of each.
// Reports what it saw; the test that started it judges.

import { receive, report } from "../talk.mjs";
import { openBrowser } from "./watched.mjs";

const task = await receive();

const foreignRequests = [];
const titles = {};
const origin = new URL(task.org).origin;

const browser = await openBrowser(task);

try {
  const page = await browser.newPage();
  page.on("request", (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && asked !== origin) foreignRequests.push(request.url());
  });
  const look = async (name) => {
    titles[name] = await page.getByRole("heading", { level: 1 }).innerText();
    await browser.look(page, `practice-${name}`);
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
  report({ titles, problems: browser.problems, foreignRequests });
} finally {
  await browser.close();
}
