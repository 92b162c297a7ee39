// Takes the page apart, checks it, and only then shows what is in it.

function readPage() {
  const members = new Map();
  for (const holder of document.querySelectorAll("script[data-member]")) {
    const name = holder.dataset.member;
    demand(!members.has(name), "a member is there twice");
    members.set(name, readMember(name, holder.textContent));
  }
  return members;
}

function readAboutHere() {
  return readAbout(
    document.getElementById("about").textContent,
    document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content,
    document.querySelector("noscript").textContent,
  );
}

function spanWords(manifest) {
  const words = [];
  if (manifest.query === null)
    words.push(["Query", ["withheld, since it would tell of what is withheld"]]);
  else if (manifest.query)
    words.push(["Query", [element("code", {}, foreign(String(manifest.query), 1000))]]);
  if (Array.isArray(manifest.hidden) && manifest.hidden.length > 0)
    words.push(["Withheld", visible(manifest.hidden.join(", "))]);
  return words;
}

function makeHead(page) {
  const { about, checkpoint, manifest } = page;
  const list = element("dl", { className: "facts" });
  const facts = [
    ["Ledger", [foreign(checkpoint.origin)]],
    [
      "Entries",
      [`${page.rows.length.toLocaleString("en-US")} of ${checkpoint.size.toLocaleString("en-US")}`],
    ],
    ...spanWords(manifest),
    [
      "Checkpoint",
      [`size ${checkpoint.size}, root `, element("code", {}, toBase64(checkpoint.root))],
    ],
    ["Key", [element("code", {}, visible(page.keys.at(-1)?.key.text ?? "none that can be read"))]],
    ["Made", [about.made, " by audit"]],
  ];
  for (const [name, value] of facts) list.append(...term(name, ...value));
  return element("header", {}, element("h1", {}, visible(about.title)), list);
}

async function show(page, main, banner, slices) {
  document.title = plain(page.about.title, 200);
  const rows = [];
  for (const row of page.rows) {
    rows.push(seenRow(row));
    await slices.step();
  }
  const table = new Table(rows);
  const fill = (answers) => fillBanner(banner, page, answers, () => table.showState("bad"));
  fill([]);
  main.replaceChildren(
    makeHead(page),
    banner,
    makeGiven(page, fill),
    table.element,
    new Timeline(rows).element,
    makeNotShown(),
    makeSave(page),
  );
  // On paper there is no button to show more.
  addEventListener("beforeprint", () => table.showMore(5000));
}

function refuse(banner, words) {
  banner.className = "banner bad";
  banner.replaceChildren(
    element(
      "p",
      { className: "headline" },
      element("strong", {}, "This page is WRONG: it cannot be checked."),
    ),
    element("p", {}, words),
    element(
      "p",
      {},
      "Do not rely on it. Keep it, ask its sender for the bundle, and check that with audit verify.",
    ),
  );
  document.documentElement.dataset.state = "bad";
}

// When the browser has seen to its reader. A timer would wait for 4 ms each time.
function nextTurn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

// What stands behind the script is there only then.
function parsed() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));
}

// The members, and what the page says of itself.
function readDocument() {
  // The browser does not take a style that is not the one the policy names.
  demand(document.querySelector("style").sheet !== null, "its style was changed");
  const members = readPage();
  const about = readAboutHere();
  checkFrame(document, [...members.keys()], about.policy);
  return { members, about };
}

async function checkAndShow(read, main, banner) {
  const { members, about } = read();
  const total = members.get("entries.jsonl")?.lines.length ?? 0;
  const slices = new Slices((done) => {
    const checked = Math.min(done, total).toLocaleString("en-US");
    banner.firstChild.textContent = `Checking \u2026 ${checked} of ${total.toLocaleString("en-US")} entries`;
    return nextTurn();
  });
  const page = await checkPage(members, about, slices);
  if (page.checkpoint === null) throw new Fault("its parts cannot be read");
  await show(page, main, banner, slices);
  document.documentElement.dataset.state = page.state;
}

// Calls it now; gives what it gave, or threw, when it is called.
function kept(call) {
  try {
    const value = call();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

async function run() {
  await parsed();
  const read = kept(readDocument); // before the body is made anew
  const { main, banner } = freshBody(document);
  banner.replaceChildren(element("p", { className: "headline" }, "Checking \u2026"));
  try {
    await checkAndShow(read, main, banner);
  } catch (error) {
    refuse(
      banner,
      error instanceof Fault ? `${error.message}.` : `It cannot be read (${error.name}).`,
    );
  }
}

void run();
