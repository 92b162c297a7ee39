"""Pages that lead where none should: round in circles, elsewhere by number; rows too large to read.

SQLite believes the pages of a file: https://sqlite.org/fileformat2.html, sections 1.5 and 1.6.
"""

import sqlite3
import struct
import subprocess
import sys

import harness
from attack import Attack
from sqlite_pages import TABLE_INTERIOR, TABLE_LEAF, varint

PAGE = 16384
SECONDS = 20  # a program that is led round in circles would need years

# Children of each page, and levels of them. SQLite's own check ends at a hundred faults: few enough of
# the second kind are one page for it to go on.
CIRCLES = ((1500, 4), (4, 17))


def put_varint(number):
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def interior(cells, right):
    """A page that leads to `cells`, (page, largest key), and to `right` behind them."""
    page = bytearray(PAGE)
    page[0] = TABLE_INTERIOR
    end = PAGE
    for i, (child, key) in enumerate(cells):
        cell = struct.pack(">I", child) + put_varint(key)
        end -= len(cell)
        page[end : end + len(cell)] = cell
        struct.pack_into(">H", page, 12 + 2 * i, end)
    struct.pack_into(">HHxI", page, 3, len(cells), end, right)
    return page


class File:
    """The pages of a database at rest."""

    def __init__(self, path):
        self.path = path
        self.data = bytearray(path.read_bytes())

    def page(self, number):
        return self.data[(number - 1) * PAGE : number * PAGE]

    def put(self, number, page):
        self.data[(number - 1) * PAGE : number * PAGE] = page

    def append(self, page):
        self.data += page
        return len(self.data) // PAGE

    def circle(self, leaf, children, levels):
        """A page behind which this leaf stands children ** levels times."""
        for _ in range(levels):
            leaf = self.append(interior([(leaf, 1_000_000 + i) for i in range(children - 1)], leaf))
        return leaf

    def cells(self, number):
        """(child, key) of each cell of an interior page, and the page behind them."""
        page = self.page(number)
        (count,) = struct.unpack_from(">H", page, 3)
        cells = []
        for i in range(count):
            (at,) = struct.unpack_from(">H", page, 12 + 2 * i)
            cells.append((struct.unpack_from(">I", page, at)[0], varint(page, at + 4)[0]))
        return cells, struct.unpack_from(">I", page, 8)[0]

    def write(self):
        struct.pack_into(">I", self.data, 28, len(self.data) // PAGE)
        self.path.write_bytes(self.data)


class Pages(Attack):
    base = "big"

    def root(self, table):
        db = sqlite3.connect(f"file:{self.ledger}?mode=ro&immutable=1", uri=True)
        (number,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        db.close()
        return number

    def assert_ends(self, *kinds):
        """Verify ends, with these findings; every other command ends too, and well or with 65."""
        for words in ((), ("--quick",)):
            result = self.verify(None, *words, timeout=SECONDS)
            self.assertEqual((result.code, result.verdict), (1, "tampered"), result.text)
            self.assertLessEqual(set(kinds), result.kinds, result.text)
        for words in (
            ["search", "-l", self.ledger, "--count", "common"],
            ["search", "-l", self.ledger, "--count", "payload.text:nothing"],
            ["export", "-l", self.ledger, "--raw"],
            ["ingest", "-l", self.ledger, "-"],
        ):
            result = harness.run(*words, stdin=b'{"type":"note"}\n', timeout=SECONDS)
            self.assertIn(result.returncode, (0, 1, 65), (words, harness.told(result)))
        second = subprocess.run(
            [sys.executable, "-B", harness.REVERIFY, self.ledger], capture_output=True, timeout=SECONDS
        )
        self.assertEqual(second.returncode, 1, second.stdout + second.stderr)

    def test_a_small_table_has_no_end(self):
        for table in ("word", "checkpoint", "head"):
            for children, levels in CIRCLES:
                with self.subTest(table=table, children=children):
                    self.fresh()
                    root, file = self.root(table), File(self.ledger)
                    self.assertEqual(file.page(root)[0], TABLE_LEAF)
                    leaf = file.append(file.page(root))
                    circle = file.circle(leaf, children, levels)
                    file.put(root, interior([(circle, 1_000_000)], circle))
                    file.write()
                    self.assert_ends("structure")

    def test_entries_before_all_others_have_no_end(self):
        for children, levels in CIRCLES:
            with self.subTest(children=children):
                self.fresh()
                root, file = self.root("entry"), File(self.ledger)
                (first, *_), _ = file.cells(root)
                behind = file.append(file.page(root))
                file.put(root, interior([(file.circle(first[0], children, levels), 0)], behind))
                file.write()
                self.assert_ends("structure", "order")

    def test_entries_between_two_others_have_no_end(self):
        # Before the leaf in which the second range of rows begins: the walk that finds out what
        # the rows before it leave to it is led round.
        for children, levels in CIRCLES:
            with self.subTest(children=children):
                self.fresh()
                root, file = self.root("entry"), File(self.ledger)
                cells, right = file.cells(root)
                at = next(i for i, (_, key) in enumerate(cells) if key >= 4095)
                circle = file.circle(cells[0][0], children, levels)
                file.put(root, interior([*cells[:at], (circle, cells[at - 1][1]), *cells[at:]], right))
                file.write()
                self.assert_ends("structure", "order")

    def test_the_schema_has_no_end(self):
        self.fresh("small")
        db = sqlite3.connect(str(self.ledger), isolation_level=None)
        db.execute("PRAGMA writable_schema=ON")
        db.execute(
            "INSERT INTO sqlite_schema SELECT type, name, tbl_name, rootpage, "
            "replace(sql, 'TABLE', 'TABLE IF NOT EXISTS') FROM sqlite_schema WHERE name = 'word'"
        )
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        file = File(self.ledger)
        first = file.page(1)
        count, content = struct.unpack_from(">HH", first, 103)
        leaf = bytearray(PAGE)
        leaf[:8] = first[100:108]
        leaf[8 : 8 + 2 * count] = first[108 : 108 + 2 * count]
        leaf[content:] = first[content:]
        real = file.append(leaf)
        again = bytearray(leaf)
        struct.pack_into(">H", again, 3, 1)
        again[8:10] = leaf[6 + 2 * count : 8 + 2 * count]
        top = interior([(real, 1000)], file.circle(file.append(again), 1500, 4))
        top[112:114], top[100:112], top[:100] = top[12:14], top[:12], first[:100]
        file.put(1, top)
        file.write()
        result = self.verify(timeout=SECONDS)
        self.assertEqual((result.code, result.verdict), (1, "tampered"), result.text)
        self.assert_refused()

    def test_a_row_too_large_to_read_hides_what_else_is_wrong(self):
        self.fresh("small")
        with self.edit() as book:
            book.set(3, payload=bytes(45 << 20))
            book.set(5, payload=b"changed")
        for words in ((), ("--quick",)):
            result = self.verify(None, *words)
            self.assertEqual((result.code, result.verdict), (1, "tampered"), result.text)
            self.assertLessEqual({("structure", 3), ("entry", 5)}, result.findings, result.text)
            self.assertEqual(result.entries, {3, 5}, result.text)

    def test_a_note_too_large_to_read_ends_without_a_verdict(self):
        for change in (
            "UPDATE head SET note = CAST(zeroblob(45000000) AS TEXT)",
            "UPDATE checkpoint SET note = CAST(zeroblob(45000000) AS TEXT)",
        ):
            with self.subTest(change=change):
                self.fresh()
                with self.edit() as book:
                    book.db.execute(change)
                for words in ((), ("--quick",)):
                    result = self.verify(None, *words)
                    self.assertEqual((result.code, result.verdict), (1, "tampered"), result.text)
                    self.assertEqual(result.kinds, {"structure"}, result.text)
                    self.assertLessEqual({"chain"}, result.level, result.text)

    def test_a_note_of_bytes_is_taken_for_text(self):
        # The type of the cell alone is changed: its number is odd for text, even for bytes.
        for table, kind in (("head", "head"), ("checkpoint", "checkpoint")):
            with self.subTest(table=table):
                self.fresh()
                root, file = self.root(table), File(self.ledger)
                start = (root - 1) * PAGE
                at = start + struct.unpack_from(">H", file.data, start + 8)[0]
                _, at = varint(file.data, at)  # length
                _, at = varint(file.data, at)  # number
                file.data[at + file.data[at] - 1] -= 1
                file.write()
                quick = self.verify(None, "--quick")
                self.assertEqual((quick.code, quick.verdict), (1, "tampered"), quick.text)
                self.assertIn(kind, quick.kinds, quick.text)
                self.judge("tampered", agree=False)

    def test_quick_promises_that_search_reads_what_it_checked(self):
        # A leaf with a changed row 41, to which only those come who look for its number.
        root, file = self.root("entry"), File(self.ledger)
        cells, right = file.cells(root)
        forged = bytearray(file.page(cells[0][0]))
        at = forged.find(b"common w40x")
        forged[at : at + 6] = b"FORGED"
        leaf = file.append(forged)
        i = next(i for i, (_, key) in enumerate(cells) if key >= 4096)
        walked = file.append(interior(cells[:i], cells[i][0]))
        found = file.append(interior([(leaf, 61), *cells[1:i]], cells[i][0]))
        file.put(root, interior([(walked, 0), (found, cells[i][1]), *cells[i + 1 :]], right))
        file.write()
        self.assertEqual(self.verify().verdict, "tampered")
        quick = self.verify(None, "--quick")
        if quick.verdict == "intact":
            self.assertIn("only a full verify shows that search and export read", quick.limits)
