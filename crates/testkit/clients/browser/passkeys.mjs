// Passkeys by clicks, with a virtual authenticator of the browser: a person enrols one with a code, cannot approve
// while the device does not verify them, and then approves. Reports what it saw; the test that started it judges.

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

async function look(page, name) {
  problems.push(...(await lookAt(page, name, task.pictures, axe)));
}

try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console at ${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`script at ${page.url()}: ${error.message}`));
  const devtools = await context.newCDPSession(page);
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

  await page.goto(`${task.hub}sign-in`);
  await page.getByLabel("E-mail").fill(task.email);
  await page.getByLabel("Password").fill(task.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.goto(`${task.hub}approvals/${task.proposal}`);
  const withoutPasskey = await page.locator("main").innerText();
  await look(page, "review-without-passkey");

  await page.goto(`${task.hub}settings/passkeys`);
  await look(page, "passkeys-empty");
  await page.getByRole("textbox", { name: "Code" }).fill(task.code);
  await page.getByLabel("Name of the passkey").fill("Laptop");
  await page.getByRole("button", { name: "Enrol the passkey" }).click();
  await page.getByRole("heading", { name: "Make the passkey" }).waitFor();
  await look(page, "passkeys-step");
  await page.getByRole("button", { name: "Make the passkey" }).press("Enter");
  await page.getByText("The passkey is enrolled.").waitFor();
  const listed = await page.locator("main").innerText();
  await look(page, "passkeys");

  await page.goto(`${task.hub}approvals/${task.proposal}`);
  await look(page, "review-sealed");
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  const approve = page.getByRole("button", { name: "Approve with your passkey and run" });
  await approve.click();
  const status = page.locator("[data-passkey-status]");
  await status.waitFor({ state: "visible" });
  const refused = await status.innerText();
  await look(page, "review-sealed-refused");
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await approve.press("Enter");
  await page.getByRole("heading", { name: "Result" }).waitFor();
  const result = await page.locator("main").innerText();
  report({ withoutPasskey, listed, refused, result, problems });
} finally {
  await browser.close();
}
