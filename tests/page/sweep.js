// Changes one byte of a page after the other and checks what is left, as the page would: without a
// browser, so that there is time for many. Prints the positions whose change is not noticed.
//
// usage: node sweep.js PAGE FIRST LAST STEP BIT
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const FOLDER = path.resolve(__dirname, "..", "..", "libaudit", "data", "page");
const PARTS = "bytes sha256 fields entry tree note members check".split(" ");

const page = new Function(
  `"use strict";\n${PARTS.map((name) => fs.readFileSync(path.join(FOLDER, `${name}.js`), "utf8")).join("")}` +
    "return { readMember, readAbout, checkPage, Slices, Fault };",
)();

// What a browser finds between the tags: CR LF and CR become LF.
function elementsOf(text) {
  const data = [
    ...text.matchAll(
      /<script type="application\/json" (?:id|data-member)="([\w.-]+)">([^]*?)<\/script>/g,
    ),
  ];
  return {
    data: new Map(data.map(([, name, content]) => [name, content.replace(/\r\n?/g, "\n")])),
    policy: /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1],
    plain: /<noscript>([^]*?)<\/noscript>/.exec(text)?.[1],
  };
}

async function stateOf(bytes) {
  const { data, policy, plain } = elementsOf(new TextDecoder().decode(bytes));
  try {
    const about = page.readAbout(data.get("about"), policy, plain);
    data.delete("about");
    const members = new Map(
      [...data].map(([name, content]) => [name, page.readMember(name, content)]),
    );
    return (await page.checkPage(members, about, new page.Slices(() => {}))).state;
  } catch {
    return "bad";
  }
}

async function main() {
  const [file, first, last, step, bit] = process.argv.slice(2);
  const good = fs.readFileSync(file);
  if ((await stateOf(good)) !== "good") throw new Error("the page is not good as it is");
  const missed = [];
  for (let at = Number(first); at < Number(last); at += Number(step)) {
    const changed = Uint8Array.from(good);
    changed[at] ^= Number(bit);
    if ((await stateOf(changed)) !== "bad") missed.push(at);
  }
  process.stdout.write(JSON.stringify(missed) + "\n");
}

void main();
