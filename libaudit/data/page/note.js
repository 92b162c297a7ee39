// Signed notes, checkpoints, verifier keys, and proofs of single entries, as audit-ledger(5) has them.

const ED25519 = 1;
const COSIGNATURE = 4;

// Encodings of y (the top bit off) of the points of small order: such a key fits any message.
const SMALL_ORDER_Y = new Set([
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

function checkPoint(key) {
  const y = key.slice();
  y[31] &= 0x7f;
  const number = BigInt("0x" + toHex(y.slice().reverse()));
  demand(
    number < 2n ** 255n - 19n && !SMALL_ORDER_Y.has(toHex(y)),
    "the key is one that must be refused",
  );
}

// A verifier key: NAME+ID+BASE64.
function readKey(text) {
  const found = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  demand(found, "this is no verifier key");
  const typed = fromBase64(found[3], 33);
  demand(
    typed[0] === ED25519 || typed[0] === COSIGNATURE,
    "the key is of a type that is not known here",
  );
  const id = sha256(utf8(found[1]), ONE_BYTE[0x0a], typed).slice(0, 4);
  demand(toHex(id) === found[2], "the id of the key does not follow from the key: is it complete?");
  const key = { text, name: found[1], id: found[2], type: typed[0], bytes: typed.slice(1) };
  checkPoint(key.bytes);
  return key;
}

// { text, origin, size, root, signatures: [{ name, id, bytes }] } of a signed checkpoint.
function readNote(note) {
  const cut = note.indexOf("\n\n");
  demand(cut >= 0, "this is no signed checkpoint: the empty line is missing");
  const text = note.slice(0, cut + 1);
  const lines = linesOf(text);
  demand(lines.length >= 3, "a checkpoint has three lines");
  const [origin, size, root] = lines;
  demand(origin !== "" && /^(?:0|[1-9][0-9]{0,15})$/.test(size), "this is no checkpoint");
  const signatures = linesOf(note.slice(cut + 2)).map((line) => {
    const found = /^\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    demand(found, "a line of a signature is not of its form");
    const bytes = fromBase64(found[2]);
    demand(bytes.length > 4, "a signature is too short");
    return { name: found[1], id: toHex(bytes.slice(0, 4)), bytes: bytes.slice(4) };
  });
  demand(signatures.length > 0, "the checkpoint has no signature");
  return { note, text, origin, size: Number(size), root: fromBase64(root, 32), signatures };
}

// What a line of signature signs, and with which of its bytes.
function signedBy(key, note, signature) {
  if (key.type === ED25519) return { message: utf8(note.text), bytes: signature.bytes };
  demand(signature.bytes.length === 72, "a cosignature has another length");
  const time = BigInt("0x" + toHex(signature.bytes.slice(0, 8)));
  return {
    time,
    message: utf8(`cosignature/v1\ntime ${time}\n${note.text}`),
    bytes: signature.bytes.slice(8),
  };
}

// true, false, or undefined: this browser cannot say.
async function verifySignature(key, message, signature) {
  if (!globalThis.crypto?.subtle) return undefined;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, [
      "verify",
    ]);
  } catch (error) {
    return error.name === "NotSupportedError" ? undefined : false;
  }
  return signature.length === 64 && crypto.subtle.verify("Ed25519", imported, signature, message);
}

// What `key` has to say of a note: "valid", "invalid", "absent", or "unknown" (the browser).
async function askKey(note, key) {
  const lines = note.signatures.filter((line) => line.name === key.name && line.id === key.id);
  if (lines.length === 0) return "absent";
  for (const line of lines) {
    const { message, bytes } = signedBy(key, note, line);
    const valid = await verifySignature(key, message, bytes);
    if (valid === undefined) return "unknown";
    if (!valid) return "invalid";
  }
  return "valid";
}

// { D, index, path, note } of a tlog-proof.
function readProof(text) {
  const cut = text.indexOf("\n\n");
  demand(cut >= 0, "this is no proof");
  const [first, extra, index, ...path] = linesOf(text.slice(0, cut + 1));
  demand(first === "c2sp.org/tlog-proof@v1" && path.length <= 64, "this is no proof");
  const found = /^index (0|[1-9][0-9]{0,15})$/.exec(index ?? "");
  demand(found && extra.startsWith("extra "), "this is no proof");
  return {
    D: fromBase64(extra.slice(6), 118),
    index: Number(found[1]),
    path: path.map((line) => fromBase64(line, 32)),
    note: readNote(text.slice(cut + 2)),
  };
}
