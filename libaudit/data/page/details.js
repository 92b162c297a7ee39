// All that one entry shows, and what is hashed of it.

const LONG_TEXT = 20_000;

const STATE_WORDS = {
  good: ["\u2713", "proved"],
  bad: ["\u2717", "WRONG"],
  partial: ["\u2013", "not proved"],
};

function stateMark(state) {
  const [sign, words] = STATE_WORDS[state];
  return element(
    "span",
    { className: `state ${state}` },
    element("span", { "aria-hidden": "true" }, sign),
    " ",
    words,
  );
}

// A long text: its beginning, and a button for the rest.
function longText(text, className) {
  const holder = element("pre", { className, tabIndex: 0, dir: "ltr" });
  holder.append(...visible(text, { block: true, limit: LONG_TEXT }));
  if (text.length <= LONG_TEXT) return [holder];
  const more = element(
    "button",
    {
      type: "button",
      onclick: () => {
        holder.replaceChildren(...visible(text, { block: true }));
        more.remove();
      },
    },
    `Show all ${counted(text.length, "character")}`,
  );
  return [holder, more];
}

function fieldValue(field, entry) {
  const known = FIELD_BY_TAG.get(field.tag);
  if (field.int !== undefined && known?.type === "time") {
    return element(
      "span",
      {},
      timeText(int64(field.int), true),
      element("small", {}, ` ${field.int}`),
    );
  }
  if (field.name === "cost_nano") {
    const amount = `${field.int} (${(Number(field.int) / 1e9).toString()} `;
    return element("span", {}, amount, visible(fieldOf(entry, "currency") ?? "USD"), ")");
  }
  if (field.name === "duration_us") return `${field.int} (${durationText(Number(field.int))})`;
  if (known?.type === "bool") return field.int === "1" ? "yes" : "no";
  if (field.int !== undefined) return field.int;
  if (field.bytes !== undefined) return element("code", {}, toHex(fromBase64(field.bytes)));
  return element("bdi", { dir: "ltr" }, visible(field.text, { limit: LONG_TEXT }));
}

function term(name, ...value) {
  return [element("dt", {}, name), element("dd", {}, ...value)];
}

function fieldList(entry) {
  const list = element("dl", { className: "fields" });
  let last;
  for (const field of entry.fields ?? []) {
    const [name, value] = term(visible(String(field.name)), fieldValue(field, entry));
    list.append(...(field.tag === last ? [value] : [name, value])); // a list has one name
    last = field.tag;
  }
  for (const { tag, digest } of entry.own ?? []) {
    if (digest === undefined) continue;
    list.append(
      ...term(
        FIELD_BY_TAG.get(tag)?.name ?? "?",
        element("em", {}, absence(entry, FIELD_BY_TAG.get(tag)?.name)),
        " ",
        element("code", {}, visible(String(digest))),
      ),
    );
  }
  if (entry.F0 !== undefined)
    list.append(...term("the other fields", element("em", {}, absence(entry, "common"))));
  if (entry.E !== undefined)
    list.append(...term("all fields", element("em", {}, absence(entry, "entry"))));
  return list;
}

// Nothing vouches for the reason; that something is absent is what its digest shows.
function absence(entry, word) {
  return entry.erased?.includes?.(word)
    ? "erased, says the maker of this page"
    : "withheld from this page";
}

function payloadPart(entry) {
  if (entry.P !== undefined)
    return [element("p", {}, element("em", {}, `The payload was ${absence(entry, "payload")}.`))];
  if (entry.payload_base64 !== undefined) {
    return [
      element("p", {}, "Bytes that are no text, in base64:"),
      ...longText(entry.payload_base64, "payload wrap"),
    ];
  }
  if (entry.payload === undefined) return [element("p", {}, "There never was a payload.")];
  if (entry.payload === "") return [element("p", {}, "The payload is empty.")];
  const pretty = entry.payload.length > 1 << 20 ? null : prettyJson(entry.payload);
  if (pretty === null || pretty === entry.payload) return longText(entry.payload, "payload");
  const holder = element("div", {}, longText(pretty, "payload"));
  const button = element(
    "button",
    { type: "button", "aria-pressed": "false" },
    "Exactly as it was recorded",
  );
  button.addEventListener("click", () => {
    const exact = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(exact));
    holder.replaceChildren(
      ...longText(exact ? entry.payload : pretty, exact ? "payload wrap" : "payload"),
    );
  });
  return [
    holder,
    button,
    element("small", {}, " Laid out for reading: only space between its parts was added."),
  ];
}

function hashList(row) {
  const { entry } = row;
  const list = element("dl", { className: "fields hashes" });
  const add = (name, value) =>
    value !== undefined && list.append(...term(name, element("code", {}, visible(String(value)))));
  add("hash", entry.hash);
  if (row.hash && toHex(row.hash) !== entry.hash) add("hash of this content", toHex(row.hash));
  add("hash of the entry before", entry.prev);
  add("received", entry.received);
  add("salt of the fields (s0)", entry.s0);
  add("digest of the fields (F0)", entry.F0);
  add("digest of the envelope (E)", entry.E);
  for (const { tag, salt } of entry.own ?? []) add(`salt of ${FIELD_BY_TAG.get(tag)?.name}`, salt);
  add("salt of the payload", entry.salt_p);
  add("digest of the payload (P)", entry.P);
  return element("details", {}, element("summary", {}, "Hashes and salts"), list);
}

// Everything about a row. What cannot be laid out is shown as it stands in the page.
function detailsOf(row) {
  const parts = [];
  if (row.bad) {
    parts.push(
      element(
        "p",
        { className: "fault", role: "alert" },
        element("strong", {}, "Wrong: "),
        row.bad,
        ".",
      ),
    );
  }
  try {
    if (row.entry === null) throw new Fault("unreadable");
    const laid = [
      element("h3", {}, "Fields"),
      fieldList(row.entry),
      element("h3", {}, "Payload"),
      ...payloadPart(row.entry),
      hashList(row),
    ];
    parts.push(...laid);
  } catch {
    parts.push(element("p", {}, "It cannot be laid out. As it stands in the page:"));
    parts.push(...longText(row.line ?? "(a line that was changed)", "payload wrap"));
  }
  return parts;
}
