// How a script talks with the test that started it: one JSON value a line.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Loads a package that `cargo xtask test` installed. */
export const load = createRequire(`${process.env.GATELODGE_TEST_NODE_MODULES}/talk.js`);

/** The next value from the test. */
export async function receive() {
  const { value, done } = await lines.next();
  if (done) throw new Error("the test ended");
  return JSON.parse(value);
}

/** Sends a person to an address; gives the address that the person came to. */
export async function open(address) {
  process.stdout.write(`${JSON.stringify({ open: address })}\n`);
  return new URL(await receive());
}

/** Tells the test something before the end, and gives what it answers. */
export async function ask(value) {
  process.stdout.write(`${JSON.stringify({ says: value })}\n`);
  return receive();
}

/** Ends with what was seen. */
export function report(seen) {
  process.stdout.write(`${JSON.stringify({ report: seen })}\n`);
  process.stdin.destroy();
}
