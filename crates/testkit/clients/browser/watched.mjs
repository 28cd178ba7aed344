// A browser whose pages are watched: what goes wrong in them is collected.
// Knows nothing of what the pages are for.

import { mkdir } from "node:fs/promises";
import { load } from "../talk.mjs";
import { loadAxe, lookAt } from "./pictures.mjs";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium for a task that names it and the folder of the pictures. */
export async function openBrowser({ chromium, pictures }) {
  const problems = [];
  await mkdir(pictures, { recursive: true });
  const axe = await loadAxe(process.env.GATELODGE_TEST_NODE_MODULES);
  const browser = await load("playwright-core").chromium.launch({ executablePath: chromium, args: ARGUMENTS });
  return {
    problems,
    close: () => browser.close(),

    /** A page of a visitor without a past; errors of its console count unless they hold the `expected` words. */
    async newPage({ expected } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on("console", (message) => {
        const text = message.text();
        const known = expected !== undefined && text.includes(expected);
        if (message.type() === "error" && !known) problems.push(`console at ${page.url()}: ${text}`);
      });
      page.on("pageerror", (error) => problems.push(`script at ${page.url()}: ${error.message}`));
      return page;
    },

    /** Takes pictures of a page and notes what is wrong with it. */
    async look(page, name) {
      problems.push(...(await lookAt(page, name, pictures, axe)));
    },
  };
}
