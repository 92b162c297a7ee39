// Bytes and their texts. Every reader here is strict: one spelling for each value, anything else throws.

// What is wrong with a file, in words for its reader. Any other exception is a mistake of this script.
class Fault extends Error {}

const encoder = new TextEncoder();

function utf8(text) {
  // A lone surrogate has no bytes; the encoder would put U+FFFD in its place and say nothing.
  if (/\p{Surrogate}/u.test(text)) throw new Fault("a text is not well formed");
  return encoder.encode(text);
}

function isUtf8(bytes) {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function toHex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function fromHex(text, length) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text) || text.length !== 2 * length) {
    throw new Fault(`not ${length} bytes in lower-case hexadecimal`);
  }
  return Uint8Array.from({ length }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}

// `length`: how many bytes it must be; undefined: any number.
function fromBase64(text, length) {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new Fault("not base64");
  }
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  if (toBase64(bytes) !== text) throw new Fault("not base64 as it must be spelt");
  if (length !== undefined && bytes.length !== length) {
    throw new Fault(`${bytes.length} bytes where ${length} must be`);
  }
  return bytes;
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function joinBytes(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// `value` as `width` bytes, big-endian. A BigInt may be negative; a number is not.
function integer(value, width) {
  const bytes = new Uint8Array(width);
  if (typeof value === "bigint") {
    new DataView(bytes.buffer).setBigInt64(0, value);
    return bytes;
  }
  for (let i = width - 1, rest = value; rest > 0; --i, rest = Math.floor(rest / 256))
    bytes[i] = rest % 256;
  return bytes;
}

// A signed number of 64 bits, as a decimal text since JSON readers round numbers of that size.
function int64(text) {
  if (typeof text !== "string" || !/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) {
    throw new Fault("not a whole number");
  }
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) throw new Fault("a number of more than 64 bits");
  return value;
}
