// Elements, and text from strangers put into them. There is no other way in this page: no markup is ever
// made of text, and no attribute that a browser would run or follow of what an agent wrote.

const PROPERTIES = new Set(
  "className id htmlFor type value title hidden disabled open scope colSpan tabIndex rows name dateTime placeholder spellcheck".split(
    " ",
  ),
);

// element("p", { className: "note" }, "text", child, ...): null and false are left out.
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) made[name] = value;
    else made.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) made.append(child);
  }
  return made;
}

// What cannot be seen, moves the cursor or reorders text. In `block` text line ends and tabs stay.
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb]|\udb40[\udc00-\uddef]|\p{Surrogate}/gu;

function spelling(found) {
  const code = found.codePointAt(0);
  return code > 0xffff
    ? `\\u{${code.toString(16)}}`
    : code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
}

// Pieces of `text` to append: what cannot be seen is spelt out, and marked as ours.
function visible(text, { block = false, limit = Infinity } = {}) {
  const pieces = [];
  let shown = text;
  if (text.length > limit) {
    const whole = text.codePointAt(limit - 1) > 0xffff ? limit - 1 : limit;
    shown = text.slice(0, whole);
  }
  let at = 0;
  for (const { 0: found, index } of shown.matchAll(INVISIBLE)) {
    if (block && (found === "\n" || found === "\t")) continue;
    if (index > at) pieces.push(shown.slice(at, index));
    const name = "U+" + found.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    pieces.push(
      element("span", { className: "spelt", title: `the character ${name}` }, spelling(found)),
    );
    at = index + found.length;
  }
  pieces.push(shown.slice(at));
  if (shown.length < text.length) pieces.push("\u2026");
  return pieces;
}

// A stranger's text as a piece of a line: it cannot change the direction of what stands beside it.
function foreign(text, limit = 300) {
  return element("bdi", { dir: "ltr" }, visible(text, { limit }));
}
