// Walks through the pages of the practice servers of other vendors, as somebody who connects an app, and takes
// pictures of each. Reports what it saw; the test that started it judges.

import { receive, report } from "../talk.mjs";
import { openBrowser } from "./watched.mjs";

const task = await receive();

const foreignRequests = [];
const titles = {};
const origins = task.vendors.map(({ url }) => new URL(url).origin);

const browser = await openBrowser(task);

try {
  for (const vendor of task.vendors) {
    const page = await browser.newPage();
    page.on("request", (request) => {
      const { origin: asked, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && !origins.includes(asked)) foreignRequests.push(request.url());
    });
    const look = async (name) => {
      titles[`${vendor.slug}-${name}`] = await page.getByRole("heading", { level: 1 }).innerText();
      await browser.look(page, `practice-${vendor.slug}-${name}`);
    };
    await page.goto(vendor.authorize);
    await look("sign-in");
    await page.getByLabel("Email address").fill(vendor.username);
    await page.getByLabel("Password").fill(vendor.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await look("consent");
    if (vendor.request) {
      await page.goto(vendor.request);
      await look("request");
      await page.getByRole("button", { name: "Submit request" }).click();
      await look("requested");
    }
    await page.goto(`${vendor.url}/`);
    await page.getByRole("button", { name: vendor.order }).first().click();
    titles[`${vendor.slug}-done`] = await page.getByRole("status").innerText();
    await look("start");
    await page.close();
  }
  report({ titles, problems: browser.problems, foreignRequests });
} finally {
  await browser.close();
}
