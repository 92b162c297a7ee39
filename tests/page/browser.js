// A browser for browser.py: takes one command of JSON a line, answers with one line. Playwright is found
// through NODE_PATH; CHROMIUM names the program.
"use strict";

const readline = require("node:readline");
const { chromium } = require("playwright-core");

const LONGEST = 30_000; // ms

let browser;
let context;
let made; // the words the context was made with
let page;
let seen;

// What a page must not do; and what it says on its console, which browsers fill with refusals.
function watch() {
  seen = { requests: [], errors: [], dialogs: [], console: [], pages: 0 };
  page.on("request", (request) => seen.requests.push(request.url().slice(0, 200)));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => seen.console.push(message.text().slice(0, 300)));
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
}

// "good" "bad" "partial" as the page says; "unrun" if its script did not run.
async function stateOf(javaScript) {
  if (!javaScript) return "unrun";
  return until(() =>
    page.evaluate(() => {
      if (document.documentElement.dataset.state) return document.documentElement.dataset.state;
      const banner = document.querySelector(".banner")?.textContent ?? "";
      return document.readyState === "complete" && !banner.includes("Checking") ? "unrun" : null;
    }),
  );
}

async function renew({ javaScript, init, scheme, width }) {
  await context?.close();
  page = undefined;
  context = await browser.newContext({
    javaScriptEnabled: javaScript,
    colorScheme: scheme,
    viewport: { width, height: 900 },
    acceptDownloads: true,
  });
  if (init) await context.addInitScript(init);
  context.on("page", () => {
    if (seen) ++seen.pages;
  });
}

// Asks again and again; what Playwright has for it needs eval, which the page forbids.
async function until(ask) {
  for (const end = Date.now() + LONGEST; Date.now() < end;) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it was not so for ${LONGEST} ms`);
}

const COMMANDS = {
  async open({ file, javaScript = true, init = "", scheme = "light", width = 1280 }) {
    const words = JSON.stringify([javaScript, init, scheme, width]);
    if (words !== made) await renew({ javaScript, init, scheme, width });
    made = words;
    await page?.close();
    page = await context.newPage();
    watch();
    await page.goto(file.includes("://") ? file : `file://${file}`, { waitUntil: "load" });
    return stateOf(javaScript);
  },
  evaluate: ({ script }) => page.evaluate(script),
  click: ({ selector }) => page.click(selector),
  fill: ({ selector, text }) => page.fill(selector, text),
  select: ({ selector, value }) => page.selectOption(selector, value),
  press: ({ key }) => page.keyboard.press(key),
  wait: ({ script }) => until(() => page.evaluate(script)),
  seen: () => seen,
  async save({ selector, file }) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
    await download.saveAs(file);
    return download.suggestedFilename();
  },
  async shot({ file, whole = false }) {
    await page.screenshot({ path: file, fullPage: whole });
    return file;
  },
  async print({ file }) {
    await page.emulateMedia({ media: "print" });
    await page.pdf({ path: file, format: "A4" });
    return file;
  },
};

async function main() {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  process.stdout.write('{"ready":true}\n');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { command, ...words } = JSON.parse(line);
    let answer;
    try {
      answer = { value: (await COMMANDS[command](words)) ?? null };
    } catch (error) {
      answer = { error: String(error.message) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
  await browser.close();
}

void main();
