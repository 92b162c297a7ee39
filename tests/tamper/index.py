"""The index beside the ledger: what a search would believe.
"""

import os
import random
import shutil
import sqlite3

import harness
from attack import BIG_SIZE, Attack, made


class Index(Attack):
    """The file that searches ask. Words are found in its pages as the bytes they are."""

    base = "big"

    def setUp(self):
        super().setUp()
        self.index = f"{self.ledger}.index"

    def count(self, query):
        result = harness.run("search", "-l", self.ledger, "--count", query)
        self.assertIn(result.returncode, {0, 1}, harness.told(result))
        return int(result.stdout.split()[0])

    def change(self, *statements):
        db = sqlite3.connect(self.index, isolation_level=None)
        for statement, values in statements:
            self.assertGreater(db.execute(statement, values).rowcount, 0, statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    def blobs(self, table="segment"):
        """[(table, column, id, bytes)] of all that a search reads (or, of runs, a writer)."""
        found = []
        db = sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)
        for number, tail, footer in db.execute(f"SELECT id, tail, footer FROM {table} ORDER BY id"):
            found += [(table, "tail", number, tail), (table, "footer", number, footer)]
            pages = db.execute("SELECT * FROM page WHERE id >> 24 = ? ORDER BY id", (number,))
            found += [("page", "bytes", page, content) for page, content in pages]
        db.close()
        return found

    def replace(self, old, new):
        """Replaces a word in every page that has it."""
        statements = [
            (f"UPDATE {table} SET {column} = ? WHERE id = ?", (content.replace(old, new), number))
            for table, column, number, content in self.blobs()
            if old in content
        ]
        self.assertTrue(statements, f"{old} is in no page")
        self.change(*statements)

    def assert_noticed(self):
        result = self.judge("tampered", agree=False)
        self.assertEqual(result.kinds, {"index"}, result.text)
        return result

    def test_a_search_misses_or_invents_an_entry(self):
        # Terms share their beginnings: the word that is replaced must differ early.
        self.ingest([{"type": "note", "text": "zyzzogeton"} for _ in range(300)])
        self.assertEqual((self.count("zyzzogeton"), self.count("zzzzzzzzzz")), (300, 0))
        self.judge("intact")
        self.replace(b"yzzogeton", b"zzzzzzzzz")
        missed, invented = self.count("zyzzogeton"), self.count("zzzzzzzzzz")
        self.assertTrue(missed == 0 or invented == 300, "the attack has no effect: renew this test")
        self.assert_noticed()

    def test_a_part_that_verify_passes_over_is_searched_in(self):
        # Where the newest part is of this history, a search believes the others as well.
        self.ingest([{"type": "note", "text": "zyzzogeton"} for _ in range(3000)])
        self.ingest([{"type": "note", "text": "common"} for _ in range(1000)])
        self.replace(b"yzzogeton", b"zzzzzzzzz")
        parts = sorted({number for table, _, number, _ in self.blobs() if table == "segment"})
        self.assertGreater(len(parts), 2, "the attack has no place: renew this test")
        self.change(("UPDATE segment SET tail = zeroblob(32) WHERE id = ?", (parts[-2],)))
        self.assertEqual(self.count("zyzzogeton"), 0, "the attack has no effect: renew this test")
        self.assert_noticed()
        # And where the newest is not, it believes none.
        self.change(("UPDATE segment SET tail = zeroblob(32) WHERE id = ?", (parts[-1],)))
        self.assertEqual((self.count("zyzzogeton"), self.count("zzzzzzzzzz")), (3000, 0))

    def test_an_erasure_leaves_the_words_in_the_index_or_is_called_tampering(self):
        self.ingest([{"type": "note", "user": "eve", "text": "zyzzogeton"}] + [{"type": "note"}] * 300)
        for number, what in ((BIG_SIZE, "user"), (1, "entry"), (5001, "payload")):
            with self.edit() as book:
                book.erase(number, what)
                book.sign(self.signer)
        # The index is older than that: nothing it says of these entries is believed.
        result = self.judge("intact")
        self.assertIn("3 entries were erased after the index", " ".join(result.report["limits"]))
        for query, count in (("zyzzogeton", 0), ("user:eve", 0), ("w5000x", 0), ("common", BIG_SIZE - 3)):
            self.assertEqual(self.count(query), count, query)
        self.assertEqual(self.count("agent:agent-2"), sum(n % 7 == 2 for n in range(BIG_SIZE - 1)))
        # And when it is brought up to date, they are gone from it.
        self.ingest([{"type": "note"}] * 400)
        result = self.judge("intact")
        self.assertIn("index", result.level)
        self.assertNotIn("after the index", " ".join(result.report["limits"]))
        with open(self.index, "rb") as file:
            self.assertNotIn(b"yzzogeton", file.read())

    def test_a_part_of_the_index_from_before_an_erasure_is_put_back(self):
        # It was a right one, its last entry is the same, and it still says what was erased.
        self.ingest([{"type": "note", "user": "eve", "text": "zyzzogeton"}] + [{"type": "note"}] * 3000)
        self.ingest([{"type": "note"}] * 600)
        old = f"{self.index}.old"
        db = sqlite3.connect(self.index)
        db.execute("VACUUM INTO ?", (old,))
        db.close()
        with self.edit() as book:
            book.erase(BIG_SIZE, "payload")
            book.sign(self.signer)
        self.ingest([{"type": "note"}] * 400)
        self.judge("intact")
        self.assertEqual(self.count("zyzzogeton"), 0)
        db = sqlite3.connect(self.index, isolation_level=None)
        db.execute("ATTACH ? AS old", (old,))
        (part,) = db.execute("SELECT id FROM old.segment WHERE first <= ? AND ? < last", (BIG_SIZE, BIG_SIZE)).fetchone()
        (first, last) = db.execute("SELECT first, last FROM old.segment WHERE id = ?", (part,)).fetchone()
        now = [row[0] for row in db.execute("SELECT id FROM segment WHERE first = ? AND last = ?", (first, last))]
        self.assertEqual(len(now), 1, "the attack has no place: renew this test")
        db.execute("DELETE FROM page WHERE id >> 24 = ?", (now[0],))
        db.execute(
            "INSERT INTO page SELECT (? << 24) + (id & 16777215), bytes FROM old.page WHERE id >> 24 = ?", (now[0], part)
        )
        db.execute("UPDATE segment SET footer = (SELECT footer FROM old.segment WHERE id = ?) WHERE id = ?", (part, now[0]))
        db.execute("DETACH old")
        db.close()
        self.assertEqual(self.count("zyzzogeton"), 1, "the attack has no effect: renew this test")
        self.assert_noticed()

    def test_the_index_lies_about_an_entry_from_which_something_was_erased(self):
        # Its session is left, and the index is newer than the erasure.
        self.ingest([{"type": "note", "user": "eve", "session": "zyzzogeton"}] + [{"type": "note"}] * 300)
        with self.edit() as book:
            book.erase(BIG_SIZE, "user")
            book.sign(self.signer)
        self.ingest([{"type": "note"}] * 400)
        self.assertEqual((self.count("session:zyzzogeton"), self.count("user:eve")), (1, 0))
        self.judge("intact")
        self.replace(b"yzzogeton", b"zzzzzzzzz")
        self.assertEqual(self.count("session:zyzzogeton"), 0, "the attack has no effect: renew this test")
        result = self.assert_noticed()
        self.assertIn(("index", BIG_SIZE), result.findings, result.text)

    def test_a_changed_byte_of_the_index_is_not_noticed(self):
        # In each blob some bytes, the first and the last among them: an answer could depend on any.
        chance = random.Random(3)
        tried = 0
        for table, column, number, content in self.blobs():
            if not content:
                continue
            places = {0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(2))}
            if not harness.FULL:
                places = set(chance.sample(sorted(places), min(2, len(places))))
            for at in sorted(places):
                with self.subTest(table=table, column=column, id=number, at=at):
                    changed = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
                    update = f"UPDATE {table} SET {column} = ? WHERE id = ?"
                    self.change((update, (changed, number)))
                    result = self.verify()
                    tried += 1
                    # Not of this ledger, or not sound: then nothing is asked of it, and it is said.
                    ignored = result.verdict == "intact" and "index" not in result.level
                    self.assertTrue(result.verdict == "tampered" or ignored, result.text)
                    if ignored:
                        self.assertEqual(self.count("w5000x"), 1)
                        self.assertEqual(self.count("common"), BIG_SIZE - 1)
                    self.change((update, (content, number)))
        self.assertGreater(tried, 20)
        self.judge("intact")

    def test_forged_runs_of_ids_lose_an_event_or_go_unmentioned(self):
        # Runs hold fingerprints of the ids seen. Without one, what is sent twice is stored twice.
        lines = [{"type": "note", "event_id": f"id-{i}"} for i in range(5000)]
        self.ingest(lines)
        pages = [blob for blob in self.blobs("run") if blob[0] == "page"]
        self.assertTrue(pages, "5000 ids are not worth a run: send more")
        self.assertEqual(self.ingest(lines[:10])["duplicates"], 10)
        self.judge("intact")
        update = "UPDATE page SET bytes = ? WHERE id = ?"
        self.change(*((update, (bytes(len(content)), number)) for *_, number, content in pages))
        again = self.ingest(lines[:10])
        # Nothing is lost: the evidence has both, and verify says that it does not look at the runs.
        self.assertEqual((again["duplicates"], again["stored"]), (0, 10), "the attack has no effect")
        result = self.judge("intact")
        self.assertIn("fingerprints", " ".join(result.report["limits"]))

    def test_a_page_taken_away_is_not_noticed(self):
        for _, _, number, _ in [blob for blob in self.blobs() if blob[0] == "page"][::5]:
            with self.subTest(page=number):
                self.fresh()
                self.change(("DELETE FROM page WHERE id = ?", (number,)))
                result = self.verify()
                ignored = result.verdict == "intact" and "index" not in result.level
                self.assertTrue(result.verdict == "tampered" or ignored, result.text)

    def test_an_index_that_covers_too_little_says_it_covers_all(self):
        db = sqlite3.connect(self.index)
        segments = db.execute("SELECT id, first, last FROM segment ORDER BY first").fetchall()
        db.close()
        number, first, last = segments[-1]
        self.change(("UPDATE segment SET last = last + 10 WHERE id = ?", (number,)))
        result = self.verify()
        ignored = result.verdict == "intact" and "index" not in result.level
        self.assertTrue(result.verdict == "tampered" or ignored, (first, last, result.text))
        self.assertEqual(self.count("common"), BIG_SIZE - 1)

    def test_a_lagging_missing_or_foreign_index_is_called_tampering(self):
        old = self.folder / "old"
        shutil.copy(self.index, old)
        self.ingest([{"type": "note", "text": "common"} for _ in range(400)])
        shutil.copy(old, self.index)
        self.assertEqual(self.judge("intact").report["size"], BIG_SIZE + 400)
        self.assertEqual(self.count("common"), BIG_SIZE + 399)
        os.unlink(self.index)
        result = self.judge("intact")
        self.assertNotIn("index", result.level)
        self.assertEqual(self.count("common"), BIG_SIZE + 399)
        shutil.copy(made["folder"] / "small.index", self.index)
        result = self.judge("intact")
        self.assertNotIn("index", result.level)
        self.assertEqual(self.count("common"), BIG_SIZE + 399)
