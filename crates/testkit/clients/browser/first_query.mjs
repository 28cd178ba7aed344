// From an empty installation to the first query of an org in which the app is registered by hand. Counts what is
// pasted, and which addresses are typed. Reports what it saw; the test that started it judges.

import { receive, report } from "../talk.mjs";
import { allowAtPracticeOrg, registerApp } from "./people.mjs";
import { openBrowser } from "./watched.mjs";

const task = await receive();
const browser = await openBrowser(task);
const pasted = [];

/** Into a field of the product, or of the provider's registration. */
function paste(what, value) {
  pasted.push(what);
  return value;
}

try {
  const page = await browser.newPage({ expected: "40" });
  // the console's output is clicked, not typed
  await page.goto(task.link);
  await page.getByLabel("New password").fill(task.password);
  await page.getByLabel("The same password again").fill(task.password);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByLabel("E-mail").fill(task.email);
  await page.getByLabel("Password").fill(task.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();

  await page.getByRole("navigation").getByRole("link", { name: /^Providers/ }).first().click();
  await page.getByRole("link", { name: "Configure Salesforce" }).click();
  await page.getByRole("button", { name: "Set up an OAuth app" }).click();
  const callbacks = await page.locator("main code, main input[readonly]").evaluateAll((found) =>
    found.map((field) => field.value ?? field.textContent.trim()),
  );
  const callback = callbacks.find((value) => value.includes("/api/integrations/callback/salesforce/"));
  const registrar = await browser.newPage();
  await registerApp(registrar, task.org, { ...task.app, callback: paste("callback URL", callback) });

  await page.getByLabel("Client ID", { exact: true }).fill(paste("client ID", task.app.clientId));
  await page.getByLabel(/^Client secret/).fill(paste("client secret", task.app.clientSecret));
  await page.getByLabel("People can connect with this app").check();
  await page.getByRole("button", { name: "Save OAuth app" }).click();
  await page.getByRole("navigation").getByRole("link", { name: /^Connections/ }).first().click();
  await page.getByRole("link", { name: "Connect an account" }).first().click();
  await page.locator(`input[type=radio][value="${new URL(task.org).origin}"]`).check();
  await page.getByRole("button", { name: /^Connect/ }).click();
  await page.getByRole("link", { name: /^Continue to/ }).click();
  await allowAtPracticeOrg(page, task.account);
  await page.waitForURL((url) => url.origin === new URL(task.hub).origin);
  await page.getByRole("link", { name: /^Test/ }).first().click();
  await page.getByRole("button", { name: "Run the test" }).click();
  await page.waitForFunction(() => {
    const trial = document.querySelector("#trial");
    return trial.querySelector("h2") && !trial.querySelector("[hx-trigger=load]");
  });
  const trial = await page.locator("#trial").innerText();
  const typed = await page.locator("input[inputmode=url]").evaluateAll((found) => found.map(({ value }) => value));
  report({ pasted, typed, trial, problems: browser.problems });
} finally {
  await browser.close();
}
