// The members of the bundle as the page carries them, each between the tags of a script that is data.
// A member that is JSON stands there as it is: it spells out every '<'. Of the others each line is a
// string of JSON, spelt in the same way. So nothing ends the element, and what is hashed is given back
// byte for byte.

// In strings of the members: quote, backslash, markup, and what cannot be seen or reorders what can.
const SPELT_OUT =
  /["\\<\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function writeString(text) {
  const spelt = text.replace(SPELT_OUT, (found) =>
    found === '"' || found === "\\"
      ? "\\" + found
      : "\\u" + found.charCodeAt(0).toString(16).padStart(4, "0"),
  );
  return `"${spelt}"`;
}

// JSON in the one spelling that members have. Numbers are those that a member may hold.
function writeJson(value) {
  if (typeof value === "string") return writeString(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, one]) => `${writeString(key)}:${writeJson(one)}`)
      .join(",")}}`;
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

// What the page says about itself: a line, and the SHA-256 of that line. This and the sum of the plain
// table catch a slip or a careless edit; whoever writes the page anew can write them anew too.
//   policy, plain    as they stand in the page
function readAbout(content, policy, plain) {
  const { lines, whole } = readMember("about", content);
  demand(whole && lines.length === 2, "what the page says about itself was changed");
  demand(toHex(sha256(utf8(lines[0]))) === lines[1], "what the page says about itself was changed");
  const about = readJson(lines[0]);
  demand(about.format === "audit.page/1", "the page is of another version");
  demand(policy === about.policy, "the policy that keeps the page from the network was changed");
  demand(
    toHex(sha256(utf8(plain))) === about.plain,
    "the table for readers without scripts was changed",
  );
  return about;
}
