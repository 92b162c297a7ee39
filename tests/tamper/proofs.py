"""search --prove: what it prints holds for somebody else's code, and what was changed is not printed.
"""

import base64
import hashlib
import json
import pathlib
import shutil
import sqlite3

import harness
import ledger_format
from attack import BIG_SIZE, FULL_SEQ, ORIGIN, SIZE, Attack, made
from ledger_format import Book, SigningKey


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by_path(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2, as it is written there; None if the path does not fit."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


class Prove(Attack):
    """Runs a search with and without proofs."""

    def search(self, *words):
        return harness.run("search", "-l", self.ledger, *words)

    def proved(self, *words, code=0):
        """(answers, closing object) of a search as JSON."""
        result = self.search("--prove", "--json", "-n", "0", *words)
        self.assertEqual(result.returncode, code, harness.told(result))
        self.errors = result.stderr.decode()
        *answers, closing = map(json.loads, result.stdout.decode().splitlines())
        self.assertEqual(closing["schema"], "audit.proof/1")
        self.assertEqual(closing["proved"], len(answers))
        return answers, closing

    def plain(self, *words):
        result = self.search("--json", "-n", "0", *words)
        self.assertIn(result.returncode, (0, 1), harness.told(result))
        return [json.loads(line) for line in result.stdout.decode().splitlines()]

    def check_signature(self, note):
        if made["reverify"] is None:
            return
        text, lines = note.rsplit("\n\n", 1)
        line = lines.split("\n")[0].rsplit(" ", 1)[1]
        key = made["reverify"].parse_key(self.ledger.with_name("x.ledger.pub").read_text().split()[0])
        signature = base64.b64decode(line)[4:]
        self.assertTrue(made["reverify"].signature_valid(key, signature, text.encode() + b"\n"), note)


class Printed(Prove):
    """Proofs that somebody else checks."""

    base = "big"

    def check(self, answers, closing):
        with Book.open(self.ledger) as book:
            hashes, head = book.hashes(), book.head
        root = base64.b64decode(closing["root"])
        self.assertEqual(root, ledger_format.root(hashes))
        self.assertEqual(closing["checkpoint"], head)
        self.assertEqual(head.split("\n")[:3], [ORIGIN, str(closing["size"]), closing["root"]])
        self.check_signature(head)
        for answer in answers:
            proof, leaf = answer["proof"], bytes.fromhex(answer["hash"])
            self.assertEqual(leaf, hashes[answer["seq"]])
            self.assertEqual((proof["leaf_index"], proof["tree_size"]), (answer["seq"], closing["size"]))
            path = [base64.b64decode(text, validate=True) for text in proof["path"]]
            self.assertEqual(root_by_path(leaf, answer["seq"], closing["size"], path), root, answer["seq"])

    def test_a_printed_path_does_not_lead_to_the_root(self):
        for query, count in (("agent:agent-3", None), ("w5000x", 1), ("type:sys.created", 1), ("", BIG_SIZE - 1)):
            with self.subTest(query=query):
                answers, closing = self.proved(query)
                self.check(answers, closing)
                plain = self.plain(query)
                self.assertEqual([{k: v for k, v in a.items() if k != "proof"} for a in answers], plain)
                self.assertEqual(len(answers), count or len(plain))
                self.assertFalse(closing["more"])

    def test_without_an_index_the_proofs_are_others(self):
        with_index = self.proved("agent:agent-3")
        self.ledger.with_name("x.ledger.index").unlink()
        answers, closing = self.proved("agent:agent-3")
        self.assertEqual(answers, with_index[0])
        read = BIG_SIZE - len(answers)  # entry 0 among them
        self.assertEqual((len(with_index[1]["segments"]), with_index[1]["passed_over"]), (1, 0))
        self.assertEqual((closing["segments"], closing["passed_over"]), ([], read))

    def test_a_limit_hides_that_there_is_more(self):
        for words, more in ((["-n", "3", "common"], True), (["-n", "1", "w5000x"], False)):
            result = self.search("--prove", "--json", *words)
            closing = json.loads(result.stdout.splitlines()[-1])
            self.assertEqual((closing["proved"], closing["more"]), (int(words[1]), more))

    def test_a_count_counts_what_is_not_proved(self):
        with self.edit() as book:
            book.set(4000, payload=book.row(4000)["payload"].replace(b"w3999x", b"w9999x"))
        self.assertEqual(self.search("--count", "common").stdout, b"%d\n" % (BIG_SIZE - 1))
        result = self.search("--count", "--prove", "common")
        self.assertEqual((result.returncode, result.stdout.split(b"\n")[0]), (65, b"%d" % (BIG_SIZE - 2)))
        self.assertIn(b"entry 4000 is not proved", result.stderr)
        result = self.search("--count", "--prove", "--json", "common")
        count, closing = map(json.loads, result.stdout.splitlines())
        self.assertEqual(count, {"schema": "audit.count/1", "count": BIG_SIZE - 2, "size": BIG_SIZE})
        self.assertEqual((closing["proved"], closing["unproved"]), (BIG_SIZE - 2, 1))

    def test_of_many_that_are_not_proved_all_are_listed_or_none(self):
        with self.edit() as book:
            book.db.execute("UPDATE entry SET received = received + 1 WHERE seq BETWEEN 1000 AND 1999")
        answers, closing = self.proved("common", code=65)
        self.assertEqual((len(answers), closing["unproved"]), (BIG_SIZE - 1001, 1000))
        self.assertIn("980 more entries are not proved", self.errors)
        self.assertLess(len(self.errors.splitlines()), 25)


class Changed(Prove):
    """A plain search prints it; with --prove nothing of it is printed."""

    def assert_unproved(self, seq, query):
        self.assertIn(seq, [answer["seq"] for answer in self.plain(query)], "the attack has no place: renew this test")
        answers, closing = self.proved(query, code=65)
        self.assertNotIn(seq, [answer["seq"] for answer in answers])
        self.assertEqual(closing["unproved"], 1)
        self.assertIn(f"entry {seq} is not proved", self.errors)
        result = self.search("--prove", query)
        self.assertEqual(result.returncode, 65)
        lines = result.stdout.decode().split("\n\n")[0].splitlines() if answers else []
        self.assertEqual(len(lines), len(answers))
        result = self.search("--prove", "--seq", seq)
        self.assertEqual((result.returncode, b"payload" in result.stdout), (65, False), harness.told(result))

    def test_a_changed_entry_is_proved(self):
        with Book.open(self.ledger) as book:
            row = book.row(FULL_SEQ)
        changes = {
            "payload": row["payload"].replace(b"duplicate", b"Duplicate"),
            "user": "mallory", "tokens_in": 11, "received": row["received"] + 1,
            "salt_e": bytes(16), "salt_p": bytes(16), "tokens_out": None,
        }
        for name, value in changes.items():
            with self.subTest(cell=name):
                self.fresh()
                with self.edit() as book:
                    book.set(FULL_SEQ, **{name: value})
                self.assert_unproved(FULL_SEQ, "tool:refund")

    def test_a_changed_tree_or_head_proves_something(self):
        stranger = SigningKey(bytes(32), ORIGIN)
        with Book.open(self.ledger) as book:
            head, hashes = book.head, book.hashes()
        text = ledger_format.checkpoint_text(ORIGIN, SIZE, ledger_format.root(hashes))
        other = ledger_format.checkpoint_text(ORIGIN, SIZE, bytes(32))
        changes = {
            "a hash": ("UPDATE entry SET hash = zeroblob(32) WHERE seq = 3", ()),
            "the signer": ("UPDATE head SET note = ?", (ledger_format.note(text, stranger),)),
            "the root": ("UPDATE head SET note = ?", (ledger_format.note(other, stranger),)),
            "the signature": ("UPDATE head SET note = ?", (head[:-9] + ("A" if head[-9] != "A" else "B") + head[-8:],)),
        }
        for name, (statement, values) in changes.items():
            with self.subTest(changed=name):
                self.fresh()
                with self.edit() as book:
                    book.db.execute(statement, values)
                self.assertTrue(self.plain("tool:refund"), "the attack has no place: renew this test")
                for words in (["--json"], [], ["--count"], ["--seq", FULL_SEQ]):
                    query = [] if "--seq" in words else ["tool:refund"]
                    result = self.search("--prove", *words, *query)
                    self.assertEqual((result.returncode, result.stdout), (65, b""), harness.told(result))
                    self.assertIn(b"audit verify", result.stderr)

    def test_a_changed_subtree_proves_something(self):
        self.fresh("big")
        with self.edit() as book:
            book.db.execute("UPDATE subtree SET hash = zeroblob(32) WHERE level = 1 AND number = 7")
        self.assertEqual(len(self.plain("w5000x")), 1)
        result = self.search("--prove", "w5000x")
        self.assertEqual((result.returncode, result.stdout), (65, b""), harness.told(result))

    def test_another_key_is_taken_for_the_one_that_was_given(self):
        stranger = SigningKey(bytes(32), ORIGIN)
        for key, code in ((self.signer, 0), (stranger, 65)):
            result = self.search("--prove", "--json", "--key", key.verifier, "tool:refund")
            self.assertEqual(result.returncode, code, harness.told(result))
            if code == 0:
                self.assertTrue(json.loads(result.stdout.splitlines()[-1])["signed"])
        self.assertFalse(self.proved("tool:refund")[1]["signed"])
        # Who made all of it anew is told by the key alone.
        with self.edit() as book:
            row = book.row(0)
            book.set(0, payload=row["payload"].replace(self.signer.verifier.encode(), stranger.verifier.encode()))
            book.rechain()
            book.sign(stranger)
        self.assertFalse(self.proved("tool:refund")[1]["signed"])
        result = self.search("--prove", "--key", self.signer.verifier, "tool:refund")
        self.assertEqual((result.returncode, result.stdout), (65, b""), harness.told(result))


class Complete(Prove):
    """Answers from which something is missing."""

    base = "big"

    def drop_index(self):
        self.ledger.with_name("x.ledger.index").unlink()

    def change(self, seq, how):
        with self.edit() as book:
            if how == "other words":
                book.set(seq, payload=b'{"type":"note","agent":"agent-3","text":"nothing"}')
            elif how == "gone":
                book.db.execute("DELETE FROM entry WHERE seq = ?", (seq,))
            else:
                book.set(seq, type=book.word("sys.created"))

    def test_an_entry_was_changed_so_that_it_is_no_answer_any_more(self):
        for how in ("other words", "gone", "hidden as the ledger's own"):
            for seq in (4000, 1, BIG_SIZE - 2):
                with self.subTest(change=how, seq=seq):
                    self.fresh()
                    self.drop_index()
                    self.change(seq, how)
                    query = f"w{seq - 1}x"
                    self.assertEqual(self.plain(query), [], "the attack has no effect: renew this test")
                    for words in ([], ["--oldest"], ["--count"]):
                        result = self.search("--prove", "--json", query, *words)
                        self.assertEqual(result.returncode, 65, harness.told(result))
                        if how != "gone":  # then its neighbours are in doubt, too
                            self.assertIn(f"entry {seq} is not proved, and may be an".encode(), result.stderr)
                            self.assertEqual(json.loads(result.stdout.splitlines()[-1])["in_doubt"], 1)
                    result = self.search("--prove", f"seq:{seq}")
                    self.assertEqual(result.returncode, 65, harness.told(result))

    def test_the_index_says_of_an_entry_what_its_row_says_no_more(self):
        # The index is sure of the word, so the row is not asked: it is an answer, and not proved.
        with self.edit() as book:
            book.set(4000, payload=b'{"type":"note","text":"nothing"}')
        answers, closing = self.proved("w3999x", code=65)
        self.assertEqual((answers, closing["unproved"]), ([], 1))
        # And one that the index names and the ledger has not.
        self.fresh()
        with self.edit() as book:
            book.db.execute("DELETE FROM entry WHERE seq = 4000")
        answers, closing = self.proved("w3999x", code=65)
        self.assertEqual((answers, closing["in_doubt"]), ([], 1))


class OfIndex(Prove):
    """Reads and changes the index, which knows nothing of the program."""

    base = "big"

    def setUp(self):
        super().setUp()
        self.index = self.ledger.with_name("x.ledger.index")

    def digests(self):
        """The digest of each segment, from its bytes alone; the pages must lead to it."""
        sha = lambda data: hashlib.sha256(data).digest()  # noqa: E731
        db = sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)
        found = []
        for number, first, last, tail, footer in db.execute("SELECT id, first, last, tail, footer FROM segment"):
            pages = [row[0] for row in db.execute("SELECT bytes FROM page WHERE id >> 24 = ? ORDER BY id", (number,))]
            leaves = next(n for n in range(len(pages)) if n + -(-n // 500) == len(pages))
            listed = b"".join(pages[leaves:])
            self.assertEqual(listed, b"".join(map(sha, pages[:leaves])))
            self.assertEqual(footer[:-32][-32 * len(pages[leaves:]):], b"".join(map(sha, pages[leaves:])))
            digest = sha(first.to_bytes(8, "big") + last.to_bytes(8, "big") + tail + footer[:-32])
            self.assertEqual(digest, footer[-32:])
            found.append({"first": first, "last": last - 1, "digest": digest.hex()})
        db.close()
        return found

    def change(self, statement, values=()):
        db = sqlite3.connect(self.index, isolation_level=None)
        self.assertGreater(db.execute(statement, values).rowcount, 0, statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()


class Segments(OfIndex):
    """The digests of the index that an answer names."""

    def test_a_digest_leaves_out_a_byte_of_the_index(self):
        self.ingest([{"type": "note", "text": f"more {n} common"} for n in range(3000)])
        answers, closing = self.proved("common")
        self.assertEqual(len(answers), BIG_SIZE - 1 + 3000)
        named = [{name: one[name] for name in ("first", "last", "digest")} for one in closing["segments"]]
        self.assertEqual(sorted(named, key=lambda one: one["first"]), self.digests())
        self.assertGreater(len(closing["segments"]), 1)

    def test_the_same_entries_give_other_digests(self):
        before = self.proved("common")[1]["segments"]
        self.run_ok("verify", "--rebuild-index", self.ledger)
        self.assertEqual(self.proved("common")[1]["segments"], before)
        with self.edit() as book:
            book.erase(4000, "payload")
            book.sign(self.signer)
        self.run_ok("verify", "--rebuild-index", self.ledger)
        self.assertNotEqual(self.proved("common")[1]["segments"], before)

    def test_a_changed_page_is_believed(self):
        # A plain search misses an answer, or has one too many; with --prove the part is read instead.
        db = sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)
        pages = db.execute("SELECT id, bytes FROM page WHERE id >> 24 IN (SELECT id FROM segment)").fetchall()
        db.close()
        tried = 0
        for number, content in pages:
            if b"w5000x" not in content and b"000x" not in content:
                continue
            changed = content.replace(b"w5000x", b"w5000y").replace(b"000x", b"000y")
            self.change("UPDATE page SET bytes = ? WHERE id = ?", (changed, number))
            tried += len(self.plain("w5000x")) == 0
            for query, count in (("w5000x", 1), ("w5000y", 0), ("agent:agent-3", 1471)):
                answers, closing = self.proved(query, code=0 if count else 1)
                self.assertEqual(len(answers), count)
            self.change("UPDATE page SET bytes = ? WHERE id = ?", (content, number))
        self.assertGreater(tried, 0, "the attack has no effect: renew this test")

    def test_a_changed_footer_is_believed(self):
        db = sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)
        ((footer,),) = db.execute("SELECT footer FROM segment").fetchall()
        db.close()
        with_index = self.proved("agent:agent-3 w5000x OR w3x")
        self.assertEqual(len(with_index[1]["segments"]), 1)
        for at in (4, len(footer) - 1, len(footer) - 40, len(footer) - 100, len(footer) // 2):
            with self.subTest(at=at):
                changed = footer[:at] + bytes([footer[at] ^ 1]) + footer[at + 1 :]
                self.change("UPDATE segment SET footer = ?", (changed,))
                answers, closing = self.proved("agent:agent-3 w5000x OR w3x")
                self.assertEqual((answers, closing["segments"]), (with_index[0], []))
                self.assertTrue(closing["index_note"])


class Known(OfIndex):
    """What verify and ingest remember of the index, and what a search says of it."""

    def setUp(self):
        super().setUp()
        self.state = self.folder / "state"
        self.env = harness.environment(AUDIT_STATE=str(self.state))

    def search(self, *words):
        return harness.run("search", "-l", self.ledger, *words, env=self.env)

    def verify_here(self, code=0):
        self.assertEqual(harness.run("verify", "-q", self.ledger, env=self.env).returncode, code)

    def basis(self, query="w5000x"):
        closing = self.proved(query)[1]
        return closing["index_verified"], {one["basis"] for one in closing["segments"]}

    def forge(self):
        """Leaves a word out of the index, and makes all digests right again: the part is sound, and lies."""
        sha = lambda data: hashlib.sha256(data).digest()  # noqa: E731
        db = sqlite3.connect(self.index, isolation_level=None)
        for number, first, last, tail, footer in db.execute("SELECT id, first, last, tail, footer FROM segment").fetchall():
            pages = [row[0] for row in db.execute("SELECT bytes FROM page WHERE id >> 24 = ? ORDER BY id", (number,))]
            leaves = next(n for n in range(len(pages)) if n + -(-n // 500) == len(pages))
            pages[:leaves] = [page.replace(b"000x", b"000y") for page in pages[:leaves]]
            listed = b"".join(map(sha, pages[:leaves]))
            pages[leaves:] = [listed[n : n + 16_000] for n in range(0, len(listed), 16_000)]
            body = footer[: -32 - 32 * len(pages[leaves:])] + b"".join(map(sha, pages[leaves:]))
            footer = body + sha(first.to_bytes(8, "big") + last.to_bytes(8, "big") + tail + body)
            db.executemany("UPDATE page SET bytes = ? WHERE id = ?",
                           [(page, number << 24 | n) for n, page in enumerate(pages)])
            db.execute("UPDATE segment SET footer = ? WHERE id = ?", (footer, number))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    def test_an_index_that_lies_with_right_digests_counts_as_verified(self):
        self.assertEqual(self.basis(), (False, {"none"}))
        self.verify_here()
        self.assertEqual(self.basis(), (True, {"verified"}))
        self.forge()
        answers, closing = self.proved("w5000x", code=1)
        self.assertEqual((answers, closing["index_verified"]), ([], False), "the attack has no effect: renew this test")
        before = {file: file.read_bytes() for file in self.state.rglob("*") if file.is_file()}
        self.verify_here(code=1)
        self.assertEqual({file: file.read_bytes() for file in self.state.rglob("*") if file.is_file()}, before)
        self.assertFalse(self.proved("w5000x", code=1)[1]["index_verified"])

    def test_a_ledger_in_the_place_of_the_one_that_was_verified_is_taken_for_it(self):
        self.verify_here()
        # Another history with the same id, and an index that is right of it.
        with self.edit() as book:
            book.set(5001, payload=b'{"type":"note","text":"something else"}')
            book.rechain()
            book.sign(self.signer)
        self.index.unlink()
        self.run_ok("verify", "--rebuild-index", self.ledger)  # remembers nothing
        self.assertEqual(self.basis("w4000x"), (False, {"none"}))
        # An old copy, before something was erased that is in its index no more.
        self.fresh()
        self.index.unlink()
        old = self.folder / "old"
        shutil.copy(self.ledger, old)
        with self.edit() as book:
            book.erase(4001, "payload")
            book.sign(self.signer)
        self.run_ok("verify", "--rebuild-index", self.ledger, env=self.env)
        self.assertEqual(self.basis("w5000x"), (True, {"verified"}))
        shutil.copy(old, self.ledger)
        self.assertNotEqual(self.proved("w5000x")[1]["index_verified"], True)

    def test_what_was_made_here_is_not_known(self):
        ledger = self.folder / "mine"
        self.init(ledger)
        lines = harness.as_lines([{"type": "note", "text": f"w{n}x common"} for n in range(3000)])
        self.run_ok("ingest", "-q", "-l", ledger, "-", stdin=lines, env=self.env)
        self.ledger = ledger
        self.assertEqual(self.basis("common"), (True, {"made"}))
        # What is appended by somebody else is somebody else's.
        other = harness.as_lines([{"type": "note", "text": f"v{n}v common"} for n in range(1000)])
        self.run_ok("ingest", "-q", "-l", ledger, "-", stdin=other)
        self.assertEqual(self.basis("common"), (False, {"made", "none"}))
        self.verify_here()
        self.assertEqual(self.basis("common"), (True, {"verified"}))
        more = harness.as_lines([{"type": "note", "text": f"u{n}u common"} for n in range(300)])
        self.run_ok("ingest", "-q", "-l", ledger, "-", stdin=more, env=self.env)
        self.assertEqual(self.basis("common"), (True, {"verified", "made"}))

    def rewrite(self, old, new):
        """Changes payloads where they lie, and no hash."""
        db = sqlite3.connect(self.ledger, isolation_level=None)
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        changed = db.execute("UPDATE entry SET payload = CAST(replace(CAST(payload AS TEXT), ?, ?) AS BLOB)"
                             " WHERE instr(CAST(payload AS TEXT), ?)", (old, new, old)).rowcount
        self.assertEqual(changed, 1, "the attack has no effect: renew this test")
        for _, sql in triggers:
            db.execute(sql)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    def test_what_was_changed_only_while_it_was_indexed_counts_as_made_here(self):
        self.ledger = self.folder / "mine"
        self.init(self.ledger)
        lines = harness.as_lines([{"type": "note", "text": f"w{n}x common"} for n in range(600)])
        self.run_ok("ingest", "-q", "-l", self.ledger, "-", stdin=lines, env=self.env)
        self.assertEqual(len(self.proved("w499x")[0]), 1)
        self.rewrite("w499x", "hidden")
        pathlib.Path(f"{self.ledger}.index").unlink()
        more = harness.as_lines([{"type": "note", "text": f"u{n}u common"} for n in range(300)])
        self.run_ok("ingest", "-q", "-l", self.ledger, "-", stdin=more, env=self.env)
        self.rewrite("hidden", "w499x")
        answers, closing = self.proved("w499x", code=1)
        self.assertEqual((answers, closing["index_verified"]), ([], False))

    def test_an_answer_without_an_index_is_verified_or_is_not(self):
        self.index.unlink()
        self.verify_here()
        self.assertEqual(self.basis(), (None, set()))


class Erased(Prove):
    """What is left after an erasure."""

    def test_what_was_lawfully_erased_is_not_proved(self):
        for what in ("payload", "user", "entry"):
            with self.subTest(what=what):
                self.fresh()
                with self.edit() as book:
                    book.erase(FULL_SEQ, what)
                    book.sign(self.signer)
                self.judge("intact")
                answers, closing = self.proved(f"seq:{FULL_SEQ} OR type:note")
                self.assertIn(FULL_SEQ, [answer["seq"] for answer in answers])
                self.assertEqual((closing["erased"], closing["unproved"]), (1, 0))

    def test_what_is_left_of_an_erased_entry_was_changed_and_is_proved(self):
        for what, cell, value in (("payload", "tokens_in", 11), ("user", "status", None), ("entry", "kept", None)):
            with self.subTest(what=what, cell=cell):
                self.fresh()
                with self.edit() as book:
                    book.erase(FULL_SEQ, what)
                    book.sign(self.signer)
                    if cell == "kept":  # another digest than the one that was kept
                        kept = book.row(FULL_SEQ)["kept"]
                        value = kept[:-1] + bytes([kept[-1] ^ 1])
                    book.set(FULL_SEQ, **{cell: value})
                answers, closing = self.proved(f"seq:{FULL_SEQ}", code=65)
                self.assertEqual((answers, closing["unproved"]), ([], 1))
