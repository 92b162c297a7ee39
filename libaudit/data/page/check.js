// Everything the page checks about itself. Knows nothing of the document it stands in.

const FIRST_PREV = "00".repeat(32);

// Work is done in slices, so that the page can be read while it is checked.
class Slices {
  // pause(done): called after each slice; resolves when the next may begin.
  constructor(pause, milliseconds = 20) {
    this.pause = pause;
    this.milliseconds = milliseconds;
    this.end = performance.now() + milliseconds;
    this.done = 0;
  }

  async step() {
    ++this.done;
    if (performance.now() < this.end) return;
    await this.pause(this.done);
    this.end = performance.now() + this.milliseconds;
  }
}

// One check that the reader is told of: state is "pass", "fail" or "unknown".
class Findings {
  constructor() {
    this.checks = [];
  }

  add(name, state, detail) {
    this.checks.push({ name, state, detail });
  }

  // Runs `check`; what it throws as a Fault is a failure.
  async run(name, check) {
    try {
      const detail = await check();
      this.add(name, "pass", detail);
      return true;
    } catch (error) {
      this.add(
        name,
        "fail",
        error instanceof Fault ? error.message : `it cannot be read (${error.name})`,
      );
      return false;
    }
  }

  get failed() {
    return this.checks.some((check) => check.state === "fail");
  }
}

// --- Members against the manifest ---

async function nativeSha256(bytes) {
  if (!globalThis.crypto?.subtle) return undefined;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

// Those that a bundle has, with as many rotations as there are here.
function memberNames(members) {
  const rotations = [...members.keys()].filter((name) => name.startsWith("rotation-")).length;
  return [
    "README.txt",
    "checkpoint",
    "keys.txt",
    ...Array.from({ length: rotations }, (_, i) => `rotation-${i + 1}.tlog-proof`),
    "history.jsonl",
    "entries.jsonl",
    "nodes.txt",
    "manifest.json",
  ];
}

async function checkMembers(page) {
  const { members, about } = page;
  for (const member of members.values()) {
    demand(member.whole, `${member.name} is not spelt as it was written: it was changed`);
  }
  demand(
    [...members.keys()].join("\n") === memberNames(members).join("\n"),
    "the members are not those of a bundle, in their order",
  );
  const listed = page.manifest.members.map((member) => member.name);
  const carried = [...members.keys()].filter((name) => name !== "manifest.json");
  demand(
    listed.join("\n") === carried.join("\n"),
    "the members are not those that the manifest lists",
  );
  for (const { name, bytes, sha256: wanted } of page.manifest.members) {
    const content = utf8(members.get(name).text);
    demand(content.length === bytes, `${name} has another length than the manifest says`);
    const digest = (await nativeSha256(content)) ?? sha256(content);
    demand(toHex(digest) === wanted, `${name} is not what the manifest says`);
  }
  const manifest = utf8(members.get("manifest.json").text);
  const own = sha256(manifest);
  const native = await nativeSha256(manifest);
  demand(
    native === undefined || sameBytes(own, native),
    "this browser and this page hash differently",
  );
  demand(toHex(own) === about.manifest, "manifest.json was changed");
  return `${members.size} members, each as long and with the SHA-256 that the manifest says`;
}

// --- Entries ---

// { line, entry, seq, hash, bad }: `hash` is what its content gives, `bad` why it is no good.
function readRow(line, number) {
  const row = { line, number, entry: null, seq: null, hash: null, bad: null };
  try {
    row.entry = readEntry(line);
    row.seq = row.entry.seq;
    row.hash = digestsOf(row.entry).hash;
    demand(toHex(row.hash) === row.entry.hash, "its content does not give the hash that it states");
  } catch (error) {
    row.bad = error instanceof Fault ? error.message : `it cannot be read (${error.name})`;
  }
  return row;
}

async function readRows(lines, slices) {
  const rows = [];
  let before = null;
  for (const [i, line] of lines.entries()) {
    const row = readRow(line, i);
    if (before && row.seq !== null && before.seq !== null) {
      if (row.seq <= before.seq) row.bad ??= "it is out of order";
      const follows = row.seq === before.seq + 1;
      if (follows && !row.bad && !before.bad && row.entry.prev !== before.entry.hash) {
        row.bad = "it does not name the hash of the entry before it";
      }
    }
    if (row.seq === 0 && row.entry.prev !== FIRST_PREV)
      row.bad ??= "the first entry names one before it";
    rows.push(row);
    before = row;
    await slices.step();
  }
  return rows;
}

// The leaves that the entries give. `stated`: for a bad entry take the hash it states.
function leavesOf(rows, stated) {
  const leaves = new Map();
  for (const { seq, hash, bad, entry } of rows) {
    if (seq === null) continue;
    let leaf = bad && stated ? null : hash;
    try {
      leaf ??= fromHex(entry.hash, 32);
    } catch {
      continue;
    }
    const before = leaves.get(seq);
    demand(!before || sameBytes(before, leaf), "an entry is there twice, with two hashes");
    leaves.set(seq, leaf);
  }
  return leaves;
}

// The tree over what is shown. A bad entry is taken by the hash it states, and if that does not lead
// to the root, by the one its content gives: so one edited entry does not condemn the others.
function checkTree(page) {
  const { rows, history, checkpoint } = page;
  const all = [...history, ...rows];
  const nodes = readNodes(page.members.get("nodes.txt").text);
  for (const row of all)
    demand(row.seq === null || row.seq < checkpoint.size, "an entry lies behind the checkpoint");
  for (const stated of [true, false]) {
    const tree = new Tree(leavesOf(all, stated), nodes);
    const root = tree.root(0, checkpoint.size);
    if (root && sameBytes(root, checkpoint.root)) {
      demand(tree.used === nodes.size, "nodes.txt holds more than is needed");
      page.tree = tree;
      return `${tree.leaves.size} entries and ${nodes.size} nodes give the root of the checkpoint`;
    }
  }
  throw new Fault("entries and nodes do not give the root of the checkpoint");
}

// --- Keys and the signature ---

function payloadOf(row) {
  demand(
    row && !row.bad && typeof row.entry.payload === "string",
    "an entry of the ledger's own cannot be read",
  );
  return JSON.parse(row.entry.payload);
}

function typeOf(entry) {
  return entry?.fields?.find?.((field) => field.tag === 0x81)?.text;
}

// The keys of the ledger from its own entries: [{ key, until }], the last until Infinity.
function keysOf(page) {
  const [first, ...later] = page.history;
  const created = payloadOf(first);
  demand(
    first.seq === 0 && typeOf(first.entry) === "sys.created",
    "the first entry is not sys.created",
  );
  demand(created.format === 1, "the ledger is of another version");
  demand(
    created.origin === page.checkpoint.origin,
    "the checkpoint names another ledger than the first entry",
  );
  page.created = created;
  const keys = [{ key: readKey(created.key), until: Infinity }];
  for (const row of later) {
    const { key, previous } = payloadOf(row);
    demand(typeOf(row.entry) === "sys.key", "history.jsonl holds another entry than those of keys");
    demand(previous === keys.at(-1).key.text, "the keys do not follow each other");
    keys.at(-1).until = row.seq + 1;
    keys.push({ key: readKey(key), until: Infinity });
  }
  for (const { key } of keys) {
    demand(
      key.name === created.origin && key.type === ED25519,
      "a key has not the name of the ledger",
    );
  }
  demand(new Set(keys.map(({ key }) => key.text)).size === keys.length, "a key comes back");
  const listed = linesOf(page.members.get("keys.txt").text);
  demand(
    listed.join("\n") === keys.map(({ key }) => key.text).join("\n"),
    "keys.txt holds other keys than the entries",
  );
  return keys;
}

// The keys that must have signed a note of this size: one, or two where one hands over.
function signersAt(keys, size) {
  const at = keys.findIndex(({ until }) => size <= until);
  const signers = [keys[at].key];
  if (size === keys[at].until) signers.push(keys[at + 1].key);
  return signers;
}

// Adds the finding itself, since there is a third answer: this browser cannot say.
async function checkSignature(page, findings) {
  const name = "signature";
  let signers;
  try {
    page.keys = keysOf(page);
    signers = signersAt(page.keys, page.checkpoint.size);
  } catch (error) {
    findings.add(name, "fail", error instanceof Fault ? error.message : "the keys cannot be read");
    return;
  }
  for (const key of signers) {
    const answer = await askKey(page.checkpoint, key);
    if (answer === "unknown") {
      findings.add(name, "unknown", "this browser cannot check Ed25519 signatures");
      return;
    }
    if (answer !== "valid") {
      const words = answer === "absent" ? "is not signed by" : "has a wrong signature of";
      findings.add(name, "fail", `the checkpoint ${words} the key of the ledger`);
      return;
    }
  }
  findings.add(
    name,
    "pass",
    `Ed25519, by ${signers.map((key) => `${key.name}+${key.id}`).join(" and ")}`,
  );
}

// Key i leads to key i + 1: a checkpoint of the size at which they change, signed by both, and the path
// to it of the entry that names the new one. Returns false if this browser cannot say.
async function checkRotation(page, i) {
  const member = page.members.get(`rotation-${i + 1}.tlog-proof`);
  demand(member !== undefined, "the proof of a change of key is missing");
  const { D, index, path, note } = readProof(member.text);
  const row = page.history[i + 1];
  const size = page.keys[i].until;
  demand(
    !row.bad && sameBytes(D, digestsOf(row.entry).D),
    "the proof of a change of key is of another entry",
  );
  demand(
    index === row.seq && note.size === size && note.origin === page.checkpoint.origin,
    "the proof of a change of key is of another entry",
  );
  const root = rootOfPath(row.hash, index, size, path);
  demand(root && sameBytes(root, note.root), "the proof of a change of key does not hold");
  const shown = page.tree?.root(0, size); // else the next key could change what this one sealed
  demand(
    !shown || sameBytes(shown, note.root),
    "the entries are not those that the key signed which was ended",
  );
  const signers = signersAt(page.keys, size);
  const named = note.signatures.map((line) => `${line.name}+${line.id}`);
  const wanted = signers.map((key) => `${key.name}+${key.id}`);
  demand(
    linesOf(note.text).length === 3 && named.join() === wanted.join(),
    "a change of key is not signed by both keys",
  );
  for (const key of signers) {
    const answer = await askKey(note, key);
    if (answer === "unknown") return false;
    demand(answer === "valid", "a change of key is not signed by both keys");
  }
  return true;
}

async function checkRotations(page, findings) {
  let known = true;
  const passed = await findings.run("history", async () => {
    demand(
      page.history.every((row) => row.bad === null && gapsOf(row.entry).length === 0),
      "an entry about the keys of the ledger is not what was recorded",
    );
    const told = new Set(page.history.map((row) => row.seq));
    const left = page.rows.find((row) => typeOf(row.entry) === "sys.key" && !told.has(row.seq));
    demand(left === undefined, "a change of key is not in history.jsonl");
    demand(
      page.rows.every((row) => typeOf(row.entry) !== "sys.created" || row.seq === 0),
      "a sys.created that is not the first entry",
    );
    const proofs = [...page.members.keys()].filter((name) => name.startsWith("rotation-")).length;
    demand(proofs === page.keys.length - 1, "there is not a proof for each change of key");
    for (let i = 0; i + 1 < page.keys.length; ++i) known = (await checkRotation(page, i)) && known;
    return page.keys.length === 1
      ? "one key"
      : `${page.keys.length} keys, each signed by the one before`;
  });
  if (passed && !known) findings.checks.at(-1).state = "unknown";
}

// --- What the manifest says ---

function checkManifest(page) {
  const { manifest, rows, checkpoint } = page;
  const isHidden = Array.isArray(manifest.hidden) && manifest.hidden.length > 0;
  const withheld = rows.filter((row) => row.entry?.hidden !== undefined).length;
  const facts = {
    schema: "audit.bundle/1",
    origin: checkpoint.origin,
    ledger: page.created?.ledger,
    query: isHidden ? null : manifest.query,
    time: manifest.time,
    entries: rows.length,
    first: rows.at(0)?.seq ?? null,
    last: rows.at(-1)?.seq ?? null,
    hidden: manifest.hidden,
    withheld,
    erased: rows.filter((row) => row.entry?.erased !== undefined).length,
    size: checkpoint.size,
    root: toBase64(checkpoint.root),
    members: manifest.members,
  };
  demand(
    Object.keys(manifest).join() === Object.keys(facts).join(),
    "the manifest has other members, or another order",
  );
  for (const [name, value] of Object.entries(facts)) {
    demand(manifest[name] === value, `the manifest says something else of "${name}"`);
  }
  demand(
    Array.isArray(manifest.hidden) && manifest.hidden.every((word) => typeof word === "string"),
    "the manifest does not say what is withheld",
  );
  demand(
    isHidden || (withheld === 0 && typeof manifest.query === "string"),
    "the manifest does not say what is withheld",
  );
  demand(Number.isSafeInteger(manifest.time) && manifest.time >= 0, "the manifest has no time");
  return `${rows.length} of ${checkpoint.size} entries`;
}

// --- All of it ---

// members: Map of what readMember gives; about: { manifest, title, ... } of the page.
async function checkPage(members, about, slices) {
  const page = {
    members,
    about,
    checkpoint: null,
    manifest: null,
    rows: [],
    history: [],
    keys: [],
  };
  const findings = new Findings();
  page.rows = await readRows(members.get("entries.jsonl")?.lines ?? [], slices);
  page.history = await readRows(members.get("history.jsonl")?.lines ?? [], slices);
  const read = await findings.run("format", () => {
    page.manifest = readJson(members.get("manifest.json").text.slice(0, -1));
    page.checkpoint = readNote(members.get("checkpoint").text);
    demand(page.rows.length > 0 && page.history.length > 0, "there are no entries");
    return "manifest and checkpoint can be read";
  });
  if (read) {
    await findings.run("members", () => checkMembers(page));
    const bad = page.rows.filter((row) => row.bad).length;
    const words =
      bad === 0 ? "each gives its hash" : `${bad} of ${page.rows.length} are not what was recorded`;
    findings.add("entries", bad === 0 ? "pass" : "fail", words);
    page.proved = await findings.run("tree", () => checkTree(page));
    await checkSignature(page, findings);
    await checkRotations(page, findings);
    await findings.run("manifest", () => checkManifest(page));
  }
  page.checks = findings.checks;
  page.state = stateOf(findings.checks);
  for (const row of page.rows) row.state = rowState(page, row);
  return page;
}

function stateOf(checks) {
  if (checks.some((check) => check.state === "fail")) return "bad";
  return checks.some((check) => check.state === "unknown") ? "partial" : "good";
}

// Green only if content, tree and signature all hold: a hash that leads nowhere shows nothing.
function rowState(page, row) {
  if (row.bad) return "bad";
  if (!page.proved) {
    row.bad = "its hash does not lead to the signed checkpoint";
    return "bad";
  }
  const signature = page.checks.find((check) => check.name === "signature");
  if (signature.state === "fail") {
    row.bad = "the checkpoint it leads to has no valid signature";
    return "bad";
  }
  return signature.state === "pass" ? "good" : "partial";
}
