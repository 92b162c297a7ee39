// An entry in words: times, amounts, and what happened in one line.

function fieldOf(entry, name) {
  const field = entry?.fields?.find?.((one) => one.name === name);
  return field && (field.text ?? field.int ?? field.bytes);
}

function fieldsOf(entry, name) {
  return (entry?.fields ?? [])
    .filter((one) => one.name === name)
    .map((one) => one.text ?? one.int ?? one.bytes);
}

// When it happened, in nanoseconds; when it was received if it does not say.
function timeOf(entry) {
  try {
    return int64(fieldOf(entry, "time") ?? entry.received);
  } catch {
    return 0n;
  }
}

// "2026-07-01 12:00:00.123"; nanoseconds where `exact`.
function timeText(nanoseconds, exact = false) {
  const milliseconds = Number(nanoseconds / 1_000_000n) - (nanoseconds % 1_000_000n < 0n ? 1 : 0);
  if (Math.abs(milliseconds) > 8.64e15) return String(nanoseconds);
  const text = new Date(milliseconds).toISOString();
  if (!exact) return text.slice(0, -1).replace("T", " ");
  const rest = String(
    BigInt.asUintN(64, ((nanoseconds % 1_000_000n) + 1_000_000n) % 1_000_000n),
  ).padStart(6, "0");
  return `${text.slice(0, -1)}${rest}Z`;
}

function durationText(microseconds) {
  if (microseconds < 1000) return `${Math.round(microseconds)} \u00b5s`;
  if (microseconds < 1e6) return `${(microseconds / 1000).toFixed(microseconds < 1e4 ? 1 : 0)} ms`;
  if (microseconds < 120e6) return `${(microseconds / 1e6).toFixed(microseconds < 1e7 ? 2 : 1)} s`;
  if (microseconds < 7200e6) return `${(microseconds / 60e6).toFixed(1)} min`;
  return `${(microseconds / 3600e6).toFixed(1)} h`;
}

function counted(count, one, many = one + "s") {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

const TEXT_KEYS =
  "message text content output_text summary description title output result input prompt query question answer command body msg detail arguments".split(
    " ",
  );
const LOOKED_AT = 4096;

// A name that stands twice is read by some as the first, by others as the last.
function isAmbiguous(entry) {
  return entry.payload.length > 1 << 20 || fieldsOf(entry, "flags").includes("duplicate-key");
}

// The text in a payload that a person would want to read.
function payloadWords(entry) {
  if (typeof entry.payload !== "string")
    return entry.payload_base64 === undefined ? "" : "(bytes that are no text)";
  let value;
  try {
    value = isAmbiguous(entry) ? undefined : JSON.parse(entry.payload);
  } catch {
    value = undefined;
  }
  const found = value === undefined ? undefined : wordsIn(value);
  return (found ?? entry.payload).slice(0, LOOKED_AT);
}

function wordsIn(value) {
  let spare;
  const open = [["", value]];
  for (let steps = 0; open.length > 0 && steps < 10_000; ++steps) {
    const [key, one] = open.pop();
    if (typeof one === "string") {
      if (one !== "" && TEXT_KEYS.includes(key)) return one;
      if (spare === undefined && one.slice(0, LOOKED_AT).includes(" ")) spare = one;
    } else if (one !== null && typeof one === "object") {
      const inner = Array.isArray(one) ? one.map((item) => [key, item]) : Object.entries(one);
      for (let i = inner.length - 1; i >= 0; --i) open.push(inner[i]);
    }
  }
  return spare;
}

function toolWords(entry) {
  const call = fieldOf(entry, "tool_call_id");
  return `tool ${fieldOf(entry, "tool")}${call === undefined ? "" : ` (call ${call})`}`;
}

function envelopeWords(entry) {
  const has = (name) => fieldOf(entry, name);
  const after = (text) => (text === undefined ? "" : `: ${text}`);
  if (has("decision") !== undefined) {
    const by = has("approver") ?? has("policy") ?? has("rule");
    const tool = has("tool") === undefined ? "" : ` for ${toolWords(entry)}`;
    return `${has("decision")}${by === undefined ? "" : ` by ${by}`}${tool}${after(has("reason"))}`;
  }
  if (has("approval") !== undefined) return `approval ${has("approval")}${after(has("reason"))}`;
  if (has("tool") !== undefined) return toolWords(entry) + after(has("error"));
  if (has("model") !== undefined) {
    const tokens =
      has("tokens_in") === undefined
        ? ""
        : `, ${has("tokens_in")} in / ${has("tokens_out") ?? 0} out`;
    return has("model") + tokens + after(has("error"));
  }
  return has("error") ?? has("reason") ?? "";
}

const SPEECH = new Set("message reasoning final.output feedback agent.message".split(" "));

// What happened, in one line.
function whatOf(entry) {
  if (entry === null) return "";
  if (entry.E !== undefined) return entry.erased?.includes("entry") ? "(erased)" : "(withheld)";
  const said = SPEECH.has(typeOf(entry)) ? payloadWords(entry) : "";
  const words =
    said ||
    envelopeWords(entry) ||
    payloadWords(entry) ||
    ["action", "resource", "intent"]
      .map((name) => fieldOf(entry, name))
      .filter(Boolean)
      .join(" ");
  if (words) return words.replace(/\s+/g, " ").trim();
  if (entry.P === undefined) return "";
  return entry.erased?.includes("payload") ? "(payload erased)" : "(payload withheld)";
}

// JSON with line ends and indents between its tokens, which themselves stay as they are: a number with
// many digits, a name that occurs twice. null if it is no JSON.
function prettyJson(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let out = "";
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/gs) ?? [];
  tokens.forEach((token, i) => {
    if (token === "{" || token === "[") {
      const empty = tokens[i + 1] === "}" || tokens[i + 1] === "]";
      ++depth;
      out += token + (empty ? "" : line());
    } else if (token === "}" || token === "]") {
      --depth;
      const empty = tokens[i - 1] === "{" || tokens[i - 1] === "[";
      out += (empty ? "" : line()) + token;
    } else if (token === ",") {
      out += "," + line();
    } else {
      out += token === ":" ? ": " : token;
    }
  });
  return out;
}
