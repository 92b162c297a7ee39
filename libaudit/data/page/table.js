// The list of entries: filters above, a table of rows that open.

const ROWS_AT_ONCE = 300;
const COLUMNS = ["Check", "No.", "Time (UTC)", "Agent", "Type", "What", "Decision", "Outcome"];

// What the table and the timeline need of a row, computed once.
function seenRow(row) {
  const { entry } = row;
  const text = (name) => {
    const value = fieldOf(entry, name);
    return typeof value === "string" ? value : "";
  };
  return {
    row,
    time: entry ? timeOf(entry) : 0n,
    agent: text("agent"),
    type: typeof typeOf(entry) === "string" ? typeOf(entry) : "",
    decision: text("decision"),
    outcome: text("status"),
    what: safely(() => whatOf(entry)),
    words: null,
  };
}

// Of an entry that was changed anything may be missing.
function safely(get) {
  try {
    return String(get());
  } catch {
    return "";
  }
}

// All its text in lower case, for the filter.
function wordsOf(seen) {
  if (seen.words === null) {
    const { entry } = seen.row;
    const fields = Array.isArray(entry?.fields) ? entry.fields : [];
    const texts = fields.map((field) => String(field?.text ?? field?.int ?? ""));
    seen.words = [String(entry?.seq), entry?.hash, seen.what, entry?.payload, ...texts]
      .join("\n")
      .toLowerCase();
  }
  return seen.words;
}

class Table {
  constructor(rows) {
    this.rows = rows;
    this.matching = rows;
    this.shown = 0;
    this.body = element("tbody", { role: "rowgroup" });
    this.count = element("p", { className: "count", role: "status" });
    this.more = element("p", { className: "more" });
    this.filters = this.makeFilters();
    this.element = element(
      "section",
      { "aria-labelledby": "entries-heading" },
      element("h2", { id: "entries-heading" }, "Entries"),
      this.filters,
      this.count,
      element(
        "div",
        { className: "scroll" },
        element(
          "table",
          { className: "entries", role: "table" },
          element("caption", {}, "The entries of this page, in the order of the ledger"),
          element(
            "thead",
            { role: "rowgroup" },
            element(
              "tr",
              { role: "row" },
              COLUMNS.map((name) => element("th", { scope: "col", role: "columnheader" }, name)),
            ),
          ),
          this.body,
        ),
      ),
      this.more,
    );
    this.apply();
  }

  makeFilters() {
    this.text = element("input", {
      type: "search",
      id: "filter-text",
      spellcheck: false,
      autocomplete: "off",
    });
    let waiting;
    this.text.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.apply(), 120);
    });
    this.selects = {
      type: this.makeSelect("type", (seen) => seen.type),
      agent: this.makeSelect("agent", (seen) => seen.agent),
      decision: this.makeSelect("decision", (seen) => seen.decision),
      state: this.makeSelect("state", (seen) => STATE_WORDS[seen.row.state][1]),
    };
    const labelled = (label, input) => element("label", {}, element("span", {}, label), input);
    const form = element(
      "form",
      { className: "filters", role: "search", "aria-label": "Filter the entries" },
      labelled("Text", this.text),
      labelled("Type", this.selects.type.input),
      labelled("Agent", this.selects.agent.input),
      labelled("Decision", this.selects.decision.input),
      labelled("Check", this.selects.state.input),
      element("button", { type: "reset" }, "Clear"),
    );
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => this.apply()));
    return form;
  }

  // Values are known by their number, so that no text of an agent is ever one of ours.
  makeSelect(name, valueOf) {
    const counts = new Map();
    for (const seen of this.rows) counts.set(valueOf(seen), (counts.get(valueOf(seen)) ?? 0) + 1);
    const values = [...counts.keys()].sort();
    const input = element(
      "select",
      { id: `filter-${name}` },
      element("option", { value: "" }, "all"),
    );
    values.forEach((value, i) => {
      const label = value === "" ? "(none)" : value;
      input.append(
        element("option", { value: String(i) }, plain(label, 60), ` (${counts.get(value)})`),
      );
    });
    input.addEventListener("change", () => this.apply());
    const choose = (value) => (input.value = String(values.indexOf(value)));
    return {
      input,
      choose,
      fits: (seen) => input.value === "" || valueOf(seen) === values[Number(input.value)],
    };
  }

  // As if the reader had chosen nothing but this state.
  showState(state) {
    this.filters.reset();
    this.selects.state.choose(STATE_WORDS[state][1]);
    this.element.scrollIntoView();
    this.selects.state.input.focus();
  }

  apply() {
    const words = this.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const selects = Object.values(this.selects);
    this.matching = this.rows.filter(
      (seen) =>
        selects.every((select) => select.fits(seen)) &&
        words.every((word) => wordsOf(seen).includes(word)),
    );
    this.shown = 0;
    this.body.replaceChildren();
    this.showMore(ROWS_AT_ONCE);
  }

  showMore(count) {
    const part = this.matching.slice(this.shown, this.shown + count);
    this.body.append(...part.map((seen) => this.makeRow(seen)));
    this.shown += part.length;
    const all = this.rows.length;
    const of =
      this.matching.length === all
        ? counted(all, "entry", "entries")
        : `${this.matching.length.toLocaleString("en-US")} of ${counted(all, "entry", "entries")}`;
    this.count.textContent =
      this.shown === this.matching.length
        ? of
        : `${of}; the first ${this.shown.toLocaleString("en-US")} are shown`;
    const rest = this.matching.length - this.shown;
    this.more.replaceChildren();
    if (rest === 0) return;
    const button = (label, amount) =>
      element("button", { type: "button", onclick: () => this.showMore(amount) }, label);
    this.more.append(
      button(`Show ${Math.min(rest, ROWS_AT_ONCE)} more`, ROWS_AT_ONCE),
      " ",
      button(`Show all ${counted(this.matching.length, "entry", "entries")}`, Infinity),
    );
  }

  makeRow(seen) {
    const { row } = seen;
    const number = row.seq === null ? "?" : String(row.seq);
    const id = `entry-${row.number}`;
    const button = element(
      "button",
      {
        type: "button",
        className: "open",
        "aria-expanded": "false",
        "aria-controls": id,
        "aria-label": `Details of entry ${number}`,
      },
      number,
    );
    const time = row.entry === null ? "" : timeText(seen.time);
    // Roles, since a narrow screen lays rows out as cards, and the table would be none any more.
    const cell = (content, className = "") => element("td", { role: "cell", className }, content);
    const line = element(
      "tr",
      { className: row.state, role: "row" },
      cell(stateMark(row.state)),
      element("th", { scope: "row", role: "rowheader" }, button),
      cell(element("time", {}, time), "time"),
      cell(foreign(seen.agent, 80)),
      cell(foreign(seen.type, 80)),
      cell(foreign(seen.what, 200), "what"),
      cell(foreign(seen.decision, 80)),
      cell(foreign(seen.outcome, 80)),
    );
    button.addEventListener("click", () => toggleDetails(line, button, row, id));
    // A larger target for the mouse; the keyboard has the button.
    line.addEventListener("click", (event) => {
      if (event.target.closest("button") || String(getSelection())) return;
      button.click();
    });
    return line;
  }
}

function toggleDetails(line, button, row, id) {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    line.nextElementSibling.remove();
    return;
  }
  const cell = element("td", { colSpan: COLUMNS.length, role: "cell" }, detailsOf(row));
  line.after(element("tr", { className: "details", role: "row", id }, cell));
}

// A stranger's text where only text fits: in an option.
function plain(text, limit) {
  return visible(text, { limit })
    .map((piece) => (typeof piece === "string" ? piece : piece.textContent))
    .join("");
}
