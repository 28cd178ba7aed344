// Salesforce's own parser as it is published on npm, asked over standard input and output.
// A line is a JSON array of queries; the answer is a JSON array with one entry for each: whether the
// parser takes it as the REST API would, and the grammar's productions met, as indices into the list
// that the first line of the output is.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const load = createRequire(`${process.env.GATELODGE_TEST_NODE_MODULES}/judge.js`);
const { LowerCasingCharStream } = load("@salesforce/soql-common/lib/soql-parser");
const { ParserHelper } = load("@salesforce/soql-common/lib/soql-parser/parserHelper");
const { SoqlLexer } = load("@salesforce/soql-common/lib/soql-parser/generated/SoqlLexer");
const grammar = load("@salesforce/soql-common/lib/soql-parser/generated/SoqlParser");
const { CommonTokenStream } = load("antlr4ts");

const classes = Object.keys(grammar).filter((name) => name.endsWith("Context"));
const indices = new Map(classes.map((name, index) => [grammar[name], index]));
// A class that others extend stands for a rule whose alternatives have names.
const extended = new Set(classes.map((name) => Object.getPrototypeOf(grammar[name])));
const productions = classes.map((name) => (extended.has(grammar[name]) ? null : name));

/** No errors on the console: the library counts the lexer's as none, we count them as any other. */
class Listener {
  errors = 0;
  syntaxError() {
    this.errors += 1;
  }
}

function judge(query) {
  const listener = new Listener();
  const lexer = new SoqlLexer(new LowerCasingCharStream(query));
  lexer.removeErrorListeners();
  lexer.addErrorListener(listener);
  const parser = new grammar.SoqlParser(new CommonTokenStream(lexer));
  parser.removeErrorListeners();
  parser.addErrorListener(listener);
  // REST, not Apex; a current version; an org with several currencies
  parser.helper = new ParserHelper(false, 60.0, true);
  const tree = parser.soqlQuery();
  return listener.errors === 0 ? [true, met(tree)] : [false, []];
}

function met(tree) {
  const found = new Set();
  const open = [tree];
  while (open.length > 0) {
    const node = open.pop();
    const index = indices.get(node.constructor);
    if (index !== undefined) found.add(index);
    for (let child = 0; child < node.childCount; child += 1) open.push(node.getChild(child));
  }
  return [...found];
}

process.stdout.write(`${JSON.stringify(productions)}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(JSON.parse(line).map(judge))}\n`);
}
