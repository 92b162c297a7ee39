// The members of the bundle as the page carries them, each between the tags of a script that is data.
// A member that is JSON stands there as it is: it spells out every '<'. Of the others each line is a
// string of JSON, spelt in the same way. So nothing ends the element, and what is hashed is given back
// byte for byte.

// In strings of the members: quote, backslash, markup, and what cannot be seen or reorders what can.
const SPELT_OUT =
  /["\\<\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function writeString(text) {
  const spelt = text.replace(SPELT_OUT, (found) =>
    found === '"' || found === "\\" ? "\\" + found : "\\u" + found.charCodeAt(0).toString(16).padStart(4, "0"),
  );
  return `"${spelt}"`;
}

// JSON in the one spelling that members have. Numbers are those that a member may hold.
function writeJson(value) {
  if (typeof value === "string") return writeString(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value).map(([key, one]) => `${writeString(key)}:${writeJson(one)}`).join(",")}}`;
  }
  return String(value);
}

// A value, if the text is the only one that stands for it: no name twice, no space, no other spelling.
function readJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Fault("it is not JSON");
  }
  demand(writeJson(value) === text, "it is not written in the one way it must be");
  return value;
}

function decodeLine(raw) {
  try {
    const line = readJson(raw);
    return typeof line === "string" ? line : undefined;
  } catch {
    return undefined;
  }
}

// What stands between the tags of a member: { name, lines, text, whole }. A line that cannot be what
// was written is undefined, and then `whole` is false.
function readMember(name, content) {
  const framed = content === "\n" || (content.startsWith("\n") && content.endsWith("\n"));
  const raw = framed && content !== "\n" ? content.slice(1, -1).split("\n") : [];
  const lines = /\.jsonl?$/.test(name) ? raw : raw.map(decodeLine);
  const whole = framed && !lines.includes(undefined);
  return { name, lines, whole, text: lines.map((line) => (line ?? "") + "\n").join("") };
}
