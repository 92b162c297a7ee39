#!/usr/bin/env python3
"""Tests of scripts/reverify.py: the vector of audit-ledger(5), ledgers made here, and damage to both.

Run as `python3 tests/cli/reverify_test.py`. Nothing outside the repository is read.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Callable, Iterable

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "reverify.py"
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("reverify", SCRIPT)
assert spec and spec.loader
reverify: Any = importlib.util.module_from_spec(spec)
sys.modules["reverify"] = reverify
spec.loader.exec_module(reverify)

VECTOR = json.loads((ROOT / "tests" / "vectors" / "ledger-v1.json").read_text("utf-8"))
ORIGIN = VECTOR["key"]["origin"]
SEED = bytes.fromhex(VECTOR["key"]["seed"])
Row = dict[str, Any]
Damage = Callable[[sqlite3.Connection], Any]


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


# ---- Ed25519 signing, after RFC 8032 appendix A ----------------------------------------------------

def multiply(scalar: int) -> bytes:
    point, power = reverify.NEUTRAL, reverify.BASE
    while scalar:
        if scalar & 1:
            point = reverify.point_add(point, power)
        power, scalar = reverify.point_add(power, power), scalar >> 1
    return reverify.point_encode(point)


def expand(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    return (int.from_bytes(digest[:32], "little") & (1 << 254) - 8) | 1 << 254, digest[32:]


def public_key(seed: bytes) -> bytes:
    return multiply(expand(seed)[0])


def sign(seed: bytes, message: bytes) -> bytes:
    secret, prefix = expand(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little")
    encoded = multiply(r % reverify.L)
    k = int.from_bytes(hashlib.sha512(encoded + public_key(seed) + message).digest(), "little")
    return encoded + ((r + k * secret) % reverify.L).to_bytes(32, "little")


def key_data(seed: bytes) -> tuple[bytes, bytes]:
    data = b"\1" + public_key(seed)
    return sha256(ORIGIN.encode(), b"\n", data)[:4], data


def verifier_key(seed: bytes) -> str:
    key_id, data = key_data(seed)
    return f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(data).decode()}"


def note(size: int, root: bytes, *seeds: bytes, origin: str = ORIGIN) -> str:
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    lines = [f"\u2014 {origin} {base64.b64encode(key_data(s)[0] + sign(s, text.encode())).decode()}\n" for s in seeds]
    return text + "\n" + "".join(lines)


# ---- Making ledgers --------------------------------------------------------------------------------

def create(path: pathlib.Path, entries: Iterable[Row], words: list[str], head: str,
           checkpoints: Iterable[tuple[int, str]] = (), subtrees: Iterable[tuple[int, int, bytes]] = (),
           damage: Damage | None = None, late: Damage | None = None) -> None:
    """Writes the file; `damage` is done before the triggers are there, `late` when all is."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA page_size=16384")
    db.execute("PRAGMA synchronous=OFF")
    statements = {name: sql for _, name, _, sql in reverify.schema_rows()}
    tables = ("checkpoint", "entry", "head", "subtree", "word")
    for name in tables:
        db.execute(statements.pop(name))
    db.execute("BEGIN")
    for row in entries:
        db.execute(f"INSERT INTO entry({', '.join(row)}) VALUES({', '.join('?' * len(row))})", list(row.values()))
    db.executemany("INSERT INTO word VALUES(?, ?)", enumerate(words, 1))
    db.execute("INSERT INTO head VALUES(1, ?)", (head,))
    db.executemany("INSERT INTO checkpoint VALUES(?, ?)", checkpoints)
    db.executemany("INSERT INTO subtree VALUES(?, ?, ?)", subtrees)
    db.execute("COMMIT")
    if damage:
        damage(db)
    for _, sql in sorted(statements.items()):
        db.execute(sql)
    db.execute("PRAGMA application_id=0x61756474")
    db.execute("PRAGMA user_version=1")
    if late:
        late(db)
    db.close()


def cell(value: dict[str, str]) -> Any:
    (kind, text), = value.items()
    return int(text) if kind == "integer" else bytes.fromhex(text) if kind == "blob" else text


def vector_row(row: dict[str, dict[str, str]]) -> Row:
    return {name: cell(value) for name, value in row.items()}


def vector_rows() -> list[Row]:
    return [vector_row(entry["row"]) for entry in VECTOR["entries"]]


VECTOR_WORDS = [word["text"] for word in VECTOR["words"]]


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", root_of(leaves[:k]), root_of(leaves[k:]))


class Writer:
    """A small writer of ledgers that knows nothing of the verifier."""

    def __init__(self, rows: list[Row] | None = None, words: list[str] | None = None) -> None:
        self.rows, self.words = rows or [], words or []
        self.seeds = [SEED]
        self.key_sizes: dict[int, tuple[bytes, ...]] = {}
        self.signer: dict[int, bytes] = {}

    def word(self, text: str) -> int:
        if text not in self.words:
            self.words.append(text)
        return self.words.index(text) + 1

    def add(self, kind: str, payload: bytes | None, salts: bool = True, **columns: Any) -> Row:
        """An entry with a type and columns that are numbers; no own field but `user`."""
        seq = len(self.rows)
        salt_e, salt_p = (sha256(b"salt", bytes([i]), struct.pack(">Q", seq))[:16] for i in (1, 2))
        common = struct.pack(">HBI", 0x81, 1, len(kind)) + kind.encode()
        for name, tag in (("time", 0x82), ("tokens_in", 0x9D), ("position", 0xBA)):
            if name in columns:
                common += struct.pack(">HBIq", tag, 2, 8, columns[name])
        s = sha256(b"\x10", salt_e, b"\0")
        own = b""
        if "user" in columns:
            own = b"\0\x09" + sha256(b"\x11", s[16:], b"\0\x09\1", columns["user"].encode())
        f0 = sha256(b"\x11", s[:16], b"\0\0\0", common)
        e = sha256(b"\x12", struct.pack(">H", 1 if own else 0), f0, own)
        p = sha256(b"\x13", salt_p, b"\0" if payload is None else b"\1" + payload)
        received = columns.get("time", 1_700_000_000_000_000_000 + seq)
        previous = self.rows[-1]["hash"] if self.rows else bytes(32)
        row = {"seq": seq, "hash": sha256(b"\0audit\1", struct.pack(">Qq", seq, received), previous, e, p),
               "received": received, "salt_e": salt_e, "salt_p": salt_p, "type": self.word(kind), **columns,
               "stored": 0 if payload is None else 1, "payload": payload}
        self.rows.append(row)
        return row

    def created(self) -> Writer:
        self.add("sys.created", json.dumps({"format": 1, "ledger": "ab" * 16, "origin": ORIGIN,
                                            "key": verifier_key(SEED)}).encode(), time=1_700_000_000_000_000_000)
        return self

    def rotate(self, seed: bytes, previous: str = "") -> None:
        old = self.seeds[-1]
        self.add("sys.key", json.dumps({"key": verifier_key(seed), "previous": previous or verifier_key(old)}).encode())
        self.key_sizes[len(self.rows)] = (old, seed)
        self.seeds.append(seed)

    def erase(self, what: str, *entries: int, **other: Any) -> None:
        self.add("sys.erasure", json.dumps({"entries": entries, "what": what, "authority": "the court",
                                            "reason": "a request", **other}).encode())

    def leaves(self) -> list[bytes]:
        return [row["hash"] for row in self.rows]

    def note(self, size: int) -> str:
        return note(size, root_of(self.leaves()[:size]), *self.key_sizes.get(size, (self.seeds[-1],)))

    def save(self, path: pathlib.Path, damage: Damage | None = None, late: Damage | None = None) -> Writer:
        n, leaves = len(self.rows), self.leaves()
        sizes = sorted({*range(10_000, n + 1, 10_000), *self.key_sizes})
        subtrees = [(level, i, root_of(leaves[i * 256**level:(i + 1) * 256**level]))
                    for level in (1, 2) for i in range(n // 256**level)]
        create(path, self.rows, self.words, self.note(n), [(m, self.note(m)) for m in sizes], subtrees, damage, late)
        return self


def sql(statement: str, *values: Any) -> Damage:
    return lambda db: db.execute(statement, values)


def flip(column: str, seq: int, at: int = 0) -> Damage:
    """Changes one byte of a BLOB or TEXT."""
    def damage(db: sqlite3.Connection) -> None:
        (value,) = db.execute(f"SELECT {column} FROM entry WHERE seq = ?", (seq,)).fetchone()
        data = bytearray(value if isinstance(value, bytes) else value.encode())
        data[at] ^= 1
        db.execute(f"UPDATE entry SET {column} = ? WHERE seq = ?",
                   (bytes(data) if isinstance(value, bytes) else data.decode(), seq))
    return damage


def replace_row(row: Row) -> Damage:
    def damage(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM entry WHERE seq = ?", (row["seq"],))
        db.execute(f"INSERT INTO entry({', '.join(row)}) VALUES({', '.join('?' * len(row))})", list(row.values()))
    return damage


def steps(*damages: Damage) -> Damage:
    def damage(db: sqlite3.Connection) -> None:
        for one in damages:
            one(db)
    return damage


def verify(*arguments: str) -> tuple[int, str, set[str], str]:
    """Status, verdict, the findings as `kind seq`, and everything that was printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            status = reverify.main(list(arguments))
        except SystemExit as stop:
            status = stop.code
    lines = out.getvalue().splitlines()
    verdict = lines[-1].split(":")[0] if lines else ""
    return status, verdict, {" ".join(line.split(" ", 2)[:2]) for line in lines[:-1]}, out.getvalue()


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reverify"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder / "t.ledger"

    def tiny(self, damage: Damage | None = None, rows: list[Row] | None = None, late: Damage | None = None,
             head: str = VECTOR["head"], words: list[str] = VECTOR_WORDS) -> None:
        self.path.unlink(missing_ok=True)
        create(self.path, vector_rows() if rows is None else rows, words, head, damage=damage, late=late)

    def expect(self, verdict: str, *findings: str, status: int | None = None, options: Iterable[str] = ()) -> str:
        want = {"intact": 0, "unverifiable": 65}.get(verdict, 1) if status is None else status
        got = verify(*options, str(self.path))
        self.assertEqual((verdict, set(findings), want), (got[1], got[2], got[0]), got[3][:2000])
        return got[3]

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)


class Vector(Case):
    def test_intact(self) -> None:
        self.tiny()
        text = self.expect("intact")
        self.assertIn("3 entries", text)
        self.assertIn("self-declared", text)
        self.assertIn("unanchored", text)
        known = [v for n in VECTOR["notes"] for v in ("--known", self.file(f"note{n['size']}", n["note"]))]
        text = self.expect("intact", options=["--key", VECTOR["key"]["vkey"], *known])
        self.assertNotIn("self-declared", text)
        self.assertNotIn("unanchored", text)
        self.assertEqual(sorted(os.listdir(self.folder)), ["note1", "note2", "note3", "t.ledger"])

    def test_intermediate_digests(self) -> None:
        words = dict(enumerate(VECTOR_WORDS, 1))
        report = reverify.Report(False)
        decoder = reverify.Decoder(((i, reverify.Text(t.encode())) for i, t in words.items()), report)
        for entry in VECTOR["entries"]:
            row = vector_row(entry["row"])
            cells = [row.get(name) for name in reverify.ENTRY]
            decoded = decoder.decode(tuple(reverify.Text(c.encode()) if isinstance(c, str) else c for c in cells))
            self.assertEqual(decoded.envelope_digest().hex(), entry["E"])
            self.assertEqual(decoded.payload_digest().hex(), entry["P"])
        self.assertFalse(report.kinds)

    def test_hashing_alone(self) -> None:
        given = VECTOR["commitment"]
        salts = [bytes.fromhex(given[name]) for name in ("salt_e", "salt_p")]
        entry = reverify.Entry((1, None, int(given["received"]), *salts, *[None] * (len(reverify.ENTRY) - 7), 1, None))
        for item in given["common_items"] + given["own_items"]:
            field = reverify.Field("", int(item["tag"], 16), (), None, item in given["own_items"])
            entry.put(field, item["type"], bytes.fromhex(item["value"]))
        self.assertEqual(entry.envelope_digest().hex(), given["E"])
        for payload, name in ((given["payload"], "P"), ("", "P_of_empty_payload")):
            entry.content = bytes.fromhex(payload)
            self.assertEqual(entry.payload_digest().hex(), given[name])
        entry.content, entry.stored = None, 0
        self.assertEqual(entry.payload_digest().hex(), given["P_without_payload"])
        entry.common, entry.own = [], {}
        self.assertEqual(entry.envelope_digest().hex(), VECTOR["edge"]["E_empty"])

    def test_every_cell(self) -> None:
        more = vector_rows()[1]["more"]
        bad = {
            "received": sql("UPDATE entry SET received = received + 1 WHERE seq = 1"),
            "salt_e": flip("salt_e", 1), "salt_p": flip("salt_p", 1),
            "time": sql("UPDATE entry SET time = time + 1 WHERE seq = 1"),
            "no time": sql("UPDATE entry SET time = NULL WHERE seq = 1"),
            "event_id": flip("event_id", 1, 15), "no event_id": sql("UPDATE entry SET event_id = NULL WHERE seq = 1"),
            "user": sql("UPDATE entry SET user = 'Zoe' WHERE seq = 1"), "session": flip("session", 1, 3),
            "own to other": sql("UPDATE entry SET user = session, session = user WHERE seq = 1"),
            "trace": flip("trace", 1), "span": flip("span", 1), "tool_call_id": flip("tool_call_id", 1),
            "duration_us": sql("UPDATE entry SET duration_us = -1500 WHERE seq = 1"),
            "tokens_in": sql("UPDATE entry SET tokens_in = 0 WHERE seq = 1"),
            "position": sql("UPDATE entry SET position = 1 WHERE seq = 1"),
            "part_of": sql("UPDATE entry SET part_of = 0 WHERE seq = 1"),
            "own in more": flip("more", 1, 10),
            "common in more": flip("more", 1, more.index(bytes.fromhex("008e")) + 14),
            "list in more": flip("more", 1, more.index(b"evt-1")),
            "no more": sql("UPDATE entry SET more = NULL WHERE seq = 1"),
            "payload": flip("payload", 1, 50),
            "longer": sql("UPDATE entry SET payload = CAST(payload || ' ' AS BLOB) WHERE seq = 1"),
            "no payload": sql("UPDATE entry SET payload = NULL, stored = 0 WHERE seq = 1"),
            "empty payload": sql("UPDATE entry SET payload = X'' WHERE seq = 1"),
        }
        for name, damage in bad.items():
            with self.subTest(name):
                self.tiny(damage)
                self.expect("tampered", "entry 1")
        for name, damage, findings in (
                ("agent", sql("UPDATE entry SET agent = 4 WHERE seq = 1"), ["entry 1", "word 1", "word -"]),
                ("an empty payload is a payload", sql("UPDATE entry SET payload = X'', stored = 1 WHERE seq = 2"),
                 ["entry 2"]),
                ("hash", flip("hash", 1), ["hash 1", "head -"]),
                ("last hash", flip("hash", 2), ["entry 2", "head -"]),
                ("hash and content", steps(flip("hash", 1), flip("payload", 1)), ["entry 1", "chain 2", "head -"]),
                ("short hash", sql("UPDATE entry SET hash = X'00' WHERE seq = 1"), ["encoding 1", "hash 1"]),
                ("payload of entry 0", flip("payload", 0, 160), ["entry 0", "key 0", "signature -"]),
                ("text of a word", sql("UPDATE word SET text = 'Refund' WHERE id = 5"), ["entry 1", "chain 2"])):
            with self.subTest(name):
                self.tiny(damage)
                self.expect("tampered", *findings)
        self.tiny(flip("payload", 0, VECTOR["entries"][0]["payload_text"].index("0f1f2")))
        self.expect("tampered", "entry 0")  # the id of the ledger

    def test_rows(self) -> None:
        copy = {**vector_rows()[2], "seq": 3}
        swapped = [{**row, "seq": {1: 2, 2: 1}.get(row["seq"], 0)} for row in vector_rows()]
        for name, rows, findings in (
                ("missing", [vector_rows()[0], vector_rows()[2]], ["missing 1", "word 2", "word -"]),
                ("first missing", vector_rows()[1:], ["missing 0", "word 1", "word -"]),
                ("extra", [*vector_rows(), copy], ["entry 3", "head -"]),
                ("negative", [{**copy, "seq": -5}, *vector_rows()], ["order -5"]),
                ("swapped", swapped, ["entry 1", "chain 2", "word 1", "head -"]),
                ("moved", [*vector_rows()[:2], {**copy, "seq": 5}], ["missing 2", "missing 3", "missing 4", "head -"]),
                ("tail", vector_rows()[:2], ["missing 2", "head -", "word -"]),
                ("none", [], ["missing 0", "missing 1", "missing 2", "word -"])):
            with self.subTest(name):
                self.tiny(rows=rows)
                self.expect("tampered", *findings)
        far = {**copy, "seq": (1 << 63) - 1}
        self.tiny(rows=[*vector_rows(), far])
        status, verdict, findings_, text = verify(str(self.path))
        self.assertEqual((status, verdict), (1, "tampered"))
        self.assertTrue({"missing 3", "missing 4", "checkpoint -"} <= findings_)
        self.assertLess(len(text), 1 << 20)

    def test_schema(self) -> None:
        for name, damage in {
                "table": sql("CREATE TABLE other(x)"), "index": sql("CREATE INDEX i ON entry(type)"),
                "view": sql("CREATE VIEW w AS SELECT 1"), "statistics": sql("ANALYZE"),
                "no trigger": sql("DROP TRIGGER word_delete"), "no view": sql("DROP VIEW event"),
                "no table": sql("DROP TABLE head"),
                "trigger": sql("CREATE TRIGGER t BEFORE INSERT ON head BEGIN SELECT 1; END"),
                "other trigger": steps(sql("DROP TRIGGER word_update"), sql(
                    "CREATE TRIGGER word_update BEFORE UPDATE ON word BEGIN SELECT 1; END")),
                "other column": sql("ALTER TABLE entry ADD COLUMN x BLOB")}.items():
            with self.subTest(name):
                self.tiny(late=damage)
                self.expect("tampered", "schema -")

    def test_words(self) -> None:
        for name, damage, findings in (
                ("unused", sql("INSERT INTO word VALUES(11, 'x')"), ["word -"]),
                ("hole", sql("INSERT INTO word VALUES(12, 'x')"), ["word -"]),
                ("zero", sql("INSERT INTO word VALUES(0, 'x')"), ["word -"]),
                ("twice", sql("INSERT INTO word VALUES(11, 'ok')"), ["word -"]),
                ("gone", sql("DELETE FROM word WHERE id = 10"), ["encoding 2", "entry 2"]),
                ("order", steps(sql("UPDATE word SET id = 99 WHERE id = 9"),
                                sql("UPDATE word SET id = 9 WHERE id = 10"),
                                sql("UPDATE word SET id = 10 WHERE id = 99"),
                                sql("UPDATE entry SET type = 10, status = 9 WHERE seq = 2")), ["word 2"]),
                ("not UTF-8", sql("UPDATE word SET text = CAST(X'ff' AS TEXT) WHERE id = 10"), ["word -", "entry 2"]),
                ("empty", sql("UPDATE word SET text = '' WHERE id = 10"), ["word -", "entry 2"]),
                ("long", sql("UPDATE word SET text = ? WHERE id = 10", "x" * 256), ["word -", "entry 2"])):
            with self.subTest(name):
                self.tiny(damage)
                self.expect("tampered", *findings)

    def test_encodings_of_the_same_values(self) -> None:
        more = vector_rows()[1]["more"]
        parts = [more[:19], more[19:42], more[42:]]
        for name, damage, findings in (
                ("event_id as TEXT", sql("UPDATE entry SET event_id = '0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911' "
                                         "WHERE seq = 1"), ["encoding 1"]),
                ("trace as TEXT", sql("UPDATE entry SET trace = lower(hex(trace)) WHERE seq = 1"), ["encoding 1"]),
                ("span as BLOB", sql("UPDATE entry SET span = CAST(span AS BLOB) WHERE seq = 2"), ["entry 2"]),
                ("word as TEXT", sql("UPDATE entry SET status = 'error' WHERE seq = 2"), ["encoding 2", "word -"]),
                ("word as REAL", sql("UPDATE entry SET status = 10.5 WHERE seq = 2"),
                 ["encoding 2", "entry 2", "word -"]),
                ("empty more", sql("UPDATE entry SET more = X'' WHERE seq = 0"), ["encoding 0"]),
                ("more out of order", sql("UPDATE entry SET more = ? WHERE seq = 1", parts[1] + parts[0] + parts[2]),
                 ["encoding 1"]),
                ("more cut", sql("UPDATE entry SET more = ? WHERE seq = 1", more[:-1]), ["encoding 1", "entry 1"]),
                ("twice", sql("UPDATE entry SET more = ? WHERE seq = 1", parts[0] + more), ["encoding 1"]),
                ("column in more", sql("UPDATE entry SET user = NULL, more = ? WHERE seq = 1",
                                       bytes.fromhex("000901000000045a6fc3ab") + more), ["encoding 1", "entry 1"]),
                ("unknown tag", sql("UPDATE entry SET more = ? WHERE seq = 1",
                                    more + bytes.fromhex("00c9010000000178")),
                 ["encoding 1", "entry 1"]),
                ("bool 2", sql("UPDATE entry SET more = X'009702000000080000000000000002' WHERE seq = 2"),
                 ["encoding 2", "entry 2"]),
                ("empty text", sql("UPDATE entry SET session = '' WHERE seq = 1"), ["encoding 1", "entry 1"]),
                ("not UTF-8", sql("UPDATE entry SET session = CAST(X'c0af' AS TEXT) WHERE seq = 1"),
                 ["encoding 1", "entry 1"]),
                ("too long", sql("UPDATE entry SET session = ? WHERE seq = 1", "x" * 65_537),
                 ["encoding 1", "entry 1"]),
                ("stored 0 with payload", sql("UPDATE entry SET payload = X'00' WHERE seq = 2"), ["encoding 2"]),
                ("stored 1 without", sql("UPDATE entry SET payload = NULL WHERE seq = 1"), ["encoding 1", "entry 1"]),
                ("short salt", sql("UPDATE entry SET salt_e = X'00' WHERE seq = 1"), ["encoding 1", "entry 1"]),
                ("content taken out", sql("UPDATE entry SET payload = NULL, stored = 3 WHERE seq = 1"),
                 ["encoding 1", "entry 1"])):
            with self.subTest(name):
                self.tiny(damage)
                self.expect("tampered", *findings)

    def test_notes(self) -> None:
        head = VECTOR["head"]
        text, _, line = head.partition("\n\n")
        size2 = VECTOR["notes"][1]["note"]
        foreign = note(3, bytes.fromhex(VECTOR["tree"]["root"]), b"x" * 32)
        for name, changed, findings in (
                ("wrong root, signed", note(3, bytes(32), SEED), ["head -"]),
                ("wrong root", head.replace("zOC/", "zOD/"), ["head -", "signature -"]),
                ("old head", size2, ["head -"]),
                ("later head", note(5, bytes(32), SEED), ["head -", "missing 3", "missing 4"]),
                ("other origin", note(3, bytes.fromhex(VECTOR["tree"]["root"]), SEED, origin="x"),
                 ["head -", "signature -"]),
                ("foreign key", foreign, ["signature -"]),
                ("two signatures", head + line, ["signature -"]),
                ("no signature", text + "\n\n", ["signature -"]),
                ("wrong signature", head.replace("ZHenj", "ZHenk"), ["signature -"]),
                ("more text", text + "\nmore\n\n" + line, ["signature -"]),
                ("hyphen", head.replace("\u2014", "-"), ["signature -"]),
                ("no last line feed", head[:-1], ["signature -"]),
                ("base64", head.replace("E1Y=", "E1Z="), ["head -", "signature -"]),
                ("leading zero", head.replace("\n3\n", "\n03\n"), ["head -", "signature -"]),
                ("empty", "", ["head -", "signature -"])):
            with self.subTest(name):
                self.tiny(head=changed)
                self.expect("tampered", *findings)
        for name, damage, findings in (
                ("no head", sql("DELETE FROM head"), ["head -"]),
                ("superfluous", sql("INSERT INTO checkpoint VALUES(2, ?)", size2), ["checkpoint -"]),
                ("of size 0", sql("INSERT INTO checkpoint VALUES(0, ?)", size2), ["checkpoint -"]),
                ("behind", sql("INSERT INTO checkpoint VALUES(10000, ?)", size2), ["checkpoint -"]),
                ("subtree", sql("INSERT INTO subtree VALUES(1, 0, ?)", bytes(32)), ["subtree -"]),
                ("level 0", sql("INSERT INTO subtree VALUES(0, 0, ?)", bytes(32)), ["subtree -"])):
            with self.subTest(name):
                self.tiny(damage)
                self.expect("tampered", *findings)

    def test_known_and_key(self) -> None:
        cut = vector_rows()[:2]
        self.tiny(rows=cut, words=VECTOR_WORDS[:8], head=VECTOR["notes"][1]["note"])
        self.expect("intact")
        kept = self.file("kept", VECTOR["head"])
        self.expect("rolled-back", "rolled-back -", options=["--known", kept])
        self.tiny()
        forked = self.file("forked", note(2, bytes(32), SEED))
        self.expect("forked", "forked -", options=["--known", kept, "--known", forked])
        self.expect("unverifiable", options=["--known", self.file("zero", note(0, sha256()))])
        self.expect("tampered", "key -", options=["--key", verifier_key(b"x" * 32)])
        keys = self.file("keys", f"{VECTOR['key']['vkey']}\n")
        self.expect("intact", options=["--key", keys])
        other = self.file("other", note(2, bytes(32), SEED, origin="other.example"))
        self.expect("intact", status=2, options=["--known", other])
        for options in (["--known", self.file("text", "a\nb\nc\n")], ["--key", "a+b+c"], ["--what"],
                        ["--key", VECTOR["key"]["vkey"].replace("48adbd64", "48adbd65")]):
            self.assertEqual(verify(*options, str(self.path))[0], 2, options)
        self.assertEqual(verify("--known", str(self.folder / "none"), str(self.path))[0], 66)

    def test_unverifiable(self) -> None:
        self.tiny(sql("UPDATE entry SET stored = 7 WHERE seq = 1"))
        self.expect("unverifiable")
        frame = bytes.fromhex("28b52ffd2002110000") + b"{}"  # one raw block
        self.tiny(sql("UPDATE entry SET stored = 2, payload = ? WHERE seq = 1", frame))
        self.expect("unverifiable")
        for other in (b"", b"{}", frame[:4], b"\x28\xb5\x2f\xfd\0X" + frame[5:], frame[:4] + b"\x21\7" + frame[5:]):
            self.tiny(sql("UPDATE entry SET stored = 2, payload = ? WHERE seq = 1", other))
            self.expect("tampered", "encoding 1")
        self.tiny(late=sql("PRAGMA user_version=2"))
        self.assertIn("version 2", self.expect("unverifiable"))
        self.tiny(late=sql("PRAGMA application_id=1"))
        self.expect("unverifiable")
        self.path.unlink()
        create(self.path, [], [], "", damage=sql("DELETE FROM head"))
        self.expect("unverifiable")
        self.path.write_bytes(b"")
        self.expect("unverifiable")
        self.path.write_bytes(b"SQLite format 3\0" + bytes(52) + b"audt" + bytes(28))
        self.expect("unverifiable")
        self.tiny()
        self.file("t.ledger-journal", "x")
        self.expect("unverifiable")
        self.assertEqual(verify(str(self.folder / "none"))[0], 66)

    def test_structure(self) -> None:
        self.tiny()
        good = self.path.read_bytes()
        db = sqlite3.connect(self.path)
        page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'").fetchone()[0]
        db.close()
        data = bytearray(good)
        data[(page - 1) * 16384 + 3] ^= 0xFF  # the number of cells
        self.path.write_bytes(data)
        status, verdict, findings, text = verify(str(self.path))
        self.assertEqual((status, verdict), (1, "tampered"), text)
        self.assertIn("structure -", findings)
        self.path.write_bytes(good[:-16384])
        self.assertEqual(verify(str(self.path))[:2], (1, "tampered"))
        self.path.write_bytes(good + bytes(16384))
        self.expect("intact")  # SQLite does not read what lies behind its last page

    def test_json(self) -> None:
        self.tiny(flip("payload", 1))
        run = subprocess.run([sys.executable, SCRIPT, "--json", self.path], capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual(run.returncode, 1)
        self.assertEqual([line["kind"] for line in lines[:-1]], ["entry"])
        self.assertEqual(lines[0]["seq"], 1)
        self.assertEqual((lines[-1]["verdict"], lines[-1]["entries"]), ("tampered", 3))

    def test_log(self) -> None:
        """What is only in the -wal counts, and nothing is made beside the ledger."""
        self.tiny()
        writer = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(writer.close)
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.execute("UPDATE head SET note = ?", (VECTOR["notes"][1]["note"],))
        copy = self.folder / "copy"
        copy.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(str(self.path) + suffix, copy / ("t.ledger" + suffix))
        self.path = copy / "t.ledger"
        self.assertIn("-wal", self.expect("tampered", "head -"))
        self.assertEqual(sorted(os.listdir(copy)), ["t.ledger", "t.ledger-wal"])
        (copy / "t.ledger-wal").write_bytes(b"")
        self.expect("intact")
        self.assertEqual(sorted(os.listdir(copy)), ["t.ledger", "t.ledger-wal"])


class Erasure(Case):
    def test_vector(self) -> None:
        for erased in VECTOR["erased"]:
            row, what, k = vector_row(erased["row"]), erased["what"], erased["entry"]
            with self.subTest(f"{k} {what}"):
                self.tiny(replace_row(row))
                self.expect("tampered", f"erasure {k}")
                writer = Writer(vector_rows(), list(VECTOR_WORDS))
                writer.erase(what, k)
                self.path.unlink()
                writer.save(self.path, replace_row(row))
                self.expect("intact")
                self.path.unlink()
                writer.save(self.path)  # the content is there again
                self.expect("tampered", f"erasure-undone {k}")
                self.path.unlink()
                writer.save(self.path, replace_row({**row, "hash": bytes(32)}))
                self.expect("tampered", f"hash {k}", "head -")

    def test_more_or_less_than_named(self) -> None:
        rows = {(e["entry"], e["what"]): vector_row(e["row"]) for e in VECTOR["erased"]}
        for name, words, row, findings in (
                ("user too", ["payload"], rows[1, "user"], ["erasure 1"]),
                ("not user", ["user"], rows[1, "payload"], ["erasure-undone 1"]),
                ("as a whole", ["payload"], rows[1, "entry"], ["erasure 1"]),
                ("not as a whole", ["payload", "entry"], rows[1, "payload"], ["erasure-undone 1"]),
                ("both", ["payload", "user"], rows[1, "user"], []),
                ("the payload is back", ["user"], {**rows[1, "user"], "payload": b"x", "stored": 1},
                 ["encoding 1", "erasure-undone 1"]),
                ("a value is back", ["user"], {**rows[1, "user"], "user": "Zo\u00eb"}, ["encoding 1"]),
                ("a field is back", ["entry"], {**rows[1, "entry"], "user": "Zo\u00eb"}, ["encoding 1"]),
                ("a salt is back", ["payload"], {**rows[1, "payload"], "salt_p": bytes(16)}, ["encoding 1"]),
                ("kept is longer", ["payload"], {**rows[1, "payload"], "kept": rows[1, "payload"]["kept"] + b"x"},
                 ["encoding 1", "entry 1"]),
                ("kept is shorter", ["payload"], {**rows[1, "payload"], "kept": rows[1, "payload"]["kept"][:-1]},
                 ["encoding 1", "entry 1"]),
                ("kept differs", ["payload"], {**rows[1, "payload"], "kept": rows[1, "payload"]["kept"][:-1] + b"x"},
                 ["entry 1"]),
                ("flags 4", ["entry"], {**rows[1, "entry"], "kept": b"\4" + bytes(32)},
                 ["encoding 1", "entry 1", "word 2", "word -"])):
            with self.subTest(name):
                writer = Writer(vector_rows(), list(VECTOR_WORDS))
                for what in words:
                    writer.erase(what, 1)
                self.path.unlink(missing_ok=True)
                writer.save(self.path, replace_row(row))
                self.expect("tampered" if findings else "intact", *findings)

    def test_only_a_payload(self) -> None:
        """Flags 1: nothing marked content was there. A payload that never was stays as it is."""
        writer = Writer().created()
        row = writer.add("note", b"secret", user="u")
        writer.add("note", None)
        writer.erase("payload", 1, 2)
        kept = b"\1" + sha256(b"\x13", row["salt_p"], b"\1secret")
        writer.save(self.path, replace_row({**row, "salt_p": None, "payload": None, "stored": 3, "kept": kept}))
        self.expect("intact")

    def test_system(self) -> None:
        cases: list[tuple[str, dict[str, Any], list[str]]] = [
            ("what", {"what": "agent"}, ["system 3"]), ("entries", {"entries": []}, ["system 3"]),
            ("order", {"entries": [2, 1]}, ["system 3"]), ("itself", {"entries": [3]}, ["system 3"]),
            ("real", {"entries": [1.0]}, ["system 3"]), ("authority", {"authority": ""}, ["system 3"]),
            ("reason", {"reason": 5}, ["system 3"]), ("surrogate", {"reason": "\ud800"}, ["system 3"]),
            ("unknown members", {"x": [{"a": 1}] * 3}, []), ("deep", {"x": json.loads("[" * 199 + "]" * 199)}, []),
            ("too deep", {"x": json.loads("[" * 200 + "]" * 200)}, ["system 3"]),
            ("protected", {"entries": [0]}, ["system 3", "erasure-undone 0"])]
        for name, changed, findings in cases:
            with self.subTest(name):
                writer = Writer().created()
                writer.add("note", None)
                writer.add("note", None)
                body = {"entries": [1], "what": "payload", "authority": "a", "reason": "r", **changed}
                writer.add("sys.erasure", json.dumps(body).encode())
                self.path.unlink(missing_ok=True)
                writer.save(self.path)
                self.expect("tampered" if findings else "intact", *findings)
        for name, payload, columns, findings in (
                ("no payload", None, {}, ["system 1"]), ("two lines", b"{}\n", {}, ["system 1"]),
                ("twice", b'{"a":1,"a":1}', {}, ["system 1"]), ("array", b"[]", {}, ["system 1"]),
                ("no JSON", b"{'a':1}", {}, ["system 1"]), ("NaN", b'{"a":NaN}', {}, ["system 1"]),
                ("not UTF-8", b'{"a":"\xff"}', {}, ["system 1"]), ("fine", b'{"a":1e99}', {}, [])):
            with self.subTest(name):
                writer = Writer().created()
                writer.add("sys.anything", payload, **columns)
                self.path.unlink(missing_ok=True)
                writer.save(self.path)
                self.expect("tampered" if findings else "intact", *findings)
        writer = Writer().created()
        writer.created()
        self.path.unlink()
        writer.save(self.path)
        self.expect("tampered", "system 1")


class Keys(Case):
    def test_rotation(self) -> None:
        def made() -> Writer:
            writer = Writer().created()
            writer.add("note", b"1")
            writer.rotate(b"2" * 32)
            writer.add("note", b"2")
            return writer
        made().save(self.path)
        for seed in (SEED, b"2" * 32):
            self.expect("intact", options=["--key", verifier_key(seed)])
        self.expect("tampered", "key -", options=["--key", verifier_key(b"3" * 32)])
        writer = made()
        root3, root4 = root_of(writer.leaves()[:3]), root_of(writer.leaves())
        for name, damage, findings in (
                ("removed", sql("DELETE FROM checkpoint"), ["checkpoint -"]),
                ("only the old key", sql("UPDATE checkpoint SET note = ?", note(3, root3, SEED)), ["signature -"]),
                ("in the other order", sql("UPDATE checkpoint SET note = ?", note(3, root3, b"2" * 32, SEED)),
                 ["signature -"]),
                ("old key in head", sql("UPDATE head SET note = ?", note(4, root4, SEED)), ["signature -"]),
                ("both keys in head", sql("UPDATE head SET note = ?", note(4, root4, SEED, b"2" * 32)),
                 ["signature -"])):
            with self.subTest(name):
                self.path.unlink()
                made().save(self.path, damage)
                self.expect("tampered", *findings)
        for name, seed, previous, findings in (
                ("wrong previous", b"2" * 32, verifier_key(b"9" * 32), ["key 1"]), ("same key", SEED, "", ["key 1"])):
            with self.subTest(name):
                writer = Writer().created()
                writer.rotate(seed, previous)
                self.path.unlink()
                writer.save(self.path)
                self.expect("tampered", *findings)
        writer = Writer().created()  # twice in a row, and as the last entry
        writer.rotate(b"2" * 32)
        writer.rotate(b"3" * 32)
        self.path.unlink()
        writer.save(self.path)
        self.expect("intact")

    def test_ed25519(self) -> None:
        key = reverify.parse_key(VECTOR["key"]["vkey"])
        for message, signature in ((b"", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                                         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),):
            good = bytes.fromhex(signature)
            self.assertTrue(reverify.signature_valid(key, good, message))
            self.assertFalse(reverify.signature_valid(key, good, b"x"))
            s = int.from_bytes(good[32:], "little") + reverify.L
            self.assertFalse(reverify.signature_valid(key, good[:32] + s.to_bytes(32, "little"), message))
            self.assertFalse(reverify.signature_valid(key, good + b"\0", message))
        p = reverify.P
        for y in (0, 1, p - 1, p, p + 1, (1 << 255) | 1, 2, (1 << 255) | (p - 1),
                  0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7):
            with self.assertRaises(ValueError, msg=hex(y)):
                reverify.public_point(y.to_bytes(32, "little"))


class Large(Case):
    """One ledger that is large enough for rows in checkpoint and at two levels of subtree."""

    def test_large(self) -> None:
        writer = Writer().created()
        for i in range(65_600):
            writer.add("note", None, position=i)
        whole = self.path
        writer.save(whole)
        self.expect("intact")
        self.path = self.folder / "damaged"
        triggers = [(name, text) for kind, name, _, text in reverify.schema_rows() if kind == "trigger"]
        for name, damage, findings in (
                ("checkpoint", sql("DELETE FROM checkpoint WHERE size = 20000"), ["checkpoint -"]),
                ("all checkpoints", sql("DELETE FROM checkpoint"), ["checkpoint -"]),
                ("subtree", sql("DELETE FROM subtree WHERE level = 1 AND number = 7"), ["subtree -"]),
                ("level 2", sql("DELETE FROM subtree WHERE level = 2"), ["subtree -"]),
                ("other root", sql("UPDATE subtree SET hash = zeroblob(32) WHERE number = 255"), ["subtree -"]),
                ("one more", sql("INSERT INTO subtree VALUES(1, 256, zeroblob(32))"), ["subtree -"]),
                ("swapped checkpoints", sql("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE "
                                            "size = 30000) WHERE size = 20000"), ["checkpoint -"]),
                ("missing", sql("DELETE FROM entry WHERE seq = 15000"), ["missing 15000"]),
                ("two entries", sql("UPDATE entry SET position = 0 WHERE seq IN (100, 65600)"),
                 ["entry 100", "entry 65600"]),
                ("many", sql("UPDATE entry SET position = 0 WHERE seq BETWEEN 60000 AND 60999"),
                 ["entry 60000", *(f"chain {i}" for i in range(60001, 61000))])):
            with self.subTest(name):
                shutil.copy(whole, self.path)
                db = sqlite3.connect(self.path)
                for trigger, _ in triggers:
                    db.execute(f"DROP TRIGGER {trigger}")
                damage(db)
                for _, text in triggers:
                    db.execute(text)
                db.commit()
                db.close()
                self.expect("tampered", *findings)


class Proofs(Case):
    """The published proof and those that must be refused; see tests/vectors/proofs/README.md."""

    VECTORS = ROOT / "tests" / "vectors"
    GOOD = VECTORS / "notes" / "ledger-8-index-5.tlog-proof"

    def judge(self, name: str, verdict: str, *findings: str, known: str = "", leaf: bytes = b"@ABC",
              key: bool = True) -> str:
        (self.folder / "leaf").write_bytes(leaf)
        options = ["--leaf", str(self.folder / "leaf")]
        options += ["--key", VECTOR["key"]["vkey"]] if key else []
        options += ["--known", str(self.VECTORS / "notes" / known)] if known else []
        got = verify(*options, str(self.VECTORS / name))
        want = {"intact": 0, "unverifiable": 65}.get(verdict, 1)
        self.assertEqual((verdict, set(findings), want), (got[1], got[2], got[0]), got[3])
        return got[3]

    def test_good(self) -> None:
        good = "notes/ledger-8-index-5.tlog-proof"
        self.assertIn("unanchored", self.judge(good, "intact"))
        self.assertNotIn("unanchored", self.judge(good, "intact", known="ledger-8.note"))
        self.judge(good, "tampered", "proof 5", leaf=b"@ABD")
        self.assertIn("--key", self.judge(good, "unverifiable", key=False))
        self.assertIn("--leaf", verify("--key", VECTOR["key"]["vkey"], str(self.GOOD))[3])

    def test_refused(self) -> None:
        self.judge("proofs/malleable.tlog-proof", "tampered", "signature -")
        self.assertIn("base64", self.judge("proofs/lax-base64.tlog-proof", "unverifiable"))
        self.judge("proofs/other-witness.tlog-proof", "intact")

    def test_histories(self) -> None:
        self.judge("proofs/fork.tlog-proof", "intact")
        self.judge("proofs/fork.tlog-proof", "forked", "forked -", known="ledger-8.note")
        self.judge("proofs/rewritten.tlog-proof", "forked", "forked -", known="ledger-7.note")
        self.judge("proofs/rewritten.tlog-proof", "unverifiable", known="ledger-8.note")
        self.judge("proofs/size-7.tlog-proof", "intact", known="ledger-7.note")
        text = self.judge("proofs/older.tlog-proof", "unverifiable", known="ledger-8.note", leaf=b"\0")
        self.assertIn("older", text)

    def test_extra(self) -> None:
        """A proof of the ledger in the page: its leaf data is in the file."""
        leaf = bytes.fromhex("617564697401000000000000000217979cfead5f94001b919671c2aa1a1f1e76080be34e914a0793792d7654"
                             "acf4b3063d2463e93a7af054f8596ae3a7bd9384d2d7818400d70dba78e0b4bdebacc419d2b7a90479ac04"
                             "c288022fa90e675119c24ba5e59cf04ac4995d17c9211027d298bfaa41a16a")
        sibling = bytes.fromhex("0989acff10165054fa5385db1eb675b4890b781671cd05ed0f32eb3aa0c3989f")
        lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(leaf).decode(), "index 2",
                 base64.b64encode(sibling).decode(), "", VECTOR["head"]]
        good = "\n".join(lines)
        key = ["--key", VECTOR["key"]["vkey"]]
        self.assertEqual(verify(*key, self.file("p", good))[0], 0)
        for wrong in (good.replace("index 2", "index 1"), good.replace("extra YX", "extra ZX"), good[:-20],
                      good.replace("\n3\n", "\n4\n"), good.replace("index", "Index"), good + "\n", good[1:],
                      good.replace(lines[3], lines[3] + "\n" + lines[3])):
            self.assertNotEqual(verify(*key, self.file("p", wrong))[0], 0, wrong)
        for at in range(len(good)):
            wrong = good[:at] + chr(ord(good[at]) ^ 1) + good[at + 1:]
            if verify(*key, self.file("p", wrong))[0] == 0:
                self.fail(f"byte {at}")


if __name__ == "__main__":
    unittest.main()
