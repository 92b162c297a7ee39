// The verdict of the page in plain words, and what the reader may hold against it.

const CHECK_NAMES = {
  format: "Form",
  members: "Files of the bundle",
  entries: "Entries",
  history: "Entries about keys",
  tree: "Tree",
  signature: "Signature",
  manifest: "Manifest",
};

// In few words what holds: no more than was shown.
function headlineOf(page, answers, contradicted) {
  if (page.state === "bad") return "Something on this page is WRONG.";
  if (contradicted) return "What you gave contradicts this page.";
  if (page.state === "partial")
    return "The entries fit together; the signature could NOT be checked.";
  const key = answers.some((answer) => answer.key)
    ? "signed by the key you gave"
    : "signed; the signer is self-declared";
  const anchor = answers.some((answer) => answer.anchor)
    ? "agrees with your checkpoint"
    : answers.some((answer) => answer.witness)
      ? "seen by the witness you named"
      : null;
  return `Intact: ${key}${anchor ? `; ${anchor}` : ""}.`;
}

// What the verdict means, given the answers to what the reader gave.
function sentencesOf(page, answers) {
  const { checkpoint } = page;
  const bad = page.rows.filter((row) => row.state === "bad").length;
  if (page.state === "bad" || answers.some((answer) => answer.state === "bad" && !answer.unread)) {
    const many =
      bad === 0
        ? ""
        : `${bad} of ${counted(page.rows.length, "entry", "entries")} cannot be relied on; they are marked below. `;
    return [
      `${many}Do not rely on this page. Keep it, ask its sender for the bundle, and check that with audit verify.`,
    ];
  }
  const sentences = [];
  if (page.state === "partial") {
    const why = globalThis.crypto?.subtle
      ? "This browser has no Ed25519"
      : "This browser gives a page that was not opened from a file or over https no means to check signatures";
    sentences.push(
      `${why}. The hashes were checked: every entry leads to the checkpoint on this page, but whether anybody signed that is not known. A current Chromium, Firefox or Safari can tell.`,
    );
  } else {
    sentences.push(
      `${counted(page.rows.length, "entry", "entries")} of the ${checkpoint.size.toLocaleString("en-US")} in the ledger ${checkpoint.origin} lead to its checkpoint, and that is signed.`,
    );
  }
  if (!answers.some((answer) => answer.key)) {
    sentences.push(
      "By whom is self-declared: the key came with the page. Anybody can make a page that is green with a key of his own. Compare it with a key that you have from elsewhere, below.",
    );
  }
  if (!answers.some((answer) => answer.anchor || answer.witness)) {
    sentences.push(
      "Unanchored: that the holder of the key did not write this history anew, nothing here can show. A checkpoint that you kept can, below.",
    );
  }
  return sentences;
}

function worst(states) {
  return ["bad", "partial"].find((state) => states.includes(state)) ?? "good";
}

// The banner. Other answers of the reader make another one.
//   showWrong   shows the wrong entries
function fillBanner(banner, page, answers, showWrong) {
  const contradicted = answers.some((answer) => answer.state === "bad" && !answer.unread);
  const state = contradicted ? "bad" : page.state;
  const headline = headlineOf(page, answers, contradicted);
  banner.className = `banner ${state}`;
  banner.replaceChildren(
    element(
      "p",
      { className: "headline" },
      element("span", { "aria-hidden": "true" }, STATE_WORDS[state][0]),
      " ",
      element("strong", {}, headline),
    ),
    ...sentencesOf(page, answers).map((text) => element("p", {}, visible(text))),
    page.rows.some((row) => row.state === "bad")
      ? element(
          "p",
          {},
          element("button", { type: "button", onclick: showWrong }, "Show the wrong entries"),
        )
      : "",
    element(
      "details",
      { open: page.state === "bad" },
      element("summary", {}, "What was checked"),
      element(
        "ul",
        { className: "checks" },
        page.checks.map((check) =>
          element(
            "li",
            { className: check.state },
            element(
              "b",
              {},
              `${CHECK_NAMES[check.name]}: ${check.state === "pass" ? "passed" : check.state === "fail" ? "FAILED" : "not known"}`,
            ),
            " \u2013 ",
            visible(check.detail),
          ),
        ),
      ),
    ),
  );
}

async function answersTo(page, text) {
  try {
    return await judgeGiven(page, text);
  } catch (error) {
    return [{ state: "bad", unread: true, text: `This cannot be used (${error.name}).` }];
  }
}

// A place for what the reader has; `onanswers` is told what it says of the page.
function makeGiven(page, onanswers) {
  const input = element("textarea", {
    id: "given",
    rows: 4,
    spellcheck: false,
    autocomplete: "off",
    placeholder: "ledger.example/log+1a2b3c4d+AbC...",
  });
  const list = element("ul", { className: "checks", role: "status" });
  const form = element(
    "form",
    { className: "given" },
    element(
      "label",
      { htmlFor: "given" },
      "A verifier key of the ledger or of a witness (one a line), or a checkpoint that you kept (whole, with its signature):",
    ),
    input,
    element(
      "p",
      {},
      element("button", { type: "submit" }, "Compare"),
      " ",
      element("button", { type: "reset" }, "Clear"),
    ),
    list,
  );
  let asked = 0;
  const compare = async () => {
    const mine = ++asked;
    list.replaceChildren();
    onanswers([]);
    const answers = input.value.trim() === "" ? [] : await answersTo(page, input.value);
    if (mine !== asked) return; // something else was given meanwhile
    list.replaceChildren(
      ...answers.map((answer) =>
        element(
          "li",
          { className: { good: "pass", bad: "fail", partial: "unknown" }[answer.state] },
          visible(answer.text),
        ),
      ),
    );
    onanswers(answers);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void compare();
  });
  form.addEventListener("reset", () => setTimeout(compare));
  return element(
    "details",
    { className: "given-section" },
    element(
      "summary",
      {},
      element("h2", { id: "given-heading" }, "Compare with a key or a checkpoint that you have"),
    ),
    element(
      "p",
      {},
      "From a place that the sender of this page does not control: the file LEDGER.pub, a checkpoint saved by audit verify --save, the key of a witness. Nothing you type leaves this page.",
    ),
    form,
  );
}

const NOT_SHOWN = [
  "That the check itself is honest. The script that checks is part of the page, so whoever replaces the page as a whole can replace the check. When it matters, save the bundle below and check it with a program that you already have: audit verify BUNDLE --key KEY, or python3 reverify.py BUNDLE --key KEY.",
  "Who signed. The key that came with the page proves nothing about its holder.",
  "That nothing else matches the question. The page shows that these entries are in the ledger; it cannot show that others are not.",
  "That nothing stands between them. Entries whose numbers are missing here are in the ledger and not on this page.",
  "That \u201cerased\u201d is true. That content is absent, its digest shows; why, the maker of the page says.",
  "That the record is true. It is what was written down then, by those who wrote it; times are of their clocks.",
];

function makeNotShown() {
  return element(
    "section",
    { "aria-labelledby": "not-shown-heading" },
    element("h2", { id: "not-shown-heading" }, "What this page does not show"),
    element(
      "ul",
      {},
      NOT_SHOWN.map((text) => element("li", {}, text)),
    ),
  );
}
