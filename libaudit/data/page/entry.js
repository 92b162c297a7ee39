// An entry as it is disclosed (audit-bundle(5)), and what audit-ledger(5) says is hashed of it.

// Members in their order. "E" stands for all from "fields" to "own".
const ENTRY_KEYS =
  "seq received prev hash E fields s0 F0 own P salt_p payload payload_base64 erased hidden".split(
    " ",
  );

function demand(truth, words) {
  if (!truth) throw new Fault(words);
}

// One line of entries.jsonl. Throws Fault if it is not of the form.
function readEntry(line) {
  const entry = readJson(line);
  demand(
    entry !== null && typeof entry === "object" && !Array.isArray(entry),
    "the line is no object",
  );
  const keys = Object.keys(entry).map((key) => ENTRY_KEYS.indexOf(key));
  demand(
    keys.every((key, i) => key >= 0 && (i === 0 || keys[i - 1] < key)),
    "its members are not known, or out of order",
  );
  demand(Number.isSafeInteger(entry.seq) && entry.seq >= 0, "it has no number");
  return entry;
}

// What is not shown of it, in the words of "erased" and "hidden".
function gapsOf(entry) {
  const gaps = [];
  if (entry.E !== undefined) gaps.push("entry");
  if (entry.F0 !== undefined) gaps.push("common");
  for (const { tag, digest } of entry.own ?? []) {
    if (digest !== undefined) gaps.push(FIELD_BY_TAG.get(tag).name);
  }
  if (entry.P !== undefined) gaps.push("payload");
  return gaps;
}

// Each gap has one reason, and nothing that is shown has one.
function checkGaps(entry) {
  const gaps = gapsOf(entry);
  const told = [];
  for (const words of [entry.erased, entry.hidden]) {
    if (words === undefined) continue;
    demand(Array.isArray(words) && words.length > 0, "why something is missing is no list");
    const order = words.map((word) => gaps.indexOf(word));
    demand(
      order.every((at, i) => at >= 0 && (i === 0 || order[i - 1] < at)),
      "it gives reasons for what is shown",
    );
    told.push(...words);
  }
  demand(
    told.length === gaps.length && new Set(told).size === gaps.length,
    "what it says is erased or withheld is not what is missing",
  );
  demand(
    entry.E === undefined || entry.P !== undefined,
    "its fields are missing as a whole, and its payload is shown",
  );
}

// The bytes of a field, checked against the table.
function fieldBytes(field) {
  const known = FIELD_BY_TAG.get(field.tag);
  demand(
    known !== undefined && known.name === field.name,
    "a field does not have the name of its tag",
  );
  const [first, second, ...held] = Object.keys(field);
  demand(
    first === "name" && second === "tag" && held.length === 1,
    `${known.name} has other members`,
  );
  demand(HELD_BY[known.type].includes(held[0]), `${known.name} has another type`);
  if (held[0] === "text") {
    demand(typeof field.text === "string" && field.text.length > 0, `${known.name} is empty`);
    return { type: 1, bytes: utf8(field.text) };
  }
  if (held[0] === "int") {
    const value = int64(field.int);
    demand(
      known.type !== "bool" || value === 0n || value === 1n,
      `${known.name} is neither 0 nor 1`,
    );
    return { type: 2, bytes: integer(value, 8) };
  }
  return { type: 3, bytes: fromBase64(field.bytes, 32) };
}

// Shown fields ascending by tag, a list several times; the own ones by their tags, the others as they
// are hashed together.
function splitFields(fields) {
  demand(Array.isArray(fields), "it has no fields");
  const common = [];
  const own = new Map();
  let last = 0;
  for (const field of fields) {
    const { type, bytes } = fieldBytes(field);
    const known = FIELD_BY_TAG.get(field.tag);
    demand(
      field.tag > last || (field.tag === last && known.type === "list"),
      "fields are out of order",
    );
    last = field.tag;
    if (known.own) {
      own.set(field.tag, { type, bytes });
    } else {
      common.push(integer(field.tag, 2), integer(type, 1), integer(bytes.length, 4), bytes);
    }
  }
  return { common, own };
}

const ONE_BYTE = Array.from({ length: 0x14 }, (_, i) => Uint8Array.of(i));

function fieldDigest(salt, tag, type, bytes) {
  return sha256(ONE_BYTE[0x11], salt, integer(tag, 2), integer(type, 1), bytes);
}

function commonDigest(entry, common) {
  demand(
    (entry.s0 === undefined) !== (entry.F0 === undefined),
    "s0 and F0: one of them must be there",
  );
  if (entry.F0 !== undefined) {
    demand(common.length === 0, "a field is shown that nothing covers");
    return fromBase64(entry.F0, 32);
  }
  return sha256(ONE_BYTE[0x11], fromBase64(entry.s0, 16), Uint8Array.of(0, 0, 0), ...common);
}

function envelopeDigest(entry) {
  if (entry.E !== undefined) {
    for (const key of ["fields", "s0", "F0", "own"]) {
      demand(entry[key] === undefined, "a field is shown that nothing covers");
    }
    return fromBase64(entry.E, 32);
  }
  const { common, own } = splitFields(entry.fields);
  const listed = entry.own;
  demand(Array.isArray(listed), "its own fields are no list");
  const parts = [commonDigest(entry, common)];
  let last = 0;
  for (const one of listed) {
    const { tag, salt, digest } = one;
    demand(
      Object.keys(one).length === 2 && Object.keys(one)[0] === "tag",
      "an own field has other members",
    );
    demand(FIELD_BY_TAG.get(tag)?.own && tag > last, "its own fields are out of order");
    demand(
      (salt === undefined) !== (digest === undefined),
      "an own field has not one salt or digest",
    );
    demand(own.has(tag) === (salt !== undefined), "an own field and its salt are not both there");
    last = tag;
    const shown = own.get(tag);
    own.delete(tag);
    const part = shown
      ? fieldDigest(fromBase64(salt, 16), tag, shown.type, shown.bytes)
      : fromBase64(digest, 32);
    parts.push(integer(tag, 2), part);
  }
  demand(own.size === 0, "a field is shown that nothing covers");
  return sha256(ONE_BYTE[0x12], integer(listed.length, 2), ...parts);
}

// The bytes of the payload; undefined where there is none to show.
function payloadBytes(entry) {
  demand(entry.payload === undefined || entry.payload_base64 === undefined, "it has two payloads");
  if (entry.payload_base64 !== undefined) {
    const bytes = fromBase64(entry.payload_base64);
    demand(!isUtf8(bytes), "its payload is a text, and not written as one");
    return bytes;
  }
  if (entry.payload === undefined) return undefined;
  demand(typeof entry.payload === "string", "its payload is no text");
  return utf8(entry.payload);
}

function payloadDigest(entry) {
  const bytes = payloadBytes(entry);
  demand(
    (entry.P === undefined) !== (entry.salt_p === undefined),
    "salt_p and P: one must be there",
  );
  if (entry.P !== undefined) {
    demand(bytes === undefined, "a payload is shown that nothing covers");
    return fromBase64(entry.P, 32);
  }
  const salt = fromBase64(entry.salt_p, 16);
  return bytes === undefined
    ? sha256(ONE_BYTE[0x13], salt, ONE_BYTE[0])
    : sha256(ONE_BYTE[0x13], salt, ONE_BYTE[1], bytes);
}

const D_BEGIN = Uint8Array.of(0x61, 0x75, 0x64, 0x69, 0x74, 0x01); // "audit", version 1

// { E, P, D, hash } of an entry, from nothing but what it shows.
function digestsOf(entry) {
  const E = envelopeDigest(entry);
  const P = payloadDigest(entry);
  checkGaps(entry);
  const received = integer(int64(entry.received), 8);
  const D = joinBytes(D_BEGIN, integer(entry.seq, 8), received, fromHex(entry.prev, 32), E, P);
  return { E, P, D, hash: sha256(ONE_BYTE[0], D) };
}
