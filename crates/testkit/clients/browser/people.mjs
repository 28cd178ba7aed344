// What people do in any story: sign in, join by a link, and get through a provider's own pages.
// Knows nothing of what a story is about.

/** Signs a person of the hub in. */
export async function signIn(page, hub, { email, password }) {
  await page.goto(new URL("sign-in", hub).href);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
}

/** Signs in at the practice org, to which the hub sent the person, and allows what the app asks for. */
export async function allowAtPracticeOrg(page, { username, password }, look = async () => {}) {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await look("practice-sign-in");
  await page.getByRole("button", { name: "Log in" }).click();
  const allow = page.getByRole("button", { name: "Allow" });
  await allow.waitFor();
  await look("practice-consent");
  await allow.click();
}

/** Registers an app by hand on the practice org's own page, as an administrator there does. */
export async function registerApp(page, org, { name, clientId, clientSecret, callback }) {
  await page.goto(new URL("practice/apps", org).href);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Client id", { exact: true }).fill(clientId);
  await page.getByLabel(/^Client secret/).fill(clientSecret);
  await page.getByLabel("Callback address").fill(callback);
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("status").waitFor();
}
