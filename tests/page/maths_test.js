// The arithmetic of the page, by node: against the published example, against node's own hashes, and
// against slow and obvious readings of the documents.
"use strict";

const assert = require("node:assert");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");

const ROOT = path.resolve(__dirname, "..", "..");
const PARTS = "bytes sha256 fields entry tree note members check given dom words".split(" ");
const NAMES =
  "sha256 toHex fromHex toBase64 fromBase64 int64 utf8 integer joinBytes FIELDS HELD_BY readEntry digestsOf fieldDigest " +
  "commonDigest gapsOf Tree readNodes rootOfPath readKey readNote askKey readJson writeJson readMember prettyJson " +
  "durationText timeText Fault signersAt whatOf";

function load() {
  const text = PARTS.map((name) =>
    fs.readFileSync(path.join(ROOT, "libaudit/data/page", `${name}.js`), "utf8"),
  );
  return new Function(
    `"use strict";\n${text.join("")}return { ${NAMES.split(" ").join(", ")} };`,
  )();
}

const page = load();
const vectors = JSON.parse(
  fs.readFileSync(path.join(ROOT, "tests/vectors/ledger-v1.json"), "utf8"),
);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const base64 = (hex) => Buffer.from(hex, "hex").toString("base64");
const slowHash = (...parts) =>
  new Uint8Array(crypto.createHash("sha256").update(Buffer.concat(parts)).digest());

// A chance that is the same every time.
let seed = 20251122;
function chance(below) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % below;
}

test("a length is hashed wrongly", () => {
  const all = crypto.randomBytes(70_000);
  for (let length = 0; length < 300; ++length) {
    assert.deepEqual(
      page.sha256(all.subarray(0, length)),
      slowHash(all.subarray(0, length)),
      `${length} bytes`,
    );
  }
  for (const cut of [0, 1, 63, 64, 65, 127, 5000]) {
    assert.deepEqual(
      page.sha256(all.subarray(0, cut), all.subarray(cut)),
      slowHash(all),
      `in two, at ${cut}`,
    );
  }
});

test("the fields are not those of the format", () => {
  const manual = fs.readFileSync(path.join(ROOT, "man/audit-ledger.5"), "utf8");
  const rows = [
    ...manual.matchAll(
      /^\.It (\d+) Ta (\w+) Ta ([0-9a-f]{4}) Ta (\w+) Ta ([a-z, ]+) Ta (?:column|more)$/gm,
    ),
  ];
  const wanted = rows.map(([, , name, tag, type, commitment]) => ({
    name,
    type,
    own: commitment.startsWith("own"),
    content: commitment.includes("content"),
    tag: parseInt(tag, 16),
  }));
  assert.equal(wanted.length, 72);
  assert.deepEqual(page.FIELDS, wanted);
});

test("the example of hashing alone comes out differently", () => {
  const { salt_e, salt_p, common_items, own_items } = vectors.commitment;
  const salts = slowHash(Buffer.of(0x10), bytes(salt_e), Buffer.of(0));
  const common = common_items.map(({ tag, type, value }) =>
    page.joinBytes(
      bytes(tag),
      Uint8Array.of(type),
      page.integer(value.length / 2, 4),
      bytes(value),
    ),
  );
  const F0 = page.commonDigest({ s0: page.toBase64(salts.slice(0, 16)) }, common);
  assert.equal(page.toHex(F0), "e100a7ae0e8f92234b02b247f9f27561e1f1a2f3baba3bb5ea114bddb2f50021");
  const [own] = own_items;
  const F1 = page.fieldDigest(salts.slice(16), parseInt(own.tag, 16), own.type, bytes(own.value));
  assert.equal(page.toHex(F1), "60f228d6703948b2e386cf7a2bf7a1a8118f643e3afb1a51374cc9144111d705");
  assert.equal(salt_p.length, 32);
});

// An entry of the vectors as a bundle shows it; `hide`: own fields of which only the digest is shown.
function disclosed(vector, previous, hide = []) {
  const facts = new Map(page.FIELDS.map((field) => [field.name, field]));
  const own = vector.fields.filter((field) => field.own);
  const salt = (j) => {
    const pair = slowHash(Buffer.of(0x10), bytes(vector.salt_e), Buffer.of(j >> 1));
    return page.toBase64(pair.slice(16 * (j & 1), 16 * (j & 1) + 16));
  };
  const fields = vector.fields
    .filter((field) => !hide.includes(field.name))
    .flatMap((field) =>
      (Array.isArray(field.value) ? field.value : [field.value]).map((value) => {
        const shown = { name: field.name, tag: facts.get(field.name).tag };
        if (field.kind === "integer") return { ...shown, int: value };
        return field.kind === "hash"
          ? { ...shown, bytes: base64(value) }
          : { ...shown, text: value };
      }),
    )
    .sort((a, b) => a.tag - b.tag);
  const entry = {
    seq: vector.seq,
    received: vector.received,
    prev: previous,
    hash: vector.hash,
    fields,
    s0: salt(0),
    own: own.map((field, i) => {
      const { tag } = facts.get(field.name);
      if (!hide.includes(field.name)) return { tag, salt: salt(i + 1) };
      const typed = page.joinBytes(page.integer(tag, 2), Uint8Array.of(1));
      const digest = slowHash(
        Buffer.of(0x11),
        Buffer.from(salt(i + 1), "base64"),
        typed,
        Buffer.from(field.value),
      );
      return { tag, digest: page.toBase64(digest) };
    }),
    salt_p: base64(vector.salt_p),
  };
  if (vector.payload !== null && vector.payload !== undefined)
    entry.payload = Buffer.from(vector.payload, "hex").toString();
  if (hide.length > 0) entry.hidden = hide;
  return page.readEntry(page.writeJson(entry));
}

const FIRST = "00".repeat(32);

test("an entry of the example comes out differently", () => {
  let previous = FIRST;
  for (const vector of vectors.entries) {
    assert.equal(
      page.toHex(page.digestsOf(disclosed(vector, previous)).hash),
      vector.hash,
      `entry ${vector.seq}`,
    );
    previous = vector.hash;
  }
});

test("a hidden field changes the hash", () => {
  const vector = vectors.entries[1];
  const entry = disclosed(vector, vectors.entries[0].hash, ["user", "resource"]);
  assert.ok(!JSON.stringify(entry.fields).includes("Zo\u00eb"));
  assert.deepEqual(page.gapsOf(entry), ["user", "resource"]);
  for (const told of [
    ["user"],
    ["resource", "user"],
    ["user", "resource", "payload"],
    ["user", "user", "resource"],
    "user",
    [],
  ]) {
    assert.throws(() => page.digestsOf({ ...entry, hidden: told }), page.Fault, String(told));
  }
  assert.equal(page.toHex(page.digestsOf(entry).hash), vector.hash);
});

test("a changed entry is not noticed", () => {
  const vector = vectors.entries[1];
  const good = disclosed(vector, vectors.entries[0].hash);
  const changes = [
    (entry) => (entry.seq = 2),
    (entry) => (entry.received = "1700000002000000001"),
    (entry) => (entry.prev = FIRST),
    (entry) => (entry.payload += " "),
    (entry) => (entry.payload = undefined),
    (entry) => (entry.salt_p = base64("00".repeat(16))),
    (entry) => (entry.s0 = base64("00".repeat(16))),
    ...good.fields.map((_, i) => (entry) => entry.fields.splice(i, 1)),
    ...good.fields.map((_, i) => (entry) => {
      const field = entry.fields[i];
      if (field.text !== undefined) field.text += "x";
      else if (field.int !== undefined) field.int = field.int === "1" ? "0" : "1";
      else field.bytes = base64("00".repeat(32));
    }),
    ...good.own.map((_, i) => (entry) => (entry.own[i].salt = base64("00".repeat(16)))),
    ...good.own.map((_, i) => (entry) => entry.own.splice(i, 1)),
  ];
  for (const change of changes) {
    const entry = structuredClone(good);
    change(entry);
    let hash = "refused";
    try {
      hash = page.toHex(page.digestsOf(entry).hash);
    } catch (error) {
      assert.ok(error instanceof page.Fault, error.stack);
    }
    assert.notEqual(hash, vector.hash, change.toString());
  }
});

test("a label lies, or a value stands there that nothing covers", () => {
  const good = disclosed(vectors.entries[1], vectors.entries[0].hash);
  const refuse = (change, words) => {
    const entry = structuredClone(good);
    change(entry);
    assert.throws(
      () => page.digestsOf(entry),
      (error) => error instanceof page.Fault && words.test(error.message),
      change.toString(),
    );
  };
  refuse(
    (entry) => (entry.fields.find((field) => field.name === "tool").name = "model"),
    /name of its tag/,
  );
  refuse(
    (entry) => ([entry.fields[0], entry.fields[1]] = [entry.fields[1], entry.fields[0]]),
    /order/,
  );
  refuse((entry) => (entry.P = base64("00".repeat(32))), /salt_p and P/);
  refuse((entry) => (entry.E = base64("00".repeat(32))), /nothing covers/);
  refuse((entry) => (entry.F0 = base64("00".repeat(32))), /s0 and F0/);
  refuse((entry) => ((entry.F0 = base64("00".repeat(32))), delete entry.s0), /nothing covers/);
  refuse((entry) => (entry.erased = ["payload"]), /reasons for what is shown/);
  refuse((entry) => (entry.hidden = ["user"]), /reasons for what is shown/);
  refuse((entry) => (entry.fields[0].text = "\ud800"), /well formed/);
  refuse(
    (entry) => (
      (entry.payload_base64 = page.toBase64(page.utf8(entry.payload))),
      delete entry.payload
    ),
    /not written as one/,
  );
  refuse((entry) => delete entry.own[0].salt, /own field/);
  refuse((entry) => (entry.fields.at(-1).int = "9223372036854775808"), /64 bits/);
  refuse((entry) => (entry.fields.at(-1).int = "01"), /whole number/);
});

test("another spelling of the same entry is taken", () => {
  const line = page.writeJson(disclosed(vectors.entries[1], vectors.entries[0].hash));
  assert.ok(page.readEntry(line));
  const others = [
    line.replace('{"seq":1,', '{"seq": 1,'),
    line.replace('{"seq":1,', '{"seq":1.0,'),
    line.replace('{"seq":1,', '{"seq":7,"seq":1,'),
    line.replace("refund", "\\u0072efund"),
    line.replace('"}', '","x":1}'),
    line + " ",
    `[${line}]`,
    line.replace(/("seq":1),("received":"[0-9]+")/, "$2,$1"),
  ];
  for (const other of others) {
    assert.notEqual(other, line);
    assert.throws(() => page.digestsOf(page.readEntry(other)), page.Fault, other.slice(0, 60));
  }
});

test("the root of the example comes out differently", () => {
  const leaves = new Map(vectors.entries.map((entry) => [entry.seq, bytes(entry.hash)]));
  const tree = new page.Tree(leaves, new Map());
  assert.equal(
    page.toHex(tree.root(0, 3)),
    "cce0bf42dec470dfb9d72cc76fef868bf48eb01b2706b0c7579577a874e01356",
  );
});

function slowRoot(leaves) {
  if (leaves.length === 1) return leaves[0];
  let half = 1;
  while (2 * half < leaves.length) half *= 2;
  return slowHash(Buffer.of(1), slowRoot(leaves.slice(0, half)), slowRoot(leaves.slice(half)));
}

// The nodes that are needed beside `shown`, as a bundle lists them.
function slowNodes(leaves, shown, begin = 0, end = leaves.length, nodes = new Map()) {
  const count = end - begin;
  if (count === 0) return nodes;
  const complete = (count & (count - 1)) === 0;
  if (complete && !shown.some((leaf) => leaf >= begin && leaf < end)) {
    return nodes.set(`${Math.log2(count)} ${begin / count}`, slowRoot(leaves.slice(begin, end)));
  }
  if (count === 1) return nodes;
  let half = 1;
  while (2 * half < count) half *= 2;
  slowNodes(leaves, shown, begin, begin + half, nodes);
  return slowNodes(leaves, shown, begin + half, end, nodes);
}

test("a root of some leaves and nodes is wrong, or a node too many is believed", () => {
  for (let size = 1; size <= 70; ++size) {
    const leaves = Array.from({ length: size }, (_, i) => slowHash(Buffer.from(`leaf ${i}`)));
    const wanted = slowRoot(leaves);
    for (let round = 0; round < 6; ++round) {
      const shown = new Map();
      for (let i = 0; i <= chance(5); ++i) {
        const at = chance(size);
        shown.set(at, leaves[at]);
      }
      const nodes = slowNodes(leaves, [...shown.keys()]);
      const tree = new page.Tree(shown, nodes);
      assert.deepEqual(tree.root(0, size), wanted, `${size}: ${[...shown.keys()]}`);
      assert.equal(tree.used, nodes.size);
      const [gone] = nodes.keys();
      if (gone !== undefined) {
        nodes.delete(gone);
        assert.equal(new page.Tree(shown, nodes).root(0, size), undefined);
      }
      const at = [...shown.keys()][0];
      const other = new Map(shown).set(at, slowHash(Buffer.from("another")));
      assert.notDeepEqual(
        new page.Tree(other, slowNodes(leaves, [...shown.keys()])).root(0, size),
        wanted,
      );
    }
  }
});

function slowPath(leaves, index) {
  if (leaves.length === 1) return [];
  let half = 1;
  while (2 * half < leaves.length) half *= 2;
  return index < half
    ? [...slowPath(leaves.slice(0, half), index), slowRoot(leaves.slice(half))]
    : [...slowPath(leaves.slice(half), index - half), slowRoot(leaves.slice(0, half))];
}

test("an audit path leads elsewhere", () => {
  for (let size = 1; size <= 40; ++size) {
    const leaves = Array.from({ length: size }, (_, i) => slowHash(Buffer.from(`leaf ${i}`)));
    for (let index = 0; index < size; ++index) {
      const audit = slowPath(leaves, index);
      assert.deepEqual(
        page.rootOfPath(leaves[index], index, size, audit),
        slowRoot(leaves),
        `${index} of ${size}`,
      );
      assert.equal(page.rootOfPath(leaves[index], index, size, [...audit, leaves[0]]), undefined);
      if (audit.length > 0)
        assert.notDeepEqual(
          page.rootOfPath(leaves[index], index, size, audit.slice(1)),
          slowRoot(leaves),
        );
    }
    assert.equal(page.rootOfPath(leaves[0], size, size, []), undefined);
  }
});

test("the signature of the example is refused, or another is taken", async () => {
  const { payload } = vectors.entries[0];
  const created = JSON.parse(Buffer.from(payload, "hex"));
  const key = page.readKey(created.key);
  const note = page.readNote(vectors.head ?? vectors.notes.head);
  assert.equal(await page.askKey(note, key), "valid");
  for (let at = 0; at < 64; ++at) {
    const other = structuredClone(note);
    other.signatures[0].bytes[at] ^= 1;
    assert.equal(await page.askKey(other, key), "invalid", `byte ${at} of the signature`);
  }
  assert.equal(
    await page.askKey({ ...note, text: note.text.replace("\n3\n", "\n4\n") }, key),
    "invalid",
  );
  assert.equal(await page.askKey(note, { ...key, id: "00000000" }), "absent");
});

test("a key that must be refused is taken", () => {
  const written = (key) => {
    const typed = page.joinBytes(Uint8Array.of(1), key);
    const id = slowHash(Buffer.from("a.example"), Buffer.of(0x0a), typed).slice(0, 4);
    return `a.example+${page.toHex(id)}+${page.toBase64(typed)}`;
  };
  const small = [
    "01" + "00".repeat(31),
    "00".repeat(32),
    "00".repeat(31) + "80",
    "ec" + "ff".repeat(30) + "7f",
    "ed" + "ff".repeat(30) + "7f",
    "ee" + "ff".repeat(30) + "7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  ];
  for (const key of small) assert.throws(() => page.readKey(written(bytes(key))), page.Fault, key);
  const good = written(bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
  assert.ok(page.readKey(good));
  for (let at = 0; at < good.length; ++at) {
    const other = good.slice(0, at) + (good[at] === "A" ? "B" : "A") + good.slice(at + 1);
    assert.throws(() => page.readKey(other), page.Fault, `character ${at}`);
  }
});

test("base64 with another spelling is taken", () => {
  for (const text of ["QQ", "QR==", "QQ=", "Q Q=", "QQ==\n", "QUI_", "====", null]) {
    assert.throws(() => page.fromBase64(text), page.Fault, String(text));
  }
  assert.deepEqual(page.fromBase64("QQ=="), Uint8Array.of(0x41));
});

test("laying out JSON changes more than the space between its parts", () => {
  const texts = [
    '{"a":[1,2.50,1e999,{"b":{}}],"a":"x, y: {\\"}","c":[],"d":"\\u0041 "}',
    '[[[]],{},"",null,true,-0.0,12345678901234567890]',
    '"only {a} [text]"',
    "7",
  ];
  const outside = (text) => text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
  for (const text of texts) assert.equal(outside(page.prettyJson(text)), text);
  assert.equal(page.prettyJson("{not json"), null);
});

test("a time or an amount is told wrongly", () => {
  assert.equal(page.timeText(1700000000123456789n), "2023-11-14 22:13:20.123");
  assert.equal(page.timeText(1700000000123456789n, true), "2023-11-14T22:13:20.123456789Z");
  assert.equal(page.timeText(-1n), "1969-12-31 23:59:59.999");
  assert.equal(page.timeText(-1n, true), "1969-12-31T23:59:59.999999999Z");
  assert.equal(page.durationText(999), "999 \u00b5s");
  assert.equal(page.durationText(1500), "1.5 ms");
  assert.equal(page.durationText(90e6), "90.0 s");
});

test("a member is read although it is not spelt as it was written", () => {
  const read = (name, content) => page.readMember(name, content);
  assert.deepEqual(read("checkpoint", '\n"a"\n"\\u003cb"\n').text, "a\n<b\n");
  for (const content of ['\n"a"\n', "\n"]) assert.ok(read("checkpoint", content).whole, content);
  for (const content of [
    '"a"\n',
    '\n"a"',
    '\n"\\u0061"\n',
    '\n"<"\n',
    "\na\n",
    '\n "a"\n',
    "\n7\n",
    "",
  ]) {
    assert.ok(!read("checkpoint", content).whole, content);
  }
  assert.equal(read("nodes.jsonl", '\n{"a":1}\n').text, '{"a":1}\n');
});
