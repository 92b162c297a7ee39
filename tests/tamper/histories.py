"""Whole ledgers in the place of others, keys that hand over, content that is gone.
"""

import json
import pathlib
import shutil
import sqlite3
import struct

import harness
import ledger_format
from attack import EVENTS, FILES, FULL_SEQ, ORIGIN, SIZE, Attack
from ledger_format import BY_NAME, DICTIONARY, Book, SigningKey


class Histories(Attack):
    """Whole ledgers in the place of others. Alone they are consistent: someone must have kept a head."""

    def setUp(self):
        super().setUp()
        self.kept = self.folder / "kept"
        self.ingest([{"type": "note", "text": f"later {i}"} for i in range(4)])
        self.assert_intact(None, "--save", self.kept)
        self.size = SIZE + 4
        self.public = pathlib.Path(f"{self.ledger}.pub")

    def assert_unanchored(self):
        """Without anything from elsewhere it is intact, and says in so many words what that is worth."""
        result = self.judge("intact")
        self.assertIn("unanchored", result.text)
        text = harness.run("verify", self.ledger)
        self.assertEqual(text.returncode, 0)
        self.assertIn(b"unanchored", text.stdout)
        required = self.verify(None, "--require", "anchored")
        self.assertEqual((required.code, required.verdict), (3, "intact"), required.text)
        return result

    def assert_against_kept(self, verdict):
        result = self.judge(verdict, "--known", self.kept)
        self.assertEqual(result.kinds, {verdict}, result.text)
        required = self.verify(None, "--known", self.kept, "--require", "anchored")
        self.assertEqual((required.code, required.verdict), (1, verdict), required.text)

    def cut(self, size):
        with self.edit() as book:
            book.db.execute("DELETE FROM entry WHERE seq >= ?", (size,))
            used = {row[name] for row in book.rows() for name in DICTIONARY}
            for number in book.words:
                if number not in used:
                    book.db.execute("DELETE FROM word WHERE id = ?", (number,))
            book.sign(self.signer)

    def test_what_was_known_is_not_found_again(self):
        result = self.judge("intact", "--known", self.kept)
        self.assertIn("anchored", result.level)
        self.ingest([{"type": "note"}])
        result = self.judge("intact", "--known", self.kept, "--key", self.public)
        self.assertLessEqual({"anchored", "signed"}, result.level)
        self.assertNotIn("unanchored", result.limits)

    def test_a_tail_cut_by_the_key_holder_is_not_noticed(self):
        self.cut(self.size - 2)
        self.assert_unanchored()
        self.assert_against_kept("rolled-back")

    def test_an_old_copy_is_not_noticed(self):
        self.fresh()
        self.assert_unanchored()
        self.assert_against_kept("rolled-back")

    def test_an_old_copy_that_went_on_is_not_noticed(self):
        self.fresh()
        self.ingest([{"type": "note", "text": f"other {i}"} for i in range(9)])
        self.assert_unanchored()
        self.assert_against_kept("forked")

    def test_a_history_rewritten_by_the_key_holder_is_not_noticed(self):
        with self.edit() as book:
            book.set(FULL_SEQ, payload=b"{}")
            book.rechain(FULL_SEQ)
            book.sign(self.signer)
        self.assert_unanchored()
        self.judge("intact", "--key", self.public)
        self.assert_against_kept("forked")

    def test_a_rewritten_and_longer_history_is_not_noticed(self):
        with self.edit() as book:
            book.set(FULL_SEQ, payload=b"{}")
            book.rechain(FULL_SEQ)
            book.sign(self.signer)
        self.ingest([{"type": "note"}])
        self.assert_against_kept("forked")

    def test_tampering_beside_a_rollback_is_called_a_rollback(self):
        self.fresh()
        with self.edit() as book:
            book.set(1, payload=b"{}")
        result = self.judge("tampered", "--known", self.kept)
        self.assertLessEqual({"entry", "rolled-back"}, result.kinds, result.text)

    def forge(self):
        """A ledger of the same name under a new key, with the same events."""
        for suffix in FILES:
            pathlib.Path(f"{self.ledger}{suffix}").rename(f"{self.ledger}-real{suffix}")
        self.real_public = pathlib.Path(f"{self.ledger}-real.pub")
        self.init(origin=ORIGIN)
        self.ingest(EVENTS)

    def test_a_fresh_ledger_under_a_fresh_key_is_not_noticed(self):
        self.forge()
        result = self.judge("intact")
        self.assertIn("self-declared", result.text)
        self.assertNotIn("signed", result.level)
        result = self.judge("tampered", "--key", self.real_public)
        self.assertEqual(result.kinds, {"key"}, result.text)
        required = self.verify(None, "--key", self.real_public, "--require", "signed")
        self.assertEqual(required.code, 1, required.text)
        required = self.verify(None, "--require", "signed")
        self.assertEqual((required.code, required.verdict), (3, "intact"), required.text)

    def test_a_fresh_ledger_as_long_as_the_known_one_is_not_noticed(self):
        self.forge()
        self.ingest([{"type": "note"} for _ in range(10)])
        result = self.judge("forked", "--known", self.kept)
        self.assertEqual(result.code, 1)

    def test_the_key_file_beside_the_ledger_is_taken_as_proof(self):
        # Someone replaced ledger, key and .pub alike.
        self.forge()
        result = self.judge("intact")
        self.assertNotIn("signed", result.level)

    def test_another_signer_s_key_passes_for_the_ledger_s(self):
        stranger = SigningKey(bytes(32), ORIGIN)
        result = self.judge("tampered", "--key", stranger.verifier)
        self.assertEqual(result.kinds, {"key"}, result.text)

    def test_a_checkpoint_of_another_ledger_is_called_tampering(self):
        other = self.folder / "other"
        self.init(other, origin="other.example/log")
        self.assert_intact(other, "--save", self.folder / "other-kept")
        result = self.verify(None, "--known", self.folder / "other-kept")
        self.assertNotIn(result.code, {0, 1}, result.text)

    def test_a_file_that_is_no_checkpoint_is_called_tampering(self):
        wrong = self.folder / "wrong"
        for content in (b"", b"hello\n", self.kept.read_bytes()[:40], self.kept.read_bytes() + b"x"):
            wrong.write_bytes(content)
            result = self.verify(None, "--known", wrong)
            self.assertNotIn(result.code, {0, 1}, result.text)
        missing = self.verify(None, "--known", self.folder / "none")
        self.assertEqual(missing.code, 66, missing.text)

    def test_saving_goes_backwards(self):
        newer = self.kept.read_bytes()
        self.fresh()
        result = self.verify(None, "--save", self.kept)
        self.assertNotEqual(result.code, 0, "an older head was saved over a newer one")
        self.assertEqual(self.kept.read_bytes(), newer)

    def test_a_tampered_ledger_s_head_is_saved(self):
        with self.edit() as book:
            book.set(1, payload=b"{}")
        new = self.folder / "new"
        result = self.verify(None, "--save", new)
        self.assertEqual(result.code, 1)
        self.assertFalse(new.exists())

    def test_a_log_that_was_lost_is_not_noticed(self):
        # Copied while it was open, without the -wal that belongs to it.
        holder = sqlite3.connect(str(self.ledger), isolation_level=None)
        holder.execute("BEGIN")  # a reader: the log must stay what it is
        holder.execute("SELECT count(*) FROM entry").fetchone()
        self.ingest([{"type": "note", "text": f"in the log {i}"} for i in range(5)])
        self.assert_intact(None, "--save", self.kept)
        copy = self.folder / "copy"
        shutil.copy(self.ledger, copy)
        holder.close()
        self.ledger = copy
        self.assert_against_kept("rolled-back")


class Rotations(Attack):
    """Keys that hand over to others: signed here, and at the end by the program."""

    def setUp(self):
        super().setUp()
        self.second = SigningKey(b"\x01" * 32, ORIGIN)
        self.public = f"{self.ledger}.pub"

    def rotate(self, key=None, previous=None, sign=True):
        with self.edit() as book:
            seq = book.append_system("sys.key", {
                "key": (key or self.second).verifier, "previous": previous or self.signer.verifier,
            })
            book.append(book.row(seq)["received"] + 1, b"{}", type="note")
            if sign:
                book.sign(self.signer, self.second, rotations=[seq + 1])
        return seq

    def test_a_rotated_key_is_called_tampering(self):
        self.rotate()
        self.judge("intact")
        result = self.judge("intact", "--key", self.public, "--require", "signed")
        self.assertIn("signed", result.level)
        self.judge("intact", "--key", self.second.verifier)

    def test_the_new_key_signs_where_the_old_one_must(self):
        seq = self.rotate()
        with self.edit() as book:
            root = ledger_format.root(book.hashes()[: seq + 1])
            text = ledger_format.checkpoint_text(ORIGIN, seq + 1, root)
            for signers in ((self.second,), (self.second, self.second), (self.second, self.signer)):
                note = ledger_format.note(text, *signers)
                book.db.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, seq + 1))
        result = self.judge("tampered")
        self.assertTrue({"signature", "checkpoint"} & result.kinds, result.text)

    def test_the_old_key_signs_after_it_was_replaced(self):
        seq = self.rotate()
        with self.edit() as book:
            size = book.size
            text = ledger_format.checkpoint_text(ORIGIN, size, ledger_format.root(book.hashes()))
            book.db.execute("UPDATE head SET note = ?", (ledger_format.note(text, self.signer),))
        result = self.judge("tampered")
        self.assertIn("signature", result.kinds, result.text)
        self.assertLess(seq, size)

    def test_the_checkpoint_of_a_rotation_is_taken_away(self):
        self.rotate()
        with self.edit() as book:
            book.db.execute("DELETE FROM checkpoint")
        result = self.judge("tampered")
        self.assertIn("checkpoint", result.kinds, result.text)

    def test_a_rotation_names_a_key_that_was_not_in_force(self):
        self.rotate(previous=self.second.verifier)
        result = self.judge("tampered")
        self.assertIn("key", result.kinds, result.text)

    def test_a_key_comes_back(self):
        self.rotate(key=self.signer)
        result = self.judge("tampered")
        self.assertIn("key", result.kinds, result.text)

    def test_a_key_of_small_order_is_taken(self):
        class Weak(SigningKey):
            def __init__(self, name):
                super().__init__(bytes(32), name)
                self.public = bytes([1]) + bytes(31)  # the neutral element: signs everything

        self.second = Weak(ORIGIN)
        self.rotate()
        result = self.judge("tampered")
        self.assertTrue({"key", "system"} & result.kinds, result.text)

    def test_a_writer_goes_on_with_a_key_that_was_replaced(self):
        self.rotate()
        before = self.ledger.read_bytes()
        result = harness.run("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(result.returncode, 78, harness.told(result))
        self.assertEqual(self.ledger.read_bytes(), before)

    def handed_over(self):
        """The program rotates and writes on. Then a thief has the key of today, and no other."""
        first = self.folder / "first.pub"
        shutil.copy(self.public, first)
        self.run_ok("init", "-q", self.ledger, "--rotate-key")
        self.ingest([{"type": "note", "text": "after"}])
        self.judge("intact", "--key", first, "--require", "signed")
        return first, SigningKey.read(f"{self.ledger}.key", ORIGIN)

    def test_a_thief_of_today_s_key_changes_what_an_earlier_key_sealed(self):
        first, stolen = self.handed_over()
        with self.edit() as book:
            sealed = book.size - 2  # the sys.key is the last entry the first key signed
            book.set(1, payload=b'{"type":"note","text":"forged"}')
            book.rechain()
            book.sign(stolen)
            book.db.execute("DELETE FROM checkpoint")
        self.assert_caught(first, "signature", "checkpoint", "key")
        # With the checkpoint that there must be, but which he cannot have signed by the first key.
        with self.edit() as book:
            root = ledger_format.root(book.hashes()[: sealed + 1])
            text = ledger_format.checkpoint_text(ORIGIN, sealed + 1, root)
            book.db.execute("INSERT INTO checkpoint(size, note) VALUES(?, ?)",
                            (sealed + 1, ledger_format.note(text, stolen, stolen)))
        self.assert_caught(first, "signature")

    def test_a_thief_of_today_s_key_begins_again_without_the_rotation(self):
        kept = self.folder / "kept"
        self.assert_intact(None, "--save", kept)
        first, _ = self.handed_over()
        stolen = self.folder / "stolen.key"
        shutil.copy(f"{self.ledger}.key", stolen)
        for suffix in FILES:
            pathlib.Path(f"{self.ledger}{suffix}").unlink()
        self.run_ok("init", "-q", self.ledger, "--origin", ORIGIN, "--key", stolen)
        self.run_ok("ingest", "-q", "-l", self.ledger, "--key", stolen, "-",
                    stdin=harness.as_lines([{"type": "note", "text": "forged"}] * 20))
        self.judge("intact")  # a whole ledger, for whoever knows nothing
        self.assert_caught(first, "key")
        self.assertNotEqual(self.verify(None, "--known", kept).code, 0)

    def assert_caught(self, first, *kinds):
        result = self.judge("tampered", "--key", first)
        self.assertTrue(set(kinds) & result.kinds, result.text)


class Erasures(Attack):
    """Content that is gone must be what sys.erasure names: no less and no more."""

    def erase(self, seq, what, say=True):
        with self.edit() as book:
            book.erase(seq, what, say=say)
            book.sign(self.signer)

    def test_a_lawful_erasure_is_called_tampering(self):
        for what in ("payload", "user", "reason", "entry"):
            with self.subTest(what=what):
                self.fresh()
                self.erase(FULL_SEQ, what)
                result = self.judge("intact")
                self.assertEqual(result.report["erased"], 1, result.text)
                # Words that only the erased entry used are still there, and can be anybody's.
                (words,) = (check["detail"] for check in result.report["checks"] if check["name"] == "words")
                self.assertEqual("each used" in words, what != "entry", words)
                self.assertEqual("may be those of entries" in result.limits, what == "entry", result.text)
                with Book.open(self.ledger) as book:
                    self.assertIsNone(book.row(FULL_SEQ)["payload"])

    def test_a_payload_is_blanked_without_an_erasure(self):
        for what in ("payload", "user", "entry"):
            with self.subTest(what=what):
                self.fresh()
                self.erase(FULL_SEQ, what, say=False)
                self.assert_tampered(("erasure", FULL_SEQ), entries={FULL_SEQ})

    def test_a_payload_is_blanked_and_nothing_is_kept(self):
        with self.edit() as book:
            book.set(FULL_SEQ, stored=3, payload=None)
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_a_payload_is_set_to_none_and_nothing_is_kept(self):
        with self.edit() as book:
            book.set(FULL_SEQ, stored=0, payload=None)
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_more_is_erased_than_was_said(self):
        self.erase(FULL_SEQ, "payload")
        with self.edit() as book:
            row = book.row(FULL_SEQ)
            kept = ledger_format.parse_kept(row["kept"])
            values = ledger_format.field_values(row, book.words)
            own = {tag: (kind, value) for tag, kind, value in values if tag < 0x80}
            user = BY_NAME["user"].tag
            body = b"\x03" + kept["P"] + kept["s0"] + struct.pack(">H", len(kept["own"]))
            for tag, kind, held in kept["own"]:
                if tag == user:
                    kind, held = 1, ledger_format.field_hash(held, tag, *own[tag])
                body += struct.pack(">HB", tag, kind) + held
            book.set(FULL_SEQ, user=None, kept=body)
        self.assert_tampered(("erasure", FULL_SEQ), entries={FULL_SEQ})

    def test_erased_content_is_put_back(self):
        for what in ("payload", "user", "entry"):
            with self.subTest(what=what):
                self.fresh()
                with Book.open(self.ledger) as book:
                    row = book.row(FULL_SEQ)
                self.erase(FULL_SEQ, what)
                with self.edit() as book:
                    book.set(FULL_SEQ, **row)
                self.assert_tampered(("erasure-undone", FULL_SEQ), entries={FULL_SEQ})

    def test_content_that_was_never_erased_is_said_to_be(self):
        with self.edit() as book:
            book.append_system("sys.erasure", {
                "entries": [FULL_SEQ], "what": "payload", "authority": "a", "reason": "b",
            })
            book.sign(self.signer)
        self.assert_tampered(("erasure-undone", FULL_SEQ), entries={FULL_SEQ})

    def test_an_erased_payload_is_replaced(self):
        self.erase(FULL_SEQ, "payload")
        with self.edit() as book:
            book.set(FULL_SEQ, payload=b"{}")
        result = self.judge("tampered")
        self.assertEqual(result.entries, {FULL_SEQ}, result.text)

    def test_what_is_kept_of_an_erased_entry_is_changed(self):
        for what in ("payload", "user", "entry"):
            self.fresh()
            self.erase(FULL_SEQ, what)
            with Book.open(self.ledger) as book:
                kept = book.row(FULL_SEQ)["kept"]
            for at in range(0, len(kept), 1 if harness.FULL else 11):
                with self.subTest(what=what, at=at):
                    with self.edit() as book:
                        book.set(FULL_SEQ, kept=kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
                    self.assert_tampered(entries={FULL_SEQ})

    def test_the_entry_that_says_so_is_erased(self):
        for what in ("payload", "entry"):
            with self.subTest(what=what):
                self.fresh()
                self.erase(FULL_SEQ, "payload")
                self.erase(SIZE, what)
                result = self.judge("tampered")
                # As a whole: then nothing says any more that the payload was to go.
                self.assertTrue({"system", "erasure"} & result.kinds, result.text)

    def test_the_first_entry_is_erased(self):
        self.erase(0, "payload")
        result = self.judge("tampered")
        self.assertIn("system", result.kinds, result.text)

    def test_an_erasure_in_words_nobody_knows_is_taken(self):
        good = {"entries": [FULL_SEQ], "what": "payload", "authority": "a", "reason": "b"}
        for change in (
            {"what": "everything"}, {"what": "agent"}, {"authority": ""}, {"reason": ""},
            {"entries": []}, {"entries": [3, 2]}, {"entries": [2, 2]}, {"entries": [SIZE]},
            {"entries": [-1]}, {"entries": [2.0]}, {"entries": ["2"]}, {"entries": 2},
        ):
            with self.subTest(change=change):
                self.fresh()
                with self.edit() as book:
                    book.append_system("sys.erasure", {**good, **change})
                    book.sign(self.signer)
                result = self.judge("tampered")
                self.assertTrue({"system", "erasure-undone"} & result.kinds, result.text)

    def test_a_forged_erasure_in_the_input_erases_or_is_taken_for_one(self):
        forged = {"type": "sys.erasure", "entries": [FULL_SEQ], "what": "entry", "authority": "me", "reason": "x"}
        report = self.ingest([
            forged, {**forged, "type": "SYS.erasure"}, {"event": "sys.erasure", **forged},
            {"type": "sys"}, {"type": "sys.key", "key": "x"}, {"type": "sys.created"},
        ])
        self.assertEqual((report["stored"], report["rejected"]), (6, 0))
        result = self.judge("intact")
        self.assertEqual(result.report["erased"], 0)
        for kind in ("sys.erasure", "sys.key"):
            found = harness.run("search", "-l", self.ledger, "--count", f"type:{kind}")
            self.assertEqual(found.stdout.split(), [b"0"], harness.told(found))
        refused = harness.run(
            "ingest", "-l", self.ledger, "--set", "type=sys.erasure", "-", stdin=b'{"type":"note"}\n'
        )
        self.assertEqual(refused.returncode, 2, harness.told(refused))

    def test_a_forged_system_entry_by_the_key_holder_is_taken(self):
        with self.edit() as book:
            words = {number: text for number, text in book.words.items()}
            book.append(book.row(SIZE - 1)["received"] + 1, b"{}", type="sys.created", time=1)
            book.sign(self.signer)
        self.assertIn("sys.created", words.values())
        result = self.judge("tampered")
        self.assertIn(("system", SIZE), result.findings, result.text)


class Witnesses(Attack):
    """Others who saw a head: what the holder of the key does to history afterwards, they contradict."""

    def setUp(self):
        super().setUp()
        self.ingest([{"type": "note", "text": f"later {i}"} for i in range(4)])
        self.size = SIZE + 4
        self.public = pathlib.Path(f"{self.ledger}.pub")
        self.seen = self.folder / "seen"
        keys = []
        for name in ("one.example/w", "two.example/w"):
            key = self.folder / name.split(".")[0]
            self.assert_intact(None, "--save", self.seen, "--cosign", key, "--witness", name)
            keys.append(pathlib.Path(f"{key}.pub").read_text().strip())
        self.policy = self.folder / "trust.policy"
        self.policy.write_text(
            f"log {self.public.read_text().strip()}\nwitness a {keys[0]}\nwitness b {keys[1]}\n"
            "group both all a b\nquorum both\n"
        )
        self.words = ("--known", self.seen, "--policy", self.policy, "--require", "witnessed")

    def assert_witnessed(self, verdict, code):
        result = self.verify(None, *self.words)
        self.assertEqual((result.verdict, result.code), (verdict, code), result.text)
        return result

    def test_what_a_quorum_saw_is_not_witnessed(self):
        self.assertIn("witnessed", self.assert_witnessed("intact", 0).level)
        self.ingest([{"type": "note"}])
        self.assertIn("witnessed", self.assert_witnessed("intact", 0).level)

    def test_a_cut_tail_that_witnesses_saw_is_not_noticed(self):
        self.fresh()
        self.assert_witnessed("rolled-back", 1)

    def test_a_rewritten_history_that_witnesses_saw_otherwise_is_not_noticed(self):
        with self.edit() as book:
            book.set(FULL_SEQ, payload=b"{}")
            book.rechain(FULL_SEQ)
            book.sign(self.signer)
        self.assert_witnessed("forked", 1)

    def test_a_fresh_ledger_under_a_fresh_key_passes_a_policy(self):
        for suffix in FILES:
            pathlib.Path(f"{self.ledger}{suffix}").rename(f"{self.ledger}-real{suffix}")
        self.init(origin=ORIGIN)
        self.ingest(EVENTS)
        result = self.verify(None, "--policy", self.policy)
        self.assertEqual((result.verdict, result.code), ("tampered", 1), result.text)
        self.assertEqual(result.kinds, {"key"}, result.text)
        self.assert_witnessed("tampered", 1)

    def test_one_witness_of_two_is_a_quorum(self):
        lines = self.seen.read_text().splitlines(keepends=True)
        self.seen.write_text("".join(lines[:-1]))
        result = self.assert_witnessed("intact", 3)
        self.assertNotIn("witnessed", result.level)

    def test_without_anybody_who_saw_a_head_the_verdict_says_witnessed(self):
        result = self.verify(None, "--policy", self.policy, "--require", "witnessed")
        self.assertEqual((result.verdict, result.code), ("intact", 3), result.text)
        self.assertIn("unanchored", result.text)


class Continuations(Attack):
    """A ledger that names the last head of another, and what may be wrong between the two."""

    def setUp(self):
        super().setUp()
        self.ingest([{"type": "note", "text": "the last of the year"}])
        self.old = self.ledger
        self.next = self.folder / "next"
        self.run_ok("init", "-q", self.next, "--continues", self.old, "--origin", "test.example/next")

    def both(self, verdict, code):
        for order in ((self.next, self.old), (self.old, self.next)):
            with self.subTest(order=[str(file.name) for file in order]):
                result = harness.run("verify", "-q", *order)
                self.assertEqual(result.returncode, code, harness.told(result))
                self.assertIn(verdict.encode(), result.stdout)

    def change_beginning(self, change):
        """What whoever has the key of the new ledger can say of the old one."""
        self.ledger = self.next
        with self.edit() as book:
            said = json.loads(book.row(0)["payload"])
            change(said)
            text = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
            book.set(0, payload=text)
            book.rechain(0)
            book.sign(SigningKey.read(f"{self.next}.key", "test.example/next"))

    def test_what_goes_on_where_the_other_ended_is_called_a_fork(self):
        self.both("continues", 0)
        self.ingest([{"type": "note", "text": "after the end"}])
        self.both("continues", 0)
        self.ledger = self.next
        self.judge("intact")

    def test_the_old_ledger_went_back_and_nobody_notices(self):
        self.fresh()
        self.both("rolled-back", 1)

    def test_the_old_ledger_was_rewritten_and_nobody_notices(self):
        with self.edit() as book:
            book.set(FULL_SEQ, payload=b"{}")
            book.rechain(FULL_SEQ)
            book.sign(self.signer)
        self.judge("intact")
        self.both("forked", 1)

    def test_what_is_continued_is_edited_and_nobody_notices(self):
        self.ledger = self.next
        with self.edit() as book:
            book.set(0, payload=book.row(0)["payload"].replace(b'"size":', b'"size":1'))
        self.assertIn(("entry", 0), self.judge("tampered").findings)

    def test_a_head_that_its_key_did_not_sign_is_continued(self):
        with Book.open(self.folder / "next") as book:
            said = json.loads(book.row(0)["payload"])["continues"]
        stranger = SigningKey(bytes(32), ORIGIN)
        text = ledger_format.checkpoint_text(ORIGIN, 3, bytes(32))
        changes = {
            "another size": {"size": said["size"] + 1}, "no size": {"size": 0}, "a text": {"size": "9"},
            "a fraction": {"size": 9.0}, "another root": {"root": "A" * 43 + "="}, "no root": {"root": ""},
            "another origin": {"origin": "x"}, "no id": {"ledger": "7"}, "no key": {"key": "x"},
            "a stranger's key": {"key": stranger.verifier},
            "a stranger's note": {"note": ledger_format.note(text, stranger)},
            "no note": {"note": ""}, "an unsigned note": {"note": said["note"].split("\n\n")[0] + "\n\n"},
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                self.change_beginning(lambda payload, change=change: payload["continues"].update(change))
                result = self.judge("tampered")
                self.assertEqual(result.findings, {("system", 0)}, result.text)
                self.change_beginning(lambda payload: payload["continues"].update(said))
                self.judge("intact")

    def test_a_continuation_of_another_shape_is_taken(self):
        for wrong in (None, "x", [], {}, 7, True):
            with self.subTest(wrong=wrong):
                self.change_beginning(lambda payload, wrong=wrong: payload.update({"continues": wrong}))
                result = self.judge("tampered")
                self.assertEqual(result.findings, {("system", 0)}, result.text)


class Beginnings(Attack):
    """Entry 0, as whoever holds the key may write it: without what a verifier needs, nothing is intact."""

    def begin_with(self, change):
        self.fresh()
        with self.edit() as book:
            said = json.loads(book.row(0)["payload"])
            change(said)
            book.set(0, payload=json.dumps(said, separators=(",", ":")).encode())
            book.rechain(0)
            book.sign(self.signer)

    def test_a_ledger_that_names_no_key_is_called_intact(self):
        for change in (lambda said: said.pop("key"), lambda said: said.update(key=""),
                       lambda said: said.update(key=None)):
            self.begin_with(change)
            result = self.judge("tampered")
            self.assertIn(("system", 0), result.findings, result.text)

    def test_a_ledger_that_names_another_key_is_called_intact(self):
        self.begin_with(lambda said: said.update(key=SigningKey(bytes(32), ORIGIN).verifier))
        result = self.judge("tampered")
        self.assertIn("signature", result.kinds, result.text)

    def test_a_ledger_without_an_id_or_of_another_format_is_called_intact(self):
        for change in ({"ledger": "x"}, {"ledger": None}, {"format": 2}, {"format": "1"}, {"origin": "a b"}):
            with self.subTest(change=change):
                self.begin_with(lambda said, change=change: said.update(change))
                result = self.judge("tampered")
                self.assertTrue({"system", "head", "key"} & result.kinds, result.text)

    def test_what_a_later_program_adds_is_called_tampering(self):
        self.begin_with(lambda said: said.update(colour="red", more={"a": [1]}))
        self.judge("intact")
