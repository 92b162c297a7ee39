"""Every byte of a small ledger is changed, one at a time.

A change in a byte that says something must be noticed; one that is not noticed must be in a byte
that says nothing, and SQLite must read the same rows. No change may crash or hang the program. The
many runs are done by VERIFY_MANY, the built tests/support/verify_many.cpp. AUDIT_FULL=1 tries every
bit; otherwise one bit of each byte, and a part of the long texts of the schema.
"""

import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import attack
import harness
import sqlite_pages
from ledger_format import Book

SEED = 20251121
SCHEMA_STRIDE = 1 if harness.FULL else 6
UNUSED_STRIDE = 5 if harness.FULL else 97
WORKERS = 2


def read_all(file):
    """Everything a reader of the file can see, or what stops him."""
    db = sqlite3.connect(f"file:{file}?immutable=1", uri=True)
    try:
        if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return "damaged"
        names = ("entry", "word", "head", "checkpoint", "subtree")
        seen = [db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names]
        schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
        return seen + [db.execute(schema).fetchall()]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return str(error)
    finally:
        db.close()


class FlipSweep(attack.Attack):
    def setUp(self):
        super().setUp()
        self.helper = os.environ.get("VERIFY_MANY", "")
        if not os.path.exists(self.helper):
            harness.skip_loudly("VERIFY_MANY does not name the built verify_many.cpp")
        with self.edit() as book:
            book.erase(attack.FULL_SEQ, "user")  # so that there are kept commitments too
            book.sign(self.signer)
        os.unlink(f"{self.ledger}.index")
        self.assert_intact()
        self.data = self.ledger.read_bytes()
        with Book.open(self.ledger) as book:
            roots = book.db.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0").fetchall()
        self.used, self.quiet = sqlite_pages.map_used(self.data, [root for (root,) in roots])

    def verify_many(self, flips):
        """{(offset, mask): words of the answer}."""
        parts = []
        for number in range(WORKERS):
            part = flips[number::WORKERS]
            folder = self.folder / f"worker{number}"
            folder.mkdir()
            child = subprocess.Popen(
                [self.helper, self.ledger, folder / "x.ledger"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env=harness.environment(),
            )
            parts.append((child, part))
        answers = {}
        # Both at once: one fills a pipe while nobody reads the other's.
        import concurrent.futures

        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            lists = ["".join(f"{offset} {mask}\n" for offset, mask in part) for _, part in parts]
            results = list(pool.map(lambda i: parts[i][0].communicate(lists[i]), range(WORKERS)))
        for (child, part), (out, err) in zip(parts, results):
            lines = out.splitlines()
            for line in lines:
                offset, mask, *words = line.split()
                answers[int(offset), int(mask)] = words
            if child.returncode != 0:
                at = part[len(lines)] if len(lines) < len(part) else "the end"
                self.fail(f"crashed or hung at {at} (exit {child.returncode}): {err}")
        return answers

    def assert_same_rows(self, offset, mask):
        """The bytes SQLite reads are those of the untouched ledger."""
        changed = bytearray(self.data)
        changed[offset] ^= mask
        file = self.folder / "changed"
        file.write_bytes(changed)
        self.assertEqual(read_all(file), read_all(self.ledger), f"offset {offset}, mask {mask}: not noticed")

    def test_the_map_of_used_bytes_is_wrong(self):
        # All bytes it calls unused are overwritten at once: nothing may change for a reader.
        changed = bytearray(self.data)
        for offset, is_used in enumerate(self.used):
            if not is_used and offset >= 100:
                changed[offset] ^= 0xFF
        file = self.folder / "changed"
        file.write_bytes(changed)
        self.assertEqual(read_all(file), read_all(self.ledger))
        self.assertGreater(sum(self.used), 7000)

    def test_a_changed_byte_that_says_something_is_not_noticed(self):
        chance = random.Random(SEED)
        flips = []
        schema_text = set(range(2000, 16384))  # most of page 1 is SQL
        for offset, is_used in enumerate(self.used):
            if not is_used or (offset in schema_text and offset % SCHEMA_STRIDE):
                continue
            bits = range(8) if harness.FULL else [chance.randrange(8)]
            flips += [(offset, 1 << bit) for bit in bits]
        answers = self.verify_many(flips)
        self.assertEqual(len(answers), len(flips))
        unnoticed = [flip for flip, words in answers.items() if words == ["intact"]]
        for offset, mask in unnoticed:
            with self.subTest(offset=offset, mask=mask):
                self.assertIn(offset, self.quiet, "this byte says something")
                self.assert_same_rows(offset, mask)
        judged = {words[0] for words in answers.values()}
        self.assertLessEqual(judged, {"intact", "tampered", "unverifiable"}, "some end in an error")
        print(f"{len(flips)} changes in used bytes; {len(unnoticed)} not noticed, all in numbers of rows")

    def test_a_changed_byte_that_says_nothing_is_called_tampering(self):
        flips = [
            (offset, 0x81)
            for offset, is_used in enumerate(self.used)
            if not is_used and (offset < 100 or offset % UNUSED_STRIDE == 0)
        ]
        answers = self.verify_many(flips)
        for (offset, mask), words in answers.items():
            if words != ["intact"]:
                with self.subTest(offset=offset):
                    self.fail(f"byte {offset} says nothing, and verify says {' '.join(words)}")
            elif offset % 7 == 0:
                self.assert_same_rows(offset, mask)
        print(f"{len(flips)} changes in bytes that say nothing")


if __name__ == "__main__":
    unittest.main(verbosity=2)
