"""What `audit erase` leaves: nothing of the words, everything of the proof.
"""

import hashlib
import json
import os
import pathlib
import random
import sqlite3
import subprocess

import harness
import ledger_format
from attack import BIG_SIZE, EVENTS, FULL_EVENT, FULL_SEQ, SIZE, Attack
from ledger_format import DICTIONARY, Book

ORDER = ("--reason", "case 114", "--authority", "the court", "--yes")
BESIDE = ("", "-wal", "-shm", "-journal", ".index", ".index-wal", ".index-shm", ".index-journal")


def spellings(word):
    """A word as it might lie in a file: as it is, in other letters and encodings, or as its hash."""
    for text in {word, word.lower(), word.upper(), word.title()}:
        plain = text.encode()
        yield from (plain, text.encode("utf-16-le"), text.encode("utf-16-be"), plain.hex().encode())
        for kind in ("sha256", "sha1", "md5"):
            digest = hashlib.new(kind, plain)
            yield from (digest.digest(), digest.hexdigest().encode())


class Erase(Attack):
    def erase(self, *words, code=0):
        result = harness.run("erase", "--json", "-l", self.ledger, *words, *ORDER)
        self.assertEqual(result.returncode, code, harness.told(result))
        return json.loads(result.stdout) if result.stdout else None

    def files(self):
        return [file for suffix in BESIDE if (file := pathlib.Path(f"{self.ledger}{suffix}")).exists()]

    def assert_nowhere(self, *words):
        """In no byte of any file of the ledger, whoever reads it."""
        for file in self.files():
            content = file.read_bytes()
            for word in words:
                for spelling in spellings(word):
                    at = content.find(spelling)
                    self.assertEqual(at, -1, f"{word} in {file.name} at {at}: {content[max(0, at - 40):at + 60]}")

    def assert_somewhere(self, *words):
        content = b"".join(file.read_bytes() for file in self.files())
        for word in words:
            self.assertIn(word.encode(), content)


class Words(Erase):
    """An erased person's data is nowhere in any file of the ledger."""

    def write_people(self, count=600, people=3):
        """Events of a few people, in turn; each word of theirs is in many rows and index pages."""
        self.people = [f"Zyx{name}ander" for name in ("ola", "iva", "uma")[:people]]
        chance = random.Random(7)
        lines = []
        for number in range(count):
            name = self.people[number % people]
            lines.append({
                "event_id": f"id-{name}-{number}", "type": "tool.call", "agent": f"helper-of-{name}",
                "user": f"{name}@example.com", "session": f"s-{name}", "resource": f"home/{name}",
                "reason": f"because {name} said so", "tool": f"tool{number % 9}", "source": "x",
                "text": f"{name} wrote " + " ".join(f"w{chance.randrange(9999)}" for _ in range(number % 90)),
            })
        self.ingest(lines)

    def test_a_word_of_an_erased_person_is_left_in_a_file(self):
        self.write_people()
        kept = self.folder / "kept"
        self.assert_intact(None, "--save", kept)
        self.assert_somewhere(*self.people)
        gone, *others = self.people
        report = self.erase("--what", "entry", f"user:{gone}@example.com")
        self.assertEqual((report["entries"], report["words_remain"]), (200, False))
        self.assert_nowhere(gone)
        self.assert_somewhere(*others)
        result = self.judge("intact", "--known", kept)
        self.assertIn("anchored", result.level)
        self.assertIn("index", result.level)
        self.assertEqual(result.report["erased"], 200)
        found = harness.run("search", "-l", self.ledger, "--count", gone)
        self.assertEqual(found.stdout.split(), [b"0"], harness.told(found))

    def test_one_person_after_the_other_is_erased_and_a_page_keeps_a_copy_of_a_row_that_moved(self):
        self.write_people(900)
        for person in self.people:
            self.erase("--what", "entry", f"user:{person}@example.com")
            self.assert_nowhere(person)
        self.judge("intact")

    def test_rows_grow_when_they_are_erased_and_what_moved_is_erased_later(self):
        # Nearly nothing goes from these, and digests come: pages are split.
        names = [f"qq{i:04}zz" for i in range(1500)]
        self.ingest([{"type": "note", "user": name, "text": ""} for name in names])
        chance = random.Random(11)
        chance.shuffle(names)
        for part in (names[:300], names[300:600], names[600:700]):
            seqs = {}
            with Book.open(self.ledger) as book:
                for row in book.rows():
                    seqs[row["user"]] = row["seq"]
            self.erase("--what", "user", "--seq", ",".join(str(seqs[name]) for name in part))
            self.assert_nowhere(*part[:40], *part[-40:])
            content = self.ledger.read_bytes()
            self.assertFalse([name for name in part if name.encode() in content])
        self.judge("intact")

    def test_words_lie_in_the_log_after_a_crash_before_the_erasure(self):
        self.write_people(60)
        # A writer that does not come to its end leaves the log.
        writer = subprocess.Popen(
            [harness.AUDIT, "ingest", "-q", "--flush-ms", "1", "-l", self.ledger, "--tee", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=harness.environment(),
        )
        writer.stdin.write(b'{"type":"note","user":"Zyxolaander@example.com","text":"Zyxolaander once more"}\n')
        writer.stdin.flush()
        writer.stdout.readline()
        writer.kill()
        writer.communicate()
        self.assertGreater(pathlib.Path(f"{self.ledger}-wal").stat().st_size, 0)
        self.erase("--what", "entry", "user:Zyxolaander@example.com")
        self.assert_nowhere("Zyxolaander")
        self.judge("intact")

    def test_a_reader_keeps_the_words_and_it_is_not_said(self):
        self.write_people(60)
        reader = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        result = harness.run(
            "erase", "-l", self.ledger, "--what", "entry", "user:Zyxolaander@example.com", *ORDER
        )
        self.assertEqual(result.returncode, 75, harness.told(result))
        self.assertIn(b"words remain until readers close", result.stderr)
        self.assert_somewhere("Zyxolaander")
        reader.close()
        self.ingest([{"type": "note"}])  # the next writer finishes it
        self.assert_nowhere("Zyxolaander")
        self.judge("intact")

    def test_an_agent_that_others_use_too_is_taken_from_them(self):
        lines = [{"type": "note", "agent": "anna-bot", "user": user} for user in ("anna", "berta")]
        self.ingest([*lines, {"type": "note", "agent": "anna-own", "user": "anna"}])
        self.erase("--what", "entry", "user:anna")
        self.assert_nowhere("anna-own")
        self.assert_somewhere("anna-bot")
        with Book.open(self.ledger) as book:
            texts = list(book.words.values())
            self.assertEqual(len(texts), len(set(texts)))
        result = self.judge("intact")
        (words,) = (check["detail"] for check in result.report["checks"] if check["name"] == "words")
        self.assertIn("1 of them was overwritten by an erasure", words)
        found = harness.run("search", "-l", self.ledger, "--count", "agent:anna-bot")
        self.assertEqual(found.stdout.split(), [b"1"], harness.told(found))

    def test_a_writer_that_knew_a_word_before_it_was_written_over_writes_its_number(self):
        self.ingest([{"type": "note", "agent": "anna-own", "user": "anna"}])
        writer = subprocess.Popen(
            [harness.AUDIT, "ingest", "-q", "--flush-ms", "1", "-l", self.ledger, "--tee", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=harness.environment(),
        )

        def write(line):
            writer.stdin.write(line + b"\n")
            writer.stdin.flush()
            self.assertEqual(writer.stdout.readline(), line + b"\n")

        write(b'{"type":"note","agent":"anna-own","user":"anna"}')
        harness.run("erase", "-l", self.ledger, "--what", "entry", "user:anna", *ORDER)
        write(b'{"type":"note","agent":"anna-own","user":"berta"}')
        writer.communicate(timeout=harness.SECONDS)
        self.judge("intact")
        found = harness.run("search", "-l", self.ledger, "--count", "agent:anna-own")
        self.assertEqual(found.stdout.split(), [b"1"], harness.told(found))


class Rows(Erase):
    """What stays is what audit-ledger(5) says, byte for byte: by a second hand that knows only the page."""

    def rows(self, seq=FULL_SEQ):
        with Book.open(self.ledger) as book:
            return book.row(seq)

    def test_what_is_left_of_a_row_is_not_what_the_format_says(self):
        for what in ("payload", "user", "session", "reason", "prompt_hash", "resource", "subject", "entry"):
            for seq in (FULL_SEQ, 3, 4, 5):
                with self.subTest(what=what, seq=seq):
                    self.fresh()
                    before = self.rows(seq)
                    report = self.erase("--what", what, "--seq", str(seq))
                    ours = self.rows(seq)
                    self.judge("intact")
                    if report["entries"] == 0:
                        self.assertEqual((ours, report["without_field"]), (before, 1))
                        continue
                    self.fresh()
                    with self.edit() as book:
                        book.erase(seq, what, say=False)
                    self.assertEqual(ours, self.rows(seq))

    def test_more_is_erased_step_by_step_and_the_steps_contradict_each_other(self):
        kept = self.folder / "kept"
        self.assert_intact(None, "--save", kept)
        for what in ("payload", "user", "session", "approver", "entry"):
            self.assertEqual(self.erase("--what", what, "--seq", str(FULL_SEQ))["entries"], 1)
            result = self.judge("intact", "--known", kept)
            self.assertEqual(result.report["erased"], 1)
        self.assertEqual(self.erase("--what", "entry", "--seq", str(FULL_SEQ))["entries"], 0)
        self.assert_nowhere("alice", "cust-1", "invoice/1001", "billing-eu")

    def test_what_is_never_erased_is_erased(self):
        self.erase("--seq", str(FULL_SEQ))
        report = self.erase("--what", "entry", "--seq", f"0,{SIZE}", code=1)
        self.assertEqual((report["entries"], report["never_erased"], report["erasures"]), (0, 2, []))
        self.judge("intact")

    def test_an_entry_that_was_edited_is_erased_and_with_it_the_evidence(self):
        with self.edit() as book:
            book.set(FULL_SEQ, user="mallory")
        before = self.rows()
        self.erase("--what", "user", "--seq", f"{FULL_SEQ - 1},{FULL_SEQ}", code=65)
        self.assertEqual(self.rows(), before)
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_more_than_fit_into_one_transaction(self):
        self.fresh("big")
        report = self.erase("--what", "entry", "common")
        self.assertEqual((report["entries"], len(report["erasures"])), (BIG_SIZE - 1, 2))
        result = self.judge("intact")
        self.assertEqual(result.report["erased"], BIG_SIZE - 1)
        self.assert_nowhere("common", "w77x", "agent-3")


class Attacks(Erase):
    """After `audit erase`: what it took cannot be put back, nor its entry be forged or taken away."""

    def test_what_was_erased_is_put_back(self):
        for what in ("payload", "user", "entry"):
            with self.subTest(what=what):
                self.fresh()
                with Book.open(self.ledger) as book:
                    row = book.row(FULL_SEQ)
                    words = book.words
                self.erase("--what", what, "--seq", str(FULL_SEQ))
                with self.edit() as book:
                    book.set(FULL_SEQ, **row)
                    for number, text in words.items():
                        book.db.execute("UPDATE word SET text = ? WHERE id = ?", (text, number))
                self.assert_tampered(("erasure-undone", FULL_SEQ), entries={FULL_SEQ})

    def test_the_entry_that_says_so_is_taken_away(self):
        self.erase("--seq", str(FULL_SEQ))
        with self.edit() as book:
            book.db.execute("DELETE FROM entry WHERE seq = ?", (SIZE,))
            book.sign(self.signer)
        result = self.judge("tampered")
        self.assertIn(("erasure", FULL_SEQ), result.findings, result.text)

    def test_the_entry_that_says_so_names_others(self):
        self.erase("--seq", str(FULL_SEQ))
        with self.edit() as book:
            said = json.loads(book.row(SIZE)["payload"])
            said["entries"] = [FULL_SEQ + 1]
            book.set(SIZE, payload=json.dumps(said, separators=(",", ":")).encode())
            book.rechain(SIZE)
            book.sign(self.signer)
        result = self.judge("tampered")
        self.assertIn(("erasure", FULL_SEQ), result.findings, result.text)
        self.assertIn(("erasure-undone", FULL_SEQ + 1), result.findings, result.text)

    def test_something_is_blanked_beside_what_was_erased(self):
        self.erase("--seq", str(FULL_SEQ))
        with self.edit() as book:
            book.erase(FULL_SEQ + 1, "payload", say=False)
        self.assert_tampered(("erasure", FULL_SEQ + 1), entries={FULL_SEQ + 1})

    def test_a_forged_erasure_in_the_input_lets_something_be_blanked(self):
        self.ingest([{"type": "sys.erasure", "entries": [FULL_SEQ], "what": "payload",
                      "authority": "me", "reason": "x"}])
        self.judge("intact")
        with self.edit() as book:
            book.erase(FULL_SEQ, "payload", say=False)
        self.assert_tampered(("erasure", FULL_SEQ), entries={FULL_SEQ})


class Again(Erase):
    """What was erased does not come back by being sent again."""

    def test_an_erased_event_is_stored_when_it_comes_again(self):
        for what in ("payload", "user", "entry"):
            for forget in ((), (".index",)):
                with self.subTest(what=what, forget=forget):
                    self.fresh()
                    self.erase("--what", what, "--seq", str(FULL_SEQ))
                    for suffix in forget:
                        os.unlink(f"{self.ledger}{suffix}")
                    report = self.ingest([FULL_EVENT, {**FULL_EVENT, "note": "in other words"}])
                    self.assertEqual((report["stored"], report["duplicates"]), (0, 2))
                    self.judge("intact")

    def test_the_same_event_is_refused_after_thousands_of_others(self):
        lines = [{"event_id": f"id-{i}", "type": "note", "user": f"u{i % 2}"} for i in range(9000)]
        self.ingest(lines)
        self.erase("--what", "entry", "user:u1")
        self.ingest([{"event_id": f"more-{i}", "type": "note"} for i in range(9000)])
        report = self.ingest(lines)
        self.assertEqual((report["stored"], report["duplicates"]), (0, 9000))
        self.judge("intact")

    def test_others_are_taken_for_what_was_erased(self):
        self.erase("--what", "entry", "--seq", str(FULL_SEQ))
        report = self.ingest([{**FULL_EVENT, "event_id": "another"}])
        self.assertEqual((report["stored"], report["duplicates"]), (1, 0))
