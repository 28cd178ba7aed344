// Passkeys by clicks, with a virtual authenticator of the browser: a person enrols one with a code, cannot approve
// while the device does not verify them, and then approves. Reports what it saw; the test that started it judges.

import { receive, report } from "../talk.mjs";
import { signIn } from "./people.mjs";
import { openBrowser } from "./watched.mjs";

const task = await receive();

const browser = await openBrowser(task);

try {
  const page = await browser.newPage();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });

  await signIn(page, task.hub, task);
  await page.goto(`${task.hub}approvals/${task.proposal}`);
  const withoutPasskey = await page.locator("main").innerText();
  await browser.look(page, "review-without-passkey");

  await page.goto(`${task.hub}settings/passkeys`);
  await browser.look(page, "passkeys-empty");
  await page.getByRole("textbox", { name: "Code" }).fill(task.code);
  await page.getByLabel("Name of the passkey").fill("Laptop");
  await page.getByRole("button", { name: "Enrol the passkey" }).click();
  await page.getByRole("heading", { name: "Make the passkey" }).waitFor();
  await browser.look(page, "passkeys-step");
  await page.getByRole("button", { name: "Make the passkey" }).press("Enter");
  await page.getByText("The passkey is enrolled.").waitFor();
  const listed = await page.locator("main").innerText();
  await browser.look(page, "passkeys");

  await page.goto(`${task.hub}approvals/${task.proposal}`);
  await browser.look(page, "review-sealed");
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  const approve = page.getByRole("button", { name: "Approve with your passkey and run" });
  await approve.click();
  const status = page.locator("[data-passkey-status]");
  await status.waitFor({ state: "visible" });
  const refused = await status.innerText();
  await browser.look(page, "review-sealed-refused");
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await approve.press("Enter");
  await page.getByRole("heading", { name: "Result" }).waitFor();
  const result = await page.locator("main").innerText();
  report({ withoutPasskey, listed, refused, result, problems: browser.problems });
} finally {
  await browser.close();
}
