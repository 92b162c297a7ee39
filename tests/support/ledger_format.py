"""The ledger format, version 1, for tests that change ledgers: decode, hash, chain, sign.

Written from man/audit-ledger.5 alone, slow and obvious, with nothing but the standard library. The
table of fields is read from that page, so that there is only one of it.

    with Book.edit("x.ledger") as book:              # triggers are off inside, and back afterwards
        book.set(3, payload=b"{}")
        book.rechain(3)
        book.sign(SigningKey.read("x.ledger.key"))
"""

import base64
import contextlib
import hashlib
import json
import pathlib
import re
import sqlite3
import struct

PAGE = pathlib.Path(__file__).resolve().parents[2] / "man" / "audit-ledger.5"
CHECKPOINT_EVERY = 10_000


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- Ed25519 (RFC 8032), signing only ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _encode(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _base_point():
    y = 4 * pow(5, P - 2, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x & 1:
        x = P - x
    return x, y, 1, x * y % P


BASE = _base_point()


class SigningKey:
    """An Ed25519 key and the name it signs under."""

    def __init__(self, seed, name):
        self.name = name
        digest = hashlib.sha512(seed).digest()
        self._scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
        self._prefix = digest[32:]
        self.public = _encode(_multiply(self._scalar, BASE))

    @classmethod
    def read(cls, pem_file, name):
        text = pathlib.Path(pem_file).read_text(encoding="ascii")
        der = base64.b64decode("".join(re.findall(r"^[^-\n]+$", text, re.MULTILINE)))
        head = bytes.fromhex("302e020100300506032b657004220420")
        assert der.startswith(head) and len(der) == 48, "not a PKCS#8 Ed25519 key"
        return cls(der[16:], name)

    def sign(self, message):
        def scalar(*parts):
            return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L

        r = scalar(self._prefix, message)
        point = _encode(_multiply(r, BASE))
        k = scalar(point, self.public, message)
        return point + ((r + k * self._scalar) % L).to_bytes(32, "little")

    @property
    def id(self):
        return H(self.name.encode(), b"\n\x01", self.public)[:4]

    @property
    def verifier(self):
        typed = base64.b64encode(b"\x01" + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{typed}"

    def signature_line(self, text):
        signed = base64.b64encode(self.id + self.sign(text.encode())).decode()
        return f"\u2014 {self.name} {signed}\n"

    def pem(self, seed):
        der = bytes.fromhex("302e020100300506032b657004220420") + seed
        body = base64.b64encode(der).decode()
        return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def checkpoint_text(origin, size, root):
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def note(text, *keys):
    return text + "\n" + "".join(key.signature_line(text) for key in keys)


# --- Fields ---


class FieldFacts:
    def __init__(self, number, name, tag, kind, commitment, place):
        self.number, self.name, self.tag, self.kind = number, name, tag, kind
        self.own = commitment.startswith("own")
        self.content = "content" in commitment
        self.has_column = place == "column"


def _read_fields():
    row = re.compile(
        r"^\.It (\d+) Ta (\w+) Ta ([0-9a-f]{4}) Ta (\w+) Ta ([a-z, ]+) Ta (column|more)$", re.MULTILINE
    )
    fields = [
        FieldFacts(int(number), name, int(tag, 16), kind, commitment, place)
        for number, name, tag, kind, commitment, place in row.findall(PAGE.read_text("utf-8"))
    ]
    assert [field.number for field in fields] == list(range(1, 73)), "the table of fields has changed"
    return fields


FIELDS = _read_fields()
BY_NAME = {field.name: field for field in FIELDS}
BY_TAG = {field.tag: field for field in FIELDS}
DICTIONARY = (
    "type agent environment model provider tool status policy decision approval risk format source"
).split()
PACKED = "trace span parent".split()
TEXT, INTEGER, BYTES = 1, 2, 3


def pack_more(values):
    """[(tag, type, bytes)] as the column `more` holds it."""
    return b"".join(struct.pack(">HBI", tag, kind, len(value)) + value for tag, kind, value in values)


def unpack_more(more):
    values, at = [], 0
    while at < len(more or b""):
        tag, kind, length = struct.unpack_from(">HBI", more, at)
        values.append((tag, kind, more[at + 7 : at + 7 + length]))
        at += 7 + length
    return values


def uuid_text(packed):
    digits = packed.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def field_values(row, words):
    """All fields of a row as [(tag, type, bytes)], ascending by tag."""
    values = unpack_more(row["more"])
    for field in FIELDS:
        value = row[field.name] if field.has_column else None
        if value is None:
            continue
        if field.name in DICTIONARY and isinstance(value, int):
            value = words[value]
        elif isinstance(value, bytes):
            value = uuid_text(value) if field.name == "event_id" else value.hex()
        if isinstance(value, int):
            values.append((field.tag, INTEGER, struct.pack(">q", value)))
        else:
            values.append((field.tag, TEXT, value.encode()))
    return sorted(values, key=lambda value: value[0])


# --- Hashes ---


def salts(salt_e, count):
    drawn = b"".join(H(b"\x10", salt_e, bytes([i])) for i in range(count // 2 + 1))
    return [drawn[16 * i : 16 * i + 16] for i in range(count)]


def field_hash(salt, tag, kind, value):
    return H(b"\x11", salt, struct.pack(">HB", tag, kind), value)


def envelope_parts(values, salt_e):
    """F0 and [(tag, Fj, s(j))] of an entry from which nothing was erased."""
    own = [value for value in values if value[0] < 0x80]
    s = salts(salt_e, len(own) + 1)
    f0 = field_hash(s[0], 0, 0, pack_more([value for value in values if value[0] >= 0x80]))
    parts = [(own[j][0], field_hash(s[j + 1], *own[j]), s[j + 1]) for j in range(len(own))]
    return s[0], f0, parts


def envelope_hash(f0, parts):
    body = b"".join(struct.pack(">H", tag) + digest for tag, digest, *_ in parts)
    return H(b"\x12", struct.pack(">H", len(parts)), f0, body)


def parse_kept(kept):
    """{"P", "s0", "own": [(tag, kind, bytes)], "E"}: what a row keeps of its commitments."""
    flags, at, result = kept[0], 1, {}
    if flags & 1:
        result["P"], at = kept[at : at + 32], at + 32
    if flags & 2:
        result["s0"] = kept[at : at + 16]
        (count,) = struct.unpack_from(">H", kept, at + 16)
        at, own = at + 18, []
        for _ in range(count):
            tag, kind = struct.unpack_from(">HB", kept, at)
            size = 32 if kind else 16
            own.append((tag, kind, kept[at + 3 : at + 3 + size]))
            at += 3 + size
        result["own"] = own
    if flags & 4:
        result["E"] = kept[at : at + 32]
    return result


def payload_hash(row, kept):
    if "P" in kept:
        return kept["P"]
    if row["stored"] == 0:
        return H(b"\x13", row["salt_p"], b"\x00")
    assert row["stored"] == 1, f"entry {row['seq']}: stored {row['stored']} cannot be read here"
    return H(b"\x13", row["salt_p"], b"\x01", row["payload"])


def row_digests(row, words):
    """E and P of a row."""
    kept = parse_kept(row["kept"]) if row["kept"] is not None else {}
    p = payload_hash(row, kept)
    if "E" in kept:
        return kept["E"], p
    values = field_values(row, words)
    if "s0" not in kept:
        _, f0, parts = envelope_parts(values, row["salt_e"])
        return envelope_hash(f0, parts), p
    own = {tag: (kind, value) for tag, kind, value in values if tag < 0x80}
    f0 = field_hash(kept["s0"], 0, 0, pack_more([value for value in values if value[0] >= 0x80]))
    parts = [
        (tag, held if kind else field_hash(held, tag, *own[tag])) for tag, kind, held in kept["own"]
    ]
    return envelope_hash(f0, parts), p


def entry_hash(seq, received, previous, e, p):
    return H(b"\x00audit\x01", struct.pack(">Qq", seq, received), previous, e, p)


def root(hashes):
    """The root of a tree, by the definition of RFC 6962."""
    if not hashes:
        return H()
    level = list(hashes)
    while len(level) > 1:  # pairing from the left, the odd one carried up: the same tree
        pairs = [H(b"\x01", *level[i : i + 2]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def subtrees(hashes):
    """{(level, number): root} of all complete subtrees of 256^level leaves."""
    result, level, nodes = {}, 0, list(hashes)
    while len(nodes) >= 256:
        level += 1
        nodes = [root(nodes[i : i + 256]) for i in range(0, len(nodes) - 255, 256)]
        result.update({(level, number): node for number, node in enumerate(nodes)})
    return result


# --- A ledger as a database ---


class Book:
    """A ledger opened for a test: to look at (plain) or to change (edit)."""

    def __init__(self, file):
        self.db = sqlite3.connect(str(file), isolation_level=None)
        self.db.row_factory = sqlite3.Row

    @classmethod
    @contextlib.contextmanager
    def edit(cls, file):
        """Changes rows behind the back of the triggers, and leaves one file with its schema."""
        book = cls(file)
        db = book.db
        triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        db.execute("BEGIN IMMEDIATE")
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        try:
            yield book
            for _, sql in triggers:
                db.execute(sql)
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            db.close()

    @classmethod
    @contextlib.contextmanager
    def open(cls, file):
        book = cls(file)
        try:
            yield book
        finally:
            book.db.close()

    @property
    def size(self):
        return self.db.execute("SELECT ifnull(max(seq) + 1, 0) FROM entry").fetchone()[0]

    @property
    def words(self):
        return dict(self.db.execute("SELECT id, text FROM word").fetchall())

    def row(self, seq):
        return dict(self.db.execute("SELECT * FROM entry WHERE seq = ?", (seq,)).fetchone())

    def rows(self):
        return [dict(row) for row in self.db.execute("SELECT * FROM entry ORDER BY seq")]

    def hashes(self):
        return [row[0] for row in self.db.execute("SELECT hash FROM entry ORDER BY seq")]

    @property
    def created(self):
        return json.loads(self.row(0)["payload"])

    @property
    def origin(self):
        return self.created["origin"]

    @property
    def head(self):
        return self.db.execute("SELECT note FROM head").fetchone()[0]

    # Changes.

    def set(self, seq, /, **cells):
        assignments = ", ".join(f'"{name}" = ?' for name in cells)
        done = self.db.execute(f"UPDATE entry SET {assignments} WHERE seq = ?", (*cells.values(), seq))
        assert done.rowcount == 1, f"there is no entry {seq}"

    def insert(self, row):
        marks = ", ".join("?" * len(row))
        names = ", ".join(f'"{name}"' for name in row)
        self.db.execute(f"INSERT INTO entry({names}) VALUES({marks})", tuple(row.values()))

    def word(self, text):
        """The number of a word, given now if it is new."""
        known = self.db.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone()
        if known:
            return known[0]
        number = self.db.execute("SELECT ifnull(max(id), 0) + 1 FROM word").fetchone()[0]
        self.db.execute("INSERT INTO word VALUES(?, ?)", (number, text))
        return number

    def append(self, received, payload=None, **fields):
        """A new entry at the end, hashed; its head is not signed."""
        columns = [row[1] for row in self.db.execute("PRAGMA table_info(entry)")]
        row = dict.fromkeys(columns)
        seq = self.size
        row.update(seq=seq, received=received, salt_e=H(b"e%d" % seq)[:16], salt_p=H(b"p%d" % seq)[:16])
        row.update(stored=0 if payload is None else 1, payload=payload, hash=b"")
        for name, value in fields.items():
            row[name] = self.word(value) if name in DICTIONARY else value
        self.insert(row)
        self.rechain(seq)
        return seq

    def append_system(self, kind, members, received=None):
        received = received or self.row(self.size - 1)["received"] + 1
        payload = json.dumps(members, separators=(",", ":")).encode()
        return self.append(received, payload, type=kind, time=received)

    def rechain(self, first=0):
        """Makes every hash from entry `first` on right again, and all subtrees; signs nothing."""
        words = self.words
        previous = self.row(first - 1)["hash"] if first else bytes(32)
        for row in self.rows()[first:]:
            previous = entry_hash(row["seq"], row["received"], previous, *row_digests(row, words))
            self.db.execute("UPDATE entry SET hash = ? WHERE seq = ?", (previous, row["seq"]))
        self.plant()

    def plant(self):
        """Makes all subtrees right for the hashes that are there."""
        self.db.execute("DELETE FROM subtree")
        for (level, number), digest in subtrees(self.hashes()).items():
            self.db.execute("INSERT INTO subtree VALUES(?, ?, ?)", (level, number, digest))

    def sign(self, *keys, rotations=()):
        """Signs head and all checkpoints anew; `rotations` are sizes at which keys[i] hands over."""
        hashes, size = self.hashes(), self.size
        kept = sorted({*range(CHECKPOINT_EVERY, size + 1, CHECKPOINT_EVERY), *rotations})

        def signed(at):
            number = sum(at > rotation for rotation in rotations)
            signers = keys[number : number + 2] if at in rotations else keys[number : number + 1]
            return note(checkpoint_text(signers[0].name, at, root(hashes[:at])), *signers)

        self.db.execute("DELETE FROM checkpoint")
        for at in kept:
            self.db.execute("INSERT INTO checkpoint VALUES(?, ?)", (at, signed(at)))
        self.db.execute("INSERT OR REPLACE INTO head(one, note) VALUES(1, ?)", (signed(size),))

    def erase(self, seq, what, *, say=True, received=None):
        """Erases as audit-ledger(5) says; with `say` the sys.erasure entry too. Signs nothing."""
        row, words = self.row(seq), self.words
        e, p = row_digests(row, words)
        if what == "entry":
            gone = {name: None for name in row if name not in ("seq", "hash", "received")}
            self.set(seq, **{**gone, "stored": 3, "kept": b"\x05" + p + e})
        else:
            values = field_values(row, words)
            s0, _, parts = envelope_parts(values, row["salt_e"])
            lost = {
                tag
                for tag, *_ in parts
                if BY_TAG[tag].content or (what != "payload" and BY_NAME[what].tag == tag)
            }
            had = row["stored"] != 0
            kept = bytes([(1 if had else 0) | (2 if lost else 0)]) + (p if had else b"")
            if lost:
                kept += s0 + struct.pack(">H", len(parts))
                for tag, digest, salt in parts:
                    kept += struct.pack(">HB", tag, tag in lost) + (digest if tag in lost else salt)
            more = pack_more([v for v in unpack_more(row["more"]) if v[0] not in lost]) or None
            cells = {"payload": None, "more": more, "kept": kept if had or lost else None}
            cells.update({BY_TAG[tag].name: None for tag in lost if BY_TAG[tag].has_column})
            if had:
                cells.update(stored=3, salt_p=None)
            if lost:
                cells["salt_e"] = None
            self.set(seq, **cells)
        if say:
            members = {"entries": [seq], "what": what, "authority": "a test", "reason": "a request"}
            return self.append_system("sys.erasure", members, received)
        return None


def check(file, key):
    """A whole ledger at rest, checked slowly: chain, tree, subtrees, head. Says what is wrong first.

    `key` signed it. For tests that need a second judge; it knows no rotation and no erasure rules.
    """
    with Book.open(file) as book:
        book.db.execute("BEGIN")
        if book.db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            return "SQLite finds damage"
        previous, words = bytes(32), book.words
        for number, row in enumerate(book.rows()):
            if row["seq"] != number:
                return f"entry {number} is missing"
            previous = entry_hash(number, row["received"], previous, *row_digests(row, words))
            if row["hash"] != previous:
                return f"entry {number} is not what its hash says"
        hashes = book.hashes()
        if book.head != note(checkpoint_text(book.origin, len(hashes), root(hashes)), key):
            return "the head is not the signed head of these entries"
        stored = {(r[0], r[1]): r[2] for r in book.db.execute("SELECT * FROM subtree")}
        if stored != subtrees(hashes):
            return "the subtrees are not those of these entries"
    return None
