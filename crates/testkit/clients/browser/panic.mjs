// Panic by clicks: typed wrongly, then right; the result appears by itself, and what was not confirmed is asked for
// again. On the way it looks at the pages of the person who runs an installation. Reports what it saw; the test that
// started it judges.

import { receive, report } from "../talk.mjs";
import { signIn } from "./people.mjs";
import { openBrowser } from "./watched.mjs";

const task = await receive();

const browser = await openBrowser(task);

try {
  // the refused form is answered with 400, which the browser notes
  const page = await browser.newPage({ expected: "400" });
  const look = (name) => browser.look(page, name);
  const said = () => page.locator("main").innerText();

  await signIn(page, task.hub, task);
  for (const [name, path] of [
    ["way-out", "admin/way-out"],
    ["webhooks-empty", "admin/webhooks"],
    ["notices-list", "notices"],
    ["keys", "admin/keys"],
    ["stored", "stored"],
    ["agents-of-owner", "agents"],
    ["approvals-of-owner", "approvals"],
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

  report({ problems: browser.problems, refused, result, after });
} finally {
  await browser.close();
}
