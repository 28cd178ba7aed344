// Pictures and checks of one page: 1280 and 390 px, light and dark, axe-core, no sideways scroll.
// Knows nothing of what the page is for.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

const SIZES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];
const SCHEMES = ["light", "dark"];

export async function loadAxe(nodeModules) {
  return readFile(join(nodeModules, "axe-core", "axe.min.js"), "utf8");
}

/** Takes the four pictures of a page and returns what is wrong with it. */
export async function lookAt(page, name, folder, axe) {
  const problems = [];
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const file = `${name}-${size.width}-${scheme}.png`;
      await page.screenshot({ path: join(folder, file), fullPage: true });
      problems.push(...(await accessibility(page, axe)).map((problem) => `${file}: ${problem}`));
    }
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (overflow > 0) problems.push(`${name} at ${size.width} px scrolls sideways by ${overflow} px`);
  }
  await page.setViewportSize(SIZES[0]);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  return problems;
}

async function accessibility(page, axe) {
  // Evaluated by the test driver, so the page's own policy stays as it is in production.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `axe ${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}
