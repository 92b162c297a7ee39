#!/usr/bin/env python3
"""An independent verifier of ledger files of format 1, of proofs and of evidence bundles, written from audit-ledger(5)
and audit-bundle(5) alone.

usage: reverify.py [--key VKEY|FILE]... [--known CHECKPOINT]... [--leaf FILE] [--json] LEDGER|PROOF|BUNDLE|FORK

Shares no code with audit(1) and needs nothing but the standard library of Python 3.11. Prints one line for
each finding, `kind seq message` (seq is `-` where no entry is meant), then the verdict. Exit status: 0 intact,
1 tampered, rolled-back or forked, 65 unverifiable, 66 no such file, 2 bad usage. Payloads that are stored as
Zstandard frames cannot be expanded here: with such an entry the verdict is unverifiable at best, as the page says.
A proof of one entry (PROOFS) is recognised by its first line and needs --key; --leaf gives the leaf data of one that
does not carry it. A bundle is recognised by its first bytes, and so is fork evidence, which needs --key.
Cosignatures (keys of type 4) are checked in bundles.

Names in capitals in the comments are sections of that page; `step n` is a step of its HOW TO VERIFY.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import itertools
import json
import os
import pathlib
import re
import sqlite3
import struct
import sys
from collections import Counter
from typing import Any, Iterator, NamedTuple

MAX_VALUE, MAX_WORDS, MAX_WORD, CHECKPOINT_EVERY = 65_536, 65_536, 255, 10_000
MAX_PAYLOAD = 16_778_240
MAX_ROW = 128 << 20  # what SQLite may hand over as one row; the page sets no limit for a whole `more`
MAX_NAMED = 1_000  # so many of one run of missing numbers are named singly: an enemy chooses how many there are


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def shown(value: Any) -> str:
    """Hostile text for a message: one line, ASCII, not long."""
    text = ascii(value[:100].decode("utf-8", "replace") if isinstance(value, bytes) else value)
    return text if len(text) <= 80 else text[:77] + "..."


def well_formed(data: bytes) -> bool:
    try:
        return data.decode("utf-8") is not None
    except UnicodeDecodeError:
        return False


def un_base64(text: bytes) -> bytes:
    """Notation: the one canonical spelling, or ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data) != text:
        raise ValueError("not canonical base64")
    return data


STEP = 10_000  # instructions of SQLite between two looks at how many there were
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)  # the latter: a message of SQLite that quotes the file


class Text(bytes):
    """A TEXT cell, undecoded. A BLOB cell is plain bytes: the two are different values."""


class Stop(Exception):
    """Nothing more can be checked; the reason makes the verdict unverifiable."""


class Report:
    """Prints each finding when it is made, and remembers what the verdict needs."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.kinds: Counter[str] = Counter()
        self.doubts: Counter[str] = Counter()  # what was not understood or could not be checked
        self.remarks: list[str] = []

    def finding(self, kind: str, seq: int | None, message: str) -> None:
        self.kinds[kind] += 1
        print(json.dumps({"kind": kind, "seq": seq, "message": message}) if self.as_json else
              f"{kind} {'-' if seq is None else seq} {message}")

    def missing(self, first: int, last: int) -> None:
        for seq in range(first, min(last, first + MAX_NAMED - 1) + 1):
            self.finding("missing", seq, f"entry {seq} is missing")
        if last >= first + MAX_NAMED:
            self.finding("missing", first + MAX_NAMED, f"and all entries from here to {last}")

    def verdict(self, entries: int) -> int:
        """Step 12."""
        if self.kinds:
            mild = [kind for kind in ("forked", "rolled-back") if kind in self.kinds]
            word, status = mild[0] if mild and len(mild) == len(self.kinds) else "tampered", 1
        else:
            word, status = ("unverifiable", 65) if self.doubts else ("intact", 0)
        why = [f"{text} ({n} times)" if n > 1 else text for text, n in self.doubts.items()] + self.remarks
        findings = sum(self.kinds.values())
        print(json.dumps({"verdict": word, "entries": entries, "findings": findings, "remarks": why}) if self.as_json
              else "; ".join([f"{word}: {entries} entries, {findings} findings", *why]))
        return status


# ---- FIELDS ---------------------------------------------------------------------------------------

NAMES = """type time event_id agent agent_version team environment region user session trace span parent
    step links request_id correlation_id model provider tool tool_call_id action side_effect resource
    destination status error duration_us tokens_in tokens_out tokens_cache_read tokens_cache_write
    tokens_reasoning cost_nano policy rule rule_version decision requires_approval approval approver
    approval_expires reason risk risk_score confidence intent purpose basis data_class subject
    payload_hash shown_hash prompt_hash digest format source position part_of flags states redactions
    mapping service host hold currency part_offset part_index record_end set_by_user schema""".split()
INT = set("""time step duration_us tokens_in tokens_out tokens_cache_read tokens_cache_write tokens_reasoning
    cost_nano approval_expires risk_score confidence position part_of part_offset part_index record_end""".split())
BOOL, HASH = {"side_effect", "requires_approval"}, {"payload_hash", "shown_hash", "prompt_hash", "digest"}
LIST = {"links", "flags", "states", "redactions", "set_by_user"}
CONTENT = {"error", "reason", "intent", "payload_hash", "shown_hash"}
OWN = CONTENT | {"user", "session", "resource", "destination", "approver", "subject", "prompt_hash"}
# How a column stores its field: an id of the table word, a UUID or hexadecimal digits as a BLOB, or the value.
STORED_AS = {name: how for how, names in {
    "word": "type agent environment model provider tool status policy decision approval risk format source",
    "uuid": "event_id", "hex": "trace span parent", "text": "user session tool_call_id",
    "int": "time duration_us tokens_in tokens_out cost_nano position part_of"}.items() for name in names.split()}


class Field(NamedTuple):
    name: str
    tag: int
    codes: tuple[int, ...]  # the type bytes it may have
    column: str | None  # how its column stores it; None: it has its place in `more`
    own: bool


FIELDS = [Field(name, number if name in OWN else 0x80 + number,
                (2,) if name in INT | BOOL else (3, 1) if name in HASH else (1,), STORED_AS.get(name), name in OWN)
          for number, name in enumerate(NAMES, 1)]
BY_TAG = {field.tag: field for field in FIELDS}
COLUMNS = [field for field in FIELDS if field.column]

# ---- TABLES ---------------------------------------------------------------------------------------

ENTRY = ["seq", "hash", "received", "salt_e", "salt_p", *(field.name for field in COLUMNS), "more", "kept", "stored",
         "payload"]


def schema_rows() -> set[tuple[str, str, str, str]]:
    """The 14 rows of sqlite_schema: type, name, tbl_name, sql."""
    types = {"word": "ANY", "uuid": "ANY", "hex": "ANY", "text": "TEXT", "int": "INTEGER"}
    columns = ", ".join(f"{field.name} {types[field.column or '']}" for field in COLUMNS)
    uuid = " || '-' || ".join(f"substr(hex({{0}}), {part})" for part in ("1, 8", "9, 4", "13, 4", "17, 4", "21"))
    views = {"word": "iif(typeof({0}) = 'integer', (SELECT text FROM word WHERE id = {0}), {0}) AS {0}",
             "uuid": "iif(typeof({0}) = 'blob', lower(" + uuid + "), {0}) AS {0}",
             "hex": "iif(typeof({0}) = 'blob', lower(hex({0})), {0}) AS {0}", "text": "{0}", "int": "{0}"}
    viewed = ", ".join(views[field.column or ""].format(field.name) for field in COLUMNS)
    tables = {"checkpoint": "size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT",
              "entry": "seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, received INTEGER NOT NULL, salt_e BLOB, "
                       f"salt_p BLOB, {columns}, more BLOB, kept BLOB, stored INTEGER NOT NULL, payload BLOB) STRICT",
              "head": "one INTEGER PRIMARY KEY CHECK(one = 1), note TEXT NOT NULL) STRICT",
              "subtree": "level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, "
                         "PRIMARY KEY(level, number)) STRICT, WITHOUT ROWID",
              "word": "id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"}
    rows = {("table", name, name, f"CREATE TABLE {name}({rest}") for name, rest in tables.items()}
    rows |= {("trigger", f"{table}_{verb}", table,
              f"CREATE TRIGGER {table}_{verb} BEFORE {verb.upper()} ON {table} BEGIN SELECT "
              "RAISE(ABORT, 'audit: the ledger is append-only'); END")
             for table in ("checkpoint", "entry", "subtree", "word") for verb in ("delete", "update")}
    return rows | {("view", "event", "event", f"CREATE VIEW event AS SELECT seq, received, {viewed}, "
                    "CAST(payload AS TEXT) AS payload FROM entry")}


# ---- Ed25519 (CHECKPOINTS AND KEYS) ---------------------------------------------------------------

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]  # extended coordinates: x = X/Z, y = Y/Z, xy = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def point_add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_encode(p: Point) -> bytes:
    inverse = pow(p[2], -1, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_decode(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        raise ValueError("the public key is not a reduced number")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("the public key is no point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def public_point(public: bytes) -> Point:
    point = eight = point_decode(public)
    for _ in range(3):
        eight = point_add(eight, eight)
    if point_encode(eight) == point_encode(NEUTRAL):
        raise ValueError("the public key has small order")
    return point


BASE = point_decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


class Key(NamedTuple):
    text: str
    name: str
    id: bytes
    public: bytes
    point: Point
    kind: int = 1


def parse_key(text: str, kinds: tuple[int, ...] = (1,)) -> Key:
    """Keys: name "+" key id "+" base64(01 | public key), or ValueError. Those of witnesses are of kind 4."""
    name, key_id, data = (text.split("+", 2) + ["", ""])[:3]
    public = un_base64(data.encode())
    if len(public) != 33 or public[0] not in kinds or sha256(name.encode() + b"\n" + public)[:4].hex() != key_id:
        raise ValueError("not a verifier key, or its id does not follow from the rest")
    return Key(text, name, bytes.fromhex(key_id), public[1:], public_point(public[1:]), public[0])


def signature_valid(key: Key, signature: bytes, message: bytes) -> bool:
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(r + key.public + message).digest(), "little") % L
    minus_a = (P - key.point[0], key.point[1], key.point[2], P - key.point[3])
    terms, total = (NEUTRAL, BASE, minus_a, point_add(BASE, minus_a)), NEUTRAL
    for bit in range(252, -1, -1):  # [S]B + [k](-A), both at once
        total = point_add(total, total)
        if which := (s >> bit & 1) | (k >> bit & 1) << 1:
            total = point_add(total, terms[which])
    return point_encode(total) == r


# ---- The table entry: one row, and WHAT IS HASHED -------------------------------------------------


class Kept(NamedTuple):
    """ERASED CONTENT: what the column kept holds; flags 0 stands for NULL."""
    flags: int = 0
    p: bytes = b""
    s0: bytes = b""
    own: tuple[tuple[int, int, bytes], ...] = ()  # tag, kind, s(j) or Fj
    e: bytes = b""


def parse_kept(data: bytes) -> Kept:
    at = 0

    def take(length: int) -> bytes:
        nonlocal at
        at += length
        if at > len(data):
            raise ValueError("kept ends too early")
        return data[at - length:at]

    own: list[tuple[int, int, bytes]] = []
    flags = take(1)[0]
    if flags not in (1, 2, 3, 5):
        raise ValueError(f"kept has the flags {flags}")
    p, s0 = take(32) if flags & 1 else b"", take(16) if flags & 2 else b""
    for _ in range(int.from_bytes(take(2), "big") if flags & 2 else 0):
        tag, kind = struct.unpack(">HB", take(3))
        if tag not in BY_TAG or not BY_TAG[tag].own or kind > 1 or own and tag <= own[-1][0]:
            raise ValueError("kept lists something that is no own field, or not in order")
        own.append((tag, kind, take(32 if kind else 16)))
    e = take(32) if flags & 4 else b""
    if at != len(data) or flags & 2 and not any(kind for _, kind, _ in own):
        raise ValueError("kept has bytes behind its end, or lists no field that was erased")
    return Kept(flags, p, s0, tuple(own), e)


class Entry:
    """A row of the table entry, as far as it could be decoded."""

    __slots__ = (*ENTRY[:5], "more", "kept_cell", "stored", "payload", "content", "type", "time", "event_id", "common",
                 "own", "whole", "kept")

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.seq, self.hash, self.received, self.salt_e, self.salt_p, _, self.time, self.event_id = row[:8]
        self.more, self.kept_cell, self.stored, self.payload = row[-4:]
        self.content: bytes | None = None  # the payload
        self.type = b""
        self.common: list[tuple[int, bytes]] = []  # tag, and its part of the common group
        self.own: dict[int, tuple[int, bytes]] = {}  # tag: type byte, bytes
        self.whole = True  # every value could be told
        self.kept: Kept | None = Kept()  # None: damaged

    def put(self, field: Field, code: int, data: bytes) -> None:
        if field.own:
            self.own[field.tag] = code, data
        else:
            self.common.append((field.tag, struct.pack(">HBI", field.tag, code, len(data)) + data))

    def payload_digest(self) -> bytes | None:
        """P, or None if it cannot be computed."""
        if self.kept is None or self.kept.flags & 1:
            return self.kept and self.kept.p
        if self.salt_p is None or self.content is None and self.stored != 0:
            return None
        return sha256(b"\x13" + self.salt_p + (b"\0" if self.content is None else b"\x01" + self.content))

    def envelope_digest(self) -> bytes | None:
        """E, or None if it cannot be computed (Hashing such an entry)."""
        kept = self.kept
        if kept is None or kept.flags & 4:
            return kept and kept.e
        tags = [tag for tag, _, _ in kept.own] if kept.flags & 2 else sorted(self.own)
        erased = {tag: value for tag, kind, value in kept.own if kind}
        if not self.whole or any(tag not in self.own for tag in tags if tag not in erased):
            return None
        if kept.flags & 2:
            salts = [kept.s0, *(value for _, _, value in kept.own)]
        elif self.salt_e is not None:
            pairs = [sha256(b"\x10" + self.salt_e + bytes([i])) for i in range(len(tags) // 2 + 1)]
            salts = [half for pair in pairs for half in (pair[:16], pair[16:])]
        else:
            return None
        common = b"".join(part for _, part in sorted(self.common, key=lambda item: item[0]))
        digests = [sha256(b"\x11" + salts[0] + b"\0\0\0" + common)]
        for tag, salt in zip(tags, salts[1:]):
            head = tag.to_bytes(2, "big")
            if tag in erased:
                digests.append(head + erased[tag])
            else:
                code, data = self.own[tag]
                digests.append(head + sha256(b"\x11" + salt + head + bytes([code]) + data))
        return sha256(b"\x12" + len(tags).to_bytes(2, "big") + b"".join(digests))


UUID, HEX = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), re.compile(rb"([0-9a-f]{2}){1,64}")
# flags of kept: whether salt_e and salt_p are there, and what stored may be
AGREES = {0: (True, True, (0, 1, 2)), 1: (True, False, (3,)), 2: (False, True, (0,)), 3: (False, False, (3,)),
          5: (False, False, (3,))}


def frame_head_good(data: bytes) -> bool:
    """RFC 8878 section 3.1.1.1, as far as stored 2 restricts it."""
    if len(data) < 5 or data[:4] != b"\x28\xb5\x2f\xfd" or data[4] & 8:
        return False
    single = data[4] >> 5 & 1
    at = 6 - single
    id_end = at + (0, 1, 2, 4)[data[4] & 3]
    length = (single, 2, 4, 8)[data[4] >> 6]
    size = int.from_bytes(data[id_end:id_end + length], "little") + (256 if length == 2 else 0)
    return not any(data[at:id_end]) and length > 0 and len(data) > id_end + length and size <= MAX_PAYLOAD


NOT_NULL = {"hash", "received", "stored"}
CELLS = [("hash", bytes, 32), ("received", int, 0), ("salt_e", bytes, 16), ("salt_p", bytes, 16), ("more", bytes, 0),
         ("kept_cell", bytes, 0), ("stored", int, 0), ("payload", bytes, 0)]


class Decoder:
    """Steps 5 and 6.2: the table word, and rows of entry, which are `encoding` if not as TABLES says."""

    def __init__(self, words: Iterator[tuple[int, bytes]], report: Report) -> None:
        self.report, self.words, self.texts = report, dict[int, bytes](), set[bytes]()
        self.used, self.in_order = bytearray(MAX_WORDS + 1), True
        for number, text in words:
            if not 1 <= number <= MAX_WORDS:
                report.finding("word", None, f"the number {number} is not one of 1 to {MAX_WORDS}")
                if number < 1:
                    continue
                break
            if number > 1 and number - 1 not in self.words:
                report.finding("word", None, f"there is no word {number - 1}, but {number}")
            if not 1 <= len(text) <= MAX_WORD or not well_formed(text) or text in self.texts:
                report.finding("word", None, f"word {number} is no UTF-8, of a wrong length, or not new: {shown(text)}")
            self.words[number] = text[:MAX_WORD + 1]
            self.texts.add(self.words[number])

    def unused(self) -> None:
        for number, text in self.words.items():
            if self.in_order and not self.used[number]:
                self.report.finding("word", None, f"word {number} is used by no entry: {shown(text)}")

    def flaw(self, entry: Entry, message: str) -> None:
        self.report.finding("encoding", entry.seq, message)

    def decode(self, row: tuple[Any, ...]) -> Entry:
        entry = Entry(row)
        for name, wanted, length in CELLS:
            value = getattr(entry, name)
            if type(value) is not wanted and (value is not None or name in NOT_NULL) or length and value is not None \
                    and len(value) != length:
                self.flaw(entry, f"{name} is {shown(value)}: not a value that it can have")
                setattr(entry, name, None)
        for field, value in zip(COLUMNS, row[5:-4]):
            if value is not None:
                data = self.cell(entry, field, value)
                if data is None:
                    entry.whole = False
                    continue
                entry.put(field, field.codes[0], data)
                if field.name == "type":
                    entry.type = data
        if entry.more is not None:
            self.more(entry, entry.more)
        self.payload(entry)
        self.kept(entry)
        return entry

    def cell(self, entry: Entry, field: Field, value: Any) -> bytes | None:
        """Values of fields: the bytes that a column stands for, or None if they cannot be told."""
        kind, has = field.column, type(value)
        if has is int and kind == "int":
            return value.to_bytes(8, "big", signed=True)
        if has is int and kind == "word" and value in self.words:
            if not self.used[value]:
                self.used[value] = 1
                if self.in_order and value > 1 and not self.used[value - 1]:
                    self.report.finding("word", entry.seq, f"word {value} is used before word {value - 1}")
            return self.words[value]
        if has is bytes and kind == "uuid" and len(value) == 16:
            return "-".join(value[a:b].hex() for a, b in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 16))).encode()
        if has is bytes and kind == "hex" and 1 <= len(value) <= 64:
            return value.hex().encode()
        if has is not Text or kind == "int":
            self.flaw(entry, f"{field.name}: {shown(value)} is nothing that this column can hold")
            return None
        if not 1 <= len(value) <= MAX_VALUE or not well_formed(value):
            self.flaw(entry, f"{field.name}: a text of a wrong length or not UTF-8")
        if kind == "word" and (value in self.texts or len(value) <= MAX_WORD and len(self.words) < MAX_WORDS) \
                or kind == "uuid" and UUID.fullmatch(value) or kind == "hex" and HEX.fullmatch(value):
            self.flaw(entry, f"{field.name}: a text that must be stored in another way: {shown(value)}")
        return value

    def more(self, entry: Entry, data: bytes) -> None:
        at, before = 0, 0
        if not data:
            self.flaw(entry, "more is empty instead of NULL")
        while at < len(data):
            tag, code, length = struct.unpack_from(">HBI", data[at:at + 7].ljust(7, b"\xff"))
            value, at, field = data[at + 7:at + 7 + length], at + 7 + length, BY_TAG.get(tag)
            if at > len(data) or field is None or field.column:
                self.flaw(entry, "more ends too early" if at > len(data) else f"more: {tag:04x} has no place there")
                entry.whole = False
                continue
            if tag < before or tag == before and field.name not in LIST:
                self.flaw(entry, f"more: {field.name} occurs twice or out of order")
            if code not in field.codes or not 1 <= length <= MAX_VALUE or length != {2: 8, 3: 32}.get(code, length) \
                    or code == 1 and not well_formed(value) \
                    or field.name in BOOL and int.from_bytes(value, "big") > 1:
                self.flaw(entry, f"more: {field.name} has a wrong type, length or value")
            entry.put(field, code, value)
            before = tag

    def payload(self, entry: Entry) -> None:
        """How the payload is stored."""
        if entry.stored not in (0, 1, 2, 3):
            self.report.doubts["a value of stored is not known"] += 1
        elif (entry.stored in (1, 2)) != (entry.payload is not None):
            self.flaw(entry, f"stored is {entry.stored}, but payload is {'not ' if entry.payload is None else ''}there")
        elif entry.stored == 1:
            entry.content = entry.payload
        elif entry.stored == 2 and not frame_head_good(entry.payload):
            self.flaw(entry, "the payload is not a Zstandard frame that states its size and needs no dictionary")
        elif entry.stored == 2:
            self.report.doubts["a payload is compressed, which cannot be expanded here"] += 1

    def kept(self, entry: Entry) -> None:
        """ERASED CONTENT: does kept agree with the row?"""
        try:
            kept = entry.kept = Kept() if entry.kept_cell is None else parse_kept(entry.kept_cell)
        except ValueError as error:
            self.flaw(entry, str(error))
            entry.kept = None
            return
        salt_e, salt_p, stored = AGREES[kept.flags]
        if (salt_e, salt_p) != (entry.salt_e is not None, entry.salt_p is not None):
            self.flaw(entry, f"the salts do not agree with kept (flags {kept.flags})")
        if entry.stored in (0, 1, 2, 3) and entry.stored not in stored:
            self.flaw(entry, f"stored {entry.stored} does not agree with kept (flags {kept.flags})")
        if kept.flags == 5:
            self.in_order = False  # its words are still there, and nothing tells which they are
            if entry.common or entry.own or not entry.whole:
                self.flaw(entry, "there are fields although all were erased")
        if kept.flags & 2:
            for tag in sorted({tag for tag, kind, _ in kept.own if not kind} ^ set(entry.own)):
                self.flaw(entry, f"kept does not agree with the field {BY_TAG[tag].name}")


# ---- TREE, and the table subtree (step 7) ---------------------------------------------------------


class Tree:
    def __init__(self, rows: dict[int, Iterator[tuple[int, bytes]]], report: Report) -> None:
        self.rows, self.report = rows, report  # of subtree, by level
        self.row = {level: next(rows[level], None) for level in rows}
        self.size, self.peaks, self.broken = 0, list[bytes](), False

    def push(self, leaf: bytes | None) -> None:
        self.broken = self.broken or leaf is None
        if self.broken or leaf is None:
            return
        node, height, number = leaf, 0, self.size
        while number & 1:
            node = sha256(b"\x01" + self.peaks.pop() + node)
            number, height = number >> 1, height + 1
            if height % 8 == 0:
                self.compare(height // 8, number, node)
        self.peaks.append(node)
        self.size += 1

    def root(self, size: int) -> bytes | None:
        """The root at this size, if the tree has it now."""
        if size != self.size:
            return None
        if not self.peaks:
            return sha256(b"")
        return functools.reduce(lambda right, left: sha256(b"\x01" + left + right), reversed(self.peaks))

    def stored(self, level: int, end: int) -> Iterator[tuple[int, bytes]]:
        """The rows of subtree that come next, with numbers less than end."""
        while (row := self.row[level]) and row[0] < end:
            self.row[level] = next(self.rows[level], None)
            yield row

    def compare(self, level: int, number: int, root: bytes) -> None:
        """A subtree is complete."""
        found = None
        for at, value in self.stored(level, number + 1):
            if at == number:
                found = value
            else:
                self.report.finding("subtree", None, f"row ({level}, {at}) is superfluous")
        if found != root:
            self.report.finding("subtree", None, f"row ({level}, {number}) is {'different' if found else 'missing'}")

    def finish(self, entries: int) -> None:
        for level in self.rows:
            for number, _ in self.stored(level, 1 << 64):
                if number < 0 or number >= entries >> 8 * level:  # else it lies behind something missing
                    self.report.finding("subtree", None, f"row ({level}, {number}) is superfluous")


# ---- System entries -------------------------------------------------------------------------------

PROTECTED = {b"sys.created", b"sys.key", b"sys.erasure", b"sys.retention", b"sys.hold", b"sys.schema"}
WHITE_SPACE = set(map(chr, [0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]))


class Number:
    """A number of JSON as it is spelt."""

    def __init__(self, text: str) -> None:
        self.text = text


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("an object names a member twice")
    return dict(pairs)


def refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def parse_object(data: bytes | None) -> dict[str, Any]:
    """One JSON object on one line, or ValueError."""
    if data is None or b"\n" in data:
        raise ValueError("the payload is missing, or not one line")
    text, depth = data.decode("utf-8"), 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > 200:
            raise ValueError("the payload has more than 200 levels")
    result = json.loads(text, object_pairs_hook=members, parse_int=Number, parse_float=Number, parse_constant=refused)
    if not isinstance(result, dict):
        raise ValueError("the payload is no JSON object")
    return result


def member(of: dict[str, Any], name: str) -> str:
    """A member that must be a text, not empty."""
    value = of.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing or no text")
    value.encode("utf-8")  # refuses a lone surrogate
    return value


def parse_erasure(of: dict[str, Any], seq: int) -> tuple[list[int], str]:
    listed = of.get("entries")
    if not isinstance(listed, list) or not 1 <= len(listed) <= 10_000 or \
            not all(isinstance(n, Number) and n.text.isdigit() and len(n.text) < 20 for n in listed):
        raise ValueError("entries is no array of 1 to 10,000 integers")
    entries = [int(n.text) for n in listed]
    if any(b <= a for a, b in zip(entries, [*entries[1:], seq])):
        raise ValueError("entries is not ascending, or names this entry or a later one")
    if (what := member(of, "what")) not in OWN | {"payload", "entry"}:
        raise ValueError(f"what is {shown(what)}")
    member(of, "authority"), member(of, "reason")
    return entries, what


# ---- CHECKPOINTS AND KEYS (steps 8 and 9) ---------------------------------------------------------


class Known(NamedTuple):
    path: str
    origin: bytes
    size: int
    root: bytes
    note: bytes = b""


def parse_checkpoint(path: str, note: bytes) -> Known:
    """The three lines of a checkpoint, whatever follows them, or ValueError."""
    lines = note.split(b"\n")
    if len(lines) < 4 or not lines[0] or not re.fullmatch(rb"0|[1-9][0-9]{0,18}", lines[1]) or len(lines[2]) != 44:
        raise ValueError(f"not a checkpoint: {path}")
    return Known(path, lines[0], int(lines[1]), un_base64(lines[2]), note)


def vouched(known: Known, keys: list[Key], report: Report) -> bool:
    """A kept checkpoint counts if a key that is known signed it; a doubt if not."""
    try:
        text, signatures = parse_note(known.note)
    except ValueError as error:
        report.doubts[f"{known.path} is no signed checkpoint: {error}"] += 1
        return False
    lines = [(key, data) for name, key_id, data in signatures for key in keys if (name, key_id) == (key.name, key.id)]
    if not all(note_signed(key, data, text) for key, data in lines):
        report.doubts[f"a signature of {known.path} does not verify"] += 1
        return False
    if not lines:
        report.doubts[f"{known.path} fits, but no key that is known signed it: anybody may have made it"] += 1
    return bool(lines)


def check_continues(of: Any) -> None:
    """System entries, sys.created: the head of the ledger that this one continues, or ValueError."""
    if not isinstance(of, dict):
        raise ValueError("continues is no object")
    size, key, note = of.get("size"), parse_key(member(of, "key")), member(of, "note").encode()
    if not isinstance(size, Number) or not re.fullmatch("[1-9][0-9]{0,18}", size.text) or \
            not re.fullmatch("[0-9a-f]{32}", member(of, "ledger")) or key.name != member(of, "origin"):
        raise ValueError("continues does not say which head of which ledger")
    text = f"{key.name}\n{size.text}\n{member(of, 'root')}\n".encode()
    lines = note[len(text) + 1:].split(b"\n")
    start = b"\xe2\x80\x94 " + key.name.encode() + b" "
    signatures = [un_base64(line[len(start):]) for line in lines if line.startswith(start)]
    ours = [signature[4:] for signature in signatures if signature[:4] == key.id]
    if not note.startswith(text + b"\n") or len(un_base64(member(of, "root").encode())) != 32 or not ours or \
            not all(signature_valid(key, signature, text) for signature in ours):
        raise ValueError("the key of continues did not sign its note, or the note says something else")


class Notes:
    """The tables checkpoint and head, the origin and the key history."""

    def __init__(self, rows: Iterator[tuple[int, bytes]], key_sizes: list[int], report: Report) -> None:
        self.rows, self.key_sizes, self.report = rows, key_sizes, report
        self.row, self.last, self.missing = next(rows, None), (0, b""), 0
        self.due = self.due_after(0)
        self.origin: str | None = None
        self.history: list[tuple[int, Key | None]] = []  # from which size on which key signs; None: it was refused

    def add_key(self, seq: int, text: str, since: int) -> None:
        key = None
        try:
            key = parse_key(text)
            if key.name != self.origin or any(old and old.public == key.public for _, old in self.history):
                self.report.finding("key", seq, "the name of the key is not the origin, or the ledger had it before")
        except ValueError as error:
            self.report.finding("key", seq, str(error))
        self.history.append((since, key))

    def signers(self, size: int) -> list[Key | None]:
        """Key history: who must sign a note of this size."""
        return [key for since, key in self.history if since <= size][-1:] + \
            [key for since, key in self.history[1:] if since == size + 1]

    def due_after(self, size: int) -> int:
        """The next size that must have a row."""
        return min([size - size % CHECKPOINT_EVERY + CHECKPOINT_EVERY, *(k for k in self.key_sizes if k > size)])

    def reach(self, size: int, tree: Tree) -> None:
        """The ledger has this many entries now: look at the rows of checkpoint up to this size."""
        while self.due <= size or self.row is not None and self.row[0] <= size:
            row = self.row or (size + 1, b"")
            if self.due < row[0]:
                self.missing += 1
                rest = "" if self.missing < MAX_NAMED else ", and all others before the next that is there"
                self.report.finding("checkpoint", None, f"the checkpoint of size {self.due} is missing{rest}")
                self.due = self.due_after(min(row[0] - 1, size) if rest else self.due)
                continue
            if row[0] == self.due:
                self.due = self.due_after(self.due)
            else:
                self.report.finding("checkpoint", None, f"the checkpoint of size {row[0]} is superfluous")
            if row[0] > 0:
                self.check("checkpoint", row[1], row[0], tree.root(row[0]))
            self.last, self.row = row, next(self.rows, None)

    def finish(self, size: int, tree: Tree, heads: list[tuple[int, bytes]]) -> None:
        for row in itertools.chain([self.row] if self.row else [], self.rows):
            self.report.finding("checkpoint", None, f"the checkpoint of size {row[0]} is superfluous")
        if len(heads) != 1 or heads[0][0] != 1:
            self.report.finding("head", None, "not exactly one row")
        for _, note in heads[:1]:
            self.check("head", note, size, tree.root(size))
            if self.last[0] == size > 0 and self.last[1] != note:
                self.report.finding("head", None, "differs from the checkpoint of the same size")
            try:
                self.report.missing(size, parse_checkpoint("head", note).size - 1)
            except ValueError:
                pass

    def check(self, kind: str, note: bytes, size: int, root: bytes | None) -> None:
        if self.origin is None:
            self.report.doubts["without a good entry 0 no note can be checked"] += 1
            return
        lines = note.split(b"\n", 3)
        text, rest = b"\n".join(lines[:3]) + b"\n", b"".join(lines[3:])
        want = b"%s\n%d\n" % (self.origin.encode(), size)
        want += base64.b64encode(root) + b"\n" if root else b"".join(lines[2:3]) + b"\n"  # or it is not known
        if text != want:
            self.report.finding(kind, None, f"the {kind} of size {size} does not state this ledger: {shown(text)}")
        if wrong := self.unsigned(text, rest.split(b"\n"), self.signers(size)):
            self.report.finding("signature", None, f"the {kind} of size {size}: {wrong}")

    def unsigned(self, text: bytes, lines: list[bytes], signers: list[Key | None]) -> str:
        """What is wrong with the signature lines."""
        if len(lines) != len(signers) + 2 or lines[0] or lines[-1]:
            return f"not an empty line and {len(signers)} signatures"
        for key, line in zip(signers, lines[1:-1]):
            prefix = b"\xe2\x80\x94 " + (key.name.encode() if key else b"") + b" "
            try:
                data = un_base64(line[len(prefix):])
            except ValueError:
                data = b""
            if key is None or not line.startswith(prefix) or data[:4] != key.id:
                return "no signature by the key that must sign it"
            if not signature_valid(key, data[4:], text):
                return f"the signature by the key {key.id.hex()} is not valid"
        return ""


# ---- PROOFS ---------------------------------------------------------------------------------------

PROOF, MAX_LINE, MAX_NOTE = b"c2sp.org/tlog-proof@", 65_536, 1_000_000


class Proof(NamedTuple):
    extra: bytes | None
    index: int
    path: list[bytes]
    note: bytes


def parse_proof(data: bytes) -> Proof:
    """The lines of a tlog-proof, or ValueError."""
    head, empty, note = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if lines[0] != PROOF + b"v1" or not empty or not note.endswith(b"\n") or len(note) > MAX_NOTE or \
            any(len(line) > MAX_LINE for line in lines):
        raise ValueError("not a tlog-proof of version 1")
    extra = un_base64(lines.pop(1)[6:]) if lines[1:] and lines[1].startswith(b"extra ") else None
    if not lines[1:] or not re.fullmatch(rb"index (0|[1-9][0-9]{0,18})", lines[1]) or int(lines[1][6:]) >> 63:
        raise ValueError("no line \"index N\"")
    path = [un_base64(line) for line in lines[2:]]
    if len(path) > 64 or any(len(digest) != 32 for digest in path):
        raise ValueError("not at most 64 hashes of 32 bytes")
    return Proof(extra, int(lines[1][6:]), path, note)


def parse_note(note: bytes) -> tuple[bytes, list[tuple[str, bytes, bytes]]]:
    """A signed note: its text, and name, key id and signature of each line; or ValueError."""
    if not well_formed(note) or any(byte < 32 and byte != 10 for byte in note):
        raise ValueError("the note is not UTF-8, or holds control characters")
    text, empty, lines = note.rpartition(b"\n\n")
    signatures = []
    if not empty or not lines.endswith(b"\n") or lines.count(b"\n") > 100:
        raise ValueError("the note has no 1 to 100 signature lines")
    for line in lines[:-1].split(b"\n"):
        dash, name, *blob = line.split(b" ")
        data = un_base64(blob[0]) if len(blob) == 1 else b""
        if dash != b"\xe2\x80\x94" or not name or b"+" in name or len(data) < 5 or \
                any(c in WHITE_SPACE for c in name.decode()):
            raise ValueError(f"not a signature line: {shown(line)}")
        signatures.append((name.decode(), data[:4], data[4:]))
    return text + b"\n", signatures


def path_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """RFC 9162 section 2.1.3.2: where the path leads, or None if its length is wrong."""
    first, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if first & 1 or first == last:
            root = sha256(b"\x01" + sibling + root)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + sibling)
        first, last = first >> 1, last >> 1
    return None if last or index >= size else root


def check_proof(proof: Proof, leaf: bytes | None, trusted: list[Key], known: list[Known], report: Report) -> bool:
    """HOW TO VERIFY A PROOF. False if a checkpoint is of another ledger: a mistake of the caller."""
    text, signatures = parse_note(proof.note)
    head = parse_checkpoint("the head in the proof", proof.note)
    ours = [(key, signature) for name, key_id, signature in signatures for key in trusted
            if (key.name, key.id) == (name, key_id)]
    if not all(signature_valid(key, signature, text) for key, signature in ours):
        report.finding("signature", None, "a signature by a key that was given is not valid")
    elif not any(key.name.encode() == head.origin for key, _ in ours):
        report.doubts["the head is signed by no key that was given and has its origin as name (--key)"] += 1
    data = leaf if leaf is not None else proof.extra
    ours_too = data is not None and len(data) == 118 and data.startswith(b"audit\x01")
    if data is None or leaf is None and not ours_too:
        report.doubts["the proof does not carry the leaf data of its entry (--leaf)"] += 1
    elif ours_too and int.from_bytes(data[6:14], "big") != proof.index:
        report.finding("proof", proof.index, "the entry has another number")
    elif path_root(sha256(b"\0" + data), proof.index, head.size, proof.path) != head.root:
        report.finding("proof", proof.index, "the entry does not lead to the root of the head")
    of_this = [one for one in known if one.origin == head.origin]
    for one in of_this:
        if one.size != head.size:
            age = "older" if one.size > head.size else "newer"
            report.doubts[f"the head of {head.size} entries is {age} than {one.path}, which has {one.size}"] += 1
        elif one.root != head.root:
            report.finding("forked", None, f"another history than that of {one.path} (size {one.size})")
        elif trusted:
            vouched(one, trusted, report)
    report.remarks += [] if of_this else ["the head is unanchored (no --known)"]
    return len(of_this) == len(known)


# ---- FORK EVIDENCE --------------------------------------------------------------------------------

FORK = b"audit-fork@"


class Fork(NamedTuple):
    prefix: bytes  # the root that the second head's tree has at the size of the first
    path: list[bytes]
    first: bytes
    second: bytes


def parse_fork(data: bytes) -> Fork:
    """The parts of the text, or ValueError."""
    head, empty, rest = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if lines.pop(0) != FORK + b"v1" or not empty:
        raise ValueError("not fork evidence of version 1")
    while lines and lines[0].startswith(b"#"):
        lines.pop(0)
    if not lines or not lines[0].startswith(b"prefix "):
        raise ValueError("no line \"prefix BASE64\"")
    prefix, *path = [un_base64(line) for line in [lines[0][7:], *lines[1:]]]
    if len(path) > 64 or any(len(digest) != 32 for digest in [prefix, *path]):
        raise ValueError("not at most 64 hashes of 32 bytes")
    text, empty, signed = rest.partition(b"\n\n")
    lines_of_first, between, second = signed.partition(b"\n\n")
    if not empty or not between:
        raise ValueError("there are no two notes")
    return Fork(prefix, path, text + b"\n\n" + lines_of_first + b"\n", second)


def consistent(first: int, old: bytes, second: int, new: bytes, path: list[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2: the tree of `first` entries with root `old` is the beginning of the other."""
    if first == second:
        return old == new and not path
    nodes = [old, *path] if first & (first - 1) == 0 else list(path)
    if not nodes:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = nodes[0]
    for node in nodes[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = sha256(b"\x01" + node + fr), sha256(b"\x01" + node + sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\x01" + sr + node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (fr, sr) == (old, new)


def check_fork(fork: Fork, trusted: list[Key], report: Report) -> None:
    """Fork evidence: one key that is known signed both heads, and no ledger can have both."""
    heads = [parse_checkpoint("a head", note) for note in (fork.first, fork.second)]
    first, second = heads
    text = [parse_note(note) for note in (fork.first, fork.second)]
    signers = [key for key in trusted if key.kind == 1 and all(
        (ours := [s for name, key_id, s in lines if (name, key_id) == (key.name, key.id)])
        and all(signature_valid(key, s, said) for s in ours) for said, lines in text)]
    if not any(key.name.encode() == first.origin for key in signers):
        report.doubts["no key that was given signed both heads (--key)"] += 1
    elif first.origin != second.origin or not 0 < first.size <= second.size or first.root == fork.prefix or \
            not consistent(first.size, fork.prefix, second.size, second.root, fork.path):
        report.doubts["the two heads do not contradict each other"] += 1
    else:
        report.finding("forked", None, f"two histories are signed: one of {first.size} entries, and one of "
                       f"{second.size} that does not contain it")


def verify_fork(path: str, trusted: list[Key], report: Report) -> int:
    try:
        check_fork(parse_fork(pathlib.Path(path).read_bytes()), trusted, report)
    except ValueError as error:
        report.doubts[str(error)] += 1
    return report.verdict(0)


# ---- BUNDLES (audit-bundle(5)) --------------------------------------------------------------------

BLOCK, MAX_TEXT, MAX_ROTATION, MAX_ROTATIONS = 512, 1 << 20, 16 << 10, 1000
MAX_HISTORY_LINE, MAX_ENTRY_LINE, MAX_NODE_LINE = 64 << 10, 128 << 20, 80
SPELT = re.compile("[\x00-\x1f\x7f-\x9f\"\\\\<\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def tar_header(name: str, size: int, seconds: int) -> bytes:
    """The one header of a member."""
    block = struct.pack("100s8s8s8s12s12s8sc100s6s2s64s8s8s167x", name.encode(), b"0000644", b"0000000", b"0000000",
                        b"%011o" % size, b"%011o" % seconds, b" " * 8, b"0", b"", b"ustar", b"00", b"", b"0000000",
                        b"0000000")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def looks_like_bundle(head: bytes) -> bool:
    return head.startswith(b"README.txt") or head[257:262] == b"ustar"


class Archive:
    """A tar in its one spelling; Stop for everything else."""

    def __init__(self, file: Any) -> None:
        self.file, self.name, self.size, self.left = file, "", 0, 0
        self.seconds: int | None = None
        self.members: list[tuple[str, int, str]] = []  # name, bytes, SHA-256
        self.hash = hashlib.sha256()

    def take(self, count: int) -> bytes:
        data = self.file.read(count)
        if len(data) != count:
            raise Stop("not a bundle: it ends too early")
        return data

    def next(self) -> str:
        if any(self.take(-self.size % BLOCK)):
            raise Stop(f"not a bundle: something stands behind the end of {self.name}")
        block = self.take(BLOCK)
        name = block[:100].rstrip(b"\0").decode("latin-1")
        numbers = block[124:135], block[136:147]
        if not all(re.fullmatch(rb"[0-7]{11}", number) for number in numbers):
            raise Stop("not a bundle: the archive is not written in the one way a bundle is written")
        self.name, self.size, seconds = name, int(numbers[0], 8), int(numbers[1], 8)
        if not name or not name.isascii() or tar_header(name, self.size, seconds) != block:
            raise Stop("not a bundle: the archive is not written in the one way a bundle is written")
        if seconds != (self.seconds if self.seconds is not None else seconds):
            raise Stop("not a bundle: its members have different times")
        self.seconds, self.left, self.hash = seconds, self.size, hashlib.sha256()
        return name

    def expect(self, name: str) -> None:
        if self.next() != name:
            raise Stop(f"not a bundle: there is {shown(self.name)} where {name} must be")

    def text(self, limit: int) -> bytes:
        if self.size > limit:
            raise Stop(f"not a bundle: {self.name} is too long")
        data, self.left = self.take(self.left), 0
        self.hash.update(data)
        return data

    def lines(self, limit: int) -> Iterator[bytes]:
        while self.left:
            line = self.file.readline(min(limit + 1, self.left))
            self.hash.update(line)
            self.left -= len(line)
            if not line.endswith(b"\n"):
                raise Stop(f"not a bundle: a line of {self.name} is too long or does not end")
            yield line[:-1]

    def done(self) -> None:
        self.members.append((self.name, self.size, self.hash.hexdigest()))

    def end(self) -> None:
        if any(self.take(-self.size % BLOCK + 2 * BLOCK)) or self.file.read(1):
            raise Stop("not a bundle: something stands behind its end")


def quoted(text: str) -> str:
    """A string in its one spelling."""
    return '"' + SPELT.sub(lambda found: "\\" + found[0] if found[0] in '"\\' else f"\\u{ord(found[0]):04x}", text) + '"'


def listed(words: list[str]) -> str:
    return "[" + ",".join(map(quoted, words)) + "]"


def fixed(of: dict[str, Any], name: str, length: int) -> bytes:
    """A member that must be so many bytes in base64."""
    data = un_base64(member(of, name).encode())
    if len(data) != length:
        raise ValueError(f"{name} is not {length} bytes")
    return data


class Shown:
    """AN ENTRY: a line of history.jsonl or entries.jsonl. ValueError unless it is written in the one way it can be."""

    def __init__(self, line: bytes) -> None:
        if len(line) > 1 << 20 and len(re.sub(rb'"(?:[^"\\]|\\.)*"', b"", line)) > 1_000_000:
            raise ValueError("it has more parts than an entry may have")
        try:
            of = json.loads(line.decode(), object_pairs_hook=members, parse_constant=refused)
        except RecursionError as error:
            raise ValueError("not JSON") from error
        if not isinstance(of, dict):
            raise ValueError("not an object")
        self.seq, received = of.get("seq"), member(of, "received")
        if type(self.seq) is not int or not 0 <= self.seq < 1 << 63 or not re.fullmatch("-?[0-9]{1,19}", received):
            raise ValueError("seq or received is no number")
        self.received = int(received)
        self.prev, self.hash = (bytes.fromhex(member(of, name)) for name in ("prev", "hash"))
        if not -1 << 63 <= self.received < 1 << 63 or len(self.prev) != 32 or len(self.hash) != 32:
            raise ValueError("received, prev or hash is not what it must be")
        self.spelling = f'{{"seq":{self.seq},"received":"{self.received}","prev":"{self.prev.hex()}","hash":' \
                        f'"{self.hash.hex()}"'
        self.common: list[tuple[int, bytes]] = []
        self.own: dict[int, tuple[int, bytes]] = {}
        self.type, self.gaps = b"", list[str]()
        e = self.whole(of) if "E" in of else self.envelope(of)
        p = self.payload(of)
        if "E" in of and "P" not in of:
            raise ValueError("the envelope is not shown, and the payload is")
        self.erased, self.hidden = self.words(of, "erased"), self.words(of, "hidden")
        if sorted(self.erased + self.hidden) != sorted(self.gaps):
            raise ValueError("what it says is erased or hidden is not what is not shown")
        if (self.spelling + "}").encode() != line:
            raise ValueError("it is not written in the one way an entry is written")
        self.leaf = struct.pack(">6sQq", b"audit\x01", self.seq, self.received) + self.prev + e + p
        self.computed = sha256(b"\0" + self.leaf)

    def spell(self, of: dict[str, Any], name: str, length: int) -> bytes:
        data = fixed(of, name, length)
        self.spelling += f',"{name}":"{base64.b64encode(data).decode()}"'
        return data

    def whole(self, of: dict[str, Any]) -> bytes:
        self.gaps.append("entry")
        return self.spell(of, "E", 32)

    def field(self, of: Any, before: int) -> str:
        """One of the fields; how it is spelt."""
        if not isinstance(of, dict) or type(of.get("tag")) is not int or of["tag"] not in BY_TAG:
            raise ValueError("a field has a tag that no field has")
        field = BY_TAG[of["tag"]]
        if of.get("name") != field.name:
            raise ValueError(f"the field {field.tag} is called {field.name}, and not {shown(of.get('name'))}")
        if field.tag < before or field.tag == before and field.name not in LIST:
            raise ValueError(f"{field.name} occurs twice or out of order")
        if "int" in of:
            text = member(of, "int")
            value = int(text) if re.fullmatch("-?[0-9]{1,19}", text) else 1 << 63
            if not -1 << 63 <= value < 1 << 63 or field.name in BOOL and value not in (0, 1):
                raise ValueError(f"{field.name} is not what it can be")
            code, data, spelt = 2, value.to_bytes(8, "big", signed=True), f'"int":"{value}"'
        elif "text" in of:
            code, data, spelt = 1, member(of, "text").encode(), f'"text":{quoted(of["text"])}'
        else:
            code, data = 3, fixed(of, "bytes", 32)
            spelt = f'"bytes":"{base64.b64encode(data).decode()}"'
        if code not in field.codes or len(data) > MAX_VALUE:
            raise ValueError(f"{field.name} is not what it can be")
        if field.own:
            self.own[field.tag] = code, data
        else:
            self.common.append((field.tag, struct.pack(">HBI", field.tag, code, len(data)) + data))
        self.type = data if field.name == "type" else self.type
        return f'{{"name":"{field.name}","tag":{field.tag},{spelt}}}'

    def envelope(self, of: dict[str, Any]) -> bytes:
        fields, own, spelt = of.get("fields"), of.get("own"), list[str]()
        if not isinstance(fields, list) or not isinstance(own, list) or len(own) > len(FIELDS):
            raise ValueError("there are no lists fields and own")
        before = 0
        for one in fields:
            spelt.append(self.field(one, before))
            before = one["tag"]
        self.spelling += f',"fields":[{",".join(spelt)}]'
        if "F0" in of:
            if self.common:
                raise ValueError("common fields stand beside an F0")
            self.gaps.append("common")
            digests = [self.spell(of, "F0", 32)]
        else:
            common = b"".join(part for _, part in self.common)
            digests = [sha256(b"\x11" + self.spell(of, "s0", 16) + b"\0\0\0" + common)]
        spelt, before = [], 0
        for one in own:
            tag = one.get("tag") if isinstance(one, dict) else None
            if type(tag) is not int or tag not in BY_TAG or not BY_TAG[tag].own or tag <= before:
                raise ValueError("own is not a list of tags of own fields")
            before, head = tag, tag.to_bytes(2, "big")
            if ("digest" in one) == (tag in self.own):
                raise ValueError(f"{BY_TAG[tag].name} is shown without its salt, or has a salt and is not shown")
            name = "digest" if "digest" in one else "salt"
            data = fixed(one, name, 32 if name == "digest" else 16)
            spelt.append(f'{{"tag":{tag},"{name}":"{base64.b64encode(data).decode()}"}}')
            if name == "digest":
                self.gaps.append(BY_TAG[tag].name)
                digests.append(head + data)
            else:
                code, value = self.own[tag]
                digests.append(head + sha256(b"\x11" + data + head + bytes([code]) + value))
        if len(own) != len({one["tag"] for one in own} | set(self.own)):
            raise ValueError("an own field is shown that own does not list")
        self.spelling += f',"own":[{",".join(spelt)}]'
        return sha256(b"\x12" + len(own).to_bytes(2, "big") + b"".join(digests))

    def payload(self, of: dict[str, Any]) -> bytes:
        self.content: bytes | None = None
        if "P" in of:
            self.gaps.append("payload")
            return self.spell(of, "P", 32)
        salt = self.spell(of, "salt_p", 16)
        if "payload" in of:
            if not isinstance(of["payload"], str):
                raise ValueError("payload is no text")
            self.content = of["payload"].encode()
            self.spelling += f',"payload":{quoted(of["payload"])}'
        elif "payload_base64" in of:
            text = member(of, "payload_base64")
            self.content = un_base64(text.encode())
            if well_formed(self.content):
                raise ValueError("a payload that is text stands there as base64")
            self.spelling += f',"payload_base64":"{text}"'
        return sha256(b"\x13" + salt + (b"\0" if self.content is None else b"\x01" + self.content))

    def words(self, of: dict[str, Any], name: str) -> list[str]:
        words = of.get(name, [])
        if not isinstance(words, list) or [word for word in self.gaps if word in words] != words:
            raise ValueError(f"{name} is not a list of what is not shown, in its order")
        self.spelling += f',"{name}":{listed(words)}' if words else ""
        return words


class Bundle:
    def __init__(self, file: Any, report: Report, known: list[Known]) -> None:
        self.archive, self.report = Archive(file), report
        self.notes = Notes(iter(()), [], report)
        self.head: Known | None = None
        self.note, self.ledger_id, self.entries = b"", "", 0
        self.whole = True  # every line could be read
        self.changes: list[Shown] = []  # the entries sys.key
        self.marks = {one.size for one in known}  # sizes at which the root is asked for
        self.roots: dict[int, bytes] = {}
        self.leaves: list[tuple[int, bytes, bytes]] = []  # seq, hash as it is said to be, and as computed
        self.first: int | None = None
        self.last: int | None = None
        self.withheld = self.erased = 0

    def run(self) -> None:
        archive = self.archive
        archive.expect("README.txt")
        archive.text(MAX_TEXT)
        archive.done()
        archive.expect("checkpoint")
        self.note = archive.text(MAX_NOTE)
        archive.done()
        try:
            parse_note(self.note)
            self.head = parse_checkpoint("checkpoint", self.note)
        except ValueError as error:
            self.report.finding("head", None, f"the checkpoint is not a signed checkpoint: {error}")
        archive.expect("keys.txt")
        keys = archive.text(MAX_TEXT)
        archive.done()
        rotations = self.rotations()
        self.history()
        archive.done()
        archive.expect("entries.jsonl")
        self.selected()
        archive.done()
        archive.expect("nodes.txt")
        self.tree()
        archive.done()
        archive.expect("manifest.json")
        manifest = archive.text(MAX_TEXT)
        archive.end()
        self.manifest(manifest)
        self.key_history(keys, rotations)

    def rotations(self) -> list[bytes]:
        rotations = list[bytes]()
        while self.archive.next() != "history.jsonl":
            if self.archive.name != f"rotation-{len(rotations) + 1}.tlog-proof" or len(rotations) >= MAX_ROTATIONS:
                raise Stop(f"not a bundle: there is {shown(self.archive.name)} where history.jsonl must be")
            rotations.append(self.archive.text(MAX_ROTATION))
            self.archive.done()
        return rotations

    def entry(self, line: bytes) -> Shown | None:
        try:
            entry = Shown(line)
        except ValueError as error:
            number = re.match(rb'\{"seq":([0-9]{1,19}),', line)
            self.report.finding("encoding", int(number[1]) if number else None, f"not an entry: {error}")
            self.whole = False
            return None
        if self.head and entry.seq >= self.head.size:
            self.report.finding("order", entry.seq, "the checkpoint does not reach it")
            self.whole = False
            return None
        self.leaves.append((entry.seq, entry.hash, entry.computed))
        return entry

    def history(self) -> None:
        before: int | None = None
        for number, line in enumerate(self.archive.lines(MAX_HISTORY_LINE)):
            if number > MAX_ROTATIONS:
                raise Stop("not a bundle: history.jsonl has too many lines")
            entry = self.entry(line)
            if entry is None:
                continue
            if entry.seq != 0 if before is None else entry.seq <= before:
                self.report.finding("order", entry.seq, "the history begins with entry 0, and its numbers rise")
            before = entry.seq
            try:
                self.system(entry)
            except ValueError as error:
                self.report.finding("system", entry.seq, str(error))
        if before is None:
            self.report.finding("system", None, "there is no entry 0 in history.jsonl")

    def system(self, entry: Shown) -> None:
        if entry.gaps or entry.type != (b"sys.key" if entry.seq else b"sys.created") or 0x83 in dict(entry.common):
            raise ValueError("not an entry of the history, or not shown whole")
        payload, notes = parse_object(entry.content), self.notes
        if entry.seq:
            in_force = notes.history[-1][1] if notes.history else None
            if member(payload, "previous") != (in_force and in_force.text):
                self.report.finding("key", entry.seq, "previous is not the key in force")
            notes.add_key(entry.seq, member(payload, "key"), entry.seq + 2)
            self.changes.append(entry)
            self.marks.add(entry.seq + 1)
            return
        notes.origin, self.ledger_id = member(payload, "origin"), member(payload, "ledger")
        version = payload.get("format")
        time = struct.pack(">HBIq", 0x82, 2, 8, entry.received)
        if not re.fullmatch("[0-9a-f]{32}", self.ledger_id) or not isinstance(version, Number) or version.text != "1" \
                or [tag for tag, _ in entry.common] != [0x81, 0x82] or entry.own or entry.common[1][1] != time:
            raise ValueError("not what a ledger begins with")
        notes.add_key(0, member(payload, "key"), 1)

    def selected(self) -> None:
        before: Shown | None = None
        for line in self.archive.lines(MAX_ENTRY_LINE):
            self.entries += 1
            entry = self.entry(line)
            if entry is None:
                continue
            told = {0: b"sys.created"} | {change.seq: b"sys.key" for change in self.changes}
            if entry.type in (b"sys.created", b"sys.key") and told.get(entry.seq) != entry.type:
                self.report.finding("system", entry.seq, f"a {shown(entry.type)} that is not in the history")
            if before is not None and entry.seq <= before.seq:
                self.report.finding("order", entry.seq, "the numbers must rise")
            elif before is not None and entry.seq == before.seq + 1 and entry.prev != before.hash:
                self.report.finding("chain", entry.seq, "does not follow from the entry before")
            self.first = entry.seq if self.first is None else self.first
            self.last, before = entry.seq, entry
            self.withheld, self.erased = self.withheld + bool(entry.hidden), self.erased + bool(entry.erased)

    def tree(self) -> None:
        """THE HASHES: the entries and what lies between them give the root."""
        lines = self.archive.lines(MAX_NODE_LINE)
        shown_leaves = dict[int, tuple[bytes, bytes]]()
        for seq, stated, computed in self.leaves:
            before = shown_leaves.setdefault(seq, (stated, computed))
            if before[0] != stated:
                self.report.finding("entry", seq, "it is there twice, with two hashes")
            elif before[0] == before[1]:
                shown_leaves[seq] = stated, computed  # of two copies the one that is wrong counts
        if self.head is None or not self.whole or not self.entries:
            for _ in lines:
                pass
            for seq, (stated, computed) in sorted(shown_leaves.items()):
                if stated != computed:
                    self.report.finding("entry", seq, "is not what its hash says")
            if self.head is not None and not self.entries:
                self.report.doubts["there is no entry in it: nothing to check"] += 1
            return
        peaks, at = list[tuple[int, bytes, bytes]](), 0

        def push(level: int, stated: bytes, computed: bytes) -> None:
            while peaks and peaks[-1][0] == level:
                _, left, left_computed = peaks.pop()
                stated, computed = sha256(b"\1" + left + stated), sha256(b"\1" + left_computed + computed)
                level += 1
            peaks.append((level, stated, computed))

        def seam() -> None:
            if at in self.marks:
                self.roots[at] = folded()[0]

        def folded() -> tuple[bytes, bytes]:
            stated, computed = peaks[-1][1:]
            for _, left, left_computed in reversed(peaks[:-1]):
                stated, computed = sha256(b"\1" + left + stated), sha256(b"\1" + left_computed + computed)
            return stated, computed

        fits = True
        for seq in [*sorted(shown_leaves), self.head.size]:
            while fits and at < seq:
                level = (seq - at).bit_length() - 1
                level = min(level, (at & -at).bit_length() - 1) if at else level
                line, want = next(lines, b""), b"%d %d " % (level, at >> level)
                try:
                    node = un_base64(line[len(want):]) if line.startswith(want) else b""
                except ValueError:
                    node = b""
                fits = len(node) == 32
                push(level, node, node)
                at += 1 << level
                seam()
            if fits and seq < self.head.size:
                push(0, *shown_leaves[seq])
                at += 1
                seam()
        fits = next(lines, None) is None and fits
        for _ in lines:
            pass
        stated, computed = folded()
        bad = [seq for seq, (said, real) in sorted(shown_leaves.items()) if said != real]
        only_hash = fits and bad and computed == self.head.root
        for seq in bad:
            self.report.finding("hash" if only_hash else "entry", seq, "is not what its hash says")
        if not fits or not only_hash and stated != self.head.root:
            self.roots.clear()
            self.report.finding("proof", None, "the entries and the hashes do not lead to the root of the checkpoint")

    def manifest(self, text: bytes) -> None:
        """THE MANIFEST: written anew from what is there, and what only the maker knows."""
        try:
            of = json.loads(text.decode(), object_pairs_hook=members, parse_constant=refused)
            if not isinstance(of, dict) or of.get("schema") != "audit.bundle/1":
                raise ValueError("it is none")
            hidden, query = of.get("hidden"), of.get("query")
            if not isinstance(hidden, list) or not all(isinstance(word, str) for word in hidden) or \
                    (query is None) != bool(hidden) or query is not None and not isinstance(query, str) or \
                    self.withheld and not hidden:
                raise ValueError("it is wrong about what is hidden")
            if not self.whole:  # what could not be read was not counted
                self.first, self.last, self.withheld, self.erased = (
                    of.get(name) for name in ("first", "last", "withheld", "erased"))
            if self.head:
                size, root, origin = self.head.size, base64.b64encode(self.head.root).decode(), self.head.origin.decode()
            else:
                size, root, origin = (of.get(name) for name in ("size", "root", "origin"))
            want = f'{{"schema":"audit.bundle/1","origin":{quoted(str(origin))},"ledger":{quoted(self.ledger_id)},' \
                   f'"query":{"null" if query is None else quoted(query)},"time":{self.archive.seconds},"entries":' \
                   f'{self.entries},"first":{json.dumps(self.first)},"last":{json.dumps(self.last)},"hidden":' \
                   f'{listed(hidden)},"withheld":{json.dumps(self.withheld)},"erased":{json.dumps(self.erased)},"size":{size},"root":' \
                   f'"{root}","members":['
            want += ",".join(f'{{"name":"{name}","bytes":{size},"sha256":"{digest}"}}'
                             for name, size, digest in self.archive.members)
            if (want + "]}\n").encode() != text:
                raise ValueError("a member is not what it says, or it is not written in its one way")
        except (ValueError, RecursionError) as error:
            self.report.finding("manifest", None, f"the manifest: {error}")

    def key_history(self, keys: bytes, rotations: list[bytes]) -> None:
        """THE KEYS: each vouched for by the one before."""
        notes, report = self.notes, self.report
        if self.head and notes.origin is not None and notes.origin.encode() != self.head.origin:
            report.finding("head", None, "the checkpoint is of another ledger than entry 0")
        if "".join(key.text + "\n" for _, key in notes.history if key).encode() != keys:
            report.finding("key", None, "keys.txt does not hold the keys that the history names")
        if len(rotations) != len(self.changes):
            report.finding("checkpoint", None, "there are not as many rotations as changes of keys")
        for text, change in zip(rotations, self.changes):
            try:
                proof = parse_proof(text)
                head = parse_checkpoint("rotation", proof.note)
            except ValueError as error:
                report.finding("checkpoint", None, f"a rotation is no proof: {error}")
                continue
            size = change.seq + 1
            if proof.index != change.seq or proof.extra != change.leaf or \
                    path_root(sha256(b"\0" + change.leaf), change.seq, size, proof.path) != head.root:
                report.finding("proof", None, f"a rotation does not prove entry {change.seq}")
            if self.roots.get(size, head.root) != head.root:
                report.finding("checkpoint", None, "a rotation was signed for other entries than these")
            notes.check("checkpoint", proof.note, size, None)

    def compare(self, trusted: list[Key], known: list[Known]) -> bool:
        """Who signed, and is it the head that somebody kept? False if that is of another ledger."""
        report, head = self.report, self.head
        if head is None:
            return True
        text, signatures = parse_note(self.note)

        def signed(key: Key | None) -> bool | None:
            """None: there is no line of this key."""
            lines = [data for name, key_id, data in signatures if key and (name, key_id) == (key.name, key.id)]
            return all(note_signed(key, data, text) for data in lines) if key and lines else None

        signers = self.notes.signers(head.size)
        if not signers or not all(signed(key) for key in signers):
            report.finding("signature", None, "the checkpoint is not signed by the key that the history names")
        elif any(signed(key) is False for key in trusted):
            report.finding("signature", None, "a signature by a key that was given is not valid")
        else:
            ours = {key.public for _, key in self.notes.history if key}
            logs = [key for key in trusted if key.kind == 1]
            is_ours = any(key.public in ours and key.name == self.notes.origin for key in logs)
            for key in logs:
                if not (key.public in ours and key.name == self.notes.origin) and \
                        (not is_ours or key.name == self.notes.origin):
                    report.finding("key", None, f"the holder of {shown(key.text)} did not sign this ledger")
            report.remarks += [] if logs else ["the signer is self-declared (no --key)"]
            report.remarks += [f"cosigned by {shown(key.name)}" for key in trusted if key.kind == 4 and signed(key)]
        of_this = [one for one in known if one.origin == head.origin]
        for one in of_this:
            root = head.root if one.size == head.size else self.roots.get(one.size)
            if root is None:
                report.doubts[f"the checkpoint has {head.size} entries, and {one.path} has {one.size}"] += 1
            elif one.root != root:
                report.finding("forked", None, f"another history than that of {one.path} (size {one.size})")
            else:
                vouched(one, [*trusted, *(key for _, key in self.notes.history if key)], report)
        report.remarks += [] if of_this else ["the checkpoint is unanchored (no --known)"]
        return len(of_this) == len(known)


def note_signed(key: Key, data: bytes, text: bytes) -> bool:
    """The signature of a log, or (kind 4) the cosignature of a witness: its time, and the signature over that."""
    if key.kind == 1:
        return signature_valid(key, data, text)
    time = int.from_bytes(data[:8], "big")
    return len(data) == 72 and time < 1 << 63 and \
        signature_valid(key, data[8:], b"cosignature/v1\ntime %d\n" % time + text)


# ---- READING A LEDGER -----------------------------------------------------------------------------


def open_ledger(path: str, head: bytes, report: Report) -> sqlite3.Connection:
    """Steps 1 (head: the first 100 bytes) and 2, without ever making a file beside the ledger."""

    def known(application: int, version: int) -> None:
        if application != int.from_bytes(b"audt", "big"):
            raise Stop("not a ledger")
        if version != 1:
            raise Stop(f"a ledger of version {version}, which is not known")

    def filled(suffix: str) -> bool:
        return os.path.exists(path + suffix) and os.path.getsize(path + suffix) > 0

    if len(head) < 100 or head[:16] != b"SQLite format 3\0":
        raise Stop("not a ledger")
    known(int.from_bytes(head[68:72], "big"), int.from_bytes(head[60:64], "big"))
    if filled("-journal"):
        raise Stop("there is a -journal, which never belongs to a ledger")
    logged = filled("-wal")
    how = "?mode=ro&vfs=unix-none" if logged else "?mode=ro&immutable=1"
    db = sqlite3.connect(pathlib.Path(path).as_uri() + how, uri=True, isolation_level=None)
    db.text_factory = Text
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW)
    # Pages that lead round in circles would never end; no honest file takes so many steps.
    steps = itertools.count()
    most = (1_000_000 + 16 * sum(os.path.getsize(path + suffix) for suffix in ("", "-wal") if filled(suffix))) // STEP
    db.set_progress_handler(lambda: next(steps) > most, STEP)
    if logged:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        report.remarks.append("a -wal was part of what was read")
    for statement in ("PRAGMA trusted_schema=OFF", "PRAGMA cell_size_check=ON", "PRAGMA query_only=ON", "BEGIN"):
        db.execute(statement)
    known(*(db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")))
    return db


# ---- HOW TO VERIFY --------------------------------------------------------------------------------


class Verifier:
    def __init__(self, db: sqlite3.Connection, report: Report, known: list[Known]) -> None:
        self.db, self.report, self.known = db, report, known
        self.roots: dict[int, bytes | None] = {}  # at the sizes of known checkpoints
        self.size = 0  # K, and at the end N

    def run(self) -> None:
        self.schema()
        self.structure()
        self.decoder = Decoder(self.select("SELECT id, text FROM word ORDER BY id", types=(int, Text)), self.report)
        query = "SELECT number, hash FROM subtree WHERE level = ? ORDER BY number"
        self.tree = Tree({level: self.select(query, level, types=(int, bytes)) for level in range(1, 8)}, self.report)
        for level, number in self.select("SELECT level, number FROM subtree WHERE NOT level BETWEEN 1 AND 7"):
            self.report.finding("subtree", None, f"row ({level}, {number}) is superfluous")
        key_sizes, self.named = self.gather()
        checkpoints = self.select("SELECT size, note FROM checkpoint ORDER BY size", types=(int, Text))
        self.notes = Notes(checkpoints, key_sizes, self.report)
        self.walk()
        self.decoder.unused()
        self.tree.finish(self.size)
        heads = list(self.select("SELECT one, note FROM head LIMIT 2", types=(int, Text)))
        self.notes.finish(self.size, self.tree, heads)

    def select(self, query: str, *values: Any, types: tuple[type, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows, as far as they can be read (step 4) and their cells have these storage classes.

        With `types`, the first column is the key the rows are sorted by."""
        key = None
        try:
            for row in self.db.execute(query, values):
                if types and key is not None and type(row[0]) is type(key) and row[0] <= key:
                    self.report.finding("structure", None, f"the keys do not rise at {shown(row[:1])}: {query}")
                    return
                key = row[0]
                if all(type(cell) is wanted for cell, wanted in zip(row, types)):
                    yield row
                else:
                    self.report.finding("structure", None, f"a cell has another storage class: {shown(row)} of {query}")
        except UNREADABLE as error:
            self.report.finding("structure", None, f"{error}: {query}")

    def schema(self) -> None:
        """Step 3."""
        rows: list[Any] = []
        try:
            for row in self.db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT 1000"):
                rows.append(tuple("" if cell is None else cell.decode("utf-8", "replace") for cell in row))
        except UNREADABLE as error:
            self.report.finding("schema", None, f"cannot be read: {error}")
        wanted = schema_rows()
        for row in rows:
            if row not in wanted or rows.count(row) > 1:
                self.report.finding("schema", None, f"{row[0]} {shown(row[1])} does not belong there as it is")
        for row in sorted(wanted - set(rows)):
            self.report.finding("schema", None, f"{row[0]} {row[1]} is missing or different")
        if self.report.kinds:
            raise Stop

    def structure(self) -> None:
        """Step 4."""
        for (answer,) in self.select("PRAGMA integrity_check"):
            if answer != b"ok":
                self.report.finding("structure", None, shown(answer))
        for (pages,) in self.select("PRAGMA freelist_count"):
            self.report.remarks += [f"{pages} pages are free"] if pages else []
        if not any(list(self.select(f"SELECT 1 FROM {table} LIMIT 1")) for table in ("entry", "head")):
            raise Stop("there is no entry and no head")

    def gather(self) -> tuple[list[int], Iterator[tuple[int, str, int]]]:
        """Read beforehand: the sizes that sys.key entries demand, and for W(k): k, what, and who says so, by k."""
        key_sizes = []
        store = sqlite3.connect("")  # a file of its own in the folder for temporary ones, if there are many
        store.execute("CREATE TABLE named(k, what, by, PRIMARY KEY(k, what, by)) WITHOUT ROWID")
        for seq, kind, stored, payload in self.select(
                "SELECT seq, coalesce((SELECT text FROM word WHERE id = type), type), stored, payload FROM entry WHERE "
                "seq >= 0 AND (type IN (SELECT id FROM word WHERE text IN ('sys.key', 'sys.erasure')) "
                "OR type IN ('sys.key', 'sys.erasure'))"):
            if kind == b"sys.key":
                key_sizes.append(seq + 1)
                continue
            try:
                there = stored == 1 and type(payload) is bytes
                entries, what = parse_erasure(parse_object(payload if there else None), seq)
                store.executemany("INSERT OR IGNORE INTO named VALUES(?, ?, ?)", ((k, what, seq) for k in entries))
            except ValueError:
                pass  # the walk reports it
        return key_sizes, iter(store.execute("SELECT k, what, by FROM named ORDER BY k"))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of entry by seq. What cannot be read is passed over, number by number."""
        for (seq,) in self.select("SELECT seq FROM entry WHERE seq < 0 ORDER BY seq"):
            self.report.finding("order", seq, "the number is negative")
        query, start, failed = f"SELECT {', '.join(ENTRY)} FROM entry WHERE seq >= ? ORDER BY seq", 0, 0
        while start < 1 << 63 and failed < 10_000:
            try:
                if not failed:
                    for row in self.db.execute(query, (start,)):
                        start = max(start, row[0] + 1)
                        yield row
                    return
                row = self.db.execute(query + " LIMIT 1", (start,)).fetchone()
                if row is None:
                    return
                start, failed = max(start, row[0] + 1), 0
                yield row
            except UNREADABLE as error:
                if not failed:
                    self.report.finding("structure", start, f"cannot be read from here: {error}")
                start, failed = start + (failed > 0), failed + 1

    def walk(self) -> None:
        """Step 6, and along with it 7 to 10."""
        report, known = self.report, {known.size for known in self.known}
        s: bytes | None = bytes(32)  # the stored hash of the entry before
        r: bytes | None = bytes(32)  # its recomputed hash
        bad: tuple[int, bool] | None = None  # the entry before, if it is bad, and whether the one before that was
        received, stepped_back = -(1 << 63), 0
        named = next(self.named, None)
        self.roots[0] = self.tree.root(0)

        def name_bad(follows: bool) -> None:
            """Step 6.4, for the entry before."""
            if bad and follows:
                report.finding("hash", bad[0], "only the stored hash is wrong: the next entry follows from another")
            elif bad and bad[1]:
                report.finding("chain", bad[0], "does not follow from the entry before, which is bad too")
            elif bad:
                report.finding("entry", bad[0], "is not what its hash says")

        for row in self.rows():
            seq = row[0]
            if seq < self.size:
                report.finding("order", seq, f"{self.size} was due")
                continue
            if seq > self.size:
                name_bad(False)
                report.missing(self.size, seq - 1)
                self.tree.broken, s, r, bad = True, None, None, None
            entry = self.decoder.decode(row)

            # 6.3: the hash that follows from the stored one before, and that from the recomputed one
            e, p, h1, h2 = entry.envelope_digest(), entry.payload_digest(), None, None
            if e is not None and p is not None and entry.received is not None:
                start = struct.pack(">6sQq", b"audit\x01", seq, entry.received)
                h1 = s and sha256(b"\0" + start + s + e + p)
                h2 = h1 if r == s else r and sha256(b"\0" + start + r + e + p)
            unknown = (s is None and r is None) or entry.stored not in (0, 1, 3)
            good = unknown or entry.hash is not None and entry.hash in (h1, h2)
            name_bad(entry.hash is not None and entry.hash == h2 != h1)
            bad = None if good else (seq, bad is not None)
            s, r, self.size = entry.hash, entry.hash if good else h2, seq + 1  # 6.5
            if entry.received is not None:
                stepped_back, received = stepped_back + (entry.received < received), entry.received

            words: set[str] = set()
            while named is not None and named[0] <= seq:
                if named[0] == seq:
                    words.add(named[1])
                    if entry.type in PROTECTED or seq == 0:
                        report.finding("system", named[2], f"names entry {seq}, which is never erased")
                named = next(self.named, None)
            if words or entry.kept_cell is not None:
                self.gone(entry, words)
            if entry.type.startswith(b"sys.") or seq == 0:
                self.system(entry)
            self.tree.push(entry.hash)
            self.notes.reach(self.size, self.tree)
            if self.size in known:
                self.roots[self.size] = self.tree.root(self.size)
        name_bad(False)
        report.remarks += [f"received steps back {stepped_back} times"] if stepped_back else []

    def gone(self, entry: Entry, words: set[str]) -> None:
        """Which content may be gone (step 10); words is W(k)."""
        kept, seq, erased = entry.kept, entry.seq, entry.kept_cell is not None
        if erased and (not words or kept and kept.flags == 5 and "entry" not in words):
            self.report.finding("erasure", seq, "content is gone, and no sys.erasure says so")
        elif kept and kept.flags != 5 and "entry" in words:
            self.report.finding("erasure-undone", seq, "was erased as a whole, but is there")
        elif kept and kept.flags != 5:
            if entry.stored in (1, 2):
                self.report.finding("erasure-undone", seq, "the payload was erased, but is there")
            had = {tag for tag, _, _ in kept.own} if kept.flags & 2 else set(entry.own)
            lost = {tag for tag, kind, _ in kept.own if kind}
            due = {tag for tag in had if BY_TAG[tag].name in words | CONTENT}
            for tag in sorted(lost ^ due):
                self.report.finding(*(("erasure", seq, f"{BY_TAG[tag].name} is gone, but not named") if tag in lost else
                                      ("erasure-undone", seq, f"{BY_TAG[tag].name} was erased, but is there")))

    def system(self, entry: Entry) -> None:
        """System entries (step 8)."""
        erased = entry.kept_cell is not None
        seq, kind, report, notes = entry.seq, entry.type, self.report, self.notes
        if (seq == 0) != (kind == b"sys.created"):
            report.finding("system", seq, "entry 0, and no other, must be sys.created")
        if entry.event_id is not None:
            report.finding("system", seq, "a system entry has an event_id")
        if erased and kind in PROTECTED:
            report.finding("system", seq, f"an entry {kind.decode()} is never erased")
        if entry.stored == 3 and erased or entry.stored not in (0, 1, 3):
            return
        try:
            payload = parse_object(entry.content)
            if kind == b"sys.created" and seq == 0:
                notes.origin = origin = member(payload, "origin")
                if len(origin.encode()) > 255 or any(c < " " or c == "+" or c in WHITE_SPACE for c in origin):
                    report.finding("system", 0, "origin is not the name of a ledger")
                notes.add_key(0, member(payload, "key"), 1)
                if "continues" in payload:
                    check_continues(payload["continues"])
                version = payload.get("format")
                if not re.fullmatch("[0-9a-f]{32}", member(payload, "ledger")) or \
                        not isinstance(version, Number) or version.text != "1":
                    report.finding("system", 0, "format is not 1, or ledger is no id")
                if [tag for tag, _ in entry.common] != [0x81, 0x82] or entry.own or entry.time != entry.received:
                    report.finding("system", 0, "not exactly type and time, or time is not received")
            elif kind == b"sys.key":
                in_force = notes.history[-1][1] if notes.history else None
                if member(payload, "previous") != (in_force and in_force.text):
                    report.finding("key", seq, "previous is not the key in force")
                notes.add_key(seq, member(payload, "key"), seq + 2)
            elif kind == b"sys.erasure":
                parse_erasure(payload, seq)
        except ValueError as error:
            report.finding("system", seq, str(error))

    def compare(self, trusted: list[Key]) -> bool:
        """Step 11. False if a checkpoint is of another ledger: a mistake of the caller."""
        notes, report = self.notes, self.report
        of_this = [known for known in self.known if notes.origin is None or known.origin == notes.origin.encode()]
        for known in of_this:
            root = self.roots.get(known.size)
            if known.size == 0:
                report.doubts["a known checkpoint of no entries says nothing"] += 1
            elif known.size > self.size:
                report.finding("rolled-back", None, f"the ledger ends at {self.size}, {known.path} at {known.size}")
            elif root is None:
                report.doubts["the root at the size of a known checkpoint cannot be computed"] += 1
            elif root != known.root:
                report.finding("forked", None, f"another history than that of {known.path} (size {known.size})")
            else:
                vouched(known, [*trusted, *(old for _, old in notes.history if old)], report)
        for key in trusted:
            if not any(old and (old.name, old.public) == (key.name, key.public) for _, old in notes.history):
                report.finding("key", None, f"the holder of {shown(key.text)} did not sign this ledger")
        report.remarks += [] if trusted else ["the signer is self-declared (no --key)"]
        report.remarks += [] if of_this else ["the ledger is unanchored (no --known)"]
        return len(of_this) == len(self.known)


def read_keys(value: str) -> list[Key]:
    """A verifier key, or a file with one in each line."""
    if "+" in value and not os.path.isfile(value):
        return [parse_key(value, (1, 4))]
    return [parse_key(line, (1, 4)) for line in pathlib.Path(value).read_text("utf-8").split("\n") if line]


def verify_bundle(path: str, trusted: list[Key], known: list[Known], report: Report) -> int:
    same = True
    with open(path, "rb") as file:
        bundle = Bundle(file, report, known)
        try:
            bundle.run()
            same = bundle.compare(trusted, known)
        except Stop as reason:
            report.doubts[str(reason)] += 1
    if not same:
        report.remarks.append("a known checkpoint is of another ledger, a mistake of the caller")
    status = report.verdict(bundle.entries)
    return status if same or status else 2


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="reverify.py", description="Verify a ledger of format 1.")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY|FILE", help="a verifier key that you trust")
    parser.add_argument("--known", action="append", default=[], metavar="CHECKPOINT", help="a checkpoint that you kept")
    parser.add_argument("--json", action="store_true", help="one JSON object in each line")
    parser.add_argument("--leaf", metavar="FILE", help="the leaf data of a proof that does not carry it")
    parser.add_argument("ledger", metavar="LEDGER|PROOF|BUNDLE|FORK")
    options = parser.parse_args(arguments)
    report, verifier, same = Report(options.json), None, True
    try:
        trusted = [key for value in options.key for key in read_keys(value)]
        known = [parse_checkpoint(path, pathlib.Path(path).read_bytes()) for path in options.known]
        with open(options.ledger, "rb") as file:
            head = file.read(BLOCK)
            proof = head + file.read(MAX_NOTE + 2 * MAX_LINE) if head.startswith(PROOF) else b""
        leaf = pathlib.Path(options.leaf).read_bytes() if options.leaf else None
    except OSError as error:
        print(f"reverify.py: {error}", file=sys.stderr)
        return 66
    except ValueError as error:
        parser.error(str(error))
    if proof:
        try:
            logs = [key for key in trusted if key.kind == 1]
            same = check_proof(parse_proof(proof), leaf, logs, known, report)
        except ValueError as error:
            report.doubts[str(error)] += 1
        status = report.verdict(1)
        return status if same or status else 2
    if leaf is not None:
        parser.error("--leaf is for a proof")
    if head.startswith(FORK):
        return verify_fork(options.ledger, trusted, report)
    if looks_like_bundle(head):
        return verify_bundle(options.ledger, trusted, known, report)
    trusted = [key for key in trusted if key.kind == 1]
    try:
        db = open_ledger(os.path.realpath(options.ledger), head, report)
        verifier = Verifier(db, report, known)
        verifier.run()
        same = verifier.compare(trusted)
    except Stop as reason:
        if reason.args:
            report.doubts[str(reason)] += 1
    except UNREADABLE as error:
        if getattr(error, "sqlite_errorcode", 11) & 255 in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            report.finding("structure", None, str(error))
        else:
            report.doubts[f"cannot be read: {error}"] += 1
    if not same:
        report.remarks.append("a known checkpoint is of another ledger, a mistake of the caller")
    status = report.verdict(verifier.size if verifier else 0)
    return status if same or status else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
